//! The frame of every write: who writes, the ticket as it is held meanwhile, and how it is put back.

use super::db::{Dialect, Row, Tx, args};
use super::events::{self, By, Happening, Place};
use super::{Once, Result, StoreError, public};
use crate::core::{self, CustomerKey, Merged, Ticket};
use beistand_protocol::desk::ids::{ContactId, EntryId, LinkedAppId, TechnicianId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{SeveritySource, State, Visibility};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A write: who, when, and what makes its repetition the same.
#[derive(Clone, Debug)]
pub struct Write {
    /// Who.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
    /// Under which key, if it came with one.
    pub once: Option<Once>,
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A technician, with the name that customers read.
    Technician {
        /// Which.
        id: TechnicianId,
        /// Their name.
        name: String,
    },
    /// Somebody at a customer's, by a linked app.
    Member(Member),
    /// Somebody with customer number and PIN, under the name that they typed.
    Pin {
        /// That name.
        name: String,
    },
    /// The desk itself.
    System,
}

impl Actor {
    /// A text that is another for everybody else.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Technician { id, .. } => format!("technician:{}", id.0),
            Self::Member(member) => member.key(),
            Self::Pin { .. } => "pin".to_owned(),
            Self::System => "system".to_owned(),
        }
    }

    pub(super) fn by(&self) -> By {
        let (kind, name) = match self {
            Self::Technician { name, .. } => ("technician", name.clone()),
            Self::Member(member) => ("customer", member.name.clone()),
            Self::Pin { name } => ("customer", name.clone()),
            Self::System => ("system", String::new()),
        };
        By { kind, id: self.key(), name }
    }

    /// Who that is to the rules. Whoever has a PIN alone can do nothing to a ticket that is there.
    pub(super) fn to_the_rules(&self) -> Result<core::Actor> {
        match self {
            Self::Technician { id, .. } => Ok(core::Actor::Technician(*id)),
            Self::Member(member) => Ok(core::Actor::Member(member.is)),
            Self::System => Ok(core::Actor::Desk),
            Self::Pin { .. } => Err(StoreError::NotFound),
        }
    }
}

/// Somebody at a customer's, known by a linked app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The app.
    pub app: LinkedAppId,
    /// Their name.
    pub name: String,
    /// Who they are, and what they may see.
    pub is: core::Member,
}

impl Member {
    /// A text that is another for everybody else.
    #[must_use]
    pub fn key(&self) -> String {
        format!("contact:{}", self.is.contact)
    }
}

/// What a write did. The same again for whoever repeats it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// In which ticket.
    pub number: TicketNumber,
    /// Which version it has now.
    pub version: u32,
    /// The message, note, time or session that it made.
    pub entry: Option<EntryId>,
    /// Whether the ticket is a new one that follows the one that was meant.
    pub new_ticket: bool,
}

impl Written {
    pub(super) const fn of(number: TicketNumber, version: u32) -> Self {
        Self { number, version, entry: None, new_ticket: false }
    }
}

/// Whether a ticket is held until the transaction ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    None,
    Held,
}

/// A ticket in the middle of a transaction.
pub(super) struct Loaded {
    pub(super) id: i64,
    pub(super) facts: Ticket,
    pub(super) version: u32,
    seq: i64,
    public_seq: i64,
    owner_name: Option<String>,
    state_since: i64,
    public_at: i64,
}

const TICKET: &str = "SELECT t.id, t.number, t.customer_id, t.requester_id, t.visibility, t.state, t.state_since,
    t.severity, t.severity_source, t.raised_at, t.owner_id, t.owner_name, t.due_on, t.resolution, t.resolved_at,
    t.reopened, t.merged_at, t.merged_before, t.last_seq, t.last_public_seq, t.version, t.public_at,
    into_ticket.number AS merged_into
    FROM ticket t LEFT JOIN ticket into_ticket ON into_ticket.id = t.merged_into WHERE t.number = ?";

pub(super) async fn load(tx: &mut Tx, number: TicketNumber, lock: Lock) -> Result<Loaded> {
    let held = match (lock, tx.dialect()) {
        (Lock::Held, Dialect::Postgres) => " FOR UPDATE OF t",
        (Lock::Held, Dialect::Sqlite) | (Lock::None, _) => "",
    };
    let row = tx.row(&format!("{TICKET}{held}"), args![number.stored()]).await?.ok_or(StoreError::NotFound)?;
    Ok(Loaded {
        id: row.plain("id")?,
        facts: read_facts(&row)?,
        version: row.number("version")?,
        seq: row.plain("last_seq")?,
        public_seq: row.plain("last_public_seq")?,
        owner_name: row.plain("owner_name")?,
        state_since: row.plain("state_since")?,
        public_at: row.plain("public_at")?,
    })
}

