//! Forms that are held: with the right PIN, after too many wrong ones. They are kept, files and all, until a technician
//! has called the customer and releases or discards them; until then there is a task that nothing else can do away with.

use super::change::{self, Actor, Lock, Write};
use super::db::{Row, Tx, args};
use super::events::Happening;
use super::filing::{self, Filing};
use super::intake::stored;
use super::people::customer_by_id;
use super::search::{self, Audience};
use super::tasks::{self, About};
use super::{Result, Store, StoreError, customers, files, outbox, presence, replay};
use crate::core::CustomerKey;
use crate::mail::Notice;
use beistand_protocol::desk::api::file::FileInfo;
use beistand_protocol::desk::api::intake::{HeldIntake, IntakeDecision, IntakeLookup, IntakeOutcome};
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::api::queue::TaskKind;
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::ids::AttachmentId;
use jiff::Timestamp;

/// What is known of a form that came with a PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct IntakeFound {
    /// What a technician is told. What a held form says is not in it yet: it is sealed.
    pub lookup: IntakeLookup,
    /// The form, while it is held.
    pub held: Option<HeldSealed>,
}

/// A held form as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldSealed {
    /// Whose number and PIN it came with.
    pub customer: CustomerKey,
    /// The form, sealed as it came.
    pub form: Vec<u8>,
    /// Its files.
    pub files: Vec<FileInfo>,
}

impl std::fmt::Debug for IntakeFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IntakeFound({}, {:?})", self.lookup.receipt, self.held)
    }
}

impl std::fmt::Debug for HeldSealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HeldSealed({} bytes, {} files)", self.form.len(), self.files.len())
    }
}

/// To whom the files of a held form belong meanwhile: nobody else can use them, and nobody clears them away.
fn holder(receipt: IntakeReceipt) -> String {
    format!("{}{}", files::OF_HELD_FORMS, stored(receipt))
}

/// Whose the files of a discarded form are: nobody's, until they are cleared away.
const NOBODY: &str = "nobody";

