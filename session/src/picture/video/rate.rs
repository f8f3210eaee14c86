//! How many bits a second a video is given: at once fewer when the line carries less, and by and by as many again.
//!
//! Pure: time comes in. What the line carries is what the technician's end lets us believe, so whatever it says, the
//! rate rises slowly and ends at what it began with. (Half as much again would be as many bytes as VP9 takes, and on a
//! line of 5 Mbit/s four times as much is where keys begin to wait: what is pressed comes before what is pretty.)

use super::super::area::Area;
use beistand_protocol::time::Moment;
use core::time::Duration;

/// For 640x360; larger ones get more, but not in proportion.
const BITS_PER_SECOND: f64 = 700_000.0;
const BASE_PX: f64 = 640.0 * 360.0;
/// Below that the codec makes nothing to look at.
const MIN_BITS_PER_SECOND: u32 = 100_000;
/// Between two rises,
const RISES_EVERY: Duration = Duration::from_secs(1);
/// by a quarter each.
const RISE: u32 = 4;
/// A fall of less than a tenth is not worth it.
const SLIGHT: u32 = 10;

/// What one video is given.
#[derive(Debug)]
pub(super) struct Rate {
    at_first: u32,
    bits_per_second: u32,
    rose_at: Moment,
}

impl Rate {
    /// Of a video that begins on a line of so many bytes a second, if that is known.
    pub(super) fn new(area: Area, line: Option<u64>, now: Moment) -> Self {
        let wanted = BITS_PER_SECOND * (f64::from(area.pixels()) / BASE_PX).powf(0.75);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it saturates
        let at_first = (wanted as u32).max(MIN_BITS_PER_SECOND);
        Self { at_first, bits_per_second: most(at_first, line), rose_at: now }
    }

    /// What it is now.
    pub(super) const fn bits_per_second(&self) -> u32 {
        self.bits_per_second
    }

    /// Follows the line; answers the new rate if it changed.
    pub(super) fn follow(&mut self, line: Option<u64>, now: Moment) -> Option<u32> {
        line?;
        let (before, most) = (self.bits_per_second, most(self.at_first, line));
        if most < before - before / SLIGHT {
            self.bits_per_second = most;
            self.rose_at = now;
        } else if now.since(self.rose_at) >= RISES_EVERY {
            self.bits_per_second = most.min(before.saturating_add(before / RISE)).max(before);
            self.rose_at = now;
        }
        (self.bits_per_second != before).then_some(self.bits_per_second)
    }
}

