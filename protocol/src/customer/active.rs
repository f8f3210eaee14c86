//! The session runs. What is allowed is decided here and nowhere else.

mod line;
mod show;

use super::limit::{self, Limit};
use super::questions::{About, Asked, Questions, STANDS_FOR};
use super::{Action, Event, Step, Terms, Withdrawal};
use crate::close::CloseReason;
use crate::heartbeat::{Beat, Heartbeat};
use crate::input::{Dropped, Input};
use crate::message::{Answer, Pause, Requirement, ToCustomer, ToTechnician};
use crate::permission::{Epoch, Grants, Permission, Setting};
use crate::picture::Share;
use crate::resume::{self, Comeback, CustomerMemory};
use crate::showing::Showing;
use crate::time::Moment;
use core::time::Duration;

/// After so long *control* has to be asked for again.
const CONTROL_LASTS: Duration = Duration::from_secs(30 * 60);

/// A running session.
#[derive(Debug)]
pub struct Active {
    /// What is shown; nothing once it is gone, until the customer chooses anew.
    ///
    /// INVARIANT: *see the screen* is on only while there is something here.
    share: Option<Share>,
    /// How it stands, as far as that is known.
    showing: Option<Showing>,
    /// Of the messages, that both ends speak.
    version: u16,
    grants: Grants,
    pause: Option<Pause>,
    questions: Questions,
    control_until: Option<Moment>,
    limit: Limit,
    heartbeat: Heartbeat,
    memory: CustomerMemory,
    /// While the line is broken. Nothing is allowed then, and nobody is believed.
    comeback: Option<Comeback>,
}

impl Active {
    pub(super) fn begin(share: Share, mut grants: Grants, terms: Terms, now: Moment) -> Step {
        grants.set(Permission::SeeScreen, Setting::On);
        let state = Self {
            share: Some(share),
            showing: None,
            version: terms.version,
            grants,
            pause: None,
            questions: Questions::default(),
            control_until: None,
            limit: Limit::begin(now),
            heartbeat: Heartbeat::new(now),
            memory: CustomerMemory::new(terms.key),
            comeback: None,
        };
        let mut actions = vec![
            Action::Gate(state.effective()),
            Action::Send(ToTechnician::Grants(state.grants.clone())),
            Action::Began,
        ];
        actions.extend(state.picture());
        Step::to(state, actions)
    }

    /// What the customer allows.
    pub const fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Whether the other end is looked for.
    pub(super) const fn is_away(&self) -> bool {
        self.comeback.is_some()
    }

    pub(super) const fn version(&self) -> u16 {
        self.version
    }

    pub(super) fn deadline(&self) -> Moment {
        let ping = if self.comeback.is_some() { self.lapses_at() } else { self.heartbeat.deadline() };
        ping.min(self.lapses_at())
    }

    pub(super) fn lapses_at(&self) -> Moment {
        let line = self.comeback.as_ref().map_or_else(|| self.heartbeat.lost_at(), Comeback::deadline);
        let question = self.questions.standing().map(|question| question.expires_at);
        [question, self.control_until, Some(self.limit.deadline())].into_iter().flatten().fold(line, Moment::min)
    }

    pub(super) fn handle(mut self, now: Moment, event: Event) -> Step {
        let before = (self.effective(), self.grants.clone());
        let mut actions = Vec::new();
        match event {
            Event::Peer(message) if self.comeback.is_some() => actions.extend(self.stranger(now, message)),
            Event::Peer(message) => {
                self.heartbeat.heard(now);
                match self.peer(now, message) {
                    Ok(more) => actions.extend(more),
                    Err(reason) => return Step::close(reason),
                }
            }
            Event::LineEnded(reason) => match self.line_ended(now, reason) {
                Ok(more) => actions.extend(more),
                Err(reason) => return Step::close(reason),
            },
            Event::LineOpen(exporter) => actions.extend(self.line_open(now, exporter)),
            Event::Finish(reason) => return Step::close(reason),
            Event::GoOn(true) if self.limit.asks() => {
                self.limit = Limit::begin(now);
                actions.push(Action::GoesOn);
                actions.push(self.tell_pause());
            }
            Event::GoOn(false) if self.limit.asks() => return Step::close(CloseReason::TimeIsUp),
            Event::Set { permission, setting } => actions.extend(self.set(now, permission, setting)),
            Event::Show(share) => actions.extend(self.show(now, share)),
            Event::ShareGone(share) => actions.extend(self.share_gone(share)),
            Event::Showing(showing) => actions.extend(self.stands(showing)),
            Event::Answer { question, allow } => actions.extend(self.answer(now, question, allow)),
            Event::MoreTime if self.limit.prolong(now) => {
                actions.push(Action::Prolonged { question: None, stands_for: limit::STANDS_FOR });
            }
            Event::MoreTime => {
                let prolonged = self.questions.prolong(now);
                actions.extend(prolonged.map(|id| Action::Prolonged { question: Some(id), stands_for: STANDS_FOR }));
            }
            Event::Pause(pause) if pause != self.pause => {
                self.pause = pause;
                actions.push(self.tell_pause());
            }
            Event::Tick => match self.tick(now) {
                Ok(more) => actions.extend(more),
                Err(reason) => return Step::close(reason),
            },
            Event::Pause(_) | Event::GoOn(_) | Event::IdentityChecked(_) | Event::Accept(_) | Event::Refuse => {}
        }
        let mut all = self.follow(&before);
        all.extend(actions);
        let mut all = self.in_its_words(all);
        if self.comeback.is_some() {
            // There is nobody to hear it; whoever comes back is told how things are then.
            all.retain(
                |action| !matches!(action, Action::Send(message) if !matches!(message, ToTechnician::Resume(_))),
            );
        }
        Step::to(self, all)
    }

