//! Who is in a number that waits, and in a session that runs.

use super::budget::Prefix;
use super::events::{ConnectionId, TechnicianId, Who};
use super::parted::Meeting;
use beistand_protocol::number::Slot;
use beistand_protocol::rendezvous::{BurnToken, FromRelay, Role, SessionId};
use beistand_protocol::time::Moment;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

#[derive(Debug)]
pub(super) struct Party {
    pub(super) connection: ConnectionId,
    pub(super) who: Who,
    pub(super) prefix: Prefix,
    pub(super) token_hash: [u8; 32],
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) party: Party,
    pub(super) token: BurnToken,
    pub(super) slot: Slot,
    pub(super) expires_at: Moment,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) customer: Party,
    pub(super) technician: Party,
    pub(super) joined_by: Role,
    pub(super) since: Moment,
    /// One end's connection broke at this time; nobody has said yet why.
    pub(super) broken: Option<(Role, Moment)>,
    /// Where its ends meet again if the line breaks.
    pub(super) meeting: Meeting,
    /// For two who met again: whether customer and technician have said that the other is the right one. Until both
    /// have, the pair is an attempt, and its end says nothing about the session.
    pub(super) proven: Option<[bool; 2]>,
    /// Whether it was joined by a number, which may have been a guess.
    pub(super) by_number: bool,
}

impl Session {
    pub(super) fn is_at(&self, meeting: &Meeting) -> bool {
        same(&self.meeting, meeting)
    }

    /// Whose it is. (The technician's side is always a technician's.)
    pub(super) const fn technician(&self) -> TechnicianId {
        match self.technician.who {
            Who::Technician(technician) => technician,
            Who::Customer => TechnicianId(i64::MIN),
        }
    }

    pub(super) const fn party(&self, role: Role) -> &Party {
        match role {
            Role::Customer => &self.customer,
            Role::Technician => &self.technician,
        }
    }

    pub(super) fn role_of(&self, connection: ConnectionId) -> Option<Role> {
        [Role::Customer, Role::Technician].into_iter().find(|role| self.party(*role).connection == connection)
    }

    pub(super) fn role_of_token(&self, hash: &[u8; 32]) -> Option<Role> {
        [Role::Customer, Role::Technician].into_iter().find(|role| same(&self.party(*role).token_hash, hash))
    }
}

pub(super) fn hash(token: &BurnToken) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

pub(super) fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}

impl Waiting {
    pub(super) fn message(&self, now: Moment) -> FromRelay {
        FromRelay::Waiting {
            slot: self.slot,
            burn_token: self.token.clone(),
            expires_in_seconds: u32::try_from(self.expires_at.since(now).as_secs()).unwrap_or(u32::MAX),
        }
    }
}
