//! Refusals and closes, counted by label. They are told once a minute, so that no peer can fill the log.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<BTreeMap<&'static str, u64>>);

impl Counters {
    pub(super) fn count(&self, label: &'static str) {
        let _ = self.count_is_first(label);
    }

    /// Counts, and answers whether this is the first one since the last report.
    pub(super) fn count_is_first(&self, label: &'static str) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counted.entry(label).or_default();
        *count += 1;
        *count == 1
    }

    /// Logs what was counted since the last time, if anything was.
    pub(super) fn report(&self) {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (label, count) in counted {
            tracing::info!(reason = label, count, "Refused or closed in the last minute");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_between_two_reports_is_told_at_once() {
        let counters = Counters::default();
        assert!(counters.count_is_first("sign_in"));
        assert!(!counters.count_is_first("sign_in"));
        assert!(counters.count_is_first("certificate"));
        counters.report();
        assert!(counters.count_is_first("sign_in"));
    }
}
