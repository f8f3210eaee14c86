//! The rows of files: uploaded first, taken by an entry of a ticket later, served to those who may see that.

use super::change::{Actor, Member};
use super::db::{Row, Tx, Value, args};
use super::public::{FILE, file, marks};
use super::read::to_json;
use super::{Result, Store, StoreError, mine};
use beistand_protocol::desk::api::file::{FileInfo, FileKind, FileNote};
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::number::TicketNumber;
use jiff::Timestamp;

/// Who uploads without a credential. Whoever knows the file's id can use it, once.
pub const ANYONE: &str = "anyone";

/// How the uploader of a held form's files begins: until a technician decides, they are the form's.
pub(super) const OF_HELD_FORMS: &str = "intake:";

/// A file that was just checked and kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUpload {
    /// Which; also the name of what is on disk.
    pub id: AttachmentId,
    /// [`Actor::key`] of whoever sent it, or [`ANYONE`].
    pub uploader: String,
    /// Its name, fit to be shown and saved.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// How many bytes it has.
    pub size: u32,
    /// How many bytes were sent.
    pub sent_bytes: u32,
    /// SHA-256 of what is kept.
    pub sha256: [u8; 32],
    /// What opens it.
    pub blob_key: [u8; 32],
    /// What is to be known about it.
    pub notes: Vec<FileNote>,
}

impl std::fmt::Debug for NewUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewUpload({}, {} bytes)", self.id, self.size)
    }
}

/// A file that is there.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// What people are told of it.
    pub info: FileInfo,
    /// How many bytes were sent.
    pub sent_bytes: u32,
    /// SHA-256 of what is kept.
    pub sha256: [u8; 32],
    /// What opens it; nothing once it was erased.
    pub blob_key: Option<[u8; 32]>,
}

impl std::fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredFile({})", self.info.id)
    }
}

fn read_file(row: &Row) -> Result<StoredFile> {
    Ok(StoredFile {
        info: file(row)?,
        sent_bytes: row.number("sent_bytes")?,
        sha256: row.bytes("sha256")?,
        blob_key: row.maybe_bytes("blob_key")?,
    })
}

fn ids(ids: &[AttachmentId]) -> Vec<Value> {
    ids.iter().map(|id| Value::from(*id.as_bytes())).collect()
}

/// Lets an entry of a ticket take these files. All of them, or none and [`StoreError::NotFound`].
pub(super) async fn claim(
    tx: &mut Tx,
    actor: &Actor,
    files: &[AttachmentId],
    ticket: i64,
    entry: [u8; 16],
    is_public: bool,
) -> Result<()> {
    for id in files {
        let sql = "UPDATE attachment SET ticket_id = ?, entry_id = ?, is_public = ?
                   WHERE id = ? AND ticket_id IS NULL AND uploader IN (?, ?)";
        let row = args![ticket, entry, is_public, *id.as_bytes(), actor.key(), ANYONE];
        if tx.run(sql, row).await? == 0 {
            return Err(StoreError::NotFound);
        }
    }
    Ok(())
}

/// Makes those of these files that nobody uses yet and that are `from`'s another's.
pub(super) async fn hand_over(tx: &mut Tx, files: &[AttachmentId], from: &str, to: &str) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE attachment SET uploader = ? WHERE ticket_id IS NULL AND uploader = ? AND id IN ({})",
        marks(files.len())
    );
    let mut row = args![to, from];
    row.extend(ids(files));
    tx.run(&sql, row).await?;
    Ok(())
}

/// Makes all files that nobody uses yet and that are `from`'s another's.
pub(super) async fn give_up(tx: &mut Tx, from: &str, to: &str) -> Result<()> {
    let sql = "UPDATE attachment SET uploader = ? WHERE ticket_id IS NULL AND uploader = ?";
    tx.run(sql, args![to, from]).await?;
    Ok(())
}

/// The files that nobody uses yet and that are somebody's.
pub(super) async fn of(tx: &mut Tx, uploader: &str) -> Result<Vec<FileInfo>> {
    let sql = format!("SELECT {FILE} FROM attachment WHERE ticket_id IS NULL AND uploader = ? ORDER BY at, id");
    tx.rows(&sql, args![uploader]).await?.iter().map(file).collect()
}

/// The names of a public entry's files.
pub(super) async fn names(tx: &mut Tx, files: &[AttachmentId]) -> Result<Vec<String>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT name FROM attachment WHERE id IN ({}) ORDER BY at, id", marks(files.len()));
    tx.rows(&sql, ids(files)).await?.iter().map(|row| row.plain("name")).collect()
}

