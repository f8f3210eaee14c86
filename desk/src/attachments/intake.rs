//! The way of a file from the first byte to its place: quarantine, checks, and kept as what it was found to be.

use super::blobs::{BlobKey, Blobs, Writer};
use super::child::ImageChild;
use super::kind::{Kind, sniff};
use super::name::display_name;
use super::refusal::Refusal;
use super::{MOST_BYTES, MOST_BYTES_TOGETHER, MOST_FILES, pdf, text};
use beistand_protocol::desk::api::file::{FileInfo, FileKind, FileNote};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many files are held in memory at once; an image's second form is with its child.
const IN_MEMORY: usize = 4;
/// How many images are decoded at once.
const CHILDREN: usize = 2;

/// How much may be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many files one submission may have.
    pub files: usize,
    /// How long one file may be.
    pub bytes: u64,
    /// How long all files of one submission may be together.
    pub bytes_together: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: MOST_FILES, bytes: MOST_BYTES, bytes_together: MOST_BYTES_TOGETHER }
    }
}

impl Limits {
    /// Checks the files of one submission, by their lengths as they were sent.
    ///
    /// # Errors
    /// [`Refusal::TooManyFiles`] and [`Refusal::TooLongTogether`].
    pub fn check_together(&self, lengths: impl Iterator<Item = u64>) -> Result<(), Refusal> {
        let (count, bytes) = lengths.fold((0, 0_u64), |(count, sum), one| (count + 1, sum.saturating_add(one)));
        if count > self.files {
            return Err(Refusal::TooManyFiles);
        }
        if bytes > self.bytes_together { Err(Refusal::TooLongTogether) } else { Ok(()) }
    }
}

/// A file that is taken and on disk, and that nobody knows of yet but the caller.
#[derive(Clone, Debug)]
pub struct Clean {
    /// What people are told of it; its id is also its place.
    pub info: FileInfo,
    /// What opens it.
    pub key: BlobKey,
    /// How long it was as it was sent.
    pub sent_bytes: u32,
    /// SHA-256 of what is kept.
    pub sha256: [u8; 32],
}

/// Why there is no [`Clean`] file.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The file's fault, to be told.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The machine's fault.
    #[error("the file can't be kept")]
    Io(#[from] io::Error),
}

/// Takes files.
#[derive(Clone, Debug)]
pub struct Attachments {
    blobs: Blobs,
    limits: Limits,
    child: ImageChild,
    in_memory: Arc<Semaphore>,
}

/// A file that is being sent. Dropped, it is gone.
#[derive(Debug)]
pub struct Incoming {
    writer: Writer,
    length: u64,
    most: u64,
}

impl Incoming {
    /// Takes the next bytes. Returns quickly: so much lies in the system's cache.
    ///
    /// # Errors
    /// [`Refusal::TooLong`] as soon as it is, and the machine's.
    pub fn write(&mut self, content: &[u8]) -> Result<(), TakeError> {
        self.length = self.length.saturating_add(content.len() as u64);
        if self.length > self.most {
            return Err(Refusal::TooLong.into());
        }
        Ok(self.writer.write(content)?)
    }

    /// How much was sent so far.
    pub const fn length(&self) -> u64 {
        self.length
    }
}

impl Attachments {
    /// Files lie below `folder`; images are made anew by `program`, which takes [`super::CHILD_COMMAND`].
    ///
    /// # Errors
    /// When the folder can't be made or read.
    pub fn open(folder: &Path, limits: Limits, program: PathBuf) -> io::Result<Self> {
        let most = usize::try_from(limits.bytes).unwrap_or(usize::MAX);
        Ok(Self {
            blobs: Blobs::open(folder)?,
            limits,
            child: ImageChild::new(program, CHILDREN, most),
            in_memory: Arc::new(Semaphore::new(IN_MEMORY)),
        })
    }

    /// How much may be attached.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The files that were kept.
    pub const fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Begins a file.
    ///
    /// # Errors
    /// The machine's.
    pub fn begin(&self) -> io::Result<Incoming> {
        Ok(Incoming { writer: self.blobs.quarantine()?, length: 0, most: self.limits.bytes })
    }

