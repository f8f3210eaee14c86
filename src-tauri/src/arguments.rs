//! The command line: `beistand [--profile NAME] [--link URL] [URL]`.

use anyhow::{Result, bail};

/// What the app was called with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) profile: Option<String>,
    /// From `--link`, or from the desktop when somebody opened a link.
    pub(crate) link: Option<String>,
}

impl Arguments {
    /// Reads the arguments after the program's name.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let mut value = || value.clone().or_else(|| arguments.next());
            match name.as_str() {
                "--profile" => parsed.profile = value(),
                "--link" => parsed.link = value(),
                link if link.starts_with("beistand://") => parsed.link = Some(name),
                // The web driver adds options of its own.
                "--automation" => {}
                _ => bail!("usage: beistand [--profile NAME] [--link URL]"),
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments> {
        Arguments::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn profile_and_link() {
        let expected =
            Arguments { profile: Some("customer".into()), link: Some("beistand://help.example?root=ab".into()) };
        assert_eq!(parse(&["--profile", "customer", "--link", "beistand://help.example?root=ab"]).unwrap(), expected);
        assert_eq!(parse(&["--profile=customer", "beistand://help.example?root=ab"]).unwrap(), expected);
        assert_eq!(parse(&[]).unwrap(), Arguments::default());
        assert!(parse(&["--unattended"]).is_err());
    }
}
