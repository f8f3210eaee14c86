//! A rectangle inside a picture, and what was drawn into one.

use beistand_protocol::picture::Size;

/// A rectangle inside a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Area {
    /// Left edge.
    pub x: u16,
    /// Upper edge.
    pub y: u16,
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
}

impl Area {
    /// The whole of a picture.
    pub const fn whole(size: Size) -> Self {
        Self { x: 0, y: 0, width: size.width(), height: size.height() }
    }

    /// The rectangle from `left`, `upper` up to and without `right`, `lower`; nothing if it is empty.
    pub fn between(left: u32, upper: u32, right: u32, lower: u32) -> Option<Self> {
        let side = |from: u32, to: u32| u16::try_from(to.checked_sub(from)?).ok().filter(|side| *side > 0);
        Some(Self {
            x: u16::try_from(left).ok()?,
            y: u16::try_from(upper).ok()?,
            width: side(left, right)?,
            height: side(upper, lower)?,
        })
    }

    /// The column after the last.
    pub const fn right(self) -> u32 {
        self.x as u32 + self.width as u32
    }

    /// The row after the last.
    pub const fn lower(self) -> u32 {
        self.y as u32 + self.height as u32
    }

    /// How many pixels it has.
    pub const fn pixels(self) -> u32 {
        self.width as u32 * self.height as u32
    }

    /// Whether it has pixels and all of them lie in a picture of this size.
    pub const fn fits(self, size: Size) -> bool {
        self.pixels() > 0 && self.right() <= size.width() as u32 && self.lower() <= size.height() as u32
    }

    /// Whether all of `other` lies in it.
    pub const fn holds(self, other: Self) -> bool {
        self.x <= other.x && self.y <= other.y && self.right() >= other.right() && self.lower() >= other.lower()
    }

    /// What both have in common.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::between(
            self.x.max(other.x).into(),
            self.y.max(other.y).into(),
            self.right().min(other.right()),
            self.lower().min(other.lower()),
        )
    }

    /// Appends what is left of it without `holes`, in rectangles.
    pub(super) fn without(self, holes: &[Self], parts: &mut Vec<Self>) {
        let Some((hole, holes)) = holes.split_first() else { return parts.push(self) };
        let Some(hole) = self.intersection(*hole) else { return self.without(holes, parts) };
        let (left, upper) = (u32::from(self.x), u32::from(self.y));
        let rows = (u32::from(hole.y), hole.lower());
        let around = [
            Self::between(left, upper, self.right(), rows.0),
            Self::between(left, rows.0, hole.x.into(), rows.1),
            Self::between(hole.right(), rows.0, self.right(), rows.1),
            Self::between(left, rows.1, self.right(), self.lower()),
        ];
        around.into_iter().flatten().for_each(|part| part.without(holes, parts));
    }

    /// A rectangle of the same size with its upper left corner at `x`, `y`.
    pub const fn at(self, x: u16, y: u16) -> Self {
        Self { x, y, ..self }
    }

    /// The smallest rectangle that holds both.
    pub fn union(self, other: Self) -> Self {
        let joined = Self::between(
            self.x.min(other.x).into(),
            self.y.min(other.y).into(),
            self.right().max(other.right()),
            self.lower().max(other.lower()),
        );
        joined.unwrap_or(self)
    }
}

/// One step of drawing, as the viewer repeats it on its canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// What was in `from` now also is at `x`, `y`; both may overlap.
    Copy {
        /// Where it was.
        from: Area,
        /// Where its left edge is now.
        x: u16,
        /// Where its upper edge is now.
        y: u16,
    },
    /// One colour: red, green, blue.
    Fill(Area, [u8; 3]),
    /// New pixels; they are in the decoder's canvas.
    Pixels(Area),
}
