//! The technician's desk as its person sees it: the queue, one ticket, and what two technicians do to it at once.
//!
//! Everything slow is a [`TechnicianJob`]. `technician_phone.rs` is the ticket on the phone and the customers.
//! Must not: decide what may be done with a ticket, or let anything overwrite what somebody wrote.

use super::technician_intake::{HeldDecision, Intake};
use super::technician_phone::{Customers, PhoneCall};
use super::technician_reports::Report;
use super::{Controller, Job, Now, Page, Platform};
use crate::technician_desk::{TechnicianAnswer, TechnicianJob, TechnicianOutcome, TechnicianQuestion, acts, convert};
use crate::view::{
    Case, CaseAct, CaseConflict, CaseOther, DeskFault, ErrorCode, MainScreen, Queue, QueueAsk, Technician as Person,
    TechnicianDeskAsk, TechnicianDeskScreen,
};
use beistand_protocol::desk::api::desk::{DeskTicket, Doing, Presence};
use beistand_protocol::desk::api::people::TechnicianListed;
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::ids::TicketSessionId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::time::Moment;
use std::time::Duration;

/// How often it is said that a ticket is open here.
const SAY_PRESENT: Duration = Duration::from_secs(15);
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
#[derive(Default)]
pub(super) struct TechnicianDesk {
    pub(super) queue: Queue,
    cursor: Option<String>,
    /// Answers to earlier questions for these do not count any more.
    asked_queue: u32,
    case: Option<OpenCase>,
    pub(super) phone: PhoneCall,
    pub(super) customers: Customers,
    pub(super) intake: Intake,
    next: Option<Moment>,
    /// The ticket from which the session was started.
    pub(super) session: Option<(TicketNumber, TicketSessionId)>,
    /// The last session, for a ticket about it.
    pub(super) last: Option<SessionReport>,
    /// What is known of sessions and not yet in their tickets.
    pub(super) reports: Vec<Report>,
}

/// The ticket that is open.
struct OpenCase {
    number: TicketNumber,
    ticket: Option<Box<DeskTicket>>,
    technicians: Vec<TechnicianListed>,
    asked: u32,
    busy: bool,
    fault: Option<DeskFault>,
    /// What was sent and has not arrived yet, when it is a text that somebody wrote.
    under_way: Option<String>,
    conflict: Option<CaseConflict>,
    others: Vec<CaseOther>,
    writing: bool,
    sent: u32,
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
            TechnicianDeskAsk::Present { writing } => self.present(now, writing),
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
            TechnicianDeskAsk::Phone => self.open_phone(now, false),
            TechnicianDeskAsk::AboutSession => self.open_phone(now, true),
            TechnicianDeskAsk::PhoneSearch { words } => self.phone_search(&words),
            TechnicianDeskAsk::PhoneCustomer { number } => self.phone_customer(&number),
            TechnicianDeskAsk::PhoneContact { id } => self.phone_contact(id.as_deref()),
            TechnicianDeskAsk::PhoneSave { values } => self.phone_save(&values),
            TechnicianDeskAsk::PhoneFile { values, take } => self.phone_file(now, &values, take),
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

    pub(super) fn open_case(&mut self, now: &Now, number: &str) {
        let Ok(number) = number.parse::<TicketNumber>() else {
            self.technician_desk.queue.fault = Some(DeskFault::NotFound);
            return;
        };
        self.leave_case();
        let asked = self.technician_question(TechnicianQuestion::Ticket(number));
        self.technician_desk.case = Some(OpenCase {
            number,
            ticket: None,
            technicians: Vec::new(),
            asked,
            busy: true,
            fault: None,
            under_way: None,
            conflict: None,
            others: Vec::new(),
            writing: false,
            sent: 0,
        });
        self.page = Page::TechnicianDesk(TechnicianPage::Case);
        self.say_present(now);
    }

