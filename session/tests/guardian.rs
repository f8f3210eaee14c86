//! The guardian against workers that are healthy, hung, deaf, mad or gone.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{HeldKeys, Hold, HoldNews};
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_session::guardian::{ACKNOWLEDGE_WITHIN, Event, Guardian, Platform, Program, Stopped};
use beistand_session::pipe::{self, Command, Report, Stage};
use std::path::Path;
use std::process::{self, Child};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn stops_a_healthy_worker() {
    let mut seat = Seat::new("cat frames; cat >/dev/null; :", &[Report::Stage(Stage::Connecting)]);
    seat.expect_report();
    seat.guardian.stop(CloseReason::Stopped);
    let stopped = seat.stopped();
    assert_eq!(stopped.reason, CloseReason::Stopped);
    assert!(stopped.reaped_after < Duration::from_millis(200), "{stopped:?}");
}

#[test]
fn stops_a_worker_that_stands_still() {
    let mut seat = Seat::new("cat frames; kill -STOP $$; sleep 1", &[Report::Active]);
    seat.expect_report();
    thread::sleep(Duration::from_millis(100));
    seat.guardian.stop(CloseReason::Stopped);
    assert!(seat.stopped().reaped_after < Duration::from_millis(200));
}

#[test]
fn stops_a_worker_that_spins_and_ignores_signals() {
    let mut seat = Seat::new("trap '' TERM INT HUP; cat frames; while :; do :; done", &[Report::Active]);
    seat.expect_report();
    seat.guardian.stop(CloseReason::Stopped);
    assert!(seat.stopped().reaped_after < Duration::from_millis(200));
}

#[test]
fn releases_what_was_held_after_the_worker_is_reaped_and_before_anybody_is_told() {
    let held = |news| Report::Held(news);
    let frames = [
        held(HoldNews::Begins(Hold::Key(38))),
        held(HoldNews::Begins(Hold::Key(50))),
        held(HoldNews::Begins(Hold::Button(1))),
        held(HoldNews::Ends(Hold::Key(50))),
        Report::Active,
    ];
    let mut seat = Seat::new("cat frames; cat >/dev/null; :", &frames);
    seat.expect_report();
    seat.guardian.stop(CloseReason::Stopped);
    let stopped = seat.stopped();
    assert_eq!((stopped.released, stopped.still_held), (2, 0));
    assert_eq!(*seat.acts.lock().unwrap(), ["kill", "reap", "release 2 failing", "release 2"]);
}

#[test]
fn what_the_worker_said_last_is_released_too() {
    // The frames are in the pipe when the worker is killed: it tells before it presses.
    let presses: Vec<Report> = (8..200).map(|code| Report::Held(HoldNews::Begins(Hold::Key(code)))).collect();
    let mut seat = Seat::new("cat frames; exec sleep 1000", &presses);
    thread::sleep(Duration::from_millis(200));
    seat.guardian.stop(CloseReason::Stopped);
    assert_eq!(seat.stopped().released, 192);
}

#[test]
fn what_a_worker_holds_that_talks_too_much_or_lies_is_released_too() {
    let lie = vec![Report::Applied { revision: 7, grants: Grants::default() }];
    for mut frames in [vec![Report::Stage(Stage::Waiting); 600], lie] {
        frames.extend((8..20).map(|code| Report::Held(HoldNews::Begins(Hold::Key(code)))));
        let mut seat = Seat::new("cat frames; exec sleep 1000", &frames);
        let stopped = seat.stopped();
        assert_eq!((stopped.reason, stopped.released), (CloseReason::WorkerFailed, 12));
    }
}

#[test]
fn a_worker_that_does_not_acknowledge_a_revocation_is_killed() {
    let mut seat = Seat::new("cat frames; cat >/dev/null; :", &[Report::Active]);
    seat.expect_report();
    let asked = Instant::now();
    seat.guardian.set(Permission::Control, Setting::Ask);
    assert_eq!(seat.stopped().reason, CloseReason::WorkerFailed);
    let took = asked.elapsed();
    assert!(took >= ACKNOWLEDGE_WITHIN && took < ACKNOWLEDGE_WITHIN * 3, "{took:?}");
}

