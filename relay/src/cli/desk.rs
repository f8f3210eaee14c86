//! What the desk's commands have in common.

use crate::shell::config::Config;
use crate::shell::desk_store;
use crate::shell::folder::Folder;
use anyhow::{Result, anyhow};
use beistand_desk::store::{Store, StoreError};

/// Who did it, in the store.
pub(super) const BY: &str = "admin";

/// Opens the desk's database beside a relay that may be serving; says what to do in a folder that is not set up.
pub(super) async fn open(folder: &Folder) -> Result<Store> {
    let config = Config::load(folder)?;
    desk_store::open(folder, &config).await
}

/// Says `expected` where the store only says that something is not there or taken.
pub(super) fn explain(error: StoreError, expected: &str) -> anyhow::Error {
    match error {
        StoreError::NotFound | StoreError::Taken(_) => anyhow!("{expected}"),
        StoreError::Stale { .. }
        | StoreError::Refused(_)
        | StoreError::KeyReused
        | StoreError::Corrupt(_)
        | StoreError::Database(_) => error.into(),
    }
}
