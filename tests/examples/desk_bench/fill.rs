//! Fills a database with tickets, past the store: filing a million one by one would wait for the disk a million times.

use crate::words::{Dice, text, vocabulary};
use anyhow::Result;
use beistand_desk::store::{Backup, NewCustomer, Place, RosterEntry, Store};
use beistand_protocol::desk::fold::fold;
use beistand_protocol::desk::form::{Contact, Details, Phone, Request};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Language, PreferredContact, Priority};
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use jiff::Timestamp;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};
use std::fmt::Write as _;
use std::str::FromStr as _;

pub(crate) const CUSTOMERS: u32 = 2000;
/// Every so many tickets, one is open.
const OPEN_EVERY: u32 = 100;
const AT_ONCE: u32 = 200;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or_default()
}

pub(crate) async fn fill(place: &Place, tickets: u32) -> Result<()> {
    let store = Store::open(place, &Backup::AlreadyMade, now()).await?;
    let customers: Vec<RosterEntry> = (1..=CUSTOMERS).map(customer).collect::<Result<_>>()?;
    store.import_roster(&customers, false, now(), |_| {}).await?;
    store.close().await;
    let mut into = Into::open(place).await?;
    into.run("DROP INDEX IF EXISTS search_public; DROP INDEX IF EXISTS search_internal", Only::Postgres).await?;
    let (texts, mut dice) = (Texts::new()?, Dice::new(11));
    let mut id = 1;
    while id <= tickets {
        let mut rows = Rows::default();
        for id in id..=tickets.min(id + AT_ONCE - 1) {
            rows.add(id, tickets, &texts, &mut dice)?;
        }
        into.run(&rows.sql(), Only::Both).await?;
        id += AT_ONCE;
        if id % 20_000 < AT_ONCE {
            into.run("COMMIT; BEGIN", Only::Both).await?;
        }
    }
    into.run(&format!("UPDATE counter SET value = {tickets} WHERE name = 'ticket'"), Only::Both).await?;
    into.run("COMMIT", Only::Both).await?;
    let indexes =
        "SET maintenance_work_mem = '1GB'; CREATE INDEX search_public ON search_doc USING gin (public gin_trgm_ops);
                   CREATE INDEX search_internal ON search_doc USING gin (internal gin_trgm_ops)";
    into.run(indexes, Only::Postgres).await?;
    into.run("PRAGMA wal_checkpoint(TRUNCATE)", Only::Sqlite).await?;
    into.close().await
}

fn customer(index: u32) -> Result<RosterEntry> {
    let customer = NewCustomer {
        number: format!("{}", 30_000 + index).parse()?,
        name: format!("Kunde {index} GmbH"),
        maintenance_until: index.is_multiple_of(3).then_some(jiff::civil::date(2040, 1, 1)),
        bundesland: Bundesland::NW,
        working_days: WorkingDays::default(),
        language: Language::German,
        naming_rule: None,
        managed: false,
    };
    Ok(RosterEntry { customer, contacts: Vec::new() })
}

/// A text as people wrote it and as it is found by.
struct Said {
    plain: String,
    folded: String,
}

/// Texts made beforehand, of which each ticket gets four: making them for each would take longer than the database.
struct Texts {
    descriptions: Vec<Said>,
    messages: Vec<Said>,
    /// A request around `DESCRIPTION`.
    request: String,
}

impl Texts {
    fn new() -> Result<Self> {
        let (words, mut dice) = (vocabulary(), Dice::new(5));
        let mut said = |count: usize, fewest: usize, more: usize| -> Vec<Said> {
            let make = |_| {
                let length = fewest + dice.roll(more);
                let plain = text(&words, &mut dice, length);
                Said { folded: fold(&plain), plain }
            };
            (0..count).map(make).collect()
        };
        let (descriptions, messages) = (said(10_000, 20, 40), said(20_000, 12, 25));
        let request = Request {
            language: Language::German,
            contact: Contact {
                company: "Kunde GmbH".into(),
                person: "Petra Person".into(),
                email: "petra@example.com".parse()?,
                phone: Phone::parse("0221 123456")?,
                preferred: PreferredContact::Email,
            },
            reference: None,
            priority: Some(Priority::Low),
            details: Details::Incident { description: "DESCRIPTION".into() },
            attachments: Vec::new(),
        };
        Ok(Self { descriptions, messages, request: serde_json::to_string(&request)? })
    }
}

/// The rows of some tickets.
#[derive(Default)]
struct Rows {
    tickets: String,
    messages: String,
    events: String,
    docs: String,
}

