//! Files of a profile: settings and receipts, as JSON, readable by their owner alone.
//!
//! A file is written beside the old one and then takes its place, so that a crash leaves one of the two whole.

use beistand_protocol::receipt::Receipt;
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const SETTINGS: &str = "settings.json";
const RECEIPTS: &str = "receipts";
/// No file of ours is longer; a longer one is not ours.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The folder of one profile.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in this folder; it is made when something is first saved.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Reads the settings, if there are any that can be read.
    pub(crate) fn settings<T: DeserializeOwned>(&self) -> Option<T> {
        let path = self.folder.join(SETTINGS);
        match read(&path) {
            Ok(settings) => Some(settings),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%error, "Settings can't be read and are put aside");
                let _ = fs::rename(&path, path.with_extension("unreadable"));
                None
            }
        }
    }

    pub(crate) fn save_settings(&self, settings: &impl Serialize) -> io::Result<()> {
        write(&self.folder, SETTINGS, settings)
    }

    pub(crate) fn save_receipt(&self, receipt: &Receipt) -> io::Result<()> {
        write(&self.receipts_folder(), &file_name(&receipt.id)?, receipt)
    }

    pub(crate) fn receipt(&self, id: &str) -> io::Result<Receipt> {
        read(&self.receipt_path(id)?)
    }

    pub(crate) fn receipt_path(&self, id: &str) -> io::Result<PathBuf> {
        Ok(self.receipts_folder().join(file_name(id)?))
    }

    pub(crate) fn delete_receipt(&self, id: &str) -> io::Result<()> {
        fs::remove_file(self.receipt_path(id)?)
    }

    /// Every receipt that can be read, newest first.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        let Ok(files) = fs::read_dir(self.receipts_folder()) else { return Vec::new() };
        let mut receipts: Vec<Receipt> = files.filter_map(|file| read(&file.ok()?.path()).ok()).collect();
        // Ids begin with the time.
        receipts.sort_by(|one, other| other.id.cmp(&one.id));
        receipts
    }

    pub(crate) fn receipts_count(&self) -> u32 {
        let files = fs::read_dir(self.receipts_folder());
        files.map_or(0, |files| u32::try_from(files.filter(Result::is_ok).count()).unwrap_or(u32::MAX))
    }

    /// Removes everything of this profile.
    pub(crate) fn forget(&self) -> io::Result<()> {
        let gone = [fs::remove_file(self.folder.join(SETTINGS)), fs::remove_dir_all(self.receipts_folder())];
        gone.into_iter()
            .find(|outcome| outcome.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::NotFound))
            .unwrap_or(Ok(()))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn receipts_folder(&self) -> PathBuf {
        self.folder.join(RECEIPTS)
    }
}

/// An id comes from a page: it names a file in one folder and nothing else.
fn file_name(id: &str) -> io::Result<String> {
    let fits = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits { Ok(format!("{id}.json")) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    if fs::metadata(path)?.len() > MAX_FILE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

pub(crate) fn write(folder: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    private_folder(folder)?;
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    let new = folder.join(format!(".{name}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = || {
        let mut file = options.open(&new)?;
        file.write_all(&json)?;
        file.sync_all()?;
        fs::rename(&new, folder.join(name))
    };
    // What a full disk cut short is of no use.
    written().inspect_err(|_| drop(fs::remove_file(&new)))
}

pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::view::Language;
    use std::os::unix::fs::PermissionsExt;

    fn seat() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("profile"));
        (folder, store)
    }

    #[test]
    fn settings_come_back_and_are_private() {
        let (_folder, store) = seat();
        let settings = Settings::of_new_user(Language::English);
        store.save_settings(&settings).unwrap();
        assert_eq!(store.settings::<Settings>().unwrap().language, Language::English);
        let file = fs::metadata(store.folder().join(SETTINGS)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(store.folder()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn unreadable_settings_are_put_aside_and_not_lost() {
        let (_folder, store) = seat();
        store.save_settings(&Settings::default()).unwrap();
        fs::write(store.folder().join(SETTINGS), "{\"language\":").unwrap();
        assert!(store.settings::<Settings>().is_none());
        assert!(store.folder().join("settings.unreadable").exists());
    }

    #[test]
    fn what_could_not_be_saved_leaves_nothing_behind() {
        let (_folder, store) = seat();
        fs::create_dir_all(store.folder().join(SETTINGS).join("in the way")).unwrap();
        assert!(store.save_settings(&Settings::default()).is_err());
        assert_eq!(fs::read_dir(store.folder()).unwrap().count(), 1);
    }

    #[test]
    fn a_receipt_is_named_by_no_path() {
        let (_folder, store) = seat();
        for id in ["", "../settings", "a/b", "a.b", &"x".repeat(65)] {
            assert!(store.receipt(id).is_err(), "{id}");
            assert!(store.delete_receipt(id).is_err(), "{id}");
        }
    }

    #[test]
    fn forgetting_leaves_nothing() {
        let (_folder, store) = seat();
        store.forget().unwrap();
        store.save_settings(&Settings::default()).unwrap();
        store.forget().unwrap();
        assert_eq!(fs::read_dir(store.folder()).unwrap().count(), 0);
    }
}
