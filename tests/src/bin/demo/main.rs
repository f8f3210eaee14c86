//! The demo behind `cargo xtask demo`: a whole support call on one machine.
//!
//! With a display it sets both sides up and says where to click; without one, or with `--headless`, it drives the call
//! through the real windows by itself and leaves a picture of each step. Everything lives in temporary folders.
#![allow(clippy::print_stdout, clippy::print_stderr)] // A command-line tool talks to its terminal.

mod driven;
mod live;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

// One thread: a program dies with the thread that started it, see `beistand_tests::process`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let headless = std::env::args().any(|argument| argument == "--headless");
    let display = std::env::var("DISPLAY").ok().filter(|name| !name.is_empty() && !headless);
    let result = match &display {
        Some(display) => live::run(display).await,
        None => driven::run(&folder()).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nThe demo failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `target/demo`, whatever the target folder is called.
fn folder() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    here.ancestors().nth(2).unwrap_or(Path::new("target")).join("demo")
}
