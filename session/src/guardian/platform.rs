//! What differs between platforms when a worker is started and stopped.

use beistand_protocol::input::HeldKeys;
use std::io;
use std::process::{Child, Command, ExitStatus};

/// The platform under a guardian.
pub trait Platform: Send + 'static {
    /// Ties the worker's life to the calling thread's, and whatever else must be done before it starts.
    fn prepare(&self, command: &mut Command);

    /// Kills the worker; it can't refuse.
    ///
    /// # Errors
    /// It can't be killed.
    fn kill(&self, worker: &mut Child) -> io::Result<()> {
        worker.kill()
    }

    /// Waits until the worker is gone, so that nothing of it is still under way.
    ///
    /// # Errors
    /// It is not our child.
    fn reap(&self, worker: &mut Child) -> io::Result<ExitStatus> {
        worker.wait()
    }

    /// Undoes what a worker left down or changed; answers what is still left.
    fn release(&self, held: HeldKeys) -> HeldKeys;
}