    /// Takes a file that was sent whole, under the name and media type that the sender gave it.
    ///
    /// # Errors
    /// Why it is not taken; then nothing of it is left.
    pub async fn take(&self, incoming: Incoming, name: &str, declared: Option<&str>) -> Result<Clean, TakeError> {
        let _permit = self.in_memory.acquire().await.map_err(io::Error::other)?;
        let sent_bytes = incoming.length;
        let content = blocking(move || {
            let Incoming { mut writer, .. } = incoming;
            writer.seal()?;
            writer.read_back()
        });
        let content = content.await?;
        let kind = sniff(&content)?;
        if kind != Kind::Text {
            kind.agree(name, declared)?;
        }
        let mut notes = Vec::new();
        let (kind, content) = match kind {
            Kind::Png | Kind::Jpeg | Kind::WebP | Kind::Gif | Kind::Bmp => {
                let made = self.child.recode(kind, &content).await??;
                notes.push(FileNote::PaintedAnew);
                (made.kind, made.bytes)
            }
            Kind::Pdf => {
                if pdf::check(&content)?.active {
                    notes.push(FileNote::MayBeActive);
                }
                (FileKind::Pdf, content)
            }
            Kind::Text => {
                // What is wrong with it says more than that it is not what its name says.
                let text = text::read(&content)?;
                kind.agree(name, declared)?;
                if text.as_bytes() != content {
                    notes.push(FileNote::Transcoded);
                }
                (FileKind::Text, text.into_bytes())
            }
        };
        // Transcoding makes some letters longer.
        if content.len() as u64 > self.limits.bytes {
            return Err(Refusal::TooLong.into());
        }
        let shown = display_name(name, kind);
        if shown != name {
            notes.push(FileNote::Renamed);
        }
        let size_bytes = u32::try_from(content.len()).map_err(|_| Refusal::TooLong)?;
        let sent_bytes = u32::try_from(sent_bytes).map_err(|_| Refusal::TooLong)?;
        let blobs = self.blobs.clone();
        let kept = blocking(move || Ok((blobs.keep(&content)?, Sha256::digest(&content).into())));
        let ((id, key), sha256) = kept.await?;
        Ok(Clean { info: FileInfo { id, name: shown, kind, size_bytes, notes }, key, sent_bytes, sha256 })
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachments(folder: &tempfile::TempDir) -> Attachments {
        let limits = Limits { bytes: 1000, ..Limits::default() };
        Attachments::open(folder.path(), limits, folder.path().join("none")).unwrap()
    }

    async fn take(attachments: &Attachments, content: &[u8], name: &str) -> Result<Clean, TakeError> {
        let mut incoming = attachments.begin().unwrap();
        incoming.write(content)?;
        attachments.take(incoming, name, None).await
    }

    fn refusal(taken: Result<Clean, TakeError>) -> Option<Refusal> {
        match taken {
            Err(TakeError::Refused(refusal)) => Some(refusal),
            Ok(_) | Err(TakeError::Io(_)) => None,
        }
    }

    fn files(folder: &Path) -> usize {
        let inner = |path: PathBuf| if path.is_dir() { files(&path) } else { 1 };
        std::fs::read_dir(folder).unwrap().map(|entry| inner(entry.unwrap().path())).sum()
    }

    #[tokio::test]
    async fn text_is_kept_as_utf_8_and_a_pdf_as_it_came() {
        let folder = tempfile::tempdir().unwrap();
        let attachments = attachments(&folder);
        let clean = take(&attachments, b"St\xf6rung", "a.log").await.unwrap();
        let info = &clean.info;
        assert_eq!((info.kind, info.size_bytes, clean.sent_bytes, info.name.as_str()), (FileKind::Text, 8, 7, "a.log"));
        assert_eq!(info.notes, [FileNote::Transcoded]);
        let mut reader = attachments.blobs().read(info.id, &clean.key).unwrap();
        assert_eq!(reader.next_chunk().unwrap().as_deref(), Some("Störung".as_bytes()));
        let clean = take(&attachments, b"%PDF-1.7\n/JS\n%%EOF", "a.pdf").await.unwrap();
        assert_eq!((clean.info.kind, clean.info.notes), (FileKind::Pdf, vec![FileNote::MayBeActive]));
        assert_eq!(files(folder.path()), 2);
    }

    #[tokio::test]
    async fn nothing_is_left_of_what_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let attachments = attachments(&folder);
        for (content, name, why) in [
            (b"".as_slice(), "a.png", Refusal::Empty),
            (&[b'a'; 1001], "a.txt", Refusal::TooLong),
            (&[0xe4; 600], "a.txt", Refusal::TooLong),
            (b"hello", "a.png", Refusal::Mismatch),
            (b"<svg/>", "a.png", Refusal::Foreign(super::super::Foreign::Svg)),
            (b"%PDF-1.7", "a.pdf", Refusal::PdfDamaged),
        ] {
            assert_eq!(refusal(take(&attachments, content, name).await), Some(why), "{name}");
        }
        assert!(matches!(take(&attachments, b"\x89PNG\r\n\x1a\n", "a.png").await, Err(TakeError::Io(_))));
        drop(attachments.begin().unwrap());
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn a_submission_has_its_limits() {
        let limits = Limits::default();
        assert_eq!(limits.check_together([1; 5].into_iter()), Ok(()));
        assert_eq!(limits.check_together([1; 6].into_iter()), Err(Refusal::TooManyFiles));
        assert_eq!(limits.check_together([9 * 1024 * 1024; 3].into_iter()), Err(Refusal::TooLongTogether));
        assert_eq!(limits.check_together([u64::MAX; 2].into_iter()), Err(Refusal::TooLongTogether));
    }
}
