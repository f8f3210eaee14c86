//! The technician's desk as its person sees it: what is asked of it, and what it answers; the queue.
//!
//! Everything slow is a [`TechnicianJob`]. `technician_case.rs` is the ticket that is open, `technician_texts.rs` what is
//! written for one, `technician_reports.rs` what is known of a session, `technician_phone.rs` the ticket on the phone and
//! the customers.
//! Must not: decide what may be done with a ticket, or let anything overwrite what somebody wrote.

use super::outbox::Outbox;
use super::technician_case::OpenCase;
use super::technician_intake::{HeldDecision, Intake};
use super::technician_phone::{Customers, PhoneCall};
use super::technician_reports::report;
use super::technician_texts::UnderWay;
use super::{Controller, Job, Now, Page, Platform};
use crate::desk::{DeskStore, Kept};
use crate::technician_desk::{
    Call, NotDone, TechnicianAnswer, TechnicianJob, TechnicianOutcome, TechnicianQuestion, Work, convert,
};
use crate::view::{
    CaseConflict, DeskFault, ErrorCode, MainScreen, Queue, QueueAsk, Technician as Person, TechnicianDeskAsk,
    TechnicianDeskScreen,
};
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::SessionEnd;
use beistand_protocol::time::Moment;
use std::time::Duration;

/// How often it is said that a ticket is open here.
pub(super) const SAY_PRESENT: Duration = Duration::from_secs(15);
/// How often the queue is read again while it is shown.
const READ_QUEUE: Duration = Duration::from_secs(30);

/// Which page of the technician's desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TechnicianPage {
    Queue,
    Case,
    Phone,
    Customers,
}

/// The state of the technician's desk.
pub(super) struct TechnicianDesk {
    /// What is written or to be reported, until it is in its ticket.
    pub(super) kept: Kept<Work>,
    /// Tickets that are typed on the phone, until they are filed.
    pub(super) calls: Kept<Call>,
    /// Texts on their way, also of tickets that are not open any more.
    pub(super) sending: Vec<UnderWay>,
    /// Which records of sessions are sent when.
    pub(super) outbox: Outbox,
    pub(super) queue: Queue,
    cursor: Option<String>,
    /// Answers to earlier questions for these do not count any more.
    asked_queue: u32,
    pub(super) case: Option<OpenCase>,
    pub(super) phone: PhoneCall,
    pub(super) customers: Customers,
    pub(super) intake: Intake,
    pub(super) next: Option<Moment>,
    /// The ticket from which the session was started, and the record of it.
    pub(super) session: Option<(TicketNumber, String)>,
    /// When it is written down that it still runs.
    pub(super) note_next: Option<Moment>,
    /// The last session, for a ticket about it.
    pub(super) last: Option<SessionReport>,
}

impl TechnicianDesk {
    pub(super) fn new(store: DeskStore) -> Self {
        Self {
            // In a folder of their own within the other, so that everything is removed with it.
            calls: Kept::open(DeskStore::new(store.folder().join("calls"))),
            kept: Kept::open(store),
            sending: Vec::new(),
            outbox: Outbox::default(),
            queue: Queue::default(),
            cursor: None,
            asked_queue: 0,
            case: None,
            phone: PhoneCall::default(),
            customers: Customers::default(),
            intake: Intake::default(),
            next: None,
            session: None,
            note_next: None,
            last: None,
        }
    }
}

impl<P: Platform> Controller<P> {
    pub(super) fn technician_desk_asked(&mut self, now: &Now, ask: TechnicianDeskAsk) {
        if self.customer.is_some() || self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        if self.settings.technician.is_none() {
            self.page = Page::SignIn { busy: false, error: None, login: None };
            return;
        }
        self.notice = None;
        match ask {
            TechnicianDeskAsk::Queue => self.open_queue(now),
            TechnicianDeskAsk::Ask { ask } => self.ask_queue(now, ask),
            TechnicianDeskAsk::More => self.more_queue(),
            TechnicianDeskAsk::LookUp { receipt } => self.look_up(&receipt),
            TechnicianDeskAsk::ReleaseHeld { confirmed_by } => self.decide_held(&HeldDecision::Release, &confirmed_by),
            TechnicianDeskAsk::DiscardHeld { reason } => self.decide_held(&HeldDecision::Discard, &reason),
            TechnicianDeskAsk::TaskDone { id } => {
                if let Ok(id) = id.parse() {
                    self.technician_question(TechnicianQuestion::TaskDone(id));
                }
            }
            TechnicianDeskAsk::Open { number } => self.open_case(now, &number),
            TechnicianDeskAsk::Refresh => self.refresh_technician(now),
            TechnicianDeskAsk::Act { act } => self.act_on_case(now, act),
            TechnicianDeskAsk::Write { number, what, text } => self.write_text(now, &number, what, &text),
            TechnicianDeskAsk::Attach { number, what, name, bytes } => {
                self.attach_to_text(now, (&number, what), &name, &bytes);
            }
            TechnicianDeskAsk::Detach { number, what, id } => self.detach_from_text(now, (&number, what), &id),
            TechnicianDeskAsk::SendRecords => self.hurry_records(now),
            TechnicianDeskAsk::SeenConflict => {
                if let Some(case) = &mut self.technician_desk.case {
                    case.conflict = None;
                }
            }
            TechnicianDeskAsk::SaveFile { id } => self.save_case_file(&id),
            TechnicianDeskAsk::StartSession => {
                if let Some(number) = self.technician_desk.case.as_ref().map(|case| case.number) {
                    self.technician_question(TechnicianQuestion::StartSession(number));
                }
            }
            TechnicianDeskAsk::Phone => self.open_phone(false),
            TechnicianDeskAsk::AboutSession => self.open_phone(true),
            TechnicianDeskAsk::PhoneSearch { words } => self.phone_search(&words),
            TechnicianDeskAsk::PhoneCustomer { number } => self.phone_customer(&number),
            TechnicianDeskAsk::PhoneContact { id } => self.phone_contact(now, id.as_deref()),
            TechnicianDeskAsk::PhoneSave { values } => self.phone_save(now, &values),
            TechnicianDeskAsk::PhoneFile { values, take } => self.phone_file(now, &values, take),
            TechnicianDeskAsk::PhoneDiscard => {
                self.phone_discard();
                self.open_queue(now);
            }
            TechnicianDeskAsk::Customers { words } => self.search_customers(&words),
            TechnicianDeskAsk::Customer { number } => self.open_customer(&number),
            TechnicianDeskAsk::DismissFault => self.dismiss_technician_fault(),
        }
    }

