//! What people do with a ticket: the rules decide, this writes what they decided, whole or not at all.

use super::change::{self, Actor, Loaded, Lock, Write, Written};
use super::db::{Tx, args};
use super::events::Happening;
use super::filing::{self, Filing};
use super::search::{self, Audience};
use super::{Result, Store, StoreError, files, once, outbox};
use crate::core::{self, Act, CustomerAct, Decision, Denied, NewEntry, Notify, Place, TechnicianAct};
use crate::mail::Notice;
use beistand_protocol::desk::api::desk::InternalHappening;
use beistand_protocol::desk::api::entry::PublicHappening;
use beistand_protocol::desk::form::{Details, Request};
use beistand_protocol::desk::ids::{AttachmentId, EntryId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{AuthMethod, Channel, LinkKind, State};
use jiff::Timestamp;

/// What somebody does with a ticket. Other tickets are named by their number, and read in the same transaction.
#[derive(Clone, Debug)]
pub enum Deed {
    /// By somebody at the customer's.
    Customer(CustomerAct),
    /// By a technician; any in which there is no other ticket.
    Technician(TechnicianAct<'static>),
    /// A technician lets it go on in another.
    Merge {
        /// In which.
        into: TicketNumber,
    },
    /// A technician says that another has to do with it.
    Link {
        /// Which.
        other: TicketNumber,
    },
    /// A technician takes that back.
    Unlink {
        /// Which.
        other: TicketNumber,
    },
}

impl Deed {
    /// The other ticket that it names.
    const fn other(&self) -> Option<TicketNumber> {
        match self {
            Self::Merge { into } => Some(*into),
            Self::Link { other } | Self::Unlink { other } => Some(*other),
            Self::Customer(_) | Self::Technician(_) => None,
        }
    }

    /// The same for the rules. `name` is the technician's.
    fn act<'a>(&self, name: &str, other: Option<&'a core::Ticket>) -> Result<Act<'a>> {
        let other = other.ok_or(StoreError::NotFound);
        Ok(match self {
            Self::Customer(act) => Act::Customer(act.clone()),
            Self::Technician(act) => Act::Technician(act.clone(), name.to_owned()),
            Self::Merge { .. } => Act::Technician(TechnicianAct::Merge { into: other? }, name.to_owned()),
            Self::Link { .. } => Act::Technician(TechnicianAct::Link { other: other? }, name.to_owned()),
            Self::Unlink { .. } => Act::Technician(TechnicianAct::Unlink { other: other? }, name.to_owned()),
        })
    }
}

impl Store {
    /// Does something with a ticket. `version` is the one that whoever acts saw; `attached` goes with what they write.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also for what is not theirs or no link, [`StoreError::Stale`], [`StoreError::Refused`],
    /// [`StoreError::KeyReused`].
    pub async fn act(
        &self,
        write: &Write,
        number: TicketNumber,
        version: Option<u32>,
        deed: &Deed,
        attached: &[AttachmentId],
    ) -> Result<Written> {
        let mut tx = self.db.write().await?;
        if let Some(once) = &write.once
            && let Some(before) = once::claim(&mut tx, &write.actor, once, write.now).await?
        {
            return Ok(before);
        }
        let written = perform(&mut tx, write, number, version, deed, attached).await?;
        if let Some(once) = &write.once {
            once::keep(&mut tx, &write.actor, once, &written).await?;
        }
        tx.commit().await?;
        self.ring();
        Ok(written)
    }
}

async fn perform(
    tx: &mut Tx,
    write: &Write,
    number: TicketNumber,
    version: Option<u32>,
    deed: &Deed,
    attached: &[AttachmentId],
) -> Result<Written> {
    if let Some(other) = deed.other() {
        hold_both(tx, number, other).await?;
    }
    let held = change::load(tx, number, Lock::Held).await?;
    let other = match deed.other() {
        Some(other) => Some(change::load(tx, other, Lock::Held).await?),
        None => None,
    };
    let act = deed.act(&write.actor.by().name, other.as_ref().map(|other| &other.facts))?;
    let decision = decide(&held.facts, write, act)?;
    held.expect(version)?;
    match decision.place {
        Place::Here => carry_out(tx, write, held, other, decision, attached).await,
        // A merge can't go round in circles, because nothing is merged into what is merged.
        Place::In(target) => match Box::pin(perform(tx, write, target, None, deed, attached)).await {
            // What it was merged into is not theirs to see.
            Err(StoreError::NotFound) => go_on(tx, write, &held, deed, attached).await,
            done => done,
        },
        Place::NewTicket => go_on(tx, write, &held, deed, attached).await,
    }
}

fn decide(ticket: &core::Ticket, write: &Write, act: Act<'_>) -> Result<Decision> {
    core::decide(ticket, write.actor.to_the_rules()?, act, write.now).map_err(|denied| match denied {
        Denied::NotVisible | Denied::NotTheirs => StoreError::NotFound,
        Denied::Refused(refusal) => StoreError::Refused(refusal),
    })
}

