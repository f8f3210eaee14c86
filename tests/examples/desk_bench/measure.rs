//! Opens a filled database as the server does, and asks it what people ask.

use crate::fill::{CUSTOMERS, now, number};
use crate::words::{Dice, vocabulary};
use anyhow::{Context as _, Result};
use beistand_desk::store::{Backup, Place, Store};
use beistand_protocol::desk::api::queue::{QueueQuery, QueueView};
use beistand_protocol::desk::ids::TechnicianId;
use std::time::{Duration, Instant};

const TIMES: usize = 200;
const ME: TechnicianId = TechnicianId(1);

pub(crate) async fn measure(place: &Place, tickets: u32) -> Result<()> {
    let started = Instant::now();
    let store = Store::open(place, &Backup::AlreadyMade, now()).await?;
    store.queue(ME, &QueueQuery::default(), now()).await?;
    println!("restart to the first answer: {:.0} ms", ms(started.elapsed()));
    println!("{:<34}{:>9}{:>9}{:>9}", "", "p50 ms", "p95 ms", "max ms");
    let mut dice = Dice::new(u64::from(tickets));
    let mut times = Vec::new();
    for index in 0..TIMES {
        let view =
            [QueueView::Open, QueueView::Mine, QueueView::Unassigned, QueueView::Waiting, QueueView::All][index % 5];
        let mut query = QueueQuery { view, ..QueueQuery::default() };
        if index % 4 == 0 {
            let customer = 30_001 + u32::try_from(dice.roll(CUSTOMERS as usize))?;
            query.customer = Some(customer.to_string().parse()?);
        }
        query.unread = index % 8 == 1;
        let asked = Instant::now();
        let page = store.queue(ME, &query, now()).await?;
        times.push(asked.elapsed());
        if let Some(next) = page.next.filter(|_| index % 3 == 0) {
            query.cursor = Some(next);
            let asked = Instant::now();
            store.queue(ME, &query, now()).await?;
            times.push(asked.elapsed());
        }
    }
    report("open the queue", &mut times);
    for _ in 0..TIMES {
        let number = number(1 + u32::try_from(dice.roll(tickets as usize))?)?;
        let asked = Instant::now();
        store.desk_ticket(ME, number, now()).await?;
        times.push(asked.elapsed());
    }
    report("open a ticket", &mut times);
    search(&store, tickets).await?;
    together(&store, tickets).await?;
    println!("memory of this process: {} MB at most", memory_kib()? / 1024);
    store.close().await;
    Ok(())
}

async fn search(store: &Store, tickets: u32) -> Result<()> {
    let words = vocabulary();
    let (common, rare) = (words[3].clone(), words[5990].clone());
    let half = tickets / 2;
    let reference = format!("REF-{half}");
    let ticket = number(half)?.to_string();
    let kinds = [
        ("a common word", vec![common.clone(), words[10].clone(), words[20].clone()]),
        ("a rare word", vec![rare, words[5900].clone(), words[5950].clone()]),
        ("two words", vec![format!("{common} {}", words[800]), format!("{} {}", words[50], words[3000])]),
        ("inside words", vec![middle(&words[7]), middle(&words[100]), middle(&words[1000])]),
        ("nowhere, of common parts", vec![twice(&words[3]), twice(&words[12]), twice(&words[40])]),
        ("a reference, a phone number", vec![reference, "0221 123456".into(), "0221 99887".into()]),
        ("a ticket number", vec![ticket]),
        ("three characters", vec!["ber".into(), "xyz".into(), "schr".into()]),
    ];
    let mut all = Vec::new();
    for (name, typed) in kinds {
        let mut times = Vec::new();
        for index in 0..30 {
            let typed = &typed[index % typed.len()];
            let q = Some(typed.parse().context("a query")?);
            let query = QueueQuery { view: QueueView::All, q, ..QueueQuery::default() };
            let asked = Instant::now();
            store.queue(ME, &query, now()).await?;
            times.push(asked.elapsed());
        }
        all.extend_from_slice(&times);
        report(&format!("search: {name}"), &mut times);
    }
    report("search: all of these", &mut all);
    Ok(())
}

/// A word without its first character.
fn middle(word: &str) -> String {
    word.chars().skip(usize::from(word.chars().count() > 3)).chain("er".chars()).take(6).collect()
}

/// A word that is written nowhere, made of one that is.
fn twice(word: &str) -> String {
    let doubled = format!("{word}{word}");
    doubled.chars().take(8).collect()
}

/// Eight people at once, for the memory.
async fn together(store: &Store, tickets: u32) -> Result<()> {
    let words = vocabulary();
    let mut people = tokio::task::JoinSet::new();
    for person in 0..8_u32 {
        let (store, words) = (store.clone(), words.clone());
        people.spawn(async move {
            let mut dice = Dice::new(u64::from(person));
            let mut times = Vec::new();
            for index in 0..40 {
                let asked = Instant::now();
                if index % 4 == 0 {
                    let q = Some(words[dice.roll(words.len())].parse()?);
                    store.queue(ME, &QueueQuery { q, ..QueueQuery::default() }, now()).await?;
                } else if index % 4 == 1 {
                    store.queue(ME, &QueueQuery::default(), now()).await?;
                } else {
                    let number = number(1 + u32::try_from(dice.roll(tickets as usize))?)?;
                    store.desk_ticket(ME, number, now()).await?;
                }
                times.push(asked.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = people.join_next().await {
        all.extend(done??);
    }
    report("eight people at once, everything", &mut all);
    Ok(())
}

fn report(name: &str, times: &mut Vec<Duration>) {
    times.sort_unstable();
    let at =
        |percent: usize| times.get((times.len() * percent / 100).min(times.len() - 1)).copied().unwrap_or_default();
    println!("{name:<34}{:>9.1}{:>9.1}{:>9.1}", ms(at(50)), ms(at(95)), ms(at(100)));
    times.clear();
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn memory_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the system says so")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
