//! How much a customer's end may have told to the technician's window.
//!
//! The window takes news up from a queue. So what a hostile end says beyond a measure that no honest one reaches
//! stays on the line, where it holds up nobody but its sender: reading stops until there is an allowance again.

use super::News;
use beistand_protocol::time::Moment;
use core::time::Duration;

/// So much may come at once.
const MOST: i64 = 2000;
/// In this time there is an allowance for one more.
const ONE_EVERY: Duration = Duration::from_millis(2);
/// What the window does for a cursor that looks different.
const NEW_LOOK: i64 = 20;

/// What is left of the allowance.
#[derive(Debug)]
pub(super) struct Talk {
    left: i64,
    at: Moment,
    look: Option<u16>,
}

impl Talk {
    pub(super) const fn new(now: Moment) -> Self {
        Self { left: MOST, at: now, look: None }
    }

    /// Takes these news off the allowance; they are told in any case.
    pub(super) fn spend(&mut self, news: &News) {
        self.left -= match news {
            News::CursorShape(shape) => 1 + i64::try_from(shape.rgba.len() / 1024).unwrap_or(MOST),
            News::CursorPlace(place) if self.look != Some(place.shape) => {
                self.look = Some(place.shape);
                NEW_LOOK
            }
            News::Stage(_)
            | News::Number { .. }
            | News::BurnToken(_)
            | News::AwaitingConsent { .. }
            | News::Granted(_)
            | News::Answered { .. }
            | News::Paused(_)
            | News::LineBroke { .. }
            | News::LineBack
            | News::Showing(_)
            | News::ShowAnswered(_)
            | News::Dropped(_)
            | News::Chord(_)
            | News::CursorPlace(_)
            | News::Quality { .. }
            | News::Exact(_)
            | News::Fault(_)
            | News::Ended(_) => 1,
        };
    }

    /// Whether more may be read.
    pub(super) fn may_go_on(&mut self, now: Moment) -> bool {
        let more = now.since(self.at).as_millis() / ONE_EVERY.as_millis();
        if more > 0 {
            self.left = self.left.saturating_add(i64::try_from(more).unwrap_or(MOST)).min(MOST);
            self.at = now;
        }
        self.left > 0
    }

    /// When more may be read, if not now.
    pub(super) fn resumes(&self) -> Moment {
        let missing = u32::try_from(1 - self.left).unwrap_or(0);
        self.at + ONE_EVERY * missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beistand_protocol::picture::{CursorPlace, CursorShape};

    fn at(ms: u64) -> Moment {
        Moment::at(Duration::from_millis(ms))
    }

    /// How many of these are heard in ten seconds.
    fn heard(news: impl Fn(u32) -> News) -> u32 {
        let (mut talk, mut now, mut count) = (Talk::new(at(0)), at(0), 0);
        while now < at(10_000) {
            if talk.may_go_on(now) {
                talk.spend(&news(count));
                count += 1;
            } else {
                assert!(talk.resumes() > now);
                now = talk.resumes();
            }
        }
        count
    }

    #[test]
    fn a_flood_is_heard_at_a_steady_rate() {
        assert!((6900..=7000).contains(&heard(|_| News::Paused(None))));
    }

    #[test]
    fn what_costs_the_window_more_is_heard_less() {
        let shape =
            |id| CursorShape { id, hotspot_x: 0, hotspot_y: 0, width: 256, height: 256, rgba: vec![0; 262_144] };
        assert!(heard(|_| News::CursorShape(shape(1))) < 40);
        let place = |shape| News::CursorPlace(CursorPlace { x: 0, y: 0, visible: true, shape });
        assert!(heard(|count| place((count % 2) as u16)) < 400);
        assert!(heard(|_| place(1)) > 6000);
    }

    #[test]
    fn an_honest_end_is_always_heard() {
        let (mut talk, mut now) = (Talk::new(at(0)), 0);
        for _ in 0..100 {
            // A burst of dropped inputs, and a pointer that moves.
            for _ in 0..200 {
                assert!(talk.may_go_on(at(now)));
                talk.spend(&News::Paused(None));
            }
            now += 1000;
        }
    }
}
