//! What a technician may do with a ticket. All technicians may do the same; what a ticket allows depends on where it
//! stands.

use super::UNMERGE_GRACE;
use super::act::{Decision, NewEntry, Notify, TechnicianAct};
use super::facts::{Merged, Ticket};
use beistand_protocol::desk::api::desk::{InternalHappening, WaitFor};
use beistand_protocol::desk::api::entry::PublicHappening;
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::ticket::{LinkKind, Severity, SeveritySource, State};
use jiff::Timestamp;
use jiff::civil::Date;

pub(super) fn decide(
    ticket: &Ticket,
    technician: TechnicianId,
    name: String,
    act: TechnicianAct<'_>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let at_work = AtWork { ticket, state: ticket.state_at(now), technician, name, now };
    match act {
        TechnicianAct::Answer { text, then_wait } => at_work.answer(text, then_wait),
        TechnicianAct::Note { text } => Ok(at_work.note(text)),
        TechnicianAct::Take => at_work.take(),
        TechnicianAct::Assign { to } => at_work.assign(to),
        TechnicianAct::Wait { wait_for, reason } => at_work.wait(wait_for, reason),
        TechnicianAct::Schedule { on, today, reason } => at_work.schedule(on, today, reason),
        TechnicianAct::Resume => at_work.resume(),
        TechnicianAct::Resolve { text } => at_work.resolve(text),
        TechnicianAct::Close => at_work.close(),
        TechnicianAct::SetSeverity { severity, reason } => at_work.set_severity(severity, reason),
        TechnicianAct::SetVisibility { visibility } => {
            if ticket.visibility == visibility {
                return Err(Refusal::AlreadySo);
            }
            let mut decision = Decision::new(ticket);
            decision.ticket.visibility = visibility;
            decision.entries.push(NewEntry::Internal(InternalHappening::VisibilityChanged { to: visibility }));
            Ok(decision)
        }
        TechnicianAct::Merge { into } => at_work.merge(into),
        TechnicianAct::Unmerge => at_work.unmerge(),
        TechnicianAct::Link { other } => at_work.link(other),
        TechnicianAct::Unlink { other } => Ok(at_work.unlink(other)),
        TechnicianAct::Session => at_work.unless_final().map(|()| Decision::new(ticket)),
        TechnicianAct::LogTime => Ok(Decision::new(ticket)),
    }
}

struct AtWork<'a> {
    ticket: &'a Ticket,
    state: State,
    technician: TechnicianId,
    name: String,
    now: Timestamp,
}

