//! The project's commands: `cargo xtask test` is everything that CI checks, `cargo xtask demo` is a whole support call
//! on one machine, `cargo xtask deb` makes the package that customers and technicians install.
//!
//! Must not know how the product works: it installs, builds, starts and counts. The list of checks is
//! in `steps.rs`, the list of system packages in `packages.rs`.
#![allow(clippy::print_stdout, clippy::print_stderr)] // A command-line tool talks to its terminal.

mod deb;
mod demo;
mod licences;
mod packages;
mod run;
mod steps;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks and shows Beistand")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs everything that CI checks, the quickest first.
    Test {
        /// Only these steps, by name and separated by commas.
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
        /// Goes on after a failed step.
        #[arg(long)]
        keep_going: bool,
        /// Installs missing system packages without asking (by sudo when not root).
        #[arg(long)]
        yes: bool,
        /// Names the steps and runs none.
        #[arg(long)]
        list: bool,
    },
    /// Starts a relay, a customer and a technician on this machine. Without a display the call is driven by itself.
    Demo {
        /// Drives the call by itself even where there is a display.
        #[arg(long)]
        headless: bool,
        /// Installs missing system packages without asking (by sudo when not root).
        #[arg(long)]
        yes: bool,
    },
    /// Makes the app's package for Debian. Needs `dpkg-deb`, and the network for the bundler.
    Deb,
    /// Brings the programs that tests start and that are not installed; `test` does it too.
    Tools,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test { list: true, .. } => {
            steps::list();
            Ok(())
        }
        Command::Test { only, keep_going, yes, .. } => steps::run(&only, keep_going, yes),
        Command::Demo { headless, yes } => demo::run(headless, yes),
        Command::Deb => deb::run(),
        Command::Tools => tools::ensure(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
