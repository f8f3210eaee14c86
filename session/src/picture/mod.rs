//! The picture: what the customer's screen shows becomes small updates, and these become the picture again.
//!
//! Exactly lossless. What moved is copied, what is flat is filled, and the rest goes as planes of bytes through one
//! zstd stream that remembers megabytes of what was shown before. Pixels go nowhere else: not into logs, not into
//! errors. Start reading at [`encoder`] and [`decoder`]; [`batch`] is what the viewer fetches.

mod area;
pub mod batch;
mod canvas;
mod changes;
pub mod decoder;
pub mod encoder;
mod motion;
mod operation;
pub mod pace;
mod pieces;
mod planes;
pub mod source;
mod stream;

pub use area::{Area, Drawn};
pub use canvas::{Canvas, View};
pub use decoder::{DecodeError, Decoder};
pub use encoder::{Encoded, Encoder};
pub use operation::OperationError;
pub use source::{PictureEvent, PictureSource};
pub use stream::StreamError;

#[cfg(test)]
mod tests;
