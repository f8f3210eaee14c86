//! What is down or changed on the customer's machine because of us.
//!
//! The worker tells the guardian *before* it presses and *after* it has released, so that the guardian's
//! set always contains at least what is really down, and can undo it when the worker was killed.

use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One thing that must be undone before a session is over, in the platform's own codes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Hold {
    /// A key is down.
    Key(u16),
    /// A mouse button is down.
    Button(u8),
    /// A keycode that had no meaning got one for a rare character.
    Remapped(u16),
    /// These modifiers (a mask) were locked, as by caps lock, and are unlocked for one character.
    Unlocked(u8),
    /// The keyboard was in this layout group and is in another for one character.
    Regrouped(u8),
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(…)",
            Self::Button(_) => "Button(…)",
            Self::Remapped(_) => "Remapped(…)",
            Self::Unlocked(_) => "Unlocked(…)",
            Self::Regrouped(_) => "Regrouped(…)",
        })
    }
}

/// What the worker tells the guardian about its hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldNews {
    /// This is about to happen.
    Begins(Hold),
    /// This was undone.
    Ends(Hold),
}

/// Everything that is down or changed at this moment.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldKeys(BTreeSet<Hold>);

impl HeldKeys {
    /// Takes over what the worker told.
    pub fn note(&mut self, news: HoldNews) {
        match news {
            HoldNews::Begins(hold) => self.press(hold),
            HoldNews::Ends(hold) => self.release(hold),
        };
    }

    /// Adds `hold`; answers whether it is new.
    pub fn press(&mut self, hold: Hold) -> bool {
        self.0.insert(hold)
    }

    /// Removes `hold`; answers whether it was there.
    pub fn release(&mut self, hold: Hold) -> bool {
        self.0.remove(&hold)
    }

    /// Whether `hold` is in the set.
    pub fn contains(&self, hold: Hold) -> bool {
        self.0.contains(&hold)
    }

    /// Whether nothing is left to undo.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many things are left to undo.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Everything that is left to undo: keys before buttons before mappings.
    pub fn iter(&self) -> impl Iterator<Item = Hold> {
        self.0.iter().copied()
    }

    /// Empties the set and gives what was in it.
    pub fn drain(&mut self) -> Self {
        core::mem::take(self)
    }
}

impl FromIterator<Hold> for HeldKeys {
    fn from_iter<I: IntoIterator<Item = Hold>>(holds: I) -> Self {
        Self(holds.into_iter().collect())
    }
}

impl fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldKeys({} held)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_follows_the_news() {
        let mut held = HeldKeys::default();
        held.note(HoldNews::Begins(Hold::Key(38)));
        held.note(HoldNews::Begins(Hold::Button(1)));
        held.note(HoldNews::Begins(Hold::Key(38)));
        assert_eq!(held.len(), 2);
        held.note(HoldNews::Ends(Hold::Key(38)));
        held.note(HoldNews::Ends(Hold::Key(50)));
        assert_eq!(held.iter().collect::<Vec<_>>(), [Hold::Button(1)]);
        assert_eq!(held.drain().len(), 1);
        assert!(held.is_empty());
    }

    #[test]
    fn debug_names_no_key() {
        let shown = format!("{:?} {:?}", HeldKeys::from_iter([Hold::Key(38)]), Hold::Key(38));
        assert!(!shown.contains("38"), "{shown}");
    }
}
