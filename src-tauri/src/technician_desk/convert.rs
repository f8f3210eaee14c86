//! The desk's words and the technician's pages' words for the same things. Decides nothing.

use crate::desk::convert::{attachment, filled, moment, request_kind, state, ticket_link, timeline};
use crate::view::{
    CaseAction, CaseAssurance, CaseDetails, CaseEntry, CaseLink, CaseOther, CaseSession, Colleague, ContactCard,
    CustomerCard, DeskTask, HeldCard, HeldFields, LookupAnswer, LookupDecision, LookupOutcome, QueueAsk, QueueNumbers,
    QueueRow, QueueSlice, RequestKind, TaskLine, TicketLink, TimelineBy, TimelineEntry, TimelineWhat,
};
use beistand_protocol::desk::api::desk::{DeskEntry, DeskRights, DeskSession, DeskTicket, InternalHappening, Present};
use beistand_protocol::desk::api::entry::Author;
use beistand_protocol::desk::api::intake::{HeldIntake, IntakeLookup, IntakeOutcome};
use beistand_protocol::desk::api::people::{ContactListed, CustomerListed, TechnicianListed};
use beistand_protocol::desk::api::queue::{QueueCounts, QueueItem, QueueQuery, QueueView, Task, TaskKind};
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::ticket::{Assurance, SessionEnd, Severity, Visibility};

pub(crate) fn query(ask: &QueueAsk, cursor: Option<String>) -> QueueQuery {
    QueueQuery {
        view: match ask.slice {
            QueueSlice::Open => QueueView::Open,
            QueueSlice::Mine => QueueView::Mine,
            QueueSlice::Unassigned => QueueView::Unassigned,
            QueueSlice::Waiting => QueueView::Waiting,
            QueueSlice::Resolved => QueueView::Resolved,
            QueueSlice::All => QueueView::All,
        },
        q: ask.words.parse().ok(),
        request_type: ask.request.map(|request| match request {
            RequestKind::Incident => RequestType::Incident,
            RequestKind::Warranty => RequestType::Warranty,
            RequestKind::NewEmployee => RequestType::NewEmployee,
            RequestKind::CallBack => RequestType::CallBack,
            RequestKind::Other => RequestType::Other,
        }),
        severity: ask.severity.and_then(|severity| Severity::try_from(severity).ok()),
        unread: ask.unread,
        cursor,
        ..QueueQuery::default()
    }
}

pub(crate) fn row(item: &QueueItem) -> QueueRow {
    QueueRow {
        number: item.number.to_string(),
        title: item.title.clone(),
        request: request_kind(item.request_type),
        state: state(item.state),
        severity: item.severity.number(),
        maintenance: item.maintenance,
        customer: item.customer_name.clone(),
        customer_number: item.customer_number.to_string(),
        contact: item.contact.clone(),
        owner: item.owner.clone(),
        mine: item.mine,
        unread: item.unread,
        due_on: item.due_on.map(|day| day.to_string()),
        filed_at: moment(item.filed_at),
        changed_at: moment(item.changed_at),
    }
}

pub(crate) const fn counts(counts: &QueueCounts) -> QueueNumbers {
    QueueNumbers {
        open: counts.open,
        mine: counts.mine,
        unassigned: counts.unassigned,
        waiting: counts.waiting,
        resolved: counts.resolved,
    }
}

pub(crate) fn task(task: &Task) -> TaskLine {
    TaskLine {
        id: task.id.to_string(),
        task: match task.kind {
            TaskKind::MailFailed => DeskTask::MailFailed,
            TaskKind::ConfirmationLate => DeskTask::ConfirmationLate,
            TaskKind::CallBack => DeskTask::CallBack,
            TaskKind::HeldForm => DeskTask::HeldForm,
        },
        number: task.ticket.map(|number| number.to_string()),
        receipt: task.receipt.map(|receipt| receipt.to_string()),
        customer: task.customer_name.clone(),
        contact: task.contact.clone(),
        phone: task.phone.clone(),
        since: moment(task.since),
    }
}

pub(crate) fn lookup(found: &IntakeLookup) -> LookupAnswer {
    let (mut ticket, mut held) = (None, None);
    let outcome = match &found.outcome {
        IntakeOutcome::Pending => LookupOutcome::Pending,
        IntakeOutcome::Created { ticket: number } => {
            ticket = Some(number.to_string());
            LookupOutcome::Created
        }
        IntakeOutcome::WrongPair => LookupOutcome::WrongPair,
        IntakeOutcome::Held { held: intake } => {
            held = Some(held_card(intake));
            LookupOutcome::Held
        }
        IntakeOutcome::Discarded => LookupOutcome::Discarded,
        IntakeOutcome::Throttled => LookupOutcome::Throttled,
    };
    LookupAnswer {
        receipt: found.receipt.to_string(),
        at: Some(moment(found.at)),
        outcome,
        ticket,
        held,
        decision: found.decision.as_ref().map(|one| LookupDecision {
            by: one.by.clone(),
            at: moment(one.at),
            text: one.text.clone(),
        }),
        busy: false,
        fault: None,
    }
}

fn held_card(held: &HeldIntake) -> HeldCard {
    HeldCard {
        customer: held.customer.as_ref().map(customer),
        contacts: held.contacts.iter().map(|one| contact(one, false)).collect(),
        form: held.form.as_ref().map(|form| HeldFields {
            title: form.title.clone(),
            request: request_kind(form.request.request_type()),
            fields: filled(&form.request),
            files: form.files.iter().map(attachment).collect(),
        }),
    }
}

