//! The region in which motion is looked for, seen along an axis, and what of it fits a shift.

use super::{Axis, Growing, MARGIN_LINES, Move, PIECE_PX};
use crate::picture::{area::Area, canvas::View};

/// The region that is searched, seen along an axis.
pub(super) struct Grid {
    pub(super) region: Area,
    pub(super) axis: Axis,
    pub(super) lines: u32,
    pub(super) pieces: u32,
}

impl Grid {
    pub(super) fn new(view: View<'_>, changed: Area, axis: Axis) -> Option<Self> {
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
    pub(super) fn band(&self, piece: u32) -> Option<Area> {
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
    pub(super) fn widened(&self, old: View<'_>, new: View<'_>, grown: Growing, shift: i32) -> Option<Move> {
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

/// Which pieces of which lines are right once everything moves by the same number of lines.
#[derive(Default)]
pub(super) struct Fit {
    pieces: usize,
    cells: Vec<Fits>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Fits {
    /// It is what was there before, so many lines away.
    pub(super) fits: bool,
    /// It is not what is there now.
    pub(super) saves: bool,
}

impl Fit {
    pub(super) fn at(&self, line: u32, piece: u32) -> Fits {
        self.cells.get(line as usize * self.pieces + piece as usize).copied().unwrap_or_default()
    }

    pub(super) fn fill(&mut self, old: View<'_>, new: View<'_>, grid: &Grid, shift: i32) {
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
