//! The outer TLS of the relay: 1.3 only, aws-lc-rs only, with a certificate that can be exchanged while it runs.

use super::authority::ServerIdentity;
use anyhow::{Result, anyhow};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, PoisonError, RwLock};

/// The certificate that is presented at present, whatever host the client names: there is only one.
#[derive(Debug)]
pub(super) struct Presented {
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Presented {
    pub(super) fn new(identity: ServerIdentity) -> Result<Arc<Self>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = RwLock::new(certified(identity, &provider)?);
        Ok(Arc::new(Self { provider, current }))
    }

    /// Presents another certificate from now on.
    pub(super) fn exchange(&self, identity: ServerIdentity) -> Result<()> {
        let new = certified(identity, &self.provider)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// What the accept loop needs.
    pub(super) fn config(self: &Arc<Self>) -> Result<Arc<ServerConfig>> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Every connection checks the certificate: nothing is resumed.
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        Ok(Arc::new(config))
    }
}

fn certified(identity: ServerIdentity, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>> {
    CertifiedKey::from_der(identity.chain, identity.key, provider)
        .map(Arc::new)
        .map_err(|error| anyhow!("The server certificate and its key can't be used together: {error}."))
}

impl ResolvesServerCert for Presented {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::authority::Authority;
    use super::super::folder::Folder;
    use super::*;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, NamedGroup, RootCertStore};
    use std::time::{Duration, SystemTime};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    fn authority() -> (tempfile::TempDir, Folder, Authority) {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::new(temp.path().to_owned());
        let authority = Authority::create(&folder, &"Musterfirma GmbH".parse().unwrap()).unwrap();
        (temp, folder, authority)
    }

    async fn greet(presented: &Arc<Presented>, root: &[u8]) -> rustls::ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root.to_vec())).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (near, far) = tokio::io::duplex(64 * 1024);
        let acceptor = TlsAcceptor::from(presented.config().unwrap());
        let (server, client) = tokio::join!(
            acceptor.accept(far),
            TlsConnector::from(Arc::new(client)).connect(ServerName::try_from("help.example").unwrap(), near)
        );
        server.unwrap();
        client.unwrap().into_inner().1
    }

    #[tokio::test]
    async fn the_outer_tls_is_post_quantum_and_1_3() {
        let (_temp, folder, authority) = authority();
        let identity = authority.server(&folder, &"help.example".parse().unwrap(), SystemTime::now()).unwrap();
        let connection = greet(&Presented::new(identity).unwrap(), authority.root()).await;
        assert_eq!(connection.negotiated_key_exchange_group().unwrap().name(), NamedGroup::X25519MLKEM768);
        assert_eq!(connection.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    }

    #[tokio::test]
    async fn whoever_knows_only_1_2_is_turned_away() {
        // The library knows it for the sake of mail servers; what we serve must not.
        let (_temp, folder, authority) = authority();
        let identity = authority.server(&folder, &"help.example".parse().unwrap(), SystemTime::now()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.root().to_vec())).unwrap();
        let old = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (near, far) = tokio::io::duplex(64 * 1024);
        let acceptor = TlsAcceptor::from(Presented::new(identity).unwrap().config().unwrap());
        let (server, client) = tokio::join!(
            acceptor.accept(far),
            TlsConnector::from(Arc::new(old)).connect(ServerName::try_from("help.example").unwrap(), near)
        );
        assert!(server.is_err() && client.is_err());
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_presented_at_once() {
        let (_temp, folder, authority) = authority();
        let domain = "help.example".parse().unwrap();
        let now = SystemTime::now();
        let presented = Presented::new(authority.server(&folder, &domain, now).unwrap()).unwrap();
        let own = |connection: &rustls::ClientConnection| connection.peer_certificates().unwrap()[0].clone();
        let first = own(&greet(&presented, authority.root()).await);
        // Issued as of an hour ago, so that it is valid already and has long to go.
        std::fs::remove_file(folder.server()).unwrap();
        let renewed = authority.server(&folder, &domain, now - Duration::from_secs(60)).unwrap();
        presented.exchange(renewed).unwrap();
        assert_ne!(own(&greet(&presented, authority.root()).await), first);
    }
}
