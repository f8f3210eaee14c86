//! The app's package for Debian: what the bundler makes, compressed as Debian does it, which takes a third off.

use crate::run;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// The bundler; its version is that of the `tauri` crate.
const BUNDLER: &str = "npx --yes @tauri-apps/cli@2.12.5 bundle --bundles deb";

/// Builds the interface, the app and its package; says where that is and how large.
pub(crate) fn run() -> Result<()> {
    for line in ["npm ci", "npm run build"] {
        run::run(run::command(line).current_dir(run::root().join("ui")))?;
    }
    run::line("cargo build --release --workspace --locked --bin beistand")?;
    run::run(run::command(BUNDLER).current_dir(run::root().join("src-tauri")))?;
    let made = made()?;
    let package = run::target().join(made.file_name().context("a package has a name")?);
    let content = run::target().join("deb-content");
    if content.exists() {
        fs::remove_dir_all(&content)?;
    }
    run::run(run::command("dpkg-deb --raw-extract").arg(&made).arg(&content))?;
    run::run(run::command("dpkg-deb --root-owner-group -Zxz --build").arg(&content).arg(&package))?;
    fs::remove_dir_all(&content)?;
    let size = fs::metadata(&package)?.len();
    println!("\n{}, {}.{} MB", package.display(), size / 1_000_000, size / 100_000 % 10);
    Ok(())
}

/// The bundler's package: the newest, if there are those of other versions.
fn made() -> Result<PathBuf> {
    let folder = run::target().join("release/bundle/deb");
    let mut packages = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "deb") {
            packages.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    packages.sort();
    packages.pop().map(|(_, path)| path).with_context(|| format!("no package in {}", folder.display()))
}
