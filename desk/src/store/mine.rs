//! What a linked app reads: the tickets that its contact may see, and of them what customers may know.
//!
//! INVARIANT: no query here names a table of what is internal; a test reads this file. Every query has [`VISIBLE`] in it.

use super::change::{self, Lock, Member};
use super::db::{Row, Tx, Value, args};
use super::public::{Material, mark_read, marks, named, timeline};
use super::{Result, Store, StoreError, page, search};
use crate::core;
use beistand_protocol::desk::api::my::{MyFilter, MyListed, MyPage, MyQuery, MySort, MyTicket};
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Sees, State, Visibility};
use jiff::Timestamp;
use std::collections::HashSet;

/// What a member may see of `t`: their own tickets, and the company's if they may and the ticket is not personal.
const VISIBLE: &str =
    "(t.customer_id = ? AND (t.requester_id = ? OR (CAST(? AS BIGINT) = 1 AND t.visibility = 'company')))";

fn visible(member: &Member) -> Vec<Value> {
    args![member.is.customer.0, *member.is.contact.as_bytes(), member.is.sees == Sees::Company]
}

const LISTED: &str = "t.id, t.number, t.title, t.request_type, t.state, t.severity, t.reference, t.contact,
    t.requester_id, t.created_at, t.public_at, t.last_public_seq, coalesce(m.seq, 0) AS seen";

fn read_listed(row: &Row, member: &Member) -> Result<MyListed> {
    Ok(MyListed {
        number: row.ticket("number")?,
        title: row.plain("title")?,
        request_type: row.word("request_type", RequestType::from_key)?,
        state: row.word("state", State::from_key)?,
        severity: row.severity("severity")?,
        reference: row.plain("reference")?,
        requester: row.plain("contact")?,
        mine: row.maybe_bytes("requester_id")? == Some(*member.is.contact.as_bytes()),
        unread: row.plain::<i64>("last_public_seq")? > row.plain::<i64>("seen")?,
        filed_at: row.instant("created_at")?,
        changed_at: row.instant("public_at")?,
    })
}

/// How a list is sorted: its keys, and whether they rise.
const fn order(sort: MySort) -> (&'static [&'static str], bool) {
    match sort {
        MySort::Changed => (&["public_at", "id"], false),
        MySort::Filed => (&["created_at", "id"], false),
        MySort::Oldest => (&["created_at", "id"], true),
        MySort::Urgency => (&["severity", "id"], true),
    }
}

/// Everything after a page that ended with these keys, as a comparison of rows.
fn after(keys: &[&str], rises: bool) -> String {
    let columns: Vec<String> = keys.iter().map(|key| format!("t.{key}")).collect();
    let sign = if rises { '>' } else { '<' };
    format!("({}) {sign} ({})", columns.join(", "), marks(keys.len()))
}

impl Store {
    /// The tickets that a linked app may see.
    ///
    /// # Errors
    /// The database's.
    pub async fn my_tickets(&self, member: &Member, query: &MyQuery) -> Result<MyPage> {
        let mut tx = self.db.read().await?;
        let (keys, rises) = order(query.sort);
        let size = page::size(query.limit);
        let mut conditions = vec![VISIBLE.to_owned()];
        let mut values = args![member.key()];
        values.extend(visible(member));
        match query.filter {
            MyFilter::All => {}
            MyFilter::Open => conditions.push("t.is_open = 1".to_owned()),
            MyFilter::WaitingForMe => conditions.push("t.state = 'waitingCustomer'".to_owned()),
            MyFilter::Done => conditions.push("t.is_open = 0".to_owned()),
        }
        if query.only_mine {
            conditions.push("t.requester_id = ?".to_owned());
            values.extend(args![*member.is.contact.as_bytes()]);
        }
        if let Some(request_type) = query.request_type {
            conditions.push("t.request_type = ?".to_owned());
            values.extend(args![request_type.key()]);
        }
        if let Some(keys_of_last) = page::read::<2>(query.cursor.as_deref()) {
            conditions.push(after(keys, rises));
            values.extend(keys_of_last.map(Value::from));
        }
        let mut from = "ticket t".to_owned();
        if let Some(typed) = &query.q {
            match (typed.as_str().parse::<TicketNumber>(), search::Query::new(typed.as_str())) {
                (Ok(number), _) => {
                    conditions.push("t.number = ?".to_owned());
                    values.extend(args![number.stored()]);
                }
                (Err(_), Some(wanted)) => {
                    // A customer has few tickets beside the desk's: no index is asked, so none can answer too much.
                    from.push_str(" JOIN search_doc d ON d.ticket_id = t.id");
                    conditions.push(wanted.condition(tx.dialect(), &["d.public"], &mut values));
                }
                (Err(_), None) => {}
            }
        }
        let direction = if rises { "ASC" } else { "DESC" };
        let order: Vec<String> = keys.iter().map(|key| format!("t.{key} {direction}")).collect();
        let sql = format!(
            "SELECT {LISTED} FROM {from} LEFT JOIN read_marker m ON m.ticket_id = t.id AND m.reader = ?
             WHERE {} ORDER BY {} LIMIT {}",
            conditions.join(" AND "),
            order.join(", "),
            size + 1
        );
        let (rows, next) = page::cut(tx.rows(&sql, values).await?, size, keys)?;
        let tickets = rows.iter().map(|row| read_listed(row, member)).collect::<Result<_>>()?;
        Ok(MyPage { tickets, next })
    }

