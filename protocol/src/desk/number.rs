//! The ticket number: `T-1234-5671`, seven digits and a check digit, made to be read out.
//!
//! It is no authorisation. Its length tells it from a session number (nine digits) and an intake receipt (twelve),
//! so one search box can take all three and each field can say what was typed instead.

use super::as_text;
use super::code::RECEIPT_DIGITS;
use crate::number::damm;
use core::fmt;
use core::str::FromStr;

const FIRST: u32 = 1_000_000;
const COUNT: u32 = 9_000_000;
/// Coprime to [`COUNT`], so that each counter value has a number of its own, far from its neighbours'.
const STRIDE: u64 = 5_700_707;

/// A ticket's number, without its check digit: seven digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketNumber(u32);

as_text!(TicketNumber, "T-1234-5671", "^[A-Za-z]?[- ]?[0-9]{4}[- ]?[0-9]{4}$");

/// Why a text is not the number that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberMistake {
    /// Something other than digits and what separates them.
    #[error("a number has only digits")]
    NotDigits,
    /// Too few or too many digits.
    #[error("too few or too many digits")]
    Length,
    /// The check digit does not fit: misheard or mistyped.
    #[error("the digits do not fit together")]
    Check,
    /// A session number, which belongs elsewhere.
    #[error("this is a session number")]
    IsSession,
    /// A ticket number, which belongs elsewhere.
    #[error("this is a ticket number")]
    IsTicket,
    /// An intake receipt, which belongs elsewhere.
    #[error("this is an intake receipt")]
    IsReceipt,
}

/// What a number is, by its length and check digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ticket,
    Session,
    Receipt,
}

/// The digits of a number as people type or say it: spaces, dashes, dots and one leading letter do not count,
/// and letters that look like digits are those digits.
pub(super) fn digits(text: &str, prefix: bool) -> Result<Vec<u8>, NumberMistake> {
    let mut text = text.trim();
    if prefix {
        let mut rest = text.chars();
        if rest.next().is_some_and(|first| first.is_ascii_alphabetic() && !"OoIiLl".contains(first)) {
            text = rest.as_str();
        }
    }
    let mut digits = Vec::with_capacity(16);
    for character in text.chars() {
        let digit = match character {
            'O' | 'o' => Some(0),
            'I' | 'i' | 'l' | 'L' => Some(1),
            other => other.to_digit(10).and_then(|digit| u8::try_from(digit).ok()),
        };
        match digit {
            Some(_) if digits.len() >= 32 => return Err(NumberMistake::Length),
            Some(digit) => digits.push(digit),
            None if character.is_whitespace() || "-‐‑‒–—.,/·_".contains(character) => {}
            None => return Err(NumberMistake::NotDigits),
        }
    }
    Ok(digits)
}

/// What these digits are, if they are any number of ours.
pub(super) fn kind(digits: &[u8]) -> Option<Kind> {
    if damm(digits) != 0 {
        return None;
    }
    match digits.len() {
        8 => Some(Kind::Ticket),
        RECEIPT_DIGITS => Some(Kind::Receipt),
        9..=13 => Some(Kind::Session),
        _ => None,
    }
}

pub(super) fn to_number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(*digit))
}

pub(super) fn to_digits(mut number: u64, count: usize) -> Vec<u8> {
    let mut digits = vec![0; count];
    for digit in digits.iter_mut().rev() {
        *digit = u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
    digits
}

/// Groups of four, joined by `between`.
pub(super) fn grouped(digits: &[u8], between: char) -> String {
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(between);
        }
        text.push(char::from(b'0' + digit));
    }
    text
}

impl TicketNumber {
    /// The number of the ticket that the counter gave this value; `None` when all are given out.
    ///
    /// Every counter value has a number of its own. `offset` is drawn once for a desk, so that a number says
    /// nothing about how many came before it.
    pub fn allocate(counter: u32, offset: u32) -> Option<Self> {
        if counter >= COUNT {
            return None;
        }
        let scattered = (u64::from(counter) * STRIDE + u64::from(offset % COUNT)) % u64::from(COUNT);
        u32::try_from(scattered).ok().map(|scattered| Self(FIRST + scattered))
    }

    /// The number from the seven digits under which a store keeps it.
    ///
    /// # Errors
    /// [`NumberMistake::Length`] unless it has seven digits.
    pub fn from_stored(number: u32) -> Result<Self, NumberMistake> {
        if (FIRST..FIRST + COUNT).contains(&number) { Ok(Self(number)) } else { Err(NumberMistake::Length) }
    }

    /// The seven digits under which a store keeps it.
    pub const fn stored(self) -> u32 {
        self.0
    }

