//! The guardian's hand on its worker: starts it, listens to it, and stops it at any instant.
//!
//! Knows no network, no web view, no GTK and no tokio; a stop must not wait for any of them. Parses nothing
//! that the technician sent, beyond the small typed reports of [`crate::pipe`], and none of these reports
//! makes it allow anything.
//!
//! Start reading at [`Guardian::start`]; the order of a stop is in `stop.rs`.

#[cfg(target_os = "linux")]
mod linux;
mod platform;
mod reader;
mod state;
mod stop;

#[cfg(target_os = "linux")]
pub use linux::Linux;
pub use platform::Platform;

use crate::pipe::{Command, Report};
use beistand_protocol::close::CloseReason;
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::Share;
use state::Shared;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{io, thread};

/// How long a worker may take to acknowledge a revocation.
pub const ACKNOWLEDGE_WITHIN: Duration = Duration::from_millis(200);
/// How long a worker may take to leave after it was told to, or after it said that it is over.
pub const LEAVE_WITHIN: Duration = Duration::from_millis(1000);
/// How many commands may wait for the worker to read them; one more, and it is taken for dead.
const WAITING_COMMANDS: usize = 64;

/// What a guardian tells about its worker.
#[derive(Debug)]
pub enum Event {
    /// The worker says so. Never [`Report::Held`] and never [`Report::Ended`]: these the guardian keeps.
    Report(Report),
    /// The last: nothing of the worker is left.
    Stopped(Stopped),
}

/// How a session ended, told only after the worker is gone and every key is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why.
    pub reason: CloseReason,
    /// From the order to the worker's reaping: nothing was injected or captured after this.
    pub reaped_after: Duration,
    /// From the order to the release of all keys and buttons.
    pub released_after: Duration,
    /// How many keys, buttons and mappings had to be undone.
    pub released: usize,
    /// How many of them could not be undone.
    pub still_held: usize,
}

/// What is started.
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable.
    pub executable: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl Program {
    /// This very executable, as a worker.
    ///
    /// # Errors
    /// Its path can't be found out.
    pub fn worker() -> io::Result<Self> {
        Ok(Self { executable: std::env::current_exe()?, arguments: vec![crate::pipe::WORKER_ARGUMENT.into()] })
    }
}

/// One session's worker, held by its guardian. Dropping it stops the worker.
#[derive(Debug)]
pub struct Guardian {
    shared: Arc<Shared>,
    commands: mpsc::SyncSender<Command>,
}

impl Guardian {
    /// Starts `program` and gives it `first`; `tell` hears what becomes of it.
    ///
    /// `tell` is called from the guardian's threads and must not block.
    ///
    /// # Errors
    /// The program can't be started.
    #[cfg(target_os = "linux")]
    pub fn start(program: Program, first: Command, tell: impl Fn(Event) + Send + Sync + 'static) -> io::Result<Self> {
        Self::start_on(linux::Linux::default(), program, first, tell)
    }

    /// As [`Guardian::start`], on a given platform.
    ///
    /// # Errors
    /// The program can't be started.
    pub fn start_on(
        platform: impl Platform,
        program: Program,
        first: Command,
        tell: impl Fn(Event) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (commands, to_write) = mpsc::sync_channel(WAITING_COMMANDS);
        let (started, is_started) = mpsc::sync_channel(1);
        let stopper = stop::Stopper { platform, program, shared: Arc::clone(&shared), tell: Arc::new(tell) };
        // INVARIANT: the thread that starts the worker lives as long as the worker, because the death signal
        // follows the thread and not the process. So the stop thread starts it.
        thread::Builder::new().name("stop".into()).spawn(move || stopper.run(to_write, &started))?;
        is_started.recv().map_err(io::Error::other)??;
        let guardian = Self { shared, commands };
        guardian.send(first);
        Ok(guardian)
    }

    /// Stops the worker: kills it, reaps it and releases what it held, on the guardian's own thread.
    ///
    /// Returns at once; [`Event::Stopped`] tells when it is done. A second call changes nothing.
    pub fn stop(&self, reason: CloseReason) {
        self.shared.order_stop(reason);
    }

    /// Waits until nothing of the worker is left, at most this long. Answers whether it is so.
    pub fn wait_stopped(&self, at_most: Duration) -> bool {
        self.shared.wait_over(at_most)
    }

    /// Lets the worker say good-bye to the other end; if it has not left soon, it is stopped.
    pub fn finish(&self, reason: CloseReason) {
        if self.shared.order_finish(reason) {
            self.send(Command::Finish(reason));
        }
    }

    /// Sets a permission. A worker that does not acknowledge a narrowing in time is killed.
    ///
    /// Whether the customer may widen is for the caller to know.
    pub fn set(&self, permission: Permission, setting: Setting) {
        let revision = self.shared.next_revision(setting != Setting::On);
        self.send(Command::Set { revision, permission, setting });
    }

    /// Answers a question. A worker that does not acknowledge a no in time is killed.
    pub fn answer(&self, question: u32, allow: bool) {
        let revision = self.shared.next_revision(!allow);
        self.send(Command::Answer { revision, question, allow });
    }

    /// Shows something else. A worker that does not acknowledge in time that it shows nothing else any more is killed.
    ///
    /// Whether it is the customer's wish is for the caller to know.
    pub fn show(&self, share: Share) {
        let revision = self.shared.next_revision(true);
        self.send(Command::Show { revision, share });
    }

    /// Sends a command that needs no acknowledgement.
    pub fn send(&self, command: Command) {
        // A worker that does not even read is as good as dead; and one that is dead is being stopped anyway.
        if self.commands.try_send(command).is_err() {
            self.shared.order_stop(CloseReason::WorkerFailed);
        }
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.shared.order_stop(CloseReason::EndedByCustomer);
    }
}
