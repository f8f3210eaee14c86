//! What can go wrong between here and the mail server's "accepted", and whose it is.

use super::smtp::Security;
use std::io;

/// Why a mail was not accepted.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
pub struct Trouble {
    /// What kind of trouble, which decides what happens next.
    pub kind: TroubleKind,
    /// A sentence for the admin that says what happened and what to do. No mail's content is in it.
    said: String,
}

/// Whose trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// The server can't be reached, can't be trusted, or won't have us: no mail gets through, and none is to blame.
    Server,
    /// This mail was turned away for now.
    NotNow,
    /// This mail was turned away for good.
    Never,
    /// The connection ended while the mail was on its way: it may have been accepted. It is sent again with the same
    /// Message-ID, by which its reader's program knows the two as one.
    Unknown,
}

impl Trouble {
    pub(super) fn new(kind: TroubleKind, said: String) -> Self {
        Self { kind, said }
    }

    fn server(said: String) -> Self {
        Self::new(TroubleKind::Server, said)
    }

    pub(super) fn no_such_host(host: &str) -> Self {
        Self::server(format!(
            "No address was found for the mail server {host}. Check `server` under [mail] in relay.toml, and whether \
             this computer's name resolution works."
        ))
    }

    pub(super) fn not_connected(host: &str, port: u16, error: &io::Error) -> Self {
        // The kinds belong to the standard library and grow; what is not named is shown as it is.
        #[allow(clippy::wildcard_enum_match_arm)]
        let said = match error.kind() {
            io::ErrorKind::ConnectionRefused => format!(
                "{host} refuses connections on port {port}. Check `port` under [mail] in relay.toml (587 for starttls, \
                 465 for tls), and whether the mail server runs."
            ),
            io::ErrorKind::TimedOut => format!(
                "{host} did not answer on port {port} in time. A firewall may be in between: let this computer reach \
                 that port."
            ),
            _ => format!(
                "{host} can't be reached on port {port}: {error}. Check the network and `server` under [mail] in \
                 relay.toml."
            ),
        };
        Self::server(said)
    }

    pub(super) fn silent(host: &str, port: u16) -> Self {
        Self::server(format!(
            "{host} took the connection on port {port} but did not speak as a mail server in time. Port 465 wants \
             security = \"tls\", port 587 wants \"starttls\"; check both under [mail] in relay.toml."
        ))
    }

    pub(super) fn no_mail_server(host: &str, port: u16) -> Self {
        Self::server(format!(
            "What answers at {host} on port {port} is no mail server. Check `server`, `port` and `security` under \
             [mail] in relay.toml."
        ))
    }

    pub(super) fn unsecured(host: &str) -> Self {
        Self::server(format!(
            "security = \"none\" under [mail] in relay.toml is for a mail server on this computer only, and {host} is \
             another one. Nothing was sent. Set it to \"starttls\" or \"tls\"."
        ))
    }

    pub(super) fn turned_away(host: &str, code: u16, answer: &str) -> Self {
        let said = match code {
            400..=499 => format!("{host} is busy and takes no mail at present. It said: {answer}"),
            _ => format!("{host} does not talk to this computer. Ask its operator to let it in. It said: {answer}"),
        };
        Self::server(said)
    }

    pub(super) fn no_starttls(host: &str, port: u16) -> Self {
        Self::server(format!(
            "{host} offers no STARTTLS on port {port}, so nothing was sent: it would have been readable on the way. \
             If the server wants TLS from the start, set security = \"tls\" and its port (usually 465) under [mail] \
             in relay.toml."
        ))
    }

