//! What is to be told to contacts: written in the transaction of what happened, leased by whoever sends it.
//!
//! First in, first out for each contact and ticket; a lease that runs out is anybody's again. Whom a row goes to is
//! looked up when it is leased, so that nobody is written to who was removed meanwhile.

use super::db::{Row, Tx, args};
use super::people::{full_name, next};
use super::read::to_json;
use super::tasks::{self, About};
use super::{Result, Store};
use crate::core::CustomerKey;
use crate::mail::Notice;
use beistand_protocol::desk::api::queue::TaskKind;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::Language;
use jiff::Timestamp;
use std::time::Duration;

/// One mail to one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Which row.
    pub id: i64,
    /// Unique and the same for every attempt.
    pub key: String,
    /// About which ticket.
    pub ticket: Option<TicketNumber>,
    /// Its title.
    pub title: String,
    /// The customer's own number or keyword.
    pub reference: Option<String>,
    /// What is to be said.
    pub notice: Notice,
    /// To whom, as they are on file now; nothing if they are gone or have no address.
    pub to: Option<Recipient>,
    /// The key of the letter before, to the same contact about the same ticket.
    pub previous_key: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// Whether a technician was asked to call already.
    pub tasked: bool,
}

/// Whom a letter goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// In which language.
    pub language: Language,
}

/// A letter that will not be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Which row.
    pub id: i64,
    /// About which ticket.
    pub ticket: Option<TicketNumber>,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong last.
    pub error: String,
    /// Since when it waited.
    pub created_at: Timestamp,
}

/// Puts a letter to a contact into the outbox; `seq` is the event's of which it tells.
pub(super) async fn put(
    tx: &mut Tx,
    ticket: i64,
    seq: i64,
    contact: [u8; 16],
    notice: &Notice,
    now: i64,
) -> Result<()> {
    let id = next(tx, "outbox").await?;
    let sql =
        "INSERT INTO outbox (id, adapter, ticket_id, contact_id, seq, idem_key, payload, state, attempts, next_at,
               tasked, created_at) VALUES (?, 'mail', ?, ?, ?, ?, ?, 'pending', 0, ?, 0, ?)";
    let row = args![id, ticket, contact, seq, format!("e{seq}k{id}"), to_json(notice)?, now, now];
    tx.run(sql, row).await?;
    Ok(())
}

/// Puts a letter into the outbox that belongs to no ticket.
pub(super) async fn put_alone(tx: &mut Tx, contact: [u8; 16], notice: &Notice, now: i64) -> Result<()> {
    let id = next(tx, "outbox").await?;
    let sql = "INSERT INTO outbox (id, adapter, contact_id, seq, idem_key, payload, state, attempts, next_at, tasked,
               created_at) VALUES (?, 'mail', ?, 0, ?, ?, 'pending', 0, ?, 0, ?)";
    tx.run(sql, args![id, contact, format!("e0k{id}"), to_json(notice)?, now, now]).await?;
    Ok(())
}

/// A customer's main contacts who can be written to.
pub(super) async fn main_contacts(tx: &mut Tx, customer: CustomerKey) -> Result<Vec<[u8; 16]>> {
    let sql = "SELECT contact.id FROM membership JOIN contact ON contact.id = membership.contact_id
               WHERE customer_id = ? AND is_main = 1 AND erased_at IS NULL AND email <> '' ORDER BY contact.id";
    tx.rows(sql, args![customer.0]).await?.iter().map(|row| row.bytes("id")).collect()
}

fn read_letter(row: &Row) -> Result<Letter> {
    let email: Option<String> = row.plain("email")?;
    let to = match email.filter(|email| !email.is_empty()) {
        Some(email) => {
            Some(Recipient { name: full_name(row)?, email, language: row.word("language", Language::from_key)? })
        }
        None => None,
    };
    Ok(Letter {
        id: row.plain("id")?,
        key: row.plain("idem_key")?,
        ticket: row.maybe_number::<u32>("number")?.and_then(|number| TicketNumber::from_stored(number).ok()),
        title: row.plain::<Option<String>>("title")?.unwrap_or_default(),
        reference: row.plain("reference")?,
        notice: row.json("payload")?,
        to,
        previous_key: row.plain("previous_key")?,
        attempts: row.number("attempts")?,
        created_at: row.instant("created_at")?,
        tasked: row.flag("tasked")?,
    })
}

const LETTER: &str = "SELECT o.id, o.idem_key, o.payload, o.attempts, o.created_at, o.tasked,
    t.number, t.title, t.reference, p.first_name, p.last_name, p.email, p.language,
    (SELECT b.idem_key FROM outbox b WHERE b.ticket_id = o.ticket_id AND b.contact_id = o.contact_id
        AND b.id < o.id AND b.state = 'done' ORDER BY b.id DESC LIMIT 1) AS previous_key
    FROM outbox o LEFT JOIN ticket t ON t.id = o.ticket_id
    LEFT JOIN contact p ON p.id = o.contact_id AND p.erased_at IS NULL WHERE o.id = ?";

