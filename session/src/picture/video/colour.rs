//! Colours of the screen as H.264 knows them, and back: BT.601, limited range, one sample of chroma for four pixels.

/// Luma of a pixel 0xXXRRGGBB. In sixteen bits, of which a processor does many at once.
pub(super) fn luma(pixel: u32) -> u8 {
    let [blue, green, red, _] = pixel.to_le_bytes().map(u16::from);
    let [_, luma] = (66 * red + 129 * green + 25 * blue + 128 + (16 << 8)).to_le_bytes();
    luma
}

/// Both chromas of four pixels 0xXXRRGGBB.
pub(super) fn chroma(pixels: [u32; 4]) -> (u8, u8) {
    let (mut red, mut green, mut blue) = (2, 2, 2);
    for pixel in pixels {
        let [b, g, r, _] = pixel.to_le_bytes().map(u16::from);
        (red, green, blue) = (red + r, green + g, blue + b);
    }
    let (red, green, blue) = (red >> 2, green >> 2, blue >> 2);
    // 128 in the high byte keeps every sum above zero.
    let [_, u] = (112 * blue + (128 << 8) + 128 - 38 * red - 74 * green).to_le_bytes();
    let [_, v] = (112 * red + (128 << 8) + 128 - 94 * green - 18 * blue).to_le_bytes();
    (u, v)
}

/// A pixel as bytes red, green, blue, 255.
pub(super) fn pixel(y: u8, u: u8, v: u8) -> u32 {
    let (y, u, v) = (298 * (i32::from(y) - 16) + 128, i32::from(u) - 128, i32::from(v) - 128);
    let red = clamped((y + 409 * v) >> 8);
    let green = clamped((y - 100 * u - 208 * v) >> 8);
    let blue = clamped((y + 516 * u) >> 8);
    u32::from_le_bytes([red, green, blue, 255])
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it has just been clamped
const fn clamped(value: i32) -> u8 {
    if value < 0 {
        0
    } else if value > 255 {
        255
    } else {
        value as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_comes_back_as_nearly_itself() {
        for pixel in [0u32, 0x00FF_FFFF, 0x00FF_0000, 0x0000_FF00, 0x0000_00FF, 0x0012_80C3, 0x0080_8080] {
            let (u, v) = chroma([pixel; 4]);
            let [blue, green, red, _] = pixel.to_le_bytes();
            let back = super::pixel(luma(pixel), u, v).to_le_bytes();
            for (back, was) in back.into_iter().zip([red, green, blue, 255]) {
                assert!(back.abs_diff(was) <= 4, "{pixel:06x} {back} {was}");
            }
        }
    }
}
