//! The customer's half of a session: a pure state machine that holds the truth about what is allowed.
//!
//! Start with [`Customer::begin`] once the inner channel is established, feed it [`Event`]s with the time
//! they happened, and carry out every [`Action`] of a [`Step`], in order. [`Customer::deadline`] says when
//! the next [`Event::Tick`] is due; an early or repeated one does nothing.
//!
//! Must not do I/O, and must not trust anything in [`Event::Peer`].

mod active;
mod asking;
mod handshaking;
mod limit;
mod questions;

pub use active::Active;
pub use asking::AskingConsent;
pub use handshaking::Handshaking;

use crate::close::CloseReason;
use crate::handshake::{Context, Exporter, Identity};
use crate::input::Input;
use crate::message::{Pause, Reason, ToCustomer, ToTechnician};
use crate::number::SecretDigits;
use crate::permission::{Epoch, Grants, Permission, Setting};
use crate::picture::{Share, Shown};
use crate::rendezvous::TechnicianName;
use crate::resume::Key;
use crate::showing::{Showing, Wish};
use crate::time::Moment;
use core::time::Duration;
use rand_core_06::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};

/// The customer's half of a session.
// There is one of these per session: what a move costs doesn't matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Customer {
    /// Proves the number, then learns who the technician is.
    Handshaking(Handshaking),
    /// The customer looks at who is there.
    AskingConsent(AskingConsent),
    /// The session runs.
    Active(Active),
    /// It is over.
    Closed(CloseReason),
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// The technician's end sent this.
    Peer(ToCustomer),
    /// There is no line any more, for this reason.
    LineEnded(CloseReason),
    /// A new inner channel is established, after [`Action::LineBroke`]. Who is at its other end has to be proven.
    LineOpen(Exporter),
    /// The certificate and signature were checked against the company's root.
    IdentityChecked(Result<TechnicianName, IdentityFault>),
    /// The customer accepts who is there and shows this.
    Accept(Share),
    /// The customer does not accept who is there.
    Refuse,
    /// The customer shows this from now on.
    Show(Share),
    /// What was shown is not there any more.
    ShareGone(Share),
    /// This is how what is shown stands now.
    Showing(Showing),
    /// The customer wants more time for the question that stands.
    MoreTime,
    /// The customer sets a permission.
    Set {
        /// Which.
        permission: Permission,
        /// How.
        setting: Setting,
    },
    /// The customer answers a question.
    Answer {
        /// Which.
        question: u32,
        /// Yes or no.
        allow: bool,
    },
    /// Whether the session goes on, to [`Action::AskToGoOn`].
    GoOn(bool),
    /// The session has to stand still, or may go on.
    Pause(Option<Pause>),
    /// The customer's side ends the session.
    Finish(CloseReason),
    /// Time has passed.
    Tick,
}

/// Why a permission is off again that the customer has not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Withdrawal {
    /// It lasts for a while only.
    TimeIsUp,
    /// The line broke.
    LineBroke,
    /// The window was closed or the monitor unplugged.
    SourceGone,
    /// It was for one window, and something else is shown now.
    OtherSource,
}

/// What the handshake has settled for the session.
#[derive(Debug)]
struct Terms {
    /// By which the ends know each other again.
    key: Key,
    /// Of the messages.
    version: u16,
}

/// Why a technician's identity was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityFault {
    /// It is not one that this company issued, or the signature is not by its key.
    Refused,
    /// It is expired or not valid yet.
    NotValidNow,
}

impl From<IdentityFault> for CloseReason {
    fn from(fault: IdentityFault) -> Self {
        match fault {
            IdentityFault::Refused => Self::IdentityRefused,
            IdentityFault::NotValidNow => Self::IdentityNotValidNow,
        }
    }
}

