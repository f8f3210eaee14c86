//! Which parts of the screen change like a film: photographs that are replaced by photographs, again and again.
//!
//! The screen is looked at in small cells, after copies were taken out. Text is recognised by its jumps beside flat
//! paper, and a cell with text is never part of a video.

use super::super::{area::Area, canvas::View};
use super::is_possible;
use beistand_protocol::picture::Size;

const CELL_PX: u32 = 16;
const CELL: usize = 16;
/// In so many of the last sixteen frames a cell of a video changed.
pub(crate) const HOT: u32 = 4;
/// For so many frames a cell that stands still may belong to a video around it.
const LINGERS: u8 = 60;
/// Fewer cells beside or above each other are not worth it.
const MIN_COLUMNS: u32 = 6;
const MIN_ROWS: u32 = 4;
/// So many tenths of a rectangle are warm, and so many cells of the smallest.
const WARM_TENTHS: u32 = 6;
const LEAST_WARM: usize = (MIN_COLUMNS * MIN_ROWS * WARM_TENTHS).div_ceil(10) as usize;
/// So much of a channel is a jump, of which photographs have few and text many.
const JUMP: u8 = 6;

/// Pixels that the technician has not got, and that were on the screen before.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) area: Option<Area>,
    pub(crate) pixels: Vec<u32>,
}

impl Held {
    /// Takes `area` as it is on the screen now.
    pub(crate) fn take(&mut self, screen: View<'_>, area: Area) {
        self.area = Some(area);
        self.pixels.clear();
        screen.rows(area).for_each(|row| self.pixels.extend_from_slice(row));
    }

    /// Row by row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.pixels.chunks_exact(self.area.map_or(1, |area| area.width.into()))
    }

    /// Whether it is not what is on the screen now.
    pub(crate) fn differs(&self, screen: View<'_>) -> bool {
        self.area.is_some_and(|area| screen.rows(area).flatten().ne(&self.pixels))
    }

    fn row(&self, part: Area, row: u32) -> Option<(u16, &[u32])> {
        let area = self.area?;
        let line = Area::between(part.x.into(), row, part.right(), row + 1)?.intersection(area)?;
        let first = (row as usize - usize::from(area.y)) * usize::from(area.width) + usize::from(line.x - area.x);
        Some((line.x - part.x, self.pixels.get(first..first + usize::from(line.width))?))
    }
}

#[derive(Clone, Copy)]
struct Cell {
    /// A bit for each of the last frames, the newest lowest: it changed like a film.
    history: u16,
    /// Frames since then.
    age: u8,
    /// It shows text.
    text: bool,
    /// What changed of it lately: left, upper, right, lower.
    extent: [u8; 4],
}

impl Cell {
    /// Never changed.
    const NEW: Self = Self { history: 0, age: u8::MAX, text: false, extent: [0; 4] };
}

/// What the cells of a picture have been doing.
#[derive(Clone)]
pub(crate) struct Cells {
    size: Size,
    columns: u32,
    cells: Vec<Cell>,
    any: bool,
}

/// A kind of content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Flat,
    Text,
    Photograph,
}

/// Pixels of a cell.
type Block = [[u32; CELL]; CELL];

impl Cells {
    pub(crate) fn new(size: Size) -> Self {
        let columns = u32::from(size.width()).div_ceil(CELL_PX);
        let rows = u32::from(size.height()).div_ceil(CELL_PX);
        Self { size, columns, cells: vec![Cell::NEW; (columns * rows) as usize], any: false }
    }

    /// A frame begins in which something changed.
    pub(crate) fn next_frame(&mut self) {
        if !self.any {
            return;
        }
        self.any = false;
        for cell in &mut self.cells {
            cell.history <<= 1;
            cell.age = cell.age.saturating_add(1);
            self.any |= cell.history > 0;
        }
    }

    /// Something in `area` is not what the technician has; `held` is what was on the screen before in its place.
    pub(crate) fn changed(&mut self, shown: View<'_>, held: &Held, screen: View<'_>, area: Area) {
        for (index, part) in self.parts(area) {
            let (mut before, mut after) = ([[0; CELL]; CELL], [[0; CELL]; CELL]);
            load(shown, part, &mut before);
            load(screen, part, &mut after);
            for (row, line) in (u32::from(part.y)..part.lower()).zip(&mut before) {
                if let Some((x, pixels)) = held.row(part, row) {
                    line.iter_mut().skip(x.into()).zip(pixels).for_each(|(pixel, was)| *pixel = *was);
                }
            }
            let Some((extent, pixels)) = difference(&before, &after, part) else { continue };
            let Some(cell) = self.cells.get_mut(index) else { continue };
            let [left, upper, right, lower] = extent;
            let dense = pixels * 10 >= u32::from(right - left) * u32::from(lower - upper) * 6;
            let kind = judge(&after, extent);
            cell.text = kind == Kind::Text;
            if dense && kind == Kind::Photograph && judge(&before, extent) == Kind::Photograph {
                let inset = [part.x, part.y].map(|at| u8::try_from(at % 16).unwrap_or_default());
                let extent = [left + inset[0], upper + inset[1], right + inset[0], lower + inset[1]];
                cell.extent = if cell.history > 0 { joined(cell.extent, extent) } else { extent };
                cell.history |= 1;
                cell.age = 0;
                self.any = true;
            }
        }
    }

