//! What an admin does with customers and their people: lists of them, read and written as a whole.

use super::db::{Row, Tx, args};
use super::people::{
    CUSTOMER, Customer, Imported, NewContact, NewCustomer, customer_by_id, customer_by_number, full_name, import,
    index, insert_contact, read_customer,
};
use super::{Result, Store, StoreError};
use crate::core::CustomerKey;
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::ids::ContactId;
use beistand_protocol::desk::ticket::{Language, Sees};
use jiff::Timestamp;

/// A customer and the people of theirs that a list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterEntry {
    /// The customer.
    pub customer: NewCustomer,
    /// Some or all of their people.
    pub contacts: Vec<NewContact>,
}

/// What importing a list did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RosterChange {
    /// New customers.
    pub customers_added: usize,
    /// Customers who were there and are otherwise now.
    pub customers_changed: usize,
    /// Customers who were there just so.
    pub customers_same: usize,
    /// New people.
    pub contacts_added: usize,
    /// People who were there and are otherwise now.
    pub contacts_changed: usize,
    /// People who were there just so.
    pub contacts_same: usize,
}

/// A customer as a list shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerLine {
    /// The customer.
    pub customer: Customer,
    /// Whether there is a PIN that works.
    pub has_pin: bool,
    /// Their people.
    pub contacts: Vec<ContactLine>,
}

/// A person as a list shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactLine {
    /// Who.
    pub id: ContactId,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// Where they are called.
    pub phone: Option<String>,
    /// What they see.
    pub sees: Sees,
    /// Whether they are written to when nobody else is known.
    pub main: bool,
    /// How many apps are linked to them.
    pub apps: u32,
}

const CONTACT: &str = "SELECT contact.id, salutation, first_name, last_name, email, phone, mobile, position, language,
                       sees, is_main FROM contact JOIN membership ON membership.contact_id = contact.id";

impl Store {
    /// Adds and changes customers and their people: all of them or, when one fails, none.
    ///
    /// People are recognised by their e-mail address, or without one by their name. `rehearse` changes nothing and
    /// says what would change. `progress` hears how many entries are done.
    ///
    /// # Errors
    /// The database's.
    pub async fn import_roster(
        &self,
        entries: &[RosterEntry],
        rehearse: bool,
        now: Timestamp,
        mut progress: impl FnMut(usize),
    ) -> Result<RosterChange> {
        let mut tx = self.db.write().await?;
        let mut change = RosterChange::default();
        for (done, entry) in entries.iter().enumerate() {
            let (customer, imported) = import(&mut tx, &entry.customer, now).await?;
            match imported {
                Imported::Added => change.customers_added += 1,
                Imported::Changed => change.customers_changed += 1,
                Imported::Same => change.customers_same += 1,
            }
            let before = change;
            for contact in &entry.contacts {
                match import_contact(&mut tx, customer, contact, now).await? {
                    Imported::Added => change.contacts_added += 1,
                    Imported::Changed => change.contacts_changed += 1,
                    Imported::Same => change.contacts_same += 1,
                }
            }
            if (before.contacts_added, before.contacts_changed) != (change.contacts_added, change.contacts_changed) {
                index(&mut tx, customer).await?;
            }
            progress(done + 1);
        }
        // Without a commit, dropping the transaction takes everything back.
        if !rehearse {
            tx.commit().await?;
        }
        Ok(change)
    }

    /// All customers with their people, by number.
    ///
    /// # Errors
    /// The database's.
    pub async fn roster(&self) -> Result<Vec<CustomerLine>> {
        let mut tx = self.db.read().await?;
        let mut lines = Vec::new();
        for row in tx.rows(&format!("{CUSTOMER} ORDER BY number"), args![]).await? {
            lines.push(line(&mut tx, read_customer(&row)?).await?);
        }
        Ok(lines)
    }

