//! What a technician's app keeps on the disk until it is in its ticket, or is one: what is half written, and records of
//! sessions.
//!
//! Each belongs to one account: whoever signs in next on this computer sees and sends nothing of it.

use crate::view::CaseText;
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::form::Draft;
use beistand_protocol::desk::ids::{ContactId, TicketSessionId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::rendezvous::Domain;
use serde::{Deserialize, Serialize};

/// Whose it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) domain: Domain,
    pub(crate) login: String,
}

/// Something for a ticket.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Work {
    pub(crate) of: Account,
    pub(crate) number: TicketNumber,
    pub(crate) piece: Piece,
}

/// A ticket for somebody on the phone, as far as it is typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call {
    pub(crate) of: Account,
    pub(crate) customer: CustomerNumber,
    pub(crate) name: String,
    pub(crate) contact: Option<ContactId>,
    pub(crate) draft: Draft,
    /// The session about which it is.
    pub(crate) session: Option<SessionReport>,
}

/// What it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Piece {
    /// Something that is being written.
    Text { what: CaseText, text: String },
    /// How a session was, as far as it is known: a draft while it runs, so that a crash leaves a record as well.
    Session { session: TicketSessionId, report: SessionReport },
}
