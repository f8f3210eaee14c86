//! The line of a running session: when it breaks, and who may take the session up again.
//!
//! While it is broken nobody is believed. Whoever speaks on a new channel is a stranger until the key of this very
//! session is proven; what strangers do never ends the session.

use super::Active;
use crate::close::CloseReason;
use crate::customer::questions::About;
use crate::customer::{Action, Withdrawal};
use crate::handshake::Exporter;
use crate::heartbeat::Heartbeat;
use crate::message::{ToCustomer, ToTechnician};
use crate::permission::{Permission, Setting};
use crate::resume::Comeback;
use crate::time::Moment;

impl Active {
    /// There is no line any more, or the new one is gone again.
    pub(super) fn line_ended(&mut self, now: Moment, reason: CloseReason) -> Result<Vec<Action>, CloseReason> {
        match &mut self.comeback {
            // If there was somebody they may have been anybody: only without them is it the relay's own word.
            Some(comeback) => match (comeback.hang_up(), reason.is_broken_line()) {
                (true, _) => Ok(vec![Action::HangUp]),
                (false, true) => Ok(Vec::new()),
                (false, false) => Err(reason),
            },
            None if reason.is_broken_line() => self.line_broke(now),
            None => Err(reason),
        }
    }

    /// Nothing is seen or done until the other end is back. *See the screen* stays as the customer set it; *control*
    /// has to be asked for again, because nobody watches a pointer that has long been still.
    pub(super) fn line_broke(&mut self, now: Moment) -> Result<Vec<Action>, CloseReason> {
        let comeback = Comeback::begin(now, self.heartbeat.heard_at()).ok_or(CloseReason::NetworkLost)?;
        let mut actions = vec![Action::LineBroke { comes_back_within: comeback.lasts(now) }];
        let question = self.questions.drop_standing();
        actions.extend(question.map(|question| Action::Answered { question, allowed: false }));
        if let Some(withdrawn) = self.withdraw_control(Withdrawal::LineBroke) {
            self.questions.may_ask_again(About::Permission(Permission::Control));
            actions.push(withdrawn);
        }
        self.comeback = Some(comeback);
        Ok(actions)
    }

    /// There is a new channel, with anybody at its other end.
    pub(super) fn line_open(&mut self, now: Moment, exporter: Exporter) -> Option<Action> {
        match &mut self.comeback {
            Some(comeback) => {
                comeback.open(now, exporter);
                None
            }
            None => Some(Action::HangUp),
        }
    }

    /// Somebody on the new channel says this.
    pub(super) fn stranger(&mut self, now: Moment, message: ToCustomer) -> Vec<Action> {
        let Some(attempt) = self.comeback.as_mut().and_then(Comeback::attempt) else { return Vec::new() };
        match message {
            ToCustomer::Resume(proofs) if !attempt.proven => {
                if let Some(proof) = self.memory.answer(&attempt.exporter, &proofs) {
                    attempt.proven = true;
                    return vec![Action::Send(ToTechnician::Resume(proof))];
                }
            }
            ToCustomer::Resumed if attempt.proven => {
                self.memory.replace(&attempt.exporter);
                return self.back(now);
            }
            ToCustomer::Opening(_)
            | ToCustomer::Confirmation(_)
            | ToCustomer::Identity(_)
            | ToCustomer::Ask { .. }
            | ToCustomer::Input { .. }
            | ToCustomer::Shown(_)
            | ToCustomer::NeedWholeFrame
            | ToCustomer::Ping(_)
            | ToCustomer::Pong(_)
            | ToCustomer::End
            | ToCustomer::Resume(_)
            | ToCustomer::Resumed
            | ToCustomer::AskToShow { .. } => {}
        }
        if let Some(comeback) = &mut self.comeback {
            comeback.hang_up();
        }
        vec![Action::HangUp]
    }

    /// It is the technician's end. The picture begins anew, under a new epoch.
    fn back(&mut self, now: Moment) -> Vec<Action> {
        self.comeback = None;
        self.heartbeat = Heartbeat::new(now);
        let mut actions = vec![Action::LineBack];
        if self.grants.live(Permission::SeeScreen).is_some() {
            self.grants.set(Permission::SeeScreen, Setting::Ask);
            self.grants.set(Permission::SeeScreen, Setting::On);
        } else {
            // Else it is told because it has changed.
            actions.push(Action::Send(ToTechnician::Grants(self.grants.clone())));
        }
        actions.push(self.tell_pause());
        actions
    }
}
