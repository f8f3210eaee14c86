//! What the desk keeps in the relay's folder: its database and the pepper of the customers' PINs.

use super::config::Config;
use super::folder::{self, Folder};
use anyhow::{Context, Result, anyhow, bail};
use beistand_desk::pin::Pepper;
use beistand_desk::store::{Backup, Place, Store};
use beistand_protocol::secret::Secret;
use jiff::Timestamp;
use rand::RngExt;
use serde::Deserialize;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// `[desk]` in `relay.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Desk {
    /// A file with the URL of a PostgreSQL database; without it the desk keeps a SQLite file in the relay's folder.
    pub database_file: Option<std::path::PathBuf>,
    /// What everybody is told, and what is taken from everybody.
    pub public: super::desk::Public,
}

/// The commented section that `init` writes.
pub(super) const TEMPLATE: &str = r#"
# The ticket desk. It keeps everything in desk.db beside this file, and its backups in backups/.
# [desk]
# database_file = "database.url" # to keep it in PostgreSQL: one line, postgres://user:password@host/name; chmod 600
"#;

/// Opens the desk's database; the first one to do so makes it, and a newer program brings it up to date.
///
/// # Errors
/// A sentence for the admin.
pub async fn open(folder: &Folder, config: &Config) -> Result<Store> {
    let place = match &config.desk.database_file {
        None => {
            let path = folder.desk_database();
            if !path.exists() {
                // Made beforehand, so that only its owner can read it.
                folder::write(&path, "")?;
            }
            Place::Sqlite(path)
        }
        Some(file) => Place::Postgres(url(&folder.path().join(file))?),
    };
    let backup = Backup::Into(folder.desk_backups());
    Store::open(&place, &backup, Timestamp::now()).await.map_err(|error| anyhow!("{error}"))
}

fn url(path: &std::path::Path) -> Result<String> {
    if folder::is_open_to_others(path) {
        bail!(
            "Others than its owner can read {path}, which holds a password. Change that: chmod 600 {path}",
            path = path.display()
        );
    }
    let text = folder::read(path)?;
    let url = text.trim();
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        bail!("{} must hold one line such as postgres://user:password@host/name.", path.display());
    }
    Ok(url.to_owned())
}

/// Reads the pepper of the customers' PINs; the first one to do so makes it.
///
/// # Errors
/// A sentence for the admin. A pepper that is damaged is never replaced: all PINs would be void.
pub fn pepper(folder: &Folder) -> Result<Pepper> {
    let path = folder.pin_pepper();
    let bytes = random_file(&path, "guards all PINs")?;
    let bytes = bytes.with_context(|| {
        format!(
            "{} is damaged. Take it from your backup: without it no customer's PIN works. If it is lost, remove it and \
             issue new PINs.",
            path.display()
        )
    })?;
    Ok(Pepper::new(&bytes)?)
}

/// Reads the desk's own secret; the first one to do so makes it.
///
/// # Errors
/// A sentence for the admin.
pub fn secret(folder: &Folder) -> Result<Secret<[u8; 32]>> {
    let path = folder.desk_secret();
    let bytes = random_file(&path, "opens forms that wait")?.with_context(|| {
        format!(
            "{} is damaged. Take it from your backup. If it is lost, remove it: forms that came with a PIN within the \
             last minutes are lost with it.",
            path.display()
        )
    })?;
    Ok(Secret::new(*bytes))
}

/// A file of 32 random bytes that is made when it is not there; nothing if it is damaged.
fn random_file(path: &std::path::Path, what: &str) -> Result<Option<Zeroizing<[u8; 32]>>> {
    if !path.exists() {
        let random: Zeroizing<[u8; 32]> = Zeroizing::new(rand::rng().random());
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in random.iter() {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
        folder::write(path, &text)?;
    }
    if folder::is_open_to_others(path) {
        bail!(
            "Others than its owner can read {path}, which {what}. Change that: chmod 600 {path}",
            path = path.display()
        );
    }
    let text = Zeroizing::new(folder::read(path)?);
    Ok(decode(text.trim()).map(Zeroizing::new))
}

fn decode(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pepper_stays_the_same_and_is_never_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::new(temp.path().to_owned());
        let pin = "12345678".parse().unwrap();
        let hash = pepper(&folder).unwrap().hash(&pin).unwrap();
        assert!(pepper(&folder).unwrap().verify(&pin, Some(&hash)));
        assert!(!folder::is_open_to_others(&folder.pin_pepper()));
        folder::write(&folder.pin_pepper(), "damaged\n").unwrap();
        let error = pepper(&folder).unwrap_err().to_string();
        assert!(error.contains("backup"), "{error}");
        assert_eq!(folder::read(&folder.pin_pepper()).unwrap(), "damaged\n");
    }
}
