//! What a ticket is found by, and how it is found.
//!
//! Text and query are folded by [`beistand_protocol::desk::fold`]; a term is found inside words, too. The index says
//! which tickets may hold a term; whether one does is asked of the folded text itself, and of that column alone which
//! the asker may know: what is internal is never looked at for a customer.

use super::Result;
use super::db::{Dialect, Tx, Value, args};
use beistand_protocol::desk::fold::{fold, number_digits, terms};
use beistand_protocol::desk::form::{Details, Phone, Request};

/// Collects what something is found by.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Adds a text. A number that people write with spaces and strokes is added without them, too.
    pub(super) fn line(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.0.push_str(text);
        self.0.push('\n');
        if let Some(digits) = number_digits(text).filter(|digits| digits != text) {
            self.0.push_str(&digits);
            self.0.push('\n');
        }
    }

    fn phone(&mut self, phone: &Phone) {
        self.line(&phone.written);
        self.line(phone.e164.as_deref().unwrap_or_default());
    }

    pub(super) fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// What a form is found by.
pub(super) fn text_of(request: &Request) -> Text {
    let mut text = Text::default();
    text.line(request.reference.as_deref().unwrap_or_default());
    text.line(&request.contact.company);
    text.line(&request.contact.person);
    text.line(request.contact.email.as_str());
    text.phone(&request.contact.phone);
    match &request.details {
        Details::Incident { description } => text.line(description),
        Details::Warranty { device_name, serial_number, order_reference, description } => {
            text.line(device_name);
            text.line(serial_number.as_deref().unwrap_or_default());
            text.line(order_reference.as_deref().unwrap_or_default());
            text.line(description);
        }
        Details::NewEmployee { name, extension, company_mobile, mailbox, position, remarks, .. } => {
            text.line(&format!("{} {}", name.first, name.last));
            text.line(position);
            text.line(mailbox.as_ref().map(|mailbox| mailbox.as_str()).unwrap_or_default());
            text.line(remarks.as_deref().unwrap_or_default());
            for phone in [extension, company_mobile].into_iter().flatten() {
                text.phone(phone);
            }
        }
        Details::CallBack { concern, wanted_time } => {
            text.line(concern);
            text.line(wanted_time.as_deref().unwrap_or_default());
        }
        Details::Other { concern } => text.line(concern),
    }
    text
}

/// Makes a new ticket findable.
pub(super) async fn add(tx: &mut Tx, ticket: i64, customer: i64, text: &Text) -> Result<()> {
    let sql = "INSERT INTO search_doc (ticket_id, customer_id, public, internal) VALUES (?, ?, ?, '')";
    tx.run(sql, args![ticket, customer, text.folded()]).await?;
    Ok(())
}

/// Who may find a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// The customer and every technician.
    Public,
    /// Every technician.
    Internal,
}

/// Makes a ticket findable by what was just written in it.
pub(super) async fn append(tx: &mut Tx, ticket: i64, audience: Audience, text: &str) -> Result<()> {
    let sql = match audience {
        Audience::Public => "UPDATE search_doc SET public = public || ? WHERE ticket_id = ?",
        Audience::Internal => "UPDATE search_doc SET internal = internal || ? WHERE ticket_id = ?",
    };
    tx.run(sql, args![format!("\n{}", fold(text)), ticket]).await?;
    Ok(())
}

/// What is searched for: every word, or instead the digits of what looks like a phone number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    words: Vec<String>,
    digits: Option<String>,
}

impl Query {
    /// The query that somebody typed; nothing if there is nothing to search for in it.
    pub(super) fn new(typed: &str) -> Option<Self> {
        let words = terms(typed);
        let digits = number_digits(typed).map(|digits| national(typed, &digits)).filter(|digits| digits.len() >= 4);
        (!words.is_empty()).then_some(Self { words, digits })
    }

    /// The condition that a text holds what is searched for. `columns` are those that the asker may know.
    pub(super) fn condition(&self, dialect: Dialect, columns: &[&str], values: &mut Vec<Value>) -> String {
        let mut holds = |term: &String| {
            let either: Vec<String> = columns.iter().map(|column| dialect.contains(column)).collect();
            values.extend(columns.iter().map(|_| Value::from(dialect.literal(term))));
            format!("({})", either.join(" OR "))
        };
        let words: Vec<String> = self.words.iter().map(&mut holds).collect();
        let digits = self.digits.iter().map(&mut holds);
        let ways: Vec<String> = std::iter::once(format!("({})", words.join(" AND "))).chain(digits).collect();
        format!("({})", ways.join(" OR "))
    }

    /// The question to SQLite's index; nothing if the index does not help, because a way has no three characters.
    pub(super) fn index_question(&self) -> Option<String> {
        let words = phrases(self.words.iter())?;
        let Some(digits) = &self.digits else { return Some(words) };
        Some(format!("({words}) OR ({})", phrases(std::iter::once(digits))?))
    }
}

/// A number as it stands in both `0221 12345` and `+49 221 12345`.
fn national(typed: &str, digits: &str) -> String {
    let trimmed = digits.trim_start_matches('0');
    let abroad = typed.trim_start().starts_with('+') || digits.starts_with("00");
    let national = if abroad { trimmed.strip_prefix("49").unwrap_or(trimmed) } else { trimmed };
    national.trim_start_matches('0').to_owned()
}

/// Each term of three or more characters as a phrase: no text is syntax. The index does not know shorter ones.
fn phrases<'a>(terms: impl Iterator<Item = &'a String>) -> Option<String> {
    let long = terms.filter(|term| term.chars().count() >= 3 && !term.contains('\0'));
    let phrases: Vec<String> = long.map(|term| format!("\"{}\"", term.replace('"', "\"\""))).collect();
    (!phrases.is_empty()).then(|| phrases.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_syntax() {
        let question = |typed: &str| Query::new(typed).and_then(|query| query.index_question());
        assert_eq!(question("c++ x"), Some(r#""c++""#.into()));
        assert_eq!(question("foo\"bar"), Some(r#""foo" AND "bar""#.into()));
        assert_eq!(question("abcd"), Some(r#""abcd""#.into()));
        assert_eq!((question("ab"), question("  "), question("")), (None, None, None));
    }

    #[test]
    fn a_phone_number_is_found_however_it_is_written() {
        for typed in ["0221/123-45", "+49 221 12345", "0049 (221) 12345", "+49 (0)221 12345"] {
            assert_eq!(Query::new(typed).unwrap().digits.as_deref(), Some("22112345"), "{typed}");
        }
        assert_eq!(Query::new("SN-4711").unwrap().digits, None);
    }

    #[test]
    fn every_term_must_be_there_in_what_the_asker_may_know() {
        let mut values = Vec::new();
        let sql = Query::new("a b").unwrap().condition(Dialect::Sqlite, &["d.public", "d.internal"], &mut values);
        assert_eq!(
            sql,
            "(((instr(d.public, ?) > 0 OR instr(d.internal, ?) > 0) AND (instr(d.public, ?) > 0 OR instr(d.internal, ?) > 0)))"
        );
        assert_eq!(values.len(), 4);
    }
}
