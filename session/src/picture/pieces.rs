//! Cuts what changed into pieces of one kind, so that each goes the way that suits it.
//!
//! Photographs are parted from text by columns, then text is cut where a line of it begins: the compressor finds a
//! letter again only if it begins at the same row of its band.

use super::{
    area::Area,
    canvas::View,
    operation::{Operation, STRIP_ROWS},
    planes::Predictor,
};

/// Columns are judged in cells of this width.
const CELL_PX: u32 = 64;
/// A line of text is not lower.
const MIN_LINE_ROWS: u32 = 6;
/// So much of a channel is a jump, of which photographs have few and text many.
const JUMP: u8 = 6;

/// Appends the operations that draw `area`, none of them higher than a strip.
pub(super) fn cut(view: View<'_>, area: Area, operations: &mut Vec<Operation>) {
    if let Some(colour) = one_colour(view, area) {
        return operations.push(Operation::Fill(area, colour));
    }
    let mut run: Option<(u32, Predictor)> = None;
    for cell in 0..u32::from(area.width).div_ceil(CELL_PX) {
        let left = u32::from(area.x) + cell * CELL_PX;
        let right = (left + CELL_PX).min(area.right());
        let Some(part) = Area::between(left, area.y.into(), right, area.lower()) else { continue };
        let predictor = judge(view, part);
        match run {
            Some((_, before)) if before == predictor => {}
            Some((from, before)) => {
                cut_rows(view, area, (from, left), before, operations);
                run = Some((left, predictor));
            }
            None => run = Some((left, predictor)),
        }
    }
    if let Some((from, predictor)) = run {
        cut_rows(view, area, (from, area.right()), predictor, operations);
    }
}

fn cut_rows(
    view: View<'_>,
    area: Area,
    (left, right): (u32, u32),
    predictor: Predictor,
    operations: &mut Vec<Operation>,
) {
    let Some(part) = Area::between(left, area.y.into(), right, area.lower()) else { return };
    let mut upper = u32::from(part.y);
    let mut push = |upper: u32, lower: u32| {
        operations.extend(Area::between(left, upper, right, lower).map(|piece| match one_colour(view, piece) {
            Some(colour) => Operation::Fill(piece, colour),
            None => Operation::Strip(piece, predictor),
        }));
    };
    let mut blank = false;
    for row in part.y.into()..part.lower() {
        let was_blank = blank;
        blank = predictor == Predictor::Plain && is_blank(view.row(part, row));
        let line_begins = was_blank && !blank && row - upper >= MIN_LINE_ROWS;
        if line_begins || row - upper >= STRIP_ROWS.into() {
            push(upper, row);
            upper = row;
        }
    }
    push(upper, part.lower());
}

fn is_blank(row: &[u32]) -> bool {
    row.first().is_none_or(|first| row.iter().all(|pixel| pixel == first))
}

/// Red, green and blue, if there is no other colour in `area`.
fn one_colour(view: View<'_>, area: Area) -> Option<[u8; 3]> {
    let first = *view.row(area, area.y.into()).first()?;
    let one = view.rows(area).all(|row| row.iter().fold(0, |other, pixel| other | (pixel ^ first)) & 0x00FF_FFFF == 0);
    let [blue, green, red, _] = first.to_le_bytes();
    one.then_some([red, green, blue])
}

/// How many pixels of `area` go as a photograph.
pub(super) fn photographic_px(view: View<'_>, area: Area) -> u32 {
    let mut px = 0;
    for upper in (u32::from(area.y)..area.lower()).step_by(STRIP_ROWS.into()) {
        for left in (u32::from(area.x)..area.right()).step_by(CELL_PX as usize) {
            let (right, lower) =
                ((left + CELL_PX).min(area.right()), (upper + u32::from(STRIP_ROWS)).min(area.lower()));
            let cell = Area::between(left, upper, right, lower);
            px += cell.filter(|cell| judge(view, *cell) == Predictor::Median).map_or(0, Area::pixels);
        }
    }
    px
}

/// Photographs have few pixels that equal their left neighbour, or differ from it by little.
fn judge(view: View<'_>, area: Area) -> Predictor {
    let (mut all, mut differ, mut near) = (0, 0, 0);
    // Every fourth row tells enough.
    for row in view.rows(area).step_by(4) {
        for (left, right) in row.iter().zip(row.iter().skip(1)) {
            let [left, right] = [left.to_le_bytes(), right.to_le_bytes()];
            let jump =
                left.iter().zip(right).take(3).map(|(left, right)| left.abs_diff(right)).max().unwrap_or_default();
            differ += u32::from(jump > 0);
            near += u32::from(jump > 0 && jump <= JUMP);
            all += 1;
        }
    }
    let photographic = all >= 256 && (differ * 5 > all * 3 || near * 10 > differ * 7 && differ * 20 > all);
    if photographic { Predictor::Median } else { Predictor::Plain }
}
