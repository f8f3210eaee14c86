//! What a technician's desk shows: the queue, a ticket (here: a case), a ticket taken on the phone, the customers.
//!
//! Timeline, files and states are those of the customer's pages. What may be done with a case is the desk's to say.

use super::{
    AttachmentLine, Case, DeskFault, FieldError, FieldValues, FilledField, FormField, LookupAnswer, RequestKind, Saved,
    TaskLine, TicketLink, TicketState, TimelineEntry,
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The screens of a technician's desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TechnicianDeskScreen {
    /// What is to be worked on.
    Queue(Queue),
    /// One ticket.
    Case(Box<Case>),
    /// A ticket for a customer on the phone.
    Phone(Box<PhoneForm>),
    /// Customers, and one of them.
    Customers(CustomersPage),
}

/// Which tickets of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum QueueSlice {
    /// All that somebody has to do something about.
    #[default]
    Open,
    /// Those of them that are mine.
    Mine,
    /// Those of them that are nobody's.
    Unassigned,
    /// Those that wait.
    Waiting,
    /// Those that are resolved.
    Resolved,
    /// All there are.
    All,
}

/// What the queue is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QueueAsk {
    /// What is searched for, as typed.
    pub words: String,
    /// Which.
    pub slice: QueueSlice,
    /// Only this type.
    pub request: Option<RequestKind>,
    /// Only this severity.
    pub severity: Option<u8>,
    /// Only what I have not read.
    pub unread: bool,
}

/// What is to be worked on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// What was asked for.
    pub ask: QueueAsk,
    /// The tickets, in the order in which they are to be worked on.
    pub rows: Vec<QueueRow>,
    /// How many each slice has.
    pub counts: QueueNumbers,
    /// What the desk asks somebody to do.
    pub tasks: Vec<TaskLine>,
    /// Whether there are more.
    pub more: bool,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// What went wrong.
    pub fault: Option<DeskFault>,
    /// What became of a form whose number was read out.
    pub lookup: Option<Box<LookupAnswer>>,
    /// Tickets for which something is half written here.
    pub drafts: Vec<String>,
    /// Tickets to which the record of a session is still on its way.
    pub records: Vec<String>,
    /// The customer for whom a ticket is half typed on the phone.
    pub call: Option<String>,
}

/// How many tickets each slice has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QueueNumbers {
    /// Of [`QueueSlice::Open`].
    pub open: u32,
    /// Of [`QueueSlice::Mine`].
    pub mine: u32,
    /// Of [`QueueSlice::Unassigned`].
    pub unassigned: u32,
    /// Of [`QueueSlice::Waiting`].
    pub waiting: u32,
    /// Of [`QueueSlice::Resolved`].
    pub resolved: u32,
}

/// A ticket in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QueueRow {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its type.
    pub request: RequestKind,
    /// Where it stands.
    pub state: TicketState,
    /// How bad it is, 1 to 4.
    pub severity: u8,
    /// Whether its customer has maintenance.
    pub maintenance: bool,
    /// Its customer.
    pub customer: String,
    /// Its customer's number.
    pub customer_number: String,
    /// Who is to be asked.
    pub contact: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// Whether it is mine.
    pub mine: bool,
    /// Whether something came that I have not read.
    pub unread: bool,
    /// The day by which it is due.
    pub due_on: Option<String>,
    /// When it was filed.
    pub filed_at: String,
    /// When something last happened.
    pub changed_at: String,
}

/// All of a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseDetails {
    /// As in the queue.
    pub row: QueueRow,
    /// The form as it was filed.
    pub fields: Vec<FilledField>,
    /// The files that came with it.
    pub files: Vec<AttachmentLine>,
    /// What happened, the oldest first.
    pub timeline: Vec<CaseEntry>,
    /// How sure we are who filed it.
    pub assurance: CaseAssurance,
    /// Whether only its requester may see it at the customer's.
    pub confidential: bool,
    /// Until when its merge can be undone.
    pub unmerge_until: Option<String>,
    /// Its customer.
    pub customer: CustomerCard,
    /// The customer's people, who filed it first.
    pub contacts: Vec<ContactCard>,
    /// Sessions held for it.
    pub sessions: Vec<CaseSession>,
    /// Tickets that belong to it.
    pub links: Vec<CaseLink>,
    /// The customer's latest other tickets.
    pub earlier: Vec<QueueRow>,
    /// How many minutes were logged.
    pub minutes: u32,
    /// What may be done with it.
    pub may: Vec<CaseAction>,
    /// To whom it can be given.
    pub technicians: Vec<Colleague>,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseEntry {
    /// The line.
    pub entry: TimelineEntry,
    /// Whether the customer does not read it.
    pub internal: bool,
}

