//! From a key at the technician to changed pixels at the technician, beside x0vncserver, in one run.
//!
//! `cargo build --release -p beistand-relay -p beistand-tests --bins && cargo run --release -p beistand-tests
//! --example key_peers [KEYS]`. Needs Xvfb, xterm and x0vncserver (`tigervnc-scraping-server`). Both type into the same
//! xterm on the same display of 1920x1080, over loopback, one key at a time and at no fixed beat. Ours ends when the
//! changed pixels are decoded and drawn into a frame buffer; the other's client ends when the whole update has arrived,
//! and decodes nothing, which is in its favour.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use anyhow::{Context as _, Result, ensure};
use beistand_protocol::input::{Button, Input, Key};
use beistand_protocol::picture::Shown;
use beistand_tests::display::Display;
use beistand_tests::ends::{Call, Parties};
use beistand_tests::process::Guard;
use beistand_tests::relay::Relay;
use beistand_tests::rfb;
use beistand_tests::spread::{percentile, sorted};
use beistand_tests::viewer::Viewer;
use beistand_tests::wait::wait_until;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Nothing is changing any more after this.
const CALM: Duration = Duration::from_millis(150);
const LOST: Duration = Duration::from_secs(10);
/// A place inside the terminal.
const INSIDE: (u16, u16) = (300, 300);

fn main() -> Result<()> {
    let keys = std::env::args().nth(1).map_or(Ok(200), |count| count.parse())?;
    let runtime = tokio::runtime::Runtime::new()?;
    let display = Display::xvfb(1920, 1080)?;
    let terminal = terminal(&display)?;
    report("Beistand", &runtime.block_on(ours(&display, keys)).context("ours")?);
    drop(terminal);
    let _terminal = self::terminal(&display)?;
    report("x0vncserver", &x0vncserver(&display, keys).context("x0vncserver")?);
    Ok(())
}

fn report(who: &str, times: &[f64]) {
    let [p50, p95, longest] = [50, 95, 100].map(|share| percentile(times, share));
    println!("{who:12} key to changed pixels, ms: p50 {p50:.1}, p95 {p95:.1}, longest {longest:.1}");
}

/// A real terminal that shows what is typed into it.
fn terminal(display: &Display) -> Result<Guard> {
    let mut xterm = Command::new("xterm");
    xterm.args(["-T", "terminal", "-geometry", "150x50+100+40", "-bg", "black", "-fg", "gray90", "-e", "cat"]);
    let xterm = xterm.env("DISPLAY", display.name());
    let xterm = Guard::start(xterm.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    wait_until("the terminal", LOST, || Ok(!display.windows("terminal")?.is_empty()))?;
    Ok(xterm)
}

/// Between two keys: never in step with a beat of either server.
fn pause(key: usize) -> Duration {
    CALM + Duration::from_micros((key as u64 * 7_919) % 40_000)
}

async fn ours(display: &Display, keys: usize) -> Result<Vec<f64>> {
    let relay = Relay::start()?;
    let parties = Parties::meet(&relay, display).await;
    let mut call = Call::active(&parties).await;
    call.grant_control().await;
    let (mut viewer, session) = (Viewer::default(), &call.technician.session);
    session.input(Input::PointerTo { x: INSIDE.0, y: INSIDE.1 }).await;
    for pressed in [true, false] {
        session.input(Input::Button { button: Button::Left, pressed }).await;
    }
    viewer.watch(&call, Duration::from_secs(2)).await?;
    let mut times = Vec::with_capacity(keys);
    for key in 0..keys {
        viewer.watch(&call, CALM).await?;
        sleep(pause(key)).await;
        let before = viewer.sequence();
        let pressed = Instant::now();
        for is_down in [true, false] {
            session.input(Input::Key { key: Key::Character('x'), pressed: is_down }).await;
        }
        while viewer.sequence() == before {
            let batch = timeout(LOST, session.pictures().next(false)).await.context("the key was lost")?;
            let stream = viewer.draw(&batch)?;
            session.shown(Shown { stream, sequence: viewer.sequence() }).await;
        }
        times.push(pressed.elapsed());
    }
    ensure!(call.technician.forget() && call.customer.forget(), "the session ended");
    call.customer.stop().await;
    Ok(sorted(times.into_iter()))
}

fn x0vncserver(display: &Display, keys: usize) -> Result<Vec<f64>> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut server = Command::new("X0tigervnc");
    server.args(["-display", display.name(), "-rfbport", &port.to_string(), "-localhost", "-SecurityTypes", "None"]);
    server.args(["-AlwaysShared", "-Log", "*:stderr:0"]);
    let _server = Guard::start(server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    wait_until("x0vncserver", LOST, || Ok(TcpStream::connect(("127.0.0.1", port)).is_ok()))?;
    let client = rfb::Client::connect(port)?;
    let (updates, over, mut hands) = (Arc::clone(&client.updates), Arc::clone(&client.over), client.hands()?);
    let (arrived, arrivals) = std::sync::mpsc::channel();
    let client = std::thread::spawn(move || client.run_and_tell(&arrived));
    wait_until("the first update", LOST, || Ok(updates.load(Ordering::Relaxed) > 0))?;
    hands.click(INSIDE)?;
    std::thread::sleep(Duration::from_secs(2));
    let mut times = Vec::with_capacity(keys);
    for key in 0..keys {
        std::thread::sleep(CALM + pause(key));
        while arrivals.try_recv().is_ok() {}
        let pressed = Instant::now();
        hands.press('x')?;
        let seen = arrivals.recv_timeout(LOST).context("the key was lost")?;
        times.push(seen.saturating_duration_since(pressed));
    }
    over.store(true, Ordering::Relaxed);
    client.join().ok().context("the client panicked")??;
    Ok(sorted(times.into_iter()))
}
