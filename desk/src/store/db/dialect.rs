//! Where SQLite and PostgreSQL differ.

/// Which SQL a database reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Holds the rows of a `SELECT` until the transaction ends. SQLite has one writer at a time anyway.
    pub(in crate::store) const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// As [`Self::for_update`], and leaves out what another one holds.
    pub(in crate::store) const fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Whether `column` contains the text of one argument, which must not be read as a pattern.
    pub(in crate::store) fn contains(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("instr({column}, ?) > 0"),
            // LIKE, because the trigram index knows it; `literal` quotes the argument for it.
            Self::Postgres => format!("{column} LIKE ?"),
        }
    }

    /// The argument for [`Self::contains`].
    pub(in crate::store) fn literal(self, text: &str) -> String {
        match self {
            Self::Sqlite => text.to_owned(),
            Self::Postgres => {
                let quoted = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
                format!("%{quoted}%")
            }
        }
    }

    /// A migration, which is written for SQLite, as this database reads it.
    ///
    /// A line that ends in `-- sqlite` or `-- postgres` is for that one alone.
    pub(in crate::store) fn translate(self, migration: &str) -> String {
        let (mine, other) = match self {
            Self::Sqlite => ("-- sqlite", "-- postgres"),
            Self::Postgres => ("-- postgres", "-- sqlite"),
        };
        let lines = migration.lines().filter(|line| !line.trim_end().ends_with(other));
        let text: String = lines.flat_map(|line| [line.trim_end().trim_end_matches(mine), "\n"]).collect();
        match self {
            Self::Sqlite => text,
            Self::Postgres => text
                .replace(" INTEGER", " BIGINT")
                .replace(" BLOB", " BYTEA")
                .replace(") STRICT, WITHOUT ROWID;", ");")
                .replace(") STRICT;", ");"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn a_migration_reads_as_each_database_needs_it() {
        let sql = "CREATE TABLE a (b INTEGER, c BLOB) STRICT;\nPRAGMA x; -- sqlite\nSET y; -- postgres\n";
        assert_eq!(Dialect::Sqlite.translate(sql), "CREATE TABLE a (b INTEGER, c BLOB) STRICT;\nPRAGMA x; \n");
        assert_eq!(Dialect::Postgres.translate(sql), "CREATE TABLE a (b BIGINT, c BYTEA);\nSET y; \n");
    }

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(Dialect::Postgres.literal(r"50%_\"), r"%50\%\_\\%");
        assert_eq!(Dialect::Sqlite.literal("50%"), "50%");
    }
}