    /// A ticket as its customer may see it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also for what is there and not this member's to see.
    pub async fn my_ticket(&self, member: &Member, number: TicketNumber, now: Timestamp) -> Result<MyTicket> {
        let mut tx = self.db.read().await?;
        let sql = format!(
            "SELECT {LISTED}, t.version, t.request, t.owner_name, t.visibility, t.due_on FROM ticket t
             LEFT JOIN read_marker m ON m.ticket_id = t.id AND m.reader = ? WHERE t.number = ? AND {VISIBLE}"
        );
        let mut asked = args![member.key(), number.stored()];
        asked.extend(visible(member));
        let row = tx.row(&sql, asked).await?.ok_or(StoreError::NotFound)?;
        let family = family(&mut tx, member, row.plain("id")?).await?;
        let mut material = Material::load(&mut tx, &family).await?;
        material.linked = linked(&mut tx, member, &family).await?;
        let timeline = timeline(&mut tx, &family, &material).await?;
        let filed = timeline.first().map(|entry| *entry.id.as_bytes()).unwrap_or_default();
        let ticket = change::load(&mut tx, number, Lock::None).await?.facts;
        Ok(MyTicket {
            listed: read_listed(&row, member)?,
            version: row.number("version")?,
            request: row.json("request")?,
            files: material.files.get(&filed).cloned().unwrap_or_default(),
            technician: row.plain("owner_name")?,
            visibility: row.word("visibility", Visibility::from_key)?,
            due_on: row.maybe_date("due_on")?,
            reopen_until: ticket.reopen_until(),
            timeline,
            rights: core::my_rights(&ticket, member.is, now),
        })
    }

    /// Says that a member has read a ticket up to now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also for what is not theirs to see.
    pub async fn my_ticket_read(&self, member: &Member, number: TicketNumber) -> Result<()> {
        let mut tx = self.db.write().await?;
        let mut asked = args![number.stored()];
        asked.extend(visible(member));
        let sql = format!("SELECT t.id, t.last_public_seq FROM ticket t WHERE t.number = ? AND {VISIBLE}");
        let row = tx.row(&sql, asked).await?.ok_or(StoreError::NotFound)?;
        mark_read(&mut tx, &member.key(), row.plain("id")?, row.plain("last_public_seq")?).await?;
        Ok(tx.commit().await?)
    }
}

/// Whether a member may see a ticket.
pub(super) async fn may_see(tx: &mut Tx, member: &Member, ticket: i64) -> Result<bool> {
    let mut asked = args![ticket];
    asked.extend(visible(member));
    Ok(tx.row(&format!("SELECT t.id FROM ticket t WHERE t.id = ? AND {VISIBLE}"), asked).await?.is_some())
}

/// A ticket and those that were merged into it, as far as the member may see them.
pub(super) async fn family(tx: &mut Tx, member: &Member, ticket: i64) -> Result<Vec<i64>> {
    let sql = format!(
        "WITH RECURSIVE family (id) AS (
             SELECT id FROM ticket WHERE id = ?
             UNION SELECT t.id FROM ticket t JOIN family ON t.merged_into = family.id WHERE {VISIBLE}
         ) SELECT id FROM family"
    );
    let mut asked = args![ticket];
    asked.extend(visible(member));
    tx.rows(&sql, asked).await?.iter().map(|row| row.plain("id")).collect()
}

/// The numbers that the timelines of these tickets name, as far as the member may see those tickets, too.
async fn linked(tx: &mut Tx, member: &Member, tickets: &[i64]) -> Result<HashSet<TicketNumber>> {
    let named = named(tx, tickets).await?;
    if named.is_empty() {
        return Ok(named);
    }
    let sql = format!("SELECT t.number FROM ticket t WHERE {VISIBLE} AND t.number IN ({})", marks(named.len()));
    let mut asked = visible(member);
    asked.extend(named.iter().map(|number| Value::from(number.stored())));
    tx.rows(&sql, asked).await?.iter().map(|row| row.ticket("number")).collect()
}
