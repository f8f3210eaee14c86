//! Texts: numbers and domains that people paste, the relay's JSON, the company's file.

use beistand_protocol::number::SessionNumber;
use beistand_protocol::rendezvous::api::{
    ApiRefusal, BurnRequest, CertificateAnswer, CertificateRequest, ChallengeAnswer, CompanyFile, SignInAnswer,
    SignInRequest, WellKnown,
};
use beistand_protocol::rendezvous::{Domain, FromRelay, ToRelay};
use beistand_session::rendezvous::{DomainTrust, read_domain};
use core::fmt::Debug;
use serde::{Serialize, de::DeserializeOwned};

/// A session number as it is typed or pasted.
pub fn number(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(number) = SessionNumber::parse(text) else { return };
    let spoken = number.spoken();
    let again = SessionNumber::parse(spoken.expose()).expect("a number that is read out can be typed");
    assert_eq!(again.spoken().expose(), spoken.expose());
}

/// A support company's domain as it is typed, pasted or sent.
pub fn domain(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(domain) = text.parse::<Domain>() {
        check_domain(&domain);
    }
    if let Ok(domain) = read_domain(text) {
        check_domain(&domain);
        assert_eq!(read_domain(domain.as_str()).as_ref(), Ok(&domain), "a domain has one canonical form");
    }
}

fn check_domain(domain: &Domain) {
    assert_eq!(domain.as_str().parse::<Domain>().as_ref(), Ok(domain), "a domain has one canonical form");
    assert!(domain.as_str().is_ascii() && !domain.host().is_empty());
}

/// Whatever JSON the relay and the ends may send to each other.
pub fn relay_json(data: &[u8]) {
    json::<ToRelay>(data);
    json::<FromRelay>(data);
    json::<WellKnown>(data);
    json::<SignInRequest>(data);
    json::<SignInAnswer>(data);
    json::<ChallengeAnswer>(data);
    json::<CertificateRequest>(data);
    json::<CertificateAnswer>(data);
    json::<BurnRequest>(data);
    json::<ApiRefusal>(data);
}

fn json<T: Serialize + DeserializeOwned + Debug>(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(data) else { return };
    let _ = format!("{value:?}");
    let text = serde_json::to_string(&value).expect("what was read can be written");
    let again: T = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&again).ok(), Some(text));
}

/// `beistand.toml` beside the program.
pub fn company_file(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(file) = toml::from_str::<CompanyFile>(text) else { return };
    check_domain(&file.domain);
    let trust = DomainTrust::from(&file);
    assert_eq!((&trust.domain, trust.root), (&file.domain, Some(file.root_sha256)));
    let again = toml::to_string(&file).expect("what was read can be written");
    assert!(toml::from_str::<CompanyFile>(&again).is_ok_and(|again| DomainTrust::from(&again) == trust));
}
