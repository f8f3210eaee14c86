//! What the pointer looks like.

use super::super::CursorImage;
use beistand_protocol::picture::MAX_CURSOR_DIMENSION_PX;
use x11rb::protocol::xfixes::GetCursorImageReply;

/// The image without the alpha multiplied in, cut to the protocol's limit around its hotspot's corner.
pub(super) fn image(reply: &GetCursorImageReply) -> CursorImage {
    let (width, height) = (reply.width.min(MAX_CURSOR_DIMENSION_PX), reply.height.min(MAX_CURSOR_DIMENSION_PX));
    if width == 0 || height == 0 || reply.cursor_image.len() < usize::from(reply.width) * usize::from(reply.height) {
        return CursorImage { hotspot_x: 0, hotspot_y: 0, width: 1, height: 1, rgba: vec![0; 4] };
    }
    let rows = reply.cursor_image.chunks(reply.width.into()).take(height.into());
    let rgba = rows.flat_map(|row| row.iter().take(width.into())).flat_map(|pixel| straight(*pixel)).collect();
    CursorImage { hotspot_x: reply.xhot.min(width - 1), hotspot_y: reply.yhot.min(height - 1), width, height, rgba }
}

/// Red, green, blue, alpha of 0xAARRGGBB in which the colours are multiplied by the alpha.
fn straight(pixel: u32) -> [u8; 4] {
    let [blue, green, red, alpha] = pixel.to_le_bytes();
    let divided = |colour: u8| {
        let full = (u16::from(colour) * 255 + u16::from(alpha) / 2).checked_div(alpha.into()).unwrap_or_default();
        u8::try_from(full).unwrap_or(u8::MAX)
    };
    [divided(red), divided(green), divided(blue), alpha]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_come_out_undivided_by_alpha() {
        assert_eq!(straight(0xFF11_2233), [0x11, 0x22, 0x33, 255]);
        assert_eq!(straight(0x8040_8000), [128, 255, 0, 128]);
        assert_eq!(straight(0x0000_0000), [0, 0, 0, 0]);
        assert_eq!(straight(0x01FF_FFFF), [255, 255, 255, 1]);
    }
}
