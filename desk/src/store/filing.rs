//! A form becomes a ticket: its row, its first event, what it is found by, its files and its confirmation, in one.

use super::change::{self, Actor, Lock, Write, Written};
use super::db::{Row, Tx, args};
use super::events::{self, Happening, Place};
use super::people::{belongs, customer_by_id, next};
use super::read::to_json;
use super::tasks::{self, About};
use super::{Result, Store, StoreError, files, once, outbox, public, queue, search, sessions};
use crate::core::filing::Filer;
use crate::core::{self, CustomerKey};
use crate::mail::{Notice, Refused};
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::api::queue::TaskKind;
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::{Details, Request, RequestType};
use beistand_protocol::desk::ids::ContactId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{AuthMethod, Channel, LinkKind, Severity, State};

/// A form that was filled in rightly, and how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// Whose it is.
    pub customer: CustomerKey,
    /// The person on file for whom it is. Without one it is looked for by the address in the form.
    pub requester: Option<ContactId>,
    /// How it came in.
    pub channel: Channel,
    /// How its sender was known.
    pub auth: AuthMethod,
    /// What its sender got, if it came with a PIN.
    pub receipt: Option<IntakeReceipt>,
    /// The form.
    pub request: Request,
    /// How bad it is, if a technician knows better than the form.
    pub severity: Option<Severity>,
    /// Whether the technician who files it takes it at once.
    pub take: bool,
    /// The session about which it is, if it was held without a ticket.
    pub session: Option<SessionReport>,
    /// Files that were not taken.
    pub refused: Vec<Refused>,
    /// The ticket that is over and on which this one follows.
    pub follows: Option<TicketNumber>,
}

impl Store {
    /// Makes a ticket of a form.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without that customer or those files, and [`Refusal::UnknownContact`].
    pub async fn file(&self, write: &Write, filing: &Filing) -> Result<Written> {
        let mut tx = self.db.write().await?;
        if let Some(once) = &write.once
            && let Some(before) = once::claim(&mut tx, &write.actor, once, write.now).await?
        {
            return Ok(before);
        }
        let (_, written) = insert(&mut tx, write, filing).await?;
        if let Some(once) = &write.once {
            once::keep(&mut tx, &write.actor, once, &written).await?;
        }
        tx.commit().await?;
        self.ring();
        Ok(written)
    }
}

/// Adds a ticket and says which row it is.
pub(super) async fn insert(tx: &mut Tx, write: &Write, filing: &Filing) -> Result<(i64, Written)> {
    let customer = customer_by_id(tx, filing.customer).await?;
    let request = &filing.request;
    let requester = requester(tx, filing).await?;
    let number = allocate(tx).await?;
    let taken_by = match (&write.actor, filing.take) {
        (Actor::Technician { id, .. }, true) => Some(*id),
        (Actor::Technician { .. } | Actor::Member(_) | Actor::Pin { .. } | Actor::System, _) => None,
    };
    let filer = Filer { customer: filing.customer, requester, severity: filing.severity, taken_by };
    let begun = core::filing::begin(number.number, request, filer);
    // Taking it is an event of its own, so the row is as it was just before.
    let (state, now) = (State::New, write.now.as_millisecond());
    let precedence = core::queue::precedence(customer.known.maintenance_until, queue::day(write.now));
    let sql = "INSERT INTO ticket (id, number, customer_id, requester_id, request_type, channel, auth, receipt,
        visibility, contact, reference, title, severity, severity_source, request, due_on, state, state_since, is_open,
        precedence, reopened, last_seq, last_public_seq, version, created_at, updated_at, public_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 0, 1, 1, 1, ?, ?, ?)";
    let row = args![
        number.id,
        number.number.stored(),
        filing.customer.0,
        requester.map(|contact| *contact.as_bytes()),
        request.request_type().key(),
        filing.channel.key(),
        filing.auth.key(),
        filing.receipt.and_then(|receipt| i64::try_from(receipt.stored()).ok()),
        begun.visibility.key(),
        &request.contact.person,
        request.reference.clone(),
        request.title(),
        begun.severity.number(),
        begun.severity_source.key(),
        to_json(request)?,
        begun.due_on.map(|day| day.to_string()),
        state.key(),
        now,
        precedence,
        now,
        now,
        now
    ];
    tx.run(sql, row).await?;
    let place = Place { ticket: number.id, last_seq: 0 };
    let filed = Happening::Filed { channel: filing.channel };
    let entry = events::add(tx, &place, &write.actor.by(), &filed, &to_json(request)?, write.now).await?;
    files::claim(tx, &write.actor, &request.attachments, number.id, *entry.as_bytes(), true).await?;
    let mut text = search::text_of(request);
    for name in files::names(tx, &request.attachments).await? {
        text.line(&name);
    }
    text.line(&customer.known.name);
    text.line(customer.known.number.as_str());
    search::add(tx, number.id, filing.customer.0, &text).await?;
    if let Actor::Technician { .. } | Actor::Member(_) = &write.actor {
        public::mark_read(tx, &write.actor.key(), number.id, 1).await?;
    }
    if request.request_type() == RequestType::CallBack {
        let about = About { ticket: Some(number.id), ..About::default() };
        tasks::raise(tx, TaskKind::CallBack, about, write.now).await?;
    }
    let mut written = Written::of(number.number, 1);
    written.entry = Some(entry);
    let notice = match filing.follows {
        Some(closed) => {
            follow(tx, number.id, closed, now).await?;
            written.new_ticket = true;
            Notice::FollowUp { closed }
        }
        None => confirmation(filing),
    };
    for contact in recipients(tx, number.id).await? {
        outbox::put(tx, number.id, 1, contact, &notice, now).await?;
    }
    if begun.owner.is_some() || filing.session.is_some() {
        let mut held = change::load(tx, number.number, Lock::Held).await?;
        if let Some(report) = &filing.session {
            sessions::file_with(tx, write, &mut held, report).await?;
        }
        if begun.owner.is_some() {
            let to = Some(write.actor.by().name);
            held.record(tx, write, &Happening::Assigned { to }, "").await?;
            let moved = Happening::StateChanged { from: state, to: begun.state, text: None, on: None };
            held.record(tx, write, &moved, "").await?;
        }
        let saved = held.save(tx, write, &begun).await?;
        written.version = saved.version;
    }
    Ok((number.id, written))
}

