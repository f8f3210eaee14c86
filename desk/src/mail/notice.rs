//! What happened that a contact is told of, as the outbox keeps it from the ticket's own transaction on.
//!
//! Whom it goes to is not in it: that is looked up when it is sent, so that nobody is written to who was removed
//! meanwhile. Stored as JSON: a field may be added with a default, none may change its meaning.

use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a contact is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Notice {
    /// The request has arrived; here is its number.
    Confirmation {
        /// Which form.
        request: RequestType,
        /// What the customer got when the form was sent, if it was sent with a PIN.
        #[serde(default)]
        receipt: Option<IntakeReceipt>,
        /// Whether a technician typed it on the phone.
        #[serde(default)]
        by_phone: bool,
        /// Whether a new employee was announced too late to promise the start date.
        #[serde(default)]
        late: bool,
        /// Files that were not taken.
        #[serde(default)]
        refused: Vec<Refused>,
    },
    /// A technician has answered. Made from public answers only.
    Answer {
        /// Who.
        author: String,
        /// What.
        text: String,
        /// Names of the files that belong to it; they are read in the app.
        #[serde(default)]
        files: Vec<String>,
    },
    /// A customer's own message has arrived, and some of its files were not taken.
    FilesRefused {
        /// Those.
        refused: Vec<Refused>,
    },
    /// The ticket stands elsewhere now.
    Status {
        /// Where.
        state: State,
        /// The words that go with it, such as how it was solved.
        #[serde(default)]
        text: String,
    },
    /// A message to a closed ticket became a ticket of its own.
    FollowUp {
        /// The closed one.
        closed: TicketNumber,
    },
    /// A request with the right PIN is held back because there were too many wrong ones before.
    Held {
        /// What the sender got.
        receipt: IntakeReceipt,
    },
    /// Somebody used the customer's number with wrong PINs. Told once for a whole day.
    FailedPins {
        /// The day, where the desk is.
        day: Date,
        /// How often.
        attempts: u32,
    },
}

/// A file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its name, as it was sent.
    pub name: String,
    /// Why: a code of [`crate::attachments::Refusal`].
    pub code: String,
}

impl Notice {
    /// Whether this was promised within the hour.
    #[must_use]
    pub const fn is_confirmation(&self) -> bool {
        match self {
            Self::Confirmation { .. } | Self::FollowUp { .. } | Self::Held { .. } => true,
            Self::Answer { .. } | Self::FilesRefused { .. } | Self::Status { .. } | Self::FailedPins { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_of_an_older_version_can_be_read() {
        let read = |json: &str| serde_json::from_str::<Notice>(json).unwrap();
        assert_eq!(
            read(r#"{"kind":"confirmation","request":"incident"}"#),
            Notice::Confirmation {
                request: RequestType::Incident,
                receipt: None,
                by_phone: false,
                late: false,
                refused: Vec::new()
            }
        );
        assert_eq!(
            read(r#"{"kind":"status","state":"resolved"}"#),
            Notice::Status { state: State::Resolved, text: String::new() }
        );
        let all = [
            Notice::Answer { author: "Tina".into(), text: "Gut.".into(), files: vec!["a.png".into()] },
            Notice::FilesRefused { refused: vec![Refused { name: "a.svg".into(), code: "svg_not_taken".into() }] },
            Notice::FollowUp { closed: TicketNumber::from_stored(1_234_567).unwrap() },
            Notice::Held { receipt: IntakeReceipt::from_stored(7).unwrap() },
            Notice::FailedPins { day: jiff::civil::date(2027, 3, 1), attempts: 3 },
        ];
        for one in all {
            assert_eq!(read(&serde_json::to_string(&one).unwrap()), one);
        }
    }
}
