//! TLS to the mail server: checked against what the computer trusts, or against the operator's own authority.
//!
//! TLS 1.2 is allowed here and nowhere else: many mail servers in offices know nothing newer.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How mail servers are known.
#[derive(Clone)]
pub(super) struct Roots(Arc<dyn ServerCertVerifier>);

/// Why there is nothing to know a mail server by.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The file holds no certificate.
    #[error("there is no PEM certificate in it")]
    NoCertificate,
    /// The file holds something else.
    #[error("a certificate in it can't be read")]
    Unreadable,
    /// What the computer trusts can't be found out.
    #[error("what this computer trusts can't be read: {0}")]
    Platform(#[source] rustls::Error),
}

impl Roots {
    /// What this computer trusts.
    pub(super) fn of_computer() -> Result<Self, RootsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(RootsError::Platform)?;
        Ok(Self(Arc::new(verifier)))
    }

    /// These authorities and no other, as PEM.
    pub(super) fn of_pem(pem: &[u8]) -> Result<Self, RootsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| RootsError::Unreadable)?;
            roots.add(certificate).map_err(|_| RootsError::Unreadable)?;
        }
        if roots.is_empty() {
            return Err(RootsError::NoCertificate);
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Self(verifier.build().map_err(|_| RootsError::Unreadable)?))
    }

    /// Makes TLS over `tcp` to the server of that name.
    pub(super) async fn handshake(&self, host: &str, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| io::Error::other("no host name"))?;
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&self.0))
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await
    }
}

impl std::fmt::Debug for Roots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Roots")
    }
}
