//! The one folder that holds all that the relay keeps, and sentences for what can go wrong with it.

use anyhow::{Result, anyhow};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder given with `--dir`.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`, whether it is there or not.
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.0.join("relay.toml")
    }

    /// What customers get.
    pub fn company_file(&self) -> PathBuf {
        self.0.join("beistand.toml")
    }

    /// Technicians and their devices.
    pub fn database(&self) -> PathBuf {
        self.0.join("beistand.db")
    }

    /// The organisation's root certificate.
    pub fn root(&self) -> PathBuf {
        self.0.join("root.pem")
    }

    /// The organisation's key.
    pub fn root_key(&self) -> PathBuf {
        self.0.join("root.key.pem")
    }

    /// The relay's own server certificate.
    pub fn server(&self) -> PathBuf {
        self.0.join("server.pem")
    }

    /// The key of the relay's own server certificate.
    pub fn server_key(&self) -> PathBuf {
        self.0.join("server.key.pem")
    }

    /// Customers, tickets and what belongs to them.
    pub fn desk_database(&self) -> PathBuf {
        self.0.join("desk.db")
    }

    /// What the desk's database was before each upgrade.
    pub fn desk_backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    /// What guards the customers' PINs, should the database be stolen.
    pub fn pin_pepper(&self) -> PathBuf {
        self.0.join("pin.pepper")
    }

    /// What the desk keeps unreadable in its database while it decides on it.
    pub fn desk_secret(&self) -> PathBuf {
        self.0.join("desk.secret")
    }

    /// Files of tickets, each under a key that is in the database.
    pub fn desk_files(&self) -> PathBuf {
        self.0.join("files")
    }

    /// Makes the folder, for its owner only, if it is not there.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub fn create(&self) -> Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                // Such as /proc: elsewhere the folders above are made as well.
                let path = self.0.display();
                return anyhow!("Can't create {path}: no folder can be made there. Choose another one with --dir.");
            }
            explain("create", &self.0, &error)
        })
    }
}

/// Reads a text file.
///
/// # Errors
/// A sentence for the admin.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| explain("read", path, &error))
}

/// Writes a file at once or not at all; only its owner may read it.
///
/// # Errors
/// A sentence for the admin.
pub fn write(path: &Path, text: &str) -> Result<()> {
    write_for(path, text, 0o600)
}

/// Writes a file at once or not at all; everybody may read it.
///
/// # Errors
/// A sentence for the admin.
pub fn write_public(path: &Path, text: &str) -> Result<()> {
    write_for(path, text, 0o644)
}

fn write_for(path: &Path, text: &str, mode: u32) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let written = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;
        let mut file = options.open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    written().map_err(|error| explain("write", path, &error))
}

/// Whether others than its owner may read or change a file.
#[cfg(unix)]
pub fn is_open_to_others(path: &Path) -> bool {
    let mode = |found: fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&found.permissions());
    fs::metadata(path).is_ok_and(|found| mode(found) & 0o077 != 0)
}

/// Whether others than its owner may read or change a file.
#[cfg(not(unix))]
pub fn is_open_to_others(_path: &Path) -> bool {
    // The folder's own access list decides.
    false
}

/// Says what to do about a failed file.
pub fn explain(what: &str, path: &Path, error: &io::Error) -> anyhow::Error {
    let path = path.display();
    // The kinds belong to the standard library and grow; what is not named is shown as it is.
    #[allow(clippy::wildcard_enum_match_arm)]
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => anyhow!(
            "Can't {what} {path}: no permission. Give this user the right to it, or choose another folder with --dir."
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            anyhow!("Can't {what} {path}: the disk is full. Free some space and try again.")
        }
        io::ErrorKind::NotFound => anyhow!("Can't {what} {path}: it is not there. Check the path."),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            anyhow!("Can't {what} {path}: something else has that name. Choose another folder with --dir.")
        }
        _ => anyhow!("Can't {what} {path}: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        write(&path, "one").unwrap();
        write(&path, "two").unwrap();
        assert_eq!(read(&path).unwrap(), "two");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(!is_open_to_others(&path));
        #[cfg(unix)]
        {
            write_public(&path, "three").unwrap();
            assert!(is_open_to_others(&path));
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let sentence = read(Path::new("/nowhere/relay.toml")).unwrap_err().to_string();
        assert_eq!(sentence, "Can't read /nowhere/relay.toml: it is not there. Check the path.");
        let full = explain("write", Path::new("x"), &io::ErrorKind::StorageFull.into()).to_string();
        assert!(full.contains("disk is full"), "{full}");
        #[cfg(target_os = "linux")]
        {
            let nowhere = Folder::new("/proc/beistand".into()).create().unwrap_err().to_string();
            assert!(nowhere.contains("no folder can be made there"), "{nowhere}");
        }
    }
}
