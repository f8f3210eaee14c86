//! Files on their way to the desk, one by one, before what they go with.

use super::client::{self, Failure};
use super::{StoredFile, convert};
use crate::view::RefusedReason;
use beistand_protocol::desk::api::access::AccessToken;
use beistand_protocol::desk::ids::AttachmentId;
use beistand_session::rendezvous::{DomainTrust, Progress};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Why files did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UploadFault {
    /// The desk does not take this one.
    File {
        file: String,
        reason: RefusedReason,
    },
    Failed(Failure),
}

/// What is told while files are under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UploadNews {
    /// So much of all of them has gone out.
    Percent(u32),
    /// This one has arrived, and is called so there.
    Arrived { file: String, id: AttachmentId },
}

/// Uploads what has not arrived yet, and answers what the desk calls all of them.
pub(crate) async fn upload(
    trust: &DomainTrust,
    token: Option<&AccessToken>,
    files: &[(StoredFile, PathBuf)],
    tell: impl Fn(UploadNews) + Clone + Send + Sync + 'static,
) -> Result<Vec<AttachmentId>, UploadFault> {
    let total: usize = files.iter().map(|(file, _)| file.size_bytes as usize).sum();
    let mut before = 0;
    let mut ids = Vec::new();
    for (file, path) in files {
        let size = file.size_bytes as usize;
        if let Some(id) = file.uploaded {
            ids.push(id);
            before += size;
            continue;
        }
        let refused = |reason| UploadFault::File { file: file.id.clone(), reason };
        let bytes = fs::read(path).map_err(|_| refused(RefusedReason::Unreadable))?;
        let progress = progress(before, total, tell.clone());
        match client::upload(trust, token, &file.name, bytes, progress).await {
            Ok(upload) => {
                tell(UploadNews::Arrived { file: file.id.clone(), id: upload.file.id });
                ids.push(upload.file.id);
            }
            Err(Failure { file: Some(refusal), .. }) => return Err(refused(convert::refused(refusal))),
            // A file alone is no request: nothing that counts has arrived.
            Err(failure) => return Err(UploadFault::Failed(Failure { may_have_arrived: false, ..failure })),
        }
        before += size;
    }
    Ok(ids)
}

fn progress(before: usize, total: usize, tell: impl Fn(UploadNews) + Send + Sync + 'static) -> Progress {
    let last = Mutex::new(u32::MAX);
    Arc::new(move |sent| {
        let percent = u32::try_from((before + sent) * 100 / total.max(1)).unwrap_or(100).min(100);
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != percent {
            *last = percent;
            tell(UploadNews::Percent(percent));
        }
    })
}
