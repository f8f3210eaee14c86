//! The key of a technician's device. It is made on the device and never leaves it.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use beistand_protocol::rendezvous::DeviceId;
use beistand_protocol::secret::Secret;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// An ECDSA P-256 key: signs the relay's challenges and, towards the customer, who the technician is.
#[derive(Clone)]
pub struct DeviceKey {
    pair: Arc<EcdsaKeyPair>,
    pkcs8: Secret<Vec<u8>>,
    public_key: Vec<u8>,
}

/// The key could not be made, or what was stored is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable device key")]
pub struct DeviceKeyError;

impl DeviceKey {
    /// Makes a new key from the operating system's randomness.
    ///
    /// # Errors
    /// [`DeviceKeyError`] if there is none.
    pub fn generate() -> Result<Self, DeviceKeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
            .map_err(|_| DeviceKeyError)?;
        Self::from_pkcs8(Secret::new(document.as_ref().to_vec()))
    }

    /// The key that was stored as these bytes.
    ///
    /// # Errors
    /// [`DeviceKeyError`] if they are no P-256 key.
    pub fn from_pkcs8(pkcs8: Secret<Vec<u8>>) -> Result<Self, DeviceKeyError> {
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.expose()).map_err(|_| DeviceKeyError)?;
        let public_key = AsDer::as_der(pair.public_key()).map_err(|_| DeviceKeyError)?.as_ref().to_vec();
        Ok(Self { pair: Arc::new(pair), pkcs8, public_key })
    }

    /// The key as PKCS#8, for the keyring.
    pub const fn pkcs8(&self) -> &Secret<Vec<u8>> {
        &self.pkcs8
    }

    /// The public half, as SubjectPublicKeyInfo in DER.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The name under which a relay knows the key.
    pub fn id(&self) -> DeviceId {
        DeviceId::new(Sha256::digest(&self.public_key).into())
    }

    /// Signs with ECDSA P-256 and SHA-256, in ASN.1. What is signed must say what it is for.
    ///
    /// Empty, which nobody accepts, if the operating system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), message).map(|signature| signature.as_ref().to_vec()).unwrap_or_default()
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({})", self.id())
    }
}

/// The certificate that names the technician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TechnicianCertificate {
    /// In DER, the device's own first.
    pub chain: Vec<Vec<u8>>,
    /// How long it was valid when it was fetched.
    pub expires_in: std::time::Duration,
}

/// What a technician's end needs for a session: the key, and the certificate for it.
#[derive(Clone, Debug)]
pub struct TechnicianCredential {
    /// The device's key.
    pub key: DeviceKey,
    /// What names its owner.
    pub certificate: TechnicianCertificate,
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

    #[test]
    fn a_stored_key_is_the_same_key() {
        let key = DeviceKey::generate().unwrap();
        let stored = DeviceKey::from_pkcs8(key.pkcs8().clone()).unwrap();
        assert_eq!(stored.public_key(), key.public_key());
        let signature = stored.sign(b"message");
        let point = &key.public_key()[key.public_key().len() - 65..];
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(b"message", &signature).unwrap();
        assert_eq!(DeviceKey::from_pkcs8(Secret::new(vec![1, 2, 3])).err(), Some(DeviceKeyError));
        assert!(!format!("{key:?}").contains("pkcs8"));
    }
}