/// Two fifths of the line, so that text and refinement have their share.
fn most(at_first: u32, line: Option<u64>) -> u32 {
    let share = line.map_or(u32::MAX, |bytes| u32::try_from(bytes.saturating_mul(8) / 5 * 2).unwrap_or(u32::MAX));
    at_first.min(share.max(MIN_BITS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::pace::Pace;
    use proptest::prelude::*;

    const FILM: Area = Area { x: 0, y: 0, width: 640, height: 360 };
    const FAST: Option<u64> = Some(100_000_000);

    fn at(ms: u64) -> Moment {
        Moment::at(Duration::from_millis(ms))
    }

    /// The rate at the end of each second on such a line, asked as often as pictures are made.
    fn seconds(rate: &mut Rate, from: u64, count: u64, line: Option<u64>) -> Vec<u32> {
        (from..from + count)
            .map(|second| {
                (0..30).for_each(|frame| _ = rate.follow(line, at(second * 1000 + frame * 33 + 33)));
                rate.bits_per_second() / 1000
            })
            .collect()
    }

    #[test]
    fn it_begins_low_and_stays_so_on_any_line() {
        let mut rate = Rate::new(FILM, FAST, at(0));
        assert_eq!(rate.bits_per_second(), 700_000);
        assert_eq!(seconds(&mut rate, 1, 100, FAST).pop(), Some(700));
    }

    #[test]
    fn as_long_as_nothing_is_known_of_the_line_it_stays() {
        let mut rate = Rate::new(FILM, None, at(0));
        assert_eq!(seconds(&mut rate, 1, 20, None).pop(), Some(700));
    }

    #[test]
    fn it_is_two_fifths_of_a_thin_line_and_falls_at_once() {
        // 5 Mbit/s, then 1, then next to nothing, then 5 again.
        let mut rate = Rate::new(FILM, Some(625_000), at(0));
        assert_eq!(seconds(&mut rate, 1, 20, Some(625_000)).pop(), Some(700));
        assert_eq!(rate.follow(Some(125_000), at(21_000)), Some(400_000));
        assert_eq!(rate.follow(Some(10), at(21_001)), Some(MIN_BITS_PER_SECOND));
        assert_eq!(rate.follow(Some(625_000), at(21_900)), None, "a fall is not taken back at once");
        assert_eq!(seconds(&mut rate, 22, 3, Some(625_000)), [125, 156, 195]);
        assert_eq!(Rate::new(FILM, Some(125_000), at(0)).bits_per_second(), 400_000);
    }

    #[test]
    fn what_changes_by_little_is_not_told_to_the_codec() {
        let mut rate = Rate::new(FILM, Some(200_000), at(0));
        assert_eq!((rate.bits_per_second(), rate.follow(Some(190_000), at(10))), (640_000, None));
    }

    /// Plays for a while on a line whose pictures arrive one behind the other; answers the rate in the end.
    fn play(rate: &mut Rate, pace: &mut Pace, sequence: &mut u32, seconds: std::ops::Range<u64>, line: u64) -> u32 {
        let (mut free_at, mut arriving) = (seconds.start * 1000, std::collections::VecDeque::new());
        for now in seconds.start * 1000..seconds.end * 1000 {
            while let Some((number, _)) = arriving.front().copied().filter(|(_, shown)| *shown <= now) {
                pace.shown(number, at(now));
                arriving.pop_front();
            }
            if now % 33 == 0 && pace.may_encode() {
                rate.follow(pace.rate(), at(now));
                *sequence += 1;
                let bytes = rate.bits_per_second() as usize / 8 / 30;
                pace.sent(*sequence, bytes, at(now));
                free_at = free_at.max(now) + bytes as u64 * 1000 / line;
                arriving.push_back((*sequence, free_at + 50));
            }
        }
        arriving.into_iter().for_each(|(number, _)| pace.shown(number, at(seconds.end * 1000)));
        rate.bits_per_second()
    }

    #[test]
    fn a_line_that_grows_thin_under_a_film_alone_is_noticed() {
        let (mut pace, mut sequence) = (Pace::new(), 2);
        pace.sent(1, 200, at(0));
        pace.shown(1, at(50));
        for (number, from) in [(2, 100), (3, 200), (4, 300)] {
            pace.sent(number, 62_500, at(from));
            pace.shown(number, at(from + 75));
            sequence = number;
        }
        assert_eq!(pace.rate(), Some(2_500_000), "20 Mbit/s");
        let mut rate = Rate::new(FILM, pace.rate(), at(400));
        assert_eq!(play(&mut rate, &mut pace, &mut sequence, 1..11, 2_500_000), 700_000);
        let thin = play(&mut rate, &mut pace, &mut sequence, 11..15, 62_500);
        assert!(thin < 400_000, "{thin} of 500,000 bits a second");
    }

    proptest! {
        #[test]
        fn whatever_the_other_end_acknowledges_it_rises_slowly_and_not_for_ever(
            acks in prop::collection::vec((0u32..40, 0u64..400, 0usize..200_000), 1..200)
        ) {
            let (mut pace, mut now, mut sequence) = (Pace::new(), 0, 0);
            let mut rate = Rate::new(FILM, None, at(0));
            for (shown, passes, bytes) in acks {
                let before = rate.bits_per_second();
                if pace.may_encode() {
                    sequence += 1;
                    pace.sent(sequence, bytes, at(now));
                }
                now += passes;
                pace.shown(shown, at(now));
                rate.follow(pace.rate(), at(now));
                let after = rate.bits_per_second();
                prop_assert!((MIN_BITS_PER_SECOND..=700_000).contains(&after));
                prop_assert!(after <= before + before / RISE);
                prop_assert!(u64::from(after) <= 700_000 * 2u64.pow(u32::try_from(now / 3000).unwrap() + 1));
            }
        }
    }
}
