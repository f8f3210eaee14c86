//! Files at rest: one folder, random names, each file under a key of its own.
//!
//! A file lies in `quarantine/` until it is whole and on disk, and then in `blobs/aa/bb/`. Its key is kept elsewhere,
//! with the ticket: who deletes the key has erased the file, wherever copies of it may be. Nothing here knows what
//! a file holds.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::secret::Secret;
use rand::Rng;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// So much is encrypted at a time, so that no file has to be held whole.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// Nobody is still writing a file that has not changed for so long.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

fn random_id() -> AttachmentId {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    AttachmentId::new(bytes)
}

/// The key of one file.
#[derive(Clone, Debug)]
pub struct BlobKey(Secret<[u8; 32]>);

impl BlobKey {
    /// Takes a key that was kept.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The key, to be kept where it can be deleted.
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    fn random() -> Self {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self::new(bytes)
    }

    fn cipher(&self) -> io::Result<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, self.expose()).map(LessSafeKey::new).map_err(|_| broken())
    }
}

/// A key is used for one file only, so its chunks are told apart by their number, and the last one by a mark: a file
/// that was cut off or put together anew does not open.
fn nonce(chunk: u64, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    let parts = [0, 0, 0, u8::from(last)].into_iter().chain(chunk.to_be_bytes());
    bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    Nonce::assume_unique_for_key(bytes)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the stored file does not open")
}

/// The folder of all files.
#[derive(Clone, Debug)]
pub struct Blobs {
    quarantine: PathBuf,
    blobs: PathBuf,
}

impl Blobs {
    /// Opens the folder, makes it if it is not there, and clears what was left half written.
    ///
    /// # Errors
    /// When the folder can't be made or read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let found = Self { quarantine: folder.join("quarantine"), blobs: folder.join("blobs") };
        make_folder(&found.quarantine)?;
        make_folder(&found.blobs)?;
        found.clear_abandoned(SystemTime::now())?;
        Ok(found)
    }

    /// Deletes what lies half written since an hour; the keys of these files died with their writers.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn clear_abandoned(&self, now: SystemTime) -> io::Result<()> {
        for entry in fs::read_dir(&self.quarantine)? {
            let entry = entry?;
            let changed = entry.metadata().and_then(|found| found.modified());
            if changed.is_ok_and(|changed| now.duration_since(changed).unwrap_or_default() > ABANDONED) {
                remove_if_there(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Begins a file in quarantine, under a key that nobody else ever learns.
    pub(super) fn quarantine(&self) -> io::Result<Writer> {
        Writer::create(self.quarantine.join(random_id().to_string()), BlobKey::random())
    }

    /// Keeps `content`; it is on disk when this returns.
    pub(super) fn keep(&self, content: &[u8]) -> io::Result<(AttachmentId, BlobKey)> {
        let (id, key) = (random_id(), BlobKey::random());
        let mut writer = Writer::create(self.quarantine.join(id.to_string()), key.clone())?;
        writer.write(content)?;
        writer.seal()?;
        writer.file.sync_all()?;
        let place = self.place(id);
        let folder = place.parent().unwrap_or(&self.blobs);
        if !folder.is_dir() {
            make_folder(folder)?;
            for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.blobs)) {
                File::open(above)?.sync_all()?;
            }
        }
        fs::rename(&writer.path, &place)?;
        writer.is_kept = true;
        File::open(folder)?.sync_all()?;
        Ok((id, key))
    }

    /// Opens a kept file.
    ///
    /// # Errors
    /// When it is not there.
    pub fn read(&self, id: AttachmentId, key: &BlobKey) -> io::Result<Reader> {
        Reader::open(&self.place(id), key)
    }

    /// Deletes a kept file; one that is gone already is fine.
    ///
    /// # Errors
    /// When the file is there and stays.
    pub fn remove(&self, id: AttachmentId) -> io::Result<()> {
        remove_if_there(&self.place(id))
    }

    /// The kept files that have not changed for `age`: those that no ticket knows can be removed.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn older_than(&self, age: Duration, now: SystemTime) -> io::Result<Vec<AttachmentId>> {
        let mut found = Vec::new();
        let folders = |path: &Path| -> io::Result<Vec<PathBuf>> {
            fs::read_dir(path)?
                .map(|entry| Ok(entry?.path()))
                .filter(|path| !matches!(path, Ok(path) if path.is_file()))
                .collect()
        };
        for first in folders(&self.blobs)? {
            for second in folders(&first)? {
                for entry in fs::read_dir(second)? {
                    let entry = entry?;
                    let since = entry.metadata()?.modified()?;
                    let id: Option<AttachmentId> = entry.file_name().to_str().and_then(|name| name.parse().ok());
                    if now.duration_since(since).unwrap_or_default() >= age {
                        found.extend(id);
                    }
                }
            }
        }
        Ok(found)
    }

    fn place(&self, id: AttachmentId) -> PathBuf {
        let name = id.to_string();
        let part = |range: std::ops::Range<usize>| name.get(range).unwrap_or_default().to_owned();
        self.blobs.join(part(0..2)).join(part(2..4)).join(&name)
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A file that is being written. Dropped before it is kept, it is gone.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    file: File,
    key: BlobKey,
    cipher: LessSafeKey,
    waiting: Vec<u8>,
    chunk: u64,
    is_kept: bool,
}