    /// Asks the desk. The answer comes as an event with this serial.
    pub(super) fn technician_question(&mut self, question: TechnicianQuestion) -> u32 {
        let serial = self.next_serial();
        if let Some(saved) = &self.settings.technician {
            let (company, login) = (saved.company.clone(), saved.login.clone());
            self.platform.run(Job::TechnicianDesk(TechnicianJob { serial, company, login, question }));
        }
        serial
    }

    fn open_queue(&mut self, now: &Now) {
        self.leave_case();
        self.page = Page::TechnicianDesk(TechnicianPage::Queue);
        self.read_queue(now);
    }

    pub(super) fn read_queue(&mut self, now: &Now) {
        let query = convert::query(&self.technician_desk.queue.ask, None);
        self.technician_desk.queue.busy = true;
        let serial = self.technician_question(TechnicianQuestion::Queue { query, with_tasks: true });
        self.technician_desk.asked_queue = serial;
        self.technician_desk.next = Some(now.moment + READ_QUEUE);
    }

    fn ask_queue(&mut self, now: &Now, ask: QueueAsk) {
        self.technician_desk.queue.ask = ask;
        self.technician_desk.queue.lookup = None;
        self.open_queue(now);
    }

    fn more_queue(&mut self) {
        let desk = &mut self.technician_desk;
        let Some(cursor) = desk.cursor.take() else { return };
        let query = convert::query(&desk.queue.ask, Some(cursor));
        desk.queue.busy = true;
        let serial = self.technician_question(TechnicianQuestion::Queue { query, with_tasks: false });
        self.technician_desk.asked_queue = serial;
    }

    fn refresh_technician(&mut self, now: &Now) {
        let Page::TechnicianDesk(page) = self.page else { return };
        match page {
            TechnicianPage::Queue => self.read_queue(now),
            TechnicianPage::Case => self.read_case(),
            TechnicianPage::Phone | TechnicianPage::Customers => {}
        }
    }

    pub(super) fn technician_desk_answered(&mut self, now: &Now, outcome: TechnicianOutcome) {
        let serial = outcome.serial;
        match outcome.result {
            Ok(TechnicianAnswer::Queue { page, tasks }) if serial == self.technician_desk.asked_queue => {
                let desk = &mut self.technician_desk;
                let rows = page.tickets.iter().map(convert::row);
                match tasks {
                    Some(tasks) => {
                        desk.queue.rows = rows.collect();
                        desk.queue.tasks = tasks.iter().map(convert::task).collect();
                    }
                    None => desk.queue.rows.extend(rows),
                }
                desk.queue.counts = convert::counts(&page.counts);
                desk.queue.more = page.next.is_some();
                desk.cursor = page.next;
                (desk.queue.busy, desk.queue.fault) = (false, None);
            }
            Ok(TechnicianAnswer::Queue { .. } | TechnicianAnswer::Saved) => {}
            Ok(TechnicianAnswer::LookUp(found)) => self.intake_read(serial, found.as_ref()),
            Ok(TechnicianAnswer::HeldDecided(found)) => self.intake_decided(now, serial, &found),
            Ok(TechnicianAnswer::TaskDone(id)) => {
                self.technician_desk.queue.tasks.retain(|task| task.id != id.to_string());
            }
            Ok(TechnicianAnswer::Upload(news)) => self.text_gets_on(serial, news),
            Ok(TechnicianAnswer::Ticket { ticket, technicians }) => {
                if let Some(sent) = self.not_under_way_any_more(serial) {
                    self.text_arrived(serial, &sent);
                }
                self.case_read(serial, ticket, technicians);
            }
            Ok(TechnicianAnswer::Present(present)) => self.others_are(&present),
            Ok(TechnicianAnswer::SessionStarted { number, session }) => {
                // Only if nobody went on to something else meanwhile.
                let stayed = self.technician_desk.case.as_ref().is_some_and(|case| case.number == number);
                self.record_session(now, number, session);
                if stayed {
                    self.new_session(now);
                } else {
                    let never = report(now.wall.timestamp(), Duration::ZERO, SessionEnd::NeverBegan, Vec::new());
                    self.session_reported(now, never, false);
                }
            }
            Ok(TechnicianAnswer::SessionReported(number)) => {
                self.report_arrived(now, serial);
                if self.technician_desk.case.as_ref().is_some_and(|case| case.number == number) {
                    self.read_case();
                }
            }
            Ok(TechnicianAnswer::Customers(found)) => self.customers_found(serial, &found),
            Ok(TechnicianAnswer::Customer(one)) => self.customer_read(now, serial, &one),
            Ok(TechnicianAnswer::Filed(filed)) => self.phone_filed(now, serial, filed.number),
            Err(not_done) => {
                if !outcome.quiet && !self.report_failed(now, serial, &not_done.failure) {
                    self.technician_fault(serial, &not_done);
                }
            }
        }
    }

