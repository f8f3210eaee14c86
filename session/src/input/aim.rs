//! Where remote input may go: what is shared, and our own windows, where it may not.

use std::sync::{Arc, Mutex, PoisonError};

/// A rectangle of the customer's desktop, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// Its width; not 0.
    pub width: u32,
    /// Its height; not 0.
    pub height: u32,
}

impl Area {
    /// The place on the desktop of a pixel of the picture; pixels outside are moved to the edge.
    pub(super) fn place(&self, x: u16, y: u16) -> (i32, i32) {
        let inside = |pixel: u16, length: u32| {
            i32::try_from(u32::from(pixel).min(length.saturating_sub(1))).unwrap_or(i32::from(u16::MAX))
        };
        (self.x.saturating_add(inside(x, self.width)), self.y.saturating_add(inside(y, self.height)))
    }
}

/// Where remote input may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Into this part of the desktop.
    Area(Area),
    /// Into this window, by its id on the display, wherever it is, and into nothing that lies over it.
    Window(u32),
}

/// What is shared as it is at this moment; whoever captures sets it, the hands read it.
#[derive(Clone, Debug, Default)]
pub struct Aim(Arc<Mutex<Option<Target>>>);

impl Aim {
    /// Nothing is shared: the pointer goes nowhere.
    pub fn nowhere() -> Self {
        Self::default()
    }

    /// Sets or takes away what is shared.
    pub fn set(&self, target: Option<Target>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }

    /// What is shared.
    pub fn get(&self) -> Option<Target> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The guardian's windows, by their ids on the display; remote input never goes into any of them.
#[derive(Clone, Debug, Default)]
pub struct OwnWindows(Arc<Mutex<Arc<[u32]>>>);

impl OwnWindows {
    /// Replaces the list.
    pub fn set(&self, windows: impl IntoIterator<Item = u32>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = windows.into_iter().collect();
    }

    /// The list.
    pub fn get(&self) -> Arc<[u32]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_of_the_picture_lands_in_the_area() {
        let area = Area { x: 1920, y: -10, width: 800, height: 600 };
        assert_eq!(area.place(0, 0), (1920, -10));
        assert_eq!(area.place(799, 599), (2719, 589));
        assert_eq!(area.place(u16::MAX, 600), (2719, 589));
    }
}
