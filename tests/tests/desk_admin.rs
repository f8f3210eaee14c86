//! What an admin types for the desk: customers, contacts, PINs, link codes, mail. Through the real program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};
use beistand_tests::call::built;
use beistand_tests::mail_server::{DOMAIN, GONE, MailServer};
use tempfile::TempDir;

/// A relay's folder that is set up and not served.
struct Admin(TempDir);

struct Said {
    good: bool,
    out: String,
    error: String,
}

impl Admin {
    fn new() -> Result<Self> {
        let admin = Self(tempfile::tempdir()?);
        let init = ["init", "--domain", "help.example", "--company", "Musterfirma", "--listen", "127.0.0.1:0"];
        ensure!(admin.types(&init)?.good, "init");
        Ok(admin)
    }

    fn types(&self, words: &[&str]) -> Result<Said> {
        let mut command = Command::new(built("beistand-relay")?);
        command.arg("--dir").arg(self.0.path()).args(words).stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output()?;
        Ok(Said { good: status.success(), out: String::from_utf8(stdout)?, error: String::from_utf8(stderr)? })
    }

    /// It works, and says this.
    fn does(&self, words: &[&str]) -> Result<String> {
        let said = self.types(words)?;
        ensure!(said.good && said.error.is_empty(), "{words:?}: {}{}", said.out, said.error);
        Ok(said.out)
    }

    /// It does not, and says why.
    fn refuses(&self, words: &[&str]) -> Result<String> {
        let said = self.types(words)?;
        ensure!(!said.good, "{words:?} worked: {}", said.out);
        Ok(said.error)
    }

    fn add_customer(&self, number: &str) -> Result<String> {
        self.does(&["customer", "add", number, "--name", "Müller & Söhne", "--bundesland", "nw"])
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Result<String> {
        let path = self.0.path().join(name);
        fs::write(&path, bytes)?;
        Ok(path.display().to_string())
    }
}

/// Every file that the relay keeps, as one text.
fn kept(folder: &Path) -> Result<String> {
    let mut all = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            all.push_str(&String::from_utf8_lossy(&fs::read(path)?));
        }
    }
    Ok(all)
}

#[test]
fn a_customer_is_added_once_and_listed() -> Result<()> {
    let admin = Admin::new()?;
    assert!(admin.does(&["customer", "list"])?.contains("no customer yet"));
    assert!(admin.add_customer("kd 10234")?.contains("pin issue KD10234"));
    assert!(admin.refuses(&["customer", "add", "KD10234", "--name", "X", "--bundesland", "BY"])?.contains("already"));
    let said = admin.refuses(&["customer", "add", "1", "--name", "X", "--bundesland", "NRW"])?;
    assert!(said.contains("They are:") && said.contains("NW"), "{said}");
    let contact = ["contact", "add", "KD10234", "--last-name", "Weber", "--email", "anna@mueller.example", "--main"];
    assert!(admin.does(&contact)?.contains("link-code"));
    assert!(admin.refuses(&contact)?.contains("already"));
    assert!(admin.refuses(&["contact", "add", "99", "--last-name", "X"])?.contains("no customer 99"));
    let listed = admin.does(&["customer", "list"])?;
    assert!(
        listed.contains("KD10234") && listed.contains("Müller & Söhne") && listed.contains("1 contact"),
        "{listed}"
    );
    assert!(admin.does(&["contact", "list", "KD10234"])?.contains("anna@mueller.example"));
    assert!(admin.does(&["customer", "list", "KD10234"])?.contains("main contact"));
    Ok(())
}

