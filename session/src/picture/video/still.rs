//! One picture of H.264 that stands for itself: a coarse view of a part of the screen, and back.

use super::super::{area::Area, canvas::Canvas, canvas::View};
use super::{CodecFailed, VideoError, codec};

/// No coarse view is wider,
pub(crate) const MAX_WIDTH: u16 = 3840;
/// or higher.
pub(crate) const MAX_HEIGHT: u16 = 2160;

/// Appends a coarse view of `area` to `out`; `coarseness` is the codec's quantisation, 0 to 51.
pub(crate) fn encode(screen: View<'_>, area: Area, coarseness: u8, out: &mut Vec<u8>) -> Result<(), CodecFailed> {
    let made = codec::Encoder::still(coarseness)?.encode(area, screen.rows(area), out)?;
    if made { Ok(()) } else { Err(CodecFailed) }
}

/// Draws a coarse view. Like every first picture of a video it is checked before it is decoded.
pub(crate) fn decode(sample: &[u8], area: Area, canvas: &mut Canvas) -> Result<(), VideoError> {
    let mut pixels = Vec::new();
    codec::Decoder::new()?.decode(sample, true, area, &mut pixels)?;
    for (row, pixels) in (u32::from(area.y)..).zip(pixels.chunks_exact(area.width.into())) {
        if let Some(row) = canvas.row_mut(area, row).get_mut(..pixels.len()) {
            row.copy_from_slice(pixels);
        }
    }
    Ok(())
}
