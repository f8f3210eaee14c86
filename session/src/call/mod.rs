//! What both ends do alike: reach the relay, wait for the other end, establish the inner channel, and pass
//! messages until there is no line any more.
//!
//! Holds no rules: those are the state machines' in `beistand_protocol`.

mod comeback;
mod pairing;
mod wire;

pub(crate) use comeback::{Back, Comeback, Return, Route};
pub(crate) use pairing::{Paired, Waiting, WaitingEvent};
pub(crate) use wire::{Arrival, Wire};

use crate::rendezvous::ConnectError;
use beistand_protocol::close::CloseReason;
use beistand_protocol::rendezvous::{EndReason, Refusal, Role};

/// What the end of a line means at this end.
pub(crate) const fn close_reason(reason: EndReason, own: Role) -> CloseReason {
    match reason {
        EndReason::OtherEnd => ended_by(own.other()),
        // Only a customer has a NOTAUS.
        EndReason::Stopped => match own {
            Role::Technician => CloseReason::Stopped,
            Role::Customer => CloseReason::EndedByTechnician,
        },
        EndReason::Burned | EndReason::Replaced => ended_by(own),
        EndReason::OtherEndLost => CloseReason::PeerGone,
        EndReason::Expired => CloseReason::NumberExpired,
        EndReason::RelayStopping => CloseReason::RelayStopping,
        EndReason::TechnicianDisabled => CloseReason::TechnicianDisabled,
        EndReason::TooSlow => CloseReason::NetworkLost,
        EndReason::Malformed => CloseReason::PeerMisbehaved,
    }
}

const fn ended_by(role: Role) -> CloseReason {
    match role {
        Role::Customer => CloseReason::EndedByCustomer,
        Role::Technician => CloseReason::EndedByTechnician,
    }
}

/// What a connection that did not come about means, where a close reason says it.
pub(crate) const fn refused(error: &ConnectError) -> Option<CloseReason> {
    match error {
        ConnectError::Refused(Refusal::Number) => Some(CloseReason::NumberNotFound),
        ConnectError::Refused(Refusal::Version | Refusal::Malformed) => Some(CloseReason::VersionMismatch),
        ConnectError::Refused(Refusal::Technician) | ConnectError::NotAdmitted => Some(CloseReason::IdentityRefused),
        ConnectError::Refused(Refusal::Draining) => Some(CloseReason::RelayStopping),
        ConnectError::Refused(Refusal::Full)
        | ConnectError::Throttled
        | ConnectError::Unreachable(_)
        | ConnectError::Certificate(_)
        | ConnectError::Clock(_)
        | ConnectError::Root
        | ConnectError::Answer(_)
        | ConnectError::Lost => None,
    }
}