    /// How many cells of `area` show text; they are remembered as such, and all others as part of a video.
    pub(crate) fn judge_again(&mut self, screen: View<'_>, area: Area, remember: bool) -> u32 {
        let mut count = 0;
        for (index, part) in self.parts(area) {
            let mut block = [[0; CELL]; CELL];
            load(screen, part, &mut block);
            let side = |px: u16| u8::try_from(px).unwrap_or_default();
            let text = judge(&block, [0, 0, side(part.width), side(part.height)]) == Kind::Text;
            count += u32::from(text);
            if let Some(cell) = self.cells.get_mut(index).filter(|_| remember) {
                let (x, y) = (side(part.x % 16), side(part.y % 16));
                let extent = [x, y, x + side(part.width), y + side(part.height)];
                *cell = Cell { history: if text { 0 } else { u16::MAX }, age: 0, text, extent };
                self.any = true;
            }
        }
        count
    }

    /// The largest rectangle in which most changes like a film, together with `videos` that play; `None` while nothing
    /// does beside them.
    pub(crate) fn rectangle_with(&self, videos: &[Area], taken: &[Area]) -> Option<Area> {
        let warm = |cell: &Cell| cell.history.count_ones() >= HOT && !cell.text;
        if !self.any || !self.cells.iter().any(warm) {
            return None;
        }
        let mut with_them = self.clone();
        for area in videos {
            for (index, part) in self.parts(*area) {
                if let Some(cell) = with_them.cells.get_mut(index) {
                    let [x, y] = [part.x, part.y].map(|at| u8::try_from(at % 16).unwrap_or_default());
                    let [width, height] = [part.width, part.height].map(|px| u8::try_from(px).unwrap_or_default());
                    let extent = [x, y, x + width, y + height];
                    let extent = if cell.history > 0 { joined(cell.extent, extent) } else { extent };
                    *cell = Cell { history: u16::MAX, age: 0, text: cell.text, extent };
                }
            }
        }
        with_them.rectangle(HOT, false, taken)
    }

    /// Forgets what was in `area`.
    pub(crate) fn forget(&mut self, area: Area) {
        for (index, _) in self.parts(area) {
            if let Some(cell) = self.cells.get_mut(index) {
                *cell = Cell::NEW;
            }
        }
    }

    /// The largest rectangle outside of `taken` in which most changed in so many frames; `now` if also in this one. `None`
    /// if a video may not have its size.
    pub(crate) fn rectangle(&self, frames: u32, now: bool, taken: &[Area]) -> Option<Area> {
        // Most of the time there are too few for any rectangle.
        let warm = |cell: &&Cell| cell.history.count_ones() >= frames && !cell.text && (!now || cell.history & 1 == 1);
        if !self.any || self.cells.iter().filter(warm).take(LEAST_WARM).count() < LEAST_WARM {
            return None;
        }
        // What lingers around may make it whole, or too thin.
        let cells = [true, false].into_iter().find_map(|lingering| self.most(frames, now, lingering, taken))?;
        self.trimmed(cells).filter(|area| is_possible(*area))
    }

    /// The rectangle with most warm cells: left, upper, right, lower.
    fn most(&self, frames: u32, now: bool, lingering: bool, taken: &[Area]) -> Option<[u32; 4]> {
        let mut best: Option<(u32, [u32; 4])> = None;
        // How many cells that may belong to a video are above each other, and the warm ones' sums from the left top.
        let columns = self.columns as usize;
        let mut heights = vec![0u32; columns];
        let mut sums = vec![0u32; columns + 1];
        let mut all_sums = vec![sums.clone()];
        let mut stack: Vec<(u32, u32)> = Vec::new();
        for (row, cells) in (0..).zip(self.cells.chunks_exact(columns)) {
            let mut warm = 0;
            for (((column, cell), height), sum) in (0..).zip(cells).zip(&mut heights).zip(sums.iter_mut().skip(1)) {
                let is_warm = cell.history.count_ones() >= frames;
                let may = !cell.text && (is_warm || lingering && cell.age < LINGERS);
                let free = may && !taken.iter().any(|taken| taken.intersection(place(column, row)).is_some());
                *height = if free { *height + 1 } else { 0 };
                warm += u32::from(is_warm && (!now || cell.history & 1 == 1));
                *sum += warm;
            }
            all_sums.push(sums.clone());
            let sum = |row: u32, column: u32| -> u32 {
                all_sums.get(row as usize).and_then(|sums| sums.get(column as usize)).copied().unwrap_or_default()
            };
            stack.clear();
            for (column, height) in (0..).zip(heights.iter().copied().chain([0])) {
                let mut from = column;
                while let Some((first, high)) = stack.pop_if(|(_, high)| *high > height) {
                    let (upper, lower) = (row + 1 - high, row + 1);
                    let warm = sum(lower, column) + sum(upper, first) - sum(upper, column) - sum(lower, first);
                    let all = high * (column - first);
                    let wide = column - first >= MIN_COLUMNS && high >= MIN_ROWS;
                    if wide && warm * 10 >= all * WARM_TENTHS && best.is_none_or(|(most, _)| warm > most) {
                        best = Some((warm, [first, upper, column, lower]));
                    }
                    from = first;
                }
                if height > 0 && stack.last().is_none_or(|(_, high)| *high < height) {
                    stack.push((from, height));
                }
            }
        }
        best.map(|(_, cells)| cells)
    }

