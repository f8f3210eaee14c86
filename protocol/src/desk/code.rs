//! What people hold in their hands: intake receipt, customer number, PIN, link code; and what makes a repeated
//! request the same request.

use super::as_text;
use super::number::{Kind, NumberMistake, digits, grouped, kind, to_digits, to_number};
use crate::number::damm;
use crate::secret::Secret;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How many digits an intake receipt has, its check digit included.
pub const RECEIPT_DIGITS: usize = 12;
/// How many digits a PIN has.
pub const PIN_DIGITS: usize = 8;
/// How many digits a link code has, its check digit included.
pub const LINK_CODE_DIGITS: usize = 16;

/// Draws `count` digits from uniformly random bytes; every value is equally likely.
fn draw(count: usize, mut fill: impl FnMut(&mut [u8])) -> Vec<u8> {
    let mut digits = vec![0; count];
    for digit in &mut digits {
        let mut byte = [u8::MAX];
        while byte[0] >= 250 {
            fill(&mut byte);
        }
        *digit = byte[0] % 10;
    }
    digits
}

/// The number that says "your form arrived" (Eingangsnummer), the same way for a right and a wrong PIN:
/// eleven random digits and a check digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntakeReceipt(u64);

as_text!(IntakeReceipt, "4711 0815 2342", "^[0-9 .-]{12,40}$");

impl IntakeReceipt {
    /// Draws one; `fill` fills its argument with random bytes.
    pub fn draw(fill: impl FnMut(&mut [u8])) -> Self {
        Self(to_number(&draw(RECEIPT_DIGITS - 1, fill)))
    }

    /// The receipt from the eleven digits under which a store keeps it.
    ///
    /// # Errors
    /// [`NumberMistake::Length`] if there are more.
    pub fn from_stored(number: u64) -> Result<Self, NumberMistake> {
        if number < 100_000_000_000 { Ok(Self(number)) } else { Err(NumberMistake::Length) }
    }

    /// The eleven digits under which a store keeps it.
    pub const fn stored(self) -> u64 {
        self.0
    }
}

impl fmt::Display for IntakeReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = to_digits(self.0, RECEIPT_DIGITS - 1);
        digits.push(damm(&digits));
        f.write_str(&grouped(&digits, ' '))
    }
}

impl fmt::Debug for IntakeReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for IntakeReceipt {
    type Err = NumberMistake;
    fn from_str(text: &str) -> Result<Self, NumberMistake> {
        let digits = digits(text, false)?;
        if digits.len() != RECEIPT_DIGITS {
            return Err(match kind(&digits) {
                Some(Kind::Ticket) => NumberMistake::IsTicket,
                Some(Kind::Session) => NumberMistake::IsSession,
                Some(Kind::Receipt) | None => NumberMistake::Length,
            });
        }
        if damm(&digits) != 0 {
            return Err(NumberMistake::Check);
        }
        let (_, number) = digits.split_last().ok_or(NumberMistake::Length)?;
        Self::from_stored(to_number(number))
    }
}

/// Why a text is no customer number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a customer number has up to 20 letters, digits and dashes")]
pub struct NoCustomerNumber;

/// The number by which a company knows its customer; companies choose its form themselves.
///
/// Letters are capitals, and what people put between the digits does not count but for a dash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerNumber(String);

as_text!(CustomerNumber, "10234", "^ *[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}$");

