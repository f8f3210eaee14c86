//! What is known at this end of a session, on its way into the ticket that it was started from.
//!
//! A report that does not arrive is sent again while the app runs; the same report again changes nothing.

use super::{Controller, Now, Platform};
use crate::technician_desk::TechnicianQuestion;
use crate::view::DeskFault;
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::ids::TicketSessionId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::time::Moment;
use std::time::Duration;

/// After how long a report that did not arrive is sent again.
const REPORT_AGAIN: Duration = Duration::from_secs(30);

/// What is known of a session, on its way into its ticket.
pub(super) struct Report {
    ticket: (TicketNumber, TicketSessionId),
    report: SessionReport,
    asked: u32,
    /// When it is tried again; `None` while it is under way.
    again: Option<Moment>,
}

impl<P: Platform> Controller<P> {
    /// The session that a ticket was started for is over, or any other: what is known of it goes into the ticket, or
    /// waits for one.
    pub(super) fn session_reported(&mut self, report: SessionReport, began: bool) {
        if let Some(ticket) = self.technician_desk.session.take() {
            self.send_report(ticket, report);
        } else if began {
            self.technician_desk.last = Some(report);
        }
    }

    fn send_report(&mut self, ticket: (TicketNumber, TicketSessionId), report: SessionReport) {
        let question = TechnicianQuestion::ReportSession { ticket, report: Box::new(report.clone()) };
        let asked = self.technician_question(question);
        self.technician_desk.reports.push(Report { ticket, report, asked, again: None });
    }

    /// Keeps a report that did not arrive for later. Answers whether the question was one; the same report again
    /// changes nothing.
    pub(super) fn report_failed(&mut self, now: &Now, serial: u32, fault: DeskFault) -> bool {
        let reports = &mut self.technician_desk.reports;
        let Some(at) = reports.iter().position(|report| report.asked == serial) else { return false };
        let later = [
            DeskFault::Offline,
            DeskFault::NotProven,
            DeskFault::ClockWrong,
            DeskFault::ServerFault,
            DeskFault::Throttled,
            DeskFault::KeyringLocked,
            DeskFault::LinkEnded,
        ];
        if later.contains(&fault) {
            if let Some(report) = reports.get_mut(at) {
                report.again = Some(now.moment + REPORT_AGAIN);
            }
        } else {
            reports.remove(at);
            self.technician_desk.queue.fault = Some(fault);
        }
        true
    }

    /// Sends what is due.
    pub(super) fn report_again(&mut self, now: &Now) {
        let reports = std::mem::take(&mut self.technician_desk.reports);
        for report in reports {
            if report.again.is_some_and(|again| again <= now.moment) {
                self.send_report(report.ticket, report.report);
            } else {
                self.technician_desk.reports.push(report);
            }
        }
    }

    /// It is in its ticket.
    pub(super) fn report_arrived(&mut self, serial: u32) {
        self.technician_desk.reports.retain(|report| report.asked != serial);
    }

    /// When the next one is sent again.
    pub(super) fn report_due(&self) -> Option<Moment> {
        self.technician_desk.reports.iter().filter_map(|report| report.again).min()
    }
}
