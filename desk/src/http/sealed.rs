//! What the server keeps for itself between a request and its deciding, and the hashes under which it counts.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use beistand_protocol::secret::Secret;

/// Keys of the server's own secret, each for one purpose.
#[derive(Debug)]
pub(super) struct Seal {
    form: RandomizedNonceKey,
    count: hmac::Key,
    link: hmac::Key,
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

fn derived(secret: &Secret<[u8; 32]>, purpose: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let info = [purpose];
    // A fixed length that the hash can give: it can't fail.
    let _ = Salt::new(HKDF_SHA256, b"beistand desk v1")
        .extract(secret.expose())
        .expand(&info, Bytes32)
        .and_then(|okm| okm.fill(&mut key));
    key
}

impl Seal {
    pub(super) fn new(secret: &Secret<[u8; 32]>) -> Self {
        let form = RandomizedNonceKey::new(&AES_256_GCM, &derived(secret, b"form"));
        Self {
            // INVARIANT: the key has the length that the algorithm asks for.
            #[allow(clippy::expect_used)]
            form: form.expect("a key of 32 bytes"),
            count: hmac::Key::new(hmac::HMAC_SHA256, &derived(secret, b"count")),
            link: hmac::Key::new(hmac::HMAC_SHA256, &derived(secret, b"link")),
        }
    }

    /// A form with its PIN, unreadable in the database.
    pub(super) fn close(&self, mut form: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = self.form.seal_in_place_append_tag(Aad::empty(), &mut form).ok()?;
        Some([nonce.as_ref().as_slice(), &form].concat())
    }

    pub(super) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, form) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut form = form.to_vec();
        let length = self.form.open_in_place(nonce, Aad::empty(), &mut form).ok()?.len();
        form.truncate(length);
        Some(form)
    }

    /// Under which something is counted without being named.
    pub(super) fn count(&self, what: &str, value: &[u8]) -> [u8; 32] {
        tag(&self.count, &[what.as_bytes(), value])
    }

    /// The secret of the app that is linked by this request: the same for the same request, so that a lost answer
    /// costs no second code.
    pub(super) fn link(&self, code: &str, idempotency_key: &str) -> [u8; 32] {
        tag(&self.link, &[code.as_bytes(), idempotency_key.as_bytes()])
    }
}

fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(context.sign().as_ref()).for_each(|(byte, one)| *byte = *one);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_opens_with_the_same_secret_only() {
        let seal = |byte| Seal::new(&Secret::new([byte; 32]));
        let sealed = seal(1).close(b"12345678".to_vec()).unwrap();
        assert!(!sealed.windows(8).any(|window| window == b"12345678"));
        assert_eq!(seal(1).open(&sealed).as_deref(), Some(b"12345678".as_slice()));
        assert_eq!(seal(2).open(&sealed), None);
        assert_eq!(seal(1).open(&sealed[1..]), None);
        assert_eq!(seal(1).open(b"short"), None);
        assert_ne!(seal(1).count("a", b"bc"), seal(1).count("ab", b"c"));
        assert_ne!(seal(1).count("x", b""), seal(2).count("x", b""));
    }
}
