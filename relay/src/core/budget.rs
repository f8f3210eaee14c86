//! How often somebody may fail within a span of time.

use beistand_protocol::time::Moment;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

/// The part of a client's address that counts as one neighbour: /24 of IPv4, /56 of IPv6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Prefix(u64);

impl Prefix {
    /// The prefix of an address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            // An IPv6 prefix has 56 bits; the bit above sets these apart.
            IpAddr::V4(v4) => Self(0x0100_0000_0000_0000 | u64::from(v4.to_bits() >> 8)),
            IpAddr::V6(v6) => Self(u64::try_from(v6.to_bits() >> 72).unwrap_or_default()),
        }
    }
}

/// So many within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How many.
    pub count: u32,
    /// Within how long.
    pub within: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Spent {
    since: Moment,
    count: u32,
}

/// Counts by key, forgets after the span, and never holds more than a fixed number of keys.
#[derive(Debug)]
pub struct Budget<K> {
    allowance: Allowance,
    spent: HashMap<K, Spent>,
}

/// Keys beyond this are not counted: a flood of strangers must not fill the memory.
const MAX_KEYS: usize = 100_000;

impl<K: Eq + Hash> Budget<K> {
    /// Nothing is spent yet.
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, spent: HashMap::new() }
    }

    /// Whether nothing is left for `key`.
    pub fn is_exhausted(&self, now: Moment, key: &K) -> bool {
        self.spent
            .get(key)
            .is_some_and(|spent| now.since(spent.since) < self.allowance.within && spent.count >= self.allowance.count)
    }

    /// Counts one for `key`.
    pub fn spend(&mut self, now: Moment, key: K) {
        if self.spent.len() >= MAX_KEYS {
            self.forget(now);
        }
        let full = self.spent.len() >= MAX_KEYS;
        match self.spent.get_mut(&key) {
            Some(spent) if now.since(spent.since) < self.allowance.within => {
                spent.count = spent.count.saturating_add(1)
            }
            Some(spent) => *spent = Spent { since: now, count: 1 },
            None if full => {}
            None => {
                self.spent.insert(key, Spent { since: now, count: 1 });
            }
        }
    }

    /// Lets go of what no longer counts.
    pub fn forget(&mut self, now: Moment) {
        self.spent.retain(|_, spent| now.since(spent.since) < self.allowance.within);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_prefix() {
        let prefix = |text: &str| Prefix::of(text.parse().unwrap());
        assert_eq!(prefix("192.0.2.1"), prefix("192.0.2.200"));
        assert_eq!(prefix("192.0.2.1"), prefix("::ffff:192.0.2.9"));
        assert_ne!(prefix("192.0.2.1"), prefix("192.0.3.1"));
        assert_eq!(prefix("2001:db8:0:1200::1"), prefix("2001:db8:0:12ff::2"));
        assert_ne!(prefix("2001:db8:0:1200::1"), prefix("2001:db8:0:1300::1"));
    }

    #[test]
    fn a_budget_runs_out_and_comes_back() {
        let at = |seconds| Moment::at(Duration::from_secs(seconds));
        let mut budget = Budget::new(Allowance { count: 2, within: Duration::from_secs(60) });
        assert!(!budget.is_exhausted(at(0), &1));
        budget.spend(at(0), 1);
        assert!(!budget.is_exhausted(at(1), &1));
        budget.spend(at(1), 1);
        assert!(budget.is_exhausted(at(2), &1));
        assert!(!budget.is_exhausted(at(2), &2));
        assert!(!budget.is_exhausted(at(60), &1));
        budget.spend(at(61), 1);
        assert!(!budget.is_exhausted(at(62), &1));
        budget.forget(at(1000));
        assert!(budget.spent.is_empty());
    }

    #[test]
    fn a_flood_of_strangers_does_not_fill_the_memory() {
        let at = |seconds| Moment::at(Duration::from_secs(seconds));
        let mut budget = Budget::new(Allowance { count: 1, within: Duration::from_secs(60) });
        (0..MAX_KEYS + 10).for_each(|key| budget.spend(at(0), key));
        assert_eq!(budget.spent.len(), MAX_KEYS);
        budget.spend(at(61), 0);
        assert_eq!(budget.spent.len(), 1);
    }
}
