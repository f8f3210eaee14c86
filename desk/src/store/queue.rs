//! The technicians' lists: the queue in the order in which it is to be worked on, and the search over everything.

use super::db::{Dialect, Row, Tx, Value, args};
use super::{Result, Store, page, search};
use beistand_protocol::desk::api::queue::{QueueCounts, QueueItem, QueuePage, QueueQuery, QueueView};
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::State;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The columns of an item. Their one argument is the reader.
pub(super) const ITEM: &str = "t.id, t.number, t.title, t.request_type, t.state, t.severity, t.precedence, t.contact,
    t.owner_id, t.owner_name, t.due_on, t.created_at, t.updated_at, t.last_seq,
    c.number AS customer_number, c.name AS customer_name,
    coalesce((SELECT seq FROM read_marker m WHERE m.reader = ? AND m.ticket_id = t.id), 0) AS seen";

pub(super) fn reader(technician: TechnicianId) -> String {
    format!("technician:{}", technician.0)
}

pub(super) fn read_item(row: &Row, technician: TechnicianId) -> Result<QueueItem> {
    Ok(QueueItem {
        number: row.ticket("number")?,
        title: row.plain("title")?,
        request_type: row.word("request_type", RequestType::from_key)?,
        state: row.word("state", State::from_key)?,
        severity: row.severity("severity")?,
        maintenance: row.plain::<i64>("precedence")? == 0,
        customer_number: row.word("customer_number", |number| number.parse().ok())?,
        customer_name: row.plain("customer_name")?,
        contact: row.plain("contact")?,
        owner: row.plain("owner_name")?,
        mine: row.plain::<Option<i64>>("owner_id")? == Some(i64::from(technician.0)),
        unread: row.plain::<i64>("last_seq")? > row.plain::<i64>("seen")?,
        due_on: row.maybe_date("due_on")?,
        filed_at: row.instant("created_at")?,
        changed_at: row.instant("updated_at")?,
    })
}

/// In which order a list comes: its keys, the comparison with the last row of the page before, and the order itself.
struct Order {
    keys: &'static [&'static str],
    after: &'static str,
    by: &'static str,
}

const BY_PRECEDENCE: Order = Order {
    keys: &["precedence", "severity", "id"],
    after: "(t.precedence, t.severity, t.id) > (?, ?, ?)",
    by: "t.precedence, t.severity, t.id",
};
const NEWEST: Order = Order { keys: &["id"], after: "t.id < ?", by: "t.id DESC" };
const CHANGED_LAST: Order =
    Order { keys: &["updated_at", "id"], after: "(t.updated_at, t.id) < (?, ?)", by: "t.updated_at DESC, t.id DESC" };

/// The parts of a question about tickets, filled bit by bit; the arguments come in the order of the conditions.
#[derive(Default)]
struct Question {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Question {
    fn ask(&mut self, condition: impl Into<String>, values: Vec<Value>) {
        self.conditions.push(condition.into());
        self.values.extend(values);
    }

    fn view(&mut self, view: QueueView, technician: TechnicianId) {
        match view {
            QueueView::Open => self.ask("t.is_open = 1", args![]),
            QueueView::Mine => self.ask("t.is_open = 1 AND t.owner_id = ?", args![technician.0]),
            QueueView::Unassigned => self.ask("t.is_open = 1 AND t.owner_id IS NULL", args![]),
            QueueView::Waiting => {
                self.ask("t.is_open = 1 AND t.state IN ('waitingCustomer', 'waitingVendor', 'scheduled')", args![]);
            }
            QueueView::Resolved => self.ask("t.state = 'resolved'", args![]),
            QueueView::All => {}
        }
    }

    fn filters(&mut self, query: &QueueQuery, reader: &str) {
        if let Some(request_type) = query.request_type {
            self.ask("t.request_type = ?", args![request_type.key()]);
        }
        if let Some(severity) = query.severity {
            self.ask("t.severity = ?", args![severity.number()]);
        }
        if let Some(customer) = &query.customer {
            self.ask("t.customer_id = (SELECT id FROM customer WHERE number = ?)", args![customer.as_str()]);
        }
        if let Some(owner) = query.owner {
            self.ask("t.owner_id = ?", args![owner.0]);
        }
        if query.unread {
            let seen = "coalesce((SELECT seq FROM read_marker m WHERE m.reader = ? AND m.ticket_id = t.id), 0)";
            self.ask(format!("t.last_seq > {seen}"), args![reader]);
        }
    }

    /// Asks for what was typed: a number of ours is looked up, anything else is searched for. Says from which tables.
    fn search(&mut self, typed: &str, dialect: Dialect) -> &'static str {
        if let Ok(number) = typed.parse::<TicketNumber>() {
            self.ask("t.number = ?", args![number.stored()]);
            return "ticket t";
        }
        if let Ok(receipt) = typed.parse::<IntakeReceipt>() {
            self.ask("t.receipt = ?", args![i64::try_from(receipt.stored()).unwrap_or_default()]);
            return "ticket t";
        }
        let Some(wanted) = search::Query::new(typed) else { return "ticket t" };
        let index = wanted.index_question().filter(|_| dialect == Dialect::Sqlite);
        let from = match index {
            Some(question) => {
                self.ask("search_index MATCH ?", args![question]);
                "search_index JOIN search_doc d ON d.ticket_id = search_index.rowid JOIN ticket t ON t.id = d.ticket_id"
            }
            None => "search_doc d JOIN ticket t ON t.id = d.ticket_id",
        };
        let condition = wanted.condition(dialect, &["d.public", "d.internal"], &mut self.values);
        self.conditions.push(condition);
        from
    }
}

