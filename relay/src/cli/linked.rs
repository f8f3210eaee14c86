//! `linked`: which apps are linked to whom, and how one is unlinked that was lost, or whose person has left.

use super::desk::{BY, explain, open};
use super::people;
use crate::shell::folder::Folder;
use anyhow::{Result, bail};
use beistand_desk::store::{Linked, LinkedLine, Revoked, Store};
use beistand_protocol::desk::code::CustomerNumber;
use clap::Subcommand;
use jiff::{Timestamp, tz::TimeZone};
use std::io::{self, Write};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the apps that are linked.
    List {
        /// Only those of this customer, by its number, or of this person, by their e-mail address.
        #[arg(value_name = "CUSTOMER|EMAIL")]
        of: Option<String>,
    },
    /// Unlinks an app at once, also beside a relay that serves. A new code links it again.
    Revoke {
        /// The app's id as `linked list` shows it; or a person's e-mail address for all of their apps and unused codes.
        #[arg(value_name = "ID|EMAIL")]
        which: String,
    },
}

pub(super) async fn run(folder: &Folder, command: Command) -> Result<()> {
    let store = open(folder).await?;
    let done = match &command {
        Command::List { of } => list(&store, of.as_deref().map(str::trim)).await,
        Command::Revoke { which } => revoke(&store, which.trim()).await,
    };
    store.close().await;
    done
}

async fn list(store: &Store, of: Option<&str>) -> Result<()> {
    let which = match of {
        None => Linked::All,
        Some(email) if email.contains('@') => of_person(store, email).await?,
        Some(number) => {
            let number: CustomerNumber = people::customer_number(number).map_err(anyhow::Error::msg)?;
            let unknown = format!("There is no customer {number}. See: customer list");
            store.roster_of(&number).await.map_err(|error| explain(error, &unknown))?;
            Linked::OfCustomer(number)
        }
    };
    let lines = store.linked_apps(&which).await?;
    let mut out = io::stdout();
    if lines.is_empty() {
        writeln!(out, "No app is linked. To link one: beistand-relay link-code EMAIL")?;
    }
    for line in &lines {
        show(&mut out, line)?;
    }
    Ok(())
}

async fn revoke(store: &Store, wanted: &str) -> Result<()> {
    let which = if wanted.contains('@') {
        of_person(store, wanted).await?
    } else {
        match wanted.parse() {
            Ok(id) => Linked::App(id),
            Err(_) => bail!("{wanted} is neither the id of a linked app nor an e-mail address. See: linked list"),
        }
    };
    let Revoked { apps, codes } = store.revoke_linked(&which, BY, Timestamp::now()).await?;
    let mut out = io::stdout();
    if apps.is_empty() && codes == 0 {
        match which {
            Linked::App(_) => bail!("No linked app has the id {wanted}. See: linked list"),
            Linked::All | Linked::OfCustomer(_) | Linked::OfPerson(_) => writeln!(out, "{wanted} has no linked app.")?,
        }
        return Ok(());
    }
    for app in &apps {
        show(&mut out, app)?;
    }
    if !apps.is_empty() {
        let many = many(&apps);
        writeln!(out, "Unlinked: {many}. What was sent from there stays; nothing can be read or sent there any more.")?;
    }
    if codes > 0 {
        let codes = if codes == 1 { "one link code".to_owned() } else { format!("{codes} link codes") };
        writeln!(out, "Void, too: {codes} that nobody had used.")?;
    }
    if let Some(again) = apps.iter().find_map(|app| app.email.as_deref()).or(Some(wanted).filter(|_| codes > 0)) {
        writeln!(out, "To link an app anew: beistand-relay link-code {again}")?;
    }
    Ok(())
}

async fn of_person(store: &Store, email: &str) -> Result<Linked> {
    if store.find_contacts(email).await?.is_empty() {
        bail!("There is no contact {email}. See who there is: beistand-relay contact list CUSTOMER");
    }
    Ok(Linked::OfPerson(email.to_owned()))
}

fn many(apps: &[LinkedLine]) -> String {
    match apps.len() {
        1 => "1 app".to_owned(),
        many => format!("{many} apps"),
    }
}

fn show(out: &mut impl Write, line: &LinkedLine) -> io::Result<()> {
    writeln!(
        out,
        "  {}  {:<10} {:<24} {:<32} {:<20} since {}",
        line.id,
        line.customer.as_str(),
        line.name,
        line.email.as_deref().unwrap_or("no e-mail"),
        line.device,
        line.linked_at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M")
    )
}
