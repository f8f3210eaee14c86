//! Finds what only moved: a scrolled page, a log that ran up by a line, a pan to the side.
//!
//! Every line (a row for vertical motion, a column for horizontal) is hashed in short pieces before and after.
//! Pieces that occur once vote for how far they went; where the winner fits, rectangles are grown and then
//! compared pixel by pixel, so a hash that lies costs time but never a wrong picture.

use super::{area::Area, canvas::View};

/// Pieces of lines are this long.
const PIECE_PX: u32 = 64;
/// Lines beside the changed region in which its content may have been before.
const MARGIN_LINES: u32 = 64;
/// A copy that saves fewer changed pixels is not worth an operation.
const MIN_SAVED_PX: u32 = 512;
/// A piece is known by so many lines from it on: a single row of text often looks like its neighbour.
const CONTEXT_LINES: u32 = 8;
/// Fewer votes are chance.
const MIN_VOTES: u32 = 4;
/// More copies than this in one pass don't come from a scroll.
const MAX_MOVES: usize = 64;

/// Along which axis content moved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Vertical,
    Horizontal,
}

/// Content of `from` that now is at `x`, `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) from: Area,
    pub(super) x: u16,
    pub(super) y: u16,
}

/// Looks for motion, in memory that it keeps.
#[derive(Default)]
pub(super) struct Motion {
    old: Hashes,
    new: Hashes,
    votes: Vec<u32>,
    seen: Seen,
    open: Vec<Growing>,
    grown: Vec<Growing>,
}

/// A rectangle of pieces that all moved, while lines are added to it.
#[derive(Clone, Copy)]
struct Growing {
    first_piece: u32,
    after_piece: u32,
    first_line: u32,
    after_line: u32,
    saved: u32,
}

impl Motion {
    /// Appends moves whose results are right in `new` if they are done in this order on `old`.
    pub(super) fn find(&mut self, old: View<'_>, new: View<'_>, changed: Area, axis: Axis, moves: &mut Vec<Move>) {
        let Some(grid) = Grid::new(old, changed, axis) else { return };
        self.old.fill(old, &grid);
        self.new.fill(new, &grid);
        let Some(shift) = self.vote(&grid) else { return };
        self.grow(&grid, shift);
        // What is copied must still be there: begin at the side that content moves to.
        self.grown.sort_by_key(|grown| if shift < 0 { grown.first_line } else { u32::MAX - grown.after_line });
        for grown in self.grown.iter().take(MAX_MOVES) {
            moves.extend(grid.check(old, new, *grown, shift));
        }
    }

    /// By how many lines most unique pieces moved.
    fn vote(&mut self, grid: &Grid) -> Option<i32> {
        self.votes.clear();
        self.votes.resize(grid.lines as usize * 2, 0);
        let lines = grid.lines.saturating_sub(CONTEXT_LINES - 1);
        for piece in 0..grid.pieces {
            self.seen.clear(lines);
            for line in 0..lines {
                let hash = self.old.context(line, piece);
                if hash.is_varied() {
                    self.seen.add(hash, line);
                }
            }
            for line in 0..lines {
                if self.new.at(line, piece) == self.old.at(line, piece) {
                    continue;
                }
                let hash = self.new.context(line, piece);
                if hash.is_varied()
                    && let Some(before) = self.seen.only(hash)
                    && let Some(votes) = self.votes.get_mut((line + grid.lines - before) as usize)
                {
                    *votes += 1;
                }
            }
        }
        let (index, votes) = (0..).zip(&self.votes).max_by_key(|(_, votes)| **votes)?;
        let shift = index - i32::try_from(grid.lines).ok()?;
        (*votes >= MIN_VOTES && shift != 0).then_some(shift)
    }