#[test]
fn a_pin_and_a_link_code_are_shown_once_and_kept_nowhere() -> Result<()> {
    let admin = Admin::new()?;
    admin.add_customer("10234")?;
    admin.does(&["contact", "add", "10234", "--last-name", "Weber", "--email", "Anna@mueller.example"])?;
    let secret = |said: &str| -> Result<String> {
        let line = said.lines().find(|line| line.contains("shown only this once")).context("it is shown")?;
        Ok(line.rsplit(": ").next().unwrap_or_default().to_owned())
    };
    let pin = secret(&admin.does(&["pin", "issue", "10234"])?)?;
    let code = secret(&admin.does(&["link-code", "anna@Mueller.example"])?)?;
    assert_eq!((pin.len(), code.len()), (9, 19), "eight digits and sixteen, in fours");
    let kept = kept(admin.0.path())?;
    for shown in [&pin, &code] {
        assert!(!kept.contains(shown.as_str()) && !kept.contains(&shown.replace(' ', "")), "it is kept");
    }
    assert!(kept.contains("$argon2id$"));
    assert_ne!(secret(&admin.does(&["pin", "issue", "10234"])?)?, pin);
    assert!(admin.does(&["customer", "list"])?.contains(", PIN,"));
    assert!(admin.does(&["pin", "revoke", "10234"])?.contains("void"));
    assert!(admin.does(&["pin", "revoke", "10234"])?.contains("had no PIN"));
    assert!(admin.does(&["customer", "list"])?.contains("no PIN"));
    assert!(admin.refuses(&["pin", "issue", "4711"])?.contains("no customer 4711"));
    assert!(admin.refuses(&["link-code", "nobody@mueller.example"])?.contains("no contact"));
    Ok(())
}

#[test]
fn linked_apps_are_listed_and_unlinked_with_a_sentence_for_each_mistake() -> Result<()> {
    let admin = Admin::new()?;
    assert!(admin.does(&["linked", "list"])?.contains("No app is linked"));
    admin.add_customer("10234")?;
    admin.does(&["contact", "add", "10234", "--last-name", "Weber", "--email", "anna@mueller.example"])?;
    for of in ["10234", "anna@mueller.example"] {
        assert!(admin.does(&["linked", "list", of])?.contains("No app is linked"), "{of}");
    }
    assert!(admin.refuses(&["linked", "list", "4711"])?.contains("no customer 4711"));
    assert!(admin.refuses(&["linked", "list", "x y z ?"])?.contains("is none"));
    assert!(admin.refuses(&["linked", "list", "nobody@mueller.example"])?.contains("no contact"));
    assert!(admin.refuses(&["linked", "revoke", "nobody@mueller.example"])?.contains("no contact"));
    assert!(admin.refuses(&["linked", "revoke", "7"])?.contains("neither the id"));
    assert!(admin.refuses(&["linked", "revoke", &"0".repeat(32)])?.contains("See: linked list"));
    assert!(admin.does(&["linked", "revoke", "anna@mueller.example"])?.contains("has no linked app"));
    admin.does(&["link-code", "anna@mueller.example"])?;
    let said = admin.does(&["linked", "revoke", "anna@mueller.example"])?;
    assert!(said.contains("one link code") && said.contains("link-code anna@mueller.example"), "{said}");
    Ok(())
}