    /// The eight digits that people say.
    fn spoken_digits(self) -> Vec<u8> {
        let mut digits = to_digits(u64::from(self.0), 7);
        digits.push(damm(&digits));
        digits
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T-{}", grouped(&self.spoken_digits(), '-'))
    }
}

impl fmt::Debug for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TicketNumber {
    type Err = NumberMistake;
    fn from_str(text: &str) -> Result<Self, NumberMistake> {
        let digits = digits(text, true)?;
        if digits.len() != 8 {
            return Err(match kind(&digits) {
                Some(Kind::Session) => NumberMistake::IsSession,
                Some(Kind::Receipt) => NumberMistake::IsReceipt,
                Some(Kind::Ticket) | None => NumberMistake::Length,
            });
        }
        if damm(&digits) != 0 {
            return Err(NumberMistake::Check);
        }
        let number = digits.split_last().map(|(_, number)| to_number(number)).unwrap_or_default();
        u32::try_from(number).ok().and_then(|number| Self::from_stored(number).ok()).ok_or(NumberMistake::Check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn number(text: &str) -> Result<TicketNumber, NumberMistake> {
        text.parse()
    }

    #[test]
    fn reads_what_people_type() {
        let right = TicketNumber::from_stored(1_234_567).unwrap();
        let shown = right.to_string();
        assert_eq!(shown, "T-1234-5671");
        let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
        for text in [
            shown.clone(),
            digits.clone(),
            format!("t{digits}"),
            format!("  T {} – {}\n", &digits[..4], &digits[4..]),
            format!("C-{}.{}", &digits[..4], &digits[4..]),
            digits.replace('1', "l").replacen('l', "I", 1),
        ] {
            assert_eq!(number(&text), Ok(right), "{text}");
        }
        assert_eq!(serde_json::from_str::<TicketNumber>(&format!("\"{shown}\"")).unwrap(), right);
        assert_eq!(serde_json::to_string(&right).unwrap(), format!("\"{shown}\""));
    }

    #[test]
    fn says_what_was_typed_instead() {
        assert_eq!(number("472 915 385"), Err(NumberMistake::Length));
        let with_check = |digits: &[u8]| {
            let mut digits = digits.to_vec();
            digits.push(damm(&digits));
            grouped(&digits, ' ')
        };
        assert_eq!(number(&with_check(&[4, 7, 2, 9, 1, 5, 3, 8])), Err(NumberMistake::IsSession));
        assert_eq!(number(&with_check(&[4, 7, 2, 9, 1, 5, 3, 8, 1, 2, 3])), Err(NumberMistake::IsReceipt));
        assert_eq!(number("T-1234-56"), Err(NumberMistake::Length));
        assert_eq!(number("Drucker"), Err(NumberMistake::NotDigits));
        assert_eq!(number("00000000"), Err(NumberMistake::Check));
        assert_eq!(number(&"1".repeat(4000)), Err(NumberMistake::Length));
    }

    #[test]
    fn each_counter_value_has_a_number_far_from_its_neighbours() {
        let numbers: Vec<_> = (0..200_000).map(|counter| TicketNumber::allocate(counter, 77).unwrap()).collect();
        assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), numbers.len());
        for pair in numbers.windows(2) {
            assert!(pair[0].stored().abs_diff(pair[1].stored()) > 1_000_000);
        }
        assert!(TicketNumber::allocate(COUNT - 1, u32::MAX).is_some());
        assert_eq!(TicketNumber::allocate(COUNT, 0), None);
        let mut a = u64::from(COUNT);
        let mut b = STRIDE;
        while b > 0 {
            (a, b) = (b, a % b);
        }
        assert_eq!(a, 1, "the stride must be coprime to the count");
    }

    proptest! {
        #[test]
        fn survives_being_read_out(stored in FIRST..FIRST + COUNT) {
            let right = TicketNumber::from_stored(stored).unwrap();
            prop_assert_eq!(right.to_string().parse(), Ok(right));
        }

        #[test]
        fn one_wrong_digit_or_a_swap_is_caught(stored in FIRST..FIRST + COUNT, at in 0_usize..8, other in 0_u8..10) {
            let right = TicketNumber::from_stored(stored).unwrap().spoken_digits();
            let mut wrong = right.clone();
            wrong[at] = other;
            let mut swapped = right.clone();
            swapped.swap(at, (at + 1).min(7));
            for digits in [wrong, swapped] {
                prop_assert_eq!(number(&grouped(&digits, ' ')).is_err(), digits != right);
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = number(&text);
        }
    }
}
