//! How two ends prove to each other, inside the inner channel, that they know the same session number.
//!
//! Both send an [`Opening`] with their PAKE share. Then, one after the other: whoever *typed* the number
//! sends its [`Confirmation`] first, and whoever issued it answers only after it has checked that one.
//! Nothing else is sent or believed before both match. Afterwards [`Proven`] says what the technician
//! signs, and which four digits the two people can compare.
//!
//! Each step takes the state by value: a secret or a state that was used is gone.

use crate::close::CloseReason;
use crate::message::{OLDEST_VERSION, VERSION};
use crate::number::{SecretDigits, Slot};
use crate::pake::{self, Pake, PakeKey, Share};
use crate::resume::Key;
use crate::role::Role;
use crate::secret::Secret;
use core::fmt;
use hkdf::Hkdf;
use rand_core_06::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A value that only the two ends of one inner channel can derive; it ties the handshake to that channel.
pub type Exporter = Secret<[u8; 32]>;

/// 32 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Nonce([u8; 32]);

impl Nonce {
    /// Draws one.
    pub fn draw(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

/// What both ends know before they speak to each other, and must know alike.
#[derive(Clone, Debug)]
pub struct Context {
    /// This end's role.
    pub role: Role,
    /// Who issued the number; the other one typed it.
    pub issuer: Role,
    /// The number's public part.
    pub slot: Slot,
    /// The support company's domain as this end understands it.
    pub domain: String,
    /// SHA-256 of the company's organisation root.
    pub root: [u8; 32],
}

impl Context {
    fn binding(&self) -> Vec<u8> {
        let issuer = match self.issuer {
            Role::Customer => "customer",
            Role::Technician => "technician",
        };
        let slot = self.slot.get().to_be_bytes();
        joined(&[issuer.as_bytes(), &slot, self.domain.to_ascii_lowercase().as_bytes(), &self.root])
    }
}

/// An end's first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The newest version that the sender speaks.
    pub newest: u16,
    /// The oldest version that the sender speaks.
    pub oldest: u16,
    /// The sender's role.
    pub role: Role,
    /// Fresh for each run.
    pub nonce: Nonce,
    /// The sender's half of the PAKE.
    pub share: Share,
}

impl Opening {
    fn transcript(&self) -> Vec<u8> {
        let role = match self.role {
            Role::Customer => [0],
            Role::Technician => [1],
        };
        joined(&[&self.newest.to_be_bytes(), &self.oldest.to_be_bytes(), &role, &self.nonce.0, self.share.as_bytes()])
    }
}

/// An end's proof that it derived the same key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation([u8; 32]);

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Confirmation(…)")
    }
}

/// Binds the customer to a nonce before the technician's is known, so that nobody can choose the digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Commitment([u8; 32]);

/// Who the technician is: the organisation's certificate, and a signature by its key over this very run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// X.509, DER, the technician's first.
    pub chain: Vec<Vec<u8>>,
    /// ECDSA P-256 over [`Proven::signed_by_technician`], ASN.1.
    pub signature: Vec<u8>,
    /// The technician's share of the comparison digits.
    pub nonce: Nonce,
}

/// Why the two ends do not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Their versions have nothing in common.
    #[error("the other end speaks only versions {oldest} to {newest}")]
    Version {
        /// The other end's oldest.
        oldest: u16,
        /// The other end's newest.
        newest: u16,
    },
    /// The other end claims our own role.
    #[error("both ends claim the same role")]
    Role,
    /// They do not know the same number, or somebody stands between them.
    #[error("the confirmation does not match")]
    Confirmation,
    /// The customer's nonce does not open its commitment.
    #[error("the commitment does not match")]
    Commitment,
}

impl From<HandshakeError> for CloseReason {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::Version { .. } => Self::VersionMismatch,
            HandshakeError::Role | HandshakeError::Confirmation | HandshakeError::Commitment => {
                Self::ConfirmationFailed
            }
        }
    }
}

/// The opening has been sent; the other end's is awaited.
#[derive(Debug)]
pub struct Opened {
    context: Context,
    exporter: Exporter,
    pake: Pake,
    own: Opening,
}

/// Starts the one run that the number is good for. The digits are gone when this returns.
pub fn open(
    context: Context,
    digits: SecretDigits,
    exporter: Exporter,
    mut rng: impl CryptoRng + RngCore,
) -> (Opened, Opening) {
    let nonce = Nonce::draw(&mut rng);
    let (pake, share) = pake::start(context.role, digits, &context.binding(), rng);
    let own = Opening { newest: VERSION, oldest: OLDEST_VERSION, role: context.role, nonce, share };
    (Opened { context, exporter, pake, own: own.clone() }, own)
}

