//! The customer's worker: the process that holds everything that touches the machine or the network.
//!
//! Started by the guardian for one session with [`WORKER_ARGUMENT`](crate::pipe::WORKER_ARGUMENT), speaks with
//! it over its standard pipes, and is killed by it at any moment: nothing here has to be asked for that.
//! Holds no rules; those are `beistand_protocol::customer`'s.

mod hands;
mod pair;
mod reports;
mod run;

use crate::input::emergency::Emergency;
use crate::input::x11_release::X11Releaser;
use crate::input::{InputError, Ledger};
use crate::pipe::{Command, Report, read_frame};
use beistand_protocol::close::CloseReason;
use reports::Reports;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use tokio::sync::mpsc;

/// So many commands may wait; the guardian sends few.
const MAX_COMMANDS: usize = 256;

#[derive(Debug, thiserror::Error)]
enum WorkerError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Runs the worker until the session is over. Call it first thing in `main`, before any other thread exists.
pub fn main() -> ExitCode {
    let reports = Reports::new(io::stdout());
    // A second installation in one process is refused and changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match work(&reports) {
        Ok(reason) => {
            reports.send(&Report::Ended(reason));
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "Worker could not start");
            reports.send(&Report::Ended(CloseReason::ScreenFailed));
            ExitCode::FAILURE
        }
    }
}

fn work(reports: &Reports) -> Result<CloseReason, WorkerError> {
    let ledger = {
        let reports = reports.clone();
        Ledger::new(move |news| reports.try_send(&Report::Held(news)))
    };
    // INVARIANT: before any other thread, because it blocks signals for those that come after it.
    let emergency = Emergency::install(Arc::clone(&ledger), Box::new(X11Releaser::connect(None)?))?;
    let (to_session, commands) = mpsc::channel(MAX_COMMANDS);
    thread::Builder::new().name("commands".into()).spawn(move || read_commands(&to_session, &emergency))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(run::run(commands, reports.clone(), ledger)))
}

/// A guardian that is gone, or that speaks nonsense, is no guardian: let go of everything and leave.
fn read_commands(to_session: &mpsc::Sender<Command>, emergency: &Emergency) {
    let mut from_guardian = io::stdin().lock();
    while let Ok(Some(command)) = read_frame(&mut from_guardian) {
        if to_session.blocking_send(command).is_err() {
            // The session is over; `main` is about to return.
            return;
        }
    }
    emergency.leave();
}
