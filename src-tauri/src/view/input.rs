//! What the viewer's mouse and keyboard say.

use beistand_protocol::input::{Input, Key, NamedKey};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What the technician's mouse and keyboard did over the picture, in order.
///
/// In JSON a list of [`Input`], which says how; its `Debug` hides keystrokes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct InputBatch(#[specta(type = Vec<ViewerInput>)] pub Vec<Input>);

/// The shape of one [`Input`], for the generated types; the values themselves are never made in Rust.
#[derive(Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ViewerInput {
    /// The pointer is over this pixel of the picture.
    PointerTo {
        /// Pixels from the left.
        x: u16,
        /// Pixels from the top.
        y: u16,
    },
    /// A button went down or up where the pointer is.
    Button {
        /// Which.
        button: ViewerButton,
        /// Down or up.
        pressed: bool,
    },
    /// The wheel turned.
    Wheel {
        /// Notches down; negative up.
        vertical: i8,
        /// Notches to the right; negative to the left.
        horizontal: i8,
    },
    /// A key went down or up.
    Key {
        /// Which.
        key: ViewerKey,
        /// Down or up.
        pressed: bool,
    },
    /// Text that was composed or is to be typed as a whole.
    Text(String),
    /// Everything that is held is released.
    ReleaseAll,
}

/// The shape of a mouse button.
#[derive(Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ViewerButton {
    /// The main one.
    Left,
    /// The wheel.
    Middle,
    /// The menu's.
    Right,
    /// Back.
    Back,
    /// Forward.
    Forward,
}

/// The shape of a key.
#[derive(Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ViewerKey {
    /// One character.
    Character(char),
    /// The name of a [`NamedKey`].
    Named(String),
    /// The name of a [`KeyPlace`](beistand_protocol::input::KeyPlace).
    Place(String),
}

/// Keys that the technician's own desktop would keep for itself, or that its keyboard may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SpecialKey {
    /// Ctrl+Alt+Del.
    CtrlAltDel,
    /// The Windows or Super key.
    Super,
    /// Alt+Tab.
    AltTab,
    /// Alt+F4.
    AltF4,
    /// Ctrl+Esc.
    CtrlEsc,
    /// Ctrl+Shift+Esc, the task manager of Windows.
    CtrlShiftEsc,
    /// Alt+Space, the menu of a window.
    AltSpace,
    /// Ctrl+Alt+T, which opens a terminal on many Linux desktops.
    CtrlAltT,
    /// Esc.
    Escape,
    /// The menu key.
    Menu,
    /// Print screen.
    PrintScreen,
    /// Alt+Print screen.
    AltPrintScreen,
    /// Pause.
    Pause,
    /// Num lock.
    NumLock,
    /// Caps lock.
    CapsLock,
    /// F1.
    F1,
    /// F2.
    F2,
    /// F3.
    F3,
    /// F4.
    F4,
    /// F5.
    F5,
    /// F6.
    F6,
    /// F7.
    F7,
    /// F8.
    F8,
    /// F9.
    F9,
    /// F10.
    F10,
    /// F11.
    F11,
    /// F12.
    F12,
}

impl SpecialKey {
    /// The keys in the order in which they go down; they go up the other way round.
    pub const fn keys(self) -> &'static [Key] {
        match self {
            Self::CtrlAltDel => {
                &[Key::Named(NamedKey::ControlLeft), Key::Named(NamedKey::AltLeft), Key::Named(NamedKey::Delete)]
            }
            Self::Super => &[Key::Named(NamedKey::MetaLeft)],
            Self::AltTab => &[Key::Named(NamedKey::AltLeft), Key::Named(NamedKey::Tab)],
            Self::AltF4 => &[Key::Named(NamedKey::AltLeft), Key::Named(NamedKey::F4)],
            Self::CtrlEsc => &[Key::Named(NamedKey::ControlLeft), Key::Named(NamedKey::Escape)],
            Self::CtrlShiftEsc => {
                &[Key::Named(NamedKey::ControlLeft), Key::Named(NamedKey::ShiftLeft), Key::Named(NamedKey::Escape)]
            }
            Self::AltSpace => &[Key::Named(NamedKey::AltLeft), Key::Character(' ')],
            Self::CtrlAltT => &[Key::Named(NamedKey::ControlLeft), Key::Named(NamedKey::AltLeft), Key::Character('t')],
            Self::Escape => &[Key::Named(NamedKey::Escape)],
            Self::Menu => &[Key::Named(NamedKey::ContextMenu)],
            Self::PrintScreen => &[Key::Named(NamedKey::PrintScreen)],
            Self::AltPrintScreen => &[Key::Named(NamedKey::AltLeft), Key::Named(NamedKey::PrintScreen)],
            Self::Pause => &[Key::Named(NamedKey::Pause)],
            Self::NumLock => &[Key::Named(NamedKey::NumLock)],
            Self::CapsLock => &[Key::Named(NamedKey::CapsLock)],
            Self::F1 => &[Key::Named(NamedKey::F1)],
            Self::F2 => &[Key::Named(NamedKey::F2)],
            Self::F3 => &[Key::Named(NamedKey::F3)],
            Self::F4 => &[Key::Named(NamedKey::F4)],
            Self::F5 => &[Key::Named(NamedKey::F5)],
            Self::F6 => &[Key::Named(NamedKey::F6)],
            Self::F7 => &[Key::Named(NamedKey::F7)],
            Self::F8 => &[Key::Named(NamedKey::F8)],
            Self::F9 => &[Key::Named(NamedKey::F9)],
            Self::F10 => &[Key::Named(NamedKey::F10)],
            Self::F11 => &[Key::Named(NamedKey::F11)],
            Self::F12 => &[Key::Named(NamedKey::F12)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_shape_is_what_the_protocol_reads() {
        let shapes = [
            ViewerInput::PointerTo { x: 7, y: 9 },
            ViewerInput::Button { button: ViewerButton::Forward, pressed: true },
            ViewerInput::Wheel { vertical: 1, horizontal: -2 },
            ViewerInput::Key { key: ViewerKey::Character('ß'), pressed: true },
            ViewerInput::Key { key: ViewerKey::Named("ArrowUp".to_owned()), pressed: false },
            ViewerInput::Key { key: ViewerKey::Place("KeyW".to_owned()), pressed: true },
            ViewerInput::Text("Grüße".to_owned()),
            ViewerInput::ReleaseAll,
        ];
        let json = serde_json::to_string(&shapes).unwrap();
        let batch: InputBatch = serde_json::from_str(&json).unwrap();
        assert_eq!(batch.0.len(), shapes.len());
        assert_eq!(serde_json::to_string(&batch).unwrap(), json);
    }

    #[test]
    fn every_special_key_is_a_chord() {
        assert_eq!(SpecialKey::CtrlAltDel.keys().len(), 3);
        for key in ["ctrlAltDel", "super", "altTab", "ctrlShiftEsc", "altSpace", "ctrlAltT", "capsLock", "f12"] {
            let key: SpecialKey = serde_json::from_str(&format!("\"{key}\"")).unwrap();
            assert!(beistand_protocol::input::Chord::new(key.keys()).is_ok(), "{key:?}");
        }
    }
}
