//! What is written on this computer, and what waits to be sent from it: in memory, and on the disk before the page
//! says so.

use super::{DeskStore, Item, StoredFile, files};
use crate::view::{ChosenFile, FileBytes, RefusedReason};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

/// Items of one kind with the folder that they are in.
pub(crate) struct Kept<C> {
    pub(crate) store: DeskStore,
    pub(crate) items: Vec<Item<C>>,
}

impl<C: Serialize + DeserializeOwned> Kept<C> {
    /// Reads what was left there.
    pub(crate) fn open(store: DeskStore) -> Self {
        let items = store.items();
        Self { store, items }
    }

    pub(crate) fn item(&self, id: &str) -> Option<&Item<C>> {
        self.items.iter().find(|item| item.id == id)
    }

    pub(crate) fn item_mut(&mut self, id: &str) -> Option<&mut Item<C>> {
        self.items.iter_mut().find(|item| item.id == id)
    }

    /// Writes an item down. Answers whether that worked.
    pub(crate) fn save(&self, id: &str) -> bool {
        let Some(item) = self.item(id) else { return false };
        let saved = self.store.save(item);
        if let Err(error) = &saved {
            tracing::warn!(%error, "Something for the desk can't be saved");
        }
        saved.is_ok()
    }

    /// Takes an item away, with its files. Answers whether that worked.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        self.items.retain(|item| item.id != id);
        let removed = self.store.remove(id);
        if let Err(error) = &removed {
            tracing::warn!(%error, "Something of the desk can't be removed");
        }
        removed.is_ok()
    }

    /// Whether an item is on the disk.
    pub(crate) fn is_on_disk(&self, id: &str) -> bool {
        self.store.has(id)
    }

    /// Lets a file go with an item, under this id. Answers whether that could be saved.
    ///
    /// # Errors
    /// Why it can't go with it.
    pub(crate) fn attach(
        &mut self,
        (id, file): (&str, String),
        now: Timestamp,
        name: &str,
        bytes: &FileBytes,
    ) -> Result<bool, RefusedReason> {
        let Some(bytes) = bytes.bytes() else { return Err(RefusedReason::Unreadable) };
        let Some(item) = self.item(id) else { return Ok(false) };
        let kind = files::look(name, &bytes, item.files.len(), item.files_bytes())?;
        let size_bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let saved = self.store.save_file(id, &file, &bytes).is_ok();
        let stored = StoredFile { id: file, name: name.to_owned(), kind, size_bytes, uploaded: None };
        if let Some(item) = self.item_mut(id) {
            item.files.push(stored);
            item.changed_at = now;
        }
        Ok(saved && self.save(id))
    }

    /// Takes a file away again. Answers whether that could be saved.
    pub(crate) fn detach(&mut self, id: &str, file: &str, now: Timestamp) -> bool {
        let Some(item) = self.item_mut(id) else { return true };
        item.files.retain(|one| one.id != file);
        item.changed_at = now;
        // First what names it, then the bytes: a crash in between leaves a file that nobody names.
        let saved = self.save(id);
        if saved {
            let _ = self.store.remove_file(id, file);
        }
        saved
    }
}

/// An item's files, as a page shows them.
pub(crate) fn chosen<C>(item: &Item<C>) -> Vec<ChosenFile> {
    let shown = |file: &StoredFile| ChosenFile {
        id: file.id.clone(),
        name: file.name.clone(),
        size_bytes: file.size_bytes,
        kind: file.kind,
    };
    item.files.iter().map(shown).collect()
}
