//! What the desk keeps on this computer: a folder for each item, with its files, and what is known of the account.
//!
//! An item's file is written beside the old one and then takes its place: a crash leaves one of the two whole.

use super::{About, Item};
use crate::store::{private_folder, read, write};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const ABOUT: &str = "about.json";
const ITEM: &str = "item.json";

/// The desk's folder of one profile.
#[derive(Clone, Debug)]
pub(crate) struct DeskStore {
    folder: PathBuf,
}

impl DeskStore {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn about(&self) -> About {
        read(&self.folder.join(ABOUT)).unwrap_or_default()
    }

    pub(crate) fn save_about(&self, about: &About) -> io::Result<()> {
        write(&self.folder, ABOUT, about)
    }

    /// Every item that can be read.
    pub(crate) fn items<C: DeserializeOwned>(&self) -> Vec<Item<C>> {
        let Ok(folders) = fs::read_dir(&self.folder) else { return Vec::new() };
        let read_one = |folder: io::Result<fs::DirEntry>| {
            let path = folder.ok()?.path().join(ITEM);
            match read::<Item<C>>(&path) {
                Ok(item) => Some(item),
                Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => None,
                Err(error) => {
                    // It stays where it is, for somebody to look at.
                    tracing::warn!(%error, "Something that was written for the desk can't be read");
                    None
                }
            }
        };
        folders.filter_map(read_one).collect()
    }

    pub(crate) fn save<C: Serialize>(&self, item: &Item<C>) -> io::Result<()> {
        write(&self.item_folder(&item.id)?, ITEM, item)
    }

    /// Whether there is such an item.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.item_folder(id).is_ok_and(|folder| folder.join(ITEM).exists())
    }

    pub(crate) fn remove(&self, id: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.item_folder(id)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        }
    }

    /// Writes the bytes of a file; the item that names it is saved after it.
    pub(crate) fn save_file(&self, id: &str, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.file(id, file)?;
        private_folder(path.parent().unwrap_or(&self.folder))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = || {
            let mut opened = options.open(&path)?;
            opened.write_all(bytes)?;
            opened.sync_all()
        };
        written().inspect_err(|_| drop(fs::remove_file(&path)))
    }

    pub(crate) fn remove_file(&self, id: &str, file: &str) -> io::Result<()> {
        fs::remove_file(self.file(id, file)?)
    }

    /// Where the bytes of a file are.
    pub(crate) fn file(&self, id: &str, file: &str) -> io::Result<PathBuf> {
        Ok(self.item_folder(id)?.join(format!("{}.bin", plain(file)?)))
    }

    /// Copies a file of one item to another.
    pub(crate) fn copy_file(&self, from: &str, to: &str, file: &str) -> io::Result<()> {
        self.save_file(to, file, &fs::read(self.file(from, file)?)?)
    }

    /// Removes everything.
    pub(crate) fn forget(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn item_folder(&self, id: &str) -> io::Result<PathBuf> {
        Ok(self.folder.join(plain(id)?))
    }
}

/// An id may come from a page: it names something in one folder and nothing else.
fn plain(id: &str) -> io::Result<&str> {
    let fits = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits { Ok(id) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Content;
    use jiff::Timestamp;
    use std::os::unix::fs::PermissionsExt;

    fn seat() -> (tempfile::TempDir, DeskStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = DeskStore::new(folder.path().join("desk"));
        (folder, store)
    }

    fn item(id: &str) -> Item {
        let content = Content::Comment { number: "T-1234-5671".into(), text: "Drucker".into() };
        Item::new(id.into(), Timestamp::UNIX_EPOCH, content)
    }

    #[test]
    fn items_and_their_files_come_back_and_are_private() {
        let (_folder, store) = seat();
        store.save_file("a1", "f1", b"bytes").unwrap();
        store.save(&item("a1")).unwrap();
        assert!(store.items() == [item("a1")]);
        assert_eq!(fs::read(store.file("a1", "f1").unwrap()).unwrap(), b"bytes");
        for path in ["a1/item.json", "a1/f1.bin"] {
            assert_eq!(fs::metadata(store.folder().join(path)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        store.remove("a1").unwrap();
        store.remove("a1").unwrap();
        assert!(store.items::<Content>().is_empty());
    }

    #[test]
    fn no_id_leads_out_of_the_folder() {
        let (_folder, store) = seat();
        for id in ["", ".", "..", "../x", "a/b", "a.b", &"x".repeat(65)] {
            assert!(store.file(id, "f").is_err(), "{id}");
            assert!(store.file("a", id).is_err(), "{id}");
            assert!(store.remove(id).is_err(), "{id}");
        }
    }

    #[test]
    fn what_was_cut_short_does_not_hide_the_rest() {
        let (_folder, store) = seat();
        store.save(&item("a1")).unwrap();
        fs::create_dir_all(store.folder().join("b2")).unwrap();
        fs::write(store.folder().join("b2/item.json"), "{\"id\":").unwrap();
        fs::create_dir_all(store.folder().join("c3")).unwrap();
        assert_eq!(store.items::<Content>().len(), 1);
        assert!(store.folder().join("b2/item.json").exists(), "nothing is thrown away");
    }
}
