//! What happens to the rooms, what is to be done about it, and the numbers that the operator may set.

use super::budget::{Allowance, Prefix};
use super::draw::Seed;
use beistand_protocol::rendezvous::api::Farewell;
use beistand_protocol::rendezvous::{BurnToken, EndReason, FromRelay, Intent, Refusal, Role, SessionId};
use std::collections::BTreeSet;
use std::time::Duration;

/// One connection of one end; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub u64);

/// A technician's account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TechnicianId(pub i64);

/// Who is at a connection, as far as it is proven.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Anybody.
    Customer,
    /// Somebody who signed with a known device's key.
    Technician(TechnicianId),
}

impl Who {
    /// The side that this one takes.
    pub const fn role(self) -> Role {
        match self {
            Self::Customer => Role::Customer,
            Self::Technician(_) => Role::Technician,
        }
    }
}

/// An end that has said what it wants, and proven it if it had to.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Where it is.
    pub connection: ConnectionId,
    /// Who it is.
    pub who: Who,
    /// Where from.
    pub prefix: Prefix,
    /// What it wants.
    pub intent: Intent,
    /// Randomness for what comes of it.
    pub seed: Seed,
}

/// What happens to the relay.
#[derive(Clone, Debug)]
pub enum Event {
    /// An end wants a slot or a partner.
    Asked(Asking),
    /// "More time."
    Extended(ConnectionId),
    /// The end gave up its number or ended its session.
    Cancelled(ConnectionId),
    /// The connection is gone.
    Gone(ConnectionId),
    /// Somebody holds the token of a number or session and says it is over, and how.
    Burned(BurnToken, Farewell),
    /// The end says that the one it was paired with again is the right one.
    Resumed(ConnectionId),
    /// These accounts are disabled; all others are not.
    Disabled(BTreeSet<TechnicianId>),
    /// Take nothing new; what runs has this long.
    Draining {
        /// Until [`Event::Stopped`].
        grace: Duration,
    },
    /// End everything.
    Stopped,
    /// Time has passed.
    Tick,
}

/// Why somebody was refused: for counting, never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// No number waits at this slot.
    NothingWaits,
    /// Who waits there takes the same side.
    SameSide,
    /// This address prefix failed too often.
    PrefixThrottled,
    /// This technician failed too often.
    TechnicianThrottled,
    /// Too many numbers of this address prefix are in use.
    PrefixFull,
    /// Too many numbers wait in all.
    WaitingFull,
    /// Too many sessions run in all.
    SessionsFull,
    /// This technician has too many sessions.
    TechnicianFull,
    /// Too many wait for the other end of a broken session, with this id or in all.
    ReturnFull,
    /// No slot is free.
    NoSlot,
    /// The account is disabled.
    Disabled,
    /// The relay is about to stop.
    Draining,
}

impl Cause {
    /// The label under which it is counted.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NothingWaits => "nothing_waits",
            Self::SameSide => "same_side",
            Self::PrefixThrottled => "prefix_throttled",
            Self::TechnicianThrottled => "technician_throttled",
            Self::PrefixFull => "prefix_full",
            Self::WaitingFull => "waiting_full",
            Self::SessionsFull => "sessions_full",
            Self::TechnicianFull => "technician_full",
            Self::ReturnFull => "return_full",
            Self::NoSlot => "no_slot",
            Self::Disabled => "technician_disabled",
            Self::Draining => "draining",
        }
    }
}

/// What is to be done, in order.
#[derive(Clone, Debug)]
pub enum Action {
    /// Say this.
    Send(ConnectionId, FromRelay),
    /// Join the two: say `Paired` to both and copy from then on.
    Pair {
        /// The session's name in the log.
        session: SessionId,
        /// The customer's connection and what it hears.
        customer: (ConnectionId, FromRelay),
        /// The technician's connection and what it hears.
        technician: (ConnectionId, FromRelay),
    },
    /// Refuse and close.
    Refuse(ConnectionId, Refusal, Cause),
    /// Say that it is over and close.
    End(ConnectionId, EndReason),
    /// For the log: a session is over.
    Over {
        /// Which.
        session: SessionId,
        /// Why, as the end heard it that did not cause it.
        reason: EndReason,
        /// How long it ran.
        ran: Duration,
    },
}

/// Every number that the operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many slot digits numbers have in quiet times.
    pub slot_digits: u32,
    /// How long a number waits.
    pub number_life: Duration,
    /// How long a slot rests after a number.
    pub slot_rest: Duration,
    /// How many numbers wait in all.
    pub waiting: usize,
    /// How many numbers of one address prefix wait or rest.
    pub waiting_per_prefix: usize,
    /// How many numbers of one technician wait; a newer one replaces the oldest.
    pub waiting_per_technician: usize,
    /// How many sessions run in all.
    pub sessions: usize,
    /// How many sessions of one technician run.
    pub sessions_per_technician: usize,
    /// Failed joins of one address prefix.
    pub failures_per_prefix: Allowance,
    /// Failed joins of one technician.
    pub failures_per_technician: Allowance,
    /// Failed joins in all, after which numbers get two digits more for the same span.
    pub failures_before_longer: Allowance,
    /// A session that ends sooner than this counts as a failed join.
    pub short_session: Duration,
    /// How long an end waits for the other one of a broken session.
    pub resume_life: Duration,
    /// How long the other end is kept for the news of who ended it, after a connection broke.
    pub news_grace: Duration,
}
