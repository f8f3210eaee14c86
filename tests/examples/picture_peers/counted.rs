//! A pass-through on loopback that counts.

use anyhow::Result;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

/// A port that leads somewhere else, and what passed.
pub(crate) struct Counted {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    target: OnceLock<SocketAddr>,
    lines: Mutex<Vec<Arc<Passed>>>,
}

#[derive(Default)]
struct Passed {
    up: AtomicU64,
    down: AtomicU64,
}

impl Counted {
    /// Takes a port; whoever connects waits until [`Self::lead_to`].
    pub(crate) fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.carry(near));
            }
        });
        Ok(Self { port, shared })
    }

    pub(crate) fn lead_to(&self, target: SocketAddr) {
        let _ = self.shared.target.set(target);
    }

    /// Bytes to the target on the line that sends most.
    pub(crate) fn up(&self) -> u64 {
        self.most(|line| &line.up)
    }

    /// Bytes from the target on the line that gets most.
    pub(crate) fn down(&self) -> u64 {
        self.most(|line| &line.down)
    }

    fn most(&self, of: impl Fn(&Passed) -> &AtomicU64) -> u64 {
        let lines = self.shared.lines.lock().unwrap();
        lines.iter().map(|line| of(line).load(Ordering::Relaxed)).max().unwrap_or_default()
    }
}

impl Shared {
    fn carry(&self, near: TcpStream) {
        let target = self.target.wait();
        let Ok(far) = TcpStream::connect(target) else { return };
        let (Ok(near_again), Ok(far_again)) = (near.try_clone(), far.try_clone()) else { return };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let passed = Arc::new(Passed::default());
        self.lines.lock().unwrap().push(Arc::clone(&passed));
        thread::scope(|scope| {
            scope.spawn(|| pass(near, far_again, &passed.up));
            pass(far, near_again, &passed.down);
        });
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let _ = from.set_read_timeout(Some(Duration::from_secs(600)));
    let mut buffer = [0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        count.fetch_add(read as u64, Ordering::Relaxed);
        if buffer.get(..read).is_none_or(|bytes| to.write_all(bytes).is_err()) {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
