//! A transaction and what can be done in it.

use super::{Dialect, Row};
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, Transaction};

/// An argument of a query. Nothing has a type too, because PostgreSQL asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($variant:ident: $($type:ty => $read:expr),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some($read(value)))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map($read))
            }
        }
    )+};
}

from!(Int: i64 => i64::from, u32 => i64::from, u8 => i64::from, bool => i64::from);
from!(Text: &str => text, String => text, &String => text);
from!(Bytes: &[u8] => bytes, [u8; 16] => bytes, [u8; 32] => bytes, Vec<u8> => bytes);

/// PostgreSQL keeps no NUL, and SQLite ends its functions there.
fn text(text: impl AsRef<str>) -> String {
    text.as_ref().replace('\0', "")
}

fn bytes(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    bytes.as_ref().to_vec()
}

/// The arguments of a query, in the order of its question marks.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::db::Value::from($value)),*] };
}
pub(in crate::store) use args;

/// A transaction of either database.
#[derive(Debug)]
pub(in crate::store) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(in crate::store) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Carries `sql` out and says how many rows it changed.
    pub(in crate::store) async fn run(&mut self, sql: &str, values: Vec<Value>) -> sqlx::Result<u64> {
        match self {
            Self::Sqlite(tx) => Ok(sqlite(sql, values).execute(&mut **tx).await?.rows_affected()),
            Self::Postgres(tx) => Ok(postgres(sql, values).execute(&mut **tx).await?.rows_affected()),
        }
    }

    /// Every row that `sql` answers.
    pub(in crate::store) async fn rows(&mut self, sql: &str, values: Vec<Value>) -> sqlx::Result<Vec<Row>> {
        Ok(match self {
            Self::Sqlite(tx) => sqlite(sql, values).fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect(),
            Self::Postgres(tx) => {
                postgres(sql, values).fetch_all(&mut **tx).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The one row that `sql` answers, if it does.
    pub(in crate::store) async fn row(&mut self, sql: &str, values: Vec<Value>) -> sqlx::Result<Option<Row>> {
        Ok(match self {
            Self::Sqlite(tx) => sqlite(sql, values).fetch_optional(&mut **tx).await?.map(Row::Sqlite),
            Self::Postgres(tx) => postgres(sql, values).fetch_optional(&mut **tx).await?.map(Row::Postgres),
        })
    }

    /// Several statements without arguments, as migrations have them.
    pub(in crate::store) async fn script(&mut self, sql: &str) -> sqlx::Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(tx) => sql.execute(&mut **tx).await.map(drop),
            Self::Postgres(tx) => sql.execute(&mut **tx).await.map(drop),
        }
    }

    /// Makes what was done last.
    pub(in crate::store) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}

// INVARIANT: `sql` is made of texts in this program alone; what people type comes in `values`.
fn sqlite(sql: &str, values: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    values.into_iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

// INVARIANT: as above.
fn postgres(sql: &str, values: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    values.into_iter().fold(sqlx::query(AssertSqlSafe(numbered(sql))), |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

/// The same query with `$1`, `$2` … in place of each `?`.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() + 16);
    let mut parts = sql.split('?');
    numbered.push_str(parts.next().unwrap_or_default());
    for (index, part) in parts.enumerate() {
        numbered.push('$');
        numbered.push_str(&(index + 1).to_string());
        numbered.push_str(part);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn postgres_counts_its_arguments() {
        assert_eq!(numbered("a = ? AND b IN (?, ?)"), "a = $1 AND b IN ($2, $3)");
        assert_eq!(numbered("a"), "a");
    }
}
