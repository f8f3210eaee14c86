//! `customer`: whose requests the desk takes.

use super::desk::{explain, open};
use super::{import, people};
use crate::shell::folder::Folder;
use anyhow::Result;
use beistand_desk::store::{CustomerLine, NewCustomer, Store};
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::ticket::Language;
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use clap::Subcommand;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Adds a customer. Their people come after it: contact add.
    Add {
        /// The customer's number with you, such as 10234: up to 20 letters, digits and dashes.
        #[arg(value_parser = people::customer_number)]
        number: CustomerNumber,
        /// The company's name, such as "Müller & Söhne GmbH".
        #[arg(long, value_parser = people::name)]
        name: String,
        /// Whose public holidays count, such as NW.
        #[arg(long, value_parser = people::bundesland)]
        bundesland: Bundesland,
        /// The last day of their maintenance, such as 2027-12-31. Until then they come first.
        #[arg(long, value_name = "DATE", value_parser = people::date)]
        maintenance_until: Option<Date>,
        /// Which days count as working days: mon-fri or mon-sat.
        #[arg(long, default_value = "mon-fri", value_parser = people::working_days)]
        working_days: WorkingDays,
        /// In which language they are written to: de or en.
        #[arg(long, default_value = "de", value_parser = people::language)]
        language: Language,
        /// How the accounts of their new employees are named, such as "v.nachname".
        #[arg(long, value_parser = people::name)]
        naming_rule: Option<String>,
        /// Their IT is looked after completely.
        #[arg(long)]
        managed_it: bool,
    },
    /// Adds and changes customers and contacts by a list, as a spreadsheet saves it (CSV). All of it or nothing.
    ///
    /// The first line names the columns, in any order, in German or English: Kundennummer, Firma, Wartung bis,
    /// Bundesland, Arbeitstage, Sprache, Namensregel, IT-Betreuung, Anrede, Vorname, Nachname, E-Mail, Telefon, Mobil,
    /// Position, Sieht Firma, Hauptkontakt. Only the first two are needed. A customer with several contacts has several
    /// lines. Who is not in the list stays as they are.
    Import {
        /// The list.
        file: PathBuf,
        /// Whose public holidays count where the list does not say so.
        #[arg(long, value_parser = people::bundesland)]
        bundesland: Option<Bundesland>,
        /// Checks everything and says what would change, but changes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Lists all customers, or one of them with everybody there.
    List {
        /// Only this one, with their contacts.
        #[arg(value_parser = people::customer_number)]
        number: Option<CustomerNumber>,
    },
}

pub(super) async fn run(folder: &Folder, command: Command) -> Result<()> {
    let store = open(folder).await?;
    let done = execute(&store, command).await;
    store.close().await;
    done
}

async fn execute(store: &Store, command: Command) -> Result<()> {
    match command {
        Command::Add {
            number,
            name,
            bundesland,
            maintenance_until,
            working_days,
            language,
            naming_rule,
            managed_it,
        } => {
            let new = NewCustomer {
                number,
                name,
                maintenance_until,
                bundesland,
                working_days,
                language,
                naming_rule,
                managed: managed_it,
            };
            store.add_customer(&new, Timestamp::now()).await.map_err(|error| {
                explain(error, &format!("There is a customer {} already. Change it by: customer import", new.number))
            })?;
            let number = &new.number;
            writeln!(
                io::stdout(),
                "{} is customer {number} now. Next:\n\
                 1. beistand-relay contact add {number} --last-name Weber --email anna@customer.example --main\n\
                 2. beistand-relay pin issue {number}",
                new.name
            )?;
            Ok(())
        }
        Command::Import { file, bundesland, dry_run } => import::import(store, &file, bundesland, dry_run).await,
        Command::List { number: None } => list(store).await,
        Command::List { number: Some(number) } => {
            let line = store.roster_of(&number).await;
            show(&line.map_err(|error| explain(error, &format!("There is no customer {number}. See: customer list")))?)
        }
    }
}

async fn list(store: &Store) -> Result<()> {
    let mut out = io::stdout().lock();
    let lines = store.roster().await?;
    if lines.is_empty() {
        writeln!(
            out,
            "There is no customer yet. Add one: beistand-relay customer add 10234 --name \"Müller GmbH\" --bundesland NW"
        )?;
    }
    let today = Timestamp::now().to_zoned(TimeZone::system()).date();
    for line in lines {
        writeln!(out, "{}", shown(&line, today))?;
    }
    Ok(())
}

fn shown(line: &CustomerLine, today: Date) -> String {
    let known = &line.customer.known;
    let maintenance = match known.maintenance_until {
        None => "no maintenance".to_owned(),
        Some(day) if day < today => format!("maintenance ended {day}"),
        Some(day) => format!("maintenance until {day}"),
    };
    let pin = if line.has_pin { "PIN" } else { "no PIN" };
    let contacts = match line.contacts.len() {
        0 => "NO CONTACT: nobody is written to".to_owned(),
        1 => "1 contact".to_owned(),
        many => format!("{many} contacts"),
    };
    let state = if line.customer.active { "" } else { ", not active" };
    format!("{:<20} {:<40} {maintenance}, {pin}, {contacts}{state}", known.number.as_str(), known.name)
}

fn show(line: &CustomerLine) -> Result<()> {
    let mut out = io::stdout().lock();
    let today = Timestamp::now().to_zoned(TimeZone::system()).date();
    writeln!(out, "{}", shown(line, today))?;
    for contact in &line.contacts {
        super::contact::show(&mut out, contact)?;
    }
    Ok(())
}
