//! The technician's window without a window: draws batches as the page does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // It fails a test.

use crate::ends::Call;
use crate::screenshot::Screenshot;
use anyhow::{Result, ensure};
use beistand_protocol::picture::Shown;
use std::time::Duration;

/// Draws batches as the technician's window does.
#[derive(Debug, Default)]
pub struct Viewer {
    size: (usize, usize),
    pixels: Vec<[u8; 4]>,
    sequence: u32,
}

impl Viewer {
    /// Draws and acknowledges until nothing has come for `rest`.
    ///
    /// # Errors
    /// When a batch is not what it should be.
    pub async fn watch(&mut self, call: &Call, rest: Duration) -> Result<()> {
        let pictures = call.technician.session.pictures();
        while let Ok(batch) = tokio::time::timeout(rest, pictures.next(false)).await {
            let stream = self.draw(&batch)?;
            call.technician.session.shown(Shown { stream, sequence: self.sequence }).await;
        }
        Ok(())
    }

    /// Draws a batch; answers which stream it belongs to.
    ///
    /// # Errors
    /// When it is not what it should be.
    pub fn draw(&mut self, batch: &[u8]) -> Result<u32> {
        let long = |at: usize| u32::from_le_bytes(batch[at..at + 4].try_into().unwrap());
        let short = |at: usize| usize::from(u16::from_le_bytes(batch[at..at + 2].try_into().unwrap()));
        let size = (short(12), short(14));
        if size != self.size {
            (self.size, self.pixels) = (size, vec![[0; 4]; size.0 * size.1]);
        }
        let mut at = 28;
        for _ in 0..long(24) {
            let (x, y, width, height) = (short(at + 4), short(at + 6), short(at + 8), short(at + 10));
            let from = (short(at + 12), short(at + 14));
            let place = |x: usize, y: usize| y * size.0 + x;
            let colour = [batch[at + 1], batch[at + 2], batch[at + 3], 255];
            let upwards = batch[at] == 1 && from.1 < y;
            let kind = batch[at];
            at += 16;
            for row in 0..height {
                let row = if upwards { height - 1 - row } else { row };
                let to = place(x, y + row);
                match kind {
                    1 => {
                        let from = place(from.0, from.1 + row);
                        self.pixels.copy_within(from..from + width, to);
                    }
                    2 => self.pixels[to..to + width].fill(colour),
                    _ => {
                        let bytes = &batch[at + row * width * 4..][..width * 4];
                        self.pixels[to..to + width].copy_from_slice(bytes.as_chunks().0);
                    }
                }
            }
            at += if kind == 3 { width * height * 4 } else { 0 };
        }
        ensure!(at == batch.len(), "a batch with something behind it");
        self.sequence = long(8);
        Ok(long(4))
    }

    /// The number of the last update in what was drawn.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// What is shown at a place.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 4]> {
        self.pixels.get(y * self.size.0 + x).copied()
    }

    /// How much the colours of some pixels differ from those of `screen`, at the mean.
    #[must_use]
    pub fn error(&self, screen: &Screenshot) -> f64 {
        let some = (0..self.size.1).step_by(7).flat_map(|y| (0..self.size.0).step_by(5).map(move |x| (x, y)));
        let (mut sum, mut count) = (0, 0);
        for (x, y) in some {
            let (Some(shown), Some(right)) = (self.pixel(x, y), screen.pixel(x, y)) else { return f64::INFINITY };
            sum += shown.iter().zip(right).map(|(shown, right)| u32::from(shown.abs_diff(right))).sum::<u32>();
            count += 3;
        }
        f64::from(sum) / f64::from(count)
    }

    /// Whether it is `screen` to the last bit.
    #[must_use]
    pub fn shows(&self, screen: &Screenshot) -> bool {
        let places = (0..self.size.1).flat_map(|y| (0..self.size.0).map(move |x| (x, y)));
        (screen.width(), screen.height()) == self.size
            && places.zip(&self.pixels).all(|((x, y), shown)| screen.pixel(x, y).is_some_and(|rgb| shown[..3] == rgb))
    }
}
