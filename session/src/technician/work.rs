//! How much of the technician's computer a customer's end may keep busy with drawing.
//!
//! What takes long to draw is paid for by its sender: beyond this measure nothing is read from the line for a while,
//! and the technician's other work goes on. An honest end draws what changes, waits until it is shown, and stays
//! far below it.

use crate::picture::LeftToViewer;
use beistand_protocol::time::Moment;
use core::time::Duration;

/// So much at once, as at the first picture of a large screen.
const MOST: Duration = Duration::from_secs(2);
/// In the long run: so many of ten parts of one core.
const TENTHS: u32 = 6;

/// How long the viewer takes to decode so much video, as an estimate: it does so elsewhere, where nobody measures it.
pub(super) const fn decoding(LeftToViewer { px, bytes }: LeftToViewer) -> Duration {
    Duration::from_nanos(2 * px + 30 * bytes)
}

/// What is left of the allowance.
#[derive(Debug)]
pub(super) struct Work {
    left: Duration,
    /// Drawn beyond the allowance.
    owed: Duration,
    at: Moment,
}

impl Work {
    pub(super) const fn new(now: Moment) -> Self {
        Self { left: MOST, owed: Duration::ZERO, at: now }
    }

    /// Something took so long to draw.
    pub(super) fn spend(&mut self, took: Duration) {
        self.owed += took.saturating_sub(self.left);
        self.left = self.left.saturating_sub(took);
    }

    /// Whether more may be read.
    pub(super) fn may_go_on(&mut self, now: Moment) -> bool {
        let earned = now.since(self.at) * TENTHS / 10;
        self.at = now;
        self.left = (self.left + earned.saturating_sub(self.owed)).min(MOST);
        self.owed = self.owed.saturating_sub(earned);
        self.owed.is_zero()
    }

    /// When more may be read, if not now.
    pub(super) fn resumes(&self) -> Moment {
        // Rounded up: a moment that comes too early earns nothing.
        self.at + (self.owed * 10 + Duration::from_nanos(u64::from(TENTHS) - 1)) / TENTHS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::at(Duration::from_millis(ms))
    }

    /// How long is drawn in a minute by an end that sends nothing but what takes this long.
    fn drawn(each: Duration) -> Duration {
        let (mut work, mut now, mut drawn) = (Work::new(at(0)), at(0), Duration::ZERO);
        while now < at(60_000) {
            if work.may_go_on(now) {
                work.spend(each);
                drawn += each;
                now = now + each;
            } else {
                assert!(work.resumes() > now);
                now = work.resumes();
            }
        }
        drawn
    }

    #[test]
    fn no_end_keeps_a_core_busy() {
        for ms in [1, 20, 300, 1500] {
            let drawn = drawn(Duration::from_millis(ms));
            assert!((30..42).contains(&drawn.as_secs()), "{drawn:?} of a minute, {ms} ms each");
        }
    }

    #[test]
    fn what_the_viewer_decodes_is_paid_for_too_and_the_largest_film_is_not_held_up() {
        let film = decoding(LeftToViewer { px: 3840 * 2160, bytes: 50_000 });
        let dense = decoding(LeftToViewer { px: 640 * 480, bytes: 1 << 20 });
        assert!(dense > Duration::from_millis(30), "{dense:?}");
        let mut work = Work::new(at(0));
        assert!((0..3000_u64).all(|picture| {
            let goes_on = work.may_go_on(at(picture * 33));
            work.spend(film);
            goes_on
        }));
    }

    #[test]
    fn an_honest_end_is_never_held_up() {
        let mut work = Work::new(at(0));
        work.spend(Duration::from_millis(900));
        // Video: thirty pictures a second, each ten milliseconds long.
        for picture in 0..3000_u64 {
            assert!(work.may_go_on(at(1000 + picture * 33)));
            work.spend(Duration::from_millis(10));
        }
    }
}