impl Store {
    /// Takes up to `most` letters that are due, for so long: the oldest first, and none whose contact has an older one
    /// about the same ticket that is still to be sent. What can't be read is given up by that.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_lease(&self, now: Timestamp, lease: Duration, most: u32) -> Result<Vec<Letter>> {
        let mut tx = self.db.write().await?;
        let at = now.as_millisecond();
        let until = at.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT o.id FROM outbox o WHERE o.adapter = 'mail' AND o.state IN ('pending', 'leased') AND o.next_at <= ?
             AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.ticket_id = o.ticket_id AND b.contact_id = o.contact_id
                 AND b.id < o.id AND b.state IN ('pending', 'leased'))
             ORDER BY o.next_at, o.id LIMIT ?{}",
            tx.dialect().skip_locked()
        );
        let due = tx.rows(&sql, args![at, most]).await?;
        let mut letters = Vec::with_capacity(due.len());
        for row in due {
            let id: i64 = row.plain("id")?;
            // A lease is a date before which nobody else takes it.
            let sql = "UPDATE outbox SET state = 'leased', leased_until = ?, next_at = ? WHERE id = ?";
            tx.run(sql, args![until, until, id]).await?;
            let Some(row) = tx.row(LETTER, args![id]).await? else { continue };
            match read_letter(&row) {
                Ok(letter) => letters.push(letter),
                // It must not hold up the others: it is dead by itself.
                Err(error) if error.is_about_what_is_kept() => {
                    tracing::error!(letter = id, %error, "A mail in the outbox can't be read; a technician is asked to call");
                    bury(&mut tx, id, &format!("It can't be read: {error}."), now).await?;
                }
                Err(error) => return Err(error),
            }
        }
        tx.commit().await?;
        Ok(letters)
    }

    /// A letter was taken by the mail server, which calls it `external_id`.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_done(&self, id: i64, external_id: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE outbox SET state = 'done', leased_until = NULL, external_id = ?, last_error = NULL,
                   attempts = attempts + 1 WHERE id = ? AND state = 'leased'";
        tx.run(sql, args![external_id, id]).await?;
        Ok(tx.commit().await?)
    }

    /// A letter is to be tried again.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_retry(&self, id: i64, next_at: Timestamp, attempts: u32, error: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE outbox SET state = 'pending', leased_until = NULL, next_at = ?, attempts = ?, last_error = ?
                   WHERE id = ? AND state = 'leased'";
        tx.run(sql, args![next_at.as_millisecond(), attempts, error, id]).await?;
        Ok(tx.commit().await?)
    }

    /// A letter will not be tried again: a technician is to call.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_dead(&self, id: i64, error: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        bury(&mut tx, id, error, now).await?;
        Ok(tx.commit().await?)
    }

    /// A letter has waited for so long that a technician is to call; it is tried on. Once for each letter.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_task(&self, id: i64, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        raise_task(&mut tx, id, TaskKind::ConfirmationLate, now).await?;
        Ok(tx.commit().await?)
    }

    /// When the next letter is due.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_next_due(&self) -> Result<Option<Timestamp>> {
        let mut tx = self.db.read().await?;
        let sql =
            "SELECT min(next_at) AS next_at FROM outbox WHERE adapter = 'mail' AND state IN ('pending', 'leased')";
        let row = tx.row(sql, args![]).await?;
        row.map_or(Ok(None), |row| row.maybe_instant("next_at"))
    }

    /// The letters that are not tried any more, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_dead_letters(&self) -> Result<Vec<DeadLetter>> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT o.id, t.number, o.attempts, o.last_error, o.created_at FROM outbox o
                   LEFT JOIN ticket t ON t.id = o.ticket_id WHERE o.state = 'dead' ORDER BY o.id LIMIT 1000";
        let read = |row: &Row| {
            Ok(DeadLetter {
                id: row.plain("id")?,
                ticket: row.maybe_number::<u32>("number")?.and_then(|number| TicketNumber::from_stored(number).ok()),
                attempts: row.number("attempts")?,
                error: row.plain::<Option<String>>("last_error")?.unwrap_or_default(),
                created_at: row.instant("created_at")?,
            })
        };
        tx.rows(sql, args![]).await?.iter().map(read).collect()
    }

    /// Tries a dead letter again from the beginning. Says whether there was one.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_replay(&self, id: i64, now: Timestamp) -> Result<bool> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE outbox SET state = 'pending', attempts = 0, next_at = ? WHERE id = ? AND state = 'dead'";
        let found = tx.run(sql, args![now.as_millisecond(), id]).await? == 1;
        tx.commit().await?;
        self.ring();
        Ok(found)
    }
}

/// Gives a letter up that is leased: a technician is to call, and its ticket says why.
async fn bury(tx: &mut Tx, id: i64, why: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE outbox SET state = 'dead', leased_until = NULL, attempts = attempts + 1, last_error = ?
               WHERE id = ? AND state = 'leased'";
    if tx.run(sql, args![why, id]).await? == 1 {
        raise_task(tx, id, TaskKind::MailFailed, now).await?;
        super::acts::mail_failed(tx, id, why, now).await?;
    }
    Ok(())
}

/// Asks a technician to call about a letter, unless one was asked before.
async fn raise_task(tx: &mut Tx, letter: i64, kind: TaskKind, now: Timestamp) -> Result<()> {
    let sql = "UPDATE outbox SET tasked = 1 WHERE id = ? AND tasked = 0 RETURNING ticket_id, contact_id";
    let Some(row) = tx.row(sql, args![letter]).await? else { return Ok(()) };
    let about = About { ticket: row.plain("ticket_id")?, contact: row.maybe_bytes("contact_id")?, ..About::default() };
    tasks::raise(tx, kind, about, now).await
}
