//! The customer's desk of this app: what is kept on this computer, and how it gets to the company's desk and back.
//!
//! Start with [`Item`], one request or message from its first letter to its arrival, and with [`client`], which
//! speaks the API of `beistand_protocol::desk::api`. What a person sees and decides is in `controller/desk/`.
//!
//! Must not: hold the rules of a form (`beistand_protocol::desk::form`), write a PIN or a token to the disk, or
//! decide what a person may do with a ticket (the desk says so).

pub(crate) mod client;
pub(crate) mod commands;
pub(crate) mod convert;
pub(crate) mod files;
mod item;
pub(crate) mod jobs;
pub(crate) mod kept;
mod request;
pub(crate) mod screen;
mod store;
pub(crate) mod upload;

pub(crate) use item::{About, Content, Item, Phase, SavedLink, Sent, StoredFile};
pub(crate) use jobs::{Act, Bearer, DeskJob, DeskOutcome, SendFault, SendJob};
pub(crate) use kept::Kept;
pub(crate) use request::DeskRequest;
pub(crate) use store::DeskStore;
