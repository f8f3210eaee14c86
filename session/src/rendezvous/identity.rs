//! Who the technician is, as the customer may believe it: out of a verified certificate and nothing else.

use beistand_protocol::rendezvous::{DisplayName, TECHNICIAN_PURPOSE, TechnicianName};
use rustls::pki_types::{CertificateDer, UnixTime};
use std::time::{Duration, SystemTime};
use webpki::aws_lc_rs::{ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::prelude::{FromDer, X509Certificate};

/// A technician's certificate lives twelve hours at most.
const MAX_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
const MAX_CHAIN: usize = 4;

/// Why someone is not believed to be a technician of this organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No certificate, or something that is none.
    #[error("there is no readable certificate")]
    Missing,
    /// Another organisation, or nobody, issued it.
    #[error("the certificate is not one of this organisation")]
    Foreign,
    /// It is not valid any more, by this computer's clock.
    #[error("the certificate has expired")]
    Expired,
    /// It is not valid yet, by this computer's clock.
    #[error("the certificate is not valid yet")]
    Early,
    /// It is for something else than naming a technician, or for longer than it may be.
    #[error("the certificate is for another purpose")]
    Purpose,
    /// The signature is not by the key of the certificate over this session.
    #[error("the signature does not belong to this session")]
    Signature,
    /// There is no name in it that can be shown.
    #[error("the certificate has no name to show")]
    Name,
}

/// Checks a technician's certificate chain against the organisation's root, and the signature over `message`.
///
/// `root` is the root certificate in DER that is pinned for the domain; `chain` is the technician's, own
/// certificate first; `message` is what the handshake says must be signed in this session.
///
/// # Errors
/// [`IdentityError`] says why nobody is named.
pub fn verify_technician(
    root: &[u8],
    chain: &[Vec<u8>],
    now: SystemTime,
    message: &[u8],
    signature: &[u8],
) -> Result<TechnicianName, IdentityError> {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| IdentityError::Early)?;
    let root = CertificateDer::from(root);
    let anchor = anchor_from_trusted_cert(&root).map_err(|_| IdentityError::Foreign)?;
    let chain: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let (own, intermediates) = chain.split_first().ok_or(IdentityError::Missing)?;
    if chain.len() > MAX_CHAIN {
        return Err(IdentityError::Missing);
    }
    let certificate = EndEntityCert::try_from(own).map_err(|_| IdentityError::Missing)?;
    certificate
        .verify_for_usage(
            &[ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384],
            &[anchor],
            intermediates,
            UnixTime::since_unix_epoch(now),
            KeyUsage::required(TECHNICIAN_PURPOSE),
            None,
            None,
        )
        .map_err(|error| refuse(&error))?;
    certificate.verify_signature(ECDSA_P256_SHA256, message, signature).map_err(|_| IdentityError::Signature)?;
    named(own)
}

fn refuse(error: &webpki::Error) -> IdentityError {
    // A list of reasons that belongs to another crate and grows: what is not named is foreign.
    #[allow(clippy::wildcard_enum_match_arm)]
    match error {
        webpki::Error::CertExpired { .. } => IdentityError::Expired,
        webpki::Error::CertNotValidYet { .. } => IdentityError::Early,
        webpki::Error::RequiredEkuNotFoundContext(_) | webpki::Error::CaUsedAsEndEntity => IdentityError::Purpose,
        _ => IdentityError::Foreign,
    }
}

fn named(certificate: &[u8]) -> Result<TechnicianName, IdentityError> {
    let (_, certificate) = X509Certificate::from_der(certificate).map_err(|_| IdentityError::Missing)?;
    let life = certificate.validity();
    let seconds = life.not_after.timestamp().saturating_sub(life.not_before.timestamp());
    if u64::try_from(seconds).map_or(true, |seconds| seconds > MAX_LIFE.as_secs()) {
        return Err(IdentityError::Purpose);
    }
    let subject = certificate.subject();
    Ok(TechnicianName { name: only(subject.iter_common_name())?, company: only(subject.iter_organization())? })
}

fn only<'a>(
    mut values: impl Iterator<Item = &'a x509_parser::x509::AttributeTypeAndValue<'a>>,
) -> Result<DisplayName, IdentityError> {
    let value = values.next().and_then(|value| value.as_str().ok()).ok_or(IdentityError::Name)?;
    if values.next().is_some() {
        return Err(IdentityError::Name);
    }
    value.parse().map_err(|_| IdentityError::Name)
}
