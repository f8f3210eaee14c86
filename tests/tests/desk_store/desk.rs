//! A desk with two customers, their people and two technicians.

use anyhow::{Context as _, Result};
use beistand_desk::core::{self, CustomerAct, CustomerKey, TechnicianAct};
use beistand_desk::store::{
    Actor, Backup, Deed, Filing, Member, NewContact, NewCustomer, Once, Place, Store, StoreError, Write, Written,
};
use beistand_protocol::desk::api::desk::DeskTicket;
use beistand_protocol::desk::api::my::{MyQuery, MyTicket};
use beistand_protocol::desk::api::queue::{QueueQuery, QueueView};
use beistand_protocol::desk::form::{Contact, Details, Phone, Request};
use beistand_protocol::desk::ids::{ContactId, TechnicianId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{AuthMethod, Channel, Language, PreferredContact, Priority, Sees};
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use beistand_tests::postgres::Postgres;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

/// Where a desk's data lie.
pub(crate) enum Data {
    Sqlite(TempDir),
    Postgres(Postgres, TempDir),
}

/// A customer with an employee who sees their own tickets and a boss who sees the company's.
pub(crate) struct Company {
    pub(crate) key: CustomerKey,
    pub(crate) employee: Member,
    pub(crate) boss: Member,
}

pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) data: Data,
    /// Has maintenance.
    pub(crate) ada: Company,
    /// Has none.
    pub(crate) bolt: Company,
}

/// The moment at which tests begin: a Monday morning.
pub(crate) fn start() -> Timestamp {
    "2027-03-01T08:00:00Z".parse().expect("that is a moment")
}

pub(crate) fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

impl Desk {
    pub(crate) async fn sqlite() -> Result<Self> {
        Self::on(Data::Sqlite(tempfile::tempdir()?)).await
    }

    pub(crate) async fn postgres() -> Result<Self> {
        Self::on(Data::Postgres(Postgres::database()?, tempfile::tempdir()?)).await
    }

    async fn on(data: Data) -> Result<Self> {
        let store = Store::open(&data.place(), &data.backup(), start()).await?;
        let ada = company(&store, "10234", "Ada Maschinenbau GmbH", Some("2027-12-31")).await?;
        let bolt = company(&store, "20077", "Bolt & Söhne", None).await?;
        Ok(Self { store, data, ada, bolt })
    }

    /// Files an incident for somebody's own app.
    pub(crate) async fn file(&self, member: &Member, text: &str, now: Timestamp) -> Result<TicketNumber> {
        Ok(self.store.file(&by(member, now), &filing(member, text)).await?.number)
    }

    pub(crate) async fn act(&self, write: &Write, number: TicketNumber, deed: &Deed) -> Result<Written, StoreError> {
        self.store.act(write, number, None, deed, &[]).await
    }

    /// What a technician does.
    pub(crate) async fn tina(
        &self,
        number: TicketNumber,
        act: TechnicianAct<'static>,
        now: Timestamp,
    ) -> Result<Written> {
        Ok(self.act(&tina(now), number, &Deed::Technician(act)).await?)
    }

    pub(crate) async fn seen(&self, number: TicketNumber, now: Timestamp) -> Result<DeskTicket> {
        Ok(self.store.desk_ticket(TechnicianId(1), number, now).await?)
    }

    pub(crate) async fn mine(
        &self,
        member: &Member,
        number: TicketNumber,
        now: Timestamp,
    ) -> Result<MyTicket, StoreError> {
        self.store.my_ticket(member, number, now).await
    }

    /// What a technician finds.
    pub(crate) async fn find(&self, typed: &str) -> Result<Vec<TicketNumber>> {
        let query = QueueQuery { view: QueueView::All, q: Some(typed.parse()?), ..QueueQuery::default() };
        let page = self.store.queue(TechnicianId(1), &query, start()).await.context(typed.to_owned())?;
        Ok(page.tickets.iter().map(|item| item.number).collect())
    }

    /// What a customer finds.
    pub(crate) async fn find_mine(&self, member: &Member, typed: &str) -> Result<Vec<TicketNumber>> {
        let query = MyQuery { q: Some(typed.parse()?), ..MyQuery::default() };
        let page = self.store.my_tickets(member, &query).await.context(typed.to_owned())?;
        Ok(page.tickets.iter().map(|listed| listed.number).collect())
    }
}

