//! The line of a running session: when it breaks, and who is believed to be the customer's end on a new one.

use super::Active;
use crate::close::CloseReason;
use crate::handshake::Exporter;
use crate::heartbeat::Heartbeat;
use crate::message::{ToCustomer, ToTechnician};
use crate::permission::{Permission, Setting};
use crate::resume::Comeback;
use crate::technician::Action;
use crate::time::Moment;

impl Active {
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

    /// What is under way is lost; *control* will have to be asked for again.
    pub(super) fn line_broke(&mut self, now: Moment) -> Result<Vec<Action>, CloseReason> {
        let comeback = Comeback::begin(now, self.heartbeat.heard_at()).ok_or(CloseReason::NetworkLost)?;
        let broke = Action::LineBroke { comes_back_within: comeback.lasts(now) };
        self.comeback = Some(comeback);
        self.chord = None;
        if self.grants.live(Permission::Control).is_some() {
            self.grants.set(Permission::Control, Setting::Ask);
        }
        Ok(vec![broke, Action::Granted(self.grants.clone())])
    }

    /// There is a new channel, with anybody at its other end: whoever can check the proof.
    pub(super) fn line_open(&mut self, now: Moment, exporter: Exporter) -> Option<Action> {
        let Some(comeback) = &mut self.comeback else { return Some(Action::HangUp) };
        let proofs = self.memory.proofs(&exporter);
        comeback.open(now, exporter);
        Some(Action::Send(ToCustomer::Resume(proofs)))
    }

    /// Somebody on the new channel says this.
    pub(super) fn stranger(&mut self, now: Moment, message: ToTechnician) -> Vec<Action> {
        let Some(attempt) = self.comeback.as_mut().and_then(Comeback::attempt) else { return Vec::new() };
        if let ToTechnician::Resume(proof) = message
            && self.memory.check(&attempt.exporter, &proof)
        {
            self.comeback = None;
            self.heartbeat = Heartbeat::new(now);
            return vec![Action::Send(ToCustomer::Resumed), Action::LineBack];
        }
        if let Some(comeback) = &mut self.comeback {
            comeback.hang_up();
        }
        vec![Action::HangUp]
    }
}
