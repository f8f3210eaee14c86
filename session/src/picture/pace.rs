//! When a frame may be encoded, so that none ever waits behind another.
//!
//! Pure: time comes in. What must wait is not queued but not made: the next difference holds it.

use super::encoder::MAX_BUDGET_BYTES;
use beistand_protocol::time::Moment;
use core::time::Duration;
use std::collections::VecDeque;

/// So many updates may always be on their way,
const MIN_IN_FLIGHT: usize = 2;
/// and so many if they are small: the line is longer than a picture then.
const MAX_IN_FLIGHT: usize = 8;
/// So many bytes may always be on their way.
const MIN_WINDOW_BYTES: u64 = 16 * 1024;
/// Before anything is known about the line: so much leaves at once even on a new connection, and says enough.
const FIRST_BUDGET_BYTES: usize = 12 * 1024;
const MIN_BUDGET_BYTES: usize = 4 * 1024;
/// An update takes the line for about so long; what is left follows as it then looks. A key that is pressed meanwhile
/// waits for so long at most.
const BUDGET_TIME: Duration = Duration::from_millis(50);
/// Smaller updates say nothing about the line's rate.
const MIN_SAMPLE_BYTES: u64 = 8 * 1024;
/// Larger ones say nothing about how long the way is.
const MAX_PROBE_BYTES: u64 = 4 * 1024;
const RATE_SAMPLES: usize = 8;
/// An update that took so much longer than the way has waited: the line is full, however small what goes over it is.
const WAITED: Duration = Duration::from_millis(80);
/// What comes over a full line is counted for so long at most.
const MAX_COUNT_TIME: Duration = Duration::from_millis(500);
/// After that the shortest round trip is looked for anew.
const ROUND_TRIP_HOLDS: Duration = Duration::from_secs(10);

/// Keeps what is on its way within what the line carries.
#[derive(Debug, Default)]
pub struct Pace {
    in_flight: VecDeque<Sent>,
    last_shown: Option<Moment>,
    round_trip: Option<(Duration, Moment)>,
    /// The shortest round trip was a small update's: it is the way and nothing else.
    way_is_known: bool,
    /// Bytes a second, the newest last.
    rates: VecDeque<u64>,
    /// Since when the line has been full of small updates, and how many bytes have come since then.
    full_since: Option<(Moment, u64)>,
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

    /// Whether nothing was sent yet: what goes first is to be as small as can be, and tells how long the way is.
    pub fn is_new(&self) -> bool {
        self.in_flight.is_empty() && self.last_shown.is_none()
    }

    /// Whether an update may be made now.
    pub fn may_encode(&self) -> bool {
        let (count, bytes, window) = (self.in_flight.len(), self.bytes_in_flight(), self.window_bytes());
        count == 0 || (count < MIN_IN_FLIGHT && bytes < window) || (count < MAX_IN_FLIGHT && bytes * 2 < window)
    }

    /// How large it should be at most: what waits anywhere on the way stays below half of what the line holds.
    pub fn budget_bytes(&self) -> usize {
        let Some(rate) = self.rate() else { return FIRST_BUDGET_BYTES };
        let left = match self.bytes_in_flight() {
            0 => u64::MAX,
            bytes => self.window_bytes().saturating_sub(bytes),
        };
        let budget = usize::try_from(over(rate, BUDGET_TIME).min(left)).unwrap_or(usize::MAX);
        budget.clamp(MIN_BUDGET_BYTES, MAX_BUDGET_BYTES)
    }

