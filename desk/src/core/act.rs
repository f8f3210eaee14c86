//! Every act on a ticket, and what comes of it.

use super::facts::{Actor, Member, Ticket};
use super::{customer_acts, technician_acts};
use beistand_protocol::desk::api::desk::{InternalHappening, WaitFor};
use beistand_protocol::desk::api::entry::PublicHappening;
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Severity, State, Visibility};
use jiff::Timestamp;
use jiff::civil::Date;

/// What somebody at a customer's does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerAct {
    /// Writes.
    Message {
        /// What.
        text: String,
    },
    /// Takes it back.
    Withdraw {
        /// Why.
        reason: Option<String>,
    },
    /// Says that it is more urgent.
    Raise {
        /// How urgent.
        severity: Severity,
        /// Why.
        reason: String,
    },
    /// Says that it is solved.
    Confirm,
    /// Says that it is not.
    Reopen {
        /// What is still wrong.
        text: String,
    },
}

/// What a technician does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TechnicianAct<'a> {
    /// Answers; the customer reads it.
    Answer {
        /// What.
        text: String,
        /// Whether the ticket waits for the customer then.
        then_wait: bool,
    },
    /// Notes something for technicians.
    Note {
        /// What.
        text: String,
    },
    /// Takes it.
    Take,
    /// Gives it to somebody who can take tickets, or to nobody. That they can is for the caller to know.
    Assign {
        /// To whom, with the name that customers read.
        to: Option<(TechnicianId, String)>,
    },
    /// Lets it wait.
    Wait {
        /// For whom.
        wait_for: WaitFor,
        /// Why.
        reason: Option<String>,
    },
    /// Schedules it.
    Schedule {
        /// For when.
        on: Date,
        /// The day today where the desk is.
        today: Date,
        /// What is agreed.
        reason: Option<String>,
    },
    /// Goes on with it; also takes back a resolution.
    Resume,
    /// Has solved it.
    Resolve {
        /// How.
        text: String,
    },
    /// Closes it before its grace is over.
    Close,
    /// Says how bad it is.
    SetSeverity {
        /// How bad.
        severity: Severity,
        /// Why.
        reason: String,
    },
    /// Says who at the customer's may see it.
    SetVisibility {
        /// Who.
        visibility: Visibility,
    },
    /// Lets it go on in another.
    Merge {
        /// In which.
        into: &'a Ticket,
    },
    /// Parts it again.
    Unmerge,
    /// Says that another has to do with it.
    Link {
        /// Which.
        other: &'a Ticket,
    },
    /// Takes that back.
    Unlink {
        /// Which.
        other: &'a Ticket,
    },
    /// Starts a session from it, or reports one.
    Session,
    /// Logs time.
    LogTime,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// By somebody at the customer's.
    Customer(CustomerAct),
    /// By a technician, who reads as this name.
    Technician(TechnicianAct<'a>, String),
    /// The desk closes what was resolved long enough ago.
    GraceOver,
}

/// A line for the timeline, without the files that belong to it: the store adds those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewEntry {
    /// The customer reads it.
    Public(PublicHappening),
    /// Only technicians read it.
    Internal(InternalHappening),
}

/// What the customer's contacts are told by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// A technician answered.
    Answer,
    /// It stands elsewhere now.
    State(State),
}

/// Where an act took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this ticket.
    Here,
    /// In a new ticket that follows this one, which is over: nothing of this one changes but the link.
    NewTicket,
    /// In the ticket into which this one was merged; to be decided there anew.
    In(TicketNumber),
}

/// What comes of an act. To be written in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a decision that is not written did not happen"]
pub struct Decision {
    /// Where it took place. Unless [`Place::Here`], the rest says that nothing changes.
    pub place: Place,
    /// The ticket as it is now.
    pub ticket: Ticket,
    /// What goes into its timeline, in this order.
    pub entries: Vec<NewEntry>,
    /// What goes into the other ticket's timeline, with [`TechnicianAct::Merge`], [`TechnicianAct::Unmerge`],
    /// [`TechnicianAct::Link`] and [`TechnicianAct::Unlink`].
    pub other_entries: Vec<NewEntry>,
    /// What the customer is told.
    pub notify: Vec<Notify>,
}

impl Decision {
    pub(super) fn new(ticket: &Ticket) -> Self {
        Self {
            place: Place::Here,
            ticket: ticket.clone(),
            entries: Vec::new(),
            other_entries: Vec::new(),
            notify: Vec::new(),
        }
    }

    pub(super) fn elsewhere(ticket: &Ticket, place: Place) -> Self {
        Self { place, ..Self::new(ticket) }
    }

    pub(super) fn says(mut self, what: PublicHappening) -> Self {
        self.entries.push(NewEntry::Public(what));
        self
    }

    pub(super) fn tells(mut self, notify: Notify) -> Self {
        self.notify.push(notify);
        self
    }

    /// Moves the ticket to another state, and says so.
    pub(super) fn moves(mut self, to: State, text: Option<String>, on: Option<Date>) -> Self {
        let from = self.ticket.state;
        if from != to {
            self.ticket.state = to;
            self.entries.push(NewEntry::Public(PublicHappening::StateChanged { from, to, text, on }));
        }
        self
    }
}

/// Why an act did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Whoever acts may not know that the ticket exists.
    #[error("there is no such ticket for them")]
    NotVisible,
    /// It is not theirs to do.
    #[error("that is not theirs to do")]
    NotTheirs,
    /// The ticket does not allow it.
    #[error("the ticket does not allow it")]
    Refused(Refusal),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Decides whether an act happens, and what comes of it.
///
/// # Errors
/// [`Denied`] if it does not happen.
pub fn decide(ticket: &Ticket, actor: Actor, act: Act<'_>, now: Timestamp) -> Result<Decision, Denied> {
    match (actor, act) {
        (Actor::Member(member), Act::Customer(act)) => {
            if super::may_see(ticket, member) {
                customer_acts::decide(ticket, member, act, now)
            } else {
                Err(Denied::NotVisible)
            }
        }
        (Actor::Technician(technician), Act::Technician(act, name)) => {
            technician_acts::decide(ticket, technician, name, act, now).map_err(Denied::Refused)
        }
        (Actor::Desk, Act::GraceOver) => Ok(grace_over(ticket, now)?),
        (Actor::Member(Member { .. }), Act::Technician(..) | Act::GraceOver)
        | (Actor::Technician(_), Act::Customer(_) | Act::GraceOver)
        | (Actor::Desk, Act::Customer(_) | Act::Technician(..)) => Err(Denied::NotTheirs),
    }
}

fn grace_over(ticket: &Ticket, now: Timestamp) -> Result<Decision, Refusal> {
    if ticket.state == State::Resolved && ticket.state_at(now) == State::Closed {
        Ok(Decision::new(ticket).moves(State::Closed, None, None))
    } else {
        Err(Refusal::WrongState { state: ticket.state })
    }
}
