//! A connection to an X display for input, and which of its devices are ours.
//!
//! XTest events come from two virtual devices that carry the property `XTEST Device`; everything else is
//! the customer's hardware (in the test seat: Xephyr's own devices).

use super::InputError;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::xinput::{self, ConnectionExt as _, DeviceType};
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};
use x11rb::protocol::xtest::{self, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

/// The display's own idea of "the keyboard".
pub(super) const CORE_KEYBOARD: u16 = 0x100;

const KEY_PRESS: u8 = 2;
const KEY_RELEASE: u8 = 3;
const BUTTON_PRESS: u8 = 4;
const BUTTON_RELEASE: u8 = 5;
const MOTION: u8 = 6;
/// For a motion: the coordinates are of the root window and not relative.
const ABSOLUTE: u8 = 0;

impl From<ConnectError> for InputError {
    fn from(error: ConnectError) -> Self {
        Self::Display(error.into())
    }
}

impl From<ConnectionError> for InputError {
    fn from(error: ConnectionError) -> Self {
        Self::Display(error.into())
    }
}

impl From<ReplyError> for InputError {
    fn from(error: ReplyError) -> Self {
        Self::Display(error.into())
    }
}

/// A connection to a display that can inject input.
#[derive(Debug)]
pub(super) struct Display {
    pub(super) connection: RustConnection,
    pub(super) root: Window,
}

impl Display {
    /// Connects to `name`, or to the display of the environment.
    pub(super) fn connect(name: Option<&str>) -> Result<Self, InputError> {
        let (connection, screen) = x11rb::connect(name)?;
        let root = connection.setup().roots.get(screen).map(|screen| screen.root);
        let root = root.ok_or(InputError::Unsupported("a screen"))?;
        for (extension, name) in [
            (xtest::X11_EXTENSION_NAME, "XTEST"),
            (xinput::X11_EXTENSION_NAME, "XInput 2.2"),
            (xkb::X11_EXTENSION_NAME, "XKB"),
        ] {
            if connection.extension_information(extension)?.is_none() {
                return Err(InputError::Unsupported(name));
            }
        }
        let xinput = connection.xinput_xi_query_version(2, 2)?.reply()?;
        if (xinput.major_version, xinput.minor_version) < (2, 2) {
            return Err(InputError::Unsupported("XInput 2.2"));
        }
        if !connection.xkb_use_extension(1, 0)?.reply()?.supported {
            return Err(InputError::Unsupported("XKB"));
        }
        Ok(Self { connection, root })
    }

    /// Waits until the display has carried out everything sent so far.
    pub(super) fn sync(&self) -> Result<(), InputError> {
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    /// Presses or releases a key, and waits until it is done.
    pub(super) fn key(&self, keycode: u8, pressed: bool) -> Result<(), InputError> {
        self.fake(if pressed { KEY_PRESS } else { KEY_RELEASE }, keycode, (0, 0))
    }

    /// Presses or releases a button where the pointer is, and waits until it is done.
    pub(super) fn button(&self, button: u8, pressed: bool) -> Result<(), InputError> {
        self.fake(if pressed { BUTTON_PRESS } else { BUTTON_RELEASE }, button, (0, 0))
    }

    /// Moves the pointer, and waits until it is there.
    pub(super) fn motion(&self, to: (i16, i16)) -> Result<(), InputError> {
        self.fake(MOTION, ABSOLUTE, to)
    }

    fn fake(&self, kind: u8, detail: u8, (x, y): (i16, i16)) -> Result<(), InputError> {
        self.connection.xtest_fake_input(kind, detail, x11rb::CURRENT_TIME, self.root, x, y, 0)?;
        self.sync()
    }

    /// Gives one keycode a keysym, the same with and without shift in two groups; or takes its meaning away.
    pub(super) fn map(&self, keycode: u8, keysym: Option<u32>) -> Result<(), InputError> {
        let (per_key, keysyms) = match keysym {
            Some(keysym) => (4, vec![keysym; 4]),
            None => (1, vec![x11rb::NO_SYMBOL]),
        };
        self.connection.change_keyboard_mapping(1, keycode, per_key, &keysyms)?;
        self.sync()
    }

    /// Locks or unlocks modifiers.
    pub(super) fn lock(&self, modifiers: u8, locked: bool) -> Result<(), InputError> {
        let value = if locked { modifiers } else { 0 };
        let latches = if locked { 0 } else { modifiers };
        self.connection.xkb_latch_lock_state(
            CORE_KEYBOARD,
            modifiers.into(),
            value.into(),
            false,
            xkb::Group::M1,
            latches.into(),
            false,
            0,
        )?;
        self.sync()
    }

    /// Switches the keyboard to a layout group.
    pub(super) fn group(&self, group: u8) -> Result<(), InputError> {
        let none = 0_u8.into();
        self.connection.xkb_latch_lock_state(CORE_KEYBOARD, none, none, true, group.into(), none, false, 0)?;
        self.sync()
    }

    /// The ids of the XTEST devices.
    pub(super) fn own_devices(&self) -> Result<OwnDevices, InputError> {
        let property = self.connection.intern_atom(false, b"XTEST Device")?.reply()?.atom;
        let devices = self.connection.xinput_xi_query_device(xinput::Device::ALL)?.reply()?.infos;
        let mut own = OwnDevices::default();
        for device in devices {
            let mark =
                self.connection.xinput_xi_get_property(device.deviceid, false, property, AtomEnum::ANY.into(), 0, 1)?;
            // A device can vanish between the two questions.
            if !mark.reply().is_ok_and(|mark| mark.num_items > 0) {
                continue;
            }
            if device.type_ == DeviceType::SLAVE_KEYBOARD {
                own.keyboards.push(device.deviceid);
            } else {
                own.pointers.push(device.deviceid);
            }
        }
        Ok(own)
    }
}

/// The ids of the virtual devices that XTest events come from.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnDevices {
    pub(super) keyboards: Vec<u16>,
    pub(super) pointers: Vec<u16>,
}

impl OwnDevices {
    /// Whether an event from `device` is injected.
    pub(super) fn contains(&self, device: u16) -> bool {
        self.keyboards.contains(&device) || self.pointers.contains(&device)
    }
}
