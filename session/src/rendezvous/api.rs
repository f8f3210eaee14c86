//! The requests that an end makes of the relay's HTTPS API.

use super::{ConnectError, DeviceKey, DomainTrust, TechnicianCertificate, http};
use beistand_protocol::rendezvous::api::{
    BurnRequest, Bytes, CertificateAnswer, CertificateRequest, ChallengeAnswer, Farewell, Password, SignInAnswer,
    SignInRequest, WellKnown,
};
use beistand_protocol::rendezvous::{
    BURN_PATH, BurnToken, CERTIFICATE_PATH, CHALLENGE_PATH, DisplayName, Domain, Fingerprint, Refusal, SESSION_PATH,
    SIGN_IN_PATH, VERSION, WELL_KNOWN_PATH, certificate_message, sign_in_message,
};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The company that a domain belongs to, as the domain states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// The checked fact.
    pub domain: Domain,
    /// Its name, by its own account.
    pub name: DisplayName,
    /// The organisation's root certificate in DER, by which technicians are known.
    pub root: Vec<u8>,
    /// Its SHA-256: to be pinned, and an identity in the PAKE.
    pub root_sha256: Fingerprint,
    /// How many slot digits its numbers have at present.
    pub slot_digits: Vec<u8>,
    /// Where misuse can be reported.
    pub abuse: Option<String>,
}

/// Reads and checks whose domain it is.
///
/// # Errors
/// [`ConnectError::Root`] if the domain names another root than the one known for it.
pub async fn fetch_company(trust: &DomainTrust) -> Result<Company, ConnectError> {
    let document: WellKnown = http::get(trust, WELL_KNOWN_PATH).await?;
    check(trust, document)
}

fn check(trust: &DomainTrust, document: WellKnown) -> Result<Company, ConnectError> {
    if !document.versions.contains(&VERSION) || document.session_path != SESSION_PATH {
        return Err(ConnectError::Refused(Refusal::Version));
    }
    if document.domain != trust.domain {
        return Err(ConnectError::Answer("the relay is set up for another domain"));
    }
    if Sha256::digest(&document.root.0).as_slice() != document.root_sha256.as_bytes() {
        return Err(ConnectError::Answer("the root does not fit its fingerprint"));
    }
    if trust.root.is_some_and(|known| known != document.root_sha256) {
        return Err(ConnectError::Root);
    }
    let abuse = document.abuse.filter(|abuse| abuse.len() <= 200 && abuse.bytes().all(|byte| byte.is_ascii_graphic()));
    Ok(Company {
        domain: document.domain,
        name: document.company,
        root: document.root.0,
        root_sha256: document.root_sha256,
        slot_digits: document.slot_digits,
        abuse,
    })
}

/// A technician whose device the relay knows now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The technician's name as customers will see it.
    pub name: DisplayName,
}

/// Signs a technician in, once per device: afterwards the key alone is enough.
///
/// # Errors
/// [`ConnectError::NotAdmitted`] for a wrong login or password, [`ConnectError::Throttled`] after too many.
pub async fn sign_in(
    trust: &DomainTrust,
    login: &str,
    password: Password,
    key: &DeviceKey,
) -> Result<SignedIn, ConnectError> {
    let request = SignInRequest {
        login: login.to_owned(),
        password,
        public_key: Bytes(key.public_key().to_vec()),
        signature: Bytes(key.sign(&sign_in_message(&trust.domain, login, key.public_key()))),
    };
    let answer: SignInAnswer = http::post(trust, SIGN_IN_PATH, &request).await?;
    if answer.device == key.id() {
        Ok(SignedIn { name: answer.name })
    } else {
        Err(ConnectError::Answer("the relay answered for another device"))
    }
}

/// Fetches the certificate that names the technician: twelve hours at most.
///
/// # Errors
/// [`ConnectError::NotAdmitted`] if the device is not known or its owner's account is disabled.
pub async fn fetch_certificate(trust: &DomainTrust, key: &DeviceKey) -> Result<TechnicianCertificate, ConnectError> {
    let ChallengeAnswer { nonce } = http::post(trust, CHALLENGE_PATH, &()).await?;
    let request = CertificateRequest {
        device: key.id(),
        nonce,
        signature: Bytes(key.sign(&certificate_message(&trust.domain, &nonce))),
    };
    let answer: CertificateAnswer = http::post(trust, CERTIFICATE_PATH, &request).await?;
    Ok(TechnicianCertificate {
        chain: answer.chain.into_iter().map(|certificate| certificate.0).collect(),
        expires_in: Duration::from_secs(answer.expires_in_seconds.into()),
    })
}

/// Tells the relay over a fresh connection that the number or session of this token is over, and how.
///
/// # Errors
/// Only that the relay was not reached; whether the token was still good is not said.
pub async fn burn(trust: &DomainTrust, token: BurnToken, farewell: Farewell) -> Result<(), ConnectError> {
    http::post_for_nothing(trust, BURN_PATH, &BurnRequest { token, farewell }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_must_fit_the_domain_and_the_pin() {
        let root = vec![1, 2, 3];
        let root_sha256 = Fingerprint::new(Sha256::digest(&root).into());
        let document = WellKnown {
            domain: "help.example".parse().unwrap(),
            company: "Musterfirma GmbH".parse().unwrap(),
            root: Bytes(root),
            root_sha256,
            slot_digits: vec![2],
            versions: vec![VERSION],
            session_path: SESSION_PATH.to_owned(),
            abuse: Some(String::from("abuse@help.example\u{202e}")),
        };
        let trust = DomainTrust::public("help.example".parse().unwrap(), Some(root_sha256));
        assert_eq!(check(&trust, document.clone()).unwrap().abuse, None);

        let changed = |change: fn(&mut WellKnown)| {
            let mut document = document.clone();
            change(&mut document);
            check(&trust, document).unwrap_err()
        };
        assert!(matches!(changed(|it| it.versions = vec![VERSION + 1]), ConnectError::Refused(Refusal::Version)));
        assert!(matches!(changed(|it| it.domain = "evil.example".parse().unwrap()), ConnectError::Answer(_)));
        assert!(matches!(changed(|it| it.root = Bytes(vec![4])), ConnectError::Answer(_)));
        assert!(matches!(
            changed(|it| {
                it.root = Bytes(vec![4]);
                it.root_sha256 = Fingerprint::new(Sha256::digest([4]).into());
            }),
            ConnectError::Root
        ));
    }
}
