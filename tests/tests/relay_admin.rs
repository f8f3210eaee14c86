//! What an admin types, and the sentences when it does not work.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use anyhow::Result;
use beistand_tests::call::built;
use beistand_tests::relay::{COMPANY, LOGIN, Relay, TECHNICIAN};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Runs the relay's program: whether it went well, and what it said.
fn run(folder: &Path, arguments: &[&str], input: &str) -> Result<(bool, String)> {
    let mut command = Command::new(built("beistand-relay")?);
    command.arg("--dir").arg(folder).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // It may have ended without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8(said)?))
}

fn fails(folder: &Path, arguments: &[&str], input: &str, with: &str) -> Result<()> {
    let (ok, said) = run(folder, arguments, input)?;
    assert!(!ok && said.contains(with), "{arguments:?} said: {said}");
    Ok(())
}

const INIT: [&str; 5] = ["init", "--domain", "help.example", "--company", COMPANY];

#[test]
fn a_folder_is_set_up_once_and_keeps_its_keys_private() -> Result<()> {
    let temp = TempDir::new()?;
    let folder = temp.path().join("relay");
    fails(&folder, &["serve"], "", "Run `beistand-relay init` first")?;
    fails(&folder, &["technician", "list"], "", "Run `beistand-relay init` first")?;
    fails(&folder, &["init"], "", "--domain is missing")?;
    fails(&folder, &["init", "--domain", "help example", "--company", COMPANY], "", "a domain looks like")?;
    let (ok, said) = run(&folder, &INIT, "")?;
    assert!(ok && said.contains("root_sha256 = ") && said.contains("help.example:8443"), "{said}");
    for name in ["root.key.pem", "server.key.pem", "beistand.db", "relay.toml"] {
        let mode = std::fs::metadata(folder.join(name))?.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is {mode:o}");
    }
    assert_eq!(std::fs::metadata(folder.join("beistand.toml"))?.permissions().mode() & 0o777, 0o644);
    fails(&folder, &["init", "--listen", "foo"], "", "such as 0.0.0.0:8443")?;
    let root = std::fs::read(folder.join("root.pem"))?;
    fails(&folder, &INIT, "", "Nothing was changed")?;
    assert_eq!(std::fs::read(folder.join("root.pem"))?, root);
    // Set up again after relay.toml was lost: the organisation stays who it is.
    std::fs::remove_file(folder.join("relay.toml"))?;
    assert!(run(&folder, &INIT, "")?.0);
    assert_eq!(std::fs::read(folder.join("root.pem"))?, root);
    Ok(())
}

#[test]
fn technicians_are_added_listed_disabled_and_enabled() -> Result<()> {
    let temp = TempDir::new()?;
    let folder = temp.path();
    assert!(run(folder, &INIT, "")?.0);
    let add = |rest: &[&str], input: &str| run(folder, &[&["technician", "add"], rest].concat(), input);
    assert!(run(folder, &["technician", "list"], "")?.1.contains("no technician yet"));
    assert!(add(&["Anna", "--name", "Anna Weber", "--password-stdin"], "a long password\n")?.0);
    let (ok, said) = add(&["ben", "--name", "Ben Özdemir", "--generate-password"], "")?;
    assert!(ok && said.contains("shown only this once"), "{said}");
    for (rest, input, with) in [
        (&["anna", "--name", "Anna Weber", "--generate-password"][..], "", "technician password anna"),
        (&["cem", "--name", "Cem", "--password-stdin"], "short\n", "at least 12"),
        (&["cem", "--name", "Cem", "--password-stdin"], "", "no password on standard input"),
        (&["cem", "--name", "Cem"], "", "--password-stdin or --generate-password"),
        (&["c e m", "--name", "Cem", "--generate-password"], "", "A login has"),
        (&["cem", "--name", "C\u{202e}em", "--generate-password"], "", "control, direction"),
    ] {
        let (ok, said) = add(rest, input)?;
        assert!(!ok && said.contains(with), "{rest:?} said: {said}");
    }
    let password = |rest: &[&str], input: &str| run(folder, &[&["technician", "password"], rest].concat(), input);
    assert!(password(&["Anna", "--password-stdin"], "another password\n")?.0);
    assert!(password(&["ben", "--generate-password"], "")?.1.contains("shown only this once"));
    let (ok, said) = password(&["cem", "--generate-password"], "")?;
    assert!(!ok && said.contains("There is no technician cem"), "{said}");
    let (_, list) = run(folder, &["technician", "list"], "")?;
    assert!(list.contains("anna") && list.contains("Ben Özdemir") && !list.contains("disabled"), "{list}");
    assert!(run(folder, &["technician", "disable", "Anna"], "")?.0);
    assert!(run(folder, &["technician", "list"], "")?.1.contains("disabled since 20"));
    assert!(run(folder, &["technician", "enable", "anna"], "")?.0);
    assert!(!run(folder, &["technician", "list"], "")?.1.contains("disabled"));
    fails(folder, &["technician", "disable", "nobody"], "", "There is no technician nobody")?;
    Ok(())
}

#[test]
fn what_keeps_it_from_serving_is_a_sentence() -> Result<()> {
    let relay = Relay::start()?;
    let port = relay.domain().rsplit(':').next().unwrap().to_owned();
    let temp = TempDir::new()?;
    let folder = temp.path();
    let config = folder.join("relay.toml");
    let listen = format!("127.0.0.1:{port}");
    assert!(run(folder, &[&INIT[..], &["--listen", &listen]].concat(), "")?.0);
    fails(folder, &["serve"], "", "already in use")?;
    fails(folder, &["serve"], "", "`listen` in relay.toml")?;

    let text = std::fs::read_to_string(&config)?;
    std::fs::write(&config, text.replace("slot_digits", "slot_digit"))?;
    fails(folder, &["serve"], "", "unknown field `slot_digit`")?;
    std::fs::write(&config, text.replace(&listen, "nowhere"))?;
    fails(folder, &["serve"], "", "line ")?;
    std::fs::write(&config, &text)?;
    std::fs::write(folder.join("beistand.db"), "no database".repeat(100))?;
    fails(folder, &["serve"], "", "damaged")?;
    std::fs::remove_file(folder.join("root.key.pem"))?;
    fails(folder, &["serve"], "", "root.key.pem: it is not there")?;
    Ok(())
}

#[test]
fn the_log_is_json_when_asked() -> Result<()> {
    let mut relay = Relay::start_with(|config| config.replace("format = \"text\"", "format = \"json\""))?;
    relay.terminate()?;
    assert!(relay.wait(std::time::Duration::from_secs(10))?.success());
    let log = relay.log()?;
    let lines: Result<Vec<serde_json::Value>, _> = log.lines().map(serde_json::from_str).collect();
    let lines = lines.unwrap_or_else(|error| panic!("{error}: {log}"));
    assert!(lines.iter().any(|line| line["fields"]["message"] == "Relay listens"), "{log}");
    assert!(lines.iter().any(|line| line["fields"]["message"] == "Relay stopped"), "{log}");
    assert!(!log.contains(LOGIN) && !log.contains(TECHNICIAN));
    Ok(())
}
