//! The technician's half of a session: a pure state machine.
//!
//! It knows of the grants only what the customer's end said, and sends nothing that they don't allow; the
//! customer's end checks again. Must not do I/O, and must not trust anything in [`Event::Peer`].

mod active;
mod handshaking;

pub use active::Active;
pub use handshaking::Handshaking;

use crate::close::CloseReason;
use crate::handshake::{Context, Exporter};
use crate::heartbeat::{Beat, Heartbeat};
use crate::input::{Dropped, Input};
use crate::message::{Answer, Pause, Reason, ToCustomer, ToTechnician};
use crate::number::SecretDigits;
use crate::permission::{Grants, Permission};
use crate::picture::{CursorPlace, CursorShape, Shown, Update};
use crate::resume::Key;
use crate::showing::{Showing, Wish};
use crate::time::Moment;
use core::time::Duration;
use rand_core_06::{CryptoRng, RngCore};

/// The technician's half of a session.
// There is one of these per session: what a move costs doesn't matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Technician {
    /// Proves the number, then says who they are.
    Handshaking(Handshaking),
    /// The customer looks at who is there.
    AwaitingConsent(AwaitingConsent),
    /// The session runs.
    Active(Active),
    /// It is over.
    Closed(CloseReason),
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// The customer's end sent this.
    Peer(ToTechnician),
    /// There is no line any more, for this reason.
    LineEnded(CloseReason),
    /// A new inner channel is established, after [`Action::LineBroke`]. Who is at its other end has to be proven.
    LineOpen(Exporter),
    /// Too much waits for the other end, which does not read.
    Unheard,
    /// The identity asked for by [`Action::Sign`].
    Signed {
        /// The certificate, DER, the technician's own first.
        chain: Vec<Vec<u8>>,
        /// The signature.
        signature: Vec<u8>,
    },
    /// The technician asks for a permission.
    Ask {
        /// For which.
        permission: Permission,
        /// Why.
        reason: Reason,
    },
    /// The technician asks to be shown something else.
    AskToShow {
        /// What.
        wish: Wish,
        /// Why.
        reason: Reason,
    },
    /// The technician's mouse or keyboard did something.
    Input(Input),
    /// An update was presented.
    Shown(Shown),
    /// The decoder lost its place.
    NeedWholeFrame,
    /// The technician ends.
    Finish,
    /// Time has passed.
    Tick,
}

/// Something to carry out.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Send this to the customer's end.
    Send(ToCustomer),
    /// Sign these bytes with the device's key; answer with [`Event::Signed`].
    Sign(Vec<u8>),
    /// The number is proven and these digits can be compared; the customer is asked.
    AwaitConsent {
        /// The digits.
        digits: u16,
    },
    /// What is allowed now; the first time, the session has begun.
    Granted(Grants),
    /// A question was answered.
    Answered {
        /// For which permission.
        permission: Permission,
        /// How.
        answer: Answer,
    },
    /// What the customer shows, as their end says.
    Showing(Showing),
    /// The wish for something else was answered.
    ShowAnswered(Answer),
    /// Decode and show this.
    Picture(Update),
    /// The remote cursor's shape.
    CursorShape(CursorShape),
    /// The remote cursor's place.
    CursorPlace(CursorPlace),
    /// The session stands still, or goes on.
    Paused(Option<Pause>),
    /// An input was not carried out.
    Dropped(Dropped),
    /// The last chord was carried out, or why it was not.
    Chord(Result<(), Dropped>),
    /// How long a message takes there and back.
    RoundTrip(Duration),
    /// The line is broken: let it go, and try to reach the other end again until [`Action::LineBack`].
    LineBroke {
        /// After so long it is over.
        comes_back_within: Duration,
    },
    /// Whoever is on the new channel is not the one: let it go, and try again.
    HangUp,
    /// The other end is back on the newest channel.
    LineBack,
    /// End the line after what was sent; always the last.
    Close(CloseReason),
}

/// What follows from an event.
#[must_use = "dropping a step loses what must be done"]
#[derive(Debug)]
pub struct Step {
    /// The state from now on.
    pub next: Technician,
    /// What to carry out, in order.
    pub actions: Vec<Action>,
}

impl Step {
    fn to(next: impl Into<Technician>, actions: Vec<Action>) -> Self {
        Self { next: next.into(), actions }
    }

    fn close(reason: CloseReason) -> Self {
        Self { next: Technician::Closed(reason), actions: vec![Action::Close(reason)] }
    }

    /// The technician ends, and says so.
    fn finish() -> Self {
        let reason = CloseReason::EndedByTechnician;
        Self { next: Technician::Closed(reason), actions: vec![Action::Send(ToCustomer::End), Action::Close(reason)] }
    }
}

