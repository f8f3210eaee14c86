//! How the picture and the keys fare on a thin line and on a lossy one, packet by packet.
//!
//! As root: `cargo build --release -p beistand-relay -p beistand-tests --bins && cargo run --release -p beistand-tests
//! --example thin_line`. The customer's worker lives in a network namespace behind a [`ThinLine`]; relay and technician
//! live here. *Key to pixel* is from sending a key until the decoded picture shows the window that it changed. The
//! *age* of a picture is told by a patch on the customer's screen that shows the time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use anyhow::{Context as _, Result, ensure};
use beistand_protocol::input::{Input, Key};
use beistand_protocol::picture::Shown;
use beistand_session::guardian::Program;
use beistand_session::pipe::Origin;
use beistand_tests::call::built;
use beistand_tests::display::Display;
use beistand_tests::ends::{Call, CustomerEnd, Parties, TechnicianEnd, spoken};
use beistand_tests::patch::Patch;
use beistand_tests::relay::Relay;
use beistand_tests::script::Script;
use beistand_tests::spread::{percentile, sorted};
use beistand_tests::thin_line::{Quality, ThinLine};
use beistand_tests::viewer::Viewer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// 50 ms there and back, 5 Mbit/s, a queue of a tenth of a second.
const THIN: Quality = Quality {
    delay: Duration::from_millis(25),
    rate: Some(5_000_000),
    lost_per_mille: 0,
    queue_bytes: 64_000,
    black: false,
};
/// 50 ms there and back, 20 Mbit/s, one packet in fifty lost.
const LOSSY: Quality = Quality { rate: Some(20_000_000), lost_per_mille: 20, queue_bytes: 256_000, ..THIN };
const KEYS: usize = 100;
/// By then the page around the video has come.
const SETTLES: Duration = Duration::from_secs(5);
/// A picture of this age is as good as new.
const FRESH: Duration = Duration::from_millis(500);
const BLACK_FOR: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<()> {
    let line = ThinLine::new()?;
    let display = Display::xvfb(1920, 1080)?;
    let relay = Relay::start_with(|config| config.replace("127.0.0.1:0", "0.0.0.0:0"))?;
    let parties = Parties::meet(&relay, &display).await;
    for rate in [1_000_000, 5_000_000] {
        line.set(Quality { rate: Some(rate), ..THIN });
        let page = Script::ready("video in a page", &display)?;
        let mut seat = Seat::at(&parties, &display, &line).await?;
        let (seen, exact) = seat.first_view(&display).await?;
        println!("{rate} bit/s, 50 ms: all is seen after {} ms, exact after {}", seen.as_millis(), exact.as_millis());
        seat.call.customer.stop().await;
        drop(page);
    }
    line.set(THIN);
    let mut seat = Seat::at(&parties, &display, &line).await?;
    let keys = with_video(&display, async || {
        seat.look_for(SETTLES).await?;
        seat.keys(KEYS).await
    })
    .await?;
    let [p50, p95, longest] = [50, 95, 100].map(|share| percentile(&keys, share));
    println!("5 Mbit/s, 50 ms, video playing: key to pixel, ms: p50 {p50:.0}, p95 {p95:.0}, longest {longest:.0}");

    line.set(LOSSY);
    let (ages, back, after) = with_video(&display, async || {
        seat.look_for(SETTLES).await?;
        let ages = seat.ages(Duration::from_secs(15)).await?;
        line.set(Quality { black: true, ..LOSSY });
        seat.look_for(BLACK_FOR).await?;
        line.set(LOSSY);
        let back = seat.is_fresh_again().await?;
        anyhow::Ok((ages, back, seat.ages(Duration::from_secs(5)).await?))
    })
    .await?;
    let [p50, p95, longest] = [50, 95, 100].map(|share| percentile(&ages, share));
    println!(
        "2 % lost, 50 ms, video playing: age of the picture, ms: p50 {p50:.0}, p95 {p95:.0}, longest {longest:.0}"
    );
    let [(first, age), fresh] = back;
    println!(
        "after {} s of nothing: the first picture {} ms later, {} ms old; from {} ms on none older than {:.0} ms",
        BLACK_FOR.as_secs(),
        first.as_millis(),
        age.as_millis(),
        fresh.0.as_millis(),
        percentile(&after, 100)
    );
    seat.call.customer.stop().await;
    Ok(())
}

/// Plays a video over and over while something is done.
async fn with_video<T>(display: &Display, act: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
    let mut script = Script::ready("video in a page", display)?;
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let player = thread::spawn(move || {
        while !is_over.load(Ordering::Relaxed) {
            let _ = script.run(); // The display is gone: then the measuring fails as well.
        }
    });
    let done = act().await;
    over.store(true, Ordering::Relaxed);
    player.join().ok().context("the player panicked")?;
    done
}

