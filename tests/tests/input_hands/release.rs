//! Nothing stays down: not after a kill, not after the guardian's death.
//!
//! This test's own executable is started again as a worker that presses keys and says so.

use crate::bench::{Away, Technician, down, mapping, set_layout, wait_for_hold};
use anyhow::{Context, Result};
use beistand_protocol::input::{HeldKeys, Hold, HoldNews, Input, Key, NamedKey};
use beistand_session::input::emergency::{Emergency, ORPHAN_STATUS};
use beistand_session::input::x11_release::{X11Releaser, release_held_on};
use beistand_tests::display::Display;
use beistand_tests::process::signal;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const WORKER: &str = "BEISTAND_TEST_WORKER_ON";

/// Not a test by itself: holds keys until it is killed. Says what it holds as a worker does.
#[test]
fn worker_that_holds() -> Result<()> {
    let Ok(name) = std::env::var(WORKER) else { return Ok(()) };
    use beistand_protocol::permission::{Control, Gate, Grants, Permission, Setting};
    use beistand_session::input::x11::Hands;
    use beistand_session::input::{Aim, Area, Injector as _, Ledger, OwnWindows, Progress, Target};
    let tell = |news: HoldNews| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\u{2}{}", serde_json::to_string(&news)?)?;
        out.flush()
    };
    let ledger = Ledger::new(tell);
    let emergency = Emergency::install(Arc::clone(&ledger), Box::new(X11Releaser::connect(Some(&name))?))?;
    let aim = Aim::nowhere();
    aim.set(Some(Target::Area(Area { x: 0, y: 0, width: 640, height: 480 })));
    let mut hands = Hands::connect(Some(&name), ledger, aim, OwnWindows::default())?;
    let mut grants = Grants::default();
    grants.set(Permission::Control, Setting::On);
    let gate = Gate::closed();
    gate.apply(&grants);
    let epoch = grants.live(Permission::Control).context("granted")?;
    let press = |key| Input::Key { key, pressed: true };
    let button = beistand_protocol::input::Button::Left;
    for input in [
        press(Key::Character('😀')),
        Input::PointerTo { x: 10, y: 10 },
        Input::Button { button, pressed: true },
        press(Key::Named(NamedKey::ShiftLeft)),
        press(Key::Character('A')),
    ] {
        let consent = gate.consent::<Control>(epoch).context("live")?;
        while let Progress::NotYet(rest) = hands.inject(&consent, &input)? {
            std::thread::sleep(rest);
        }
    }
    println!("\u{2}holding");
    let mut input = String::new();
    std::io::stdin().read_line(&mut input)?;
    if input.is_empty() {
        emergency.leave();
    }
    // Presses on and on, so that a kill comes at any point.
    for round in 0.. {
        let key = if round % 2 == 0 { Key::Named(NamedKey::ControlLeft) } else { Key::Character('x') };
        for pressed in [true, false] {
            let consent = gate.consent::<Control>(epoch).context("live")?;
            hands.inject(&consent, &Input::Key { key, pressed })?;
        }
    }
    Ok(())
}

struct Worker {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    held: HeldKeys,
}

impl Worker {
    fn start(display: &Display) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--exact", "release::worker_that_holds", "--nocapture"]).env(WORKER, display.name());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let out = BufReader::new(child.stdout.take().context("piped")?);
        let mut worker = Self { child, out, held: HeldKeys::default() };
        let mut line = String::new();
        while !line.ends_with("\u{2}holding\n") {
            line.clear();
            anyhow::ensure!(worker.out.read_line(&mut line)? > 0, "the worker ended");
            worker.note(&line)?;
        }
        Ok(worker)
    }

    fn note(&mut self, line: &str) -> Result<()> {
        // The test runner writes to the same pipe.
        if let Some((_, news)) = line.split_once('\u{2}')
            && news.starts_with('{')
        {
            // A killed worker's last line may be cut off; then it had not pressed yet.
            if let Ok(news) = serde_json::from_str(news) {
                self.held.note(news);
            }
        }
        Ok(())
    }

    fn press_on(&mut self) -> Result<()> {
        writeln!(self.child.stdin.as_mut().context("piped")?, "go")?;
        Ok(())
    }

    /// Kills it, reaps it, and reads what it said last.
    fn kill(mut self) -> Result<HeldKeys> {
        self.child.kill()?;
        self.child.wait()?;
        let mut rest = Vec::new();
        self.out.read_to_end(&mut rest)?;
        for line in String::from_utf8_lossy(&rest).lines() {
            self.note(line)?;
        }
        Ok(self.held)
    }
}

