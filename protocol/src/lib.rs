//! What the two ends of a Beistand session and the relay say to each other.
//!
//! Pure: no I/O, no clock, no TLS; time and randomness come in with each event.

pub mod channel;
pub mod close;
pub mod customer;
pub mod handshake;
pub mod heartbeat;
pub mod input;
pub mod line;
pub mod message;
pub mod number;
pub mod pake;
pub mod permission;
pub mod picture;
pub mod receipt;
pub mod rendezvous;
pub mod role;
pub mod secret;
pub mod technician;
pub mod time;
