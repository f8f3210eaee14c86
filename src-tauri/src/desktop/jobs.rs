//! What is slow: requests to the relay and to the keyring, on the async runtime.

use super::secrets::{self, Place};
use crate::controller::{Event, Job, Outcome, TechnicianNews, TechnicianOrigin, TechnicianStart};
use crate::desk::jobs::DeskJobs;
use crate::profile::Profile;
use crate::settings::{KnownCompany, SavedTechnician};
use crate::shell::Shell;
use crate::technician_desk::jobs::TechnicianDeskJobs;
use crate::view::{DeskFault, ErrorCode, Password};
use beistand_protocol::number::SessionNumber;
use beistand_protocol::rendezvous::{Refusal, api};
use beistand_session::rendezvous::{
    ConnectError, DeviceKey, DomainTrust, TechnicianCredential, burn, fetch_certificate, fetch_company, sign_in,
};
use beistand_session::technician::{self, Config};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A certificate that lives less than this is renewed before a session.
const FRESH_ENOUGH: Duration = Duration::from_secs(2 * 60 * 60);

/// Does the jobs, and remembers the certificate while it lasts.
#[derive(Clone)]
pub(super) struct Jobs {
    shell: Shell,
    profile: Profile,
    credential: Arc<Mutex<Option<Fresh>>>,
    /// A key that the keyring could not take, for this run.
    unkept: Arc<Mutex<Option<(Place, DeviceKey)>>>,
    desk: DeskJobs,
    technician_desk: TechnicianDeskJobs,
}

/// A technician's credential, while it is fresh enough.
#[derive(Clone)]
struct Fresh {
    place: Place,
    credential: Arc<TechnicianCredential>,
    until: Instant,
}

impl Jobs {
    pub(super) fn new(shell: Shell, profile: Profile) -> Self {
        let desk = DeskJobs::new(shell.clone(), profile.identifier());
        let technician_desk = TechnicianDeskJobs::new(shell.clone());
        Self { shell, profile, credential: Arc::default(), unkept: Arc::default(), desk, technician_desk }
    }

    pub(super) fn run(&self, job: Job) {
        let jobs = self.clone();
        tauri::async_runtime::spawn(async move {
            match job {
                Job::FetchCompany { serial, trust } => {
                    let result = fetch_company(&trust).await.map_err(|error| code_of(&error));
                    jobs.shell.tell(Event::Done(Outcome::CompanyFetched { serial, trust, result }));
                }
                Job::Burn { trust, token, farewell } => {
                    if let Err(error) = burn(&trust, token, farewell).await {
                        // The relay sees the broken connection as well.
                        tracing::debug!(%error, "The relay can't be told that it is over");
                    }
                }
                Job::Desk(job) => jobs.desk.run(job).await,
                Job::TechnicianDesk(job) => {
                    let credential = jobs.credential(&job.company, &job.login).await;
                    let key = credential.map(|credential| credential.key.clone()).map_err(desk_fault);
                    jobs.technician_desk.run(job, key).await;
                }
                Job::SignIn { serial, trust, login, password } => {
                    let result = jobs.sign_in(trust, login, &password).await;
                    jobs.shell.tell(Event::Done(Outcome::SignedIn { serial, result }));
                }
            }
        });
    }

    async fn sign_in(
        &self,
        trust: DomainTrust,
        login: String,
        password: &Password,
    ) -> Result<SavedTechnician, ErrorCode> {
        let company = fetch_company(&trust).await.map_err(|error| code_of(&error))?;
        let company = KnownCompany::pin(company, &trust);
        let place = self.place(&company, &login);
        // Asked first: somebody who has to unlock it does so before anything is sent.
        let asked = place.clone();
        let mut fault = keyring_fault(blocking(move || secrets::load(asked)).await)?;
        let key = DeviceKey::generate().map_err(|_| ErrorCode::Internal)?;
        let password = api::Password::new(password.expose().to_owned());
        let signed_in = sign_in(&company.trust(), &login, password, &key).await.map_err(|error| code_of(&error))?;
        *self.credential.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if fault.is_none() {
            let (place, key) = (place.clone(), key.clone());
            fault = keyring_fault(blocking(move || secrets::save(place, &key)).await)?;
        }
        *self.unkept.lock().unwrap_or_else(PoisonError::into_inner) = fault.map(|_| (place, key));
        Ok(SavedTechnician { company, login, name: signed_in.name, unkept: fault })
    }

    fn place(&self, company: &KnownCompany, login: &str) -> Place {
        Place::new(self.profile.identifier(), login, company.domain.as_str())
    }

    pub(super) fn forget_key(&self, technician: &SavedTechnician) {
        self.technician_desk.forget();
        *self.credential.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.unkept.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let place = self.place(&technician.company, &technician.login);
        tauri::async_runtime::spawn(async move {
            if blocking(move || secrets::forget(place)).await.is_err() {
                tracing::warn!("The key could not be removed from the keyring");
            }
        });
    }

