//! A session that belongs to a ticket: started from it, reported to it afterwards.

use super::desk::TimeProposal;
use crate::desk::ids::TicketSessionId;
use crate::desk::ticket::SessionEnd;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest receipt that a ticket takes, as JSON text.
pub const MAX_RECEIPT_BYTES: usize = 64 * 1024;

/// `POST` `…/tickets/{number}/sessions`, empty body: a session is about to start from this ticket.
///
/// The id is random. Neither the session's number nor anything made from it ever comes to the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionStarted {
    /// Under which it is to be reported.
    pub session: TicketSessionId,
}

/// `PUT` `…/tickets/{number}/sessions/{session}`: how the session was. Answered with [`SessionReported`]; the same
/// report again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionReport {
    /// When the two ends were connected, by the technician's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: Timestamp,
    /// How long, in seconds.
    pub duration_seconds: u32,
    /// How it ended.
    pub ended_by: SessionEnd,
    /// What the customer allowed, by the words of the permissions.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub allowed: Vec<String>,
    /// What was used of it.
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub used: Vec<String>,
    /// The technician's record of the session as JSON text.
    #[cfg_attr(feature = "openapi", schema(max_length = 65536))]
    pub receipt: Option<String>,
}

/// The report is in the ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionReported {
    /// The time to log for it, to be confirmed or changed by the technician.
    pub proposal: TimeProposal,
}

/// A session as a customer may see it in their ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PublicSession {
    /// Which.
    pub id: TicketSessionId,
    /// Who helped.
    pub technician: String,
    /// When it began.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: Timestamp,
    /// How long it took; `None` while it is not reported.
    pub duration_seconds: Option<u32>,
    /// How it ended.
    pub ended_by: Option<SessionEnd>,
    /// What the customer allowed.
    pub allowed: Vec<String>,
    /// What was used of it.
    pub used: Vec<String>,
}
