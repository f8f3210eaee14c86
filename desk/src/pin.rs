//! How a customer's PIN is kept and compared.
//!
//! Eight digits are few: whoever has the database and can try them all needs minutes. So a pepper, which is in a file
//! and not in the database, goes into each hash; without it the database is worth nothing. A customer who is not there
//! takes as long as a wrong PIN.

use crate::store::PinHash;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use aws_lc_rs::hmac;
use beistand_protocol::desk::code::Pin;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// What goes into every PIN's hash and stands in no database.
#[derive(Clone)]
pub struct Pepper {
    id: String,
    key: hmac::Key,
    /// What is compared with when there is nothing to compare with.
    nobody: String,
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pepper").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A PIN could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the PIN could not be hashed: {0}")]
pub struct HashError(String);

impl Pepper {
    /// The pepper of these bytes, which must be random.
    ///
    /// # Errors
    /// When hashing does not work at all.
    pub fn new(bytes: &[u8; 32]) -> Result<Self, HashError> {
        let id = Sha256::digest(bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let mut pepper = Self { id, key: hmac::Key::new(hmac::HMAC_SHA256, bytes), nobody: String::new() };
        pepper.nobody = pepper.hash_text("no PIN has letters")?;
        Ok(pepper)
    }

    /// Hashes a PIN for the store. Takes a while on purpose.
    ///
    /// # Errors
    /// When hashing does not work at all.
    pub fn hash(&self, pin: &Pin) -> Result<PinHash, HashError> {
        Ok(PinHash { phc: self.hash_text(pin.expose())?, pepper_id: self.id.clone() })
    }

    /// Whether `pin` is the one that was hashed; takes as long if there is none. Takes a while on purpose.
    #[must_use]
    pub fn verify(&self, pin: &Pin, hash: Option<&PinHash>) -> bool {
        let ours = hash.filter(|hash| hash.pepper_id == self.id);
        let phc = ours.map_or(self.nobody.as_str(), |hash| hash.phc.as_str());
        let peppered = self.peppered(pin.expose());
        let fits = Argon2::default().verify_password(peppered.as_slice(), phc).is_ok();
        fits && ours.is_some()
    }

    fn hash_text(&self, pin: &str) -> Result<String, HashError> {
        let peppered = self.peppered(pin);
        let hash =
            Argon2::default().hash_password(peppered.as_slice()).map_err(|error| HashError(error.to_string()))?;
        Ok(hash.to_string())
    }

    fn peppered(&self, pin: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(hmac::sign(&self.key, pin.as_bytes()).as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_pin_with_the_right_pepper_passes() {
        let pepper = Pepper::new(&[7; 32]).unwrap();
        let (right, wrong): (Pin, Pin) = ("12345678".parse().unwrap(), "12345679".parse().unwrap());
        let hash = pepper.hash(&right).unwrap();
        assert!(hash.phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.phc);
        assert!(pepper.verify(&right, Some(&hash)));
        assert!(pepper.verify(&"1234 5678".parse().unwrap(), Some(&hash)));
        assert!(!pepper.verify(&wrong, Some(&hash)));
        assert!(!pepper.verify(&right, None));
        let other = Pepper::new(&[8; 32]).unwrap();
        assert!(!other.verify(&right, Some(&hash)));
        // Also if somebody made the hash name the other pepper.
        assert!(!other.verify(&right, Some(&PinHash { pepper_id: other.hash(&wrong).unwrap().pepper_id, ..hash })));
        assert!(!format!("{pepper:?}").contains("070707"));
    }
}
