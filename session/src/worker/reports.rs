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

/// How often the guardian hears of inputs that were kept off our windows: a technician's end can aim thousands.
const KEPT_OFF_EVERY: Duration = Duration::from_millis(250);

/// Counts the inputs that were kept off our windows.
#[derive(Debug, Default)]
pub(super) struct KeptOff {
    count: u32,
    told: u32,
    due: Option<Moment>,
}

impl KeptOff {
    /// There was another; answers the count if it is to be told now.
    pub(super) fn another(&mut self, now: Moment) -> Option<u32> {
        self.count = self.count.saturating_add(1);
        if self.due.is_some() { None } else { self.untold(now) }
    }

    /// When [`Self::untold`] is to be asked.
    pub(super) const fn due(&self) -> Option<Moment> {
        self.due
    }

    /// The count if it has not been told yet; then not before a while there is another.
    pub(super) fn untold(&mut self, now: Moment) -> Option<u32> {
        let untold = self.told != self.count;
        self.told = self.count;
        self.due = untold.then(|| now + KEPT_OFF_EVERY);
        untold.then_some(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_off_is_counted_to_the_last_and_told_now_and_then() {
        let at = |ms| Moment::at(Duration::from_millis(ms));
        let mut kept_off = KeptOff::default();
        assert_eq!((kept_off.due(), kept_off.another(at(0))), (None, Some(1)));
        for ms in 1..200 {
            assert_eq!(kept_off.another(at(ms)), None);
        }
        assert_eq!(kept_off.due(), Some(at(250)));
        assert_eq!(kept_off.untold(at(250)), Some(200));
        assert_eq!(kept_off.untold(at(500)), None);
        assert_eq!((kept_off.due(), kept_off.another(at(600))), (None, Some(201)));
    }
}
