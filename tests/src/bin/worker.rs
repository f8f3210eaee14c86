//! The customer's worker alone, for tests of a whole session without a window.
//!
//! On SIGUSR1 it goes mad: threads that never rest, as a bug would leave them. Nothing of that is in the product.
#![allow(unsafe_code)] // A signal handler has no safe form.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

static IS_MAD: AtomicBool = AtomicBool::new(false);

extern "C" fn go_mad(_: libc::c_int) {
    IS_MAD.store(true, Ordering::Relaxed);
}

fn main() -> std::process::ExitCode {
    let handler: extern "C" fn(libc::c_int) = go_mad;
    // SAFETY: the handler only stores into an atomic.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    thread::spawn(|| {
        while !IS_MAD.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(5));
        }
        for _ in 0..4 {
            thread::spawn(|| {
                loop {
                    std::hint::spin_loop();
                }
            });
        }
    });
    beistand_session::worker::main()
}