#[test]
fn a_list_is_imported_as_a_whole_or_not_at_all() -> Result<()> {
    let admin = Admin::new()?;
    let head = "Kundennummer;Firma;Bundesland;Nachname;E-Mail\r\n";
    let good = format!("{head}1;Müller;NW;Weber;a@m.example\r\n1;Müller;NW;Groß;b@m.example\r\n2;Özil;BY;;\r\n");
    let bad = admin.file("bad.csv", format!("{good}3;Drei;XX;;\r\n").as_bytes())?;
    let said = admin.refuses(&["customer", "import", &bad])?;
    assert!(said.contains("Line 5: Bundesland") && said.contains("Nothing was imported"), "{said}");
    assert!(admin.does(&["customer", "list"])?.contains("no customer yet"));
    // As Excel saves it in Germany: with a mark of its encoding, or in that of Windows.
    let utf8 = admin.file("utf8.csv", format!("\u{feff}{good}").as_bytes())?;
    let windows: Vec<u8> = good.chars().map(|one| u8::try_from(u32::from(one)).unwrap_or(b'?')).collect();
    let windows = admin.file("windows.csv", &windows)?;
    let rehearsed = admin.does(&["customer", "import", &utf8, "--dry-run"])?;
    assert!(
        rehearsed.contains("Customers: 2 would be added") && rehearsed.contains("Nothing was written"),
        "{rehearsed}"
    );
    assert!(admin.does(&["customer", "list"])?.contains("no customer yet"));
    let done = admin.does(&["customer", "import", &utf8])?;
    assert!(done.contains("Customers: 2 added") && done.contains("Contacts:  2 added"), "{done}");
    let again = admin.does(&["customer", "import", &windows])?;
    assert!(again.contains("2 as they were.\nContacts:  0 added, 0 changed, 2 as they were."), "{again}");
    let changed = admin.file("changed.csv", good.replace("Groß", "Klein").as_bytes())?;
    assert!(admin.does(&["customer", "import", &changed])?.contains("1 changed, 1 as they were."));
    let listed = admin.does(&["customer", "list", "1"])?;
    assert!(listed.contains("Müller") && listed.contains("Klein") && !listed.contains("Groß"), "{listed}");
    assert!(admin.refuses(&["customer", "import", "/nowhere.csv"])?.contains("not there"));
    Ok(())
}

#[test]
fn mail_is_tried_and_says_what_is_wrong() -> Result<()> {
    let admin = Admin::new()?;
    let said = admin.refuses(&["mail", "test", "you@help.example"])?;
    assert!(said.contains("no [mail]") && said.contains("relay.toml"), "{said}");
    assert!(admin.refuses(&["mail", "test", "you"])?.contains("no e-mail address"));
    assert!(admin.does(&["mail", "dead"])?.contains("No mail was given up"));
    assert!(admin.refuses(&["mail", "retry", "7"])?.contains("number 7"));

    let mut mail = MailServer::start()?;
    let toml = admin.0.path().join("relay.toml");
    let plain = fs::read_to_string(&toml)?;
    let with = |change: fn(String) -> String| -> Result<()> {
        Ok(fs::write(&toml, plain.clone() + &change(mail.relay_config(admin.0.path())?))?)
    };
    with(|mail| mail)?;
    let you = format!("you@{DOMAIN}");
    let said = admin.does(&["mail", "test", &you])?;
    assert!(said.contains("signed in as relay") && said.contains("has taken the mail"), "{said}");
    assert!(admin.refuses(&["mail", "test", &format!("{GONE}@{DOMAIN}")])?.contains("no such person here"));
    let said = admin.refuses(&["mail", "test", "you@elsewhere.example"])?;
    assert!(said.contains("does not pass on mail to other domains"), "{said}");
    with(|mail| mail.replace("user = \"relay\"", "user = \"other\""))?;
    assert!(admin.refuses(&["mail", "test", &you])?.contains("does not accept `user`"));
    with(|mail| mail.replace("server = \"localhost\"", "server = \"no.such.host.invalid\""))?;
    assert!(admin.refuses(&["mail", "test", &you])?.contains("No address was found"));
    with(|mail| mail.lines().filter(|line| !line.starts_with("ca = ")).collect::<Vec<_>>().join("\n"))?;
    assert!(admin.refuses(&["mail", "test", &you])?.contains("not issued by anybody this computer trusts"));
    with(|mail| mail.replace("from = \"support@firma.example\"", "from = \"boss@firma.example\""))?;
    assert!(admin.refuses(&["mail", "test", &you])?.contains("takes no mail from boss@firma.example"));
    with(|mail| mail)?;
    mail.stop();
    assert!(admin.refuses(&["mail", "test", &you])?.contains("refuses connections"));
    Ok(())
}
