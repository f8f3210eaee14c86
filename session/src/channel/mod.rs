//! The inner channel from end to end: TLS 1.3 by rustls, without I/O.
//!
//! The customer is the server with a fresh self-signed certificate; there is no client certificate, no
//! ticket, no resumption, and no key exchange but X25519MLKEM768. Who is at the other end is not this
//! module's business: the handshake of `beistand_protocol` proves the number over the exporter.

use beistand_protocol::channel::{Channel, ChannelError};
use beistand_protocol::handshake::Exporter;
use beistand_protocol::role::Role;
use beistand_protocol::secret::Secret;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::{self, kx_group::X25519MLKEM768};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, Connection, DigitallySignedStruct, ServerConfig, ServerConnection};
use rustls::{SignatureScheme, pki_types::PrivatePkcs8KeyDer};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What the two ends speak inside.
const ALPN: &[u8] = b"beistand/1";
const EXPORTER_LABEL: &[u8] = b"EXPORTER-beistand/1 inner channel";

/// The system would not give what a fresh channel needs.
#[derive(Debug, thiserror::Error)]
pub enum InnerTlsError {
    /// No key or certificate could be made.
    #[error("no fresh certificate could be made")]
    Certificate(#[from] rcgen::Error),
    /// rustls did not take the configuration.
    #[error("the inner channel could not be set up")]
    Tls(#[from] rustls::Error),
}

/// One end of the inner channel.
#[derive(Debug)]
pub struct InnerTls(Connection);

impl InnerTls {
    /// A channel that is about to be established.
    ///
    /// # Errors
    /// [`InnerTlsError`] if the system gives no key.
    pub fn new(role: Role) -> Result<Self, InnerTlsError> {
        Self::with(role, provider())
    }

    fn with(role: Role, provider: CryptoProvider) -> Result<Self, InnerTlsError> {
        let mut connection: Connection = match role {
            Role::Customer => ServerConnection::new(Arc::new(server(provider)?))?.into(),
            Role::Technician => {
                // An address and no name, so that the hello names nobody: there is nothing to verify by it.
                let nobody = ServerName::from(IpAddr::from(Ipv4Addr::UNSPECIFIED));
                ClientConnection::new(Arc::new(client(provider)?), nobody)?.into()
            }
        };
        // What waits is bounded by whoever sends: one fragment at a time.
        connection.set_buffer_limit(None);
        Ok(Self(connection))
    }

    fn is_established(&self) -> bool {
        !self.0.is_handshaking() && self.0.alpn_protocol() == Some(ALPN)
    }
}

impl Channel for InnerTls {
    fn receive(&mut self, mut ciphertext: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let mut plaintext = Vec::new();
        while !ciphertext.is_empty() {
            if self.0.read_tls(&mut ciphertext).map_err(|_| ChannelError::Forged)? == 0 {
                return Err(ChannelError::Closed);
            }
            let state = self.0.process_new_packets().map_err(|_| ChannelError::Forged)?;
            match self.0.reader().read_to_end(&mut plaintext) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(ChannelError::Forged),
            }
            if !self.0.is_handshaking() && !self.is_established() {
                return Err(ChannelError::Forged);
            }
            if state.peer_has_closed() && plaintext.is_empty() {
                return Err(ChannelError::Closed);
            }
        }
        Ok(plaintext)
    }

    fn send(&mut self, plaintext: &[u8]) -> Result<(), ChannelError> {
        if !self.is_established() {
            return Err(ChannelError::TooEarly);
        }
        self.0.writer().write_all(plaintext).map_err(|_| ChannelError::Closed)
    }

    fn outgoing(&mut self) -> Vec<u8> {
        let mut ciphertext = Vec::new();
        while self.0.wants_write() && self.0.write_tls(&mut ciphertext).is_ok() {}
        ciphertext
    }

    fn exporter(&self) -> Option<Exporter> {
        if !self.is_established() {
            return None;
        }
        self.0.export_keying_material([0; 32], EXPORTER_LABEL, None).ok().map(Secret::new)
    }
}

/// aws-lc-rs with nothing but the hybrid key exchange: the default would silently settle for X25519.
fn provider() -> CryptoProvider {
    CryptoProvider { kx_groups: vec![X25519MLKEM768], ..aws_lc_rs::default_provider() }
}

fn server(provider: CryptoProvider) -> Result<ServerConfig, InnerTlsError> {
    let key = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new([])?.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn client(provider: CryptoProvider) -> Result<ClientConfig, InnerTlsError> {
    let anyone = Anyone(provider.signature_verification_algorithms);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(anyone))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Accepts any certificate whose key signs the handshake: it is fresh and self-signed, and whether the right
/// person made it is decided by the number, over the exporter.
#[derive(Debug)]
struct Anyone(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(one: &mut InnerTls, other: &mut InnerTls) -> Result<(), ChannelError> {
        for _ in 0..6 {
            let to_other = one.outgoing();
            other.receive(&to_other)?;
            let to_one = other.outgoing();
            one.receive(&to_one)?;
        }
        Ok(())
    }

    fn pair() -> (InnerTls, InnerTls) {
        let (mut technician, mut customer) =
            (InnerTls::new(Role::Technician).unwrap(), InnerTls::new(Role::Customer).unwrap());
        assert_eq!(technician.send(b"early"), Err(ChannelError::TooEarly));
        assert!(customer.exporter().is_none());
        exchange(&mut technician, &mut customer).unwrap();
        (technician, customer)
    }

    #[test]
    fn both_ends_get_the_same_exporter_over_the_hybrid_key_exchange() {
        let (technician, customer) = pair();
        assert_eq!(technician.exporter().unwrap().expose(), customer.exporter().unwrap().expose());
        for end in [&technician, &customer] {
            let group = end.0.negotiated_key_exchange_group().unwrap().name();
            assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
            assert_eq!(end.0.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
        }
        let (another, _) = pair();
        assert_ne!(technician.exporter().unwrap().expose(), another.exporter().unwrap().expose());
    }

    #[test]
    fn what_is_sent_arrives_and_what_is_changed_kills_the_channel() {
        let (mut technician, mut customer) = pair();
        let long = vec![7; 100_000];
        technician.send(&long).unwrap();
        assert_eq!(customer.receive(&technician.outgoing()).unwrap(), long);
        customer.send(b"hello").unwrap();
        let mut ciphertext = customer.outgoing();
        *ciphertext.last_mut().unwrap() ^= 1;
        assert_eq!(technician.receive(&ciphertext), Err(ChannelError::Forged));
    }

    #[test]
    fn a_replay_or_a_gap_kills_the_channel() {
        for replay in [true, false] {
            let (mut technician, mut customer) = pair();
            customer.send(b"one").unwrap();
            let one = customer.outgoing();
            customer.send(b"two").unwrap();
            let two = customer.outgoing();
            if replay {
                technician.receive(&one).unwrap();
                assert_eq!(technician.receive(&one), Err(ChannelError::Forged));
            } else {
                assert_eq!(technician.receive(&two), Err(ChannelError::Forged));
            }
        }
    }

    #[test]
    fn nothing_less_than_the_hybrid_key_exchange_is_accepted() {
        for role in [Role::Customer, Role::Technician] {
            let classical = CryptoProvider {
                kx_groups: vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1],
                ..aws_lc_rs::default_provider()
            };
            let mut weak = InnerTls::with(role, classical).unwrap();
            let mut ours = InnerTls::new(role.other()).unwrap();
            let outcome = match role {
                Role::Technician => exchange(&mut weak, &mut ours),
                Role::Customer => exchange(&mut ours, &mut weak),
            };
            assert_eq!(outcome, Err(ChannelError::Forged));
            assert!(ours.exporter().is_none());
        }
    }

    #[test]
    fn garbage_is_refused() {
        for role in [Role::Customer, Role::Technician] {
            let mut end = InnerTls::new(role).unwrap();
            assert!(end.receive(b"GET / HTTP/1.1\r\n\r\n").is_err());
        }
    }
}