    fn bytes_in_flight(&self) -> u64 {
        self.in_flight.iter().map(|sent| sent.bytes).sum()
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
        self.learn_round_trip(bytes, took, now);
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

    /// What the line carried lately, in bytes a second: the middle of what was measured.
    pub fn rate(&self) -> Option<u64> {
        let mut rates: Vec<u64> = self.rates.iter().copied().collect();
        rates.sort_unstable();
        rates.get(rates.len() / 2).copied()
    }

    fn window_bytes(&self) -> u64 {
        let known = self.rate().zip(self.round_trip());
        known.map_or(0, |(rate, round_trip)| over(rate, round_trip) / 2 * 3).max(MIN_WINDOW_BYTES)
    }

    fn learn_round_trip(&mut self, bytes: u64, took: Duration, now: Moment) {
        // What a large one takes on the line is no part of the way: a film alone sends nothing small for a long time.
        let known = self.round_trip.filter(|_| self.way_is_known && bytes > MAX_PROBE_BYTES).zip(self.rate());
        let took = known.map_or(took, |((way, _), rate)| {
            let on_line = u128::from(bytes) * 1_000_000 / u128::from(rate.max(1));
            let left = took.saturating_sub(Duration::from_micros(u64::try_from(on_line).unwrap_or(u64::MAX)));
            left.max(way.min(took))
        });
        let holds = self.round_trip.filter(|(time, since)| *time < took && now.since(*since) < ROUND_TRIP_HOLDS);
        if holds.is_none() {
            self.round_trip = Some((took, now));
            self.way_is_known = bytes <= MAX_PROBE_BYTES || known.is_some();
        }
    }

    fn learn_rate(&mut self, bytes: u64, sent_at: Moment, took: Duration, now: Moment) {
        if bytes < MIN_SAMPLE_BYTES {
            return self.learn_of_small_ones(bytes, took, now);
        }
        self.full_since = None;
        // The line was this one's from when the one before it had arrived, or from its sending, whichever was later; then
        // the way there and back was no part of it, as far as that is known.
        let way = self.round_trip().filter(|_| self.way_is_known).unwrap_or_default();
        let alone = took.saturating_sub(way).max(took / 8);
        let time = match self.last_shown.filter(|before| *before > sent_at) {
            Some(before) => now.since(before).min(alone),
            None => alone,
        };
        self.measured(bytes, time);
    }

    /// A film on a line that has grown thin sends nothing large: what counts then is what comes while it waits.
    fn learn_of_small_ones(&mut self, bytes: u64, took: Duration, now: Moment) {
        if took < self.round_trip().unwrap_or_default() + WAITED {
            self.full_since = None;
            return;
        }
        let Some((since, before)) = self.full_since else {
            self.full_since = Some((now, 0));
            return;
        };
        let (count, time) = (before + bytes, now.since(since));
        self.full_since = Some((since, count));
        if count >= MIN_SAMPLE_BYTES || time >= MAX_COUNT_TIME {
            self.measured(count, time);
            self.full_since = Some((now, 0));
        }
    }

    fn measured(&mut self, bytes: u64, time: Duration) {
        let rate = u128::from(bytes) * 1_000_000 / time.max(Duration::from_millis(1)).as_micros();
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
    fn two_updates_are_on_their_way_and_more_if_they_are_small() {
        let mut pace = Pace::new();
        for sequence in 1..=8 {
            assert!(pace.may_encode(), "{sequence}");
            pace.sent(sequence, 100, ms(sequence.into()));
        }
        assert!(!pace.may_encode());
        pace.shown(1, ms(20));
        assert!(pace.may_encode());
        pace.shown(8, ms(50));
        assert!(pace.may_encode(), "an acknowledgement is for all before it too");
        pace.sent(9, 9_000, ms(60));
        assert!(pace.may_encode());
        pace.sent(10, 100, ms(60));
        assert!(!pace.may_encode());
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
        assert_eq!(pace.budget_bytes(), 100_000, "both together are what the line holds and half of it");
        pace.shown(5, ms(700));
        pace.sent(6, 1_600_000, ms(700));
        assert!(!pace.may_encode());
    }

    #[test]
    fn a_budget_is_a_twentieth_of_a_second_of_the_line() {
        let table = [(1_000, MIN_BUDGET_BYTES), (1_000_000, 50_000), (100_000_000, MAX_BUDGET_BYTES)];
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
    fn the_way_is_no_part_of_the_rate() {
        let mut pace = Pace::new();
        pace.sent(1, 200, ms(0));
        pace.shown(1, ms(50));
        for sequence in 2..6 {
            pace.sent(sequence, 12_500, ms(u64::from(sequence) * 100));
            pace.shown(sequence, ms(u64::from(sequence) * 100 + 70));
        }
        assert_eq!(pace.rate(), Some(625_000), "5 Mbit/s");
    }

    #[test]
    fn a_line_that_rests_between_large_updates_is_not_thought_thin() {
        let mut pace = Pace::new();
        pace.sent(1, 200, ms(0));
        pace.shown(1, ms(50));
        // Every 33 ms one that takes 4 ms and then travels, so that there always is one on its way.
        for sequence in 2..20 {
            pace.sent(sequence, 10_000, ms(u64::from(sequence) * 33));
            if sequence > 2 {
                pace.shown(sequence - 1, ms(u64::from(sequence) * 33 + 21));
            }
        }
        assert!(pace.rate().is_some_and(|rate| rate > 1_000_000), "{:?}", pace.rate());
    }

    /// A line of so many bytes a second with a delay; answers how long an update waited for its turn at most.
    fn longest_wait(rate: u64, there_and_back: u64, size: impl Fn(u32, usize) -> usize) -> u64 {
        let (mut pace, mut free_at, mut waits) = (Pace::new(), 0u64, 0);
        let (mut acknowledged, mut sequence) = (VecDeque::<(u32, u64)>::new(), 0u32);
        for now in 0..20_000u64 {
            while let Some((sequence, _)) = acknowledged.front().copied().filter(|(_, at)| *at <= now) {
                pace.shown(sequence, ms(now));
                acknowledged.pop_front();
            }
            if now % 17 != 0 || !pace.may_encode() {
                continue;
            }
            sequence += 1;
            let bytes = size(sequence, pace.budget_bytes());
            pace.sent(sequence, bytes, ms(now));
            // A first second for learning.
            waits = waits.max(if now > 1000 { free_at.saturating_sub(now) } else { 0 });
            free_at = free_at.max(now) + bytes as u64 * 1000 / rate;
            acknowledged.push_back((sequence, free_at + there_and_back));
        }
        waits
    }

    #[test]
    fn a_picture_that_answers_a_key_waits_for_little_on_a_thin_line() {
        // 5 Mbit/s and 50 ms: a film, a film in pieces of all sizes, and a picture that never ends.
        let film = longest_wait(625_000, 50, |_, _| 3_000);
        let uneven =
            longest_wait(625_000, 50, |sequence, budget| (300 + sequence as usize * 7919 % 20_000).min(budget));
        let endless = longest_wait(625_000, 50, |_, budget| budget);
        assert!(film <= 10 && uneven <= 60 && endless <= 60, "{film} {uneven} {endless}");
        // 1 Mbit/s, and a far one.
        assert!(longest_wait(125_000, 50, |_, budget| budget) <= 140);
        assert!(longest_wait(625_000, 300, |_, budget| budget) <= 200);
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
    fn small_updates_tell_of_a_line_that_is_full_of_them() {
        let mut pace = Pace::new();
        pace.sent(1, 200, ms(0));
        pace.shown(1, ms(20));
        // 1 kB every 20 ms, each 200 ms on its way: 50 kB a second. A straggler alone says nothing.
        for (sequence, at) in (2..60).zip((0..).map(|step| 100 + step * 20)) {
            pace.sent(sequence, 1_000, ms(at));
            pace.shown(sequence, ms(at + if sequence == 2 { 200 } else { 20 }));
        }
        assert_eq!(pace.rate(), None);
        for sequence in 60..120 {
            pace.sent(sequence, 1_000, ms(u64::from(sequence) * 20));
        }
        (60..120).for_each(|sequence| pace.shown(sequence, ms(u64::from(sequence) * 20 + 200)));
        assert_eq!(pace.rate(), Some(50_000));
    }

    /// Whoever acknowledges before anything can have arrived does not make the line as fast as they like.
    #[test]
    fn an_acknowledgement_that_comes_too_early_says_little() {
        let mut pace = Pace::new();
        pace.sent(1, 100_000, ms(0));
        pace.shown(1, ms(0));
        assert_eq!(pace.rate(), Some(100_000_000), "as if it had taken a millisecond");
        let mut pace = Pace::new();
        for (sequence, bytes) in [(1, 100_000), (2, 200), (3, 100_000)] {
            pace.sent(sequence, bytes, ms(u64::from(sequence) * 100));
            pace.shown(sequence, ms(u64::from(sequence) * 100 + 80));
        }
        assert_eq!(pace.rate(), Some(10_000_000), "the line was an eighth of the way");
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
