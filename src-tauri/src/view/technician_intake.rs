//! What became of a form with a PIN, what a technician decides on one that is held, and what the desk asks to be done.

use super::{AttachmentLine, ContactCard, CustomerCard, DeskFault, FilledField, RequestKind};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What the desk asks somebody to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TaskLine {
    /// Which.
    pub id: String,
    /// What.
    pub task: DeskTask,
    /// About which ticket, if there is one.
    pub number: Option<String>,
    /// About which form with a PIN, if it is about one.
    pub receipt: Option<String>,
    /// Whose.
    pub customer: String,
    /// Whom to call.
    pub contact: String,
    /// Where.
    pub phone: String,
    /// Since when.
    pub since: String,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DeskTask {
    /// A mail could not be delivered.
    MailFailed,
    /// A confirmation is late.
    ConfirmationLate,
    /// A call-back was asked for.
    CallBack,
    /// A form is held until the customer has confirmed it.
    HeldForm,
}

/// What became of a form that came with customer number and PIN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LookupAnswer {
    /// The number that was read out.
    pub receipt: String,
    /// When the form came; `None` if it is not known, or no longer.
    pub at: Option<String>,
    /// What became of it.
    pub outcome: LookupOutcome,
    /// The ticket that it became.
    pub ticket: Option<String>,
    /// What is to be decided on, while it is held.
    pub held: Option<HeldCard>,
    /// What a technician decided.
    pub decision: Option<LookupDecision>,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// What went wrong.
    pub fault: Option<DeskFault>,
}

/// What became of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LookupOutcome {
    /// A ticket.
    Created,
    /// It is being worked on.
    Pending,
    /// Customer number and PIN did not belong together.
    WrongPair,
    /// It waits until the customer has confirmed it.
    Held,
    /// It was held, and the customer knew nothing of it.
    Discarded,
    /// There were too many attempts.
    Throttled,
    /// Nobody knows it, or no longer.
    Unknown,
    /// It is no such number.
    NotANumber,
}

/// A form that is held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeldCard {
    /// Whose number and PIN it came with.
    pub customer: Option<CustomerCard>,
    /// Who is on file there, main contacts first.
    pub contacts: Vec<ContactCard>,
    /// What it would become; `None` if nobody can read it any more.
    pub form: Option<HeldFields>,
}

/// What a held form would become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeldFields {
    /// The ticket's title.
    pub title: String,
    /// Its type.
    pub request: RequestKind,
    /// What was filled in.
    pub fields: Vec<FilledField>,
    /// The files that came with it.
    pub files: Vec<AttachmentLine>,
}

/// What a technician decided on a form that was held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LookupDecision {
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// Who confirmed it, or why it was discarded.
    pub text: String,
}