fn read_facts(row: &Row) -> Result<Ticket> {
    let merged = match row.maybe_number::<u32>("merged_into")? {
        Some(_) => Some(Merged {
            into: row.ticket("merged_into")?,
            at: row.instant("merged_at")?,
            before: row.word("merged_before", State::from_key)?,
        }),
        None => None,
    };
    Ok(Ticket {
        number: row.ticket("number")?,
        customer: CustomerKey(row.plain("customer_id")?),
        requester: row.maybe_bytes("requester_id")?.map(ContactId::new),
        visibility: row.word("visibility", Visibility::from_key)?,
        state: row.word("state", State::from_key)?,
        severity: row.severity("severity")?,
        severity_source: row.word("severity_source", SeveritySource::from_key)?,
        raised_at: row.maybe_instant("raised_at")?,
        owner: row.maybe_number::<u32>("owner_id")?.map(TechnicianId),
        due_on: row.maybe_date("due_on")?,
        resolution: row.plain("resolution")?,
        resolved_at: row.maybe_instant("resolved_at")?,
        reopened: row.number("reopened")?,
        merged,
    })
}

impl Loaded {
    /// Refuses a write that saw another version.
    pub(super) const fn expect(&self, version: Option<u32>) -> Result<()> {
        match version {
            Some(seen) if seen != self.version => Err(StoreError::Stale { current: self.version }),
            Some(_) | None => Ok(()),
        }
    }

    /// The number of the last event.
    pub(super) const fn seq(&self) -> i64 {
        self.seq
    }

    /// Adds an event; `body` is what it says in words, if those are kept elsewhere.
    pub(super) async fn record(&mut self, tx: &mut Tx, write: &Write, what: &Happening, body: &str) -> Result<EntryId> {
        let place = Place { ticket: self.id, last_seq: self.seq };
        let entry = events::add(tx, &place, &write.actor.by(), what, body, write.now).await?;
        self.seq += 1;
        if what.is_public() {
            self.public_seq = self.seq;
            self.public_at = write.now.as_millisecond();
        }
        if let Happening::Assigned { to } = what {
            self.owner_name.clone_from(to);
        }
        Ok(entry)
    }

    /// Writes the ticket back as it is after the write, as its next version.
    pub(super) async fn save(self, tx: &mut Tx, write: &Write, after: &Ticket) -> Result<Written> {
        let now = write.now.as_millisecond();
        let since = if after.state == self.facts.state { self.state_since } else { now };
        let version = self.version.saturating_add(1);
        let sql = "UPDATE ticket SET visibility = ?, state = ?, state_since = ?, is_open = ?, severity = ?,
            severity_source = ?, raised_at = ?, owner_id = ?, owner_name = ?, due_on = ?, resolution = ?,
            resolved_at = ?, reopened = ?, merged_into = (SELECT id FROM ticket WHERE number = ?), merged_at = ?,
            merged_before = ?, last_seq = ?, last_public_seq = ?, version = ?, updated_at = ?, public_at = ?
            WHERE id = ? AND version = ?";
        let row = args![
            after.visibility.key(),
            after.state.key(),
            since,
            after.state.is_open(),
            after.severity.number(),
            after.severity_source.key(),
            after.raised_at.map(Timestamp::as_millisecond),
            after.owner.map(|technician| technician.0),
            self.owner_name.clone().filter(|_| after.owner.is_some()),
            after.due_on.map(|day| day.to_string()),
            after.resolution.clone(),
            after.resolved_at.map(Timestamp::as_millisecond),
            after.reopened,
            after.merged.map(|merged| merged.into.stored()),
            after.merged.map(|merged| merged.at.as_millisecond()),
            after.merged.map(|merged| merged.before.key()),
            self.seq,
            self.public_seq,
            version,
            now,
            self.public_at,
            self.id,
            self.version
        ];
        if tx.run(sql, row).await? != 1 {
            return Err(StoreError::Stale { current: version });
        }
        match &write.actor {
            Actor::Technician { .. } => public::mark_read(tx, &write.actor.key(), self.id, self.seq).await?,
            Actor::Member(member) => public::mark_read(tx, &member.key(), self.id, self.public_seq).await?,
            Actor::Pin { .. } | Actor::System => {}
        }
        Ok(Written::of(after.number, version))
    }
}
