//! Technicians and their devices, in SQLite. Every query is here.

use super::signature::DeviceKey;
use crate::core::TechnicianId;
use anyhow::{Result, anyhow, bail};
use beistand_protocol::rendezvous::{DeviceId, DisplayName};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The store of one relay. Other processes, such as the command line's, may use it at the same time.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    path: PathBuf,
}

/// A technician's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technician {
    /// The account.
    pub id: TechnicianId,
    /// What is typed at sign-in.
    pub login: String,
    /// What customers see.
    pub name: DisplayName,
    /// The hash to verify a password with.
    pub password_hash: String,
    /// Since when, in seconds since 1970.
    pub created_at: i64,
    /// Since when the account is disabled.
    pub disabled_at: Option<i64>,
}

type Row = (i64, String, String, String, i64, Option<i64>);

impl TryFrom<Row> for Technician {
    type Error = anyhow::Error;
    fn try_from((id, login, name, password_hash, created_at, disabled_at): Row) -> Result<Self> {
        let name = name.parse().map_err(|_| anyhow!("The name of technician {login} can't be shown."))?;
        Ok(Self { id: TechnicianId(id), login, name, password_hash, created_at, disabled_at })
    }
}

/// A login in its one form.
///
/// # Errors
/// A sentence for the admin.
pub fn read_login(text: &str) -> Result<String> {
    let login = text.trim().to_ascii_lowercase();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@+".contains(&byte);
    if login.is_empty() || login.len() > 64 || !login.bytes().all(allowed) {
        bail!("A login has 1 to 64 letters a-z, digits or the characters . _ - @ +, such as anna.weber.");
    }
    Ok(login)
}

