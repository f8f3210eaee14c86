//! The desk's HTTP API: what customers without an account, linked apps and technicians do, on the relay's one port.
//!
//! - Who asks is found out anew for every request (`who.rs`); what they may do is asked of the store, which asks
//!   [`crate::core`], inside the transaction. No handler decides it.
//! - Every refusal is an RFC 9457 problem; no input makes the server answer 5xx.
//! - A form with customer number and PIN is on disk when it is answered and decided on afterwards (`intake.rs`,
//!   `decide.rs`), so that its answer can't tell anything.
//!
//! Start reading at `routes.rs`, which lists every route with its handler and makes the OpenAPI document of the list.

mod access;
mod address;
mod decide;
mod failure;
mod held;
mod housekeeping;
mod intake;
mod my;
mod openapi;
mod request;
mod routes;
mod sealed;
mod technician;
mod technician_acts;
mod tokens;
mod uploads;
mod who;

pub use address::{Network, PeerAddress, Proxies};
pub use routes::router;
pub use who::{Failed, Found, Technicians};

use crate::attachments::Attachments;
use crate::pin::Pepper;
use crate::store::Store;
use address::Gate;
use beistand_protocol::desk::api::access::PhoneHours;
use beistand_protocol::desk::form::Rules;
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use beistand_protocol::secret::Secret;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sealed::Seal;
use std::sync::Arc;
use std::time::Duration;
use tokens::Tokens;
use tokio::sync::{Notify, Semaphore};

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The company that answers.
    pub company: String,
    /// Its support line.
    pub phone: Option<String>,
    /// When somebody answers there.
    pub phone_hours: Option<PhoneHours>,
    /// Whose holidays count for those who are not known.
    pub bundesland: Bundesland,
    /// Which days are working days for those who are not known.
    pub working_days: WorkingDays,
    /// Whether forms with customer number and PIN are taken.
    pub takes_pin_forms: bool,
    /// Who may say for whom they ask.
    pub proxies: Proxies,
    /// How long every answer to a form with a PIN takes at least.
    pub pin_floor: Duration,
}

/// The desk behind the API.
#[derive(Debug)]
pub struct Desk {
    store: Store,
    attachments: Attachments,
    pepper: Pepper,
    settings: Settings,
    technicians: Arc<dyn Technicians>,
    tokens: Tokens,
    seal: Seal,
    gate: Gate,
    hashing: Semaphore,
    /// Rings when a form with a PIN has come in.
    arrived: Notify,
}

impl Desk {
    /// A desk on this store. `secret` is the server's own, the same after every start.
    #[must_use]
    pub fn new(
        store: Store,
        attachments: Attachments,
        pepper: Pepper,
        secret: &Secret<[u8; 32]>,
        settings: Settings,
        technicians: Arc<dyn Technicians>,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            attachments,
            pepper,
            settings,
            technicians,
            tokens: Tokens::new(),
            seal: Seal::new(secret),
            gate: Gate::default(),
            hashing: Semaphore::new(2),
            arrived: Notify::new(),
        })
    }

    /// Does what is to be done without being asked: decides on forms that came with a PIN, and clears what is old.
    /// To be run beside the server; dropped in the middle of anything, it goes on at the next start.
    pub async fn work(self: Arc<Self>) {
        tokio::join!(self.decide(), self.keep_house());
    }

    /// What counts for those who are not known.
    fn rules(&self, now: Timestamp) -> Rules {
        Rules { today: today(now), bundesland: self.settings.bundesland, working_days: self.settings.working_days }
    }
}

/// The day in Germany, whose holidays the forms know.
fn today(now: Timestamp) -> jiff::civil::Date {
    let zone = TimeZone::get("Europe/Berlin").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(1)));
    now.to_zoned(zone).date()
}
