//! The pixels of a rectangle as three planes of bytes (green, red - green, blue - green), so that a byte
//! compressor finds what repeats.
//!
//! Text goes as it is, but column by column in bands about as high as a line: so a letter is one run of bytes, and
//! the compressor's long window knows it from wherever it was before. (Row by row takes three times the bytes.)
//! Photographs go row by row as the difference to a guess from the neighbours.

use super::{
    area::Area,
    canvas::{Canvas, View},
};

/// Rows that go together column by column.
pub(super) const BAND_ROWS: usize = 16;

/// How the bytes of the planes were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    /// As they are, in bands of [`BAND_ROWS`], column by column from above.
    Plain,
    /// Row by row, minus the median of left, above, and left + above - upper left.
    Median,
}

impl Predictor {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Median => 1,
        }
    }

    pub(super) const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Plain),
            1 => Some(Self::Median),
            2.. => None,
        }
    }
}

/// Appends the planes of `area` to `out`; a pixel is 0xXXRRGGBB.
pub(super) fn split(view: View<'_>, area: Area, predictor: Predictor, out: &mut Vec<u8>) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let start = out.len();
    let plane_bytes = width * height;
    out.resize(start + plane_bytes * 3, 0);
    let Some((green, rest)) = out.get_mut(start..).and_then(|planes| planes.split_at_mut_checked(plane_bytes)) else {
        return;
    };
    let Some((red, blue)) = rest.split_at_mut_checked(plane_bytes) else { return };
    match predictor {
        Predictor::Plain => split_plain(view, area, [green, red, blue]),
        Predictor::Median => {
            let lines =
                green.chunks_exact_mut(width).zip(red.chunks_exact_mut(width)).zip(blue.chunks_exact_mut(width));
            for (((green, red), blue), row) in lines.zip(view.rows(area)) {
                for (((green, red), blue), pixel) in green.iter_mut().zip(red).zip(blue).zip(row) {
                    [*green, *red, *blue] = to_bytes(*pixel);
                }
            }
            let mut line = vec![0; width];
            for plane in [green, red, blue] {
                take_median(plane, &mut line);
            }
        }
    }
}

fn split_plain(view: View<'_>, area: Area, [green, red, blue]: [&mut [u8]; 3]) {
    let width = usize::from(area.width);
    let band = width * BAND_ROWS;
    let bands = green.chunks_mut(band).zip(red.chunks_mut(band)).zip(blue.chunks_mut(band));
    for (first, ((green, red), blue)) in (u32::from(area.y)..).step_by(BAND_ROWS).zip(bands) {
        let rows = green.len() / width;
        for (offset, row) in (first..area.lower()).take(rows).map(|row| view.row(area, row)).enumerate() {
            let columns = green
                .iter_mut()
                .skip(offset)
                .step_by(rows)
                .zip(red.iter_mut().skip(offset).step_by(rows))
                .zip(blue.iter_mut().skip(offset).step_by(rows));
            for (((green, red), blue), pixel) in columns.zip(row) {
                [*green, *red, *blue] = to_bytes(*pixel);
            }
        }
    }
}

/// Green, red - green, blue - green.
fn to_bytes(pixel: u32) -> [u8; 3] {
    let [blue, green, red, _] = pixel.to_le_bytes();
    [green, red.wrapping_sub(green), blue.wrapping_sub(green)]
}

/// Red, green, blue, 255.
fn to_pixel(green: u8, red: u8, blue: u8) -> u32 {
    u32::from_le_bytes([red.wrapping_add(green), green, blue.wrapping_add(green), 255])
}

/// Writes planes into `area`, as bytes red, green, blue, 255.
pub(super) fn join(planes: &mut [u8], predictor: Predictor, canvas: &mut Canvas, area: Area) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let plane_bytes = width * height;
    let Some((green, rest)) = planes.split_at_mut_checked(plane_bytes) else { return };
    let Some((red, blue)) = rest.split_at_mut_checked(plane_bytes) else { return };
    match predictor {
        Predictor::Plain => join_plain([green, red, blue], canvas, area),
        Predictor::Median => {
            for plane in [&mut *green, &mut *red, &mut *blue] {
                add_median(plane, width);
            }
            let lines = green.chunks_exact(width).zip(red.chunks_exact(width)).zip(blue.chunks_exact(width));
            for (row, ((green, red), blue)) in (u32::from(area.y)..).zip(lines) {
                for (((pixel, green), red), blue) in canvas.row_mut(area, row).iter_mut().zip(green).zip(red).zip(blue)
                {
                    *pixel = to_pixel(*green, *red, *blue);
                }
            }
        }
    }
}

