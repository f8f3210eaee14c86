//! What the desk asks somebody to do: call about a mail that does not arrive, call back, decide on a form that is held.

use super::change::Actor;
use super::db::{Row, Tx, args};
use super::read::new_id;
use super::{Result, Store, StoreError};
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::api::queue::{Task, TaskKind, Tasks};
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::Request;
use beistand_protocol::desk::ids::TaskId;
use beistand_protocol::desk::number::TicketNumber;
use jiff::Timestamp;

/// What a task is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About {
    pub(super) ticket: Option<i64>,
    pub(super) receipt: Option<i64>,
    pub(super) customer: Option<i64>,
    /// Whom to call, unless the ticket says so.
    pub(super) contact: Option<[u8; 16]>,
}

/// Asks somebody to do something.
pub(super) async fn raise(tx: &mut Tx, kind: TaskKind, about: About, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO task (id, ticket_id, receipt, customer_id, contact_id, kind, created_at)
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let (id, at) = (new_id(now), now.as_millisecond());
    let row = args![id, about.ticket, about.receipt, about.customer, about.contact, word(kind), at];
    tx.run(sql, row).await?;
    Ok(())
}

/// What was asked about a form is done, because somebody decided on it.
pub(super) async fn form_decided(tx: &mut Tx, receipt: i64, by: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE task SET done_at = ?, done_by = ? WHERE receipt = ? AND done_at IS NULL";
    tx.run(sql, args![now.as_millisecond(), by, receipt]).await?;
    Ok(())
}

const fn word(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::MailFailed => "mailFailed",
        TaskKind::ConfirmationLate => "confirmationLate",
        TaskKind::CallBack => "callBack",
        TaskKind::HeldForm => "heldForm",
    }
}

fn kind(wanted: &str) -> Option<TaskKind> {
    [TaskKind::MailFailed, TaskKind::ConfirmationLate, TaskKind::CallBack, TaskKind::HeldForm]
        .into_iter()
        .find(|kind| word(*kind) == wanted)
}

/// A task with whom it is about. A ticket says itself whom to call; what has none says it by a contact.
const TASK: &str = "SELECT task.id, task.kind, task.created_at, task.receipt, t.number, t.request, c.name AS customer,
    p.first_name, p.last_name, coalesce(p.phone, p.mobile) AS phone
    FROM task LEFT JOIN ticket t ON t.id = task.ticket_id
    LEFT JOIN contact p ON p.id = task.contact_id AND p.erased_at IS NULL
    LEFT JOIN customer c ON c.id = coalesce(t.customer_id, task.customer_id,
        (SELECT min(m.customer_id) FROM membership m WHERE m.contact_id = task.contact_id))
    WHERE task.done_at IS NULL ORDER BY task.created_at, task.id LIMIT 500";

fn read(row: &Row) -> Result<Task> {
    let ticket = match row.plain::<Option<i64>>("number")? {
        Some(_) => Some(row.ticket("number")?),
        None => None,
    };
    let (contact, phone) = whom(row, ticket)?;
    Ok(Task {
        id: TaskId::new(row.bytes("id")?),
        kind: row.word("kind", kind)?,
        ticket,
        receipt: row.maybe_number("receipt")?.and_then(|stored| IntakeReceipt::from_stored(stored).ok()),
        customer_name: row.plain::<Option<String>>("customer")?.unwrap_or_default(),
        contact,
        phone,
        since: row.instant("created_at")?,
    })
}

fn whom(row: &Row, ticket: Option<TicketNumber>) -> Result<(String, String)> {
    if ticket.is_some() {
        let request: Request = row.json("request")?;
        return Ok((request.contact.person, request.contact.phone.written));
    }
    let part = |name| row.plain::<Option<String>>(name).map(Option::unwrap_or_default);
    let name = format!("{} {}", part("first_name")?, part("last_name")?);
    Ok((name.trim().to_owned(), part("phone")?))
}

impl Store {
    /// What the desk asks somebody to do, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn tasks(&self) -> Result<Tasks> {
        let mut tx = self.db.read().await?;
        let tasks = tx.rows(TASK, args![]).await?.iter().map(read).collect::<Result<_>>()?;
        Ok(Tasks { tasks })
    }

    /// Somebody did it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without that task, [`Refusal::StillHeld`] for a form that nobody decided on: it would be
    /// forgotten.
    pub async fn task_done(&self, id: TaskId, actor: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        let sql = "SELECT i.outcome FROM task LEFT JOIN intake i ON i.receipt = task.receipt WHERE task.id = ?";
        let task = tx.row(sql, args![*id.as_bytes()]).await?.ok_or(StoreError::NotFound)?;
        if task.plain::<Option<String>>("outcome")?.as_deref() == Some("held") {
            return Err(Refusal::StillHeld.into());
        }
        let sql = "UPDATE task SET done_at = ?, done_by = ? WHERE id = ? AND done_at IS NULL";
        tx.run(sql, args![now.as_millisecond(), actor.key(), *id.as_bytes()]).await?;
        Ok(tx.commit().await?)
    }
}
