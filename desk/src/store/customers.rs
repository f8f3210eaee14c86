//! Customers as technicians see them: to find one on the phone, and beside a ticket.

use super::db::{Row, Tx, args};
use super::people::{CUSTOMER, Customer, customer_by_number, full_name, read_customer};
use super::queue::{ITEM, day, read_item, reader};
use super::{Result, Store, StoreError, page, search};
use crate::core::CustomerKey;
use beistand_protocol::desk::api::people::{
    ContactListed, CustomerListed, CustomerPage, CustomerPageOne, CustomerQuery,
};
use beistand_protocol::desk::api::queue::QueueItem;
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::ids::{ContactId, TechnicianId};
use beistand_protocol::desk::ticket::{Language, Sees};
use jiff::Timestamp;

/// How many of their tickets a customer's page shows.
const LATEST: u8 = 50;

impl Store {
    /// Customers by number, those who fit what was typed.
    ///
    /// # Errors
    /// The database's.
    pub async fn customers(&self, query: &CustomerQuery, now: Timestamp) -> Result<CustomerPage> {
        let mut tx = self.db.read().await?;
        let size = page::size(query.limit);
        let mut conditions = vec!["active = 1".to_owned()];
        let mut values = args![];
        if let Some(wanted) = query.q.as_ref().and_then(|typed| search::Query::new(typed.as_str())) {
            // A customer's people are found in one text: there are thousands of customers, not millions.
            conditions.push(wanted.condition(tx.dialect(), &["search"], &mut values));
        }
        if let Some([last]) = page::read::<1>(query.cursor.as_deref()) {
            conditions.push("id > ?".to_owned());
            values.extend(args![last]);
        }
        let sql = format!("{CUSTOMER} WHERE {} ORDER BY id LIMIT {}", conditions.join(" AND "), size + 1);
        let (rows, next) = page::cut(tx.rows(&sql, values).await?, size, &["id"])?;
        let mut customers = Vec::with_capacity(rows.len());
        for row in &rows {
            customers.push(listed(&mut tx, &read_customer(row)?, now).await?);
        }
        Ok(CustomerPage { customers, next })
    }

    /// A customer with their people and their latest tickets.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn customer_page(
        &self,
        number: &CustomerNumber,
        technician: TechnicianId,
        now: Timestamp,
    ) -> Result<CustomerPageOne> {
        let mut tx = self.db.read().await?;
        let customer = customer_by_number(&mut tx, number).await?.ok_or(StoreError::NotFound)?;
        Ok(CustomerPageOne {
            customer: listed(&mut tx, &customer, now).await?,
            contacts: contacts(&mut tx, customer.id).await?,
            tickets: latest(&mut tx, customer.id, technician, None, LATEST).await?,
        })
    }

    /// A customer's people, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn contacts(&self, customer: CustomerKey) -> Result<Vec<ContactListed>> {
        contacts(&mut self.db.read().await?, customer).await
    }

    /// How many open tickets each technician has who has any.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_by_owner(&self) -> Result<Vec<(TechnicianId, u32)>> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT owner_id, count(*) AS open FROM ticket WHERE is_open = 1 AND owner_id IS NOT NULL
                   GROUP BY owner_id ORDER BY owner_id";
        let rows = tx.rows(sql, args![]).await?;
        rows.iter().map(|row| Ok((TechnicianId(row.number("owner_id")?), row.number("open")?))).collect()
    }
}

/// A customer in a list.
pub(super) async fn listed(tx: &mut Tx, customer: &Customer, now: Timestamp) -> Result<CustomerListed> {
    let sql = "SELECT count(*) AS open FROM ticket WHERE customer_id = ? AND is_open = 1";
    let row = tx.row(sql, args![customer.id.0]).await?.ok_or(StoreError::NotFound)?;
    let known = &customer.known;
    Ok(CustomerListed {
        number: known.number.clone(),
        name: known.name.clone(),
        maintenance: known.maintenance_until.is_some_and(|until| until >= day(now)),
        maintenance_until: known.maintenance_until,
        bundesland: known.bundesland,
        naming_rule: known.naming_rule.clone(),
        managed: known.managed,
        open_tickets: row.number("open")?,
    })
}

/// A customer's people, by name.
pub(super) async fn contacts(tx: &mut Tx, customer: CustomerKey) -> Result<Vec<ContactListed>> {
    let sql = "SELECT contact.id, first_name, last_name, email, phone, position, language, sees, is_main,
        (SELECT count(*) FROM linked_app l WHERE l.contact_id = contact.id AND l.customer_id = membership.customer_id
            AND l.revoked_at IS NULL) AS apps
        FROM membership JOIN contact ON contact.id = membership.contact_id
        WHERE membership.customer_id = ? AND erased_at IS NULL ORDER BY last_name, first_name, contact.id LIMIT 500";
    let read = |row: &Row| {
        Ok(ContactListed {
            id: ContactId::new(row.bytes("id")?),
            name: full_name(row)?,
            email: row.plain("email")?,
            phone: row.plain("phone")?,
            position: row.plain("position")?,
            language: row.word("language", Language::from_key)?,
            sees: row.word("sees", Sees::from_key)?,
            main: row.flag("is_main")?,
            linked_apps: row.number("apps")?,
        })
    };
    tx.rows(sql, args![customer.0]).await?.iter().map(read).collect()
}

/// A customer's tickets in which something happened last, without one of them.
pub(super) async fn latest(
    tx: &mut Tx,
    customer: CustomerKey,
    technician: TechnicianId,
    without: Option<i64>,
    most: u8,
) -> Result<Vec<QueueItem>> {
    let sql = format!(
        "SELECT {ITEM} FROM ticket t JOIN customer c ON c.id = t.customer_id
         WHERE t.customer_id = ? AND t.id <> ? ORDER BY t.public_at DESC, t.id DESC LIMIT ?"
    );
    let asked = args![reader(technician), customer.0, without.unwrap_or_default(), most];
    tx.rows(&sql, asked).await?.iter().map(|row| read_item(row, technician)).collect()
}
