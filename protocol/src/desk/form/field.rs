//! The fields of the forms: which form asks for which, which must be filled in, and how long each may be.

use super::RequestType;
use serde::{Deserialize, Serialize};

/// A field of a form. Its name here is its name in [`super::Draft`], and the key of its label and hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// The company's name.
    Company,
    /// Who is to be asked about it.
    ContactPerson,
    /// Their e-mail address.
    Email,
    /// The number under which they can be reached.
    Phone,
    /// Whether they would rather be called or written to.
    PreferredContact,
    /// Which of the five forms.
    RequestType,
    /// The customer's own number or keyword.
    Reference,
    /// What is wrong, as exactly as possible.
    Description,
    /// What the customer wants, in a few words.
    Concern,
    /// How urgent the customer finds it.
    Priority,
    /// What the device is called.
    DeviceName,
    /// Its serial number.
    SerialNumber,
    /// The order with which it was bought.
    OrderReference,
    /// When a call suits.
    WantedTime,
    /// How the new employee is addressed.
    Salutation,
    /// The new employee's first name.
    FirstName,
    /// The new employee's last name.
    LastName,
    /// The new employee's extension.
    Extension,
    /// The new employee's company mobile number.
    CompanyMobile,
    /// The new employee's wanted e-mail address; empty means that there will be no mailbox.
    WantedEmail,
    /// What the new employee does.
    Position,
    /// The day on which they start.
    StartDate,
    /// What else matters.
    Remarks,
    /// The files that go with it.
    Attachments,
}

/// Whether a field must be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Duty {
    /// It must be.
    Mandatory,
    /// It may be.
    Optional,
}

/// What holds for a field on a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Which field.
    pub field: Field,
    /// Whether it must be filled in.
    pub duty: Duty,
    /// The fewest characters, when it is filled in.
    pub min_characters: u16,
    /// The most characters; for [`Field::Attachments`] the most files.
    pub max_characters: u16,
}

const fn must(field: Field, min_characters: u16, max_characters: u16) -> Rule {
    Rule { field, duty: Duty::Mandatory, min_characters, max_characters }
}

const fn may(field: Field, max_characters: u16) -> Rule {
    Rule { field, duty: Duty::Optional, min_characters: 0, max_characters }
}

const GENERAL: [Rule; 6] = [
    may(Field::Company, 120),
    must(Field::ContactPerson, 2, 120),
    must(Field::Email, 3, 254),
    must(Field::Phone, 5, 60),
    must(Field::PreferredContact, 1, 16),
    must(Field::RequestType, 1, 16),
];
const REFERENCE: Rule = may(Field::Reference, 64);
const DESCRIPTION: Rule = must(Field::Description, 10, 8000);
const CONCERN: Rule = must(Field::Concern, 3, 8000);
const PRIORITY: Rule = must(Field::Priority, 1, 16);
const ATTACHMENTS: Rule = may(Field::Attachments, 5);

const INCIDENT: [Rule; 4] = [REFERENCE, DESCRIPTION, PRIORITY, ATTACHMENTS];
const WARRANTY: [Rule; 7] = [
    REFERENCE,
    must(Field::DeviceName, 2, 120),
    may(Field::SerialNumber, 64),
    may(Field::OrderReference, 64),
    DESCRIPTION,
    PRIORITY,
    ATTACHMENTS,
];
/// Neither priority nor files: the start date drives it.
const NEW_EMPLOYEE: [Rule; 10] = [
    REFERENCE,
    must(Field::Salutation, 1, 16),
    must(Field::FirstName, 1, 80),
    must(Field::LastName, 1, 80),
    may(Field::Extension, 20),
    may(Field::CompanyMobile, 60),
    may(Field::WantedEmail, 254),
    must(Field::Position, 2, 120),
    must(Field::StartDate, 8, 10),
    may(Field::Remarks, 8000),
];
const CALL_BACK: [Rule; 5] = [REFERENCE, CONCERN, may(Field::WantedTime, 120), PRIORITY, ATTACHMENTS];
const OTHER: [Rule; 4] = [REFERENCE, CONCERN, PRIORITY, ATTACHMENTS];

/// The fields of the form for one type, in the order in which they are asked: the general ones first.
pub fn fields(request_type: Option<RequestType>) -> impl Iterator<Item = Rule> {
    let own: &[Rule] = match request_type {
        None => &[],
        Some(RequestType::Incident) => &INCIDENT,
        Some(RequestType::Warranty) => &WARRANTY,
        Some(RequestType::NewEmployee) => &NEW_EMPLOYEE,
        Some(RequestType::CallBack) => &CALL_BACK,
        Some(RequestType::Other) => &OTHER,
    };
    GENERAL.iter().chain(own).copied()
}

/// What holds for a field on the form for one type; `None` if that form does not ask for it.
pub fn rule(request_type: Option<RequestType>, field: Field) -> Option<Rule> {
    fields(request_type).find(|rule| rule.field == field)
}

/// What is wrong with a field. The text for people is the interface's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Mistake {
    /// It must be filled in.
    Missing,
    /// It has too few characters.
    TooShort {
        /// The fewest that it may have.
        min: u16,
    },
    /// It has too many characters.
    TooLong {
        /// The most that it may have.
        max: u16,
    },
    /// It is none of the values to choose from.
    NotAChoice,
    /// It is no e-mail address.
    NoEmail,
    /// It is no phone number.
    NoPhone,
    /// It is no date.
    NoDate,
    /// It is a date so far away that it must be mistyped.
    FarDate,
    /// This form does not ask for it.
    NotAsked,
    /// There are too many files.
    TooManyFiles {
        /// The most that there may be.
        max: u16,
    },
    /// A file that is not there, or no longer.
    UnknownFile,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// Where.
    pub field: Field,
    /// What.
    pub mistake: Mistake,
}
