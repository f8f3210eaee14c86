//! `technician`: who may take the technician's side.

use crate::shell::config::Config;
use crate::shell::folder::Folder;
use crate::shell::password;
use crate::shell::store::{Store, read_login};
use anyhow::{Context, Result, bail};
use beistand_protocol::rendezvous::DisplayName;
use beistand_protocol::rendezvous::api::Password;
use clap::Subcommand;
use std::io::{self, IsTerminal, Read, Write};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Adds a technician; the password is asked for.
    Add {
        /// What is typed at sign-in, such as anna.
        login: String,
        /// What customers see, such as "Anna Weber".
        #[arg(long)]
        name: DisplayName,
        /// Reads the password from standard input, up to the first line's end.
        #[arg(long, conflicts_with = "generate_password")]
        password_stdin: bool,
        /// Makes a password and prints it once.
        #[arg(long)]
        generate_password: bool,
    },
    /// Sets a new password; it is asked for.
    Password {
        /// Whose.
        login: String,
        /// Reads the password from standard input, up to the first line's end.
        #[arg(long, conflicts_with = "generate_password")]
        password_stdin: bool,
        /// Makes a password and prints it once.
        #[arg(long)]
        generate_password: bool,
    },
    /// Lists all technicians.
    List,
    /// Ends a technician's sessions at once and admits no new ones.
    Disable {
        /// Whose.
        login: String,
    },
    /// Admits a disabled technician again.
    Enable {
        /// Whom.
        login: String,
    },
}

pub(super) async fn run(folder: &Folder, command: Command) -> Result<()> {
    // Says what to do in a folder that is not set up.
    Config::load(folder)?;
    let store = Store::open(&folder.database()).await?;
    let done = execute(&store, command).await;
    store.close().await;
    done
}

async fn execute(store: &Store, command: Command) -> Result<()> {
    let mut out = io::stdout();
    match command {
        Command::Add { login, name, password_stdin, generate_password } => {
            let login = read_login(&login)?;
            let chosen = choose(generate_password, password_stdin)?;
            store.add_technician(&login, &name, &password::hash(&chosen)?).await?;
            writeln!(out, "{name} can sign in as {login} now.")?;
            if generate_password {
                show(&mut out, &chosen)?;
            }
        }
        Command::Password { login, password_stdin, generate_password } => {
            let login = read_login(&login)?;
            let chosen = choose(generate_password, password_stdin)?;
            store.set_password(&login, &password::hash(&chosen)?).await?;
            writeln!(out, "{login} has a new password. The old one is good for nothing any more.")?;
            if generate_password {
                show(&mut out, &chosen)?;
            }
        }
        Command::List => {
            let technicians = store.technicians().await?;
            if technicians.is_empty() {
                writeln!(
                    out,
                    "There is no technician yet. Add one: beistand-relay technician add anna --name \"Anna Weber\""
                )?;
            }
            for technician in technicians {
                let state = match technician.disabled_at {
                    None => format!("since {}", day(technician.created_at)),
                    Some(at) => format!("disabled since {}", day(at)),
                };
                writeln!(out, "{:<24} {:<32} {state}", technician.login, technician.name.as_str())?;
            }
        }
        Command::Disable { login } => {
            let login = read_login(&login)?;
            store.set_disabled(&login, true).await?;
            writeln!(out, "{login} is disabled. Running sessions end within two seconds.")?;
        }
        Command::Enable { login } => {
            let login = read_login(&login)?;
            store.set_disabled(&login, false).await?;
            writeln!(out, "{login} can sign in again.")?;
        }
    }
    Ok(())
}

fn choose(generate: bool, from_stdin: bool) -> Result<Password> {
    match (generate, from_stdin) {
        (true, _) => Ok(password::generate()),
        (false, true) => piped(),
        (false, false) => typed(),
    }
}

fn show(out: &mut impl Write, password: &Password) -> io::Result<()> {
    writeln!(out, "Password, shown only this once: {}", password.expose())
}

fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| String::from("?"), |at| at.strftime("%Y-%m-%d").to_string())
}

fn piped() -> Result<Password> {
    let mut text = zeroize::Zeroizing::new(String::new());
    io::stdin().take(4096).read_to_string(&mut text).context("The password on standard input is not text.")?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("There is no password on standard input.");
    }
    Ok(Password::new(line.to_owned()))
}

fn typed() -> Result<Password> {
    if !io::stdin().is_terminal() {
        bail!("There is no terminal to ask for a password. Use --password-stdin or --generate-password.");
    }
    let minimum = password::MIN_CHARACTERS;
    let first = Password::new(rpassword::prompt_password(format!("Password (at least {minimum} characters): "))?);
    let second = Password::new(rpassword::prompt_password("Once more: ")?);
    if first.expose() != second.expose() {
        bail!("The two passwords differ. Nothing was changed.");
    }
    Ok(first)
}
