//! What may be attached to a ticket, and what becomes of it before anybody else sees it.
//!
//! Only images, PDF and plain text are taken, decided by content and never by name. Images are decoded and encoded
//! again in a limited child process, so that nothing of the sender's bytes is kept; text is kept as UTF-8; a PDF is
//! kept as it came, after checks of single bytes: no parser for PDF runs in the server. Whatever is refused is
//! refused with a [`Refusal`] that the sender is shown.
//!
//! Start reading at [`Attachments::take`]. Nothing here knows tickets, people or HTTP.

mod blobs;
mod child;
mod intake;
mod kind;
mod name;
mod pdf;
mod refusal;
mod text;

pub use blobs::{BlobKey, Blobs, Reader};
pub use child::{CHILD_COMMAND, run_child};
pub use intake::{Attachments, Clean, Incoming, Limits, TakeError};
pub use refusal::{Foreign, Refusal};
pub use text::windows_1252;

/// How many files one submission may have.
pub const MOST_FILES: usize = 5;
/// How long one file may be.
pub const MOST_BYTES: u64 = 10 * 1024 * 1024;
/// How long all files of one submission may be together.
pub const MOST_BYTES_TOGETHER: u64 = 25 * 1024 * 1024;