impl AtWork<'_> {
    fn wrong_state<T>(&self) -> Result<T, Refusal> {
        Err(Refusal::WrongState { state: self.state })
    }

    fn unless_final(&self) -> Result<(), Refusal> {
        if self.state.is_final() { self.wrong_state() } else { Ok(()) }
    }

    fn if_open(&self) -> Result<(), Refusal> {
        if self.state.is_open() { Ok(()) } else { self.wrong_state() }
    }

    /// Whoever does something with a ticket that is nobody's has taken it.
    fn at_it(&self) -> Decision {
        let mut decision = Decision::new(self.ticket);
        if self.ticket.owner.is_none() && self.state.is_open() {
            decision.ticket.owner = Some(self.technician);
            decision = decision.says(PublicHappening::Assigned { to: Some(self.name.clone()) });
        }
        decision
    }

    fn answer(&self, text: String, then_wait: bool) -> Result<Decision, Refusal> {
        self.unless_final()?;
        let said = PublicHappening::Message { text, files: Vec::new() };
        let decision = self.at_it().says(said).tells(Notify::Answer);
        match self.state {
            State::Resolved if then_wait => self.wrong_state(),
            _ if then_wait => Ok(decision.moves(State::WaitingCustomer, None, None)),
            State::New => Ok(decision.moves(State::Open, None, None)),
            State::Open
            | State::WaitingCustomer
            | State::WaitingVendor
            | State::Scheduled
            | State::Resolved
            | State::Closed
            | State::Withdrawn
            | State::Merged => Ok(decision),
        }
    }

    fn note(&self, text: String) -> Decision {
        let mut decision = Decision::new(self.ticket);
        decision.entries.push(NewEntry::Internal(InternalHappening::Note { text, files: Vec::new() }));
        decision
    }

    fn take(&self) -> Result<Decision, Refusal> {
        self.if_open()?;
        if self.ticket.owner == Some(self.technician) && self.state != State::New {
            return Err(Refusal::AlreadySo);
        }
        let mut decision = Decision::new(self.ticket);
        if self.ticket.owner != Some(self.technician) {
            decision.ticket.owner = Some(self.technician);
            decision = decision.says(PublicHappening::Assigned { to: Some(self.name.clone()) });
        }
        Ok(if self.state == State::New { decision.moves(State::Open, None, None) } else { decision })
    }

    fn assign(&self, to: Option<(TechnicianId, String)>) -> Result<Decision, Refusal> {
        self.if_open()?;
        let (owner, name) = to.unzip();
        if self.ticket.owner == owner {
            return Err(Refusal::AlreadySo);
        }
        let mut decision = Decision::new(self.ticket).says(PublicHappening::Assigned { to: name });
        decision.ticket.owner = owner;
        Ok(decision)
    }

    fn wait(&self, wait_for: WaitFor, reason: Option<String>) -> Result<Decision, Refusal> {
        self.if_open()?;
        let (to, told) = match wait_for {
            WaitFor::Customer => (State::WaitingCustomer, true),
            WaitFor::Vendor => (State::WaitingVendor, reason.is_some()),
        };
        if self.state == to {
            return Err(Refusal::AlreadySo);
        }
        let decision = self.at_it().moves(to, reason, None);
        Ok(if told { decision.tells(Notify::State(to)) } else { decision })
    }

    fn schedule(&self, on: Date, today: Date, reason: Option<String>) -> Result<Decision, Refusal> {
        self.if_open()?;
        if on < today {
            return Err(Refusal::DateInThePast);
        }
        let from = self.ticket.state;
        if from == State::Scheduled && self.ticket.due_on == Some(on) {
            return Err(Refusal::AlreadySo);
        }
        let to = State::Scheduled;
        let moved = PublicHappening::StateChanged { from, to, text: reason, on: Some(on) };
        let mut decision = self.at_it().says(moved).tells(Notify::State(to));
        decision.ticket.state = to;
        decision.ticket.due_on = Some(on);
        Ok(decision)
    }

    fn resume(&self) -> Result<Decision, Refusal> {
        match self.state {
            State::WaitingCustomer | State::WaitingVendor | State::Scheduled => {
                Ok(self.at_it().moves(State::Open, None, None))
            }
            // The technician sees by themselves that it was not solved after all.
            State::Resolved => {
                let mut decision = Decision::new(self.ticket).moves(State::Open, None, None);
                decision.ticket.reopened = decision.ticket.reopened.saturating_add(1);
                decision.ticket.resolved_at = None;
                decision.ticket.resolution = None;
                Ok(decision.tells(Notify::State(State::Open)))
            }
            State::Open => Err(Refusal::AlreadySo),
            State::New | State::Closed | State::Withdrawn | State::Merged => self.wrong_state(),
        }
    }

    fn resolve(&self, text: String) -> Result<Decision, Refusal> {
        self.if_open()?;
        let mut decision = self.at_it().moves(State::Resolved, Some(text.clone()), None);
        decision.ticket.resolved_at = Some(self.now);
        decision.ticket.resolution = Some(text);
        Ok(decision.tells(Notify::State(State::Resolved)))
    }

    fn close(&self) -> Result<Decision, Refusal> {
        if self.state == State::Resolved {
            Ok(Decision::new(self.ticket).moves(State::Closed, None, None))
        } else {
            self.wrong_state()
        }
    }

    fn set_severity(&self, severity: Severity, reason: String) -> Result<Decision, Refusal> {
        self.if_open()?;
        if self.ticket.severity == severity {
            return Err(Refusal::AlreadySo);
        }
        let changed = PublicHappening::SeverityChanged { from: self.ticket.severity, to: severity, reason };
        let mut decision = Decision::new(self.ticket).says(changed);
        decision.ticket.severity = severity;
        decision.ticket.severity_source = SeveritySource::Technician;
        decision.ticket.raised_at = None;
        Ok(decision)
    }

    fn merge(&self, into: &Ticket) -> Result<Decision, Refusal> {
        if into.number == self.ticket.number {
            return Err(Refusal::SameTicket);
        }
        if into.customer != self.ticket.customer {
            return Err(Refusal::OtherCustomer);
        }
        self.unless_final()?;
        let target = into.state_at(self.now);
        if target.is_final() {
            return Err(Refusal::WrongState { state: target });
        }
        let linked = |link, other| PublicHappening::Linked { link, other: Some(other) };
        let mut decision =
            Decision::new(self.ticket).says(linked(LinkKind::MergedInto, into.number)).moves(State::Merged, None, None);
        decision.ticket.merged = Some(Merged { into: into.number, at: self.now, before: self.ticket.state });
        decision.other_entries.push(NewEntry::Public(linked(LinkKind::MergedFrom, self.ticket.number)));
        Ok(decision.tells(Notify::State(State::Merged)))
    }

    fn unmerge(&self) -> Result<Decision, Refusal> {
        let Some(merged) = self.ticket.merged.filter(|_| self.state == State::Merged) else {
            return self.wrong_state();
        };
        if unmerge_until(self.ticket).is_none_or(|until| until <= self.now) {
            return Err(Refusal::UndoTooLate);
        }
        let mut decision = Decision::new(self.ticket).moves(merged.before, None, None);
        decision.ticket.merged = None;
        let parted = PublicHappening::Unlinked { link: LinkKind::MergedFrom, other: Some(self.ticket.number) };
        decision.other_entries.push(NewEntry::Public(parted));
        Ok(decision)
    }

    fn link(&self, other: &Ticket) -> Result<Decision, Refusal> {
        if other.number == self.ticket.number {
            return Err(Refusal::SameTicket);
        }
        let linked = |number| PublicHappening::Linked { link: LinkKind::Related, other: Some(number) };
        let mut decision = Decision::new(self.ticket).says(linked(other.number));
        decision.other_entries.push(NewEntry::Public(linked(self.ticket.number)));
        Ok(decision)
    }

    /// Whether there is a link to take back is for the store to know.
    fn unlink(&self, other: &Ticket) -> Decision {
        let unlinked = |other| NewEntry::Internal(InternalHappening::Unlinked { other });
        let mut decision = Decision::new(self.ticket);
        decision.entries.push(unlinked(other.number));
        decision.other_entries.push(unlinked(self.ticket.number));
        decision
    }
}

/// Until when a ticket's merge can be undone.
pub(super) fn unmerge_until(ticket: &Ticket) -> Option<Timestamp> {
    ticket.merged.and_then(|merged| merged.at.checked_add(UNMERGE_GRACE).ok())
}
