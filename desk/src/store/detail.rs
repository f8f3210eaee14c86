//! A ticket as technicians see it, with everything beside it.

use std::collections::{HashMap, HashSet};

use super::change::{self, Lock};
use super::db::{Row, Tx, args};
use super::events::Happening;
use super::people::customer_by_id;
use super::public::{EVENT, FILE, Material, author, file, marks, session, values};
use super::queue::{ITEM, read_item, reader};
use super::{Result, Store, StoreError, customers, presence};
use crate::core::{self, UNMERGE_GRACE};
use beistand_protocol::desk::api::desk::{
    DeskEntry, DeskSession, DeskTicket, InternalHappening, LinkedTicket, LoggedTime, Present, TimeProposal,
};
use beistand_protocol::desk::api::file::FileInfo;
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::ids::{EntryId, TechnicianId, TicketSessionId, TimeEntryId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{AuthMethod, Channel, LinkKind, State, TimeKind};
use jiff::Timestamp;

/// How many other tickets of the customer are shown beside one.
const EARLIER: u8 = 10;

impl Store {
    /// A ticket with everything that a technician needs to know to work on it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn desk_ticket(
        &self,
        technician: TechnicianId,
        number: TicketNumber,
        now: Timestamp,
    ) -> Result<DeskTicket> {
        let mut tx = self.db.read().await?;
        let held = change::load(&mut tx, number, Lock::None).await?;
        let ticket = &held.facts;
        let sql = format!(
            "SELECT {ITEM}, t.request, t.channel, t.auth, t.state_since FROM ticket t
             JOIN customer c ON c.id = t.customer_id WHERE t.id = ?"
        );
        let row = tx.row(&sql, args![reader(technician), held.id]).await?.ok_or(StoreError::NotFound)?;
        let family = family(&mut tx, number).await?;
        let mut material = Material::load(&mut tx, &family).await?;
        let links = links(&mut tx, held.id).await?;
        material.sees_every_ticket = true;
        let times = times(&mut tx, &family).await?;
        let timeline = timeline(&mut tx, &family, &material, &times).await?;
        let filed = match timeline.first() {
            Some(DeskEntry::Public { entry }) => *entry.id.as_bytes(),
            Some(DeskEntry::Internal { .. }) | None => [0; 16],
        };
        let logged: HashSet<TicketSessionId> = times.iter().filter_map(|time| time.session).collect();
        let customer = customer_by_id(&mut tx, ticket.customer).await?;
        let (requester, contacts) = customers::contacts(&mut tx, ticket.customer)
            .await?
            .into_iter()
            .partition::<Vec<_>, _>(|contact| Some(contact.id) == ticket.requester);
        let auth_method = row.word("auth", AuthMethod::from_key)?;
        Ok(DeskTicket {
            item: read_item(&row, technician)?,
            version: held.version,
            request: row.json("request")?,
            files: material.files.get(&filed).cloned().unwrap_or_default(),
            channel: row.word("channel", Channel::from_key)?,
            auth_method,
            assurance: auth_method.assurance(),
            severity_source: ticket.severity_source,
            visibility: ticket.visibility,
            state_since: row.instant("state_since")?,
            owner: ticket.owner,
            resolution: ticket.resolution.clone(),
            reopened_count: ticket.reopened,
            unmerge_until: ticket.merged.and_then(|merged| merged.at.checked_add(UNMERGE_GRACE).ok()),
            customer: customers::listed(&mut tx, &customer, now).await?,
            requester: requester.into_iter().next(),
            contacts,
            timeline,
            sessions: sessions(&mut tx, &family, &logged).await?,
            links,
            earlier: customers::latest(&mut tx, ticket.customer, technician, Some(held.id), EARLIER).await?,
            times,
            present: Present {
                others: presence::others(&mut tx, held.id, technician, now).await?,
                version: held.version,
            },
            rights: core::desk_rights(ticket, technician, now),
        })
    }

    /// A ticket as the rules see it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn facts(&self, number: TicketNumber) -> Result<(core::Ticket, u32)> {
        let held = change::load(&mut self.db.read().await?, number, Lock::None).await?;
        Ok((held.facts, held.version))
    }
}

/// A ticket and those that were merged into it.
pub(super) async fn family(tx: &mut Tx, number: TicketNumber) -> Result<Vec<i64>> {
    let sql = "WITH RECURSIVE family (id) AS (
                   SELECT id FROM ticket WHERE number = ?
                   UNION SELECT t.id FROM ticket t JOIN family ON t.merged_into = family.id
               ) SELECT id FROM family";
    let rows = tx.rows(sql, args![number.stored()]).await?;
    if rows.is_empty() {
        return Err(StoreError::NotFound);
    }
    rows.iter().map(|row| row.plain("id")).collect()
}

async fn timeline(tx: &mut Tx, tickets: &[i64], material: &Material, times: &[LoggedTime]) -> Result<Vec<DeskEntry>> {
    let these = marks(tickets.len());
    let internal = Internal::load(tx, tickets, times).await?;
    let sql = format!("SELECT {EVENT} FROM ticket_event WHERE ticket_id IN ({these}) ORDER BY at, ticket_id, seq");
    let mut entries = Vec::new();
    for row in tx.rows(&sql, values(tickets)).await? {
        match material.entry(&row)? {
            Some(entry) => entries.push(DeskEntry::Public { entry }),
            None => entries.extend(internal.entry(&row)?),
        }
    }
    Ok(entries)
}

/// What internal entries are made of beside their event.
struct Internal<'a> {
    notes: HashMap<[u8; 16], String>,
    files: HashMap<[u8; 16], Vec<FileInfo>>,
    times: &'a [LoggedTime],
}

