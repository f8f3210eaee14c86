//! Checks what a device signed.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use beistand_protocol::rendezvous::DeviceId;
use sha2::{Digest, Sha256};

/// SubjectPublicKeyInfo of a P-256 key, up to its uncompressed point.
const P256_HEADER: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A device's public key: P-256, in the one encoding that is accepted, so that a key has one id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeviceKey(Vec<u8>);

impl DeviceKey {
    /// Reads SubjectPublicKeyInfo.
    pub(super) fn read(public_key: &[u8]) -> Option<Self> {
        let point = public_key.strip_prefix(P256_HEADER)?;
        (point.len() == 65 && point.first() == Some(&4)).then(|| Self(public_key.to_vec()))
    }

    pub(super) fn id(&self) -> DeviceId {
        DeviceId::new(Sha256::digest(&self.0).into())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the holder of this key signed `message`.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let point = self.0.get(P256_HEADER.len()..).unwrap_or_default();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    #[test]
    fn only_the_signed_message_of_the_key_passes() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der = AsDer::as_der(pair.public_key()).unwrap();
        let key = DeviceKey::read(der.as_ref()).unwrap();
        let signature = pair.sign(&SystemRandom::new(), b"this").unwrap();
        assert!(key.signed(b"this", signature.as_ref()));
        assert!(!key.signed(b"that", signature.as_ref()));
        assert!(!key.signed(b"this", b""));
        assert_eq!(DeviceKey::read(&der.as_ref()[..90]), None);
        assert_eq!(DeviceKey::read(&[der.as_ref(), &[0]].concat()), None);
        assert_eq!(DeviceKey::read(b""), None);
    }
}
