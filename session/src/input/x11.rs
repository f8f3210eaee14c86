//! Hands on an X display: XTest.
//!
//! Everything goes through the [`Ledger`] and everything waits for the display: when a call returns, the
//! display has done it. The pointer is in `x11_pointer.rs`, the keyboard in `x11_keys.rs`. Not there: which key
//! makes which character (`x11_plan.rs`), what lies under the pointer (`x11_windows.rs`).

use super::x11_device::{CORE_KEYBOARD, Display};
use super::x11_keymap::Keymap;
use super::{Aim, Injector, InputError, Ledger, Outcome, OwnWindows, Progress};
use beistand_protocol::input::{Button, Dropped, Hold, Input, KEEP_HELD, Key};
use beistand_protocol::permission::{Consent, Control};
use std::sync::Arc;
use std::time::{Duration, Instant};
use x11rb::protocol::xkb::{ConnectionExt as _, EventType, MapPart, SelectEventsAux};

/// How long programs get to notice that a keycode has changed its meaning.
pub(super) const REMAP_PAUSE: Duration = Duration::from_millis(30);
/// The part of the keyboard's repeat delay for which a key stays down without word from the technician.
const UNSURE_AFTER: f32 = 0.7;
/// How long a key named by its place stays down without word: several words may be late. The keyboard's own
/// repeating is wanted here, as at the machine itself.
const PLACE_UNSURE_AFTER: Duration = KEEP_HELD.saturating_mul(4);

/// The one [`Injector`] for X displays.
pub struct Hands {
    pub(super) display: Display,
    /// The keyboard that XTest types on; its map is the one that counts.
    pub(super) keyboard: u16,
    pub(super) keymap: Keymap,
    pub(super) ledger: Arc<Ledger>,
    pub(super) aim: Aim,
    pub(super) own: OwnWindows,
    pub(super) keys: Vec<DownKey>,
    pub(super) buttons: Vec<(Button, u8)>,
    pub(super) remapped: Vec<Remapped>,
    /// Where the technician's pointer is.
    pub(super) target: Option<(i16, i16)>,
    unsure_after: Duration,
}

#[derive(Clone, Copy)]
pub(super) struct DownKey {
    pub(super) key: Key,
    pub(super) keycode: u8,
    pub(super) since: Instant,
}

#[derive(Clone, Copy)]
pub(super) struct Remapped {
    pub(super) keycode: u8,
    pub(super) character: char,
    pub(super) used: Instant,
}

impl Hands {
    /// Connects to the display called `name`, or to that of the environment.
    ///
    /// # Errors
    /// [`InputError`] if it can't be reached or can't inject.
    pub fn connect(name: Option<&str>, ledger: Arc<Ledger>, aim: Aim, own: OwnWindows) -> Result<Self, InputError> {
        let display = Display::connect(name)?;
        let keyboard = display.own_devices()?.keyboards.first().copied();
        let keyboard = keyboard.ok_or(InputError::Unsupported("an XTEST keyboard"))?;
        let events = EventType::NEW_KEYBOARD_NOTIFY | EventType::MAP_NOTIFY;
        let (nothing, parts) = (EventType::default(), MapPart::from(0xff_u8));
        let wanted = SelectEventsAux::new();
        for device in [keyboard, CORE_KEYBOARD] {
            display.connection.xkb_select_events(device, nothing, events, parts, parts, &wanted)?.check()?;
        }
        let keymap = Keymap::read(&display, keyboard)?;
        let delay = display.connection.xkb_get_controls(CORE_KEYBOARD)?.reply()?.repeat_delay;
        let unsure_after = Duration::from_millis(u64::from(delay.max(100))).mul_f32(UNSURE_AFTER);
        Ok(Self {
            display,
            keyboard,
            keymap,
            ledger,
            aim,
            own,
            keys: Vec::new(),
            buttons: Vec::new(),
            remapped: Vec::new(),
            target: None,
            unsure_after,
        })
    }
}

impl Injector for Hands {
    fn inject(&mut self, _consent: &Consent<'_, Control>, input: &Input) -> Result<Progress, InputError> {
        if !input.is_valid() {
            return Ok(Progress::Finished(Outcome::Dropped(Dropped::Invalid)));
        }
        let outcome = match input {
            Input::PointerTo { x, y } => self.point(*x, *y),
            Input::Button { button, pressed } => self.button(*button, *pressed),
            Input::Wheel { vertical, horizontal } => self.wheel(*vertical, *horizontal),
            Input::Key { key, pressed: true } => return self.key_down(*key),
            Input::Key { key, pressed: false } => self.key_up(*key).map(|()| Outcome::Done),
            Input::Text(_) | Input::Chord(_) => Ok(Outcome::Dropped(Dropped::Invalid)),
            Input::ReleaseAll => self.release_all().map(|()| Outcome::Done),
        };
        outcome.map(Progress::Finished)
    }

    fn release_all(&mut self) -> Result<(), InputError> {
        while let Some(down) = self.keys.pop() {
            self.keycode_up(down.keycode)?;
        }
        while let Some((_, physical)) = self.buttons.pop() {
            self.button_up(physical)?;
        }
        self.restore_mapping()
    }

    fn tick(&mut self) -> Result<(), InputError> {
        // The technician's own keyboard repeats and says so. If no word comes, the line may hang, and the
        // customer's keyboard must not go on deleting by itself.
        let unsure = |down: &DownKey| match down.key {
            Key::Named(named) if named.is_modifier() => false,
            Key::Named(_) | Key::Character(_) => down.since.elapsed() > self.unsure_after,
            Key::Place(_) => down.since.elapsed() > PLACE_UNSURE_AFTER,
        };
        while let Some(index) = self.keys.iter().position(unsure) {
            let down = self.keys.swap_remove(index);
            self.ledger.end(Hold::Key(down.keycode.into()), || self.display.key(down.keycode, false))?;
        }
        Ok(())
    }

    fn holds_anything(&self) -> bool {
        !self.keys.is_empty() || !self.buttons.is_empty() || !self.remapped.is_empty()
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        let _ = self.release_all();
    }
}
