//! The technician's questions: at most one at a time, and each permission at most once a minute.

use crate::message::{Answer, Reason, ToTechnician};
use crate::permission::{Grants, Permission, Setting};
use crate::time::Moment;
use core::time::Duration;

/// How long a question stands, and stands again after *more time*.
pub(super) const STANDS_FOR: Duration = Duration::from_secs(60);
/// How long after a question the same one may not come again.
const REST: Duration = Duration::from_secs(60);

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A permission.
    Permission(Permission),
    /// Another monitor.
    Source,
}

impl About {
    /// The answer to it, as the technician's end is told.
    pub(super) const fn answer(self, answer: Answer) -> ToTechnician {
        match self {
            Self::Permission(permission) => ToTechnician::Answer { permission, answer },
            Self::Source => ToTechnician::ShowAnswered(answer),
        }
    }
}

/// A question that stands.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) id: u32,
    pub(super) about: About,
    pub(super) expires_at: Moment,
}

/// What stands, and what was asked.
#[derive(Debug, Default)]
pub(super) struct Questions {
    standing: Option<Question>,
    count: u32,
    asked_at: Vec<(About, Moment)>,
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
        match self.put(now, About::Permission(permission)) {
            Some(question) => Asked::Put { question, permission, reason },
            None => Asked::Settled(Answer::TooSoon),
        }
    }

    /// Puts a question on the table, unless one stands or this one has to rest. Answers its id.
    pub(super) fn put(&mut self, now: Moment, about: About) -> Option<u32> {
        self.asked_at.retain(|(_, at)| now.since(*at) < REST);
        if self.standing.is_some() || self.asked_at.iter().any(|(asked, _)| *asked == about) {
            return None;
        }
        self.count += 1;
        self.asked_at.push((about, now));
        self.standing = Some(Question { id: self.count, about, expires_at: now + STANDS_FOR });
        Some(self.count)
    }

    /// Takes the question off the table if it is the one that stands.
    pub(super) fn take(&mut self, id: u32, now: Moment) -> Option<Question> {
        let question = self.standing.take_if(|question| question.id == id)?;
        self.rest(question.about, now);
        Some(question)
    }

    /// Takes the question off the table if it is about this.
    pub(super) fn take_about(&mut self, about: About, now: Moment) -> Option<Question> {
        let id = self.standing.as_ref().filter(|question| question.about == about)?.id;
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
        self.may_ask_again(question.about);
        Some(question.id)
    }

    /// Lets this be asked without a rest: it was not the technician's doing that there is no answer any more.
    pub(super) fn may_ask_again(&mut self, about: About) {
        self.asked_at.retain(|(asked, _)| *asked != about);
    }

    pub(super) fn prolong(&mut self, now: Moment) -> Option<u32> {
        let question = self.standing.as_mut()?;
        question.expires_at = now + STANDS_FOR;
        Some(question.id)
    }

    /// The minute counts from the answer, not from the question.
    fn rest(&mut self, about: About, now: Moment) {
        self.asked_at.retain(|(asked, _)| *asked != about);
        self.asked_at.push((about, now));
    }
}
