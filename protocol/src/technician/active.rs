//! The session runs: what the technician may send, and what arrives.

mod line;

use super::{Action, Event, Step};
use crate::close::CloseReason;
use crate::heartbeat::{Beat, Heartbeat};
use crate::input::Input;
use crate::message::{ToCustomer, ToTechnician};
use crate::permission::{Grants, Permission};
use crate::resume::{Comeback, Due, Key, TechnicianMemory};
use crate::time::Moment;

/// A running session.
#[derive(Debug)]
pub struct Active {
    grants: Grants,
    inputs: u32,
    /// The chord that was not answered yet.
    chord: Option<u32>,
    /// Whether the customer's end has said what it shows.
    told_what_is_shown: bool,
    heartbeat: Heartbeat,
    memory: TechnicianMemory,
    /// While the line is broken. Nothing is sent then, and nobody is believed.
    comeback: Option<Comeback>,
}

impl Active {
    pub(super) fn begin(grants: Grants, key: Key, heartbeat: Heartbeat) -> Step {
        let memory = TechnicianMemory::new(key);
        let state = Self {
            grants: grants.clone(),
            inputs: 0,
            chord: None,
            told_what_is_shown: false,
            heartbeat,
            memory,
            comeback: None,
        };
        Step::to(state, vec![Action::Granted(grants)])
    }

    pub(super) fn deadline(&self) -> Moment {
        self.comeback.as_ref().map_or_else(|| self.heartbeat.deadline(), Comeback::deadline)
    }

    pub(super) fn lapses_at(&self) -> Moment {
        self.comeback.as_ref().map_or_else(|| self.heartbeat.lost_at(), Comeback::deadline)
    }

    pub(super) fn handle(mut self, now: Moment, event: Event) -> Step {
        let action = match event {
            Event::Peer(message) if self.comeback.is_some() => {
                let actions = self.stranger(now, message);
                return Step::to(self, actions);
            }
            Event::Peer(message) => {
                self.heartbeat.heard(now);
                match self.peer(now, message) {
                    Ok(action) => action,
                    Err(reason) => return Step::close(reason),
                }
            }
            // Nobody is there to hear it, and nothing of it is sent later.
            Event::Ask { .. } | Event::AskToShow { .. } | Event::Input(_) | Event::Shown(_) | Event::NeedWholeFrame
                if self.comeback.is_some() =>
            {
                None
            }
            Event::Ask { permission, reason } => Some(Action::Send(ToCustomer::Ask { permission, reason })),
            // An end that never said what it shows would not understand it.
            Event::AskToShow { wish, reason } => {
                self.told_what_is_shown.then_some(Action::Send(ToCustomer::AskToShow { wish, reason }))
            }
            Event::Input(input) => self.input(input),
            Event::Shown(shown) => Some(Action::Send(ToCustomer::Shown(shown))),
            Event::NeedWholeFrame => Some(Action::Send(ToCustomer::NeedWholeFrame)),
            Event::LineEnded(reason) => match self.line_ended(now, reason) {
                Ok(actions) => return Step::to(self, actions),
                Err(reason) => return Step::close(reason),
            },
            Event::LineOpen(exporter) => self.line_open(now, exporter),
            Event::Unheard => return Step::close(CloseReason::NetworkLost),
            Event::Finish => return Step::finish(),
            Event::Tick if self.comeback.is_some() => match self.comeback.as_mut().map(|comeback| comeback.tick(now)) {
                Some(Due::Over) => return Step::close(CloseReason::NetworkLost),
                Some(Due::HangUp) => Some(Action::HangUp),
                Some(Due::Nothing) | None => None,
            },
            Event::Tick => match self.heartbeat.tick(now) {
                Beat::Wait | Beat::Quiet => None,
                Beat::Ping(number) => Some(Action::Send(ToCustomer::Ping(number))),
                Beat::Lost => match self.line_broke(now) {
                    Ok(actions) => return Step::to(self, actions),
                    Err(reason) => return Step::close(reason),
                },
            },
            Event::Signed { .. } => None,
        };
        Step::to(self, action.into_iter().collect())
    }

    /// Sends an input under the epoch of *control*, or not at all.
    fn input(&mut self, input: Input) -> Option<Action> {
        let epoch = self.grants.live(Permission::Control).filter(|_| input.is_valid())?;
        self.inputs = self.inputs.wrapping_add(1);
        if matches!(input, Input::Chord(_)) {
            self.chord = Some(self.inputs);
        }
        Some(Action::Send(ToCustomer::Input { epoch, number: self.inputs, input }))
    }

    fn peer(&mut self, now: Moment, message: ToTechnician) -> Result<Option<Action>, CloseReason> {
        // Whatever it is: the customer's end has gone on with the newest key.
        self.memory.settle();
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
            ToTechnician::Dropped { number, why } => match self.chord.take_if(|chord| *chord == number) {
                Some(_) => Some(Action::Chord(Err(why))),
                None => Some(Action::Dropped(why)),
            },
            ToTechnician::Carried { number } => {
                self.chord.take_if(|chord| *chord == number).map(|_| Action::Chord(Ok(())))
            }
            ToTechnician::Showing(showing) => {
                self.told_what_is_shown = true;
                Some(Action::Showing(showing))
            }
            ToTechnician::ShowAnswered(answer) => Some(Action::ShowAnswered(answer)),
            ToTechnician::Ping(number) => Some(Action::Send(ToCustomer::Pong(number))),
            ToTechnician::Pong(number) => self.heartbeat.pong(now, number).map(Action::RoundTrip),
            ToTechnician::Ended(reason) => return Err(reason),
            ToTechnician::Opening(_)
            | ToTechnician::Confirmation(_)
            | ToTechnician::Commitment(_)
            | ToTechnician::Reveal(_)
            | ToTechnician::Resume(_) => return Err(CloseReason::PeerMisbehaved),
        })
    }
}
