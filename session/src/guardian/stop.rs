//! The stop, on a thread of its own.
//!
//! The order is: kill, reap, drain the pipe, release what was held, check again, and only then tell anybody.
//! Releasing before the worker is reaped leaves keys down: it may be in the middle of a press.

use super::state::{Order, Shared};
use super::{Event, Platform, Program, Stopped, reader};
use crate::pipe::{self, Command};
use std::process::{self, Child, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{env, io, thread};

/// How long the rest of a dead worker's pipe may take to be read.
const DRAIN_WITHIN: Duration = Duration::from_millis(500);
/// How often the release is tried, and how long is waited in between.
const RELEASE_TRIES: u32 = 5;
const RELEASE_PAUSE: Duration = Duration::from_millis(20);

/// What a worker may know of the environment: where the desktop is, how to reach the network, how to speak.
const ENVIRONMENT: [&str; 27] = [
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "DBUS_SESSION_BUS_ADDRESS",
    "HOME",
    "PATH",
    "USER",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "BEISTAND_LOG",
    "RUST_BACKTRACE",
    "SYSTEMROOT",
    "TEMP",
];

/// Starts the worker, waits for the order, carries it out.
pub(super) struct Stopper<P> {
    pub(super) platform: P,
    pub(super) program: Program,
    pub(super) shared: Arc<Shared>,
    pub(super) tell: Arc<dyn Fn(Event) + Send + Sync>,
}

impl<P: Platform> Stopper<P> {
    /// The whole life of the stop thread.
    pub(super) fn run(self, to_write: mpsc::Receiver<Command>, started: &mpsc::SyncSender<io::Result<()>>) {
        let mut worker = match self.start(to_write) {
            Ok(worker) => worker,
            Err(error) => {
                let _ = started.send(Err(error));
                self.shared.over();
                return;
            }
        };
        let _ = started.send(Ok(()));
        let order = self.shared.wait_order();
        let stopped = self.stop(&mut worker, order);
        self.shared.over();
        (self.tell)(Event::Stopped(stopped));
    }

    fn start(&self, to_write: mpsc::Receiver<Command>) -> io::Result<Child> {
        let mut command = process::Command::new(&self.program.executable);
        command.args(&self.program.arguments).env_clear();
        command.envs(ENVIRONMENT.into_iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        self.platform.prepare(&mut command);
        let mut worker = command.spawn()?;
        match self.connect(&mut worker, to_write) {
            Ok(()) => Ok(worker),
            Err(error) => {
                let _ = self.platform.kill(&mut worker);
                let _ = self.platform.reap(&mut worker);
                Err(error)
            }
        }
    }

    fn connect(&self, worker: &mut Child, to_write: mpsc::Receiver<Command>) -> io::Result<()> {
        let (Some(mut stdin), Some(stdout)) = (worker.stdin.take(), worker.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        thread::Builder::new().name("to worker".into()).spawn(move || {
            while let Ok(command) = to_write.recv() {
                // Blocks while the worker does not read; its death ends that.
                if pipe::write_frame(&mut stdin, &command).is_err() {
                    return;
                }
            }
        })?;
        let (shared, tell) = (Arc::clone(&self.shared), Arc::clone(&self.tell));
        thread::Builder::new().name("from worker".into()).spawn(move || reader::listen(stdout, &shared, &*tell))?;
        Ok(())
    }

    fn stop(&self, worker: &mut Child, order: Order) -> Stopped {
        // 1. Kill: nothing that the worker does or refuses to do matters any more.
        let _ = self.platform.kill(worker);
        // 2. Reap: from here on nothing of it is under way.
        let _ = self.platform.reap(worker);
        let reaped_after = order.given_at.elapsed();
        // 3. Drain: it tells before it presses, so what is still in the pipe may be down.
        self.shared.wait_drained(DRAIN_WITHIN);
        // 4. Release, and check again.
        let held = self.shared.take_held();
        let count = held.len();
        let mut left = if held.is_empty() { held } else { self.platform.release(held) };
        for _ in 1..RELEASE_TRIES {
            if left.is_empty() {
                break;
            }
            thread::sleep(RELEASE_PAUSE);
            left = self.platform.release(left);
        }
        let released_after = order.given_at.elapsed();
        // 5. Only then is anyone told.
        Stopped {
            reason: order.reason,
            reaped_after,
            released_after,
            released: count - left.len(),
            still_held: left.len(),
        }
    }
}
