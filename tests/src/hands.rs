//! Hands on the hardware: what is moved, clicked and typed on an outer display is hardware to the Xephyr inside it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::display::{connect, root};

/// The keysym of Return.
pub const RETURN: u32 = 0xff0d;
/// The keysym of Escape.
pub const ESCAPE: u32 = 0xff1b;
/// The keysym of the left Shift key.
pub const SHIFT: u32 = 0xffe1;
/// The keysym of the left Control key.
pub const CONTROL: u32 = 0xffe3;
/// The keysym of the left Alt key.
pub const ALT: u32 = 0xffe9;

/// Someone's hands at a display.
pub struct Hands {
    connection: RustConnection,
    root: u32,
    /// Where the display of interest lies on the one that is touched.
    origin: (i16, i16),
    last: Cell<Instant>,
}

impl Hands {
    /// Hands at a display; `origin` is added to every position.
    ///
    /// # Errors
    /// When the display does not answer.
    pub fn new(display: &str, origin: (i16, i16)) -> Result<Self> {
        let connection = connect(display)?;
        let root = root(&connection)?;
        Ok(Self { connection, root, origin, last: Cell::new(Instant::now()) })
    }

    /// Moves the mouse to a place.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn move_to(&self, x: i16, y: i16) -> Result<()> {
        self.fake(MOTION_NOTIFY_EVENT, 0, x + self.origin.0, y + self.origin.1)
    }

    /// Moves to a place and clicks the left button there.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn click(&self, x: i16, y: i16) -> Result<()> {
        self.click_at(x, y).map(|_| ())
    }

    /// The same, and says when the button went down.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn click_at(&self, x: i16, y: i16) -> Result<Instant> {
        // From beside it, so that whatever lies there sees the mouse come.
        self.move_to(x.saturating_sub(3).max(0), y)?;
        self.move_to(x, y)?;
        std::thread::sleep(Duration::from_millis(30)); // A finger is not quicker.
        let down = Instant::now();
        self.fake(BUTTON_PRESS_EVENT, 1, 0, 0)?;
        std::thread::sleep(Duration::from_millis(40));
        self.fake(BUTTON_RELEASE_EVENT, 1, 0, 0)?;
        Ok(down)
    }

    /// Presses and releases one key.
    ///
    /// # Errors
    /// When no key has this keysym or the display is gone.
    pub fn press(&self, keysym: u32) -> Result<()> {
        self.chord(&[keysym])
    }

    /// Presses a key and does not let go.
    ///
    /// # Errors
    /// See [`Hands::press`].
    pub fn hold(&self, keysym: u32) -> Result<()> {
        self.fake(KEY_PRESS_EVENT, self.find(keysym)?.0, 0, 0)
    }

    /// Lets a held key go.
    ///
    /// # Errors
    /// See [`Hands::press`].
    pub fn release(&self, keysym: u32) -> Result<()> {
        self.fake(KEY_RELEASE_EVENT, self.find(keysym)?.0, 0, 0)
    }

    /// Presses keys together, as for a shortcut.
    ///
    /// # Errors
    /// See [`Hands::press`].
    pub fn chord(&self, keysyms: &[u32]) -> Result<()> {
        let keys: Vec<u8> = keysyms.iter().map(|keysym| Ok(self.find(*keysym)?.0)).collect::<Result<_>>()?;
        for key in &keys {
            self.fake(KEY_PRESS_EVENT, *key, 0, 0)?;
        }
        for key in keys.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *key, 0, 0)?;
        }
        Ok(())
    }

    /// Types text of letters, digits and signs that the layout has with and without Shift.
    ///
    /// # Errors
    /// See [`Hands::press`].
    pub fn type_text(&self, text: &str) -> Result<()> {
        for character in text.chars() {
            let keysym = if character == '\n' { RETURN } else { u32::from(character) };
            if self.find(keysym)?.1 {
                self.chord(&[SHIFT, keysym])?
            } else {
                self.press(keysym)?
            }
            std::thread::sleep(Duration::from_millis(8));
        }
        Ok(())
    }

    /// Whether these hands have done nothing for so long.
    #[must_use]
    pub fn rested_for(&self, time: Duration) -> bool {
        self.last.get().elapsed() >= time
    }

    /// The key with this keysym, and whether it needs Shift.
    fn find(&self, keysym: u32) -> Result<(u8, bool)> {
        let setup = self.connection.setup();
        let count = setup.max_keycode - setup.min_keycode + 1;
        let mapping = self.connection.get_keyboard_mapping(setup.min_keycode, count)?.reply()?;
        let keys = mapping.keysyms.chunks(usize::from(mapping.keysyms_per_keycode));
        for (key, levels) in (setup.min_keycode..=setup.max_keycode).zip(keys) {
            if let Some(level) = levels.iter().take(2).position(|one| *one == keysym) {
                return Ok((key, level == 1));
            }
        }
        None.with_context(|| format!("no key has the keysym {keysym:#x}"))
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) -> Result<()> {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, x, y, 0)?.check()?;
        // Ask something back: only then has the server carried it out.
        self.connection.get_input_focus()?.reply()?;
        self.last.set(Instant::now());
        Ok(())
    }
}
