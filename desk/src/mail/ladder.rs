//! When a mail is tried again: pure, with time and chance from outside.

use std::time::Duration;

/// How long to wait after each failed attempt; after the last one the mail is dead. About 42 hours.
const STEADY: &[u64] = &[5, 30, 120, 600, 3_600, 14_400, 43_200, 86_400];

/// A confirmation was promised within the hour: quick at first, then every five minutes for that hour, then steady.
const QUICK: &[u64] = &[5, 15, 30, 60, 120];
const QUICK_THEN_EVERY: u64 = 300;
/// How many of those fit into the hour.
const QUICK_THEN_TIMES: u32 = 11;
const QUICK_LAST: &[u64] = &[3_600, 14_400, 43_200, 86_400];

/// When the mail server can't be reached or won't have us at all: no mail's attempts count, all wait for it.
const SERVER: &[u64] = &[2, 5, 15, 30, 60];

/// After so long any mail is dead, whoever is to blame.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(42 * 3_600);

/// How long a confirmation may be on its way before a technician is asked to call.
pub const CALL_AFTER: Duration = Duration::from_secs(45 * 60);

/// How urgent a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Promised within the hour.
    Confirmation,
    /// All others.
    Usual,
}

/// How long to wait after `failed` attempts (at least one); `None` when the mail has to be given up.
///
/// `chance` is from 0 to 1 and spreads the waiting by a fifth, so that many mails do not come back at once.
#[must_use]
pub fn wait(urgency: Urgency, failed: u32, chance: f64) -> Option<Duration> {
    let at = |steps: &[u64], index: u32| steps.get(usize::try_from(index).unwrap_or(usize::MAX)).copied();
    let index = failed.saturating_sub(1);
    let quick = u32::try_from(QUICK.len()).unwrap_or(u32::MAX);
    let seconds = match urgency {
        Urgency::Usual => at(STEADY, index)?,
        Urgency::Confirmation if index < quick => at(QUICK, index)?,
        Urgency::Confirmation if index < quick + QUICK_THEN_TIMES => QUICK_THEN_EVERY,
        Urgency::Confirmation => at(QUICK_LAST, index - quick - QUICK_THEN_TIMES)?,
    };
    Some(spread(seconds, chance))
}

/// How long to wait for the mail server after `failed` attempts in a row (at least one) to reach it.
#[must_use]
pub fn wait_for_server(failed: u32, chance: f64) -> Duration {
    let index = usize::try_from(failed.saturating_sub(1)).unwrap_or(usize::MAX).min(SERVER.len() - 1);
    spread(SERVER.get(index).copied().unwrap_or(60), chance)
}

fn spread(seconds: u64, chance: f64) -> Duration {
    let whole = Duration::from_secs(seconds);
    whole.mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(urgency: Urgency) -> Vec<u64> {
        (1..).map_while(|failed| wait(urgency, failed, 0.5)).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn a_mail_is_given_up_after_about_two_days() {
        assert_eq!(all(Urgency::Usual), STEADY);
        for urgency in [Urgency::Usual, Urgency::Confirmation] {
            let hours = all(urgency).iter().sum::<u64>() / 3600;
            assert!((41..=43).contains(&hours), "{urgency:?}: {hours}");
        }
    }

    #[test]
    fn a_confirmation_is_tried_many_times_within_its_hour() {
        let mut passed = 0;
        let within = all(Urgency::Confirmation).into_iter().take_while(|wait| {
            passed += *wait;
            passed <= 3600
        });
        assert_eq!(within.count(), 16);
        assert_eq!(all(Urgency::Confirmation)[..6], [5, 15, 30, 60, 120, 300]);
    }

    #[test]
    fn waiting_is_spread_and_bounded() {
        let at = |chance| wait(Urgency::Usual, 3, chance).unwrap();
        assert_eq!((at(0.0).as_secs(), at(1.0).as_secs()), (96, 144));
        assert_eq!(at(7.0), at(1.0));
        assert_eq!(wait_for_server(1, 0.5).as_secs(), 2);
        assert_eq!(wait_for_server(u32::MAX, 0.5).as_secs(), 60);
        assert_eq!(wait(Urgency::Usual, u32::MAX, 0.5), None);
    }
}
