//! Customers, their people, and how they prove who they are: PINs, link codes and linked apps, as hashes alone.

use super::change::Member;
use super::db::{Row, Tx, args};
use super::read::{new_id, to_json};
use super::{Result, Store, StoreError, search};
use crate::core::{self, CustomerKey};
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::ids::{ContactId, LinkedAppId};
use beistand_protocol::desk::ticket::{Language, Sees};
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use jiff::Timestamp;
use jiff::civil::Date;

/// What is known of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCustomer {
    /// Their number.
    pub number: CustomerNumber,
    /// Their name.
    pub name: String,
    /// The last day of their maintenance.
    pub maintenance_until: Option<Date>,
    /// Whose holidays count.
    pub bundesland: Bundesland,
    /// Which days they work.
    pub working_days: WorkingDays,
    /// In which language they are written to.
    pub language: Language,
    /// How they name the accounts of new employees.
    pub naming_rule: Option<String>,
    /// Whether their machines are looked after completely.
    pub managed: bool,
}

/// A customer on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Which.
    pub id: CustomerKey,
    /// What is known of them.
    pub known: NewCustomer,
    /// Whether they may still file.
    pub active: bool,
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// There is a new customer.
    Added,
    /// The customer was there and is as imported now.
    Changed,
    /// The customer was there just so.
    Same,
}

/// A person at a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewContact {
    /// How they are addressed, as written.
    pub salutation: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// Where they are called.
    pub phone: Option<String>,
    /// Where else.
    pub mobile: Option<String>,
    /// What they do.
    pub position: Option<String>,
    /// In which language they are written to.
    pub language: Language,
    /// Whether they see the company's tickets and not only their own.
    pub sees_company: bool,
    /// Whether they are written to when nobody else is known.
    pub main: bool,
}

/// A PIN's hash.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash {
    /// As the password hashing competition writes it.
    pub phc: String,
    /// Which pepper went into it.
    pub pepper_id: String,
}

impl std::fmt::Debug for PinHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinHash(..)")
    }
}

pub(super) const CUSTOMER: &str = "SELECT id, number, name, maintenance_until, bundesland, working_days, language, naming_rule, \
                        managed, active FROM customer";

pub(super) fn read_customer(row: &Row) -> Result<Customer> {
    let known = NewCustomer {
        number: row.word("number", |number| number.parse().ok())?,
        name: row.plain("name")?,
        maintenance_until: row.maybe_date("maintenance_until")?,
        bundesland: row.word("bundesland", Bundesland::from_key)?,
        working_days: row.json("working_days")?,
        language: row.word("language", Language::from_key)?,
        naming_rule: row.plain("naming_rule")?,
        managed: row.flag("managed")?,
    };
    Ok(Customer { id: CustomerKey(row.plain("id")?), known, active: row.flag("active")? })
}

pub(super) async fn customer_by_number(tx: &mut Tx, number: &CustomerNumber) -> Result<Option<Customer>> {
    let row = tx.row(&format!("{CUSTOMER} WHERE number = ?"), args![number.as_str()]).await?;
    row.as_ref().map(read_customer).transpose()
}

pub(super) async fn customer_by_id(tx: &mut Tx, id: CustomerKey) -> Result<Customer> {
    let row = tx.row(&format!("{CUSTOMER} WHERE id = ?"), args![id.0]).await?;
    read_customer(&row.ok_or(StoreError::NotFound)?)
}

/// The next value of a counter; whoever asks later gets a later one.
pub(super) async fn next(tx: &mut Tx, counter: &str) -> Result<i64> {
    let sql = "UPDATE counter SET value = value + 1 WHERE name = ? RETURNING value";
    let row = tx.row(sql, args![counter]).await?.ok_or(StoreError::Corrupt("counter"))?;
    row.plain("value")
}

/// Writes anew what a customer is found by.
pub(super) async fn index(tx: &mut Tx, customer: CustomerKey) -> Result<()> {
    let known = customer_by_id(tx, customer).await?.known;
    let sql = "SELECT first_name, last_name, email, phone, mobile FROM contact
               JOIN membership ON membership.contact_id = contact.id WHERE customer_id = ? AND erased_at IS NULL";
    let mut text = search::Text::default();
    text.line(known.number.as_str());
    text.line(&known.name);
    for row in tx.rows(sql, args![customer.0]).await? {
        text.line(&format!("{} {}", row.plain::<String>("first_name")?, row.plain::<String>("last_name")?));
        for column in ["email", "phone", "mobile"] {
            text.line(&row.plain::<Option<String>>(column)?.unwrap_or_default());
        }
    }
    tx.run("UPDATE customer SET search = ? WHERE id = ?", args![text.folded(), customer.0]).await?;
    Ok(())
}