impl Opened {
    /// Takes the other end's opening; gives the confirmation to send now, if this end is the one to begin.
    ///
    /// # Errors
    /// See [`HandshakeError`]; the number is burned.
    pub fn opening(self, other: &Opening) -> Result<(Confirming, Option<Confirmation>), HandshakeError> {
        let Self { context, exporter, pake, own } = self;
        if other.newest < OLDEST_VERSION || other.oldest > VERSION {
            return Err(HandshakeError::Version { oldest: other.oldest, newest: other.newest });
        }
        if other.role != own.role.other() {
            return Err(HandshakeError::Role);
        }
        let key = pake.finish(&other.share).map_err(|_| HandshakeError::Confirmation)?;
        let (technician, customer) = match own.role {
            Role::Technician => (&own, other),
            Role::Customer => (other, &own),
        };
        let transcript = Transcript(digest(&[
            b"beistand/1 transcript",
            &context.binding(),
            &technician.transcript(),
            &customer.transcript(),
            exporter.expose(),
        ]));
        let begins = context.role != context.issuer;
        let version = VERSION.min(other.newest);
        let confirming = Confirming { context, exporter, key, transcript, version };
        let first = begins.then(|| confirming.proof_of(confirming.context.role));
        Ok((confirming, first))
    }
}

#[derive(Clone, Copy, Debug)]
struct Transcript([u8; 32]);

/// Both openings are known; the other end's confirmation is awaited.
#[derive(Debug)]
pub struct Confirming {
    context: Context,
    exporter: Exporter,
    key: PakeKey,
    transcript: Transcript,
    version: u16,
}

impl Confirming {
    /// Checks the other end's confirmation; gives the one to answer with, if this end has not sent its own yet.
    ///
    /// # Errors
    /// [`HandshakeError::Confirmation`]; the number is burned, and it may have been an interception.
    pub fn confirmation(self, other: &Confirmation) -> Result<(Proven, Option<Confirmation>), HandshakeError> {
        let expected = self.proof_of(self.context.role.other());
        if !bool::from(expected.0.ct_eq(&other.0)) {
            return Err(HandshakeError::Confirmation);
        }
        let answer = (self.context.role == self.context.issuer).then(|| self.proof_of(self.context.role));
        let Self { context, exporter, transcript, version, .. } = self;
        Ok((Proven { domain: context.domain, exporter, transcript, version }, answer))
    }

    fn proof_of(&self, role: Role) -> Confirmation {
        let label: &[u8] = match role {
            Role::Customer => b"beistand/1 confirmation of the customer",
            Role::Technician => b"beistand/1 confirmation of the technician",
        };
        // HKDF's expansion is HMAC over the transcript, keyed by PAKE key and exporter.
        let mut proof = [0; 32];
        let mac = Hkdf::<Sha256>::new(Some(self.exporter.expose()), self.key.expose());
        let made = mac.expand(&joined(&[label, &self.transcript.0]), &mut proof);
        debug_assert!(made.is_ok(), "32 bytes are within what HKDF gives");
        Confirmation(proof)
    }
}

/// Both ends have proven the number to each other on this channel.
#[derive(Debug)]
pub struct Proven {
    domain: String,
    exporter: Exporter,
    transcript: Transcript,
    version: u16,
}

impl Proven {
    /// The newest version that both ends speak.
    pub const fn version(&self) -> u16 {
        self.version
    }

    /// What the technician's key signs, and what the customer checks the signature over.
    pub fn signed_by_technician(&self, commitment: &Commitment, nonce: &Nonce) -> Vec<u8> {
        let domain = self.domain.to_ascii_lowercase();
        joined(&[
            b"beistand/1 identity of the technician",
            domain.as_bytes(),
            &digest(&[b"beistand/1 exporter", self.exporter.expose()]),
            &self.transcript.0,
            &commitment.0,
            &nonce.0,
        ])
    }

    /// The four digits that both ends show.
    ///
    /// # Errors
    /// [`HandshakeError::Commitment`] if the customer's nonce is not the one committed to.
    pub fn digits(&self, commitment: &Commitment, customer: &Nonce, technician: &Nonce) -> Result<u16, HandshakeError> {
        if !bool::from(self.commitment_to(customer).0.ct_eq(&commitment.0)) {
            return Err(HandshakeError::Commitment);
        }
        let hash =
            digest(&[b"beistand/1 digits", self.exporter.expose(), &self.transcript.0, &customer.0, &technician.0]);
        let [a, b, c, d, ..] = hash;
        Ok(u16::try_from(u32::from_be_bytes([a, b, c, d]) % 10_000).unwrap_or_default())
    }

    /// What binds the customer to its nonce.
    pub fn commitment_to(&self, nonce: &Nonce) -> Commitment {
        Commitment(digest(&[b"beistand/1 commitment", &self.transcript.0, &nonce.0]))
    }

    /// By which the two ends know each other again after the line broke.
    pub fn resume_key(&self) -> Key {
        Key::first(&self.exporter, &self.transcript.0)
    }
}

/// The parts, each with its length before it, so that no two lists give the same bytes.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(*part);
    }
    bytes
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(joined(parts)).into()
}

#[cfg(test)]
mod tests;
