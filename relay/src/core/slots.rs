//! Which slots are taken: by a number that waits, or by rest after one.

use super::draw::Seed;
use beistand_protocol::number::Slot;
use beistand_protocol::time::Moment;
use std::collections::HashMap;
use std::time::Duration;

/// The most digits that a slot has.
const MAX_DIGITS: u32 = 6;
/// How many blind draws are made before the free ones are counted.
const DRAWS: u64 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Waiting,
    Resting { until: Moment },
}

/// The slots in use. INVARIANT: a slot that is given out was free, and is never given out again before it rested.
#[derive(Debug, Default)]
pub(super) struct Slots {
    used: HashMap<Slot, Use>,
}

impl Slots {
    /// Takes a random free slot of `digits` digits, if there is one.
    pub(super) fn take(&mut self, digits: u32, seed: &Seed) -> Option<Slot> {
        let digits = digits.clamp(2, MAX_DIGITS);
        let first = 10_u32.pow(digits - 1);
        let total = first * 9;
        let drawn = (0..DRAWS)
            .filter_map(|attempt| Slot::new(first + seed.below(total, attempt)).ok())
            .find(|slot| !self.used.contains_key(slot));
        let slot = drawn.or_else(|| {
            let free: Vec<Slot> = Slot::with_digits(digits).filter(|slot| !self.used.contains_key(slot)).collect();
            let at = usize::try_from(seed.below(u32::try_from(free.len()).ok()?, DRAWS)).ok()?;
            free.get(at).copied()
        })?;
        self.used.insert(slot, Use::Waiting);
        Some(slot)
    }

    /// Lets a slot rest before it is free again.
    pub(super) fn rest(&mut self, slot: Slot, now: Moment, rest: Duration) {
        self.used.insert(slot, Use::Resting { until: now + rest });
    }

    /// Frees what has rested.
    pub(super) fn tick(&mut self, now: Moment) {
        self.used.retain(|_, state| match state {
            Use::Waiting => true,
            Use::Resting { until } => *until > now,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_given_out_once_and_again_after_its_rest() {
        let at = |seconds| Moment::at(Duration::from_secs(seconds));
        let mut slots = Slots::default();
        let mut given = std::collections::BTreeSet::new();
        for round in 0..90 {
            assert!(given.insert(slots.take(2, &Seed::new([round; 32])).unwrap()));
        }
        assert_eq!(slots.take(2, &Seed::new([99; 32])), None);
        assert!(slots.take(4, &Seed::new([99; 32])).unwrap().get() >= 1000);

        let freed = *given.first().unwrap();
        slots.rest(freed, at(0), Duration::from_secs(600));
        slots.tick(at(599));
        assert_eq!(slots.take(2, &Seed::new([1; 32])), None);
        slots.tick(at(600));
        assert_eq!(slots.take(2, &Seed::new([1; 32])), Some(freed));
    }
}
