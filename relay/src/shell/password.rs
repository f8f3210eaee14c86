//! Passwords: argon2id, and as slow for a login that is not there.

use anyhow::{Result, anyhow, bail};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use beistand_protocol::rendezvous::api::Password;
use rand::RngExt;
use std::sync::LazyLock;

/// What a password has at least.
pub const MIN_CHARACTERS: usize = 12;
const MAX_BYTES: usize = 1024;
/// No letter or digit that is mistaken for another one.
const ALPHABET: &[u8; 30] = b"abcdefghjkmnpqrstuvwxyz2345679";

/// What is verified when there is no such login.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&generate()).unwrap_or_default());

/// Hashes a password for the store.
///
/// # Errors
/// A sentence for the admin, if the password is too short or too long.
pub fn hash(password: &Password) -> Result<String> {
    let text = password.expose();
    if text.chars().count() < MIN_CHARACTERS {
        bail!("The password is too short. Take at least {MIN_CHARACTERS} characters, or use --generate-password.");
    }
    if text.len() > MAX_BYTES {
        bail!("The password is too long. Take at most {MAX_BYTES} bytes.");
    }
    let hashed = Argon2::default().hash_password(text.as_bytes()).map_err(|error| anyhow!("Can't hash: {error}."))?;
    Ok(hashed.to_string())
}

/// Whether `password` is the one that was hashed; takes as long if there is nothing to compare with.
pub fn verify(password: &Password, hashed: Option<&str>) -> bool {
    let text = if password.expose().len() > MAX_BYTES { "" } else { password.expose() };
    let matches = Argon2::default().verify_password(text.as_bytes(), hashed.unwrap_or_else(|| NOBODY.as_str())).is_ok();
    matches && hashed.is_some()
}

/// Makes a password of about 98 bits.
pub fn generate() -> Password {
    let mut rng = rand::rng();
    let mut text = String::with_capacity(24);
    for index in 0..20 {
        if index > 0 && index % 5 == 0 {
            text.push('-');
        }
        let at = rng.random_range(0..ALPHABET.len());
        text.push(char::from(ALPHABET.get(at).copied().unwrap_or_default()));
    }
    Password::new(text)
}

/// Does the slow work for [`verify`] of an unknown login beforehand, so that the first one is no slower.
pub fn warm_up() {
    LazyLock::force(&NOBODY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_passes() {
        let right = generate();
        let hashed = hash(&right).unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify(&right, Some(&hashed)));
        assert!(!verify(&generate(), Some(&hashed)));
        assert!(!verify(&right, None));
        assert!(!verify(&right, Some("not a hash")));
        assert_ne!(generate().expose(), right.expose());
        assert!(hash(&Password::new(String::from("elf Zeichen"))).is_err());
        assert!(hash(&Password::new("x".repeat(2000))).is_err());
    }
}
