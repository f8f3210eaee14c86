//! What is slow at the desk: requests, the keyring, and a picture of the screen. Each job's outcome is an event.

use super::client::{self, Failure, TicketAct};
use super::screen;
use super::upload::{UploadFault, UploadNews, upload};
use super::{Content, SavedLink, StoredFile};
use crate::controller::{Event, Outcome};
use crate::desktop::secrets::{self, Place};
use crate::shell::Shell;
use crate::view::{DeskFault, ErrorCode, FileBytes, RefusedReason};
use beistand_protocol::desk::api::access::{AccessToken, LinkRequest, Profile as Account};
use beistand_protocol::desk::api::intake::PinSubmission;
use beistand_protocol::desk::api::my::{Filing, Message, MyPage, MyQuery, MyTicket};
use beistand_protocol::desk::code::{CustomerNumber, IdempotencyKey, LinkCode, Pin};
use beistand_protocol::desk::form::{Draft, Rules};
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::rendezvous::Domain;
use beistand_protocol::secret::Secret;
use beistand_session::rendezvous::DomainTrust;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fs, io};

/// How long our own window may take to leave the screen before a picture is taken.
const OUT_OF_THE_PICTURE: Duration = Duration::from_millis(600);

/// Something slow.
#[derive(Debug)]
pub(crate) enum DeskJob {
    Info { trust: DomainTrust },
    Send(Box<SendJob>),
    KeepPin { id: String, pin: Pin },
    ForgetPin { id: String },
    Link { serial: u32, trust: DomainTrust, code: LinkCode },
    Unlink { domain: Domain, trust: Option<DomainTrust> },
    List { serial: u32, trust: DomainTrust, query: MyQuery },
    Read { serial: u32, trust: DomainTrust, number: TicketNumber },
    Act(Box<Act>),
    SaveFile { serial: u32, trust: DomainTrust, number: TicketNumber, file: AttachmentId, name: String },
    TakePicture { serial: u32 },
    DropPicture,
}

/// One attempt to send an item.
pub(crate) struct SendJob {
    pub(crate) serial: u32,
    pub(crate) id: String,
    pub(crate) trust: DomainTrust,
    pub(crate) key: IdempotencyKey,
    pub(crate) bearer: Bearer,
    pub(crate) content: Content,
    pub(crate) files: Vec<(StoredFile, PathBuf)>,
}

impl std::fmt::Debug for SendJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SendJob").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// Who sends.
#[derive(Debug)]
pub(crate) enum Bearer {
    /// With this PIN, or with the one that the keyring has.
    Pin(Option<Pin>),
    Linked,
}

/// Something that is done to a ticket.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) serial: u32,
    pub(crate) trust: DomainTrust,
    pub(crate) number: TicketNumber,
    pub(crate) version: u32,
    pub(crate) key: IdempotencyKey,
    pub(crate) act: TicketAct,
}

/// What came of a [`DeskJob`].
#[derive(Debug)]
pub(crate) enum DeskOutcome {
    Info {
        rules: Rules,
    },
    Progress {
        serial: u32,
        percent: u32,
    },
    Uploaded {
        serial: u32,
        file: String,
        id: AttachmentId,
    },
    Sent {
        serial: u32,
        result: Result<Arrived, SendFault>,
    },
    Linked {
        serial: u32,
        result: Result<NewLink, DeskFault>,
    },
    /// Whether the company was told.
    Unlinked {
        told: bool,
    },
    Listed {
        serial: u32,
        result: Result<MyPage, DeskFault>,
    },
    Read {
        serial: u32,
        result: Result<Box<MyTicket>, DeskFault>,
    },
    FileSaved {
        serial: u32,
        result: Result<String, DeskFault>,
    },
    Picture {
        serial: u32,
        taken: bool,
    },
}

/// What the desk answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) receipt: Option<String>,
    pub(crate) ticket: Option<String>,
    pub(crate) follow_up_of: Option<String>,
}

/// Why an attempt to send came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SendFault {
    /// Nobody has the PIN any more.
    NeedsPin(Option<DeskFault>),
    /// There is no token, or none that is good.
    NeedsLink,
    /// The desk does not take this file.
    File {
        file: String,
        reason: RefusedReason,
    },
    Failed(Failure),
}

/// An account that was linked just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewLink {
    pub(crate) account: Box<Account>,
    /// Why the keyring does not have the token: then it is linked for this run only.
    pub(crate) unkept: Option<DeskFault>,
}

