//! Finds what only moved: a scrolled page, a log that ran up by a line, a window that was dragged.
//!
//! Rows are looked at in short pieces. Some are hashed before and after; those that occur once vote for how far they
//! went, first straight up or down, then anywhere. Where the winner fits, pixel by pixel, rectangles are grown: a hash
//! that lies costs time but never gives a wrong picture.

mod anywhere;
mod grid;
mod hashes;

use super::{area::Area, canvas::View};
use anywhere::Anywhere;
use grid::{Fit, Grid};
use hashes::{Hashes, Seen, in_context};

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
/// Motion straight up or down that explains such a part of the change needs no other.
const ENOUGH: u32 = 8;
/// More copies than this in one pass don't come from a scroll.
const MAX_MOVES: usize = 64;

/// How far content moved, to the right and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shift {
    x: i32,
    y: i32,
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
    anywhere: Anywhere,
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
    /// Fills `moves`, which is empty, with such that bring `old` closer to `new` if they are done in this order.
    pub(super) fn find(&mut self, old: View<'_>, new: View<'_>, changed: Area, moves: &mut Vec<Move>) {
        let Some(grid) = Grid::new(old.size(), changed) else { return };
        let vertical = self.vote(old, new, &grid).map(|y| Shift { x: 0, y });
        let saved = vertical.map_or(0, |shift| self.apply(old, new, &grid, shift, moves));
        // A few letters that stand alike below each other are no scroll.
        if saved < changed.pixels() / ENOUGH
            && let Some(shift) = self.anywhere.vote(old, new, changed)
        {
            let known = moves.len();
            if self.apply(old, new, &grid, shift, moves) > saved {
                moves.drain(..known);
            } else {
                moves.truncate(known);
            }
        }
    }

    /// Appends the moves by one shift; answers how many changed pixels they put right.
    fn apply(&mut self, old: View<'_>, new: View<'_>, grid: &Grid, shift: Shift, moves: &mut Vec<Move>) -> u32 {
        self.fit.fill(old, new, grid, shift);
        self.grow(grid);
        // What is copied must still be there: begin at the side that content moves to.
        self.grown.sort_by_key(|grown| if shift.y < 0 { grown.first_line } else { u32::MAX - grown.after_line });
        self.grown.truncate(MAX_MOVES);
        moves.extend(self.grown.iter().filter_map(|grown| grid.widened(old, new, *grown, shift)));
        self.grown.iter().map(|grown| grown.saved).sum()
    }

    /// By how many lines down most unique pieces moved.
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

    fn left_over(old: &mut Canvas, new: &Canvas, changed: Area) -> (Vec<Move>, usize) {
        let mut moves = Vec::new();
        Motion::default().find(old.view(), new.view(), changed, &mut moves);
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
            let (moves, wrong) = left_over(&mut old, &new, pane);
            assert_eq!(moves.len(), 1, "{by}");
            assert_eq!(wrong, 333 * by.unsigned_abs() as usize, "{by}");
            let (mut old, new) = scrolled(pane, by, 0);
            let (moves, wrong) = left_over(&mut old, &new, pane);
            assert_eq!(moves.len(), 1, "{by}");
            assert_eq!(wrong, 250 * by.unsigned_abs() as usize, "{by}");
        }
    }

    #[test]
    fn a_window_dragged_to_anywhere_is_one_copy() {
        let size = Size::new(400, 300).unwrap();
        let (desktop, content) = (noise(size, 1), noise(size, 0x5555_0000));
        let shown = |x: u16, y: u16| {
            let mut canvas = Canvas::new(size, 0);
            for row in 0..300u16 {
                for column in 0..400u16 {
                    let one = Area { x: column, y: row, width: 1, height: 1 };
                    let inside = (x..x + 200).contains(&column) && (y..y + 150).contains(&row);
                    let from = if inside { (row - y, column - x, &content) } else { (row, column, &desktop) };
                    canvas.fill(one, from.2[usize::from(from.0) * 400 + usize::from(from.1)]);
                }
            }
            canvas
        };
        for (x, y) in [(57, 43), (43, 57), (50, 57), (1, 1), (150, 110)] {
            let (mut old, new) = (shown(50, 50), shown(x, y));
            let changed = Area { x: 0, y: 0, width: 200, height: 150 }.at(50, 50);
            let changed = changed.union(changed.at(x, y));
            let (_, wrong) = left_over(&mut old, &new, changed);
            let common = changed.pixels() - 200 * 150;
            assert!(wrong <= common as usize, "{wrong} of {common} after {x} {y}");
        }
    }

    #[test]
    fn a_pane_is_found_to_the_pixel_in_a_wider_change() {
        let pane = Area { x: 71, y: 20, width: 222, height: 250 };
        let wider = Area { x: 10, y: 5, width: 380, height: 290 };
        let (mut old, mut new) = scrolled(pane, 0, -7);
        new.fill(Area { x: 380, y: 5, width: 5, height: 2 }, 1);
        let (_, wrong) = left_over(&mut old, &new, wider);
        assert_eq!(wrong, 222 * 7 + 10);
    }

    #[test]
    fn noise_and_stillness_do_not_move() {
        let size = Size::new(200, 200).unwrap();
        let (a, b) = (noise(size, 1), noise(size, 0x5555_0000));
        let (a, b) = (View::new(size, &a), View::new(size, &b));
        let mut moves = Vec::new();
        for (old, new) in [(a, a), (a, b)] {
            Motion::default().find(old, new, Area::whole(size), &mut moves);
        }
        assert_eq!(moves, []);
    }
}
