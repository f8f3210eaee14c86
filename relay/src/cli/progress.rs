//! How far something long has come, on one line of a terminal; nothing where nobody looks.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(100);

/// The line.
pub(super) struct Progress {
    what: &'static str,
    of: usize,
    shown: bool,
    last: Cell<Option<Instant>>,
}

impl Progress {
    pub(super) fn new(what: &'static str, of: usize) -> Self {
        Self { what, of, shown: io::stderr().is_terminal(), last: Cell::new(None) }
    }

    /// So many are done.
    pub(super) fn at(&self, done: usize) {
        if !self.shown || self.last.get().is_some_and(|last| last.elapsed() < EVERY) {
            return;
        }
        self.last.set(Some(Instant::now()));
        // A line that can't be written is no reason to stop.
        let _ = write!(io::stderr(), "\r{done} of {} {}", self.of, self.what);
    }

    /// Wipes the line.
    pub(super) fn end(&self) {
        if self.last.get().is_some() {
            let _ = write!(io::stderr(), "\r{:60}\r", "");
        }
    }
}
