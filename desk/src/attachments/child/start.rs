//! The two sides of the pipe: the server starts the child and hears it out, the child answers once.

use super::recode::{self, Fault, MOST_PIXELS, MOST_SIDE};
use crate::attachments::kind::Kind;
use crate::attachments::refusal::Refusal;
use beistand_protocol::desk::api::file::FileKind;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The hidden command that makes the server's executable the child.
pub const CHILD_COMMAND: &str = "image-child";

const DEADLINE: Duration = Duration::from_secs(30);
/// Kind, width and height before the image's bytes, as they come from the child.
const HEAD: usize = 9;

/// Starts children, not too many at once.
#[derive(Clone, Debug)]
pub(in crate::attachments) struct ImageChild {
    program: PathBuf,
    at_once: Arc<Semaphore>,
    most_bytes: usize,
    deadline: Duration,
}

/// An image made anew.
#[derive(Debug)]
pub(in crate::attachments) struct Recoded {
    pub(in crate::attachments) kind: FileKind,
    pub(in crate::attachments) bytes: Vec<u8>,
}

impl ImageChild {
    /// `program` takes [`CHILD_COMMAND`]. No image comes back longer than `most_bytes`.
    pub(in crate::attachments) fn new(program: PathBuf, at_once: usize, most_bytes: usize) -> Self {
        Self { program, at_once: Arc::new(Semaphore::new(at_once)), most_bytes, deadline: DEADLINE }
    }

    #[cfg(test)]
    fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Has an image made anew. The outer error is the machine's, the inner one the image's.
    pub(in crate::attachments) async fn recode(
        &self,
        kind: Kind,
        content: &[u8],
    ) -> io::Result<Result<Recoded, Refusal>> {
        let _permit = self.at_once.acquire().await.map_err(io::Error::other)?;
        let mut child = self.start()?;
        // A child that hangs is killed as its handle goes.
        let Ok(answer) = timeout(self.deadline, self.ask(&mut child, kind, content)).await else {
            child.kill().await?;
            return Ok(Err(Refusal::ImageTooCostly));
        };
        Ok(answer?.and_then(|answer| self.read(answer)))
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .arg(CHILD_COMMAND)
            .arg(std::process::id().to_string())
            .arg(self.most_bytes.to_string())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }

    async fn ask(&self, child: &mut Child, kind: Kind, content: &[u8]) -> io::Result<Result<Vec<u8>, Refusal>> {
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the child has no pipes"));
        };
        // It reads all before it writes anything. That it no longer reads shows in how it ended.
        let written = async {
            input.write_all(&[wire_kind(kind)]).await?;
            input.write_all(content).await?;
            input.shutdown().await
        };
        let _ = written.await;
        drop(input);
        let mut answer = Vec::new();
        output.take(self.most_bytes as u64 + 64).read_to_end(&mut answer).await?;
        let ended = child.wait().await?;
        Ok(match ended.code() {
            Some(0) => Ok(answer),
            Some(1) => Err(Refusal::ImageDamaged),
            Some(2) => Err(Refusal::ImageTooLarge),
            // A limit, or nobody's fault: never the server's.
            Some(3) | None => Err(Refusal::ImageTooCostly),
            // It fell over its own feet, or has no limits: what it says counts for nothing.
            Some(101) => Err(Refusal::ImageDamaged),
            Some(_) => return Err(io::Error::other("the image child can't run with its limits")),
        })
    }

    /// The child has met a stranger's bytes, so its word is checked.
    fn read(&self, mut answer: Vec<u8>) -> Result<Recoded, Refusal> {
        let bytes = answer.split_off(HEAD.min(answer.len()));
        let (kind, sides) = answer.split_first().ok_or(Refusal::ImageDamaged)?;
        let kinds = [(Kind::Png, FileKind::Png), (Kind::Jpeg, FileKind::Jpeg)];
        let kind = kinds.into_iter().find(|(one, _)| wire_kind(*one) == *kind).map(|(_, kind)| kind);
        let side = |range| sides.get(range).and_then(|side: &[u8]| Some(u32::from_be_bytes(*side.first_chunk()?)));
        let (Some(kind), Some(width), Some(height)) = (kind, side(0..4), side(4..8)) else {
            return Err(Refusal::ImageDamaged);
        };
        let magic: &[u8] = if kind == FileKind::Png { b"\x89PNG\r\n\x1a\n" } else { b"\xff\xd8\xff" };
        let fits = width <= MOST_SIDE && height <= MOST_SIDE && u64::from(width) * u64::from(height) <= MOST_PIXELS;
        if !fits || !bytes.starts_with(magic) || bytes.len() > self.most_bytes {
            return Err(Refusal::ImageDamaged);
        }
        Ok(Recoded { kind, bytes })
    }
}

