//! Who has a ticket open, and who looked at what.

use super::db::{Row, Tx, args};
use super::people::next;
use super::{Result, Store, StoreError, public, queue};
use crate::core::presence::FORGOTTEN_AFTER;
use beistand_protocol::desk::api::desk::{Doing, Present, PresentTechnician};
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::number::TicketNumber;
use jiff::Timestamp;

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

    /// Notes that somebody did something to or looked at something personal.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(&self, actor: &str, action: &str, object: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        note(&mut tx, actor, action, object, now).await?;
        Ok(tx.commit().await?)
    }
}

/// Notes in the audit log who did what to what.
pub(super) async fn note(tx: &mut Tx, actor: &str, action: &str, object: &str, now: Timestamp) -> Result<()> {
    let id = next(tx, "audit").await?;
    let sql = "INSERT INTO audit_log (id, at, actor, action, object) VALUES (?, ?, ?, ?, ?)";
    tx.run(sql, args![id, now.as_millisecond(), actor, action, object]).await?;
    Ok(())
}

/// Who else has a ticket open.
pub(super) async fn others(
    tx: &mut Tx,
    ticket: i64,
    technician: TechnicianId,
    now: Timestamp,
) -> Result<Vec<PresentTechnician>> {
    let sql = "SELECT technician_name, writing FROM presence
               WHERE ticket_id = ? AND technician_id <> ? AND at > ? ORDER BY technician_name";
    let since = now.checked_sub(FORGOTTEN_AFTER).unwrap_or(Timestamp::MIN);
    let rows = tx.rows(sql, args![ticket, technician.0, since.as_millisecond()]).await?;
    let read = |row: &Row| Ok(PresentTechnician { name: row.plain("technician_name")?, writing: row.flag("writing")? });
    rows.iter().map(read).collect()
}
