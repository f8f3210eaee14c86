//! What the child does: one image in, the same image out, made anew from its pixels.

use crate::attachments::kind::Kind;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::error::LimitErrorKind;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
};
use std::io::Cursor;

/// How many pixels a side may have.
pub(super) const MOST_SIDE: u32 = 12_000;
/// How many pixels an image may have.
pub(super) const MOST_PIXELS: u64 = 40_000_000;
/// How much the decoder may ask for: 40 million pixels of eight bytes, and some.
const MOST_MEMORY: u64 = 400 * 1024 * 1024;
const JPEG_QUALITY: u8 = 88;

/// Why there is no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Damaged,
    TooLarge,
    TooCostly,
}

/// The new image.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) kind: Kind,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: Vec<u8>,
}

/// Decodes the first picture of an image, turns it upright, and encodes it again: photos as JPEG, all others as PNG,
/// unless that is longer than `most_bytes`.
pub(super) fn recode(kind: Kind, content: &[u8], most_bytes: usize) -> Result<Made, Fault> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::WebP => ImageFormat::WebP,
        Kind::Gif => ImageFormat::Gif,
        Kind::Bmp => ImageFormat::Bmp,
        Kind::Pdf | Kind::Text => return Err(Fault::Damaged),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| fault(&error))?;
    let (width, height) = decoder.dimensions();
    if width > MOST_SIDE || height > MOST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Fault::TooLarge);
    }
    let orientation = decoder.orientation().map_err(|error| fault(&error))?;
    let image = DynamicImage::from_decoder(decoder).map_err(|error| fault(&error))?;
    let mut image = eight_bits(image);
    image.apply_orientation(orientation);
    let (width, height) = (image.width(), image.height());
    if kind != Kind::Jpeg {
        let bytes = png(&image)?;
        if bytes.len() <= most_bytes {
            return Ok(Made { kind: Kind::Png, width, height, bytes });
        }
    }
    let bytes = jpeg(image)?;
    if bytes.len() <= most_bytes { Ok(Made { kind: Kind::Jpeg, width, height, bytes }) } else { Err(Fault::TooLarge) }
}

fn fault(error: &ImageError) -> Fault {
    match error {
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError => Fault::TooLarge,
            LimitErrorKind::InsufficientMemory | LimitErrorKind::Unsupported { .. } => Fault::TooCostly,
            // The library may add kinds.
            _ => Fault::TooCostly,
        },
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_) => Fault::Damaged,
    }
}

/// Eight bits a channel, and no transparency that nothing uses.
fn eight_bits(image: DynamicImage) -> DynamicImage {
    if !image.color().has_color() {
        return match image.color().has_alpha() {
            true => DynamicImage::ImageLumaA8(image.into_luma_alpha8()),
            false => DynamicImage::ImageLuma8(image.into_luma8()),
        };
    }
    if !image.color().has_alpha() {
        return DynamicImage::ImageRgb8(image.into_rgb8());
    }
    let image = image.into_rgba8();
    match image.pixels().all(|pixel| matches!(pixel.0, [_, _, _, 255])) {
        true => DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8()),
        false => DynamicImage::ImageRgba8(image),
    }
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(image.as_bytes(), image.width(), image.height(), ExtendedColorType::from(image.color()))
        .map_err(|_| Fault::Damaged)?;
    Ok(bytes)
}

fn jpeg(image: DynamicImage) -> Result<Vec<u8>, Fault> {
    let image = if image.color().has_alpha() { on_white(image) } else { image };
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .write_image(image.as_bytes(), image.width(), image.height(), ExtendedColorType::from(image.color()))
        .map_err(|_| Fault::Damaged)?;
    Ok(bytes)
}

