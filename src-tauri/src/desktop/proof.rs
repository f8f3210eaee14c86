//! Proves that the panel is seen: it shows two random colours, and they are read back from the screen.
//!
//! A page that paints is not yet visible, so neither the page nor the window system is asked whether the panel
//! is there; the screen's own pixels are. Runs on a thread of its own, and acts on the worker by itself.

use crate::controller::{Event, PanelProof};
use crate::request::Window;
use crate::shell::Shell;
use crate::view::Mark;
use beistand_protocol::close::CloseReason;
use beistand_protocol::message::Pause;
use beistand_session::pipe::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tauri::{AppHandle, Manager};
use tauri_specta::Event as _;

/// How often a proof is wanted.
const EVERY: Duration = Duration::from_millis(500);
/// How long the page may take to draw the mark, and the screen to show it.
const PAINT_WITHIN: Duration = Duration::from_millis(250);
const SHOWN_WITHIN: Duration = Duration::from_millis(200);
const LOOK_AGAIN: Duration = Duration::from_millis(40);
/// Without a proof for so long the session stands still. One look less than the promised two seconds.
const PAUSE_AFTER: Duration = Duration::from_millis(1450);
/// Without a proof for so long it ends. One look less than the promised ten seconds.
const LOST_AFTER: Duration = Duration::from_millis(9450);

/// Reads the screen where the panel should be.
pub(crate) trait Screen: Send {
    /// Whether the mark is on the screen at this moment.
    fn shows(&mut self, mark: &Mark) -> bool;
    /// Brings the panel up, as far as the desktop allows.
    fn raise(&mut self);
}

/// What the page said last about the mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Painted(Arc<(Mutex<u32>, Condvar)>);

impl Painted {
    /// The page has drawn the mark with this serial.
    pub(crate) fn note(&self, serial: u32) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = serial;
        self.0.1.notify_all();
    }

    fn wait(&self, serial: u32, at_most: Duration) {
        let painted = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.0.1.wait_timeout_while(painted, at_most, |painted| *painted != serial);
    }
}

/// What follows from proofs and their absence.
#[derive(Debug)]
struct Clock {
    last_seen: Instant,
    /// What was said last; nothing before the first proof.
    said: Option<PanelProof>,
}

impl Clock {
    const fn new(now: Instant) -> Self {
        Self { last_seen: now, said: None }
    }

    /// Takes the outcome of a look; answers what is new.
    fn look(&mut self, now: Instant, seen: bool) -> Option<PanelProof> {
        if seen {
            self.last_seen = now;
        }
        let missing_for = now.saturating_duration_since(self.last_seen);
        let proof = match self.said {
            Some(PanelProof::Lost) => return None,
            // Before the first proof nothing is shown to anybody, so there is nothing to pause.
            None if !seen => return None,
            _ if missing_for >= LOST_AFTER => PanelProof::Lost,
            _ if missing_for >= PAUSE_AFTER => PanelProof::Missing,
            _ if seen => PanelProof::Seen,
            _ => return None,
        };
        (self.said.replace(proof) != Some(proof)).then_some(proof)
    }
}

/// A running proof; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Proof(Arc<AtomicBool>);

