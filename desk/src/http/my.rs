//! What a linked app sees and does.

use super::Desk;
use super::failure::Reply;
use super::request::{Asked, json, nothing, ok, page, part, query, versioned};
use super::uploads::invalid;
use crate::core::CustomerAct;
use crate::store::{Actor, Deed, Filing, Member, Once, Write, Written};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use beistand_protocol::desk::api::ReasonText;
use beistand_protocol::desk::api::my::{
    self, Confirmation, Filed, Message, MyQuery, Posted, Reopening, UrgencyRaise, Withdrawal,
};
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::form::validate;
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{AuthMethod, Channel};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub(super) async fn profile(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Reply {
    let member = desk.member(&headers).await?;
    ok(&desk.store.profile(&member, super::today(Timestamp::now())).await?)
}

pub(super) async fn tickets(State(desk): State<Arc<Desk>>, headers: HeaderMap, uri: Uri) -> Reply {
    let member = desk.member(&headers).await?;
    let query: MyQuery = query(&uri)?;
    page(query.limit, query.cursor.as_deref())?;
    ok(&desk.store.my_tickets(&member, &query).await?)
}

pub(super) async fn ticket(State(desk): State<Arc<Desk>>, Path(number): Path<String>, headers: HeaderMap) -> Reply {
    let member = desk.member(&headers).await?;
    show(&desk, &member, part(&number)?).await
}

async fn show(desk: &Desk, member: &Member, number: TicketNumber) -> Reply {
    let ticket = desk.store.my_ticket(member, number, Timestamp::now()).await?;
    versioned(ticket.version, &ticket)
}

pub(super) async fn file(State(desk): State<Arc<Desk>>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let member = desk.member(&asked.headers).await?;
    let filing: my::Filing = asked.json()?;
    let once = asked.once()?;
    let now = Timestamp::now();
    let profile = desk.store.profile(&member, super::today(now)).await?;
    let checked = validate(&filing.draft, profile.rules).map_err(invalid)?;
    let actor = Actor::Member(member.clone());
    let write = Write { actor: actor.clone(), now, once: Some(once) };
    let title = checked.request.title();
    let files = checked.request.attachments.clone();
    let about = filing.about_session;
    let filing = Filing {
        customer: member.is.customer,
        requester: Some(member.is.contact),
        channel: if about.is_some() { Channel::Session } else { Channel::App },
        auth: AuthMethod::LinkedApp,
        receipt: None,
        request: checked.request,
        severity: None,
        take: false,
        session: None,
        refused: Vec::new(),
        follows: None,
    };
    // Repeated, its files are in use: by itself.
    let number = match desk.store.outcome_before(&write).await? {
        Some(written) => written.number,
        None => {
            desk.check_files(&actor, &files).await?;
            desk.store.file(&write, &filing).await?.number
        }
    };
    if let Some(about) = about {
        // Under a key of its own, so that it is said once however often this comes.
        let key = write.once.as_ref().map(|once| once.key.as_str()).unwrap_or_default();
        let mut random = [0; 16];
        random.iter_mut().zip(Sha256::digest(key)).for_each(|(byte, one)| *byte = one);
        let once = write.once.clone().map(|once| Once { key: IdempotencyKey::new(random), ..once });
        let said = CustomerAct::Message { text: about.into_string() };
        desk.store.act(&Write { once, ..write }, number, None, &Deed::Customer(said), &[]).await?;
    }
    json(StatusCode::CREATED, &Filed { number, title, warnings: checked.warnings })
}

pub(super) async fn read(State(desk): State<Arc<Desk>>, Path(number): Path<String>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let member = desk.member(&asked.headers).await?;
    desk.store.my_ticket_read(&member, part(&number)?).await?;
    Ok(nothing())
}

pub(super) async fn message(State(desk): State<Arc<Desk>>, Path(number): Path<String>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let member = desk.member(&asked.headers).await?;
    let message: Message = asked.json()?;
    let act = CustomerAct::Message { text: message.text.into_string() };
    let written = perform(&desk, &asked, &member, &number, asked.version()?, act, &message.attachments).await?;
    ok(&Posted { number: written.number, new_ticket: written.new_ticket })
}

pub(super) async fn withdraw(desk: State<Arc<Desk>>, number: Path<String>, request: Request) -> Reply {
    change(desk, number, request, |asked| {
        let Withdrawal { reason } = asked.json()?;
        Ok(CustomerAct::Withdraw { reason: reason.map(ReasonText::into_string) })
    })
    .await
}

pub(super) async fn urgency(desk: State<Arc<Desk>>, number: Path<String>, request: Request) -> Reply {
    change(desk, number, request, |asked| {
        let UrgencyRaise { severity, reason } = asked.json()?;
        Ok(CustomerAct::Raise { severity, reason: reason.into_string() })
    })
    .await
}

pub(super) async fn confirm(desk: State<Arc<Desk>>, number: Path<String>, request: Request) -> Reply {
    change(desk, number, request, |asked| {
        let Confirmation {} = asked.json()?;
        Ok(CustomerAct::Confirm)
    })
    .await
}

pub(super) async fn reopen(desk: State<Arc<Desk>>, number: Path<String>, request: Request) -> Reply {
    change(desk, number, request, |asked| {
        let Reopening { text } = asked.json()?;
        Ok(CustomerAct::Reopen { text: text.into_string() })
    })
    .await
}

async fn change(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<String>,
    request: Request,
    act: impl Fn(&Asked) -> Reply<CustomerAct>,
) -> Reply {
    let asked = Asked::read(request).await?;
    let member = desk.member(&asked.headers).await?;
    let act = act(&asked)?;
    perform(&desk, &asked, &member, &number, Some(asked.seen()?), act, &[]).await?;
    show(&desk, &member, part(&number)?).await
}

async fn perform(
    desk: &Desk,
    asked: &Asked,
    member: &Member,
    number: &str,
    version: Option<u32>,
    act: CustomerAct,
    files: &[AttachmentId],
) -> Reply<Written> {
    let actor = Actor::Member(member.clone());
    let write = Write { actor: actor.clone(), now: Timestamp::now(), once: Some(asked.once()?) };
    if let Some(before) = desk.store.outcome_before(&write).await? {
        return Ok(before);
    }
    desk.check_files(&actor, files).await?;
    Ok(desk.store.act(&write, part(number)?, version, &Deed::Customer(act), files).await?)
}
