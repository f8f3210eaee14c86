//! What a linked app may see and do: `…/my/tickets` and below.
//!
//! | | |
//! |---|---|
//! | `GET my/tickets` | [`MyQuery`] → [`MyPage`] |
//! | `POST my/tickets` | [`Filing`] → [`Filed`] |
//! | `GET my/tickets/{number}` | [`MyTicket`] |
//! | `POST my/tickets/{number}/messages` | [`Message`] → [`Posted`] |
//! | `POST my/tickets/{number}/withdraw` | [`Withdrawal`] → [`MyTicket`] |
//! | `POST my/tickets/{number}/urgency` | [`UrgencyRaise`] → [`MyTicket`] |
//! | `POST my/tickets/{number}/confirm`, `…/reopen` | [`Confirmation`], [`Reopening`] → [`MyTicket`] |
//! | `POST my/tickets/{number}/read` | nothing → nothing: read up to now |
//! | `GET my/tickets/{number}/files/{id}` | the file |

use super::entry::PublicEntry;
use super::file::FileInfo;
use super::words::{MessageText, ReasonText, SearchText};
use crate::desk::form::{Draft, Request, RequestType, Warning};
use crate::desk::ids::AttachmentId;
use crate::desk::number::TicketNumber;
use crate::desk::ticket::{Severity, State, Visibility};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Which of my tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum MyFilter {
    /// All that I may see.
    #[default]
    All,
    /// Those that are not finished.
    Open,
    /// Those that wait for me.
    WaitingForMe,
    /// Those that are resolved or over.
    Done,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum MySort {
    /// What changed last comes first.
    #[default]
    Changed,
    /// What was filed last comes first.
    Filed,
    /// What was filed first comes first.
    Oldest,
    /// The most urgent first.
    Urgency,
}

/// The query of `GET my/tickets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct MyQuery {
    /// Words, a number, a phone number, a serial number or one's own reference.
    #[cfg_attr(feature = "openapi", param(value_type = Option<SearchText>))]
    pub q: Option<SearchText>,
    /// Which.
    pub filter: MyFilter,
    /// Only those that I filed myself.
    pub only_mine: bool,
    /// Only this type.
    pub request_type: Option<RequestType>,
    /// In which order.
    pub sort: MySort,
    /// Where the page before ended; from [`MyPage::next`].
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub cursor: Option<String>,
    /// How many, at most 100.
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<u16>,
}

/// A page of my tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MyPage {
    /// The tickets.
    pub tickets: Vec<MyListed>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

/// A ticket in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MyListed {
    /// Its number.
    pub number: TicketNumber,
    /// Its title.
    pub title: String,
    /// Its type.
    pub request_type: RequestType,
    /// Where it stands.
    pub state: State,
    /// How urgent it is.
    pub severity: Severity,
    /// The customer's own number or keyword.
    pub reference: Option<String>,
    /// Who filed it.
    pub requester: String,
    /// Whether I filed it myself.
    pub mine: bool,
    /// Whether something came that I have not read.
    pub unread: bool,
    /// When it was filed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub filed_at: Timestamp,
    /// When something last happened.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub changed_at: Timestamp,
}

/// What I may do with a ticket now. The server says so; the app only shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MyRights {
    /// Write in it. On a ticket that is over this makes a new one that follows it.
    pub write: bool,
    /// Whether writing makes a new ticket.
    pub writing_makes_new: bool,
    /// Take it back.
    pub withdraw: bool,
    /// Say that it is more urgent.
    pub raise: bool,
    /// When it can be said again, if it was said lately.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub raise_again_at: Option<Timestamp>,
    /// Say that it is solved.
    pub confirm: bool,
    /// Say that it is not.
    pub reopen: bool,
}

/// `GET my/tickets/{number}`: one of my tickets. Its version is in the header `ETag`, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MyTicket {
    /// As in the list.
    pub listed: MyListed,
    /// For `If-Match`.
    pub version: u32,
    /// The form as it was filed.
    pub request: Request,
    /// The files that came with it.
    pub files: Vec<FileInfo>,
    /// Who takes care of it.
    pub technician: Option<String>,
    /// Who else at the company may see it.
    pub visibility: Visibility,
    /// The day by which it is due, or for which it is scheduled.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub due_on: Option<Date>,
    /// Until when it can be reopened.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub reopen_until: Option<Timestamp>,
    /// What happened, the oldest first.
    pub timeline: Vec<PublicEntry>,
    /// What I may do.
    pub rights: MyRights,
}

/// `POST my/tickets`: a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Filing {
    /// The form.
    pub draft: Draft,
    /// The session about which it is, in words for the technician, when it was filed afterwards.
    pub about_session: Option<super::words::ShortText>,
}

/// The ticket is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Filed {
    /// Its number.
    pub number: TicketNumber,
    /// Its title.
    pub title: String,
    /// What the customer should know.
    pub warnings: Vec<Warning>,
}

/// `POST my/tickets/{number}/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// What is to be said.
    pub text: MessageText,
    /// Files that were uploaded before, at most five.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub attachments: Vec<AttachmentId>,
}

/// Where a message went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Posted {
    /// The ticket in which it stands now.
    pub number: TicketNumber,
    /// Whether that is a new one, because the other is over.
    pub new_ticket: bool,
}

/// `POST my/tickets/{number}/withdraw`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Withdrawal {
    /// Why, if the customer wants to say.
    #[serde(default)]
    pub reason: Option<ReasonText>,
}

/// `POST my/tickets/{number}/urgency`: once in four hours, unless a technician changed it since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UrgencyRaise {
    /// How urgent it is; more than now.
    pub severity: Severity,
    /// Why.
    pub reason: ReasonText,
}

/// `POST my/tickets/{number}/confirm`: it is solved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {}

/// `POST my/tickets/{number}/reopen`: it is not solved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reopening {
    /// What is still wrong.
    pub text: MessageText,
}
