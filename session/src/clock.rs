//! The clock of a session: it also counts the time that the computer sleeps.
#![cfg_attr(target_os = "linux", allow(unsafe_code))]

use beistand_protocol::time::Moment;
use core::time::Duration;
use tokio::time::sleep;

/// The runtime's timers stand still while the computer sleeps: none of them is trusted for longer than this.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The time since the computer was started, sleep included.
#[cfg(target_os = "linux")]
pub fn now() -> Moment {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for one `timespec`, and this clock exists on every Linux since 2.6.39.
    unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Moment::at(Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default()))
}

/// The time since this was first asked. Elsewhere the platform's clock for `Instant` counts sleep already.
#[cfg(not(target_os = "linux"))]
pub fn now() -> Moment {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    Moment::at(START.elapsed())
}

/// Waits until a moment, or for ever if there is none. What is due is ready at once: beside a line on which there
/// is always something to read, a wait that begins anew each time would never be over.
pub(crate) async fn until(deadline: Option<Moment>) {
    let Some(deadline) = deadline else { return core::future::pending().await };
    loop {
        let left = deadline.since(now());
        if left.is_zero() {
            return;
        }
        sleep(left.min(LOOK_EVERY) + Duration::from_millis(1)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::now;

    #[test]
    fn time_passes() {
        let before = now();
        std::thread::sleep(core::time::Duration::from_millis(5));
        assert!(now() > before);
    }
}
