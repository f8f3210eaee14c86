//! With what a ticket begins.

use super::facts::{CustomerKey, Ticket};
use beistand_protocol::desk::form::Request;
use beistand_protocol::desk::ids::{ContactId, TechnicianId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::{Severity, SeveritySource, State};

/// Who files, for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filer {
    /// Whose ticket it is.
    pub customer: CustomerKey,
    /// The person on file; `None` with a PIN, or for a voice on the phone that nobody knows.
    pub requester: Option<ContactId>,
    /// The technician who typed it and knows better how bad it is.
    pub severity: Option<Severity>,
    /// The technician who takes it at once.
    pub taken_by: Option<TechnicianId>,
}

/// The ticket that a request becomes.
pub fn begin(number: TicketNumber, request: &Request, filer: Filer) -> Ticket {
    let (severity, severity_source) = match filer.severity {
        Some(severity) => (severity, SeveritySource::Technician),
        None => (request.severity(), SeveritySource::Form),
    };
    Ticket {
        number,
        customer: filer.customer,
        requester: filer.requester,
        visibility: request.request_type().visibility(),
        state: if filer.taken_by.is_some() { State::Open } else { State::New },
        severity,
        severity_source,
        raised_at: None,
        owner: filer.taken_by,
        due_on: request.details.due_on(),
        resolution: None,
        resolved_at: None,
        reopened: 0,
        merged: None,
    }
}
