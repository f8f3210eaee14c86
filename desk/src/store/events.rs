//! What happened to a ticket, in order and for ever: each event's hash covers the one before.

use super::db::{Tx, args};
use super::read::{new_id, to_json};
use super::{Result, Store, StoreError};
use beistand_protocol::desk::ids::{EntryId, TicketSessionId, TimeEntryId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Channel, LinkKind, Severity, State, Visibility};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What happened. Kept as JSON: a word that is here once stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Happening {
    Filed { channel: Channel },
    Message,
    StateChanged { from: State, to: State, text: Option<String>, on: Option<Date> },
    SeverityChanged { from: Severity, to: Severity, reason: String },
    Assigned { to: Option<String> },
    Linked { link: LinkKind, other: TicketNumber },
    Unlinked { link: LinkKind, other: TicketNumber },
    Session { session: TicketSessionId },
    Note,
    TimeLogged { time: TimeEntryId },
    VisibilityChanged { to: Visibility },
    MailFailed { why: String },
    Released { confirmed_by: String },
}

impl Happening {
    /// Whether the customer may know.
    pub(super) const fn is_public(&self) -> bool {
        match self {
            Self::Filed { .. }
            | Self::Message
            | Self::StateChanged { .. }
            | Self::SeverityChanged { .. }
            | Self::Assigned { .. }
            | Self::Linked { .. }
            | Self::Session { .. } => true,
            // A merge moves what the customer reads from ticket to ticket; that two are related, technicians sort out.
            Self::Unlinked { link, .. } => !matches!(link, LinkKind::Related),
            Self::Note
            | Self::TimeLogged { .. }
            | Self::VisibilityChanged { .. }
            | Self::MailFailed { .. }
            | Self::Released { .. } => false,
        }
    }
}

/// Who did something, as an event keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct By {
    /// `customer`, `technician` or `system`.
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) name: String,
}

/// Where the chain of one ticket ends.
pub(super) struct Place {
    pub(super) ticket: i64,
    pub(super) last_seq: i64,
}

/// Adds an event behind the last one. `body` is what it says in words, if those are kept elsewhere.
pub(super) async fn add(
    tx: &mut Tx,
    place: &Place,
    by: &By,
    what: &Happening,
    body: &str,
    now: Timestamp,
) -> Result<EntryId> {
    let sql = "SELECT hash FROM ticket_event WHERE ticket_id = ? AND seq = ?";
    let before = match tx.row(sql, args![place.ticket, place.last_seq]).await? {
        Some(row) => row.bytes::<32>("hash")?,
        None if place.last_seq == 0 => [0; 32],
        None => return Err(StoreError::Corrupt("chain of events")),
    };
    let (id, seq, at) = (new_id(now), place.last_seq + 1, now.as_millisecond());
    let (what_json, body_hash) = (to_json(what)?, <[u8; 32]>::from(Sha256::digest(body)));
    let link = Link { before, ticket: place.ticket, seq, id, at, by, what: &what_json, body_hash };
    let sql = "INSERT INTO ticket_event (ticket_id, seq, id, at, actor_kind, actor_id, actor_name, is_public, what,
               body_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let row = args![
        place.ticket,
        seq,
        id,
        at,
        by.kind,
        &by.id,
        &by.name,
        what.is_public(),
        &what_json,
        body_hash,
        link.hash()
    ];
    tx.run(sql, row).await?;
    Ok(EntryId::new(id))
}

/// One link of the chain.
struct Link<'a> {
    before: [u8; 32],
    ticket: i64,
    seq: i64,
    id: [u8; 16],
    at: i64,
    by: &'a By,
    what: &'a str,
    body_hash: [u8; 32],
}

impl Link<'_> {
    fn hash(&self) -> [u8; 32] {
        let numbers = [self.ticket.to_be_bytes(), self.seq.to_be_bytes(), self.at.to_be_bytes()];
        let mut hash = Sha256::new();
        hash.update(b"beistand desk event 1");
        hash.update(self.before);
        numbers.iter().for_each(|number| hash.update(number));
        hash.update(self.id);
        hash.update(self.body_hash);
        for text in [self.by.kind, &self.by.id, &self.by.name, self.what] {
            // With its length, so that nothing can move from one text to the next.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }
}

impl Store {
    /// Reads a ticket's whole chain and says where it is broken: the first event that is not what was written.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without that ticket.
    pub async fn broken_event(&self, number: TicketNumber) -> Result<Option<u64>> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT id, last_seq FROM ticket WHERE number = ?";
        let ticket = tx.row(sql, args![number.stored()]).await?.ok_or(StoreError::NotFound)?;
        let (id, last): (i64, i64) = (ticket.plain("id")?, ticket.plain("last_seq")?);
        let sql = "SELECT seq, id, at, actor_kind, actor_id, actor_name, what, body_hash, hash FROM ticket_event
                   WHERE ticket_id = ? ORDER BY seq";
        let mut before = [0; 32];
        let mut expected = 1;
        for row in tx.rows(sql, args![id]).await? {
            let kind = row
                .word("actor_kind", |kind| ["customer", "technician", "system"].into_iter().find(|one| *one == kind))?;
            let by = By { kind, id: row.plain("actor_id")?, name: row.plain("actor_name")? };
            let what: String = row.plain("what")?;
            let link = Link {
                before,
                ticket: id,
                seq: row.plain("seq")?,
                id: row.bytes("id")?,
                at: row.plain("at")?,
                by: &by,
                what: &what,
                body_hash: row.bytes("body_hash")?,
            };
            if link.seq != expected || link.hash() != row.bytes::<32>("hash")? {
                return Ok(u64::try_from(expected).ok());
            }
            before = link.hash();
            expected += 1;
        }
        Ok(if expected == last + 1 { None } else { u64::try_from(expected).ok() })
    }
}