impl Store {
    /// Makes the database.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub async fn create(path: &Path) -> Result<Self> {
        // Made beforehand, so that only its owner can read it.
        if !path.exists() {
            super::folder::write(path, "")?;
        }
        Self::connect(path, true).await
    }

    /// Opens the database and brings it up to date.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub async fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            bail!("There is no database at {}. Run `beistand-relay init` first.", path.display());
        }
        Self::connect(path, false).await
    }

    async fn connect(path: &Path, create: bool) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(10));
        let pool = pool.connect_with(options).await.map_err(|error| explain(path, &error))?;
        sqlx::migrate!().run(&pool).await.map_err(|error| {
            if matches!(error, sqlx::migrate::MigrateError::VersionMissing(_)) {
                anyhow!("The database {} was made by a newer version. Install that version again.", path.display())
            } else {
                anyhow!("Can't bring the database {} up to date: {error}.", path.display())
            }
        })?;
        Ok(Self { pool, path: path.to_owned() })
    }

    fn explain(&self) -> impl Fn(sqlx::Error) -> anyhow::Error {
        |error| explain(&self.path, &error)
    }

    /// Adds a technician.
    ///
    /// # Errors
    /// A sentence for the admin, also if the login is taken.
    pub async fn add_technician(&self, login: &str, name: &DisplayName, password_hash: &str) -> Result<()> {
        let added = sqlx::query(
            "INSERT INTO technicians (login, name, password_hash, created_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (login) DO NOTHING",
        )
        .bind(login)
        .bind(name.as_str())
        .bind(password_hash)
        .bind(now())
        .execute(&self.pool)
        .await
        .map_err(self.explain())?;
        if added.rows_affected() == 0 {
            bail!(
                "There is a technician {login} already. Choose another login, or set a new password for that one: \
                 beistand-relay technician password {login}"
            );
        }
        Ok(())
    }

    /// Sets a technician's password.
    ///
    /// # Errors
    /// A sentence for the admin, also if there is no such technician.
    pub async fn set_password(&self, login: &str, password_hash: &str) -> Result<()> {
        let changed = sqlx::query("UPDATE technicians SET password_hash = ? WHERE login = ?")
            .bind(password_hash)
            .bind(login)
            .execute(&self.pool)
            .await
            .map_err(self.explain())?;
        if changed.rows_affected() == 0 {
            return Err(unknown(login));
        }
        Ok(())
    }

    /// All technicians, by login.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub async fn technicians(&self) -> Result<Vec<Technician>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, login, name, password_hash, created_at, disabled_at FROM technicians ORDER BY login",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(self.explain())?;
        rows.into_iter().map(Technician::try_from).collect()
    }

    /// The technician with this login.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn technician(&self, login: &str) -> Result<Option<Technician>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, login, name, password_hash, created_at, disabled_at FROM technicians WHERE login = ?",
        )
        .bind(login)
        .fetch_optional(&self.pool)
        .await
        .map_err(self.explain())?;
        row.map(Technician::try_from).transpose()
    }

    /// Disables or enables a technician; a running relay hears of it within a second.
    ///
    /// # Errors
    /// A sentence for the admin, also if there is no such technician.
    pub async fn set_disabled(&self, login: &str, disabled: bool) -> Result<()> {
        let mut transaction = self.pool.begin().await.map_err(self.explain())?;
        let changed = sqlx::query(
            "UPDATE technicians SET disabled_at = CASE WHEN ? THEN coalesce(disabled_at, ?) END WHERE login = ?",
        )
        .bind(disabled)
        .bind(now())
        .bind(login)
        .execute(&mut *transaction)
        .await
        .map_err(self.explain())?;
        if changed.rows_affected() == 0 {
            return Err(unknown(login));
        }
        sqlx::query("UPDATE revision SET number = number + 1")
            .execute(&mut *transaction)
            .await
            .map_err(self.explain())?;
        transaction.commit().await.map_err(self.explain())
    }

    /// Counts up with every change that a running relay must hear of.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn revision(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT number FROM revision").fetch_one(&self.pool).await.map_err(self.explain())
    }

    /// Whose account is disabled.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn disabled(&self) -> Result<BTreeSet<TechnicianId>> {
        let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM technicians WHERE disabled_at IS NOT NULL")
            .fetch_all(&self.pool)
            .await
            .map_err(self.explain())?;
        Ok(ids.into_iter().map(TechnicianId).collect())
    }

    /// Makes a device's key known as this technician's, who has proven to hold both key and password.
    pub(super) async fn add_device(&self, technician: TechnicianId, key: &DeviceKey) -> Result<()> {
        sqlx::query(
            "INSERT INTO devices (id, technician_id, public_key, created_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET technician_id = excluded.technician_id",
        )
        .bind(key.id().as_bytes().as_slice())
        .bind(technician.0)
        .bind(key.as_bytes())
        .bind(now())
        .execute(&self.pool)
        .await
        .map_err(self.explain())?;
        Ok(())
    }

    /// A known device of a technician whose account is not disabled.
    pub(super) async fn device(&self, device: DeviceId) -> Result<Option<(TechnicianId, DisplayName, DeviceKey)>> {
        let row: Option<(i64, String, Vec<u8>)> = sqlx::query_as(
            "SELECT technicians.id, technicians.name, devices.public_key
             FROM devices JOIN technicians ON technicians.id = devices.technician_id
             WHERE devices.id = ? AND technicians.disabled_at IS NULL",
        )
        .bind(device.as_bytes().as_slice())
        .fetch_optional(&self.pool)
        .await
        .map_err(self.explain())?;
        Ok(row.and_then(|(id, name, key)| Some((TechnicianId(id), name.parse().ok()?, DeviceKey::read(&key)?))))
    }

    /// The name of a technician whose account is not disabled.
    pub(super) async fn active_name(&self, technician: TechnicianId) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT name FROM technicians WHERE id = ? AND disabled_at IS NULL")
            .bind(technician.0)
            .fetch_optional(&self.pool)
            .await
            .map_err(self.explain())
    }

    /// Writes everything down and lets go.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn unknown(login: &str) -> anyhow::Error {
    anyhow!("There is no technician {login}. `beistand-relay technician list` shows who there is.")
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn explain(path: &Path, error: &sqlx::Error) -> anyhow::Error {
    let path = path.display();
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    // The primary code is in the low byte of the extended one.
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => anyhow!("The database {path} is busy. Try again in a moment."),
        Some(8 | 14 | 23) => {
            anyhow!("The database {path} can't be written. Give this user the right to it and to its folder.")
        }
        Some(11 | 26) => anyhow!("The database {path} is damaged. Restore it from a backup."),
        Some(13) => anyhow!("The disk is full, so the database {path} can't be written. Free some space."),
        Some(_) | None => anyhow!("The database {path} does not work: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("beistand.db")).await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn technicians_are_added_once_and_disabled_for_a_running_relay_to_hear() {
        let (folder, store) = store().await;
        let name: DisplayName = "Anna Weber".parse().unwrap();
        store.add_technician("anna", &name, "hash").await.unwrap();
        assert!(store.add_technician("anna", &name, "hash").await.unwrap_err().to_string().contains("already"));
        assert_eq!(store.technicians().await.unwrap().len(), 1);
        let anna = store.technician("anna").await.unwrap().unwrap();
        assert_eq!((anna.name, anna.disabled_at), (name, None));
        store.set_password("anna", "other hash").await.unwrap();
        assert_eq!(store.technician("anna").await.unwrap().unwrap().password_hash, "other hash");
        assert!(store.set_password("ben", "hash").await.is_err());

        let before = store.revision().await.unwrap();
        let other_process = Store::open(&folder.path().join("beistand.db")).await.unwrap();
        other_process.set_disabled("anna", true).await.unwrap();
        assert!(store.revision().await.unwrap() > before);
        assert_eq!(store.disabled().await.unwrap(), [anna.id].into());
        other_process.set_disabled("anna", false).await.unwrap();
        assert!(store.disabled().await.unwrap().is_empty());
        assert!(store.set_disabled("ben", true).await.unwrap_err().to_string().contains("no technician ben"));
    }

    #[tokio::test]
    async fn a_missing_or_damaged_database_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("beistand.db");
        assert!(Store::open(&path).await.unwrap_err().to_string().contains("beistand-relay init"));
        std::fs::write(&path, "this is not a database, however long one looks at it, and it is long").unwrap();
        let sentence = Store::open(&path).await.unwrap_err().to_string();
        assert!(sentence.contains("damaged"), "{sentence}");
    }

    #[test]
    fn logins_have_one_form() {
        assert_eq!(read_login(" Anna.Weber ").unwrap(), "anna.weber");
        assert!(read_login("anna weber").is_err());
        assert!(read_login("").is_err());
    }
}
