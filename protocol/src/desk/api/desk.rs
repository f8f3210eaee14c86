//! A ticket as technicians see it, and what they do with it: `…/technician/tickets/{number}` and below.
//!
//! What changes the ticket takes `If-Match` and answers with the [`DeskTicket`] as it is then.
//!
//! | | |
//! |---|---|
//! | `POST tickets` | [`PhoneTicket`] → [`super::my::Filed`] |
//! | `GET tickets/{number}` | [`DeskTicket`] |
//! | `GET tickets/{number}/files/{id}` | the file |
//! | `POST …/answers` | [`Answer`]: public, is mailed |
//! | `POST …/notes` | [`Note`]: internal |
//! | `POST …/take`, `…/assign` | [`Taking`], [`Assignment`] |
//! | `POST …/wait`, `…/schedule`, `…/resume` | [`Waiting`], [`Schedule`], [`Resumption`] |
//! | `POST …/resolve`, `…/close` | [`Resolution`], [`Closing`] |
//! | `POST …/severity`, `…/visibility` | [`SeverityChange`], [`VisibilityChange`] |
//! | `POST …/merge`, `…/unmerge` | [`Merge`], [`Unmerge`] |
//! | `POST …/links`, `DELETE …/links/{other}` | [`Link`] |
//! | `POST …/time` | [`TimeEntry`] |
//! | `POST …/read` | nothing → nothing: read up to now |
//! | `PUT …/presence` | [`Presence`] → [`Present`] |
//! | `POST …/sessions`, `PUT …/sessions/{id}` | see [`super::session`] |

use super::entry::{Author, PublicEntry, PublicHappening};
use super::file::FileInfo;
use super::people::{ContactListed, CustomerListed};
use super::queue::QueueItem;
use super::session::PublicSession;
use super::words::{MessageText, ReasonText};
use crate::desk::code::CustomerNumber;
use crate::desk::form::{Draft, Request};
use crate::desk::ids::{AttachmentId, ContactId, EntryId, TechnicianId, TicketSessionId, TimeEntryId};
use crate::desk::number::TicketNumber;
use crate::desk::ticket::{
    Assurance, AuthMethod, Channel, LinkKind, Severity, SeveritySource, State, TimeKind, Visibility,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What happened, as only technicians may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum InternalHappening {
    /// Somebody noted something.
    Note {
        /// What.
        text: String,
        /// With these files.
        files: Vec<FileInfo>,
    },
    /// Time was logged.
    TimeLogged {
        /// Which.
        time: LoggedTime,
    },
    /// Who may see it was changed.
    VisibilityChanged {
        /// To.
        to: Visibility,
    },
    /// A technician took back that another ticket has to do with it.
    Unlinked {
        /// Which.
        other: TicketNumber,
    },
    /// A mail about it could not be delivered.
    MailFailed {
        /// What the other server said, shortened.
        why: String,
    },
    /// The form was held, and is a ticket because somebody on file has confirmed it.
    Released {
        /// Who, and how they were reached.
        confirmed_by: String,
    },
}

/// One line of the timeline as technicians see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "audience", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DeskEntry {
    /// The customer reads it, too.
    Public {
        /// The entry.
        entry: PublicEntry,
    },
    /// Only technicians read it.
    Internal {
        /// Which.
        id: EntryId,
        /// When.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        at: Timestamp,
        /// Who.
        author: Author,
        /// What.
        what: InternalHappening,
    },
}

impl DeskEntry {
    /// When it happened.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Public { entry } => entry.at,
            Self::Internal { at, .. } => *at,
        }
    }

    /// Whether somebody wrote it for the customer.
    pub const fn is_message(&self) -> bool {
        matches!(self, Self::Public { entry: PublicEntry { what: PublicHappening::Message { .. }, .. } })
    }
}

/// A ticket as technicians see it. Its version is in the header `ETag`, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeskTicket {
    /// As in the queue.
    pub item: QueueItem,
    /// For `If-Match`.
    pub version: u32,
    /// The form as it was filed.
    pub request: Request,
    /// The files that came with it.
    pub files: Vec<FileInfo>,
    /// How it came in.
    pub channel: Channel,
    /// How its sender was known.
    pub auth_method: AuthMethod,
    /// How sure that makes us.
    pub assurance: Assurance,
    /// Where its severity comes from.
    pub severity_source: SeveritySource,
    /// Who at the customer's may see it.
    pub visibility: Visibility,
    /// Since when it stands where it stands.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub state_since: Timestamp,
    /// Whose it is.
    pub owner: Option<TechnicianId>,
    /// How it was solved.
    pub resolution: Option<String>,
    /// How often it was reopened.
    pub reopened_count: u32,
    /// Until when its merge can be undone.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub unmerge_until: Option<Timestamp>,
    /// Its customer.
    pub customer: CustomerListed,
    /// The person on file who filed it; `None` if it came with a PIN or a voice only.
    pub requester: Option<ContactListed>,
    /// The customer's other people.
    pub contacts: Vec<ContactListed>,
    /// What happened, the oldest first.
    pub timeline: Vec<DeskEntry>,
    /// Sessions held for it.
    pub sessions: Vec<DeskSession>,
    /// Tickets that belong to it.
    pub links: Vec<LinkedTicket>,
    /// The customer's latest other tickets, at most 10.
    pub earlier: Vec<QueueItem>,
    /// Time that was logged.
    pub times: Vec<LoggedTime>,
    /// Who else looks at it.
    pub present: Present,
    /// What may be done with it now.
    pub rights: DeskRights,
}