    fn technician_fault(&mut self, serial: u32, not_done: &NotDone) {
        let fault = not_done.failure.fault;
        if serial == self.technician_desk.asked_queue {
            (self.technician_desk.queue.busy, self.technician_desk.queue.fault) = (false, Some(fault));
            return;
        }
        if self.intake_failed(serial, fault) || self.phone_fault(serial, fault, &not_done.failure.errors) {
            return;
        }
        let under_way = self.not_under_way_any_more(serial);
        if let Some(under_way) = &under_way {
            self.text_not_sent(under_way, not_done);
        }
        let is_its_own = |case: &&mut OpenCase| under_way.as_ref().is_none_or(|sent| sent.number == case.number);
        let Some(case) = self.technician_desk.case.as_mut().filter(is_its_own) else {
            self.technician_desk.queue.fault = Some(fault);
            return;
        };
        case.fault = Some(fault);
        if case.asked != serial {
            return;
        }
        (case.busy, case.undo_then) = (false, None);
        if fault == DeskFault::Changed {
            // Both are shown, and nothing is lost: neither what was written here nor what came.
            let mine = under_way.map(|under_way| under_way.text).unwrap_or_default();
            case.conflict = Some(CaseConflict { mine, theirs: Vec::new() });
        }
        if matches!(fault, DeskFault::Changed | DeskFault::AlreadySent) {
            self.read_case();
        }
    }

    fn dismiss_technician_fault(&mut self) {
        self.technician_desk.queue.fault = None;
        self.technician_desk.queue.lookup = None;
        self.technician_desk.phone.fault = None;
        self.technician_desk.customers.fault = None;
        if let Some(case) = &mut self.technician_desk.case {
            case.fault = None;
        }
    }

    pub(super) fn technician_desk_deadline(&self) -> Option<Moment> {
        let next = self.technician_desk.next.filter(|_| matches!(self.page, Page::TechnicianDesk(_)));
        [next, self.records_deadline()].into_iter().flatten().min()
    }

    pub(super) fn tick_technician_desk(&mut self, now: &Now) {
        self.tick_records(now);
        let Page::TechnicianDesk(page) = self.page else { return };
        if self.technician_desk.next.is_none_or(|next| next > now.moment) {
            return;
        }
        self.technician_desk.next = None;
        match page {
            // Whoever has scrolled on keeps what they have.
            TechnicianPage::Queue if self.technician_desk.queue.rows.len() <= 50 => self.read_queue(now),
            TechnicianPage::Case => self.say_present(now),
            TechnicianPage::Queue | TechnicianPage::Phone | TechnicianPage::Customers => {}
        }
    }

    pub(super) fn technician_desk_screen(&self, page: TechnicianPage, technician: Person) -> MainScreen {
        let queue = || Queue {
            drafts: self.case_drafts(),
            records: self.records_waiting(),
            call: self.call_begun(),
            ..self.technician_desk.queue.clone()
        };
        let desk = match page {
            TechnicianPage::Queue => TechnicianDeskScreen::Queue(queue()),
            TechnicianPage::Case => match &self.technician_desk.case {
                Some(case) => TechnicianDeskScreen::Case(Box::new(self.case_shown(case))),
                None => TechnicianDeskScreen::Queue(queue()),
            },
            TechnicianPage::Phone => TechnicianDeskScreen::Phone(Box::new(self.technician_desk.phone.shown())),
            TechnicianPage::Customers => TechnicianDeskScreen::Customers(self.technician_desk.customers.page.clone()),
        };
        MainScreen::TechnicianDesk { technician, desk }
    }
}
