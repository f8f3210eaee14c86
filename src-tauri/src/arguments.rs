//! The command line: `beistand [--profile NAME] [--link URL] [URL]`.

/// What `--help` says.
const HELP: &str = "\
Beistand: somebody helps you at your computer, and you decide what they see and do.

Usage: beistand [--profile NAME] [--link URL] [URL]

  --profile NAME  Keeps settings and receipts apart from those of other profiles.
  --link URL      Opens a link of a support company, such as beistand://help.example.
  --help          Says this.
  --version       Says the version.";

/// What the app was called with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) profile: Option<String>,
    /// From `--link`, or from the desktop when somebody opened a link.
    pub(crate) link: Option<String>,
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// The app.
    Run(Arguments),
    /// This text and nothing else.
    Say(String),
}

/// Why the command line can't be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("beistand does not know {0:?}; beistand --help says what it knows.")]
    Unknown(String),
    #[error("Something must follow {0}; beistand --help says what.")]
    Missing(String),
}

impl Arguments {
    /// Reads the arguments after the program's name.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Call, ArgumentError> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let missing = || ArgumentError::Missing(name.clone());
            let mut value = || value.clone().or_else(|| arguments.next()).ok_or_else(missing);
            match name.as_str() {
                "--help" | "-h" => return Ok(Call::Say(HELP.to_owned())),
                "--version" | "-V" => return Ok(Call::Say(format!("beistand {}", env!("CARGO_PKG_VERSION")))),
                "--profile" => parsed.profile = Some(value()?),
                "--link" => parsed.link = Some(value()?),
                link if link.starts_with("beistand://") => parsed.link = Some(name),
                // The web driver adds options of its own.
                "--automation" => {}
                _ => return Err(ArgumentError::Unknown(name)),
            }
        }
        Ok(Call::Run(parsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Call, ArgumentError> {
        Arguments::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn profile_and_link() {
        let expected =
            Arguments { profile: Some("customer".into()), link: Some("beistand://help.example?root=ab".into()) };
        let expected = Ok(Call::Run(expected));
        assert_eq!(parse(&["--profile", "customer", "--link", "beistand://help.example?root=ab"]), expected);
        assert_eq!(parse(&["--profile=customer", "beistand://help.example?root=ab"]), expected);
        assert_eq!(parse(&[]), Ok(Call::Run(Arguments::default())));
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert_eq!(parse(&["--unattended"]), Err(ArgumentError::Unknown("--unattended".into())));
        assert_eq!(parse(&["--profile"]), Err(ArgumentError::Missing("--profile".into())));
    }

    #[test]
    fn help_and_version_are_only_said() {
        assert_eq!(parse(&["--version"]), Ok(Call::Say(format!("beistand {}", env!("CARGO_PKG_VERSION")))));
        assert!(matches!(parse(&["--profile", "x", "--help"]), Ok(Call::Say(text)) if text.contains("--link URL")));
    }
}
