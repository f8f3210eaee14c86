//! Customers, their contacts, and technicians: `technician/customers`, `…/customers/{number}`, `…/technicians`.

use super::queue::QueueItem;
use super::words::SearchText;
use crate::desk::code::CustomerNumber;
use crate::desk::ids::{ContactId, TechnicianId};
use crate::desk::ticket::{Language, Sees};
use crate::desk::workdays::Bundesland;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The query of `GET technician/customers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CustomerQuery {
    /// A number, a name, a contact or a phone number.
    #[cfg_attr(feature = "openapi", param(value_type = Option<SearchText>))]
    pub q: Option<SearchText>,
    /// Where the page before ended.
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub cursor: Option<String>,
    /// How many, at most 100.
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<u16>,
}

/// A page of customers, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CustomerPage {
    /// The customers.
    pub customers: Vec<CustomerListed>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

/// A customer in a list, and beside a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CustomerListed {
    /// Their number.
    pub number: CustomerNumber,
    /// Their name.
    pub name: String,
    /// Whether they have maintenance today.
    pub maintenance: bool,
    /// Until when.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub maintenance_until: Option<Date>,
    /// Whose holidays count.
    pub bundesland: Bundesland,
    /// How they name the accounts of new employees.
    pub naming_rule: Option<String>,
    /// Whether they are looked after completely.
    pub managed: bool,
    /// How many of their tickets are open.
    pub open_tickets: u32,
}

/// A person at a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContactListed {
    /// Which.
    pub id: ContactId,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// Where they are called.
    pub phone: Option<String>,
    /// What they do.
    pub position: Option<String>,
    /// In which language.
    pub language: Language,
    /// What they may see.
    pub sees: Sees,
    /// Whether they are the one who is written to about everything.
    pub main: bool,
    /// How many apps of theirs are linked.
    pub linked_apps: u32,
}

/// `GET technician/customers/{number}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CustomerPageOne {
    /// The customer.
    pub customer: CustomerListed,
    /// Their people.
    pub contacts: Vec<ContactListed>,
    /// Their latest tickets, at most 50.
    pub tickets: Vec<QueueItem>,
}

/// A technician in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TechnicianListed {
    /// Which.
    pub id: TechnicianId,
    /// Their name.
    pub name: String,
    /// Whether that is who asks.
    pub me: bool,
    /// How many open tickets are theirs.
    pub open_tickets: u32,
}

/// `GET technician/technicians`: who can take tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Technicians {
    /// By name.
    pub technicians: Vec<TechnicianListed>,
}
