//! A real relay: the program itself, in a folder of its own, with one technician.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::call::built;
use crate::process::Guard;
use crate::wait::wait_until;

/// The demo technician's login.
pub const LOGIN: &str = "demo";
/// The demo technician's password.
pub const PASSWORD: &str = "beistand-demo-2026";
/// The demo technician's name.
pub const TECHNICIAN: &str = "Tina Techniker";
/// The demo company's name.
pub const COMPANY: &str = "Musterfirma GmbH";

/// A relay that runs until it is dropped.
pub struct Relay {
    server: Guard,
    folder: TempDir,
    domain: String,
}

impl Relay {
    /// Sets a relay up in a temporary folder and starts it.
    ///
    /// # Errors
    /// When its program is not built or does not answer.
    pub fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("beistand-relay-").tempdir()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let domain = format!("localhost:{port}");
        let listen = format!("127.0.0.1:{port}");
        let mut init = command(folder.path(), "init")?;
        init.args(["--domain", &domain, "--company", COMPANY, "--listen", &listen]);
        done(&mut init, "")?;
        let mut add = command(folder.path(), "technician")?;
        add.args(["add", "--login", LOGIN, "--name", TECHNICIAN, "--password-stdin"]);
        done(&mut add, &format!("{PASSWORD}\n"))?;
        let server = serve(folder.path(), port)?;
        Ok(Self { server, folder, domain })
    }

    /// What customers and technicians type.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// What the company puts beside its customers' program.
    #[must_use]
    pub fn company_file(&self) -> PathBuf {
        self.folder.path().join("beistand.toml")
    }

    /// Everything that the relay wrote to its folder and its log, for tests that look for secrets.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("test.log"))?)
    }

    /// Kills the relay at once.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Disables the technician, as the admin would.
    ///
    /// # Errors
    /// When the relay's program refuses.
    pub fn disable_technician(&self) -> Result<()> {
        let mut disable = command(self.folder.path(), "technician")?;
        done(disable.args(["disable", "--login", LOGIN]), "")
    }
}

fn serve(folder: &Path, port: u16) -> Result<Guard> {
    let log = fs::File::create(folder.join("test.log"))?;
    let mut serve = command(folder, "serve")?;
    serve.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut server = Guard::start(&mut serve)?;
    wait_until("the relay", Duration::from_secs(20), || {
        ensure!(
            server.is_running()?,
            "the relay ended: {}",
            fs::read_to_string(folder.join("test.log")).unwrap_or_default()
        );
        Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())
    })?;
    Ok(server)
}

fn command(folder: &Path, name: &str) -> Result<Command> {
    let mut command = Command::new(built("beistand-relay")?);
    command.arg("--dir").arg(folder).arg(name);
    Ok(command)
}

fn done(command: &mut Command, input: &str) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("standard input is piped")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