/// Holds two tickets in an order in which nobody else can hold them the other way round.
async fn hold_both(tx: &mut Tx, one: TicketNumber, other: TicketNumber) -> Result<()> {
    let sql = format!("SELECT id FROM ticket WHERE number IN (?, ?) ORDER BY id{}", tx.dialect().for_update());
    tx.rows(&sql, args![one.stored(), other.stored()]).await?;
    Ok(())
}

async fn carry_out(
    tx: &mut Tx,
    write: &Write,
    mut held: Loaded,
    other: Option<Loaded>,
    decision: Decision,
    attached: &[AttachmentId],
) -> Result<Written> {
    let mut written_entry = None;
    for entry in &decision.entries {
        let is_words = is_words(entry);
        let id = enter(tx, write, &mut held, entry).await?;
        if is_words {
            let public = matches!(entry, NewEntry::Public(_));
            files::claim(tx, &write.actor, attached, held.id, *id.as_bytes(), public).await?;
            written_entry = Some(id);
        }
    }
    if written_entry.is_none() && !attached.is_empty() {
        return Err(StoreError::NotFound);
    }
    tell(tx, write, &held, &decision, attached).await?;
    if let Some(mut other) = other {
        link(tx, &held, &other, &decision, write.now).await?;
        let facts = other.facts.clone();
        for entry in &decision.other_entries {
            enter(tx, write, &mut other, entry).await?;
        }
        other.save(tx, write, &facts).await?;
    } else if let (Some(merged), false) = (held.facts.merged, decision.other_entries.is_empty()) {
        let mut target = change::load(tx, merged.into, Lock::Held).await?;
        let facts = target.facts.clone();
        for entry in &decision.other_entries {
            enter(tx, write, &mut target, entry).await?;
        }
        target.save(tx, write, &facts).await?;
    }
    let mut written = held.save(tx, write, &decision.ticket).await?;
    written.entry = written_entry;
    Ok(written)
}

/// Whether an entry is what somebody wrote, with which files can go.
const fn is_words(entry: &NewEntry) -> bool {
    matches!(
        entry,
        NewEntry::Public(PublicHappening::Message { .. }) | NewEntry::Internal(InternalHappening::Note { .. })
    )
}

/// Puts an entry into a ticket: its event, its words, and what it is found by.
async fn enter(tx: &mut Tx, write: &Write, held: &mut Loaded, entry: &NewEntry) -> Result<EntryId> {
    let (what, words) = happening(entry)?;
    let (table, audience) = match entry {
        NewEntry::Public(_) => ("message", Audience::Public),
        NewEntry::Internal(_) => ("note", Audience::Internal),
    };
    let id = held.record(tx, write, &what, words).await?;
    if is_words(entry) {
        let sql = format!("INSERT INTO {table} (id, ticket_id, body) VALUES (?, ?, ?)");
        tx.run(&sql, args![*id.as_bytes(), held.id, words]).await?;
    }
    if !words.is_empty() {
        search::append(tx, held.id, audience, words).await?;
    }
    Ok(id)
}

/// An entry as it is kept, and the words by which it is found.
fn happening(entry: &NewEntry) -> Result<(Happening, &str)> {
    Ok(match entry {
        NewEntry::Public(PublicHappening::Filed { channel }) => (Happening::Filed { channel: *channel }, ""),
        NewEntry::Public(PublicHappening::Message { text, .. }) => (Happening::Message, text),
        NewEntry::Public(PublicHappening::StateChanged { from, to, text, on }) => {
            let what = Happening::StateChanged { from: *from, to: *to, text: text.clone(), on: *on };
            (what, text.as_deref().unwrap_or_default())
        }
        NewEntry::Public(PublicHappening::SeverityChanged { from, to, reason }) => {
            (Happening::SeverityChanged { from: *from, to: *to, reason: reason.clone() }, reason)
        }
        NewEntry::Public(PublicHappening::Assigned { to }) => (Happening::Assigned { to: to.clone() }, ""),
        NewEntry::Public(PublicHappening::Linked { link, other: Some(other) }) => {
            (Happening::Linked { link: *link, other: *other }, "")
        }
        NewEntry::Public(PublicHappening::Unlinked { link, other: Some(other) }) => {
            (Happening::Unlinked { link: *link, other: *other }, "")
        }
        NewEntry::Public(
            PublicHappening::Linked { other: None, .. } | PublicHappening::Unlinked { other: None, .. },
        ) => return Err(StoreError::NotFound),
        NewEntry::Public(PublicHappening::Session { session }) => (Happening::Session { session: session.id }, ""),
        NewEntry::Internal(InternalHappening::Note { text, .. }) => (Happening::Note, text),
        NewEntry::Internal(InternalHappening::TimeLogged { time }) => {
            (Happening::TimeLogged { time: time.id }, time.text.as_deref().unwrap_or_default())
        }
        NewEntry::Internal(InternalHappening::VisibilityChanged { to }) => {
            (Happening::VisibilityChanged { to: *to }, "")
        }
        NewEntry::Internal(InternalHappening::Unlinked { other }) => {
            (Happening::Unlinked { link: LinkKind::Related, other: *other }, "")
        }
        NewEntry::Internal(InternalHappening::MailFailed { why }) => (Happening::MailFailed { why: why.clone() }, ""),
        NewEntry::Internal(InternalHappening::Released { confirmed_by }) => {
            (Happening::Released { confirmed_by: confirmed_by.clone() }, confirmed_by)
        }
    })
}

