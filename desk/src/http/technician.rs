//! What technicians see: queue, tasks, customers, and one ticket.

use super::Desk;
use super::failure::Reply;
use super::request::{Asked, json, nothing, ok, page, part, query, versioned};
use super::uploads::invalid;
use super::who::Technician;
use crate::store::{Deed, Filing, Write};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use beistand_protocol::desk::api::desk::{PhoneTicket, Presence};
use beistand_protocol::desk::api::my::Filed;
use beistand_protocol::desk::api::people::{CustomerQuery, TechnicianListed, Technicians};
use beistand_protocol::desk::api::queue::QueueQuery;
use beistand_protocol::desk::api::session::{MAX_RECEIPT_BYTES, SessionReport, SessionReported, SessionStarted};
use beistand_protocol::desk::form::{Rules, validate};
use beistand_protocol::desk::ids::TicketSessionId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{AuthMethod, Channel};
use jiff::Timestamp;
use std::sync::Arc;

use super::failure::Failure;

pub(super) async fn queue(State(desk): State<Arc<Desk>>, headers: HeaderMap, uri: Uri) -> Reply {
    let technician = desk.technician(&headers).await?;
    let query: QueueQuery = query(&uri)?;
    page(query.limit, query.cursor.as_deref())?;
    ok(&desk.store.queue(technician.id, &query, Timestamp::now()).await?)
}

pub(super) async fn tasks(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Reply {
    desk.technician(&headers).await?;
    ok(&desk.store.tasks().await?)
}

pub(super) async fn task_done(State(desk): State<Arc<Desk>>, Path(id): Path<String>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    desk.store.task_done(part(&id)?, &technician.actor(), Timestamp::now()).await?;
    Ok(nothing())
}

pub(super) async fn customers(State(desk): State<Arc<Desk>>, headers: HeaderMap, uri: Uri) -> Reply {
    desk.technician(&headers).await?;
    let query: CustomerQuery = query(&uri)?;
    page(query.limit, query.cursor.as_deref())?;
    ok(&desk.store.customers(&query, Timestamp::now()).await?)
}

pub(super) async fn customer(State(desk): State<Arc<Desk>>, Path(number): Path<String>, headers: HeaderMap) -> Reply {
    let technician = desk.technician(&headers).await?;
    ok(&desk.store.customer_page(&part(&number)?, technician.id, Timestamp::now()).await?)
}

pub(super) async fn technicians(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Reply {
    let me = desk.technician(&headers).await?;
    let (all, open) = (desk.technicians.all().await.map_err(Failure::internal)?, desk.store.open_by_owner().await?);
    let listed = |(id, name)| TechnicianListed {
        id,
        name,
        me: id == me.id,
        open_tickets: open.iter().find(|(owner, _)| *owner == id).map_or(0, |(_, count)| *count),
    };
    ok(&Technicians { technicians: all.into_iter().map(listed).collect() })
}

pub(super) async fn ticket(State(desk): State<Arc<Desk>>, Path(number): Path<String>, headers: HeaderMap) -> Reply {
    let technician = desk.technician(&headers).await?;
    show(&desk, &technician, part(&number)?).await
}

pub(super) async fn show(desk: &Desk, technician: &Technician, number: TicketNumber) -> Reply {
    let ticket = desk.store.desk_ticket(technician.id, number, Timestamp::now()).await?;
    versioned(ticket.version, &ticket)
}

/// Files what a customer says on the phone.
pub(super) async fn file(State(desk): State<Arc<Desk>>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    let phone: PhoneTicket = asked.json()?;
    if let Some(session) = &phone.session {
        check_report(session)?;
    }
    let write = Write { actor: technician.actor(), now: Timestamp::now(), once: Some(asked.once()?) };
    let customer = desk.store.customer(&phone.customer).await?;
    let (bundesland, working_days) = (customer.known.bundesland, customer.known.working_days);
    let rules = Rules { today: super::today(write.now), bundesland, working_days };
    let checked = validate(&phone.draft, rules).map_err(invalid)?;
    let title = checked.request.title();
    let files = checked.request.attachments.clone();
    let filing = Filing {
        customer: customer.id,
        requester: phone.contact,
        channel: Channel::Phone,
        auth: AuthMethod::Caller,
        receipt: None,
        request: checked.request,
        severity: phone.severity,
        take: phone.take,
        session: phone.session,
        refused: Vec::new(),
        follows: None,
    };
    let number = match desk.store.outcome_before(&write).await? {
        Some(written) => written.number,
        None => {
            desk.check_files(&write.actor, &files).await?;
            desk.store.file(&write, &filing).await?.number
        }
    };
    json(StatusCode::CREATED, &Filed { number, title, warnings: checked.warnings })
}

pub(super) async fn read(State(desk): State<Arc<Desk>>, Path(number): Path<String>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    desk.store.desk_ticket_read(technician.id, part(&number)?).await?;
    Ok(nothing())
}

pub(super) async fn presence(State(desk): State<Arc<Desk>>, Path(number): Path<String>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    let Presence { doing } = asked.json()?;
    let number = part(&number)?;
    ok(&desk.store.be_present(technician.id, &technician.name, number, doing, Timestamp::now()).await?)
}

/// A session is about to start from a ticket. Its id is random and says nothing about its number.
pub(super) async fn start_session(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<String>,
    request: Request,
) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    let write = Write { actor: technician.actor(), now: Timestamp::now(), once: Some(asked.once()?) };
    let written = desk.store.start_session(&write, part(&number)?).await?;
    let entry = written.entry.ok_or_else(|| Failure::internal("a session was started without an id"))?;
    ok(&SessionStarted { session: TicketSessionId::new(*entry.as_bytes()) })
}

pub(super) async fn report_session(
    State(desk): State<Arc<Desk>>,
    Path((number, session)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    let report: SessionReport = asked.json()?;
    check_report(&report)?;
    let write = Write { actor: technician.actor(), now: Timestamp::now(), once: None };
    let proposal = desk.store.report_session(&write, part(&number)?, part(&session)?, &report).await?;
    ok(&SessionReported { proposal })
}

/// Bounds what comes from the technician's own records.
fn check_report(report: &SessionReport) -> Reply<()> {
    let words = |words: &[String]| words.len() <= 16 && words.iter().all(|word| word.len() <= 64);
    let receipt = report.receipt.as_ref().is_none_or(|receipt| receipt.len() <= MAX_RECEIPT_BYTES);
    if !words(&report.allowed) || !words(&report.used) || !receipt {
        return Err(Failure::malformed("the report is too long"));
    }
    Ok(())
}

pub(super) async fn unlink(
    State(desk): State<Arc<Desk>>,
    Path((number, other)): Path<(String, String)>,
    headers: HeaderMap,
) -> Reply {
    let technician = desk.technician(&headers).await?;
    let number = part(&number)?;
    let write = Write { actor: technician.actor(), now: Timestamp::now(), once: None };
    desk.store.act(&write, number, None, &Deed::Unlink { other: part(&other)? }, &[]).await?;
    show(&desk, &technician, number).await
}