/// Adds the row of a file that nobody uses yet.
pub(super) async fn insert_upload(tx: &mut Tx, new: &NewUpload, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO attachment (id, uploader, is_public, name, kind, size, sent_bytes, sha256, blob_key,
               notes, at) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)";
    let row = args![
        *new.id.as_bytes(),
        &new.uploader,
        &new.name,
        new.kind.key(),
        new.size,
        new.sent_bytes,
        new.sha256,
        new.blob_key,
        to_json(&new.notes)?,
        now.as_millisecond()
    ];
    tx.run(sql, row).await?;
    Ok(())
}

impl Store {
    /// Keeps the row of a file that nobody uses yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_upload(&self, new: &NewUpload, now: Timestamp) -> Result<()> {
        let mut tx = self.db.write().await?;
        insert_upload(&mut tx, new, now).await?;
        Ok(tx.commit().await?)
    }

    /// Those of these files that nobody uses yet and that this actor may use.
    ///
    /// # Errors
    /// The database's.
    pub async fn uploads(&self, actor: &Actor, files: &[AttachmentId]) -> Result<Vec<StoredFile>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.read().await?;
        let sql = format!(
            "SELECT {FILE} FROM attachment WHERE ticket_id IS NULL AND uploader IN (?, ?) AND id IN ({})",
            marks(files.len())
        );
        let mut asked = args![actor.key(), ANYONE];
        asked.extend(ids(files));
        tx.rows(&sql, asked).await?.iter().map(read_file).collect()
    }

    /// A file of a ticket, for a technician.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn desk_file(&self, number: TicketNumber, id: AttachmentId) -> Result<StoredFile> {
        let mut tx = self.db.read().await?;
        let family = super::detail::family(&mut tx, number).await?;
        let these = marks(family.len());
        let sql = format!("SELECT {FILE} FROM attachment WHERE id = ? AND ticket_id IN ({these})");
        let mut asked = args![*id.as_bytes()];
        asked.extend(super::public::values(&family));
        read_file(&tx.row(&sql, asked).await?.ok_or(StoreError::NotFound)?)
    }

    /// A public file of a ticket that a member may see.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for what is there and not theirs to see.
    pub async fn my_file(&self, member: &Member, number: TicketNumber, id: AttachmentId) -> Result<StoredFile> {
        let mut tx = self.db.read().await?;
        let ticket = tx.row("SELECT id FROM ticket WHERE number = ?", args![number.stored()]).await?;
        let ticket: i64 = ticket.ok_or(StoreError::NotFound)?.plain("id")?;
        if !mine::may_see(&mut tx, member, ticket).await? {
            return Err(StoreError::NotFound);
        }
        let family = mine::family(&mut tx, member, ticket).await?;
        let these = marks(family.len());
        let sql = format!("SELECT {FILE} FROM public_attachment WHERE id = ? AND ticket_id IN ({these})");
        let mut asked = args![*id.as_bytes()];
        asked.extend(super::public::values(&family));
        read_file(&tx.row(&sql, asked).await?.ok_or(StoreError::NotFound)?)
    }

    /// The files that nobody has used, also no form that is held, and that are older than that.
    ///
    /// # Errors
    /// The database's.
    pub async fn unused_uploads(&self, before: Timestamp) -> Result<Vec<AttachmentId>> {
        let mut tx = self.db.read().await?;
        let sql = format!(
            "SELECT id FROM attachment WHERE ticket_id IS NULL AND at < ? AND uploader NOT LIKE '{OF_HELD_FORMS}%'
             ORDER BY at LIMIT 1000"
        );
        let rows = tx.rows(&sql, args![before.as_millisecond()]).await?;
        rows.iter().map(|row| Ok(AttachmentId::new(row.bytes("id")?))).collect()
    }

    /// Forgets a file that nobody uses.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_upload(&self, id: AttachmentId) -> Result<()> {
        let mut tx = self.db.write().await?;
        tx.run("DELETE FROM attachment WHERE id = ? AND ticket_id IS NULL", args![*id.as_bytes()]).await?;
        Ok(tx.commit().await?)
    }

    /// Those of these files that have a row.
    ///
    /// # Errors
    /// The database's.
    pub async fn existing_files(&self, files: &[AttachmentId]) -> Result<Vec<AttachmentId>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.read().await?;
        let sql = format!("SELECT id FROM attachment WHERE id IN ({})", marks(files.len()));
        tx.rows(&sql, ids(files)).await?.iter().map(|row| Ok(AttachmentId::new(row.bytes("id")?))).collect()
    }
}