impl Data {
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Sqlite(folder) => Place::Sqlite(folder.path().join("desk.sqlite")),
            Self::Postgres(postgres, _) => Place::Postgres(postgres.url()),
        }
    }

    pub(crate) fn backup(&self) -> Backup {
        let (Self::Sqlite(folder) | Self::Postgres(_, folder)) = self;
        Backup::Into(folder.path().to_owned())
    }

    /// Does something behind the store's back.
    pub(crate) async fn sql(&self, sql: &str) -> Result<()> {
        match self {
            Self::Postgres(postgres, _) => postgres.sql(sql).map(drop),
            Self::Sqlite(folder) => {
                let options = SqliteConnectOptions::new().filename(folder.path().join("desk.sqlite"));
                let mut connection = options.connect().await?;
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
                Ok(connection.close().await?)
            }
        }
    }

    /// What the audit log says: `who|what|of what`, the oldest first.
    pub(crate) async fn audited(&self) -> Result<Vec<String>> {
        let sql = "SELECT actor || '|' || action || '|' || object FROM audit_log ORDER BY id";
        match self {
            Self::Postgres(postgres, _) => Ok(postgres.sql(sql)?.lines().map(str::to_owned).collect()),
            Self::Sqlite(folder) => {
                let options = SqliteConnectOptions::new().filename(folder.path().join("desk.sqlite"));
                let mut connection = options.connect().await?;
                let lines = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
                connection.close().await?;
                Ok(lines)
            }
        }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        let (Self::Sqlite(folder) | Self::Postgres(_, folder)) = self;
        folder.path()
    }
}

pub(crate) fn tina(now: Timestamp) -> Write {
    Write { actor: Actor::Technician { id: TechnicianId(1), name: "Tina Techniker".into() }, now, once: None }
}

pub(crate) fn tom(now: Timestamp) -> Write {
    Write { actor: Actor::Technician { id: TechnicianId(2), name: "Tom Techniker".into() }, now, once: None }
}

pub(crate) fn by(member: &Member, now: Timestamp) -> Write {
    Write { actor: Actor::Member(member.clone()), now, once: None }
}

/// A key for a request that says this.
pub(crate) fn once(key: &str, body: &str) -> Option<Once> {
    let key = format!("{key:0>16}").parse().expect("that is a key");
    Some(Once { key, body: Sha256::digest(body).into() })
}

pub(crate) fn message(text: &str) -> Deed {
    Deed::Customer(CustomerAct::Message { text: text.to_owned() })
}

pub(crate) fn note(text: &str) -> TechnicianAct<'static> {
    TechnicianAct::Note { text: text.to_owned() }
}

pub(crate) fn answer(text: &str) -> TechnicianAct<'static> {
    TechnicianAct::Answer { text: text.to_owned(), then_wait: false }
}

pub(crate) fn resolve(text: &str) -> TechnicianAct<'static> {
    TechnicianAct::Resolve { text: text.to_owned() }
}

pub(crate) fn request(text: &str) -> Request {
    Request {
        language: Language::German,
        contact: Contact {
            company: "Getippte Firma".into(),
            person: "Petra Person".into(),
            email: "typed@elsewhere.example".parse().expect("that is an address"),
            phone: Phone::parse("0221 / 123 45-67").expect("that is a number"),
            preferred: PreferredContact::Email,
        },
        reference: Some("REF-4711/b".into()),
        priority: Some(Priority::Low),
        details: Details::Incident { description: text.to_owned() },
        attachments: Vec::new(),
    }
}

pub(crate) fn filing(member: &Member, text: &str) -> Filing {
    Filing {
        customer: member.is.customer,
        requester: Some(member.is.contact),
        channel: Channel::App,
        auth: AuthMethod::LinkedApp,
        receipt: None,
        request: request(text),
        severity: None,
        take: false,
        session: None,
        refused: Vec::new(),
        follows: None,
    }
}

async fn company(store: &Store, number: &str, name: &str, maintenance_until: Option<&str>) -> Result<Company> {
    let new = NewCustomer {
        number: number.parse()?,
        name: name.to_owned(),
        maintenance_until: maintenance_until.map(str::parse).transpose()?,
        bundesland: Bundesland::NW,
        working_days: WorkingDays::default(),
        language: Language::German,
        naming_rule: None,
        managed: false,
    };
    let key = store.add_customer(&new, start()).await?;
    let employee = linked(store, key, number, "Emil", Sees::Own).await?;
    let boss = linked(store, key, number, "Berta", Sees::Company).await?;
    Ok(Company { key, employee, boss })
}

/// A person with a linked app.
async fn linked(store: &Store, customer: CustomerKey, number: &str, name: &str, sees: Sees) -> Result<Member> {
    let new = NewContact {
        first_name: name.to_owned(),
        last_name: format!("Von {number}"),
        email: Some(format!("{}@{number}.example", name.to_lowercase())),
        sees_company: sees == Sees::Company,
        main: sees == Sees::Company,
        ..NewContact::default()
    };
    let contact: ContactId = store.add_contact(customer, &new, start()).await?;
    let hash = |what: &str| -> [u8; 32] { Sha256::digest(format!("{what} {name} {number}")).into() };
    store.add_link_code(customer, contact, hash("code"), "admin", after(600), start()).await?;
    let member = store.redeem_link_code(hash("code"), hash("secret"), "PC 1", start()).await?;
    let member = member.context("the code is good")?;
    assert_eq!(member.is, core::Member { contact, customer, sees });
    Ok(member)
}
