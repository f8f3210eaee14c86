//! Who may see a ticket, and what a screen may offer. What may be done is not said here: [`super::decide`] is asked.

use super::act::{Act, CustomerAct, Place, TechnicianAct, decide};
use super::customer_acts::raise_again_at;
use super::facts::{Actor, Member, Ticket};
use beistand_protocol::desk::api::desk::{DeskRights, WaitFor};
use beistand_protocol::desk::api::my::MyRights;
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Sees, Severity, State, Visibility};
use jiff::Timestamp;

/// Whether somebody at a customer's may see a ticket. The store asks the same in the `WHERE` of every query for
/// customers; its tests compare the two.
///
/// Whoever filed it may; others of the company, if they may see its tickets and this one is not kept to its
/// requester. A ticket that is kept to its requester and has none on file is seen by technicians only.
pub fn may_see(ticket: &Ticket, member: Member) -> bool {
    if ticket.customer != member.customer {
        return false;
    }
    if ticket.requester == Some(member.contact) {
        return true;
    }
    match (ticket.visibility, member.sees) {
        (Visibility::Company, Sees::Company) => true,
        (Visibility::Requester, _) | (Visibility::Company, Sees::Own) => false,
    }
}

/// What somebody at a customer's may do with a ticket now; nothing with one that they may not see.
pub fn my_rights(ticket: &Ticket, member: Member, now: Timestamp) -> MyRights {
    let ask = |act| decide(ticket, Actor::Member(member), Act::Customer(act), now).ok();
    let text = String::new;
    let message = ask(CustomerAct::Message { text: text() });
    // Raising can be offered with a time to wait for, so that is not asked of `decide`.
    let raise = may_see(ticket, member) && ticket.state_at(now).is_open() && ticket.severity != Severity::One;
    MyRights {
        write: message.is_some(),
        writing_makes_new: message.is_some_and(|decision| decision.place == Place::NewTicket),
        withdraw: ask(CustomerAct::Withdraw { reason: None }).is_some(),
        raise,
        raise_again_at: raise_again_at(ticket, now).filter(|_| raise),
        confirm: ask(CustomerAct::Confirm).is_some(),
        reopen: ask(CustomerAct::Reopen { text: text() }).is_some(),
    }
}

/// What a technician may do with a ticket now.
pub fn desk_rights(ticket: &Ticket, technician: TechnicianId, now: Timestamp) -> DeskRights {
    let other = other(ticket);
    let ask = |act: TechnicianAct<'_>| {
        let act = Act::Technician(act, String::new());
        decide(ticket, Actor::Technician(technician), act, now).is_ok()
    };
    let text = String::new;
    let waits = |wait_for| ask(TechnicianAct::Wait { wait_for, reason: None });
    let other_severity = if ticket.severity == Severity::One { Severity::Two } else { Severity::One };
    DeskRights {
        answer: ask(TechnicianAct::Answer { text: text(), then_wait: false }),
        take: ask(TechnicianAct::Take),
        assign: ticket.state_at(now).is_open(),
        wait: waits(WaitFor::Customer) || waits(WaitFor::Vendor),
        resume: ask(TechnicianAct::Resume),
        resolve: ask(TechnicianAct::Resolve { text: text() }),
        close: ask(TechnicianAct::Close),
        change_severity: ask(TechnicianAct::SetSeverity { severity: other_severity, reason: text() }),
        merge: other.is_some_and(|other| decide(ticket, Actor::Technician(technician), merge(&other), now).is_ok()),
        unmerge: ask(TechnicianAct::Unmerge),
        start_session: ask(TechnicianAct::Session),
    }
}

fn merge(into: &Ticket) -> Act<'_> {
    Act::Technician(TechnicianAct::Merge { into }, String::new())
}

/// Some other ticket of the same customer, into which this one could be merged.
fn other(ticket: &Ticket) -> Option<Ticket> {
    let stored = ticket.number.stored();
    let number = TicketNumber::from_stored(stored + 1).or_else(|_| TicketNumber::from_stored(stored - 1)).ok()?;
    Some(Ticket { number, state: State::Open, merged: None, resolved_at: None, ..ticket.clone() })
}
