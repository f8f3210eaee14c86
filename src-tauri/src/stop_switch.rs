//! The emergency stop, as every button and key reaches it: one lock, held for a moment, then the stop thread.
//!
//! Must not wait for the controller, a web view, GTK or tokio.

use beistand_protocol::close::CloseReason;
use beistand_session::guardian::Guardian;
use beistand_session::pipe::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The guardian of the running session, if there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct StopSwitch(Arc<Mutex<Option<Arc<Guardian>>>>);

impl StopSwitch {
    /// The guardian that is stopped from now on.
    pub(crate) fn set(&self, guardian: Option<Arc<Guardian>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = guardian;
    }

    pub(crate) fn guardian(&self) -> Option<Arc<Guardian>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the session, if there is one, and returns at once.
    pub(crate) fn stop(&self, reason: CloseReason) {
        if let Some(guardian) = self.guardian() {
            guardian.stop(reason);
        }
    }

    /// Tells the worker, if there is one.
    pub(crate) fn send(&self, command: Command) {
        if let Some(guardian) = self.guardian() {
            guardian.send(command);
        }
    }

    /// Stops the session because the app leaves, and waits until nothing of it is left.
    pub(crate) fn stop_and_wait(&self, at_most: Duration) {
        if let Some(guardian) = self.guardian() {
            guardian.stop(CloseReason::EndedByCustomer);
            guardian.wait_stopped(at_most);
        }
    }
}
