//! What the technician's mouse and keyboard send, and what is down on the customer's machine because of it.
//!
//! Input travels as *what was meant* (the character, the named key): the two ends have different layouts, and
//! only the customer's end knows how its own one makes a character. For programs that look at places it can also
//! say *where the key is*; never keycodes. Everything here hides keystrokes in `Debug`; nothing here acts on a
//! machine.
//!
//! In JSON (from the viewer's web view) variants and fields are camelCase, named keys are called as in the
//! DOM: `{"pointerTo":{"x":7,"y":9}}`, `{"button":{"button":"left","pressed":true}}`,
//! `{"wheel":{"vertical":1,"horizontal":0}}`, `{"key":{"key":{"character":"ß"},"pressed":true}}`,
//! `{"key":{"key":{"named":"ArrowUp"},"pressed":false}}`, `{"key":{"key":{"place":"KeyW"},"pressed":true}}`,
//! `{"text":"Grüße"}`, `"releaseAll"`, `{"chord":[{"named":"AltLeft"},{"named":"Tab"}]}`.
//! See [`NamedKey`] for how the viewer maps a `KeyboardEvent`.

mod chord;
mod held;
mod named;
mod place;
mod text;

pub use chord::{Chord, ChordError};
pub use held::{HeldKeys, Hold, HoldNews};
pub use named::NamedKey;
pub use place::KeyPlace;
pub use text::{Text, TextError};

use core::fmt;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// How often the technician's end says of each key named by its place that it is still down.
pub const KEEP_HELD: Duration = Duration::from_millis(150);

/// How many notches one [`Input::Wheel`] may turn in either direction.
pub const MAX_WHEEL_NOTCHES: i8 = 20;

/// One thing that the technician's mouse or keyboard did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Input {
    /// The pointer is now over this pixel of the picture; (0, 0) is its upper left corner.
    PointerTo {
        /// Pixels from the left.
        x: u16,
        /// Pixels from the top.
        y: u16,
    },
    /// A mouse button went down or up, where the pointer is.
    Button {
        /// Which one.
        button: Button,
        /// Down, or up.
        pressed: bool,
    },
    /// The wheel turned.
    Wheel {
        /// Notches, positive towards the user: the page scrolls down.
        vertical: i8,
        /// Notches, positive to the right.
        horizontal: i8,
    },
    /// A key went down (again, for a key that repeats) or up.
    ///
    /// INVARIANT: the viewer names the same key in the release as in the press, whatever the layout says by
    /// then: whoever types `@` and lets go of AltGr first releases `@`, not `q`. A key that is named by its
    /// place is pressed again and again while it is held ([`KEEP_HELD`]), and goes up where word fails to come.
    Key {
        /// Which one.
        key: Key,
        /// Down, or up.
        pressed: bool,
    },
    /// Text that was composed or is to be typed as a whole.
    Text(Text),
    /// Everything that is down goes up: the viewer lost the focus, or the technician asked for it.
    ReleaseAll,
    /// Keys that go down together and up again; answered in any case.
    Chord(Chord),
}

impl Input {
    /// Whether a well-behaved technician's end could have sent it.
    pub fn is_valid(&self) -> bool {
        match self {
            Self::Wheel { vertical, horizontal } => within_notches(*vertical) && within_notches(*horizontal),
            Self::Key { key, .. } => key.is_valid(),
            Self::PointerTo { .. } | Self::Button { .. } | Self::Text(_) | Self::ReleaseAll | Self::Chord(_) => true,
        }
    }

    /// Whether it only takes back what was done before: such input is never dropped for being late.
    pub const fn only_releases(&self) -> bool {
        match self {
            Self::Button { pressed, .. } | Self::Key { pressed, .. } => !*pressed,
            Self::ReleaseAll => true,
            Self::PointerTo { .. } | Self::Wheel { .. } | Self::Text(_) | Self::Chord(_) => false,
        }
    }
}

const fn within_notches(notches: i8) -> bool {
    -MAX_WHEEL_NOTCHES <= notches && notches <= MAX_WHEEL_NOTCHES
}

/// A button of the mouse, by its meaning: a left-handed technician's buttons are already swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Button {
    /// The main one.
    Left,
    /// The wheel.
    Middle,
    /// The one for menus.
    Right,
    /// One page back.
    Back,
    /// One page forward.
    Forward,
}

/// A key: by what it means, or by where it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Key {
    /// The key or keys that make this character, or that make it with the modifiers that are down.
    Character(char),
    /// A key without a character, or one of the keypad.
    Named(NamedKey),
    /// The key at this place, whatever it makes there.
    Place(KeyPlace),
}

