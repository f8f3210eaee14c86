//! What the fuzzer does with bytes that a peer may send: one function per decoder, which panics when a promise breaks.
//!
//! `fuzz/` wraps each of them for the fuzzer; `tests/corpora` replays the committed corpora on every run. Must not
//! read anything but its bytes: no clock, no randomness, no files.

// Panicking is what these functions are for.
#![allow(clippy::expect_used)]

mod customer;
mod honest;
mod meeting;
pub mod picture;
mod technician;
mod texts;
mod wire;

pub use customer::customer;
pub use picture::{batch, picture};
pub use technician::technician;
pub use texts::{company_file, domain, number, relay_json};
pub use wire::{channel, identity, pipe, to_customer, to_technician};

use std::time::{Duration, SystemTime};

/// A function that takes whatever a peer may send.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const TARGETS: [(&str, Target); 13] = [
    ("batch", batch),
    ("channel", channel),
    ("company_file", company_file),
    ("customer", customer),
    ("domain", domain),
    ("identity", identity),
    ("number", number),
    ("picture", picture),
    ("pipe", pipe),
    ("relay_json", relay_json),
    ("technician", technician),
    ("to_customer", to_customer),
    ("to_technician", to_technician),
];

/// When certificates are looked at: a moment that never moves.
pub const NOW: Duration = Duration::from_secs(1_800_000_000);
/// What the signature beside a certificate is over.
pub const SIGNED: &[u8] = b"what the handshake says must be signed";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + NOW
}

/// Bytes that are read from the front, as long as there are any.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    /// As many as there are, but not more than `at_most`.
    fn take(&mut self, at_most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(at_most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn message<M: for<'de> serde::Deserialize<'de>>(&mut self) -> Option<M> {
        let (message, rest) = postcard::take_from_bytes(self.0).ok()?;
        self.0 = rest;
        Some(message)
    }

    /// One of `all`.
    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let index = usize::from(self.byte()?).checked_rem(all.len())?;
        all.get(index).copied()
    }
}
