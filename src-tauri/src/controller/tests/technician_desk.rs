//! The technician's desk through the controller: what two technicians do at once, and a session from a ticket.

mod calling;
mod keeping;

use super::*;
use crate::desk::client::Failure;
use crate::desk::upload::UploadNews;
use crate::technician_desk::{Deed, NotDone, TechnicianAnswer, TechnicianJob, TechnicianOutcome, TechnicianQuestion};
use crate::view::{Case, CaseAct, CaseText, CaseUndo, DeskFault, FileBytes, LookupAnswer, Queue, RefusedReason, Saved};
use crate::view::{TechnicianDeskAsk, TechnicianDeskScreen};
use beistand_protocol::desk::api::desk::{DeskTicket, Present};
use beistand_protocol::desk::api::intake::IntakeLookup;
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::ids::{AttachmentId, TicketSessionId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::SessionEnd;

const NUMBER: &str = "T-1234-5671";
const OTHER: &str = "T-2345-6789";

/// A ticket as the desk would send it, with so many messages.
fn ticket(version: u32, messages: usize) -> Box<DeskTicket> {
    let said = |index: usize| {
        serde_json::json!({"audience": "public", "entry": {
            "id": format!("{index:032x}"), "at": "2027-03-01T09:00:00Z",
            "author": {"kind": "technician", "name": "Uwe"},
            "what": {"kind": "message", "text": format!("Text {index}"), "files": []},
        }})
    };
    let json = serde_json::json!({
        "item": {
            "number": NUMBER, "title": "Störung: Drucker", "requestType": "incident", "state": "open", "severity": 3,
            "maintenance": true, "customerNumber": "10234", "customerName": "Krume", "contact": "Erika",
            "owner": null, "mine": false, "unread": false, "dueOn": null,
            "filedAt": "2027-03-01T08:00:00Z", "changedAt": "2027-03-01T09:00:00Z",
        },
        "version": version,
        "request": {
            "language": "de", "reference": null, "priority": "normal", "attachments": [],
            "contact": {"company": "", "person": "Erika", "email": "e@k.de", "preferred": "email",
                        "phone": {"written": "0202 12345", "e164": null}},
            "details": {"type": "incident", "description": "Der Drucker druckt nicht."},
        },
        "files": [], "channel": "app", "authMethod": "linkedApp", "assurance": "person", "severitySource": "form",
        "visibility": "company", "stateSince": "2027-03-01T08:00:00Z", "owner": null, "resolution": null,
        "reopenedCount": 0, "unmergeUntil": null, "requester": null, "contacts": [], "sessions": [], "links": [],
        "customer": {"number": "10234", "name": "Krume", "maintenance": true, "maintenanceUntil": "2027-06-30",
                     "bundesland": "NW", "namingRule": null, "managed": false, "openTickets": 1},
        "timeline": (0..messages).map(said).collect::<Vec<_>>(),
        "earlier": [], "times": [], "present": {"others": [], "version": version},
        "rights": {"answer": true, "take": true, "assign": true, "wait": true, "resume": false, "resolve": true,
                   "close": false, "changeSeverity": true, "merge": true, "unmerge": false, "startSession": true},
    });
    Box::new(serde_json::from_value(json).unwrap())
}

impl Seat {
    fn desk(&mut self, ask: TechnicianDeskAsk) {
        self.ask(Request::TechnicianDesk(ask));
    }

    /// The latest question that `wanted` picks.
    fn question_to_desk(&mut self, wanted: fn(&TechnicianQuestion) -> bool) -> TechnicianJob {
        let jobs = &mut self.controller.platform.jobs;
        let is = |job: &Job| matches!(job, Job::TechnicianDesk(job) if wanted(&job.question));
        let at = jobs.iter().rposition(is).unwrap();
        let Job::TechnicianDesk(job) = jobs.remove(at) else { unreachable!() };
        job
    }

    fn answered(&mut self, serial: u32, result: Result<TechnicianAnswer, DeskFault>) {
        self.concluded(serial, result.map_err(|fault| Failure::waiting(fault).into()));
    }

    fn concluded(&mut self, serial: u32, result: Result<TechnicianAnswer, NotDone>) {
        self.give(Event::Done(Outcome::TechnicianDesk(TechnicianOutcome { serial, quiet: false, result })));
    }

    fn read_answered(&mut self, version: u32, messages: usize) {
        let read = self.question_to_desk(|question| matches!(question, TechnicianQuestion::Ticket(_)));
        let (ticket, technicians) = (ticket(version, messages), Some(Vec::new()));
        self.answered(read.serial, Ok(TechnicianAnswer::Ticket { ticket, technicians }));
    }

    fn case(&self) -> Case {
        let MainScreen::TechnicianDesk { desk: TechnicianDeskScreen::Case(case), .. } = self.screen() else {
            panic!("no ticket is open")
        };
        *case
    }

    fn queue(&self) -> Queue {
        let MainScreen::TechnicianDesk { desk: TechnicianDeskScreen::Queue(queue), .. } = self.screen() else {
            panic!("no queue")
        };
        queue
    }

    /// The same computer after the app was killed and started again.
    fn killed(self) -> Self {
        let mut seat = self.again();
        seat.give(Event::Started);
        seat
    }

    fn open_again(&mut self) {
        self.desk(TechnicianDeskAsk::Open { number: NUMBER.into() });
        self.read_answered(4, 1);
    }

    fn types(&mut self, what: CaseText, text: &str) {
        self.desk(TechnicianDeskAsk::Write { number: NUMBER.into(), what, text: text.into() });
    }

    fn sends_text(&mut self, what: CaseText, text: &str) -> (u32, IdempotencyKey, Vec<Option<AttachmentId>>) {
        self.desk(write(what, text));
        let job = self.question_to_desk(IS_ACT);
        let TechnicianQuestion::Act { deed: Deed::Write(writing), key, .. } = job.question else { panic!() };
        assert_eq!((writing.what, writing.text.as_str()), (what, text));
        (job.serial, key, writing.files.iter().map(|(file, _)| file.uploaded).collect())
    }

    fn with_case() -> Self {
        let mut seat = Self::technician();
        seat.desk(TechnicianDeskAsk::Open { number: "t 1234 5671".into() });
        assert!(seat.case().busy && seat.case().details.is_none());
        seat.read_answered(3, 1);
        assert_eq!(seat.case().details.unwrap().timeline.len(), 1);
        seat
    }
}

const IS_ACT: fn(&TechnicianQuestion) -> bool = |question| matches!(question, TechnicianQuestion::Act { .. });
const IS_REPORT: fn(&TechnicianQuestion) -> bool = |one| matches!(one, TechnicianQuestion::ReportSession { .. });

fn write(what: CaseText, text: &str) -> TechnicianDeskAsk {
    TechnicianDeskAsk::Act { act: CaseAct::Write { what, text: text.into(), then_wait: false } }
}

fn file(name: &str, bytes: &[u8]) -> TechnicianDeskAsk {
    TechnicianDeskAsk::Attach {
        number: NUMBER.into(),
        what: CaseText::Answer,
        name: name.into(),
        bytes: FileBytes::of(bytes),
    }
}

fn done(version: u32, messages: usize) -> Result<TechnicianAnswer, DeskFault> {
    Ok(TechnicianAnswer::Ticket { ticket: ticket(version, messages), technicians: None })
}

#[test]
fn who_was_slower_sees_both_texts_and_overwrites_nothing() {
    let mut seat = Seat::with_case();
    let answer = || write(CaseText::Answer, "Ich komme.");
    seat.desk(answer());
    let sent = seat.question_to_desk(IS_ACT);
    let TechnicianQuestion::Act { ticket: (_, version), .. } = sent.question else { panic!() };
    assert_eq!(version, 3);
    seat.answered(sent.serial, Err(DeskFault::Changed));
    seat.read_answered(4, 2);
    let case = seat.case();
    let conflict = case.conflict.unwrap();
    assert_eq!((conflict.mine.as_str(), conflict.theirs.len(), case.done), ("Ich komme.", 1, 0));
    assert_eq!((case.answer.text.as_str(), case.answer.saved), ("Ich komme.", Saved::OnDisk));

    // Sent again after reading, for the version that was read.
    seat.desk(TechnicianDeskAsk::SeenConflict);
    assert_eq!(seat.case().conflict, None);
    seat.desk(answer());
    let again = seat.question_to_desk(IS_ACT);
    let TechnicianQuestion::Act { ticket: (_, version), .. } = again.question else { panic!() };
    assert_eq!(version, 4);
    seat.answered(again.serial, done(5, 3));
    assert_eq!((seat.case().done, seat.case().fault, seat.case().answer.text.as_str()), (1, None, ""));
}

#[test]
fn others_are_shown_and_nothing_moves_while_one_writes() {
    let mut seat = Seat::with_case();
    seat.controller.platform.jobs.clear();
    seat.types(CaseText::Answer, "Ich");
    let mut present: Present = serde_json::from_str(r#"{"others": [], "version": 9}"#).unwrap();
    present.others = serde_json::from_str(r#"[{"name": "Uwe", "writing": true}]"#).unwrap();
    let said = seat.question_to_desk(|question| matches!(question, TechnicianQuestion::Present { .. }));
    seat.answered(said.serial, Ok(TechnicianAnswer::Present(present.clone())));
    assert_eq!(seat.case().others.len(), 1);
    assert!(seat.jobs().is_empty(), "the page was read again under somebody's hands");
    seat.types(CaseText::Answer, "");
    let said = seat.question_to_desk(|question| matches!(question, TechnicianQuestion::Present { .. }));
    seat.answered(said.serial, Ok(TechnicianAnswer::Present(present)));
    seat.read_answered(9, 4);
    assert_eq!(seat.case().details.unwrap().timeline.len(), 4);
}

/// A technician with a session that was started from the ticket and is on.
fn in_session() -> (Seat, TicketNumber, TicketSessionId) {
    let mut seat = Seat::with_case();
    seat.desk(TechnicianDeskAsk::StartSession);
    let start = seat.question_to_desk(|question| matches!(question, TechnicianQuestion::StartSession(_)));
    let TechnicianQuestion::StartSession(number) = start.question else { panic!() };
    let session = TicketSessionId::new([7; 16]);
    seat.answered(start.serial, Ok(TechnicianAnswer::SessionStarted { number, session }));
    seat.news(TechnicianNews::Number { number: "472 915 384".into(), seconds_left: 600 });
    seat.news(TechnicianNews::Waiting { digits: 71 });
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants.clone()));
    grants.set(Permission::Control, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    seat.pass(90 * SECOND);
    (seat, number, session)
}

/// The report that is on its way, with its serial.
fn reported(seat: &mut Seat) -> (u32, (TicketNumber, TicketSessionId), SessionReport) {
    let job = seat.question_to_desk(IS_REPORT);
    let TechnicianQuestion::ReportSession { ticket, report } = job.question else { panic!() };
    (job.serial, ticket, *report)
}

#[test]
fn a_session_from_a_ticket_is_recorded_in_it() {
    let (mut seat, number, session) = in_session();
    seat.news(TechnicianNews::Ended(CloseReason::Stopped));
    let (serial, ticket, report) = reported(&mut seat);
    assert_eq!(ticket, (number, session));
    assert_eq!((report.duration_seconds, report.ended_by), (90, SessionEnd::Stop));
    assert_eq!(report.allowed, ["seeScreen", "control"]);
    // What did not arrive is sent again, and again, each time a little later.
    seat.controller.platform.jobs.clear();
    seat.answered(serial, Err(DeskFault::Offline));
    seat.pass(4 * SECOND);
    assert!(seat.jobs().is_empty());
    seat.pass(SECOND);
    let (serial, _, same) = reported(&mut seat);
    assert_eq!(same, report);
    seat.answered(serial, Err(DeskFault::ServerFault));
    seat.pass(15 * SECOND);
    let (serial, ..) = reported(&mut seat);
    seat.answered(serial, Ok(TechnicianAnswer::SessionReported(number)));
    seat.controller.platform.jobs.clear();
    seat.pass(600 * SECOND);
    assert!(seat.jobs().is_empty());
    // No number, and nothing of it.
    let sent = serde_json::to_string(&report).unwrap();
    assert!(!sent.contains("472") && !sent.contains("384") && !sent.contains("0071"), "{sent}");
    let MainScreen::TechnicianEnded { ticket, reportable, .. } = seat.screen() else { panic!() };
    assert_eq!((ticket.as_deref(), reportable), (Some(NUMBER), false));
    let mut seat = seat.killed();
    assert!(seat.jobs().is_empty());
}

#[test]
fn a_session_without_a_ticket_can_become_one() {
    let mut seat = Seat::technician();
    seat.ask(Request::NewSession);
    seat.news(TechnicianNews::Waiting { digits: 71 });
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    seat.pass(60 * SECOND);
    seat.news(TechnicianNews::Ended(CloseReason::EndedByCustomer));
    let MainScreen::TechnicianEnded { ticket: None, reportable: true, .. } = seat.screen() else { panic!() };
    seat.ask(Request::DismissEnd);
    seat.desk(TechnicianDeskAsk::AboutSession);
    let MainScreen::TechnicianDesk { desk: TechnicianDeskScreen::Phone(form), .. } = seat.screen() else { panic!() };
    assert_eq!(form.about_session, Some(60));
}

#[test]
fn signed_out_nobody_asks_anything() {
    let mut seat = Seat::known();
    seat.desk(TechnicianDeskAsk::Queue);
    assert!(matches!(seat.screen(), MainScreen::SignIn(_)));
    assert!(seat.jobs().is_empty());
}

/// A form with a PIN as the desk would tell of it.
fn intake(version: u32, outcome: serde_json::Value) -> IntakeLookup {
    let json = serde_json::json!({
        "receipt": receipt(), "at": "2027-03-01T09:00:00Z", "version": version, "outcome": outcome, "decision": null,
    });
    serde_json::from_value(json).unwrap()
}

fn is_held() -> serde_json::Value {
    serde_json::json!({"kind": "held", "held": {"customer": null, "contacts": [], "form": null}})
}

const IS_LOOK_UP: fn(&TechnicianQuestion) -> bool = |question| matches!(question, TechnicianQuestion::LookUp(_));
const IS_DECISION: fn(&TechnicianQuestion) -> bool =
    |question| matches!(question, TechnicianQuestion::DecideHeld { .. });

impl Seat {
    fn lookup(&self) -> LookupAnswer {
        let MainScreen::TechnicianDesk { desk: TechnicianDeskScreen::Queue(queue), .. } = self.screen() else {
            panic!("the queue is not shown")
        };
        *queue.lookup.unwrap()
    }

    fn with_held() -> Self {
        let mut seat = Self::technician();
        seat.desk(TechnicianDeskAsk::Queue);
        seat.desk(TechnicianDeskAsk::LookUp { receipt: receipt() });
        let asked = seat.question_to_desk(IS_LOOK_UP);
        seat.answered(asked.serial, Ok(TechnicianAnswer::LookUp(Some(intake(2, is_held())))));
        assert!(seat.lookup().held.is_some());
        seat
    }
}

fn receipt() -> String {
    beistand_protocol::desk::code::IntakeReceipt::from_stored(7).unwrap().to_string()
}

#[test]
fn a_held_form_is_decided_on_as_it_was_seen_and_its_task_goes() {
    let mut seat = Seat::with_held();
    // Who confirmed it has to be said.
    seat.desk(TechnicianDeskAsk::ReleaseHeld { confirmed_by: " x ".into() });
    assert_eq!((seat.lookup().fault, seat.lookup().busy), (Some(DeskFault::NotAccepted), false));
    seat.controller.platform.jobs.clear();
    seat.desk(TechnicianDeskAsk::ReleaseHeld { confirmed_by: "Frau Weber am Telefon".into() });
    assert!(seat.lookup().busy);
    // Twice clicked is once decided.
    seat.desk(TechnicianDeskAsk::DiscardHeld { reason: "Doch nicht von uns".into() });
    let decision = seat.question_to_desk(IS_DECISION);
    assert!(seat.jobs().is_empty());
    let TechnicianQuestion::DecideHeld { intake: (_, version), what, body, .. } = decision.question else { panic!() };
    assert_eq!((version, what, body["confirmedBy"].as_str()), (2, "release", Some("Frau Weber am Telefon")));
    let created = intake(3, serde_json::json!({"kind": "created", "ticket": NUMBER}));
    seat.answered(decision.serial, Ok(TechnicianAnswer::HeldDecided(created)));
    let lookup = seat.lookup();
    assert_eq!((lookup.ticket.as_deref(), lookup.held, lookup.busy), (Some(NUMBER), None, false));
    seat.question_to_desk(|question| matches!(question, TechnicianQuestion::Queue { with_tasks: true, .. }));
}

#[test]
fn who_decides_later_sees_what_was_decided() {
    let mut seat = Seat::with_held();
    seat.desk(TechnicianDeskAsk::DiscardHeld { reason: "Frau Weber weiß nichts davon".into() });
    let decision = seat.question_to_desk(IS_DECISION);
    seat.answered(decision.serial, Err(DeskFault::Changed));
    let again = seat.question_to_desk(IS_LOOK_UP);
    let created = intake(3, serde_json::json!({"kind": "created", "ticket": NUMBER}));
    seat.answered(again.serial, Ok(TechnicianAnswer::LookUp(Some(created))));
    let lookup = seat.lookup();
    assert_eq!((lookup.fault, lookup.ticket.as_deref()), (Some(DeskFault::Changed), Some(NUMBER)));
    // Without a connection nothing is known to have happened, and it can be tried again.
    let mut seat = Seat::with_held();
    seat.desk(TechnicianDeskAsk::DiscardHeld { reason: "Frau Weber weiß nichts davon".into() });
    let decision = seat.question_to_desk(IS_DECISION);
    seat.answered(decision.serial, Err(DeskFault::Offline));
    let lookup = seat.lookup();
    assert_eq!((lookup.fault, lookup.busy, lookup.held.is_some()), (Some(DeskFault::Offline), false, true));
}
