//! Where the desk keeps what it knows: SQLite in a file, or PostgreSQL, with the same queries and the same promises.
//!
//! - A write is one transaction: what changed, its event, what is searched for, what is to be mailed, and the outcome
//!   for whoever sends the same request again. It names the version it saw; so two writers never lose anything.
//! - What only technicians read is in tables that no query for customers names; `mine` and `public` are theirs, and
//!   a test reads their source.
//! - May it be done? is asked of [`crate::core`], inside the transaction.
//!
//! Start reading at `change.rs`, the frame of every write, and `acts.rs`, which fills it; `queue.rs`, `detail.rs`
//! and `mine.rs` read. `db` is the layer under the queries, `migrate` brings a database up to date.

mod acts;
mod change;
mod customers;
mod db;
mod detail;
mod error;
mod events;
mod failed_pins;
mod files;
mod filing;
mod held;
mod housekeeping;
mod intake;
mod linked;
mod migrate;
mod mine;
mod once;
mod outbox;
mod page;
mod people;
mod presence;
mod public;
mod queue;
mod read;
mod replay;
mod roster;
mod search;
mod sessions;
mod tasks;

pub use acts::Deed;
pub use change::{Actor, Member, Write, Written};
pub use db::Place;
pub use error::{OpenError, StoreError};
pub use files::{ANYONE, NewUpload, StoredFile};
pub use filing::Filing;
pub use held::{HeldSealed, IntakeFound};
pub use housekeeping::Purged;
pub use intake::{Decided, IntakeArrived, IntakeCounts};
pub use linked::{Linked, LinkedLine, Revoked};
pub use migrate::Backup;
pub use once::Once;
pub use outbox::{DeadLetter, Letter, Recipient};
pub use people::{Customer, Imported, NewContact, NewCustomer, PinHash};
pub use roster::{ContactLine, CustomerLine, RosterChange, RosterEntry};

use db::Db;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The desk's store. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    /// Counts the commits after which there is something to send.
    wrote: Arc<watch::Sender<u64>>,
}

impl Store {
    /// Opens the database and brings it up to date.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub async fn open(place: &Place, backup: &Backup, now: Timestamp) -> Result<Self, OpenError> {
        let db = Db::open(place).await?;
        migrate::migrate(&db, place, backup, now.as_millisecond()).await?;
        Ok(Self { db, wrote: Arc::new(watch::channel(0).0) })
    }

    /// Lets go of the database, after what is under way.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Tells whoever sends that there may be something to send.
    fn ring(&self) {
        self.wrote.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Changes after each commit of this process that left something to send.
    #[must_use]
    pub fn wrote(&self) -> watch::Receiver<u64> {
        self.wrote.subscribe()
    }
}
