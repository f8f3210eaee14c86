//! Keys that have a name and no character.

use serde::{Deserialize, Serialize};

/// A key without a character, or one of the keypad.
///
/// The names are the DOM's, so the viewer maps a `KeyboardEvent` in a few lines: `AltGraph` if `event.key`
/// says so; `event.code` for modifiers (`ShiftLeft`, `MetaRight`, …) and the keypad (`Numpad7`, …; with num
/// lock off `event.key` is `Home` and the like: then that); otherwise `event.key` if it is longer than one
/// character (`Enter`, `ArrowUp`, `F5`, …), and [`Character`](super::Key::Character) if it is not. A `Dead`
/// key is not sent; what it makes comes with the next key or as composed text. The viewer remembers by
/// `event.code` what it sent at the press and sends the same at the release.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NamedKey {
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Escape.
    Escape,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    ArrowUp,
    /// Arrow down.
    ArrowDown,
    /// Arrow left.
    ArrowLeft,
    /// Arrow right.
    ArrowRight,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
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
    /// F13.
    F13,
    /// F14.
    F14,
    /// F15.
    F15,
    /// F16.
    F16,
    /// F17.
    F17,
    /// F18.
    F18,
    /// F19.
    F19,
    /// F20.
    F20,
    /// F21.
    F21,
    /// F22.
    F22,
    /// F23.
    F23,
    /// F24.
    F24,
    /// Left shift.
    ShiftLeft,
    /// Right shift.
    ShiftRight,
    /// Left control.
    ControlLeft,
    /// Right control.
    ControlRight,
    /// Left alt.
    AltLeft,
    /// Right alt where it is not AltGr.
    AltRight,
    /// AltGr.
    AltGraph,
    /// Caps lock.
    CapsLock,
    /// Left super key: Windows, command.
    MetaLeft,
    /// Right super key.
    MetaRight,
    /// The menu key.
    ContextMenu,
    /// Num lock.
    NumLock,
    /// Scroll lock.
    ScrollLock,
    /// Print screen.
    PrintScreen,
    /// Pause.
    Pause,
    /// 0 on the keypad.
    Numpad0,
    /// 1 on the keypad.
    Numpad1,
    /// 2 on the keypad.
    Numpad2,
    /// 3 on the keypad.
    Numpad3,
    /// 4 on the keypad.
    Numpad4,
    /// 5 on the keypad.
    Numpad5,
    /// 6 on the keypad.
    Numpad6,
    /// 7 on the keypad.
    Numpad7,
    /// 8 on the keypad.
    Numpad8,
    /// 9 on the keypad.
    Numpad9,
    /// Plus on the keypad.
    NumpadAdd,
    /// Minus on the keypad.
    NumpadSubtract,
    /// Times on the keypad.
    NumpadMultiply,
    /// Divide on the keypad.
    NumpadDivide,
    /// Decimal sign on the keypad.
    NumpadDecimal,
    /// Enter on the keypad.
    NumpadEnter,
    /// Equals on the keypad.
    NumpadEqual,
}

impl NamedKey {
    /// Every named key.
    pub const ALL: [Self; 70] = [
        Self::Enter,
        Self::Tab,
        Self::Backspace,
        Self::Escape,
        Self::Delete,
        Self::Insert,
        Self::ArrowUp,
        Self::ArrowDown,
        Self::ArrowLeft,
        Self::ArrowRight,
        Self::Home,
        Self::End,
        Self::PageUp,
        Self::PageDown,
        Self::F1,
        Self::F2,
        Self::F3,
        Self::F4,
        Self::F5,
        Self::F6,
        Self::F7,
        Self::F8,
        Self::F9,
        Self::F10,
        Self::F11,
        Self::F12,
        Self::F13,
        Self::F14,
        Self::F15,
        Self::F16,
        Self::F17,
        Self::F18,
        Self::F19,
        Self::F20,
        Self::F21,
        Self::F22,
        Self::F23,
        Self::F24,
        Self::ShiftLeft,
        Self::ShiftRight,
        Self::ControlLeft,
        Self::ControlRight,
        Self::AltLeft,
        Self::AltRight,
        Self::AltGraph,
        Self::CapsLock,
        Self::MetaLeft,
        Self::MetaRight,
        Self::ContextMenu,
        Self::NumLock,
        Self::ScrollLock,
        Self::PrintScreen,
        Self::Pause,
        Self::Numpad0,
        Self::Numpad1,
        Self::Numpad2,
        Self::Numpad3,
        Self::Numpad4,
        Self::Numpad5,
        Self::Numpad6,
        Self::Numpad7,
        Self::Numpad8,
        Self::Numpad9,
        Self::NumpadAdd,
        Self::NumpadSubtract,
        Self::NumpadMultiply,
        Self::NumpadDivide,
        Self::NumpadDecimal,
        Self::NumpadEnter,
        Self::NumpadEqual,
    ];

    /// Whether it changes what other keys do while it is down.
    pub const fn is_modifier(self) -> bool {
        matches!(
            self,
            Self::ShiftLeft
                | Self::ShiftRight
                | Self::ControlLeft
                | Self::ControlRight
                | Self::AltLeft
                | Self::AltRight
                | Self::AltGraph
                | Self::MetaLeft
                | Self::MetaRight
        )
    }
}

impl core::fmt::Debug for NamedKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("NamedKey(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_key_has_its_own_name_and_place_on_the_wire() {
        for (index, key) in NamedKey::ALL.into_iter().enumerate() {
            assert_eq!(postcard::to_stdvec(&key).unwrap(), [u8::try_from(index).unwrap()]);
            let name = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<NamedKey>(&name).unwrap(), key);
        }
    }
}
