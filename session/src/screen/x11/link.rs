//! A connection to the X server that can be waited on, and woken from another thread.

use super::{
    super::{Happened, ScreenError, Waker},
    memory::wait_readable,
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
        Event, damage::ConnectionExt as _, shm::ConnectionExt as _, xfixes, xfixes::ConnectionExt as _, xinput,
        xinput::ConnectionExt as _, xproto,
    },
    rust_connection::RustConnection,
};

pub(super) struct Link {
    pub(super) connection: RustConnection,
    woken: UnixStream,
    waker: Waker,
}

impl Link {
    /// Takes over a connection, and asks to be told of the pointer's shape and moves.
    pub(super) fn new(connection: RustConnection, root: xproto::Window) -> Result<Self, ScreenError> {
        let shared = connection.shm_query_version()?.reply()?;
        if (shared.major_version, shared.minor_version) < (1, 2) {
            return Err(ScreenError::Unsupported("shared memory by descriptor"));
        }
        connection.xfixes_query_version(5, 0)?.reply()?;
        connection.damage_query_version(1, 1)?.reply()?;
        connection.xfixes_select_cursor_input(root, xfixes::CursorNotifyMask::DISPLAY_CURSOR)?.check()?;
        select_motion(&connection, root)?;
        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        wake.set_nonblocking(true)?;
        let wake = Arc::new(wake);
        // A full pipe wakes as well as one byte more.
        let waker = Waker::new(move || drop((&*wake).write(&[1])));
        Ok(Self { connection, woken, waker })
    }

    pub(super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits as [`Capture::wait`](super::super::Capture::wait) says; `note` looks at each event.
    pub(super) fn wait(
        &mut self,
        at_least: Duration,
        at_most: Duration,
        mut note: impl FnMut(&Event, &mut Happened),
    ) -> Result<Happened, ScreenError> {
        let started = Instant::now();
        let (server, pipe): (RawFd, RawFd) = (self.connection.stream().as_raw_fd(), self.woken.as_raw_fd());
        let mut happened = Happened::default();
        let mut woken = self.was_woken()?;
        if !woken && !at_least.is_zero() {
            wait_readable(&[pipe], at_least)?;
            woken = self.was_woken()?;
        }
        // Replies that were read brought events along: look before waiting.
        self.drain(&mut happened, &mut note)?;
        if !woken && happened == Happened::default() {
            self.connection.flush()?;
            let left = at_most.saturating_sub(started.elapsed());
            if !left.is_zero() {
                wait_readable(&[server, pipe], left)?;
            }
            self.was_woken()?;
            self.drain(&mut happened, &mut note)?;
        }
        Ok(happened)
    }

    /// Reads all events that are there.
    fn drain(
        &mut self,
        happened: &mut Happened,
        note: &mut impl FnMut(&Event, &mut Happened),
    ) -> Result<(), ScreenError> {
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::Error(error) = &event {
                return Err(ReplyError::X11Error(error.clone()).into());
            }
            happened.damage |= matches!(event, Event::DamageNotify(_));
            happened.cursor |= matches!(event, Event::XfixesCursorNotify(_));
            happened.motion |= matches!(event, Event::XinputRawMotion(_));
            note(&event, happened);
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

/// The pixels must be 0xXXRRGGBB in little-endian order; everything in use today has them.
pub(super) fn check_pixels(
    connection: &RustConnection,
    screen: &xproto::Screen,
    depth: u8,
    visual: xproto::Visualid,
) -> Result<(), ScreenError> {
    let setup = connection.setup();
    let wide = setup.pixmap_formats.iter().any(|format| format.depth == depth && format.bits_per_pixel == 32);
    let visuals = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
    let rgb = visuals
        .filter(|candidate| candidate.visual_id == visual)
        .any(|visual| (visual.red_mask, visual.green_mask, visual.blue_mask) == (0xFF_0000, 0xFF00, 0xFF));
    let little = setup.image_byte_order == xproto::ImageOrder::LSB_FIRST && cfg!(target_endian = "little");
    if wide && rgb && little { Ok(()) } else { Err(ScreenError::Unsupported("colours of eight bits each")) }
}
