//! Video on the screen: rectangles that change like a film travel as H.264, over the exact layer and never in it.
//!
//! The customer's end finds them ([`cells`]) and plays them ([`playing`]); the technician's end lays them over the
//! exact picture ([`layer`]), or hands large ones to its viewer ([`handed`]). Copies, fills and strips know nothing of them. A rectangle that comes to rest is sent
//! exactly beneath, then the video is taken away. Text is never in one: [`cells`] sees to that.

mod bitstream;
pub(super) mod cells;
pub(super) mod codec;
mod colour;
pub(super) mod handed;
pub(super) mod layer;
pub(super) mod playing;
mod rate;
pub(super) mod still;

use super::area::Area;

pub use bitstream::BitstreamError;
pub(super) use codec::CodecFailed;
pub use layer::VideoError;

/// So many videos may be on a picture; their ids are below it.
pub(super) const MAX_VIDEOS: u8 = 4;
/// So many coarse views may be in an update, together no larger than the picture.
pub(super) const MAX_COARSE: u8 = 8;
/// No video is wider or higher: a level of H.264 ends there.
const MAX_SIDE_PX: u16 = 3840;
/// Nor has it more pixels.
const MAX_PX: u32 = 3840 * 2160;
/// The codec takes nothing smaller.
const MIN_SIDE_PX: u16 = 16;

/// Whether a video may have this size.
pub(super) const fn is_possible(area: Area) -> bool {
    area.width >= MIN_SIDE_PX
        && area.height >= MIN_SIDE_PX
        && area.width <= MAX_SIDE_PX
        && area.height <= MAX_SIDE_PX
        && area.pixels() <= MAX_PX
}

/// The size that is coded: chroma has one sample for two pixels, so a side is even.
fn coded(area: Area) -> (usize, usize) {
    (usize::from(area.width).next_multiple_of(2), usize::from(area.height).next_multiple_of(2))
}

#[cfg(test)]
mod tests;
