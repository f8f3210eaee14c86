//! Starting and stopping a worker on Linux.
#![allow(unsafe_code)]

use super::Platform;
use beistand_protocol::input::HeldKeys;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{io, process};

/// Linux: the parent-death signal, `SIGKILL`, `waitpid`, and XTest for what is still down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linux;

impl Platform for Linux {
    fn prepare(&self, command: &mut Command) {
        let guardian = process::id();
        // SAFETY: between fork and exec the closure calls only `prctl` and `getppid`, both async-signal-safe,
        // allocates nothing and touches no lock.
        unsafe {
            command.pre_exec(move || {
                if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) != 0 {
                    return Err(io::Error::last_os_error());
                }
                // The guardian may have died before the line above; then no signal comes any more.
                if libc::getppid().cast_unsigned() != guardian {
                    return Err(io::ErrorKind::NotConnected.into());
                }
                Ok(())
            });
        }
    }

    fn release(&self, held: HeldKeys) -> HeldKeys {
        crate::input::release_held(&held).unwrap_or(held)
    }
}
