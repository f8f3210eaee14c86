//! A picture of a display, to be compared, searched for colours and saved.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Pixels as red, green, blue, top row first.
#[derive(Clone, PartialEq, Eq)]
pub struct Screenshot {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Screenshot {
    /// Takes pixels over.
    ///
    /// # Errors
    /// Unless there are three bytes for each pixel.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Result<Self> {
        ensure!(rgb.len() == width * height * 3, "{} bytes are not {width} x {height} pixels", rgb.len());
        Ok(Self { width, height, rgb })
    }

    /// Reads a PNG of 8 bits per channel.
    ///
    /// # Errors
    /// When it is another kind of file.
    pub fn from_png(bytes: &[u8]) -> Result<Self> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
        let mut pixels = vec![0; reader.output_buffer_size().context("the PNG is too large")?];
        let info = reader.next_frame(&mut pixels)?;
        pixels.truncate(info.buffer_size());
        let rgb = match info.color_type {
            png::ColorType::Rgb => pixels,
            png::ColorType::Rgba => {
                pixels.chunks_exact(4).flat_map(|pixel| pixel.iter().take(3).copied().collect::<Vec<u8>>()).collect()
            }
            png::ColorType::Grayscale => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
            png::ColorType::Indexed | png::ColorType::GrayscaleAlpha => anyhow::bail!("an unexpected kind of PNG"),
        };
        Self::new(usize::try_from(info.width)?, usize::try_from(info.height)?, rgb)
    }

    /// Writes a PNG, and its folder when missing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::new(File::create(path).with_context(|| format!("{} cannot be written", path.display()))?);
        let mut encoder = png::Encoder::new(file, u32::try_from(self.width)?, u32::try_from(self.height)?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// One pixel, or none outside.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = (y * self.width + x) * 3;
        self.rgb.get(at..at + 3)?.try_into().ok()
    }

    /// A rectangle of it, clipped at the border.
    ///
    /// # Errors
    /// When nothing of it is inside.
    pub fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Result<Self> {
        let (right, bottom) = ((x + width).min(self.width), (y + height).min(self.height));
        ensure!(x < right && y < bottom, "the rectangle lies outside");
        let rgb = (y..bottom)
            .flat_map(|row| {
                self.rgb.get((row * self.width + x) * 3..(row * self.width + right) * 3).unwrap_or_default()
            })
            .copied()
            .collect();
        Self::new(right - x, bottom - y, rgb)
    }

    /// Both pictures in one, side by side.
    ///
    /// # Errors
    /// Never with pictures that were made here.
    pub fn beside(&self, other: &Self) -> Result<Self> {
        let (width, height) = (self.width + other.width, self.height.max(other.height));
        let mut rgb = vec![0; width * height * 3];
        for (picture, left) in [(self, 0), (other, self.width)] {
            for (row, line) in picture.rgb.chunks_exact(picture.width * 3).enumerate() {
                let at = (row * width + left) * 3;
                if let Some(room) = rgb.get_mut(at..at + line.len()) {
                    room.copy_from_slice(line);
                }
            }
        }
        Self::new(width, height, rgb)
    }

    /// The share of pixels, from 0 to 1, that differ by more than `tolerance` in a channel.
    ///
    /// # Errors
    /// When the sizes differ.
    pub fn difference(&self, other: &Self, tolerance: u8) -> Result<f64> {
        ensure!(
            (self.width, self.height) == (other.width, other.height),
            "{} x {} cannot be compared with {} x {}",
            self.width,
            self.height,
            other.width,
            other.height
        );
        let pairs = self.rgb.chunks_exact(3).zip(other.rgb.chunks_exact(3));
        let differing = pairs.filter(|(a, b)| a.iter().zip(b.iter()).any(|(a, b)| a.abs_diff(*b) > tolerance)).count();
        #[expect(clippy::cast_precision_loss, reason = "a screen has fewer pixels than a float has digits")]
        Ok(differing as f64 / (self.width * self.height) as f64)
    }

    /// How many pixels have this colour: red, green, blue.
    #[must_use]
    pub fn count(&self, colour: [u8; 3]) -> usize {
        self.rgb.chunks_exact(3).filter(|pixel| **pixel == colour).count()
    }

    /// How many different colours there are: a blank window has one or two.
    #[must_use]
    pub fn colours(&self) -> usize {
        let mut seen: Vec<[u8; 3]> = self.rgb.chunks_exact(3).filter_map(|pixel| pixel.try_into().ok()).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    }
}

impl std::fmt::Debug for Screenshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Screenshot({} x {})", self.width, self.height)
    }
}
