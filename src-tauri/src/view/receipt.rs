//! What a receipt shows: who, when, how long, what was allowed and used, how it ended.

use crate::view::{EndReason, Permission, Who};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The record of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// For `open_receipt` and its like.
    pub id: String,
    /// Who saw.
    pub who: Who,
    /// When it began, RFC 3339 with the customer's offset.
    pub started_at: String,
    /// When it ended, RFC 3339 with the customer's offset.
    pub ended_at: String,
    /// How long it ran.
    pub duration_seconds: u32,
    /// What was shown, such as `HDMI-1, 1920 × 1080`; none if nothing was.
    pub shown: Option<String>,
    /// The four digits that both saw.
    pub digits: Option<String>,
    /// Each permission that was asked for or allowed.
    pub permissions: Vec<ReceiptPermission>,
    /// What happened, in order.
    pub events: Vec<ReceiptEvent>,
    /// Each file that went either way.
    pub files: Vec<ReceiptFile>,
    /// Why it ended.
    pub end: EndReason,
    /// Whether clicks that are not from hardware counted as the customer's.
    pub assistive_input: bool,
    /// Inputs that were not carried out because they were aimed at Beistand's own windows.
    pub kept_off_our_windows: u32,
    /// Inputs that were not carried out because they would have reached another window than the one shown.
    pub kept_off_other_windows: u32,
    /// How many of the things that happened found no place in `events`.
    pub events_left_out: u32,
    /// What was found on this computer after the end.
    pub after: AfterCheck,
    /// Where it is saved; none if it could not be.
    pub saved_as: Option<String>,
}

/// What became of one permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptPermission {
    /// Which.
    pub permission: Permission,
    /// How often the technician asked.
    pub asked: u32,
    /// How often the customer said yes.
    pub allowed: u32,
    /// How long it was on in all.
    pub on_seconds: u32,
    /// Whether it was used.
    pub used: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptEvent {
    /// How long after the beginning.
    pub at_seconds: u32,
    /// What.
    pub what: ReceiptWhat,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ReceiptWhat {
    /// The technician asked.
    Asked {
        /// For what.
        permission: Permission,
        /// In their words, as plain text.
        reason: String,
    },
    /// The customer allowed.
    Allowed {
        /// What.
        permission: Permission,
    },
    /// The customer said no.
    Refused {
        /// To what.
        permission: Permission,
    },
    /// No answer, which is a no.
    NoAnswer {
        /// To what.
        permission: Permission,
    },
    /// The customer took it back.
    TakenBack {
        /// What.
        permission: Permission,
    },
    /// It went off because its time was over.
    RanOut {
        /// What.
        permission: Permission,
    },
    /// It went off because the line broke.
    EndedWithLine {
        /// What.
        permission: Permission,
    },
    /// The line broke; nothing was shown or done.
    LineBroke,
    /// The line was back.
    LineBack,
    /// The longest time was over, and the customer wanted it to go on.
    Prolonged,
    /// The technician made use of it, from this moment on.
    Used {
        /// Of what.
        permission: Permission,
        /// How long, short pauses counted in.
        seconds: u32,
    },
    /// Nothing was shown for a while.
    Paused,
    /// It went on.
    WentOn,
    /// It went off because what was shown was closed or unplugged.
    SourceGone {
        /// What.
        permission: Permission,
    },
    /// It went off because it was for one window, and something else was shown.
    OtherSource {
        /// What.
        permission: Permission,
    },
    /// Something else was shown from this moment on.
    Shown {
        /// In words.
        source: String,
    },
    /// The technician asked to see another screen.
    AskedToShow {
        /// In their words, as plain text.
        reason: String,
    },
    /// The customer kept to what was shown.
    NotShown,
}

/// A file that went either way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptFile {
    /// Its name.
    pub name: String,
    /// Whether it came from the technician.
    pub received: bool,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// What was looked for on this computer after the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AfterCheck {
    /// Whether no process, listener, autostart or key of the session was found.
    pub nothing_left: bool,
    /// Keys and buttons that were held and have been released.
    pub released_keys: u32,
    /// Keys and buttons that could not be released: pressing each once helps.
    pub held_keys: u32,
    /// Other programs for remote access that run now.
    pub other_remote_tools: Vec<String>,
}

/// A receipt in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptLine {
    /// For `open_receipt`.
    pub id: String,
    /// Who saw.
    pub who: Who,
    /// When it began, RFC 3339 with the customer's offset.
    pub started_at: String,
    /// How long it ran.
    pub duration_seconds: u32,
    /// Why it ended.
    pub end: EndReason,
}
