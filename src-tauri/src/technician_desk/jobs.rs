//! The technician's questions to the desk, one after the other, with a token that is renewed before it ends.

use super::acts::{Deed, Writing};
use super::client::{self, Desk};
use crate::controller::{Event, Outcome};
use crate::desk::client::Failure;
use crate::desk::jobs::save_new;
use crate::desk::upload::{UploadFault, UploadNews, upload};
use crate::settings::KnownCompany;
use crate::shell::Shell;
use crate::view::{DeskFault, RefusedReason};
use beistand_protocol::desk::api::access::AccessToken;
use beistand_protocol::desk::api::desk::{DeskTicket, PhoneTicket, Presence, Present};
use beistand_protocol::desk::api::intake::IntakeLookup;
use beistand_protocol::desk::api::my::Filed;
use beistand_protocol::desk::api::people::{CustomerListed, CustomerPageOne, TechnicianListed};
use beistand_protocol::desk::api::queue::{QueuePage, QueueQuery, Task};
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::code::{CustomerNumber, IdempotencyKey, IntakeReceipt};
use beistand_protocol::desk::ids::{AttachmentId, TaskId, TicketSessionId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_session::rendezvous::{DeviceKey, DomainTrust};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A token that lives less than this is renewed.
const FRESH_ENOUGH: Duration = Duration::from_secs(120);

/// One question, by who asks it.
#[derive(Debug)]
pub(crate) struct TechnicianJob {
    pub(crate) serial: u32,
    pub(crate) company: KnownCompany,
    pub(crate) login: String,
    pub(crate) question: TechnicianQuestion,
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum TechnicianQuestion {
    Queue { query: QueueQuery, with_tasks: bool },
    LookUp(IntakeReceipt),
    DecideHeld { intake: (IntakeReceipt, u32), what: &'static str, body: serde_json::Value, key: IdempotencyKey },
    TaskDone(TaskId),
    Ticket(TicketNumber),
    Act { ticket: (TicketNumber, u32), deed: Deed, key: IdempotencyKey },
    Present { number: TicketNumber, presence: Presence },
    SaveFile { number: TicketNumber, file: AttachmentId, name: String },
    StartSession(TicketNumber),
    ReportSession { ticket: (TicketNumber, TicketSessionId), report: Box<SessionReport> },
    Customers(String),
    Customer(CustomerNumber),
    File { ticket: Box<PhoneTicket>, key: IdempotencyKey },
}

/// What came of a [`TechnicianJob`].
#[derive(Debug)]
pub(crate) struct TechnicianOutcome {
    pub(crate) serial: u32,
    /// Whether nobody needs to hear that it came to nothing.
    pub(crate) quiet: bool,
    pub(crate) result: Result<TechnicianAnswer, NotDone>,
}

/// Why nothing came of a question.
#[derive(Debug)]
pub(crate) struct NotDone {
    pub(crate) failure: Failure,
    /// The file that the desk does not take, if it is that.
    pub(crate) file: Option<(String, RefusedReason)>,
}

impl From<Failure> for NotDone {
    fn from(failure: Failure) -> Self {
        Self { failure, file: None }
    }
}

/// What the desk answered.
#[derive(Debug)]
pub(crate) enum TechnicianAnswer {
    Queue {
        page: Box<QueuePage>,
        tasks: Option<Vec<Task>>,
    },
    LookUp(Option<IntakeLookup>),
    HeldDecided(IntakeLookup),
    TaskDone(TaskId),
    /// Not the last word: how the files of what is sent get on.
    Upload(UploadNews),
    Ticket {
        ticket: Box<DeskTicket>,
        technicians: Option<Vec<TechnicianListed>>,
    },
    Present(Present),
    Saved,
    SessionStarted {
        number: TicketNumber,
        session: TicketSessionId,
    },
    SessionReported(TicketNumber),
    Customers(Vec<CustomerListed>),
    Customer(Box<CustomerPageOne>),
    Filed(Filed),
}

/// Asks, and remembers the token while it lasts.
#[derive(Clone)]
pub(crate) struct TechnicianDeskJobs {
    shell: Shell,
    token: Arc<Mutex<Option<Fresh>>>,
}

#[derive(Clone)]
struct Fresh {
    device: beistand_protocol::rendezvous::DeviceId,
    token: AccessToken,
    until: Instant,
}

impl TechnicianDeskJobs {
    pub(crate) fn new(shell: Shell) -> Self {
        Self { shell, token: Arc::default() }
    }

    /// Forgets the token: who signed out asks nothing any more.
    pub(crate) fn forget(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Asks with this key, or says why there is none.
    pub(crate) async fn run(self, job: TechnicianJob, key: Result<DeviceKey, DeskFault>) {
        let quiet = matches!(job.question, TechnicianQuestion::Present { .. });
        let serial = job.serial;
        let result = match key {
            Ok(key) => self.ask(serial, &job.company.trust(), &key, job.question).await,
            Err(fault) => Err(Failure::waiting(fault).into()),
        };
        self.tell(TechnicianOutcome { serial, quiet, result });
    }

    fn tell(&self, outcome: TechnicianOutcome) {
        self.shell.tell(Event::Done(Outcome::TechnicianDesk(outcome)));
    }

    async fn ask(
        &self,
        serial: u32,
        trust: &DomainTrust,
        key: &DeviceKey,
        question: TechnicianQuestion,
    ) -> Result<TechnicianAnswer, NotDone> {
        let token = self.fresh_token(trust, key).await?;
        let desk = Desk { trust, token: &token };
        let jobs = self.clone();
        let tell = move |news| {
            jobs.tell(TechnicianOutcome { serial, quiet: true, result: Ok(TechnicianAnswer::Upload(news)) });
        };
        let answer = if let TechnicianQuestion::Act { ticket, deed: Deed::Write(writing), key } = question {
            write(&desk, ticket, writing, &key, tell).await
        } else {
            answer(&desk, question).await.map_err(NotDone::from)
        };
        if answer.as_ref().is_err_and(|not_done| not_done.failure.fault == DeskFault::LinkEnded) {
            // The next question gets a new token.
            self.forget();
        }
        answer
    }

    async fn fresh_token(&self, trust: &DomainTrust, key: &DeviceKey) -> Result<AccessToken, Failure> {
        let known = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(fresh) = known.filter(|fresh| fresh.device == key.id() && fresh.until > Instant::now()) {
            return Ok(fresh.token);
        }
        let answer = client::token(trust, key).await?;
        let lives = Duration::from_secs(answer.expires_in_seconds.into()).saturating_sub(FRESH_ENOUGH);
        let fresh = Fresh { device: key.id(), token: answer.token.clone(), until: Instant::now() + lives };
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        Ok(answer.token)
    }
}

async fn answer(desk: &Desk<'_>, question: TechnicianQuestion) -> Result<TechnicianAnswer, Failure> {
    Ok(match question {
        TechnicianQuestion::Queue { query, with_tasks } => {
            let page = Box::new(desk.queue(&query).await?);
            let tasks = if with_tasks { Some(desk.tasks().await?.tasks) } else { None };
            TechnicianAnswer::Queue { page, tasks }
        }
        TechnicianQuestion::LookUp(receipt) => match desk.look_up(receipt).await {
            Ok(found) => TechnicianAnswer::LookUp(Some(found)),
            Err(failure) if failure.fault == DeskFault::NotFound => TechnicianAnswer::LookUp(None),
            Err(failure) => return Err(failure),
        },
        TechnicianQuestion::DecideHeld { intake, what, body, key } => {
            let mut tries = 0;
            loop {
                match desk.decide_held(intake, what, &body, &key).await {
                    Err(failure) if failure.later && failure.may_have_arrived && tries < 2 => tries += 1,
                    done => break TechnicianAnswer::HeldDecided(done?),
                }
            }
        }
        TechnicianQuestion::TaskDone(id) => {
            desk.task_done(id).await?;
            TechnicianAnswer::TaskDone(id)
        }
        TechnicianQuestion::Ticket(number) => {
            let ticket = Box::new(desk.ticket(number).await?);
            TechnicianAnswer::Ticket { ticket, technicians: Some(desk.technicians().await?.technicians) }
        }
        TechnicianQuestion::Act { ticket, deed: Deed::Post { what, body }, key } => {
            done(post(desk, ticket, (what, &body), &key).await?)
        }
        TechnicianQuestion::Act { ticket: (number, _), deed: Deed::Unlink(other), .. } => {
            let mut tries = 0;
            loop {
                match desk.unlink(number, other).await {
                    Err(failure) if failure.later && failure.may_have_arrived && tries < 2 => tries += 1,
                    // It had arrived the time before.
                    Err(failure) if failure.fault == DeskFault::NotFound && tries > 0 => {
                        break done(desk.ticket(number).await?);
                    }
                    ticket => break done(ticket?),
                }
            }
        }
        // Goes by `write`, which tells how its files get on.
        TechnicianQuestion::Act { deed: Deed::Write(_), .. } => return Err(Failure::internal()),
        TechnicianQuestion::Present { number, presence } => {
            TechnicianAnswer::Present(desk.present(number, presence).await?)
        }
        TechnicianQuestion::SaveFile { number, file, name } => {
            let bytes = desk.fetch_file(number, file).await?;
            let folder = dirs::download_dir().or_else(dirs::home_dir);
            let saved = folder.and_then(|folder| save_new(&folder, &name, &bytes).ok());
            saved.ok_or_else(|| Failure::waiting(DeskFault::NotSaved))?;
            TechnicianAnswer::Saved
        }
        TechnicianQuestion::StartSession(number) => {
            TechnicianAnswer::SessionStarted { number, session: desk.start_session(number).await?.session }
        }
        TechnicianQuestion::ReportSession { ticket, report } => {
            desk.report_session(ticket, &report).await?;
            TechnicianAnswer::SessionReported(ticket.0)
        }
        TechnicianQuestion::Customers(words) => TechnicianAnswer::Customers(desk.customers(&words).await?.customers),
        TechnicianQuestion::Customer(number) => TechnicianAnswer::Customer(Box::new(desk.customer(&number).await?)),
        TechnicianQuestion::File { ticket, key } => {
            let mut tries = 0;
            loop {
                match desk.file(&ticket, &key).await {
                    Err(failure) if failure.later && failure.may_have_arrived && tries < 2 => tries += 1,
                    done => break TechnicianAnswer::Filed(done?),
                }
            }
        }
    })
}

fn done(ticket: DeskTicket) -> TechnicianAnswer {
    TechnicianAnswer::Ticket { ticket: Box::new(ticket), technicians: None }
}

async fn post(
    desk: &Desk<'_>,
    ticket: (TicketNumber, u32),
    (what, body): (&str, &serde_json::Value),
    key: &IdempotencyKey,
) -> Result<DeskTicket, Failure> {
    let mut tries = 0;
    loop {
        match desk.act(ticket, what, body, key).await {
            // The same key: it is done once.
            Err(failure) if failure.later && failure.may_have_arrived && tries < 2 => tries += 1,
            done => return done,
        }
    }
}

/// Uploads the files of what was written, then sends it.
async fn write(
    desk: &Desk<'_>,
    ticket: (TicketNumber, u32),
    mut writing: Writing,
    key: &IdempotencyKey,
    tell: impl Fn(UploadNews) + Clone + Send + Sync + 'static,
) -> Result<TechnicianAnswer, NotDone> {
    loop {
        let ids =
            upload(desk.trust, Some(desk.token), &writing.files, tell.clone()).await.map_err(|fault| match fault {
                UploadFault::File { file, reason } => {
                    NotDone { failure: Failure::waiting(DeskFault::NotAccepted), file: Some((file, reason)) }
                }
                UploadFault::Failed(failure) => failure.into(),
            })?;
        let (what, body) = writing.call(ids).ok_or_else(Failure::internal)?;
        let sent_before = writing.files.iter().any(|(file, _)| file.uploaded.is_some());
        match post(desk, ticket, (what, &body), key).await {
            // The desk keeps a file that nobody uses for a day.
            Err(failure) if failure.fault == DeskFault::NotFound && sent_before => {
                writing.files.iter_mut().for_each(|(file, _)| file.uploaded = None);
            }
            answer => return Ok(done(answer?)),
        }
    }
}
