//! Texts in requests: cleaned and measured where they come in, so that nobody behind needs to ask again.

use crate::desk::as_text;
use crate::desk::text::{count, line, paragraphs};
use core::fmt;
use core::str::FromStr;

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text of {min} to {max} characters was expected")]
pub struct NoText {
    /// The fewest characters.
    pub min: usize,
    /// The most characters.
    pub max: usize,
}

macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $clean:ident, $min:literal, $max:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        as_text!($name, "Text", $pattern);

        impl $name {
            /// The fewest characters.
            pub const MIN: usize = $min;
            /// The most characters.
            pub const MAX: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Gives up the text.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} characters", count(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = NoText;
            fn from_str(text: &str) -> Result<Self, NoText> {
                let wrong = NoText { min: Self::MIN, max: Self::MAX };
                // Marks that belong together and line ends may take more bytes than they end up as characters.
                if text.len() > Self::MAX * 8 + 16 {
                    return Err(wrong);
                }
                let text = $clean(text);
                if (Self::MIN..=Self::MAX).contains(&count(&text)) { Ok(Self(text)) } else { Err(wrong) }
            }
        }
    };
}

bounded_text!(
    /// What somebody writes in a ticket: several lines.
    MessageText, paragraphs, 1, 8000, r"^[\s\S]{1,64016}$"
);
bounded_text!(
    /// Why somebody does something: one line.
    ReasonText, line, 3, 500, r"^[\s\S]{3,4016}$"
);
bounded_text!(
    /// A name or a few words: one line.
    ShortText, line, 1, 120, r"^[\s\S]{1,976}$"
);
bounded_text!(
    /// What is searched for: one line.
    SearchText, line, 1, 200, r"^[\s\S]{1,1616}$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cleaned_and_measured() {
        assert_eq!("  a\r\nb\u{202e} ".parse::<MessageText>().unwrap().as_str(), "a\nb");
        assert!(" \u{200b} ".parse::<MessageText>().is_err());
        assert!("a".repeat(8001).parse::<MessageText>().is_err());
        assert!("a".repeat(8000).parse::<MessageText>().is_ok());
        assert_eq!("so\nist  es".parse::<ReasonText>().unwrap().as_str(), "so ist es");
        assert!("ab".parse::<ReasonText>().is_err());
        assert_eq!(format!("{:?}", "secret".parse::<ShortText>().unwrap()), "6 characters");
        assert!(serde_json::from_str::<SearchText>("\"\"").is_err());
    }
}
