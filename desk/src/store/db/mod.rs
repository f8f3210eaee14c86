//! One thin layer over SQLite and PostgreSQL, so that every query of the desk is written once.
//!
//! A query is SQL that both databases read, with `?` for each argument; [`Tx`] carries it out and gives [`Row`]s.
//! Where the two differ, the difference is in [`Dialect`]; nothing above this module names a database. Instants and
//! flags are BIGINT, ids and hashes BLOB, and a literal that is read back is `CAST(… AS BIGINT)`, which both read alike.
//!
//! It must not know tickets, and nothing that a person typed may become SQL text.

mod dialect;
mod row;
mod tx;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

pub(super) use dialect::Dialect;
pub(super) use row::{Column, Row};
pub(super) use tx::{Tx, Value, args};

/// How long one caller waits for a connection or for another program's lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the desk keeps its data.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite, made if it is not there.
    Sqlite(PathBuf),
    /// A database of PostgreSQL, by its URL.
    Postgres(String),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"), // The URL may hold a password.
        }
    }
}

/// An open database.
#[derive(Clone, Debug)]
pub(super) enum Db {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres { pool: PgPool },
}

impl Db {
    pub(super) async fn open(place: &Place) -> sqlx::Result<Self> {
        match place {
            Place::Sqlite(path) => Self::open_sqlite(path).await,
            Place::Postgres(url) => Self::open_postgres(url).await,
        }
    }

    async fn open_sqlite(path: &Path) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            .pragma("cache_size", "-8192")
            .pragma("temp_store", "memory")
            .pragma("trusted_schema", "off");
        // SQLite has one writer at a time: whoever waits, waits here, in the order of coming.
        let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE);
        let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        let readers = pool.max_connections(4).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    async fn open_postgres(url: &str) -> sqlx::Result<Self> {
        let options = PgConnectOptions::from_str(url)?.application_name("beistand-desk").options([
            // The plan of a search depends on what is searched for.
            ("plan_cache_mode", "force_custom_plan"),
            ("jit", "off"),
            ("lock_timeout", "10s"),
        ]);
        let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(PATIENCE).connect_with(options).await?;
        Ok(Self::Postgres { pool })
    }

    pub(super) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Begins to read: all queries of the transaction see one state.
    pub(super) async fn read(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres { pool } => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// Begins to write. Dropped without [`Tx::commit`], nothing has happened.
    pub(super) async fn write(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres { pool } => Tx::Postgres(pool.begin().await?),
        })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool } => pool.close().await,
        }
    }
}
