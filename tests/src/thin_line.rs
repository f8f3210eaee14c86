//! A thin, slow or lossy line between two network namespaces of this machine, packet by packet.
//!
//! Two TUN devices, one in a namespace for the customer's computer and one here; what comes out of one goes into the
//! other after it has waited its turn at the rate, lost its way or not, and travelled for the delay. So TCP on both
//! sides is the kernel's own and meets what it would meet outside. Needs root, `/dev/net/tun` and `ip`; the kernel's
//! own emulation (`netem`) is not in every kernel.
#![allow(unsafe_code)] // Entering a namespace and naming a TUN device have no safe form.

use anyhow::{Context as _, Result, ensure};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// The largest packet.
const MTU: usize = 1500;
/// `TUNSETIFF`, with what it takes.
const SET_INTERFACE: libc::c_ulong = 0x4004_54ca;
const TUN_WITHOUT_HEADER: libc::c_short = 0x1001;

/// How a line treats what goes over it, in either direction.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// One way.
    pub delay: Duration,
    /// Bits a second, or no limit.
    pub rate: Option<u64>,
    /// Of how many packets in a thousand nothing is heard again.
    pub lost_per_mille: u32,
    /// How much may wait for its turn; what finds more before it is lost.
    pub queue_bytes: usize,
    /// Nothing arrives at all.
    pub black: bool,
}

impl Quality {
    /// A line that changes nothing.
    pub const GOOD: Self =
        Self { delay: Duration::ZERO, rate: None, lost_per_mille: 0, queue_bytes: 1 << 20, black: false };
}

/// The line, and the namespace behind it. Both go when this is dropped.
#[derive(Debug)]
pub struct ThinLine {
    name: String,
    quality: Arc<RwLock<Quality>>,
    is_over: Arc<AtomicBool>,
}

impl ThinLine {
    /// Makes a namespace whose way to this one is the line. In it, `localhost` is this machine outside.
    ///
    /// # Errors
    /// Without root or without TUN devices.
    pub fn new() -> Result<Self> {
        let id = std::process::id();
        let name = format!("beistand-{id}");
        let line = Self {
            name: name.clone(),
            quality: Arc::new(RwLock::new(Quality::GOOD)),
            is_over: Arc::new(AtomicBool::new(false)),
        };
        // 198.18.0.0/15 is kept for measuring; the process says which part of it is ours.
        let network = format!("198.18.{}", id % 250);
        let (here, there) = (format!("{network}.1"), format!("{network}.2"));
        let hosts = format!("/etc/netns/{name}");
        fs::create_dir_all(&hosts)?;
        fs::write(format!("{hosts}/hosts"), format!("{here} localhost\n"))?;
        ip(&["netns", "add", &name])?;
        let device = format!("bst{}", id % 100_000);
        let near = tun(&device)?;
        let far = inside(&name, || tun(&device))?;
        for (namespace, own, other) in [(None, &here, &there), (Some(&name), &there, &here)] {
            let within = |arguments: &[&str]| match namespace {
                Some(name) => ip(&[&["-n", name.as_str()], arguments].concat()),
                None => ip(arguments),
            };
            within(&["addr", "add", own, "peer", other, "dev", &device])?;
            within(&["link", "set", &device, "mtu", &MTU.to_string(), "txqueuelen", "1000", "up"])?;
        }
        ip(&["-n", &name, "link", "set", "lo", "up"])?;
        line.carry(near.try_clone()?, far.try_clone()?, 1);
        line.carry(far, near, 2);
        Ok(line)
    }

    /// Starts a program in the namespace: the arguments to put before it, for a command that takes one.
    #[must_use]
    pub fn command_inside(&self) -> [&str; 4] {
        ["/usr/sbin/ip", "netns", "exec", &self.name]
    }

    /// Changes the line from now on.
    pub fn set(&self, quality: Quality) {
        *self.quality.write().unwrap_or_else(PoisonError::into_inner) = quality;
    }

