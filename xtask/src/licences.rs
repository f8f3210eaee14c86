//! What may be in the dependency tree: licences, banned packages and sources, as `deny.toml` says.
//!
//! `cargo deny` reads the same file in the public CI, where it also asks the database of advisories. It takes
//! minutes to build, so here the three rules that hold without a network are read from `cargo tree`.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::run;

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    allow: BTreeSet<String>,
    #[serde(rename = "crate")]
    package: String,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    package: String,
}

/// Reads the whole tree, for every platform, against `deny.toml`.
///
/// # Errors
/// Names every package that breaks a rule.
pub(crate) fn check() -> Result<()> {
    let text = std::fs::read_to_string(run::root().join("deny.toml")).context("deny.toml cannot be read")?;
    let deny: Deny = toml::from_str(&text).context("deny.toml cannot be understood")?;
    let tree = run::output(
        run::command("cargo tree --workspace --locked --target all --edges normal,build,dev --prefix none")
            .args(["--format", "{p}\t{l}"]),
    )?;
    let packages: BTreeSet<&str> =
        tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty()).collect();
    ensure!(packages.len() > 100, "cargo tree names only {} packages", packages.len());
    let faults: Vec<String> = packages.iter().filter_map(|line| fault(&deny, line)).collect();
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    println!("{} packages: licences, bans and sources are as deny.toml allows.", packages.len());
    Ok(())
}

fn fault(deny: &Deny, line: &str) -> Option<String> {
    let (package, licence) = line.split_once('\t').unwrap_or((line, ""));
    let name = package.split_whitespace().next().unwrap_or_default();
    if deny.bans.deny.iter().any(|banned| banned.package == name) {
        return Some(format!("{name} is banned"));
    }
    if package.contains("git+") || package.contains("(http") || package.contains("(ssh") {
        return Some(format!("{package} does not come from the registry"));
    }
    let allowed = |one: &str| {
        deny.licenses.allow.contains(one)
            || deny.licenses.exceptions.iter().any(|except| except.package == name && except.allow.contains(one))
    };
    (!permits(licence, &allowed)).then(|| format!("{name}: licence {licence:?} is not allowed"))
}

/// Whether an SPDX expression can be met with the allowed licences. `AND` binds tighter than `OR`; the old `/` is `OR`.
fn permits(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    !rest.is_empty() && either(&mut rest, allowed) && rest.is_empty()
}

fn either(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = both(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        met |= both(words, allowed);
    }
    met
}

fn both(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = either(words, allowed);
            match *words {
                [")", rest @ ..] => {
                    *words = rest;
                    met
                }
                _ => false,
            }
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed(&format!("{licence} WITH {exception}"))
        }
        [licence, rest @ ..] => {
            *words = rest;
            allowed(licence)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::permits;

    #[test]
    fn an_expression_is_met_only_by_allowed_licences() {
        let allowed = |one: &str| matches!(one, "MIT" | "ISC" | "Apache-2.0 WITH LLVM-exception");
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "MIT AND ISC",
            "(GPL-3.0 OR MIT) AND ISC",
            "GPL-2.0 AND X OR MIT",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(permits(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "(MIT", "MIT ISC", "Apache-2.0", "OR"]
        {
            assert!(!permits(bad, &allowed), "{bad}");
        }
    }
}
