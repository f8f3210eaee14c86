//! The worker's last act: when the guardian dies or the pipe ends, let go of everything and leave.
//!
//! A thread of its own with its own connection to the display, so that it works while all else hangs. The
//! signal's handler does nothing but wake it. One per process.
#![allow(unsafe_code)]

use super::{Ledger, Releaser};
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, mem, ptr, thread};

/// How long it waits for a press that is under way.
const PATIENCE: Duration = Duration::from_millis(200);

/// The status with which a worker leaves when its guardian is gone.
pub const ORPHAN_STATUS: i32 = 70;

/// Where the signal's handler writes. A handler reaches nothing but statics.
static WAKE: AtomicI32 = AtomicI32::new(-1);

/// The worker's way out.
pub struct Emergency(Mutex<Hands>);

struct Hands {
    ledger: Arc<Ledger>,
    releaser: Box<dyn Releaser>,
}

impl Emergency {
    /// Starts the thread that waits for `SIGTERM` (which the kernel sends when the guardian dies), `SIGINT`
    /// and `SIGHUP`.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn install(ledger: Arc<Ledger>, releaser: Box<dyn Releaser>) -> io::Result<Arc<Self>> {
        let (mut wait, wake) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let wake = OwnedFd::from(wake);
        WAKE.store(wake.as_raw_fd(), Ordering::SeqCst);
        // The handler may run at any time from now on, so the descriptor stays open until the process ends.
        mem::forget(wake);
        let emergency = Arc::new(Self(Mutex::new(Hands { ledger, releaser })));
        let waiting = Arc::clone(&emergency);
        thread::Builder::new().name("emergency".into()).spawn(move || {
            let _ = wait.read(&mut [0]);
            waiting.leave()
        })?;
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            on(signal)?;
        }
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

impl fmt::Debug for Emergency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emergency")
    }
}

extern "C" fn wake(_signal: libc::c_int) {
    // SAFETY: `write` is async-signal-safe; it gets one byte that lives as long as the program. A full or
    // closed socket is harmless: then the thread is awake already.
    unsafe { libc::write(WAKE.load(Ordering::SeqCst), [0_u8].as_ptr().cast(), 1) };
}

fn on(signal: libc::c_int) -> io::Result<()> {
    let handler: extern "C" fn(libc::c_int) = wake;
    // SAFETY: all zeroes is a valid `sigaction`; `sigemptyset` and `sigaction` get pointers to live values,
    // and the handler is async-signal-safe.
    let result = unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
