//! Wrong PINs: in the audit log, by customer and day, and the one notice that a customer gets of a day of them.

use super::db::args;
use super::intake::{Decided, finish, stored};
use super::presence::note;
use super::{Result, Store, StoreError, outbox};
use crate::core::CustomerKey;
use crate::mail::Notice;
use beistand_protocol::desk::code::IntakeReceipt;
use jiff::Timestamp;
use jiff::civil::Date;

/// How many customers are told in one transaction.
const AT_ONCE: u32 = 100;

impl Store {
    /// Decides that number and PIN did not belong together, forgets the form, notes it in the audit log, and counts it
    /// for the day, if there is a customer with this number.
    ///
    /// The log knows the number by its keyed hash alone, whether it is a customer's or not: attempts with one number can
    /// be put together, and nobody who reads the log learns what was typed.
    ///
    /// # Errors
    /// The database's.
    pub async fn wrong_pin(
        &self,
        receipt: IntakeReceipt,
        customer: Option<CustomerKey>,
        day: Date,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write().await?;
        if !finish(&mut tx, receipt, Decided::WrongPair).await? {
            return Ok(());
        }
        let sql = "SELECT customer_hmac FROM intake WHERE receipt = ?";
        let form = tx.row(sql, args![stored(receipt)]).await?.ok_or(StoreError::NotFound)?;
        let typed: String = form.bytes::<32>("customer_hmac")?.iter().map(|byte| format!("{byte:02x}")).collect();
        note(&mut tx, "pin", "gave a wrong PIN", &typed, now).await?;
        if let Some(customer) = customer {
            let sql = "INSERT INTO failed_pin (customer_id, day, attempts) VALUES (?, ?, 1)
                       ON CONFLICT (customer_id, day) DO UPDATE SET attempts = failed_pin.attempts + 1";
            tx.run(sql, args![customer.0, day.to_string()]).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Tells the main contacts of each customer how many wrong PINs there were, for the days before `today`: one mail for
    /// a customer's day, whatever happened in it. Says how many days were told of.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell_of_failed_pins(&self, today: Date, now: Timestamp) -> Result<u64> {
        let mut told = 0;
        loop {
            let mut tx = self.db.write().await?;
            let sql = format!(
                "SELECT customer_id, day, attempts FROM failed_pin WHERE told_at IS NULL AND day < ?
                 ORDER BY day, customer_id LIMIT ?{}",
                tx.dialect().skip_locked()
            );
            let due = tx.rows(&sql, args![today.to_string(), AT_ONCE]).await?;
            for row in &due {
                let (customer, day): (i64, Date) =
                    (row.plain("customer_id")?, row.word("day", |day| day.parse().ok())?);
                let notice = Notice::FailedPins { day, attempts: row.number("attempts")? };
                for contact in outbox::main_contacts(&mut tx, CustomerKey(customer)).await? {
                    outbox::put_alone(&mut tx, contact, &notice, now.as_millisecond()).await?;
                }
                let sql = "UPDATE failed_pin SET told_at = ? WHERE customer_id = ? AND day = ?";
                tx.run(sql, args![now.as_millisecond(), customer, day.to_string()]).await?;
                told += 1;
            }
            tx.commit().await?;
            if due.len() < AT_ONCE as usize {
                self.ring();
                return Ok(told);
            }
        }
    }
}
