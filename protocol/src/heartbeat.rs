//! Whether the other end is still there, and how far away it is.

use crate::time::Moment;
use core::time::Duration;

/// How often an end asks.
pub const INTERVAL: Duration = Duration::from_secs(3);
/// After so long without a word nothing of the other end's is to be held any more: an honest one asks more often.
pub const QUIET: Duration = Duration::from_secs(5);
/// After so long without a word the other end counts as lost.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the other end now and then, and remembers when it was last heard.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    heard_at: Moment,
    ask_at: Moment,
    asked: Option<(u32, Moment)>,
    count: u32,
    quiet: bool,
}

/// What a heartbeat wants to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Nothing yet.
    Wait,
    /// Send a ping with this number.
    Ping(u32),
    /// The other end has not been heard for a while. Said once for each silence.
    Quiet,
    /// The other end is lost.
    Lost,
}

impl Heartbeat {
    /// Starts as if the other end had just been heard.
    pub const fn new(now: Moment) -> Self {
        Self { heard_at: now, ask_at: now, asked: None, count: 0, quiet: false }
    }

    /// Something arrived.
    pub const fn heard(&mut self, now: Moment) {
        self.heard_at = now;
        self.quiet = false;
    }

    /// When something last arrived.
    pub const fn heard_at(&self) -> Moment {
        self.heard_at
    }

    /// The answer to a ping; gives the round trip if it is the one awaited.
    pub fn pong(&mut self, now: Moment, number: u32) -> Option<Duration> {
        let (_, at) = self.asked.take_if(|(asked, _)| *asked == number)?;
        Some(now.since(at))
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) -> Beat {
        if now.since(self.heard_at) >= PATIENCE {
            return Beat::Lost;
        }
        if !self.quiet && now.since(self.heard_at) >= QUIET {
            self.quiet = true;
            return Beat::Quiet;
        }
        if now < self.ask_at {
            return Beat::Wait;
        }
        self.count = self.count.wrapping_add(1);
        self.asked = Some((self.count, now));
        self.ask_at = now + INTERVAL;
        Beat::Ping(self.count)
    }

    /// When the other end counts as lost if nothing arrives.
    pub fn lost_at(&self) -> Moment {
        self.heard_at + PATIENCE
    }

    /// When the next tick is due.
    pub fn deadline(&self) -> Moment {
        let silence = if self.quiet { PATIENCE } else { QUIET };
        self.ask_at.min(self.heard_at + silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Moment {
        Moment::at(Duration::from_secs(seconds))
    }

    #[test]
    fn asks_now_and_then_and_measures_the_answer() {
        let mut heartbeat = Heartbeat::new(at(0));
        assert_eq!(heartbeat.tick(at(0)), Beat::Ping(1));
        assert_eq!(heartbeat.tick(at(1)), Beat::Wait);
        assert_eq!(heartbeat.pong(at(1), 7), None);
        assert_eq!(heartbeat.pong(at(2), 1), Some(Duration::from_secs(2)));
        assert_eq!(heartbeat.pong(at(3), 1), None, "an answer counts once");
        heartbeat.heard(at(3));
        assert_eq!(heartbeat.tick(heartbeat.deadline()), Beat::Ping(2));
    }

    #[test]
    fn silence_is_noticed_once_before_it_counts_as_lost() {
        let mut heartbeat = Heartbeat::new(at(0));
        for _ in 0..2 {
            let from = heartbeat.heard_at().since(at(0)).as_secs();
            let beats: Vec<_> = (from..from + 10).map(|second| heartbeat.tick(at(second))).collect();
            assert_eq!(beats.iter().filter(|beat| **beat == Beat::Quiet).count(), 1);
            assert_eq!(beats[5], Beat::Quiet);
            heartbeat.heard(at(from + 9));
        }
    }

    #[test]
    fn silence_counts_as_lost() {
        let mut heartbeat = Heartbeat::new(at(0));
        for second in 0..10 {
            assert_ne!(heartbeat.tick(at(second)), Beat::Lost);
        }
        assert_eq!(heartbeat.tick(at(10)), Beat::Lost);
        heartbeat.heard(at(10));
        assert_ne!(heartbeat.tick(at(11)), Beat::Lost);
    }
}
