//! What is cleared without being asked: what is kept for a time only, files that nobody used, and files without a row.

use super::Desk;
use crate::store::StoreError;
use beistand_protocol::desk::ids::AttachmentId;
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::time::{Duration, SystemTime};

const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long an uploaded file waits for the form or message it belongs to.
const UNUSED: SignedDuration = SignedDuration::from_hours(24);
/// A file without a row is one whose writer died between the two; by then nobody is still between them.
const ORPHANED: Duration = Duration::from_secs(60 * 60);
const ROWS_AT_ONCE: usize = 500;

/// What went wrong while clearing.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Desk {
    pub(super) async fn keep_house(&self) {
        let mut hours = tokio::time::interval(EVERY);
        loop {
            hours.tick().await;
            if let Err(error) = self.clear(Timestamp::now()).await {
                tracing::error!(%error, "What is old could not be cleared; it is tried again in an hour");
            }
        }
    }

    async fn clear(&self, now: Timestamp) -> Result<(), Trouble> {
        self.store.purge(now).await?;
        // A day is over for an hour before it is told of: by then every form of it is decided on.
        let lately = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
        self.store.tell_of_failed_pins(super::today(lately), now).await?;
        let before = now.checked_sub(UNUSED).unwrap_or(Timestamp::MIN);
        loop {
            let unused = self.store.unused_uploads(before).await?;
            for id in &unused {
                // The row first: a file without a row is found again, a row without a file is a broken promise.
                self.store.forget_upload(*id).await?;
            }
            self.remove(unused.clone()).await?;
            if unused.len() < ROWS_AT_ONCE {
                break;
            }
        }
        let blobs = self.attachments.blobs().clone();
        let old = blocking(move || {
            blobs.clear_abandoned(SystemTime::now())?;
            blobs.older_than(ORPHANED, SystemTime::now())
        });
        for some in old.await?.chunks(ROWS_AT_ONCE) {
            let known = self.store.existing_files(some).await?;
            self.remove(some.iter().filter(|id| !known.contains(id)).copied().collect()).await?;
        }
        Ok(())
    }

    async fn remove(&self, files: Vec<AttachmentId>) -> io::Result<()> {
        let blobs = self.attachments.blobs().clone();
        blocking(move || files.into_iter().try_for_each(|id| blobs.remove(id))).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