#[test]
fn widening_is_not_owed_and_an_acknowledged_revocation_is_fine() {
    // `head` waits for the first byte of a command before the answer goes out.
    let acknowledgement = Report::Applied { revision: 2, grants: Grants::default() };
    let mut seat = Seat::new("head -c 80 >/dev/null; cat frames; cat >/dev/null; :", &[acknowledgement]);
    seat.guardian.set(Permission::Control, Setting::On);
    seat.guardian.answer(1, false);
    for _ in 0..40 {
        seat.guardian.send(Command::Pause(None));
    }
    seat.expect_report();
    seat.expect_nothing(ACKNOWLEDGE_WITHIN * 2);
    seat.guardian.stop(CloseReason::Stopped);
    assert_eq!(seat.stopped().reason, CloseReason::Stopped);
}

#[test]
fn a_worker_that_does_not_read_is_killed() {
    let mut seat = Seat::new("cat frames; exec sleep 1000", &[Report::Active]);
    seat.expect_report();
    let others = vec![7; 40_000];
    for _ in 0..100 {
        seat.guardian.send(Command::OwnWindows { panel: None, others: others.clone() });
    }
    assert_eq!(seat.stopped().reason, CloseReason::WorkerFailed);
}

#[test]
fn garbage_and_floods_end_it() {
    for script in ["exec cat /dev/urandom", "exec yes", "exec cat /dev/zero", "while :; do cat frames; done"] {
        let flood = vec![Report::Stage(Stage::Waiting); 2000];
        let mut seat = Seat::new(script, &flood);
        assert_eq!(seat.stopped().reason, CloseReason::WorkerFailed, "{script}");
    }
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_ends_it() {
    let lie = Report::Applied { revision: 7, grants: Grants::default() };
    let mut seat = Seat::new("cat frames; cat >/dev/null; :", &[lie]);
    assert_eq!(seat.stopped().reason, CloseReason::WorkerFailed);
}

#[test]
fn a_worker_that_dies_leaves_nothing_down() {
    let mut seat = Seat::new("cat frames; kill -9 $$", &[Report::Held(HoldNews::Begins(Hold::Key(38)))]);
    let stopped = seat.stopped();
    assert_eq!((stopped.reason, stopped.released), (CloseReason::WorkerFailed, 1));
}

#[test]
fn a_worker_that_says_why_it_ends_is_believed() {
    let mut seat = Seat::new("cat frames", &[Report::Ended(CloseReason::EndedByTechnician)]);
    assert_eq!(seat.stopped().reason, CloseReason::EndedByTechnician);
}

#[test]
fn a_worker_that_says_it_ends_and_stays_is_killed() {
    let mut seat = Seat::new("cat frames; exec sleep 1000", &[Report::Ended(CloseReason::PeerGone)]);
    assert_eq!(seat.stopped().reason, CloseReason::PeerGone);
}

#[test]
fn a_polite_end_has_a_limit_and_a_stop_overtakes_it() {
    let mut seat = Seat::new("cat frames; cat >/dev/null; :", &[Report::Active]);
    seat.expect_report();
    let began = Instant::now();
    seat.guardian.finish(CloseReason::EndedByCustomer);
    assert_eq!(seat.stopped().reason, CloseReason::EndedByCustomer);
    assert!(began.elapsed() >= Duration::from_millis(900));

    let mut seat = Seat::new("cat frames; cat >/dev/null; :", &[Report::Active]);
    seat.expect_report();
    seat.guardian.finish(CloseReason::EndedByCustomer);
    seat.guardian.stop(CloseReason::Stopped);
    assert_eq!(seat.stopped().reason, CloseReason::Stopped);
}

#[test]
fn stopping_twice_tells_once() {
    let mut seat = Seat::new("cat >/dev/null; :", &[]);
    seat.guardian.stop(CloseReason::Stopped);
    seat.guardian.stop(CloseReason::PanelLost);
    assert_eq!(seat.stopped().reason, CloseReason::Stopped);
    assert!(seat.guardian.wait_stopped(PATIENCE));
    seat.expect_nothing(Duration::from_millis(100));
}

#[test]
fn the_worker_gets_a_scrubbed_environment() {
    let seat = Seat::new("env > environment; cat >/dev/null; :", &[]);
    let file = seat.folder.path().join("environment");
    eventually(|| fs::read_to_string(&file).is_ok_and(|text| text.contains("PATH=")));
    let environment = fs::read_to_string(&file).unwrap();
    assert!(!environment.contains("CARGO_MANIFEST_DIR"), "{environment}");
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let program = Program { executable: "/nonexistent/beistand".into(), arguments: Vec::new() };
    let outcome = Guardian::start_on(Fake::default(), program, Command::Refuse, |_| {});
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::NotFound);
}

