//! A PostgreSQL server of the tests' own, started as an ordinary user and gone with the last test that uses it.
//!
//! One server for all tests of a process, one database for each: `Postgres::database()`. It listens on a socket in its
//! own temporary folder and nowhere else. When the tests die, `setpriv` has asked the kernel to shut it down.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::process::signal;
use crate::wait::{wait_for, wait_until};

/// Where Debian's package `postgresql-15` puts the programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// PostgreSQL does not run as root; this user owns nothing else.
const USER: &str = "nobody";

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database of its own on the shared server.
pub struct Postgres {
    server: Arc<Server>,
    name: String,
}

impl Postgres {
    /// Makes an empty database; starts the server if no other test has.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn database() -> Result<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let server = match shared.upgrade() {
            Some(server) => server,
            None => Arc::new(Server::start(Durability::None)?),
        };
        *shared = Arc::downgrade(&server);
        drop(shared);
        Self::on(server)
    }

    /// Makes an empty database on a server of its own, which writes to the disk before it confirms.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn durable() -> Result<Self> {
        Self::on(Arc::new(Server::start(Durability::Full)?))
    }

    fn on(server: Arc<Server>) -> Result<Self> {
        let name = format!("desk_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        server.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(Self { server, name })
    }

    /// The database as programs are told of it.
    #[must_use]
    pub fn url(&self) -> String {
        let socket = self.server.folder.path().display().to_string().replace('/', "%2F");
        format!("postgresql://desk@localhost/{}?host={socket}", self.name)
    }

    /// Lets the database's own client do something.
    ///
    /// # Errors
    /// With what it says.
    pub fn sql(&self, sql: &str) -> Result<String> {
        self.server.sql(&self.name, sql)
    }

    /// How much memory the server's processes hold together, in KiB, what they share counted once.
    ///
    /// # Errors
    /// When the system can't say.
    pub fn memory_kib(&self) -> Result<u64> {
        self.server.memory_kib()
    }
}

/// Whether a confirmed transaction is on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Full,
    None,
}

struct Server {
    child: Child,
    folder: TempDir,
    /// Dropped to let the thread go that started the server.
    _keeper: mpsc::Sender<()>,
}

impl Server {
    fn start(durability: Durability) -> Result<Self> {
        ensure!(Path::new(PROGRAMS).is_dir(), "PostgreSQL 15 is missing: apt-get install postgresql-15");
        let folder = tempfile::Builder::new().prefix("beistand-postgres-").tempdir()?;
        give_away(folder.path())?;
        let data = folder.path().join("data");
        let mut init = as_user("initdb");
        init.args([
            "--auth=trust",
            "--username=desk",
            "--no-locale",
            "--encoding=UTF8",
            "--no-sync",
            "--wal-segsize=1",
        ]);
        done(init.arg("--pgdata").arg(&data).current_dir(folder.path()), "")?;
        // Its socket goes with the folder; what it shares goes with the processes.
        let mut settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 60\n\
             dynamic_shared_memory_type = mmap\nshared_buffers = 32MB\nmin_wal_size = 16MB\n",
            folder.path().display()
        );
        if durability == Durability::None {
            settings += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";
        }
        fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?.write_all(settings.as_bytes())?;
        let log = fs::File::create(folder.path().join("log"))?;
        let mut serve = as_user("postgres");
        serve.arg("-D").arg(&data).current_dir(folder.path());
        serve.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let (child, keeper) = start_from_a_lasting_thread(serve)?;
        let mut server = Self { child, folder, _keeper: keeper };
        let socket = server.folder.path().join(".s.PGSQL.5432");
        wait_until("PostgreSQL", Duration::from_secs(30), || {
            ensure!(server.child.try_wait()?.is_none(), "PostgreSQL ended: {}", server.log());
            Ok(socket.exists() && server.sql("postgres", "SELECT 1").is_ok())
        })?;
        Ok(server)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = as_user("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "desk", "-d", database, "-f", "-"]);
        done(psql.arg("-h").arg(self.folder.path()).current_dir(self.folder.path()), sql)
    }

    fn memory_kib(&self) -> Result<u64> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.child.id()))?;
        let mut total = 0;
        for id in children.split_whitespace().map(str::to_owned).chain([self.child.id().to_string()]) {
            // Gone since: then it holds nothing.
            let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
            let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or("0 kB");
            total += line.trim().trim_end_matches(" kB").parse::<u64>()?;
        }
        Ok(total)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // At once, but with time to give its shared memory back.
        let _ = signal(self.child.id(), libc::SIGQUIT);
        if wait_for("PostgreSQL's end", Duration::from_secs(5), || Ok(self.child.try_wait()?)).is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The kernel signals a child when the thread that started it ends: this one ends with the server.
fn start_from_a_lasting_thread(mut command: Command) -> Result<(Child, mpsc::Sender<()>)> {
    let (keeper, until) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = tell.send(command.spawn());
        let _ = until.recv();
    });
    let child = told.recv().context("the thread that starts PostgreSQL ended")?;
    Ok((child.context("setpriv can't be started; is util-linux installed?")?, keeper))
}

/// A program of PostgreSQL's as its user, which ends when the tests do.
fn as_user(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid", USER, "--regid", "nogroup", "--clear-groups"]);
    }
    command.args(["--pdeathsig", "QUIT"]).arg(PathBuf::from(PROGRAMS).join(program));
    command.env_remove("PGPASSWORD").env("LC_ALL", "C");
    command
}

fn is_root() -> bool {
    user() == Some(0)
}

fn user() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

/// Lets PostgreSQL's user own the folder.
fn give_away(folder: &Path) -> Result<()> {
    if !is_root() {
        return Ok(());
    }
    let mut id = Command::new("id");
    let uid: u32 = done(id.args(["-u", USER]), "")?.trim().parse()?;
    chown(folder, Some(uid), None)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn done(command: &mut Command, input: &str) -> Result<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("standard input is piped")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