impl CustomerNumber {
    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CustomerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CustomerNumber {
    type Err = NoCustomerNumber;
    fn from_str(text: &str) -> Result<Self, NoCustomerNumber> {
        let mut number = String::with_capacity(20);
        for character in text.trim().chars() {
            match character {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => number.push(character.to_ascii_uppercase()),
                ' ' | '.' | '/' | '_' => {}
                _ => return Err(NoCustomerNumber),
            }
            if number.len() > 20 {
                return Err(NoCustomerNumber);
            }
        }
        if number.bytes().any(|byte| byte.is_ascii_alphanumeric()) { Ok(Self(number)) } else { Err(NoCustomerNumber) }
    }
}

/// Secret digits: redacting `Debug`, no `Display`; on the wire as they are, because the wire is TLS.
macro_rules! secret_digits {
    ($(#[$doc:meta])* $name:ident, $count:expr, $example:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(Secret<String>);

        impl $name {
            /// Shows the digits without anything between them; every place that needs them can be found by this name.
            pub fn expose(&self) -> &str {
                self.0.expose()
            }

            /// The digits in groups of four, to be shown to their owner and nobody else.
            pub fn spoken(&self) -> Secret<String> {
                Secret::new(grouped(&self.expose().bytes().map(|byte| byte.wrapping_sub(b'0')).collect::<Vec<_>>(), ' '))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.expose())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Secret::new(String::deserialize(deserializer)?);
                text.expose().parse().map_err(de::Error::custom)
            }
        }

        super::described_as_text!($name, $example, $pattern);
    };
}

secret_digits!(
    /// The PIN that the support company issued to a customer: eight digits.
    Pin, PIN_DIGITS, "00000000", "^[0-9OoIl .-]{8,40}$"
);

secret_digits!(
    /// The code that links an app to a contact, once: fifteen random digits and a check digit.
    LinkCode, LINK_CODE_DIGITS, "0000 0000 0000 0000", "^[0-9OoIl .-]{16,60}$"
);

impl Pin {
    /// Draws one; `fill` fills its argument with random bytes.
    pub fn draw(fill: impl FnMut(&mut [u8])) -> Self {
        Self(Secret::new(grouped(&draw(PIN_DIGITS, fill), ' ').replace(' ', "")))
    }
}

impl FromStr for Pin {
    type Err = NumberMistake;
    fn from_str(text: &str) -> Result<Self, NumberMistake> {
        let digits = digits(text, false)?;
        if digits.len() != PIN_DIGITS {
            return Err(NumberMistake::Length);
        }
        Ok(Self(Secret::new(grouped(&digits, ' ').replace(' ', ""))))
    }
}

impl LinkCode {
    /// Draws one; `fill` fills its argument with random bytes.
    pub fn draw(fill: impl FnMut(&mut [u8])) -> Self {
        let mut digits = draw(LINK_CODE_DIGITS - 1, fill);
        digits.push(damm(&digits));
        Self(Secret::new(grouped(&digits, ' ').replace(' ', "")))
    }
}

impl FromStr for LinkCode {
    type Err = NumberMistake;
    fn from_str(text: &str) -> Result<Self, NumberMistake> {
        let digits = digits(text, false)?;
        if digits.len() != LINK_CODE_DIGITS {
            return Err(match kind(&digits) {
                Some(Kind::Ticket) => NumberMistake::IsTicket,
                Some(Kind::Session) => NumberMistake::IsSession,
                Some(Kind::Receipt) => NumberMistake::IsReceipt,
                None => NumberMistake::Length,
            });
        }
        if damm(&digits) != 0 {
            return Err(NumberMistake::Check);
        }
        Ok(Self(Secret::new(grouped(&digits, ' ').replace(' ', ""))))
    }
}

/// Why a text is no idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 16 to 64 letters, digits, dashes and underscores")]
pub struct NoIdempotencyKey;

/// What makes a repeated request the same request: the header `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

as_text!(IdempotencyKey, "0f8fad5bd9cb469fa16570867728950e", "^[A-Za-z0-9_-]{16,64}$");

impl IdempotencyKey {
    /// The key made of these random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        use fmt::Write;
        let mut text = String::with_capacity(32);
        for byte in random {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = NoIdempotencyKey;
    fn from_str(text: &str) -> Result<Self, NoIdempotencyKey> {
        let fits = (16..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(NoIdempotencyKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0_u8;
        move |bytes: &mut [u8]| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(7);
            }
        }
    }

    #[test]
    fn a_receipt_is_twelve_digits_in_fours() {
        let receipt = IntakeReceipt::draw(counting());
        let shown = receipt.to_string();
        assert_eq!((shown.len(), shown.split(' ').count()), (14, 3), "{shown}");
        assert_eq!(shown.parse(), Ok(receipt));
        assert_eq!(shown.replace(' ', "-").parse(), Ok(receipt));
        assert_eq!(IntakeReceipt::from_stored(receipt.stored()), Ok(receipt));
        let small = IntakeReceipt::from_stored(7).unwrap();
        assert_eq!(small.to_string().parse(), Ok(small));
        assert!(IntakeReceipt::from_stored(100_000_000_000).is_err());
        let ticket = super::super::number::TicketNumber::from_stored(1_234_567).unwrap().to_string();
        assert_eq!(ticket.trim_start_matches("T-").parse::<IntakeReceipt>(), Err(NumberMistake::IsTicket));
    }

    #[test]
    fn secrets_show_nothing() {
        let pin: Pin = "1234 5678".parse().unwrap();
        assert_eq!((pin.expose(), pin.spoken().expose().as_str()), ("12345678", "1234 5678"));
        assert!(!format!("{pin:?}").contains("1234"));
        let code = LinkCode::draw(counting());
        assert!(!format!("{code:?}").contains(&code.expose()[..4]));
        assert_eq!(code.spoken().expose().parse::<LinkCode>().unwrap().expose(), code.expose());
        assert_eq!(serde_json::to_string(&pin).unwrap(), "\"12345678\"");
        assert!(serde_json::from_str::<Pin>("\"1234567\"").is_err());
        assert_eq!("l2345O78".parse::<Pin>().unwrap().expose(), "12345078");
    }

    #[test]
    fn a_mistyped_link_code_is_noticed() {
        let code = LinkCode::draw(counting());
        let mut digits: Vec<u8> = code.expose().bytes().collect();
        digits[3] = if digits[3] == b'9' { b'0' } else { digits[3] + 1 };
        assert_eq!(String::from_utf8(digits).unwrap().parse::<LinkCode>().unwrap_err(), NumberMistake::Check);
    }

    #[test]
    fn drawing_leaves_no_digit_more_likely() {
        let mut seen = [0; 10];
        let mut next = 0_u8;
        for _ in 0..250 {
            let digit = draw(1, |bytes| {
                bytes[0] = next;
                next = next.wrapping_add(1);
            });
            seen[usize::from(digit[0])] += 1;
        }
        assert_eq!(seen, [25; 10]);
    }

    #[test]
    fn customer_numbers_are_as_companies_write_them() {
        let number = |text: &str| text.parse::<CustomerNumber>().map(|number| number.to_string());
        assert_eq!(number(" 10 234 "), Ok("10234".into()));
        assert_eq!(number("kd-77.1"), Ok("KD-771".into()));
        for wrong in ["", " ", "-", "1'--", "ä1", "1\n2", "123456789012345678901"] {
            assert_eq!(number(wrong), Err(NoCustomerNumber), "{wrong}");
        }
    }

    #[test]
    fn idempotency_keys_have_a_length() {
        assert_eq!(IdempotencyKey::new([171; 16]).as_str(), "ab".repeat(16));
        for wrong in ["", "short", "with space in it 123", &"a".repeat(65)] {
            assert!(wrong.parse::<IdempotencyKey>().is_err());
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = text.parse::<IntakeReceipt>();
            let _ = text.parse::<CustomerNumber>();
            let _ = text.parse::<Pin>();
            let _ = text.parse::<LinkCode>();
            let _ = text.parse::<IdempotencyKey>();
        }
    }
}
