//! The password-authenticated key exchange over the six secret digits.
//!
//! SPAKE2 in its A/B form (the symmetric form accepts its own reflected share): technician A, customer B.
//! Everything the rest of the code knows of it is [`start`] and [`Pake::finish`], so it can be exchanged.

use crate::number::SecretDigits;
use crate::role::Role;
use crate::secret::Secret;
use core::fmt;
use rand_core_06::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use spake2::{Ed25519Group, Identity, Password, Spake2};

/// What an end sends of its half; it tells nothing about the digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share(Vec<u8>);

impl Share {
    /// The bytes, for the transcript.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({} bytes)", self.0.len())
    }
}

/// A key that both ends have if, and only if, they had the same digits and identities.
pub type PakeKey = Secret<Vec<u8>>;

/// The other end's share is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the other end's share is malformed")]
pub struct ShareError;

/// One end's half, waiting for the other's share. It is good for one run.
pub struct Pake(Spake2<Ed25519Group>);

impl fmt::Debug for Pake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pake(…)")
    }
}

/// Starts one run. The digits are gone when this returns: nothing derived from them has been sent yet.
///
/// `binding` is everything public that both ends must agree on.
pub fn start(role: Role, digits: SecretDigits, binding: &[u8], rng: impl CryptoRng + RngCore) -> (Pake, Share) {
    let password = Password::new(digits.expose());
    drop(digits);
    let technician = Identity::new(&[b"beistand/1 technician ".as_slice(), binding].concat());
    let customer = Identity::new(&[b"beistand/1 customer ".as_slice(), binding].concat());
    let (pake, share) = match role {
        Role::Technician => Spake2::start_a_with_rng(&password, &technician, &customer, rng),
        Role::Customer => Spake2::start_b_with_rng(&password, &technician, &customer, rng),
    };
    (Pake(pake), Share(share))
}

impl Pake {
    /// Ends the run with the other end's share.
    ///
    /// # Errors
    /// [`ShareError`] if it is not a share of the other role. Whether the digits were the same shows only
    /// in the confirmation.
    pub fn finish(self, other: &Share) -> Result<PakeKey, ShareError> {
        self.0.finish(&other.0).map(Secret::new).map_err(|_| ShareError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core_06::OsRng;

    fn run(role: Role, digits: [u8; 6], binding: &[u8]) -> (Pake, Share) {
        start(role, Secret::new(digits), binding, OsRng)
    }

    #[test]
    fn the_same_digits_and_binding_give_the_same_key() {
        let (technician, to_customer) = run(Role::Technician, [1, 2, 3, 4, 5, 6], b"x");
        let (customer, to_technician) = run(Role::Customer, [1, 2, 3, 4, 5, 6], b"x");
        assert_eq!(
            technician.finish(&to_technician).unwrap().expose(),
            customer.finish(&to_customer).unwrap().expose()
        );
    }

    #[test]
    fn other_digits_or_another_binding_give_another_key() {
        for (digits, binding) in [([1, 2, 3, 4, 5, 7], b"x"), ([1, 2, 3, 4, 5, 6], b"y")] {
            let (technician, to_customer) = run(Role::Technician, [1, 2, 3, 4, 5, 6], b"x");
            let (customer, to_technician) = run(Role::Customer, digits, binding);
            assert_ne!(
                technician.finish(&to_technician).unwrap().expose(),
                customer.finish(&to_customer).unwrap().expose()
            );
        }
    }

    #[test]
    fn a_reflected_or_mangled_share_is_refused() {
        let (technician, own) = run(Role::Technician, [0; 6], b"x");
        assert_eq!(technician.finish(&own).map(|_| ()), Err(ShareError));
        for mangled in [vec![], vec![0x42], vec![0x42; 33], vec![0xff; 4000]] {
            let (technician, _) = run(Role::Technician, [0; 6], b"x");
            assert!(technician.finish(&Share(mangled)).is_err());
        }
    }
}