/// The order of a search, in the column by which its index walks.
fn newest_in(from: &str) -> Order {
    if from.starts_with("search_index") {
        Order { keys: &["id"], after: "search_index.rowid < ?", by: "search_index.rowid DESC" }
    } else if from.starts_with("search_doc") {
        Order { keys: &["id"], after: "d.ticket_id < ?", by: "d.ticket_id DESC" }
    } else {
        NEWEST
    }
}

impl Store {
    /// A page of the queue as one technician sees it.
    ///
    /// # Errors
    /// The database's.
    pub async fn queue(&self, technician: TechnicianId, query: &QueueQuery, now: Timestamp) -> Result<QueuePage> {
        self.refresh_precedence(now).await?;
        let mut tx = self.db.read().await?;
        let (reader, size) = (reader(technician), page::size(query.limit));
        let mut question = Question::default();
        // Who types a number wants that ticket, wherever it stands.
        let mut from = "ticket t";
        let mut order = match query.view {
            QueueView::All => CHANGED_LAST,
            QueueView::Open | QueueView::Mine | QueueView::Unassigned | QueueView::Waiting | QueueView::Resolved => {
                BY_PRECEDENCE
            }
        };
        if let Some(typed) = &query.q {
            from = question.search(typed.as_str(), tx.dialect());
            order = newest_in(from);
        }
        question.view(query.view, technician);
        question.filters(query, &reader);
        ask_after(&mut question, &order, query.cursor.as_deref());
        let conditions =
            if question.conditions.is_empty() { "1 = 1".to_owned() } else { question.conditions.join(" AND ") };
        let sql = format!(
            "SELECT {ITEM} FROM {from} JOIN customer c ON c.id = t.customer_id WHERE {conditions} ORDER BY {} LIMIT {}",
            order.by,
            size + 1
        );
        let mut values = args![&reader];
        values.extend(question.values);
        let (rows, next) = page::cut(tx.rows(&sql, values).await?, size, order.keys)?;
        let tickets = rows.iter().map(|row| read_item(row, technician)).collect::<Result<_>>()?;
        Ok(QueuePage { tickets, next, counts: counts(&mut tx, technician).await? })
    }

    /// Puts the open tickets of customers whose maintenance began or ended into their new places, once a day.
    async fn refresh_precedence(&self, now: Timestamp) -> Result<()> {
        let today = day(now).to_string();
        if precedence_day(&mut self.db.read().await?).await?.as_deref() == Some(today.as_str()) {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        let wanted =
            "CASE WHEN customer_id IN (SELECT id FROM customer WHERE maintenance_until >= ?) THEN 0 ELSE 1 END";
        let sql = format!("UPDATE ticket SET precedence = {wanted} WHERE is_open = 1 AND precedence <> {wanted}");
        tx.run(&sql, args![&today, &today]).await?;
        let sql = "INSERT INTO setting (name, value) VALUES ('precedence_day', ?)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        tx.run(sql, args![&today]).await?;
        Ok(tx.commit().await?)
    }
}

/// The day by which maintenance is judged: that of UTC, which is the desk's to within two hours.
pub(super) fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

async fn precedence_day(tx: &mut Tx) -> Result<Option<String>> {
    let row = tx.row("SELECT value FROM setting WHERE name = 'precedence_day'", args![]).await?;
    row.map(|row| row.plain("value")).transpose()
}

fn ask_after(question: &mut Question, order: &Order, cursor: Option<&str>) {
    let keys: Option<Vec<i64>> = match order.keys.len() {
        1 => page::read::<1>(cursor).map(Into::into),
        2 => page::read::<2>(cursor).map(Into::into),
        _ => page::read::<3>(cursor).map(Into::into),
    };
    if let Some(keys) = keys {
        question.ask(order.after, keys.into_iter().map(Value::from).collect());
    }
}

/// How many tickets each view has: from the index of open tickets alone, which is as large as what is to be done.
async fn counts(tx: &mut Tx, technician: TechnicianId) -> Result<QueueCounts> {
    let waiting = "state IN ('waitingCustomer', 'waitingVendor', 'scheduled')";
    let sql = format!(
        "SELECT count(*) AS open,
            count(CASE WHEN owner_id = ? THEN 1 END) AS mine,
            count(CASE WHEN owner_id IS NULL THEN 1 END) AS unassigned,
            count(CASE WHEN {waiting} THEN 1 END) AS waiting,
            (SELECT count(*) FROM ticket WHERE state = 'resolved') AS resolved,
            (SELECT count(*) FROM task WHERE done_at IS NULL) AS tasks
         FROM ticket WHERE is_open = 1"
    );
    let Some(row) = tx.row(&sql, args![technician.0]).await? else { return Ok(QueueCounts::default()) };
    Ok(QueueCounts {
        open: row.number("open")?,
        mine: row.number("mine")?,
        unassigned: row.number("unassigned")?,
        waiting: row.number("waiting")?,
        resolved: row.number("resolved")?,
        tasks: row.number("tasks")?,
    })
}
