//! Pixels in memory, four bytes each; both ends keep a canvas that holds the same picture.

use super::area::Area;
use beistand_protocol::picture::Size;

/// The pixels of a picture, row by row. What the four bytes of one mean is its owner's business.
pub struct Canvas {
    size: Size,
    pixels: Vec<u32>,
}

impl Canvas {
    /// A canvas of one colour.
    pub fn new(size: Size, colour: u32) -> Self {
        Self { size, pixels: vec![colour; size.pixels() as usize] }
    }

    /// Its size.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// All its pixels.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// All its pixels, to read only.
    pub fn view(&self) -> View<'_> {
        View { size: self.size, pixels: &self.pixels }
    }

    /// The part of row `row` that lies in `area`; empty if that is outside.
    pub fn row(&self, area: Area, row: u32) -> &[u32] {
        self.view().row(area, row)
    }

    /// The part of row `row` that lies in `area`, to write to; empty if that is outside.
    pub fn row_mut(&mut self, area: Area, row: u32) -> &mut [u32] {
        let start = row as usize * usize::from(self.size.width()) + usize::from(area.x);
        if area.right() > u32::from(self.size.width()) {
            return &mut [];
        }
        self.pixels.get_mut(start..start + usize::from(area.width)).unwrap_or_default()
    }

    /// Copies `from` to `x`, `y`, as if over a third place. Does nothing unless both lie inside.
    pub fn copy(&mut self, from: Area, x: u16, y: u16) {
        let to = from.at(x, y);
        if !from.fits(self.size) || !to.fits(self.size) {
            return;
        }
        let stride = usize::from(self.size.width());
        let start = |area: Area, row: usize| (usize::from(area.y) + row) * stride + usize::from(area.x);
        let mut copy_row = |row: usize| {
            let source = start(from, row);
            self.pixels.copy_within(source..source + usize::from(from.width), start(to, row));
        };
        let rows = 0..usize::from(from.height);
        if to.y <= from.y { rows.for_each(&mut copy_row) } else { rows.rev().for_each(&mut copy_row) }
    }

    /// Fills `area` with one colour, as far as it lies inside.
    pub fn fill(&mut self, area: Area, colour: u32) {
        for row in u32::from(area.y)..area.lower() {
            self.row_mut(area, row).fill(colour);
        }
    }
}

/// Somebody's pixels, to read only.
#[derive(Clone, Copy)]
pub struct View<'a> {
    size: Size,
    pixels: &'a [u32],
}

impl<'a> View<'a> {
    /// `pixels` row by row; of rows that are missing nothing will be seen.
    pub const fn new(size: Size, pixels: &'a [u32]) -> Self {
        Self { size, pixels }
    }

    /// Its size.
    pub const fn size(self) -> Size {
        self.size
    }

    /// Row by row, from above.
    pub const fn pixels(self) -> &'a [u32] {
        self.pixels
    }

    /// The part of row `row` that lies in `area`; empty if that is outside.
    pub fn row(self, area: Area, row: u32) -> &'a [u32] {
        let start = row as usize * usize::from(self.size.width()) + usize::from(area.x);
        if area.right() > u32::from(self.size.width()) {
            return &[];
        }
        self.pixels.get(start..start + usize::from(area.width)).unwrap_or_default()
    }

    /// The rows of `area` from above.
    pub fn rows(self, area: Area) -> impl Iterator<Item = &'a [u32]> + Clone {
        (u32::from(area.y)..area.lower()).map(move |row| self.row(area, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: u32, height: u32) -> Canvas {
        let mut canvas = Canvas::new(Size::new(width, height).unwrap(), 0);
        canvas.pixels = (0..width * height).collect();
        canvas
    }

    #[test]
    fn overlapping_copies_keep_what_they_copy_in_every_direction() {
        let from = Area { x: 2, y: 2, width: 4, height: 4 };
        for (x, y) in [(1, 1), (2, 1), (3, 1), (1, 2), (3, 2), (1, 3), (2, 3), (3, 3)] {
            let before = numbered(8, 8);
            let mut after = numbered(8, 8);
            after.copy(from, x, y);
            for row in 0..4 {
                let to = from.at(x, y);
                assert_eq!(after.row(to, u32::from(y) + row), before.row(from, 2 + row), "{x} {y}");
            }
        }
    }

    #[test]
    fn nothing_outside_is_touched() {
        let mut canvas = numbered(4, 4);
        canvas.copy(Area { x: 2, y: 2, width: 3, height: 1 }, 0, 0);
        canvas.copy(Area { x: 0, y: 0, width: 3, height: 3 }, 2, 2);
        canvas.fill(Area { x: 3, y: 0, width: 2, height: 9 }, 7);
        assert_eq!(canvas.pixels, numbered(4, 4).pixels);
        assert!(canvas.row(Area { x: 0, y: 0, width: 4, height: 1 }, 4).is_empty());
    }
}
