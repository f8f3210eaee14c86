//! Files that go with a form or a message. They are uploaded first, each by itself, and named by their id then.

use crate::desk::ids::AttachmentId;
use serde::{Deserialize, Serialize};

/// What a file is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// A picture as PNG.
    Png,
    /// A picture as JPEG.
    Jpeg,
    /// A PDF document.
    Pdf,
    /// Plain text as UTF-8.
    Text,
}

impl FileKind {
    /// Its word in JSON and in a store.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Pdf => "pdf",
            Self::Text => "text",
        }
    }

    /// The kind with this word.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "png" => Some(Self::Png),
            "jpeg" => Some(Self::Jpeg),
            "pdf" => Some(Self::Pdf),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// As what it is served.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// What was done to a file, or is to be known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum FileNote {
    /// The picture was painted anew: nothing but the picture is left, no place and no camera.
    PaintedAnew,
    /// Only the first picture of a moving one is left.
    FirstPictureOnly,
    /// The text came in another encoding and is UTF-8 now.
    Transcoded,
    /// The document may contain programs or files: to be opened with care.
    MayBeActive,
    /// Its name was changed, because it had parts that hide or lead elsewhere.
    Renamed,
}

/// A file of a ticket or message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileInfo {
    /// Under which it can be fetched: `…/tickets/{number}/files/{id}`.
    pub id: AttachmentId,
    /// Its name, fit to be shown and saved.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// How many bytes it has.
    pub size_bytes: u32,
    /// What is to be known about it.
    pub notes: Vec<FileNote>,
}

/// The answer to `POST` [`super::UPLOADS_PATH`]: the file waits a day for the form or message it belongs to.
///
/// The body of the request is the file itself; its name is in the header [`super::FILE_NAME_HEADER`]. A credential
/// is not needed; when there is one, only its owner can use the file. A file can be used once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The file, as it will be kept.
    pub file: FileInfo,
}
