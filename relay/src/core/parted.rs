//! Sessions whose line broke, and the ends that wait to be paired again.
//!
//! Who may resume is not the relay's to know: the two ends prove themselves to each other. So whoever names the id is
//! paired with whoever else names it, again and again, and only when both ends say that it was the right one does the
//! pair count as the session. A stranger with the id is in the way, and nothing more.

use super::budget::Prefix;
use super::events::{TechnicianId, Who};
use beistand_protocol::rendezvous::{EndReason, FromRelay, ResumeId, Role, SessionId};
use beistand_protocol::time::Moment;
use sha2::{Digest, Sha256};

/// So many ends of one side may wait with the same id: one is the right one, and who else has the id is in the way.
pub(super) const MOST_PER_SIDE: usize = 4;

/// A [`ResumeId`] as it is looked up.
pub(super) type Meeting = [u8; 32];

pub(super) fn meeting(id: &ResumeId) -> Meeting {
    Sha256::digest(id.as_bytes()).into()
}

/// An end that waits for the other one to come back.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) who: Who,
    pub(super) prefix: Prefix,
    pub(super) meeting: Meeting,
    pub(super) expires_at: Moment,
}

impl Returned {
    pub(super) fn message(&self, now: Moment) -> FromRelay {
        let for_seconds = u32::try_from(self.expires_at.since(now).as_secs()).unwrap_or(u32::MAX);
        FromRelay::Awaiting { for_seconds }
    }
}

/// What is remembered of a session that is not connected, for as long as somebody may come back to it.
#[derive(Debug)]
pub(super) struct Parted {
    pub(super) session: SessionId,
    pub(super) meeting: Meeting,
    pub(super) technician: TechnicianId,
    /// Of the customer and of the technician: who ends the session while it is broken says so by these.
    pub(super) tokens: [[u8; 32]; 2],
    pub(super) until: Moment,
    /// Who said that it is over, and what the other end is told then.
    pub(super) over: Option<Over>,
}

/// How a session ended that nobody can resume any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// An end said so; the other one is told this.
    By(Role, EndReason),
    /// The relay's side said so; both are told this.
    Both(EndReason),
}

impl Over {
    /// What an end on the side of `role` is told.
    pub(super) fn told(self, role: Role) -> EndReason {
        match self {
            Self::By(by, _) if by == role => EndReason::Burned,
            Self::By(_, reason) | Self::Both(reason) => reason,
        }
    }
}
