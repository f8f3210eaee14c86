//! Programs that tests start and that are not to be installed: their Debian packages are unpacked into `target/tools`, and
//! PyPI's are installed there.
//!
//! A mail server is one of them: installing it would replace the computer's own and start a service.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context, Result};

use crate::run;

/// Debian's package of the mail server, and the program in it.
const MAIL_SERVER: (&str, &str) = ("exim4-daemon-light", "usr/sbin/exim4");

/// PyPI's package that makes up requests from an OpenAPI document.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// Brings what is missing.
///
/// # Errors
/// When a package can't be fetched or unpacked.
pub(crate) fn ensure() -> Result<()> {
    schemathesis()?;
    mail_server()
}

fn schemathesis() -> Result<()> {
    let folder = run::target().join("tools/schemathesis");
    if folder.join("bin/schemathesis").is_file() {
        return Ok(());
    }
    let mut install = run::command("python3 -m pip install --quiet --no-input --upgrade --target");
    run::run(install.arg(&folder).arg(SCHEMATHESIS))
}

fn mail_server() -> Result<()> {
    let (package, program) = MAIL_SERVER;
    let tools = run::target().join("tools");
    let folder = tools.join("exim");
    if folder.join(program).is_file() {
        return Ok(());
    }
    if !run::in_path("apt-get") {
        println!("This is not a Debian: install Exim yourself, as /usr/sbin/exim4, for the tests with a mail server.");
        return Ok(());
    }
    let download = tools.join("download");
    fs::create_dir_all(&download)?;
    run::run(run::command("apt-get download --quiet").arg(package).current_dir(&download))?;
    let fetched = fs::read_dir(&download)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut fetched: Vec<_> = fetched
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(package)))
        .collect();
    fetched.sort();
    let fetched = fetched.pop().with_context(|| format!("apt-get did not download {package}"))?;
    // Unpacked beside its place first, so that a half unpacked one is not taken for it.
    let half = tools.join("exim.new");
    let _ = fs::remove_dir_all(&half); // Left over from an earlier attempt, or not there.
    run::run(run::command("dpkg-deb --extract").arg(&fetched).arg(&half))?;
    // It is to run as whoever runs the tests, with a list of users of its own.
    fs::set_permissions(half.join(program), fs::Permissions::from_mode(0o755))?;
    fs::rename(&half, &folder)?;
    Ok(fs::remove_dir_all(&download)?)
}
