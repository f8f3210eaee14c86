//! Files: sent one by one before what they belong to, and handed out again to those who may see that.

use super::Desk;
use super::address::{Deed, PeerAddress};
use super::failure::{Failure, Reply};
use super::request::{idempotency_key, json, part};
use crate::attachments::{BlobKey, Reader, Refusal};
use crate::store::{ANYONE, Actor, NewUpload, Once, StoredFile};
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beistand_protocol::desk::api::FILE_NAME_HEADER;
use beistand_protocol::desk::api::file::{FileInfo, Upload};
use beistand_protocol::desk::api::problem::ProblemCode;
use beistand_protocol::desk::form::FieldError;
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::number::TicketNumber;
use futures_util::StreamExt;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A sender who says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// The longest name that is read; it is shortened afterwards.
const MOST_NAME_BYTES: usize = 4096;

/// Takes one file.
pub(super) async fn upload(
    State(desk): State<Arc<Desk>>,
    Extension(peer): Extension<PeerAddress>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let key = idempotency_key(&headers)?;
    let name = name(&headers)?;
    let uploader = match desk.anybody(&headers).await? {
        Some(actor) => actor.key(),
        None => {
            desk.pass(Deed::File, desk.address(peer, &headers))?;
            ANYONE.to_owned()
        }
    };
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut incoming = desk.attachments.begin().map_err(Failure::internal)?;
    let mut hash = Sha256::new();
    hash.update(Sha256::digest(&name));
    let mut chunks = body.into_data_stream();
    loop {
        match timeout(SILENCE, chunks.next()).await {
            Ok(Some(Ok(chunk))) => {
                hash.update(&chunk);
                incoming.write(&chunk)?;
            }
            Ok(None) => break,
            // Nobody is there any more to be told.
            Ok(Some(Err(_))) | Err(_) => return Err(Failure::malformed("the file was not sent whole")),
        }
    }
    let once = Once { key, body: hash.finalize().into() };
    if let Some(before) = desk.store.upload_before(&uploader, &once).await? {
        return json(StatusCode::CREATED, &Upload { file: before });
    }
    let clean = desk.attachments.take(incoming, &name, declared).await?;
    let new = NewUpload {
        id: clean.info.id,
        uploader,
        name: clean.info.name.clone(),
        kind: clean.info.kind,
        size: clean.info.size_bytes,
        sent_bytes: clean.sent_bytes,
        sha256: clean.sha256,
        blob_key: *clean.key.expose(),
        notes: clean.info.notes.clone(),
    };
    let file = desk.store.add_upload_once(&new, &clean.info, &once, Timestamp::now()).await?;
    if file.id != clean.info.id {
        // Sent twice at once; the other was first.
        remove(&desk, clean.info.id).await?;
    }
    json(StatusCode::CREATED, &Upload { file })
}

async fn remove(desk: &Desk, id: AttachmentId) -> Reply<()> {
    let blobs = desk.attachments.blobs().clone();
    let removed = tokio::task::spawn_blocking(move || blobs.remove(id)).await;
    removed.map_err(io::Error::other).flatten().map_err(Failure::internal)
}

