//! Sessions that were started from a ticket or are filed with one, and time that was logged.

use super::change::{self, Actor, Lock, Write, Written};
use super::db::{Tx, args};
use super::detail::proposed_minutes;
use super::events::Happening;
use super::read::{new_id, to_json};
use super::search::{self, Audience};
use super::{Result, Store, StoreError, once};
use crate::core::{self, Act, Denied, TechnicianAct};
use beistand_protocol::desk::api::desk::{TimeEntry, TimeProposal};
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::ids::{EntryId, TicketSessionId, TimeEntryId};
use beistand_protocol::desk::number::TicketNumber;

impl Store {
    /// Logs time on a ticket. The entry that was written has the time's id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also if the session is not this ticket's, and [`StoreError::KeyReused`].
    pub async fn log_time(&self, write: &Write, number: TicketNumber, time: &TimeEntry) -> Result<Written> {
        let mut tx = self.db.write().await?;
        if let Some(once) = &write.once
            && let Some(before) = once::claim(&mut tx, &write.actor, once, write.now).await?
        {
            return Ok(before);
        }
        let mut held = change::load(&mut tx, number, Lock::Held).await?;
        let ticket = allowed(&held.facts, write, TechnicianAct::LogTime)?;
        let Actor::Technician { id: technician, name } = &write.actor else { return Err(StoreError::NotFound) };
        if let Some(session) = time.session {
            let sql = "SELECT id FROM remote_session WHERE id = ? AND ticket_id = ?";
            tx.row(sql, args![*session.as_bytes(), held.id]).await?.ok_or(StoreError::NotFound)?;
        }
        let id = new_id(write.now);
        let sql = "INSERT INTO time_entry (id, ticket_id, technician_id, technician_name, minutes, spent_on, billable,
                   what, session_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let text = time.text.as_ref().map(|text| text.as_str().to_owned());
        let row = args![
            id,
            held.id,
            technician.0,
            name,
            u32::from(time.minutes),
            time.spent_on.key(),
            time.billable,
            text.clone(),
            time.session.map(|session| *session.as_bytes()),
            write.now.as_millisecond()
        ];
        tx.run(sql, row).await?;
        let text = text.unwrap_or_default();
        held.record(&mut tx, write, &Happening::TimeLogged { time: TimeEntryId::new(id) }, &text).await?;
        if !text.is_empty() {
            search::append(&mut tx, held.id, Audience::Internal, &text).await?;
        }
        let mut written = held.save(&mut tx, write, &ticket).await?;
        written.entry = Some(EntryId::new(id));
        if let Some(once) = &write.once {
            once::keep(&mut tx, &write.actor, once, &written).await?;
        }
        tx.commit().await?;
        Ok(written)
    }

    /// A session is about to start from a ticket. The entry that was written has the session's id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Refused`], [`StoreError::KeyReused`].
    pub async fn start_session(&self, write: &Write, number: TicketNumber) -> Result<Written> {
        let mut tx = self.db.write().await?;
        if let Some(once) = &write.once
            && let Some(before) = once::claim(&mut tx, &write.actor, once, write.now).await?
        {
            return Ok(before);
        }
        let held = change::load(&mut tx, number, Lock::Held).await?;
        allowed(&held.facts, write, TechnicianAct::Session)?;
        let id = insert(&mut tx, write, held.id, write.now.as_millisecond()).await?;
        let mut written = Written::of(number, held.version);
        written.entry = Some(EntryId::new(*id.as_bytes()));
        if let Some(once) = &write.once {
            once::keep(&mut tx, &write.actor, once, &written).await?;
        }
        tx.commit().await?;
        Ok(written)
    }

    /// Keeps how a session was, and proposes the time to log for it. The same report again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without that session, [`Refusal::AlreadyReported`] if it was reported otherwise.
    pub async fn report_session(
        &self,
        write: &Write,
        number: TicketNumber,
        session: TicketSessionId,
        report: &SessionReport,
    ) -> Result<TimeProposal> {
        let mut tx = self.db.write().await?;
        let mut held = change::load(&mut tx, number, Lock::Held).await?;
        let sql = "SELECT report FROM remote_session WHERE id = ? AND ticket_id = ?";
        let row = tx.row(sql, args![*session.as_bytes(), held.id]).await?.ok_or(StoreError::NotFound)?;
        let proposal = TimeProposal { session, minutes: proposed_minutes(report.duration_seconds) };
        if row.plain::<Option<String>>("report")?.is_some() {
            let before: SessionReport = row.json("report")?;
            return if before == *report { Ok(proposal) } else { Err(Refusal::AlreadyReported.into()) };
        }
        let ticket = held.facts.clone();
        complete(&mut tx, session, report).await?;
        held.record(&mut tx, write, &Happening::Session { session }, "").await?;
        held.save(&mut tx, write, &ticket).await?;
        tx.commit().await?;
        Ok(proposal)
    }
}

/// Keeps a session that was held before its ticket was filed.
pub(super) async fn file_with(
    tx: &mut Tx,
    write: &Write,
    held: &mut change::Loaded,
    report: &SessionReport,
) -> Result<()> {
    let session = insert(tx, write, held.id, report.started_at.as_millisecond()).await?;
    complete(tx, session, report).await?;
    held.record(tx, write, &Happening::Session { session }, "").await?;
    Ok(())
}

async fn insert(tx: &mut Tx, write: &Write, ticket: i64, started_at: i64) -> Result<TicketSessionId> {
    let Actor::Technician { id: technician, name } = &write.actor else { return Err(StoreError::NotFound) };
    let id = new_id(write.now);
    let sql = "INSERT INTO remote_session (id, ticket_id, technician_id, technician_name, started_at)
               VALUES (?, ?, ?, ?, ?)";
    tx.run(sql, args![id, ticket, technician.0, name, started_at]).await?;
    Ok(TicketSessionId::new(id))
}

async fn complete(tx: &mut Tx, session: TicketSessionId, report: &SessionReport) -> Result<()> {
    let sql = "UPDATE remote_session SET started_at = ?, report = ? WHERE id = ?";
    tx.run(sql, args![report.started_at.as_millisecond(), to_json(report)?, *session.as_bytes()]).await?;
    Ok(())
}

/// Asks the rules about an act that changes nothing of the ticket itself.
fn allowed(ticket: &core::Ticket, write: &Write, act: TechnicianAct<'static>) -> Result<core::Ticket> {
    let act = Act::Technician(act, write.actor.by().name);
    let decision = core::decide(ticket, write.actor.to_the_rules()?, act, write.now);
    decision.map(|decision| decision.ticket).map_err(|denied| match denied {
        Denied::NotVisible | Denied::NotTheirs => StoreError::NotFound,
        Denied::Refused(refusal) => StoreError::Refused(refusal),
    })
}
