//! A ticket's timeline as a customer may read it. What only technicians read is another type, in [`super::desk`].

use super::file::FileInfo;
use super::session::PublicSession;
use crate::desk::ids::EntryId;
use crate::desk::number::TicketNumber;
use crate::desk::ticket::{Channel, Severity, State};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Who did something, as a customer may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Author {
    /// Somebody at the customer's.
    Customer {
        /// Their name; as typed, when it came with customer number and PIN.
        name: String,
    },
    /// A technician.
    Technician {
        /// Their name.
        name: String,
    },
    /// The desk itself.
    System,
}

/// What happened, as a customer may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PublicHappening {
    /// The ticket was filed.
    Filed {
        /// How.
        channel: Channel,
    },
    /// Somebody wrote.
    Message {
        /// What.
        text: String,
        /// With these files.
        files: Vec<FileInfo>,
    },
    /// It stands elsewhere now.
    StateChanged {
        /// Before.
        from: State,
        /// Now.
        to: State,
        /// Why, or how it was solved.
        text: Option<String>,
        /// With [`State::Scheduled`]: the day.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
        on: Option<Date>,
    },
    /// It is more or less urgent now.
    SeverityChanged {
        /// Before.
        from: Severity,
        /// Now.
        to: Severity,
        /// Why.
        reason: String,
    },
    /// Another technician takes care of it, or nobody.
    Assigned {
        /// Their name.
        to: Option<String>,
    },
    /// It belongs to another ticket.
    Linked {
        /// How.
        link: crate::desk::ticket::LinkKind,
        /// Which; only if the reader may see that one, too.
        other: Option<TicketNumber>,
    },
    /// It belongs to another ticket no more.
    Unlinked {
        /// How it did.
        link: crate::desk::ticket::LinkKind,
        /// To which; only if the reader may see that one, too.
        other: Option<TicketNumber>,
    },
    /// A session was held.
    Session {
        /// Which.
        session: PublicSession,
    },
}

/// One line of the timeline, as a customer may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PublicEntry {
    /// Which.
    pub id: EntryId,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Who.
    pub author: Author,
    /// What.
    pub what: PublicHappening,
}
