//! What a technician does, as the desk's API calls it.

use crate::desk::StoredFile;
use crate::desk::convert::date;
use crate::view::{CaseAct, CaseText, TimeSpent};
use beistand_protocol::desk::api::MessageText;
use beistand_protocol::desk::api::desk::{
    Answer, Assignment, Closing, Link, Merge, Note, Resolution, Resumption, Schedule, SeverityChange, Taking,
    TimeEntry, Unmerge, VisibilityChange, WaitFor, Waiting,
};
use beistand_protocol::desk::ids::{AttachmentId, TechnicianId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Severity, TimeKind, Visibility};
use serde::Serialize;
use std::path::PathBuf;

/// Something that is done to a ticket.
#[derive(Debug)]
pub(crate) enum Deed {
    /// One request.
    Post { what: &'static str, body: serde_json::Value },
    /// Something written, whose files go first.
    Write(Writing),
    /// The two have nothing to do with each other any more.
    Unlink(TicketNumber),
}

/// Something written, on its way to its ticket.
pub(crate) struct Writing {
    pub(crate) what: CaseText,
    pub(crate) text: MessageText,
    pub(crate) then_wait: bool,
    pub(crate) files: Vec<(StoredFile, PathBuf)>,
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing").field("what", &self.what).finish_non_exhaustive()
    }
}

impl Writing {
    /// The desk's word for it, and what goes with it.
    pub(crate) fn call(&self, attachments: Vec<AttachmentId>) -> Option<(&'static str, serde_json::Value)> {
        let text = self.text.clone();
        match self.what {
            CaseText::Answer => body("answers", &Answer { text, attachments, then_wait: self.then_wait }),
            CaseText::Note => body("notes", &Note { text, attachments }),
            CaseText::Resolution => body("resolve", &Resolution { text }),
        }
    }
}

fn body(what: &'static str, body: &impl Serialize) -> Option<(&'static str, serde_json::Value)> {
    serde_json::to_value(body).ok().map(|body| (what, body))
}

/// What an act asks of the desk; `None` if it is not filled in rightly, or is a text, which goes another way.
pub(crate) fn deed(act: CaseAct) -> Option<Deed> {
    if let CaseAct::Unlink { other } = act {
        return Some(Deed::Unlink(other.parse().ok()?));
    }
    let (what, body) = call(act)?;
    Some(Deed::Post { what, body })
}

fn call(act: CaseAct) -> Option<(&'static str, serde_json::Value)> {
    // An empty reason is none; one that is too short is a mistake.
    fn reason<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
        if text.trim().is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    }
    match act {
        CaseAct::Write { .. } | CaseAct::Unlink { .. } => None,
        CaseAct::Take => body("take", &Taking {}),
        CaseAct::Assign { to } => body("assign", &Assignment { to: to.map(TechnicianId) }),
        CaseAct::WaitForCustomer { reason: why } => {
            body("wait", &Waiting { wait_for: WaitFor::Customer, reason: reason(&why)? })
        }
        CaseAct::WaitForVendor { reason: why } => {
            body("wait", &Waiting { wait_for: WaitFor::Vendor, reason: reason(&why)? })
        }
        CaseAct::Schedule { on, reason: why } => body("schedule", &Schedule { on: date(&on)?, reason: reason(&why)? }),
        CaseAct::Resume => body("resume", &Resumption {}),
        CaseAct::Close => body("close", &Closing {}),
        CaseAct::Severity { severity, reason } => {
            let severity = Severity::try_from(severity).ok()?;
            body("severity", &SeverityChange { severity, reason: reason.parse().ok()? })
        }
        CaseAct::Visibility { confidential } => {
            let visibility = if confidential { Visibility::Requester } else { Visibility::Company };
            body("visibility", &VisibilityChange { visibility })
        }
        CaseAct::Merge { into } => body("merge", &Merge { into: into.parse().ok()? }),
        CaseAct::Unmerge => body("unmerge", &Unmerge {}),
        CaseAct::Link { other } => body("links", &Link { other: other.parse().ok()? }),
        CaseAct::Time { minutes, spent_on, billable, text, session } => {
            if minutes == 0 {
                return None;
            }
            let spent_on = match spent_on {
                TimeSpent::Phone => TimeKind::Phone,
                TimeSpent::Remote => TimeKind::Remote,
                TimeSpent::Onsite => TimeKind::Onsite,
                TimeSpent::Desk => TimeKind::Desk,
            };
            let session = match session {
                Some(session) => Some(session.parse().ok()?),
                None => None,
            };
            body("time", &TimeEntry { minutes, spent_on, billable, text: reason(&text)?, session })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_goes_where_it_was_written() {
        let (text, id) = ("Wir kommen.".parse::<MessageText>().unwrap(), AttachmentId::new([7; 16]));
        let call =
            |what| Writing { what, text: text.clone(), then_wait: true, files: Vec::new() }.call(vec![id]).unwrap();
        let (what, body) = call(CaseText::Answer);
        assert_eq!(
            (what, &body["thenWait"], &body["attachments"][0]),
            ("answers", &true.into(), &id.to_string().into())
        );
        let (what, body) = call(CaseText::Note);
        assert_eq!((what, body.get("thenWait"), body["attachments"].as_array().unwrap().len()), ("notes", None, 1));
        assert_eq!(call(CaseText::Resolution), ("resolve", serde_json::json!({"text": "Wir kommen."})));
    }

    #[test]
    fn what_is_not_filled_in_is_not_sent() {
        assert!(deed(CaseAct::Unlink { other: "T-1234".into() }).is_none());
        assert!(call(CaseAct::Merge { into: "T-1234-5670".into() }).is_none());
        assert!(call(CaseAct::Schedule { on: "morgen".into(), reason: String::new() }).is_none());
        let (what, body) = call(CaseAct::Schedule { on: "31.3.2027".into(), reason: String::new() }).unwrap();
        assert_eq!((what, body["on"].as_str(), body["reason"].is_null()), ("schedule", Some("2027-03-31"), true));
        let (what, body) = call(CaseAct::Merge { into: "t 12345671".into() }).unwrap();
        assert_eq!((what, body["into"].as_str()), ("merge", Some("T-1234-5671")));
        assert!(call(CaseAct::WaitForVendor { reason: "x".into() }).is_none());
    }
}
