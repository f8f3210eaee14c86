//! A connection to the X server that can be waited on, and woken from another thread.

use super::{
    super::{Happened, ScreenError, Waker},
    memory::{Wake, wait_readable},
};
use core::time::Duration;
use std::{os::fd::AsRawFd, time::Instant};
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
    wake: Wake,
    /// Heard of while something else was asked for.
    heard: Happened,
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
        Ok(Self { connection, wake: Wake::new()?, heard: Happened::default() })
    }

    pub(super) fn waker(&self) -> Waker {
        self.wake.waker()
    }

    /// Waits as [`Capture::wait`](super::super::Capture::wait) says; `note` looks at each event.
    pub(super) fn wait(
        &mut self,
        at_least: Duration,
        at_most: Duration,
        mut note: impl FnMut(&Event, &mut Happened),
    ) -> Result<Happened, ScreenError> {
        let started = Instant::now();
        let (server, wake) = (self.connection.stream().as_raw_fd(), self.wake.as_raw_fd());
        let mut woken = false;
        if !at_least.is_zero() {
            let [is_woken] = wait_readable([wake], at_least)?;
            woken = is_woken && self.wake.take()?;
        }
        // Replies that were read brought events along: look before waiting.
        let mut happened = std::mem::take(&mut self.heard);
        self.drain(&mut happened, &mut note)?;
        let left = at_most.saturating_sub(started.elapsed());
        if !woken && happened == Happened::default() && !left.is_zero() {
            self.connection.flush()?;
            let [has_events, is_woken] = wait_readable([server, wake], left)?;
            if is_woken {
                self.wake.take()?;
            }
            if has_events {
                self.drain(&mut happened, &mut note)?;
            }
        }
        Ok(happened)
    }

    /// Reads the events that are there, without waiting; the next wait tells what happened but for damage.
    pub(super) fn listen(&mut self, mut note: impl FnMut(&Event, &mut Happened)) -> Result<(), ScreenError> {
        let mut heard = std::mem::take(&mut self.heard);
        self.drain(&mut heard, &mut note)?;
        self.heard = Happened { damage: false, ..heard };
        Ok(())
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
