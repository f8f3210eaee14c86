//! How long the app takes from its start to its first screen, warm.
//!
//! `npm --prefix ui run build && cargo build --release -p beistand && cargo run --release -p beistand-tests --example
//! first_screen [STARTS]`. The app starts under Xvfb with openbox, a session bus and a keyring, as on a desktop; its
//! first start is not counted and shows what the screen looks like in the end. A later start is over as soon as the
//! display shows just that. Looking costs some milliseconds itself.
#![allow(clippy::print_stdout)]

use anyhow::{Context as _, Result, ensure};
use beistand_tests::call::built;
use beistand_tests::display::Display;
use beistand_tests::person::Person;
use beistand_tests::process::Guard;
use beistand_tests::screenshot::Screenshot;
use beistand_tests::spread::{percentile, sorted};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

const REST: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(20);
/// Fewer pixels than a blinking caret has.
const SAME: f64 = 0.0005;

fn main() -> Result<()> {
    let starts: usize = std::env::args().nth(1).map_or(Ok(15), |count| count.parse())?;
    let mut display = Display::xvfb(1280, 1024)?;
    let person = Person::settle(display.name())?;
    display.start_window_manager(person.home())?;
    let empty = display.screenshot()?;
    let app = start(&person)?;
    sleep(REST);
    let wanted = display.screenshot()?;
    ensure!(wanted.colours() > 20, "the app shows no screen");
    wanted.save(std::path::Path::new("target/first-screen.png"))?;
    drop(app);
    let mut times = Vec::with_capacity(starts);
    for _ in 0..starts {
        until(&display, &empty)?;
        sleep(Duration::from_millis(500));
        let began = Instant::now();
        let _app = start(&person)?;
        until(&display, &wanted)?;
        times.push(began.elapsed());
    }
    let times = sorted(times.into_iter());
    let [p50, p95, longest] = [50, 95, 100].map(|share| percentile(&times, share));
    println!("start to first screen, ms: p50 {p50:.0}, p95 {p95:.0}, longest {longest:.0}");
    Ok(())
}

fn start(person: &Person) -> Result<Guard> {
    let mut app = person.command(built("beistand")?);
    Guard::start(app.stdout(Stdio::null()).stderr(Stdio::null()))
}

fn until(display: &Display, wanted: &Screenshot) -> Result<()> {
    let began = Instant::now();
    while display.screenshot()?.difference(wanted, 8)? > SAME {
        (began.elapsed() < PATIENCE).then_some(()).context("the screen never looked like the first time")?;
        sleep(Duration::from_millis(5));
    }
    Ok(())
}
