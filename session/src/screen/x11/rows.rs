//! Rows of a drawable, copied by the X server into memory that it shares with us.

use super::{super::ScreenError, memory::SharedPixels};
use crate::picture::Area;
use beistand_protocol::picture::Size;
use x11rb::{
    connection::Connection,
    cookie::Cookie,
    errors::ReplyError,
    protocol::{
        ErrorKind as XErrorKind,
        shm::{self, ConnectionExt as _},
        xproto,
    },
    rust_connection::RustConnection,
};

/// Bands of rows with less between them are copied as one.
const BAND_GAP_ROWS: u32 = 16;

pub(super) struct Rows {
    size: Size,
    pixels: SharedPixels,
    segment: shm::Seg,
    bands: Vec<(u32, u32)>,
}

impl Rows {
    pub(super) fn new(connection: &RustConnection, size: Size) -> Result<Self, ScreenError> {
        let (pixels, file) = SharedPixels::new(size.pixels() as usize)?;
        let segment = connection.generate_id()?;
        connection.shm_attach_fd(segment, file, false)?.check()?;
        Ok(Self { size, pixels, segment, bands: Vec::new() })
    }

    /// Lets the server let go of the memory.
    pub(super) fn detach(&self, connection: &RustConnection) -> Result<(), ScreenError> {
        connection.shm_detach(self.segment)?;
        Ok(())
    }

    pub(super) const fn size(&self) -> Size {
        self.size
    }

    pub(super) fn pixels(&self) -> &[u32] {
        self.pixels.pixels()
    }

    /// The rows that `damaged` touches, as few bands; answers whether there are any.
    pub(super) fn find(&mut self, damaged: &[Area]) -> bool {
        self.bands.clear();
        self.bands.extend(damaged.iter().map(|area| (u32::from(area.y), area.lower())));
        self.bands.sort_unstable();
        self.bands.dedup_by(|next, band| {
            let joined = next.0 <= band.1 + BAND_GAP_ROWS;
            if joined {
                band.1 = band.1.max(next.1);
            }
            joined
        });
        !self.bands.is_empty()
    }

    /// Asks the server to copy all bands; `origin` is where on the drawable the picture begins. Nobody may look at the
    /// pixels before all answers are there.
    pub(super) fn ask<'c>(
        &self,
        connection: &'c RustConnection,
        drawable: xproto::Drawable,
        origin: (i32, i32),
    ) -> Result<Vec<Cookie<'c, RustConnection, shm::GetImageReply>>, ScreenError> {
        let mut copies = Vec::with_capacity(self.bands.len());
        for (upper, lower) in &self.bands {
            let place = |origin: i32, offset: u32| i16::try_from(i64::from(origin) + i64::from(offset)).ok();
            let (x, y) = place(origin.0, 0).zip(place(origin.1, *upper)).ok_or(ScreenError::Resized)?;
            let rows = u16::try_from(lower - upper).map_err(|_| ScreenError::Resized)?;
            let offset = upper * u32::from(self.size.width()) * 4;
            let format = xproto::ImageFormat::Z_PIXMAP.into();
            let (width, segment) = (self.size.width(), self.segment);
            copies.push(connection.shm_get_image(drawable, x, y, width, rows, !0, format, segment, offset)?);
        }
        Ok(copies)
    }

    /// Blackens the areas of what was just copied.
    pub(super) fn blacken(&mut self, areas: impl Iterator<Item = Area>) {
        let stride = usize::from(self.size.width());
        for area in areas {
            for (upper, lower) in &self.bands {
                for row in u32::from(area.y).max(*upper)..area.lower().min(*lower) {
                    let start = row as usize * stride + usize::from(area.x);
                    let pixels = self.pixels.pixels_mut().get_mut(start..start + usize::from(area.width));
                    pixels.unwrap_or_default().fill(0);
                }
            }
        }
    }

    /// Forgets every pixel.
    pub(super) fn clear(&mut self) {
        self.pixels.pixels_mut().fill(0);
    }
}

/// A request outside of a drawable's bounds: it shrank a moment ago.
pub(super) fn resized(error: ReplyError) -> ScreenError {
    match error {
        ReplyError::X11Error(error) if error.error_kind == XErrorKind::Match => ScreenError::Resized,
        error @ (ReplyError::X11Error(_) | ReplyError::ConnectionError(_)) => error.into(),
    }
}
