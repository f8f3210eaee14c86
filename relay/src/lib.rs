//! The Beistand relay: pairs a customer and a technician by a number and passes on what it can't read.
//!
//! `core` decides and is pure; `shell` carries out: sockets, TLS, HTTP, store, certificates; `cli` is what an
//! admin types. Nothing here ever sees the secret digits of a number or the plaintext of a session.

pub mod cli;
pub mod core;
pub mod shell;
