//! `mail`: whether customers can be written to, and what could not be delivered.

use super::desk::open;
use crate::shell::config::Config;
use crate::shell::folder::Folder;
use anyhow::{Context, Result, bail};
use beistand_desk::mail::message;
use beistand_desk::store::Store;
use clap::Subcommand;
use jiff::Timestamp;
use std::io::{self, Write};
use std::time::SystemTime;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Sends a mail by the server of relay.toml, and says what went wrong if it does not arrive.
    Test {
        /// To whom, such as you@help.example. Try one of your own company's and one elsewhere.
        address: String,
    },
    /// Lists the mails that were given up, each with the reason.
    Dead,
    /// Tries a mail again that was given up, or all of them.
    Retry {
        /// Its number in the list of `mail dead`.
        #[arg(required_unless_present = "all")]
        id: Option<i64>,
        /// All of them.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

pub(super) async fn run(folder: &Folder, command: Command) -> Result<()> {
    let config = Config::load(folder)?;
    match command {
        Command::Test { address } => test(folder, &config, &address).await,
        Command::Dead => {
            let store = open(folder).await?;
            let done = list_dead(&store).await;
            store.close().await;
            done
        }
        Command::Retry { id, .. } => {
            let store = open(folder).await?;
            let done = retry(&store, id).await;
            store.close().await;
            done
        }
    }
}

async fn list_dead(store: &Store) -> Result<()> {
    let mut out = io::stdout();
    let dead = store.outbox_dead_letters().await?;
    if dead.is_empty() {
        writeln!(out, "No mail was given up.")?;
    }
    for letter in dead {
        let ticket = letter.ticket.map_or_else(|| "no ticket".to_owned(), |number| number.to_string());
        writeln!(out, "{:>6}  {ticket:<12} {}", letter.id, letter.error)?;
    }
    Ok(())
}

async fn retry(store: &Store, id: Option<i64>) -> Result<()> {
    let ids = match id {
        Some(id) => vec![id],
        None => store.outbox_dead_letters().await?.iter().map(|letter| letter.id).collect(),
    };
    let mut again = 0;
    for id in ids {
        if store.outbox_replay(id, Timestamp::now()).await? {
            again += 1;
        } else {
            bail!("No mail with the number {id} was given up. See: beistand-relay mail dead");
        }
    }
    writeln!(io::stdout(), "{again} tried again, as soon as the relay serves.")?;
    Ok(())
}

async fn test(folder: &Folder, config: &Config, address: &str) -> Result<()> {
    let to = message::address(address)
        .with_context(|| format!("{address} is no e-mail address. One looks like you@help.example."))?;
    let Some(mail) = &config.mail else {
        bail!(
            "There is no [mail] in {}. Take its lines from there out of the comment, fill them in, and try again.",
            folder.config().display()
        );
    };
    let (sender, server) = mail.open(folder, &config.company, &config.domain)?;
    let mut out = io::stdout();
    writeln!(out, "Connecting to {} on port {} ...", mail.server, mail.port())?;
    let mut line = server.connect().await?;
    match &mail.user {
        Some(user) => writeln!(out, "Connected, and signed in as {user}.")?,
        None => writeln!(out, "Connected.")?,
    }
    let test = sender.test_mail(to, SystemTime::now())?;
    let accepted = line.send(&sender.address, &test.to, &test.bytes).await?;
    line.close().await;
    writeln!(
        out,
        "The server has taken the mail from {} to {}. It said: {}\n\
         Look into that mailbox now, and into its spam folder. If it is not there within minutes, the server's own log \
         says where it went.",
        sender.address, test.to, accepted.0
    )?;
    Ok(())
}