    /// Starts a technician's end: key, certificate, connection.
    pub(super) fn start_technician(
        &self,
        serial: u32,
        start: TechnicianStart,
        news: impl FnMut(technician::News) + Send + 'static,
    ) {
        let jobs = self.clone();
        tauri::async_runtime::spawn(async move {
            let outcome = jobs.config(start).await;
            match outcome {
                Ok(config) => jobs.shell.begin_session(serial, || technician::start(config, news)),
                Err(error) => jobs.shell.tell(Event::Technician(serial, TechnicianNews::Failed(error))),
            }
        });
    }

    async fn config(&self, start: TechnicianStart) -> Result<Config, ErrorCode> {
        let credential = self.credential(&start.company, &start.login).await?;
        let number = match start.origin {
            TechnicianOrigin::Issued => None,
            TechnicianOrigin::Typed(number) => {
                Some(SessionNumber::parse(number.expose()).map_err(|_| ErrorCode::NumberWrong)?)
            }
        };
        Ok(Config { trust: start.company.trust(), root: start.company.root_sha256, credential, number })
    }

    async fn credential(&self, company: &KnownCompany, login: &str) -> Result<Arc<TechnicianCredential>, ErrorCode> {
        let place = self.place(company, login);
        let known = self.credential.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = known.filter(|fresh| fresh.place == place && fresh.until > Instant::now());
        if let Some(Fresh { credential, .. }) = known {
            return Ok(credential);
        }
        let unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let key = match unkept.filter(|(of, _)| *of == place) {
            Some((_, key)) => key,
            None => {
                let asked = place.clone();
                blocking(move || secrets::load(asked)).await?.ok_or(ErrorCode::SignInExpired)?
            }
        };
        let certificate = fetch_certificate(&company.trust(), &key).await.map_err(|error| {
            // The key was good once: signing in again makes a new one.
            if let ConnectError::NotAdmitted = error { ErrorCode::SignInExpired } else { code_of(&error) }
        })?;
        let until = Instant::now() + certificate.expires_in.saturating_sub(FRESH_ENOUGH);
        let credential = Arc::new(TechnicianCredential { key, certificate });
        *self.credential.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Fresh { place, credential: Arc::clone(&credential), until });
        Ok(credential)
    }
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, ErrorCode> + Send + 'static,
) -> Result<T, ErrorCode> {
    tauri::async_runtime::spawn_blocking(act).await.map_err(|_| ErrorCode::Internal)?
}

/// Why the keyring is of no use, if it is not: then the key is kept for this run only.
fn keyring_fault<T>(outcome: Result<T, ErrorCode>) -> Result<Option<ErrorCode>, ErrorCode> {
    match outcome {
        Ok(_) => Ok(None),
        Err(fault) if [ErrorCode::KeyringLocked, ErrorCode::KeyringMissing].contains(&fault) => Ok(Some(fault)),
        Err(error) => Err(error),
    }
}

/// Why there is no key for the desk.
fn desk_fault(code: ErrorCode) -> DeskFault {
    let known = [
        (ErrorCode::KeyringLocked, DeskFault::KeyringLocked),
        (ErrorCode::KeyringMissing, DeskFault::KeyringMissing),
        (ErrorCode::RelayUnreachable, DeskFault::Offline),
        (ErrorCode::NetworkLost, DeskFault::Offline),
        (ErrorCode::RelayCertificate, DeskFault::NotProven),
        (ErrorCode::DomainKeyChanged, DeskFault::NotProven),
        (ErrorCode::ClockWrong, DeskFault::ClockWrong),
        (ErrorCode::SignInExpired, DeskFault::LinkEnded),
        (ErrorCode::SignInRefused, DeskFault::LinkEnded),
        (ErrorCode::AskedTooSoon, DeskFault::Throttled),
    ];
    known.into_iter().find(|(of, _)| *of == code).map_or(DeskFault::Internal, |(_, fault)| fault)
}

/// What a person is told.
fn code_of(error: &ConnectError) -> ErrorCode {
    tracing::info!(%error, "The relay could not be used");
    match error {
        ConnectError::Unreachable(_) => ErrorCode::RelayUnreachable,
        ConnectError::Certificate(_) => ErrorCode::RelayCertificate,
        ConnectError::Clock(_) => ErrorCode::ClockWrong,
        ConnectError::Root => ErrorCode::DomainKeyChanged,
        ConnectError::Answer(_) => ErrorCode::NoRelayThere,
        ConnectError::Refused(Refusal::Version) => ErrorCode::VersionMismatch,
        ConnectError::Refused(_) => ErrorCode::NoNumberFree,
        ConnectError::NotAdmitted => ErrorCode::SignInRefused,
        ConnectError::Throttled => ErrorCode::AskedTooSoon,
        ConnectError::Lost => ErrorCode::NetworkLost,
    }
}
