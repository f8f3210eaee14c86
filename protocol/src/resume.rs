//! How the two ends of a running session find each other again after the network broke.
//!
//! Both keep a key that nobody else has, the relay included: it is made of the exporter of the inner channel on
//! which they proved the number to each other. On a new inner channel, which anybody may be at the other end of,
//! each proves the key by a MAC over that channel's own exporter and its role, so that a proof is worth nothing on
//! any other channel nor sent back to its maker. Then the key is replaced.
//!
//! ```text
//!  technician                                 customer
//!    Resume{proof, proof of the key before} ─────▶   checked; nothing has changed yet
//!    ◀──────────────────────────── Resume{proof}
//!    Resumed ────────────────────────────────────▶   the key is replaced
//!    ◀──────────────────────────── Grants …          the key before is forgotten
//! ```
//!
//! The line may break between any two of these, so the technician's end holds the key before until it hears that
//! the customer's end has replaced it, too. A failed attempt changes nothing at either end.

use crate::handshake::Exporter;
use crate::role::Role;
use crate::secret::Secret;
use crate::time::Moment;
use core::fmt;
use core::time::Duration;
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// So long after the other end was last heard the session can be taken up again.
pub const RESUME_WITHIN: Duration = Duration::from_secs(120);
/// How long whoever is at the other end of a new channel may take to prove the key.
const PROVE_WITHIN: Duration = Duration::from_secs(8);

/// An end's proof that it is the one that this session began with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof([u8; 32]);

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

impl Proof {
    fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// What the technician's end proves: its key, and the one before as long as the customer's end may still have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proofs {
    current: Proof,
    before: Option<Proof>,
}

/// What an end remembers of a session to be known by again.
#[derive(Clone, Debug)]
pub struct Key(Secret<[u8; 32]>);

impl Key {
    /// Out of what only the two ends know, who have proven the number to each other.
    pub(crate) fn first(exporter: &Exporter, transcript: &[u8; 32]) -> Self {
        Self(derived(transcript, exporter.expose(), &[b"beistand/1 resume key"]))
    }

    /// The one to follow, once both have proven this one on the channel of `exporter`.
    fn next(&self, exporter: &Exporter) -> Self {
        Self(derived(exporter.expose(), self.0.expose(), &[b"beistand/1 next resume key"]))
    }

    fn proof(&self, role: Role, exporter: &Exporter) -> Proof {
        let label: &[u8] = match role {
            Role::Customer => b"beistand/1 resume proof of the customer",
            Role::Technician => b"beistand/1 resume proof of the technician",
        };
        Proof(*derived(exporter.expose(), self.0.expose(), &[label]).expose())
    }
}

/// HKDF-SHA-256: an HMAC keyed by `key` and `salt` over the label.
fn derived(salt: &[u8; 32], key: &[u8; 32], label: &[&[u8]]) -> Secret<[u8; 32]> {
    let mut bytes = [0; 32];
    let made = Hkdf::<Sha256>::new(Some(salt), key).expand_multi_info(label, &mut bytes);
    debug_assert!(made.is_ok(), "32 bytes are within what HKDF gives");
    Secret::new(bytes)
}

/// The customer's memory: exactly one key.
#[derive(Debug)]
pub(crate) struct CustomerMemory(Key);

impl CustomerMemory {
    pub(crate) const fn new(key: Key) -> Self {
        Self(key)
    }

    /// Checks the technician's proofs on a new channel; gives the own one if one of them is right.
    pub(crate) fn answer(&self, exporter: &Exporter, proofs: &Proofs) -> Option<Proof> {
        let expected = self.0.proof(Role::Technician, exporter);
        let right = expected.is(&proofs.current) || proofs.before.as_ref().is_some_and(|before| expected.is(before));
        right.then(|| self.0.proof(Role::Customer, exporter))
    }

    /// Both have proven it on this channel.
    pub(crate) fn replace(&mut self, exporter: &Exporter) {
        self.0 = self.0.next(exporter);
    }
}