pub(crate) fn number(id: u32) -> Result<TicketNumber> {
    TicketNumber::allocate(id, 0).ok_or_else(|| anyhow::anyhow!("there is no number for {id}"))
}

impl Rows {
    fn add(&mut self, id: u32, tickets: u32, texts: &Texts, dice: &mut Dice) -> Result<()> {
        let customer = 1 + u32::try_from(dice.roll(CUSTOMERS as usize))?;
        let description = &texts.descriptions[dice.roll(texts.descriptions.len())];
        let phone = 100_000 + dice.roll(900_000);
        // The latest ones are open, and some others.
        let open = id.is_multiple_of(OPEN_EVERY) || id + 500 > tickets;
        let (state, owner) = match (open, id / OPEN_EVERY % 5) {
            (false, _) => ("closed", "NULL"),
            (true, 0) => ("waitingCustomer", "1"),
            (true, 1) => ("open", "2"),
            (true, _) => ("new", "NULL"),
        };
        let at = now().as_millisecond() - i64::from(tickets - id) * 60_000;
        write!(
            self.tickets,
            ",({id},{},{customer},'incident','app','linkedApp','company','Petra Person','REF-{id}',{},{},'form',{},\
             '{state}',{at},{},{},{owner},'Tina',0,4,4,4,{at},{at},{at})",
            number(id)?.stored(),
            quoted(description.plain.get(..60).unwrap_or("Störung")),
            1 + dice.roll(4),
            quoted(&texts.request.replace("DESCRIPTION", &description.plain)),
            i32::from(open),
            i32::from(!customer.is_multiple_of(3)),
        )?;
        write!(
            self.docs,
            ",({id},{customer},'ref-{id}\nkunde {customer} gmbh\n0221 {phone}\n0221{phone}\n{}",
            description.folded
        )?;
        for seq in 1..=4_u32 {
            let what = if seq == 1 { r#"{"kind":"filed","channel":"app"}"# } else { r#"{"kind":"message"}"# };
            let (entry, zero) = (blob(&format!("{id:024x}{seq:08x}")), blob(&"0".repeat(64)));
            write!(
                self.events,
                ",({id},{seq},{entry},{at},'customer','contact:x','Petra Person',1,'{what}',{zero},{zero})"
            )?;
            if seq > 1 {
                let message = &texts.messages[dice.roll(texts.messages.len())];
                write!(self.messages, ",({entry},{id},{})", quoted(&message.plain))?;
                write!(self.docs, "\n{}", message.folded)?;
            }
        }
        self.docs.push_str("','')");
        Ok(())
    }

    fn sql(&self) -> String {
        format!(
            "INSERT INTO ticket (id, number, customer_id, request_type, channel, auth, visibility, contact, reference,
                title, severity, severity_source, request, state, state_since, is_open, precedence, owner_id,
                owner_name, reopened, last_seq, last_public_seq, version, created_at, updated_at, public_at) VALUES {};
             INSERT INTO ticket_event (ticket_id, seq, id, at, actor_kind, actor_id, actor_name, is_public, what,
                body_hash, hash) VALUES {};
             INSERT INTO message (id, ticket_id, body) VALUES {};
             INSERT INTO search_doc (ticket_id, customer_id, public, internal) VALUES {}",
            self.tickets.trim_start_matches(','),
            self.events.trim_start_matches(','),
            self.messages.trim_start_matches(','),
            self.docs.trim_start_matches(',')
        )
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// As `BLOB` marks it; [`Into::run`] rewrites it for PostgreSQL.
fn blob(hex: &str) -> String {
    format!("X'{hex}'")
}

/// For which database a statement is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    Both,
    Sqlite,
    Postgres,
}

enum Into {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Into {
    async fn open(place: &Place) -> Result<Self> {
        let mut into = match place {
            Place::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).pragma("cache_size", "-262144");
                Self::Sqlite(options.pragma("synchronous", "off").connect().await?)
            }
            Place::Postgres(url) => Self::Postgres(PgConnectOptions::from_str(url)?.connect().await?),
        };
        into.run("BEGIN", Only::Both).await?;
        Ok(into)
    }

    async fn run(&mut self, sql: &str, only: Only) -> Result<()> {
        match self {
            Self::Sqlite(connection) if only != Only::Postgres => {
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
            }
            Self::Postgres(connection) if only != Only::Sqlite => {
                let sql = sql.replace("X'", "'\\x");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
            }
            Self::Sqlite(_) | Self::Postgres(_) => {}
        }
        Ok(())
    }

    async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}