/// How sure we are who filed a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CaseAssurance {
    /// Somebody with the company's PIN.
    Company,
    /// That person, by their own app.
    Person,
    /// Only what was said on the phone.
    Claimed,
}

/// What may be done with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CaseAction {
    /// Answer the customer.
    Answer,
    /// Take it.
    Take,
    /// Give it to somebody.
    Assign,
    /// Let it wait, or schedule it.
    Wait,
    /// Go on with it.
    Resume,
    /// Say that it is solved.
    Resolve,
    /// Close it.
    Close,
    /// Say how bad it is.
    Severity,
    /// Join it to another.
    Merge,
    /// Part it again.
    Unmerge,
    /// Start a session.
    Session,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CustomerCard {
    /// Their number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// Whether they have maintenance.
    pub maintenance: bool,
    /// Until when.
    pub maintenance_until: Option<String>,
    /// How they name the accounts of new employees.
    pub naming_rule: Option<String>,
    /// How many of their tickets are open.
    pub open: u32,
}

/// A person at a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContactCard {
    /// Which.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// Where they are called.
    pub phone: Option<String>,
    /// What they do.
    pub position: Option<String>,
    /// Whether they filed this ticket.
    pub requester: bool,
    /// Whether they are written to about everything.
    pub main: bool,
}

/// A session that was held for a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseSession {
    /// Which.
    pub id: String,
    /// Who helped.
    pub technician: String,
    /// When.
    pub at: String,
    /// How long; `None` while it runs.
    pub seconds: Option<u32>,
    /// Whether the customer pressed NOTAUS.
    pub stopped: bool,
    /// The minutes to log for it; `None` once they are.
    pub propose_minutes: Option<u16>,
}

/// A ticket that belongs to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseLink {
    /// How.
    pub link: TicketLink,
    /// Which.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: TicketState,
}

/// Somebody who can take tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Colleague {
    /// Which.
    pub id: u32,
    /// Their name.
    pub name: String,
    /// Whether that is me.
    pub me: bool,
}

/// A ticket for a customer on the phone: the customer's form, filled in by the technician.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PhoneForm {
    /// What is searched for, as typed.
    pub words: String,
    /// Who was found.
    pub found: Vec<CustomerCard>,
    /// Who calls.
    pub customer: Option<CustomerCard>,
    /// Their people.
    pub contacts: Vec<ContactCard>,
    /// Who of them calls.
    pub contact: Option<String>,
    /// What was typed.
    pub values: FieldValues,
    /// The general fields.
    pub general: Vec<FormField>,
    /// Those of the chosen type.
    pub request: Vec<FormField>,
    /// What is wrong.
    pub errors: Vec<FieldError>,
    /// Counts the attempts to file.
    pub attempt: u32,
    /// The session about which it is: how long it ran, in seconds.
    pub about_session: Option<u32>,
    /// Whether what was typed is on the disk.
    pub saved: Saved,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// What went wrong.
    pub fault: Option<DeskFault>,
}

/// Customers, and one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CustomersPage {
    /// What is searched for, as typed.
    pub words: String,
    /// Who was found.
    pub found: Vec<CustomerCard>,
    /// The one that is open.
    pub open: Option<OneCustomer>,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// What went wrong.
    pub fault: Option<DeskFault>,
}

/// One customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OneCustomer {
    /// Who.
    pub customer: CustomerCard,
    /// Their people.
    pub contacts: Vec<ContactCard>,
    /// Their latest tickets.
    pub tickets: Vec<QueueRow>,
}