/// The guardian process of the next test; not a test by itself.
#[test]
#[ignore = "is started by the_worker_dies_with_its_guardian"]
fn guardian_process() {
    let Ok(folder) = std::env::var("GUARDIAN_TEST_FOLDER") else { return };
    let script = "echo $$ > pid; trap 'touch terminated; exit' TERM; while :; do sleep 0.05; done";
    let _guardian = Guardian::start(shell(Path::new(&folder), script), Command::Refuse, |_| {}).unwrap();
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn the_worker_dies_with_its_guardian() {
    let folder = tempfile::tempdir().unwrap();
    let mut guardian = process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "guardian_process", "--ignored"])
        .env("GUARDIAN_TEST_FOLDER", folder.path())
        .stdout(process::Stdio::null())
        .spawn()
        .unwrap();
    let pid = folder.path().join("pid");
    eventually(|| fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n')));
    let worker = fs::read_to_string(&pid).unwrap().trim().to_owned();
    assert!(is_alive(&worker));
    guardian.kill().unwrap();
    guardian.wait().unwrap();
    eventually(|| folder.path().join("terminated").exists());
    eventually(|| !is_alive(&worker));
}

/// A guardian with a shell script for a worker.
struct Seat {
    guardian: Guardian,
    events: mpsc::Receiver<Event>,
    acts: Arc<Mutex<Vec<String>>>,
    pid: Arc<Mutex<Option<u32>>>,
    folder: tempfile::TempDir,
}

impl Seat {
    fn new(script: &str, frames: &[Report]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        for frame in frames {
            pipe::write_frame(&mut bytes, frame).unwrap();
        }
        fs::write(folder.path().join("frames"), bytes).unwrap();
        let fake = Fake::default();
        let (acts, pid) = (Arc::clone(&fake.acts), Arc::clone(&fake.pid));
        let (tell, events) = mpsc::channel();
        let program = shell(folder.path(), script);
        let guardian = Guardian::start_on(fake, program, Command::Refuse, move |event| drop(tell.send(event))).unwrap();
        Self { guardian, events, acts, pid, folder }
    }

    fn expect_report(&mut self) {
        assert!(matches!(self.events.recv_timeout(PATIENCE), Ok(Event::Report(_))));
    }

    fn expect_nothing(&mut self, within: Duration) {
        let event = self.events.recv_timeout(within);
        assert!(event.is_err(), "{event:?}");
    }

    /// The end: told last, once, and with no process left.
    fn stopped(&mut self) -> Stopped {
        loop {
            match self.events.recv_timeout(PATIENCE).expect("never told that it stopped") {
                Event::Report(_) => {}
                Event::Stopped(stopped) => {
                    let pid = self.pid.lock().unwrap().unwrap();
                    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the worker is still there, or a zombie");
                    return stopped;
                }
            }
        }
    }
}

/// Kills and reaps for real, and writes down in which order; its first release fails.
#[derive(Default)]
struct Fake {
    acts: Arc<Mutex<Vec<String>>>,
    pid: Arc<Mutex<Option<u32>>>,
}

impl Fake {
    fn note(&self, act: impl Into<String>) {
        self.acts.lock().unwrap().push(act.into());
    }
}

impl Platform for Fake {
    fn prepare(&self, _: &mut process::Command) {}

    fn kill(&self, worker: &mut Child) -> io::Result<()> {
        *self.pid.lock().unwrap() = Some(worker.id());
        self.note("kill");
        worker.kill()
    }

    fn reap(&self, worker: &mut Child) -> io::Result<process::ExitStatus> {
        let status = worker.wait();
        self.note("reap");
        status
    }

    fn release(&self, held: HeldKeys) -> HeldKeys {
        let again = self.acts.lock().unwrap().iter().any(|act| act.starts_with("release"));
        self.note(format!("release {}{}", held.len(), if again { "" } else { " failing" }));
        if again { HeldKeys::default() } else { held }
    }
}

/// A worker that runs this. `exec cat >/dev/null` would close the pipe on which it reports.
fn shell(folder: &Path, script: &str) -> Program {
    let script = format!("cd '{}' && {{ {script}; }}", folder.display());
    Program { executable: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()] }
}

fn is_alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn eventually(condition: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "never came true");
        thread::sleep(Duration::from_millis(20));
    }
}
