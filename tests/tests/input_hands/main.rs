//! The customer's side of mouse and keyboard on real displays: what is typed arrives, what must not get through
//! does not, and nothing stays down.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod bench;
mod hardware;
mod one_window;
mod places;
mod release;
mod stop;
mod typing;
mod windows;