    /// What holds at this moment: less than the grants while the session stands still, the line is broken, or a
    /// question stands.
    fn effective(&self) -> Grants {
        let mut effective = self.grants.clone();
        let still = self.pause.is_some() || self.comeback.is_some();
        if still {
            effective.suspend(Permission::SeeScreen);
        }
        if still || self.questions.standing().is_some() || self.limit.asks() {
            effective.suspend(Permission::Control);
        }
        effective
    }

    fn picture(&self) -> Option<Action> {
        let epoch = self.effective().live(Permission::SeeScreen)?;
        Some(Action::StartPicture { share: self.share?, epoch })
    }

    /// What a change of the grants entails; narrowing comes first and tells nobody before it is done.
    fn follow(&self, (effective_before, grants_before): &(Grants, Grants)) -> Vec<Action> {
        let effective = self.effective();
        let mut actions = Vec::new();
        if effective != *effective_before {
            actions.push(Action::Gate(effective.clone()));
            let changed = |permission| effective.live(permission) != effective_before.live(permission);
            if changed(Permission::Control) {
                actions.push(Action::ReleaseInput);
            }
            if changed(Permission::SeeScreen) {
                actions.extend(self.picture());
            }
        }
        if self.grants != *grants_before {
            actions.push(Action::Send(ToTechnician::Grants(self.grants.clone())));
        }
        // What may have changed meanwhile.
        let seen = |grants: &Grants| grants.live(Permission::SeeScreen);
        if seen(&effective) != seen(effective_before) && seen(&effective).is_some() {
            actions.extend(self.showing.map(|showing| Action::Send(ToTechnician::Showing(showing))));
        }
        actions
    }

    /// The actions with each message as the other end's version has it.
    fn in_its_words(&self, actions: Vec<Action>) -> Vec<Action> {
        let fitting = |action| {
            if let Action::Send(message) = action {
                message.for_version(self.version).map(Action::Send)
            } else {
                Some(action)
            }
        };
        actions.into_iter().filter_map(fitting).collect()
    }

    fn peer(&mut self, now: Moment, message: ToCustomer) -> Result<Vec<Action>, CloseReason> {
        match message.requirement() {
            Requirement::Handshake => return Err(CloseReason::PeerMisbehaved),
            Requirement::Live(permission, epoch) => {
                if self.effective().live(permission) != Some(epoch) {
                    return Ok(self.refused(&message).into_iter().collect());
                }
            }
            Requirement::On(permission) => {
                if self.effective().live(permission).is_none() {
                    return Ok(not_now(&message).into_iter().collect());
                }
            }
            Requirement::Nothing => {}
        }
        let action = match message {
            ToCustomer::Input { epoch, number, input } => input_allowed(epoch, number, input)?,
            ToCustomer::AskToShow { wish, reason } => self.wishes(now, wish, reason),
            ToCustomer::Shown(shown) => Action::Shown(shown),
            ToCustomer::NeedWholeFrame => Action::WholeFrame,
            ToCustomer::Ping(number) => Action::Send(ToTechnician::Pong(number)),
            ToCustomer::Ask { permission, reason } => match self.questions.ask(now, &self.grants, permission, reason) {
                Asked::Put { question, permission, reason } => {
                    Action::Ask { question, permission, reason, stands_for: STANDS_FOR }
                }
                Asked::Settled(answer) => Action::Send(ToTechnician::Answer { permission, answer }),
            },
            ToCustomer::Pong(number) => {
                self.heartbeat.pong(now, number);
                return Ok(Vec::new());
            }
            ToCustomer::End => return Err(CloseReason::EndedByTechnician),
            ToCustomer::Opening(_)
            | ToCustomer::Confirmation(_)
            | ToCustomer::Identity(_)
            | ToCustomer::Resume(_)
            | ToCustomer::Resumed => {
                return Err(CloseReason::PeerMisbehaved);
            }
        };
        Ok(vec![action])
    }

    /// Tells the technician's end why something was not carried out.
    fn refused(&self, message: &ToCustomer) -> Option<Action> {
        let ToCustomer::Input { epoch, number, .. } = message else { return None };
        let suspended = self.grants.live(Permission::Control) == Some(*epoch);
        let why = if suspended { Dropped::Paused } else { Dropped::NoConsent };
        Some(Action::Send(ToTechnician::Dropped { number: *number, why }))
    }

