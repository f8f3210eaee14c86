//! What the customer's screens show before and after a session.

use crate::view::{SpokenNumber, Who};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Who called whom?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Caller {
    /// The customer called: goes on.
    Me,
    /// They called: what a scam looks like.
    Them,
}

/// How a domain that is new to this computer came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DomainSource {
    /// Typed.
    Typed,
    /// By a link.
    Link,
    /// From `beistand.toml` beside the program.
    File,
}

/// The answer to *Who gave you this address?*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DomainAnswer {
    /// I know it from my company, a contract or a letter: goes on.
    KnownToMe,
    /// Somebody I called told me: goes on.
    SomebodyICalled,
    /// Somebody who called or wrote to me: leads to the page on scams.
    SomebodyWhoCalledMe,
    /// I don't know: back.
    NotSure,
}

/// A number to read out. Sent again when it was extended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OfferedNumber {
    /// In groups of three.
    pub number: SpokenNumber,
    /// How long it is good for.
    pub remaining_seconds: u32,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ConnectStep {
    /// Reaching the relay.
    Reaching,
    /// Waiting for the other end.
    Waiting,
    /// Checking that both ends hold the same number, and who it is.
    Checking,
}

/// Who is there, before anything is shown to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WhoIsIt {
    /// Who it is.
    pub who: Who,
    /// Four digits that both see, once they are there.
    pub digits: Option<String>,
    /// What can be shown; the first is the suggestion.
    pub sources: Vec<ShareSource>,
    /// No answer until then is *no*.
    pub remaining_seconds: u32,
}

/// A screen or a window that can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ShareSource {
    /// For `choose`.
    pub id: String,
    /// What it is.
    pub kind: SourceKind,
    /// Which of the monitors it is, counted from 1; 0 for anything else.
    pub number: u32,
    /// What the system calls a monitor, such as `HDMI-1`, or what stands above a window.
    pub name: String,
    /// Which program a window is of, as that calls itself.
    pub program: String,
    /// Its width.
    pub width_px: u32,
    /// Its height.
    pub height_px: u32,
}

/// What can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SourceKind {
    /// All monitors together.
    WholeDesktop,
    /// One monitor, and it is the main one.
    PrimaryMonitor,
    /// One monitor.
    Monitor,
    /// One window.
    Window,
    /// One window that belongs to another.
    Dialog,
    /// One window that can't be seen at the moment.
    HiddenWindow,
}

/// What `try_again` would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TryAgain {
    /// Nothing helps: only back to the first screen.
    No,
    /// The same once more.
    Same,
    /// Type another number.
    OtherNumber,
    /// Get a new number to read out.
    NewNumber,
    /// Change the domain.
    OtherDomain,
    /// Allow this domain again (`lift_stop`).
    LiftStop,
    /// Sign in again.
    SignIn,
}

/// What can be set, and what is stored here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Whether the support company's domain can be changed here; it can't while a file beside the program says it.
    pub domain_fixed: bool,
    /// The hotkey of NOTAUS, such as `Ctrl+Alt+Shift+F12`.
    pub hotkey: String,
    /// Whether it is in force.
    pub hotkey_works: bool,
    /// Works with an on-screen keyboard or by voice, so a click that is not from hardware counts as theirs.
    pub assistive_input: bool,
    /// What Beistand keeps on this computer.
    pub stored: Vec<Stored>,
    /// Version and where to find the licences.
    pub version: String,
}

/// One kind of thing that Beistand keeps on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// What it is.
    pub kind: StoredKind,
    /// How many there are.
    pub count: u32,
    /// Where.
    pub place: String,
}

/// What Beistand keeps on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum StoredKind {
    /// Language, hotkey, domain.
    Settings,
    /// Domains that were confirmed here, with their keys.
    KnownDomains,
    /// Receipts.
    Receipts,
    /// Requests and messages that were begun or wait to be sent, with their files.
    Drafts,
    /// What was sent in the last days.
    SentTickets,
    /// The account at the desk; its token is in the keyring.
    LinkedAccount,
    /// What technicians have half written for tickets, and records of sessions on their way there.
    TechnicianWork,
    /// A technician's key and sign-in, in the keyring.
    SignIn,
}