    /// One customer with their people.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn roster_of(&self, number: &CustomerNumber) -> Result<CustomerLine> {
        let mut tx = self.db.read().await?;
        let customer = customer_by_number(&mut tx, number).await?.ok_or(StoreError::NotFound)?;
        line(&mut tx, customer).await
    }

    /// The people with this e-mail address or id, each with the customer they belong to.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_contacts(&self, email_or_id: &str) -> Result<Vec<(Customer, ContactLine)>> {
        let mut tx = self.db.read().await?;
        let id: Option<ContactId> = email_or_id.parse().ok();
        let sql = "SELECT membership.customer_id, contact.id FROM contact
                   JOIN membership ON membership.contact_id = contact.id
                   WHERE erased_at IS NULL AND (lower(email) = ? OR contact.id = ?) ORDER BY membership.customer_id";
        let id = id.map_or([0; 16], |id| *id.as_bytes());
        let mut found = Vec::new();
        for row in tx.rows(sql, args![email_or_id.to_lowercase(), id]).await? {
            let (customer, contact) = (row.plain::<i64>("customer_id")?, ContactId::new(row.bytes("id")?));
            let CustomerLine { customer, contacts, .. } = {
                let customer = customer_by_id(&mut tx, CustomerKey(customer)).await?;
                line(&mut tx, customer).await?
            };
            found.extend(contacts.into_iter().filter(|one| one.id == contact).map(|one| (customer.clone(), one)));
        }
        Ok(found)
    }
}

async fn line(tx: &mut Tx, customer: Customer) -> Result<CustomerLine> {
    let sql = "SELECT CAST(count(*) AS BIGINT) AS many FROM pin WHERE customer_id = ? AND revoked_at IS NULL";
    let pins: i64 = tx.row(sql, args![customer.id.0]).await?.map_or(Ok(0), |row| row.plain("many"))?;
    let sql =
        format!("{CONTACT} WHERE customer_id = ? AND erased_at IS NULL ORDER BY last_name, first_name, contact.id");
    let mut contacts = Vec::new();
    for row in tx.rows(&sql, args![customer.id.0]).await? {
        let id = row.bytes::<16>("id")?;
        let sql = "SELECT CAST(count(*) AS BIGINT) AS many FROM linked_app
                   WHERE contact_id = ? AND customer_id = ? AND revoked_at IS NULL";
        let apps: i64 = tx.row(sql, args![id, customer.id.0]).await?.map_or(Ok(0), |row| row.plain("many"))?;
        contacts.push(ContactLine {
            id: ContactId::new(id),
            name: full_name(&row)?,
            email: row.plain("email")?,
            phone: row.plain("phone")?,
            sees: row.word("sees", Sees::from_key)?,
            main: row.flag("is_main")?,
            apps: u32::try_from(apps).unwrap_or(u32::MAX),
        });
    }
    Ok(CustomerLine { customer, has_pin: pins > 0, contacts })
}

async fn import_contact(tx: &mut Tx, customer: CustomerKey, new: &NewContact, now: Timestamp) -> Result<Imported> {
    let sql = format!("{CONTACT} WHERE customer_id = ? AND erased_at IS NULL ORDER BY contact.id");
    for row in tx.rows(&sql, args![customer.0]).await? {
        let (id, old) = read_contact(&row)?;
        if !is_same_person(&old, new) {
            continue;
        }
        if old == *new {
            return Ok(Imported::Same);
        }
        let sql = "UPDATE contact SET salutation = ?, first_name = ?, last_name = ?, email = ?, phone = ?, mobile = ?,
                   position = ?, language = ? WHERE id = ?";
        let values = args![
            new.salutation.clone(),
            &new.first_name,
            &new.last_name,
            new.email.clone(),
            new.phone.clone(),
            new.mobile.clone(),
            new.position.clone(),
            new.language.key(),
            id
        ];
        tx.run(sql, values).await?;
        let sees = if new.sees_company { Sees::Company } else { Sees::Own };
        let sql = "UPDATE membership SET sees = ?, is_main = ? WHERE contact_id = ? AND customer_id = ?";
        tx.run(sql, args![sees.key(), new.main, id, customer.0]).await?;
        return Ok(Imported::Changed);
    }
    insert_contact(tx, customer, new, now).await?;
    Ok(Imported::Added)
}

fn is_same_person(old: &NewContact, new: &NewContact) -> bool {
    match (&old.email, &new.email) {
        (Some(old), Some(new)) => old.to_lowercase() == new.to_lowercase(),
        (Some(_), None) | (None, Some(_)) | (None, None) => {
            (&old.first_name, &old.last_name) == (&new.first_name, &new.last_name)
        }
    }
}

fn read_contact(row: &Row) -> Result<([u8; 16], NewContact)> {
    let contact = NewContact {
        salutation: row.plain("salutation")?,
        first_name: row.plain("first_name")?,
        last_name: row.plain("last_name")?,
        email: row.plain("email")?,
        phone: row.plain("phone")?,
        mobile: row.plain("mobile")?,
        position: row.plain("position")?,
        language: row.word("language", Language::from_key)?,
        sees_company: row.word("sees", Sees::from_key)? == Sees::Company,
        main: row.flag("is_main")?,
    };
    Ok((row.bytes("id")?, contact))
}
