//! The worker's last act: when the guardian dies or the pipe ends, let go of everything and leave.
//!
//! A thread of its own with its own connection to the display, so that it works while all else hangs. The
//! signals are blocked in every thread but taken here, so [`Emergency::install`] comes before any other
//! thread is started.
#![allow(unsafe_code)]

use super::{Ledger, Releaser};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long it waits for a press that is under way.
const PATIENCE: Duration = Duration::from_millis(200);

/// The status with which a worker leaves when its guardian is gone.
pub const ORPHAN_STATUS: i32 = 70;

/// The worker's way out.
pub struct Emergency(Mutex<Hands>);

struct Hands {
    ledger: Arc<Ledger>,
    releaser: Box<dyn Releaser>,
}

impl Emergency {
    /// Starts the thread that waits for `SIGTERM`, `SIGINT` and `SIGHUP`.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn install(ledger: Arc<Ledger>, releaser: Box<dyn Releaser>) -> io::Result<Arc<Self>> {
        let signals = block_signals()?;
        let emergency = Arc::new(Self(Mutex::new(Hands { ledger, releaser })));
        let waiting = Arc::clone(&emergency);
        thread::Builder::new().name("emergency".into()).spawn(move || {
            if wait_for(&signals).is_ok() {
                waiting.leave()
            }
        })?;
        Ok(emergency)
    }

    /// Lets go of everything and ends the process, here and now. Also for when the pipe to the guardian ends.
    pub fn leave(&self) -> ! {
        let mut hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = hands.ledger.close(PATIENCE);
        // There is nobody left to tell.
        let _ = hands.releaser.release(&held);
        // SAFETY: `_exit` takes no pointers and does not return.
        unsafe { libc::_exit(ORPHAN_STATUS) }
    }
}

impl std::fmt::Debug for Emergency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Emergency")
    }
}

/// The signals that end a worker; blocks them in this thread and in all that it starts.
fn block_signals() -> io::Result<libc::sigset_t> {
    let mut signals = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigemptyset` initialises the set that it is given; the others take an initialised one.
    unsafe {
        libc::sigemptyset(signals.as_mut_ptr());
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            libc::sigaddset(signals.as_mut_ptr(), signal);
        }
        match libc::pthread_sigmask(libc::SIG_BLOCK, signals.as_ptr(), std::ptr::null_mut()) {
            0 => Ok(signals.assume_init()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }
}

fn wait_for(signals: &libc::sigset_t) -> io::Result<()> {
    let mut signal = 0;
    // SAFETY: both pointers are to live values of the right types.
    match unsafe { libc::sigwait(signals, &raw mut signal) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