fn name(headers: &HeaderMap) -> Reply<String> {
    let Some(value) = headers.get(FILE_NAME_HEADER) else { return Ok(String::new()) };
    let wrong = || Failure::malformed("X-File-Name must be percent-encoded UTF-8");
    let text = value.to_str().map_err(|_| wrong())?;
    if text.len() > MOST_NAME_BYTES {
        return Err(wrong());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).ok_or_else(wrong);
        bytes.push(u8::try_from(digit()? * 16 + digit()?).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

impl Desk {
    /// Checks the files that a form or message names: they are there, not used yet, whoever names them may use them,
    /// and they are not too many or too long together.
    pub(super) async fn check_files(&self, actor: &Actor, files: &[AttachmentId]) -> Reply<()> {
        let mut distinct = files.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() != files.len() {
            return Err(Failure::malformed("a file is named twice"));
        }
        if files.len() > self.attachments.limits().files {
            return Err(Refusal::TooManyFiles.into());
        }
        let found = self.store.uploads(actor, files).await?;
        if found.len() != files.len() {
            return Err(Failure::new(ProblemCode::NotFound));
        }
        self.attachments.limits().check_together(found.iter().map(|file| u64::from(file.sent_bytes)))?;
        Ok(())
    }
}

/// Mistakes of a form as a refusal.
pub(super) fn invalid(errors: Vec<FieldError>) -> Failure {
    beistand_protocol::desk::api::problem::Problem::invalid(errors).into()
}

pub(super) async fn my_file(
    State(desk): State<Arc<Desk>>,
    Path((number, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Reply {
    let member = desk.member(&headers).await?;
    let file = desk.store.my_file(&member, part::<TicketNumber>(&number)?, part::<AttachmentId>(&id)?).await?;
    hand_out(&desk, file).await
}

pub(super) async fn technicians_file(
    State(desk): State<Arc<Desk>>,
    Path((number, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Reply {
    desk.technician(&headers).await?;
    let file = desk.store.desk_file(part::<TicketNumber>(&number)?, part::<AttachmentId>(&id)?).await?;
    hand_out(&desk, file).await
}

async fn hand_out(desk: &Desk, file: StoredFile) -> Reply {
    // Erased: its key is gone, and with it the file.
    let key = BlobKey::new(file.blob_key.ok_or_else(|| Failure::new(ProblemCode::NotFound))?);
    let (blobs, id) = (desk.attachments.blobs().clone(), file.info.id);
    let reader = tokio::task::spawn_blocking(move || blobs.read(id, &key)).await;
    let reader = reader.map_err(io::Error::other).flatten().map_err(Failure::internal)?;
    let chunks = futures_util::stream::unfold(Some(reader), next_chunk);
    Ok(served(&file.info, Body::from_stream(chunks)))
}

async fn next_chunk(reader: Option<Reader>) -> Option<(io::Result<Bytes>, Option<Reader>)> {
    let mut reader = reader?;
    let read = tokio::task::spawn_blocking(move || {
        let chunk = reader.next_chunk()?;
        Ok((chunk, reader))
    });
    match read.await.map_err(io::Error::other).flatten() {
        Ok((Some(chunk), reader)) => Some((Ok(chunk.into()), Some(reader))),
        Ok((None, _)) => None,
        Err(error) => Some((Err(error), None)),
    }
}

/// To be saved, never to be shown as a page of ours.
fn served(file: &FileInfo, body: Body) -> Response {
    let fixed: [(HeaderName, &str); 3] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CONTENT_TYPE, file.kind.media_type()),
    ];
    let mut response = body.into_response();
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let disposition = HeaderValue::from_str(&disposition(&file.name));
    let disposition = disposition.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(file.size_bytes));
    response
}

/// RFC 6266: a name in ASCII for whoever knows no better, and the whole one.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|one| if one.is_ascii_alphanumeric() || "._- ".contains(one) { one } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(FILE_NAME_HEADER, HeaderValue::from_str(text).unwrap());
        name(&headers).ok()
    }

    #[test]
    fn a_name_comes_percent_encoded() {
        assert_eq!(read("St%C3%B6rung%20%231.png").as_deref(), Some("Störung #1.png"));
        assert_eq!(read("plain.txt").as_deref(), Some("plain.txt"));
        for wrong in ["%", "%4", "%zz", "%ff", &"a".repeat(4097)] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(name(&HeaderMap::new()).ok().as_deref(), Some(""));
    }

    #[test]
    fn no_name_breaks_its_header() {
        let header = disposition("Stö\"rung; x=\r\n.png");
        assert_eq!(
            header,
            "attachment; filename=\"St__rung_ x___.png\"; filename*=UTF-8''St%C3%B6%22rung%3B%20x%3D%0D%0A.png"
        );
        assert!(HeaderValue::from_str(&header).is_ok());
    }
}
