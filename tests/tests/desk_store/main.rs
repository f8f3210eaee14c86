//! The desk's store: every test on SQLite and on PostgreSQL.
//!
//! `desk.rs` makes a desk with two customers and their people; the other files ask what it does.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::wildcard_enum_match_arm, clippy::panic)] // In helpers of tests.

mod acting;
mod credentials;
mod desk;
mod filing;
mod finding;
mod held;
mod posting;
mod upgrading;
mod walls;

/// Runs each of these tests on both databases. On PostgreSQL they run one after the other, each on a database of its
/// own, because starting the server takes longer than all of them.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() -> anyhow::Result<()> { super::$name($crate::desk::Desk::sqlite().await?).await }
        )+ }
        mod postgres {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn all() -> anyhow::Result<()> {
                let _running = beistand_tests::postgres::Postgres::database()?;
                $(
                    eprintln!("on PostgreSQL: {}", stringify!($name));
                    let done = super::$name($crate::desk::Desk::postgres().await?).await;
                    anyhow::Context::context(done, stringify!($name))?;
                )+
                Ok(())
            }
        }
    };
}
pub(crate) use on_both;
