//! Everything that the fuzzer ever found goes through its target again, on every run.
//!
//! The files `seed_*` are real encodings, made by `seeds.rs`. After the wire has changed, write them anew:
//! `BEISTAND_WRITE_SEEDS=1 cargo nextest run -p beistand-tests seeds`.

mod pictures;
mod pipes;
mod seeds;

use anyhow::{Context, Result, ensure};
use beistand_session::rendezvous::verify_technician;
use beistand_tests::fuzz::picture::{understood_batches, understood_pictures};
use beistand_tests::fuzz::{NOW, SIGNED, TARGETS};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

#[test]
fn everything_in_the_corpora_passes() -> Result<()> {
    for (name, target) in TARGETS {
        let folder = corpora().join(name);
        let mut files = 0;
        for entry in fs::read_dir(&folder).with_context(|| format!("{name} has no corpus"))? {
            let path = entry?.path();
            target(&fs::read(&path)?);
            files += 1;
        }
        ensure!(files > 0, "{name} has an empty corpus");
    }
    Ok(())
}

#[test]
fn every_target_is_run_by_the_fuzzer() -> Result<()> {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/fuzz_targets");
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(targets)? {
        files.insert(entry?.path().file_stem().map(|stem| stem.display().to_string()).context("a file")?);
    }
    let names = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    ensure!(files == names, "{files:?} are not {names:?}");
    Ok(())
}

#[test]
fn seeds_are_what_is_sent_today() -> Result<()> {
    if std::env::var_os("BEISTAND_WRITE_SEEDS").is_some() {
        for (target, name, bytes) in seeds::all()?.into_iter().chain(seeds::varying()?) {
            fs::create_dir_all(corpora().join(target))?;
            fs::write(seed(target, name), bytes)?;
        }
    }
    for (target, name, bytes) in seeds::all()? {
        let path = seed(target, name);
        let stored = fs::read(&path).with_context(|| path.display().to_string())?;
        ensure!(stored == bytes, "{} is not what is sent today", path.display());
    }
    let stored = fs::read(seed("identity", "technician"))?;
    let (root, chain, signature): seeds::Identity = postcard::from_bytes(&stored)?;
    verify_technician(&root, &chain, SystemTime::UNIX_EPOCH + NOW, SIGNED, &signature)?;
    Ok(())
}

/// Else the fuzzer would begin at what is refused at once.
#[test]
fn seeds_of_pictures_are_understood_to_the_end() -> Result<()> {
    for (target, name, play) in [
        ("picture", "screens", understood_pictures as fn(&[u8]) -> (u32, u32)),
        ("picture", "film", understood_pictures),
        ("picture", "coarse", understood_pictures),
        ("batch", "videos", understood_batches),
    ] {
        let (updates, understood) = play(&fs::read(seed(target, name))?);
        ensure!(updates > 1 && understood == updates, "{target}/{name}: {understood} of {updates} updates");
    }
    Ok(())
}

fn seed(target: &str, name: &str) -> PathBuf {
    corpora().join(target).join(format!("seed_{name}"))
}