/// What a technician may do with a ticket now. The server says so; the app only shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeskRights {
    /// Answer the customer.
    pub answer: bool,
    /// Take it.
    pub take: bool,
    /// Give it to somebody.
    pub assign: bool,
    /// Let it wait, or schedule it.
    pub wait: bool,
    /// Go on with it.
    pub resume: bool,
    /// Say that it is solved.
    pub resolve: bool,
    /// Close it.
    pub close: bool,
    /// Say how bad it is.
    pub change_severity: bool,
    /// Join it to another.
    pub merge: bool,
    /// Part it again.
    pub unmerge: bool,
    /// Start a session from it.
    pub start_session: bool,
}

/// A session as technicians see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeskSession {
    /// As the customer sees it.
    pub session: PublicSession,
    /// The technician's record as JSON text.
    pub receipt: Option<String>,
    /// Whether time was logged for it.
    pub time_logged: bool,
    /// The time to log for it.
    pub proposal: Option<TimeProposal>,
}

/// A ticket that belongs to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LinkedTicket {
    /// How.
    pub link: LinkKind,
    /// Which.
    pub number: TicketNumber,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: State,
}

/// `POST tickets`: what a customer says on the phone. The same form; the technician fills it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PhoneTicket {
    /// Who calls.
    pub customer: CustomerNumber,
    /// The person on file, if it is one.
    pub contact: Option<ContactId>,
    /// The form.
    pub draft: Draft,
    /// How bad it is, if the technician knows better than the form.
    pub severity: Option<Severity>,
    /// Whether the technician takes it at once.
    #[serde(default)]
    pub take: bool,
    /// The session about which it is, if it was held without a ticket.
    pub session: Option<super::session::SessionReport>,
}

/// `POST …/answers`: the customer reads it and gets it by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// What is to be said.
    pub text: MessageText,
    /// Files that were uploaded before, at most five.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub attachments: Vec<AttachmentId>,
    /// Whether the ticket waits for the customer then.
    #[serde(default)]
    pub then_wait: bool,
}

/// `POST …/notes`: only technicians read it. It stays internal for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Note {
    /// What is to be noted.
    pub text: MessageText,
    /// Files that were uploaded before, at most five.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub attachments: Vec<AttachmentId>,
}

/// `POST …/take`: it is mine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taking {}

/// `POST …/assign`: it is somebody's, or nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assignment {
    /// Whose.
    pub to: Option<TechnicianId>,
}

/// For whom a ticket waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum WaitFor {
    /// The customer's answer.
    Customer,
    /// The vendor.
    Vendor,
}

/// `POST …/wait`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waiting {
    /// For whom.
    pub wait_for: WaitFor,
    /// Why; the customer reads it.
    #[serde(default)]
    pub reason: Option<ReasonText>,
}

/// `POST …/schedule`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// The day.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub on: Date,
    /// What is agreed; the customer reads it.
    #[serde(default)]
    pub reason: Option<ReasonText>,
}

/// `POST …/resume`: it is being worked on again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resumption {}

/// `POST …/resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolution {
    /// How; the customer reads it.
    pub text: MessageText,
}

/// `POST …/close`: a resolved ticket is over before its grace is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Closing {}

/// `POST …/severity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeverityChange {
    /// How bad it is.
    pub severity: Severity,
    /// Why; the customer reads it.
    pub reason: ReasonText,
}

/// `POST …/visibility`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VisibilityChange {
    /// Who may see it.
    pub visibility: Visibility,
}

/// `POST …/merge`: it goes on in another ticket of the same customer. Can be undone for 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Merge {
    /// Where it goes on.
    pub into: TicketNumber,
}

/// `POST …/unmerge`, at the ticket that was merged into another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unmerge {}

/// `POST …/links`: the two have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Link {
    /// Which other.
    pub other: TicketNumber,
}

/// `POST …/time`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeEntry {
    /// How many minutes, at most a day.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1440))]
    pub minutes: u16,
    /// On what.
    pub spent_on: TimeKind,
    /// Whether the customer pays for it.
    pub billable: bool,
    /// What was done.
    #[serde(default)]
    pub text: Option<ReasonText>,
    /// The session for which it is.
    #[serde(default)]
    pub session: Option<TicketSessionId>,
}

/// Time that was logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoggedTime {
    /// Which.
    pub id: TimeEntryId,
    /// Whose.
    pub technician: String,
    /// When it was logged.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// How many minutes.
    pub minutes: u16,
    /// On what.
    pub spent_on: TimeKind,
    /// Whether the customer pays for it.
    pub billable: bool,
    /// What was done.
    pub text: Option<String>,
    /// The session for which it is.
    pub session: Option<TicketSessionId>,
}

/// Time that the desk proposes to log for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TimeProposal {
    /// For which session.
    pub session: TicketSessionId,
    /// Each begun minute counts.
    pub minutes: u16,
}

/// What somebody does with a ticket that they have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Doing {
    /// They look at it.
    Reading,
    /// They write in it.
    Writing,
    /// They went away.
    Gone,
}

/// `PUT …/presence`: I have it open; to be said every 15 seconds and forgotten after 40.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Presence {
    /// What I do.
    pub doing: Doing,
}

/// Who else has a ticket open, and which version it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Present {
    /// The others.
    pub others: Vec<PresentTechnician>,
    /// The version that the ticket has now.
    pub version: u32,
}

/// Somebody who has a ticket open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PresentTechnician {
    /// Their name.
    pub name: String,
    /// Whether they write.
    pub writing: bool,
}
