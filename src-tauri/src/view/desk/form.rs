//! The form of a request.

use super::DeskFault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// How many files may go with a request or a message.
pub const DESK_FILES: u32 = 5;
/// How large one of them may be.
pub const DESK_FILE_BYTES: u32 = 10 * 1024 * 1024;
/// How large all of them may be together.
pub const DESK_FILES_BYTES: u32 = 25 * 1024 * 1024;

/// A request that is being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Form {
    /// Of the draft.
    pub id: String,
    /// Which page of it.
    pub step: FormStep,
    /// Who files it.
    pub lane: Lane,
    /// What was filled in.
    pub values: FieldValues,
    /// Whether the PIN was typed; the PIN itself is never shown again.
    pub pin_typed: bool,
    /// The general fields, in their order.
    pub general: Vec<FormField>,
    /// The fields of the chosen kind, in their order; none before one is chosen.
    pub request: Vec<FormField>,
    /// Files that go with it.
    pub attachments: Vec<ChosenFile>,
    /// Files that were not taken, with the reason, since the last change of page.
    pub refused: Vec<RefusedFile>,
    /// What is wrong, as far as it has been looked at.
    pub errors: Vec<FieldError>,
    /// How often it was tried to go on: with a new number the errors are read out.
    pub attempt: u32,
    /// Whether it is on the disk.
    pub saved: Saved,
    /// The earliest start date that can be guaranteed today, `YYYY-MM-DD`.
    pub earliest_start: String,
    /// Whether the chosen start date is guaranteed; nothing while there is none.
    pub start_guaranteed: Option<bool>,
    /// Something that did not work.
    pub fault: Option<DeskFault>,
}

/// What was filled in, by field; choices by their key. Its `Debug` hides what was written.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct FieldValues(pub BTreeMap<Field, String>);

impl fmt::Debug for FieldValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl FieldValues {
    /// What stands in a field.
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", String::as_str)
    }
}

/// The pages of the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FormStep {
    /// Who you are, and what kind of request it is.
    #[default]
    General,
    /// The fields of that kind.
    Request,
    /// Everything once more.
    Check,
}

/// Who files a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Lane {
    /// Somebody with a customer number and a PIN.
    Pin,
    /// Somebody whose app is linked.
    Linked {
        /// Whose account it is.
        person: String,
        /// The company that the person works for.
        customer: String,
        /// Its number.
        customer_number: String,
    },
}

/// One field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FormField {
    /// Which.
    pub field: Field,
    /// Whether it must be filled in.
    pub mandatory: bool,
    /// How long it may be; for long texts that is counted.
    pub max_chars: Option<u32>,
}

/// Every field of every form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// Your number with us.
    CustomerNumber,
    /// Told to you by us.
    Pin,
    /// The company.
    Company,
    /// Who is asked.
    ContactPerson,
    /// Where to write to.
    Email,
    /// Where to call.
    Phone,
    /// How you would like to be answered: [`ContactMethod`].
    PreferredContact,
    /// What kind of request it is: [`RequestKind`].
    RequestType,
    /// Your own number or keyword.
    Reference,
    /// The new person's: [`Salutation`].
    Salutation,
    /// First name of the new person.
    FirstName,
    /// Last name.
    LastName,
    /// Telephone extension.
    Extension,
    /// Company mobile.
    CompanyMobile,
    /// Empty: no mailbox.
    WantedEmail,
    /// What the person will do.
    Position,
    /// The first day, `YYYY-MM-DD`.
    StartDate,
    /// Anything else.
    Remarks,
    /// The device.
    DeviceName,
    /// Its serial number.
    SerialNumber,
    /// The order it came with.
    OrderReference,
    /// What is wrong.
    Description,
    /// What is wanted.
    Concern,
    /// When a call suits.
    WantedTime,
    /// How urgent: [`Priority`].
    Priority,
    /// Files.
    Attachments,
}

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RequestKind {
    /// Something does not work.
    Incident,
    /// A device that was bought from us has a problem.
    Warranty,
    /// Please set a person up.
    NewEmployee,
    /// Please call.
    CallBack,
    /// Everything else.
    Other,
}

/// How you would like to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ContactMethod {
    /// By phone.
    Phone,
    /// By e-mail.
    Email,
}

/// How urgent, as the form asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Priority {
    /// The default.
    Low,
    /// In between.
    Normal,
    /// Many people, or the whole company.
    High,
}

/// How a person is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Salutation {
    /// Frau.
    Ms,
    /// Herr.
    Mr,
    /// Not said.
    None,
}

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// Which.
    pub field: Field,
    /// What.
    pub problem: FieldProblem,
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FieldProblem {
    /// Nothing stands there, but must.
    Missing,
    /// Too little.
    TooShort {
        /// The least.
        min: u32,
    },
    /// Too much.
    TooLong {
        /// The most.
        max: u32,
    },
    /// Not of the form that it must have: which one, the page says by field.
    Malformed,
    /// A date so far away that it must be mistyped.
    FarDate,
}

/// Whether the draft is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Saved {
    /// Nothing has been typed yet.
    Empty,
    /// It is.
    OnDisk,
    /// It could not be.
    Failed,
}

/// A file that goes with a request or a comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChosenFile {
    /// For `desk_detach`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub size_bytes: u32,
    /// What it is.
    pub kind: FileKind,
}

/// What a file is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// A picture.
    Image,
    /// A PDF.
    Pdf,
    /// Plain text.
    Text,
}

/// A file on its way between page and shell, in base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct FileBytes(String);

impl FileBytes {
    /// Puts bytes into base64.
    pub fn of(bytes: &[u8]) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// The bytes, if it is base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.0).ok()
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileBytes(..)")
    }
}

/// Files that fell onto the main window. The page knows over which part of it they were dragged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct FilesFallen {
    /// What could be read.
    pub files: Vec<FallenFile>,
    /// What could not.
    pub refused: Vec<RefusedFile>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FallenFile {
    /// Its name, without its folder.
    pub name: String,
    /// What it holds.
    pub bytes: FileBytes,
}

/// A file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RefusedFile {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: RefusedReason,
}

/// Why a file was not taken, here or by the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RefusedReason {
    /// There are five already.
    TooMany,
    /// Larger than one may be.
    TooLarge,
    /// All of them together are too large.
    TogetherTooLarge,
    /// Nothing is in it.
    Empty,
    /// Neither a picture, a PDF nor plain text.
    Kind,
    /// A picture in a form that phones use: to be converted.
    Heic,
    /// A drawing or page that can carry a program.
    Active,
    /// A document of an office program: to be saved as PDF.
    Office,
    /// A collection of files: to be sent one by one.
    Archive,
    /// It says that it is something, but is something else.
    Mismatch,
    /// It can't be read.
    Unreadable,
    /// Too many pixels.
    TooManyPixels,
}
