//! Mail out: what customers are told by e-mail, and how it gets there.
//!
//! [`notice`] is what is told, kept in the outbox by the store in the ticket's own transaction; [`letter`] and
//! `words` make text and HTML of it; [`message`] makes a mail with its headers; [`smtp`] hands it to the company's
//! mail server; [`ladder`] says when to try again; [`postman`] is the loop that does it all. Start reading there.
//!
//! Must not decide to whom: a letter goes to a contact on file, never to an address that somebody typed, and it
//! holds only what that contact may read. Nothing that a customer or technician wrote becomes a header line, HTML or
//! an SMTP command. Mails contain no links: customers learn not to click on any.

pub mod ladder;
pub mod letter;
pub mod message;
pub mod notice;
pub mod postman;
pub mod smtp;
mod tls;
mod trouble;
mod words;

pub use letter::Letter;
pub use message::Sender;
pub use notice::{Notice, Refused};
pub use postman::Postman;
pub use smtp::{Accepted, Login, Security, Server};
pub use trouble::{Trouble, TroubleKind};
