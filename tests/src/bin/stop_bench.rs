//! The stop, measured: a real relay, a real worker on a real display, and a technician who never lets go.
//!
//! `stop_bench PRESSES` stops that many sessions in each state of the worker, while the technician moves the mouse and
//! types without a pause and the screen never rests. It prints, a line a state, the median, the 99th percentile and the
//! longest of
//! - *reaped*: from the order to the guardian until the worker was gone; nothing is injected or captured after this,
//! - *input*: until the last injected press or movement that the display saw,
//! - *released*: until everything held was up,
//! - *told*: until the technician's end knew,
//!
//! and the bytes that still left the customer's computer after the order, and what was left held (0 or it fails).
#![allow(clippy::print_stdout)]

use anyhow::{Context as _, Result, ensure};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Button, Input, Key, NamedKey};
use beistand_protocol::permission::{Permission, Setting};
use beistand_session::technician::{News, Session};
use beistand_tests::ends::Call;
use beistand_tests::link::Link;
use beistand_tests::place::Place;
use beistand_tests::process::{Guard, signal};
use beistand_tests::relay::Relay;
use beistand_tests::spread::spread;
use beistand_tests::watcher::Watcher;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long the technician acts before the press.
const BUSY_AFTER: Duration = Duration::from_millis(150);
/// How long a black line takes to fill the worker's socket.
const BLOCKED_AFTER: Duration = Duration::from_millis(1500);

/// What the worker is doing when the customer presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Healthy,
    Spinning,
    Stopped,
    Blocked,
    EveryCoreBusy,
}

const STATES: [State; 5] = [State::Healthy, State::Spinning, State::Stopped, State::Blocked, State::EveryCoreBusy];

/// What one press showed.
#[derive(Clone, Copy, Debug)]
struct Press {
    reaped: Duration,
    input: Duration,
    released: Duration,
    told: Duration,
    bytes_after: u64,
    still_held: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let presses: usize = std::env::args().nth(1).context("say how many presses")?.parse()?;
    println!(
        "{:<14} {:>26} {:>26} {:>26} {:>26}  bytes after",
        "ms: p50/p99/max", "reaped", "input", "released", "told"
    );
    for state in STATES {
        let link = Link::new()?;
        let place = Place::with(Relay::start_behind_with(&link, without_budgets)?).await;
        let _screen = place.busy_screen();
        let mut all = Vec::with_capacity(presses);
        for _ in 0..presses {
            all.push(press(&place, &link, state).await?);
        }
        let held: usize = all.iter().map(|press| press.still_held).sum();
        let bytes: u64 = all.iter().map(|press| press.bytes_after).max().unwrap_or_default();
        println!(
            "{:<14} {:>26} {:>26} {:>26} {:>26}  at most {bytes}",
            format!("{state:?}"),
            spread(all.iter().map(|press| press.reaped)),
            spread(all.iter().map(|press| press.input)),
            spread(all.iter().map(|press| press.released)),
            spread(all.iter().map(|press| press.told)),
        );
        ensure!(held == 0, "{held} keys or buttons stayed down");
    }
    Ok(())
}

/// Sessions that end this soon count as guesses, and there are hundreds of them here.
fn without_budgets(config: String) -> String {
    ["failures_per_network", "failures_per_technician", "failures_before_longer_numbers"]
        .into_iter()
        .fold(config, |config, name| config.replace(&format!("# {name} = "), &format!("{name} = 1000")))
}

/// A session of its own, stopped in this state.
async fn press(place: &Place, link: &Link, state: State) -> Result<Press> {
    let mut call = Call::active(place).await;
    call.see_the_screen(place).await;
    call.customer.guardian.set(Permission::Control, Setting::On);
    let granted = |news: &News| matches!(news, News::Granted(grants) if grants.live(Permission::Control).is_some());
    call.technician.until(granted).await;
    place.click_into_terminal(&call.technician.session).await;
    let watcher = Watcher::at(&place.display)?;
    for held in [NamedKey::ShiftLeft, NamedKey::ControlLeft] {
        call.technician.session.input(Input::Key { key: Key::Named(held), pressed: true }).await;
    }
    call.technician.session.input(Input::Button { button: Button::Left, pressed: true }).await;
    place.are_down(3).await;

    let worker = *place.workers().first().context("a worker runs")?;
    let mut load = Vec::new();
    match state {
        State::Healthy | State::Stopped => {}
        State::Spinning => signal(worker, libc::SIGUSR1)?,
        State::Blocked => link.black(true),
        State::EveryCoreBusy => {
            for _ in 0..6 {
                load.push(Guard::start(Command::new("sh").args(["-c", "while :; do :; done"]))?);
            }
        }
    }
    let Call { mut customer, mut technician } = call;
    let passed = || link.passed().0;
    let stop = async {
        // Long enough for the state to be what it says: the socket full, the cores busy.
        tokio::time::sleep(if state == State::Blocked { BLOCKED_AFTER } else { BUSY_AFTER }).await;
        if state == State::Stopped {
            signal(worker, libc::SIGSTOP)?;
        }
        let (bytes, pressed_at) = (passed(), Instant::now());
        let stopped = customer.stop().await;
        let bytes_after = passed() - bytes;
        link.black(false);
        customer.burn(place).await;
        anyhow::Ok((pressed_at, stopped, bytes_after))
    };
    let told = async {
        let reason = technician.ended_while(async |session: &Session| never_rest(session).await).await;
        (reason, Instant::now())
    };
    let (stopped, (reason, told_at)) = tokio::join!(stop, told);
    let (pressed_at, stopped, bytes_after) = stopped?;
    drop(load);
    // A black line is one that the technician's end has given up by itself.
    ensure!(state == State::Blocked || reason == CloseReason::Stopped, "the technician heard {reason:?}");
    let last = watcher.last_injected().context("something was injected")?;
    ensure!(pressed_at.saturating_duration_since(last) < BLOCKED_AFTER * 2, "nothing was injected lately");
    place.nothing_is_down();
    Ok(Press {
        reaped: stopped.reaped_after,
        input: last.saturating_duration_since(pressed_at),
        released: stopped.released_after,
        told: told_at - pressed_at,
        bytes_after,
        still_held: stopped.still_held,
    })
}

/// Moves and types; what is not done when the customer presses is on its way.
async fn never_rest(session: &Session) {
    for step in 0..20 {
        session.input(Input::PointerTo { x: 200 + step, y: 200 }).await;
        session.input(Input::Key { key: Key::Character('x'), pressed: true }).await;
        session.input(Input::Key { key: Key::Character('x'), pressed: false }).await;
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
}
