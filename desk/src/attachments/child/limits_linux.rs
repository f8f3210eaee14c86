//! What the child may not do, taken upon itself before it reads what a stranger sent.
#![allow(unsafe_code)]

use rustix::process::{Pid, Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit};
use rustix::thread::set_no_new_privs;
use std::io;

/// Forty million pixels of eight bytes, once more with four, what is read and written, and the program itself.
const ADDRESS_SPACE: u64 = 1024 * 1024 * 1024;
const PROCESSOR_SECONDS: u64 = 20;

/// Dies with the server, keeps the three pipes and nothing else, and can start nothing, open nothing, write no file,
/// gain no right, and take only so much memory and time.
pub(super) fn limit(server: u32) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The server may have died before the line above; then no signal comes any more.
    if getppid().map(Pid::as_raw_nonzero).map(|pid| pid.get().cast_unsigned()) != Some(server) {
        return Err(io::ErrorKind::NotConnected.into());
    }
    set_no_new_privs(true)?;
    close_all_but_standard()?;
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, 3),
        (Resource::Cpu, PROCESSOR_SECONDS),
        (Resource::As, ADDRESS_SPACE),
    ] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

fn close_all_but_standard() -> io::Result<()> {
    let from: libc::c_uint = 3;
    let flags: libc::c_uint = 0;
    // SAFETY: no thread but this one runs, nothing has been opened by this program, and nobody here owns a
    // descriptor above the standard ones.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, from, libc::c_uint::MAX, flags) };
    if closed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
