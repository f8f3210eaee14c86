//! Memory that the X server writes pixels into, and waiting for the server or for another thread.
#![allow(unsafe_code)]

use super::{super::Waker, ScreenError};
use std::{
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
        unix::net::UnixStream,
    },
    ptr::NonNull,
    sync::Arc,
};

/// Pixels shared with the X server.
pub(super) struct SharedPixels {
    start: NonNull<u32>,
    pixels: usize,
}

// SAFETY: the mapping belongs to this value alone within this process; nothing in it is bound to a thread.
unsafe impl Send for SharedPixels {}

impl SharedPixels {
    /// Black pixels, and the file that the server maps.
    pub(super) fn new(pixels: usize) -> Result<(Self, OwnedFd), ScreenError> {
        let len = pixels.max(1) * size_of::<u32>();
        // SAFETY: the name is a C string; the result is checked before it is used.
        let file = unsafe { libc::memfd_create(c"beistand-screen".as_ptr(), libc::MFD_CLOEXEC) };
        if file < 0 {
            return Err(io::Error::last_os_error().into());
        }
        // SAFETY: the descriptor is fresh and owned by nobody else.
        let file = unsafe { OwnedFd::from_raw_fd(file) };
        let file_len = libc::off_t::try_from(len).map_err(io::Error::other)?;
        // SAFETY: the descriptor is open.
        if unsafe { libc::ftruncate(file.as_raw_fd(), file_len) } != 0 {
            return Err(io::Error::last_os_error().into());
        }
        let (protection, fd) = (libc::PROT_READ | libc::PROT_WRITE, file.as_raw_fd());
        // SAFETY: a fresh mapping of `len` bytes of an open file, placed by the kernel; the result is checked.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, libc::MAP_SHARED, fd, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error().into());
        }
        let start = NonNull::new(start.cast::<u32>()).ok_or_else(io::Error::last_os_error)?;
        Ok((Self { start, pixels }, file))
    }

    /// The pixels. The server writes only while a request of ours is under way, and each one is waited for.
    pub(super) fn pixels(&self) -> &[u32] {
        // SAFETY: the mapping is that long and lives as long as `self`, page-aligned, and any bits are a pixel.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.pixels) }
    }

    /// The pixels, to write to.
    pub(super) fn pixels_mut(&mut self) -> &mut [u32] {
        // SAFETY: as above, and `self` is borrowed for writing.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.pixels) }
    }
}

impl Drop for SharedPixels {
    fn drop(&mut self) {
        // SAFETY: the mapping was made with this length, and nobody borrows it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.pixels.max(1) * size_of::<u32>()) };
    }
}

/// What ends a wait from another thread, and can be polled with other descriptors.
pub(super) struct Wake {
    woken: UnixStream,
    waker: Waker,
}

impl Wake {
    pub(super) fn new() -> io::Result<Self> {
        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        wake.set_nonblocking(true)?;
        let wake = Arc::new(wake);
        // A full pipe wakes as well as one byte more.
        let waker = Waker::new(move || drop((&*wake).write(&[1])));
        Ok(Self { woken, waker })
    }

    pub(super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Forgets that it was woken; whether it was.
    pub(super) fn take(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 64];
        let mut any = false;
        loop {
            match self.woken.read(&mut bytes) {
                Ok(read) => {
                    any |= read > 0;
                    // Less than there was room for was all.
                    if read < bytes.len() {
                        return Ok(any);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(any),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl AsRawFd for Wake {
    fn as_raw_fd(&self) -> RawFd {
        self.woken.as_raw_fd()
    }
}

/// Waits until one of the descriptors can be read or the time is over; answers which can.
pub(super) fn wait_readable<const N: usize>(files: [RawFd; N], timeout: core::time::Duration) -> io::Result<[bool; N]> {
    let mut polled = files.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
    // Rounded up, so that a wait never spins through its last millisecond.
    let millis = i32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
    let count = libc::nfds_t::try_from(N).unwrap_or_default();
    // SAFETY: the array is `count` long and lives through the call.
    if unsafe { libc::poll(polled.as_mut_ptr(), count, millis) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // An error or an end is to be read, too.
    Ok(polled.map(|polled| polled.revents != 0))
}