    fn grow(&mut self, grid: &Grid, shift: i32) {
        self.open.clear();
        self.grown.clear();
        for line in 0..grid.lines {
            let before = line.checked_add_signed(-shift).filter(|before| *before < grid.lines);
            let mut piece = 0;
            let mut still_open = 0;
            while let Some(before) = before
                && piece < grid.pieces
            {
                let fits = |piece| self.new.at(line, piece) == self.old.at(before, piece);
                if !fits(piece) {
                    piece += 1;
                    continue;
                }
                let first_piece = piece;
                let mut saved = 0;
                while piece < grid.pieces && fits(piece) {
                    if self.new.at(line, piece) != self.old.at(line, piece) {
                        saved += PIECE_PX;
                    }
                    piece += 1;
                }
                let run = Growing { first_piece, after_piece: piece, first_line: line, after_line: line + 1, saved };
                // Rectangles up to `still_open` reach down to this line.
                let taken = self.open.iter().skip(still_open).position(|open| open.goes_on_in(run));
                match taken.and_then(|taken| self.open.get_mut(still_open + taken)) {
                    Some(open) => {
                        open.after_line = line + 1;
                        open.saved += saved;
                        self.open.swap(still_open, still_open + taken.unwrap_or_default());
                    }
                    None if saved > 0 => {
                        self.open.push(run);
                        let last = self.open.len() - 1;
                        self.open.swap(still_open, last);
                    }
                    None => continue,
                }
                still_open += 1;
            }
            self.grown.extend(self.open.drain(still_open..).filter(|grown| grown.saved >= MIN_SAVED_PX));
        }
        self.grown.extend(self.open.drain(..).filter(|grown| grown.saved >= MIN_SAVED_PX));
    }
}

impl Growing {
    /// Whether it goes on in a line's run: the run holds it and is not much wider.
    fn goes_on_in(self, run: Self) -> bool {
        let (own, other) = (self.after_piece - self.first_piece, run.after_piece - run.first_piece);
        run.first_piece <= self.first_piece && run.after_piece >= self.after_piece && other <= own + (own / 4).max(1)
    }
}

/// The region that is searched, seen along an axis.
struct Grid {
    region: Area,
    axis: Axis,
    lines: u32,
    pieces: u32,
}

impl Grid {
    fn new(view: View<'_>, changed: Area, axis: Axis) -> Option<Self> {
        let (x, y) = (u32::from(changed.x), u32::from(changed.y));
        let (width, height) = (u32::from(view.size().width()), u32::from(view.size().height()));
        let region = match axis {
            Axis::Vertical => Area::between(
                x,
                y.saturating_sub(MARGIN_LINES),
                changed.right(),
                (changed.lower() + MARGIN_LINES).min(height),
            )?,
            Axis::Horizontal => Area::between(
                x.saturating_sub(MARGIN_LINES),
                y,
                (changed.right() + MARGIN_LINES).min(width),
                changed.lower(),
            )?,
        };
        let (lines, across) = match axis {
            Axis::Vertical => (region.height, region.width),
            Axis::Horizontal => (region.width, region.height),
        };
        Some(Self { region, axis, lines: lines.into(), pieces: u32::from(across).div_ceil(PIECE_PX) })
    }

    /// The rectangle of lines and offsets across them, on the picture.
    fn area(&self, lines: (u32, u32), across: (u32, u32)) -> Option<Area> {
        let (x, y) = (u32::from(self.region.x), u32::from(self.region.y));
        match self.axis {
            Axis::Vertical => Area::between(x + across.0, y + lines.0, x + across.1, y + lines.1),
            Axis::Horizontal => Area::between(x + lines.0, y + across.0, x + lines.1, y + across.1),
        }
    }

    fn across(&self) -> u32 {
        match self.axis {
            Axis::Vertical => self.region.width.into(),
            Axis::Horizontal => self.region.height.into(),
        }
    }

    /// The move that puts `grown` in its place, if every pixel fits; widened to the pixel where it can be.
    fn check(&self, old: View<'_>, new: View<'_>, grown: Growing, shift: i32) -> Option<Move> {
        let lines = (grown.first_line, grown.after_line);
        let before = (lines.0.checked_add_signed(-shift)?, lines.1.checked_add_signed(-shift)?);
        let fits = |from: u32, to: u32| {
            let places = self.area(before, (from, to)).zip(self.area(lines, (from, to)));
            places.is_some_and(|(from, to)| old.rows(from).eq(new.rows(to)))
        };
        let mut first = grown.first_piece * PIECE_PX;
        let mut after = (grown.after_piece * PIECE_PX).min(self.across());
        if !fits(first, after) {
            return None;
        }
        let (least, most) = (first.saturating_sub(PIECE_PX), (after + PIECE_PX).min(self.across()));
        while first > least && fits(first - 1, first) {
            first -= 1;
        }
        while after < most && fits(after, after + 1) {
            after += 1;
        }
        let to = self.area(lines, (first, after))?;
        Some(Move { from: self.area(before, (first, after))?, x: to.x, y: to.y })
    }
}

