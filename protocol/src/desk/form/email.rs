//! An e-mail address as the desk takes it.

use crate::desk::as_text;
use core::fmt;
use core::str::FromStr;

/// An address that mail can be sent to: it can't break a header, and looks like one that exists.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

as_text!(Email, "anna@example.com", "^[^@\\s]{1,64}@[^@\\s]{1,253}$");

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address looks like name@company.example")]
pub struct NoEmail;

impl Email {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address by which two writings of it are compared.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl FromStr for Email {
    type Err = NoEmail;
    fn from_str(text: &str) -> Result<Self, NoEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NoEmail)?;
        let local_fits = (1..=64).contains(&local.len())
            && local.split('.').all(|part| !part.is_empty())
            && local.chars().all(|one| one.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(one));
        let label_fits = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|one| one == '-' || one.is_alphanumeric())
        };
        let labels = domain.split('.').count();
        let domain_fits = domain.len() <= 253 && labels >= 2 && domain.split('.').all(label_fits);
        if local_fits && domain_fits && text.len() <= 254 { Ok(Self(text.to_owned())) } else { Err(NoEmail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_addresses_and_nothing_else() {
        for right in ["a@b.de", " anna.weber+it@help.musterfirma.example ", "o'neil@müller.example", "x_1@a-b.co.uk"] {
            assert!(right.parse::<Email>().is_ok(), "{right}");
        }
        for wrong in [
            "",
            "anna",
            "@b.de",
            "a@",
            "a@b",
            "a b@c.de",
            "a@b..de",
            "a..b@c.de",
            ".a@b.de",
            "a@-b.de",
            "a@b.de>",
            "a@b.de\nBcc: x@y.de",
            "a@b.de,c@d.de",
            "\"a b\"@c.de",
            "a@b@c@d",
            "a@[127.0.0.1]",
        ] {
            let read = wrong.parse::<Email>();
            assert!(read.is_err(), "{wrong}");
        }
        assert!(format!("{}@b.de", "a".repeat(65)).parse::<Email>().is_err());
        assert_eq!(format!("{:?}", "a@b.de".parse::<Email>().unwrap()), "Email(…)");
    }
}
