//! Which apps are linked to whom, for an admin, and how they are unlinked.

use super::db::{Row, Tx, Value, args};
use super::people::full_name;
use super::presence::note;
use super::{Result, Store};
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::ids::LinkedAppId;
use jiff::Timestamp;

/// A linked app as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedLine {
    /// Which.
    pub id: LinkedAppId,
    /// Whose.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// At which customer.
    pub customer: CustomerNumber,
    /// That customer's name.
    pub customer_name: String,
    /// What the app called its computer.
    pub device: String,
    /// Since when.
    pub linked_at: Timestamp,
}

/// Which of the linked apps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// All there are.
    All,
    /// Those of a customer's people.
    OfCustomer(CustomerNumber),
    /// Those of a person, at whichever customer.
    OfPerson(String),
    /// That one.
    App(LinkedAppId),
}

/// What was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The apps that were linked until now.
    pub apps: Vec<LinkedLine>,
    /// How many codes that nobody had used yet are void; with [`Linked::OfPerson`] and [`Linked::OfCustomer`].
    pub codes: u64,
}

impl Linked {
    /// The condition on a linked app, on its contact and on its customer.
    fn condition(&self) -> (&'static str, Vec<Value>) {
        match self {
            Self::All => ("1 = 1", args![]),
            Self::OfCustomer(number) => ("customer.number = ?", args![number.as_str()]),
            Self::OfPerson(email) => ("lower(contact.email) = ?", args![email.to_lowercase()]),
            Self::App(id) => ("linked_app.id = ?", args![*id.as_bytes()]),
        }
    }
}

impl Store {
    /// The apps that are linked, by customer and person.
    ///
    /// # Errors
    /// The database's.
    pub async fn linked_apps(&self, which: &Linked) -> Result<Vec<LinkedLine>> {
        lines(&mut self.db.read().await?, which).await
    }

    /// Unlinks apps, at once and for good, and makes the codes void by which their people could link another.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_linked(&self, which: &Linked, by: &str, now: Timestamp) -> Result<Revoked> {
        let mut tx = self.db.write().await?;
        let apps = lines(&mut tx, which).await?;
        for app in &apps {
            let sql = "UPDATE linked_app SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
            tx.run(sql, args![now.as_millisecond(), *app.id.as_bytes()]).await?;
            note(&mut tx, by, "unlinked an app", &app.id.to_string(), now).await?;
        }
        let codes = match which {
            Linked::OfCustomer(_) | Linked::OfPerson(_) => void_codes(&mut tx, which, now).await?,
            Linked::All | Linked::App(_) => 0,
        };
        tx.commit().await?;
        Ok(Revoked { apps, codes })
    }
}

async fn lines(tx: &mut Tx, which: &Linked) -> Result<Vec<LinkedLine>> {
    let (condition, values) = which.condition();
    let sql = format!(
        "SELECT linked_app.id, first_name, last_name, email, customer.number, customer.name, device, linked_at
         FROM linked_app JOIN contact ON contact.id = linked_app.contact_id
         JOIN customer ON customer.id = linked_app.customer_id
         WHERE revoked_at IS NULL AND erased_at IS NULL AND {condition}
         ORDER BY customer.number, last_name, first_name, linked_at, linked_app.id"
    );
    let read = |row: &Row| {
        Ok(LinkedLine {
            id: LinkedAppId::new(row.bytes("id")?),
            name: full_name(row)?,
            email: row.plain("email")?,
            customer: row.word("number", |number| number.parse().ok())?,
            customer_name: row.plain("name")?,
            device: row.plain("device")?,
            linked_at: row.instant("linked_at")?,
        })
    };
    tx.rows(&sql, values).await?.iter().map(read).collect()
}

/// A code that was used can't be used again.
async fn void_codes(tx: &mut Tx, which: &Linked, now: Timestamp) -> Result<u64> {
    let (condition, of) = which.condition();
    let sql = format!(
        "UPDATE link_code SET used_at = ? WHERE used_at IS NULL AND expires_at > ? AND code_hash IN (
            SELECT code_hash FROM link_code JOIN contact ON contact.id = link_code.contact_id
            JOIN customer ON customer.id = link_code.customer_id WHERE {condition})"
    );
    let mut values = args![now.as_millisecond(), now.as_millisecond()];
    values.extend(of);
    Ok(tx.run(&sql, values).await?)
}
