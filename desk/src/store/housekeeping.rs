//! What goes by itself: forms of 72 hours ago, keys of repeated requests, and the grace of resolved tickets.

use super::change::{Actor, Write};
use super::db::args;
use super::{Result, Store, acts};
use crate::core::REOPEN_GRACE;
use crate::core::intake::KEPT;
use beistand_protocol::desk::number::TicketNumber;
use jiff::{SignedDuration, Timestamp};

/// For how long it is known how many wrong PINs there were on a day of which the customer was told.
const FAILED_PINS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How many resolved tickets are closed in one go.
const AT_ONCE: u32 = 500;

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// What became of forms with a PIN.
    pub intakes: u64,
    /// Outcomes of requests that may be repeated.
    pub keys: u64,
    /// Tickets that were resolved long enough ago and are closed now.
    pub closed: u64,
}

impl Store {
    /// Lets go of what is kept for a time only. To be called about once an hour.
    ///
    /// # Errors
    /// The database's.
    pub async fn purge(&self, now: Timestamp) -> Result<Purged> {
        let ago = |time: SignedDuration| now.checked_sub(time).unwrap_or(Timestamp::MIN).as_millisecond();
        let mut tx = self.db.write().await?;
        // What is still to be decided on stays, and what a technician decided can be looked up for as long as the rest.
        let sql = "DELETE FROM intake WHERE at < ? AND payload IS NULL AND held IS NULL
                   AND (decided_at IS NULL OR decided_at < ?)";
        let intakes = tx.run(sql, args![ago(KEPT), ago(KEPT)]).await?;
        let sql = "DELETE FROM failed_pin WHERE told_at < ?";
        tx.run(sql, args![ago(FAILED_PINS_KEPT)]).await?;
        let keys = tx.run("DELETE FROM idempotency_key WHERE at < ?", args![ago(KEPT)]).await?;
        tx.run("DELETE FROM presence WHERE at < ?", args![ago(SignedDuration::from_hours(1))]).await?;
        tx.commit().await?;
        let closed = self.close_resolved(ago(REOPEN_GRACE), now).await?;
        Ok(Purged { intakes, keys, closed })
    }

    async fn close_resolved(&self, resolved_before: i64, now: Timestamp) -> Result<u64> {
        let write = Write { actor: Actor::System, now, once: None };
        let mut closed = 0;
        loop {
            let mut tx = self.db.write().await?;
            let sql = format!(
                "SELECT number FROM ticket WHERE state = 'resolved' AND resolved_at <= ? ORDER BY resolved_at LIMIT ?{}",
                tx.dialect().skip_locked()
            );
            let due = tx.rows(&sql, args![resolved_before, AT_ONCE]).await?;
            let due: Vec<TicketNumber> = due.iter().map(|row| row.ticket("number")).collect::<Result<_>>()?;
            for number in &due {
                acts::close_after_grace(&mut tx, &write, *number).await?;
                closed += 1;
            }
            tx.commit().await?;
            if due.len() < AT_ONCE as usize {
                return Ok(closed);
            }
        }
    }
}
