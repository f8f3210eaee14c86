//! From key to character, the whole way but the network: a real keyboard layout at the technician's, a real web view
//! with the viewer's own code, and a real program under a real layout at the customer's.
//!
//! Start at `web.rs`, which is the technician's end; `layouts.rs` is the table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "../input_hands/bench.rs"]
#[allow(dead_code)]
mod bench;
mod layouts;
mod shortcuts;
mod web;
