//! The way to the guardian, which tires of a worker that talks too much.

use crate::pipe::{Report, write_frame};
use beistand_protocol::time::Moment;
use core::time::Duration;
use std::io::{self, Stdout};
use std::sync::{Arc, Mutex, PoisonError};

/// Writes reports to the guardian; clones share the one pipe.
#[derive(Clone, Debug)]
pub(super) struct Reports(Arc<Mutex<Stdout>>);

impl Reports {
    pub(super) fn new(pipe: Stdout) -> Self {
        Self(Arc::new(Mutex::new(pipe)))
    }

    /// Writes a report; returns when the pipe has taken it.
    pub(super) fn try_send(&self, report: &Report) -> io::Result<()> {
        write_frame(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), report)
    }

    /// Writes a report. A guardian that is gone is noticed by whoever reads its commands.
    pub(super) fn send(&self, report: &Report) {
        if let Err(error) = self.try_send(report) {
            tracing::debug!(%error, "Guardian can't be told");
        }
    }
}

/// How often the guardian hears of inputs that were kept off windows: a technician's end can aim thousands.
const KEPT_OFF_EVERY: Duration = Duration::from_millis(250);

/// Which windows an input was kept off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Our own.
    Ours,
    /// Those beside the one that is shown alone.
    Others,
}

/// How many inputs were kept off windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) ours: u32,
    pub(super) others: u32,
}

/// Counts the inputs that were kept off windows that they were not for.
#[derive(Debug, Default)]
pub(super) struct KeptOff {
    counts: Counts,
    told: Counts,
    due: Option<Moment>,
}

impl KeptOff {
    /// There was another; answers the counts if they are to be told now.
    pub(super) fn another(&mut self, now: Moment, which: Which) -> Option<Counts> {
        let count = match which {
            Which::Ours => &mut self.counts.ours,
            Which::Others => &mut self.counts.others,
        };
        *count = count.saturating_add(1);
        if self.due.is_some() { None } else { self.untold(now) }
    }

    /// When [`Self::untold`] is to be asked.
    pub(super) const fn due(&self) -> Option<Moment> {
        self.due
    }

    /// The counts if they have not been told yet; then not before a while there are others.
    pub(super) fn untold(&mut self, now: Moment) -> Option<Counts> {
        let untold = self.told != self.counts;
        self.told = self.counts;
        self.due = untold.then(|| now + KEPT_OFF_EVERY);
        untold.then_some(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_off_is_counted_to_the_last_and_told_now_and_then() {
        let at = |ms| Moment::at(Duration::from_millis(ms));
        let mut kept_off = KeptOff::default();
        let counts = |ours, others| Some(Counts { ours, others });
        assert_eq!((kept_off.due(), kept_off.another(at(0), Which::Ours)), (None, counts(1, 0)));
        for ms in 1..200 {
            assert_eq!(kept_off.another(at(ms), Which::Ours), None);
        }
        assert_eq!(kept_off.another(at(200), Which::Others), None);
        assert_eq!(kept_off.due(), Some(at(250)));
        assert_eq!(kept_off.untold(at(250)), counts(200, 1));
        assert_eq!(kept_off.untold(at(500)), None);
        assert_eq!((kept_off.due(), kept_off.another(at(600), Which::Others)), (None, counts(200, 2)));
    }
}