impl Technician {
    /// Starts the one run that the number is good for.
    pub fn begin(
        context: Context,
        digits: SecretDigits,
        exporter: Exporter,
        now: Moment,
        rng: impl CryptoRng + RngCore,
    ) -> Step {
        Handshaking::begin(context, digits, exporter, now, rng)
    }

    /// Takes an event.
    pub fn handle(self, now: Moment, event: Event) -> Step {
        // What time has done comes first, however late it is noticed.
        if !matches!(event, Event::Tick) && self.lapses_at().is_some_and(|due| due <= now) {
            let Step { next, mut actions } = self.on(now, Event::Tick);
            let Step { next, actions: more } = next.on(now, event);
            actions.extend(more);
            return Step { next, actions };
        }
        self.on(now, event)
    }

    fn on(self, now: Moment, event: Event) -> Step {
        match self {
            Self::Handshaking(state) => state.handle(now, event),
            Self::AwaitingConsent(state) => state.handle(now, event),
            Self::Active(state) => state.handle(now, event),
            Self::Closed(reason) => Step { next: Self::Closed(reason), actions: Vec::new() },
        }
    }

    /// When something ends by itself.
    fn lapses_at(&self) -> Option<Moment> {
        match self {
            Self::Handshaking(state) => Some(state.expires_at()),
            Self::AwaitingConsent(state) => Some(state.heartbeat.lost_at()),
            Self::Active(state) => Some(state.lapses_at()),
            Self::Closed(_) => None,
        }
    }

    /// When the next [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Moment> {
        match self {
            Self::Handshaking(state) => Some(state.expires_at()),
            Self::AwaitingConsent(state) => Some(state.heartbeat.deadline()),
            Self::Active(state) => Some(state.deadline()),
            Self::Closed(_) => None,
        }
    }
}

/// The customer looks at who is there.
#[derive(Debug)]
pub struct AwaitingConsent {
    heartbeat: Heartbeat,
    key: Key,
}

impl AwaitingConsent {
    fn begin(digits: u16, key: Key, now: Moment) -> Step {
        Step::to(Self { heartbeat: Heartbeat::new(now), key }, vec![Action::AwaitConsent { digits }])
    }

    fn handle(mut self, now: Moment, event: Event) -> Step {
        match event {
            Event::Peer(message) => {
                self.heartbeat.heard(now);
                match message {
                    ToTechnician::Grants(grants) => Active::begin(grants, self.key, self.heartbeat),
                    ToTechnician::Ping(number) => Step::to(self, vec![Action::Send(ToCustomer::Pong(number))]),
                    ToTechnician::Pong(_) => Step::to(self, vec![]),
                    ToTechnician::Ended(reason) => Step::close(reason),
                    ToTechnician::Opening(_)
                    | ToTechnician::Confirmation(_)
                    | ToTechnician::Commitment(_)
                    | ToTechnician::Reveal(_)
                    | ToTechnician::Answer { .. }
                    | ToTechnician::Picture(_)
                    | ToTechnician::CursorShape(_)
                    | ToTechnician::CursorPlace(_)
                    | ToTechnician::Paused(_)
                    | ToTechnician::Dropped { .. }
                    | ToTechnician::Resume(_)
                    | ToTechnician::Carried { .. }
                    | ToTechnician::Showing(_)
                    | ToTechnician::ShowAnswered(_) => Step::close(CloseReason::PeerMisbehaved),
                }
            }
            Event::LineEnded(reason) => Step::close(reason),
            Event::Unheard => Step::close(CloseReason::NetworkLost),
            Event::Finish => Step::finish(),
            Event::Tick => match self.heartbeat.tick(now) {
                Beat::Wait | Beat::Quiet => Step::to(self, vec![]),
                Beat::Ping(number) => Step::to(self, vec![Action::Send(ToCustomer::Ping(number))]),
                Beat::Lost => Step::close(CloseReason::NetworkLost),
            },
            Event::Signed { .. }
            | Event::Ask { .. }
            | Event::AskToShow { .. }
            | Event::Input(_)
            | Event::Shown(_)
            | Event::NeedWholeFrame
            | Event::LineOpen(_) => Step::to(self, vec![]),
        }
    }
}

impl From<Handshaking> for Technician {
    fn from(state: Handshaking) -> Self {
        Self::Handshaking(state)
    }
}

impl From<AwaitingConsent> for Technician {
    fn from(state: AwaitingConsent) -> Self {
        Self::AwaitingConsent(state)
    }
}

impl From<Active> for Technician {
    fn from(state: Active) -> Self {
        Self::Active(state)
    }
}
