//! What is shown: the customer switches, the technician wishes, and what was shown may go away.
//!
//! Whatever is shown instead is shown under a new epoch: no frame that was under way belongs to it, and no click that
//! was aimed at the picture before.

use super::Active;
use crate::customer::questions::{About, STANDS_FOR};
use crate::customer::{Action, Withdrawal};
use crate::message::{Answer, Reason, ToTechnician};
use crate::permission::{Permission, Setting};
use crate::picture::Share;
use crate::showing::{Showing, Wish};
use crate::time::Moment;

impl Active {
    /// The customer shows this from now on. Whoever was asked for another monitor has answered.
    pub(super) fn show(&mut self, now: Moment, share: Share) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.share != Some(share) {
            let before = self.share.replace(share);
            self.showing = None;
            if self.grants.live(Permission::SeeScreen).is_some() {
                self.grants.set(Permission::SeeScreen, Setting::Ask);
            }
            match before {
                // The yes was to this window alone.
                Some(Share::Window(_)) => actions.extend(self.withdraw_control(Withdrawal::OtherSource)),
                Some(Share::Monitor(_) | Share::All) if self.grants.live(Permission::Control).is_some() => {
                    self.grants.set(Permission::Control, Setting::Ask);
                    self.grants.set(Permission::Control, Setting::On);
                }
                Some(Share::Monitor(_) | Share::All) | None => {}
            }
        }
        actions.extend(self.set(now, Permission::SeeScreen, Setting::On));
        if let Some(question) = self.questions.take_about(About::Source, now) {
            actions.extend(super::settle(question.id, question.about, true));
        }
        actions
    }

    /// The window was closed or the monitor unplugged. Nothing takes its place before the customer chooses.
    pub(super) fn share_gone(&mut self, share: Share) -> Vec<Action> {
        if self.share != Some(share) {
            return Vec::new();
        }
        self.share = None;
        self.showing = None;
        let mut actions = Vec::new();
        if self.grants.live(Permission::SeeScreen).is_some() {
            let (permission, why) = (Permission::SeeScreen, Withdrawal::SourceGone);
            self.grants.set(permission, Setting::Ask);
            actions.push(Action::Withdrawn { permission, why });
        }
        actions.extend(self.withdraw_control(Withdrawal::SourceGone));
        actions.push(Action::NothingToShow);
        actions
    }

    /// How what is shown stands now. The technician's end is told as long as it may see.
    pub(super) fn stands(&mut self, showing: Showing) -> Option<Action> {
        if self.share.is_none() || self.showing == Some(showing) {
            return None;
        }
        self.showing = Some(showing);
        let seen = self.effective().live(Permission::SeeScreen).is_some();
        seen.then_some(Action::Send(ToTechnician::Showing(showing)))
    }

    /// The technician wishes to see something else.
    pub(super) fn wishes(&mut self, now: Moment, wish: Wish, reason: Reason) -> Action {
        let answer = match self.showing {
            Some(showing) if showing.leaves_open(wish) => match self.questions.put(now, About::Source) {
                Some(question) => return Action::AskToShow { question, wish, reason, stands_for: STANDS_FOR },
                None => Answer::TooSoon,
            },
            Some(_) | None => Answer::NotOffered,
        };
        Action::Send(ToTechnician::ShowAnswered(answer))
    }

    /// As if the other end were of this version.
    #[cfg(test)]
    pub(in crate::customer) const fn speaks_only(&mut self, version: u16) {
        self.version = version;
    }
}
