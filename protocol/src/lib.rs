//! What the two ends of a Beistand session and the relay say to each other.
//!
//! Pure: no I/O, no clock, no TLS; time and randomness come in with each event. Start reading at [`customer`],
//! which decides, at [`permission`], which guards, and at [`message`], which says what needs what.
//!
//! # Words
//!
//! | word | means |
//! |---|---|
//! | customer, technician | the two ends of a session: who shows a screen and decides, and who helps |
//! | relay | the server that passes ciphertext between the two; also that passing |
//! | session number | slot, six secret digits and a check digit; works once |
//! | slot | the number's public part, by which the relay pairs |
//! | permission, grant, epoch | what the customer allows; that it is allowed; the how-manieth time |
//! | resume | going on with a session after the line broke; the two know each other by a key of their own |
//! | panel | the customer's always visible window with the permissions |
//! | emergency stop (NOTAUS) | the customer's stop: local, final, at once |
//! | worker, guardian | the customer's two processes: what touches machine and network, and what can kill it |
//! | receipt | the record of a session that the customer keeps |
//! | desk | the ticket part of the server; its words are in [`desk`] |

pub mod channel;
pub mod close;
pub mod customer;
pub mod desk;
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
pub mod resume;
pub mod role;
pub mod secret;
pub mod showing;
pub mod technician;
pub mod time;
