//! Refusals and closes, counted by label. They are told once a minute, so that no peer can fill the log.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<BTreeMap<&'static str, u64>>);

impl Counters {
    pub(super) fn count(&self, label: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(label).or_default() += 1;
    }

    /// Logs what was counted since the last time, if anything was.
    pub(super) fn report(&self) {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (label, count) in counted {
            tracing::info!(reason = label, count, "Refused or closed in the last minute");
        }
    }
}
