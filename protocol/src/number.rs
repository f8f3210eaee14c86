//! The session number: what is read out on the phone.
//!
//! `slot ‖ secret ‖ check`. The slot is public and the relay pairs by it; the six secret digits go into
//! the PAKE and never leave the two ends; the check digit catches what is misheard or mistyped.

use crate::secret::Secret;
use core::fmt;
use serde::{Deserialize, Serialize};

/// How many secret digits a number has.
pub const SECRET_DIGITS: usize = 6;
const SLOT_DIGITS: core::ops::RangeInclusive<usize> = 2..=6;

/// The public part of a number, by which the relay pairs two connections. It never starts with 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Slot(u32);

impl Slot {
    /// The slot with this number.
    ///
    /// # Errors
    /// [`NumberError::Length`] unless it has two to six digits.
    pub fn new(number: u32) -> Result<Self, NumberError> {
        if (10..1_000_000).contains(&number) { Ok(Self(number)) } else { Err(NumberError::Length) }
    }

    /// Every slot with this many digits; none for a length that no slot has.
    pub fn with_digits(digits: u32) -> impl Iterator<Item = Self> {
        let known = usize::try_from(digits).is_ok_and(|digits| SLOT_DIGITS.contains(&digits));
        let range = if known { 10_u32.pow(digits - 1)..10_u32.pow(digits) } else { 0..0 };
        range.map(Self)
    }

    /// The slot as a number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Slot {
    type Error = NumberError;
    fn try_from(number: u32) -> Result<Self, NumberError> {
        Self::new(number)
    }
}

impl From<Slot> for u32 {
    fn from(slot: Slot) -> Self {
        slot.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The six digits that only the two ends know.
pub type SecretDigits = Secret<[u8; SECRET_DIGITS]>;

/// Draws secret digits from uniformly random bytes; every value is equally likely.
///
/// `fill` fills its argument with random bytes and is called as often as needed.
pub fn draw_secret(mut fill: impl FnMut(&mut [u8])) -> SecretDigits {
    let mut digits = [0; SECRET_DIGITS];
    for digit in &mut digits {
        let mut byte = [u8::MAX];
        while byte[0] >= 250 {
            fill(&mut byte);
        }
        *digit = byte[0] % 10;
    }
    Secret::new(digits)
}

/// A whole session number.
#[derive(Clone, Debug)]
pub struct SessionNumber {
    slot: Slot,
    secret: SecretDigits,
}

/// Why a text is not a session number. Says that something is wrong, never where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Something other than digits, spaces and dashes, and not a link either.
    #[error("a session number has only digits")]
    NotDigits,
    /// Too few or too many digits.
    #[error("a session number has nine digits, or a few more")]
    Length,
    /// The check digit does not fit.
    #[error("the digits do not fit together")]
    Check,
}

impl SessionNumber {
    /// Joins a slot that the relay gave out and a secret drawn on this end.
    pub const fn new(slot: Slot, secret: SecretDigits) -> Self {
        Self { slot, secret }
    }

    /// Reads a number as people type or paste it: with spaces, dashes or dots, or as a link that ends in it.
    ///
    /// # Errors
    /// [`NumberError`] says what kind of mistake it is.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        let text = match text.find("://") {
            Some(_) => text.trim_end_matches('/').rsplit(['/', '#', '=']).next().unwrap_or_default(),
            None => text,
        };
        let mut digits = Vec::with_capacity(SECRET_DIGITS + 7);
        for character in text.chars() {
            match character.to_digit(10).and_then(|digit| u8::try_from(digit).ok()) {
                Some(_) if digits.len() > SLOT_DIGITS.end() + SECRET_DIGITS => return Err(NumberError::Length),
                Some(digit) => digits.push(digit),
                None if character.is_whitespace() || "-‐‑‒–—.,/·_".contains(character) => {}
                None => return Err(NumberError::NotDigits),
            }
        }
        Self::from_digits(&digits)
    }

    fn from_digits(digits: &[u8]) -> Result<Self, NumberError> {
        let slot_digits = digits.len().checked_sub(SECRET_DIGITS + 1).ok_or(NumberError::Length)?;
        if !SLOT_DIGITS.contains(&slot_digits) {
            return Err(NumberError::Length);
        }
        if damm(digits) != 0 {
            return Err(NumberError::Check);
        }
        let (slot, rest) = digits.split_at_checked(slot_digits).ok_or(NumberError::Length)?;
        let secret = rest.first_chunk::<SECRET_DIGITS>().ok_or(NumberError::Length)?;
        if slot.first() == Some(&0) {
            return Err(NumberError::Check);
        }
        let slot = Slot::new(slot.iter().fold(0, |number, digit| number * 10 + u32::from(*digit)))?;
        Ok(Self::new(slot, Secret::new(*secret)))
    }

    /// The public part.
    pub const fn slot(&self) -> Slot {
        self.slot
    }

    /// Gives up the number for the two parts that the handshake takes.
    pub fn into_parts(self) -> (Slot, SecretDigits) {
        (self.slot, self.secret)
    }

    /// The number in groups of three, as it is shown and read out. To be shown to its owner and nobody else.
    pub fn spoken(&self) -> Secret<String> {
        let mut digits: Vec<u8> = self.slot.to_string().bytes().map(|byte| byte - b'0').collect();
        digits.extend(self.secret.expose());
        digits.push(damm(&digits));
        let mut spoken = String::with_capacity(digits.len() * 2);
        for (index, digit) in digits.iter().enumerate() {
            if index > 0 && index % 3 == 0 {
                spoken.push(' ');
            }
            spoken.push(char::from(b'0' + digit));
        }
        Secret::new(spoken)
    }
}