impl Store {
    /// Holds a form with the right PIN that came after too many wrong ones, and its files; asks a technician to call,
    /// and tells the customer's main contacts.
    ///
    /// # Errors
    /// The database's.
    pub async fn hold_intake(
        &self,
        receipt: IntakeReceipt,
        customer: CustomerKey,
        attached: &[AttachmentId],
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE intake SET outcome = 'held', held = payload, payload = NULL, customer_id = ?
                   WHERE receipt = ? AND payload IS NOT NULL";
        if tx.run(sql, args![customer.0, stored(receipt)]).await? == 0 {
            return Ok(());
        }
        files::hand_over(&mut tx, attached, files::ANYONE, &holder(receipt)).await?;
        let contact = to_call(&mut tx, customer).await?;
        let about = About { ticket: None, receipt: Some(stored(receipt)), customer: Some(customer.0), contact };
        tasks::raise(&mut tx, TaskKind::HeldForm, about, now).await?;
        for contact in outbox::main_contacts(&mut tx, customer).await? {
            outbox::put_alone(&mut tx, contact, &Notice::Held { receipt }, now.as_millisecond()).await?;
        }
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    /// Keeps a form that can't be decided on because nobody can read it any more, as a task: whoever sent it may call.
    ///
    /// # Errors
    /// The database's.
    pub async fn hold_unreadable(&self, receipt: IntakeReceipt, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE intake SET outcome = 'held', held = payload, payload = NULL
                   WHERE receipt = ? AND payload IS NOT NULL";
        if tx.run(sql, args![stored(receipt)]).await? == 1 {
            let about = About { receipt: Some(stored(receipt)), ..About::default() };
            tasks::raise(&mut tx, TaskKind::HeldForm, about, now).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What became of a form, for the customer on the phone.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there was none within the last 72 hours, and none that is held.
    pub async fn lookup_receipt(&self, receipt: IntakeReceipt, now: Timestamp) -> Result<IntakeFound> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT i.at, i.outcome, i.held, i.customer_id, i.decided_at, i.decided_by, i.decided_why, t.number
                   FROM intake i LEFT JOIN ticket t ON t.id = i.ticket_id WHERE i.receipt = ?";
        let row = tx.row(sql, args![stored(receipt)]).await?.ok_or(StoreError::NotFound)?;
        let mut held = None;
        let outcome = match row.plain::<Option<String>>("outcome")?.as_deref() {
            None => IntakeOutcome::Pending,
            Some("created") => IntakeOutcome::Created { ticket: row.ticket("number")? },
            Some("wrongPair") => IntakeOutcome::WrongPair,
            Some("held") => {
                held = sealed(&mut tx, receipt, &row).await?;
                IntakeOutcome::Held { held: Box::new(whose(&mut tx, &row, now).await?) }
            }
            Some("discarded") => IntakeOutcome::Discarded,
            Some("throttled") => IntakeOutcome::Throttled,
            Some(_) => return Err(StoreError::Corrupt("outcome")),
        };
        let decision = decision(&row)?;
        let version = version(outcome == IntakeOutcome::Pending, decision.is_some());
        Ok(IntakeFound { lookup: IntakeLookup { receipt, at: row.instant("at")?, version, outcome, decision }, held })
    }

    /// Makes a ticket of a held form, as if it had never been held, and notes in it who released it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Stale`], [`Refusal::NotHeld`], [`StoreError::KeyReused`].
    pub async fn release_intake(&self, write: &Write, version: u32, filing: &Filing, confirmed_by: &str) -> Result<()> {
        let receipt = filing.receipt.ok_or(StoreError::NotFound)?;
        let mut tx = self.db.write().await?;
        if is_repeated(&mut tx, write).await? {
            return Ok(());
        }
        expect_held(&mut tx, receipt, version).await?;
        files::hand_over(&mut tx, &filing.request.attachments, &holder(receipt), files::ANYONE).await?;
        let sender = Actor::Pin { name: filing.request.contact.person.clone() };
        let (ticket, written) =
            filing::insert(&mut tx, &Write { actor: sender, now: write.now, once: None }, filing).await?;
        let mut loaded = change::load(&mut tx, written.number, Lock::Held).await?;
        let facts = loaded.facts.clone();
        let released = Happening::Released { confirmed_by: confirmed_by.to_owned() };
        loaded.record(&mut tx, write, &released, "").await?;
        search::append(&mut tx, ticket, Audience::Internal, confirmed_by).await?;
        loaded.save(&mut tx, write, &facts).await?;
        decide(&mut tx, write, receipt, ("created", Some(ticket)), confirmed_by).await?;
        presence::note(&mut tx, &write.actor.key(), "released an intake", &receipt.to_string(), write.now).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    /// Forgets a held form that nobody at the customer's confirmed.
    ///
    /// # Errors
    /// As [`Self::release_intake`].
    pub async fn discard_intake(
        &self,
        write: &Write,
        version: u32,
        receipt: IntakeReceipt,
        reason: &str,
    ) -> Result<()> {
        let mut tx = self.db.write().await?;
        if is_repeated(&mut tx, write).await? {
            return Ok(());
        }
        expect_held(&mut tx, receipt, version).await?;
        files::give_up(&mut tx, &holder(receipt), NOBODY).await?;
        decide(&mut tx, write, receipt, ("discarded", None), reason).await?;
        presence::note(&mut tx, &write.actor.key(), "discarded an intake", &receipt.to_string(), write.now).await?;
        Ok(tx.commit().await?)
    }
}

/// Whom to call about a held form: a main contact, if possible one with a number.
async fn to_call(tx: &mut Tx, customer: CustomerKey) -> Result<Option<[u8; 16]>> {
    let sql = "SELECT contact.id FROM membership JOIN contact ON contact.id = membership.contact_id
               WHERE customer_id = ? AND is_main = 1 AND erased_at IS NULL
               ORDER BY CASE WHEN coalesce(phone, mobile, '') = '' THEN 1 ELSE 0 END, contact.id LIMIT 1";
    let row = tx.row(sql, args![customer.0]).await?;
    row.map(|row| row.bytes("id")).transpose()
}

/// The version grows with each decision: the desk's own, and a technician's.
const fn version(pending: bool, by_technician: bool) -> u32 {
    match (pending, by_technician) {
        (true, _) => 1,
        (false, false) => 2,
        (false, true) => 3,
    }
}

fn decision(row: &Row) -> Result<Option<IntakeDecision>> {
    let Some(at) = row.maybe_instant("decided_at")? else { return Ok(None) };
    let part = |name| row.plain::<Option<String>>(name).map(Option::unwrap_or_default);
    Ok(Some(IntakeDecision { by: part("decided_by")?, at, text: part("decided_why")? }))
}

async fn sealed(tx: &mut Tx, receipt: IntakeReceipt, row: &Row) -> Result<Option<HeldSealed>> {
    let (Some(form), Some(customer)) = (row.plain("held")?, row.plain("customer_id")?) else { return Ok(None) };
    let files = files::of(tx, &holder(receipt)).await?;
    Ok(Some(HeldSealed { customer: CustomerKey(customer), form, files }))
}

/// Whose a held form is, and who is on file there: the main contacts first.
async fn whose(tx: &mut Tx, row: &Row, now: Timestamp) -> Result<HeldIntake> {
    let Some(customer) = row.plain::<Option<i64>>("customer_id")?.map(CustomerKey) else {
        return Ok(HeldIntake::default());
    };
    let mut contacts = customers::contacts(tx, customer).await?;
    contacts.sort_by_key(|contact| !contact.main);
    let customer = customer_by_id(tx, customer).await?;
    Ok(HeldIntake { customer: Some(customers::listed(tx, &customer, now).await?), contacts, form: None })
}

/// Whether this very request was done before; if not, it counts as done with this transaction.
async fn is_repeated(tx: &mut Tx, write: &Write) -> Result<bool> {
    let Some(once) = &write.once else { return Ok(false) };
    let actor = write.actor.key();
    if replay::keep(tx, &actor, once, "true", write.now).await? {
        return Ok(false);
    }
    Ok(replay::before::<bool>(tx, &actor, once).await?.unwrap_or_default())
}

/// Holds the form's row until the transaction ends, and refuses unless it is held as it was seen.
async fn expect_held(tx: &mut Tx, receipt: IntakeReceipt, seen: u32) -> Result<()> {
    let sql = format!("SELECT outcome, decided_at FROM intake WHERE receipt = ?{}", tx.dialect().for_update());
    let row = tx.row(&sql, args![stored(receipt)]).await?.ok_or(StoreError::NotFound)?;
    let outcome = row.plain::<Option<String>>("outcome")?;
    let current = version(outcome.is_none(), row.maybe_instant("decided_at")?.is_some());
    if seen != current {
        return Err(StoreError::Stale { current });
    }
    if outcome.as_deref() != Some("held") {
        return Err(Refusal::NotHeld.into());
    }
    Ok(())
}

async fn decide(
    tx: &mut Tx,
    write: &Write,
    receipt: IntakeReceipt,
    (outcome, ticket): (&str, Option<i64>),
    why: &str,
) -> Result<()> {
    let sql = "UPDATE intake SET outcome = ?, ticket_id = ?, held = NULL, decided_at = ?, decided_by = ?,
               decided_why = ? WHERE receipt = ?";
    let at = write.now.as_millisecond();
    tx.run(sql, args![outcome, ticket, at, write.actor.by().name, why, stored(receipt)]).await?;
    tasks::form_decided(tx, stored(receipt), &write.actor.key(), write.now).await
}
