//! The stop, the whole way: a real click on the real button in the real panel, while every core is busy.
//!
//! `click_bench PRESSES` lives through that many calls in both real windows. In each the technician holds a key and
//! moves the mouse without a pause; six processes that never rest share the machine. It prints median, 99th percentile
//! and longest, from the moment the customer's mouse button goes down, until
//! - *input*: the last injected press or movement that the customer's display saw,
//! - *gone*: the worker is gone (looked for every millisecond), after which nothing is captured,
//! - *said*: the technician's window says that the customer ended it.
#![allow(clippy::print_stdout)]

use anyhow::{Context as _, Result, ensure};
use beistand_tests::call::{Call, STOP};
use beistand_tests::driver::Page;
use beistand_tests::hands::Hands;
use beistand_tests::process::Guard;
use beistand_tests::spread::spread;
use beistand_tests::watcher::Watcher;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A relay takes so many numbers from one customer in a while.
const NUMBERS: usize = 15;

/// What one press showed.
struct Press {
    input: Duration,
    gone: Duration,
    said: Duration,
}

#[tokio::main]
async fn main() -> Result<()> {
    let presses: usize = std::env::args().nth(1).context("say how many presses")?.parse()?;
    let mut all = Vec::with_capacity(presses);
    while all.len() < presses {
        let call = Call::set_up().await?;
        call.sign_in().await?;
        for _ in all.len()..presses.min(all.len() + NUMBERS) {
            all.push(press(&call).await.with_context(|| format!("press {}", all.len() + 1))?);
            call.customer.turn_to(Page::Main).await?;
            call.customer.click("Fertig").await?;
            call.technician.turn_to(Page::Main).await?;
            call.technician.click("Zur Übersicht").await?;
            call.technician.screen(Page::Main, "technicianHome").await?;
        }
    }
    println!("ms: p50/p99/max of {presses}");
    println!("input {}", spread(all.iter().map(|press| press.input)));
    println!("gone  {}", spread(all.iter().map(|press| press.gone)));
    println!("said  {}", spread(all.iter().map(|press| press.said)));
    Ok(())
}

async fn press(call: &Call) -> Result<Press> {
    let number = call.technician_shows_number().await?;
    call.customer_types(&number).await?;
    call.customer_shows_screen().await?;
    call.technician_asks("Ich messe.").await?;
    call.customer_presses(Page::Panel, "Erlauben").await?;
    call.control_is(true).await?;
    call.technician_types_a_line("true").await?;
    let watcher = Watcher::at(call.seat.desktop.name())?;
    let worker = call.workers().first().context("a worker runs")?.id;
    call.customer.turn_to(Page::Panel).await?;
    let (x, y) = call.customer.place_of(STOP, &call.seat.desktop).await?;
    let (left, top) = call.in_viewer(620, 640).await?;
    let load: Vec<Guard> =
        (0..6).map(|_| Guard::start(Command::new("sh").args(["-c", "while :; do :; done"]))).collect::<Result<_>>()?;
    let (hand, stop) = (Hands::new(call.seat.office.name(), (0, 0))?, AtomicBool::new(false));
    let (pressed, gone) = thread::scope(|scope| {
        let stop = &stop;
        let moving = scope.spawn(move || {
            for step in (0..40).cycle() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                hand.move_to(left + step, top)?;
                thread::sleep(Duration::from_millis(4));
            }
            anyhow::Ok(())
        });
        thread::sleep(Duration::from_millis(400));
        let pressed = click(&call.seat.hands, (x, y), worker);
        stop.store(true, Ordering::Relaxed);
        moving.join().ok().context("the technician's hand moves")??;
        pressed
    })?;
    call.technician.screen(Page::Main, "technicianEnded").await?;
    let said = pressed.elapsed();
    drop(load);
    let (end, _) = call.ends().await?;
    ensure!(end == "emergencyStop", "it ended otherwise: {end}");
    let last = watcher.last_injected().context("something was injected")?;
    Ok(Press { input: last.saturating_duration_since(pressed), gone, said })
}

/// Comes to the button as a hand does, and clicks; answers when, and after how long the worker was gone.
fn click(hands: &Hands, (x, y): (i16, i16), worker: u32) -> Result<(Instant, Duration)> {
    for left in (0..10).rev() {
        hands.move_to(x - 4 * left, y)?;
        thread::sleep(Duration::from_millis(15));
    }
    let began = Instant::now();
    let (pressed, gone) = thread::scope(|scope| {
        let gone = scope.spawn(|| {
            while Path::new(&format!("/proc/{worker}")).exists() && began.elapsed() < Duration::from_secs(5) {
                thread::sleep(Duration::from_millis(1));
            }
            Instant::now()
        });
        (hands.click_at(x, y), gone.join())
    });
    let (pressed, gone) = (pressed?, gone.ok().context("somebody looks for the worker")?);
    ensure!(gone.duration_since(began) < Duration::from_secs(5), "the worker lives on");
    Ok((pressed, gone.saturating_duration_since(pressed)))
}
