//! How measured times spread.

use std::time::Duration;

/// Median, 99th percentile and longest of these times, in milliseconds.
#[must_use]
pub fn spread(times: impl Iterator<Item = Duration>) -> String {
    let times = sorted(times);
    let [p50, p99, max] = [50, 99, 100].map(|share| percentile(&times, share));
    format!("{p50:.1}/{p99:.1}/{max:.1}")
}

/// These times in milliseconds, shortest first.
#[must_use]
pub fn sorted(times: impl Iterator<Item = Duration>) -> Vec<f64> {
    let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The value that so many per cent of them don't exceed; 0 of none.
#[must_use]
pub fn percentile(sorted: &[f64], per_cent: usize) -> f64 {
    let at = (sorted.len() * per_cent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let times = sorted((1..=200).rev().map(Duration::from_millis));
        assert!([(50, 100.0), (99, 198.0), (100, 200.0)].iter().all(|(of, is)| percentile(&times, *of) == *is));
        assert_eq!(spread([7, 5].into_iter().map(Duration::from_millis)), "5.0/7.0/7.0");
        assert!(percentile(&[], 50).abs() < f64::EPSILON);
    }
}
