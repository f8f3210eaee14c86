//! The outer TLS: 1.3 only, on aws-lc-rs only, checked by the pinned root or by what the computer trusts.

use super::{ConnectError, DomainTrust, OuterTrust};
use beistand_protocol::rendezvous::Fingerprint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub(super) type TlsStream = tokio_rustls::client::TlsStream<TcpStream>;

/// Makes the outer TLS connection over `tcp`.
pub(super) async fn handshake(trust: &DomainTrust, tcp: TcpStream) -> Result<TlsStream, ConnectError> {
    let name = ServerName::try_from(trust.domain.host().to_owned())
        .map_err(|_| ConnectError::Answer("the domain is no host name"))?;
    let config = client_config(trust.outer).map_err(ConnectError::Certificate)?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(ConnectError::from_tls)
}

fn client_config(outer: OuterTrust) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match outer {
        OuterTrust::Pinned(root) => Arc::new(PinnedRoot { root, provider: Arc::clone(&provider) }),
        OuterTrust::Platform => Arc::new(rustls_platform_verifier::Verifier::new(Arc::clone(&provider))?),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Accepts a chain for the host that ends in the one root with this fingerprint, which must be among the
/// presented certificates. No other root counts, whatever the computer trusts.
#[derive(Debug)]
struct PinnedRoot {
    root: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedRoot {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let is_root =
            |certificate: &&CertificateDer<'_>| Sha256::digest(certificate).as_slice() == self.root.as_bytes();
        let root = intermediates.iter().find(is_root).ok_or_else(unknown)?;
        let mut roots = RootCertStore::empty();
        roots.add(root.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|_| unknown())?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General(String::from("only TLS 1.3 is spoken")))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_offer_is_post_quantum() {
        let config = client_config(OuterTrust::Pinned(Fingerprint::new([1; 32]))).unwrap();
        let groups = &config.crypto_provider().kx_groups;
        assert_eq!(groups.first().map(|group| group.name()), Some(rustls::NamedGroup::X25519MLKEM768));
    }
}
