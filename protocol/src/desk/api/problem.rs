//! Every refusal of the API: an RFC 9457 problem with a code that the app acts on.

use crate::desk::form::FieldError;
use crate::desk::ticket::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a request was refused. Stable: apps act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ProblemCode {
    /// Not a request that this API knows.
    Malformed,
    /// No credential, or none that is valid any more.
    Unauthenticated,
    /// Known, but not allowed to do this.
    Forbidden,
    /// It does not exist, or not for whoever asks: never said which.
    NotFound,
    /// The form has mistakes, listed in `errors`.
    InvalidForm,
    /// The ticket was changed since the sender saw it; `version` is what it is now.
    VersionConflict,
    /// A change needs the header `If-Match`.
    VersionRequired,
    /// The ticket does not allow it; `refusal` says why.
    Refused,
    /// The same idempotency key came with another request.
    KeyReused,
    /// A request with the same idempotency key is being worked on.
    InProgress,
    /// The body is too long.
    TooLarge,
    /// The file is not taken; `file` says why.
    FileRefused,
    /// The code does not fit, was used, or is too old: never said which.
    LinkRefused,
    /// Too many attempts; to be tried again after `retryAfterSeconds`.
    Throttled,
    /// The server could not do its part.
    Internal,
    /// The server is busy or about to stop; to be tried again.
    Unavailable,
}

impl ProblemCode {
    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::LinkRefused => 403,
            Self::NotFound => 404,
            Self::Refused | Self::InProgress => 409,
            Self::VersionConflict => 412,
            Self::TooLarge => 413,
            Self::InvalidForm | Self::KeyReused | Self::FileRefused => 422,
            Self::VersionRequired => 428,
            Self::Throttled => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// A short English sentence for developers; people get the app's own text for the code.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request could not be read",
            Self::Unauthenticated => "A valid credential is needed",
            Self::Forbidden => "This credential does not allow that",
            Self::NotFound => "There is nothing here for this credential",
            Self::InvalidForm => "The form has mistakes",
            Self::VersionConflict => "The ticket was changed in the meantime",
            Self::VersionRequired => "Say in If-Match which version you saw",
            Self::Refused => "The ticket does not allow that now",
            Self::KeyReused => "The idempotency key belongs to another request",
            Self::InProgress => "The same request is being worked on",
            Self::TooLarge => "The body is too long",
            Self::FileRefused => "The file was not taken",
            Self::LinkRefused => "The code can't be used",
            Self::Throttled => "Too many attempts",
            Self::Internal => "The server could not do its part",
            Self::Unavailable => "The server can't answer right now",
        }
    }

    /// Whether the same request may succeed later without being changed.
    pub const fn may_be_repeated(self) -> bool {
        match self {
            Self::InProgress | Self::Throttled | Self::Internal | Self::Unavailable => true,
            Self::Malformed
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::InvalidForm
            | Self::VersionConflict
            | Self::VersionRequired
            | Self::Refused
            | Self::KeyReused
            | Self::TooLarge
            | Self::FileRefused
            | Self::LinkRefused => false,
        }
    }
}

/// Why a ticket does not allow something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Refusal {
    /// Not in the state in which it is.
    WrongState {
        /// That state.
        state: State,
    },
    /// It was resolved too long ago to be reopened; a new ticket can follow it.
    GraceOver,
    /// Its urgency was raised less than four hours ago.
    RaisedLately {
        /// When it can be raised again.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        until: Timestamp,
    },
    /// A customer can only raise the urgency.
    NotHigher,
    /// It is so already.
    AlreadySo,
    /// A ticket can't be joined to itself.
    SameTicket,
    /// Tickets of two customers can't be joined.
    OtherCustomer,
    /// A merge can be undone for 24 hours.
    UndoTooLate,
    /// The day has gone by.
    DateInThePast,
    /// That technician can't take tickets.
    UnknownTechnician,
    /// The contact on file does not belong to the customer.
    UnknownContact,
    /// A session that was reported already.
    AlreadyReported,
    /// The form is not held, or not any more.
    NotHeld,
    /// The form is held: it is to be released or discarded first.
    StillHeld,
    /// The form can't be read any more.
    FormUnreadable,
}

/// Why a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum FileRefusal {
    /// It has no content.
    Empty,
    /// It has more bytes than are taken.
    TooLarge,
    /// Neither a picture nor a PDF nor plain text.
    NotAllowed,
    /// A photo as phones take them; to be converted to JPEG first.
    Heic,
    /// A drawing or page that can carry a program, such as SVG or HTML.
    ActiveContent,
    /// Its name says one thing and its content another.
    LiesAboutItsType,
    /// It can't be read as what it says it is.
    Broken,
    /// The picture has too many pixels.
    TooManyPixels,
    /// There are too many files already.
    TooMany,
}

/// A refusal: `application/problem+json` as in RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:beistand:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short English sentence for developers.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What apps act on.
    pub code: ProblemCode,
    /// More for developers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// With [`ProblemCode::InvalidForm`]: every mistake.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With [`ProblemCode::Refused`]: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// With [`ProblemCode::FileRefused`]: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRefusal>,
    /// With [`ProblemCode::VersionConflict`]: the version that the ticket has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// With [`ProblemCode::Throttled`] and [`ProblemCode::Unavailable`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
}

impl Problem {
    /// The problem with this code and nothing more to say.
    pub fn new(code: ProblemCode) -> Self {
        // A variant without fields is always a plain word.
        let word =
            serde_json::to_value(code).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
        Self {
            kind: format!("urn:beistand:problem:{word}"),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: None,
            errors: Vec::new(),
            refusal: None,
            file: None,
            version: None,
            retry_after_seconds: None,
        }
    }

    /// The form has these mistakes.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(ProblemCode::InvalidForm) }
    }

    /// The ticket does not allow it.
    pub fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::new(ProblemCode::Refused) }
    }

    /// The file was not taken.
    pub fn file(refusal: FileRefusal) -> Self {
        Self { file: Some(refusal), ..Self::new(ProblemCode::FileRefused) }
    }

    /// The ticket has this version by now.
    pub fn conflict(version: u32) -> Self {
        Self { version: Some(version), ..Self::new(ProblemCode::VersionConflict) }
    }

    /// Too many attempts.
    pub fn throttled(retry_after_seconds: u32) -> Self {
        Self { retry_after_seconds: Some(retry_after_seconds), ..Self::new(ProblemCode::Throttled) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_only_what_it_has_to() {
        let json = serde_json::to_value(Problem::refused(Refusal::GraceOver)).unwrap();
        let expected = serde_json::json!({
            "type": "urn:beistand:problem:refused", "title": "The ticket does not allow that now",
            "status": 409, "code": "refused", "refusal": {"kind": "graceOver"},
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), Problem::refused(Refusal::GraceOver));
    }
}
