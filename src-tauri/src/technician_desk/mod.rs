//! The technician's desk of this app: how it asks the company's desk, and how its answers are put into the page's words.
//!
//! Start with [`jobs`]: each job is one question, asked with a token that the technician's device key signed for.
//! What a person sees is in `controller/technician_desk.rs`; what is kept on this computer until it is in its ticket is a
//! [`Work`]. Must not: decide what may be done with a ticket (the desk says so), or write a token or a session's number
//! down.

pub(crate) mod acts;
pub(crate) mod client;
pub(crate) mod convert;
pub(crate) mod jobs;
mod work;

pub(crate) use acts::{Deed, Writing};
pub(crate) use jobs::{NotDone, TechnicianAnswer, TechnicianJob, TechnicianOutcome, TechnicianQuestion};
pub(crate) use work::{Account, Call, Piece, Work};