impl SavedLink {
    /// What is kept of an account.
    pub(crate) fn of(account: &Account, domain: Domain) -> Self {
        use beistand_protocol::desk::ticket::Sees;
        Self {
            domain,
            person: account.name.clone(),
            email: account.email.clone(),
            phone: account.phone.clone(),
            customer: account.customer_name.clone(),
            customer_number: account.customer_number.to_string(),
            sees_company: account.sees == Sees::Company,
        }
    }
}

/// Does the jobs, and remembers the token while the app runs.
#[derive(Clone)]
pub(crate) struct DeskJobs {
    shell: Shell,
    service: String,
    token: Arc<Mutex<Option<(Domain, AccessToken)>>>,
}

impl DeskJobs {
    /// `service` is what the profile is called in the keyring.
    pub(crate) fn new(shell: Shell, service: String) -> Self {
        Self { shell, service, token: Arc::default() }
    }

    fn tell(&self, outcome: DeskOutcome) {
        self.shell.tell(Event::Done(Outcome::Desk(outcome)));
    }

    pub(crate) async fn run(self, job: DeskJob) {
        match job {
            DeskJob::Info { trust } => {
                // Without it the form reckons with what it knows.
                if let Ok(info) = client::info(&trust).await {
                    self.tell(DeskOutcome::Info { rules: info.rules });
                }
            }
            DeskJob::Send(job) => {
                let serial = job.serial;
                let result = self.send(*job).await;
                self.tell(DeskOutcome::Sent { serial, result });
            }
            DeskJob::KeepPin { id, pin } => {
                let (place, secret) = (self.pin_place(&id), Secret::new(pin.expose().as_bytes().to_vec()));
                if let Err(code) = blocking(move || secrets::keep(place, secret)).await {
                    // Then it is asked for again after the next start.
                    tracing::info!(?code, "The PIN of a request that waits is not in the keyring");
                }
            }
            DeskJob::ForgetPin { id } => {
                let place = self.pin_place(&id);
                let _ = blocking(move || secrets::forget(place)).await;
            }
            DeskJob::Link { serial, trust, code } => {
                let result = self.link(&trust, code).await;
                self.tell(DeskOutcome::Linked { serial, result });
            }
            DeskJob::Unlink { domain, trust } => {
                let told = self.unlink(domain, trust).await;
                self.tell(DeskOutcome::Unlinked { told });
            }
            DeskJob::List { serial, trust, query } => {
                let result = match self.token(&trust.domain).await {
                    Ok(token) => client::tickets(&trust, &token, &query).await.map_err(|failure| failure.fault),
                    Err(fault) => Err(fault),
                };
                self.tell(DeskOutcome::Listed { serial, result });
            }
            DeskJob::Read { serial, trust, number } => {
                let result = match self.token(&trust.domain).await {
                    Ok(token) => client::ticket(&trust, &token, number).await.map_err(|failure| failure.fault),
                    Err(fault) => Err(fault),
                };
                self.tell(DeskOutcome::Read { serial, result: result.map(Box::new) });
            }
            DeskJob::Act(act) => {
                let result = self.act(&act).await;
                self.tell(DeskOutcome::Read { serial: act.serial, result: result.map(Box::new) });
            }
            DeskJob::SaveFile { serial, trust, number, file, name } => {
                let result = self.save_file(&trust, number, file, &name).await;
                self.tell(DeskOutcome::FileSaved { serial, result });
            }
            DeskJob::TakePicture { serial } => {
                tokio::time::sleep(OUT_OF_THE_PICTURE).await;
                let taken = tauri::async_runtime::spawn_blocking(screen::take).await.map_err(io::Error::other);
                let picture = taken.and_then(|taken| taken).inspect_err(|error| {
                    tracing::warn!(%error, "No picture of the screen");
                });
                let taken = picture.is_ok();
                self.shell.set_desk_picture(picture.ok().map(|bytes| FileBytes::of(&bytes)));
                self.tell(DeskOutcome::Picture { serial, taken });
            }
            DeskJob::DropPicture => self.shell.set_desk_picture(None),
        }
    }

    async fn act(&self, act: &Act) -> Result<MyTicket, DeskFault> {
        let token = self.token(&act.trust.domain).await?;
        let mut tries = 0;
        loop {
            let done = client::act(&act.trust, &token, &act.key, (act.number, act.version), &act.act).await;
            match done {
                // The same key: it is done once.
                Err(failure) if failure.later && failure.may_have_arrived && tries < 2 => tries += 1,
                Err(failure) => return Err(failure.fault),
                Ok(ticket) => return Ok(ticket),
            }
        }
    }

