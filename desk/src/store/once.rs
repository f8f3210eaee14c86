//! The same request twice is one request: its outcome is kept with its key, in its own transaction, for 72 hours.

use super::change::{Actor, Written};
use super::db::{Tx, args};
use super::read::to_json;
use super::{Result, StoreError};
use beistand_protocol::desk::code::IdempotencyKey;
use jiff::Timestamp;

/// What makes a repeated request the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The sender's key.
    pub key: IdempotencyKey,
    /// SHA-256 of everything that the request says.
    pub body: [u8; 32],
}

/// Claims the key, or says what came of the request before. A second sender waits here until the first is done.
pub(super) async fn claim(tx: &mut Tx, actor: &Actor, once: &Once, now: Timestamp) -> Result<Option<Written>> {
    let (who, key) = (actor.key(), once.key.as_str());
    let sql = "INSERT INTO idempotency_key (actor, idem_key, body_hash, outcome, at) VALUES (?, ?, ?, '', ?)
               ON CONFLICT (actor, idem_key) DO NOTHING";
    if tx.run(sql, args![&who, key, once.body, now.as_millisecond()]).await? == 1 {
        return Ok(None);
    }
    let sql = "SELECT body_hash, outcome FROM idempotency_key WHERE actor = ? AND idem_key = ?";
    let row = tx.row(sql, args![&who, key]).await?.ok_or(StoreError::Corrupt("idempotency key"))?;
    if row.bytes::<32>("body_hash")? != once.body {
        return Err(StoreError::KeyReused);
    }
    row.json("outcome").map(Some)
}

/// Keeps what came of it.
pub(super) async fn keep(tx: &mut Tx, actor: &Actor, once: &Once, written: &Written) -> Result<()> {
    let sql = "UPDATE idempotency_key SET outcome = ? WHERE actor = ? AND idem_key = ?";
    tx.run(sql, args![to_json(written)?, actor.key(), once.key.as_str()]).await?;
    Ok(())
}
