//! The thread that has the hands: a bounded queue in, the gate before each act, reports out.
//!
//! Priorities, highest first: the end; letting go; the pause; the queue. The consent is taken for each
//! input alone and right before it, so turning *control* off waits for one input at most.

use super::{Customer, Injector, InputError, Outcome, Progress, TICK, typed};
use beistand_protocol::input::{Chord, Dropped, Input, Text};
use beistand_protocol::permission::{Control, Epoch, Gate};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many inputs may wait.
const MAX_WAITING: usize = 512;
/// How often an input is tried that is not carried out at once.
const MAX_TRIES: usize = 8;
/// How long a caller waits until the hands have let go.
const PATIENCE: Duration = Duration::from_millis(150);

/// What became of an input, or of the hands.
#[derive(Debug)]
pub enum Report {
    /// The input with this number was carried out or dropped.
    Carried(u32, Outcome),
    /// The input with this number was a chord and was carried out: the technician is to hear of it.
    Chord(u32),
    /// Nothing can be injected any more; the last report.
    Broken(InputError),
}

/// Carries out the technician's input, one after the other, while the customer allows it.
pub struct InputThread {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Item>,
    dropped: Vec<(u32, Dropped)>,
    paused: bool,
    /// How often letting go was asked for, and how often it was done.
    release_asked: u64,
    release_done: u64,
    ends: bool,
    ended: bool,
}

struct Item {
    epoch: Epoch,
    number: u32,
    input: Input,
}

impl InputThread {
    /// Gives the hands to a thread of their own. `report` is called on it.
    ///
    /// # Errors
    /// Those of the operating system, if it can't start a thread.
    pub fn start(
        hands: Box<dyn Injector>,
        gate: Arc<Gate>,
        customer: Arc<dyn Customer>,
        report: impl FnMut(Report) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let mut worker =
            Worker { shared: Arc::clone(&shared), hands, gate, customer, report: Box::new(report), epoch: None };
        let thread = thread::Builder::new().name("input".into()).spawn(move || worker.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Queues an input that the technician sent under `epoch`.
    pub fn push(&self, epoch: Epoch, number: u32, input: Input) {
        let mut state = self.shared.lock();
        if matches!(input, Input::PointerTo { .. })
            && let Some(last) = state.waiting.back_mut()
            && last.epoch == epoch
            && matches!(last.input, Input::PointerTo { .. })
        {
            // Only the last of several places counts.
            last.number = number;
            last.input = input;
        } else if state.waiting.len() < MAX_WAITING {
            state.waiting.push_back(Item { epoch, number, input });
        } else {
            if input.only_releases() {
                // Nothing may stay down because of a full queue.
                state.release_asked += 1;
            }
            // Somebody who sends more than is even counted here knows it.
            if state.dropped.len() < MAX_WAITING {
                state.dropped.push((number, Dropped::TooMuch));
            }
        }
        self.shared.changed.notify_all();
    }

    /// Pauses or goes on; everything that comes while it pauses is dropped. When it returns with `true`,
    /// nothing is down and nothing is injected; `false` means that the hands hang.
    pub fn pause(&self, paused: bool) -> bool {
        self.shared.lock().paused = paused;
        if paused { self.release_all() } else { true }
    }

    /// Drops what is queued and lets go of everything; as [`InputThread::pause`] without staying paused.
    pub fn release_all(&self) -> bool {
        let mut state = self.shared.lock();
        let queued: Vec<_> = state.waiting.drain(..).map(|item| (item.number, Dropped::Paused)).collect();
        state.dropped.extend(queued);
        state.release_asked += 1;
        let asked = state.release_asked;
        self.shared.changed.notify_all();
        let until = Instant::now() + PATIENCE;
        while state.release_done < asked && !state.ended {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.wait(state, left);
        }
        true
    }
}

impl Drop for InputThread {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.ends = true;
        state.waiting.clear();
        self.shared.changed.notify_all();
        drop(state);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for InputThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InputThread({} waiting)", self.shared.lock().waiting.len())
    }
}

impl State {
    /// Whether what is under way must not go on.
    const fn stops(&self) -> bool {
        self.ends || self.paused || self.release_done < self.release_asked
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>, time: Duration) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

struct Worker {
    shared: Arc<Shared>,
    hands: Box<dyn Injector>,
    gate: Arc<Gate>,
    customer: Arc<dyn Customer>,
    report: Box<dyn FnMut(Report) + Send>,
    /// Under which what is down went down.
    epoch: Option<Epoch>,
}

enum Task {
    End,
    Release(u64),
    Tell(Vec<(u32, Dropped)>),
    Carry(Item),
    Tick,
}

impl Worker {
    fn run(&mut self) {
        let result = self.work();
        let _ = self.hands.release_all();
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
        if let Err(error) = result {
            (self.report)(Report::Broken(error));
        }
    }

