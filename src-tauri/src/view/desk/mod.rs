//! What the customer's desk shows: the form, what waits to be sent, and one's own tickets.
//!
//! Start with [`DeskScreen`]. The parts of a ticket that customers and technicians both see are in `tickets.rs`.
//!
//! Must not: hold the rules of a form. Which fields there are, which of them must be filled in and what is wrong
//! with them comes from `beistand_protocol::desk`; here it is only put into words that the page can look up.

mod form;
mod outbox;
mod tickets;

pub use form::*;
pub use outbox::*;
pub use tickets::*;

use serde::{Deserialize, Serialize};
use specta::Type;

/// The screens of the customer's desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DeskScreen {
    /// What was begun, what waits and what was sent; and a new request.
    Home(DeskHome),
    /// A request that is being written.
    Form(Box<Form>),
    /// A picture of one's own screen, to be cropped and blackened before it is attached. `desk_picture` has it.
    Picture,
    /// On its way, or waiting for the network.
    Sending {
        /// What is sent.
        item: Waiting,
    },
    /// It has arrived.
    Sent {
        /// What was sent.
        item: SentItem,
    },
    /// A code that links this app with the customer's account.
    Link(LinkScreen),
    /// My tickets.
    Tickets(TicketList),
    /// One of them.
    Ticket(Box<TicketPage>),
}

/// What was begun, what waits and what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeskHome {
    /// To whom this app is linked, if it is.
    pub linked: Option<Linked>,
    /// Requests that were begun, newest first.
    pub drafts: Vec<DraftLine>,
    /// What is on its way or waits for the network.
    pub waiting: Vec<Waiting>,
    /// What arrived in the last days, newest first.
    pub sent: Vec<SentItem>,
    /// Something that did not work.
    pub fault: Option<DeskFault>,
    /// What became of a link that was just taken back.
    pub unlinked: Option<Unlinked>,
}

/// What became of a link that was taken back. On this computer it is gone either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Unlinked {
    /// The company knows it.
    Done,
    /// The company could not be told.
    OnlyHere,
}

/// The account that this app is linked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Linked {
    /// Whose account it is.
    pub person: String,
    /// The company that the person works for.
    pub customer: String,
    /// The customer number.
    pub customer_number: String,
}

/// The page for the code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LinkScreen {
    /// Whether it is being sent.
    pub busy: bool,
    /// Why it did not work.
    pub fault: Option<DeskFault>,
}

/// Where the desk's own pages lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DeskPlace {
    /// [`DeskScreen::Home`].
    Home,
    /// [`DeskScreen::Tickets`], or [`DeskScreen::Link`] first.
    Tickets,
    /// [`DeskScreen::Link`].
    Link,
}

/// Why something at the desk did not work. The page has a sentence for each: what happened, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DeskFault {
    /// The desk does not answer.
    Offline,
    /// What answers can't prove to be this company.
    NotProven,
    /// The clock of this computer is wrong.
    ClockWrong,
    /// This support company has no desk.
    NoDesk,
    /// Too many requests; later again.
    Throttled,
    /// The desk has a fault of its own; later again.
    ServerFault,
    /// The code is not right, or was used, or is too old.
    CodeWrong,
    /// The link with this app was taken back.
    LinkEnded,
    /// There is no such ticket, or it is not for this person.
    NotFound,
    /// Somebody changed the ticket meanwhile: it was read anew.
    Changed,
    /// The ticket's state does not allow it any more.
    NotPossible,
    /// The urgency was raised a short while ago already.
    RaisedTooSoon,
    /// What was filled in is not accepted.
    NotAccepted,
    /// An earlier version of it arrived already.
    AlreadySent,
    /// The keyring is locked and did not open.
    KeyringLocked,
    /// There is no keyring.
    KeyringMissing,
    /// It could not be saved on this computer.
    NotSaved,
    /// This desktop does not let a program see the screen.
    NoPicture,
    /// A mistake in the program.
    Internal,
}
