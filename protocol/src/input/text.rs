//! A short text to be typed as a whole.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A text of at most [`Text::MAX_CHARACTERS`]; its only control characters are line end and tab.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

/// Why a text can't be typed. Carries nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It has more than [`Text::MAX_CHARACTERS`].
    #[error("a text to be typed has at most {} characters", Text::MAX_CHARACTERS)]
    TooLong,
    /// It contains something that is not typed as a character.
    #[error("a text to be typed has no control characters")]
    Control,
}

impl Text {
    /// How many characters a text may have; longer ones go through the clipboard.
    pub const MAX_CHARACTERS: usize = 256;

    /// Checks `text`; every kind of line end becomes `\n`.
    ///
    /// # Errors
    /// [`TextError`] says which rule it breaks.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let mut text = text.into();
        if text.contains('\r') {
            text = text.replace("\r\n", "\n").replace('\r', "\n");
        }
        if text.chars().nth(Self::MAX_CHARACTERS).is_some() {
            return Err(TextError::TooLong);
        }
        if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
            return Err(TextError::Control);
        }
        Ok(Self(text))
    }

    /// The characters in the order in which they are typed.
    pub fn chars(&self) -> impl Iterator<Item = char> {
        self.0.chars()
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_short_and_has_no_control_characters() {
        assert!(Text::new("Grüße,\tß\n").is_ok());
        assert_eq!(Text::new("a\r\nb\rc").map(String::from), Ok("a\nb\nc".into()));
        assert!(Text::new("ß".repeat(Text::MAX_CHARACTERS)).is_ok());
        assert_eq!(Text::new("ß".repeat(Text::MAX_CHARACTERS + 1)), Err(TextError::TooLong));
        assert_eq!(Text::new("\u{1b}[A"), Err(TextError::Control));
        assert!(serde_json::from_str::<Text>(r#""\u0000""#).is_err());
    }
}
