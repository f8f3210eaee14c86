//! Videos that the viewer decodes itself: only their samples go to it, not eight million bytes of pixels for each
//! picture of a large one.
//!
//! Each sample was taken apart and its sizes checked before ([`super::bitstream`]), and nothing else reaches the
//! viewer's decoder. What lies beneath such a video, the viewer gets as the exact picture.

use super::super::area::Area;
use super::bitstream::{BitstreamError, Sample};
use super::{coded, layer::VideoError};

/// A video has at least so many pixels to be handed over; a smaller one is here as soon as its pixels.
pub(super) const MIN_PX: u32 = 640 * 480;
/// So many pictures of a video may wait for the viewer,
const MAX_WAITING: usize = 32;
/// and so many bytes, before the next is refused. An honest customer's end sends eight pictures at most, then waits until
/// they are shown.
const MAX_WAITING_BYTES: usize = 8 << 20;

/// A video that the viewer plays, and what is new of it.
pub struct Played {
    /// Which it is.
    pub id: u8,
    /// Where it plays.
    pub area: Area,
    /// In their order; none if only its place is new, or what is around it.
    pub pieces: Vec<Piece>,
}

/// A part of a video, in the form of MP4.
pub enum Piece {
    /// What a new decoder is to be configured with.
    Configuration(Vec<u8>),
    /// One picture.
    Picture {
        /// Whether it needs no other before it.
        key: bool,
        /// Its length, big-endian in four bytes, and so many bytes.
        sample: Vec<u8>,
    },
}

impl Piece {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Configuration(bytes) | Self::Picture { sample: bytes, .. } => bytes,
        }
    }
}

/// What of a video waits for the viewer.
#[derive(Default)]
pub(super) struct Waiting(Vec<Piece>);

impl Waiting {
    /// Takes in the next picture of a video, after it was looked at like any that is decoded here.
    pub(super) fn add(&mut self, sample: &[u8], begin: bool, area: Area) -> Result<(), VideoError> {
        let sample = Sample::read(sample, begin, coded(area))?;
        let picture = sample.picture().ok_or(BitstreamError::Units)?;
        if let Some(configuration) = sample.configuration() {
            // Nothing before it is needed any more.
            self.0.clear();
            self.0.push(Piece::Configuration(configuration));
        }
        self.0.push(Piece::Picture { key: sample.is_key(), sample: picture });
        let bytes: usize = self.0.iter().map(|piece| piece.bytes().len()).sum();
        if self.0.len() > MAX_WAITING || bytes > MAX_WAITING_BYTES { Err(VideoError::Unfetched) } else { Ok(()) }
    }

    /// What the viewer has not fetched yet.
    pub(super) fn take(&mut self) -> Vec<Piece> {
        core::mem::take(&mut self.0)
    }
}

#[cfg(test)]
pub(in crate::picture) mod player;
