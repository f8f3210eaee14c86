//! The number is proven before the technician says who they are: an impostor never learns the name.

use super::{Action, AwaitingConsent, Event, Step};
use crate::close::CloseReason;
use crate::handshake::{self, Commitment, Confirming, Context, Exporter, Identity, Nonce, Opened, Proven};
use crate::message::{ToCustomer, ToTechnician};
use crate::number::SecretDigits;
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
    expires_at: Moment,
}

#[derive(Debug)]
enum Stage {
    Opened(Opened),
    Confirming(Confirming),
    AwaitingCommitment(Proven),
    Signing(Proven, Commitment),
    AwaitingReveal(Proven, Commitment),
}

impl Stage {
    /// See the customer's: a line that breaks before the number is proven may be a guess that ran away.
    const fn broken(&self, otherwise: CloseReason) -> CloseReason {
        match self {
            Self::Opened(_) | Self::Confirming(_) => CloseReason::ConfirmationFailed,
            Self::AwaitingCommitment(_) | Self::Signing(..) | Self::AwaitingReveal(..) => otherwise,
        }
    }
}

impl Handshaking {
    pub(super) fn begin(
        context: Context,
        digits: SecretDigits,
        exporter: Exporter,
        now: Moment,
        mut rng: impl CryptoRng + RngCore,
    ) -> Step {
        let nonce = Nonce::draw(&mut rng);
        let (opened, opening) = handshake::open(context, digits, exporter, rng);
        let state = Self { stage: Stage::Opened(opened), nonce, expires_at: now + PATIENCE };
        Step::to(state, vec![Action::Send(ToCustomer::Opening(opening))])
    }

    pub(super) const fn expires_at(&self) -> Moment {
        self.expires_at
    }

    pub(super) fn handle(self, now: Moment, event: Event) -> Step {
        match event {
            Event::Peer(message) => self.peer(now, message),
            Event::Signed { chain, signature } => match self.stage {
                Stage::Signing(proven, commitment) => {
                    let identity = Identity { chain, signature, nonce: self.nonce };
                    let next = Self { stage: Stage::AwaitingReveal(proven, commitment), ..self };
                    Step::to(next, vec![Action::Send(ToCustomer::Identity(identity))])
                }
                Stage::Opened(_) | Stage::Confirming(_) | Stage::AwaitingCommitment(_) | Stage::AwaitingReveal(..) => {
                    Step::to(self, vec![])
                }
            },
            Event::LineEnded(reason) => Step::close(self.stage.broken(reason)),
            Event::Unheard => Step::close(self.stage.broken(CloseReason::NetworkLost)),
            Event::Finish => Step::finish(),
            Event::Tick if self.expires_at <= now => Step::close(self.stage.broken(CloseReason::NetworkLost)),
            Event::Tick
            | Event::Ask { .. }
            | Event::AskToShow { .. }
            | Event::Input(_)
            | Event::Shown(_)
            | Event::NeedWholeFrame
            | Event::LineOpen(_) => Step::to(self, vec![]),
        }
    }

    fn peer(self, now: Moment, message: ToTechnician) -> Step {
        let Self { stage, nonce, expires_at } = self;
        let next = |stage, actions| Step::to(Self { stage, nonce, expires_at }, actions);
        match (stage, message) {
            (Stage::Opened(opened), ToTechnician::Opening(opening)) => match opened.opening(&opening) {
                Ok((confirming, first)) => {
                    let first = first.map(|proof| Action::Send(ToCustomer::Confirmation(proof)));
                    next(Stage::Confirming(confirming), first.into_iter().collect())
                }
                Err(error) => Step::close(error.into()),
            },
            (Stage::Confirming(confirming), ToTechnician::Confirmation(proof)) => {
                match confirming.confirmation(&proof) {
                    Ok((proven, answer)) => {
                        let answer = answer.map(|proof| Action::Send(ToCustomer::Confirmation(proof)));
                        next(Stage::AwaitingCommitment(proven), answer.into_iter().collect())
                    }
                    Err(error) => Step::close(error.into()),
                }
            }
            (Stage::AwaitingCommitment(proven), ToTechnician::Commitment(commitment)) => {
                let signed = proven.signed_by_technician(&commitment, &nonce);
                next(Stage::Signing(proven, commitment), vec![Action::Sign(signed)])
            }
            (Stage::AwaitingReveal(proven, commitment), ToTechnician::Reveal(customer)) => {
                match proven.digits(&commitment, &customer, &nonce) {
                    Ok(digits) => AwaitingConsent::begin(digits, proven.resume_key(), now),
                    Err(error) => Step::close(error.into()),
                }
            }
            (stage, ToTechnician::Ended(reason)) => Step::close(stage.broken(reason)),
            (stage, _spoke_out_of_turn) => Step::close(stage.broken(CloseReason::PeerMisbehaved)),
        }
    }
}
