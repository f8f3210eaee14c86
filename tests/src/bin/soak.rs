//! A long, busy session: memory and descriptors of both ends and the relay, once a minute.
//!
//! `soak MINUTES` prints a line a minute (KiB resident and open descriptors of worker, relay and technician's end) and,
//! at the end, how the last ten minutes compare with the ten after the first ten. It fails when something grew by more
//! than 5 %, or when a descriptor is left over. The worker, the relay and this end are those of the same build.
#![allow(clippy::print_stdout)]

use anyhow::{Context as _, Result, ensure};
use beistand_protocol::input::{Input, Text};
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::Shown;
use beistand_tests::ends::Call;
use beistand_tests::place::Place;
use beistand_tests::process::Guard;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// Control runs out after thirty minutes, as it should.
const GRANT_AGAIN: Duration = Duration::from_secs(10 * 60);
/// What is compared: the mean of so many minutes.
const COMPARED: usize = 10;
/// By how much something may grow.
const GROWTH: f64 = 1.05;

/// A process at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    resident_kib: u64,
    descriptors: usize,
}

fn sample(process: u32) -> Result<Sample> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the process runs")?;
    let resident_kib = resident.trim().trim_end_matches(" kB").parse()?;
    Ok(Sample { resident_kib, descriptors: fs::read_dir(format!("/proc/{process}/fd"))?.count() })
}

/// A terminal that does what an administrator's does: coloured lines, now and then a full screen.
fn terminal(display: &str) -> Result<Guard> {
    let script = "i=0; while :; do i=$((i+1)); \
        printf '\\033[3%dm%s line %d of the log\\033[0m\\n' $((i % 8)) \"$(date)\" $i; \
        [ $((i % 200)) = 0 ] && seq 1 400; sleep 0.2; done";
    let mut xterm = Command::new("xterm");
    Guard::start(xterm.args(["-geometry", "100x30+0-0", "-e", "sh", "-c", script]).env("DISPLAY", display))
}

#[tokio::main]
async fn main() -> Result<()> {
    let minutes: usize = std::env::args().nth(1).context("say how many minutes")?.parse()?;
    ensure!(minutes >= 3 * COMPARED, "at least {} minutes", 3 * COMPARED);
    let place = Place::new().await;
    let mut call = Call::active(&place).await;
    let _terminal = terminal(&place.display)?;
    call.grant_control().await;
    place.click_into_terminal(&call.technician.session).await;
    let processes = [
        ("worker", *place.workers().first().context("a worker runs")?),
        ("relay", place.relay.process()),
        ("technician", std::process::id()),
    ];
    let pictures = call.technician.session.pictures();
    let mut drawn = 0_u64;
    let mut typing = interval(Duration::from_millis(500));
    let mut minute = interval(Duration::from_secs(60));
    typing.set_missed_tick_behavior(MissedTickBehavior::Delay);
    minute.tick().await;
    let (mut granted, mut samples) = (Instant::now(), Vec::with_capacity(minutes));
    while samples.len() < minutes {
        tokio::select! {
            batch = pictures.next(false) => {
                let field = |at: usize| batch.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
                let (stream, sequence) = field(4).zip(field(8)).context("a batch begins with its numbers")?;
                call.technician.session.shown(Shown { stream, sequence }).await;
                drawn += 1;
            }
            _ = typing.tick() => {
                let text = Text::try_from("grüße ".to_owned()).ok().context("a short text")?;
                call.technician.session.input(Input::Text(text)).await;
            }
            _ = minute.tick() => {
                samples.push(processes.iter().map(|(_, process)| sample(*process)).collect::<Result<Vec<_>>>()?);
                println!("{:>4} min, {drawn} pictures: {:?}", samples.len(), samples.last());
                ensure!(call.technician.forget() && call.customer.forget(), "the session ended");
            }
        }
        if granted.elapsed() > GRANT_AGAIN {
            granted = Instant::now();
            call.customer.guardian.set(Permission::Control, Setting::Ask);
            call.grant_control().await;
        }
    }
    let mean = |from: usize, which: usize| {
        let part = samples.iter().skip(from).take(COMPARED).filter_map(|minute| minute.get(which));
        part.map(|one| one.resident_kib as f64).sum::<f64>() / COMPARED as f64
    };
    let mut grown = Vec::new();
    for (which, (name, _)) in processes.iter().enumerate() {
        let (before, after) = (mean(COMPARED, which), mean(minutes - COMPARED, which));
        let open = |at: usize| samples.get(at).and_then(|minute| minute.get(which)).map(|one| one.descriptors);
        println!(
            "{name}: {before:.0} KiB, then {after:.0} KiB; descriptors {:?}, then {:?}",
            open(COMPARED),
            open(minutes - 1)
        );
        if after > before * GROWTH || open(minutes - 1) > open(COMPARED) {
            grown.push(*name);
        }
    }
    ensure!(grown.is_empty(), "these grew: {grown:?}");
    Ok(())
}
