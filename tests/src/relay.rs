//! A real relay: the program itself, in a folder of its own, with one technician.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beistand_protocol::rendezvous::api::Password;
use beistand_protocol::rendezvous::{Domain, Fingerprint};
use beistand_session::rendezvous::{DeviceKey, DomainTrust, TechnicianCredential, fetch_certificate, sign_in};
use tempfile::TempDir;

use crate::call::built;
use crate::link::Link;
use crate::process::{Guard, signal};
use crate::wait::{wait_for, wait_until};
use crate::wrong_clock::WrongClock;

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
    environment: Vec<(String, String)>,
}

impl Relay {
    /// Sets a relay up in a temporary folder and starts it.
    ///
    /// # Errors
    /// When its program is not built or does not answer.
    pub fn start() -> Result<Self> {
        Self::start_with(|config| config)
    }

    /// Sets a relay up, lets `change` edit its `relay.toml`, and starts it.
    ///
    /// # Errors
    /// When its program is not built or does not answer.
    pub fn start_with(change: impl FnOnce(String) -> String) -> Result<Self> {
        Self::start_in(Vec::new(), change)
    }

    /// The same for a relay that goes by this clock.
    ///
    /// # Errors
    /// When its program is not built or does not answer.
    pub fn start_by(clock: &WrongClock, change: impl FnOnce(String) -> String) -> Result<Self> {
        Self::start_in(clock.environment(), change)
    }

    fn start_in(environment: Vec<(String, String)>, change: impl FnOnce(String) -> String) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("beistand-relay-").tempdir()?;
        let mut init = command(folder.path(), "init")?;
        // The port is the system's choice; the relay says which it was.
        init.args(["--domain", "localhost:0", "--company", COMPANY, "--listen", "127.0.0.1:0"]);
        done(&mut init, "")?;
        let config = folder.path().join("relay.toml");
        fs::write(&config, change(fs::read_to_string(&config)?))?;
        add_technician(folder.path(), LOGIN, TECHNICIAN)?;
        let server = serve(folder.path(), &environment)?;
        let file = fs::read_to_string(folder.path().join("beistand.toml"))?;
        let domain = value(&file, "domain")?;
        Ok(Self { server, folder, domain, environment })
    }

    /// Sets a relay up that is reached through `link` only.
    ///
    /// # Errors
    /// When its program is not built or does not answer.
    pub fn start_behind(link: &Link) -> Result<Self> {
        Self::start_behind_with(link, |config| config)
    }

    /// The same, and lets `change` edit its `relay.toml`.
    ///
    /// # Errors
    /// When its program is not built or does not answer.
    pub fn start_behind_with(link: &Link, change: impl FnOnce(String) -> String) -> Result<Self> {
        let domain = format!("domain = \"localhost:{}\"", link.port());
        let relay = Self::start_with(|config| change(config.replace("domain = \"localhost:0\"", &domain)))?;
        link.lead_to(relay.address()?.parse()?);
        Ok(relay)
    }

    /// Where the relay listens, by its log, which may come a moment after it is up.
    fn address(&self) -> Result<String> {
        wait_for("the relay's address in its log", Duration::from_secs(5), || {
            let log = self.log()?;
            Ok(log.split_whitespace().find_map(|word| Some(word.strip_prefix("address=")?.to_owned())))
        })
    }

    /// The folder with everything that the relay keeps.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The relay as a customer knows it who has the company's file.
    ///
    /// # Errors
    /// When the company's file is not what it should be.
    pub fn trust(&self) -> Result<DomainTrust> {
        let file = fs::read_to_string(self.company_file())?;
        let root: Fingerprint = value(&file, "root_sha256")?.parse()?;
        Ok(DomainTrust::pinned(self.domain.parse::<Domain>()?, root))
    }

    /// Signs the technician in on a new device and fetches their certificate.
    ///
    /// # Errors
    /// When the relay refuses.
    pub async fn technician(&self) -> Result<TechnicianCredential> {
        let (trust, key) = (self.trust()?, DeviceKey::generate()?);
        sign_in(&trust, LOGIN, Password::new(PASSWORD.to_owned()), &key).await?;
        let certificate = fetch_certificate(&trust, &key).await?;
        Ok(TechnicianCredential { key, certificate })
    }

    /// Asks the relay to stop, as the system does.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn terminate(&self) -> Result<()> {
        signal(self.server.id(), libc::SIGTERM)
    }

    /// Waits for the relay's own end.
    ///
    /// # Errors
    /// When it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Result<std::process::ExitStatus> {
        self.server.wait(limit)
    }

    /// The relay's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// How much processor time the relay has used, in the system's ticks.
    ///
    /// # Errors
    /// When it is gone.
    pub fn ticks(&self) -> Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.server.id()))?;
        // After the name in brackets come the state and the third to the fourteenth and fifteenth field.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        Ok(fields.map(str::parse::<u64>).sum::<Result<u64, _>>()?)
    }

    /// How much memory the relay holds, in KiB.
    ///
    /// # Errors
    /// When it is gone.
    pub fn memory_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the relay runs")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
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

    /// Kills the relay at once, unless it is dead already, and starts it again where it was.
    ///
    /// # Errors
    /// When it does not come up again.
    pub fn restart(&mut self) -> Result<()> {
        let (log, listen) = (self.log()?, format!("listen = \"{}\"", self.address()?));
        let domain = format!("domain = \"{}\"", self.domain);
        self.server.kill();
        let config = self.folder.path().join("relay.toml");
        let text = fs::read_to_string(&config)?;
        let text = text.replace("listen = \"127.0.0.1:0\"", &listen).replace("domain = \"localhost:0\"", &domain);
        fs::write(&config, text)?;
        self.server = serve(self.folder.path(), &self.environment)?;
        // What was said so far is kept, for tests that look for secrets.
        let earlier = self.folder.path().join("earlier.log");
        let mut earlier = fs::OpenOptions::new().create(true).append(true).open(earlier)?;
        Ok(earlier.write_all(log.as_bytes())?)
    }

    /// Kills the relay at once.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts a relay again that was killed, in the same folder; it may listen elsewhere then.
    ///
    /// # Errors
    /// When it does not start.
    pub fn resume(&mut self) -> Result<()> {
        self.server = serve(self.folder.path(), &self.environment)?;
        self.domain = value(&fs::read_to_string(self.company_file())?, "domain")?;
        Ok(())
    }

    /// Stops the relay's process in the middle of whatever it does, as a network that goes black.
    ///
    /// # Errors
    /// When it is gone.
    pub fn freeze(&self) -> Result<()> {
        crate::process::signal(self.server.id(), libc::SIGSTOP)
    }

    /// Adds another technician with the same password, as the admin would.
    ///
    /// # Errors
    /// When the relay's program refuses.
    pub fn add_technician(&self, login: &str, name: &str) -> Result<()> {
        add_technician(self.folder.path(), login, name)
    }

    /// Disables the technician, as the admin would.
    ///
    /// # Errors
    /// When the relay's program refuses.
    pub fn disable_technician(&self) -> Result<()> {
        let mut disable = command(self.folder.path(), "technician")?;
        done(disable.args(["disable", LOGIN]), "")
    }
}

