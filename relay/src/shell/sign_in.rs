//! A technician's device becomes known, and gets its certificate. Nothing here hands out a bearer token.

use super::password;
use super::server::{Peer, Relay};
use super::signature::DeviceKey;
use super::store::read_login;
use crate::core::{Budget, Prefix};
use anyhow::Result;
use aws_lc_rs::hmac;
use beistand_protocol::rendezvous::api::{
    ApiReason, Bytes, CertificateAnswer, CertificateRequest, ChallengeAnswer, SignInAnswer, SignInRequest,
};
use beistand_protocol::rendezvous::{Nonce, certificate_message, sign_in_message};
use beistand_protocol::time::Moment;
use rand::Rng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Hashing takes 19 MiB and a core each.
const HASHED_AT_ONCE: usize = 2;
const QUEUE: Duration = Duration::from_secs(10);
const CHALLENGE_LIFE: Duration = Duration::from_secs(60);

/// What sign-in and certificates need beside the store.
#[derive(Debug)]
pub(super) struct Desk {
    by_prefix: Mutex<Budget<Prefix>>,
    by_login: Mutex<Budget<String>>,
    hashing: Arc<Semaphore>,
    challenge_key: hmac::Key,
}

impl Desk {
    pub(super) fn new(by_prefix: Budget<Prefix>, by_login: Budget<String>) -> Self {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        Self {
            by_prefix: Mutex::new(by_prefix),
            by_login: Mutex::new(by_login),
            hashing: Arc::new(Semaphore::new(HASHED_AT_ONCE)),
            challenge_key: hmac::Key::new(hmac::HMAC_SHA256, &key),
        }
    }

    /// Counts an attempt. Known and unknown logins count alike.
    fn admits(&self, now: Moment, prefix: Prefix, login: &str) -> bool {
        let mut by_prefix = self.by_prefix.lock().unwrap_or_else(PoisonError::into_inner);
        let mut by_login = self.by_login.lock().unwrap_or_else(PoisonError::into_inner);
        let login = login.to_owned();
        let admits = !by_prefix.is_exhausted(now, &prefix) && !by_login.is_exhausted(now, &login);
        by_prefix.spend(now, prefix);
        by_login.spend(now, login);
        admits
    }

    /// A challenge that this relay can recognise without having kept it: time, randomness, and a code over both.
    fn challenge(&self, now: Moment) -> Nonce {
        let mut bytes = [0; 48];
        let mut random = [0; 8];
        rand::rng().fill_bytes(&mut random);
        let parts = [now.since_origin().as_secs().to_be_bytes(), random].concat();
        let code = hmac::sign(&self.challenge_key, &parts);
        for (byte, value) in bytes.iter_mut().zip(parts.iter().chain(code.as_ref())) {
            *byte = *value;
        }
        Nonce::new(bytes)
    }

    /// Whether a challenge is this relay's and was given within the last minute.
    pub(super) fn is_fresh(&self, now: Moment, nonce: &Nonce) -> bool {
        let (Some(parts), Some(code)) = (nonce.as_bytes().get(..16), nonce.as_bytes().get(16..)) else { return false };
        let Some(seconds) = parts.first_chunk().copied().map(u64::from_be_bytes) else { return false };
        hmac::verify(&self.challenge_key, parts, code).is_ok()
            && now.since(Moment::at(Duration::from_secs(seconds))) <= CHALLENGE_LIFE
    }
}

