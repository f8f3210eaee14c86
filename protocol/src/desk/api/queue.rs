//! The technicians' queue: `GET technician/queue`, [`QueueQuery`] → [`QueuePage`].

use super::words::SearchText;
use crate::desk::code::{CustomerNumber, IntakeReceipt};
use crate::desk::form::RequestType;
use crate::desk::ids::{TaskId, TechnicianId};
use crate::desk::number::TicketNumber;
use crate::desk::ticket::{Severity, State};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Which tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum QueueView {
    /// All that somebody has to do something about.
    #[default]
    Open,
    /// Those of them that are mine.
    Mine,
    /// Those of them that are nobody's.
    Unassigned,
    /// Those that wait for a customer, a vendor or a day.
    Waiting,
    /// Those that are resolved and not yet closed.
    Resolved,
    /// All there are.
    All,
}

/// The query of `GET technician/queue`.
///
/// In the order in which they are to be worked on: customers with maintenance first, then by severity, then the
/// oldest. [`QueueView::All`] and every search begin with what changed last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct QueueQuery {
    /// Which.
    pub view: QueueView,
    /// Words, a number, a phone number, a serial number, a customer or a reference; searches notes, too.
    #[cfg_attr(feature = "openapi", param(value_type = Option<SearchText>))]
    pub q: Option<SearchText>,
    /// Only this type.
    pub request_type: Option<RequestType>,
    /// Only this severity.
    #[cfg_attr(feature = "openapi", param(value_type = Option<Severity>))]
    pub severity: Option<Severity>,
    /// Only this customer.
    #[cfg_attr(feature = "openapi", param(value_type = Option<CustomerNumber>))]
    pub customer: Option<CustomerNumber>,
    /// Only those of this technician.
    #[cfg_attr(feature = "openapi", param(value_type = Option<TechnicianId>))]
    pub owner: Option<TechnicianId>,
    /// Only those in which something came that I have not read.
    pub unread: bool,
    /// Where the page before ended; from [`QueuePage::next`].
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub cursor: Option<String>,
    /// How many, at most 100.
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<u16>,
}

/// A page of the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueuePage {
    /// The tickets.
    pub tickets: Vec<QueueItem>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// How many each view has, without the other filters.
    pub counts: QueueCounts,
}

/// How many tickets each view has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueueCounts {
    /// [`QueueView::Open`].
    pub open: u32,
    /// [`QueueView::Mine`].
    pub mine: u32,
    /// [`QueueView::Unassigned`].
    pub unassigned: u32,
    /// [`QueueView::Waiting`].
    pub waiting: u32,
    /// [`QueueView::Resolved`].
    pub resolved: u32,
    /// What the desk asks somebody to do.
    pub tasks: u32,
}

/// A ticket in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueueItem {
    /// Its number.
    pub number: TicketNumber,
    /// Its title.
    pub title: String,
    /// Its type.
    pub request_type: RequestType,
    /// Where it stands.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// Whether its customer has maintenance.
    pub maintenance: bool,
    /// Its customer's number.
    pub customer_number: CustomerNumber,
    /// Its customer's name.
    pub customer_name: String,
    /// Who is to be asked about it.
    pub contact: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// Whether it is mine.
    pub mine: bool,
    /// Whether something came that I have not read.
    pub unread: bool,
    /// The day by which it is due, or for which it is scheduled.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub due_on: Option<Date>,
    /// When it was filed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub filed_at: Timestamp,
    /// When something last happened.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub changed_at: Timestamp,
}

/// What the desk asks somebody to do: `GET technician/tasks`; done by `POST technician/tasks/{id}/done`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Which.
    pub id: TaskId,
    /// What.
    pub kind: TaskKind,
    /// About which ticket; `None` for what belongs to none, such as a form that is held.
    pub ticket: Option<TicketNumber>,
    /// About which form with a PIN.
    pub receipt: Option<IntakeReceipt>,
    /// Whose; empty if nobody knows any more.
    pub customer_name: String,
    /// Whom to call; empty if nobody is on file.
    pub contact: String,
    /// Where; empty if that is not on file.
    pub phone: String,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum TaskKind {
    /// A mail could not be delivered: the customer is to be called.
    MailFailed,
    /// A confirmation has not gone out for 45 minutes: the customer is to be called.
    ConfirmationLate,
    /// A call-back was asked for.
    CallBack,
    /// A form with the right PIN is held: the customer is to be called, and then it is released or discarded. It is done
    /// by that alone.
    HeldForm,
}

/// All tasks that are not done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tasks {
    /// The oldest first.
    pub tasks: Vec<Task>,
}
