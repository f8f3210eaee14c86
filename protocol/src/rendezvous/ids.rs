//! Names of things on the outer wire: parsed once at the edge, trusted afterwards.

use crate::secret::Secret;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not the id it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not hexadecimal digits, or not as many as there must be.
    #[error("expected exactly {digits} hexadecimal digits")]
    Hex {
        /// How many there must be.
        digits: usize,
    },
    /// Not a host name with an optional port.
    #[error("a domain looks like help.example or help.example:8443")]
    Domain,
}

fn to_hex(bytes: &[u8]) -> String {
    use fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let wrong = IdError::Hex { digits: N * 2 };
    if text.len() != N * 2 {
        return Err(wrong);
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        for digit in digits {
            let value = char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(wrong)?;
            *byte = *byte << 4 | value;
        }
    }
    Ok(bytes)
}

macro_rules! public_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// The id made of these bytes.
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&to_hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                from_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

public_id!(
    /// The random id of a session, fit for logs: it says nothing about the number.
    SessionId, 16
);
public_id!(
    /// SHA-256 of a technician's device key, as it stands in its SubjectPublicKeyInfo.
    DeviceId, 32
);
public_id!(
    /// SHA-256 of the organisation's root certificate in DER.
    Fingerprint, 32
);
public_id!(
    /// A relay's challenge; used once.
    Nonce, 48
);

/// By this the two ends of a session find each other again at the relay after the line broke. Only an address: what
/// proves an end is not the relay's to know. Shown nowhere all the same, so that strangers have to guess it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResumeId([u8; 32]);

impl ResumeId {
    /// The id made of these random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ResumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeId(…)")
    }
}

impl Serialize for ResumeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for ResumeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_hex(&String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

/// Who holds it may end the number or the session that it was given out for.
#[derive(Clone, Debug)]
pub struct BurnToken(Secret<[u8; 32]>);

impl BurnToken {
    /// The token made of these random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Shows its bytes.
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

impl Serialize for BurnToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(self.expose()))
    }
}

impl<'de> Deserialize<'de> for BurnToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Secret::new(String::deserialize(deserializer)?);
        from_hex(text.expose()).map(Self::new).map_err(de::Error::custom)
    }
}

/// A support company's domain in its one canonical form: a host in lower case, and a port unless it is 443.
///
/// It is the checked fact that the customer sees, and an identity in the PAKE: both ends must write it alike.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

impl Domain {
    /// The host without the port.
    pub fn host(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The port, 443 if none is written.
    pub fn port(&self) -> u16 {
        self.0.split_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(443)
    }

    /// The same host at another port.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        if port == 443 { Self(self.host().to_owned()) } else { Self(format!("{}:{port}", self.host())) }
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = IdError;

    /// Reads `host` or `host:port`; an international name must already be in its ASCII form.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let text = text.trim().to_ascii_lowercase();
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| IdError::Domain)?)),
            None => (text.as_str(), None),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if host.len() > 253 || !host.split('.').all(label) {
            return Err(IdError::Domain);
        }
        Ok(Self(host.to_owned()).with_port(port.unwrap_or(443)))
    }
}

impl TryFrom<String> for Domain {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_domain_has_one_form() {
        for (typed, canonical) in [
            ("Help.Example", "help.example"),
            (" help.example. ", "help.example"),
            ("help.example:443", "help.example"),
            ("help.example:08443", "help.example:8443"),
            ("localhost:0", "localhost:0"),
            ("192.168.1.2:8443", "192.168.1.2:8443"),
        ] {
            let domain: Domain = typed.parse().unwrap();
            assert_eq!(domain.as_str(), canonical);
            assert_eq!(domain.as_str().parse::<Domain>().unwrap(), domain);
        }
        for wrong in [
            "",
            ".",
            "a..b",
            "-a.b",
            "help.example:",
            "help.example:70000",
            "a b",
            "hilfe-müller.de",
            "a/b",
            "a:1:2",
            "::1",
        ] {
            assert_eq!(wrong.parse::<Domain>(), Err(IdError::Domain), "{wrong}");
        }
        let domain: Domain = "help.example:8443".parse().unwrap();
        assert_eq!((domain.host(), domain.port()), ("help.example", 8443));
    }

    #[test]
    fn a_burn_token_is_not_shown() {
        let token = BurnToken::new([0xab; 32]);
        assert!(!format!("{token:?}").contains("ab"));
        let text = serde_json::to_string(&token).unwrap();
        assert_eq!(serde_json::from_str::<BurnToken>(&text).unwrap().expose(), token.expose());
        let wrong = serde_json::from_str::<BurnToken>("\"abcdef\"").unwrap_err().to_string();
        assert!(!wrong.contains("abcdef"), "{wrong}");
    }

    proptest! {
        #[test]
        fn ids_survive_text(bytes in proptest::array::uniform16(0_u8..)) {
            let id = SessionId::new(bytes);
            prop_assert_eq!(id.to_string().parse::<SessionId>(), Ok(id));
        }

        #[test]
        fn no_text_panics(text in ".{0,100}") {
            let _ = text.parse::<Domain>();
            let _ = text.parse::<SessionId>();
        }
    }
}
