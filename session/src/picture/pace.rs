//! When a frame may be encoded, so that none ever waits behind another.
//!
//! Pure: time comes in. What must wait is not queued but not made: the next difference holds it.

use super::encoder::MAX_BUDGET_BYTES;
use beistand_protocol::time::Moment;
use core::time::Duration;
use std::collections::VecDeque;

/// So many updates may be on their way.
const MAX_IN_FLIGHT: usize = 2;
/// So many bytes may always be on their way.
const MIN_WINDOW_BYTES: u64 = 64 * 1024;
/// Before anything is known about the line.
const FIRST_BUDGET_BYTES: usize = 128 * 1024;
const MIN_BUDGET_BYTES: usize = 32 * 1024;
/// An update takes the line for about so long; what is left follows as it then looks.
const BUDGET_TIME: Duration = Duration::from_millis(200);
/// Smaller updates say nothing about the line's rate.
const MIN_SAMPLE_BYTES: u64 = 8 * 1024;
const RATE_SAMPLES: usize = 8;
/// After that the shortest round trip is looked for anew.
const ROUND_TRIP_HOLDS: Duration = Duration::from_secs(10);

/// Keeps what is on its way within what the line carries.
#[derive(Debug, Default)]
pub struct Pace {
    in_flight: VecDeque<Sent>,
    last_shown: Option<Moment>,
    round_trip: Option<(Duration, Moment)>,
    /// Bytes a second, the newest last.
    rates: VecDeque<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u32,
    bytes: u64,
    at: Moment,
}

impl Pace {
    /// Knows nothing of the line yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether an update may be made now.
    pub fn may_encode(&self) -> bool {
        let bytes: u64 = self.in_flight.iter().map(|sent| sent.bytes).sum();
        self.in_flight.is_empty() || (self.in_flight.len() < MAX_IN_FLIGHT && bytes < self.window_bytes())
    }

    /// How large it should be at most.
    pub fn budget_bytes(&self) -> usize {
        let Some(rate) = self.rate() else { return FIRST_BUDGET_BYTES };
        usize::try_from(over(rate, BUDGET_TIME)).unwrap_or(usize::MAX).clamp(MIN_BUDGET_BYTES, MAX_BUDGET_BYTES)
    }

    /// An update went out.
    pub fn sent(&mut self, sequence: u32, bytes: usize, now: Moment) {
        self.in_flight.push_back(Sent { sequence, bytes: bytes as u64, at: now });
    }

    /// An update and all before it were shown.
    pub fn shown(&mut self, sequence: u32, now: Moment) {
        let mut newest = None;
        let mut bytes = 0;
        while let Some(sent) = self.in_flight.front().copied().filter(|sent| sent.sequence <= sequence) {
            self.in_flight.pop_front();
            newest = Some(sent);
            bytes += sent.bytes;
        }
        let Some(newest) = newest else { return };
        let took = now.since(newest.at);
        self.learn_round_trip(took, now);
        self.learn_rate(bytes, newest.at, took, now);
        self.last_shown = Some(now);
    }

    /// Forgets what was on its way, and the line: it may be another one.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// The shortest time lately from sending an update to hearing that it was shown.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip.map(|(time, _)| time)
    }

    /// What the line carried lately at its best, in bytes a second.
    pub fn rate(&self) -> Option<u64> {
        self.rates.iter().copied().max()
    }

    fn window_bytes(&self) -> u64 {
        let known = self.rate().zip(self.round_trip());
        known.map_or(0, |(rate, round_trip)| over(rate, round_trip) / 2 * 3).max(MIN_WINDOW_BYTES)
    }

    fn learn_round_trip(&mut self, took: Duration, now: Moment) {
        let holds = self.round_trip.filter(|(time, since)| *time < took && now.since(*since) < ROUND_TRIP_HOLDS);
        if holds.is_none() {
            self.round_trip = Some((took, now));
        }
    }

    fn learn_rate(&mut self, bytes: u64, sent_at: Moment, took: Duration, now: Moment) {
        if bytes < MIN_SAMPLE_BYTES {
            return;
        }
        // The line was this one's from its sending, or from when the one before it had arrived.
        let alone = self.last_shown.map_or(took, |before| now.since(before.max(sent_at)));
        let time = alone.max(Duration::from_millis(1));
        let rate = u128::from(bytes) * 1_000_000 / time.as_micros().max(1);
        self.rates.push_back(u64::try_from(rate).unwrap_or(u64::MAX));
        if self.rates.len() > RATE_SAMPLES {
            self.rates.pop_front();
        }
    }
}

