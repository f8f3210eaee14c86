//! What the desk's pages ask of the controller.

use crate::view::{DeskPlace, FieldValues, FileBytes, FormStep, Password, TicketQuery};

/// Something that a person wants at the desk. Whether anything comes of it shows in the next model.
#[derive(Debug)]
pub(crate) enum DeskRequest {
    Go(DeskPlace),
    New,
    OpenDraft(String),
    Save { values: FieldValues, pin: Option<Password> },
    Step { step: FormStep, values: FieldValues, pin: Option<Password> },
    Submit,
    Attach { name: String, bytes: FileBytes },
    Detach(String),
    TakePicture,
    KeepPicture(FileBytes),
    DropPicture,
    Retry(String),
    Recall(String),
    SendAsNew(String),
    GivePin { id: String, pin: Password },
    OpenSent(String),
    CopySent(String),
    Discard(String),
    Link { code: Password },
    Unlink,
    Query(TicketQuery),
    More,
    OpenTicket(String),
    Refresh,
    WriteComment(String),
    SendComment(String),
    Withdraw,
    Raise { severity: u8, reason: String },
    Confirm,
    Reopen(String),
    SaveAttachment(String),
    DismissFault,
}
