//! What a technician does, as the desk's API calls it.

use crate::desk::convert::date;
use crate::view::{CaseAct, TimeSpent};
use beistand_protocol::desk::api::desk::{
    Answer, Assignment, Closing, Link, Merge, Note, Resolution, Resumption, Schedule, SeverityChange, Taking,
    TimeEntry, Unmerge, VisibilityChange, WaitFor, Waiting,
};
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::ticket::{Severity, TimeKind, Visibility};
use serde::Serialize;

/// The desk's word for an act and what goes with it; `None` if it is not filled in rightly.
pub(crate) fn call(act: CaseAct) -> Option<(&'static str, serde_json::Value)> {
    fn body(what: &'static str, body: &impl Serialize) -> Option<(&'static str, serde_json::Value)> {
        serde_json::to_value(body).ok().map(|body| (what, body))
    }
    // An empty reason is none; one that is too short is a mistake.
    fn reason<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
        if text.trim().is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    }
    match act {
        CaseAct::Answer { text, then_wait } => {
            body("answers", &Answer { text: text.parse().ok()?, attachments: Vec::new(), then_wait })
        }
        CaseAct::Note { text } => body("notes", &Note { text: text.parse().ok()?, attachments: Vec::new() }),
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
        CaseAct::Resolve { text } => body("resolve", &Resolution { text: text.parse().ok()? }),
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
    fn what_is_not_filled_in_is_not_sent() {
        assert!(call(CaseAct::Answer { text: "  ".into(), then_wait: false }).is_none());
        assert!(call(CaseAct::Merge { into: "T-1234-5670".into() }).is_none());
        assert!(call(CaseAct::Schedule { on: "morgen".into(), reason: String::new() }).is_none());
        let (what, body) = call(CaseAct::Schedule { on: "31.3.2027".into(), reason: String::new() }).unwrap();
        assert_eq!((what, body["on"].as_str(), body["reason"].is_null()), ("schedule", Some("2027-03-31"), true));
        let (what, body) = call(CaseAct::Merge { into: "t 12345671".into() }).unwrap();
        assert_eq!((what, body["into"].as_str()), ("merge", Some("T-1234-5671")));
        assert!(call(CaseAct::WaitForVendor { reason: "x".into() }).is_none());
    }
}
