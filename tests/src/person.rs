//! A person's own surroundings: a fresh home, a session bus, an unlocked keyring, a display.
//!
//! Every process of the person carries the home in its environment, so that none can be missed at the end.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::{self, Found, Guard};
use crate::wait::wait_until;

/// A person with a home, a bus and a keyring.
#[derive(Debug)]
pub struct Person {
    home: TempDir,
    display: String,
    bus: String,
    bus_server: Guard,
    keyring: Guard,
}

impl Person {
    /// Settles a person at a display.
    ///
    /// # Errors
    /// When the bus or the keyring does not come up.
    pub fn settle(display: &str) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("bst-").tempdir_in("/tmp")?;
        let runtime = home.path().join("run");
        fs::create_dir_all(&runtime)?;
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700))?;

        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        surround(&mut command, home.path(), display);
        let (bus_server, bus) = Guard::start_with_line(command.stdin(Stdio::null()).stderr(Stdio::null()))?;

        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--unlock", "--components=secrets", "--foreground"]);
        surround(&mut command, home.path(), display);
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus);
        let (feed, password) = std::io::pipe()?;
        let keyring = Guard::start(command.stdin(feed).stdout(Stdio::null()).stderr(Stdio::null()))?;
        // An empty password, then the end of the input: only then does it unlock.
        (&password).write_all(b"\n")?;
        drop(password);

        let person = Self { home, display: display.to_owned(), bus, bus_server, keyring };
        wait_until("the keyring", Duration::from_secs(20), || person.has_keyring())?;
        Ok(person)
    }

    fn has_keyring(&self) -> Result<bool> {
        let mut ask = self.command("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
        ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
        let answer = ask.stderr(Stdio::null()).output().context("dbus-send cannot be started")?;
        Ok(String::from_utf8_lossy(&answer.stdout).contains("boolean true"))
    }

    /// The person's home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the app keeps its data for a profile.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home.path().join(".local/share")
    }

    /// The display the person sits at.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// A command in the person's surroundings.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        surround(&mut command, self.home.path(), &self.display);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus).stdin(Stdio::null());
        command
    }

    /// Every process that was started in these surroundings, but for the bus and the keyring.
    #[must_use]
    pub fn processes(&self) -> Vec<Found> {
        let ours = [self.bus_server.id(), self.keyring.id()];
        process::with_environment(&self.mark()).into_iter().filter(|found| !ours.contains(&found.id)).collect()
    }

    fn mark(&self) -> String {
        format!("HOME={}", self.home.path().display())
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = process::kill_with_environment(&self.mark()); // Best effort: the test's verdict stands already.
    }
}

fn surround(command: &mut Command, home: &Path, display: &str) {
    for name in [
        "DBUS_SESSION_BUS_ADDRESS",
        "WAYLAND_DISPLAY",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
        "LC_ALL",
        "LC_MESSAGES",
    ] {
        command.env_remove(name);
    }
    command
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("DISPLAY", display)
        .env("GDK_BACKEND", "x11")
        .env("GSETTINGS_BACKEND", "memory")
        .env("NO_AT_BRIDGE", "1")
        .env("LANG", "de_DE.UTF-8")
        // Without a GPU three times quicker; these displays never have one.
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
}
