//! What the guardian's threads know together: one lock, one bell, no waiting inside.

use super::{ACKNOWLEDGE_WITHIN, LEAVE_WITHIN};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{HeldKeys, HoldNews};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Why and since when the worker is to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) reason: CloseReason,
    pub(super) given_at: Instant,
}

#[derive(Debug, Default)]
struct State {
    order: Option<Order>,
    revision: u32,
    unacknowledged: VecDeque<(u32, Instant)>,
    leave_until: Option<(Instant, CloseReason)>,
    held: HeldKeys,
    drained: bool,
    over: bool,
}

/// The state behind its lock.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    bell: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Orders the stop; the first order counts.
    pub(super) fn order_stop(&self, reason: CloseReason) {
        let mut state = self.lock();
        state.order.get_or_insert_with(|| Order { reason, given_at: Instant::now() });
        self.bell.notify_all();
    }

    /// Gives the worker a moment to leave by itself. Answers whether it was not leaving yet.
    pub(super) fn order_finish(&self, reason: CloseReason) -> bool {
        let mut state = self.lock();
        if state.order.is_some() || state.leave_until.is_some() {
            return false;
        }
        state.leave_until = Some((Instant::now() + LEAVE_WITHIN, reason));
        self.bell.notify_all();
        true
    }

    /// The worker said that it is over: what it says counts, if nothing was ordered before.
    pub(super) fn worker_ended(&self, reason: CloseReason) {
        let mut state = self.lock();
        // A customer who ends hears that they ended, whatever the worker makes of it.
        let reason = state.leave_until.map_or(reason, |(_, reason)| reason);
        state.leave_until = Some((Instant::now() + LEAVE_WITHIN, reason));
        self.bell.notify_all();
    }

    /// The pipe is at its end or not understood: whatever the worker is, it is no worker any more.
    pub(super) fn pipe_over(&self) {
        let mut state = self.lock();
        let reason = state.leave_until.map_or(CloseReason::WorkerFailed, |(_, reason)| reason);
        state.order.get_or_insert_with(|| Order { reason, given_at: Instant::now() });
        self.bell.notify_all();
    }

    /// Everything that the worker ever said has been read.
    pub(super) fn drained(&self) {
        self.lock().drained = true;
        self.bell.notify_all();
    }

    /// Waits for [`Shared::drained`], at most this long.
    pub(super) fn wait_drained(&self, at_most: Duration) {
        let _ = self.bell.wait_timeout_while(self.lock(), at_most, |state| !state.drained);
    }

    /// A revision for a command; with a deadline if its acknowledgement is owed.
    pub(super) fn next_revision(&self, owed: bool) -> u32 {
        let mut state = self.lock();
        state.revision = state.revision.saturating_add(1);
        let revision = state.revision;
        if owed {
            state.unacknowledged.push_back((revision, Instant::now() + ACKNOWLEDGE_WITHIN));
            self.bell.notify_all();
        }
        revision
    }

    /// The worker has carried out everything up to `revision`. Answers whether there ever was such a one.
    pub(super) fn acknowledged(&self, revision: u32) -> bool {
        let mut state = self.lock();
        state.unacknowledged.retain(|(owed, _)| *owed > revision);
        revision <= state.revision
    }

    pub(super) fn note_held(&self, news: HoldNews) {
        self.lock().held.note(news);
    }

    pub(super) fn take_held(&self) -> HeldKeys {
        self.lock().held.drain()
    }

    /// Waits for an order, or makes one when the worker is overdue.
    pub(super) fn wait_order(&self) -> Order {
        let mut state = self.lock();
        loop {
            if let Some(order) = state.order {
                return order;
            }
            let now = Instant::now();
            let owed = state.unacknowledged.front().map(|(_, due)| (*due, CloseReason::WorkerFailed));
            let next = [owed, state.leave_until].into_iter().flatten().min_by_key(|(due, _)| *due);
            state = match next {
                Some((due, reason)) if due <= now => {
                    let order = Order { reason, given_at: now };
                    state.order = Some(order);
                    return order;
                }
                Some((due, _)) => self
                    .bell
                    .wait_timeout(state, due.saturating_duration_since(now))
                    .map_or_else(|poison| poison.into_inner().0, |woken| woken.0),
                None => self.bell.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    pub(super) fn over(&self) {
        self.lock().over = true;
        self.bell.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().over
    }

    pub(super) fn wait_over(&self, at_most: Duration) -> bool {
        let waited = self.bell.wait_timeout_while(self.lock(), at_most, |state| !state.over);
        waited.is_ok_and(|(state, _)| state.over)
    }
}
