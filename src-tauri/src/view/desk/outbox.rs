//! What waits on this computer, and what has gone out.

use super::{DeskFault, RefusedFile, RequestKind};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A request that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DraftLine {
    /// For `desk_open_draft` and `desk_discard`.
    pub id: String,
    /// Its kind, once it is chosen.
    pub request: Option<RequestKind>,
    /// Its first words, if there are any.
    pub words: String,
    /// When it was last changed.
    pub changed_at: String,
}

/// Something that is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// For `desk_retry`, `desk_recall` and `desk_give_pin`.
    pub id: String,
    /// What it is.
    pub what: WaitingWhat,
    /// Its first words.
    pub words: String,
    /// When it was sent off.
    pub since: String,
    /// How it stands.
    pub state: WaitingState,
}

/// What is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WaitingWhat {
    /// A request.
    Request {
        /// Its kind.
        request: RequestKind,
    },
    /// A message on a ticket.
    Comment {
        /// Of this ticket.
        number: String,
    },
}

/// How something that is on its way stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WaitingState {
    /// It is being sent.
    Sending {
        /// How much has gone out.
        percent: u32,
    },
    /// It goes out by itself as soon as that works.
    Waits {
        /// What was in the way the last time.
        fault: DeskFault,
        /// When it is tried again.
        again_seconds: u32,
    },
    /// It can't go out before the PIN is typed again.
    NeedsPin {
        /// What the keyring said.
        fault: Option<DeskFault>,
    },
    /// It can't go out before the app is linked again.
    NeedsLink,
    /// An earlier version of it arrived already: this one is sent as a new one, or not at all.
    AlreadySent,
}

/// Something that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SentItem {
    /// For `desk_open_sent`, `desk_copy_sent` and `desk_discard`.
    pub id: String,
    /// What it is.
    pub what: WaitingWhat,
    /// Its first words.
    pub words: String,
    /// When it arrived.
    pub at: String,
    /// What it is known by.
    pub by: SentBy,
    /// For a new person: whether all is ready on the first day for certain.
    pub start_guaranteed: Option<bool>,
    /// The earliest start date that could be guaranteed.
    pub earliest_start: Option<String>,
    /// Files that the desk did not take.
    pub refused: Vec<RefusedFile>,
}

/// What something that arrived is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SentBy {
    /// With a PIN: twelve digits, whether or not the PIN was right.
    Receipt {
        /// In groups of four.
        receipt: String,
    },
    /// With a linked app: the ticket.
    Ticket {
        /// Such as `T-1234-5671`.
        number: String,
        /// The closed ticket that it follows, if the message was for that one.
        follow_up_of: Option<String>,
    },
}
