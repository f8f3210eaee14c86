//! Where two pictures differ: damage is coarse, so every reported row is compared again.

use super::{area::Area, canvas::View};

/// Columns are looked at in cells of this width.
const CELL_PX: u32 = 32;
/// So many unchanged cells in a row cut a change in two.
const GAP_CELLS: u32 = 3;
/// Joining may add half of what differs and so much that does not: else an L would become a square.
const SLACK_PX: u32 = 1024;

/// Finds what differs, in memory that it keeps.
#[derive(Default)]
pub(super) struct Changes {
    cells: Vec<Cell>,
}

/// First row that differs and the row after the last.
#[derive(Clone, Copy, Default)]
struct Cell {
    upper: u32,
    lower: u32,
}

impl Cell {
    const fn differs(self) -> bool {
        self.lower > self.upper
    }

    const fn pixels(self) -> u32 {
        (self.lower - self.upper) * CELL_PX
    }
}

impl Changes {
    /// Appends the rectangles inside `area` in which `new` differs from `old`, trimmed to the pixel.
    pub(super) fn find(&mut self, old: View<'_>, new: View<'_>, area: Area, found: &mut Vec<Area>) {
        let first_cell = u32::from(area.x) / CELL_PX;
        let cells = area.right().div_ceil(CELL_PX) - first_cell;
        self.cells.clear();
        self.cells.resize(cells as usize, Cell::default());
        let head = (CELL_PX - u32::from(area.x) % CELL_PX) as usize;
        let mut any = false;
        for row in u32::from(area.y)..area.lower() {
            let (old, new) = (old.row(area, row), new.row(area, row));
            if old == new {
                continue;
            }
            any = true;
            let (old_head, old) = old.split_at_checked(head).unwrap_or((old, &[]));
            let (new_head, new) = new.split_at_checked(head).unwrap_or((new, &[]));
            let chunks = (old.chunks(CELL_PX as usize)).zip(new.chunks(CELL_PX as usize));
            for (cell, (old, new)) in self.cells.iter_mut().zip(std::iter::once((old_head, new_head)).chain(chunks)) {
                if old != new {
                    if !cell.differs() {
                        cell.upper = row;
                    }
                    cell.lower = row + 1;
                }
            }
        }
        if any {
            self.collect(old, new, area, first_cell, found);
        }
    }

    fn collect(&self, old: View<'_>, new: View<'_>, area: Area, first_cell: u32, found: &mut Vec<Area>) {
        let mut close = |run: Run| {
            let left = (run.first * CELL_PX).max(area.x.into());
            let right = ((run.last + 1) * CELL_PX).min(area.right());
            let part = Area::between(left, run.rows.upper, right, run.rows.lower);
            found.extend(part.and_then(|part| trim(old, new, part)));
        };
        let mut open: Option<Run> = None;
        for (index, cell) in (first_cell..).zip(&self.cells).filter(|(_, cell)| cell.differs()) {
            let alone = Run { first: index, last: index, rows: *cell, differs_px: cell.pixels() };
            open = Some(match open.map(|run| (run, run.joined(alone))) {
                Some((_, Some(joined))) => joined,
                Some((run, None)) => {
                    close(run);
                    alone
                }
                None => alone,
            });
        }
        open.map(close);
    }
}

/// Cells next to each other that differ.
#[derive(Clone, Copy)]
struct Run {
    first: u32,
    last: u32,
    rows: Cell,
    differs_px: u32,
}

impl Run {
    /// Both as one, if they are near and alike.
    fn joined(self, next: Self) -> Option<Self> {
        let rows = Cell { upper: self.rows.upper.min(next.rows.upper), lower: self.rows.lower.max(next.rows.lower) };
        let joined = Self { first: self.first, last: next.last, rows, differs_px: self.differs_px + next.differs_px };
        let pixels = (joined.last - joined.first + 1) * rows.pixels();
        let near = next.first - self.last <= GAP_CELLS;
        (near && pixels <= joined.differs_px / 2 * 3 + SLACK_PX).then_some(joined)
    }
}

/// Cuts off the columns at both sides that don't differ.
fn trim(old: View<'_>, new: View<'_>, area: Area) -> Option<Area> {
    let mut first = usize::from(area.width);
    let mut after = 0;
    for row in u32::from(area.y)..area.lower() {
        let (old, new) = (old.row(area, row), new.row(area, row));
        let differs = |(old, new): (&u32, &u32)| old != new;
        if let Some(column) = old.iter().zip(new).take(first).position(differs) {
            first = column;
        }
        if let Some(column) = old.iter().zip(new).skip(after).rposition(differs) {
            after += column + 1;
        }
    }
    let column = |offset: usize| u32::try_from(offset).ok().map(|offset| offset + u32::from(area.x));
    Area::between(column(first)?, area.y.into(), column(after)?, area.lower())
}

#[cfg(test)]
mod tests {
    use super::*;
    use beistand_protocol::picture::Size;
    use proptest::prelude::*;

    fn changes(edits: &[(u32, u32)], area: Area) -> Vec<Area> {
        let size = Size::new(300, 40).unwrap();
        let old = vec![5; size.pixels() as usize];
        let mut new = old.clone();
        for (x, y) in edits {
            new[(y * 300 + x) as usize] = 6;
        }
        let mut found = Vec::new();
        let (old, new) = (View::new(size, &old), View::new(size, &new));
        Changes::default().find(old, new, area, &mut found);
        found
    }

    const ALL: Area = Area { x: 0, y: 0, width: 300, height: 40 };

    #[test]
    fn a_change_is_found_to_the_pixel_and_distant_ones_apart() {
        assert_eq!(changes(&[], ALL), []);
        assert_eq!(changes(&[(37, 9)], ALL), [Area { x: 37, y: 9, width: 1, height: 1 }]);
        assert_eq!(
            changes(&[(3, 2), (40, 8), (299, 39)], ALL),
            [Area { x: 3, y: 2, width: 38, height: 7 }, Area { x: 299, y: 39, width: 1, height: 1 }]
        );
    }

    #[test]
    fn two_edges_are_not_a_square() {
        let edges: Vec<(u32, u32)> = (0..300).map(|x| (x, 0)).chain((0..40).map(|y| (0, y))).collect();
        let pixels: u32 = changes(&edges, ALL).iter().map(|area| area.pixels()).sum();
        assert!(pixels < 300 * 40 / 3, "{pixels}");
    }

    #[test]
    fn only_the_area_is_looked_at() {
        let area = Area { x: 33, y: 5, width: 40, height: 5 };
        assert_eq!(changes(&[(32, 6), (73, 6), (40, 4), (40, 10)], area), []);
        assert_eq!(changes(&[(33, 5), (72, 9)], area), [area]);
    }

    proptest! {
        #[test]
        fn every_change_is_inside_one_rectangle(edits in prop::collection::vec((0u32..300, 0u32..40), 0..12)) {
            let found = changes(&edits, ALL);
            for (x, y) in edits {
                let one = Area::between(x, y, x + 1, y + 1).unwrap();
                prop_assert_eq!(found.iter().filter(|area| area.holds(one)).count(), 1);
            }
        }
    }
}
