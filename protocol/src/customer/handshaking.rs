//! Before anything is believed: the number is proven, then the technician says who they are.

use super::{Action, AskingConsent, Event, Step, Terms};
use crate::close::CloseReason;
use crate::handshake::{self, Commitment, Confirming, Context, Exporter, Nonce, Opened, Proven};
use crate::message::{ToCustomer, ToTechnician};
use crate::number::SecretDigits;
use crate::permission::Grants;
use crate::time::Moment;
use core::time::Duration;
use rand_core_06::{CryptoRng, RngCore};

/// How long the other end may take for the whole of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The handshake is under way.
#[derive(Debug)]
pub struct Handshaking {
    stage: Stage,
    nonce: Nonce,
    grants: Grants,
    expires_at: Moment,
}

#[derive(Debug)]
enum Stage {
    Opened(Opened),
    Confirming(Confirming),
    AwaitingIdentity { proven: Proven, commitment: Commitment },
    CheckingIdentity { proven: Proven, commitment: Commitment, theirs: Nonce },
}

impl Stage {
    /// What a line that breaks now looks like. Before the number is proven it may be somebody who guessed
    /// and ran away, and the number is burned all the same.
    const fn broken(&self, otherwise: CloseReason) -> CloseReason {
        match self {
            Self::Opened(_) | Self::Confirming(_) => CloseReason::ConfirmationFailed,
            Self::AwaitingIdentity { .. } | Self::CheckingIdentity { .. } => otherwise,
        }
    }
}

impl Handshaking {
    pub(super) fn begin(
        context: Context,
        digits: SecretDigits,
        exporter: Exporter,
        grants: Grants,
        now: Moment,
        mut rng: impl CryptoRng + RngCore,
    ) -> Step {
        let nonce = Nonce::draw(&mut rng);
        let (opened, opening) = handshake::open(context, digits, exporter, rng);
        let state = Self { stage: Stage::Opened(opened), nonce, grants, expires_at: now + PATIENCE };
        Step::to(state, vec![Action::Send(ToTechnician::Opening(opening))])
    }

    pub(super) const fn expires_at(&self) -> Moment {
        self.expires_at
    }

    pub(super) fn handle(self, now: Moment, event: Event) -> Step {
        match event {
            Event::Peer(message) => self.peer(message),
            Event::IdentityChecked(Ok(technician)) => match self.stage {
                Stage::CheckingIdentity { proven, commitment, theirs } => {
                    let Ok(digits) = proven.digits(&commitment, &self.nonce, &theirs) else {
                        return Step::close(CloseReason::ConfirmationFailed);
                    };
                    let terms = Terms { key: proven.resume_key(), version: proven.version() };
                    AskingConsent::begin(technician, digits, self.nonce, self.grants, terms, now)
                }
                Stage::Opened(_) | Stage::Confirming(_) | Stage::AwaitingIdentity { .. } => Step::to(self, vec![]),
            },
            Event::IdentityChecked(Err(fault)) => Step::close(fault.into()),
            Event::LineEnded(reason) => Step::close(self.stage.broken(reason)),
            Event::Finish(reason) => Step::close(reason),
            Event::Refuse => Step::close(CloseReason::EndedByCustomer),
            Event::Tick if self.expires_at <= now => Step::close(self.stage.broken(CloseReason::NetworkLost)),
            Event::Tick
            | Event::Accept(_)
            | Event::MoreTime
            | Event::Set { .. }
            | Event::Answer { .. }
            | Event::GoOn(_)
            | Event::LineOpen(_)
            | Event::Show(_)
            | Event::ShareGone(_)
            | Event::Showing(_)
            | Event::Pause(_) => Step::to(self, vec![]),
        }
    }

    fn peer(self, message: ToCustomer) -> Step {
        let Self { stage, nonce, grants, expires_at } = self;
        let next = |stage, actions| Step::to(Self { stage, nonce, grants, expires_at }, actions);
        match (stage, message) {
            (Stage::Opened(opened), ToCustomer::Opening(opening)) => match opened.opening(&opening) {
                Ok((confirming, first)) => {
                    let first = first.map(|proof| Action::Send(ToTechnician::Confirmation(proof)));
                    next(Stage::Confirming(confirming), first.into_iter().collect())
                }
                Err(error) => Step::close(error.into()),
            },
            (Stage::Confirming(confirming), ToCustomer::Confirmation(proof)) => match confirming.confirmation(&proof) {
                Ok((proven, answer)) => {
                    let commitment = proven.commitment_to(&nonce);
                    let answer = answer.map(ToTechnician::Confirmation);
                    let messages = answer.into_iter().chain([ToTechnician::Commitment(commitment)]);
                    next(Stage::AwaitingIdentity { proven, commitment }, messages.map(Action::Send).collect())
                }
                Err(error) => Step::close(error.into()),
            },
            (Stage::AwaitingIdentity { proven, commitment }, ToCustomer::Identity(identity)) => {
                let theirs = identity.nonce;
                let signed = proven.signed_by_technician(&commitment, &theirs);
                let check = Action::CheckIdentity { identity, signed };
                next(Stage::CheckingIdentity { proven, commitment, theirs }, vec![check])
            }
            (stage, ToCustomer::End) => Step::close(stage.broken(CloseReason::EndedByTechnician)),
            (stage, _spoke_out_of_turn) => Step::close(stage.broken(CloseReason::PeerMisbehaved)),
        }
    }
}