    fn carry(&self, mut from: File, mut to: File, seed: u64) {
        let (quality, is_over) = (Arc::clone(&self.quality), Arc::clone(&self.is_over));
        let travelling = Arc::new((Mutex::new(VecDeque::<(Instant, Vec<u8>)>::new()), Condvar::new()));
        let arriving = Arc::clone(&travelling);
        let over = Arc::clone(&is_over);
        thread::spawn(move || {
            let (queue, fresh) = &*arriving;
            while !over.load(Ordering::Relaxed) {
                let mut waiting = queue.lock().unwrap_or_else(PoisonError::into_inner);
                let wait = match waiting.front() {
                    Some((due, _)) => due.saturating_duration_since(Instant::now()),
                    None => Duration::from_millis(100),
                };
                if wait > Duration::ZERO {
                    drop(fresh.wait_timeout(waiting, wait));
                    continue;
                }
                let packet = waiting.pop_front();
                drop(waiting);
                if let Some((_, packet)) = packet {
                    let _ = to.write_all(&packet); // A device that is down loses it, as a line does.
                }
            }
        });
        thread::spawn(move || {
            let (queue, fresh) = &*travelling;
            let (mut buffer, mut random, mut free_at) = ([0; MTU + 64], seed, Instant::now());
            while let Ok(length) = from.read(&mut buffer) {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let Some(packet) = buffer.get(..length) else { continue };
                let quality = *quality.read().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                free_at = free_at.max(now);
                let took = quality
                    .rate
                    .map_or(Duration::ZERO, |rate| Duration::from_secs_f64(length as f64 * 8.0 / rate as f64));
                let waiting = quality.rate.map_or(0.0, |rate| (free_at - now).as_secs_f64() * rate as f64 / 8.0);
                // A generator that repeats: the same packets are lost in every run.
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let is_lost = (random >> 33) % 1000 < u64::from(quality.lost_per_mille);
                if quality.black || is_lost || waiting > quality.queue_bytes as f64 {
                    continue;
                }
                free_at += took;
                let mut travelling = queue.lock().unwrap_or_else(PoisonError::into_inner);
                travelling.push_back((free_at + quality.delay, packet.to_vec()));
                drop(travelling);
                fresh.notify_one();
            }
        });
    }
}

impl Drop for ThinLine {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = ip(&["netns", "delete", &self.name]);
        let _ = fs::remove_dir_all(format!("/etc/netns/{}", self.name));
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    let output = Command::new("/usr/sbin/ip").args(arguments).output().context("ip (iproute2) is not installed")?;
    ensure!(output.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Does something in a namespace, on a thread of its own that goes with it.
fn inside<T: Send>(namespace: &str, act: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let entrance = File::open(format!("/run/netns/{namespace}"))?;
    thread::scope(|scope| {
        let entered = scope.spawn(|| {
            // SAFETY: the descriptor is open for the whole call; only this thread changes its namespace.
            let result = unsafe { libc::setns(entrance.as_raw_fd(), libc::CLONE_NEWNET) };
            ensure!(result == 0, "no way into the namespace: {}", std::io::Error::last_os_error());
            act()
        });
        entered.join().ok().context("it panicked")?
    })
}

/// A TUN device of this name in the namespace of this thread.
fn tun(name: &str) -> Result<File> {
    let device = File::options().read(true).write(true).open("/dev/net/tun").context("no TUN devices here")?;
    let mut request = [0_u8; 40];
    ensure!(name.len() < libc::IFNAMSIZ, "the name is too long");
    request.iter_mut().zip(name.bytes()).for_each(|(to, byte)| *to = byte);
    let flags = TUN_WITHOUT_HEADER.to_ne_bytes();
    request.iter_mut().skip(libc::IFNAMSIZ).zip(flags).for_each(|(to, byte)| *to = byte);
    // SAFETY: the request is a `struct ifreq` of 40 bytes, name and flags, and outlives the call.
    let result = unsafe { libc::ioctl(device.as_raw_fd(), SET_INTERFACE, request.as_mut_ptr()) };
    ensure!(result == 0, "no TUN device: {}", std::io::Error::last_os_error());
    Ok(device)
}
