//! Why the relay could not be used, as far as the person at the screen can do something about it.

use beistand_protocol::rendezvous::Refusal;
use std::io;

/// Why a connection to the relay, or a request to it, did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No connection at all: no network, no such host, nothing listens, or no answer in time.
    #[error("the relay can't be reached")]
    Unreachable(#[source] io::Error),
    /// Someone answers, but not with a certificate for this domain.
    #[error("the relay's certificate is not the one of this domain")]
    Certificate(#[source] rustls::Error),
    /// By this computer's clock the certificate is not valid yet, or not any more.
    #[error("by this computer's clock the relay's certificate is not valid now")]
    Clock(#[source] rustls::Error),
    /// The domain names another organisation than the one known for it.
    #[error("the domain now names another organisation than the one known for it")]
    Root,
    /// What answers is no relay of Beistand, or breaks its rules.
    #[error("what answers is not a relay that this program understands: {0}")]
    Answer(&'static str),
    /// The relay refuses the number, the technician, the version, or everybody for now.
    #[error("the relay refused: {0:?}")]
    Refused(Refusal),
    /// Login or password is wrong, or the account is disabled: the relay does not say which.
    #[error("login or password is not admitted")]
    NotAdmitted,
    /// Too many attempts; later again.
    #[error("too many attempts")]
    Throttled,
    /// The connection broke while it was being set up.
    #[error("the connection to the relay broke")]
    Lost,
}

impl ConnectError {
    pub(super) fn timed_out() -> Self {
        Self::Unreachable(io::ErrorKind::TimedOut.into())
    }

    /// Sorts what a TLS handshake died of.
    pub(super) fn from_tls(error: io::Error) -> Self {
        use rustls::CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(
                tls @ rustls::Error::InvalidCertificate(
                    Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. },
                ),
            ) => Self::Clock(tls.clone()),
            Some(tls @ (rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)) => {
                Self::Certificate(tls.clone())
            }
            Some(_) | None => Self::Unreachable(error),
        }
    }
}
