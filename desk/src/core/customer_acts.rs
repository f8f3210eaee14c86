//! What somebody at the customer's may do with a ticket that they may see.

use super::BETWEEN_RAISES;
use super::act::{CustomerAct, Decision, Denied, Place};
use super::facts::{Member, Ticket};
use beistand_protocol::desk::api::entry::PublicHappening;
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::ticket::{Severity, SeveritySource, State};
use jiff::Timestamp;

pub(super) fn decide(ticket: &Ticket, member: Member, act: CustomerAct, now: Timestamp) -> Result<Decision, Denied> {
    match act {
        CustomerAct::Message { text } => Ok(message(ticket, text, now)),
        CustomerAct::Withdraw { reason } => {
            // Whoever filed it; a form that came with a PIN has no one on file, so that any who see it may.
            if ticket.requester.is_some_and(|requester| requester != member.contact) {
                return Err(Denied::NotTheirs);
            }
            Ok(withdraw(ticket, reason, now)?)
        }
        CustomerAct::Raise { severity, reason } => Ok(raise(ticket, severity, reason, now)?),
        CustomerAct::Confirm => Ok(confirm(ticket, now)?),
        CustomerAct::Reopen { text } => Ok(reopen(ticket, text, now)?),
    }
}

fn message(ticket: &Ticket, text: String, now: Timestamp) -> Decision {
    let said = PublicHappening::Message { text, files: Vec::new() };
    match ticket.state_at(now) {
        State::WaitingCustomer => Decision::new(ticket).says(said).moves(State::Open, None, None),
        // A word of thanks does not reopen it: that is said by itself.
        State::New | State::Open | State::WaitingVendor | State::Scheduled | State::Resolved => {
            Decision::new(ticket).says(said)
        }
        State::Merged => {
            let place = ticket.merged.map_or(Place::NewTicket, |merged| Place::In(merged.into));
            Decision::elsewhere(ticket, place)
        }
        State::Closed | State::Withdrawn => Decision::elsewhere(ticket, Place::NewTicket),
    }
}

fn withdraw(ticket: &Ticket, reason: Option<String>, now: Timestamp) -> Result<Decision, Refusal> {
    match ticket.state_at(now) {
        State::New | State::Open | State::WaitingCustomer | State::WaitingVendor | State::Scheduled => {
            Ok(Decision::new(ticket).moves(State::Withdrawn, reason, None))
        }
        state @ (State::Resolved | State::Closed | State::Withdrawn | State::Merged) => {
            Err(Refusal::WrongState { state })
        }
    }
}

fn raise(ticket: &Ticket, severity: Severity, reason: String, now: Timestamp) -> Result<Decision, Refusal> {
    let state = ticket.state_at(now);
    if !state.is_open() {
        return Err(Refusal::WrongState { state });
    }
    if !severity.is_worse_than(ticket.severity) {
        return Err(Refusal::NotHigher);
    }
    if let Some(until) = raise_again_at(ticket, now) {
        return Err(Refusal::RaisedLately { until });
    }
    let from = ticket.severity;
    let mut decision = Decision::new(ticket).says(PublicHappening::SeverityChanged { from, to: severity, reason });
    decision.ticket.severity = severity;
    decision.ticket.severity_source = SeveritySource::Customer;
    decision.ticket.raised_at = Some(now);
    Ok(decision)
}

/// When the customer can raise the urgency again; `None` if now.
pub(super) fn raise_again_at(ticket: &Ticket, now: Timestamp) -> Option<Timestamp> {
    ticket.raised_at.and_then(|at| at.checked_add(BETWEEN_RAISES).ok()).filter(|until| *until > now)
}

fn confirm(ticket: &Ticket, now: Timestamp) -> Result<Decision, Refusal> {
    match ticket.state_at(now) {
        State::Resolved => Ok(Decision::new(ticket).moves(State::Closed, None, None)),
        state @ (State::New
        | State::Open
        | State::WaitingCustomer
        | State::WaitingVendor
        | State::Scheduled
        | State::Closed
        | State::Withdrawn
        | State::Merged) => Err(Refusal::WrongState { state }),
    }
}

fn reopen(ticket: &Ticket, text: String, now: Timestamp) -> Result<Decision, Refusal> {
    match (ticket.state, ticket.state_at(now)) {
        (State::Resolved, State::Resolved) => {
            let said = PublicHappening::Message { text, files: Vec::new() };
            let mut decision = Decision::new(ticket).says(said).moves(State::Open, None, None);
            decision.ticket.reopened = decision.ticket.reopened.saturating_add(1);
            decision.ticket.resolved_at = None;
            decision.ticket.resolution = None;
            Ok(decision)
        }
        (State::Resolved, _) => Err(Refusal::GraceOver),
        (
            state @ (State::New
            | State::Open
            | State::WaitingCustomer
            | State::WaitingVendor
            | State::Scheduled
            | State::Closed
            | State::Withdrawn
            | State::Merged),
            _,
        ) => Err(Refusal::WrongState { state }),
    }
}
