//! What several windows show.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// Deutsch.
    #[default]
    German,
    /// English.
    English,
}

/// A support company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    /// The checked fact.
    pub domain: String,
    /// What the domain calls itself; unknown before the first contact.
    pub name: Option<String>,
}

/// Who is at the other end, from a verified certificate and never from free text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// The checked fact.
    pub domain: String,
    /// The technician's name, as the domain states.
    pub name: String,
    /// The company's name, as the domain states.
    pub company: String,
}

/// Something that the customer can allow. The same as `beistand_protocol::permission::Permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Permission {
    /// See the chosen screen or window.
    SeeScreen,
    /// Move an own pointer and draw over the picture.
    Point,
    /// Control mouse and keyboard.
    Control,
    /// Read the customer's clipboard.
    ClipboardToTechnician,
    /// Write the customer's clipboard.
    ClipboardFromTechnician,
    /// Send files to the technician.
    SendFiles,
    /// Receive files from the technician.
    ReceiveFiles,
    /// Read facts about the computer.
    SystemInformation,
    /// Record the session.
    Recording,
    /// Come back after the computer was restarted.
    ReconnectAfterRestart,
}

impl From<beistand_protocol::permission::Permission> for Permission {
    fn from(permission: beistand_protocol::permission::Permission) -> Self {
        use beistand_protocol::permission::Permission as Real;
        match permission {
            Real::SeeScreen => Self::SeeScreen,
            Real::Point => Self::Point,
            Real::Control => Self::Control,
            Real::ClipboardToTechnician => Self::ClipboardToTechnician,
            Real::ClipboardFromTechnician => Self::ClipboardFromTechnician,
            Real::SendFiles => Self::SendFiles,
            Real::ReceiveFiles => Self::ReceiveFiles,
            Real::SystemInformation => Self::SystemInformation,
            Real::Recording => Self::Recording,
            Real::ReconnectAfterRestart => Self::ReconnectAfterRestart,
        }
    }
}

impl From<Permission> for beistand_protocol::permission::Permission {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::SeeScreen => Self::SeeScreen,
            Permission::Point => Self::Point,
            Permission::Control => Self::Control,
            Permission::ClipboardToTechnician => Self::ClipboardToTechnician,
            Permission::ClipboardFromTechnician => Self::ClipboardFromTechnician,
            Permission::SendFiles => Self::SendFiles,
            Permission::ReceiveFiles => Self::ReceiveFiles,
            Permission::SystemInformation => Self::SystemInformation,
            Permission::Recording => Self::Recording,
            Permission::ReconnectAfterRestart => Self::ReconnectAfterRestart,
        }
    }
}

/// How a permission is set. The same as `beistand_protocol::permission::Setting`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Setting {
    /// Refused without a question.
    Off,
    /// Refused until the technician asks and the customer says yes.
    Ask,
    /// Allowed now.
    On,
}

impl From<beistand_protocol::permission::Setting> for Setting {
    fn from(setting: beistand_protocol::permission::Setting) -> Self {
        use beistand_protocol::permission::Setting as Real;
        match setting {
            Real::Off => Self::Off,
            Real::Ask => Self::Ask,
            Real::On => Self::On,
        }
    }
}

impl From<Setting> for beistand_protocol::permission::Setting {
    fn from(setting: Setting) -> Self {
        match setting {
            Setting::Off => Self::Off,
            Setting::Ask => Self::Ask,
            Setting::On => Self::On,
        }
    }
}

/// Why nothing is seen or controlled at the moment, though the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PauseReason {
    /// The network broke; both ends try to find each other again.
    Network,
    /// The panel can't be seen, so nothing is shown to the technician either.
    PanelNotSeen,
    /// A question waits for the customer's answer.
    Question,
    /// The customer moves the mouse or types.
    CustomerInput,
    /// The screen is locked.
    ScreenLocked,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    /// The customer pressed NOTAUS.
    EmergencyStop,
    /// The customer said no, or closed the window, before anything was shown.
    CustomerRefused,
    /// The customer gave no answer in time.
    CustomerDidNotAnswer,
    /// The customer ended or cancelled.
    CustomerEnded,
    /// The technician ended it.
    TechnicianEnded,
    /// The technician's access was withdrawn.
    TechnicianDisabled,
    /// The network stayed broken for too long.
    NetworkLost,
    /// The other end went without a word.
    PeerGone,
    /// The other end said something that makes no sense; it may be somebody else.
    PeerMisbehaved,
    /// The panel could not be seen any more.
    PanelLost,
    /// The process that shows the screen died.
    WorkerCrashed,
    /// The screen could not be captured any more.
    ScreenFailed,
    /// The computer slept, was locked or changed its user.
    Away,
    /// The longest time for one session is over.
    TimeLimit,
    /// The relay closed down.
    RelayStopped,
}

/// A corner of the screen, to move the panel by keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Corner {
    /// Top left.
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    BottomLeft,
    /// Bottom right.
    BottomRight,
}
