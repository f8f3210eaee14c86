//! The ticket desk: rules, store, mail, attachments and HTTP routes.
//!
//! [`core`] decides and is pure; what stands beside it carries out. Knows nothing of sessions beyond their receipt.

pub mod attachments;
pub mod core;
pub mod http;
pub mod mail;
pub mod pin;
pub mod store;
