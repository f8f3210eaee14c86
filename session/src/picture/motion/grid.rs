//! The region in which motion is looked for, as rows of pieces, and what of it fits a shift.

use super::{Growing, MARGIN_LINES, Move, PIECE_PX, Shift};
use crate::picture::{area::Area, canvas::View};
use beistand_protocol::picture::Size;

/// The region that is searched.
pub(super) struct Grid {
    pub(super) region: Area,
    pub(super) lines: u32,
    pub(super) pieces: u32,
    size: Size,
}

impl Grid {
    pub(super) fn new(size: Size, changed: Area) -> Option<Self> {
        let upper = u32::from(changed.y).saturating_sub(MARGIN_LINES);
        let lower = (changed.lower() + MARGIN_LINES).min(size.height().into());
        let region = Area::between(changed.x.into(), upper, changed.right(), lower)?;
        let pieces = u32::from(region.width).div_ceil(PIECE_PX);
        Some(Self { region, lines: region.height.into(), pieces, size })
    }

    /// The rectangle of lines and columns of the region, on the picture.
    fn area(&self, lines: (u32, u32), columns: (u32, u32)) -> Option<Area> {
        let (x, y) = (u32::from(self.region.x), u32::from(self.region.y));
        Area::between(x + columns.0, y + lines.0, x + columns.1, y + lines.1)
    }

    /// Where that what is in `area` was before it moved by `shift`, if that was in the picture.
    fn before(&self, area: Area, shift: Shift) -> Option<Area> {
        let back = |at: u16, by: i32| u16::try_from(i32::from(at) - by).ok();
        Some(area.at(back(area.x, shift.x)?, back(area.y, shift.y)?)).filter(|area| area.fits(self.size))
    }

    /// The move that puts `grown` in its place, widened to the pixel where it can be.
    pub(super) fn widened(&self, old: View<'_>, new: View<'_>, grown: Growing, shift: Shift) -> Option<Move> {
        let lines = (grown.first_line, grown.after_line);
        let place = |from: u32, to: u32| {
            let to = self.area(lines, (from, to))?;
            Some((self.before(to, shift)?, to))
        };
        let fits = |from: u32, to: u32| place(from, to).is_some_and(|(from, to)| old.rows(from).eq(new.rows(to)));
        let mut first = grown.first_piece * PIECE_PX;
        let mut after = (grown.after_piece * PIECE_PX).min(self.region.width.into());
        let (least, most) = (first.saturating_sub(PIECE_PX), (after + PIECE_PX).min(self.region.width.into()));
        while first > least && fits(first - 1, first) {
            first -= 1;
        }
        while after < most && fits(after, after + 1) {
            after += 1;
        }
        let (from, to) = place(first, after)?;
        Some(Move { from, x: to.x, y: to.y })
    }
}

/// Which pieces of which lines are right once everything moves by the same shift.
#[derive(Default)]
pub(super) struct Fit {
    pieces: usize,
    cells: Vec<Fits>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Fits {
    /// It is what was there before, so far away.
    pub(super) fits: bool,
    /// It is not what is there now.
    pub(super) saves: bool,
}

impl Fit {
    pub(super) fn at(&self, line: u32, piece: u32) -> Fits {
        self.cells.get(line as usize * self.pieces + piece as usize).copied().unwrap_or_default()
    }

    pub(super) fn fill(&mut self, old: View<'_>, new: View<'_>, grid: &Grid, shift: Shift) {
        self.pieces = grid.pieces as usize;
        self.cells.clear();
        self.cells.resize(grid.lines as usize * self.pieces, Fits::default());
        for (line, cells) in (0..grid.lines).zip(self.cells.chunks_mut(self.pieces.max(1))) {
            for (piece, cell) in (0..).zip(cells) {
                let columns = (piece * PIECE_PX, ((piece + 1) * PIECE_PX).min(grid.region.width.into()));
                let Some(place) = grid.area((line, line + 1), columns) else { continue };
                let Some(before) = grid.before(place, shift) else { continue };
                let moved = new.row(place, place.y.into());
                cell.fits = moved == old.row(before, before.y.into());
                cell.saves = cell.fits && moved != old.row(place, place.y.into());
            }
        }
    }
}