/// A call over the line, and who looks at it.
struct Seat {
    call: Call,
    viewer: Viewer,
    patch: Patch,
}

impl Seat {
    async fn at(parties: &Parties, display: &Display, line: &ThinLine) -> Result<Self> {
        let mut technician = TechnicianEnd::start(parties, None);
        let number = technician.number().await;
        let [program, arguments @ ..] = line.command_inside();
        let mut arguments = arguments.map(Into::into).to_vec();
        arguments.push(built("worker")?.into());
        let program = Program { executable: program.into(), arguments };
        let customer = CustomerEnd::start_with(parties, Origin::Typed(spoken(&number)), program);
        let mut call = Call::shown(customer, technician).await;
        call.grant_control().await;
        Ok(Self { call, viewer: Viewer::default(), patch: Patch::on(display)? })
    }

    /// Draws what comes next. Answers what the patch shows then.
    async fn draw(&mut self, within: Duration) -> Result<u32> {
        let pictures = self.call.technician.session.pictures();
        let batch = timeout(within, pictures.next(false)).await.context("no picture came")?;
        self.show(&batch).await
    }

    /// Draws a batch. Answers what the patch shows then.
    async fn show(&mut self, batch: &[u8]) -> Result<u32> {
        let stream = self.viewer.draw(batch)?;
        self.call.technician.session.shown(Shown { stream, sequence: self.viewer.sequence() }).await;
        ensure!(self.call.technician.forget() && self.call.customer.forget(), "the session ended");
        let (x, y) = Patch::PLACE;
        let [red, green, blue, _] = self.viewer.pixel(x, y).context("the patch is in the picture")?;
        Ok(u32::from_be_bytes([0, red, green, blue]))
    }

    /// How long it takes until everything is seen, and until it is exact.
    async fn first_view(&mut self, display: &Display) -> Result<(Duration, Duration)> {
        let (began, mut seen) = (Instant::now(), None);
        let screen = display.screenshot()?;
        loop {
            self.draw(Duration::from_secs(20)).await?;
            if self.viewer.error(&screen) < 16.0 {
                seen = seen.or(Some(began.elapsed()));
                if self.viewer.shows(&screen) {
                    return Ok((seen.unwrap_or_default(), began.elapsed()));
                }
            }
        }
    }

    /// Draws what comes, for so long.
    async fn look_for(&mut self, time: Duration) -> Result<()> {
        // A picture that is waited for is not lost when the waiting ends.
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let pictures = self.call.technician.session.pictures();
            let Ok(batch) = timeout(left, pictures.next(false)).await else { break };
            self.show(&batch).await?;
        }
        Ok(())
    }

    /// From sending a key until it is seen, so many times, in milliseconds.
    async fn keys(&mut self, count: usize) -> Result<Vec<f64>> {
        self.patch.counts_keys()?;
        let mut times = Vec::with_capacity(count);
        let mut shown = self.draw(Duration::from_secs(20)).await?;
        for _ in 0..count {
            let calm = Instant::now() + Duration::from_millis(150);
            while Instant::now() < calm {
                shown = self.draw(Duration::from_secs(20)).await?;
            }
            let pressed = Instant::now();
            for is_down in [true, false] {
                self.call.technician.session.input(Input::Key { key: Key::Character('x'), pressed: is_down }).await;
            }
            while self.draw(Duration::from_secs(20)).await? == shown {
                ensure!(pressed.elapsed() < Duration::from_secs(10), "the key was lost");
            }
            times.push(pressed.elapsed());
        }
        Ok(sorted(times.into_iter()))
    }

    /// How old what is drawn is, for a while, in milliseconds.
    async fn ages(&mut self, long: Duration) -> Result<Vec<f64>> {
        self.patch.tells_the_time()?;
        let (began, mut ages) = (Instant::now(), Vec::new());
        while began.elapsed() < long {
            let told = self.draw(Duration::from_secs(20)).await?;
            if let Some(age) = self.patch.age(told) {
                ages.push(age);
            }
        }
        Ok(sorted(ages.into_iter()))
    }

    /// How long the next picture takes to come, and how old it is; and the same of the first that is not old.
    async fn is_fresh_again(&mut self) -> Result<[(Duration, Duration); 2]> {
        let (began, mut first) = (Instant::now(), None);
        loop {
            let told = self.draw(Duration::from_secs(60)).await?;
            let Some(age) = self.patch.age(told) else { continue };
            let picture = (began.elapsed(), age);
            let first = *first.get_or_insert(picture);
            if age <= FRESH {
                return Ok([first, picture]);
            }
        }
    }
}
