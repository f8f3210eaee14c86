//! The session runs: what the technician may send, and what arrives.

use super::{Action, Event, Step};
use crate::close::CloseReason;
use crate::heartbeat::{Beat, Heartbeat};
use crate::input::Input;
use crate::message::{ToCustomer, ToTechnician};
use crate::permission::{Grants, Permission};
use crate::time::Moment;

/// A running session.
#[derive(Debug)]
pub struct Active {
    grants: Grants,
    inputs: u32,
    heartbeat: Heartbeat,
}

impl Active {
    pub(super) fn begin(grants: Grants, heartbeat: Heartbeat) -> Step {
        let state = Self { grants: grants.clone(), inputs: 0, heartbeat };
        Step::to(state, vec![Action::Granted(grants)])
    }

    pub(super) fn deadline(&self) -> Moment {
        self.heartbeat.deadline()
    }

    pub(super) fn handle(mut self, now: Moment, event: Event) -> Step {
        let action = match event {
            Event::Peer(message) => {
                self.heartbeat.heard(now);
                match self.peer(now, message) {
                    Ok(action) => action,
                    Err(reason) => return Step::close(reason),
                }
            }
            Event::Ask { permission, reason } => Some(Action::Send(ToCustomer::Ask { permission, reason })),
            Event::Input(input) => self.input(input),
            Event::Shown(shown) => Some(Action::Send(ToCustomer::Shown(shown))),
            Event::NeedWholeFrame => Some(Action::Send(ToCustomer::NeedWholeFrame)),
            Event::LineEnded(reason) => return Step::close(reason),
            Event::Finish => return Step::finish(),
            Event::Tick => match self.heartbeat.tick(now) {
                Beat::Wait => None,
                Beat::Ping(number) => Some(Action::Send(ToCustomer::Ping(number))),
                Beat::Lost => return Step::close(CloseReason::NetworkLost),
            },
            Event::Signed { .. } => None,
        };
        Step::to(self, action.into_iter().collect())
    }

    /// Sends an input under the epoch of *control*, or not at all.
    fn input(&mut self, input: Input) -> Option<Action> {
        let epoch = self.grants.live(Permission::Control).filter(|_| input.is_valid())?;
        self.inputs = self.inputs.wrapping_add(1);
        Some(Action::Send(ToCustomer::Input { epoch, number: self.inputs, input }))
    }

    fn peer(&mut self, now: Moment, message: ToTechnician) -> Result<Option<Action>, CloseReason> {
        Ok(match message {
            ToTechnician::Grants(grants) => {
                self.grants = grants.clone();
                Some(Action::Granted(grants))
            }
            ToTechnician::Answer { permission, answer } => Some(Action::Answered { permission, answer }),
            ToTechnician::Picture(update) => Some(Action::Picture(update)),
            ToTechnician::CursorShape(shape) => Some(Action::CursorShape(shape)),
            ToTechnician::CursorPlace(place) => Some(Action::CursorPlace(place)),
            ToTechnician::Paused(pause) => Some(Action::Paused(pause)),
            ToTechnician::Dropped { why, .. } => Some(Action::Dropped(why)),
            ToTechnician::Ping(number) => Some(Action::Send(ToCustomer::Pong(number))),
            ToTechnician::Pong(number) => self.heartbeat.pong(now, number).map(Action::RoundTrip),
            ToTechnician::Ended(reason) => return Err(reason),
            ToTechnician::Opening(_)
            | ToTechnician::Confirmation(_)
            | ToTechnician::Commitment(_)
            | ToTechnician::Reveal(_) => return Err(CloseReason::PeerMisbehaved),
        })
    }
}