/// Signs a technician in.
pub(super) async fn sign_in(relay: &Relay, peer: &Peer, request: SignInRequest) -> Result<SignInAnswer, ApiReason> {
    // What is no login is looked up all the same, so that it takes as long.
    let login = read_login(&request.login).unwrap_or_default();
    if !relay.desk.admits(relay.hall.now(), peer.prefix, &login) {
        return Err(ApiReason::Throttled);
    }
    let key = DeviceKey::read(&request.public_key.0).ok_or(ApiReason::Malformed)?;
    if !key.signed(&sign_in_message(&relay.domain, &request.login, key.as_bytes()), &request.signature.0) {
        return Err(ApiReason::NotAdmitted);
    }
    let technician = relay.store.technician(&login).await.map_err(internal)?;
    let hashed = technician.as_ref().map(|technician| technician.password_hash.clone());
    let permit = timeout(QUEUE, Arc::clone(&relay.desk.hashing).acquire_owned()).await;
    let permit = permit.map_err(|_| ApiReason::Throttled)?.map_err(|_| ApiReason::Internal)?;
    let verified = tokio::task::spawn_blocking(move || {
        let verified = password::verify(&request.password, hashed.as_deref());
        drop(permit);
        verified
    });
    let verified = verified.await.map_err(|_| ApiReason::Internal)?;
    match technician {
        Some(technician) if verified && technician.disabled_at.is_none() => {
            relay.store.add_device(technician.id, &key).await.map_err(internal)?;
            tracing::info!(technician = technician.id.0, device = %short(&key), "Technician signed in");
            Ok(SignInAnswer { device: key.id(), name: technician.name })
        }
        Some(_) | None => Err(ApiReason::NotAdmitted),
    }
}

/// Gives a challenge to be signed for a certificate.
pub(super) fn challenge(relay: &Relay) -> ChallengeAnswer {
    ChallengeAnswer { nonce: relay.desk.challenge(relay.hall.now()) }
}

/// Names the technician whose device signed the challenge.
pub(super) async fn certificate(relay: &Relay, request: CertificateRequest) -> Result<CertificateAnswer, ApiReason> {
    if !relay.desk.is_fresh(relay.hall.now(), &request.nonce) {
        return Err(ApiReason::NotAdmitted);
    }
    let known = relay.store.device(request.device).await.map_err(internal)?;
    let (_, name, key) = known.ok_or(ApiReason::NotAdmitted)?;
    if !key.signed(&certificate_message(&relay.domain, &request.nonce), &request.signature.0) {
        return Err(ApiReason::NotAdmitted);
    }
    let certificate = relay
        .authority
        .name_technician(&name, &relay.config.company, key.as_bytes(), SystemTime::now())
        .map_err(internal)?;
    let life = super::authority::TECHNICIAN_VALID_FROM_NOW.as_secs();
    Ok(CertificateAnswer {
        chain: vec![Bytes(certificate)],
        expires_in_seconds: u32::try_from(life).unwrap_or(u32::MAX),
    })
}

fn short(key: &DeviceKey) -> String {
    key.id().to_string().chars().take(8).collect()
}

fn internal(error: anyhow::Error) -> ApiReason {
    tracing::error!("{error}");
    ApiReason::Internal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Allowance;

    fn desk() -> Desk {
        let allowance = |count| Allowance { count, within: Duration::from_secs(60) };
        Desk::new(Budget::new(allowance(3)), Budget::new(allowance(2)))
    }

    #[test]
    fn a_challenge_is_this_relays_and_fresh() {
        let at = |seconds| Moment::at(Duration::from_secs(seconds));
        let desk = desk();
        let nonce = desk.challenge(at(100));
        assert!(desk.is_fresh(at(160), &nonce));
        assert!(!desk.is_fresh(at(161), &nonce));
        assert!(!self::desk().is_fresh(at(100), &nonce));
        let mut changed = *nonce.as_bytes();
        changed[7] ^= 64;
        assert!(!desk.is_fresh(at(100), &Nonce::new(changed)));
        assert_ne!(desk.challenge(at(100)), nonce);
    }

    #[test]
    fn attempts_run_out_by_login_and_by_network() {
        let desk = desk();
        let network = |third| Prefix::of([10, 0, third, 1].into());
        assert!(desk.admits(Moment::ORIGIN, network(1), "anna"));
        assert!(desk.admits(Moment::ORIGIN, network(2), "anna"));
        assert!(!desk.admits(Moment::ORIGIN, network(3), "anna"));
        assert!(desk.admits(Moment::ORIGIN, network(1), "ben"));
        assert!(desk.admits(Moment::ORIGIN, network(1), "cem"));
        assert!(!desk.admits(Moment::ORIGIN, network(1), "dan"));
    }
}
