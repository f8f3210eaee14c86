//! The customer looks at who is there. Nothing is shown to the technician yet; no answer means no.

use super::{Action, Active, Event, Step, Terms};
use crate::close::CloseReason;
use crate::handshake::Nonce;
use crate::heartbeat::{Beat, Heartbeat};
use crate::message::{ToCustomer, ToTechnician};
use crate::permission::Grants;
use crate::rendezvous::TechnicianName;
use crate::time::Moment;
use core::time::Duration;

/// How long the question stands, and stands again after *more time*.
const STANDS_FOR: Duration = Duration::from_secs(180);

/// The customer is asked whether this is who they speak with.
#[derive(Debug)]
pub struct AskingConsent {
    grants: Grants,
    expires_at: Moment,
    heartbeat: Heartbeat,
    terms: Terms,
}

impl AskingConsent {
    pub(super) fn begin(
        technician: TechnicianName,
        digits: u16,
        reveal: Nonce,
        grants: Grants,
        terms: Terms,
        now: Moment,
    ) -> Step {
        let state = Self { grants, expires_at: now + STANDS_FOR, heartbeat: Heartbeat::new(now), terms };
        let ask = Action::AskWhoIsThere { technician, digits, stands_for: STANDS_FOR };
        Step::to(state, vec![Action::Send(ToTechnician::Reveal(reveal)), ask])
    }

    pub(super) fn lapses_at(&self) -> Moment {
        self.expires_at.min(self.heartbeat.lost_at())
    }

    pub(super) fn deadline(&self) -> Moment {
        self.expires_at.min(self.heartbeat.deadline())
    }

    pub(super) fn handle(mut self, now: Moment, event: Event) -> Step {
        match event {
            Event::Accept(share) => Active::begin(share, self.grants, self.terms, now),
            Event::Refuse => Step::close(CloseReason::Refused),
            Event::MoreTime => {
                self.expires_at = now + STANDS_FOR;
                Step::to(self, vec![Action::Prolonged { question: None, stands_for: STANDS_FOR }])
            }
            Event::Peer(message) => {
                self.heartbeat.heard(now);
                match message {
                    ToCustomer::Ping(number) => Step::to(self, vec![Action::Send(ToTechnician::Pong(number))]),
                    ToCustomer::Pong(_) => Step::to(self, vec![]),
                    ToCustomer::End => Step::close(CloseReason::EndedByTechnician),
                    ToCustomer::Opening(_)
                    | ToCustomer::Confirmation(_)
                    | ToCustomer::Identity(_)
                    | ToCustomer::Ask { .. }
                    | ToCustomer::Input { .. }
                    | ToCustomer::Shown(_)
                    | ToCustomer::NeedWholeFrame
                    | ToCustomer::Resume(_)
                    | ToCustomer::Resumed
                    | ToCustomer::AskToShow { .. } => Step::close(CloseReason::PeerMisbehaved),
                }
            }
            Event::LineEnded(reason) | Event::Finish(reason) => Step::close(reason),
            Event::Tick if self.expires_at <= now => Step::close(CloseReason::ConsentTimedOut),
            Event::Tick => match self.heartbeat.tick(now) {
                Beat::Wait | Beat::Quiet => Step::to(self, vec![]),
                Beat::Ping(number) => Step::to(self, vec![Action::Send(ToTechnician::Ping(number))]),
                Beat::Lost => Step::close(CloseReason::NetworkLost),
            },
            Event::IdentityChecked(_)
            | Event::Set { .. }
            | Event::Answer { .. }
            | Event::Pause(_)
            | Event::GoOn(_)
            | Event::Show(_)
            | Event::ShareGone(_)
            | Event::Showing(_)
            | Event::LineOpen(_) => Step::to(self, vec![]),
        }
    }
}
