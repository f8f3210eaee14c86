//! A ticket's timeline as its customer may read it. Technicians read it, too, with their own entries between.
//!
//! INVARIANT: no query here names a table of what is internal; a test reads this file. What is asked for is always the
//! tickets that the caller has found the reader may see.

use std::collections::{HashMap, HashSet};

use super::Result;
use super::db::{Row, Tx, Value, args};
use super::events::Happening;
use beistand_protocol::desk::api::entry::{Author, PublicEntry, PublicHappening};
use beistand_protocol::desk::api::file::{FileInfo, FileKind};
use beistand_protocol::desk::api::session::{PublicSession, SessionReport};
use beistand_protocol::desk::ids::{AttachmentId, EntryId, TicketSessionId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::LinkKind;

/// The columns of an event, from the table or from the customer's view of it.
pub(super) const EVENT: &str = "id, at, actor_kind, actor_name, what";
/// The columns of a file, from the table or from the customer's view of it.
pub(super) const FILE: &str = "id, entry_id, name, kind, size, sent_bytes, sha256, blob_key, notes";

/// `?, ?, ?` for as many values.
pub(super) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

pub(super) fn values(ids: &[i64]) -> Vec<Value> {
    ids.iter().map(|id| Value::from(*id)).collect()
}

/// What public entries are made of beside their event.
#[derive(Default)]
pub(super) struct Material {
    texts: HashMap<[u8; 16], String>,
    pub(super) files: HashMap<[u8; 16], Vec<FileInfo>>,
    sessions: HashMap<TicketSessionId, PublicSession>,
    /// The numbers of other tickets that the reader may see, of those that the entries name.
    pub(super) linked: HashSet<TicketNumber>,
    /// Whether the reader may see every ticket.
    pub(super) sees_every_ticket: bool,
}

impl Material {
    pub(super) async fn load(tx: &mut Tx, tickets: &[i64]) -> Result<Self> {
        let mut material = Self::default();
        let these = marks(tickets.len());
        let sql = format!("SELECT id, body FROM message WHERE ticket_id IN ({these})");
        for row in tx.rows(&sql, values(tickets)).await? {
            material.texts.insert(row.bytes("id")?, row.plain("body")?);
        }
        let sql = format!("SELECT {FILE} FROM public_attachment WHERE ticket_id IN ({these}) ORDER BY at, id");
        for row in tx.rows(&sql, values(tickets)).await? {
            let entry = row.maybe_bytes("entry_id")?.unwrap_or_default();
            material.files.entry(entry).or_default().push(file(&row)?);
        }
        for session in sessions(tx, tickets).await? {
            material.sessions.insert(session.id, session);
        }
        Ok(material)
    }

    fn if_seen(&self, other: TicketNumber) -> Option<TicketNumber> {
        (self.sees_every_ticket || self.linked.contains(&other)).then_some(other)
    }

    /// What a customer may read of an event; nothing if there is nothing.
    pub(super) fn entry(&self, row: &Row) -> Result<Option<PublicEntry>> {
        let id: [u8; 16] = row.bytes("id")?;
        let what = match row.json("what")? {
            Happening::Filed { channel } => PublicHappening::Filed { channel },
            Happening::Message => PublicHappening::Message {
                text: self.texts.get(&id).cloned().unwrap_or_default(),
                files: self.files.get(&id).cloned().unwrap_or_default(),
            },
            Happening::StateChanged { from, to, text, on } => PublicHappening::StateChanged { from, to, text, on },
            Happening::SeverityChanged { from, to, reason } => PublicHappening::SeverityChanged { from, to, reason },
            Happening::Assigned { to } => PublicHappening::Assigned { to },
            Happening::Linked { link, other } => PublicHappening::Linked { link, other: self.if_seen(other) },
            Happening::Unlinked { link: LinkKind::Related, .. } => return Ok(None),
            Happening::Unlinked { link, other } => PublicHappening::Unlinked { link, other: self.if_seen(other) },
            Happening::Session { session } => match self.sessions.get(&session) {
                Some(session) => PublicHappening::Session { session: session.clone() },
                None => return Ok(None),
            },
            Happening::Note
            | Happening::TimeLogged { .. }
            | Happening::VisibilityChanged { .. }
            | Happening::MailFailed { .. }
            | Happening::Released { .. } => return Ok(None),
        };
        Ok(Some(PublicEntry { id: EntryId::new(id), at: row.instant("at")?, author: author(row)?, what }))
    }
}

/// What happened in these tickets, the oldest first, as the customer may know it.
pub(super) async fn timeline(tx: &mut Tx, tickets: &[i64], material: &Material) -> Result<Vec<PublicEntry>> {
    let these = marks(tickets.len());
    let sql = format!("SELECT {EVENT} FROM public_event WHERE ticket_id IN ({these}) ORDER BY at, ticket_id, seq");
    let mut entries = Vec::new();
    for row in tx.rows(&sql, values(tickets)).await? {
        entries.extend(material.entry(&row)?);
    }
    Ok(entries)
}

/// The numbers of the other tickets that customers' entries of these tickets name, whether linked still or not.
pub(super) async fn named(tx: &mut Tx, tickets: &[i64]) -> Result<HashSet<TicketNumber>> {
    let sql = format!("SELECT what FROM public_event WHERE ticket_id IN ({})", marks(tickets.len()));
    let mut named = HashSet::new();
    for row in tx.rows(&sql, values(tickets)).await? {
        if let Happening::Linked { other, .. } | Happening::Unlinked { other, .. } = row.json("what")? {
            named.insert(other);
        }
    }
    Ok(named)
}

pub(super) fn author(row: &Row) -> Result<Author> {
    let name = row.plain("actor_name")?;
    Ok(match row.plain::<String>("actor_kind")?.as_str() {
        "customer" => Author::Customer { name },
        "technician" => Author::Technician { name },
        _ => Author::System,
    })
}

pub(super) fn file(row: &Row) -> Result<FileInfo> {
    Ok(FileInfo {
        id: AttachmentId::new(row.bytes("id")?),
        name: row.plain("name")?,
        kind: row.word("kind", FileKind::from_key)?,
        size_bytes: row.number("size")?,
        notes: row.json("notes")?,
    })
}

/// The sessions that were reported to these tickets.
async fn sessions(tx: &mut Tx, tickets: &[i64]) -> Result<Vec<PublicSession>> {
    let these = marks(tickets.len());
    let sql = format!(
        "SELECT id, technician_name, started_at, report FROM remote_session
         WHERE report IS NOT NULL AND ticket_id IN ({these}) ORDER BY started_at, id"
    );
    tx.rows(&sql, values(tickets)).await?.iter().map(session).collect()
}

/// A session as a customer may know it.
pub(super) fn session(row: &Row) -> Result<PublicSession> {
    let report: Option<SessionReport> = match row.plain::<Option<String>>("report")? {
        Some(_) => Some(row.json("report")?),
        None => None,
    };
    Ok(PublicSession {
        id: TicketSessionId::new(row.bytes("id")?),
        technician: row.plain("technician_name")?,
        started_at: row.instant("started_at")?,
        duration_seconds: report.as_ref().map(|report| report.duration_seconds),
        ended_by: report.as_ref().map(|report| report.ended_by),
        allowed: report.as_ref().map(|report| report.allowed.clone()).unwrap_or_default(),
        used: report.map(|report| report.used).unwrap_or_default(),
    })
}

/// Says that a reader has seen everything up to `seq`.
pub(super) async fn mark_read(tx: &mut Tx, reader: &str, ticket: i64, seq: i64) -> Result<()> {
    let sql = "INSERT INTO read_marker (reader, ticket_id, seq) VALUES (?, ?, ?)
               ON CONFLICT (reader, ticket_id) DO UPDATE SET seq = excluded.seq WHERE read_marker.seq < excluded.seq";
    tx.run(sql, args![reader, ticket, seq]).await?;
    Ok(())
}
