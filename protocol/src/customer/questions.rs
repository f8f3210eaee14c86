//! The technician's questions: at most one at a time, and each permission at most once a minute.

use crate::message::{Answer, Reason};
use crate::permission::{Grants, Permission, Setting};
use crate::time::Moment;
use core::time::Duration;

/// How long a question stands, and stands again after *more time*.
pub(super) const STANDS_FOR: Duration = Duration::from_secs(60);
/// How long after a question the same one may not come again.
const REST: Duration = Duration::from_secs(60);

/// A question that stands.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) id: u32,
    pub(super) permission: Permission,
    pub(super) expires_at: Moment,
}

/// What stands, and what was asked.
#[derive(Debug, Default)]
pub(super) struct Questions {
    standing: Option<Question>,
    count: u32,
    asked_at: Vec<(Permission, Moment)>,
}

/// What becomes of a technician's wish.
#[derive(Debug)]
pub(super) enum Asked {
    /// It is put to the customer.
    Put { question: u32, permission: Permission, reason: Reason },
    /// It is answered without the customer.
    Settled(Answer),
}

impl Questions {
    pub(super) const fn standing(&self) -> Option<&Question> {
        self.standing.as_ref()
    }

    pub(super) fn ask(&mut self, now: Moment, grants: &Grants, permission: Permission, reason: Reason) -> Asked {
        match grants.setting(permission) {
            Setting::On => return Asked::Settled(Answer::Allowed),
            Setting::Off => return Asked::Settled(Answer::NotOffered),
            Setting::Ask if !permission.is_offered() => return Asked::Settled(Answer::NotOffered),
            Setting::Ask => {}
        }
        self.asked_at.retain(|(_, at)| now.since(*at) < REST);
        if self.standing.is_some() || self.asked_at.iter().any(|(asked, _)| *asked == permission) {
            return Asked::Settled(Answer::TooSoon);
        }
        self.count += 1;
        self.asked_at.push((permission, now));
        self.standing = Some(Question { id: self.count, permission, expires_at: now + STANDS_FOR });
        Asked::Put { question: self.count, permission, reason }
    }

    /// Takes the question off the table if it is the one that stands.
    pub(super) fn take(&mut self, id: u32, now: Moment) -> Option<Question> {
        let question = self.standing.take_if(|question| question.id == id)?;
        self.rest(question.permission, now);
        Some(question)
    }

    /// Takes the question off the table if it is about this permission.
    pub(super) fn take_about(&mut self, permission: Permission, now: Moment) -> Option<Question> {
        let id = self.standing.as_ref().filter(|question| question.permission == permission)?.id;
        self.take(id, now)
    }

    /// Takes the question off the table if its time is over.
    pub(super) fn take_expired(&mut self, now: Moment) -> Option<Question> {
        let id = self.standing.as_ref().filter(|question| question.expires_at <= now)?.id;
        self.take(id, now)
    }

    /// Takes whatever stands off the table: nobody is there to hear the answer.
    pub(super) fn drop_standing(&mut self) -> Option<u32> {
        let question = self.standing.take()?;
        self.may_ask_again(question.permission);
        Some(question.id)
    }

    /// Lets this be asked without a rest: it was not the technician's doing that there is no answer any more.
    pub(super) fn may_ask_again(&mut self, permission: Permission) {
        self.asked_at.retain(|(asked, _)| *asked != permission);
    }

    pub(super) fn prolong(&mut self, now: Moment) -> Option<u32> {
        let question = self.standing.as_mut()?;
        question.expires_at = now + STANDS_FOR;
        Some(question.id)
    }

    /// The minute counts from the answer, not from the question.
    fn rest(&mut self, permission: Permission, now: Moment) {
        self.asked_at.retain(|(asked, _)| *asked != permission);
        self.asked_at.push((permission, now));
    }
}
