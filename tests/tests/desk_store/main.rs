//! The desk's store: every test on SQLite and on PostgreSQL.
//!
//! `desk.rs` makes a desk with two customers and their people; the other files ask what it does.

mod acting;
mod desk;
mod filing;
mod finding;
mod posting;
mod upgrading;
mod walls;

/// Runs each of these tests on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() -> anyhow::Result<()> { super::$name($crate::desk::Desk::sqlite().await?).await }
        )+ }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() -> anyhow::Result<()> { super::$name($crate::desk::Desk::postgres().await?).await }
        )+ }
    };
}
pub(crate) use on_both;
