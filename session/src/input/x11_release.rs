//! Lets go of what a worker left behind, on a connection of its own.

use super::x11_device::Display;
use super::{InputError, Releaser};
use beistand_protocol::input::{HeldKeys, Hold};
use x11rb::protocol::xinput::{ConnectionExt as _, InputStateData};
use x11rb::protocol::xproto::ConnectionExt as _;

/// How often it lets go and looks again before it gives up.
const TRIES: usize = 3;

/// Lets go on the display of the environment. For the guardian, after the worker was killed *and reaped*.
///
/// Touches only what `held` lists: the customer's own fingers stay where they are. Answers what is still
/// down after several tries, which is nothing unless something else presses it.
///
/// # Errors
/// [`InputError::Display`] if the display can't be reached.
pub fn release_held(held: &HeldKeys) -> Result<HeldKeys, InputError> {
    release_held_on(None, held)
}

/// The same on the display called `name`.
///
/// # Errors
/// As [`release_held`].
pub fn release_held_on(name: Option<&str>, held: &HeldKeys) -> Result<HeldKeys, InputError> {
    if held.is_empty() {
        return Ok(HeldKeys::default());
    }
    X11Releaser::connect(name)?.release(held)
}

/// A connection that is open before it is needed.
#[derive(Debug)]
pub struct X11Releaser(Display);

impl X11Releaser {
    /// Connects to the display called `name`, or to that of the environment.
    ///
    /// # Errors
    /// [`InputError`] if it can't be reached or can't inject.
    pub fn connect(name: Option<&str>) -> Result<Self, InputError> {
        Display::connect(name).map(Self)
    }

    fn undo(&self, hold: Hold) -> Result<(), InputError> {
        match hold {
            Hold::Key(keycode) => u8::try_from(keycode).map_or(Ok(()), |keycode| self.0.key(keycode, false)),
            Hold::Button(button) => self.0.button(button, false),
            Hold::Remapped(keycode) => u8::try_from(keycode).map_or(Ok(()), |keycode| self.0.map(keycode, None)),
            Hold::Unlocked(modifiers) => self.0.lock(modifiers, true),
            Hold::Regrouped(group) => self.0.group(group),
        }
    }

    /// What of `held` the devices of ours still have down, or the keyboard still has mapped.
    fn still_left(&self, held: &HeldKeys) -> Result<HeldKeys, InputError> {
        let own = self.0.own_devices()?;
        let mut down = HeldKeys::default();
        for device in own.keyboards.iter().chain(&own.pointers).filter_map(|device| u8::try_from(*device).ok()) {
            let state = self.0.connection.xinput_query_device_state(device)?.reply()?;
            for class in state.classes {
                match class.data {
                    InputStateData::Key(keys) => down_bits(&keys.keys, |bit| down.press(Hold::Key(bit.into()))),
                    InputStateData::Button(buttons) => {
                        down_bits(&buttons.buttons, |bit| down.press(Hold::Button(bit)));
                    }
                    InputStateData::Valuator(_) | InputStateData::InvalidValue(_) => {}
                }
            }
        }
        let mut left = HeldKeys::default();
        for hold in held.iter() {
            let is_left = match hold {
                Hold::Key(_) | Hold::Button(_) => down.contains(hold),
                Hold::Remapped(keycode) => match u8::try_from(keycode) {
                    Ok(keycode) => {
                        let mapping = self.0.connection.get_keyboard_mapping(keycode, 1)?.reply()?;
                        mapping.keysyms.iter().any(|keysym| *keysym != x11rb::NO_SYMBOL)
                    }
                    Err(_) => false,
                },
                // The customer may have switched them since; done once is all that can be asked.
                Hold::Unlocked(_) | Hold::Regrouped(_) => false,
            };
            if is_left {
                left.press(hold);
            }
        }
        Ok(left)
    }
}

impl Releaser for X11Releaser {
    fn release(&mut self, held: &HeldKeys) -> Result<HeldKeys, InputError> {
        let mut left = held.clone();
        for _ in 0..TRIES {
            for hold in left.iter() {
                self.undo(hold)?;
            }
            left = self.still_left(&left)?;
            if left.is_empty() {
                break;
            }
        }
        Ok(left)
    }
}

fn down_bits(bytes: &[u8], mut down: impl FnMut(u8) -> bool) {
    for (byte, first) in bytes.iter().zip((0..=u8::MAX).step_by(8)) {
        for bit in (0..8).filter(|bit| byte >> bit & 1 == 1) {
            down(first + bit);
        }
    }
}