impl Key {
    fn is_valid(self) -> bool {
        match self {
            Self::Character(character) => !character.is_control(),
            Self::Named(_) | Self::Place(_) => true,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why input of the technician was not carried out; goes back to the technician's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Dropped {
    /// *Control* is not on, or was turned on anew since this was sent.
    NoConsent,
    /// The customer moves the mouse or types; remote input waits.
    CustomerActs,
    /// It would have reached one of Beistand's own windows.
    OwnWindow,
    /// Control pauses: a question is open, the picture stands still or the panel can't be seen.
    Paused,
    /// The customer's keyboard has no such key.
    NotMapped,
    /// More came at once than can be carried out.
    TooMuch,
    /// No proper end sends this.
    Invalid,
    /// One window is shown, and it would have reached another. Since version 2.
    OtherWindow,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn every_kind() -> Vec<Input> {
        vec![
            Input::PointerTo { x: 7, y: 9 },
            Input::Button { button: Button::Left, pressed: true },
            Input::Wheel { vertical: 1, horizontal: -2 },
            Input::Key { key: Key::Character('ß'), pressed: true },
            Input::Key { key: Key::Named(NamedKey::ArrowUp), pressed: false },
            Input::Key { key: Key::Named(NamedKey::MetaLeft), pressed: false },
            Input::Text(Text::new("Grüße").unwrap()),
            Input::ReleaseAll,
            Input::Key { key: Key::Place(KeyPlace::KeyW), pressed: true },
            Input::Chord(Chord::new([Key::Named(NamedKey::AltLeft), Key::Named(NamedKey::Tab)]).unwrap()),
        ]
    }

    #[test]
    fn json_is_what_the_viewer_sends() {
        let json: Vec<_> = every_kind().iter().map(|input| serde_json::to_string(input).unwrap()).collect();
        assert_eq!(
            json,
            [
                r#"{"pointerTo":{"x":7,"y":9}}"#,
                r#"{"button":{"button":"left","pressed":true}}"#,
                r#"{"wheel":{"vertical":1,"horizontal":-2}}"#,
                r#"{"key":{"key":{"character":"ß"},"pressed":true}}"#,
                r#"{"key":{"key":{"named":"ArrowUp"},"pressed":false}}"#,
                r#"{"key":{"key":{"named":"MetaLeft"},"pressed":false}}"#,
                r#"{"text":"Grüße"}"#,
                r#""releaseAll""#,
                r#"{"key":{"key":{"place":"KeyW"},"pressed":true}}"#,
                r#"{"chord":[{"named":"AltLeft"},{"named":"Tab"}]}"#,
            ]
        );
        for (input, json) in every_kind().iter().zip(&json) {
            assert_eq!(&serde_json::from_str::<Input>(json).unwrap(), input);
        }
    }

    #[test]
    fn bytes_on_the_wire_are_stable() {
        let bytes: Vec<_> = every_kind().iter().map(|input| postcard::to_stdvec(input).unwrap()).collect();
        let expected: [&[u8]; 10] = [
            &[0, 7, 9],
            &[1, 0, 1],
            &[2, 1, 0xfe],
            &[3, 0, 2, 0xc3, 0x9f, 1],
            &[3, 1, 6, 0],
            &[3, 1, 46, 0],
            &[4, 7, b'G', b'r', 0xc3, 0xbc, 0xc3, 0x9f, b'e'],
            &[5],
            &[3, 2, 16, 1],
            &[6, 2, 1, 42, 1, 1],
        ];
        assert_eq!(bytes, expected);
    }

    #[test]
    fn nothing_of_a_keystroke_is_in_debug() {
        let shown = format!("{:?}", every_kind());
        for secret in ["ß", "ArrowUp", "Gr", "KeyW"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn what_no_proper_end_sends_is_invalid() {
        let key = |character| Input::Key { key: Key::Character(character), pressed: true };
        for input in every_kind() {
            assert!(input.is_valid(), "{input:?}");
        }
        for input in [
            key('\n'),
            key('\u{1b}'),
            key('\u{7f}'),
            key('\u{85}'),
            Input::Wheel { vertical: MAX_WHEEL_NOTCHES + 1, horizontal: 0 },
            Input::Wheel { vertical: 0, horizontal: i8::MIN },
        ] {
            assert!(!input.is_valid(), "{input:?}");
        }
    }

    proptest! {
        #[test]
        fn mangled_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(input) = postcard::from_bytes::<Input>(&bytes) {
                let _ = input.is_valid();
            }
        }
    }
}
