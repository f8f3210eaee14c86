//! The page of one ticket: what is in it is in `technician_desk.rs`, here is what happens to it on this computer.

use super::{CaseDetails, CaseEntry, ChosenFile, DeskFault, RefusedFile, Saved};
use serde::{Deserialize, Serialize};
use specta::Type;

/// One ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its number.
    pub number: String,
    /// All of it, once it is there.
    pub details: Option<CaseDetails>,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// What went wrong.
    pub fault: Option<DeskFault>,
    /// Somebody else was quicker.
    pub conflict: Option<CaseConflict>,
    /// Who else has it open.
    pub others: Vec<CaseOther>,
    /// Counts what was done: the page closes its form when it grows.
    pub done: u32,
    /// An answer that is half written.
    pub answer: CaseDraft,
    /// A note that is half written.
    pub note: CaseDraft,
    /// How it was solved, half written.
    pub resolution: CaseDraft,
    /// What was done last, if it can be undone at once.
    pub undo: Option<CaseUndo>,
}

/// Something that is written for a ticket. It is on this computer until it was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseDraft {
    /// As typed.
    pub text: String,
    /// Files that go with it.
    pub attachments: Vec<ChosenFile>,
    /// Files that were not taken, with the reason.
    pub refused: Vec<RefusedFile>,
    /// Whether it is on the disk.
    pub saved: Saved,
    /// How much of its files has gone out, in percent, while it is being sent.
    pub sending: Option<u32>,
}

/// What can be undone at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CaseUndo {
    /// It was linked with another.
    Linked {
        /// With which.
        other: String,
    },
    /// A link was taken away.
    Unlinked {
        /// With which.
        other: String,
    },
}

/// Somebody else changed the ticket before what was written here arrived. Nothing is overwritten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseConflict {
    /// What was written here and has not been sent; empty if it was no text.
    pub mine: String,
    /// What came in the meantime.
    pub theirs: Vec<CaseEntry>,
}

/// Somebody who has a ticket open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseOther {
    /// Their name.
    pub name: String,
    /// Whether they write.
    pub writing: bool,
}