impl<'a> Internal<'a> {
    async fn load(tx: &mut Tx, tickets: &[i64], times: &'a [LoggedTime]) -> Result<Self> {
        let mut internal = Self { notes: HashMap::new(), files: HashMap::new(), times };
        let these = marks(tickets.len());
        let sql = format!("SELECT id, body FROM note WHERE ticket_id IN ({these})");
        for row in tx.rows(&sql, values(tickets)).await? {
            internal.notes.insert(row.bytes("id")?, row.plain("body")?);
        }
        let sql =
            format!("SELECT {FILE} FROM attachment WHERE is_public = 0 AND ticket_id IN ({these}) ORDER BY at, id");
        for row in tx.rows(&sql, values(tickets)).await? {
            let entry = row.maybe_bytes("entry_id")?.unwrap_or_default();
            internal.files.entry(entry).or_default().push(file(&row)?);
        }
        Ok(internal)
    }

    fn entry(&self, row: &Row) -> Result<Option<DeskEntry>> {
        let id: [u8; 16] = row.bytes("id")?;
        let what = match row.json("what")? {
            Happening::Note => InternalHappening::Note {
                text: self.notes.get(&id).cloned().unwrap_or_default(),
                files: self.files.get(&id).cloned().unwrap_or_default(),
            },
            Happening::TimeLogged { time } => match self.times.iter().find(|logged| logged.id == time) {
                Some(time) => InternalHappening::TimeLogged { time: time.clone() },
                None => return Ok(None),
            },
            Happening::VisibilityChanged { to } => InternalHappening::VisibilityChanged { to },
            Happening::Unlinked { link: LinkKind::Related, other } => InternalHappening::Unlinked { other },
            Happening::MailFailed { why } => InternalHappening::MailFailed { why },
            Happening::Released { confirmed_by } => InternalHappening::Released { confirmed_by },
            Happening::Filed { .. }
            | Happening::Message
            | Happening::StateChanged { .. }
            | Happening::SeverityChanged { .. }
            | Happening::Assigned { .. }
            | Happening::Linked { .. }
            | Happening::Unlinked { .. }
            | Happening::Session { .. } => return Ok(None),
        };
        Ok(Some(DeskEntry::Internal { id: EntryId::new(id), at: row.instant("at")?, author: author(row)?, what }))
    }
}

async fn times(tx: &mut Tx, tickets: &[i64]) -> Result<Vec<LoggedTime>> {
    let these = marks(tickets.len());
    let sql = format!(
        "SELECT id, technician_name, at, minutes, spent_on, billable, what, session_id FROM time_entry
         WHERE ticket_id IN ({these}) ORDER BY at, id"
    );
    let read = |row: &Row| {
        Ok(LoggedTime {
            id: TimeEntryId::new(row.bytes("id")?),
            technician: row.plain("technician_name")?,
            at: row.instant("at")?,
            minutes: row.number("minutes")?,
            spent_on: row.word("spent_on", TimeKind::from_key)?,
            billable: row.flag("billable")?,
            text: row.plain("what")?,
            session: row.maybe_bytes("session_id")?.map(TicketSessionId::new),
        })
    };
    tx.rows(&sql, values(tickets)).await?.iter().map(read).collect()
}

async fn sessions(tx: &mut Tx, tickets: &[i64], logged: &HashSet<TicketSessionId>) -> Result<Vec<DeskSession>> {
    let these = marks(tickets.len());
    let sql = format!(
        "SELECT id, technician_name, started_at, report FROM remote_session WHERE ticket_id IN ({these})
         ORDER BY started_at, id"
    );
    let read = |row: &Row| {
        let public = session(row)?;
        let time_logged = logged.contains(&public.id);
        let receipt = match public.ended_by {
            Some(_) => row.json::<SessionReport>("report")?.receipt,
            None => None,
        };
        let minutes = public.duration_seconds.map(proposed_minutes).filter(|_| !time_logged);
        let proposal = minutes.map(|minutes| TimeProposal { session: public.id, minutes });
        Ok(DeskSession { session: public, receipt, time_logged, proposal })
    };
    tx.rows(&sql, values(tickets)).await?.iter().map(read).collect()
}

/// Each begun minute counts.
pub(super) fn proposed_minutes(seconds: u32) -> u16 {
    u16::try_from(seconds.div_ceil(60)).unwrap_or(u16::MAX)
}

/// The tickets that have to do with one.
async fn links(tx: &mut Tx, ticket: i64) -> Result<Vec<LinkedTicket>> {
    let sql = "SELECT l.kind, t.number, t.title, t.state FROM ticket_link l JOIN ticket t ON t.id = l.b WHERE l.a = ?
        UNION ALL SELECT CASE l.kind WHEN 'followUpOf' THEN 'followedUpBy' ELSE l.kind END, t.number, t.title, t.state
            FROM ticket_link l JOIN ticket t ON t.id = l.a WHERE l.b = ?
        UNION ALL SELECT 'mergedInto', t.number, t.title, t.state
            FROM ticket m JOIN ticket t ON t.id = m.merged_into WHERE m.id = ?
        UNION ALL SELECT 'mergedFrom', t.number, t.title, t.state FROM ticket t WHERE t.merged_into = ?";
    let read = |row: &Row| {
        Ok(LinkedTicket {
            link: row.word("kind", LinkKind::from_key)?,
            number: row.ticket("number")?,
            title: row.plain("title")?,
            state: row.word("state", State::from_key)?,
        })
    };
    tx.rows(sql, args![ticket, ticket, ticket, ticket]).await?.iter().map(read).collect()
}
