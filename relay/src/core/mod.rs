//! What the relay decides: who gets a slot, who is paired with whom, who is refused, and when it is over.
//!
//! Pure: [`Rooms::handle`] takes an event with its time and randomness and answers with actions. It does no I/O,
//! reads no clock, and never sees what the two ends say to each other. Start reading at [`Rooms`].

mod budget;
mod draw;
mod events;
mod parted;
mod parties;
mod resume;
#[cfg(test)]
mod resume_tests;
mod rooms;
#[cfg(test)]
mod rooms_properties;
#[cfg(test)]
mod rooms_tests;
mod slots;

pub use budget::{Allowance, Budget, Prefix};
pub use draw::Seed;
pub use events::{Action, Asking, Cause, ConnectionId, Event, Limits, TechnicianId, Who};
pub use rooms::Rooms;
