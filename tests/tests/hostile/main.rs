//! Peers that do not play by the rules: a relay that stands between, a technician who takes more than is given, a
//! customer who sends what no screen ever held.
//!
//! The victim is always the real one: the worker on a display of its own, or the technician's session. What it talks
//! to is made here: [`relay`] is a relay with the company's own certificate, [`rogue`] an end that says anything.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_truncation
)]

mod between;
mod customers;
mod floods;
mod relay;
mod returning;
mod rogue;
mod strangers;
mod technicians;
