//! The ticket desk over HTTPS, as customers, technicians and strangers meet it: the real relay in a folder of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

mod client;
mod crash;
mod files;
mod flow;
mod held;
mod house;
mod limits;
mod pictures;
mod pin_lane;
mod schema;
mod strangers;
