//! What a technician asks of the desk. Whether it may be done is the desk's to say.

use super::{FieldValues, FileBytes, QueueAsk};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What a technician asks of the desk. Whether anything comes of it shows in the next model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TechnicianDeskAsk {
    /// Open the queue.
    Queue,
    /// Ask it for something else.
    Ask {
        /// For what.
        ask: QueueAsk,
    },
    /// Show more of it.
    More,
    /// Look up an Eingangsnummer.
    LookUp {
        /// As it was read out.
        receipt: String,
    },
    /// The customer has confirmed the held form that was looked up.
    ReleaseHeld {
        /// Who, and how they were reached.
        confirmed_by: String,
    },
    /// The customer knows nothing of it.
    DiscardHeld {
        /// Who said so, and how they were reached.
        reason: String,
    },
    /// A task is done.
    TaskDone {
        /// Which.
        id: String,
    },
    /// Open a ticket, by its number as typed.
    Open {
        /// Which.
        number: String,
    },
    /// Read again what is shown.
    Refresh,
    /// Do something with the ticket that is open.
    Act {
        /// What.
        act: CaseAct,
    },
    /// Keep what is half written for a ticket. While it is open, others see that somebody writes.
    Write {
        /// For which ticket: it may not be open any more.
        number: String,
        /// What it is to become.
        what: CaseText,
        /// As typed.
        text: String,
    },
    /// Let a file go with what is written for a ticket.
    Attach {
        /// For which ticket.
        number: String,
        /// With which text.
        what: CaseText,
        /// Its name.
        name: String,
        /// Its bytes.
        bytes: FileBytes,
    },
    /// Take it away again.
    Detach {
        /// For which ticket.
        number: String,
        /// From which text.
        what: CaseText,
        /// Which.
        id: String,
    },
    /// Send what is known of sessions and not in their tickets yet.
    SendRecords,
    /// I have seen what somebody else did in the meantime.
    SeenConflict,
    /// Save a file of the ticket that is open.
    SaveFile {
        /// Which.
        id: String,
    },
    /// Start a session from the ticket that is open.
    StartSession,
    /// A ticket on the phone.
    Phone,
    /// A ticket about the session that just ended.
    AboutSession,
    /// Search for who calls.
    PhoneSearch {
        /// As typed.
        words: String,
    },
    /// That customer calls.
    PhoneCustomer {
        /// Their number.
        number: String,
    },
    /// That person of them.
    PhoneContact {
        /// Which; none if they are not on file.
        id: Option<String>,
    },
    /// What was typed so far.
    PhoneSave {
        /// All of it.
        values: FieldValues,
    },
    /// Take it back: nothing of it is kept.
    PhoneDiscard,
    /// File it.
    PhoneFile {
        /// All of it.
        values: FieldValues,
        /// Whether I take it at once.
        take: bool,
    },
    /// Open the customers, or search them.
    Customers {
        /// As typed.
        words: String,
    },
    /// Open one.
    Customer {
        /// Their number.
        number: String,
    },
    /// I have seen what went wrong.
    DismissFault,
}

/// What a technician does with a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CaseAct {
    /// Sends what was written.
    Write {
        /// What it is.
        what: CaseText,
        /// As typed.
        text: String,
        /// Whether it waits for the customer then; for an answer.
        then_wait: bool,
    },
    /// Takes it.
    Take,
    /// Gives it to somebody, or to nobody.
    Assign {
        /// To whom.
        to: Option<u32>,
    },
    /// Lets it wait for the customer.
    WaitForCustomer {
        /// Why.
        reason: String,
    },
    /// Lets it wait for the vendor.
    WaitForVendor {
        /// Why.
        reason: String,
    },
    /// Schedules it.
    Schedule {
        /// For when, as `2027-03-31`.
        on: String,
        /// What is agreed.
        reason: String,
    },
    /// Goes on with it.
    Resume,
    /// Closes it.
    Close,
    /// Says how bad it is.
    Severity {
        /// How bad.
        severity: u8,
        /// Why.
        reason: String,
    },
    /// Says who at the customer's may see it.
    Visibility {
        /// Only its requester.
        confidential: bool,
    },
    /// Joins it to another.
    Merge {
        /// To which, as typed.
        into: String,
    },
    /// Parts it again.
    Unmerge,
    /// Says that another has to do with it.
    Link {
        /// Which, as typed.
        other: String,
    },
    /// Says that another has nothing to do with it after all.
    Unlink {
        /// Which.
        other: String,
    },
    /// Logs time.
    Time {
        /// How many minutes.
        minutes: u16,
        /// On what.
        spent_on: TimeSpent,
        /// Whether the customer pays for it.
        billable: bool,
        /// What was done.
        text: String,
        /// The session for which it is.
        session: Option<String>,
    },
}

/// What a technician writes for a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CaseText {
    /// To the customer, who gets it by mail.
    Answer,
    /// For technicians only.
    Note,
    /// How it was solved. Files don't go with it.
    Resolution,
}

/// What time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TimeSpent {
    /// On the phone.
    Phone,
    /// In a session.
    Remote,
    /// At the customer's.
    Onsite,
    /// At the desk.
    Desk,
}
