//! Keys by where they are.

use serde::{Deserialize, Serialize};

/// A key by where it is on the keyboard, whatever is printed on it; called as in the DOM's `KeyboardEvent.code`.
///
/// For programs that look at places and not at signs: games, remote desktops, virtual machines, boot menus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyPlace {
    /// Left of 1.
    Backquote,
    /// 1 on a US keyboard.
    Digit1,
    /// 2 on a US keyboard.
    Digit2,
    /// 3 on a US keyboard.
    Digit3,
    /// 4 on a US keyboard.
    Digit4,
    /// 5 on a US keyboard.
    Digit5,
    /// 6 on a US keyboard.
    Digit6,
    /// 7 on a US keyboard.
    Digit7,
    /// 8 on a US keyboard.
    Digit8,
    /// 9 on a US keyboard.
    Digit9,
    /// 0 on a US keyboard.
    Digit0,
    /// `-` on a US keyboard.
    Minus,
    /// `=` on a US keyboard.
    Equal,
    /// Backspace.
    Backspace,
    /// Tab.
    Tab,
    /// Q on a US keyboard.
    KeyQ,
    /// W on a US keyboard.
    KeyW,
    /// E on a US keyboard.
    KeyE,
    /// R on a US keyboard.
    KeyR,
    /// T on a US keyboard.
    KeyT,
    /// Y on a US keyboard.
    KeyY,
    /// U on a US keyboard.
    KeyU,
    /// I on a US keyboard.
    KeyI,
    /// O on a US keyboard.
    KeyO,
    /// P on a US keyboard.
    KeyP,
    /// `[` on a US keyboard.
    BracketLeft,
    /// `]` on a US keyboard.
    BracketRight,
    /// `\` on a US keyboard, `#` on a German one.
    Backslash,
    /// Caps lock.
    CapsLock,
    /// A on a US keyboard.
    KeyA,
    /// S on a US keyboard.
    KeyS,
    /// D on a US keyboard.
    KeyD,
    /// F on a US keyboard.
    KeyF,
    /// G on a US keyboard.
    KeyG,
    /// H on a US keyboard.
    KeyH,
    /// J on a US keyboard.
    KeyJ,
    /// K on a US keyboard.
    KeyK,
    /// L on a US keyboard.
    KeyL,
    /// `;` on a US keyboard.
    Semicolon,
    /// `'` on a US keyboard.
    Quote,
    /// Enter.
    Enter,
    /// Left shift.
    ShiftLeft,
    /// `<` right of the left shift.
    IntlBackslash,
    /// Z on a US keyboard.
    KeyZ,
    /// X on a US keyboard.
    KeyX,
    /// C on a US keyboard.
    KeyC,
    /// V on a US keyboard.
    KeyV,
    /// B on a US keyboard.
    KeyB,
    /// N on a US keyboard.
    KeyN,
    /// M on a US keyboard.
    KeyM,
    /// `,` on a US keyboard.
    Comma,
    /// `.` on a US keyboard.
    Period,
    /// `/` on a US keyboard.
    Slash,
    /// Right shift.
    ShiftRight,
    /// Left control.
    ControlLeft,
    /// Left super key.
    MetaLeft,
    /// Left alt.
    AltLeft,
    /// The space bar.
    Space,
    /// Right alt, AltGr.
    AltRight,
    /// Right super key.
    MetaRight,
    /// The menu key.
    ContextMenu,
    /// Right control.
    ControlRight,
    /// Escape.
    Escape,
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
    /// Print screen.
    PrintScreen,
    /// Scroll lock.
    ScrollLock,
    /// Pause.
    Pause,
    /// Insert.
    Insert,
    /// Home.
    Home,
    /// Page up.
    PageUp,
    /// Delete.
    Delete,
    /// End.
    End,
    /// Page down.
    PageDown,
    /// Arrow up.
    ArrowUp,
    /// Arrow left.
    ArrowLeft,
    /// Arrow down.
    ArrowDown,
    /// Arrow right.
    ArrowRight,
    /// Num lock.
    NumLock,
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
    /// The decimal sign on the keypad.
    NumpadDecimal,
    /// Enter on the keypad.
    NumpadEnter,
    /// Equals on the keypad.
    NumpadEqual,
    /// The extra key of Brazilian and Japanese keyboards.
    IntlRo,
    /// The yen key.
    IntlYen,
}

impl KeyPlace {
    /// Every place.
    pub const ALL: [Self; 120] = [
        Self::Backquote,
        Self::Digit1,
        Self::Digit2,
        Self::Digit3,
        Self::Digit4,
        Self::Digit5,
        Self::Digit6,
        Self::Digit7,
        Self::Digit8,
        Self::Digit9,
        Self::Digit0,
        Self::Minus,
        Self::Equal,
        Self::Backspace,
        Self::Tab,
        Self::KeyQ,
        Self::KeyW,
        Self::KeyE,
        Self::KeyR,
        Self::KeyT,
        Self::KeyY,
        Self::KeyU,
        Self::KeyI,
        Self::KeyO,
        Self::KeyP,
        Self::BracketLeft,
        Self::BracketRight,
        Self::Backslash,
        Self::CapsLock,
        Self::KeyA,
        Self::KeyS,
        Self::KeyD,
        Self::KeyF,
        Self::KeyG,
        Self::KeyH,
        Self::KeyJ,
        Self::KeyK,
        Self::KeyL,
        Self::Semicolon,
        Self::Quote,
        Self::Enter,
        Self::ShiftLeft,
        Self::IntlBackslash,
        Self::KeyZ,
        Self::KeyX,
        Self::KeyC,
        Self::KeyV,
        Self::KeyB,
        Self::KeyN,
        Self::KeyM,
        Self::Comma,
        Self::Period,
        Self::Slash,
        Self::ShiftRight,
        Self::ControlLeft,
        Self::MetaLeft,
        Self::AltLeft,
        Self::Space,
        Self::AltRight,
        Self::MetaRight,
        Self::ContextMenu,
        Self::ControlRight,
        Self::Escape,
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
        Self::PrintScreen,
        Self::ScrollLock,
        Self::Pause,
        Self::Insert,
        Self::Home,
        Self::PageUp,
        Self::Delete,
        Self::End,
        Self::PageDown,
        Self::ArrowUp,
        Self::ArrowLeft,
        Self::ArrowDown,
        Self::ArrowRight,
        Self::NumLock,
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
        Self::IntlRo,
        Self::IntlYen,
    ];
}

impl core::fmt::Debug for KeyPlace {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("KeyPlace(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_place_has_its_own_name_and_number_on_the_wire() {
        for (index, place) in KeyPlace::ALL.into_iter().enumerate() {
            assert_eq!(postcard::to_stdvec(&place).unwrap(), [u8::try_from(index).unwrap()]);
            let name = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<KeyPlace>(&name).unwrap(), place);
        }
        assert!(!format!("{:?}", KeyPlace::KeyQ).contains("KeyQ"));
    }
}