    async fn send(&self, job: SendJob) -> Result<Arrived, SendFault> {
        let token = match &job.bearer {
            Bearer::Linked => match self.token(&job.trust.domain).await {
                Ok(token) => Some(token),
                Err(DeskFault::LinkEnded) => return Err(SendFault::NeedsLink),
                Err(fault) => return Err(SendFault::Failed(Failure::waiting(fault))),
            },
            Bearer::Pin(_) => None,
        };
        let pin = match &job.bearer {
            Bearer::Linked => None,
            Bearer::Pin(Some(pin)) => Some(pin.clone()),
            Bearer::Pin(None) => Some(self.kept_pin(&job.id).await?),
        };
        let files = self.upload(&job, token.as_ref()).await?;
        let failed = |failure: Failure| {
            let unlinked = failure.fault == DeskFault::LinkEnded && token.is_some();
            if unlinked { SendFault::NeedsLink } else { SendFault::Failed(failure) }
        };
        match &job.content {
            Content::Request { customer_number, draft, about_session } => {
                let draft = Draft { attachments: files, ..draft.only_asked() };
                if let Some(token) = &token {
                    let about_session = about_session.as_ref().and_then(|about| about.parse().ok());
                    let filing = Filing { draft, about_session };
                    let filed = client::file(&job.trust, token, &job.key, &filing).await.map_err(failed)?;
                    return Ok(Arrived { ticket: Some(filed.number.to_string()), ..Arrived::default() });
                }
                let pin = pin.ok_or(SendFault::NeedsPin(None))?;
                let customer_number: CustomerNumber =
                    customer_number.parse().map_err(|_| SendFault::Failed(Failure::internal()))?;
                let submission = PinSubmission { customer_number, pin, draft };
                let answer = client::submit(&job.trust, &job.key, &submission).await.map_err(failed)?;
                Ok(Arrived { receipt: Some(answer.receipt.to_string()), ..Arrived::default() })
            }
            Content::Comment { number, text } => {
                let token = token.as_ref().ok_or(SendFault::NeedsLink)?;
                let internal = || SendFault::Failed(Failure::internal());
                let old: TicketNumber = number.parse().map_err(|_| internal())?;
                let message = Message { text: text.parse().map_err(|_| internal())?, attachments: files };
                let posted = client::post(&job.trust, token, &job.key, old, &message).await.map_err(failed)?;
                let follow_up_of = posted.new_ticket.then(|| old.to_string());
                Ok(Arrived { ticket: Some(posted.number.to_string()), follow_up_of, ..Arrived::default() })
            }
        }
    }

    /// Uploads what has not arrived yet.
    async fn upload(&self, job: &SendJob, token: Option<&AccessToken>) -> Result<Vec<AttachmentId>, SendFault> {
        let (jobs, serial) = (self.clone(), job.serial);
        let tell = move |news| match news {
            UploadNews::Percent(percent) => jobs.tell(DeskOutcome::Progress { serial, percent }),
            UploadNews::Arrived { file, id } => jobs.tell(DeskOutcome::Uploaded { serial, file, id }),
        };
        upload(&job.trust, token, &job.files, tell).await.map_err(|fault| match fault {
            UploadFault::File { file, reason } => SendFault::File { file, reason },
            UploadFault::Failed(failure) if failure.fault == DeskFault::LinkEnded && token.is_some() => {
                SendFault::NeedsLink
            }
            UploadFault::Failed(failure) => SendFault::Failed(failure),
        })
    }

    async fn kept_pin(&self, id: &str) -> Result<Pin, SendFault> {
        let place = self.pin_place(id);
        let kept = blocking(move || secrets::find(place)).await;
        let kept = kept.map_err(|code| SendFault::NeedsPin(Some(keyring_fault(code))))?;
        let text = kept.and_then(|kept| String::from_utf8(kept.expose().clone()).ok().map(Secret::new));
        text.and_then(|text| text.expose().parse().ok()).ok_or(SendFault::NeedsPin(None))
    }