/// The technician's memory: the key, and the one before until the customer's end is known to have the new one.
#[derive(Debug)]
pub(crate) struct TechnicianMemory {
    current: Key,
    before: Option<Key>,
}

impl TechnicianMemory {
    pub(crate) const fn new(key: Key) -> Self {
        Self { current: key, before: None }
    }

    pub(crate) fn proofs(&self, exporter: &Exporter) -> Proofs {
        let proof = |key: &Key| key.proof(Role::Technician, exporter);
        Proofs { current: proof(&self.current), before: self.before.as_ref().map(proof) }
    }

    /// Checks the customer's proof on this channel. If it is right, its key is replaced.
    pub(crate) fn check(&mut self, exporter: &Exporter, proof: &Proof) -> bool {
        let right = |key: &&Key| key.proof(Role::Customer, exporter).is(proof);
        let Some(proven) = [Some(&self.current), self.before.as_ref()].into_iter().flatten().find(right).cloned()
        else {
            return false;
        };
        self.current = proven.next(exporter);
        self.before = Some(proven);
        true
    }

    /// The customer's end goes on with the new key.
    pub(crate) fn settle(&mut self) {
        self.before = None;
    }
}

/// The line is broken, and the other end is awaited on a new one.
#[derive(Debug)]
pub(crate) struct Comeback {
    until: Moment,
    attempt: Option<Attempt>,
}

/// Somebody is there, on a new channel.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) exporter: Exporter,
    /// Whether they have proven themselves. (The customer's end still waits for a word then.)
    pub(crate) proven: bool,
    expires_at: Moment,
}

/// What is due of a broken line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// Whoever is there has not proven anything in time.
    HangUp,
    /// The other end did not come back.
    Over,
}

impl Comeback {
    /// The other end was last heard then. Nothing if that is too long ago.
    pub(crate) fn begin(now: Moment, heard_at: Moment) -> Option<Self> {
        let until = heard_at + RESUME_WITHIN;
        (until > now).then_some(Self { until, attempt: None })
    }

    /// How long there still is.
    pub(crate) const fn lasts(&self, now: Moment) -> Duration {
        self.until.since(now)
    }

    pub(crate) fn deadline(&self) -> Moment {
        self.attempt.as_ref().map_or(self.until, |attempt| attempt.expires_at.min(self.until))
    }

    pub(crate) fn tick(&mut self, now: Moment) -> Due {
        if self.until <= now {
            return Due::Over;
        }
        match self.attempt.take_if(|attempt| attempt.expires_at <= now) {
            Some(_) => Due::HangUp,
            None => Due::Nothing,
        }
    }

    /// There is a new channel, and somebody at its other end.
    pub(crate) fn open(&mut self, now: Moment, exporter: Exporter) {
        self.attempt = Some(Attempt { exporter, proven: false, expires_at: now + PROVE_WITHIN });
    }

    pub(crate) const fn attempt(&mut self) -> Option<&mut Attempt> {
        self.attempt.as_mut()
    }

