//! The organisation's certificate authority: names technicians to customers, and this server to everybody.

use super::folder::{self, Folder};
use anyhow::{Context, Result, anyhow, bail};
use beistand_protocol::rendezvous::{DisplayName, Domain, Fingerprint, TECHNICIAN_PURPOSE};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SubjectPublicKeyInfo, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use zeroize::Zeroizing;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A customer's clock may be this much behind.
const TECHNICIAN_BACKDATED: Duration = Duration::from_secs(15 * 60);
/// So long is a technician's certificate valid after it was issued: twelve hours with what it is backdated, and
/// so short that a lost device is soon worth nothing.
pub const TECHNICIAN_VALID_FROM_NOW: Duration = Duration::from_secs(12 * 60 * 60 - 15 * 60);
const SERVER_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const SERVER_RENEWED_BEFORE_END: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const ROOT_LIFE: Duration = Duration::from_secs(20 * 365 * 24 * 60 * 60);
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];

/// Holds the organisation's key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

/// A certificate with its issuers, and the key to it.
pub struct ServerIdentity {
    /// Own certificate first; the organisation's root last, if it is issued by it.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Authority({})", self.fingerprint())
    }
}

impl Authority {
    /// Makes the organisation's root and writes it down. An existing one is never replaced.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub fn create(folder: &Folder, company: &DisplayName) -> Result<Self> {
        if folder.root_key().exists() {
            bail!("There is an organisation key already: {}. It is not replaced.", folder.root_key().display());
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(SystemTime::now(), DAY, ROOT_LIFE);
        params.distinguished_name.push(DnType::CommonName, format!("{company} (Beistand)"));
        params.distinguished_name.push(DnType::OrganizationName, company.as_str());
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = params.self_signed(&key)?;
        folder::write(&folder.root_key(), &Zeroizing::new(key.serialize_pem()))?;
        folder::write(&folder.root(), &root.pem())?;
        Self::load(folder)
    }

    /// Reads the organisation's root and key.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub fn load(folder: &Folder) -> Result<Self> {
        let key = Zeroizing::new(folder::read(&folder.root_key())?);
        let key = KeyPair::from_pem(&key).with_context(|| format!("{} is not a key.", folder.root_key().display()))?;
        let root = CertificateDer::from_pem_slice(folder::read(&folder.root())?.as_bytes())
            .map_err(|_| anyhow!("{} is not a certificate in PEM.", folder.root().display()))?;
        let (_, parsed) = X509Certificate::from_der(&root).map_err(|_| anyhow!("root.pem is damaged."))?;
        if parsed.public_key().subject_public_key.data != key.public_key_raw() {
            bail!("root.pem and root.key.pem do not belong together. Restore both from the same backup.");
        }
        Ok(Self { issuer: Issuer::from_ca_cert_der(&root, key)?, root })
    }

    /// The organisation's root certificate in DER.
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// Its SHA-256.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(Sha256::digest(&self.root).into())
    }

    /// Names a technician for a device's key, for twelve hours at most.
    ///
    /// # Errors
    /// If the key is none.
    pub fn name_technician(
        &self,
        name: &DisplayName,
        company: &DisplayName,
        public_key: &[u8],
        now: SystemTime,
    ) -> Result<Vec<u8>> {
        let mut params = params(now, TECHNICIAN_BACKDATED, TECHNICIAN_VALID_FROM_NOW);
        params.distinguished_name.push(DnType::CommonName, name.as_str());
        params.distinguished_name.push(DnType::OrganizationName, company.as_str());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.custom_extensions.push(technician_purpose());
        let public_key = SubjectPublicKeyInfo::from_der(public_key)?;
        Ok(params.signed_by(&public_key, &self.issuer)?.der().to_vec())
    }

    /// The server's own certificate: the stored one, or a new one if that is missing, for another host, of
    /// another root or close to its end.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub fn server(&self, folder: &Folder, domain: &Domain, now: SystemTime) -> Result<ServerIdentity> {
        match self.stored_server(folder, domain, now) {
            Some(identity) => Ok(identity),
            None => self.issue_server(folder, domain, now),
        }
    }

    fn stored_server(&self, folder: &Folder, domain: &Domain, now: SystemTime) -> Option<ServerIdentity> {
        if !folder.server().exists() {
            return None;
        }
        let read = read_pem(&folder.server(), &folder.server_key());
        let identity =
            read.inspect_err(|error| tracing::warn!("{error:#} A new server certificate is issued.")).ok()?;
        let [own, root] = identity.chain.as_slice() else { return None };
        let (_, parsed) = X509Certificate::from_der(own).ok()?;
        let names = parsed.subject_alternative_name().ok()??;
        // A list of kinds that belongs to another crate; only these two are ever issued here.
        #[allow(clippy::wildcard_enum_match_arm)]
        let is_for_host = names.value.general_names.iter().any(|name| match name {
            GeneralName::DNSName(name) => *name == domain.host(),
            GeneralName::IPAddress(bytes) => {
                let address = domain.host().parse::<std::net::Ipv4Addr>();
                address.is_ok_and(|address| address.octets() == **bytes)
            }
            _ => false,
        });
        let ends_at = u64::try_from(parsed.validity().not_after.timestamp()).ok()?;
        let renew_at = SystemTime::UNIX_EPOCH + Duration::from_secs(ends_at) - SERVER_RENEWED_BEFORE_END;
        (is_for_host && *root == self.root && now < renew_at).then_some(identity)
    }

    fn issue_server(&self, folder: &Folder, domain: &Domain, now: SystemTime) -> Result<ServerIdentity> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(now, HOUR, SERVER_LIFE);
        params.subject_alt_names = CertificateParams::new(vec![domain.host().to_owned()])?.subject_alt_names;
        params.distinguished_name.push(DnType::CommonName, domain.host());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let own = params.signed_by(&key, &self.issuer)?;
        let root = folder::read(&folder.root())?;
        folder::write(&folder.server_key(), &Zeroizing::new(key.serialize_pem()))?;
        folder::write(&folder.server(), &format!("{}{root}", own.pem()))?;
        read_pem(&folder.server(), &folder.server_key())
    }
}

