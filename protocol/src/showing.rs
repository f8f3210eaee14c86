//! What of the customer's desktop is shown, what could be, and what the technician is told of it.
//!
//! The technician is told numbers and no names: how many monitors there are and which one is shown. Titles and
//! programs stay on the customer's computer, where the customer chooses by them.

use crate::picture::MAX_MONITORS;
use crate::rendezvous::deceives;
use serde::{Deserialize, Serialize};

/// No more windows are listed.
pub const MAX_WINDOWS: usize = 64;
/// No title of a window and no name of a program is longer, in characters; longer ones are cut.
pub const MAX_TITLE_CHARS: usize = 120;

/// What the technician is told of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showing {
    /// What it is.
    pub what: View,
    /// How many monitors the customer has.
    pub monitors: u8,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// One monitor, by its place among them, counted from 1; the main one is the first.
    Monitor(u8),
    /// Every monitor.
    All,
    /// One window alone.
    Window {
        /// It can't be seen at the moment, because it is minimised or on another workspace: the picture stands still.
        away: bool,
    },
}

/// What the technician asks to see instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// The monitor with this place among them, counted from 1.
    Monitor(u8),
    /// Every monitor.
    All,
}

impl Showing {
    /// Whether a wish is for something that is there and is not shown already.
    pub fn leaves_open(&self, wish: Wish) -> bool {
        match wish {
            Wish::Monitor(number) => (1..=self.monitors).contains(&number) && self.what != View::Monitor(number),
            Wish::All => self.monitors > 1 && self.what != View::All,
        }
    }

    /// What there is of this many monitors; more than can be listed count as that many.
    pub fn of(what: View, monitors: usize) -> Self {
        Self { what, monitors: u8::try_from(monitors.min(MAX_MONITORS)).unwrap_or(u8::MAX) }
    }
}

/// A window that could be shown. For the customer alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// What the platform knows it by, as long as it is open.
    pub id: u32,
    /// What stands above it.
    pub title: Title,
    /// Which program it is of, as that calls itself.
    pub program: Title,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether it is a dialogue that belongs to another window.
    pub dialog: bool,
    /// Whether it can't be seen at the moment.
    pub away: bool,
}

impl core::fmt::Debug for Window {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Window").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a program calls itself or a window of its own: one line of bounded length, with nothing in it that deceives the
/// eye. Programs choose it, so it proves nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Title(String);

impl Title {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Title {
    fn from(text: String) -> Self {
        let plain: String = text.chars().filter(|character| !deceives(*character)).take(MAX_TITLE_CHARS).collect();
        Self(plain.trim().to_owned())
    }
}

impl From<Title> for String {
    fn from(title: Title) -> Self {
        title.0
    }
}

impl core::fmt::Debug for Title {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Title({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_short_line_that_deceives_nobody() {
        let title = |text: &str| Title::from(text.to_owned());
        assert_eq!(title("  Rechnung.ods – Tabelle\n").as_str(), "Rechnung.ods – Tabelle");
        assert_eq!(title("a\u{202e}b\u{0}c").as_str(), "abc");
        assert_eq!(title(&"x".repeat(5000)).as_str().len(), MAX_TITLE_CHARS);
        let wire = postcard::to_stdvec(&"y\u{202e}".repeat(5000)).unwrap();
        assert_eq!(postcard::from_bytes::<Title>(&wire).unwrap().as_str().len(), MAX_TITLE_CHARS);
    }

    #[test]
    fn no_title_is_formatted() {
        let title = Title::from("Kontoauszug".to_owned());
        let window =
            Window { id: 7, title, program: Title::default(), width: 1, height: 1, dialog: false, away: false };
        assert!(!format!("{window:?} {:?}", window.title).contains("Konto"));
    }

    #[test]
    fn only_what_is_there_and_not_shown_can_be_wished_for() {
        let showing = |what, monitors| Showing { what, monitors };
        assert!(showing(View::Monitor(1), 2).leaves_open(Wish::Monitor(2)));
        assert!(showing(View::Monitor(1), 2).leaves_open(Wish::All));
        assert!(showing(View::Window { away: false }, 1).leaves_open(Wish::Monitor(1)));
        for (what, monitors, wish) in [
            (View::Monitor(1), 2, Wish::Monitor(1)),
            (View::Monitor(1), 2, Wish::Monitor(3)),
            (View::Monitor(1), 2, Wish::Monitor(0)),
            (View::Monitor(1), 1, Wish::All),
            (View::All, 2, Wish::All),
            (View::Window { away: true }, 0, Wish::Monitor(1)),
        ] {
            assert!(!showing(what, monitors).leaves_open(wish), "{what:?} of {monitors}, {wish:?}");
        }
    }
}