pub(super) async fn insert(tx: &mut Tx, new: &NewCustomer, now: Timestamp) -> Result<CustomerKey> {
    let id = CustomerKey(next(tx, "customer").await?);
    let sql = "INSERT INTO customer (id, number, name, maintenance_until, bundesland, working_days, language,
        naming_rule, managed, search, active, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', 1, ?)
        ON CONFLICT (number) DO NOTHING";
    let maintenance = new.maintenance_until.map(|day| day.to_string());
    let row = args![
        id.0,
        new.number.as_str(),
        &new.name,
        maintenance,
        new.bundesland.key(),
        to_json(&new.working_days)?,
        new.language.key(),
        new.naming_rule.clone(),
        new.managed,
        now.as_millisecond()
    ];
    if tx.run(sql, row).await? == 0 {
        return Err(StoreError::Taken("customer number"));
    }
    index(tx, id).await?;
    Ok(id)
}

/// Adds a customer, or makes the one with this number so.
pub(super) async fn import(tx: &mut Tx, new: &NewCustomer, now: Timestamp) -> Result<(CustomerKey, Imported)> {
    let Some(old) = customer_by_number(tx, &new.number).await? else {
        return Ok((insert(tx, new, now).await?, Imported::Added));
    };
    if old.active && old.known == *new {
        return Ok((old.id, Imported::Same));
    }
    let sql = "UPDATE customer SET name = ?, maintenance_until = ?, bundesland = ?, working_days = ?, language = ?,
               naming_rule = ?, managed = ?, active = 1 WHERE id = ?";
    let maintenance = new.maintenance_until.map(|day| day.to_string());
    let words = (new.bundesland.key(), to_json(&new.working_days)?, new.language.key());
    let row = args![&new.name, maintenance, words.0, words.1, words.2, new.naming_rule.clone(), new.managed, old.id.0];
    tx.run(sql, row).await?;
    index(tx, old.id).await?;
    // Their tickets may have changed places in the queue.
    tx.run("DELETE FROM setting WHERE name = 'precedence_day'", args![]).await?;
    Ok((old.id, Imported::Changed))
}

/// Adds a person to a customer; [`index`] is to follow.
pub(super) async fn insert_contact(
    tx: &mut Tx,
    customer: CustomerKey,
    new: &NewContact,
    now: Timestamp,
) -> Result<ContactId> {
    let id = ContactId::new(new_id(now));
    let sql = "INSERT INTO contact (id, salutation, first_name, last_name, email, phone, mobile, position, language,
               created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let row = args![
        *id.as_bytes(),
        new.salutation.clone(),
        &new.first_name,
        &new.last_name,
        new.email.clone(),
        new.phone.clone(),
        new.mobile.clone(),
        new.position.clone(),
        new.language.key(),
        now.as_millisecond()
    ];
    tx.run(sql, row).await?;
    let sees = if new.sees_company { Sees::Company } else { Sees::Own };
    let sql = "INSERT INTO membership (contact_id, customer_id, sees, is_main) VALUES (?, ?, ?, ?)";
    tx.run(sql, args![*id.as_bytes(), customer.0, sees.key(), new.main]).await?;
    Ok(id)
}

