//! What the viewer's mouse and keyboard say.

use beistand_protocol::input::Input;
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
    /// The name of a [`NamedKey`](beistand_protocol::input::NamedKey).
    Named(String),
}

/// Keys that the technician's own desktop would keep for itself.
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
    /// Print screen.
    PrintScreen,
    /// Ctrl+Alt+T, which opens a terminal on many Linux desktops.
    CtrlAltT,
    /// Ctrl+Alt+F1.
    CtrlAltF1,
}

impl SpecialKey {
    /// The keys in the order in which they go down; they go up the other way round.
    pub fn keys(self) -> Vec<beistand_protocol::input::Key> {
        use beistand_protocol::input::{Key, NamedKey};
        let named = |keys: &[NamedKey]| keys.iter().copied().map(Key::Named).collect::<Vec<_>>();
        match self {
            Self::CtrlAltDel => named(&[NamedKey::ControlLeft, NamedKey::AltLeft, NamedKey::Delete]),
            Self::Super => named(&[NamedKey::MetaLeft]),
            Self::AltTab => named(&[NamedKey::AltLeft, NamedKey::Tab]),
            Self::AltF4 => named(&[NamedKey::AltLeft, NamedKey::F4]),
            Self::CtrlEsc => named(&[NamedKey::ControlLeft, NamedKey::Escape]),
            Self::PrintScreen => named(&[NamedKey::PrintScreen]),
            Self::CtrlAltT => {
                let mut keys = named(&[NamedKey::ControlLeft, NamedKey::AltLeft]);
                keys.push(Key::Character('t'));
                keys
            }
            Self::CtrlAltF1 => named(&[NamedKey::ControlLeft, NamedKey::AltLeft, NamedKey::F1]),
        }
    }

    /// What the viewer would have sent if the technician's desktop had let these keys through.
    pub fn inputs(self) -> Vec<Input> {
        let keys = self.keys();
        let down = keys.iter().map(|key| Input::Key { key: *key, pressed: true });
        let up = keys.iter().rev().map(|key| Input::Key { key: *key, pressed: false });
        down.chain(up).collect()
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
            ViewerInput::Text("Grüße".to_owned()),
            ViewerInput::ReleaseAll,
        ];
        let json = serde_json::to_string(&shapes).unwrap();
        let batch: InputBatch = serde_json::from_str(&json).unwrap();
        assert_eq!(batch.0.len(), shapes.len());
        assert_eq!(serde_json::to_string(&batch).unwrap(), json);
    }

    #[test]
    fn what_a_special_key_presses_it_releases() {
        let inputs = SpecialKey::CtrlAltDel.inputs();
        let down = inputs.iter().filter(|input| matches!(input, Input::Key { pressed: true, .. })).count();
        assert_eq!((inputs.len(), down), (6, 3));
        assert_eq!(inputs.iter().filter(|input| input.only_releases()).count(), 3);
    }
}
