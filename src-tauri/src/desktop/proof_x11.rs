//! The panel on an X11 screen.

use super::proof::Screen;
use crate::view::{MARK_OFFSET_CSS_PX, MARK_SIDE_CSS_PX, Mark};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt, ImageFormat, ImageOrder, MapState, StackMode, Window,
};
use x11rb::rust_connection::RustConnection;

/// How far a channel may be off: a compositor or a colour profile may round.
const TOLERANCE: u32 = 6;

/// Where the panel's mark is on the screen.
pub(crate) struct X11Screen {
    connection: RustConnection,
    root: Window,
    panel: Window,
    least_significant_first: bool,
    scale: u32,
}

impl X11Screen {
    /// Looks for the panel with this X window; `scale` is device pixels in a CSS pixel.
    pub(crate) fn connect(panel: Window, scale: f64) -> Result<Self, Box<dyn std::error::Error>> {
        let (connection, number) = x11rb::connect(None)?;
        let setup = connection.setup();
        let screen = setup.roots.get(number).ok_or("no such screen")?;
        if screen.root_depth < 24 {
            return Err("the screen has too few colours".into());
        }
        let root = screen.root;
        let least_significant_first = setup.image_byte_order == ImageOrder::LSB_FIRST;
        // A scale of ours is 1 to 4.
        let scale = (1..=4).rev().find(|whole| f64::from(*whole) <= scale + 0.01).unwrap_or(1);
        Ok(Self { connection, root, panel, least_significant_first, scale })
    }

    fn pixels(&self) -> Option<Pixels> {
        let attributes = self.connection.get_window_attributes(self.panel).ok()?.reply().ok()?;
        if attributes.map_state != MapState::VIEWABLE {
            return None;
        }
        let side = u16::try_from(MARK_SIDE_CSS_PX * self.scale).ok()?;
        let offset = i16::try_from(MARK_OFFSET_CSS_PX * self.scale).ok()?;
        let place = self.connection.translate_coordinates(self.panel, self.root, offset, offset).ok()?.reply().ok()?;
        // Outside of the screen this is an error, and so no proof.
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, place.dst_x, place.dst_y, side * 2, side, !0)
            .ok()?
            .reply()
            .ok()?;
        Some(Pixels {
            data: image.data,
            side: usize::from(side),
            least_significant_first: self.least_significant_first,
        })
    }
}

impl Screen for X11Screen {
    fn shows(&mut self, mark: &Mark) -> bool {
        self.pixels().is_some_and(|pixels| pixels.are(mark))
    }

    fn raise(&mut self) {
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        // Mapped again first: somebody or something may have put it away.
        let mapped = self.connection.map_window(self.panel);
        let raised = self.connection.configure_window(self.panel, &above);
        if mapped.is_ok() || raised.is_ok() {
            let _ = self.connection.flush();
        }
    }
}

/// The two squares as they are on the screen, 32 bits a pixel.
struct Pixels {
    data: Vec<u8>,
    side: usize,
    least_significant_first: bool,
}

impl Pixels {
    fn are(&self, mark: &Mark) -> bool {
        // The whole of both squares but their outermost pixels: half a mark is half covered.
        let inner = 1..self.side.saturating_sub(1);
        let square = |first: usize, colour: u32| {
            inner
                .clone()
                .all(|y| inner.clone().all(|x| self.at(first + x, y).is_some_and(|pixel| is_like(pixel, colour))))
        };
        square(0, mark.left) && square(self.side, mark.right)
    }

    fn at(&self, x: usize, y: usize) -> Option<u32> {
        let at = (y * self.side * 2 + x) * 4;
        let bytes: [u8; 4] = self.data.get(at..at + 4)?.try_into().ok()?;
        Some(if self.least_significant_first { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

fn is_like(pixel: u32, colour: u32) -> bool {
    [0, 8, 16].into_iter().all(|shift| ((pixel >> shift) & 0xff).abs_diff((colour >> shift) & 0xff) <= TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(left: u32, right: u32) -> Pixels {
        let side = 10;
        let row = (0..side * 2).flat_map(|x| if x < side { left } else { right }.to_le_bytes());
        let data = std::iter::repeat_n(row.collect::<Vec<u8>>(), side).flatten().collect();
        Pixels { data, side, least_significant_first: true }
    }

    #[test]
    fn only_the_whole_mark_is_a_proof() {
        let mark = Mark { serial: 1, left: 0x0012_3456, right: 0x0098_7654 };
        assert!(pixels(0x0012_3456, 0xff98_7654).are(&mark));
        assert!(pixels(0x0012_3457, 0x0097_7654).are(&mark));
        assert!(!pixels(0x0098_7654, 0x0012_3456).are(&mark));
        assert!(!pixels(0x0012_3456, 0x0012_3456).are(&mark));
        let mut half_covered = pixels(0x0012_3456, 0x0098_7654);
        half_covered.data[5 * 80..].fill(0);
        assert!(!half_covered.are(&mark));
        let mut cut = pixels(0x0012_3456, 0x0098_7654);
        cut.data.truncate(300);
        assert!(!cut.are(&mark));
    }
}
