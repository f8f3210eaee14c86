//! Requests that come again, where their outcome is more than a [`Written`]: forms with a PIN, and files. The outcome
//! is kept with the request's key in the transaction that does it, so that a crash between the two can't be.

use super::change::{Member, Write, Written};
use super::db::{Tx, args};
use super::files::{NewUpload, insert_upload};
use super::people::customer_by_id;
use super::read::to_json;
use super::{Once, Result, Store, StoreError};
use beistand_protocol::desk::api::access::Profile;
use beistand_protocol::desk::api::file::FileInfo;
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::Rules;
use beistand_protocol::desk::ticket::Language;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use super::intake::IntakeArrived;

/// What came of this request before, if it is the same one.
pub(super) async fn before<T: DeserializeOwned>(tx: &mut Tx, actor: &str, once: &Once) -> Result<Option<T>> {
    let sql = "SELECT body_hash, outcome FROM idempotency_key WHERE actor = ? AND idem_key = ?";
    let Some(row) = tx.row(sql, args![actor, once.key.as_str()]).await? else { return Ok(None) };
    if row.bytes::<32>("body_hash")? != once.body {
        return Err(StoreError::KeyReused);
    }
    row.json("outcome").map(Some)
}

/// Keeps what comes of this request; says whether it is the first. A second sender waits until the first is done.
pub(super) async fn keep(tx: &mut Tx, actor: &str, once: &Once, outcome: &str, now: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO idempotency_key (actor, idem_key, body_hash, outcome, at) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (actor, idem_key) DO NOTHING";
    Ok(tx.run(sql, args![actor, once.key.as_str(), once.body, outcome, now.as_millisecond()]).await? == 1)
}

/// One key names one upload and one form, whoever sends it.
fn of_upload(uploader: &str) -> String {
    format!("upload:{uploader}")
}

const FORMS: &str = "form";

impl Store {
    /// What came of this write before, if it was done: to be asked before what only a first one has to stand.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`].
    pub async fn outcome_before(&self, write: &Write) -> Result<Option<Written>> {
        let Some(once) = &write.once else { return Ok(None) };
        before(&mut self.db.read().await?, &write.actor.key(), once).await
    }

    /// Whether this very request was carried out before.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`].
    pub async fn was_done_before(&self, write: &Write) -> Result<bool> {
        let Some(once) = &write.once else { return Ok(false) };
        Ok(before::<bool>(&mut self.db.read().await?, &write.actor.key(), once).await?.is_some())
    }

    /// The file that this request made before.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`].
    pub async fn upload_before(&self, uploader: &str, once: &Once) -> Result<Option<FileInfo>> {
        before(&mut self.db.read().await?, &of_upload(uploader), once).await
    }

    /// Keeps the row of a file that nobody uses yet. If the same request was first, its file is the answer.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`].
    pub async fn add_upload_once(
        &self,
        new: &NewUpload,
        info: &FileInfo,
        once: &Once,
        now: Timestamp,
    ) -> Result<FileInfo> {
        let mut tx = self.db.write().await?;
        let actor = of_upload(&new.uploader);
        if !keep(&mut tx, &actor, once, &to_json(info)?, now).await? {
            return before(&mut tx, &actor, once).await?.ok_or(StoreError::Corrupt("idempotency key"));
        }
        insert_upload(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(info.clone())
    }

    /// What the sender of this form got before.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`].
    pub async fn intake_before(&self, once: &Once) -> Result<Option<IntakeReceipt>> {
        before(&mut self.db.read().await?, FORMS, once).await
    }

    /// Keeps a form that came in with a PIN, before its sender is answered, and says what they get.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`], and [`StoreError::Taken`] if the receipt was drawn before.
    pub async fn put_intake_once(&self, arrived: &IntakeArrived, once: &Once, now: Timestamp) -> Result<IntakeReceipt> {
        let mut tx = self.db.write().await?;
        if !keep(&mut tx, FORMS, once, &to_json(&arrived.receipt)?, now).await? {
            return before(&mut tx, FORMS, once).await?.ok_or(StoreError::Corrupt("idempotency key"));
        }
        super::intake::insert(&mut tx, arrived, now).await?;
        tx.commit().await?;
        Ok(arrived.receipt)
    }

    /// Who a linked app belongs to, and what counts at their company.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if they were removed meanwhile.
    pub async fn profile(&self, member: &Member, today: Date) -> Result<Profile> {
        let mut tx = self.db.read().await?;
        let customer = customer_by_id(&mut tx, member.is.customer).await?.known;
        let sql = "SELECT email, phone, language FROM contact WHERE id = ? AND erased_at IS NULL";
        let row = tx.row(sql, args![*member.is.contact.as_bytes()]).await?.ok_or(StoreError::NotFound)?;
        let rules = Rules { today, bundesland: customer.bundesland, working_days: customer.working_days };
        Ok(Profile {
            app: member.app,
            contact: member.is.contact,
            name: member.name.clone(),
            email: row.plain("email")?,
            phone: row.plain("phone")?,
            language: row.word("language", Language::from_key)?,
            customer_number: customer.number,
            customer_name: customer.name,
            sees: member.is.sees,
            rules,
        })
    }
}