/// Something to carry out.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Open or close the gate; nothing else of the step happens before it is done.
    Gate(Grants),
    /// Send this to the technician's end.
    Send(ToTechnician),
    /// Check this identity against the company's root; answer with [`Event::IdentityChecked`].
    CheckIdentity {
        /// What the technician's end sent.
        identity: Identity,
        /// What the signature must be over.
        signed: Vec<u8>,
    },
    /// Ask the customer whether this is who they speak with.
    AskWhoIsThere {
        /// Verified.
        technician: TechnicianName,
        /// The digits to compare.
        digits: u16,
        /// How long the question stands.
        stands_for: Duration,
    },
    /// The session runs: say so.
    Began,
    /// Capture this, under this epoch, as long as the gate lets it: nothing else ends it.
    StartPicture {
        /// What.
        share: Share,
        /// Of *see the screen*.
        epoch: Epoch,
    },
    /// Inject this, if the gate lets it at that moment.
    Inject {
        /// Of *control*.
        epoch: Epoch,
        /// Its number.
        number: u32,
        /// What.
        input: Input,
    },
    /// Let go of everything that is held, and forget what is queued.
    ReleaseInput,
    /// An update was presented.
    Shown(Shown),
    /// The technician's end needs a new stream.
    WholeFrame,
    /// Put this question to the customer.
    Ask {
        /// For [`Event::Answer`].
        question: u32,
        /// For which permission.
        permission: Permission,
        /// The technician's words.
        reason: Reason,
        /// How long it stands.
        stands_for: Duration,
    },
    /// The technician wishes to see something else; the customer answers by [`Event::Show`], or with a no.
    AskToShow {
        /// For [`Event::Answer`].
        question: u32,
        /// What.
        wish: Wish,
        /// The technician's words.
        reason: Reason,
        /// How long it stands.
        stands_for: Duration,
    },
    /// A question has more time.
    Prolonged {
        /// The question; none for the one of who is there.
        question: Option<u32>,
        /// How long it stands from now on.
        stands_for: Duration,
    },
    /// The question does not stand any more.
    Answered {
        /// Which.
        question: u32,
        /// Whether it was allowed.
        allowed: bool,
    },
    /// A permission is off that the customer has not taken back.
    Withdrawn {
        /// Which.
        permission: Permission,
        /// Why.
        why: Withdrawal,
    },
    /// There is nothing to show any more, until [`Event::Show`].
    NothingToShow,
    /// Ask the customer whether the session goes on; answer with [`Event::GoOn`].
    AskToGoOn {
        /// No answer until then means no.
        stands_for: Duration,
    },
    /// The customer wants it to go on.
    GoesOn,
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
    pub next: Customer,
    /// What to carry out, in order.
    pub actions: Vec<Action>,
}

impl Step {
    fn to(next: impl Into<Customer>, actions: Vec<Action>) -> Self {
        Self { next: next.into(), actions }
    }

    /// Ends the session: first nothing is allowed any more, then the other end is told.
    fn close(reason: CloseReason) -> Self {
        let actions = vec![
            Action::Gate(Grants::default()),
            Action::ReleaseInput,
            Action::Send(ToTechnician::Ended(reason)),
            Action::Close(reason),
        ];
        Self { next: Customer::Closed(reason), actions }
    }
}

impl Customer {
    /// Starts the one run that the number is good for.
    ///
    /// `settings` are those that hold before anybody asks; none of them turns anything on.
    pub fn begin(
        context: Context,
        digits: SecretDigits,
        exporter: Exporter,
        settings: &[(Permission, Setting)],
        now: Moment,
        rng: impl CryptoRng + RngCore,
    ) -> Step {
        let mut grants = Grants::default();
        for (permission, setting) in settings {
            match setting {
                Setting::Off | Setting::Ask => grants.set(*permission, *setting),
                Setting::On => false,
            };
        }
        Handshaking::begin(context, digits, exporter, grants, now, rng)
    }

    /// Takes an event.
    pub fn handle(self, now: Moment, event: Event) -> Step {
        // What time has done comes first, however late it is noticed: after a sleep of the computer the first event
        // may be anything.
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
            Self::AskingConsent(state) => state.handle(now, event),
            Self::Active(state) => state.handle(now, event),
            Self::Closed(reason) => Step { next: Self::Closed(reason), actions: Vec::new() },
        }
    }

    /// When something ends by itself.
    fn lapses_at(&self) -> Option<Moment> {
        match self {
            Self::Handshaking(state) => Some(state.expires_at()),
            Self::AskingConsent(state) => Some(state.lapses_at()),
            Self::Active(state) => Some(state.lapses_at()),
            Self::Closed(_) => None,
        }
    }

    /// When the next [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Moment> {
        match self {
            Self::Handshaking(state) => Some(state.expires_at()),
            Self::AskingConsent(state) => Some(state.deadline()),
            Self::Active(state) => Some(state.deadline()),
            Self::Closed(_) => None,
        }
    }

    /// What the other end understands of a message that does not come from here; nothing while whoever is there, if
    /// anybody, has not proven to be it.
    pub fn fitting(&self, message: ToTechnician) -> Option<ToTechnician> {
        match self {
            Self::Active(state) if state.is_away() => None,
            Self::Active(state) => message.for_version(state.version()),
            Self::Handshaking(_) | Self::AskingConsent(_) | Self::Closed(_) => None,
        }
    }

    /// What is allowed now.
    pub fn grants(&self) -> Grants {
        match self {
            Self::Active(state) => state.grants().clone(),
            Self::Handshaking(_) | Self::AskingConsent(_) | Self::Closed(_) => Grants::default(),
        }
    }
}

impl From<Handshaking> for Customer {
    fn from(state: Handshaking) -> Self {
        Self::Handshaking(state)
    }
}

impl From<AskingConsent> for Customer {
    fn from(state: AskingConsent) -> Self {
        Self::AskingConsent(state)
    }
}

impl From<Active> for Customer {
    fn from(state: Active) -> Self {
        Self::Active(state)
    }
}

#[cfg(test)]
mod tests;