fn confirmation(filing: &Filing) -> Notice {
    let late = match &filing.request.details {
        Details::NewEmployee { timely_guaranteed, .. } => !timely_guaranteed,
        Details::Incident { .. } | Details::Warranty { .. } | Details::CallBack { .. } | Details::Other { .. } => false,
    };
    Notice::Confirmation {
        request: filing.request.request_type(),
        receipt: filing.receipt,
        by_phone: filing.channel == Channel::Phone,
        late,
        refused: filing.refused.clone(),
    }
}

/// A ticket's row and number.
struct Allocated {
    id: i64,
    number: TicketNumber,
}

async fn allocate(tx: &mut Tx) -> Result<Allocated> {
    let id = next(tx, "ticket").await?;
    let sql = "SELECT value FROM setting WHERE name = 'number_offset'";
    let offset = match tx.row(sql, args![]).await? {
        Some(row) => row.word("value", |value| value.parse().ok())?,
        None => {
            // Drawn once for a desk. Whoever comes second waits for the counter above, and finds it here.
            let drawn: u32 = rand::random();
            let sql = "INSERT INTO setting (name, value) VALUES ('number_offset', ?)";
            tx.run(sql, args![drawn.to_string()]).await?;
            drawn
        }
    };
    let counter = u32::try_from(id).map_err(|_| StoreError::Corrupt("counter"))?;
    let number = TicketNumber::allocate(counter, offset).ok_or(StoreError::Corrupt("counter"))?;
    Ok(Allocated { id, number })
}

/// The person on file for whom a form is: who is named, or whose address stands in it.
async fn requester(tx: &mut Tx, filing: &Filing) -> Result<Option<ContactId>> {
    if let Some(contact) = filing.requester {
        if !belongs(tx, filing.customer, contact).await? {
            return Err(Refusal::UnknownContact.into());
        }
        return Ok(Some(contact));
    }
    let sql = "SELECT contact.id FROM contact JOIN membership ON membership.contact_id = contact.id
               WHERE customer_id = ? AND erased_at IS NULL AND lower(email) = ? ORDER BY contact.id LIMIT 1";
    let row = tx.row(sql, args![filing.customer.0, filing.request.contact.email.folded()]).await?;
    row.map(|row| Ok(ContactId::new(row.bytes("id")?))).transpose()
}

/// Who is written to about a ticket: the person on file for whom it is, or else the customer's main contacts. Never
/// an address that was only typed.
pub(super) async fn recipients(tx: &mut Tx, ticket: i64) -> Result<Vec<[u8; 16]>> {
    let sql = "SELECT contact.id, CASE WHEN contact.id = t.requester_id THEN CAST(1 AS BIGINT) ELSE 0 END AS own
               FROM ticket t JOIN membership m ON m.customer_id = t.customer_id
               JOIN contact ON contact.id = m.contact_id AND contact.erased_at IS NULL AND contact.email <> ''
               WHERE t.id = ? AND (contact.id = t.requester_id OR m.is_main = 1) ORDER BY contact.id";
    let rows = tx.rows(sql, args![ticket]).await?;
    let read = |row: &Row| Ok((row.bytes("id")?, row.flag("own")?));
    let all: Vec<([u8; 16], bool)> = rows.iter().map(read).collect::<Result<_>>()?;
    let anybody_own = all.iter().any(|(_, own)| *own);
    Ok(all.into_iter().filter(|(_, own)| *own == anybody_own).map(|(id, _)| id).collect())
}

/// Notes that a new ticket goes on where another one ended.
async fn follow(tx: &mut Tx, ticket: i64, closed: TicketNumber, now: i64) -> Result<()> {
    let sql = "SELECT id FROM ticket WHERE number = ?";
    let old = tx.row(sql, args![closed.stored()]).await?.ok_or(StoreError::NotFound)?;
    let sql = "INSERT INTO ticket_link (a, b, kind, at) VALUES (?, ?, ?, ?)";
    tx.run(sql, args![ticket, old.plain::<i64>("id")?, LinkKind::FollowUpOf.key(), now]).await?;
    Ok(())
}
