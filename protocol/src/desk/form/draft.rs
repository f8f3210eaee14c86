//! A form as it is typed: texts only, so that it can be saved at any moment.

use super::{Field, RequestType, rule};
use crate::desk::ids::AttachmentId;
use crate::desk::ticket::Language;
use serde::{Deserialize, Serialize};

/// What a customer has typed so far, field by field as typed. An empty text is a field that is not filled in.
///
/// Choices are the words of [`RequestType`], [`super::Salutation`], [`crate::desk::ticket::Priority`] and
/// [`crate::desk::ticket::PreferredContact`] as they are in JSON. Sent as it is; the server validates it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Draft {
    /// The language in which the customer reads and is written to.
    pub language: Language,
    /// See [`Field::Company`].
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub company: String,
    /// See [`Field::ContactPerson`].
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub contact_person: String,
    /// See [`Field::Email`].
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
    /// See [`Field::Phone`].
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub phone: String,
    /// `phone` or `email`; empty means the usual of the type: a call for a call-back, e-mail otherwise.
    #[cfg_attr(feature = "openapi", schema(max_length = 16))]
    pub preferred_contact: String,
    /// `incident`, `warranty`, `newEmployee`, `callBack` or `other`.
    #[cfg_attr(feature = "openapi", schema(max_length = 16))]
    pub request_type: String,
    /// See [`Field::Reference`].
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub reference: String,
    /// Incident and warranty: see [`Field::Description`].
    #[cfg_attr(feature = "openapi", schema(max_length = 8000))]
    pub description: String,
    /// Call-back and other: see [`Field::Concern`].
    #[cfg_attr(feature = "openapi", schema(max_length = 8000))]
    pub concern: String,
    /// All but new employee: `low`, `normal` or `high`; empty means `low`.
    #[cfg_attr(feature = "openapi", schema(max_length = 16))]
    pub priority: String,
    /// Warranty: see [`Field::DeviceName`].
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub device_name: String,
    /// Warranty: see [`Field::SerialNumber`].
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub serial_number: String,
    /// Warranty: see [`Field::OrderReference`].
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub order_reference: String,
    /// Call-back: see [`Field::WantedTime`].
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub wanted_time: String,
    /// New employee: `ms`, `mr` or `none`.
    #[cfg_attr(feature = "openapi", schema(max_length = 16))]
    pub salutation: String,
    /// New employee: see [`Field::FirstName`].
    #[cfg_attr(feature = "openapi", schema(max_length = 80))]
    pub first_name: String,
    /// New employee: see [`Field::LastName`].
    #[cfg_attr(feature = "openapi", schema(max_length = 80))]
    pub last_name: String,
    /// New employee: see [`Field::Extension`].
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub extension: String,
    /// New employee: see [`Field::CompanyMobile`].
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub company_mobile: String,
    /// New employee: see [`Field::WantedEmail`]. Empty means that no mailbox is made.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub wanted_email: String,
    /// New employee: see [`Field::Position`].
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub position: String,
    /// New employee: the day as `2027-03-31` or `31.3.2027`.
    #[cfg_attr(feature = "openapi", schema(max_length = 10))]
    pub start_date: String,
    /// New employee: see [`Field::Remarks`].
    #[cfg_attr(feature = "openapi", schema(max_length = 8000))]
    pub remarks: String,
    /// All but new employee: files that were uploaded before, at most five.
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub attachments: Vec<AttachmentId>,
}

/// Every field that is a text.
pub(super) const TEXTS: [Field; 23] = [
    Field::Company,
    Field::ContactPerson,
    Field::Email,
    Field::Phone,
    Field::PreferredContact,
    Field::RequestType,
    Field::Reference,
    Field::Description,
    Field::Concern,
    Field::Priority,
    Field::DeviceName,
    Field::SerialNumber,
    Field::OrderReference,
    Field::WantedTime,
    Field::Salutation,
    Field::FirstName,
    Field::LastName,
    Field::Extension,
    Field::CompanyMobile,
    Field::WantedEmail,
    Field::Position,
    Field::StartDate,
    Field::Remarks,
];

impl Draft {
    /// The chosen form, once it is chosen.
    pub fn chosen_type(&self) -> Option<RequestType> {
        RequestType::from_key(self.request_type.trim())
    }

    /// What is typed in a field; `None` for [`Field::Attachments`], which are no text.
    pub fn text(&self, field: Field) -> Option<&str> {
        Some(match field {
            Field::Company => &self.company,
            Field::ContactPerson => &self.contact_person,
            Field::Email => &self.email,
            Field::Phone => &self.phone,
            Field::PreferredContact => &self.preferred_contact,
            Field::RequestType => &self.request_type,
            Field::Reference => &self.reference,
            Field::Description => &self.description,
            Field::Concern => &self.concern,
            Field::Priority => &self.priority,
            Field::DeviceName => &self.device_name,
            Field::SerialNumber => &self.serial_number,
            Field::OrderReference => &self.order_reference,
            Field::WantedTime => &self.wanted_time,
            Field::Salutation => &self.salutation,
            Field::FirstName => &self.first_name,
            Field::LastName => &self.last_name,
            Field::Extension => &self.extension,
            Field::CompanyMobile => &self.company_mobile,
            Field::WantedEmail => &self.wanted_email,
            Field::Position => &self.position,
            Field::StartDate => &self.start_date,
            Field::Remarks => &self.remarks,
            Field::Attachments => return None,
        })
    }

    /// The place of a field's text; `None` for [`Field::Attachments`].
    pub fn text_mut(&mut self, field: Field) -> Option<&mut String> {
        Some(match field {
            Field::Company => &mut self.company,
            Field::ContactPerson => &mut self.contact_person,
            Field::Email => &mut self.email,
            Field::Phone => &mut self.phone,
            Field::PreferredContact => &mut self.preferred_contact,
            Field::RequestType => &mut self.request_type,
            Field::Reference => &mut self.reference,
            Field::Description => &mut self.description,
            Field::Concern => &mut self.concern,
            Field::Priority => &mut self.priority,
            Field::DeviceName => &mut self.device_name,
            Field::SerialNumber => &mut self.serial_number,
            Field::OrderReference => &mut self.order_reference,
            Field::WantedTime => &mut self.wanted_time,
            Field::Salutation => &mut self.salutation,
            Field::FirstName => &mut self.first_name,
            Field::LastName => &mut self.last_name,
            Field::Extension => &mut self.extension,
            Field::CompanyMobile => &mut self.company_mobile,
            Field::WantedEmail => &mut self.wanted_email,
            Field::Position => &mut self.position,
            Field::StartDate => &mut self.start_date,
            Field::Remarks => &mut self.remarks,
            Field::Attachments => return None,
        })
    }

    /// The draft as it is sent: without what was typed for another type than the one chosen in the end.
    #[must_use]
    pub fn only_asked(&self) -> Self {
        let chosen = self.chosen_type();
        let mut sent = self.clone();
        for field in TEXTS {
            if rule(chosen, field).is_none()
                && let Some(text) = sent.text_mut(field)
            {
                text.clear();
            }
        }
        if rule(chosen, Field::Attachments).is_none() {
            sent.attachments.clear();
        }
        sent
    }
}
