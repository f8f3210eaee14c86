//! What came in with customer number and PIN: on disk before it is answered, right or wrong, and decided on afterwards.

use super::change::{Write, Written};
use super::db::{Row, Tx, args};
use super::filing::{self, Filing};
use super::{Result, Store, StoreError};
use beistand_protocol::desk::code::IntakeReceipt;
use jiff::Timestamp;

/// A form that has just come in.
#[derive(Clone, PartialEq, Eq)]
pub struct IntakeArrived {
    /// What its sender gets.
    pub receipt: IntakeReceipt,
    /// A keyed hash of the customer number that was typed.
    pub customer_hmac: [u8; 32],
    /// A keyed hash of the sender's network.
    pub network_hmac: [u8; 32],
    /// Everything that is needed to decide on it.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for IntakeArrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IntakeArrived({}, {} bytes)", self.receipt, self.payload.len())
    }
}

/// What was decided, other than a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Number and PIN did not belong together.
    WrongPair,
    /// There were too many attempts.
    Throttled,
}

impl Decided {
    const fn key(self) -> &'static str {
        match self {
            Self::WrongPair => "wrongPair",
            Self::Throttled => "throttled",
        }
    }
}

/// How many forms came lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntakeCounts {
    /// With this customer number and a wrong PIN.
    pub customer_failures: u32,
    /// From this network.
    pub network_attempts: u32,
    /// Altogether.
    pub all_attempts: u32,
}

pub(super) fn stored(receipt: IntakeReceipt) -> i64 {
    i64::try_from(receipt.stored()).unwrap_or(i64::MAX)
}

fn read_receipt(row: &Row) -> Result<IntakeReceipt> {
    IntakeReceipt::from_stored(row.number("receipt")?).map_err(|_| StoreError::Corrupt("receipt"))
}

pub(super) async fn insert(tx: &mut Tx, arrived: &IntakeArrived, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO intake (receipt, customer_hmac, network_hmac, at, payload) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (receipt) DO NOTHING";
    let hmacs = (arrived.customer_hmac, arrived.network_hmac);
    let row = args![stored(arrived.receipt), hmacs.0, hmacs.1, now.as_millisecond(), arrived.payload.clone()];
    if tx.run(sql, row).await? == 0 {
        return Err(StoreError::Taken("receipt"));
    }
    Ok(())
}

/// Forgets a form that becomes no ticket. Says whether it was still to be decided on.
pub(super) async fn finish(tx: &mut Tx, receipt: IntakeReceipt, decided: Decided) -> Result<bool> {
    let sql = "UPDATE intake SET outcome = ?, payload = NULL WHERE receipt = ? AND payload IS NOT NULL";
    Ok(tx.run(sql, args![decided.key(), stored(receipt)]).await? == 1)
}

impl Store {
    /// Keeps a form that came in, before its sender is answered.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the receipt was drawn before.
    pub async fn put_intake(&self, arrived: &IntakeArrived, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        insert(&mut tx, arrived, now).await?;
        Ok(tx.commit().await?)
    }

    /// The forms that are still to be decided on, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting_intakes(&self, most: u32) -> Result<Vec<(IntakeReceipt, Vec<u8>)>> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT receipt, payload FROM intake WHERE payload IS NOT NULL ORDER BY at, receipt LIMIT ?";
        let rows = tx.rows(sql, args![most]).await?;
        rows.iter().map(|row| Ok((read_receipt(row)?, row.plain("payload")?))).collect()
    }

    /// Decides against a ticket and forgets the form.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish_intake(&self, receipt: IntakeReceipt, decided: Decided) -> Result<()> {
        let mut tx = self.db.write().await?;
        finish(&mut tx, receipt, decided).await?;
        Ok(tx.commit().await?)
    }

    /// Makes a ticket of a form and forgets the form, in one. A form that was decided on stays decided on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no form to be decided on.
    pub async fn file_intake(&self, write: &Write, filing: &Filing) -> Result<Written> {
        let receipt = filing.receipt.ok_or(StoreError::NotFound)?;
        let mut tx = self.db.write().await?;
        let sql = format!(
            "SELECT i.payload, t.number, t.version FROM intake i LEFT JOIN ticket t ON t.id = i.ticket_id
             WHERE i.receipt = ?{}",
            if tx.dialect().for_update().is_empty() { "" } else { " FOR UPDATE OF i" }
        );
        let row = tx.row(&sql, args![stored(receipt)]).await?.ok_or(StoreError::NotFound)?;
        if row.plain::<Option<i64>>("number")?.is_some() {
            return Ok(Written::of(row.ticket("number")?, row.number("version")?));
        }
        if row.plain::<Option<Vec<u8>>>("payload")?.is_none() {
            return Err(StoreError::NotFound);
        }
        let (ticket, written) = filing::insert(&mut tx, write, filing).await?;
        let sql = "UPDATE intake SET outcome = 'created', ticket_id = ?, payload = NULL WHERE receipt = ?";
        tx.run(sql, args![ticket, stored(receipt)]).await?;
        tx.commit().await?;
        self.ring();
        Ok(written)
    }

    /// How many forms came since `since`, for the limits.
    ///
    /// # Errors
    /// The database's.
    pub async fn intake_counts(
        &self,
        customer_hmac: [u8; 32],
        network_hmac: [u8; 32],
        since: Timestamp,
    ) -> Result<IntakeCounts> {
        let mut tx = self.db.read().await?;
        let at = since.as_millisecond();
        let sql = "SELECT
            (SELECT count(*) FROM intake WHERE customer_hmac = ? AND at >= ? AND outcome = 'wrongPair') AS customer,
            (SELECT count(*) FROM intake WHERE network_hmac = ? AND at >= ?) AS network,
            (SELECT count(*) FROM intake WHERE at >= ?) AS everybody";
        let row = tx.row(sql, args![customer_hmac, at, network_hmac, at, at]).await?;
        let Some(row) = row else { return Ok(IntakeCounts::default()) };
        Ok(IntakeCounts {
            customer_failures: row.number("customer")?,
            network_attempts: row.number("network")?,
            all_attempts: row.number("everybody")?,
        })
    }
}