impl Store {
    /// Adds a customer.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if there is one with this number.
    pub async fn add_customer(&self, new: &NewCustomer, now: Timestamp) -> Result<CustomerKey> {
        let mut tx = self.db.write().await?;
        let id = insert(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Adds a customer, or makes the one with this number so. Says what it did.
    ///
    /// # Errors
    /// The database's.
    pub async fn import_customer(&self, new: &NewCustomer, now: Timestamp) -> Result<Imported> {
        let mut tx = self.db.write().await?;
        let (_, imported) = import(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(imported)
    }

    /// The customer with this number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn customer(&self, number: &CustomerNumber) -> Result<Customer> {
        let mut tx = self.db.read().await?;
        customer_by_number(&mut tx, number).await?.ok_or(StoreError::NotFound)
    }

    /// Adds a person to a customer.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without that customer.
    pub async fn add_contact(&self, customer: CustomerKey, new: &NewContact, now: Timestamp) -> Result<ContactId> {
        let mut tx = self.db.write().await?;
        customer_by_id(&mut tx, customer).await?;
        let id = insert_contact(&mut tx, customer, new, now).await?;
        index(&mut tx, customer).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives a customer a PIN in place of those before.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_pin(&self, customer: CustomerKey, hash: &PinHash, by: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        revoke(&mut tx, customer, now).await?;
        let sql =
            "INSERT INTO pin (id, customer_id, phc_hash, pepper_id, issued_by, issued_at) VALUES (?, ?, ?, ?, ?, ?)";
        let row = args![new_id(now), customer.0, &hash.phc, &hash.pepper_id, by, now.as_millisecond()];
        tx.run(sql, row).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a customer's PIN away. Says how many there were.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_pins(&self, customer: CustomerKey, now: Timestamp) -> Result<u64> {
        let mut tx = self.db.write().await?;
        let revoked = revoke(&mut tx, customer, now).await?;
        tx.commit().await?;
        Ok(revoked)
    }

    /// What a PIN is compared with; nothing for a customer who does not exist or may not file.
    ///
    /// # Errors
    /// The database's.
    pub async fn pins(&self, number: &CustomerNumber) -> Result<Option<(CustomerKey, Vec<PinHash>)>> {
        let mut tx = self.db.read().await?;
        let Some(customer) = customer_by_number(&mut tx, number).await?.filter(|customer| customer.active) else {
            return Ok(None);
        };
        let sql = "SELECT phc_hash, pepper_id FROM pin WHERE customer_id = ? AND revoked_at IS NULL";
        let rows = tx.rows(sql, args![customer.id.0]).await?;
        let hash = |row: &Row| Ok(PinHash { phc: row.plain("phc_hash")?, pepper_id: row.plain("pepper_id")? });
        Ok(Some((customer.id, rows.iter().map(hash).collect::<Result<_>>()?)))
    }

    /// Keeps the hash of a code by which one app can be linked to a contact.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the contact does not belong to the customer.
    pub async fn add_link_code(
        &self,
        customer: CustomerKey,
        contact: ContactId,
        code_hash: [u8; 32],
        by: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write().await?;
        if !belongs(&mut tx, customer, contact).await? {
            return Err(StoreError::NotFound);
        }
        let sql = "INSERT INTO link_code (code_hash, contact_id, customer_id, issued_by, issued_at, expires_at)
                   VALUES (?, ?, ?, ?, ?, ?)";
        let times = (now.as_millisecond(), expires_at.as_millisecond());
        tx.run(sql, args![code_hash, *contact.as_bytes(), customer.0, by, times.0, times.1]).await?;
        Ok(tx.commit().await?)
    }

    /// Links an app by a code, which works once. Nothing if the code is unknown, used or too old.
    ///
    /// # Errors
    /// The database's.
    pub async fn redeem_link_code(
        &self,
        code_hash: [u8; 32],
        secret_hash: [u8; 32],
        device: &str,
        now: Timestamp,
    ) -> Result<Option<Member>> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE link_code SET used_at = ? WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?
                   RETURNING contact_id, customer_id";
        let at = now.as_millisecond();
        let Some(code) = tx.row(sql, args![at, code_hash, at]).await? else { return Ok(None) };
        let (contact, customer) = (code.bytes::<16>("contact_id")?, code.plain::<i64>("customer_id")?);
        let sql = "INSERT INTO linked_app (id, secret_hash, contact_id, customer_id, device, linked_at)
                   VALUES (?, ?, ?, ?, ?, ?)";
        tx.run(sql, args![new_id(now), secret_hash, contact, customer, device, at]).await?;
        let member = member(&mut tx, secret_hash).await?;
        tx.commit().await?;
        Ok(member)
    }

    /// Who the linked app with this secret belongs to; nothing once it is unlinked or its contact is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn member(&self, secret_hash: [u8; 32]) -> Result<Option<Member>> {
        member(&mut self.db.read().await?, secret_hash).await
    }

    /// Unlinks an app, at once and for good.
    ///
    /// # Errors
    /// The database's.
    pub async fn unlink(&self, app: LinkedAppId, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE linked_app SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
        tx.run(sql, args![now.as_millisecond(), *app.as_bytes()]).await?;
        Ok(tx.commit().await?)
    }
}

async fn revoke(tx: &mut Tx, customer: CustomerKey, now: Timestamp) -> Result<u64> {
    let sql = "UPDATE pin SET revoked_at = ? WHERE customer_id = ? AND revoked_at IS NULL";
    Ok(tx.run(sql, args![now.as_millisecond(), customer.0]).await?)
}

/// Whether a person belongs to a customer.
pub(super) async fn belongs(tx: &mut Tx, customer: CustomerKey, contact: ContactId) -> Result<bool> {
    let sql = "SELECT sees FROM membership JOIN contact ON contact.id = membership.contact_id
               WHERE customer_id = ? AND contact_id = ? AND erased_at IS NULL";
    Ok(tx.row(sql, args![customer.0, *contact.as_bytes()]).await?.is_some())
}

async fn member(tx: &mut Tx, secret_hash: [u8; 32]) -> Result<Option<Member>> {
    let sql = "SELECT linked_app.id, linked_app.contact_id, linked_app.customer_id, sees, first_name, last_name
               FROM linked_app
               JOIN contact ON contact.id = linked_app.contact_id
               JOIN customer ON customer.id = linked_app.customer_id
               JOIN membership ON membership.contact_id = linked_app.contact_id
                              AND membership.customer_id = linked_app.customer_id
               WHERE secret_hash = ? AND revoked_at IS NULL AND erased_at IS NULL AND active = 1";
    let Some(row) = tx.row(sql, args![secret_hash]).await? else { return Ok(None) };
    Ok(Some(Member {
        app: LinkedAppId::new(row.bytes("id")?),
        name: full_name(&row)?,
        is: core::Member {
            contact: ContactId::new(row.bytes("contact_id")?),
            customer: CustomerKey(row.plain("customer_id")?),
            sees: row.word("sees", Sees::from_key)?,
        },
    }))
}

/// A contact's first and last name.
pub(super) fn full_name(row: &Row) -> Result<String> {
    let name = format!("{} {}", row.plain::<String>("first_name")?, row.plain::<String>("last_name")?);
    Ok(name.trim().to_owned())
}
