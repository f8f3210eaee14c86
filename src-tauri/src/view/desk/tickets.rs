//! One's own tickets. Timeline, attachments and states are the technician's as well.

use super::{ChosenFile, DeskFault, Field, FileKind, RefusedFile, RequestKind};
use serde::{Deserialize, Serialize};
use specta::Type;

/// My tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TicketList {
    /// What was asked for.
    pub query: TicketQuery,
    /// What was found.
    pub tickets: Vec<TicketLine>,
    /// Whether there are more.
    pub more: bool,
    /// Whether it is being read.
    pub busy: bool,
    /// Why it could not be read.
    pub fault: Option<DeskFault>,
    /// Whether this person may see the tickets of colleagues.
    pub sees_company: bool,
    /// What waits to be sent.
    pub waiting: u32,
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TicketQuery {
    /// Words, a number, a reference.
    pub words: String,
    /// Which.
    pub filter: TicketFilter,
    /// In which order.
    pub sort: TicketSort,
    /// Whether those of colleagues are left out.
    pub only_mine: bool,
}

/// Which tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TicketFilter {
    /// Those that are not done.
    #[default]
    Open,
    /// Those that wait for an answer of this person.
    WaitingForMe,
    /// Those that are done.
    Done,
    /// All.
    All,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TicketSort {
    /// The last change first.
    #[default]
    Changed,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// The most urgent first.
    Urgent,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TicketLine {
    /// Such as `T-1234-5671`.
    pub number: String,
    /// Made of the kind and the first words.
    pub title: String,
    /// Its kind.
    pub request: RequestKind,
    /// Its state.
    pub state: TicketState,
    /// 1 to 4, most urgent first.
    pub severity: u8,
    /// When it was last changed.
    pub changed_at: String,
    /// Who asked, if it is a colleague.
    pub colleague: Option<String>,
    /// The customer's own reference.
    pub reference: Option<String>,
    /// Whether something is new in it.
    pub unread: bool,
}

/// How a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TicketState {
    /// Nobody has begun.
    New,
    /// Somebody works on it.
    Open,
    /// The customer is asked for something.
    WaitingCustomer,
    /// The manufacturer is asked.
    WaitingVendor,
    /// There is an appointment.
    Scheduled,
    /// It is solved, as the desk thinks.
    Resolved,
    /// It is done, and for reference only.
    Closed,
    /// It was taken back.
    Withdrawn,
    /// It went into another one.
    Merged,
}

/// One ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TicketPage {
    /// Such as `T-1234-5671`.
    pub number: String,
    /// What could be read of it; nothing before it was.
    pub ticket: Option<TicketDetails>,
    /// Whether something is under way.
    pub busy: bool,
    /// Why something did not work.
    pub fault: Option<DeskFault>,
    /// The message that is being written.
    pub comment: CommentForm,
    /// Where an attachment was saved last.
    pub saved_as: Option<String>,
}

/// What a ticket says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TicketDetails {
    /// Made of the kind and the first words.
    pub title: String,
    /// Its kind.
    pub request: RequestKind,
    /// Its state.
    pub state: TicketState,
    /// 1 to 4, most urgent first.
    pub severity: u8,
    /// When it was filed.
    pub created_at: String,
    /// Who asked, if it is a colleague.
    pub colleague: Option<String>,
    /// Who takes care of it.
    pub technician: Option<String>,
    /// The day by which it is due, or for which there is an appointment.
    pub due_on: Option<String>,
    /// Until when it can be opened again.
    pub reopen_until: Option<String>,
    /// What was filled in.
    pub fields: Vec<FilledField>,
    /// Files that came with it.
    pub files: Vec<AttachmentLine>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What this person may do now.
    pub may: Vec<TicketAction>,
    /// The severities that it may be raised to.
    pub raise_to: Vec<u8>,
    /// When it can be raised again, if that was done a short while ago.
    pub raise_again_at: Option<String>,
}

/// What was filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FilledField {
    /// Which.
    pub field: Field,
    /// With what; choices by their key.
    pub value: String,
}

/// What may be done with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TicketAction {
    /// Write a message.
    Comment,
    /// Write a message that becomes a new ticket, because this one is closed.
    FollowUp,
    /// Take it back.
    Withdraw,
    /// Raise the urgency.
    Raise,
    /// Confirm that it is solved.
    Confirm,
    /// Say that it is not solved.
    Reopen,
}

/// The message that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CommentForm {
    /// Of the draft; a new one means that the last was sent off.
    pub id: String,
    /// The text so far.
    pub text: String,
    /// Files that go with it.
    pub attachments: Vec<ChosenFile>,
    /// Files that were not taken.
    pub refused: Vec<RefusedFile>,
    /// Whether the last attempt had no text.
    pub empty: bool,
    /// How many messages on this ticket wait to be sent.
    pub waiting: u32,
}

/// Something that happened to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// In its order.
    pub id: String,
    /// When.
    pub at: String,
    /// Who.
    pub by: TimelineBy,
    /// What.
    pub what: TimelineWhat,
    /// Files that came with it.
    pub attachments: Vec<AttachmentLine>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TimelineBy {
    /// The reader.
    Me,
    /// Somebody at the customer's.
    Customer {
        /// The name.
        name: String,
    },
    /// Somebody at the support company.
    Technician {
        /// The name.
        name: String,
    },
    /// The desk itself.
    Desk,
}

/// What happened to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TimelineWhat {
    /// It was filed.
    Created,
    /// A message for everybody.
    Comment {
        /// Its text.
        text: String,
    },
    /// A note that customers never see.
    Note {
        /// Its text.
        text: String,
    },
    /// Another state.
    State {
        /// Now.
        to: TicketState,
        /// Why, or how it was solved.
        reason: Option<String>,
        /// With an appointment: the day.
        on: Option<String>,
    },
    /// Another urgency.
    Severity {
        /// Now.
        to: u8,
        /// Why.
        reason: Option<String>,
    },
    /// Somebody has it now.
    Assigned {
        /// Who.
        to: Option<String>,
    },
    /// Another ticket belongs to it.
    Linked {
        /// How.
        link: TicketLink,
        /// Which, if the reader may know.
        number: Option<String>,
    },
    /// Another ticket belongs to it no more.
    Unlinked {
        /// How it did.
        link: TicketLink,
        /// Which, if the reader may know.
        number: Option<String>,
    },
    /// A session on the customer's screen.
    Session {
        /// How long.
        seconds: u32,
        /// Whether the customer pressed NOTAUS.
        stopped: bool,
    },
    /// Who may see it was changed; only technicians see it.
    Visibility {
        /// Whether only its requester may see it at the customer's.
        confidential: bool,
    },
    /// A mail about it could not be delivered; only technicians see it.
    MailFailed {
        /// What the other server said.
        why: String,
    },
    /// It was held and then released; only technicians see it.
    Released {
        /// Who at the customer's confirmed it.
        confirmed_by: String,
    },
    /// Time that was spent.
    Time {
        /// How much.
        minutes: u32,
        /// What for.
        note: Option<String>,
    },
}

/// How another ticket belongs to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TicketLink {
    /// It is about the same or something similar.
    Related,
    /// This one goes on where the other was closed.
    FollowUpOf,
    /// The other one goes on where this one was closed.
    FollowedUpBy,
    /// This one went into the other.
    MergedInto,
    /// The other one went into this one.
    MergedFrom,
}

/// A file of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentLine {
    /// For `desk_save_attachment`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Its size.
    pub size_bytes: u32,
    /// Whether it may contain programs: to be opened with care.
    pub careful: bool,
}