pub(crate) fn customer(listed: &CustomerListed) -> CustomerCard {
    CustomerCard {
        number: listed.number.to_string(),
        name: listed.name.clone(),
        maintenance: listed.maintenance,
        maintenance_until: listed.maintenance_until.map(|day| day.to_string()),
        naming_rule: listed.naming_rule.clone(),
        open: listed.open_tickets,
    }
}

pub(crate) fn contact(listed: &ContactListed, requester: bool) -> ContactCard {
    ContactCard {
        id: listed.id.to_string(),
        name: listed.name.clone(),
        email: listed.email.clone(),
        phone: listed.phone.clone(),
        position: listed.position.clone(),
        requester,
        main: listed.main,
    }
}

pub(crate) fn others(present: &Present) -> Vec<CaseOther> {
    present.others.iter().map(|one| CaseOther { name: one.name.clone(), writing: one.writing }).collect()
}

pub(crate) fn details(ticket: &DeskTicket, technicians: &[TechnicianListed]) -> CaseDetails {
    let requester = ticket.requester.iter().map(|one| contact(one, true));
    let known = ticket.requester.as_ref().map(|one| one.id);
    let others = ticket.contacts.iter().filter(|one| Some(one.id) != known).map(|one| contact(one, false));
    CaseDetails {
        row: row(&ticket.item),
        fields: filled(&ticket.request),
        files: ticket.files.iter().map(attachment).collect(),
        timeline: ticket.timeline.iter().map(entry).collect(),
        assurance: match ticket.assurance {
            Assurance::Company => CaseAssurance::Company,
            Assurance::Person => CaseAssurance::Person,
            Assurance::Claimed => CaseAssurance::Claimed,
        },
        confidential: match ticket.visibility {
            Visibility::Requester => true,
            Visibility::Company => false,
        },
        unmerge_until: ticket.unmerge_until.map(moment),
        customer: customer(&ticket.customer),
        contacts: requester.chain(others).collect(),
        sessions: ticket.sessions.iter().map(session).collect(),
        links: ticket
            .links
            .iter()
            .map(|link| CaseLink {
                link: ticket_link(link.link),
                number: link.number.to_string(),
                title: link.title.clone(),
                state: state(link.state),
            })
            .collect(),
        earlier: ticket.earlier.iter().map(row).collect(),
        minutes: ticket.times.iter().map(|time| u32::from(time.minutes)).sum(),
        may: may(ticket.rights),
        technicians: technicians
            .iter()
            .map(|one| Colleague { id: one.id.0, name: one.name.clone(), me: one.me })
            .collect(),
    }
}

fn may(rights: DeskRights) -> Vec<CaseAction> {
    [
        (rights.answer, CaseAction::Answer),
        (rights.take, CaseAction::Take),
        (rights.assign, CaseAction::Assign),
        (rights.wait, CaseAction::Wait),
        (rights.resume, CaseAction::Resume),
        (rights.resolve, CaseAction::Resolve),
        (rights.close, CaseAction::Close),
        (rights.change_severity, CaseAction::Severity),
        (rights.merge, CaseAction::Merge),
        (rights.unmerge, CaseAction::Unmerge),
        (rights.start_session, CaseAction::Session),
    ]
    .into_iter()
    .filter_map(|(may, action)| may.then_some(action))
    .collect()
}

fn session(session: &DeskSession) -> CaseSession {
    CaseSession {
        id: session.session.id.to_string(),
        technician: session.session.technician.clone(),
        at: moment(session.session.started_at),
        seconds: session.session.duration_seconds,
        stopped: session.session.ended_by == Some(SessionEnd::Stop),
        propose_minutes: session.proposal.filter(|_| !session.time_logged).map(|proposal| proposal.minutes),
    }
}

/// A line of the timeline.
pub(crate) fn entry(entry: &DeskEntry) -> CaseEntry {
    match entry {
        // Nobody is called that: the technician reads every customer by name.
        DeskEntry::Public { entry } => CaseEntry { entry: timeline(entry, "").1, internal: false },
        DeskEntry::Internal { id, at, author, what } => {
            let by = match author {
                Author::Customer { name } => TimelineBy::Customer { name: name.clone() },
                Author::Technician { name } => TimelineBy::Technician { name: name.clone() },
                Author::System => TimelineBy::Desk,
            };
            let mut attachments = Vec::new();
            let what = match what {
                InternalHappening::Note { text, files } => {
                    attachments.extend(files.iter().map(attachment));
                    TimelineWhat::Note { text: text.clone() }
                }
                InternalHappening::TimeLogged { time } => {
                    TimelineWhat::Time { minutes: time.minutes.into(), note: time.text.clone() }
                }
                InternalHappening::VisibilityChanged { to } => {
                    TimelineWhat::Visibility { confidential: *to == Visibility::Requester }
                }
                InternalHappening::Unlinked { other } => {
                    TimelineWhat::Unlinked { link: TicketLink::Related, number: Some(other.to_string()) }
                }
                InternalHappening::MailFailed { why } => TimelineWhat::MailFailed { why: why.clone() },
                InternalHappening::Released { confirmed_by } => {
                    TimelineWhat::Released { confirmed_by: confirmed_by.clone() }
                }
            };
            let entry = TimelineEntry { id: id.to_string(), at: moment(*at), by, what, attachments };
            CaseEntry { entry, internal: true }
        }
    }
}