    /// A rectangle of cells, cut to the pixels that changed.
    fn trimmed(&self, [left, upper, right, lower]: [u32; 4]) -> Option<Area> {
        let cell = |column: u32, row: u32| self.cells.get((row * self.columns + column) as usize);
        let warm = |column: u32, row: u32| cell(column, row).filter(|cell| cell.history > 0).map(|cell| cell.extent);
        let first = (upper..lower).filter_map(|row| warm(left, row)).map(|[left, ..]| left).min()?;
        let last = (upper..lower).filter_map(|row| warm(right - 1, row)).map(|[_, _, right, _]| right).max()?;
        let top = (left..right).filter_map(|column| warm(column, upper)).map(|[_, upper, ..]| upper).min()?;
        let bottom = (left..right).filter_map(|column| warm(column, lower - 1)).map(|[.., lower]| lower).max()?;
        Area::between(
            left * CELL_PX + u32::from(first),
            upper * CELL_PX + u32::from(top),
            ((right - 1) * CELL_PX + u32::from(last)).min(self.size.width().into()),
            ((lower - 1) * CELL_PX + u32::from(bottom)).min(self.size.height().into()),
        )
    }

    /// The cells that `area` touches, and what of them lies in it.
    fn parts(&self, area: Area) -> impl Iterator<Item = (usize, Area)> + use<> {
        let columns = self.columns;
        let rows = u32::from(area.y) / CELL_PX..area.lower().div_ceil(CELL_PX);
        rows.flat_map(move |row| {
            let across = u32::from(area.x) / CELL_PX..area.right().div_ceil(CELL_PX).min(columns);
            across.filter_map(move |column| {
                Some(((row * columns + column) as usize, place(column, row).intersection(area)?))
            })
        })
    }
}

/// Where a cell lies; at the picture's edge it reaches beyond.
fn place(column: u32, row: u32) -> Area {
    let side = |at: u32| u16::try_from(at * CELL_PX).unwrap_or(u16::MAX);
    Area { x: side(column), y: side(row), width: 16, height: 16 }
}

fn load(view: View<'_>, part: Area, block: &mut Block) {
    for (line, row) in block.iter_mut().zip(view.rows(part)) {
        line.iter_mut().zip(row).for_each(|(pixel, from)| *pixel = from & 0x00FF_FFFF);
    }
}

/// The smallest rectangle that holds what differs, counted from the corner, and how many pixels differ.
fn difference(before: &Block, after: &Block, part: Area) -> Option<([u8; 4], u32)> {
    let (mut extent, mut pixels) = ([u8::MAX, u8::MAX, 0, 0], 0);
    for (row, (before, after)) in (0..).zip(before.iter().zip(after)).take(part.height.into()) {
        for (column, _) in (0u8..).zip(before.iter().zip(after)).filter(|(_, (before, after))| before != after) {
            extent = joined(extent, [column, row, column + 1, row + 1]);
            pixels += 1;
        }
    }
    (pixels > 0).then_some((extent, pixels))
}

fn joined(a: [u8; 4], b: [u8; 4]) -> [u8; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// Photographs have few pixels that equal a neighbour, or differ from it by little; text has jumps.
fn judge(block: &Block, [left, upper, right, lower]: [u8; 4]) -> Kind {
    let (mut all, mut differ, mut near) = (0u32, 0, 0);
    let mut pair = |one: u32, other: u32| {
        let (one, other) = (one.to_le_bytes(), other.to_le_bytes());
        let jump = one.iter().zip(other).map(|(one, other)| one.abs_diff(other)).max().unwrap_or_default();
        all += 1;
        differ += u32::from(jump > 0);
        near += u32::from(jump > 0 && jump <= JUMP);
    };
    let rows = block.get(upper.into()..lower.into()).unwrap_or_default();
    let mut above: Option<&[u32]> = None;
    for row in rows {
        let row = row.get(left.into()..right.into()).unwrap_or_default();
        row.iter().zip(row.iter().skip(1)).for_each(|(one, other)| pair(*one, *other));
        above.into_iter().flatten().zip(row).for_each(|(one, other)| pair(*one, *other));
        above = Some(row);
    }
    if differ * 5 > all * 3 || near * 10 > differ * 7 && differ * 20 > all {
        Kind::Photograph
    } else if differ * 20 <= all {
        Kind::Flat
    } else {
        Kind::Text
    }
}
