//! One request or message, from its first letter to its arrival, as it lies on the disk.
//!
//! One file holds all of it, so that each step is one change of one file: what was typed, that it was sent off and
//! under which key, which of its files have arrived, and what the desk answered. It never holds a PIN.

use crate::view::{FileKind, RefusedFile};
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::form::{Draft, Rules};
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::rendezvous::Domain;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A request or a message; or, with another content, what a technician writes or has to report.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item<C = Content> {
    pub(crate) id: String,
    pub(crate) changed_at: Timestamp,
    pub(crate) content: C,
    pub(crate) files: Vec<StoredFile>,
    pub(crate) phase: Phase,
    /// What makes every attempt the same one: made when it is sent off, and kept while it may have arrived.
    pub(crate) key: Option<IdempotencyKey>,
    /// Whether an attempt ended without an answer after the request had gone out.
    pub(crate) may_have_arrived: bool,
}

/// What it says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Content {
    /// A form.
    Request { customer_number: String, draft: Box<Draft>, about_session: Option<String> },
    /// A message on a ticket.
    Comment { number: String, text: String },
}

/// How far it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Phase {
    Draft,
    /// Sent off by the person, and not confirmed by the desk.
    Sending {
        domain: Domain,
        since: Timestamp,
        linked: bool,
    },
    /// Confirmed.
    Sent(Sent),
}

/// What the desk answered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    /// With a PIN.
    pub(crate) receipt: Option<String>,
    /// With a link.
    pub(crate) ticket: Option<String>,
    /// The closed ticket that it follows.
    pub(crate) follow_up_of: Option<String>,
    pub(crate) start_guaranteed: Option<bool>,
    pub(crate) earliest_start: Option<Date>,
    pub(crate) refused: Vec<RefusedFile>,
}

/// A file that goes with it; its bytes lie beside the item.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredFile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: FileKind,
    pub(crate) size_bytes: u32,
    /// The desk's id, once it has arrived there.
    pub(crate) uploaded: Option<AttachmentId>,
}

/// What this computer knows about desks and the person.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct About {
    /// The account that this app is linked with; its token is in the keyring.
    pub(crate) linked: Option<SavedLink>,
    /// What the form of a new employee needs to know, as the desk said last.
    pub(crate) rules: Option<Rules>,
}

/// An account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedLink {
    pub(crate) domain: Domain,
    pub(crate) person: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) customer: String,
    pub(crate) customer_number: String,
    pub(crate) sees_company: bool,
}

impl<C> Item<C> {
    /// A draft with nothing in it but its content.
    pub(crate) fn new(id: String, now: Timestamp, content: C) -> Self {
        let (files, phase) = (Vec::new(), Phase::Draft);
        Self { id, changed_at: now, content, files, phase, key: None, may_have_arrived: false }
    }

    /// How large its files are together.
    pub(crate) fn files_bytes(&self) -> u32 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.size_bytes))
    }
}

impl Item {
    /// The form, if it is one.
    pub(crate) fn draft(&self) -> Option<&Draft> {
        match &self.content {
            Content::Request { draft, .. } => Some(draft),
            Content::Comment { .. } => None,
        }
    }

    /// The first words, to tell it from others.
    pub(crate) fn words(&self) -> String {
        const CHARACTERS: usize = 80;
        let text = match &self.content {
            Content::Request { draft, .. } => [
                draft.description.as_str(),
                draft.concern.as_str(),
                draft.position.as_str(),
                draft.device_name.as_str(),
                draft.reference.as_str(),
            ]
            .into_iter()
            .map(str::trim)
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
            Content::Comment { text, .. } => text.trim(),
        };
        let line = text.lines().next().unwrap_or_default();
        if line.chars().count() <= CHARACTERS {
            return line.to_owned();
        }
        let mut short: String = line.chars().take(CHARACTERS).collect();
        short.push('…');
        short
    }

    /// Whether anything was written or attached.
    pub(crate) fn is_empty(&self) -> bool {
        self.words().is_empty() && self.files.is_empty()
    }
}
