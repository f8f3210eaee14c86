//! `cargo xtask demo`: builds, then hands over to the demo's own program in `tests/`, which drives the call.

use anyhow::Result;

use crate::{packages, run, steps};

/// Builds and starts the demo.
///
/// # Errors
/// When something cannot be installed or built, or a step of the demo fails.
pub(crate) fn run(headless: bool, yes: bool) -> Result<()> {
    packages::ensure(yes)?;
    steps::built_ui()?;
    run::line("cargo build --locked --bins --package beistand --package beistand-relay --package beistand-tests")?;
    let mut demo = run::command(&run::target().join("debug/demo").display().to_string());
    if headless {
        demo.arg("--headless");
    }
    run::run(&mut demo)
}
