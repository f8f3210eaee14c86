//! `contact`: the people at a customer, who are written to and may link their app.

use super::desk::{explain, open};
use super::people;
use crate::shell::folder::Folder;
use anyhow::{Result, bail};
use beistand_desk::store::{ContactLine, NewContact, Store};
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::ticket::{Language, Sees};
use clap::Subcommand;
use jiff::Timestamp;
use std::io::{self, Write};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Adds a person to a customer.
    Add {
        /// The customer's number.
        #[arg(value_parser = people::customer_number)]
        customer: CustomerNumber,
        /// First name.
        #[arg(long, default_value = "", hide_default_value = true)]
        first_name: String,
        /// Last name.
        #[arg(long, value_parser = people::name)]
        last_name: String,
        /// Where ticket numbers and answers are sent to.
        #[arg(long, value_parser = people::email)]
        email: Option<String>,
        /// Where they are called.
        #[arg(long, value_parser = people::phone)]
        phone: Option<String>,
        /// Where else.
        #[arg(long, value_parser = people::phone)]
        mobile: Option<String>,
        /// What they do.
        #[arg(long, value_parser = people::name)]
        position: Option<String>,
        /// How they are addressed, such as Frau.
        #[arg(long, value_parser = people::name)]
        salutation: Option<String>,
        /// In which language they are written to, de or en; the customer's unless said otherwise.
        #[arg(long, value_parser = people::language)]
        language: Option<Language>,
        /// They see the company's tickets, not only their own.
        #[arg(long)]
        sees_company: bool,
        /// They get the number of a ticket that was filed with customer number and PIN.
        #[arg(long)]
        main: bool,
    },
    /// Lists the people at a customer.
    List {
        /// The customer's number.
        #[arg(value_parser = people::customer_number)]
        customer: CustomerNumber,
    },
}

pub(super) async fn run(folder: &Folder, command: Command) -> Result<()> {
    let store = open(folder).await?;
    let done = execute(&store, command).await;
    store.close().await;
    done
}

async fn execute(store: &Store, command: Command) -> Result<()> {
    let mut out = io::stdout();
    match command {
        Command::Add {
            customer: number,
            first_name,
            last_name,
            email,
            phone,
            mobile,
            position,
            salutation,
            language,
            sees_company,
            main,
        } => {
            let unknown = format!("There is no customer {number}. Add it first: customer add, or see: customer list");
            let line = store.roster_of(&number).await.map_err(|error| explain(error, &unknown))?;
            let same = |email: &String| {
                line.contacts
                    .iter()
                    .any(|one| one.email.as_ref().is_some_and(|other| other.eq_ignore_ascii_case(email)))
            };
            if let Some(email) = email.as_ref().filter(|email| same(email)) {
                bail!("{email} is a contact of customer {number} already. See: contact list {number}");
            }
            let has_email = email.is_some();
            let new = NewContact {
                salutation,
                first_name: beistand_protocol::desk::text::line(&first_name),
                last_name,
                email,
                phone,
                mobile,
                position,
                language: language.unwrap_or(line.customer.known.language),
                sees_company,
                main,
            };
            let id = store.add_contact(line.customer.id, &new, Timestamp::now()).await?;
            writeln!(
                out,
                "{} {} is a contact of {} now. Their id: {id}\n\
                 To link their app: beistand-relay link-code {id}",
                new.first_name, new.last_name, line.customer.known.name
            )?;
            if !has_email {
                writeln!(out, "Without an e-mail address they get no mail; a technician is asked to call instead.")?;
            }
            Ok(())
        }
        Command::List { customer } => {
            let unknown = format!("There is no customer {customer}. See: customer list");
            let line = store.roster_of(&customer).await.map_err(|error| explain(error, &unknown))?;
            if line.contacts.is_empty() {
                writeln!(
                    out,
                    "Customer {customer} has no contact yet. Add one: beistand-relay contact add {customer} --last-name \
                     Weber --email anna@customer.example --main"
                )?;
            }
            for contact in &line.contacts {
                show(&mut out, contact)?;
            }
            Ok(())
        }
    }
}

/// Writes one person on one line.
pub(super) fn show(out: &mut impl Write, contact: &ContactLine) -> io::Result<()> {
    let sees = match contact.sees {
        Sees::Own => "sees their own tickets",
        Sees::Company => "sees the company's tickets",
    };
    let main = if contact.main { ", main contact" } else { "" };
    let apps = match contact.apps {
        0 => "",
        1 => ", app linked",
        _ => ", several apps linked",
    };
    writeln!(
        out,
        "  {:<28} {:<32} {:<20} {sees}{main}{apps}  {}",
        contact.name,
        contact.email.as_deref().unwrap_or("no e-mail"),
        contact.phone.as_deref().unwrap_or("no phone"),
        contact.id
    )
}
