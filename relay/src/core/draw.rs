//! Random values for one event, stretched from one seed of the operating system.

use beistand_protocol::rendezvous::{BurnToken, ResumeId, SessionId};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Randomness for one event. Redacted: burn tokens come from it.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(…)")
    }
}

impl Seed {
    /// Takes 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn session_id(&self) -> SessionId {
        let bytes = self.bytes(b"session", 0);
        SessionId::new(bytes.first_chunk().copied().unwrap_or_default())
    }

    pub(super) fn burn_token(&self, which: u64) -> BurnToken {
        BurnToken::new(self.bytes(b"burn", which))
    }

    pub(super) fn resume_id(&self) -> ResumeId {
        ResumeId::new(self.bytes(b"resume", 0))
    }

    /// The `attempt`th number below `bound`.
    pub(super) fn below(&self, bound: u32, attempt: u64) -> u32 {
        let bytes = self.bytes(b"slot", attempt);
        let wide = u64::from_be_bytes(bytes.first_chunk().copied().unwrap_or_default());
        // The bias of 2^-32 or less is far below what anybody could use.
        u32::try_from(wide % u64::from(bound.max(1))).unwrap_or_default()
    }

    fn bytes(&self, label: &[u8], which: u64) -> [u8; 32] {
        Sha256::new().chain_update(*self.0).chain_update(label).chain_update(which.to_be_bytes()).finalize().into()
    }
}