    fn work(&mut self) -> Result<(), InputError> {
        loop {
            match self.next() {
                Task::End => return Ok(()),
                Task::Release(asked) => {
                    let released = self.hands.release_all();
                    self.shared.lock().release_done = asked;
                    self.shared.changed.notify_all();
                    released?;
                }
                Task::Tell(dropped) => {
                    for (number, why) in dropped {
                        (self.report)(Report::Carried(number, Outcome::Dropped(why)));
                    }
                }
                Task::Carry(item) => {
                    let outcome = self.carry(item.epoch, &item.input)?;
                    if outcome == Outcome::Done && matches!(item.input, Input::Chord(_)) {
                        (self.report)(Report::Chord(item.number));
                    }
                    (self.report)(Report::Carried(item.number, outcome));
                }
                Task::Tick => {
                    // Whoever lost the permission, or the mouse to the customer, holds nothing any more.
                    let live = self.epoch.is_some_and(|epoch| self.gate.consent::<Control>(epoch).is_some());
                    if live && !self.customer.acts() { self.hands.tick()? } else { self.hands.release_all()? }
                }
            }
        }
    }

    fn next(&mut self) -> Task {
        let mut state = self.shared.lock();
        loop {
            if state.ends {
                return Task::End;
            }
            if state.release_done < state.release_asked {
                return Task::Release(state.release_asked);
            }
            if !state.dropped.is_empty() {
                return Task::Tell(std::mem::take(&mut state.dropped));
            }
            if let Some(item) = state.waiting.pop_front() {
                if state.paused {
                    return Task::Tell(vec![(item.number, Dropped::Paused)]);
                }
                return Task::Carry(item);
            }
            if !self.hands.holds_anything() {
                state = self.shared.wait(state, Duration::from_secs(3600));
                continue;
            }
            state = self.shared.wait(state, TICK);
            if state.waiting.is_empty() && !state.ends {
                return Task::Tick;
            }
        }
    }

    fn carry(&mut self, epoch: Epoch, input: &Input) -> Result<Outcome, InputError> {
        match input {
            Input::Text(text) => self.text(epoch, text),
            Input::Chord(chord) => self.chord(epoch, chord),
            Input::PointerTo { .. }
            | Input::Button { .. }
            | Input::Wheel { .. }
            | Input::Key { .. }
            | Input::ReleaseAll => self.one(epoch, input),
        }
    }

    /// All of it or nothing that lasts: what went down goes up, whatever becomes of the rest.
    fn chord(&mut self, epoch: Epoch, chord: &Chord) -> Result<Outcome, InputError> {
        let mut outcome = Outcome::Done;
        let mut down = Vec::new();
        for key in chord.keys() {
            outcome = self.one(epoch, &Input::Key { key: *key, pressed: true })?;
            if outcome == Outcome::Done && self.shared.lock().stops() {
                outcome = Outcome::Dropped(Dropped::Paused);
            }
            down.push(*key);
            if outcome != Outcome::Done {
                break;
            }
        }
        for key in down.into_iter().rev() {
            self.one(epoch, &Input::Key { key, pressed: false })?;
        }
        Ok(outcome)
    }

    fn text(&mut self, epoch: Epoch, text: &Text) -> Result<Outcome, InputError> {
        // Character by character, each with its own consent: turning control off does not wait for a text.
        for character in text.chars() {
            let key = typed(character);
            let outcome = self.one(epoch, &Input::Key { key, pressed: true })?;
            self.one(epoch, &Input::Key { key, pressed: false })?;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
            if self.shared.lock().stops() {
                return Ok(Outcome::Dropped(Dropped::Paused));
            }
        }
        Ok(Outcome::Done)
    }

    fn one(&mut self, epoch: Epoch, input: &Input) -> Result<Outcome, InputError> {
        for _ in 0..MAX_TRIES {
            if self.customer.acts() {
                self.hands.release_all()?;
                return Ok(Outcome::Dropped(Dropped::CustomerActs));
            }
            let Some(consent) = self.gate.consent::<Control>(epoch) else {
                self.hands.release_all()?;
                return Ok(Outcome::Dropped(Dropped::NoConsent));
            };
            self.epoch = Some(epoch);
            let progress = self.hands.inject(&consent, input)?;
            drop(consent);
            let wait = match progress {
                Progress::Finished(outcome) => return Ok(outcome),
                Progress::NotYet(wait) => wait,
            };
            if !self.rest(wait) {
                return Ok(Outcome::Dropped(Dropped::Paused));
            }
        }
        Ok(Outcome::Dropped(Dropped::NotMapped))
    }

    /// Waits; answers whether to go on after that.
    fn rest(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut state = self.shared.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if state.stops() || left.is_zero() {
                return !state.stops();
            }
            state = self.shared.wait(state, left);
        }
    }
}