fn display() -> Result<Display> {
    let display = Display::xvfb(640, 480)?;
    set_layout(&display, &["us"])?;
    Ok(display)
}

#[test]
fn nothing_stays_down_after_a_kill() -> Result<()> {
    let display = display()?;
    let before = mapping(&display)?;
    for round in 0..20 {
        let mut worker = Worker::start(&display)?;
        let (keys, button) = down(&display)?;
        assert!(keys.len() >= 2 && button, "round {round}: {keys:?} {button}");
        if round % 2 == 1 {
            worker.press_on()?;
            std::thread::sleep(Duration::from_millis(round * 3));
        }
        let held = worker.kill()?;
        assert!(held.len() >= 4, "round {round}: {held:?}");
        let left = release_held_on(Some(display.name()), &held)?;
        assert!(left.is_empty(), "round {round}: {left:?}");
        assert_eq!(down(&display)?, (Vec::new(), false), "round {round}");
        assert_eq!(mapping(&display)?, before, "round {round}: a keycode kept its borrowed meaning");
    }
    Ok(())
}

/// A busy display takes its clients' requests in turns of its own choosing. What a worker asked for and was killed over
/// must not come after the release: a display closes a dead client before it listens to one that came later.
#[test]
fn what_a_killed_worker_asked_for_never_comes_after_the_release() -> Result<()> {
    let display = display()?;
    for round in 0..20 {
        let mut worker = Worker::start(&display)?;
        worker.press_on()?;
        // Each time at another point of a press.
        std::thread::sleep(Duration::from_micros(5000 + round * 170));
        signal(display.process(), libc::SIGSTOP)?;
        std::thread::sleep(Duration::from_millis(20));
        let held = worker.kill()?;
        let name = display.name().to_owned();
        let release = std::thread::spawn(move || release_held_on(Some(&name), &held));
        std::thread::sleep(Duration::from_millis(20));
        signal(display.process(), libc::SIGCONT)?;
        let left = release.join().ok().context("released")??;
        assert!(left.is_empty(), "round {round}: {left:?}");
        for _ in 0..20 {
            assert_eq!(down(&display)?, (Vec::new(), false), "round {round}");
        }
    }
    Ok(())
}

#[test]
fn a_worker_without_a_guardian_lets_go_by_itself() -> Result<()> {
    let display = display()?;
    let before = mapping(&display)?;
    // The parent-death signal, while it waits and while it presses; and the end of the pipe.
    for way in ["signal", "signal while pressing", "pipe"] {
        let mut worker = Worker::start(&display)?;
        match way {
            "pipe" => drop(worker.child.stdin.take()),
            _ => {
                if way == "signal while pressing" {
                    worker.press_on()?;
                }
                signal(worker.child.id(), libc::SIGTERM)?;
            }
        }
        let mut rest = Vec::new();
        worker.out.read_to_end(&mut rest)?;
        assert_eq!(worker.child.wait()?.code(), Some(ORPHAN_STATUS), "{way}");
        assert_eq!(down(&display)?, (Vec::new(), false), "{way}");
        assert_eq!(mapping(&display)?, before, "{way}");
    }
    Ok(())
}

#[test]
fn only_what_was_ours_is_released() -> Result<()> {
    // A key that somebody else holds on the same virtual keyboard, and that is not on the list.
    let display = display()?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.named(NamedKey::ShiftLeft, true)?;
    technician.named(NamedKey::ControlLeft, true)?;
    let held: Vec<Hold> = technician.ledger.held().iter().collect();
    assert_eq!(held.len(), 2);
    let one: HeldKeys = held.iter().take(1).copied().collect();
    assert!(release_held_on(Some(display.name()), &one)?.is_empty());
    let (keys, _) = down(&display)?;
    assert_eq!(keys.len(), 1);
    assert!(keys.iter().all(|key| !one.contains(Hold::Key(*key))));
    Ok(())
}

#[test]
fn letting_go_takes_everything_back() -> Result<()> {
    let display = display()?;
    let before = mapping(&display)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(50, 50)?;
    technician.button(true)?;
    technician.named(NamedKey::AltLeft, true)?;
    technician.key(Key::Character('a'), true)?;
    technician.tap('ß')?;
    wait_for_hold(&technician, Hold::Button(1))?;
    assert!(technician.input.release_all());
    assert_eq!(down(&display)?, (Vec::new(), false));
    assert_eq!(mapping(&display)?, before);
    assert!(technician.ledger.held().is_empty());
    // What the guardian heard adds up to the same.
    let mut guardian = HeldKeys::default();
    for news in technician.news.lock().unwrap().iter() {
        guardian.note(*news);
    }
    assert!(guardian.is_empty());
    Ok(())
}
