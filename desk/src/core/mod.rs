//! What may happen to a ticket, and who may see and do what. Pure: no I/O, no clock, no randomness.
//!
//! The store reads a [`Ticket`], asks [`decide`] inside its transaction, and writes the [`Decision`] whole or not at
//! all. [`may_see`] says who may read; [`my_rights`] and [`desk_rights`] say what a screen may offer, by asking the
//! same [`decide`]. Start reading at `act.rs`, where every act and every step between states is.

mod act;
mod customer_acts;
mod facts;
pub mod filing;
pub mod intake;
pub mod presence;
pub mod queue;
mod rights;
mod technician_acts;

pub use act::{Act, CustomerAct, Decision, Denied, NewEntry, Notify, Place, TechnicianAct, decide};
pub use facts::{Actor, CustomerKey, Member, Merged, Ticket};
pub use rights::{desk_rights, may_see, my_rights};

use jiff::SignedDuration;

/// How long a resolved ticket can be reopened.
pub const REOPEN_GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a merge can be undone.
pub const UNMERGE_GRACE: SignedDuration = SignedDuration::from_hours(24);
/// How long after raising the urgency a customer can't raise it again, unless a technician set it since.
pub const BETWEEN_RAISES: SignedDuration = SignedDuration::from_hours(4);

#[cfg(test)]
mod tests;