/// What is see-through is white, as on paper.
fn on_white(image: DynamicImage) -> DynamicImage {
    let mut image = image.into_rgba8();
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        for channel in pixel.0.iter_mut().take(3) {
            let mixed = (u16::from(*channel) * alpha + 255 * (255 - alpha)) / 255;
            *channel = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};

    const ROOMY: usize = 32 * 1024 * 1024;

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn picture() -> DynamicImage {
        let colour = |x: u32, y: u32| Rgb([u8::try_from(x * 4).unwrap(), u8::try_from(y * 6).unwrap(), 90]);
        DynamicImage::ImageRgb8(RgbImage::from_fn(60, 40, colour))
    }

    #[test]
    fn every_format_comes_out_as_a_picture_of_the_same_size() {
        for (kind, format, wanted) in [
            (Kind::Png, ImageFormat::Png, Kind::Png),
            (Kind::Jpeg, ImageFormat::Jpeg, Kind::Jpeg),
            (Kind::WebP, ImageFormat::WebP, Kind::Png),
            (Kind::Gif, ImageFormat::Gif, Kind::Png),
            (Kind::Bmp, ImageFormat::Bmp, Kind::Png),
        ] {
            let made = recode(kind, &encoded(&picture(), format), ROOMY).unwrap();
            assert_eq!((made.kind, made.width, made.height), (wanted, 60, 40), "{kind:?}");
            let again = image::load_from_memory(&made.bytes).unwrap();
            let (was, Rgba(is)): ([u8; 3], _) = ([120, 60, 90], again.get_pixel(30, 10));
            assert!((0..3).all(|at| was[at].abs_diff(is[at]) < 24), "{kind:?}: {is:?}");
        }
    }

    #[test]
    fn nothing_of_the_senders_bytes_is_kept() {
        let mut png = encoded(&picture(), ImageFormat::Png);
        png.extend(b"PK\x03\x04 <script>alert(1)</script>");
        let made = recode(Kind::Png, &png, ROOMY).unwrap();
        assert!(!made.bytes.windows(7).any(|window| window == b"<script"));
        let jpeg = encoded(&picture(), ImageFormat::Jpeg);
        let comment = [&jpeg[..2], b"\xff\xfe\x00\x13<script>x</scri>", &jpeg[2..]].concat();
        let made = recode(Kind::Jpeg, &comment, ROOMY).unwrap();
        assert!(!made.bytes.windows(7).any(|window| window == b"<script"));
    }

    #[test]
    fn a_photo_is_turned_upright_and_forgets_how_it_lay() {
        let jpeg = encoded(&picture(), ImageFormat::Jpeg);
        // An EXIF block with nothing but the orientation: a quarter turn clockwise.
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&jpeg[..2], b"\xff\xe1", &length, exif, &jpeg[2..]].concat();
        let made = recode(Kind::Jpeg, &turned, ROOMY).unwrap();
        assert_eq!((made.width, made.height), (40, 60));
        assert!(!made.bytes.windows(4).any(|window| window == b"Exif"));
    }

    #[test]
    fn a_picture_that_grows_too_long_becomes_a_photo() {
        let mut state = 1u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(state >> 24).unwrap()
        };
        let image = RgbaImage::from_fn(300, 300, |_, _| Rgba([noise(), noise(), noise(), noise()]));
        let png = encoded(&DynamicImage::ImageRgba8(image), ImageFormat::Png);
        assert_eq!(recode(Kind::Png, &png, ROOMY).unwrap().kind, Kind::Png);
        assert_eq!(recode(Kind::Png, &png, 200_000).unwrap().kind, Kind::Jpeg);
        assert_eq!(recode(Kind::Png, &png, 1000).unwrap_err(), Fault::TooLarge);
    }

    #[test]
    fn what_is_too_large_is_never_decoded() {
        // Only heads: whoever decoded them would find them damaged.
        let png = |width: u32, height: u32| {
            let head = [b"IHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
            let mut crc = u32::MAX;
            for byte in &head {
                crc ^= u32::from(*byte);
                (0..8).for_each(|_| crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 });
            }
            let data = [&[0, 0, 0, 0], b"IDAT".as_slice(), &[0x35, 0xaf, 0x06, 0x1e]].concat();
            [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".as_slice(), &head, &(!crc).to_be_bytes(), &data].concat()
        };
        assert_eq!(recode(Kind::Png, &png(12_001, 10), ROOMY).unwrap_err(), Fault::TooLarge);
        assert_eq!(recode(Kind::Png, &png(10, 12_001), ROOMY).unwrap_err(), Fault::TooLarge);
        assert_eq!(recode(Kind::Png, &png(12_000, 12_000), ROOMY).unwrap_err(), Fault::TooLarge);
        assert_eq!(recode(Kind::Png, &png(u32::MAX, u32::MAX), ROOMY).unwrap_err(), Fault::TooLarge);
        assert_eq!(recode(Kind::Png, &png(100, 100), ROOMY).unwrap_err(), Fault::Damaged);
    }
}
