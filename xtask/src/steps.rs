//! The checks, in the order in which they fail quickest.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::{licences, packages, run, tools};

/// A check with its name.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<()>,
}

const fn step(name: &'static str, what: &'static str, run: fn() -> Result<()>) -> Step {
    Step { name, what, run }
}

const ALL: &[Step] = &[
    step("fmt", "Rust is formatted", || run::line("cargo fmt --all --check")),
    step("typos", "no misspelt English", typos),
    step("licences", "licences, banned packages and sources of the dependencies", licences::check),
    step("ui", "the interface: types, lint, tests, build", ui),
    step("clippy", "no lint in any target", || {
        run::line("cargo clippy --workspace --locked --all-targets -- -D warnings")
    }),
    step("build", "every program and test builds", build),
    step("test", "every Rust test; the generated bindings are up to date", test),
    step("doctest", "every example in the documentation", || run::line("cargo test --workspace --locked --doc")),
    step("doc", "the documentation builds and its links lead somewhere", doc),
];

/// Names every step.
pub(crate) fn list() {
    for step in ALL {
        println!("{:<10} {}", step.name, step.what);
    }
}

/// Runs the steps, all or `only` the named ones, and sums them up.
///
/// # Errors
/// When a step fails or none has that name.
pub(crate) fn run(only: &[String], keep_going: bool, yes: bool) -> Result<()> {
    for name in only {
        ensure!(ALL.iter().any(|step| step.name == name), "there is no step {name:?}; see --list");
    }
    packages::ensure(yes)?;
    tools::ensure()?;
    let chosen: Vec<&Step> =
        ALL.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)).collect();
    let mut done: Vec<(&str, Duration, Result<()>)> = Vec::new();
    for step in &chosen {
        println!("\n=== {}: {}", step.name, step.what);
        let started = Instant::now();
        let result = (step.run)();
        let failed = result.is_err();
        if let Err(error) = &result {
            println!("=== {} FAILED: {error:#}", step.name);
        }
        done.push((step.name, started.elapsed(), result));
        if failed && !keep_going {
            break;
        }
    }
    sum_up(&done, chosen.len())
}

fn sum_up(done: &[(&str, Duration, Result<()>)], chosen: usize) -> Result<()> {
    println!();
    for (name, took, result) in done {
        let word = if result.is_ok() { "passed" } else { "FAILED" };
        println!("{name:<10} {word} {:>7.1} s", took.as_secs_f64());
    }
    let passed = done.iter().filter(|(_, _, result)| result.is_ok()).count();
    let failed = done.len() - passed;
    println!("\nsteps: {passed} passed, {failed} failed, {} skipped", chosen - done.len());
    if failed > 0 {
        bail!("not everything holds");
    }
    Ok(())
}

/// `typos` is a Rust program that takes minutes to build; PyPI has it ready inside a wheel.
fn typos() -> Result<()> {
    let tools = run::target().join("tools");
    let ours = tools.join("bin/typos");
    if !run::in_path("typos") && !ours.is_file() {
        let mut install = run::command("python3 -m pip install --quiet --no-input --upgrade --target");
        run::run(install.arg(&tools).arg("typos==1.52.0"))?;
    }
    let mut check = run::command("typos");
    if !run::in_path("typos") {
        check = run::command(&ours.display().to_string());
    }
    run::run(check.args(["--config", "typos.toml"]))
}

fn ui() -> Result<()> {
    ui_packages()?;
    for script in ["check", "lint", "test", "build"] {
        run::line(&format!("npm --prefix ui run {script}"))?;
    }
    Ok(())
}

/// Installs what the interface is built with, unless it is there as the lock file says.
fn ui_packages() -> Result<()> {
    let changed = |path: &str| std::fs::metadata(run::root().join(path)).and_then(|file| file.modified()).ok();
    if changed("ui/node_modules/.package-lock.json") >= changed("ui/package-lock.json") {
        return Ok(());
    }
    run::line("npm --prefix ui ci --no-audit --no-fund")
}

/// Builds everything once, so that the programs which the whole-system tests start are those of this source.
fn build() -> Result<()> {
    built_ui()?;
    run::line("cargo build --workspace --locked --all-targets")
}

/// The app's program holds the built interface: without it nothing of it compiles.
pub(crate) fn built_ui() -> Result<()> {
    if run::root().join("ui/dist/index.html").is_file() {
        return Ok(());
    }
    ui_packages()?;
    run::line("npm --prefix ui run build")
}

fn test() -> Result<()> {
    build()?;
    let bindings = run::root().join("ui/src/lib/bindings.ts");
    let before = read(&bindings)?;
    if run::in_path("cargo-nextest") {
        run::line("cargo nextest run --workspace --locked --all-targets")?;
    } else {
        println!("cargo-nextest is not installed: cargo test runs the same tests, more slowly.");
        run::line("cargo test --workspace --locked --all-targets")?;
    }
    ensure!(
        read(&bindings)? == before,
        "ui/src/lib/bindings.ts was out of date: the tests have written it anew, commit it"
    );
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn doc() -> Result<()> {
    run::run(
        run::command("cargo doc --workspace --locked --no-deps --document-private-items")
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}
