//! A clock on the wall that is set while programs run which read it, as an admin, a user or a broken time server does.
//!
//! By Debian's `libfaketime`, and only for the programs that are started with it. The clocks that only count on, which
//! nobody can set, stay the system's.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

/// A clock for the programs that are started with its environment.
#[derive(Debug)]
pub struct WrongClock {
    folder: TempDir,
    library: PathBuf,
}

impl WrongClock {
    /// A clock that is right for now.
    ///
    /// # Errors
    /// When `libfaketime` is not installed.
    pub fn right() -> Result<Self> {
        let library = format!("/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1", env::consts::ARCH);
        let library = PathBuf::from(library);
        library.is_file().then_some(()).context("libfaketime is not installed")?;
        let clock = Self { folder: tempfile::tempdir()?, library };
        clock.set("+0")?;
        Ok(clock)
    }

    /// Sets it to this far from the right time, as in `+3d` or `-10y`.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn set(&self, offset: &str) -> Result<()> {
        // Replaced as a whole: a program that looks just now reads the old one or the new one.
        let new = self.folder.path().join("new");
        fs::write(&new, offset)?;
        Ok(fs::rename(new, self.file())?)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }

    /// What a program needs in its environment to go by it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string();
        [
            ("LD_PRELOAD", text(&self.library)),
            ("FAKETIME_TIMESTAMP_FILE", text(&self.file())),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("DONT_FAKE_MONOTONIC", "1".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::WrongClock;
    use anyhow::{Context as _, Result};
    use std::process::{Command, Stdio};
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    #[test]
    fn a_program_that_runs_sees_how_its_clock_is_set() -> Result<()> {
        let clock = WrongClock::right()?;
        let told = |command: &mut Command| -> Result<i64> {
            let output = command.stderr(Stdio::inherit()).output()?;
            Ok(String::from_utf8(output.stdout)?.trim().parse()?)
        };
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        let day = i64::try_from(Duration::from_secs(86_400).as_secs())?;
        for (offset, days) in [("+3d", 3), ("-400d", -400)] {
            clock.set(offset)?;
            let is = told(Command::new("date").arg("+%s").envs(clock.environment()))?;
            let off = is.checked_sub(now + days * day).context("a time")?;
            assert!(off.abs() < day, "set to {offset} it is {off} seconds off");
        }
        Ok(())
    }
}