/// Reads a certificate chain and its key.
///
/// # Errors
/// A sentence for the admin.
pub fn read_pem(chain: &std::path::Path, key: &std::path::Path) -> Result<ServerIdentity> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(folder::read(chain)?.as_bytes()).collect();
    let certificates = certificates.ok().filter(|certificates| !certificates.is_empty());
    Ok(ServerIdentity {
        chain: certificates.ok_or_else(|| anyhow!("{} has no certificate in PEM.", chain.display()))?,
        key: PrivateKeyDer::from_pem_slice(Zeroizing::new(folder::read(key)?).as_bytes())
            .map_err(|_| anyhow!("{} has no private key in PEM.", key.display()))?,
    })
}

fn params(now: SystemTime, before: Duration, after: Duration) -> CertificateParams {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(1970, 1, 1) + since.saturating_sub(before);
    params.not_after = date_time_ymd(1970, 1, 1) + (since + after);
    params.distinguished_name = DistinguishedName::new();
    params.use_authority_key_identifier_extension = true;
    params
}

/// The extended key usage by hand: its number is longer than the library takes.
fn technician_purpose() -> CustomExtension {
    let length = u8::try_from(TECHNICIAN_PURPOSE.len()).unwrap_or_default();
    let mut content = vec![0x30, length + 2, 0x06, length];
    content.extend(TECHNICIAN_PURPOSE);
    let mut extension = CustomExtension::from_oid_content(EXTENDED_KEY_USAGE, content);
    extension.set_criticality(true);
    extension
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::new(temp.path().to_owned());
        (temp, folder)
    }

    #[test]
    fn the_root_is_made_once_and_stays() {
        let (_temp, folder) = folder();
        let company = "Musterfirma GmbH".parse().unwrap();
        let made = Authority::create(&folder, &company).unwrap();
        assert!(Authority::create(&folder, &company).is_err());
        assert_eq!(Authority::load(&folder).unwrap().fingerprint(), made.fingerprint());

        let (_other_temp, other) = self::folder();
        Authority::create(&other, &company).unwrap();
        std::fs::copy(other.root_key(), folder.root_key()).unwrap();
        assert!(Authority::load(&folder).err().unwrap().to_string().contains("belong together"));
    }

    #[test]
    fn the_server_certificate_is_kept_until_it_must_change() {
        let (_temp, folder) = folder();
        let authority = Authority::create(&folder, &"Musterfirma GmbH".parse().unwrap()).unwrap();
        let now = SystemTime::now();
        let own = |domain: &str, now| {
            authority.server(&folder, &domain.parse().unwrap(), now).unwrap().chain.first().unwrap().clone()
        };
        let first = own("help.example", now);
        assert_eq!(own("help.example:8443", now + 59 * DAY), first);
        let renewed = own("help.example", now + 61 * DAY);
        assert_ne!(renewed, first);
        assert_ne!(own("other.example", now + 61 * DAY), renewed);
        let by_address = own("127.0.0.1", now);
        assert_eq!(own("127.0.0.1", now), by_address);
        std::fs::write(folder.server(), "broken").unwrap();
        assert_ne!(own("127.0.0.1", now), by_address);
    }
}
