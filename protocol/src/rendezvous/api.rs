//! Requests and answers of the relay's HTTPS API, as JSON.

use super::{BurnToken, DeviceId, DisplayName, Domain, Fingerprint, Nonce};
use crate::secret::Secret;
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes that are Base64 on the wire; their `Debug` says only how many they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map(Self).map_err(|_| de::Error::custom("expected Base64"))
    }
}

/// A technician's password on its way to the relay.
#[derive(Clone, Debug)]
pub struct Password(Secret<String>);

impl Password {
    /// Takes the password into custody.
    pub const fn new(password: String) -> Self {
        Self(Secret::new(password))
    }

    /// Shows the password.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for Password {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Which company a domain belongs to: `GET` [`super::WELL_KNOWN_PATH`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WellKnown {
    /// The domain as the relay writes it.
    pub domain: Domain,
    /// The company's name, as the domain states it.
    pub company: DisplayName,
    /// The organisation's root certificate in DER.
    pub root: Bytes,
    /// Its SHA-256.
    pub root_sha256: Fingerprint,
    /// How many slot digits numbers have at present.
    pub slot_digits: Vec<u8>,
    /// The versions of the outer wire that the relay speaks.
    pub versions: Vec<u16>,
    /// Where the WebSocket is, on this host.
    pub session_path: String,
    /// Where misuse can be reported.
    pub abuse: Option<String>,
}

/// What a company hands to its customers beside the program: `beistand.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanyFile {
    /// Where the relay is.
    pub domain: Domain,
    /// The company's name, until the relay has said it itself.
    pub company: DisplayName,
    /// SHA-256 of the organisation's root certificate.
    pub root_sha256: Fingerprint,
    /// Whether the relay has a certificate that every computer knows; otherwise it must be issued by that root.
    #[serde(default)]
    pub public_certificate: bool,
}

/// `POST` [`super::SIGN_IN_PATH`]. Answered with [`SignInAnswer`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignInRequest {
    /// The technician's login.
    pub login: String,
    /// The technician's password.
    pub password: Password,
    /// The device's new public key, as SubjectPublicKeyInfo in DER.
    pub public_key: Bytes,
    /// Over [`super::sign_in_message`], by that key.
    pub signature: Bytes,
}

/// The device key is known now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignInAnswer {
    /// The id under which it is known.
    pub device: DeviceId,
    /// The technician's name as customers will see it.
    pub name: DisplayName,
}

/// `POST` [`super::CHALLENGE_PATH`], with an empty body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChallengeAnswer {
    /// To be signed within a minute.
    pub nonce: Nonce,
}

/// `POST` [`super::CERTIFICATE_PATH`]. Answered with [`CertificateAnswer`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CertificateRequest {
    /// The device that asks.
    pub device: DeviceId,
    /// From [`ChallengeAnswer`].
    pub nonce: Nonce,
    /// Over [`super::certificate_message`], by the device's key.
    pub signature: Bytes,
}

/// The certificate that names the technician to customers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CertificateAnswer {
    /// In DER, the device's own first; the root is not in it.
    pub chain: Vec<Bytes>,
    /// How long it is valid from now.
    pub expires_in_seconds: u32,
}

/// `POST` [`super::BURN_PATH`]. The answer is the same whatever the token was for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BurnRequest {
    /// From waiting or pairing.
    pub token: BurnToken,
    /// What the other end is told.
    #[serde(default)]
    pub farewell: Farewell,
}

/// How a session was ended over a fresh connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Farewell {
    /// By somebody's decision.
    #[default]
    Ended,
    /// By the customer's NOTAUS.
    Stopped,
}

/// The body of an answer that is not a success.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ApiRefusal {
    /// Why.
    pub reason: ApiReason,
}

/// Why a request of the HTTPS API was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiReason {
    /// Login, password, device or signature is not admitted: never said which.
    NotAdmitted,
    /// Too many attempts; to be tried again later.
    Throttled,
    /// Not a request that this API knows.
    Malformed,
    /// The relay could not do its part.
    Internal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_shows_no_password() {
        let request = SignInRequest {
            login: String::from("anna"),
            password: Password::new(String::from("hunter2hunter2")),
            public_key: Bytes(vec![1, 2]),
            signature: Bytes(vec![3]),
        };
        assert!(!format!("{request:?}").contains("hunter2"));
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"login":"anna","password":"hunter2hunter2","public_key":"AQI=","signature":"Aw=="}"#);
        let read: SignInRequest = serde_json::from_str(&text).unwrap();
        assert_eq!((read.password.expose(), read.public_key), ("hunter2hunter2", Bytes(vec![1, 2])));
        assert!(serde_json::from_str::<Bytes>("\"?\"").is_err());
    }
}
