//! Filing with customer number and PIN. Its answer tells nothing but that the form arrived.

use crate::desk::code::{CustomerNumber, IntakeReceipt, Pin};
use crate::desk::form::Draft;
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
    /// They did, after too many failures: the contacts on file were asked to confirm.
    Held,
    /// There were too many attempts.
    Throttled,
}

/// `GET` `/api/v1/technician/intake/{receipt}`: for the customer on the phone whose mail did not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IntakeLookup {
    /// The number that was read out.
    pub receipt: IntakeReceipt,
    /// When the form came.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// What became of it.
    pub outcome: IntakeOutcome,
}
