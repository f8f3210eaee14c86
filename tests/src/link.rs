//! The network between the ends and a relay: a pass-through that counts, goes black, and breaks.
//!
//! Knows no TLS: what it counts is what whoever sits on the line sees.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// How often a black line looks whether it is clear again.
const LOOK: Duration = Duration::from_millis(5);

/// A port that passes on to a relay. Connections outlive no [`Link`].
#[derive(Debug)]
pub struct Link {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    target: OnceLock<SocketAddr>,
    up: AtomicU64,
    down: AtomicU64,
    is_black: AtomicBool,
    is_over: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Link {
    /// Takes a free port of this machine. Whoever connects waits until [`Self::lead_to`] says where to.
    ///
    /// # Errors
    /// When the system has no port to give.
    pub fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if shared.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.carry(near));
            }
        });
        Ok(Self { port, state })
    }

    /// The port on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Says where it leads. Only the first time counts.
    pub fn lead_to(&self, target: SocketAddr) {
        let _ = self.state.target.set(target);
    }

    /// Bytes passed on so far: to the relay, and from it.
    #[must_use]
    pub fn passed(&self) -> (u64, u64) {
        (self.state.up.load(Ordering::Relaxed), self.state.down.load(Ordering::Relaxed))
    }

    /// Lets nothing through any more, without a word to either side; or lets it through again.
    pub fn black(&self, is_black: bool) {
        self.state.is_black.store(is_black, Ordering::Relaxed);
    }

    /// Breaks every connection that is open.
    pub fn cut(&self) {
        for stream in self.state.open().drain(..) {
            let _ = stream.shutdown(Shutdown::Both); // It may have ended by itself.
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        self.cut();
        let _ = TcpStream::connect(("127.0.0.1", self.port)); // Wakes the listener, so that it sees the end.
    }
}

impl State {
    fn open(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry(&self, near: TcpStream) {
        while self.target.get().is_none() && !self.is_over.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
        }
        let Some(far) = self.target.get().and_then(|target| TcpStream::connect(target).ok()) else { return };
        let ends = [near.try_clone(), far.try_clone(), near.try_clone(), far.try_clone()];
        let [Ok(near_again), Ok(far_again), Ok(near_kept), Ok(far_kept)] = ends else { return };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        self.open().extend([near_kept, far_kept]);
        thread::scope(|scope| {
            scope.spawn(|| self.copy(near, far_again, &self.up));
            self.copy(far, near_again, &self.down);
        });
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            while self.is_black.load(Ordering::Relaxed) && !self.is_over.load(Ordering::Relaxed) {
                thread::sleep(LOOK);
            }
            count.fetch_add(read as u64, Ordering::Relaxed);
            if buffer.get(..read).is_none_or(|bytes| to.write_all(bytes).is_err()) {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn counts_holds_and_breaks() {
        let relay = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = Link::new().unwrap();
        link.lead_to(relay.local_addr().unwrap());
        let mut near = TcpStream::connect(("127.0.0.1", link.port())).unwrap();
        let (mut far, _) = relay.accept().unwrap();
        near.write_all(b"hello").unwrap();
        let mut heard = [0; 5];
        far.read_exact(&mut heard).unwrap();
        assert_eq!((&heard, link.passed()), (b"hello", (5, 0)));

        link.black(true);
        near.write_all(b"later").unwrap();
        far.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(far.read(&mut heard).is_err());
        link.black(false);
        far.set_read_timeout(None).unwrap();
        far.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"later");

        link.cut();
        assert_eq!(near.read(&mut heard).unwrap_or(0), 0);
        assert_eq!(far.read(&mut heard).unwrap_or(0), 0);
    }
}
