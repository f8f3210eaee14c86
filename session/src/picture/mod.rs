//! The picture: what the customer's screen shows becomes small updates, and these become the picture again.
//!
//! Exactly lossless, except for films: what moved is copied, what is flat is filled, and the rest goes as planes of
//! bytes through one zstd stream that remembers megabytes of what was shown before. What plays like a film goes as
//! H.264 over that exact picture, and is made exact once it is still; what would take a thin line for long goes coarsely
//! first. Pixels go nowhere else: not into logs, not into errors. Start reading at [`encoder`] and [`decoder`]; [`batch`] is what the viewer fetches.

mod area;
pub mod batch;
mod canvas;
mod changes;
mod coarse;
pub mod decoder;
pub mod encoder;
mod motion;
mod operation;
pub mod pace;
mod pieces;
mod planes;
mod probe;
pub mod source;
mod stream;
mod video;

pub use area::{Area, Drawn};
pub use canvas::{Canvas, View};
pub use decoder::{DecodeError, Decoder, LeftToViewer};
pub use encoder::{Encoded, Encoder, Wish};
pub use operation::OperationError;
pub use probe::probe;
pub use source::{PictureEvent, PictureSource};
pub use stream::StreamError;
pub use video::handed::{Piece, Played};
pub use video::layer::Picture;
pub use video::{BitstreamError, VideoError};

#[cfg(test)]
mod tests;
