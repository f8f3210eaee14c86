//! The walls of the house: which crate may use which, what a pure crate may not touch, how long a file may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// For each crate of ours, which others of ours it may name.
const EDGES: &[(&str, &[&str])] = &[
    ("beistand-protocol", &[]),
    ("beistand-session", &["beistand-protocol"]),
    ("beistand-relay", &["beistand-protocol", "beistand-desk"]),
    ("beistand-desk", &["beistand-protocol"]),
    ("beistand", &["beistand-protocol", "beistand-session"]),
    ("beistand-tests", &["beistand-protocol", "beistand-session", "beistand-relay", "beistand-desk"]),
    ("xtask", &[]),
];

/// Crates of which the rules may hold no I/O, clock, TLS or randomness, by their folder.
const PURE: &[&str] = &["protocol/src", "relay/src/core", "desk/src/core"];

/// What a pure crate may not reach, through whatever it uses.
const NOT_BELOW_PURE: &[&str] =
    &["tokio", "mio", "rustls", "aws-lc-rs", "hyper", "x11rb", "tauri", "sqlx", "rand", "socket2"];

/// What the source of a pure crate may not name.
const NOT_IN_PURE: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::fs",
    "std::process",
    "std::env",
    "std::thread",
    "std::io::std",
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "OsRng",
    "thread_rng",
    "rand::rng",
    "getrandom",
    "unsafe ",
];

/// Only the desktop app may reach these.
const ONLY_THE_APP: &[&str] = &["tauri", "wry", "tao", "webkit2gtk", "gtk"];

/// No program of ours may reach these: a second provider in rustls, or OpenSSL.
const NOWHERE: &[&str] = &["ring", "openssl", "openssl-sys", "native-tls"];

const MOST_LINES: usize = 500;

fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

fn cargo(arguments: &[&str]) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).args(["--offline", "--locked"]).current_dir(root()).output()?;
    ensure!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The packages below one of ours, each with its features.
fn below(package: &str, edges: &str) -> Result<BTreeMap<String, String>> {
    let text = cargo(&["tree", "--package", package, "--edges", edges, "--prefix", "none", "--format", "{p}\t{f}"])?;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        let (name, features) = line.split_once('\t').unwrap_or((line, ""));
        let name = name.split_whitespace().next().unwrap_or_default().to_owned();
        found.entry(name).or_default().push_str(&format!(",{}", features.trim_end_matches(" (*)")));
    }
    ensure!(found.contains_key(package), "cargo tree did not show {package}");
    Ok(found)
}

/// Our crates, each with those of ours that it names.
fn ours() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])?)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("metadata names packages")?;
    let mut edges = BTreeMap::new();
    for package in packages {
        let name = package["name"].as_str().context("a package has a name")?.to_owned();
        let uses = package["dependencies"].as_array().context("a package lists what it uses")?;
        let uses = uses.iter().filter(|one| one["path"].is_string()).filter_map(|one| one["name"].as_str());
        edges.insert(name, uses.map(str::to_owned).collect());
    }
    Ok(edges)
}

#[test]
fn our_crates_use_only_those_below_them() -> Result<()> {
    for (name, uses) in ours()? {
        let allowed = EDGES.iter().find(|(one, _)| *one == name);
        let (_, allowed) = allowed.with_context(|| format!("{name} is new: say here what it may use"))?;
        for used in uses {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
    Ok(())
}

#[test]
fn only_the_app_reaches_the_web_view() -> Result<()> {
    for (name, _) in ours()? {
        let below = below(&name, "normal,build,dev")?;
        for one in ONLY_THE_APP {
            assert_eq!(
                below.contains_key(*one),
                name == "beistand" && below.contains_key(*one),
                "{name} reaches {one}"
            );
        }
        assert!(name != "beistand" || below.contains_key("tauri"), "this test looks for the wrong names");
    }
    Ok(())
}

#[test]
fn one_tls_with_one_provider() -> Result<()> {
    for name in ["beistand", "beistand-relay", "beistand-session", "beistand-tests"] {
        let below = below(name, "normal,build,dev")?;
        for one in NOWHERE {
            assert!(!below.contains_key(*one), "{name} reaches {one}");
        }
        let features = below.get("rustls").with_context(|| format!("{name} has no rustls"))?;
        let has = |feature: &str| features.split(',').any(|one| one == feature);
        assert!(has("aws_lc_rs") && has("prefer-post-quantum"), "{name}: rustls with {features}");
        // Mail servers in offices know nothing newer than TLS 1.2. What the relay itself serves is 1.3 only, which its
        // own tests see; what customers and technicians run knows nothing else.
        let writes_mail = matches!(name, "beistand-relay" | "beistand-tests");
        assert!(!has("ring") && (writes_mail || !has("tls12")), "{name}: rustls with {features}");
    }
    Ok(())
}

#[test]
fn the_protocol_reaches_no_network_clock_or_randomness() -> Result<()> {
    let below = below("beistand-protocol", "normal,build")?;
    for one in NOT_BELOW_PURE {
        assert!(!below.contains_key(*one), "the protocol reaches {one}");
    }
    // Without `std` it reckons with dates and can't ask for the time.
    let features = below.get("jiff").context("the protocol reckons with dates")?;
    assert!(features.split(',').all(|one| one != "std"), "jiff with {features} reads the clock");
    Ok(())
}

#[test]
fn pure_source_names_nothing_of_the_machine() -> Result<()> {
    for folder in PURE {
        let mut files = Vec::new();
        sources(&root().join(folder), &mut files)?;
        ensure!(!files.is_empty(), "{folder} is empty");
        files.retain(|file| !is_test(file));
        for file in files {
            let text = fs::read_to_string(&file)?;
            let shipped = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
            for (number, line) in shipped.enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in NOT_IN_PURE {
                    assert!(!code.contains(word), "{}:{} names {word}", file.display(), number + 1);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn no_file_is_too_long_to_read() -> Result<()> {
    let mut files = Vec::new();
    for folder in ["protocol", "session", "relay", "desk", "src-tauri", "ui/src", "tests", "xtask"] {
        sources(&root().join(folder), &mut files)?;
    }
    ensure!(files.len() > 20, "found only {} files", files.len());
    for file in files {
        let lines = fs::read_to_string(&file)?.lines().count();
        let generated = file.ends_with("ui/src/lib/bindings.ts");
        assert!(
            lines <= MOST_LINES || generated,
            "{} has {lines} lines: look for the second idea in it",
            file.display()
        );
    }
    Ok(())
}

/// Whether a file is a test module of its own, by its name.
fn is_test(file: &Path) -> bool {
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    ["tests", "properties"].iter().any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

/// Every source file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "node_modules" | "dist" | "target" | "gen") {
                sources(&path, found)?;
            }
        } else if matches!(path.extension().and_then(|one| one.to_str()), Some("rs" | "ts" | "svelte" | "css")) {
            found.push(path);
        }
    }
    Ok(())
}
