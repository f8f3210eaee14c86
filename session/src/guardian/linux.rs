//! Starting and stopping a worker on Linux.
#![allow(unsafe_code)]

use super::Platform;
use crate::input::x11_release::release_held_on;
use beistand_protocol::input::HeldKeys;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{io, process};

/// Linux: the parent-death signal, `SIGKILL`, `waitpid`, and XTest for what is still down.
///
/// `Default` is the display of the environment, which is the worker's too.
#[derive(Clone, Debug, Default)]
pub struct Linux {
    display: Option<String>,
}

impl Linux {
    /// The worker runs on the display with this name.
    pub fn on(display: impl Into<String>) -> Self {
        Self { display: Some(display.into()) }
    }
}

impl Platform for Linux {
    fn prepare(&self, command: &mut Command) {
        if let Some(display) = &self.display {
            command.env("DISPLAY", display);
        }
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
        release_held_on(self.display.as_deref(), &held).unwrap_or(held)
    }
}
