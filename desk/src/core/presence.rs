//! Who has a ticket open. A hint for people, never a lock: what must not be overwritten is guarded by the version.

use jiff::SignedDuration;

/// After how long without a word somebody is gone.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_secs(40);
