//! Images are decoded in a process of their own, which can do nothing else and does not live long.
//!
//! The server starts its own executable again with a hidden command. The child takes its limits upon itself before
//! it reads a byte, reads one image from its standard input, writes one to its standard output, and is gone.

#[cfg(target_os = "linux")]
mod limits_linux;
mod recode;
mod start;

pub(super) use start::ImageChild;
pub use start::{CHILD_COMMAND, run_child};
