//! What an end and the relay say to each other: the outer wire.
//!
//! An end opens one WebSocket at [`SESSION_PATH`]. Text messages are control with the relay ([`ToRelay`],
//! [`FromRelay`], as JSON); binary messages after [`FromRelay::Paired`] are ciphertext between the ends, which
//! the relay passes on unread. Everything else is a small HTTPS API ([`api`]) on the same port.
//!
//! Nothing here ever carries the secret digits of a number, nor anything derived from them.

pub mod api;
mod ids;
mod messages;
mod name;
mod proof;

pub use crate::role::Role;
pub use ids::{BurnToken, DeviceId, Domain, Fingerprint, IdError, Nonce, ResumeId, SessionId};
pub use messages::{EndReason, FromRelay, Hello, Intent, Refusal, ToRelay};
pub(crate) use name::deceives;
pub use name::{DisplayName, NameError, TechnicianName};
pub use proof::{certificate_message, desk_token_message, line_message, sign_in_message};

/// The version of the outer wire that this build speaks.
pub const VERSION: u16 = 1;
/// Where the WebSocket is.
pub const SESSION_PATH: &str = "/v1/session";
/// Where the document is that says which company this domain belongs to.
pub const WELL_KNOWN_PATH: &str = "/.well-known/beistand";
/// Where a technician signs in.
pub const SIGN_IN_PATH: &str = "/api/v1/sign-in";
/// Where a device asks for a challenge.
pub const CHALLENGE_PATH: &str = "/api/v1/challenge";
/// Where a device asks for its certificate.
pub const CERTIFICATE_PATH: &str = "/api/v1/certificate";
/// Where an end says over a fresh connection that its number or session is over.
pub const BURN_PATH: &str = "/api/v1/burn";

/// The longest binary message that the relay passes on.
pub const MAX_DATA_BYTES: usize = 68 * 1024;
/// The longest control message, in either direction.
pub const MAX_CONTROL_BYTES: usize = 4 * 1024;
/// The longest body of any request or answer of the HTTPS API.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The extended key usage of a technician's certificate: `2.25.` and a random UUID, as the value bytes in DER.
///
/// A certificate without it, such as the relay's own server certificate, names no technician.
pub const TECHNICIAN_PURPOSE: &[u8] = &[
    0x69, 0x81, 0xd7, 0xd9, 0x9d, 0xb7, 0x8e, 0xce, 0x82, 0xb4, 0x9f, 0xbe, 0xff, 0xdd, 0x8d, 0x96, 0xed, 0x99, 0xae,
    0x6d,
];
