//! `customer import`: a list of customers and their people, as a spreadsheet saves it.
//!
//! Every line is read and checked before anything is written; with one that is wrong, nothing is. `table` reads the
//! file, whatever its encoding and separator; `columns` knows what the columns are called; `lines` makes customers of
//! the lines.

mod columns;
mod lines;
mod table;

use crate::cli::progress::Progress;
use crate::shell::folder::explain;
use anyhow::{Result, bail};
use beistand_desk::store::{RosterChange, Store};
use beistand_protocol::desk::workdays::Bundesland;
use jiff::Timestamp;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// More lines with mistakes than this are only counted.
const SHOWN: usize = 50;

/// Imports a file, or says what it would do.
pub(super) async fn import(store: &Store, path: &Path, bundesland: Option<Bundesland>, dry_run: bool) -> Result<()> {
    let bytes = fs::read(path).map_err(|error| explain("read", path, &error))?;
    let read = table::read(&bytes).and_then(|table| lines::read(&table, bundesland));
    let entries = match read {
        Ok(entries) => entries,
        Err(mistakes) => {
            let mut out = io::stderr();
            for mistake in mistakes.iter().take(SHOWN) {
                writeln!(out, "{mistake}")?;
            }
            if mistakes.len() > SHOWN {
                writeln!(out, "... and {} more.", mistakes.len() - SHOWN)?;
            }
            bail!("Nothing was imported. Mend the lines above in {} and import it again.", path.display());
        }
    };
    let progress = Progress::new("customers", entries.len());
    let change = store.import_roster(&entries, dry_run, Timestamp::now(), |done| progress.at(done)).await?;
    progress.end();
    let mut out = io::stdout();
    writeln!(out, "{}", sentence(change, dry_run))?;
    if dry_run {
        writeln!(out, "Nothing was written. Leave --dry-run away to do it.")?;
    }
    Ok(())
}

fn sentence(change: RosterChange, dry_run: bool) -> String {
    let would = if dry_run { "would be " } else { "" };
    format!(
        "Customers: {} {would}added, {} {would}changed, {} as they were.\n\
         Contacts:  {} {would}added, {} {would}changed, {} as they were.",
        change.customers_added,
        change.customers_changed,
        change.customers_same,
        change.contacts_added,
        change.contacts_changed,
        change.contacts_same
    )
}