    // The kinds belong to rustls and grow; what is not named is shown as it is.
    #[allow(clippy::wildcard_enum_match_arm)]
    pub(super) fn tls(host: &str, security: Security, error: &io::Error) -> Self {
        use rustls::CertificateError as Certificate;
        let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let said = match cause {
            Some(rustls::Error::InvalidCertificate(certificate)) => match certificate {
                Certificate::UnknownIssuer | Certificate::BadSignature => format!(
                    "The certificate of {host} is not issued by anybody this computer trusts, so nothing was sent. If \
                     your company has its own authority, name its certificate with `ca` under [mail] in relay.toml."
                ),
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => format!(
                    "The certificate that answered is not for {host}, so nothing was sent. Write `server` under [mail] \
                     in relay.toml as it stands in the server's certificate."
                ),
                Certificate::Expired | Certificate::ExpiredContext { .. } => format!(
                    "The certificate of {host} has expired, so nothing was sent. The server needs a new one; check \
                     this computer's clock too."
                ),
                Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => format!(
                    "The certificate of {host} is not valid yet, so nothing was sent. Check this computer's clock."
                ),
                other => format!("The certificate of {host} is not right, so nothing was sent: {other:?}."),
            },
            Some(rustls::Error::InvalidMessage(_)) if security == Security::Tls => format!(
                "{host} does not speak TLS from the start on this port. Set security = \"starttls\" (usually port \
                 587) under [mail] in relay.toml."
            ),
            Some(error) => format!("No secure connection to {host} came about, so nothing was sent: {error}."),
            None => format!("The connection to {host} ended while it was being secured: {error}."),
        };
        Self::server(said)
    }

    pub(super) fn sign_in(host: &str, code: Option<u16>, answer: &str) -> Self {
        let said = match code {
            Some(534 | 535 | 538) => format!(
                "{host} does not accept `user` and the password. Check both under [mail] in relay.toml; some providers \
                 want an app password. It said: {answer}"
            ),
            Some(_) => format!("{host} could not sign us in. It said: {answer}"),
            None => format!(
                "{host} offers no way to sign in that is known here (PLAIN or LOGIN). Ask its operator, or leave `user` \
                 away if it wants none."
            ),
        };
        Self::server(said)
    }

    pub(super) fn sender(host: &str, from: &str, code: u16, answer: &str) -> Self {
        let said = match code {
            530 | 550..=551 if answer.to_ascii_lowercase().contains("authent") => format!(
                "{host} wants a sign-in before it takes mail. Set `user` and `password_file` under [mail] in \
                 relay.toml. It said: {answer}"
            ),
            530 => format!(
                "{host} wants a sign-in or a secure connection first. Check `user`, `password_file` and `security` \
                 under [mail] in relay.toml. It said: {answer}"
            ),
            400..=499 => format!("{host} takes no mail at present. It said: {answer}"),
            _ => format!(
                "{host} takes no mail from {from}. Check `from` under [mail] in relay.toml: it must be an address that \
                 the account may send as. It said: {answer}"
            ),
        };
        Self::server(said)
    }

    pub(super) fn recipient(host: &str, code: u16, answer: &str) -> Self {
        let lower = answer.to_ascii_lowercase();
        let relaying = lower.contains("relay") || lower.contains("5.7.1");
        let said = match code {
            400..=499 => format!("{host} does not take mail for this address at present. It said: {answer}"),
            _ if relaying => format!(
                "{host} takes no mail for this address from here: it does not pass on mail to other domains for us. Set \
                 `user` and `password_file` under [mail] in relay.toml, or allow this computer there. It said: {answer}"
            ),
            _ => format!("{host} does not take mail for this address: it is wrong or closed. It said: {answer}"),
        };
        Self::new(for_now_or_good(code), said)
    }

    pub(super) fn content(host: &str, code: u16, answer: &str) -> Self {
        let said = match code {
            400..=499 => format!("{host} does not take this mail at present. It said: {answer}"),
            _ => format!("{host} does not take this mail. It said: {answer}"),
        };
        Self::new(for_now_or_good(code), said)
    }

    pub(super) fn lost(host: &str) -> Self {
        Self::new(
            TroubleKind::Unknown,
            format!("The connection to {host} ended before it said whether it took the mail. It is sent again."),
        )
    }

    pub(super) fn not_a_mail(error: &dyn std::error::Error) -> Self {
        Self::new(TroubleKind::Never, format!("No mail could be made of this: {error}."))
    }
}

fn for_now_or_good(code: u16) -> TroubleKind {
    if (400..=499).contains(&code) { TroubleKind::NotNow } else { TroubleKind::Never }
}
