//! A phone number as people write it, and as a telephone system needs it when that can be told.

use serde::{Deserialize, Serialize};

/// A phone number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Phone {
    /// As it was typed.
    pub written: String,
    /// `+` and digits, when the number says which country it is in or is a German one with its prefix.
    pub e164: Option<String>,
}

/// Why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a phone number has 5 to 20 digits")]
pub struct NoPhone;

/// The words by which people name an extension.
const EXTENSION_WORDS: [&str; 9] = ["durchwahl", "nebenstelle", "extension", "apparat", "ext", "dw", "nst", "app", "x"];

impl core::fmt::Debug for Phone {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Phone(…)")
    }
}

impl Phone {
    /// Reads a number as people write it. A plausible extension is never refused.
    ///
    /// # Errors
    /// [`NoPhone`] if it has too few or too many digits, or anything that no number has.
    pub fn parse(text: &str) -> Result<Self, NoPhone> {
        let written = crate::desk::text::line(text);
        let mut plain = written.to_lowercase();
        let mut has_extension = false;
        for word in EXTENSION_WORDS {
            if let Some(at) = plain.find(word).filter(|at| *at > 0) {
                has_extension = true;
                plain.replace_range(at..at + word.len(), " ");
                break;
            }
        }
        let digits = plain.chars().filter(char::is_ascii_digit).count();
        let fits = plain.chars().all(|one| one.is_ascii_digit() || "+/-–() .".contains(one));
        let plus = plain
            .rfind('+')
            .is_none_or(|at| plain.get(..at).is_some_and(|before| before.trim_matches([' ', '(']).is_empty()));
        if !fits || !plus || !(5..=20).contains(&digits) {
            return Err(NoPhone);
        }
        let e164 = if has_extension { None } else { e164(&plain) };
        Ok(Self { written, e164 })
    }
}

fn e164(plain: &str) -> Option<String> {
    let international = plain.contains('+');
    // As in +49 (0)202: dialled at home only.
    let plain = if international { plain.replace("(0)", "") } else { plain.to_owned() };
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let number = if international {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else {
        format!("49{}", digits.strip_prefix('0')?)
    };
    let fits = (7..=15).contains(&number.len()) && !number.starts_with('0');
    fits.then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        for (written, e164) in [
            ("+49 202 123456", Some("+49202123456")),
            ("+49 (0)202 / 1234-56", Some("+49202123456")),
            ("0202 123456", Some("+49202123456")),
            ("(0202) 12 34 56", Some("+49202123456")),
            ("0043 1 5350", Some("+4315350")),
            ("0202 1234-0 Durchwahl 17", None),
            ("+49 202 1234 ext. 17", None),
            ("12345", None),
            ("110 4711", None),
        ] {
            let phone = Phone::parse(written).unwrap();
            assert_eq!((phone.written.as_str(), phone.e164.as_deref()), (written, e164));
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for wrong in
            ["", "1234", "abc", "12345 bitte vormittags", "+49 + 202 1234", "123456789012345678901", "0202+12345"]
        {
            assert_eq!(Phone::parse(wrong), Err(NoPhone), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Phone::parse(&text);
        }
    }
}