fn over(rate: u64, time: Duration) -> u64 {
    u64::try_from(u128::from(rate) * time.as_micros() / 1_000_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Moment {
        Moment::at(Duration::from_millis(millis))
    }

    #[test]
    fn two_updates_at_most_are_on_their_way() {
        let mut pace = Pace::new();
        assert!(pace.may_encode());
        pace.sent(1, 100, ms(0));
        assert!(pace.may_encode());
        pace.sent(2, 100, ms(5));
        assert!(!pace.may_encode());
        pace.shown(1, ms(20));
        assert!(pace.may_encode());
        pace.sent(3, 100, ms(21));
        assert!(!pace.may_encode());
        pace.shown(3, ms(50));
        assert!(pace.may_encode(), "an acknowledgement is for all before it too");
        pace.sent(4, 100, ms(60));
        pace.sent(5, 100, ms(60));
        pace.shown(2, ms(61));
        assert!(!pace.may_encode(), "an old acknowledgement is none");
    }

    #[test]
    fn a_large_update_goes_alone_until_the_line_is_known_to_carry_more() {
        let mut pace = Pace::new();
        pace.sent(1, 200_000, ms(0));
        assert!(!pace.may_encode());
        // 10 MB/s with 100 ms of delay carries 1.5 MB.
        pace.shown(1, ms(100));
        for (sequence, at) in [(2, 100), (3, 200), (4, 300)] {
            pace.sent(sequence, 1_000_000, ms(at));
            pace.shown(sequence, ms(at + 100));
        }
        assert_eq!(pace.rate(), Some(10_000_000));
        pace.sent(5, 1_400_000, ms(500));
        assert!(pace.may_encode());
        pace.shown(5, ms(700));
        pace.sent(6, 1_600_000, ms(700));
        assert!(!pace.may_encode());
    }

    #[test]
    fn a_budget_is_a_fifth_of_a_second_of_the_line() {
        let table = [(1_000, MIN_BUDGET_BYTES), (1_000_000, 200_000), (100_000_000, MAX_BUDGET_BYTES)];
        for (rate, budget) in table {
            let mut pace = Pace::new();
            assert_eq!(pace.budget_bytes(), FIRST_BUDGET_BYTES);
            let bytes = 100_000;
            pace.sent(1, bytes, ms(0));
            pace.shown(1, ms(bytes as u64 * 1000 / rate));
            assert_eq!(pace.rate(), Some(rate));
            assert_eq!(pace.budget_bytes(), budget, "{rate}");
        }
    }

    #[test]
    fn a_slower_line_is_noticed() {
        let mut pace = Pace::new();
        let mut at = 0;
        for sequence in 1..=20 {
            let takes = if sequence <= 5 { 10 } else { 1000 };
            pace.sent(sequence, 100_000, ms(at));
            at += takes;
            pace.shown(sequence, ms(at));
        }
        assert_eq!(pace.rate(), Some(100_000));
        assert_eq!(pace.round_trip(), Some(Duration::from_secs(1)), "the short one is too long ago");
    }

    #[test]
    fn small_updates_tell_nothing_of_the_rate() {
        let mut pace = Pace::new();
        pace.sent(1, 100, ms(0));
        pace.shown(1, ms(500));
        assert_eq!(pace.rate(), None);
        assert_eq!(pace.round_trip(), Some(Duration::from_millis(500)));
        pace.restart();
        assert_eq!(pace.round_trip(), None);
    }
}
