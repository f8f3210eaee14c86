//! The customer's session while it runs: what stands, what is being done, and the receipt of it.

use super::Now;
use super::customer::later;
use super::receipts::Record;
use super::sources::Available;
use crate::view::{ErrorCode, Who};
use beistand_protocol::customer::Withdrawal;
use beistand_protocol::permission::{Grants, Permission};
use beistand_protocol::picture::Share;
use beistand_protocol::receipt::What;
use beistand_protocol::showing::Wish;
use beistand_protocol::time::Moment;
use beistand_session::pipe::Activity;
use std::time::Duration;

/// How long an activity is shown after it was last reported.
const SHOW_ACTIVITY: Duration = Duration::from_millis(1500);

/// The session runs.
pub(super) struct Active {
    pub(super) who: Who,
    pub(super) began: Moment,
    pub(super) grants: Grants,
    /// What is shown; nothing once it is gone.
    pub(super) share: Option<Share>,
    /// Whether the window that is shown can't be seen at the moment.
    pub(super) stands_still: bool,
    /// What could be shown when it was last looked.
    pub(super) available: Available,
    pub(super) question: Option<Question>,
    pub(super) wish: Option<Wished>,
    pub(super) doing: Vec<(Activity, Moment)>,
    pub(super) paused: bool,
    /// Until when the other end may come back, while the line is broken.
    pub(super) line_broken: Option<Moment>,
    /// Until when the customer is asked whether the session goes on.
    pub(super) asks_to_go_on: Option<Moment>,
    /// What went off by itself, until the grants say so.
    pub(super) withdrawn: Vec<(Permission, Withdrawal)>,
    pub(super) notice: Option<ErrorCode>,
    pub(super) record: Record,
}

/// A question of the technician that stands.
pub(super) struct Question {
    pub(super) id: u32,
    pub(super) permission: Permission,
    pub(super) reason: String,
    pub(super) until: Moment,
    pub(super) refused: bool,
}

/// A wish of the technician to see something else, that stands.
pub(super) struct Wished {
    pub(super) id: u32,
    pub(super) wish: Wish,
    pub(super) reason: String,
    pub(super) until: Moment,
}

impl Active {
    pub(super) fn apply(&mut self, now: &Now, grants: Grants) {
        let before = std::mem::replace(&mut self.grants, grants);
        for permission in Permission::ALL {
            let (was, is) = (before.setting(permission), self.grants.setting(permission));
            let withdrawn = self.withdrawn.iter().find(|(of, _)| *of == permission).map(|(_, why)| *why);
            match withdrawn.filter(|_| is < was) {
                Some(why) => {
                    let what = What::Withdrawn { permission, why };
                    self.record.change(|receipt| receipt.note(now.moment, what.clone()));
                }
                None if was != is => {
                    self.record.change(|receipt| receipt.note_setting(now.moment, permission, was, is));
                }
                None => {}
            }
        }
        self.withdrawn.clear();
    }

    pub(super) fn line_broke(&mut self, now: &Now, seconds_left: u32) {
        self.line_broken = Some(later(now, seconds_left));
        self.doing.clear();
        self.record.change(|receipt| receipt.note(now.moment, What::LineBroke));
    }

    pub(super) fn line_back(&mut self, now: &Now) {
        if self.line_broken.take().is_some() {
            self.record.change(|receipt| receipt.note(now.moment, What::LineBack));
        }
    }

    pub(super) fn goes_on(&mut self, now: &Now) {
        self.asks_to_go_on = None;
        self.notice = None;
        self.record.change(|receipt| receipt.note(now.moment, What::Prolonged));
    }

    pub(super) fn ask(&mut self, now: &Now, id: u32, permission: Permission, reason: &str, seconds_left: u32) {
        let until = later(now, seconds_left);
        self.notice = None;
        let reason = reason.to_owned();
        self.record.change(|receipt| receipt.note(now.moment, What::Asked { permission, reason: reason.clone() }));
        self.question = Some(Question { id, permission, reason, until, refused: false });
    }

    pub(super) fn question_gone(&mut self, now: &Now, id: u32, allowed: bool) {
        if self.wish.take_if(|wish| wish.id == id).is_some() {
            self.notice = None;
            // What is shown instead is noted when it is chosen.
            if !allowed {
                self.record.change(|receipt| receipt.note(now.moment, What::NotShown));
            }
        }
        let Some(question) = self.question.take_if(|question| question.id == id) else { return };
        let permission = question.permission;
        // That it was allowed shows in the grants.
        match (allowed, question.refused) {
            (true, _) => {}
            (false, true) => self.record.change(|receipt| receipt.note(now.moment, What::Refused { permission })),
            (false, false) => self.record.change(|receipt| receipt.note(now.moment, What::NotAnswered { permission })),
        }
        self.notice = None;
    }

    pub(super) fn note_activity(&mut self, now: &Now, activity: Activity) {
        let until = now.moment + SHOW_ACTIVITY;
        match self.doing.iter_mut().find(|(doing, _)| *doing == activity) {
            Some((_, shown_until)) => *shown_until = until,
            None => self.doing.push((activity, until)),
        }
        self.record.change(|receipt| receipt.note_use(now.moment, Permission::Control));
    }

    pub(super) fn pause(&mut self, now: &Now, paused: bool) {
        if self.paused != paused {
            self.paused = paused;
            let what = if paused { What::Paused } else { What::WentOn };
            self.record.change(|receipt| receipt.note(now.moment, what));
        }
    }
}
