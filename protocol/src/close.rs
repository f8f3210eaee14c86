//! Why a session ended, as both ends say it.

use serde::{Deserialize, Serialize};

/// Why a session, or the attempt at one, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CloseReason {
    /// The customer pressed NOTAUS.
    Stopped,
    /// The customer ended or cancelled.
    EndedByCustomer,
    /// The technician ended or cancelled.
    EndedByTechnician,
    /// The customer said no to who was there.
    Refused,
    /// The customer gave no answer, which means no.
    ConsentTimedOut,
    /// The number is unknown, used, expired or throttled; the relay doesn't say which.
    NumberNotFound,
    /// Nobody came before the number's time was over.
    NumberExpired,
    /// The two ends do not know the same secret: possibly an interception.
    ConfirmationFailed,
    /// The technician's certificate or signature is not of this domain.
    IdentityRefused,
    /// The technician's certificate is not valid at this time: one of the clocks is wrong.
    IdentityNotValidNow,
    /// The ends' versions have nothing in common.
    VersionMismatch,
    /// The network broke.
    NetworkLost,
    /// The other end went away without a word.
    PeerGone,
    /// The other end broke the protocol.
    PeerMisbehaved,
    /// The relay is being stopped.
    RelayStopping,
    /// The technician's account was disabled.
    TechnicianDisabled,
    /// The panel could not be shown: no panel, no session.
    PanelLost,
    /// The worker died or did not obey.
    WorkerFailed,
    /// The screen could not be captured.
    ScreenFailed,
    /// The longest time for a session is over, and the customer did not want it to go on.
    TimeIsUp,
}

impl CloseReason {
    /// Whether a line that ends for this reason is only broken: the session can go on over another one.
    pub const fn is_broken_line(self) -> bool {
        match self {
            Self::NetworkLost | Self::PeerGone | Self::RelayStopping => true,
            Self::Stopped
            | Self::EndedByCustomer
            | Self::EndedByTechnician
            | Self::Refused
            | Self::ConsentTimedOut
            | Self::NumberNotFound
            | Self::NumberExpired
            | Self::ConfirmationFailed
            | Self::IdentityRefused
            | Self::IdentityNotValidNow
            | Self::VersionMismatch
            | Self::PeerMisbehaved
            | Self::TechnicianDisabled
            | Self::PanelLost
            | Self::WorkerFailed
            | Self::ScreenFailed
            | Self::TimeIsUp => false,
        }
    }
}
