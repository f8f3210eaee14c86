//! The longest time for a session: then the customer is asked whether it goes on, and no answer means no.

use crate::time::Moment;
use core::time::Duration;

/// After so long the customer is asked whether the session goes on.
const SESSION_LASTS: Duration = Duration::from_secs(60 * 60);
/// How long the question stands, and stands again after *more time*.
pub(super) const STANDS_FOR: Duration = Duration::from_secs(180);

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// The session runs until then.
    Until(Moment),
    /// The customer is asked.
    Asks { until: Moment },
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ask,
    Over,
}

impl Limit {
    pub(super) fn begin(now: Moment) -> Self {
        Self::Until(now + SESSION_LASTS)
    }

    pub(super) const fn asks(self) -> bool {
        matches!(self, Self::Asks { .. })
    }

    pub(super) const fn deadline(self) -> Moment {
        match self {
            Self::Until(until) | Self::Asks { until } => until,
        }
    }

    pub(super) fn tick(&mut self, now: Moment) -> Due {
        match *self {
            Self::Until(until) if until <= now => {
                *self = Self::Asks { until: now + STANDS_FOR };
                Due::Ask
            }
            Self::Asks { until } if until <= now => Due::Over,
            Self::Until(_) | Self::Asks { .. } => Due::Nothing,
        }
    }

    /// More time for the question. Answers whether it stands.
    pub(super) fn prolong(&mut self, now: Moment) -> bool {
        if self.asks() {
            *self = Self::Asks { until: now + STANDS_FOR };
        }
        self.asks()
    }
}
