//! What can go wrong in the store, and whose fault it is.

use beistand_protocol::desk::api::problem::Refusal;
use std::path::PathBuf;

/// Why a database could not be opened. Made to be read by an admin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer version of the program was here.
    #[error(
        "The desk's database has version {found}; this program knows versions up to {known}. Install the newer program \
         again, or restore the backup that was made before its upgrade."
    )]
    Newer {
        /// What the database says.
        found: u32,
        /// What this program can read.
        known: u32,
    },
    /// Without a backup there is no upgrade.
    #[error(
        "No backup of the desk's database could be made in {folder}, so it was not upgraded: {error}. Make one \
         yourself and say so with --backup-made, or mend what is wrong and start again."
    )]
    Backup {
        /// Where it should have gone.
        folder: PathBuf,
        /// What went wrong.
        error: String,
    },
    /// The database did not answer as it should.
    #[error("The desk's database can't be opened: {0}.")]
    Database(#[from] sqlx::Error),
}

/// Why the store did not do what it was asked for. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing, or it is none of the asker's business: the same answer.
    #[error("not found")]
    NotFound,
    /// Somebody else changed it first.
    #[error("the ticket is at version {current} by now")]
    Stale {
        /// The version it has now.
        current: u32,
    },
    /// The rules say no.
    #[error("the ticket does not allow it: {0:?}")]
    Refused(Refusal),
    /// The same idempotency key came with another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The customer number, or whatever must be there once only, is taken.
    #[error("this {0} is taken")]
    Taken(&'static str),
    /// The database holds what it can't hold.
    #[error("the database holds a {0} that can't be read")]
    Corrupt(&'static str),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether the database works, and holds something that makes no sense.
    pub(super) const fn is_about_what_is_kept(&self) -> bool {
        match self {
            Self::Corrupt(_) | Self::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => true,
            Self::Database(_)
            | Self::NotFound
            | Self::Stale { .. }
            | Self::Refused(_)
            | Self::KeyReused
            | Self::Taken(_) => false,
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
