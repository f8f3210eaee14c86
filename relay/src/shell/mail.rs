//! `[mail]` in `relay.toml`: the mail server by which customers are written to.

use super::config::Config;
use super::folder::{self, Folder, explain, is_open_to_others};
use anyhow::{Context, Result, anyhow, bail};
use beistand_desk::mail::{Login, Postman, Security, Sender, Server, message};
use beistand_desk::store::Store;
use beistand_protocol::rendezvous::{DisplayName, Domain};
use beistand_protocol::secret::Secret;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How to reach the company's mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its name as it stands in its certificate.
    pub server: String,
    /// Its port; 587 for `starttls`, 465 for `tls` and 25 for `none` unless said otherwise.
    pub port: Option<u16>,
    /// How the connection is secured.
    #[serde(default)]
    pub security: Security,
    /// The account, if the server wants one.
    pub user: Option<String>,
    /// The file with its password.
    pub password_file: Option<PathBuf>,
    /// The certificate of the company's own authority, as PEM; only this one counts then.
    pub ca: Option<PathBuf>,
    /// The address that mails are from.
    pub from: String,
}

impl Mail {
    /// Whether it can be right.
    pub(super) fn check(&self) -> Result<()> {
        if message::address(&self.from).is_none() {
            bail!("mail.from must be an e-mail address such as support@help.example.");
        }
        if self.server.is_empty() || self.server.chars().any(|one| one.is_whitespace() || "/:@".contains(one)) {
            bail!("mail.server must be a host name such as smtp.help.example; its port goes into mail.port.");
        }
        match (&self.user, &self.password_file) {
            (Some(_), None) => bail!("mail.user needs mail.password_file, the file that holds the password."),
            (None, Some(_)) => bail!("mail.password_file needs mail.user, the account whose password it is."),
            (Some(_), Some(_)) if self.security == Security::None => {
                bail!("mail.user needs mail.security = \"starttls\" or \"tls\": the password would be readable.")
            }
            (Some(_), Some(_)) | (None, None) => Ok(()),
        }
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Starttls => 587,
            Security::Tls => 465,
            Security::None => 25,
        })
    }

    /// What sends by it.
    ///
    /// # Errors
    /// A sentence for the admin, such as when the password's file is not there.
    pub fn open(&self, folder: &Folder, company: &DisplayName, domain: &Domain) -> Result<(Sender, Server)> {
        let login = match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => {
                Some(Login { user: user.clone(), password: password(&folder.path().join(file))? })
            }
            _ => None,
        };
        let ca = self.ca.as_ref().map(|file| folder.path().join(file));
        let pem = match &ca {
            Some(path) => Some(std::fs::read(path).map_err(|error| explain("read", path, &error))?),
            None => None,
        };
        let server = Server::new((&self.server, self.port()), self.security, login, pem.as_deref(), domain.host());
        let server = server.map_err(|error| match &ca {
            Some(path) => anyhow!("{} can't be used as mail.ca: {error}.", path.display()),
            None => anyhow!("The mail server could not be trusted: {error}. Name its authority with mail.ca."),
        })?;
        let address = message::address(&self.from).context("mail.from is no e-mail address")?;
        Ok((Sender { company: company.as_str().to_owned(), address, domain: domain.host().to_owned() }, server))
    }
}

/// Starts to send what the desk's outbox holds, if there is a mail server; `stop` ends it.
///
/// # Errors
/// A sentence for the admin.
pub(super) fn start(
    config: &Config,
    folder: &Folder,
    domain: &Domain,
    store: &Store,
    stop: watch::Receiver<bool>,
) -> Result<JoinHandle<()>> {
    let Some(mail) = &config.mail else {
        tracing::info!("There is no [mail] in relay.toml: the desk writes to nobody");
        return Ok(tokio::spawn(async {}));
    };
    let (sender, server) = mail.open(folder, &config.company, domain)?;
    Ok(tokio::spawn(Postman::new(store.clone(), sender, server).work(stop)))
}

/// The first line of the file; only its owner may be able to read it.
fn password(path: &Path) -> Result<Secret<String>> {
    if is_open_to_others(path) {
        bail!(
            "Others than its owner can read {path}, the password of the mail account. Change that first: chmod 600 {path}",
            path = path.display()
        );
    }
    let text = zeroize::Zeroizing::new(folder::read(path)?);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("{} is empty. Its first line must be the password of the mail account.", path.display());
    }
    Ok(Secret::new(line.to_owned()))
}

/// The commented section that `init` writes.
pub(super) const TEMPLATE: &str = r#"
# The mail server by which customers get the number of their ticket and your answers. Without it the desk works, and
# writes to nobody. Try it with: beistand-relay mail test you@help.example
# [mail]
# server = "smtp.help.example"
# security = "starttls" # or "tls"; "none" only for a server on this computer
# port = 587            # 465 for "tls"
# from = "support@help.example"
# user = "support@help.example"
# password_file = "mail.password" # its first line; chmod 600
# ca = "company-ca.pem" # if the server's certificate is issued by your own authority
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Result<Mail> {
        let mail: Mail = toml::from_str(text)?;
        mail.check()?;
        Ok(mail)
    }

    const LEAST: &str = "server = \"smtp.help.example\"\nfrom = \"support@help.example\"\n";

    #[test]
    fn the_port_follows_the_security() {
        assert_eq!(mail(LEAST).unwrap().port(), 587);
        assert_eq!(mail(&format!("{LEAST}security = \"tls\"")).unwrap().port(), 465);
        assert_eq!(mail(&format!("{LEAST}port = 2525")).unwrap().port(), 2525);
    }

    #[test]
    fn what_can_not_be_right_is_named() {
        for (more, named) in [
            ("user = \"a\"", "mail.password_file"),
            ("password_file = \"a\"", "mail.user"),
            ("user = \"a\"\npassword_file = \"b\"\nsecurity = \"none\"", "readable"),
            ("security = \"maybe\"", "maybe"),
            ("prot = 25", "prot"),
        ] {
            let error = mail(&format!("{LEAST}{more}")).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
        let error = mail("server = \"a:587\"\nfrom = \"a@b.example\"").unwrap_err().to_string();
        assert!(error.contains("mail.port"), "{error}");
        let error = mail("server = \"a\"\nfrom = \"support\"").unwrap_err().to_string();
        assert!(error.contains("mail.from"), "{error}");
    }

    #[test]
    fn a_password_that_others_can_read_is_not_used() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("mail.password");
        folder::write(&path, "secret\r\nmore").unwrap();
        assert_eq!(password(&path).unwrap().expose(), "secret");
        #[cfg(unix)]
        {
            folder::write_public(&path, "secret").unwrap();
            let error = password(&path).unwrap_err().to_string();
            assert!(error.contains("chmod 600") && !error.contains("secret"), "{error}");
        }
        folder::write(&path, "\n").unwrap();
        assert!(password(&path).is_err());
    }
}
