//! Who has a ticket open, what is to be done beside tickets, and who looked at what.

use super::change::Actor;
use super::db::{Row, args};
use super::outbox::task_kind;
use super::people::next;
use super::{Result, Store, StoreError, public, queue};
use beistand_protocol::desk::api::desk::{Doing, Present, PresentTechnician};
use beistand_protocol::desk::api::queue::{Task, Tasks};
use beistand_protocol::desk::form::Request;
use beistand_protocol::desk::ids::{TaskId, TechnicianId};
use beistand_protocol::desk::number::TicketNumber;
use jiff::Timestamp;

/// How long somebody counts as there after they last said so.
const THERE_MS: i64 = 40_000;

impl Store {
    /// Says what a technician does with a ticket, and tells them who else is there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn be_present(
        &self,
        technician: TechnicianId,
        name: &str,
        number: TicketNumber,
        doing: Doing,
        now: Timestamp,
    ) -> Result<Present> {
        let mut tx = self.db.write().await?;
        let sql = "SELECT id, version FROM ticket WHERE number = ?";
        let ticket = tx.row(sql, args![number.stored()]).await?.ok_or(StoreError::NotFound)?;
        let (id, at): (i64, i64) = (ticket.plain("id")?, now.as_millisecond());
        match doing {
            Doing::Gone => {
                let sql = "DELETE FROM presence WHERE ticket_id = ? AND technician_id = ?";
                tx.run(sql, args![id, technician.0]).await?;
            }
            Doing::Reading | Doing::Writing => {
                let sql = "INSERT INTO presence (ticket_id, technician_id, technician_name, writing, at)
                           VALUES (?, ?, ?, ?, ?) ON CONFLICT (ticket_id, technician_id)
                           DO UPDATE SET technician_name = excluded.technician_name, writing = excluded.writing,
                                         at = excluded.at";
                tx.run(sql, args![id, technician.0, name, doing == Doing::Writing, at]).await?;
            }
        }
        let others = others(&mut tx, id, technician, now).await?;
        tx.commit().await?;
        Ok(Present { others, version: ticket.number("version")? })
    }

    /// Says that a technician has read a ticket up to now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn desk_ticket_read(&self, technician: TechnicianId, number: TicketNumber) -> Result<()> {
        let mut tx = self.db.write().await?;
        let sql = "SELECT id, last_seq FROM ticket WHERE number = ?";
        let row = tx.row(sql, args![number.stored()]).await?.ok_or(StoreError::NotFound)?;
        public::mark_read(&mut tx, &queue::reader(technician), row.plain("id")?, row.plain("last_seq")?).await?;
        Ok(tx.commit().await?)
    }

    /// What the desk asks somebody to do, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn tasks(&self) -> Result<Tasks> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT task.id, task.kind, task.created_at, t.number, t.request, c.name FROM task
                   JOIN ticket t ON t.id = task.ticket_id JOIN customer c ON c.id = t.customer_id
                   WHERE task.done_at IS NULL ORDER BY task.created_at, task.id LIMIT 500";
        let read = |row: &Row| {
            let request: Request = row.json("request")?;
            Ok(Task {
                id: TaskId::new(row.bytes("id")?),
                kind: row.word("kind", task_kind)?,
                ticket: row.ticket("number")?,
                customer_name: row.plain("name")?,
                contact: request.contact.person,
                phone: request.contact.phone.written,
                since: row.instant("created_at")?,
            })
        };
        let tasks = tx.rows(sql, args![]).await?.iter().map(read).collect::<Result<_>>()?;
        Ok(Tasks { tasks })
    }

    /// Somebody did it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without that task.
    pub async fn task_done(&self, id: TaskId, actor: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        if tx.row("SELECT id FROM task WHERE id = ?", args![*id.as_bytes()]).await?.is_none() {
            return Err(StoreError::NotFound);
        }
        let sql = "UPDATE task SET done_at = ?, done_by = ? WHERE id = ? AND done_at IS NULL";
        tx.run(sql, args![now.as_millisecond(), actor.key(), *id.as_bytes()]).await?;
        Ok(tx.commit().await?)
    }

    /// Notes that somebody did something to or looked at something personal.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(&self, actor: &str, action: &str, object: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        let id = next(&mut tx, "audit").await?;
        let sql = "INSERT INTO audit_log (id, at, actor, action, object) VALUES (?, ?, ?, ?, ?)";
        tx.run(sql, args![id, now.as_millisecond(), actor, action, object]).await?;
        Ok(tx.commit().await?)
    }
}

/// Who else has a ticket open.
pub(super) async fn others(
    tx: &mut super::db::Tx,
    ticket: i64,
    technician: TechnicianId,
    now: Timestamp,
) -> Result<Vec<PresentTechnician>> {
    let sql = "SELECT technician_name, writing FROM presence
               WHERE ticket_id = ? AND technician_id <> ? AND at > ? ORDER BY technician_name";
    let rows = tx.rows(sql, args![ticket, technician.0, now.as_millisecond() - THERE_MS]).await?;
    let read = |row: &Row| Ok(PresentTechnician { name: row.plain("technician_name")?, writing: row.flag("writing")? });
    rows.iter().map(read).collect()
}
