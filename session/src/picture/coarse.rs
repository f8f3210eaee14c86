//! A first view for thin lines: all of a large change at once, coarse, as pictures of H.264; then exactly, from the
//! pointer outwards.
//!
//! INVARIANT: where the technician's picture is not what the encoder remembers as shown, that place is in
//! [`Coarse::left`], and all of it goes exactly, whatever a comparison says. While anything is left nothing is copied:
//! a copy would spread what is not known.

use super::{
    area::Area,
    canvas::View,
    pieces,
    video::{CodecFailed, MAX_COARSE, is_possible, still},
};
use beistand_protocol::picture::MAX_VIDEO_BYTES;
use core::time::Duration;

/// What would take the line for longer goes coarse first.
const TOO_LONG: Duration = Duration::from_millis(500);
/// The coarse view is to take it for about so long.
const VIEW_TIME: Duration = Duration::from_millis(250);
/// A coarse view larger than that would be hardly coarse.
const MAX_VIEW_BYTES: u64 = 150_000;
/// Smaller changes go exactly in any case.
const MIN_PX: u64 = 40_000;
const MIN_SIDE_PX: u16 = 48;
/// So many pixels of a photograph take a byte, if it is a smooth one.
const PX_A_BYTE: u64 = 3;
/// What is left is kept in tiles of this size, so that it can begin where the pointer is.
const TILE_WIDTH: u32 = 256;
const TILE_HEIGHT: u32 = 256;
/// How coarse: a parameter of the codec, and how many thousandths of a bit for a pixel it may take about.
const STEPS: [(u8, u64); 4] = [(30, 400), (36, 200), (42, 110), (48, 0)];

/// What was sent coarsely and is not exact yet.
#[derive(Default)]
pub(super) struct Coarse {
    left: Vec<Area>,
    /// What the change that is under way has taken so far.
    sent_px: u64,
    sent_bytes: u64,
}

impl Coarse {
    /// A new stream begins.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether all is exact.
    pub(super) const fn is_over(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether something in `area` is not exact.
    pub(super) fn touches(&self, area: Area) -> bool {
        self.left.iter().any(|left| left.intersection(area).is_some())
    }

    /// What is not exact.
    pub(super) fn left(&self) -> &[Area] {
        &self.left
    }

    /// An update took so many bytes for so many pixels; `all` if nothing is left to send.
    pub(super) fn sent(&mut self, px: u64, bytes: u64, all: bool) {
        self.sent_px += px;
        self.sent_bytes += bytes;
        if all {
            (self.sent_px, self.sent_bytes) = (0, 0);
        }
    }

    /// Whether `found` would take a line of so many bytes a second for too long, judged by what was sent of it already,
    /// and by how much of it are photographs.
    pub(super) fn is_worth(&self, screen: View<'_>, found: &[Area], line: u64) -> bool {
        let px: u64 = found.iter().map(|area| u64::from(area.pixels())).sum();
        if !self.is_over() || px < MIN_PX || self.sent_px == 0 {
            return false;
        }
        let alike = px.saturating_mul(self.sent_bytes) / self.sent_px;
        let photographs: u64 = found.iter().map(|area| u64::from(pieces::photographic_px(screen, *area))).sum();
        alike.max(photographs / PX_A_BYTE) > in_time(line, TOO_LONG)
    }

    /// Makes a coarse view of the largest of `found`: where it is, and how long its sample at the end of `out`. All of
    /// that is left from now on.
    pub(super) fn view(
        &mut self,
        screen: View<'_>,
        found: &mut Vec<Area>,
        line: u64,
        out: &mut Vec<u8>,
    ) -> Result<Vec<(Area, usize)>, CodecFailed> {
        join_below(found);
        found.sort_by_key(|area| std::cmp::Reverse(area.pixels()));
        let mut parts = Vec::new();
        found
            .iter()
            .for_each(|area| tile(*area, (u32::from(still::MAX_WIDTH), u32::from(still::MAX_HEIGHT)), &mut parts));
        parts.retain(|area| is_possible(*area) && area.width.min(area.height) >= MIN_SIDE_PX);
        parts.truncate(MAX_COARSE.into());
        let px: u64 = parts.iter().map(|area| u64::from(area.pixels())).sum();
        let wanted = in_time(line, VIEW_TIME).min(MAX_VIEW_BYTES);
        let enough = |step: &(u8, u64)| px * step.1 / 8000 <= wanted;
        let first = STEPS.iter().position(enough).unwrap_or(STEPS.len() - 1);
        let start = out.len();
        let mut made = Vec::new();
        for (coarseness, _) in STEPS.into_iter().skip(first) {
            out.truncate(start);
            made.clear();
            for area in &parts {
                let before = out.len();
                still::encode(screen, *area, coarseness, out)?;
                made.push((*area, out.len() - before));
            }
            if ((out.len() - start) as u64) < wanted * 2 {
                break;
            }
        }
        if out.len() > MAX_VIDEO_BYTES {
            return Err(CodecFailed);
        }
        parts.iter().for_each(|area| tile(*area, (TILE_WIDTH, TILE_HEIGHT), &mut self.left));
        Ok(made)
    }

    /// Takes out what can go exactly now: what no video lies over.
    pub(super) fn take(&mut self, masks: &[Area], out: &mut Vec<Area>) {
        for area in std::mem::take(&mut self.left) {
            area.without(masks, out);
            self.left.extend(masks.iter().filter_map(|mask| mask.intersection(area)));
        }
    }

    /// It did not go.
    pub(super) fn put_back(&mut self, area: Area) {
        self.left.push(area);
    }
}

/// Bytes that a line of so many a second carries in a time.
fn in_time(line: u64, time: Duration) -> u64 {
    u64::try_from(u128::from(line) * time.as_millis() / 1000).unwrap_or(u64::MAX)
}

/// Joins what lies exactly below each other: a picture is looked through in slices.
fn join_below(areas: &mut Vec<Area>) {
    areas.sort_by_key(|area| (area.x, area.width, area.y));
    areas.dedup_by(|next, area| {
        let joined = next.x == area.x && next.width == area.width && u32::from(next.y) == area.lower();
        if joined {
            *area = area.union(*next);
        }
        joined
    });
}

/// Appends `area` in tiles no larger than that.
pub(super) fn tile(area: Area, (width, height): (u32, u32), out: &mut Vec<Area>) {
    for upper in (u32::from(area.y)..area.lower()).step_by(height as usize) {
        for left in (u32::from(area.x)..area.right()).step_by(width as usize) {
            let (right, lower) = ((left + width).min(area.right()), (upper + height).min(area.lower()));
            out.extend(Area::between(left, upper, right, lower));
        }
    }
}

#[cfg(test)]
mod tests;
