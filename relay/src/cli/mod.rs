//! What an admin types. Every error is a sentence that says what to do.

mod contact;
mod customer;
mod desk;
mod import;
mod init;
mod link_code;
mod linked;
mod log;
mod mail;
mod people;
mod pin;
mod progress;
mod technician;

use crate::shell::config::Config;
use crate::shell::folder::Folder;
use crate::shell::server;
use anyhow::Result;
use beistand_desk::attachments::{CHILD_COMMAND, run_child};
use beistand_protocol::rendezvous::{DisplayName, Domain};
use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// The relay of Beistand: pairs a customer and a technician by a number and passes on what it can't read.
#[derive(Debug, Parser)]
#[command(name = "beistand-relay", version)]
struct Arguments {
    /// The folder that holds everything the relay keeps.
    #[arg(long, global = true, default_value = ".")]
    dir: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sets up a folder: configuration, organisation key, database, and the beistand.toml for customers.
    Init {
        /// What customers and technicians type, such as help.example; the port is added if it is not 443.
        #[arg(long)]
        domain: Option<Domain>,
        /// The company's name as everybody sees it.
        #[arg(long)]
        company: Option<DisplayName>,
        /// Where to listen.
        #[arg(long, default_value = "0.0.0.0:8443", value_parser = listen_address)]
        listen: SocketAddr,
    },
    /// Serves until it is told to stop (SIGTERM or Ctrl-C; a second time to stop at once).
    Serve {
        /// Writes the beistand.toml of what is served to this file, once the port is bound.
        #[arg(long, value_name = "FILE")]
        announce: Option<PathBuf>,
    },
    /// Adds, lists, disables and enables technicians, and sets their passwords.
    Technician {
        #[command(subcommand)]
        command: technician::Command,
    },
    /// Adds, imports and lists the desk's customers.
    Customer {
        #[command(subcommand)]
        command: customer::Command,
    },
    /// Adds and lists the people at a customer.
    Contact {
        #[command(subcommand)]
        command: contact::Command,
    },
    /// Issues and revokes the PIN by which a customer files requests.
    Pin {
        #[command(subcommand)]
        command: pin::Command,
    },
    /// Makes a code that links the app of a contact, and prints it once.
    LinkCode(link_code::Arguments),
    /// Lists the apps that are linked, and unlinks them.
    Linked {
        #[command(subcommand)]
        command: linked::Command,
    },
    /// Tries the mail server by which customers are written to, and shows what could not be delivered.
    Mail {
        #[command(subcommand)]
        command: mail::Command,
    },
}

/// Does what the command line says. The exit code is the process's.
pub fn run() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == CHILD_COMMAND) {
        // The limited child of a serving relay: nothing else may be opened or started before.
        return run_child(words);
    }
    let arguments = Arguments::parse();
    // Others in this process may bring another provider along: ours comes first.
    let first = rustls::crypto::aws_lc_rs::default_provider().install_default().is_ok();
    let done = if first { execute(arguments) } else { Err(anyhow::anyhow!("Another TLS provider came first.")) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn listen_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "an address and a port are wanted, such as 0.0.0.0:8443 or [::]:443")
}

fn execute(arguments: Arguments) -> Result<()> {
    let folder = Folder::new(arguments.dir);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.command {
        Command::Init { domain, company, listen } => runtime.block_on(init::init(&folder, domain, company, listen)),
        Command::Serve { announce } => {
            let config = Config::load(&folder)?;
            log::to_stderr(&config.log);
            let served = runtime.block_on(server::serve(&folder, config, announce.as_deref()));
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
            served
        }
        Command::Technician { command } => runtime.block_on(technician::run(&folder, command)),
        Command::Customer { command } => runtime.block_on(customer::run(&folder, command)),
        Command::Contact { command } => runtime.block_on(contact::run(&folder, command)),
        Command::Pin { command } => runtime.block_on(pin::run(&folder, command)),
        Command::Linked { command } => runtime.block_on(linked::run(&folder, command)),
        Command::LinkCode(arguments) => runtime.block_on(link_code::run(&folder, arguments)),
        Command::Mail { command } => runtime.block_on(mail::run(&folder, command)),
    }
}
