//! What a decision needs to know: the ticket, and who acts.

use super::REOPEN_GRACE;
use beistand_protocol::desk::ids::{ContactId, TechnicianId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Sees, Severity, SeveritySource, State, Visibility};
use jiff::Timestamp;
use jiff::civil::Date;

/// A customer, as the store counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerKey(pub i64);

/// What is known of a ticket that was merged into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Where it goes on.
    pub into: TicketNumber,
    /// Since when.
    pub at: Timestamp,
    /// Where it stood before.
    pub before: State,
}

/// A ticket as far as rules ask about it. Read by the store, and written back as [`super::Decision::ticket`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its number.
    pub number: TicketNumber,
    /// Whose it is.
    pub customer: CustomerKey,
    /// Who on file filed it; `None` with a PIN, or for a voice on the phone.
    pub requester: Option<ContactId>,
    /// Who at the customer's may see it.
    pub visibility: Visibility,
    /// Where it stands.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// Who said so.
    pub severity_source: SeveritySource,
    /// When the customer raised it last; `None` once a technician set it.
    pub raised_at: Option<Timestamp>,
    /// Who takes care of it.
    pub owner: Option<TechnicianId>,
    /// The day by which it is due, or for which it is scheduled.
    pub due_on: Option<Date>,
    /// How it was solved.
    pub resolution: Option<String>,
    /// When.
    pub resolved_at: Option<Timestamp>,
    /// How often it was reopened.
    pub reopened: u32,
    /// Where it goes on, once it was merged.
    pub merged: Option<Merged>,
}

impl Ticket {
    /// Until when it can be reopened.
    pub fn reopen_until(&self) -> Option<Timestamp> {
        let resolved_at = self.resolved_at.filter(|_| self.state == State::Resolved)?;
        resolved_at.checked_add(REOPEN_GRACE).ok()
    }

    /// Where it stands now: a ticket whose grace is over is closed, though nobody has written that down yet.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.reopen_until() {
            Some(until) if until <= now => State::Closed,
            Some(_) | None => self.state,
        }
    }
}

/// Somebody at a customer's, known by their own app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub contact: ContactId,
    /// At which customer.
    pub customer: CustomerKey,
    /// What they may see of the company's tickets.
    pub sees: Sees,
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody at a customer's, by a linked app.
    Member(Member),
    /// A technician.
    Technician(TechnicianId),
    /// The desk itself, by the clock.
    Desk,
}
