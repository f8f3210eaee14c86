//! Our picture beside x0vncserver's, in one run: the same script on one display, once for each of them.
//!
//! `cargo build --release -p beistand-relay -p beistand-tests --bins && cargo run --release -p beistand-tests
//! --example picture_peers [workload...]`. Needs Xvfb, xterm, ImageMagick, ffmpeg and x0vncserver
//! (`tigervnc-scraping-server`). Ours is a whole session: a worker with its guardian, the inner and the outer TLS, a
//! relay, and a technician who draws. Bytes are counted by a pass-through between, frames on both sides; processor
//! time is that of the process on the customer's computer. Afterwards every pixel must be right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use anyhow::{Context, Result, ensure};
use beistand_tests::display::Display;
use beistand_tests::ends::{Call, Parties};
use beistand_tests::link::Link;
use beistand_tests::process::{Found, Guard, processor_time, with_environment};
use beistand_tests::relay::Relay;
use beistand_tests::rfb;
use beistand_tests::script::Script;
use beistand_tests::viewer::Viewer;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// After the last change, so that everything arrives.
const REST: Duration = Duration::from_millis(1500);
const WORKLOADS: [&str; 4] = ["typing", "page scrolled", "coloured log", "video in a page"];

/// What a workload cost.
struct Cost {
    steps: u32,
    frames: u32,
    bytes: u64,
    cpu: Duration,
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    println!("workload          who           steps  frames      kB   CPU ms");
    for name in WORKLOADS.into_iter().filter(|name| wanted.is_empty() || wanted.iter().any(|is| name.contains(is))) {
        let display = Display::xvfb(1920, 1080)?;
        let ours = runtime.block_on(ours(&display, name)).context("ours")?;
        print_row(name, "Beistand", &ours);
        let theirs = x0vncserver(&display, name).context("x0vncserver")?;
        print_row(name, "x0vncserver", &theirs);
        println!(
            "{name:16}  ours/theirs                {:6.3}   {:6.2}",
            ours.bytes as f64 / theirs.bytes as f64,
            ours.cpu.as_secs_f64() / theirs.cpu.as_secs_f64()
        );
    }
    Ok(())
}

fn print_row(name: &str, who: &str, Cost { steps, frames, bytes, cpu }: &Cost) {
    let kb = *bytes as f64 / 1000.0;
    println!("{name:16}  {who:12}  {steps:5}  {frames:6}  {kb:6.0}   {:6}", cpu.as_millis());
}

async fn ours(display: &Display, name: &str) -> Result<Cost> {
    let link = Link::new()?;
    let relay = Relay::start_behind(&link)?;
    let parties = Parties::meet(&relay, display).await;
    let mut script = Script::ready(name, display)?;
    let mut call = Call::active(&parties).await;
    let here = format!("DISPLAY={}", display.name());
    let is_worker = |process: &Found| process.command.ends_with("/worker");
    let worker = with_environment(&here).into_iter().find(is_worker).context("a worker")?.id;
    let mut viewer = Viewer::default();
    viewer.watch(&call, REST).await?;
    let before = (link.passed().0, viewer.sequence(), processor_time(worker)?);
    let script = tokio::task::spawn_blocking(move || (script.run(), script));
    let mut running = std::pin::pin!(script);
    let (steps, _script) = loop {
        tokio::select! {
            done = &mut running => break done?,
            watched = viewer.watch(&call, Duration::from_secs(60)) => watched?,
        }
    };
    viewer.watch(&call, REST).await?;
    let cost = Cost {
        steps: steps?,
        frames: viewer.sequence() - before.1,
        bytes: link.passed().0 - before.0,
        cpu: processor_time(worker)?.checked_sub(before.2).context("time goes on")?,
    };
    let screen = display.screenshot()?;
    ensure!(viewer.shows(&screen), "the picture is not the screen");
    call.customer.stop().await;
    Ok(cost)
}

fn x0vncserver(display: &Display, name: &str) -> Result<Cost> {
    let mut script = Script::ready(name, display)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut server = Command::new("X0tigervnc");
    server.args(["-display", display.name(), "-rfbport", &port.to_string(), "-localhost", "-SecurityTypes", "None"]);
    server.args(["-AlwaysShared", "-Log", "*:stderr:0"]);
    let server = Guard::start(server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    beistand_tests::wait::wait_until("x0vncserver", Duration::from_secs(10), || {
        Ok(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
    })?;
    let link = Link::new()?;
    link.lead_to(([127, 0, 0, 1], port).into());
    let client = rfb::Client::connect(link.port())?;
    let (updates, over) = (Arc::clone(&client.updates), Arc::clone(&client.over));
    let client = std::thread::spawn(move || client.run());
    // The first, whole update.
    let began = Instant::now();
    while updates.load(Ordering::Relaxed) == 0 {
        ensure!(began.elapsed() < Duration::from_secs(20) && !client.is_finished(), "no update came");
        sleep(Duration::from_millis(10));
    }
    sleep(REST);
    let before = (link.passed().1, updates.load(Ordering::Relaxed), processor_time(server.id())?);
    let steps = script.run()?;
    sleep(REST);
    let cost = Cost {
        steps,
        frames: updates.load(Ordering::Relaxed) - before.1,
        bytes: link.passed().1 - before.0,
        cpu: processor_time(server.id())?.checked_sub(before.2).context("time goes on")?,
    };
    over.store(true, Ordering::Relaxed);
    client.join().ok().context("the client panicked")??;
    Ok(cost)
}
