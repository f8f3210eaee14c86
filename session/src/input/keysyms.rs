//! How X names keys and characters.

use beistand_protocol::input::NamedKey;
use xkeysym::key;

/// The keysyms by which a keyboard may know a named key, the best first.
pub(super) const fn of_named(named: NamedKey) -> &'static [u32] {
    match named {
        NamedKey::Enter => &[key::Return],
        NamedKey::Tab => &[key::Tab],
        NamedKey::Backspace => &[key::BackSpace],
        NamedKey::Escape => &[key::Escape],
        NamedKey::Delete => &[key::Delete],
        NamedKey::Insert => &[key::Insert],
        NamedKey::ArrowUp => &[key::Up],
        NamedKey::ArrowDown => &[key::Down],
        NamedKey::ArrowLeft => &[key::Left],
        NamedKey::ArrowRight => &[key::Right],
        NamedKey::Home => &[key::Home],
        NamedKey::End => &[key::End],
        NamedKey::PageUp => &[key::Prior],
        NamedKey::PageDown => &[key::Next],
        NamedKey::F1 => &[key::F1],
        NamedKey::F2 => &[key::F2],
        NamedKey::F3 => &[key::F3],
        NamedKey::F4 => &[key::F4],
        NamedKey::F5 => &[key::F5],
        NamedKey::F6 => &[key::F6],
        NamedKey::F7 => &[key::F7],
        NamedKey::F8 => &[key::F8],
        NamedKey::F9 => &[key::F9],
        NamedKey::F10 => &[key::F10],
        NamedKey::F11 => &[key::F11],
        NamedKey::F12 => &[key::F12],
        NamedKey::F13 => &[key::F13],
        NamedKey::F14 => &[key::F14],
        NamedKey::F15 => &[key::F15],
        NamedKey::F16 => &[key::F16],
        NamedKey::F17 => &[key::F17],
        NamedKey::F18 => &[key::F18],
        NamedKey::F19 => &[key::F19],
        NamedKey::F20 => &[key::F20],
        NamedKey::F21 => &[key::F21],
        NamedKey::F22 => &[key::F22],
        NamedKey::F23 => &[key::F23],
        NamedKey::F24 => &[key::F24],
        NamedKey::ShiftLeft => &[key::Shift_L, key::Shift_R],
        NamedKey::ShiftRight => &[key::Shift_R, key::Shift_L],
        NamedKey::ControlLeft => &[key::Control_L, key::Control_R],
        NamedKey::ControlRight => &[key::Control_R, key::Control_L],
        NamedKey::AltLeft => &[key::Alt_L, key::Alt_R],
        NamedKey::AltRight => &[key::Alt_R, key::Alt_L],
        NamedKey::AltGraph => &[key::ISO_Level3_Shift],
        NamedKey::CapsLock => &[key::Caps_Lock],
        NamedKey::MetaLeft => &[key::Super_L, key::Super_R],
        NamedKey::MetaRight => &[key::Super_R, key::Super_L],
        NamedKey::ContextMenu => &[key::Menu],
        NamedKey::NumLock => &[key::Num_Lock],
        NamedKey::ScrollLock => &[key::Scroll_Lock],
        NamedKey::PrintScreen => &[key::Print],
        NamedKey::Pause => &[key::Pause],
        NamedKey::Numpad0 => &[key::KP_0],
        NamedKey::Numpad1 => &[key::KP_1],
        NamedKey::Numpad2 => &[key::KP_2],
        NamedKey::Numpad3 => &[key::KP_3],
        NamedKey::Numpad4 => &[key::KP_4],
        NamedKey::Numpad5 => &[key::KP_5],
        NamedKey::Numpad6 => &[key::KP_6],
        NamedKey::Numpad7 => &[key::KP_7],
        NamedKey::Numpad8 => &[key::KP_8],
        NamedKey::Numpad9 => &[key::KP_9],
        NamedKey::NumpadAdd => &[key::KP_Add],
        NamedKey::NumpadSubtract => &[key::KP_Subtract],
        NamedKey::NumpadMultiply => &[key::KP_Multiply],
        NamedKey::NumpadDivide => &[key::KP_Divide],
        NamedKey::NumpadDecimal => &[key::KP_Decimal, key::KP_Separator],
        NamedKey::NumpadEnter => &[key::KP_Enter],
        NamedKey::NumpadEqual => &[key::KP_Equal],
    }
}

/// What a key of the keypad makes while num lock is on, by its keysym.
pub(super) const fn keypad_character(keysym: u32) -> Option<char> {
    match keysym {
        key::KP_0 => Some('0'),
        key::KP_1 => Some('1'),
        key::KP_2 => Some('2'),
        key::KP_3 => Some('3'),
        key::KP_4 => Some('4'),
        key::KP_5 => Some('5'),
        key::KP_6 => Some('6'),
        key::KP_7 => Some('7'),
        key::KP_8 => Some('8'),
        key::KP_9 => Some('9'),
        key::KP_Add => Some('+'),
        key::KP_Subtract => Some('-'),
        key::KP_Multiply => Some('*'),
        key::KP_Divide => Some('/'),
        key::KP_Decimal => Some('.'),
        key::KP_Separator => Some(','),
        key::KP_Equal => Some('='),
        _ => None,
    }
}

/// The character that a keysym makes by itself; none for dead keys, the keypad and keys without one.
pub(super) fn character(keysym: u32) -> Option<char> {
    let keysym = xkeysym::Keysym::new(keysym);
    if keysym.is_keypad_key() {
        return None;
    }
    keysym.key_char().filter(|character| !character.is_control())
}

/// The keysym that makes `character` on a key that has no meaning yet.
pub(super) fn of_character(character: char) -> u32 {
    xkeysym::Keysym::from_char(character).raw()
}

/// Whether a keysym shifts only while its key is down, so that pressing it for a moment is harmless.
pub(super) const fn shifts_while_down(keysym: u32) -> bool {
    matches!(
        keysym,
        key::Shift_L
            | key::Shift_R
            | key::Control_L
            | key::Control_R
            | key::Alt_L
            | key::Alt_R
            | key::Meta_L
            | key::Meta_R
            | key::Super_L
            | key::Super_R
            | key::ISO_Level3_Shift
            | key::ISO_Level5_Shift
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_keysyms_fit() {
        for letter in (' '..='~').chain("äöüÄÖÜß€°²µłſжΩ→…".chars()).chain(['😀']) {
            assert_eq!(character(of_character(letter)), Some(letter));
        }
        assert_eq!(character(key::KP_7), None, "the keypad is not for text");
        assert_eq!(character(key::dead_circumflex), None);
        assert_eq!(character(key::Return), None);
        assert_eq!(character(key::NoSymbol), None);
    }

    #[test]
    fn the_keypad_makes_what_is_printed_on_it() {
        let made = |named| of_named(named).first().copied().and_then(keypad_character);
        assert_eq!(made(NamedKey::Numpad7), Some('7'));
        assert_eq!(made(NamedKey::NumpadDivide), Some('/'));
        assert_eq!(made(NamedKey::NumpadEnter), None);
        assert_eq!(made(NamedKey::Home), None);
    }

    #[test]
    fn every_named_key_has_a_keysym() {
        for named in NamedKey::ALL {
            assert!(of_named(named).iter().all(|keysym| *keysym != key::NoSymbol));
            assert!(!of_named(named).is_empty());
        }
    }
}
