//! Encoding and decoding of the picture, and when a frame may be sent.

mod area;
pub mod batch;
mod canvas;

pub use area::{Area, Drawn};
pub use canvas::Canvas;
