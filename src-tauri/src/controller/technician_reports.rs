//! What is known at this end of a session, on its way into the ticket that it was started from.
//!
//! It is on the disk from the session's begin until the desk has it, over any number of attempts and restarts; the
//! same report again changes nothing there. Must not: hold a session's number or anything made from it.

use super::desk::fresh_id;
use super::{Controller, Now, Page, Platform};
use crate::desk::client::Failure;
use crate::desk::{Item, Phase};
use crate::technician_desk::{Piece, TechnicianQuestion, Work};
use crate::view::{self, DeskFault};
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::ids::TicketSessionId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::SessionEnd;
use beistand_protocol::permission::Permission;
use beistand_protocol::time::Moment;
use std::time::Duration;

/// How often it is written down that a session still runs.
const NOTE_SESSION: Duration = Duration::from_secs(30);

impl<P: Platform> Controller<P> {
    /// After a start of the app, and when somebody signed in: a technician gets room, and what the disk has goes on.
    pub(super) fn start_technician_desk(&mut self, now: &Now) {
        if self.page == Page::TechnicianHome {
            self.platform.make_room();
        }
        let mine = self.technicians_work().map(|item| item.id.clone()).collect::<Vec<_>>();
        for id in mine {
            // The app went down in this session: what was known of it is all that there is.
            if self.technician_desk.kept.item(&id).is_some_and(|item| item.phase == Phase::Draft) {
                self.record_is_whole(now, &id);
            }
        }
        self.send_records(now);
    }

    /// A session is about to start from a ticket.
    pub(super) fn record_session(&mut self, now: &Now, number: TicketNumber, session: TicketSessionId) {
        let Some(of) = self.technician_account() else { return };
        let never = report(now.wall.timestamp(), Duration::ZERO, SessionEnd::NeverBegan, Vec::new());
        let piece = Piece::Session { session, report: never };
        let item = Item::new(fresh_id(now), now.wall.timestamp(), Work { of, number, piece });
        self.technician_desk.session = Some((number, item.id.clone()));
        let id = item.id.clone();
        self.technician_desk.kept.items.push(item);
        self.technician_desk.kept.save(&id);
    }

    /// Writes down how far a session is, in case that nothing more is heard of it.
    pub(super) fn note_session(&mut self, now: &Now) {
        let (Some((_, id)), Some(technician)) = (&self.technician_desk.session, &self.technician) else { return };
        let Some((began_at, duration, allowed)) = technician.so_far(now) else { return };
        let id = id.clone();
        self.put_report(now, &id, report(began_at, duration, SessionEnd::Network, allowed));
        self.technician_desk.note_next = Some(now.moment + NOTE_SESSION);
    }

    fn put_report(&mut self, now: &Now, id: &str, known: SessionReport) {
        let Some(item) = self.technician_desk.kept.item_mut(id) else { return };
        item.changed_at = now.wall.timestamp();
        if let Piece::Session { report, .. } = &mut item.content.piece {
            *report = known;
        }
        // If this can't be saved it is still sent while the app runs.
        self.technician_desk.kept.save(id);
    }

    /// A session is over: what is known of it goes into its ticket, or waits for one.
    pub(super) fn session_reported(&mut self, now: &Now, report: SessionReport, began: bool) {
        self.technician_desk.note_next = None;
        if let Some((_, id)) = self.technician_desk.session.take() {
            self.put_report(now, &id, report);
            self.record_is_whole(now, &id);
            self.send_records(now);
        } else if began {
            self.technician_desk.last = Some(report);
        }
    }

    fn record_is_whole(&mut self, now: &Now, id: &str) {
        let Some(item) = self.technician_desk.kept.item_mut(id) else { return };
        if matches!(item.content.piece, Piece::Session { .. }) {
            let domain = item.content.of.domain.clone();
            item.phase = Phase::Sending { domain, since: now.wall.timestamp(), linked: false };
            self.technician_desk.kept.save(id);
        }
    }

