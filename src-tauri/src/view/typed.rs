//! What people type: secrets that must not be printed, and checks that need no network.

use beistand_protocol::number::{NumberError, SessionNumber};
use core::fmt;
use serde::{Deserialize, Serialize};
use specta::Type;
use zeroize::Zeroize;

/// A session number as somebody typed it, right or wrong.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct TypedNumber(String);

impl TypedNumber {
    /// Wraps what was typed.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// What was typed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedNumber(..)")
    }
}

impl Drop for TypedNumber {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A number in groups of three, for its owner to read out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct SpokenNumber(String);

impl SpokenNumber {
    /// Wraps a number that is already grouped.
    pub const fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SpokenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpokenNumber(..)")
    }
}

impl Drop for SpokenNumber {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A password on its way from the field to the relay.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Wraps what was typed.
    #[cfg(test)]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The password itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What can be said about a typed number without asking anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum NumberCheck {
    /// It can be a number.
    Fine,
    /// Digits are missing.
    TooShort,
    /// There are too many digits.
    TooLong,
    /// There is something that is not a digit.
    NotDigits,
    /// Misheard or mistyped: the digits don't fit together.
    Wrong,
}

impl NumberCheck {
    /// Checks what was typed so far.
    pub fn of(number: &TypedNumber) -> Self {
        match SessionNumber::parse(number.expose()) {
            Ok(_) => Self::Fine,
            Err(NumberError::NotDigits) => Self::NotDigits,
            Err(NumberError::Check) => Self::Wrong,
            Err(NumberError::Length) => {
                let digits = number.expose().chars().filter(char::is_ascii_digit).count();
                if digits < 9 { Self::TooShort } else { Self::TooLong }
            }
        }
    }
}

/// What can be said about a typed domain without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DomainCheck {
    /// It can be one; this is how it is written.
    Fine {
        /// Lower case, without scheme and path; with a port if one was typed.
        domain: String,
    },
    /// Nothing was typed yet.
    Empty,
    /// It can't be one.
    NotADomain,
}

impl DomainCheck {
    /// Checks a domain as people type or paste it: with `https://`, a path or capital letters.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Empty;
        }
        let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let Ok(url) = url::Url::parse(&address) else {
            return Self::NotADomain;
        };
        let (Some(host), true, "") = (url.host_str(), url.scheme() == "https", url.username()) else {
            return Self::NotADomain;
        };
        if !(host.contains('.') || host == "localhost") || host.ends_with('.') {
            return Self::NotADomain;
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Self::Fine { domain: format!("{host}{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> NumberCheck {
        NumberCheck::of(&TypedNumber::new(text.to_owned()))
    }

    #[test]
    fn a_number_is_judged_before_anything_is_asked() {
        assert_eq!(check(""), NumberCheck::TooShort);
        assert_eq!(check("472 915"), NumberCheck::TooShort);
        assert_eq!(check(&"1".repeat(30)), NumberCheck::TooLong);
        assert_eq!(check("472 9l5 384"), NumberCheck::NotDigits);
        let judged: Vec<_> = (0..10).map(|digit| check(&format!("472 915 38{digit}"))).collect();
        assert_eq!(judged.iter().filter(|check| **check == NumberCheck::Fine).count(), 1);
        assert_eq!(judged.iter().filter(|check| **check == NumberCheck::Wrong).count(), 9);
    }

    #[test]
    fn a_domain_is_taken_as_people_paste_it() {
        let fine = |domain: &str| DomainCheck::Fine { domain: domain.to_owned() };
        assert_eq!(DomainCheck::of(" Help.Musterfirma.example "), fine("help.musterfirma.example"));
        assert_eq!(DomainCheck::of("https://help.musterfirma.example/start"), fine("help.musterfirma.example"));
        assert_eq!(DomainCheck::of("localhost:8443"), fine("localhost:8443"));
        assert_eq!(DomainCheck::of("  "), DomainCheck::Empty);
        for wrong in ["help", "http://help.musterfirma.example", "anna@musterfirma.example", "a b.example", "https://"]
        {
            assert_eq!(DomainCheck::of(wrong), DomainCheck::NotADomain, "{wrong}");
        }
    }

    #[test]
    fn nothing_that_is_typed_can_be_printed() {
        let secret = "472915384";
        let printed = format!(
            "{:?} {:?} {:?}",
            TypedNumber::new(secret.to_owned()),
            SpokenNumber::new(secret.to_owned()),
            Password::new(secret.to_owned())
        );
        assert!(!printed.contains(secret), "{printed}");
    }
}