const fn wire_kind(kind: Kind) -> u8 {
    match kind {
        Kind::Png => 1,
        Kind::Jpeg => 2,
        Kind::WebP => 3,
        Kind::Gif => 4,
        Kind::Bmp => 5,
        Kind::Pdf => 6,
        Kind::Text => 7,
    }
}

/// The child's whole life. `arguments` are those after [`CHILD_COMMAND`]. To be called before anything else is
/// started or opened.
pub fn run_child(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut number = || arguments.next()?.to_str()?.parse::<u32>().ok();
    let (Some(server), Some(most_bytes)) = (number(), number()) else { return ExitCode::from(64) };
    #[cfg(target_os = "linux")]
    if super::limits_linux::limit(server).is_err() {
        return ExitCode::from(70);
    }
    // Elsewhere the server's deadline is the limit.
    #[cfg(not(target_os = "linux"))]
    let _ = server;
    match answer(usize::try_from(most_bytes).unwrap_or_default()) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(Fault::Damaged)) | Err(_) => ExitCode::from(1),
        Ok(Err(Fault::TooLarge)) => ExitCode::from(2),
        Ok(Err(Fault::TooCostly)) => ExitCode::from(3),
    }
}

fn answer(most_bytes: usize) -> io::Result<Result<(), Fault>> {
    let mut content = Vec::new();
    io::stdin().lock().read_to_end(&mut content)?;
    let kinds = [Kind::Png, Kind::Jpeg, Kind::WebP, Kind::Gif, Kind::Bmp];
    let Some((kind, content)) = content.split_first() else { return Ok(Err(Fault::Damaged)) };
    let Some(kind) = kinds.into_iter().find(|one| wire_kind(*one) == *kind) else { return Ok(Err(Fault::Damaged)) };
    let made = match recode::recode(kind, content, most_bytes) {
        Ok(made) => made,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut output = io::stdout().lock();
    output.write_all(&[wire_kind(made.kind)])?;
    output.write_all(&made.width.to_be_bytes())?;
    output.write_all(&made.height.to_be_bytes())?;
    output.write_all(&made.bytes)?;
    output.flush()?;
    Ok(Ok(()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A child that is a script: what it does is what a broken or taken-over one might.
    fn child(folder: &tempfile::TempDir, script: &str) -> ImageChild {
        let path = folder.path().join("child");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
        ImageChild::new(path, 1, 4096).with_deadline(Duration::from_secs(2))
    }

    #[tokio::test]
    async fn a_child_that_fails_fails_the_image_and_nothing_else() {
        let read = "cat >/dev/null;";
        let image = vec![7; 1_000_000];
        for (script, refusal) in [
            (String::from("sleep 60"), Refusal::ImageTooCostly),
            (format!("{read} sleep 60"), Refusal::ImageTooCostly),
            (format!("{read} kill -9 $$"), Refusal::ImageTooCostly),
            (format!("{read} kill -XCPU $$"), Refusal::ImageTooCostly),
            (String::from("exit 101"), Refusal::ImageDamaged),
            (format!("{read} exit 0"), Refusal::ImageDamaged),
            (format!("{read} printf '\\001\\000\\000'"), Refusal::ImageDamaged),
            (format!("{read} printf '\\001\\000\\000\\000\\001\\000\\000\\000\\001<svg>'"), Refusal::ImageDamaged),
            (format!("{read} printf '\\007\\000\\000\\000\\001\\000\\000\\000\\001\\211PNG'"), Refusal::ImageDamaged),
            (format!("{read} exec yes"), Refusal::ImageTooCostly),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let child = child(&folder, &script);
            let answer = child.recode(Kind::Png, &image).await.unwrap();
            assert_eq!(answer.map(|_| ()), Err(refusal), "{script}");
        }
    }

    #[tokio::test]
    async fn a_child_that_cannot_be_limited_is_the_servers_fault() {
        let folder = tempfile::tempdir().unwrap();
        let child = child(&folder, "exit 70");
        assert!(child.recode(Kind::Png, b"x").await.is_err());
        let nowhere = ImageChild::new(folder.path().join("nowhere"), 1, 10);
        assert!(nowhere.recode(Kind::Png, b"x").await.is_err());
    }
}
