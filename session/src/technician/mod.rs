//! The technician's end of a session, without a window: [`start`] one, read its [`News`], steer it by its
//! [`Session`], and fetch what to draw from its [`Pictures`].
//!
//! Runs as one task of the caller's tokio runtime. Holds no rules; those are `beistand_protocol::technician`'s.

mod pictures;
mod talk;
mod task;
mod work;

pub use pictures::Pictures;

use crate::pipe::{Stage, StartFault};
use crate::rendezvous::{DomainTrust, TechnicianCredential};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Dropped, Input};
use beistand_protocol::message::{Answer, Pause, Reason};
use beistand_protocol::number::SessionNumber;
use beistand_protocol::permission::{Grants, Permission};
use beistand_protocol::picture::{CursorPlace, CursorShape, Shown};
use beistand_protocol::rendezvous::{BurnToken, Fingerprint};
use beistand_protocol::secret::Secret;
use beistand_protocol::showing::{Showing, Wish as Other};
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a session is started with.
#[derive(Debug)]
pub struct Config {
    /// The company's relay.
    pub trust: DomainTrust,
    /// The company's organisation root, SHA-256.
    pub root: Fingerprint,
    /// Who the technician is.
    pub credential: Arc<TechnicianCredential>,
    /// The number that the customer reads out; without one, a new number is issued.
    pub number: Option<SessionNumber>,
}

/// What happened, for the technician's window.
#[derive(Debug)]
pub enum News {
    /// How far the connecting is.
    Stage(Stage),
    /// The number to read out.
    Number {
        /// In groups of three.
        spoken: Secret<String>,
        /// From now on.
        lives_for: Duration,
    },
    /// With this the relay can be told over a fresh request that the session is over.
    BurnToken(BurnToken),
    /// The number is proven; the customer looks at who is there. These digits can be compared.
    AwaitingConsent {
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
    /// The line is broken. Nothing comes or goes until [`News::LineBack`].
    LineBroke {
        /// After so long it is over.
        comes_back_within: Duration,
    },
    /// The two ends have found each other again.
    LineBack,
    /// The session stands still, or goes on.
    Paused(Option<Pause>),
    /// An input was not carried out.
    Dropped(Dropped),
    /// The last chord was carried out, or why it was not.
    Chord(Result<(), Dropped>),
    /// The remote cursor's shape.
    CursorShape(CursorShape),
    /// The remote cursor's place.
    CursorPlace(CursorPlace),
    /// How the line is.
    Quality {
        /// There and back.
        round_trip: Duration,
        /// What came in since the last of these news, per second.
        received_bytes_per_second: u32,
    },
    /// Whether the picture is exact from now on, or still becomes so.
    Exact(bool),
    /// It could not begin.
    Fault(StartFault),
    /// The last: it is over.
    Ended(CloseReason),
}

enum Wish {
    Extend,
    Ask(Permission, Reason),
    AskToShow(Other, Reason),
    Input(Input),
    Shown(Shown),
    Finish,
}

/// A session under way. Dropping it ends the session.
#[derive(Clone, Debug)]
pub struct Session {
    wishes: mpsc::Sender<Wish>,
    pictures: Arc<Pictures>,
}

/// So many wishes may wait; a viewer that floods is slowed down, not buffered.
const MAX_WISHES: usize = 1024;

/// Starts a session on the current tokio runtime. `news` is called from its task, in order, and must not block.
/// Over time it is called at a bounded rate, whatever the customer's end sends, so it may queue.
pub fn start(config: Config, news: impl FnMut(News) + Send + 'static) -> Session {
    let (wishes, to_come) = mpsc::channel(MAX_WISHES);
    let pictures = Arc::new(Pictures::default());
    tokio::spawn(task::run(config, to_come, Arc::clone(&pictures), news));
    Session { wishes, pictures }
}

impl Session {
    /// Has the number live its full time again.
    pub async fn extend_number(&self) {
        self.wish(Wish::Extend).await;
    }

    /// Asks the customer for a permission.
    pub async fn ask(&self, permission: Permission, reason: Reason) {
        self.wish(Wish::Ask(permission, reason)).await;
    }

    /// Asks the customer to show something else.
    pub async fn ask_to_show(&self, other: Other, reason: Reason) {
        self.wish(Wish::AskToShow(other, reason)).await;
    }

    /// Sends what the technician's mouse or keyboard did; nothing is sent that is not allowed.
    pub async fn input(&self, input: Input) {
        self.wish(Wish::Input(input)).await;
    }

    /// Says that an update and all before it are on the screen.
    pub async fn shown(&self, shown: Shown) {
        self.wish(Wish::Shown(shown)).await;
    }

    /// Ends the session.
    pub async fn finish(&self) {
        self.wish(Wish::Finish).await;
    }

    /// What to draw.
    pub fn pictures(&self) -> Arc<Pictures> {
        Arc::clone(&self.pictures)
    }

    async fn wish(&self, wish: Wish) {
        // The task is gone only when the session is over, and has said so.
        let _ = self.wishes.send(wish).await;
    }
}
