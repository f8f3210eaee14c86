//! One running capture of a part of the root window.

use super::{
    super::{Blackout, Capture, CursorImage, Happened, Pointer, ScreenError, Waker},
    blackout::{self, Asked},
    cursor,
    memory::{SharedPixels, wait_readable},
};
use crate::picture::{Area, View};
use beistand_protocol::{
    permission::{Consent, SeeScreen},
    picture::{Rect, Size},
};
use core::time::Duration;
use std::{
    io::{ErrorKind, Read, Write},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    sync::Arc,
    time::Instant,
};
use x11rb::{
    connection::{Connection, RequestConnection},
    errors::ReplyError,
    protocol::{
        ErrorKind as XErrorKind, Event, damage, damage::ConnectionExt as _, randr, randr::ConnectionExt as _, shm,
        shm::ConnectionExt as _, xfixes, xfixes::ConnectionExt as _, xinput, xinput::ConnectionExt as _, xproto,
        xproto::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

/// Bands of rows with less between them are grabbed as one.
const BAND_GAP_ROWS: u32 = 16;

pub(super) struct X11Capture {
    connection: RustConnection,
    root: xproto::Window,
    rect: Rect,
    size: Size,
    pixels: SharedPixels,
    segment: shm::Seg,
    damage: damage::Damage,
    region: xfixes::Region,
    blackout: Blackout,
    blackout_ids: Vec<u32>,
    blackout_generation: u64,
    whole: bool,
    bands: Vec<(u32, u32)>,
    woken: UnixStream,
    waker: Waker,
}

impl X11Capture {
    pub(super) fn open(
        connection: RustConnection,
        screen: &xproto::Screen,
        rect: Rect,
        blackout: Blackout,
    ) -> Result<Self, ScreenError> {
        let size = Size::new(rect.width, rect.height)?;
        check_pixels(&connection, screen)?;
        let shared = connection.shm_query_version()?.reply()?;
        if (shared.major_version, shared.minor_version) < (1, 2) {
            return Err(ScreenError::Unsupported("shared memory by descriptor"));
        }
        connection.xfixes_query_version(5, 0)?.reply()?;
        connection.damage_query_version(1, 1)?.reply()?;
        let root = screen.root;
        connection.xfixes_select_cursor_input(root, xfixes::CursorNotifyMask::DISPLAY_CURSOR)?.check()?;
        select_layout(&connection, root)?;
        select_motion(&connection, root)?;

        let (pixels, file) = SharedPixels::new(size.pixels() as usize)?;
        let segment = connection.generate_id()?;
        connection.shm_attach_fd(segment, file, false)?.check()?;
        let damage = connection.generate_id()?;
        connection.damage_create(damage, root, damage::ReportLevel::NON_EMPTY)?.check()?;
        let region = connection.generate_id()?;
        connection.xfixes_create_region(region, &[])?.check()?;

        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        wake.set_nonblocking(true)?;
        let wake = Arc::new(wake);
        // A full pipe wakes as well as one byte more.
        let waker = Waker::new(move || drop((&*wake).write(&[1])));
        Ok(Self {
            connection,
            root,
            rect,
            size,
            pixels,
            segment,
            damage,
            region,
            blackout,
            blackout_ids: Vec::new(),
            blackout_generation: 0,
            whole: true,
            bands: Vec::new(),
            woken,
            waker,
        })
    }

    /// Reads all events that are there.
    fn drain(&mut self, happened: &mut Happened) -> Result<(), ScreenError> {
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::Error(error) = &event {
                return Err(ReplyError::X11Error(error.clone()).into());
            }
            happened.damage |= matches!(event, Event::DamageNotify(_));
            happened.cursor |= matches!(event, Event::XfixesCursorNotify(_));
            happened.motion |= matches!(event, Event::XinputRawMotion(_));
            happened.layout |= matches!(event, Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_));
        }
        Ok(())
    }

    /// Empties the wake pipe; whether there was something in it.
    fn was_woken(&mut self) -> Result<bool, ScreenError> {
        let mut bytes = [0; 64];
        let mut any = false;
        loop {
            match self.woken.read(&mut bytes) {
                Ok(0) => return Ok(any),
                Ok(_) => any = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(any),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Asks what was damaged since the last time; answers it as rectangles of the picture.
    fn take_damage(&mut self, damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        self.connection.damage_subtract(self.damage, x11rb::NONE, self.region)?;
        let rectangles = self.connection.xfixes_fetch_region(self.region)?.reply()?.rectangles;
        let forgotten = self.blackout.refresh(&mut self.blackout_ids, &mut self.blackout_generation);
        if std::mem::take(&mut self.whole) || forgotten {
            damaged.push(Area::whole(self.size));
            return Ok(());
        }
        damaged.extend(rectangles.iter().filter_map(|rectangle| {
            self.inside(Rect {
                x: rectangle.x.into(),
                y: rectangle.y.into(),
                width: rectangle.width.into(),
                height: rectangle.height.into(),
            })
        }));
        Ok(())
    }

    /// The part of a rectangle of the desktop that lies in the picture, counted from its corner.
    fn inside(&self, rect: Rect) -> Option<Area> {
        let part = rect.intersection(&self.rect)?;
        let (x, y) = (u32::try_from(part.x - self.rect.x).ok()?, u32::try_from(part.y - self.rect.y).ok()?);
        Area::between(x, y, x + part.width, y + part.height)
    }

    /// The rows that `damaged` touches, as few bands.
    fn find_bands(&mut self, damaged: &[Area]) {
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
    }

    /// Has the server copy all bands into the shared memory; answers where our own windows were around that.
    fn copy_bands(&self) -> Result<Vec<Rect>, ScreenError> {
        let connection = &self.connection;
        let mut frames = Vec::new();
        blackout::frames(connection, &self.blackout_ids, &mut frames)?;
        let ask = || frames.iter().map(|frame| Asked::about(connection, *frame)).collect::<Result<Vec<_>, _>>();
        let before = ask()?;
        let mut copies = Vec::with_capacity(self.bands.len());
        for (upper, lower) in &self.bands {
            let place = |origin: i32, offset: u32| i16::try_from(i64::from(origin) + i64::from(offset)).ok();
            let (x, y) = place(self.rect.x, 0).zip(place(self.rect.y, *upper)).ok_or(ScreenError::Resized)?;
            let rows = u16::try_from(lower - upper).map_err(|_| ScreenError::Resized)?;
            let offset = upper * u32::from(self.size.width()) * 4;
            let format = xproto::ImageFormat::Z_PIXMAP.into();
            let (width, segment) = (self.size.width(), self.segment);
            copies.push(connection.shm_get_image(self.root, x, y, width, rows, !0, format, segment, offset)?);
        }
        let after = ask()?;
        // A window that was put into another frame in the meantime has a new outermost one.
        let mut frames_after = Vec::new();
        for copy in copies {
            copy.reply().map_err(resized)?;
        }
        blackout::frames(connection, &self.blackout_ids, &mut frames_after)?;
        frames_after.retain(|frame| !frames.contains(frame));
        let moved = frames_after.iter().map(|frame| Asked::about(connection, *frame)).collect::<Result<Vec<_>, _>>()?;
        let mut rects = Vec::new();
        for asked in before.into_iter().chain(after).chain(moved) {
            rects.extend(asked.answer()?);
        }
        Ok(rects)
    }

    /// Blackens what `rects` covers of the bands.
    fn blacken(&mut self, rects: &[Rect]) {
        let stride = usize::from(self.size.width());
        for area in rects.iter().filter_map(|rect| self.inside(*rect)).collect::<Vec<_>>() {
            for (upper, lower) in &self.bands {
                for row in u32::from(area.y).max(*upper)..area.lower().min(*lower) {
                    let start = row as usize * stride + usize::from(area.x);
                    let pixels = self.pixels.pixels_mut().get_mut(start..start + usize::from(area.width));
                    pixels.unwrap_or_default().fill(0);
                }
            }
        }
    }
}

impl Capture for X11Capture {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn size(&self) -> Size {
        self.size
    }

    fn waker(&self) -> Waker {
        self.waker.clone()
    }

    fn wait(&mut self, at_least: Duration, at_most: Duration) -> Result<Happened, ScreenError> {
        let started = Instant::now();
        let (server, pipe): (RawFd, RawFd) = (self.connection.stream().as_raw_fd(), self.woken.as_raw_fd());
        let mut happened = Happened::default();
        let mut woken = self.was_woken()?;
        if !woken && !at_least.is_zero() {
            wait_readable(&[pipe], at_least)?;
            woken = self.was_woken()?;
        }
        // Replies that were read brought events along: look before waiting.
        self.drain(&mut happened)?;
        if !woken && happened == Happened::default() {
            self.connection.flush()?;
            let left = at_most.saturating_sub(started.elapsed());
            if !left.is_zero() {
                wait_readable(&[server, pipe], left)?;
            }
            self.was_woken()?;
            self.drain(&mut happened)?;
        }
        Ok(happened)
    }

    fn grab(&mut self, _consent: &Consent<'_, SeeScreen>, damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        let known = damaged.len();
        self.take_damage(damaged)?;
        self.find_bands(damaged.get(known..).unwrap_or_default());
        if self.bands.is_empty() {
            return Ok(());
        }
        match self.copy_bands() {
            Ok(rects) => self.blacken(&rects),
            Err(error) => {
                // What the server wrote was not blackened: nobody may look at it.
                self.pixels.pixels_mut().fill(0);
                self.whole = true;
                return Err(error);
            }
        }
        Ok(())
    }

    fn frame(&self) -> View<'_> {
        View::new(self.size, self.pixels.pixels())
    }

    fn forget(&mut self) {
        self.whole = true;
        self.pixels.pixels_mut().fill(0);
    }

    fn cursor(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<CursorImage, ScreenError> {
        Ok(cursor::image(&self.connection.xfixes_get_cursor_image()?.reply()?))
    }

    fn pointer(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<Pointer, ScreenError> {
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        let (x, y) = (i32::from(pointer.root_x), i32::from(pointer.root_y));
        let inside = pointer.same_screen && self.rect.contains(x, y);
        Ok(Pointer { x: x - self.rect.x, y: y - self.rect.y, inside })
    }
}

/// A request outside of the screen's bounds: it shrank a moment ago.
fn resized(error: ReplyError) -> ScreenError {
    match error {
        ReplyError::X11Error(error) if error.error_kind == XErrorKind::Match => ScreenError::Resized,
        error @ (ReplyError::X11Error(_) | ReplyError::ConnectionError(_)) => error.into(),
    }
}

/// The pixels must be 0xXXRRGGBB in little-endian order; everything in use today has them.
fn check_pixels(connection: &RustConnection, screen: &xproto::Screen) -> Result<(), ScreenError> {
    let setup = connection.setup();
    let wide = setup.pixmap_formats.iter().any(|f| f.depth == screen.root_depth && f.bits_per_pixel == 32);
    let visuals = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
    let rgb = visuals
        .filter(|visual| visual.visual_id == screen.root_visual)
        .any(|visual| (visual.red_mask, visual.green_mask, visual.blue_mask) == (0xFF_0000, 0xFF00, 0xFF));
    let little = setup.image_byte_order == xproto::ImageOrder::LSB_FIRST && cfg!(target_endian = "little");
    if wide && rgb && little { Ok(()) } else { Err(ScreenError::Unsupported("colours of eight bits each")) }
}

fn select_layout(connection: &RustConnection, root: xproto::Window) -> Result<(), ScreenError> {
    if connection.extension_information(randr::X11_EXTENSION_NAME)?.is_some() {
        connection.randr_query_version(1, 5)?.reply()?;
        let mask = randr::NotifyMask::SCREEN_CHANGE | randr::NotifyMask::CRTC_CHANGE;
        connection.randr_select_input(root, mask)?.check()?;
    }
    Ok(())
}

/// Motion of every pointing device; without XInput 2 the pointer is only looked at now and then.
fn select_motion(connection: &RustConnection, root: xproto::Window) -> Result<(), ScreenError> {
    if connection.extension_information(xinput::X11_EXTENSION_NAME)?.is_some() {
        connection.xinput_xi_query_version(2, 2)?.reply()?;
        let mask = xinput::EventMask { deviceid: 1, mask: vec![xinput::XIEventMask::RAW_MOTION] };
        connection.xinput_xi_select_events(root, &[mask])?.check()?;
    }
    Ok(())
}
