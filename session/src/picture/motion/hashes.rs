//! Hashes of pieces of lines: quick, and verified by whoever acts on them.

use super::{PIECE_PX, grid::Grid};
use crate::picture::canvas::View;

/// A hash of a piece of a line; the lowest bit tells whether it has more than one colour.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hash(pub(super) u32);

impl Hash {
    pub(super) const fn is_varied(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The hashes of some pieces: all lines of the first, then all lines of the next.
#[derive(Default)]
pub(super) struct Hashes {
    pub(super) hashes: Vec<Hash>,
}

impl Hashes {
    pub(super) fn fill(&mut self, view: View<'_>, grid: &Grid, pieces: impl Iterator<Item = u32> + Clone) {
        let lines = grid.lines as usize;
        self.hashes.clear();
        self.hashes.resize(pieces.clone().count() * lines, Hash::default());
        // By rows, as they lie in memory.
        for (line, row) in view.rows(grid.region).enumerate() {
            let places = self.hashes.iter_mut().skip(line).step_by(lines);
            for (place, piece) in places.zip(pieces.clone()) {
                let from = (piece * PIECE_PX) as usize;
                let to = row.len().min(from + PIECE_PX as usize);
                *place = hash_of(row.get(from..to).unwrap_or_default());
            }
        }
    }
}

/// The hash of a piece and the same piece of the lines behind it.
pub(super) fn in_context(hashes: &[Hash]) -> Hash {
    let Some(first) = hashes.first() else { return Hash::default() };
    let (mut all, mut varied) = (0u32, 0);
    for Hash(hash) in hashes {
        all = (all.rotate_left(7) ^ hash).wrapping_mul(0x9E37_79B1);
        varied |= (hash ^ first.0) | (hash & 1);
    }
    Hash(all << 1 | u32::from(varied != 0))
}

/// Eight lanes that never multiply, so that the compiler makes vectors of them; mixed at the end.
fn hash_of(pixels: &[u32]) -> Hash {
    let first = pixels.first().copied().unwrap_or_default();
    let mut lanes = [0u32; 8];
    let mut varied = [0u32; 8];
    let (chunks, rest) = pixels.as_chunks::<8>();
    for chunk in chunks {
        mix(&mut lanes, &mut varied, chunk, first);
    }
    if !rest.is_empty() {
        let mut last = [first; 8];
        for (place, pixel) in last.iter_mut().zip(rest) {
            *place = *pixel;
        }
        mix(&mut lanes, &mut varied, &last, first);
    }
    let all = lanes.iter().fold(0u32, |all, lane| (all.rotate_left(7) ^ lane).wrapping_mul(0x9E37_79B1));
    Hash(all << 1 | u32::from(varied.iter().any(|varied| *varied != 0)))
}

#[inline(always)]
fn mix(lanes: &mut [u32; 8], varied: &mut [u32; 8], chunk: &[u32; 8], first: u32) {
    for ((lane, varied), pixel) in lanes.iter_mut().zip(varied).zip(chunk) {
        *lane = (lane.rotate_left(5) ^ pixel).wrapping_add(pixel >> 3);
        *varied |= pixel ^ first;
    }
}

/// Which line a hash was seen on: a small open hash table.
#[derive(Default)]
pub(super) struct Seen {
    slots: Vec<Slot>,
    mask: u32,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    hash: Hash,
    line: u32,
    count: u32,
}

impl Seen {
    pub(super) fn clear(&mut self, lines: u32) {
        let slots = (lines * 2).next_power_of_two();
        self.mask = slots - 1;
        self.slots.clear();
        self.slots.resize(slots as usize, Slot::default());
    }

    pub(super) fn add(&mut self, hash: Hash, line: u32) {
        let at = self.find(hash);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { hash, line, count: slot.count + 1 };
        }
    }

    /// The line of a hash that was seen once.
    pub(super) fn only(&self, hash: Hash) -> Option<u32> {
        self.slots.get(self.find(hash)).filter(|slot| slot.count == 1).map(|slot| slot.line)
    }

    /// The slot that holds `hash` or is free for it; at most half of them are taken.
    fn find(&self, hash: Hash) -> usize {
        let mut at = hash.0.wrapping_mul(0x9E37_79B1) >> 7 & self.mask;
        loop {
            match self.slots.get(at as usize) {
                Some(slot) if slot.count > 0 && slot.hash != hash => at = (at + 1) & self.mask,
                Some(_) | None => return at as usize,
            }
        }
    }
}