    async fn link(&self, trust: &DomainTrust, code: LinkCode) -> Result<NewLink, DeskFault> {
        let place = self.token_place(&trust.domain);
        // Asked first: somebody who has to unlock it does so before the code is used up.
        let asked = place.clone();
        let mut unkept = blocking(move || secrets::find(asked)).await.err().map(keyring_fault);
        let device_name = device_name().parse().map_err(|_| DeskFault::Internal)?;
        let answer = client::link(trust, &LinkRequest { code, device_name }).await.map_err(|failure| failure.fault)?;
        if unkept.is_none() {
            let secret = Secret::new(answer.token.expose().as_bytes().to_vec());
            unkept = blocking(move || secrets::keep(place, secret)).await.err().map(keyring_fault);
        }
        self.set_token(Some((trust.domain.clone(), answer.token)));
        Ok(NewLink { account: Box::new(answer.profile), unkept })
    }

    /// Answers whether the company knows that the link is no more.
    async fn unlink(&self, domain: Domain, trust: Option<DomainTrust>) -> bool {
        let token = self.token(&domain).await;
        self.set_token(None);
        let place = self.token_place(&domain);
        if blocking(move || secrets::forget(place)).await.is_err() {
            tracing::warn!("The link's token could not be removed from the keyring");
        }
        let (Ok(token), Some(trust)) = (token, trust) else { return false };
        match client::unlink(&trust, &token).await {
            Ok(()) => true,
            // The company took it back before.
            Err(failure) if failure.fault == DeskFault::LinkEnded => true,
            Err(_) => {
                // The company can see and remove it, too.
                tracing::warn!("The desk could not be told that this app is not linked any more");
                false
            }
        }
    }

    async fn token(&self, domain: &Domain) -> Result<AccessToken, DeskFault> {
        let known = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, token)) = known.filter(|(of, _)| of == domain) {
            return Ok(token);
        }
        let place = self.token_place(domain);
        let kept = blocking(move || secrets::find(place)).await.map_err(keyring_fault)?;
        let token = kept.and_then(|kept| String::from_utf8(kept.expose().clone()).ok());
        let token = AccessToken::new(token.ok_or(DeskFault::LinkEnded)?);
        self.set_token(Some((domain.clone(), token.clone())));
        Ok(token)
    }

    fn set_token(&self, token: Option<(Domain, AccessToken)>) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    async fn save_file(
        &self,
        trust: &DomainTrust,
        number: TicketNumber,
        file: AttachmentId,
        name: &str,
    ) -> Result<String, DeskFault> {
        let token = self.token(&trust.domain).await?;
        let bytes = client::fetch_file(trust, &token, number, file).await.map_err(|failure| failure.fault)?;
        let folder = dirs::download_dir().or_else(dirs::home_dir).ok_or(DeskFault::NotSaved)?;
        save_new(&folder, name, &bytes).map(|path| path.display().to_string()).map_err(|_| DeskFault::NotSaved)
    }

    fn token_place(&self, domain: &Domain) -> Place {
        Place::new(self.service.clone(), "desk", domain.as_str())
    }

    fn pin_place(&self, id: &str) -> Place {
        Place::new(self.service.clone(), "desk-pin", id)
    }
}

/// Writes a file under a name that nobody has yet.
pub(crate) fn save_new(folder: &std::path::Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    use std::io::Write;
    let name = super::files::plain_name(name);
    let (stem, ending) =
        name.rsplit_once('.').map_or((name.as_str(), String::new()), |(stem, ending)| (stem, format!(".{ending}")));
    for count in 0..100 {
        let name = if count == 0 { name.clone() } else { format!("{stem} ({count}){ending}") };
        let path = folder.join(name);
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// What this computer calls itself.
fn device_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().take(60).collect();
    if name.is_empty() { "Beistand".to_owned() } else { name }
}

const fn keyring_fault(code: ErrorCode) -> DeskFault {
    if matches!(code, ErrorCode::KeyringLocked) { DeskFault::KeyringLocked } else { DeskFault::KeyringMissing }
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, ErrorCode> + Send + 'static,
) -> Result<T, ErrorCode> {
    tauri::async_runtime::spawn_blocking(act).await.map_err(|_| ErrorCode::Internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_file_takes_nobodys_place() {
        let folder = tempfile::tempdir().unwrap();
        let first = save_new(folder.path(), "../a.png", b"1").unwrap();
        let second = save_new(folder.path(), "a.png", b"2").unwrap();
        assert_eq!(first, folder.path().join("a.png"));
        assert_eq!(second, folder.path().join("a (1).png"));
        assert_eq!(fs::read(first).unwrap(), b"1");
    }
}
