//! Motion in any direction: short stretches of the rows before, looked for at every place of a few rows after.

use super::{
    Shift,
    hashes::{Hash, Seen},
};
use crate::picture::{area::Area, canvas::View};
use std::collections::HashMap;

/// The length of a stretch.
const STRETCH_PX: usize = 32;
const STRETCH: u32 = 32;
/// So many rows are looked through for them.
const SAMPLED_ROWS: u32 = 16;
/// No more stretches are remembered.
const MAX_STRETCHES: u32 = 1 << 16;
const MIN_VOTES: u32 = 12;
/// After so many failures in a row it rests for so many changes: a video would cost it every frame.
const FAILURES: u32 = 4;
const REST: u32 = 8;
const FACTOR: u32 = 0x0100_0193;

/// Looks for motion in any direction, in memory that it keeps.
#[derive(Default)]
pub(super) struct Anywhere {
    seen: Seen,
    votes: HashMap<Shift, u32>,
    failures: u32,
    rest: u32,
}

impl Anywhere {
    /// How far most of what changed moved.
    pub(super) fn vote(&mut self, old: View<'_>, new: View<'_>, changed: Area) -> Option<Shift> {
        if self.rest > 0 {
            self.rest -= 1;
            return None;
        }
        let columns = u32::from(changed.width) / STRETCH;
        let rows_apart = (columns * u32::from(changed.height)).div_ceil(MAX_STRETCHES).max(1);
        self.learn(old, changed, columns, rows_apart);
        self.votes.clear();
        let step = (u32::from(changed.height) / SAMPLED_ROWS).max(1);
        for row in (u32::from(changed.y)..changed.lower()).step_by(step as usize) {
            self.look_through(new, changed, row, columns, rows_apart);
        }
        let best = self.votes.iter().max_by_key(|(_, votes)| **votes);
        let shift = best.filter(|(_, votes)| **votes >= MIN_VOTES).map(|(shift, _)| *shift);
        self.failures = if shift.is_some() { 0 } else { self.failures + 1 };
        if self.failures >= FAILURES {
            self.rest = REST;
        }
        shift
    }

    fn learn(&mut self, old: View<'_>, changed: Area, columns: u32, rows_apart: u32) {
        self.seen.clear((columns * u32::from(changed.height)).div_ceil(rows_apart));
        let rows = old.rows(changed).step_by(rows_apart as usize);
        for (index, row) in (0..).zip(rows) {
            for (column, stretch) in (0..columns).zip(row.as_chunks::<STRETCH_PX>().0) {
                let hash = stretch.iter().fold(0u32, |hash, pixel| hash.wrapping_mul(FACTOR).wrapping_add(*pixel));
                if stretch.iter().any(|pixel| Some(pixel) != stretch.first()) {
                    self.seen.add(mixed(hash), index * columns + column);
                }
            }
        }
    }

    fn look_through(&mut self, new: View<'_>, changed: Area, row: u32, columns: u32, rows_apart: u32) {
        let leaving = (0..STRETCH_PX).fold(1u32, |power, _| power.wrapping_mul(FACTOR));
        let pixels = new.row(changed, row);
        let (mut hash, mut same, mut last) = (0u32, 0, None);
        let gone = std::iter::repeat_n(&0, STRETCH_PX).chain(pixels);
        for (at, (pixel, gone)) in (1..).zip(pixels.iter().zip(gone)) {
            hash = hash.wrapping_mul(FACTOR).wrapping_add(*pixel).wrapping_sub(gone.wrapping_mul(leaving));
            same = if last == Some(pixel) { same + 1 } else { 1 };
            last = Some(pixel);
            if at < STRETCH_PX || same >= STRETCH_PX {
                continue;
            }
            let Some(place) = self.seen.only(mixed(hash)) else { continue };
            let before = (place % columns * STRETCH, place / columns * rows_apart);
            let now = (at - STRETCH_PX, row - u32::from(changed.y));
            let apart = |now: u32, before: u32| i32::try_from(i64::from(now) - i64::from(before)).ok();
            let shift = u32::try_from(now.0).ok().and_then(|x| apart(x, before.0)).zip(apart(now.1, before.1));
            if let Some((x, y)) = shift.filter(|shift| *shift != (0, 0)) {
                *self.votes.entry(Shift { x, y }).or_default() += 1;
            }
        }
    }
}

/// The low bits of such a sum know only the low bits of the pixels.
fn mixed(hash: u32) -> Hash {
    Hash((hash ^ hash >> 15).wrapping_mul(0x9E37_79B1) | 1)
}
