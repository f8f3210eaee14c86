//! Links to a support company: `beistand://help.example:8443/472915384?root=<64 hexadecimal digits>`.
//!
//! Number and root are optional. A link proves nothing: a domain that is new to this computer is confirmed by
//! the customer however it came. With `root` the relay needs no public certificate; `&public=1` says that it has one.

use crate::view::TypedNumber;
use beistand_protocol::number::SessionNumber;
use beistand_protocol::rendezvous::{Domain, Fingerprint};
use beistand_session::rendezvous::{DomainTrust, read_domain};

/// What a link says.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) trust: DomainTrust,
    pub(crate) number: Option<TypedNumber>,
}

/// A text is no link of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link looks like beistand://help.example/472915384")]
pub(crate) struct LinkError;

impl Link {
    pub(crate) fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        let rest = text.strip_prefix("beistand://").ok_or(LinkError)?;
        let url = url::Url::parse(&format!("https://{rest}")).map_err(|_| LinkError)?;
        let domain: Domain = read_domain(text).map_err(|_| LinkError)?;
        let mut root = None;
        let mut public = false;
        for (name, value) in url.query_pairs() {
            match &*name {
                "root" => root = Some(value.parse::<Fingerprint>().map_err(|_| LinkError)?),
                "public" => public = value == "1",
                _ => {}
            }
        }
        let trust = match root {
            Some(root) if !public => DomainTrust::pinned(domain, root),
            root => DomainTrust::public(domain, root),
        };
        let path = url.path().trim_matches('/');
        let number = match path {
            "" => None,
            number if SessionNumber::parse(number).is_ok() => Some(TypedNumber::new(number.to_owned())),
            _ => return Err(LinkError),
        };
        Ok(Self { trust, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beistand_session::rendezvous::OuterTrust;

    #[test]
    fn reads_domain_number_and_root() {
        let root = "ab".repeat(32);
        let link = Link::parse(&format!("beistand://Help.Example:8443/?root={root}")).unwrap();
        assert_eq!(link.trust.domain.as_str(), "help.example:8443");
        assert!(matches!(link.trust.outer, OuterTrust::Pinned(_)));
        assert!(link.number.is_none());
        let link = Link::parse(&format!("beistand://help.example?root={root}&public=1")).unwrap();
        assert_eq!(link.trust.outer, OuterTrust::Platform);
        assert!(link.trust.root.is_some());
        let number =
            (0..10).map(|digit| format!("47291538{digit}")).find(|text| SessionNumber::parse(text).is_ok()).unwrap();
        let link = Link::parse(&format!("beistand://help.example/{number}")).unwrap();
        assert_eq!(link.number.unwrap().expose(), number);
        assert_eq!((link.trust.root, link.trust.outer), (None, OuterTrust::Platform));
    }

    #[test]
    fn anything_else_is_no_link() {
        let no_links = [
            "",
            "https://help.example",
            "beistand://",
            "beistand://a@help.example",
            "beistand://help.example/abc",
            "beistand://help.example?root=xyz",
        ];
        for text in no_links {
            assert!(Link::parse(text).is_err(), "{text}");
        }
    }
}
