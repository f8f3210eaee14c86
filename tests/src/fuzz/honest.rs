//! The other end as it really is, beside what strangers say in its place: only it knows the key of the session, and
//! only it is ever believed again after the line broke.

use super::meeting::T0;
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::{self, Customer};
use beistand_protocol::handshake::Exporter;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::secret::Secret;
use beistand_protocol::technician::{self, Technician};
use std::collections::VecDeque;

/// A channel's exporter; what is alike is one channel.
pub(super) fn channel(seed: u8) -> Exporter {
    Secret::new([seed; 32])
}

/// What happens to an end.
pub(super) enum What<M> {
    Hears(M),
    LineEnded,
    LineOpen(u8),
}

/// One of the two machines.
pub(super) trait End: Sized {
    type Hears: Clone;
    type Says;
    const GONE: Self;

    /// What comes of it, and what is said.
    fn on(self, what: What<Self::Hears>) -> (Self, Vec<Self::Says>);
}

/// An honest end, for which no time passes, and what it has said that did not arrive yet.
pub(super) struct Honest<E: End> {
    end: E,
    says: VecDeque<E::Says>,
    is_there: bool,
}

impl<E: End> Honest<E> {
    /// It is on the line.
    pub(super) const fn new(end: E) -> Self {
        Self { end, says: VecDeque::new(), is_there: true }
    }

    /// Whether the newest channel is the one to it.
    pub(super) const fn is_there(&self) -> bool {
        self.is_there
    }

    /// It is at the other end of a new channel.
    pub(super) fn comes_back(&mut self, seed: u8) {
        self.is_gone();
        self.is_there = true;
        self.on(What::LineOpen(seed));
    }

    /// Its channel is gone, with all that was on the way.
    pub(super) fn is_gone(&mut self) {
        if self.is_there {
            self.on(What::LineEnded);
        }
        self.is_there = false;
        self.says.clear();
    }

    /// This arrives, if it is there.
    pub(super) fn hears(&mut self, message: &E::Hears) {
        if self.is_there {
            self.on(What::Hears(message.clone()));
        }
    }

    /// The next of what it has said.
    pub(super) fn says(&mut self) -> Option<E::Says> {
        self.says.pop_front()
    }

    fn on(&mut self, what: What<E::Hears>) {
        let (end, says) = std::mem::replace(&mut self.end, E::GONE).on(what);
        self.end = end;
        self.says.extend(says);
    }
}

impl End for Technician {
    type Hears = ToTechnician;
    type Says = ToCustomer;
    const GONE: Self = Self::Closed(CloseReason::WorkerFailed);

    fn on(self, what: What<ToTechnician>) -> (Self, Vec<ToCustomer>) {
        let step = self.handle(
            T0,
            match what {
                What::Hears(message) => technician::Event::Peer(message),
                What::LineEnded => technician::Event::LineEnded(CloseReason::PeerGone),
                What::LineOpen(seed) => technician::Event::LineOpen(channel(seed)),
            },
        );
        let said = |action| if let technician::Action::Send(message) = action { Some(message) } else { None };
        (step.next, step.actions.into_iter().filter_map(said).collect())
    }
}

impl End for Customer {
    type Hears = ToCustomer;
    type Says = ToTechnician;
    const GONE: Self = Self::Closed(CloseReason::WorkerFailed);

    fn on(self, what: What<ToCustomer>) -> (Self, Vec<ToTechnician>) {
        let step = self.handle(
            T0,
            match what {
                What::Hears(message) => customer::Event::Peer(message),
                What::LineEnded => customer::Event::LineEnded(CloseReason::PeerGone),
                What::LineOpen(seed) => customer::Event::LineOpen(channel(seed)),
            },
        );
        let said = |action| if let customer::Action::Send(message) = action { Some(message) } else { None };
        (step.next, step.actions.into_iter().filter_map(said).collect())
    }
}
