//! The customer's worker alone, for tests of a whole session without a window.
//!
//! On SIGUSR1 it goes mad: threads that never rest, as a bug would leave them. Nothing of that is in the product.
#![allow(unsafe_code)] // A signal handler has no safe form.

use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

/// Where the handler writes to.
static GO_MAD: AtomicI32 = AtomicI32::new(-1);

extern "C" fn go_mad(_: libc::c_int) {
    // SAFETY: writing is allowed in a handler; the byte lives through the call, and a closed descriptor is an error.
    unsafe { libc::write(GO_MAD.load(Ordering::Relaxed), [1u8].as_ptr().cast(), 1) };
}

fn main() -> std::process::ExitCode {
    let mut pipe = [-1; 2];
    // SAFETY: there is room for two descriptors.
    unsafe { libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC) };
    let [wait, tell] = pipe;
    GO_MAD.store(tell, Ordering::Relaxed);
    let handler: extern "C" fn(libc::c_int) = go_mad;
    // SAFETY: the handler only writes to a pipe.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    // It sleeps until then: processor time is measured in this process.
    thread::spawn(move || {
        let mut byte = [0u8; 1];
        // SAFETY: there is room for one byte.
        if unsafe { libc::read(wait, byte.as_mut_ptr().cast(), 1) } != 1 {
            return;
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