    fn set(&mut self, now: Moment, permission: Permission, setting: Setting) -> Vec<Action> {
        // Nobody controls what they can't see, and what is to be seen has to be chosen.
        let impossible = match permission {
            Permission::Control => self.grants.live(Permission::SeeScreen).is_none(),
            Permission::SeeScreen => self.share.is_none(),
            Permission::Point
            | Permission::ClipboardToTechnician
            | Permission::ClipboardFromTechnician
            | Permission::SendFiles
            | Permission::ReceiveFiles
            | Permission::SystemInformation
            | Permission::Recording
            | Permission::ReconnectAfterRestart => false,
        };
        if setting == Setting::On && impossible {
            return Vec::new();
        }
        self.grants.set(permission, setting);
        if self.grants.live(Permission::SeeScreen).is_none() && self.grants.live(Permission::Control).is_some() {
            self.grants.set(Permission::Control, Setting::Ask);
        }
        self.control_until = match (self.grants.live(Permission::Control), self.control_until) {
            (None, _) => None,
            (Some(_), Some(until)) => Some(until),
            (Some(_), None) => Some(now + CONTROL_LASTS),
        };
        // Whoever sets the switch has answered the question about it.
        let answered = match setting {
            Setting::On | Setting::Off => self.questions.take_about(About::Permission(permission), now),
            Setting::Ask => None,
        };
        answered.map(|question| settle(question.id, question.about, setting == Setting::On)).unwrap_or_default()
    }

    fn answer(&mut self, now: Moment, question: u32, allow: bool) -> Vec<Action> {
        let Some(question) = self.questions.take(question, now) else { return Vec::new() };
        let allowed = match question.about {
            About::Permission(permission) => {
                if allow {
                    self.set(now, permission, Setting::On);
                }
                self.grants.live(permission).is_some()
            }
            // To show something else is to choose it: a yes alone is none.
            About::Source => false,
        };
        settle(question.id, question.about, allowed)
    }

    fn tick(&mut self, now: Moment) -> Result<Vec<Action>, CloseReason> {
        let mut actions = Vec::new();
        if let Some(question) = self.questions.take_expired(now) {
            actions.push(Action::Answered { question: question.id, allowed: false });
            actions.push(Action::Send(question.about.answer(Answer::TimedOut)));
        }
        if self.control_until.is_some_and(|until| until <= now) {
            actions.extend(self.withdraw_control(Withdrawal::TimeIsUp));
        }
        match self.limit.tick(now) {
            limit::Due::Nothing => {}
            limit::Due::Ask => {
                actions.push(Action::AskToGoOn { stands_for: limit::STANDS_FOR });
                actions.push(self.tell_pause());
            }
            limit::Due::Over => return Err(CloseReason::TimeIsUp),
        }
        match &mut self.comeback {
            Some(comeback) => match comeback.tick(now) {
                resume::Due::Nothing => {}
                resume::Due::HangUp => actions.push(Action::HangUp),
                resume::Due::Over => return Err(CloseReason::NetworkLost),
            },
            None => match self.heartbeat.tick(now) {
                Beat::Wait => {}
                // What they hold down nobody may be there any more to let go.
                Beat::Quiet if self.effective().live(Permission::Control).is_some() => {
                    actions.push(Action::ReleaseInput);
                }
                Beat::Quiet => {}
                Beat::Ping(number) => actions.push(Action::Send(ToTechnician::Ping(number))),
                Beat::Lost => actions.extend(self.line_broke(now)?),
            },
        }
        Ok(actions)
    }

    /// Takes *control* back without the customer. What was queued under it dies with its epoch.
    fn withdraw_control(&mut self, why: Withdrawal) -> Option<Action> {
        self.control_until = None;
        let permission = Permission::Control;
        self.grants.live(permission)?;
        self.grants.set(permission, Setting::Ask);
        Some(Action::Withdrawn { permission, why })
    }

    /// Says why the session stands still, or that it does not.
    fn tell_pause(&self) -> Action {
        let asks = self.limit.asks().then_some(Pause::AsksToGoOn);
        Action::Send(ToTechnician::Paused(self.pause.or(asks)))
    }
}

/// What the technician waits for an answer to gets one.
fn not_now(message: &ToCustomer) -> Option<Action> {
    let asks = matches!(message, ToCustomer::AskToShow { .. });
    asks.then_some(Action::Send(ToTechnician::ShowAnswered(Answer::NotOffered)))
}

fn input_allowed(epoch: Epoch, number: u32, input: Input) -> Result<Action, CloseReason> {
    if input.is_valid() { Ok(Action::Inject { epoch, number, input }) } else { Err(CloseReason::PeerMisbehaved) }
}

fn settle(question: u32, about: About, allowed: bool) -> Vec<Action> {
    let answer = if allowed { Answer::Allowed } else { Answer::Refused };
    vec![Action::Answered { question, allowed }, Action::Send(about.answer(answer))]
}
