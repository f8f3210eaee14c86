//! Our picture beside x0vncserver's, in one run: the same script on one display, once for each of them.
//!
//! `cargo build --release -p beistand-relay -p beistand-tests --bins && cargo run --release -p beistand-tests
//! --example picture_peers [workload...]`. Needs Xvfb, xterm, ImageMagick, ffmpeg and x0vncserver
//! (`tigervnc-scraping-server`). Ours is a whole session: a worker with its guardian, the inner and the outer TLS, a
//! relay, and a technician who draws. Bytes are counted by a pass-through between, frames on both sides; processor
//! time is that of the process on the customer's computer. Afterwards every pixel must be right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod counted;
mod rfb;
mod script;

use anyhow::{Context, Result, ensure};
use beistand_protocol::picture::Shown;
use beistand_session::rendezvous::fetch_company;
use beistand_tests::display::Display;
use beistand_tests::ends::{Call, Parties};
use beistand_tests::process::{Found, Guard, with_environment};
use beistand_tests::relay::Relay;
use beistand_tests::screenshot::Screenshot;
use counted::Counted;
use script::Script;
use std::fs;
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
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
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
    let link = Counted::new()?;
    let domain = format!("domain = \"localhost:{}\"", link.port);
    let relay = Relay::start_with(|config| config.replace("domain = \"localhost:0\"", &domain))?;
    let log = relay.log()?;
    let address = log.split_whitespace().find_map(|word| word.strip_prefix("address="));
    link.lead_to(address.context("the relay logs its address")?.parse()?);
    let trust = relay.trust()?;
    let company = fetch_company(&trust).await?;
    let parties = Parties {
        display: display.name().to_owned(),
        size: display.size(),
        trust,
        root_der: company.root,
        root: company.root_sha256,
        credential: Arc::new(relay.technician().await?),
    };
    let mut script = Script::ready(name, display)?;
    let mut call = Call::active(&parties).await;
    let here = format!("DISPLAY={}", display.name());
    let is_worker = |process: &Found| process.command.ends_with("/worker");
    let worker = with_environment(&here).into_iter().find(is_worker).context("a worker")?.id;
    let mut viewer = Viewer::default();
    viewer.watch(&call, REST).await?;
    let before = (link.up(), viewer.sequence, cpu(worker)?);
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
        frames: viewer.sequence - before.1,
        bytes: link.up() - before.0,
        cpu: cpu(worker)?.checked_sub(before.2).context("time goes on")?,
    };
    let screen = display.screenshot()?;
    ensure!(viewer.shows(&screen), "the picture is not the screen");
    call.customer.stop().await;
    Ok(cost)
}

/// Draws batches as the technician's window does.
#[derive(Default)]
struct Viewer {
    size: (usize, usize),
    pixels: Vec<[u8; 4]>,
    sequence: u32,
}

impl Viewer {
    /// Draws until nothing has come for `rest`.
    async fn watch(&mut self, call: &Call, rest: Duration) -> Result<()> {
        let pictures = call.technician.session.pictures();
        while let Ok(batch) = tokio::time::timeout(rest, pictures.next(false)).await {
            let stream = self.draw(&batch)?;
            call.technician.session.shown(Shown { stream, sequence: self.sequence }).await;
        }
        Ok(())
    }

    fn draw(&mut self, batch: &[u8]) -> Result<u32> {
        let long = |at: usize| u32::from_le_bytes(batch[at..at + 4].try_into().unwrap());
        let short = |at: usize| usize::from(u16::from_le_bytes(batch[at..at + 2].try_into().unwrap()));
        let size = (short(12), short(14));
        if size != self.size {
            (self.size, self.pixels) = (size, vec![[0; 4]; size.0 * size.1]);
        }
        let mut at = 28;
        for _ in 0..long(24) {
            let (x, y, width, height) = (short(at + 4), short(at + 6), short(at + 8), short(at + 10));
            let from = (short(at + 12), short(at + 14));
            let place = |x: usize, y: usize| y * size.0 + x;
            let colour = [batch[at + 1], batch[at + 2], batch[at + 3], 255];
            let upwards = batch[at] == 1 && from.1 < y;
            let kind = batch[at];
            at += 16;
            for row in 0..height {
                let row = if upwards { height - 1 - row } else { row };
                let to = place(x, y + row);
                match kind {
                    1 => {
                        let from = place(from.0, from.1 + row);
                        self.pixels.copy_within(from..from + width, to);
                    }
                    2 => self.pixels[to..to + width].fill(colour),
                    _ => {
                        let bytes = &batch[at + row * width * 4..][..width * 4];
                        self.pixels[to..to + width].copy_from_slice(bytes.as_chunks().0);
                    }
                }
            }
            at += if kind == 3 { width * height * 4 } else { 0 };
        }
        ensure!(at == batch.len(), "a batch with something behind it");
        self.sequence = long(8);
        Ok(long(4))
    }

    /// Whether it is `screen` to the last bit.
    fn shows(&self, screen: &Screenshot) -> bool {
        let places = (0..self.size.1).flat_map(|y| (0..self.size.0).map(move |x| (x, y)));
        (screen.width(), screen.height()) == self.size
            && places.zip(&self.pixels).all(|((x, y), shown)| screen.pixel(x, y).is_some_and(|rgb| shown[..3] == rgb))
    }
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
    let link = Counted::new()?;
    link.lead_to(([127, 0, 0, 1], port).into());
    let client = rfb::Client::connect(link.port)?;
    let (updates, over) = (Arc::clone(&client.updates), Arc::clone(&client.over));
    let client = std::thread::spawn(move || client.run());
    // The first, whole update.
    let began = Instant::now();
    while updates.load(Ordering::Relaxed) == 0 {
        ensure!(began.elapsed() < Duration::from_secs(20) && !client.is_finished(), "no update came");
        sleep(Duration::from_millis(10));
    }
    sleep(REST);
    let before = (link.down(), updates.load(Ordering::Relaxed), cpu(server.id())?);
    let steps = script.run()?;
    sleep(REST);
    let cost = Cost {
        steps,
        frames: updates.load(Ordering::Relaxed) - before.1,
        bytes: link.down() - before.0,
        cpu: cpu(server.id())?.checked_sub(before.2).context("time goes on")?,
    };
    over.store(true, Ordering::Relaxed);
    client.join().ok().context("the client panicked")??;
    Ok(cost)
}

/// The processor time of all threads of a process.
fn cpu(process: u32) -> Result<Duration> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        sum += stat.split_whitespace().next().context("a field")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}