/// A hash of a piece of a line; the lowest bit tells whether it has more than one colour.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Hash(u32);

impl Hash {
    const fn is_varied(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The hashes of all pieces of all lines of a grid.
#[derive(Default)]
struct Hashes {
    pieces: usize,
    hashes: Vec<Hash>,
    columns: Vec<(u32, u32, u32)>,
}

impl Hashes {
    fn at(&self, line: u32, piece: u32) -> Hash {
        self.hashes.get(line as usize * self.pieces + piece as usize).copied().unwrap_or_default()
    }

    /// The hash of a piece and the same piece of the lines behind it.
    fn context(&self, line: u32, piece: u32) -> Hash {
        let first = self.at(line, piece);
        let (mut all, mut varied) = (0u32, 0);
        for Hash(hash) in (line..line + CONTEXT_LINES).map(|line| self.at(line, piece)) {
            all = (all.rotate_left(7) ^ hash).wrapping_mul(0x9E37_79B1);
            varied |= (hash ^ first.0) | (hash & 1);
        }
        Hash(all << 1 | u32::from(varied != 0))
    }

    fn fill(&mut self, view: View<'_>, grid: &Grid) {
        self.pieces = grid.pieces as usize;
        self.hashes.clear();
        match grid.axis {
            Axis::Vertical => {
                for row in view.rows(grid.region) {
                    self.hashes.extend(row.chunks(PIECE_PX as usize).map(hash_of));
                }
            }
            Axis::Horizontal => {
                self.hashes.resize(grid.lines as usize * self.pieces, Hash::default());
                for piece in 0..grid.pieces {
                    self.fill_columns(view, grid, piece);
                }
            }
        }
    }

    fn fill_columns(&mut self, view: View<'_>, grid: &Grid, piece: u32) {
        let across = (piece * PIECE_PX, ((piece + 1) * PIECE_PX).min(grid.across()));
        let Some(band) = grid.area((0, grid.lines), across) else { return };
        self.columns.clear();
        self.columns.extend(view.row(band, band.y.into()).iter().map(|pixel| (0, *pixel, 0)));
        for row in view.rows(band) {
            for ((hash, first, varied), pixel) in self.columns.iter_mut().zip(row) {
                *hash = (hash.rotate_left(5) ^ pixel).wrapping_mul(0x9E37_79B1);
                *varied |= pixel ^ *first;
            }
        }
        let places = self.hashes.iter_mut().skip(piece as usize).step_by(self.pieces.max(1));
        for (place, (hash, _, varied)) in places.zip(&self.columns) {
            *place = Hash(hash << 1 | u32::from(*varied != 0));
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // the upper half is shifted down
fn hash_of(pixels: &[u32]) -> Hash {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let first = pixels.first().copied().unwrap_or_default();
    let mut lanes = [1u64, 2, 3, 4];
    let mut varied = 0;
    let (chunks, rest) = pixels.as_chunks::<8>();
    let mut last = [first; 8];
    for (place, pixel) in last.iter_mut().zip(rest) {
        *place = *pixel;
    }
    for [a, b, c, d, e, f, g, h] in chunks.iter().chain([&last]) {
        for (lane, (low, high)) in lanes.iter_mut().zip([(a, b), (c, d), (e, f), (g, h)]) {
            let value = u64::from(*low) | u64::from(*high) << 32;
            *lane = (*lane ^ value).wrapping_mul(FACTOR).rotate_left(29);
            varied |= (low ^ first) | (high ^ first);
        }
    }
    let all = lanes.iter().fold(0u64, |all, lane| (all ^ lane).wrapping_mul(FACTOR).rotate_left(29));
    Hash((all >> 32) as u32 & !1 | u32::from(varied != 0))
}

/// Which line a hash was seen on: a small open hash table.
#[derive(Default)]
struct Seen {
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
    fn clear(&mut self, lines: u32) {
        let slots = (lines * 2).next_power_of_two();
        self.mask = slots - 1;
        self.slots.clear();
        self.slots.resize(slots as usize, Slot::default());
    }

    fn add(&mut self, hash: Hash, line: u32) {
        let at = self.find(hash);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { hash, line, count: slot.count + 1 };
        }
    }

    /// The line of a hash that was seen once.
    fn only(&self, hash: Hash) -> Option<u32> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::canvas::Canvas;
    use beistand_protocol::picture::Size;

    fn noise(size: Size, seed: u32) -> Vec<u32> {
        (0..size.pixels()).map(|index| (index ^ seed).wrapping_mul(0x9E37_79B1) >> 8).collect()
    }

    /// A picture in which `pane` moved by `x`, `y` within itself and was filled up with something new.
    fn scrolled(pane: Area, x: i32, y: i32) -> (Canvas, Canvas) {
        let size = Size::new(400, 300).unwrap();
        let (first, fresh) = (noise(size, 1), noise(size, 0x5555_0000));
        let mut old = Canvas::new(size, 0);
        let mut new = Canvas::new(size, 0);
        for row in 0..300u32 {
            for column in 0..400u32 {
                let at = |pixels: &[u32], x: u32, y: u32| pixels[(y * 400 + x) as usize];
                let one = Area::between(column, row, column + 1, row + 1).unwrap();
                old.fill(one, at(&first, column, row));
                let (from_x, from_y) = (column.checked_add_signed(-x), row.checked_add_signed(-y));
                let source = from_x.zip(from_y).and_then(|(x, y)| Area::between(x, y, x + 1, y + 1));
                new.fill(
                    one,
                    match source {
                        _ if !pane.holds(one) => at(&first, column, row),
                        Some(source) if pane.holds(source) => at(&first, source.x.into(), source.y.into()),
                        Some(_) | None => at(&fresh, column, row),
                    },
                );
            }
        }
        (old, new)
    }

    fn left_over(old: &mut Canvas, new: &Canvas, changed: Area, axis: Axis) -> (Vec<Move>, usize) {
        let mut moves = Vec::new();
        Motion::default().find(old.view(), new.view(), changed, axis, &mut moves);
        for step in &moves {
            old.copy(step.from, step.x, step.y);
        }
        let wrong = old.pixels().iter().zip(new.pixels()).filter(|(old, new)| old != new).count();
        (moves, wrong)
    }

    #[test]
    fn a_scrolled_pane_is_one_copy() {
        let pane = Area { x: 30, y: 20, width: 333, height: 250 };
        for by in [-100i32, -16, -1, 3, 40, 200] {
            let (mut old, new) = scrolled(pane, 0, by);
            let (moves, wrong) = left_over(&mut old, &new, pane, Axis::Vertical);
            assert_eq!(moves.len(), 1, "{by}");
            assert_eq!(wrong, 333 * by.unsigned_abs() as usize, "{by}");
            let (mut old, new) = scrolled(pane, by, 0);
            let (moves, wrong) = left_over(&mut old, &new, pane, Axis::Horizontal);
            assert_eq!(moves.len(), 1, "{by}");
            assert_eq!(wrong, 250 * by.unsigned_abs() as usize, "{by}");
        }
    }

    #[test]
    fn a_pane_is_found_to_the_pixel_in_a_wider_change() {
        let pane = Area { x: 71, y: 20, width: 222, height: 250 };
        let wider = Area { x: 10, y: 5, width: 380, height: 290 };
        let (mut old, mut new) = scrolled(pane, 0, -7);
        new.fill(Area { x: 380, y: 5, width: 5, height: 2 }, 1);
        let (_, wrong) = left_over(&mut old, &new, wider, Axis::Vertical);
        assert_eq!(wrong, 222 * 7 + 10);
    }

    #[test]
    fn noise_and_stillness_do_not_move() {
        let size = Size::new(200, 200).unwrap();
        let (a, b) = (noise(size, 1), noise(size, 0x5555_0000));
        let (a, b) = (View::new(size, &a), View::new(size, &b));
        let mut moves = Vec::new();
        for (old, new) in [(a, a), (a, b)] {
            for axis in [Axis::Vertical, Axis::Horizontal] {
                Motion::default().find(old, new, Area::whole(size), axis, &mut moves);
            }
        }
        assert_eq!(moves, []);
    }
}
