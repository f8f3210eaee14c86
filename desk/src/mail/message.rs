//! A letter as a mail: headers, text and HTML.
//!
//! The Message-ID is made of the ticket and the letter's key, so that a mail that goes out twice (after a crash
//! between the server's "accepted" and our note of it) is the same mail to whoever receives it. All mails on a ticket
//! name one root, by which programs keep them together even where a provider gives mails other ids.

use super::letter::Letter;
use super::notice::Notice;
use beistand_protocol::desk::text::line;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use std::time::SystemTime;

/// From whom letters are.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The company's name.
    pub company: String,
    /// The address that letters are from.
    pub address: Address,
    /// The host name in Message-IDs: stable, and the desk's own.
    pub domain: String,
}

/// Why no mail could be made.
#[derive(Debug, thiserror::Error)]
pub enum NoMail {
    /// The contact's address is none that mail servers take.
    #[error("the address on file is none that mail servers take")]
    Address,
    /// A part of it could not be written.
    #[error(transparent)]
    Form(#[from] lettre::error::Error),
}

/// A mail, ready to be handed over.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: Address,
    /// Its id, without the angle brackets.
    pub id: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Sender {
    /// Makes the mail of a letter, dated `now`.
    ///
    /// # Errors
    /// When the contact's address can't be written to.
    pub fn mail(&self, letter: &Letter, now: SystemTime) -> Result<Mail, NoMail> {
        let to = address(letter.to.as_str()).ok_or(NoMail::Address)?;
        let written = letter.write(&self.company);
        let id = self.id(letter, &letter.key);
        let answered = match letter.notice {
            Notice::Confirmation { .. } => "auto-replied",
            Notice::Answer { .. }
            | Notice::FilesRefused { .. }
            | Notice::Status { .. }
            | Notice::FollowUp { .. }
            | Notice::Held { .. }
            | Notice::FailedPins { .. } => "auto-generated",
        };
        let mut mail = Message::builder()
            .from(Mailbox::new(name(&self.company), self.address.clone()))
            .to(Mailbox::new(name(&letter.name), to.clone()))
            .subject(written.subject)
            .date(now)
            .message_id(Some(format!("<{id}>")))
            .raw_header(header("Auto-Submitted", answered))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        if let Some(number) = letter.ticket {
            let root = format!("<{}>", self.id(letter, "root"));
            let previous = letter.previous.as_ref().map(|key| format!("<{}>", self.id(letter, key)));
            mail = mail
                .in_reply_to(previous.clone().unwrap_or_else(|| root.clone()))
                .references(previous.map_or_else(|| root.clone(), |previous| format!("{root} {previous}")))
                .raw_header(header("X-Beistand-Ticket", &number.to_string()));
        }
        let message = mail.multipart(MultiPart::alternative_plain_html(written.text, written.html))?;
        Ok(Mail { to, id, bytes: message.formatted() })
    }

    /// Makes a mail by which an admin sees whether mail arrives at all.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn test_mail(&self, to: Address, now: SystemTime) -> Result<Mail, NoMail> {
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let id = format!("test.{seconds}@{}", self.domain);
        let message = Message::builder()
            .from(Mailbox::new(name(&self.company), self.address.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(format!("Beistand: Testmail, test mail ({})", self.domain))
            .date(now)
            .message_id(Some(format!("<{id}>")))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .singlepart(SinglePart::plain(
                "Diese E-Mail kommt an: Das Ticketsystem kann Ihren Kunden schreiben.\n\n\
                 This mail arrives: the desk can write to your customers.\n"
                    .to_owned(),
            ))?;
        Ok(Mail { to, id, bytes: message.formatted() })
    }

    fn id(&self, letter: &Letter, key: &str) -> String {
        let key: String = key.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '-').collect();
        let ticket: String = letter
            .ticket
            .map(|number| number.to_string().chars().filter(char::is_ascii_digit).collect())
            .unwrap_or_default();
        format!("t{ticket}.{key}@{}", self.domain)
    }
}

/// An address as mail servers take it: its domain in ASCII.
#[must_use]
pub fn address(text: &str) -> Option<Address> {
    let (user, domain) = text.rsplit_once('@')?;
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let address = Address::new(user, domain).ok()?;
    AsRef::<str>::as_ref(&address).is_ascii().then_some(address)
}

fn name(text: &str) -> Option<String> {
    let name = line(text);
    (!name.is_empty()).then_some(name)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
