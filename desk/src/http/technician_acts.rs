//! What technicians do with a ticket: `POST …/technician/tickets/{number}/{act}`.

use super::Desk;
use super::failure::{Failure, Reply};
use super::request::{Asked, part};
use super::technician::show;
use crate::core::TechnicianAct;
use crate::store::{Deed, Write};
use axum::extract::{Path, Request, State};
use beistand_protocol::desk::api::ReasonText;
use beistand_protocol::desk::api::desk::{
    Answer, Assignment, Closing, Link, Merge, Note, Resolution, Resumption, Schedule, SeverityChange, Taking,
    TimeEntry, Unmerge, VisibilityChange, Waiting,
};
use beistand_protocol::desk::api::problem::{Problem, Refusal};
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::number::TicketNumber;
use jiff::Timestamp;
use std::sync::Arc;

/// What is asked for, and whether it needs the version that its sender saw.
struct Wanted {
    deed: Deed,
    files: Vec<AttachmentId>,
    needs_version: bool,
}

impl Wanted {
    /// A change of the ticket itself.
    const fn change(act: TechnicianAct<'static>) -> Self {
        Self { deed: Deed::Technician(act), files: Vec::new(), needs_version: true }
    }

    /// Something added, by which nothing can be lost.
    const fn adds(act: TechnicianAct<'static>, files: Vec<AttachmentId>) -> Self {
        Self { deed: Deed::Technician(act), files, needs_version: false }
    }
}

pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    Path((number, act)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    let number: TicketNumber = part(&number)?;
    let write = Write { actor: technician.actor(), now: Timestamp::now(), once: Some(asked.once()?) };
    if act == "time" {
        let time: TimeEntry = asked.json()?;
        if !(1..=1440).contains(&time.minutes) {
            return Err(Failure::malformed("minutes must be 1 to 1440"));
        }
        desk.store.log_time(&write, number, &time).await?;
        return show(&desk, &technician, number).await;
    }
    let wanted = desk.wanted(&act, &asked).await?;
    let version = if wanted.needs_version { Some(asked.seen()?) } else { asked.version()? };
    if desk.store.outcome_before(&write).await?.is_none() {
        desk.check_files(&write.actor, &wanted.files).await?;
        desk.store.act(&write, number, version, &wanted.deed, &wanted.files).await?;
    }
    show(&desk, &technician, number).await
}

impl Desk {
    async fn wanted(&self, act: &str, asked: &Asked) -> Reply<Wanted> {
        Ok(match act {
            "answers" => {
                let Answer { text, attachments, then_wait } = asked.json()?;
                Wanted::adds(TechnicianAct::Answer { text: text.into_string(), then_wait }, attachments)
            }
            "notes" => {
                let Note { text, attachments } = asked.json()?;
                Wanted::adds(TechnicianAct::Note { text: text.into_string() }, attachments)
            }
            "take" => {
                let Taking {} = asked.json()?;
                Wanted::change(TechnicianAct::Take)
            }
            "assign" => Wanted::change(self.assignment(asked.json()?).await?),
            "wait" => {
                let Waiting { wait_for, reason } = asked.json()?;
                Wanted::change(TechnicianAct::Wait { wait_for, reason: reason.map(ReasonText::into_string) })
            }
            "schedule" => {
                let Schedule { on, reason } = asked.json()?;
                let today = super::today(Timestamp::now());
                let reason = reason.map(ReasonText::into_string);
                Wanted::change(TechnicianAct::Schedule { on, today, reason })
            }
            "resume" => {
                let Resumption {} = asked.json()?;
                Wanted::change(TechnicianAct::Resume)
            }
            "resolve" => {
                let Resolution { text } = asked.json()?;
                Wanted::change(TechnicianAct::Resolve { text: text.into_string() })
            }
            "close" => {
                let Closing {} = asked.json()?;
                Wanted::change(TechnicianAct::Close)
            }
            "severity" => {
                let SeverityChange { severity, reason } = asked.json()?;
                Wanted::change(TechnicianAct::SetSeverity { severity, reason: reason.into_string() })
            }
            "visibility" => {
                let VisibilityChange { visibility } = asked.json()?;
                Wanted::change(TechnicianAct::SetVisibility { visibility })
            }
            "merge" => {
                let Merge { into } = asked.json()?;
                Wanted { deed: Deed::Merge { into }, files: Vec::new(), needs_version: true }
            }
            "unmerge" => {
                let Unmerge {} = asked.json()?;
                Wanted::change(TechnicianAct::Unmerge)
            }
            "links" => {
                let Link { other } = asked.json()?;
                Wanted { deed: Deed::Link { other }, files: Vec::new(), needs_version: false }
            }
            _ => return Err(super::failure::no_route().await),
        })
    }

    async fn assignment(&self, wanted: Assignment) -> Reply<TechnicianAct<'static>> {
        let to = match wanted.to {
            None => None,
            Some(id) => {
                let name = self.technicians.name(id).await.map_err(Failure::internal)?;
                Some((id, name.ok_or_else(|| Failure::from(Problem::refused(Refusal::UnknownTechnician)))?))
            }
        };
        Ok(TechnicianAct::Assign { to })
    }
}
