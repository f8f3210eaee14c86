//! How quick the desk's store is with a hundred thousand and with a million tickets.
//!
//! `cargo run --release -p beistand-tests --example desk_bench -- sqlite 1000000` (or `postgres`) fills a database in
//! a temporary folder and then measures in a process of its own, whose memory it names.
#![allow(clippy::print_stdout, clippy::indexing_slicing)] // Printing is its purpose, and all lists are its own.

#[path = "desk_bench/fill.rs"]
mod fill;
#[path = "desk_bench/measure.rs"]
mod measure;
#[path = "desk_bench/words.rs"]
mod words;

use anyhow::{Context as _, Result, bail, ensure};
use beistand_desk::store::Place;
use beistand_tests::postgres::Postgres;
use std::process::Command;
use std::time::Instant;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["measure", place, tickets] => run(measure::measure(&read_place(place)?, tickets.parse()?)),
        ["fill", file, tickets] => run(fill::fill(&Place::Sqlite(file.into()), tickets.parse()?)),
        [kind @ ("sqlite" | "postgres"), tickets] => both(kind, tickets.parse()?),
        _ => bail!("desk_bench sqlite|postgres TICKETS, or desk_bench fill FILE TICKETS"),
    }
}

fn both(kind: &str, tickets: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let postgres = if kind == "postgres" { Some(Postgres::durable()?) } else { None };
    let place = match &postgres {
        Some(postgres) => Place::Postgres(postgres.url()),
        None => Place::Sqlite(folder.path().join("desk.sqlite")),
    };
    let started = Instant::now();
    run(fill::fill(&place, tickets))?;
    println!("{kind}: {tickets} tickets filled in {:.0} s", started.elapsed().as_secs_f32());
    if let Some(postgres) = &postgres {
        postgres.sql("VACUUM ANALYZE")?;
    }
    let place = match &place {
        Place::Sqlite(path) => path.display().to_string(),
        Place::Postgres(url) => url.clone(),
    };
    let status = Command::new(std::env::current_exe()?).args(["measure", &place, &tickets.to_string()]).status()?;
    ensure!(status.success(), "the measurement ended with {status}");
    Ok(())
}

fn read_place(place: &str) -> Result<Place> {
    Ok(if place.starts_with("postgresql:") { Place::Postgres(place.into()) } else { Place::Sqlite(place.into()) })
}

fn run<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("a runtime")?
        .block_on(future)
}
