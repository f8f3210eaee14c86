//! From the first word with the relay until both ends are there.

use super::close_reason;
use crate::clock;
use crate::rendezvous::{ConnectError, DomainTrust, Line, LineEvent, TechnicianCredential, connect};
use beistand_protocol::close::CloseReason;
use beistand_protocol::number::{SecretDigits, SessionNumber, Slot, draw_secret};
use beistand_protocol::rendezvous::{BurnToken, FromRelay, Hello, Intent, ResumeId, Role, ToRelay};
use beistand_protocol::secret::Secret;
use beistand_protocol::time::Moment;
use core::time::Duration;
use rand::TryRng;
use rand::rngs::SysRng;

/// So long a number lives, whatever the relay says; its issuer can extend it.
const NUMBER_LIVES: Duration = Duration::from_secs(600);

/// A line to the relay on which the other end is awaited.
#[derive(Debug)]
pub(crate) struct Waiting {
    line: Line,
    own: Role,
    number: Option<SessionNumber>,
    /// For a fresh request that ends the wait or the session.
    burn_token: Option<BurnToken>,
    /// Whether the relay owes a slot, or more time for it. What it says beyond that nobody hears of.
    asked: bool,
    /// When the number that this end gave out is dead. Nobody is met by it from then on.
    dies_at: Option<Moment>,
    /// Where the two ends meet again if the line breaks.
    resume: Option<ResumeId>,
}

/// What happens while the other end is awaited.
#[derive(Debug)]
pub(crate) enum WaitingEvent {
    /// This is the number to read out, and so long it lives.
    Number {
        /// In groups of three.
        spoken: Secret<String>,
        /// From now on.
        lives_for: Duration,
    },
    /// The other end is there. [`Waiting::paired`] goes on.
    Paired,
    /// It is over.
    Ended(CloseReason),
}

/// Both ends are there; nothing has been proven.
#[derive(Debug)]
pub(crate) struct Paired {
    /// To the relay, and through it to the other end.
    pub(crate) line: Line,
    /// The number's public part.
    pub(crate) slot: Slot,
    /// The number's secret, for its one run.
    pub(crate) digits: SecretDigits,
    /// Who issued the number.
    pub(crate) issuer: Role,
    /// For a fresh request that ends the session.
    pub(crate) burn_token: Option<BurnToken>,
    /// Where the two ends meet again if the line breaks.
    pub(crate) resume: ResumeId,
}

impl Waiting {
    /// Reaches the relay: joins with a number that was read out, or, without one, has a slot given out.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub(crate) async fn connect(
        trust: &DomainTrust,
        own: Role,
        number: Option<SessionNumber>,
        credential: Option<&TechnicianCredential>,
    ) -> Result<Self, ConnectError> {
        let intent = number.as_ref().map_or(Intent::Issue, |number| Intent::Join { slot: number.slot() });
        let line = connect(trust, Hello::new(own, intent), credential).await?;
        Ok(Self { line, own, asked: number.is_none(), number, burn_token: None, dies_at: None, resume: None })
    }

    /// Waits for what happens next. Cancel safe.
    pub(crate) async fn next(&mut self, issued: &mut Option<SessionNumber>) -> WaitingEvent {
        loop {
            let event = tokio::select! {
                biased;
                () = clock::until(self.dies_at) => return WaitingEvent::Ended(CloseReason::NumberExpired),
                event = self.line.receiver.next() => event,
            };
            match event {
                LineEvent::Control(FromRelay::Waiting { slot, burn_token, expires_in_seconds }) => {
                    if !std::mem::take(&mut self.asked) {
                        continue;
                    }
                    self.burn_token = Some(burn_token);
                    let number = match issued.take() {
                        Some(number) if number.slot() == slot => number,
                        Some(_) | None => match fresh_secret() {
                            Some(digits) => SessionNumber::new(slot, digits),
                            None => return WaitingEvent::Ended(CloseReason::WorkerFailed),
                        },
                    };
                    let spoken = number.spoken();
                    *issued = Some(number);
                    let lives_for = Duration::from_secs(expires_in_seconds.into()).min(NUMBER_LIVES);
                    self.dies_at = Some(clock::now() + lives_for);
                    return WaitingEvent::Number { spoken, lives_for };
                }
                LineEvent::Control(FromRelay::Paired { burn_token, resume, .. }) => {
                    self.burn_token = Some(burn_token);
                    self.resume = Some(resume);
                    return WaitingEvent::Paired;
                }
                LineEvent::Control(FromRelay::Ended { reason }) => {
                    return WaitingEvent::Ended(close_reason(reason, self.own));
                }
                LineEvent::Control(FromRelay::Refused { .. }) => {
                    return WaitingEvent::Ended(CloseReason::NumberNotFound);
                }
                LineEvent::Control(
                    FromRelay::Stopping { .. } | FromRelay::Challenge { .. } | FromRelay::Awaiting { .. },
                ) => {}
                LineEvent::Data(_) => return WaitingEvent::Ended(CloseReason::PeerMisbehaved),
                LineEvent::Closed => return WaitingEvent::Ended(CloseReason::NetworkLost),
            }
        }
    }

    /// Has the number live its full time again; the relay answers with [`WaitingEvent::Number`].
    pub(crate) async fn extend(&mut self) {
        self.asked = self.number.is_none();
        let _ = self.line.sender.control(&ToRelay::Extend).await;
    }

    /// Gives the number up.
    pub(crate) async fn cancel(&self) {
        self.line.sender.end().await;
    }

    /// Goes on with the other end. Gives nothing back if there is no number, which is a misuse.
    pub(crate) fn paired(self, issued: Option<SessionNumber>) -> Option<Paired> {
        let (number, issuer) = match (self.number, issued) {
            (Some(typed), _) => (typed, self.own.other()),
            (None, Some(issued)) => (issued, self.own),
            (None, None) => return None,
        };
        let (slot, digits) = number.into_parts();
        Some(Paired { line: self.line, slot, digits, issuer, burn_token: self.burn_token, resume: self.resume? })
    }
}

/// Six digits from the operating system's randomness; nothing if it has none to give.
fn fresh_secret() -> Option<SecretDigits> {
    let mut healthy = true;
    let digits = draw_secret(|bytes| {
        if SysRng.try_fill_bytes(bytes).is_err() {
            healthy = false;
            bytes.fill(0);
        }
    });
    healthy.then_some(digits)
}
