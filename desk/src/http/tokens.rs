//! A technician's token: who and until when, with a code of this process over both. Nothing is kept, so nothing can be
//! stolen from the database; a restart ends them all, and a disabled technician is asked for at every request.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use beistand_protocol::desk::api::access::{AccessToken, LINKED_APP_PREFIX, TECHNICIAN_PREFIX};
use beistand_protocol::desk::ids::TechnicianId;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long a token holds.
pub(super) const LIFE: Duration = Duration::from_secs(60 * 60);
/// Technician and end, before the code.
const PLAIN: usize = 12;
const BYTES: usize = 32;

/// Gives out tokens and knows them again.
#[derive(Debug)]
pub(super) struct Tokens(hmac::Key);

impl Tokens {
    pub(super) fn new() -> Self {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    pub(super) fn give(&self, technician: TechnicianId, now: Timestamp) -> AccessToken {
        let until = now.saturating_add(SignedDuration::try_from(LIFE).unwrap_or_default()).unwrap_or(now);
        let mut bytes = technician.0.to_be_bytes().to_vec();
        bytes.extend(until.as_second().to_be_bytes());
        bytes.extend(self.code(&bytes));
        AccessToken::new(format!("{TECHNICIAN_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    pub(super) fn read(&self, token: &str, now: Timestamp) -> Option<TechnicianId> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(TECHNICIAN_PREFIX)?).ok()?;
        let (plain, code) = bytes.split_at_checked(PLAIN)?;
        let same: bool = subtle::ConstantTimeEq::ct_eq(self.code(plain).as_slice(), code).into();
        let (technician, until) = plain.split_at_checked(4)?;
        let until = i64::from_be_bytes(*until.first_chunk()?);
        let technician = TechnicianId(u32::from_be_bytes(*technician.first_chunk()?));
        (same && bytes.len() == BYTES && now.as_second() < until).then_some(technician)
    }

    fn code(&self, plain: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, plain).as_ref().iter().copied().take(BYTES - PLAIN).collect()
    }
}

/// The token of a linked app with this secret.
pub(super) fn linked_app(secret: &[u8; 32]) -> AccessToken {
    AccessToken::new(format!("{LINKED_APP_PREFIX}{}", URL_SAFE_NO_PAD.encode(secret)))
}

/// Under what the secret in a linked app's token is kept.
pub(super) fn secret_hash(token: &str) -> Option<[u8; 32]> {
    let secret = URL_SAFE_NO_PAD.decode(token.strip_prefix(LINKED_APP_PREFIX)?).ok()?;
    (secret.len() == BYTES).then(|| Sha256::digest(secret).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_this_servers_and_fresh() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let tokens = Tokens::new();
        let token = tokens.give(TechnicianId(7), at(1000));
        assert_eq!(token.expose().len(), 46);
        assert_eq!(tokens.read(token.expose(), at(1000)), Some(TechnicianId(7)));
        assert_eq!(tokens.read(token.expose(), at(4599)), Some(TechnicianId(7)));
        assert_eq!(tokens.read(token.expose(), at(4600)), None);
        assert_eq!(Tokens::new().read(token.expose(), at(1000)), None);
        for at_byte in 3..46 {
            let mut changed = token.expose().to_owned().into_bytes();
            changed[at_byte] = if changed[at_byte] == b'A' { b'B' } else { b'A' };
            assert_eq!(tokens.read(std::str::from_utf8(&changed).unwrap(), at(1000)), None, "{at_byte}");
        }
        for wrong in
            ["", "bt_", "bt_AAAA", "bl_", token.expose().get(..45).unwrap(), &format!("{}AAAA", token.expose())]
        {
            assert_eq!(tokens.read(wrong, at(1000)), None);
        }
    }

    #[test]
    fn a_linked_apps_token_is_kept_as_its_hash() {
        let token = linked_app(&[7; 32]);
        assert_eq!(secret_hash(token.expose()), Some(Sha256::digest([7; 32]).into()));
        assert_eq!(secret_hash("bl_AAAA"), None);
        assert_eq!(secret_hash("bt_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"), None);
    }
}
