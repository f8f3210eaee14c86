//! Names that are shown to the other end.

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// The most characters that a name has.
const MAX_CHARACTERS: usize = 64;

/// A person's or company's name that can't pretend to be something else on the screen: one line, not empty,
/// not long, without control, direction or invisible characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

/// A technician's name and company, as the organisation certified them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechnicianName {
    /// The person.
    pub name: DisplayName,
    /// The company.
    pub company: DisplayName,
}

/// Why a text is no name to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing to show.
    #[error("a name must not be empty")]
    Empty,
    /// Too long to show.
    #[error("a name has at most {MAX_CHARACTERS} characters")]
    Long,
    /// A character that is not shown, or changes how others are shown.
    #[error("a name has no control, direction or invisible characters")]
    Character,
}

impl DisplayName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character is not shown, or could make a text look like something else.
pub(crate) fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

impl FromStr for DisplayName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > MAX_CHARACTERS {
            return Err(NameError::Long);
        }
        if text.chars().any(deceives) { Err(NameError::Character) } else { Ok(Self(text.to_owned())) }
    }
}

impl TryFrom<String> for DisplayName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> Self {
        name.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_they_look_like() {
        for name in ["Anna Weber", "Müller & Söhne GmbH", "Đỗ Thị Hà", "株式会社サポート"] {
            assert_eq!(name.parse::<DisplayName>().map(String::from).as_deref(), Ok(name));
        }
        assert_eq!("  ".parse::<DisplayName>(), Err(NameError::Empty));
        assert_eq!("a".repeat(65).parse::<DisplayName>(), Err(NameError::Long));
        for name in ["Anna\nWeber", "Anna\u{202e}rebeW", "Anna\u{200b}Weber", "Anna\0", "a\u{2066}b", "a\u{feff}b"] {
            assert_eq!(name.parse::<DisplayName>(), Err(NameError::Character), "{name:?}");
        }
    }
}
