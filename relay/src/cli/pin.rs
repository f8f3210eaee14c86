//! `pin`: by which a customer without an account files requests. It is printed once and kept as a hash.

use super::desk::{BY, explain, open};
use super::people;
use crate::shell::desk_store;
use crate::shell::folder::Folder;
use anyhow::Result;
use beistand_desk::store::Store;
use beistand_protocol::desk::code::{CustomerNumber, Pin};
use clap::Subcommand;
use jiff::Timestamp;
use rand::Rng;
use std::io::{self, Write};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Makes a PIN for a customer and prints it once. The one before is void.
    Issue {
        /// The customer's number.
        #[arg(value_parser = people::customer_number)]
        customer: CustomerNumber,
    },
    /// Takes a customer's PIN away. Linked apps go on working.
    Revoke {
        /// The customer's number.
        #[arg(value_parser = people::customer_number)]
        customer: CustomerNumber,
    },
}

pub(super) async fn run(folder: &Folder, command: Command) -> Result<()> {
    let store = open(folder).await?;
    let done = execute(folder, &store, command).await;
    store.close().await;
    done
}

async fn execute(folder: &Folder, store: &Store, command: Command) -> Result<()> {
    let (Command::Issue { customer: number } | Command::Revoke { customer: number }) = &command;
    let unknown = format!("There is no customer {number}. See: customer list");
    let line = store.roster_of(number).await.map_err(|error| explain(error, &unknown))?;
    let (customer, name) = (line.customer.id, &line.customer.known.name);
    let mut out = io::stdout();
    match &command {
        Command::Issue { .. } => {
            let pepper = desk_store::pepper(folder)?;
            let pin = Pin::draw(|bytes| rand::rng().fill_bytes(bytes));
            store.add_pin(customer, &pepper.hash(&pin)?, BY, Timestamp::now()).await?;
            writeln!(
                out,
                "Customer number: {number} ({name})\n\
                 PIN, shown only this once: {}\n\
                 Hand both over by letter or on the phone, never in one e-mail. A PIN that was valid before is void.",
                pin.spoken().expose()
            )?;
            if !line.contacts.iter().any(|contact| contact.email.is_some()) {
                writeln!(
                    out,
                    "Nobody at {name} has an e-mail address on file, so nobody will get ticket numbers. Add one: \
                     beistand-relay contact add {number} --last-name Weber --email anna@customer.example --main"
                )?;
            }
        }
        Command::Revoke { .. } => match store.revoke_pins(customer, Timestamp::now()).await? {
            0 => writeln!(out, "Customer {number} ({name}) had no PIN.")?,
            _ => writeln!(
                out,
                "The PIN of customer {number} ({name}) is void. A new one: beistand-relay pin issue {number}"
            )?,
        },
    }
    Ok(())
}