impl Writer {
    fn create(path: PathBuf, key: BlobKey) -> io::Result<Self> {
        let cipher = key.cipher()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok(Self { path, file, key, cipher, waiting: Vec::with_capacity(CHUNK + TAG), chunk: 0, is_kept: false })
    }

    pub(super) fn write(&mut self, mut content: &[u8]) -> io::Result<()> {
        while !content.is_empty() {
            // A full chunk waits until it is known whether it is the last one.
            if self.waiting.len() == CHUNK {
                self.put(false)?;
            }
            let (now, later) = content.split_at_checked(CHUNK - self.waiting.len()).unwrap_or((content, &[]));
            self.waiting.extend_from_slice(now);
            content = later;
        }
        Ok(())
    }

    pub(super) fn seal(&mut self) -> io::Result<()> {
        self.put(true)
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let nonce = nonce(self.chunk, last);
        self.cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut self.waiting).map_err(|_| broken())?;
        self.file.write_all(&self.waiting)?;
        self.waiting.clear();
        self.chunk += 1;
        Ok(())
    }

    /// All that was written, after [`Writer::seal`].
    pub(super) fn read_back(&self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        let mut reader = Reader::open(&self.path, &self.key)?;
        while let Some(chunk) = reader.next_chunk()? {
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = remove_if_there(&self.path);
        }
    }
}

/// A kept file that is being read, chunk by chunk.
#[derive(Debug)]
pub struct Reader {
    file: File,
    cipher: LessSafeKey,
    ahead: Vec<u8>,
    chunk: u64,
    is_over: bool,
}

impl Reader {
    fn open(path: &Path, key: &BlobKey) -> io::Result<Self> {
        let mut reader =
            Self { file: File::open(path)?, cipher: key.cipher()?, ahead: Vec::new(), chunk: 0, is_over: false };
        reader.ahead = reader.read_chunk()?;
        Ok(reader)
    }

    fn read_chunk(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(CHUNK + TAG);
        (&mut self.file).take((CHUNK + TAG) as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The next part of the content; `None` after the last one.
    ///
    /// # Errors
    /// When the file can't be read, or is not what was written under this key.
    pub fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.is_over {
            return Ok(None);
        }
        let next = self.read_chunk()?;
        let mut bytes = std::mem::replace(&mut self.ahead, next);
        self.is_over = self.ahead.is_empty();
        let nonce = nonce(self.chunk, self.is_over);
        let length = self.cipher.open_in_place(nonce, Aad::empty(), &mut bytes).map_err(|_| broken())?.len();
        bytes.truncate(length);
        self.chunk += 1;
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(blobs: &Blobs, id: AttachmentId, key: &BlobKey) -> io::Result<Vec<u8>> {
        let mut reader = blobs.read(id, key)?;
        let mut content = Vec::new();
        while let Some(chunk) = reader.next_chunk()? {
            content.extend(chunk);
        }
        Ok(content)
    }

    #[test]
    fn what_is_kept_is_read_again_and_unreadable_without_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5] {
            let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let (id, key) = blobs.keep(&content).unwrap();
            assert_eq!(read(&blobs, id, &key).unwrap(), content, "{length}");
            assert!(read(&blobs, id, &BlobKey::random()).is_err());
            let stored = fs::read(blobs.place(id)).unwrap();
            assert!(length < 16 || !stored.windows(16).any(|window| window == &content[..16]), "it is readable");
            assert_eq!(id.to_string().parse(), Ok(id));
            blobs.remove(id).unwrap();
            blobs.remove(id).unwrap();
            assert!(blobs.read(id, &key).is_err());
        }
        assert_eq!(fs::read_dir(folder.path().join("quarantine")).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_was_cut_or_changed_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let (id, key) = blobs.keep(&[7; 3 * CHUNK]).unwrap();
        let whole = fs::read(blobs.place(id)).unwrap();
        let part = CHUNK + TAG;
        let swapped = [&whole[part..2 * part], &whole[..part], &whole[2 * part..]].concat();
        let mut flipped = whole.clone();
        flipped[CHUNK * 2] ^= 1;
        for wrong in [&whole[..2 * part], &whole[..whole.len() - 1], &swapped, &flipped, &[]] {
            fs::write(blobs.place(id), wrong).unwrap();
            assert!(read(&blobs, id, &key).is_err());
        }
    }

    #[test]
    fn what_nobody_finished_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let mut writer = blobs.quarantine().unwrap();
        writer.write(b"half").unwrap();
        blobs.clear_abandoned(SystemTime::now()).unwrap();
        assert!(writer.path.exists());
        blobs.clear_abandoned(SystemTime::now() + 2 * ABANDONED).unwrap();
        assert!(!writer.path.exists());
        let (id, _) = blobs.keep(b"whole").unwrap();
        assert_eq!(blobs.older_than(Duration::ZERO, SystemTime::now() + ABANDONED).unwrap(), [id]);
        assert_eq!(blobs.older_than(ABANDONED * 2, SystemTime::now()).unwrap(), []);
    }

    #[test]
    #[cfg(unix)]
    fn only_the_owner_may_look() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let (id, _) = blobs.keep(b"x").unwrap();
        for path in [blobs.place(id), blobs.blobs.clone(), blobs.quarantine.clone()] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o077, 0);
        }
    }
}
