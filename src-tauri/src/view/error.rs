//! What can go wrong, as far as a person is told something different for it.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Why something did not work. The page has a sentence for each: what happened, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ErrorCode {
    /// The digits don't fit together; nothing was sent.
    NumberWrong,
    /// The relay knows no such number: unknown, used, expired or throttled, all the same.
    NumberRefused,
    /// The number that was shown is too old; nobody used it.
    NumberExpired,
    /// The relay has no number free at the moment.
    NoNumberFree,
    /// The relay does not answer.
    RelayUnreachable,
    /// Something answers at this domain, but no relay.
    NoRelayThere,
    /// What answers can't prove to be this domain.
    RelayCertificate,
    /// The domain's key is not the one that this computer knows.
    DomainKeyChanged,
    /// The clock of this computer is wrong, so nothing can be checked.
    ClockWrong,
    /// The two ends don't hold the same number: possibly somebody in between.
    ConfirmationFailed,
    /// Three failed confirmations: stopped for this domain until the customer says otherwise.
    DomainStopped,
    /// The technician could not prove who they are.
    TechnicianNotProven,
    /// Login or password is wrong, or the technician is disabled.
    SignInRefused,
    /// The technician's certificate is too old: sign in again.
    SignInExpired,
    /// The customer said no.
    CustomerRefused,
    /// The customer gave no answer.
    CustomerDidNotAnswer,
    /// The network broke before there was a session.
    NetworkLost,
    /// The other end went before there was a session.
    PeerGone,
    /// The two programs are too far apart in age.
    VersionMismatch,
    /// The process that shows the screen could not start or died.
    WorkerCrashed,
    /// The panel can't be shown, so there is no session.
    PanelLost,
    /// This desktop does not let a program see the screen.
    ScreenUnavailable,
    /// What was typed is no domain.
    DomainInvalid,
    /// There is no keyring, so nobody can stay signed in.
    KeyringMissing,
    /// The keyring is locked and did not open.
    KeyringLocked,
    /// Another program has this hotkey, or the desktop allows none.
    HotkeyUnavailable,
    /// Only a real click widens a permission.
    NeedsHardware,
    /// The window that was chosen was closed in the meantime.
    SourceGone,
    /// Asked for again too soon.
    AskedTooSoon,
    /// Something could not be saved on this computer.
    NotSaved,
    /// The request does not fit what is going on.
    NotNow,
    /// A mistake in the program.
    Internal,
}

/// Why a command was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, thiserror::Error)]
#[error("{message}")]
#[serde(rename_all = "camelCase")]
pub struct CommandError {
    /// What the page acts on.
    pub code: ErrorCode,
    /// For a developer, behind *details*; never matched on, never a secret.
    pub message: String,
}
