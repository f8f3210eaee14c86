//! Which domain, and by what its certificate is known.

use beistand_protocol::rendezvous::api::CompanyFile;
use beistand_protocol::rendezvous::{Domain, Fingerprint};

/// A support company's domain and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainTrust {
    /// The domain: what the customer sees largest, and an identity in the PAKE.
    pub domain: Domain,
    /// The organisation's root, once it is known. A domain that names another one is refused.
    pub root: Option<Fingerprint>,
    /// By what the outer TLS certificate is checked.
    pub outer: OuterTrust,
}

/// By what the outer TLS certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OuterTrust {
    /// By the root certificate with this fingerprint, which the relay sends with its own.
    Pinned(Fingerprint),
    /// By what this computer trusts.
    Platform,
}

impl DomainTrust {
    /// A relay whose certificate is issued by the organisation's own root.
    pub const fn pinned(domain: Domain, root: Fingerprint) -> Self {
        Self { domain, root: Some(root), outer: OuterTrust::Pinned(root) }
    }

    /// A relay with a public certificate, and the organisation's root if it is known already.
    pub const fn public(domain: Domain, root: Option<Fingerprint>) -> Self {
        Self { domain, root, outer: OuterTrust::Platform }
    }
}

impl From<&CompanyFile> for DomainTrust {
    fn from(file: &CompanyFile) -> Self {
        if file.public_certificate {
            Self::public(file.domain.clone(), Some(file.root_sha256))
        } else {
            Self::pinned(file.domain.clone(), file.root_sha256)
        }
    }
}

/// A typed text names no domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a domain looks like help.example or help.example:8443")]
pub struct TypedDomainError;

/// Reads a domain as people type or paste it: with a scheme, a path, capitals or umlauts.
///
/// # Errors
/// [`TypedDomainError`] if there is no domain in it.
pub fn read_domain(text: &str) -> Result<Domain, TypedDomainError> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let url = url::Url::parse(&format!("https://{rest}")).map_err(|_| TypedDomainError)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TypedDomainError);
    }
    let host = url.host_str().ok_or(TypedDomainError)?;
    let domain: Domain = host.parse().map_err(|_| TypedDomainError)?;
    Ok(domain.with_port(url.port().unwrap_or(443)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        for (typed, domain) in [
            ("help.example", "help.example"),
            (" HTTPS://Help.Example/start?x#y ", "help.example"),
            ("help.example:8443", "help.example:8443"),
            ("beistand://help.example:8443/123", "help.example:8443"),
            ("hilfe-müller.de", "xn--hilfe-mller-zhb.de"),
            ("127.0.0.1:8443", "127.0.0.1:8443"),
        ] {
            assert_eq!(read_domain(typed).as_ref().map(Domain::as_str), Ok(domain), "{typed}");
        }
        for typed in ["", "https://", "help.example@evil.example", "a b", "[::1]:80", "https:///x y"] {
            assert_eq!(read_domain(typed), Err(TypedDomainError), "{typed}");
        }
    }
}