    /// Starts the next attempt, if none runs and one is due.
    pub(super) fn send_records(&mut self, now: &Now) {
        if self.technician_desk.outbox.is_busy() {
            return;
        }
        let due = |item: &&Item<Work>| {
            matches!(item.phase, Phase::Sending { .. }) && self.technician_desk.outbox.may_go(&item.id, now.moment)
        };
        let Some(item) = self.technicians_work().filter(due).min_by(|one, other| one.id.cmp(&other.id)) else { return };
        let Piece::Session { session, report } = &item.content.piece else { return };
        let (id, ticket, report) = (item.id.clone(), (item.content.number, *session), Box::new(report.clone()));
        let serial = self.technician_question(TechnicianQuestion::ReportSession { ticket, report });
        self.technician_desk.outbox.start(serial, &id);
    }

    /// Somebody does not want to wait.
    pub(super) fn hurry_records(&mut self, now: &Now) {
        let all: Vec<String> = self.technicians_work().map(|item| item.id.clone()).collect();
        for id in all {
            self.technician_desk.outbox.hurry(&id, now.moment);
        }
        self.send_records(now);
    }

    /// It is in its ticket.
    pub(super) fn report_arrived(&mut self, now: &Now, serial: u32) {
        let Some(id) = self.technician_desk.outbox.finished(serial) else { return };
        self.technician_desk.outbox.forget(&id);
        // If this can't be removed it is sent again at the next start, and changes nothing.
        self.technician_desk.kept.remove(&id);
        self.send_records(now);
    }

    /// Keeps a report that did not arrive for later. Answers whether the question was one.
    pub(super) fn report_failed(&mut self, now: &Now, serial: u32, failure: &Failure) -> bool {
        let Some(id) = self.technician_desk.outbox.finished(serial) else { return false };
        // There is no such session any more, or the desk knows more of it than this app does.
        let in_vain = [DeskFault::NotFound, DeskFault::NotPossible, DeskFault::NotAccepted].contains(&failure.fault);
        if in_vain {
            self.technician_desk.outbox.forget(&id);
            self.technician_desk.kept.remove(&id);
            self.technician_desk.queue.fault = Some(failure.fault);
        } else {
            self.technician_desk.outbox.hold(&id, now.moment, failure.fault, failure.wait);
        }
        self.send_records(now);
        true
    }

    pub(super) fn tick_records(&mut self, now: &Now) {
        if self.technician_desk.note_next.is_some_and(|next| next <= now.moment) {
            self.technician_desk.note_next = None;
            self.note_session(now);
        }
        if self.technician_desk.outbox.deadline().is_some_and(|due| due <= now.moment) {
            self.send_records(now);
        }
    }

    /// When there is something to do about them.
    pub(super) fn records_deadline(&self) -> Option<Moment> {
        [self.technician_desk.note_next, self.technician_desk.outbox.deadline()].into_iter().flatten().min()
    }

    /// Tickets whose records are on their way.
    pub(super) fn records_waiting(&self) -> Vec<String> {
        self.numbers_of(|item| matches!(item.phase, Phase::Sending { .. }))
    }
}

/// A permission's word in the ticket.
pub(super) fn word(permission: Permission) -> String {
    let word = serde_json::to_value(view::Permission::from(permission)).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What is known at this end of a session, for its ticket.
pub(super) fn report(
    started_at: jiff::Timestamp,
    duration: Duration,
    ended_by: SessionEnd,
    allowed: Vec<String>,
) -> SessionReport {
    let duration_seconds = super::seconds(duration);
    let receipt = serde_json::json!({
        "version": 1, "startedAt": started_at, "seconds": duration_seconds, "endedBy": ended_by, "allowed": &allowed,
    });
    // What was used of it only the customer's own receipt knows.
    let used = Vec::new();
    SessionReport { started_at, duration_seconds, ended_by, allowed, used, receipt: Some(receipt.to_string()) }
}
