//! A Beistand session on a real machine: inner channel, screen capture, encoding, input, worker process,
//! and the technician's connection and decoder.
//!
//! The rules live in `beistand_protocol`; this crate carries them out and knows nothing of windows or Tauri.

mod call;
pub mod channel;
pub mod clock;
pub mod guardian;
pub mod input;
pub mod picture;
pub mod pipe;
pub mod rendezvous;
pub mod screen;
pub mod technician;
pub mod worker;