    /// Whoever was there is not the one, or is gone again. Answers whether somebody was.
    pub(crate) fn hang_up(&mut self) -> bool {
        self.attempt.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exporter(seed: u8) -> Exporter {
        Secret::new([seed; 32])
    }

    fn both() -> (CustomerMemory, TechnicianMemory) {
        let key = || Key::first(&exporter(1), &[7; 32]);
        (CustomerMemory::new(key()), TechnicianMemory::new(key()))
    }

    /// A whole attempt on a channel.
    fn resume(customer: &mut CustomerMemory, technician: &mut TechnicianMemory, channel: u8) {
        let proof = customer.answer(&exporter(channel), &technician.proofs(&exporter(channel))).unwrap();
        assert!(technician.check(&exporter(channel), &proof));
        customer.replace(&exporter(channel));
        technician.settle();
    }

    #[test]
    fn the_two_know_each_other_again_and_again() {
        let (mut customer, mut technician) = both();
        for channel in 2..9 {
            resume(&mut customer, &mut technician, channel);
        }
    }

    #[test]
    fn a_proof_of_another_channel_or_role_is_none() {
        let (customer, mut technician) = both();
        let proofs = technician.proofs(&exporter(2));
        assert!(customer.answer(&exporter(3), &proofs).is_none(), "replayed on another channel");
        let proof = customer.answer(&exporter(2), &proofs).unwrap();
        let reflected = Proofs { current: proof.clone(), before: Some(proof.clone()) };
        assert!(customer.answer(&exporter(2), &reflected).is_none(), "the customer's own");
        assert!(!technician.check(&exporter(2), &proofs.current), "the technician's own");
        assert!(!technician.check(&exporter(3), &proof), "replayed on another channel");
        assert!(technician.check(&exporter(2), &proof));
    }

    #[test]
    fn a_stranger_proves_nothing() {
        let (customer, mut technician) = both();
        for (channel, transcript) in [(1, [8; 32]), (9, [7; 32])] {
            let stranger = Key::first(&exporter(channel), &transcript);
            let proofs = TechnicianMemory::new(stranger.clone()).proofs(&exporter(2));
            assert!(customer.answer(&exporter(2), &proofs).is_none());
            assert!(!technician.check(&exporter(2), &stranger.proof(Role::Customer, &exporter(2))));
        }
    }

    #[test]
    fn a_key_that_was_used_is_used_up() {
        let (mut customer, mut technician) = both();
        let old = technician.proofs(&exporter(3));
        resume(&mut customer, &mut technician, 2);
        assert!(customer.answer(&exporter(3), &old).is_none());
    }

    #[test]
    fn the_key_before_is_forgotten_once_the_customer_goes_on() {
        let (mut customer, mut technician) = both();
        let old = customer.answer(&exporter(3), &technician.proofs(&exporter(3))).unwrap();
        resume(&mut customer, &mut technician, 2);
        assert!(technician.proofs(&exporter(3)).before.is_none());
        assert!(!technician.check(&exporter(3), &old));
    }

    #[test]
    fn a_key_is_of_all_channels_before_it() {
        let ((mut customer, mut technician), (mut others, mut other)) = (both(), both());
        resume(&mut customer, &mut technician, 2);
        resume(&mut others, &mut other, 3);
        assert!(customer.answer(&exporter(4), &technician.proofs(&exporter(4))).is_some());
        assert!(customer.answer(&exporter(4), &other.proofs(&exporter(4))).is_none());
    }

    /// The line breaks after each step of an attempt; the next attempt succeeds all the same.
    #[test]
    fn an_attempt_may_break_anywhere() {
        for steps in 0..4 {
            let (mut customer, mut technician) = both();
            for channel in 2..6 {
                let proofs = technician.proofs(&exporter(channel));
                if steps >= 1 {
                    let proof = customer.answer(&exporter(channel), &proofs).unwrap();
                    if steps >= 2 {
                        assert!(technician.check(&exporter(channel), &proof));
                    }
                    if steps >= 3 {
                        customer.replace(&exporter(channel));
                    }
                }
            }
            resume(&mut customer, &mut technician, 9);
        }
    }

    #[test]
    fn the_time_counts_from_the_last_word() {
        let at = |seconds| Moment::at(Duration::from_secs(seconds));
        assert!(Comeback::begin(at(120), at(0)).is_none());
        let mut comeback = Comeback::begin(at(20), at(0)).unwrap();
        assert_eq!((comeback.lasts(at(20)), comeback.deadline()), (Duration::from_secs(100), at(120)));
        comeback.open(at(30), exporter(2));
        assert_eq!((comeback.tick(at(37)), comeback.deadline()), (Due::Nothing, at(38)));
        assert_eq!(comeback.tick(at(38)), Due::HangUp);
        assert_eq!((comeback.tick(at(119)), comeback.tick(at(120))), (Due::Nothing, Due::Over));
    }

    #[test]
    fn debug_shows_nothing() {
        let (_, technician) = both();
        assert!(format!("{:?} {technician:?}", technician.proofs(&exporter(2))).contains("Proof(…)"));
    }
}
