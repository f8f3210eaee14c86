//! What the customer's permission panel shows.

use crate::view::{EndReason, ErrorCode, Language, PauseReason, Permission, Setting, ShareSource, Who};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Distance of the mark from the panel's left and top edges, in CSS pixels.
pub const MARK_OFFSET_CSS_PX: u32 = 4;
/// Width and height of each of the mark's two squares, in CSS pixels; the second stands right of the first.
pub const MARK_SIDE_CSS_PX: u32 = 10;

/// What the panel shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct PanelView {
    /// The language of every text.
    pub language: Language,
    /// The screen.
    pub screen: PanelScreen,
}

/// The screens of the panel.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it goes straight to the page")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PanelScreen {
    /// There is no session; the window is hidden, or about to be shown.
    Idle,
    /// A session.
    Running {
        /// Who sees.
        who: Who,
        /// How long it has run.
        elapsed_seconds: u32,
        /// All ten, in order.
        permissions: Vec<PanelPermission>,
        /// What is shown; nothing if it is gone, until something else is chosen.
        shown: Option<ShareSource>,
        /// Whether the window that is shown can't be seen at the moment, so that its picture stands still.
        stands_still: bool,
        /// What could be shown.
        sources: Vec<ShareSource>,
        /// The technician's wish for another screen, that waits for an answer.
        wish: Option<Wish>,
        /// What the technician does at the moment; empty if nothing.
        activity: Vec<Activity>,
        /// The question that waits for an answer.
        question: Option<Question>,
        /// Why nothing is sent at the moment.
        paused: Option<PauseReason>,
        /// How long the technician may take to come back, while the line is broken.
        comes_back_seconds: Option<u32>,
        /// The longest time is over: so long the question stands whether the session goes on.
        asks_to_go_on_seconds: Option<u32>,
        /// Why the last click did nothing.
        notice: Option<ErrorCode>,
        /// The hotkey of NOTAUS; none if it is not in force.
        hotkey: Option<String>,
        /// The hotkey that leads here; none if it is not in force.
        panel_hotkey: Option<String>,
    },
    /// It is over.
    Ended {
        /// Why.
        end: EndReason,
    },
}

/// One permission on the panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PanelPermission {
    /// Which.
    pub permission: Permission,
    /// Whether this version can do it.
    pub offered: bool,
    /// How it is set.
    pub setting: Setting,
    /// Whether it is used right now.
    pub in_use: bool,
}

/// What the technician does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Activity {
    /// Moves or clicks the mouse.
    Mouse,
    /// Types.
    Keyboard,
}

/// A question of the technician.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// For `answer`.
    pub id: u32,
    /// What they ask for.
    pub permission: Permission,
    /// Why, in their words, as plain text.
    pub reason: String,
    /// No answer until then is *no*.
    pub remaining_seconds: u32,
}

/// A wish of the technician to see something else. The yes to it is `show_source`, the no `answer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// For `answer`.
    pub id: u32,
    /// What they wish to see; nothing if it is not there any more.
    pub source: Option<ShareSource>,
    /// Why, in their words, as plain text.
    pub reason: String,
    /// No answer until then is *no*.
    pub remaining_seconds: u32,
}

/// Two colours for the corner of the panel, by which the guardian knows that the panel is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// For `mark_painted`.
    pub serial: u32,
    /// The left square, 0xRRGGBB.
    pub left: u32,
    /// The right square, 0xRRGGBB.
    pub right: u32,
}
