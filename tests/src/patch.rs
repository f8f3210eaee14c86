//! A small window on a customer's screen whose one colour says something: how many keys it got, or what time it is.
#![allow(missing_debug_implementations)] // A connection to a display has no such form.

use crate::display::{Display, root};
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, CreateWindowAux, EventMask, InputFocus, WindowClass,
};
use x11rb::rust_connection::RustConnection;

/// Over every colour that is a time or a count, this bit is set: without it, the patch is not seen yet.
const MARK: u32 = 0x80_0000;
/// Over every colour that is a time, this one too.
const TIME: u32 = 0x40_0000;
/// How often the time is painted.
const TICK: Duration = Duration::from_millis(10);

/// The window.
pub struct Patch {
    connection: Arc<RustConnection>,
    window: u32,
    began: Instant,
    tells_time: Arc<AtomicBool>,
}

impl Patch {
    /// A place inside it.
    pub const PLACE: (usize, usize) = (60, 60);

    /// Opens it near the left top corner of a display and gives it the keyboard.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn on(display: &Display) -> Result<Self> {
        let connection = Arc::new(display.connect()?);
        let window = connection.generate_id()?;
        let screen = connection.setup().roots.first().context("a screen")?;
        let look = CreateWindowAux::new().override_redirect(1).background_pixel(MARK).event_mask(EventMask::KEY_PRESS);
        let (depth, class, visual) = (COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_OUTPUT, screen.root_visual);
        connection.create_window(depth, window, root(&connection)?, 20, 20, 80, 80, 0, class, visual, &look)?;
        connection.map_window(window)?;
        connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)?.check()?;
        let patch = Self { connection, window, began: Instant::now(), tells_time: Arc::default() };
        patch.follow_keys();
        Ok(patch)
    }

    fn follow_keys(&self) {
        let (connection, window) = (Arc::clone(&self.connection), self.window);
        let tells_time = Arc::clone(&self.tells_time);
        thread::spawn(move || {
            let mut keys = 0;
            while let Ok(event) = connection.wait_for_event() {
                if matches!(event, Event::KeyPress(_)) && !tells_time.load(Ordering::Relaxed) {
                    keys += 1;
                    let _ = paint(&connection, window, keys);
                }
            }
        });
    }

    /// From now on it counts the keys that it gets.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn counts_keys(&self) -> Result<()> {
        self.tells_time.store(false, Ordering::Relaxed);
        paint(&self.connection, self.window, 0)
    }

    /// From now on it tells the time.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn tells_the_time(&self) -> Result<()> {
        if self.tells_time.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (connection, window, began) = (Arc::clone(&self.connection), self.window, self.began);
        let tells_time = Arc::clone(&self.tells_time);
        paint(&connection, window, TIME | millis(began))?;
        thread::spawn(move || {
            while tells_time.load(Ordering::Relaxed) && paint(&connection, window, TIME | millis(began)).is_ok() {
                thread::sleep(TICK);
            }
        });
        Ok(())
    }

    /// How long ago it showed this colour, if the colour is a time.
    #[must_use]
    pub fn age(&self, colour: u32) -> Option<Duration> {
        let told = (colour & MARK != 0 && colour & TIME != 0).then_some(colour & !MARK & !TIME)?;
        let told = Duration::from_millis(told.into());
        self.began.elapsed().checked_sub(told)
    }
}

fn millis(began: Instant) -> u32 {
    u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX)
}

fn paint(connection: &RustConnection, window: u32, value: u32) -> Result<()> {
    let look = ChangeWindowAttributesAux::new().background_pixel(MARK | (value & !MARK & 0xFF_FFFF));
    connection.change_window_attributes(window, &look)?;
    connection.clear_area(false, window, 0, 0, 0, 0)?;
    Ok(connection.flush()?)
}