    /// Says that the ticket is not open here any more.
    pub(super) fn leave_case(&mut self) {
        if let Some(case) = self.technician_desk.case.take() {
            let presence = Presence { doing: Doing::Gone };
            self.technician_question(TechnicianQuestion::Present { number: case.number, presence });
        }
    }

    fn refresh_technician(&mut self, now: &Now) {
        let Page::TechnicianDesk(page) = self.page else { return };
        match page {
            TechnicianPage::Queue => self.read_queue(now),
            TechnicianPage::Case => self.read_case(),
            TechnicianPage::Phone | TechnicianPage::Customers => {}
        }
    }

    fn read_case(&mut self) {
        let Some(number) = self.technician_desk.case.as_ref().map(|case| case.number) else { return };
        let asked = self.technician_question(TechnicianQuestion::Ticket(number));
        if let Some(case) = &mut self.technician_desk.case {
            case.asked = asked;
            case.busy = true;
        }
    }

    fn say_present(&mut self, now: &Now) {
        let Some((number, writing)) = self.technician_desk.case.as_ref().map(|case| (case.number, case.writing)) else {
            return;
        };
        let presence = Presence { doing: if writing { Doing::Writing } else { Doing::Reading } };
        self.technician_question(TechnicianQuestion::Present { number, presence });
        self.technician_desk.next = Some(now.moment + SAY_PRESENT);
    }

    fn present(&mut self, now: &Now, writing: bool) {
        if let Some(case) = &mut self.technician_desk.case
            && case.writing != writing
        {
            case.writing = writing;
            self.say_present(now);
        }
    }

    fn save_case_file(&mut self, id: &str) {
        let Some(case) = &self.technician_desk.case else { return };
        let (Ok(file), Some(ticket)) = (id.parse(), &case.ticket) else { return };
        let details = convert::details(ticket, &[]);
        let in_timeline = details.timeline.iter().flat_map(|line| &line.entry.attachments);
        let Some(found) = details.files.iter().chain(in_timeline).find(|known| known.id == id) else { return };
        let (number, name) = (case.number, found.name.clone());
        self.technician_question(TechnicianQuestion::SaveFile { number, file, name });
    }