/// Puts into the outbox what the customer is told of a decision.
async fn tell(tx: &mut Tx, write: &Write, held: &Loaded, decision: &Decision, attached: &[AttachmentId]) -> Result<()> {
    for notify in &decision.notify {
        let notice = match notify {
            Notify::Answer => Notice::Answer {
                author: write.actor.by().name,
                text: said(&decision.entries),
                files: files::names(tx, attached).await?,
            },
            Notify::State(state) => Notice::Status { state: *state, text: why(&decision.entries, *state) },
        };
        for contact in filing::recipients(tx, held.id).await? {
            outbox::put(tx, held.id, held.seq(), contact, &notice, write.now.as_millisecond()).await?;
        }
    }
    Ok(())
}

fn said(entries: &[NewEntry]) -> String {
    let text = entries.iter().find_map(|entry| match entry {
        NewEntry::Public(PublicHappening::Message { text, .. }) => Some(text.clone()),
        NewEntry::Public(_) | NewEntry::Internal(_) => None,
    });
    text.unwrap_or_default()
}

fn why(entries: &[NewEntry], state: State) -> String {
    let text = entries.iter().find_map(|entry| match entry {
        NewEntry::Public(PublicHappening::StateChanged { to, text, .. }) if *to == state => text.clone(),
        NewEntry::Public(_) | NewEntry::Internal(_) => None,
    });
    text.unwrap_or_default()
}

/// Keeps that two tickets have to do with each other, or that they don't any more. Merged ones are kept by the ticket
/// itself.
async fn link(tx: &mut Tx, one: &Loaded, other: &Loaded, decision: &Decision, now: Timestamp) -> Result<()> {
    if decision.ticket.merged != one.facts.merged {
        return Ok(());
    }
    let (a, b) = (one.id.min(other.id), one.id.max(other.id));
    if decision.entries.iter().any(|entry| matches!(entry, NewEntry::Internal(InternalHappening::Unlinked { .. }))) {
        let sql = "DELETE FROM ticket_link WHERE a = ? AND b = ? AND kind = ?";
        let gone = tx.run(sql, args![a, b, LinkKind::Related.key()]).await?;
        return if gone == 0 { Err(StoreError::NotFound) } else { Ok(()) };
    }
    let sql = "INSERT INTO ticket_link (a, b, kind, at) VALUES (?, ?, ?, ?) ON CONFLICT (a, b, kind) DO NOTHING";
    tx.run(sql, args![a, b, LinkKind::Related.key(), now.as_millisecond()]).await?;
    Ok(())
}

/// What is written to a ticket that is over becomes a ticket of its own, which follows it.
async fn go_on(tx: &mut Tx, write: &Write, over: &Loaded, deed: &Deed, attached: &[AttachmentId]) -> Result<Written> {
    let (Deed::Customer(CustomerAct::Message { text }), Actor::Member(member)) = (deed, &write.actor) else {
        return Err(StoreError::NotFound);
    };
    let row = tx.row("SELECT request FROM ticket WHERE id = ?", args![over.id]).await?;
    let before: Request = row.ok_or(StoreError::NotFound)?.json("request")?;
    let request = Request {
        priority: None,
        details: Details::Other { concern: text.clone() },
        attachments: attached.to_vec(),
        ..before
    };
    let filing = Filing {
        customer: member.is.customer,
        requester: Some(member.is.contact),
        channel: Channel::App,
        auth: AuthMethod::LinkedApp,
        receipt: None,
        request,
        severity: None,
        take: false,
        session: None,
        refused: Vec::new(),
        follows: Some(over.facts.number),
    };
    filing::insert(tx, write, &filing).await.map(|(_, written)| written)
}

/// Closes a resolved ticket that can't be reopened any more.
pub(super) async fn close_after_grace(tx: &mut Tx, write: &Write, number: TicketNumber) -> Result<()> {
    let held = change::load(tx, number, Lock::Held).await?;
    let decision = decide(&held.facts, write, Act::GraceOver)?;
    carry_out(tx, write, held, None, decision, &[]).await.map(drop)
}

/// Notes in a ticket that a mail about it could not be delivered.
pub(super) async fn mail_failed(tx: &mut Tx, letter: i64, why: &str, now: Timestamp) -> Result<()> {
    let sql = "SELECT t.number FROM outbox o JOIN ticket t ON t.id = o.ticket_id WHERE o.id = ?";
    let Some(row) = tx.row(sql, args![letter]).await? else { return Ok(()) };
    let write = Write { actor: Actor::System, now, once: None };
    let mut held = change::load(tx, row.ticket("number")?, Lock::Held).await?;
    let facts = held.facts.clone();
    held.record(tx, &write, &Happening::MailFailed { why: why.to_owned() }, "").await?;
    held.save(tx, &write, &facts).await?;
    Ok(())
}
