//! Brings a database up to date: one file per version, forward only, each in a transaction of its own.
//!
//! Before an upgrade a backup is made; a database that a newer version made is left alone. What a file once did stays
//! as it is: a change is a new file.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::db::{Db, Tx, Value, args};
use super::{OpenError, Place};

struct Migration {
    version: u32,
    name: &'static str,
    sql: &'static str,
}

const ALL: &[Migration] = &[
    Migration { version: 1, name: "desk", sql: include_str!("../../migrations/0001_desk.sql") },
    Migration { version: 2, name: "search", sql: include_str!("../../migrations/0002_search.sql") },
    Migration {
        version: 3,
        name: "decided by people",
        sql: include_str!("../../migrations/0003_decided_by_people.sql"),
    },
    Migration { version: 4, name: "open of customer", sql: include_str!("../../migrations/0004_open_of_customer.sql") },
];

/// Where the backup before an upgrade goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backup {
    /// Into this folder: SQLite copies itself, PostgreSQL is copied by its `pg_dump`.
    Into(PathBuf),
    /// The admin has made one.
    AlreadyMade,
}

pub(super) async fn migrate(db: &Db, place: &Place, backup: &Backup, now: i64) -> Result<(), OpenError> {
    let newest = ALL.last().map_or(0, |last| last.version);
    let found = prepare(db).await?;
    if found > newest {
        return Err(OpenError::Newer { found, known: newest });
    }
    if found > 0 && found < newest {
        make_backup(db, place, backup, found, now).await?;
    }
    for migration in ALL.iter().filter(|migration| migration.version > found) {
        let mut tx = locked(db).await?;
        // Another process may have been quicker.
        if version(&mut tx).await? < migration.version {
            tx.script(&db.dialect().translate(migration.sql)).await?;
            let row = args![migration.version, migration.name, now];
            tx.run("INSERT INTO desk_schema (version, name, applied_at) VALUES (?, ?, ?)", row).await?;
            tracing::info!(version = migration.version, name = migration.name, "Desk database brought up to date");
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Makes sure that there is a table of versions, and says which one the database has.
async fn prepare(db: &Db) -> sqlx::Result<u32> {
    let mut tx = locked(db).await?;
    let table = "CREATE TABLE IF NOT EXISTS desk_schema (
        version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL
    ) STRICT;";
    tx.script(&db.dialect().translate(table)).await?;
    let version = version(&mut tx).await?;
    tx.commit().await?;
    Ok(version)
}

async fn version(tx: &mut Tx) -> sqlx::Result<u32> {
    let row = tx.row("SELECT coalesce(max(version), 0) AS version FROM desk_schema", args![]).await?;
    let version = row.map_or(Ok(0), |row| row.get::<i64>("version"))?;
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

/// A transaction in which nobody else migrates.
async fn locked(db: &Db) -> sqlx::Result<Tx> {
    let mut tx = db.write().await?;
    if let Db::Postgres { .. } = db {
        tx.run("SELECT pg_advisory_xact_lock(?)", vec![Value::from(0x6265_6973_7461_i64)]).await?;
    }
    Ok(tx)
}

async fn make_backup(db: &Db, place: &Place, backup: &Backup, version: u32, now: i64) -> Result<(), OpenError> {
    let Backup::Into(folder) = backup else { return Ok(()) };
    let failed = |error: String| OpenError::Backup { folder: folder.clone(), error };
    let ending = match place {
        Place::Sqlite(_) => "sqlite",
        Place::Postgres(_) => "dump",
    };
    let path = folder.join(format!("desk-version-{version}-{now}.{ending}"));
    private(&path).map_err(|error| failed(error.to_string()))?;
    match db {
        Db::Sqlite { writer, .. } => {
            let path = path.to_str().ok_or_else(|| failed("the folder's name is no text".into()))?;
            // Into the empty file that is there, which its owner alone can read.
            sqlx::query("VACUUM INTO ?").bind(path).execute(writer).await.map_err(|error| failed(error.to_string()))?;
        }
        Db::Postgres { .. } => dump(place, &path).await.map_err(failed)?,
    }
    tracing::info!(path = %path.display(), "Desk database backed up before its upgrade");
    Ok(())
}

/// Makes an empty file that nobody else can read.
fn private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

async fn dump(place: &Place, path: &Path) -> Result<(), String> {
    let Place::Postgres(url) = place else { return Ok(()) };
    let mut url = url::Url::parse(url).map_err(|error| error.to_string())?;
    let mut command = tokio::process::Command::new("pg_dump");
    // Other people on the machine can read a command line.
    if let Some(password) = url.password() {
        let query = format!("password={}", password.replace('+', "%2B"));
        let password = url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned());
        command.env("PGPASSWORD", password.unwrap_or_default());
    }
    let _ = url.set_password(None);
    let text = url.as_str();
    command.args(["--format=custom", "--no-password", "--file"]).arg(path).arg(format!("--dbname={text}"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = command.output().await.map_err(|error| format!("pg_dump can't be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("pg_dump: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