    fn act_on_case(&mut self, now: &Now, act: CaseAct) {
        let Some(case) = &mut self.technician_desk.case else { return };
        let Some(ticket) = &case.ticket else { return };
        let text = if let CaseAct::Answer { text, .. } | CaseAct::Note { text } | CaseAct::Resolve { text } = &act {
            Some(text.clone())
        } else {
            None
        };
        let Some((what, body)) = acts::call(act) else {
            case.fault = Some(DeskFault::NotAccepted);
            return;
        };
        let ticket = (case.number, ticket.version);
        case.under_way = text;
        case.busy = true;
        case.fault = None;
        case.writing = false;
        let key = IdempotencyKey::new(rand::random());
        let asked = self.technician_question(TechnicianQuestion::Act { ticket, what, body, key });
        if let Some(case) = &mut self.technician_desk.case {
            case.asked = asked;
        }
        self.technician_desk.next = Some(now.moment + SAY_PRESENT);
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
            Ok(TechnicianAnswer::Ticket { ticket, technicians }) => self.case_read(serial, ticket, technicians),
            Ok(TechnicianAnswer::Present(present)) => self.others_are(&present),
            Ok(TechnicianAnswer::SessionStarted { number, session }) => {
                // Only if nobody went on to something else meanwhile.
                if self.technician_desk.case.as_ref().is_some_and(|case| case.number == number) {
                    self.technician_desk.session = Some((number, session));
                    self.new_session(now);
                }
            }
            Ok(TechnicianAnswer::SessionReported(number)) => {
                self.report_arrived(serial);
                if self.technician_desk.case.as_ref().is_some_and(|case| case.number == number) {
                    self.read_case();
                }
            }
            Ok(TechnicianAnswer::Customers(found)) => self.customers_found(serial, &found),
            Ok(TechnicianAnswer::Customer(one)) => self.customer_read(serial, &one),
            Ok(TechnicianAnswer::Filed(filed)) => self.phone_filed(now, serial, filed.number),
            Err((fault, errors)) => {
                if !outcome.quiet && !self.report_failed(now, serial, fault) {
                    self.technician_fault(serial, fault, &errors);
                }
            }
        }
    }

    fn case_read(&mut self, serial: u32, ticket: Box<DeskTicket>, technicians: Option<Vec<TechnicianListed>>) {
        let Some(case) = self.technician_desk.case.as_mut().filter(|case| case.asked == serial) else { return };
        case.busy = false;
        case.others = convert::others(&ticket.present);
        if case.under_way.is_some() && technicians.is_none() {
            case.under_way = None;
            case.conflict = None;
            case.sent = case.sent.wrapping_add(1);
        }
        if let Some(conflict) = &mut case.conflict {
            let known = case.ticket.as_ref().map_or(0, |known| known.timeline.len());
            if conflict.theirs.is_empty() {
                conflict.theirs = ticket.timeline.iter().skip(known).map(convert::entry).collect();
            }
        }
        if let Some(technicians) = technicians {
            case.technicians = technicians;
        }
        case.ticket = Some(ticket);
    }

    fn others_are(&mut self, present: &beistand_protocol::desk::api::desk::Present) {
        let Some(case) = &mut self.technician_desk.case else { return };
        case.others = convert::others(present);
        let older = case.ticket.as_ref().is_some_and(|ticket| ticket.version < present.version);
        // While somebody writes here the page stays as it is; what came is shown when they send.
        if older && !case.busy && !case.writing {
            self.read_case();
        }
    }

    fn technician_fault(
        &mut self,
        serial: u32,
        fault: DeskFault,
        errors: &[beistand_protocol::desk::form::FieldError],
    ) {
        if serial == self.technician_desk.asked_queue {
            (self.technician_desk.queue.busy, self.technician_desk.queue.fault) = (false, Some(fault));
            return;
        }
        if self.intake_failed(serial, fault) || self.phone_fault(serial, fault, errors) {
            return;
        }
        let Some(case) = &mut self.technician_desk.case else {
            self.technician_desk.queue.fault = Some(fault);
            return;
        };
        case.fault = Some(fault);
        if case.asked != serial {
            return;
        }
        case.busy = false;
        if fault == DeskFault::Changed {
            // Both are shown, and nothing is lost: neither what was written here nor what came.
            case.conflict = Some(CaseConflict { mine: case.under_way.take().unwrap_or_default(), theirs: Vec::new() });
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
        [next, self.report_due()].into_iter().flatten().min()
    }

    pub(super) fn tick_technician_desk(&mut self, now: &Now) {
        self.report_again(now);
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
        let desk = match page {
            TechnicianPage::Queue => TechnicianDeskScreen::Queue(self.technician_desk.queue.clone()),
            TechnicianPage::Case => match &self.technician_desk.case {
                Some(case) => TechnicianDeskScreen::Case(Box::new(case.shown())),
                None => TechnicianDeskScreen::Queue(self.technician_desk.queue.clone()),
            },
            TechnicianPage::Phone => TechnicianDeskScreen::Phone(Box::new(self.technician_desk.phone.shown())),
            TechnicianPage::Customers => TechnicianDeskScreen::Customers(self.technician_desk.customers.page.clone()),
        };
        MainScreen::TechnicianDesk { technician, desk }
    }
}

impl OpenCase {
    fn shown(&self) -> Case {
        Case {
            number: self.number.to_string(),
            details: self.ticket.as_ref().map(|ticket| convert::details(ticket, &self.technicians)),
            busy: self.busy,
            fault: self.fault,
            conflict: self.conflict.clone(),
            others: self.others.clone(),
            sent: self.sent,
        }
    }
}
