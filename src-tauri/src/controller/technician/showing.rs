//! What the customer shows, and the technician's wish for something else.

use super::{ASK_AGAIN, Active, Step, Technician};
use crate::controller::{Controller, Now, Platform, TechnicianOrder, remaining};
use crate::view::{self, ShownSource, WishState, WishedSource};
use beistand_protocol::message::{Answer, Reason};
use beistand_protocol::showing::{Showing, View, Wish};
use beistand_protocol::time::Moment;

/// What is known of it.
#[derive(Default)]
pub(super) struct Shown {
    showing: Option<Showing>,
    /// The customer is being asked for something else.
    pending: bool,
    refused_at: Option<Moment>,
}

impl Shown {
    pub(super) fn told(&mut self, showing: Showing) {
        self.showing = Some(showing);
    }

    /// Nobody will answer it.
    pub(super) fn line_broke(&mut self) {
        self.pending = false;
    }

    pub(super) fn answered(&mut self, now: Moment, answer: Answer) {
        self.pending = false;
        self.refused_at = match answer {
            Answer::Allowed | Answer::NotOffered => None,
            Answer::Refused | Answer::TimedOut | Answer::TooSoon => Some(now),
        };
    }

    pub(super) fn due(&self) -> Option<Moment> {
        self.refused_at.map(|at| at + ASK_AGAIN)
    }

    pub(super) fn tick(&mut self, now: Moment) {
        self.refused_at.take_if(|at| *at + ASK_AGAIN <= now);
    }

    pub(super) fn view(&self, now: Moment) -> Option<view::Showing> {
        let Showing { what, monitors } = self.showing?;
        let what = match what {
            View::Monitor(number) => ShownSource::Monitor { number: number.into() },
            View::All => ShownSource::All,
            View::Window { away } => ShownSource::Window { away },
        };
        let wish = match (self.pending, self.refused_at) {
            (true, _) => WishState::Pending,
            (false, Some(at)) => WishState::Refused { retry_seconds: remaining(at + ASK_AGAIN, now) },
            (false, None) => WishState::None,
        };
        Some(view::Showing { what, monitors: monitors.into(), wish })
    }
}

impl<P: Platform> Controller<P> {
    pub(in crate::controller) fn ask_to_show(&mut self, wish: WishedSource, reason: String) {
        let Some(active) = self.technician.as_mut().and_then(Technician::active) else { return };
        let Ok(reason) = Reason::try_from(reason) else { return };
        let wish = match wish {
            WishedSource::All => Wish::All,
            WishedSource::Monitor { number } => match u8::try_from(number) {
                Ok(number) => Wish::Monitor(number),
                Err(_) => return,
            },
        };
        active.shown.pending = true;
        self.platform.technician(TechnicianOrder::AskToShow(wish, reason));
    }
}

impl Technician {
    pub(super) fn active(&mut self) -> Option<&mut Active> {
        match &mut self.step {
            Step::Active(active) => Some(active),
            Step::Connecting(_) | Step::Offering { .. } | Step::Waiting { .. } => None,
        }
    }

    pub(super) fn shows(&mut self, showing: Showing) {
        if let Some(active) = self.active() {
            active.shown.told(showing);
        }
    }

    pub(super) fn show_answered(&mut self, now: &Now, answer: Answer) {
        if let Some(active) = self.active() {
            active.shown.answered(now.moment, answer);
        }
    }
}