fn serve(folder: &Path, environment: &[(String, String)]) -> Result<Guard> {
    let log = fs::File::create(folder.join("test.log"))?;
    let announced = folder.join("beistand.toml");
    fs::remove_file(&announced)?;
    let mut serve = command(folder, "serve")?;
    serve.arg("--announce").arg(&announced).envs(environment.iter().map(|(name, value)| (name, value)));
    serve.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut server = Guard::start(&mut serve)?;
    wait_until("the relay", Duration::from_secs(20), || {
        ensure!(
            server.is_running()?,
            "the relay ended: {}",
            fs::read_to_string(folder.join("test.log")).unwrap_or_default()
        );
        Ok(announced.is_file())
    })?;
    Ok(server)
}

fn value(file: &str, key: &str) -> Result<String> {
    let found = file.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix('='));
    Ok(found.with_context(|| format!("{key} is in the company's file"))?.trim().trim_matches('"').to_owned())
}

fn command(folder: &Path, name: &str) -> Result<Command> {
    let mut command = Command::new(built("beistand-relay")?);
    command.arg("--dir").arg(folder).arg(name);
    Ok(command)
}

fn add_technician(folder: &Path, login: &str, name: &str) -> Result<()> {
    let mut add = command(folder, "technician")?;
    done(add.args(["add", login, "--name", name, "--password-stdin"]), &format!("{PASSWORD}\n"))
}

fn done(command: &mut Command, input: &str) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("standard input is piped")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
