//! Finds what only moved: a scrolled page, a log that ran up by a line, a pan to the side.
//!
//! Every line (a row for vertical motion, a column for horizontal) is looked at in short pieces. Some pieces are
//! hashed before and after; those that occur once vote for how far they went. Where the winner fits, pixel by pixel,
//! rectangles are grown: a hash that lies costs time but never gives a wrong picture.

use super::{area::Area, canvas::View};

/// Pieces of lines are this long.
const PIECE_PX: u32 = 64;
/// Lines beside the changed region in which its content may have been before.
const MARGIN_LINES: u32 = 64;
/// A copy that saves fewer changed pixels is not worth an operation.
const MIN_SAVED_PX: u32 = 512;
/// A piece is known by so many lines from it on: a single row of text often looks like its neighbour.
const CONTEXT_LINES: usize = 8;
/// So many pieces of each line are hashed at a time; as many others only if these tell nothing.
const SAMPLED_PIECES: u32 = 8;
const SAMPLES: u32 = 2;
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
    fit: Fit,
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
        let Some(shift) = self.vote(old, new, &grid) else { return };
        self.fit.fill(old, new, &grid, shift);
        self.grow(&grid);
        // What is copied must still be there: begin at the side that content moves to.
        self.grown.sort_by_key(|grown| if shift < 0 { grown.first_line } else { u32::MAX - grown.after_line });
        for grown in self.grown.iter().take(MAX_MOVES) {
            moves.extend(grid.widened(old, new, *grown, shift));
        }
    }

    /// By how many lines most unique pieces moved.
    fn vote(&mut self, old: View<'_>, new: View<'_>, grid: &Grid) -> Option<i32> {
        self.votes.clear();
        self.votes.resize(grid.lines as usize * 2, 0);
        let stride = grid.pieces.div_ceil(SAMPLED_PIECES);
        for first in 0..stride.min(SAMPLES) {
            let pieces = (first..grid.pieces).step_by(stride as usize);
            self.old.fill(old, grid, pieces.clone());
            self.new.fill(new, grid, pieces);
            self.vote_all(grid);
            let (index, votes) = (0..).zip(&self.votes).max_by_key(|(_, votes)| **votes)?;
            let shift = index - i32::try_from(grid.lines).ok()?;
            if *votes >= MIN_VOTES && shift != 0 {
                return Some(shift);
            }
        }
        None
    }

    fn vote_all(&mut self, grid: &Grid) {
        let lines = grid.lines as usize;
        for (old, new) in self.old.hashes.chunks_exact(lines).zip(self.new.hashes.chunks_exact(lines)) {
            self.seen.clear(grid.lines);
            for (line, context) in (0..).zip(old.windows(CONTEXT_LINES)) {
                let hash = in_context(context);
                if hash.is_varied() {
                    self.seen.add(hash, line);
                }
            }
            for ((line, context), old) in (0u32..).zip(new.windows(CONTEXT_LINES)).zip(old) {
                if context.first() == Some(old) {
                    continue;
                }
                let hash = in_context(context);
                if hash.is_varied()
                    && let Some(before) = self.seen.only(hash)
                    && let Some(votes) = self.votes.get_mut((line + grid.lines - before) as usize)
                {
                    *votes += 1;
                }
            }
        }
    }

    fn grow(&mut self, grid: &Grid) {
        self.open.clear();
        self.grown.clear();
        for line in 0..grid.lines {
            let mut piece = 0;
            let mut still_open = 0;
            while piece < grid.pieces {
                if !self.fit.at(line, piece).fits {
                    piece += 1;
                    continue;
                }
                let first_piece = piece;
                let mut saved = 0;
                while piece < grid.pieces && self.fit.at(line, piece).fits {
                    saved += if self.fit.at(line, piece).saves { PIECE_PX } else { 0 };
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

    /// The pieces of a line that is a row.
    fn row<'a>(&self, view: View<'a>, line: u32) -> std::slice::Chunks<'a, u32> {
        view.row(self.region, u32::from(self.region.y) + line).chunks(PIECE_PX as usize)
    }

    /// One piece of all lines.
    fn band(&self, piece: u32) -> Option<Area> {
        self.area((0, self.lines), (piece * PIECE_PX, ((piece + 1) * PIECE_PX).min(self.across())))
    }

    /// The line that is `line` after everything moved by `shift`.
    fn before(&self, line: u32, shift: i32) -> Option<u32> {
        line.checked_add_signed(-shift).filter(|before| *before < self.lines)
    }

    fn across(&self) -> u32 {
        match self.axis {
            Axis::Vertical => self.region.width.into(),
            Axis::Horizontal => self.region.height.into(),
        }
    }

    /// The move that puts `grown` in its place, widened to the pixel where it can be.
    fn widened(&self, old: View<'_>, new: View<'_>, grown: Growing, shift: i32) -> Option<Move> {
        let lines = (grown.first_line, grown.after_line);
        let before = (lines.0.checked_add_signed(-shift)?, lines.1.checked_add_signed(-shift)?);
        let fits = |from: u32, to: u32| {
            let places = self.area(before, (from, to)).zip(self.area(lines, (from, to)));
            places.is_some_and(|(from, to)| old.rows(from).eq(new.rows(to)))
        };
        let mut first = grown.first_piece * PIECE_PX;
        let mut after = (grown.after_piece * PIECE_PX).min(self.across());
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

/// The hashes of some pieces: all lines of the first, then all lines of the next.
#[derive(Default)]
struct Hashes {
    hashes: Vec<Hash>,
    columns: Vec<(u32, u32, u32)>,
}

impl Hashes {
    fn fill(&mut self, view: View<'_>, grid: &Grid, pieces: impl Iterator<Item = u32> + Clone) {
        let lines = grid.lines as usize;
        self.hashes.clear();
        self.hashes.resize(pieces.clone().count() * lines, Hash::default());
        match grid.axis {
            Axis::Vertical => {
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
            Axis::Horizontal => {
                for (places, piece) in self.hashes.chunks_exact_mut(lines).zip(pieces) {
                    let Some(band) = grid.band(piece) else { continue };
                    self.columns.clear();
                    self.columns.extend(view.row(band, band.y.into()).iter().map(|pixel| (0, *pixel, 0)));
                    for row in view.rows(band) {
                        for ((hash, first, varied), pixel) in self.columns.iter_mut().zip(row) {
                            *hash = (hash.rotate_left(5) ^ pixel).wrapping_mul(0x9E37_79B1);
                            *varied |= pixel ^ *first;
                        }
                    }
                    for (place, (hash, _, varied)) in places.iter_mut().zip(&self.columns) {
                        *place = Hash(hash << 1 | u32::from(*varied != 0));
                    }
                }
            }
        }
    }
}

/// The hash of a piece and the same piece of the lines behind it.
fn in_context(hashes: &[Hash]) -> Hash {
    let Some(first) = hashes.first() else { return Hash::default() };
    let (mut all, mut varied) = (0u32, 0);
    for Hash(hash) in hashes {
        all = (all.rotate_left(7) ^ hash).wrapping_mul(0x9E37_79B1);
        varied |= (hash ^ first.0) | (hash & 1);
    }
    Hash(all << 1 | u32::from(varied != 0))
}

/// Which pieces of which lines are right once everything moves by the same number of lines.
#[derive(Default)]
struct Fit {
    pieces: usize,
    cells: Vec<Fits>,
}

#[derive(Clone, Copy, Default)]
struct Fits {
    /// It is what was there before, so many lines away.
    fits: bool,
    /// It is not what is there now.
    saves: bool,
}

impl Fit {
    fn at(&self, line: u32, piece: u32) -> Fits {
        self.cells.get(line as usize * self.pieces + piece as usize).copied().unwrap_or_default()
    }

    fn fill(&mut self, old: View<'_>, new: View<'_>, grid: &Grid, shift: i32) {
        self.pieces = grid.pieces as usize;
        self.cells.clear();
        self.cells.resize(grid.lines as usize * self.pieces, Fits::default());
        match grid.axis {
            Axis::Vertical => self.fill_rows(old, new, grid, shift),
            Axis::Horizontal => self.fill_columns(old, new, grid, shift),
        }
    }

    fn fill_rows(&mut self, old: View<'_>, new: View<'_>, grid: &Grid, shift: i32) {
        for (line, cells) in (0..grid.lines).zip(self.cells.chunks_mut(self.pieces.max(1))) {
            let Some(before) = grid.before(line, shift) else { continue };
            let both = grid.row(new, line).zip(grid.row(old, before)).zip(grid.row(old, line));
            for (cell, ((new, before), now)) in cells.iter_mut().zip(both) {
                cell.fits = new == before;
                cell.saves = cell.fits && new != now;
            }
        }
    }

    fn fill_columns(&mut self, old: View<'_>, new: View<'_>, grid: &Grid, shift: i32) {
        let shifted = shift.unsigned_abs() as usize;
        let (skip_new, skip_old) = if shift > 0 { (shifted, 0) } else { (0, shifted) };
        for piece in 0..grid.pieces {
            let Some(band) = grid.band(piece) else { continue };
            let cells = self.cells.iter_mut().skip(piece as usize).step_by(self.pieces.max(1));
            for (line, cell) in (0..grid.lines).zip(cells) {
                cell.fits = grid.before(line, shift).is_some();
            }
            for (new, old) in new.rows(band).zip(old.rows(band)) {
                let columns = new.iter().enumerate().skip(skip_new).zip(old.iter().skip(skip_old));
                for ((line, new_pixel), before) in columns {
                    let now = old.get(line);
                    if let Some(cell) = self.cells.get_mut(line * self.pieces + piece as usize) {
                        cell.fits &= new_pixel == before;
                        cell.saves |= now != Some(new_pixel);
                    }
                }
            }
        }
    }
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
