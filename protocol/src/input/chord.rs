//! Keys that are pressed together.

use super::Key;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Keys that go down one after the other and up the other way round: Ctrl+Alt+Del and the like.
///
/// The customer's end answers each chord, so that the technician is told what became of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Key>", into = "Vec<Key>")]
pub struct Chord(Vec<Key>);

/// Why keys are no chord. Names none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chord has 1 to {} different keys", Chord::MAX_KEYS)]
pub struct ChordError;

impl Chord {
    /// How many keys go down together.
    pub const MAX_KEYS: usize = 5;

    /// Checks `keys`, which go down in this order.
    ///
    /// # Errors
    /// [`ChordError`] if there are none, too many, one twice, or a control character.
    pub fn new(keys: impl Into<Vec<Key>>) -> Result<Self, ChordError> {
        let keys = keys.into();
        let twice = keys.iter().enumerate().any(|(at, key)| keys.iter().skip(at + 1).any(|other| other == key));
        let fits = !keys.is_empty() && keys.len() <= Self::MAX_KEYS && !twice;
        if fits && keys.iter().all(|key| key.is_valid()) { Ok(Self(keys)) } else { Err(ChordError) }
    }

    /// The keys in the order in which they go down.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl TryFrom<Vec<Key>> for Chord {
    type Error = ChordError;
    fn try_from(keys: Vec<Key>) -> Result<Self, ChordError> {
        Self::new(keys)
    }
}

impl From<Chord> for Vec<Key> {
    fn from(chord: Chord) -> Self {
        chord.0
    }
}

impl fmt::Debug for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chord(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::NamedKey;
    use super::*;

    #[test]
    fn a_chord_is_a_few_different_keys() {
        let named = |keys: &[NamedKey]| Chord::new(keys.iter().copied().map(Key::Named).collect::<Vec<_>>());
        assert!(named(&[NamedKey::ControlLeft, NamedKey::AltLeft, NamedKey::Delete]).is_ok());
        assert_eq!(named(&[]), Err(ChordError));
        assert_eq!(named(&[NamedKey::F1, NamedKey::F1]), Err(ChordError));
        assert_eq!(named(&NamedKey::ALL), Err(ChordError));
        assert_eq!(Chord::new([Key::Character('\u{1b}')]), Err(ChordError));
        // Nor does one come over the line.
        let many: Vec<Key> = ('a'..='z').map(Key::Character).collect();
        let bytes = postcard::to_stdvec(&many).unwrap_or_default();
        assert!(postcard::from_bytes::<Chord>(&bytes).is_err());
    }
}
