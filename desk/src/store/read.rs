//! How columns become the desk's types. What can't be read is the database's fault, and never a panic.

use super::db::{Column, Row};
use super::{Result, StoreError};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::Severity;
use jiff::Timestamp;
use jiff::civil::Date;
use rand::Rng as _;
use serde::de::DeserializeOwned;

/// A new id: its time first, so that an index grows at one end, then randomness (UUIDv7).
pub(super) fn new_id(now: Timestamp) -> [u8; 16] {
    let mut id = [0; 16];
    rand::rng().fill_bytes(&mut id);
    let time = now.as_millisecond().to_be_bytes();
    for (byte, of_time) in id.iter_mut().zip(time.iter().skip(2)) {
        *byte = *of_time;
    }
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut id;
    *version = *version & 0x0f | 0x70;
    *variant = *variant & 0x3f | 0x80;
    id
}

impl Row {
    /// A word of one of the desk's enums.
    pub(super) fn word<T>(&self, name: &'static str, from_key: impl Fn(&str) -> Option<T>) -> Result<T> {
        from_key(&self.get::<String>(name)?).ok_or(StoreError::Corrupt(name))
    }

    /// A word, or none.
    pub(super) fn maybe_word<T>(&self, name: &'static str, from_key: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let word: Option<String> = self.get(name)?;
        word.map(|word| from_key(&word).ok_or(StoreError::Corrupt(name))).transpose()
    }

    /// A number that is not negative and not large.
    pub(super) fn number<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T> {
        T::try_from(self.get::<i64>(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    /// Such a number, or none.
    pub(super) fn maybe_number<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>> {
        let number: Option<i64> = self.get(name)?;
        number.map(|number| T::try_from(number).map_err(|_| StoreError::Corrupt(name))).transpose()
    }

    /// An id, a hash or a key.
    pub(super) fn bytes<const N: usize>(&self, name: &'static str) -> Result<[u8; N]> {
        self.get::<Vec<u8>>(name)?.try_into().map_err(|_| StoreError::Corrupt(name))
    }

    /// One of these, or none.
    pub(super) fn maybe_bytes<const N: usize>(&self, name: &'static str) -> Result<Option<[u8; N]>> {
        let bytes: Option<Vec<u8>> = self.get(name)?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| StoreError::Corrupt(name))).transpose()
    }

    /// An instant.
    pub(super) fn instant(&self, name: &'static str) -> Result<Timestamp> {
        Timestamp::from_millisecond(self.get(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    /// An instant, or none.
    pub(super) fn maybe_instant(&self, name: &'static str) -> Result<Option<Timestamp>> {
        let instant: Option<i64> = self.get(name)?;
        instant.map(|ms| Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt(name))).transpose()
    }

    /// A date, or none.
    pub(super) fn maybe_date(&self, name: &'static str) -> Result<Option<Date>> {
        self.maybe_word(name, |date| date.parse().ok())
    }

    /// A ticket's number.
    pub(super) fn ticket(&self, name: &'static str) -> Result<TicketNumber> {
        TicketNumber::from_stored(self.number(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    /// A severity.
    pub(super) fn severity(&self, name: &'static str) -> Result<Severity> {
        Severity::try_from(self.number::<u8>(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    /// What was written as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T> {
        serde_json::from_str(&self.get::<String>(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    /// A column by itself; for those that hold plain text and numbers.
    pub(super) fn plain<T: Column>(&self, name: &'static str) -> Result<T> {
        Ok(self.get(name)?)
    }
}

/// What is kept as JSON. The desk's own types always can be.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt("value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_their_time_and_are_version_7() {
        let now = Timestamp::from_millisecond(0x0123_4567_89ab).unwrap();
        let id = new_id(now);
        assert_eq!(id[..6], [0x01, 0x23, 0x45, 0x67, 0x89, 0xab]);
        assert_eq!((id[6] >> 4, id[8] >> 6), (7, 2));
        assert_ne!(id, new_id(now));
    }
}
