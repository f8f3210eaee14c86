//! Processes that never outlive the test which started them.
//!
//! A [`Guard`] leads a process group of its own; dropping it kills the group. Should the test itself be killed, the
//! kernel kills the guarded process: so start them from a thread that lives as long as the test.
#![allow(unsafe_code)] // The parent-death signal and killing a group have no safe form.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::wait::{wait_for, wait_until};

/// A started program, killed with its group on drop.
#[derive(Debug)]
pub struct Guard {
    child: Child,
    name: String,
}

impl Guard {
    /// Starts a program in a process group of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let parent = std::process::id();
        // SAFETY: between fork and exec only prctl, getppid and _exit are called; all are async-signal-safe.
        unsafe {
            command.process_group(0).pre_exec(move || {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                if u32::try_from(libc::getppid()) != Ok(parent) {
                    libc::_exit(1); // The test died in between.
                }
                Ok(())
            });
        }
        let child = command.spawn().with_context(|| format!("{name} cannot be started; is it installed?"))?;
        Ok(Self { child, name })
    }

    /// Starts a program whose standard output begins with a line to be read.
    ///
    /// # Errors
    /// When it cannot be started or ends before its first line.
    pub fn start_with_line(command: &mut Command) -> Result<(Self, String)> {
        let mut guard = Self::start(command.stdout(Stdio::piped()))?;
        let stdout = guard.child.stdout.take().context("standard output is piped")?;
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        ensure!(!line.trim().is_empty(), "{} ended before it said anything", guard.name);
        // Whatever it says later is read and thrown away, so that it never blocks.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Ok((guard, line.trim().to_owned()))
    }

    /// The started process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let what = format!("the end of {}", self.name);
        wait_for(&what, limit, || Ok(self.child.try_wait()?))
    }

    /// Kills the whole group and reaps the leader.
    pub fn kill(&mut self) {
        signal_group(self.child.id(), libc::SIGKILL);
        // It may have ended by itself: then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal_group(leader: u32, signal: i32) {
    if let Ok(leader) = i32::try_from(leader) {
        // SAFETY: kill takes no pointers.
        unsafe { libc::kill(-leader, signal) };
    }
}

/// Sends a signal to one process.
///
/// # Errors
/// When the process is gone.
pub fn signal(process: u32, signal: i32) -> Result<()> {
    let id = i32::try_from(process)?;
    // SAFETY: kill takes no pointers.
    let result = unsafe { libc::kill(id, signal) };
    ensure!(result == 0, "process {process}: {}", std::io::Error::last_os_error());
    Ok(())
}

/// A process as `/proc` shows it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its id.
    pub id: u32,
    /// Its command line, words separated by spaces.
    pub command: String,
}

/// Every live process that was started with this `NAME=value` in its environment, directly or by another one.
#[must_use]
pub fn with_environment(entry: &str) -> Vec<Found> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(|folder| folder.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| {
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|one| one == entry.as_bytes())
        })
        .filter_map(|id| {
            let words = fs::read(format!("/proc/{id}/cmdline")).ok()?;
            let command = String::from_utf8_lossy(&words).replace('\0', " ").trim().to_owned();
            (!command.is_empty()).then_some(Found { id, command })
        })
        .collect()
}

/// The processor time of all threads of a process.
///
/// # Errors
/// When it is gone.
pub fn processor_time(process: u32) -> Result<Duration> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end while the others are asked.
        let Ok(stat) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        sum += stat.split_whitespace().next().context("a field")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}

/// Kills every process with this `NAME=value` in its environment and waits until none is left.
///
/// # Errors
/// When one survives.
pub fn kill_with_environment(entry: &str) -> Result<()> {
    wait_until("the end of every process of the seat", Duration::from_secs(5), || {
        let left = with_environment(entry);
        for process in &left {
            let _ = signal(process.id, libc::SIGKILL); // Gone already: good.
        }
        Ok(left.is_empty())
    })
}
