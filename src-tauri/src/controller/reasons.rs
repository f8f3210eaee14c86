//! Why something ended, as a person hears it.

use crate::view::{EndReason, ErrorCode, TryAgain};
use beistand_protocol::close::CloseReason;
use beistand_protocol::desk::ticket::SessionEnd;
use beistand_session::pipe::StartFault;

/// How an attempt ended that did not come to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// By a step back: there is nothing to say.
    Cancelled,
    /// By somebody's decision.
    Ended(EndReason),
    /// By something that went wrong.
    Failed(ErrorCode, TryAgain),
}

/// Why a session that ran is over.
pub(super) const fn end_reason(reason: CloseReason) -> EndReason {
    match reason {
        CloseReason::Stopped => EndReason::EmergencyStop,
        CloseReason::EndedByCustomer => EndReason::CustomerEnded,
        CloseReason::EndedByTechnician => EndReason::TechnicianEnded,
        CloseReason::Refused => EndReason::CustomerRefused,
        CloseReason::ConsentTimedOut => EndReason::CustomerDidNotAnswer,
        CloseReason::NetworkLost => EndReason::NetworkLost,
        CloseReason::NumberNotFound | CloseReason::NumberExpired | CloseReason::PeerGone => EndReason::PeerGone,
        CloseReason::ConfirmationFailed
        | CloseReason::IdentityRefused
        | CloseReason::IdentityNotValidNow
        | CloseReason::VersionMismatch
        | CloseReason::PeerMisbehaved => EndReason::PeerMisbehaved,
        CloseReason::RelayStopping => EndReason::RelayStopped,
        CloseReason::TechnicianDisabled => EndReason::TechnicianDisabled,
        CloseReason::PanelLost => EndReason::PanelLost,
        CloseReason::WorkerFailed => EndReason::WorkerCrashed,
        CloseReason::ScreenFailed => EndReason::ScreenFailed,
        CloseReason::TimeIsUp => EndReason::TimeLimit,
    }
}

/// Who ended a session that ran, for the ticket.
pub(super) const fn session_end(reason: CloseReason) -> SessionEnd {
    match reason {
        CloseReason::Stopped => SessionEnd::Stop,
        CloseReason::EndedByCustomer | CloseReason::Refused => SessionEnd::Customer,
        CloseReason::EndedByTechnician | CloseReason::TechnicianDisabled => SessionEnd::Technician,
        CloseReason::ConsentTimedOut | CloseReason::NumberExpired | CloseReason::TimeIsUp => SessionEnd::Timeout,
        CloseReason::NetworkLost
        | CloseReason::NumberNotFound
        | CloseReason::PeerGone
        | CloseReason::ConfirmationFailed
        | CloseReason::IdentityRefused
        | CloseReason::IdentityNotValidNow
        | CloseReason::VersionMismatch
        | CloseReason::PeerMisbehaved
        | CloseReason::RelayStopping
        | CloseReason::PanelLost
        | CloseReason::WorkerFailed
        | CloseReason::ScreenFailed => SessionEnd::Network,
    }
}

/// What a customer hears when it did not come to a session.
pub(super) const fn before_session(reason: CloseReason, fault: Option<StartFault>, typed: bool) -> Before {
    let again = if typed { TryAgain::OtherNumber } else { TryAgain::NewNumber };
    // Whoever stopped hears that it worked, whatever else went wrong.
    if let Some(fault) = fault
        && !matches!(reason, CloseReason::Stopped)
    {
        return match fault {
            StartFault::RelayUnreachable => Before::Failed(ErrorCode::RelayUnreachable, TryAgain::Same),
            StartFault::RelayCertificate => Before::Failed(ErrorCode::RelayCertificate, TryAgain::No),
            StartFault::Clock => Before::Failed(ErrorCode::ClockWrong, TryAgain::Same),
            StartFault::RelayFull => Before::Failed(ErrorCode::NoNumberFree, TryAgain::Same),
        };
    }
    match reason {
        CloseReason::Stopped => Before::Ended(EndReason::EmergencyStop),
        CloseReason::EndedByCustomer => Before::Cancelled,
        CloseReason::EndedByTechnician => Before::Ended(EndReason::TechnicianEnded),
        CloseReason::Refused => Before::Ended(EndReason::CustomerRefused),
        CloseReason::ConsentTimedOut => Before::Ended(EndReason::CustomerDidNotAnswer),
        CloseReason::NumberNotFound => Before::Failed(ErrorCode::NumberRefused, again),
        CloseReason::NumberExpired => Before::Failed(ErrorCode::NumberExpired, again),
        CloseReason::ConfirmationFailed => Before::Failed(ErrorCode::ConfirmationFailed, again),
        CloseReason::IdentityRefused | CloseReason::TechnicianDisabled => {
            Before::Failed(ErrorCode::TechnicianNotProven, again)
        }
        CloseReason::IdentityNotValidNow => Before::Failed(ErrorCode::ClockWrong, again),
        CloseReason::VersionMismatch => Before::Failed(ErrorCode::VersionMismatch, TryAgain::No),
        CloseReason::NetworkLost => Before::Failed(ErrorCode::NetworkLost, again),
        CloseReason::PeerGone | CloseReason::PeerMisbehaved => Before::Failed(ErrorCode::PeerGone, again),
        CloseReason::RelayStopping => Before::Failed(ErrorCode::RelayUnreachable, again),
        CloseReason::PanelLost => Before::Failed(ErrorCode::PanelLost, again),
        CloseReason::WorkerFailed => Before::Failed(ErrorCode::WorkerCrashed, again),
        CloseReason::ScreenFailed => Before::Failed(ErrorCode::ScreenUnavailable, TryAgain::No),
        CloseReason::TimeIsUp => Before::Ended(EndReason::TimeLimit),
    }
}

/// What a technician hears when it did not come to a session.
pub(super) const fn before_technicians_session(reason: CloseReason, fault: Option<StartFault>, typed: bool) -> Before {
    if let Some(StartFault::RelayCertificate) = fault {
        // The address is the one that was signed in with.
        return Before::Failed(ErrorCode::RelayCertificate, TryAgain::SignIn);
    }
    if fault.is_some() {
        return before_session(reason, fault, typed);
    }
    let again = if typed { TryAgain::OtherNumber } else { TryAgain::NewNumber };
    match reason {
        CloseReason::EndedByTechnician => Before::Cancelled,
        CloseReason::Refused | CloseReason::EndedByCustomer | CloseReason::Stopped => {
            Before::Failed(ErrorCode::CustomerRefused, again)
        }
        CloseReason::ConsentTimedOut => Before::Failed(ErrorCode::CustomerDidNotAnswer, again),
        CloseReason::IdentityRefused => Before::Failed(ErrorCode::SignInExpired, TryAgain::SignIn),
        CloseReason::TechnicianDisabled => Before::Ended(EndReason::TechnicianDisabled),
        CloseReason::NumberNotFound
        | CloseReason::NumberExpired
        | CloseReason::ConfirmationFailed
        | CloseReason::IdentityNotValidNow
        | CloseReason::VersionMismatch
        | CloseReason::NetworkLost
        | CloseReason::PeerGone
        | CloseReason::PeerMisbehaved
        | CloseReason::RelayStopping
        | CloseReason::PanelLost
        | CloseReason::WorkerFailed
        | CloseReason::ScreenFailed
        | CloseReason::TimeIsUp => before_session(reason, None, typed),
    }
}