fn join_plain([green, red, blue]: [&[u8]; 3], canvas: &mut Canvas, area: Area) {
    let width = usize::from(area.width);
    let band = width * BAND_ROWS;
    let bands = green.chunks(band).zip(red.chunks(band)).zip(blue.chunks(band));
    for (first, ((green, red), blue)) in (u32::from(area.y)..).step_by(BAND_ROWS).zip(bands) {
        let rows = green.len() / width;
        for (offset, row) in (first..area.lower()).take(rows).enumerate() {
            let columns = green
                .iter()
                .skip(offset)
                .step_by(rows)
                .zip(red.iter().skip(offset).step_by(rows))
                .zip(blue.iter().skip(offset).step_by(rows));
            for (pixel, ((green, red), blue)) in canvas.row_mut(area, row).iter_mut().zip(columns) {
                *pixel = to_pixel(*green, *red, *blue);
            }
        }
    }
}

fn median(left: u8, above: u8, corner: u8) -> u8 {
    let (low, high) = (left.min(above), left.max(above));
    // left + above - corner, kept between both.
    if corner >= high {
        low
    } else if corner <= low {
        high
    } else {
        left.wrapping_add(above).wrapping_sub(corner)
    }
}

fn take_median(plane: &mut [u8], line: &mut [u8]) {
    let width = line.len();
    // From below, so that the line above still is what it was.
    for start in (0..plane.len() / width.max(1)).rev().map(|row| row * width) {
        let Some((above, this)) = plane.split_at_mut_checked(start) else { return };
        let Some(this) = this.get_mut(..width) else { return };
        line.copy_from_slice(this);
        let above = above.get(start.saturating_sub(width)..).unwrap_or_default();
        if above.is_empty() {
            for (out, left) in this.iter_mut().skip(1).zip(line.iter()) {
                *out = out.wrapping_sub(*left);
            }
            continue;
        }
        if let (Some(out), Some(above)) = (this.first_mut(), above.first()) {
            *out = out.wrapping_sub(*above);
        }
        let guesses = line.iter().zip(above.iter().skip(1)).zip(above);
        for (out, ((left, above), corner)) in this.iter_mut().skip(1).zip(guesses) {
            *out = out.wrapping_sub(median(*left, *above, *corner));
        }
    }
}

fn add_median(plane: &mut [u8], width: usize) {
    for start in (0..plane.len() / width.max(1)).map(|row| row * width) {
        let Some((above, this)) = plane.split_at_mut_checked(start) else { return };
        let Some(this) = this.get_mut(..width) else { return };
        let above = above.get(start.saturating_sub(width)..).unwrap_or_default();
        let mut left = 0;
        if above.is_empty() {
            for out in this {
                *out = out.wrapping_add(left);
                left = *out;
            }
            continue;
        }
        // Before the first column the guess is the pixel above it.
        let mut corner = above.first().copied().unwrap_or_default();
        left = corner;
        for (out, above) in this.iter_mut().zip(above) {
            *out = out.wrapping_add(median(left, *above, corner));
            (left, corner) = (*out, *above);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beistand_protocol::picture::Size;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn planes_come_back_exactly(
            width in 1u16..20, height in 1u16..38, x in 0u16..3, y in 0u16..3, seed in any::<u64>(), flat in any::<bool>()
        ) {
            let size = Size::new(24, 40).unwrap();
            let mut state = seed;
            let pixels: Vec<u32> = (0..size.pixels()).map(|index| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if flat && index % 3 > 0 { 0x00F0_8010 } else { u32::try_from(state >> 32).unwrap() }
            }).collect();
            let view = View::new(size, &pixels);
            let area = Area { x, y, width, height };
            for predictor in [Predictor::Plain, Predictor::Median] {
                let mut planes = vec![1, 2, 3];
                split(view, area, predictor, &mut planes);
                prop_assert_eq!(planes.len(), 3 + 3 * area.pixels() as usize);
                let mut back = Canvas::new(size, 7);
                join(&mut planes[3..], predictor, &mut back, area);
                for row in 0..u32::from(size.height()) {
                    for column in 0..size.width() {
                        let one = Area { x: column, y: 0, width: 1, height: 1 };
                        let [blue, green, red, _] = view.row(one, row)[0].to_le_bytes();
                        let inside = (x..x + width).contains(&column) && (u32::from(y)..area.lower()).contains(&row);
                        let expected = if inside { u32::from_le_bytes([red, green, blue, 255]) } else { 7 };
                        prop_assert_eq!(back.row(one, row)[0], expected);
                    }
                }
            }
        }
    }
}
