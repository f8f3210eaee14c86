//! `link-code`: links a contact's app once. The code is printed once and kept as a hash.

use super::desk::{BY, open};
use super::people;
use crate::shell::folder::Folder;
use anyhow::{Result, bail};
use beistand_desk::store::Store;
use beistand_protocol::desk::code::{CustomerNumber, LinkCode};
use clap::Args;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rand::Rng;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The contact's e-mail address, or their id as `contact list` shows it.
    contact: String,
    /// For which customer, if the contact belongs to several.
    #[arg(long, value_parser = people::customer_number)]
    customer: Option<CustomerNumber>,
    /// For how many hours the code can be used.
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=720))]
    hours: u16,
}

pub(super) async fn run(folder: &Folder, arguments: Arguments) -> Result<()> {
    let store = open(folder).await?;
    let done = execute(&store, &arguments).await;
    store.close().await;
    done
}

async fn execute(store: &Store, arguments: &Arguments) -> Result<()> {
    let wanted = arguments.contact.trim();
    let mut found = store.find_contacts(wanted).await?;
    if let Some(number) = &arguments.customer {
        found.retain(|(customer, _)| customer.known.number == *number);
    }
    let (customer, contact) = match found.as_slice() {
        [] => bail!("There is no contact {wanted}. See who there is: beistand-relay contact list CUSTOMER"),
        [one] => one,
        several => {
            let numbers: Vec<&str> = several.iter().map(|(customer, _)| customer.known.number.as_str()).collect();
            bail!(
                "{wanted} is a contact of several customers: {}. Say which one with --customer, or give the id.",
                numbers.join(", ")
            );
        }
    };
    let now = Timestamp::now();
    let until = now.checked_add(i64::from(arguments.hours).hours())?;
    let code = LinkCode::draw(|bytes| rand::rng().fill_bytes(bytes));
    let hash: [u8; 32] = Sha256::digest(code.expose().as_bytes()).into();
    store.add_link_code(customer.id, contact.id, hash, BY, until, now).await?;
    writeln!(
        io::stdout(),
        "Code for {} of {}, shown only this once: {}\n\
         It links one app, once, until {}. In Beistand: \"Meine Tickets\", then \"Mit Code verknüpfen\". Whoever \
         has the code can read and file this contact's requests: give it to nobody else.",
        contact.name,
        customer.known.name,
        code.spoken().expose(),
        until.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M")
    )?;
    Ok(())
}
