//! What the technician's viewer shows.

use crate::view::{EndReason, Language, PauseReason, Permission, SpecialKey};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What the viewer shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct ViewerView {
    /// The language of every text.
    pub language: Language,
    /// The screen.
    pub screen: ViewerScreen,
}

/// The screens of the viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ViewerScreen {
    /// There is no session; the window is hidden, or about to be shown.
    Idle,
    /// A session.
    Running {
        /// Where the picture comes from, with a slash at the end: `beistand-picture://localhost/`.
        picture_url: String,
        /// The picture's width; 0 before the first picture.
        width_px: u32,
        /// The picture's height.
        height_px: u32,
        /// How long it has run.
        elapsed_seconds: u32,
        /// All ten, in order.
        permissions: Vec<ViewerPermission>,
        /// What the customer shows; nothing before their end has said so.
        showing: Option<Showing>,
        /// How good the line is.
        line: Line,
        /// Why nothing moves at the moment.
        paused: Option<PauseReason>,
        /// How long the customer's computer may take to come back, while the line is broken.
        comes_back_seconds: Option<u32>,
        /// What was not let through lately.
        dropped: Option<Dropped>,
        /// What became of the special key that was sent last.
        special: Option<SpecialReport>,
        /// Whether every key goes to the customer's computer.
        grab: Grab,
    },
    /// It is over.
    Ended {
        /// Why.
        end: EndReason,
        /// How long it ran.
        duration_seconds: u32,
    },
}

/// What the customer shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Showing {
    /// What it is.
    pub what: ShownSource,
    /// How many monitors the customer has.
    pub monitors: u32,
    /// How the last wish for something else stands.
    pub wish: WishState,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ShownSource {
    /// One monitor.
    Monitor {
        /// Which, counted from 1.
        number: u32,
    },
    /// Every monitor.
    All,
    /// One window alone.
    Window {
        /// Whether it can't be seen at the moment, so that the picture stands still.
        away: bool,
    },
}

/// What a technician may ask to see instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WishedSource {
    /// One monitor.
    Monitor {
        /// Which, counted from 1.
        number: u32,
    },
    /// Every monitor.
    All,
}

/// How a wish to see something else stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WishState {
    /// There is none.
    None,
    /// The customer is being asked.
    Pending,
    /// The customer said no, or nothing.
    Refused {
        /// When it can be asked again; 0 is now.
        retry_seconds: u32,
    },
}

/// One permission, as the technician sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ViewerPermission {
    /// Which.
    pub permission: Permission,
    /// How it stands.
    pub state: PermissionState,
}

/// How a permission stands, as the technician sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PermissionState {
    /// This version can't do it, on one end at least.
    NotOffered,
    /// Allowed now.
    Allowed,
    /// Not allowed; can be asked for.
    NotAllowed,
    /// The customer wants no question about it.
    Off,
    /// The customer is being asked.
    Pending,
    /// The customer said no, or nothing.
    Refused {
        /// When it can be asked for again; 0 is now.
        retry_seconds: u32,
    },
}

/// The line, as it was lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Round trip to the customer and back; none before the first.
    pub round_trip_ms: Option<u32>,
    /// Kilobytes a second that came.
    pub kilobytes_per_second: u32,
    /// Whether the picture is exact, or still sharpening.
    pub exact: bool,
}

/// Input that did not reach the customer's programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Dropped {
    /// Why.
    pub reason: DropReason,
    /// How many events in a row.
    pub count: u32,
}

/// Why input did not reach the customer's programs. The same as `beistand_protocol::input::Dropped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DropReason {
    /// Control is not allowed.
    NoConsent,
    /// The customer moves the mouse or types.
    CustomerActs,
    /// A window of Beistand is there.
    OwnWindow,
    /// A question is open, or the session stands still.
    Paused,
    /// The customer's keyboard has no such key.
    NotMapped,
    /// More came at once than can be carried out.
    TooMuch,
    /// It made no sense.
    Invalid,
    /// One window is shown, and another one lies there or has the keyboard.
    OtherWindow,
}

impl From<beistand_protocol::input::Dropped> for DropReason {
    fn from(dropped: beistand_protocol::input::Dropped) -> Self {
        use beistand_protocol::input::Dropped as Real;
        match dropped {
            Real::NoConsent => Self::NoConsent,
            Real::CustomerActs => Self::CustomerActs,
            Real::OwnWindow => Self::OwnWindow,
            Real::Paused => Self::Paused,
            Real::NotMapped => Self::NotMapped,
            Real::TooMuch => Self::TooMuch,
            Real::Invalid => Self::Invalid,
            Real::OtherWindow => Self::OtherWindow,
        }
    }
}

/// A special key that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SpecialReport {
    /// Which.
    pub key: SpecialKey,
    /// What became of it.
    pub fate: SpecialFate,
}

/// What became of a special key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SpecialFate {
    /// It is on its way.
    Sent,
    /// The customer's computer has taken it.
    Delivered,
    /// It was not carried out.
    Dropped {
        /// Why.
        reason: DropReason,
    },
    /// Nothing was heard of it in time.
    NoAnswer,
}

/// Whether the viewer has the technician's whole keyboard, also the keys that the desktop uses itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Grab {
    /// It has not.
    #[default]
    Off,
    /// It has, as long as its window is in front.
    On,
    /// Another program has it at the moment.
    Refused,
    /// This system gives it to nobody.
    NotPossible,
}

/// Where the customer's cursor is, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct CursorMoved {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// Whether it is on the picture and drawn at all.
    pub visible: bool,
}

/// What the customer's cursor looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct CursorShape {
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// The point that points, from the left.
    pub hotspot_x: u32,
    /// The point that points, from the top.
    pub hotspot_y: u32,
    /// Straight-alpha RGBA, top row first, in base64.
    pub rgba: String,
}
