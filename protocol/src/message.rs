//! What the two ends say to each other inside the inner channel: one enum per direction.
//!
//! Every message has one [`Priority`]; every message from the technician has one [`Requirement`], in
//! [`ToCustomer::requirement`], the one table that says what it needs.

use crate::close::CloseReason;
use crate::handshake::{Commitment, Confirmation, Identity, Nonce, Opening};
use crate::input::{Dropped, Input};
use crate::permission::{Epoch, Grants, Permission};
use crate::picture::{CursorPlace, CursorShape, Shown, Update};
use crate::rendezvous::deceives;
use crate::resume::{Proof, Proofs};
use crate::showing::{Showing, Wish};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The version of these messages.
pub const VERSION: u16 = 2;
/// The oldest version that this one still talks to.
pub const OLDEST_VERSION: u16 = 1;

/// In which order waiting messages leave; the first goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Stop, permissions, the handshake.
    Control,
    /// Mouse and keyboard.
    Input,
    /// The remote cursor.
    Cursor,
    /// Pictures.
    Picture,
}

impl Priority {
    /// Every priority, first the first.
    pub const ALL: [Self; 4] = [Self::Control, Self::Input, Self::Cursor, Self::Picture];
}

/// What a technician's message needs before it is acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// It belongs to the handshake and to nothing else.
    Handshake,
    /// It touches nothing of the customer's.
    Nothing,
    /// It needs this permission, on, under the epoch that it names.
    Live(Permission, Epoch),
    /// It needs this permission, on, under any epoch.
    On(Permission),
}

/// A message of one direction.
pub trait Message: Serialize + for<'de> Deserialize<'de> {
    /// In which order it leaves.
    fn priority(&self) -> Priority;
}

/// What the technician's end sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToCustomer {
    /// The first message: version, role and PAKE share.
    Opening(Opening),
    /// The proof of the session number.
    Confirmation(Confirmation),
    /// Who the technician is.
    Identity(Identity),
    /// Asks for a permission.
    Ask {
        /// For which.
        permission: Permission,
        /// Why, in the technician's words.
        reason: Reason,
    },
    /// Mouse or keyboard.
    Input {
        /// The epoch of the control that it was sent under.
        epoch: Epoch,
        /// Counts the inputs of this session.
        number: u32,
        /// What was done.
        input: Input,
    },
    /// A picture has been presented.
    Shown(Shown),
    /// The decoder lost its place.
    NeedWholeFrame,
    /// Asks for an [`ToTechnician::Pong`] with the same number.
    Ping(u32),
    /// Answers a [`ToTechnician::Ping`].
    Pong(u32),
    /// The technician ended.
    End,
    /// First on a new channel after the line broke: this is still the technician's end of this session.
    Resume(Proofs),
    /// The customer's proof is right: the session goes on.
    Resumed,
    /// Asks to be shown something else. Since version 2; sent only to an end that has said what it shows.
    AskToShow {
        /// What.
        wish: Wish,
        /// Why, in the technician's words.
        reason: Reason,
    },
}

impl ToCustomer {
    /// What this message needs. The one table; a new message does not compile without its row.
    pub const fn requirement(&self) -> Requirement {
        match self {
            Self::Opening(_) | Self::Confirmation(_) | Self::Identity(_) | Self::Resume(_) | Self::Resumed => {
                Requirement::Handshake
            }
            Self::Input { epoch, .. } => Requirement::Live(Permission::Control, *epoch),
            // Whoever is shown nothing asks for the permission, not for another screen.
            Self::Shown(_) | Self::NeedWholeFrame | Self::AskToShow { .. } => Requirement::On(Permission::SeeScreen),
            Self::Ask { .. } | Self::Ping(_) | Self::Pong(_) | Self::End => Requirement::Nothing,
        }
    }
}

impl Message for ToCustomer {
    fn priority(&self) -> Priority {
        match self {
            Self::Opening(_)
            | Self::Confirmation(_)
            | Self::Identity(_)
            | Self::Ask { .. }
            | Self::Ping(_)
            | Self::Pong(_)
            | Self::End
            | Self::Resume(_)
            | Self::Resumed
            | Self::AskToShow { .. } => Priority::Control,
            Self::Input { .. } => Priority::Input,
            Self::Shown(_) | Self::NeedWholeFrame => Priority::Picture,
        }
    }
}

/// How a technician's question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The customer said yes.
    Allowed,
    /// The customer said no.
    Refused,
    /// The customer gave no answer, which means no.
    TimedOut,
    /// Not put to the customer: another question stands, or this one stood less than a minute ago.
    TooSoon,
    /// Not put to the customer: the permission is off, or this version can't do it.
    NotOffered,
}

