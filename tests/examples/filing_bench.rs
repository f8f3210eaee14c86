//! How long it takes to file a ticket with one image of two megabytes, and what the relay needs meanwhile.
//!
//! `cargo build --release -p beistand-relay && cargo run --release -p beistand-tests --example filing_bench [TICKETS]`.
//! A relay of its own with SQLite on a disk, reached over TLS on loopback; every request is a connection of its own, as
//! the app makes them. The image is a screenshot of 1920x1080, a third of it noise. Two ways: a linked app, from the first
//! byte of the file to the ticket's number; customer number and PIN, whose form is answered after a deliberate wait of
//! 800 to 1000 ms, which is part of the last line.
//!
//! `filing_bench TICKETS DATABASE` begins with a database that `desk_bench fill DATABASE N` made, and asks for queue,
//! tickets and searches as well: what the relay needs with many tickets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]
#![allow(dead_code)] // The tests' own client and house, of which only a part is needed here.

#[path = "../tests/desk_http/client.rs"]
mod client;
#[path = "../tests/desk_http/house.rs"]
mod house;

use anyhow::{Context as _, Result};
use beistand_tests::relay::Relay;
use beistand_tests::spread::{percentile, sorted};
use client::Client;
use house::{House, draft, submission};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const WORK_ROUNDS: usize = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let tickets: usize = std::env::args().nth(1).map_or(Ok(60), |count| count.parse())?;
    let database = std::env::args().nth(2).map(PathBuf::from);
    let mut relay = Relay::start()?;
    if let Some(database) = &database {
        relay.kill();
        for of_the_empty_one in ["desk.db-wal", "desk.db-shm"] {
            let _ = std::fs::remove_file(relay.folder().join(of_the_empty_one));
        }
        std::fs::copy(database, relay.folder().join("desk.db"))?;
        relay.resume()?;
    }
    let house = House::on(relay).await?;
    if database.is_some() {
        work(&house.technician).await?;
    }
    let image = screenshot()?;
    println!("an image of {} kB", image.len() / 1000);
    let (mut files, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..tickets {
        let began = Instant::now();
        let id = uploaded(&house.one.boss, &image).await?;
        files.push(began.elapsed());
        let form = json!({"draft": draft("Der Drucker druckt nur noch Streifen", &[id])});
        house.one.boss.post("/api/v1/my/tickets", &form).await?.good();
        whole.push(began.elapsed());
    }
    report("linked app: the file alone", files);
    report("linked app: file and ticket", whole);
    let (mut files, mut forms) = (Vec::new(), Vec::new());
    // Ten forms an hour are taken from one network.
    for _ in 0..tickets.min(10) {
        let began = Instant::now();
        let id = uploaded(&house.client, &image).await?;
        files.push(began.elapsed());
        let mut form = submission(house.one.number, &house.one.pin, "Der Drucker druckt nur noch Streifen");
        form["draft"]["attachments"] = json!([id]);
        let began = Instant::now();
        house.client.post("/api/v1/intake", &form).await?.good();
        forms.push(began.elapsed());
    }
    report("PIN: the file alone", files);
    report("PIN: the form, with its wait", forms);
    println!("the relay had {} MB at most", peak_kib(house.relay.process())? / 1024);
    Ok(())
}

/// What technicians do all day, two at once.
async fn work(technician: &Client) -> Result<()> {
    let (mut queue, mut tickets, mut searches) = (Vec::new(), Vec::new(), Vec::new());
    let timed = async |path: String| -> Result<(Duration, Value)> {
        let began = Instant::now();
        let ask = || technician.get(&path);
        let (answer, _) = tokio::try_join!(ask(), ask())?;
        Ok((began.elapsed(), answer.good()))
    };
    for round in 0..WORK_ROUNDS {
        let view = ["open", "all"][round % 2];
        let (took, page) = timed(format!("/api/v1/technician/queue?view={view}")).await?;
        queue.push(took);
        let rows = page["tickets"].as_array().context("a page of tickets")?;
        let row = &rows[round % rows.len().max(1)];
        let number = row["number"].as_str().context("a ticket's number")?;
        tickets.push(timed(format!("/api/v1/technician/tickets/{number}")).await?.0);
        let title = row["title"].as_str().unwrap_or_default();
        let word = title.split_whitespace().rfind(|word| word.len() > 3).unwrap_or("drucker");
        searches.push(timed(format!("/api/v1/technician/queue?view=all&q={word}")).await?.0);
    }
    report("open the queue, two at once", queue);
    report("open a ticket, two at once", tickets);
    report("search, two at once", searches);
    Ok(())
}

async fn uploaded(client: &Client, image: &[u8]) -> Result<String> {
    let answer = client.upload("bildschirm.png", image).await?.good();
    Ok(answer["file"]["id"].as_str().context("an id")?.to_owned())
}

fn report(name: &str, times: Vec<Duration>) {
    let times = sorted(times.into_iter());
    let [p50, p95, longest] = [50, 95, 100].map(|share| percentile(&times, share));
    println!("{name:32} ms: p50 {p50:.0}, p95 {p95:.0}, longest {longest:.0}");
}

fn peak_kib(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the system says so")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// About two megabytes: the upper half is noise, the lower one lines as of text.
fn screenshot() -> Result<Vec<u8>> {
    let (width, height, noisy) = (1920_usize, 1080_usize, 430_usize);
    let mut state = 1_u32;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let text = if (x / 7 * (y / 14) + x / 3) % 5 == 0 && y % 14 < 9 { 40 } else { 245 };
            let [red, green, blue, _] = if y < noisy { state.rotate_left(13).to_be_bytes() } else { [text; 4] };
            pixels.extend([red, green, blue]);
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}
