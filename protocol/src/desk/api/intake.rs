//! Filing with customer number and PIN. Its answer tells nothing but that the form arrived. What became of it, and what
//! becomes of one that is held, is for technicians.

use super::file::FileInfo;
use super::people::{ContactListed, CustomerListed};
use super::words::ReasonText;
use crate::desk::code::{CustomerNumber, IntakeReceipt, Pin};
use crate::desk::form::{Draft, Request};
use crate::desk::number::TicketNumber;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `POST` [`super::INTAKE_PATH`]: a form with customer number and PIN. Answered with [`IntakeAnswer`].
///
/// A form with mistakes is answered with [`super::problem::ProblemCode::InvalidForm`], whoever the customer is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PinSubmission {
    /// The customer's number with the support company.
    pub customer_number: CustomerNumber,
    /// The PIN that the support company issued.
    pub pin: Pin,
    /// The form.
    pub draft: Draft,
}

/// "Your form arrived": the same for a right and a wrong PIN, a known and an unknown customer.
///
/// The ticket's number comes by mail to the contacts on file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IntakeAnswer {
    /// To be read out on the phone if no mail comes.
    pub receipt: IntakeReceipt,
    /// Within how many minutes the mail comes, if number and PIN belonged together.
    pub mail_within_minutes: u16,
}

/// What became of a form that came with customer number and PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum IntakeOutcome {
    /// It is being worked on.
    Pending,
    /// A ticket was made.
    Created {
        /// Its number.
        ticket: TicketNumber,
    },
    /// Number and PIN did not belong together.
    WrongPair,
    /// They did, after too many failures: the contacts on file were asked to confirm. It is kept until a technician
    /// releases or discards it.
    Held {
        /// What a technician decides on.
        held: Box<HeldIntake>,
    },
    /// It was held, and nobody at the customer's confirmed it.
    Discarded,
    /// There were too many attempts.
    Throttled,
}

/// A form that is held until somebody at the customer's has confirmed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldIntake {
    /// Whose number and PIN it came with.
    pub customer: Option<CustomerListed>,
    /// Who is on file there and can be called back.
    pub contacts: Vec<ContactListed>,
    /// What it would become; `None` if it can't be read any more, because the server's secret was changed.
    pub form: Option<HeldForm>,
}

/// What a held form would become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldForm {
    /// The ticket's title.
    pub title: String,
    /// The form as it was filled in.
    pub request: Request,
    /// The files that came with it.
    pub files: Vec<FileInfo>,
}

/// What a technician decided on a held form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IntakeDecision {
    /// Who.
    pub by: String,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Who confirmed it, or why it was discarded.
    pub text: String,
}

/// `GET` `/api/v1/technician/intake/{receipt}`: for the customer on the phone whose mail did not come. Its version is in
/// the header `ETag`, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IntakeLookup {
    /// The number that was read out.
    pub receipt: IntakeReceipt,
    /// When the form came.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// For `If-Match`.
    pub version: u32,
    /// What became of it.
    pub outcome: IntakeOutcome,
    /// What a technician decided, if it was held.
    pub decision: Option<IntakeDecision>,
}

/// `POST` `…/intake/{receipt}/release`: somebody on file has confirmed a held form, and it becomes a ticket. Answered
/// with the [`IntakeLookup`] as it is then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntakeRelease {
    /// Who, and how they were reached.
    pub confirmed_by: ReasonText,
}

/// `POST` `…/intake/{receipt}/discard`: a held form was none of the customer's. Answered as [`IntakeRelease`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntakeDiscard {
    /// Who said so, and how they were reached.
    pub reason: ReasonText,
}
