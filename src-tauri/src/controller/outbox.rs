//! When the next attempt to send something is due, and what is in its way. One thing goes out at a time.
//!
//! The customer's requests and messages and the technician's session records wait by the same rules.

use crate::view::{DeskFault, WaitingState};
use beistand_protocol::time::Moment;
use std::collections::HashMap;
use std::time::Duration;

/// How long is waited after the first, second… attempt that failed.
const PAUSES: [u64; 6] = [5, 15, 30, 60, 120, 300];

/// What is on its way, by the ids of items that are kept elsewhere.
#[derive(Default)]
pub(super) struct Outbox {
    /// The attempt that runs.
    running: Option<Running>,
    /// What was in the way the last time, by item.
    held: HashMap<String, Held>,
}

struct Running {
    serial: u32,
    id: String,
    percent: u32,
}

/// Why an item is not sent at this moment.
struct Held {
    attempts: usize,
    why: Why,
}

/// What it waits for.
pub(super) enum Why {
    /// It is tried again then.
    Until { at: Moment, fault: DeskFault },
    /// Its person is needed.
    Person(WaitingState),
}

impl Outbox {
    /// An attempt begins.
    pub(super) fn start(&mut self, serial: u32, id: &str) {
        self.running = Some(Running { serial, id: id.to_owned(), percent: 0 });
    }

    /// Whether an attempt runs.
    pub(super) const fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// The item of the attempt that runs, if it is this one.
    pub(super) fn running(&self, serial: u32) -> Option<&str> {
        self.running.as_ref().filter(|running| running.serial == serial).map(|running| running.id.as_str())
    }

    /// The attempt is over: answers for which item it was, if that still counts.
    pub(super) fn finished(&mut self, serial: u32) -> Option<String> {
        self.running.take_if(|running| running.serial == serial).map(|running| running.id)
    }

    /// Nothing is in this item's way any more.
    pub(super) fn release(&mut self, id: &str) {
        self.held.remove(id);
    }

    /// An item that waits for its time need not wait any more.
    pub(super) fn hurry(&mut self, id: &str, now: Moment) {
        if let Some(held) = self.held.get_mut(id)
            && let Why::Until { at, .. } = &mut held.why
        {
            *at = now;
        }
    }

    /// What this item waits for.
    pub(super) fn why(&self, id: &str) -> Option<&Why> {
        self.held.get(id).map(|held| &held.why)
    }

    pub(super) fn forget(&mut self, id: &str) {
        self.held.remove(id);
        // The answer of the attempt that runs is of nobody any more.
        if self.is_running(id) {
            self.running = None;
        }
    }

    pub(super) fn progress(&mut self, serial: u32, percent: u32) {
        if let Some(running) = self.running.as_mut().filter(|running| running.serial == serial) {
            running.percent = percent;
        }
    }

    pub(super) fn deadline(&self) -> Option<Moment> {
        let until = |held: &Held| match held.why {
            Why::Until { at, .. } => Some(at),
            Why::Person(_) => None,
        };
        if self.running.is_some() { None } else { self.held.values().filter_map(until).min() }
    }

    pub(super) fn is_running(&self, id: &str) -> bool {
        self.running.as_ref().is_some_and(|running| running.id == id)
    }

    pub(super) fn state(&self, id: &str, now: Moment) -> WaitingState {
        if let Some(running) = self.running.as_ref().filter(|running| running.id == id) {
            return WaitingState::Sending { percent: running.percent };
        }
        match self.held.get(id).map(|held| &held.why) {
            Some(Why::Until { at, fault }) => {
                let again_seconds = u32::try_from(at.since(now).as_secs()).unwrap_or(u32::MAX);
                WaitingState::Waits { fault: *fault, again_seconds }
            }
            Some(Why::Person(state)) => *state,
            None => WaitingState::Sending { percent: 0 },
        }
    }

    pub(super) fn may_go(&self, id: &str, now: Moment) -> bool {
        match self.held.get(id).map(|held| &held.why) {
            Some(Why::Until { at, .. }) => *at <= now,
            Some(Why::Person(_)) => false,
            None => true,
        }
    }

    pub(super) fn hold(&mut self, id: &str, now: Moment, fault: DeskFault, wait: Option<Duration>) {
        let attempts = self.held.get(id).map_or(0, |held| held.attempts);
        let pause = PAUSES.get(attempts).or(PAUSES.last()).copied().unwrap_or_default();
        let pause = Duration::from_secs(pause).max(wait.unwrap_or_default());
        let why = Why::Until { at: now + pause, fault };
        self.held.insert(id.to_owned(), Held { attempts: attempts.saturating_add(1), why });
    }

    pub(super) fn ask_person(&mut self, id: &str, state: WaitingState) {
        self.held.insert(id.to_owned(), Held { attempts: 0, why: Why::Person(state) });
    }
}
