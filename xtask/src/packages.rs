//! The system packages that building, running and testing need on Debian and Ubuntu, and their installation.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::run;

/// A package and what needs it.
struct Package {
    name: &'static str,
    why: &'static str,
}

const fn package(name: &'static str, why: &'static str) -> Package {
    Package { name, why }
}

/// Every system package that the two commands use.
const ALL: &[Package] = &[
    // Building.
    package("gcc", "links every program; compiles aws-lc, SQLite and zstd"),
    package("libc6-dev", "C headers for the same"),
    package("pkg-config", "finds the system's libraries"),
    package("nasm", "assembles OpenH264; without it video costs more than twice the processor time"),
    package("libwebkit2gtk-4.1-dev", "the web view of the app"),
    package("libayatana-appindicator3-dev", "the tray icon"),
    package("libdbus-1-dev", "the tray and the notifications speak D-Bus"),
    package("python3-pip", "brings `typos`, a binary inside a wheel, and `schemathesis`"),
    // Testing the desk.
    package("postgresql-15", "the desk's other database; the tests start a server of their own"),
    // Running.
    package("dbus", "a session bus for each person of a test"),
    package("gnome-keyring", "the keyring that holds the technician's sign-in"),
    package("fonts-dejavu-core", "text in windows, the arrows and signs included"),
    package("shared-mime-info", "GTK recognises its own icons by it"),
    package("adwaita-icon-theme", "GTK's icons"),
    package("gstreamer1.0-plugins-base", "sound and video of the web view"),
    package("gstreamer1.0-plugins-good", "sound and video of the web view"),
    package("gstreamer1.0-plugins-bad", "large videos of the technician's picture, decoded by the web view"),
    // Testing on a desktop of our own.
    package("xvfb", "a display without a screen"),
    package("xserver-xephyr", "the customer's desktop, whose hardware is another display's input"),
    package("x11-xkb-utils", "keyboard layouts of those displays"),
    package("openbox", "a window manager: focus and stacking"),
    package("xterm", "a real program to type into"),
    package("x11-apps", "a clock and a calculator on the demo's desktop"),
    package("webkit2gtk-driver", "drives the app's real windows"),
    package("libfaketime", "sets the clock of a running program back and forth"),
    // Testing mail: the server itself is only unpacked, see `tools.rs`.
    package("libnss-wrapper", "a list of users of the test mail server's own"),
    package("libgnutls-dane0", "TLS of that server"),
    package("libidn12", "names in that server"),
    package("libnsl2", "names in that server"),
    package("libpcre2-8-0", "patterns in that server"),
];

/// Installs what is missing, or says how.
///
/// # Errors
/// When a package is missing and cannot or may not be installed.
pub(crate) fn ensure(yes: bool) -> Result<()> {
    if !run::in_path("dpkg-query") {
        println!("This is not a Debian: install what matches these yourself.");
        for package in ALL {
            println!("  {:<32} {}", package.name, package.why);
        }
        return Ok(());
    }
    let missing = missing();
    if missing.is_empty() {
        println!("All {} system packages are there.", ALL.len());
        return Ok(());
    }
    println!("Missing system packages:");
    for package in &missing {
        println!("  {:<32} {}", package.name, package.why);
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let root = run::output(&mut run::command("id -u"))?.trim() == "0";
    if !root && !yes && !agreed()? {
        bail!("install them first: sudo apt-get install --no-install-recommends {}", names.join(" "));
    }
    apt(root, &["update"])?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(names);
    apt(root, &install)
}

fn missing() -> Vec<&'static Package> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${Package} ${db:Status-Status}\n"]);
    query.args(ALL.iter().map(|package| package.name)).stderr(Stdio::null());
    // It fails as soon as one package is unknown, and still lists the others.
    let listed = query.output().map(|output| output.stdout).unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let installed: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    ALL.iter().filter(|package| !installed.contains(package.name)).collect()
}

fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("Install them with sudo apt-get? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "j" | "ja"))
}

fn apt(root: bool, arguments: &[&str]) -> Result<()> {
    let mut command = run::command(if root { "apt-get" } else { "sudo apt-get" });
    if !root {
        command.stdin(Stdio::inherit()); // For the password.
    }
    run::run(command.arg("--quiet").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}
