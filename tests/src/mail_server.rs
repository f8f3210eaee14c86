//! A real mail server, Exim, for one test: on a port of its own, with TLS, sign-in and mailboxes in a folder.
//!
//! Its Debian package is only unpacked into `target/tools` (see `xtask/src/tools.rs`): installing it would put away the
//! computer's own mail server and start a service. It runs as nobody in particular, by a made-up list of users.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::process::Guard;
use crate::wait::wait_until;

/// The account that may send through it.
pub const USER: &str = "relay";
/// That account's password.
pub const PASSWORD: &str = "mail-test-2026";
/// It takes mail for every name at this domain but [`GONE`] and [`LATER`].
pub const DOMAIN: &str = "customer.example";
/// Nobody of this name is there: 550.
pub const GONE: &str = "gone";
/// This one's mailbox is locked: 451.
pub const LATER: &str = "later";
/// The account may send as this.
pub const SENDER: &str = "support@firma.example";

/// Whom it runs as when the tests run as root: it refuses to be root.
const NOBODY: u32 = 65_534;

/// A mail server that runs until it is dropped.
pub struct MailServer {
    process: Option<Guard>,
    folder: TempDir,
    port: u16,
    tls_port: u16,
}

impl MailServer {
    /// Sets one up and starts it.
    ///
    /// # Errors
    /// When it is not there or does not start.
    pub fn start() -> Result<Self> {
        let mut server = Self::set_up()?;
        server.resume()?;
        Ok(server)
    }