/// Why the session stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pause {
    /// The panel can't be seen.
    PanelHidden,
    /// The longest time for a session is over, and the customer is asked whether it goes on.
    AsksToGoOn,
}

/// What the customer's end sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToTechnician {
    /// The first message: version, role and PAKE share.
    Opening(Opening),
    /// The proof of the session number.
    Confirmation(Confirmation),
    /// The customer is bound to a nonce for the comparison digits.
    Commitment(Commitment),
    /// The nonce to the commitment: the digits can be compared.
    Reveal(Nonce),
    /// The session runs, and this is what is allowed; sent again with every change.
    Grants(Grants),
    /// The answer to a question.
    Answer {
        /// To which.
        permission: Permission,
        /// What it was.
        answer: Answer,
    },
    /// A change of the picture.
    Picture(Update),
    /// A new shape of the remote cursor.
    CursorShape(CursorShape),
    /// Where the remote cursor is.
    CursorPlace(CursorPlace),
    /// The session stands still, or goes on.
    Paused(Option<Pause>),
    /// An input was not carried out.
    Dropped {
        /// Its number.
        number: u32,
        /// Why.
        why: Dropped,
    },
    /// Asks for a [`ToCustomer::Pong`] with the same number.
    Ping(u32),
    /// Answers a [`ToCustomer::Ping`].
    Pong(u32),
    /// The customer's end closed the session.
    Ended(CloseReason),
    /// Over a new channel after the line broke: this is still the customer's end of this session.
    Resume(Proof),
    /// A chord was carried out.
    Carried {
        /// Its number.
        number: u32,
    },
    /// What is shown; sent again with every change. Since version 2.
    Showing(Showing),
    /// The answer to a [`ToCustomer::AskToShow`]. Since version 2.
    ShowAnswered(Answer),
}

impl ToTechnician {
    /// The message for an end that speaks only `version`: itself, what it was called then, or nothing.
    pub fn for_version(self, version: u16) -> Option<Self> {
        if version >= 2 {
            return Some(self);
        }
        if matches!(self, Self::Showing(_) | Self::ShowAnswered(_)) {
            return None;
        }
        if let Self::Dropped { number, why: Dropped::OtherWindow } = self {
            return Some(Self::Dropped { number, why: Dropped::Paused });
        }
        Some(self)
    }
}

impl Message for ToTechnician {
    fn priority(&self) -> Priority {
        match self {
            Self::Opening(_)
            | Self::Confirmation(_)
            | Self::Commitment(_)
            | Self::Reveal(_)
            | Self::Grants(_)
            | Self::Answer { .. }
            | Self::Paused(_)
            | Self::Ping(_)
            | Self::Pong(_)
            | Self::Ended(_)
            | Self::Resume(_)
            | Self::Showing(_)
            | Self::ShowAnswered(_) => Priority::Control,
            Self::Dropped { .. } | Self::Carried { .. } => Priority::Input,
            Self::CursorShape(_) | Self::CursorPlace(_) => Priority::Cursor,
            Self::Picture(_) => Priority::Picture,
        }
    }
}

/// Why a text can't be a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason has 1 to {max} characters and no control characters", max = Reason::MAX_CHARS)]
pub struct ReasonError;

/// A technician's reason for a question: plain text, shown as it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

impl Reason {
    /// How long a reason may be.
    pub const MAX_CHARS: usize = 200;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = ReasonError;
    fn try_from(text: String) -> Result<Self, ReasonError> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= Self::MAX_CHARS;
        if fits && !text.chars().any(deceives) { Ok(Self(text.to_owned())) } else { Err(ReasonError) }
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reason({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_plain_text() {
        let reason = |text: &str| Reason::try_from(text.to_owned());
        assert_eq!(reason("  Ich stelle den Drucker ein. ").unwrap().as_str(), "Ich stelle den Drucker ein.");
        for wrong in ["", "   ", "a\nb", "abc\u{202e}cba", &"x".repeat(201)] {
            assert_eq!(reason(wrong), Err(ReasonError));
        }
        assert!(!format!("{:?}", reason("Passwort ist 123").unwrap()).contains("123"));
    }

    #[test]
    fn a_hostile_reason_does_not_decode() {
        let hostile = postcard::to_stdvec(&"x".repeat(300)).unwrap();
        assert!(postcard::from_bytes::<Reason>(&hostile).is_err());
    }
}