/// The check digit over `digits`; zero if `digits` already end in the right one.
///
/// Damm's quasigroup finds every single wrong digit and every two swapped neighbours, such as the German
/// "einundzwanzig" typed as 12.
pub(crate) fn damm(digits: &[u8]) -> u8 {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits.iter().fold(0, |interim, digit| {
        TABLE.get(usize::from(interim)).and_then(|row| row.get(usize::from(*digit))).copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(slot: u32, secret: [u8; SECRET_DIGITS]) -> SessionNumber {
        SessionNumber::new(Slot::new(slot).unwrap(), Secret::new(secret))
    }

    #[test]
    fn reads_what_people_type_and_paste() {
        let spoken = number(47, [2, 9, 1, 5, 3, 8]).spoken().expose().clone();
        assert_eq!(&spoken[..10], "472 915 38");
        let plain = spoken.replace(' ', "");
        for text in [
            spoken.clone(),
            plain.clone(),
            format!("  {}-{}–{}\n", &plain[..3], &plain[3..6], &plain[6..]),
            format!("https://help.musterfirma.example/j#{plain}"),
            format!("beistand://help.musterfirma.example/{plain}/"),
        ] {
            let read = SessionNumber::parse(&text).unwrap();
            assert_eq!(read.slot().get(), 47);
            assert_eq!(read.spoken().expose(), &spoken);
        }
    }

    #[test]
    fn says_what_kind_of_mistake_it_is() {
        let mistake = |text: &str| SessionNumber::parse(text).unwrap_err();
        assert_eq!(mistake(""), NumberError::Length);
        assert_eq!(mistake("47 29"), NumberError::Length);
        assert_eq!(mistake(&"1".repeat(4000)), NumberError::Length);
        assert_eq!(mistake("472 9l5 384"), NumberError::NotDigits);
        assert_eq!(mistake("472 915 380"), NumberError::Check);
    }

    #[test]
    fn slots_never_start_with_zero() {
        assert_eq!(Slot::with_digits(2).count(), 90);
        assert_eq!(Slot::with_digits(3).next(), Slot::new(100).ok());
        assert_eq!(Slot::with_digits(1).count(), 0);
        assert!(Slot::new(9).is_err());
        assert!(serde_json::from_str::<Slot>("7").is_err());
    }

    proptest! {
        #[test]
        fn every_number_survives_being_read_out(slot in 10_u32..1_000_000, secret in proptest::array::uniform6(0_u8..10)) {
            let spoken = number(slot, secret).spoken();
            let (read_slot, read_secret) = SessionNumber::parse(spoken.expose()).unwrap().into_parts();
            prop_assert_eq!(read_slot.get(), slot);
            prop_assert_eq!(read_secret.expose(), &secret);
        }

        #[test]
        fn one_wrong_digit_or_a_swap_is_caught(slot in 10_u32..100, secret in proptest::array::uniform6(0_u8..10), at in 0_usize..9, other in 0_u8..10) {
            let right: Vec<u8> = number(slot, secret).spoken().expose().bytes().filter(u8::is_ascii_digit).collect();
            let mut wrong = right.clone();
            wrong[at] = b'0' + other;
            let mut swapped = right.clone();
            swapped.swap(at, (at + 1).min(8));
            for digits in [wrong, swapped] {
                let text = String::from_utf8(digits.clone()).unwrap();
                prop_assert_eq!(SessionNumber::parse(&text).is_err(), digits != right);
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = SessionNumber::parse(&text);
        }
    }
}
