//! Secrets in the operating system's keyring: the technician's device key, the desk's token, the PIN of what waits.
//!
//! A locked keyring with nobody to ask hangs the call: each one has a thread of its own and a limit.

use crate::view::ErrorCode;
use beistand_protocol::secret::Secret;
use beistand_session::rendezvous::DeviceKey;
use keyring::{Entry, Error};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long the keyring may take, a person's typing of its password included.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Where one technician's key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The profile's identifier.
    pub(crate) service: String,
    /// Login and domain.
    pub(crate) account: String,
}

impl Place {
    pub(crate) fn new(service: String, login: &str, domain: &str) -> Self {
        Self { service, account: format!("{login}@{domain}") }
    }
}

/// Keeps the key. Waits; not for a thread that must not.
pub(crate) fn save(place: Place, key: &DeviceKey) -> Result<(), ErrorCode> {
    keep(place, key.pkcs8().clone())
}

/// The key, or nothing if there is none. Waits; not for a thread that must not.
pub(crate) fn load(place: Place) -> Result<Option<DeviceKey>, ErrorCode> {
    Ok(find(place)?.and_then(|secret| DeviceKey::from_pkcs8(secret).ok()))
}

/// Keeps a secret. Waits; not for a thread that must not.
pub(crate) fn keep(place: Place, secret: Secret<Vec<u8>>) -> Result<(), ErrorCode> {
    ask(move || Entry::new(&place.service, &place.account)?.set_secret(secret.expose()))
}

/// The secret, or nothing if there is none. Waits; not for a thread that must not.
pub(crate) fn find(place: Place) -> Result<Option<Secret<Vec<u8>>>, ErrorCode> {
    ask(move || match Entry::new(&place.service, &place.account)?.get_secret() {
        Ok(secret) => Ok(Some(Secret::new(secret))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    })
}

/// Forgets what is there.
pub(crate) fn forget(place: Place) -> Result<(), ErrorCode> {
    ask(move || match Entry::new(&place.service, &place.account)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error),
    })
}

fn ask<T: Send + 'static>(question: impl FnOnce() -> keyring::Result<T> + Send + 'static) -> Result<T, ErrorCode> {
    let (reply, answer) = mpsc::sync_channel(1);
    let asked = thread::Builder::new().name("keyring".into()).spawn(move || {
        // Whoever asked may have given up.
        let _ = reply.send(question());
    });
    asked.map_err(|_| ErrorCode::Internal)?;
    match answer.recv_timeout(ANSWER_WITHIN) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let code = code_of(&error);
            tracing::warn!(?code, "The keyring refused");
            Err(code)
        }
        Err(_) => Err(ErrorCode::KeyringLocked),
    }
}

fn code_of(error: &Error) -> ErrorCode {
    // Another crate's list: what is not named here is a keyring that doesn't work.
    #[allow(clippy::wildcard_enum_match_arm)]
    match error {
        Error::NoStorageAccess(_) => ErrorCode::KeyringLocked,
        _ => ErrorCode::KeyringMissing,
    }
}