    /// Sets one up without starting it.
    ///
    /// # Errors
    /// When its files can't be written.
    pub fn set_up() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("beistand-mail-").tempdir()?;
        let path = folder.path();
        let (port, tls_port) = free_ports()?;
        let ca = certificates(path, port)?;
        fs::write(path.join("ca.pem"), ca)?;
        let user = if is_root() { (NOBODY, NOBODY) } else { own_ids() };
        let (user, group) = user;
        fs::write(
            path.join("passwd"),
            format!("root:x:0:0::/:/bin/false\nDebian-exim:x:{user}:{group}::{}:/bin/false\n", path.display()),
        )?;
        fs::write(path.join("group"), format!("root:x:0:\nmail:x:8:\nDebian-exim:x:{group}:\n"))?;
        fs::write(path.join("exim.conf"), configuration(path, port, tls_port))?;
        for name in ["spool", "log", "mail"] {
            fs::create_dir(path.join(name))?;
        }
        for name in ["", "spool", "log", "mail", "server.pem", "server.key.pem"] {
            let path = path.join(name);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            if is_root() {
                std::os::unix::fs::chown(&path, Some(user), Some(group))?;
            }
        }
        // Exim refuses a configuration that others may change.
        fs::set_permissions(path.join("exim.conf"), fs::Permissions::from_mode(0o644))?;
        Ok(Self { process: None, folder, port, tls_port })
    }

    /// Starts it, for the first time or again.
    ///
    /// # Errors
    /// When it is not there or does not start.
    pub fn resume(&mut self) -> Result<()> {
        let path = self.folder.path();
        let mut command = Command::new(program()?);
        // Exim needs a user of its own name in the list of users; this list is only this process's.
        command
            .env("LD_PRELOAD", "libnss_wrapper.so")
            .env("NSS_WRAPPER_PASSWD", path.join("passwd"))
            .env("NSS_WRAPPER_GROUP", path.join("group"))
            .arg("-C")
            .arg(path.join("exim.conf"))
            .args(["-bdf", "-q1m"])
            .current_dir(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let mut process = Guard::start(&mut command)?;
        let port = self.port;
        wait_until("the mail server", Duration::from_secs(10), || {
            ensure!(process.is_running()?, "the mail server ended");
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// Kills it; its mailboxes stay.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Its port for STARTTLS.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its port for TLS from the first byte.
    #[must_use]
    pub const fn tls_port(&self) -> u16 {
        self.tls_port
    }

    /// What its certificate, for `localhost`, is issued by.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Every mail that has arrived, with the name that it was for, the oldest first.
    fn all(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("mail/new")) else { return Ok(Vec::new()) };
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        // A mail's file name begins with when it was delivered.
        paths.sort();
        let read = |path: &PathBuf| {
            let mail = fs::read(path)?;
            let text = String::from_utf8_lossy(&mail).into_owned();
            // The server's own line; the mail's headers come after it.
            let to = text.lines().find_map(|line| line.strip_prefix("Envelope-to: ")).context("whom it was for")?;
            Ok((to.split('@').next().unwrap_or_default().to_owned(), mail))
        };
        paths.iter().map(read).collect()
    }

    /// Every mail that has arrived for `name`, the oldest first.
    ///
    /// # Errors
    /// When a mail can't be read.
    pub fn mails(&self, name: &str) -> Result<Vec<Vec<u8>>> {
        Ok(self.all()?.into_iter().filter(|(to, _)| to == name).map(|(_, mail)| mail).collect())
    }

    /// Waits until `count` mails have arrived for `name`.
    ///
    /// # Errors
    /// When they do not arrive in time.
    pub fn wait_for_mails(&self, name: &str, count: usize, limit: Duration) -> Result<Vec<Vec<u8>>> {
        wait_until(&format!("mail for {name}"), limit, || Ok(self.mails(name)?.len() >= count))?;
        self.mails(name)
    }

    /// The names for which anything has arrived.
    ///
    /// # Errors
    /// When a mail can't be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.all()?.into_iter().map(|(to, _)| to).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// What the relay's `relay.toml` says to use it, with the password in a file beside it.
    ///
    /// # Errors
    /// When the password can't be written.
    pub fn relay_config(&self, relay: &Path) -> Result<String> {
        fs::write(relay.join("mail.password"), format!("{PASSWORD}\n"))?;
        fs::set_permissions(relay.join("mail.password"), fs::Permissions::from_mode(0o600))?;
        Ok(format!(
            "\n[mail]\nserver = \"localhost\"\nport = {}\nsecurity = \"starttls\"\nuser = \"{USER}\"\n\
             password_file = \"mail.password\"\nca = \"{}\"\nfrom = \"{SENDER}\"\n",
            self.port,
            self.ca().display()
        ))
    }
}

/// Where the unpacked program is, or the installed one.
fn program() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let target = here.ancestors().find(|folder| folder.join("tools").is_dir());
    let unpacked = target.map(|target| target.join("tools/exim/usr/sbin/exim4"));
    let installed = Some(PathBuf::from("/usr/sbin/exim4"));
    let found = [unpacked, installed].into_iter().flatten().find(|path| path.is_file());
    found.context("there is no Exim in target/tools: `cargo xtask tools` brings it")
}

fn configuration(folder: &Path, port: u16, tls_port: u16) -> String {
    let folder = folder.display();
    format!(
        r#"primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port} : {tls_port}
tls_on_connect_ports = {tls_port}
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.key.pem
deliver_drop_privilege = true
never_users =
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 100
queue_run_max = 1
domainlist ours = {DOMAIN}
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
acl_smtp_data = data

begin acl
mail:
  accept senders = {SENDER}
  deny message = sender not allowed here
rcpt:
  deny message = authentication required
       !authenticated = *
  deny message = relay not permitted
       !domains = +ours
  deny message = no such person here
       local_parts = {GONE}
  defer message = mailbox is locked
       local_parts = {LATER}
  accept
data:
  deny message = we take no such mail
       condition = ${{if match{{$h_subject:}}{{unwanted}}}}
  accept

begin routers
inbox:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {folder}/mail
  create_directory
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = ${{if def:tls_in_cipher}}
"#
    )
}

/// Writes an authority's certificate for `localhost` and its key, and returns the authority's own.
fn certificates(folder: &Path, port: u16) -> Result<String> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, format!("Authority of mail server {port}"));
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let server = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &authority)?;
    fs::write(folder.join("server.pem"), server.pem())?;
    fs::write(folder.join("server.key.pem"), key.serialize_pem())?;
    Ok(authority.pem())
}

/// Two ports that were free just now.
fn free_ports() -> Result<(u16, u16)> {
    let (first, second) = (TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
    Ok((first.local_addr()?.port(), second.local_addr()?.port()))
}

fn is_root() -> bool {
    own_ids().0 == 0
}

fn own_ids() -> (u32, u32) {
    let own = |name: &str| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(NOBODY)
    };
    (own("Uid:"), own("Gid:"))
}