impl Drop for Proof {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Proof {
    /// Starts to prove that the panel of `session` is seen.
    pub(crate) fn start(app: AppHandle, session: u32, screen: impl Screen + 'static) -> std::io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let proof = Self(Arc::clone(&ended));
        let shell = app.state::<Shell>().inner().clone();
        thread::Builder::new().name("panel proof".into()).spawn(move || run(&app, &shell, session, screen, &ended))?;
        Ok(proof)
    }
}

fn run(app: &AppHandle, shell: &Shell, session: u32, mut screen: impl Screen, ended: &AtomicBool) {
    let mut clock = Clock::new(Instant::now());
    let mut serial = rand::random::<u32>();
    while !ended.load(Ordering::Relaxed) {
        let began = Instant::now();
        serial = serial.wrapping_add(1);
        let mark = mark(serial);
        let _ = mark.emit_to(app, Window::Panel.label());
        shell.painted.wait(serial, PAINT_WITHIN);
        let seen = look(&mut screen, &mark);
        if ended.load(Ordering::Relaxed) {
            return;
        }
        if !seen {
            screen.raise();
        }
        let first = clock.said.is_none();
        if let Some(proof) = clock.look(Instant::now(), seen) {
            act(shell, proof, first);
            shell.tell(Event::Proof(session, proof));
        }
        thread::sleep(EVERY.saturating_sub(began.elapsed()));
    }
}

/// The worker is told from here, so that a controller that hangs can't hide a panel that is gone.
fn act(shell: &Shell, proof: PanelProof, first: bool) {
    match proof {
        PanelProof::Seen if first => {}
        PanelProof::Seen => shell.switch.send(Command::Pause(None)),
        PanelProof::Missing => shell.switch.send(Command::Pause(Some(Pause::PanelHidden))),
        PanelProof::Lost => shell.switch.stop(CloseReason::PanelLost),
    }
}

fn look(screen: &mut impl Screen, mark: &Mark) -> bool {
    let until = Instant::now() + SHOWN_WITHIN;
    loop {
        if screen.shows(mark) {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Two colours that nobody can know before, far enough apart to be told from each other.
fn mark(serial: u32) -> Mark {
    let left = rand::random::<u32>() & 0x00ff_ffff;
    // The other half of the range in every channel.
    let right = (rand::random::<u32>() & 0x003f_3f3f) + ((left ^ 0x0080_8080) & 0x0080_8080);
    Mark { serial, left, right }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Seat {
        clock: Clock,
        origin: Instant,
    }

    impl Seat {
        fn new() -> Self {
            let origin = Instant::now();
            Self { clock: Clock::new(origin), origin }
        }

        fn look(&mut self, at_milliseconds: u64, seen: bool) -> Option<PanelProof> {
            self.clock.look(self.origin + Duration::from_millis(at_milliseconds), seen)
        }
    }

    #[test]
    fn a_panel_that_goes_pauses_within_two_seconds_and_ends_within_ten() {
        let mut seat = Seat::new();
        assert_eq!(seat.look(500, true), Some(PanelProof::Seen));
        let mut said = Vec::new();
        for look in 1..=20 {
            // A look is over 450 ms after it began at the latest.
            let at = 500 + look * 500 + 450;
            if let Some(proof) = seat.look(at, false) {
                said.push((at - 500, proof));
            }
        }
        assert!(
            matches!(said[..], [(paused, PanelProof::Missing), (lost, PanelProof::Lost)] if paused <= 2000 && lost <= 10_000),
            "{said:?}"
        );
    }

    #[test]
    fn it_goes_on_when_it_is_back_and_a_single_miss_is_nothing() {
        let mut seat = Seat::new();
        assert_eq!(seat.look(0, true), Some(PanelProof::Seen));
        assert_eq!(seat.look(500, false), None);
        assert_eq!(seat.look(1000, true), None);
        assert_eq!(seat.look(3000, false), Some(PanelProof::Missing));
        assert_eq!(seat.look(3500, false), None);
        assert_eq!(seat.look(4000, true), Some(PanelProof::Seen));
    }

    #[test]
    fn nothing_is_said_before_the_first_proof_nor_after_the_end() {
        let mut seat = Seat::new();
        for at in 0..40 {
            assert_eq!(seat.look(at * 500, false), None);
        }
        assert_eq!(seat.look(20_000, true), Some(PanelProof::Seen));
        assert_eq!(seat.look(40_000, false), Some(PanelProof::Lost));
        assert_eq!(seat.look(40_500, true), None);
    }

    #[test]
    fn the_two_colours_are_far_apart() {
        for serial in 0..1000 {
            let mark = mark(serial);
            for shift in [0, 8, 16] {
                let (left, right) = ((mark.left >> shift) & 0xff, (mark.right >> shift) & 0xff);
                assert_ne!(left & 0x80, right & 0x80, "{mark:?}");
            }
            assert!(mark.right <= 0x00ff_ffff);
        }
    }
}
