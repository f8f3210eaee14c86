//! The way to the guardian.

use crate::pipe::{Report, write_frame};
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
