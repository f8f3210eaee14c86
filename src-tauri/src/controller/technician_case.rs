//! The ticket that a technician has open, and what two of them do to it at once: nothing overwrites what somebody wrote.

use super::technician_desk::{SAY_PRESENT, TechnicianPage};
use super::technician_texts::Beside;
use super::{Controller, Now, Page, Platform};
use crate::technician_desk::{Deed, TechnicianQuestion, acts, convert};
use crate::view::{Case, CaseAct, CaseConflict, CaseOther, CaseText, CaseUndo, DeskFault};
use beistand_protocol::desk::api::desk::{DeskTicket, Doing, Presence, Present};
use beistand_protocol::desk::api::people::TechnicianListed;
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::number::TicketNumber;

/// The ticket that is open.
pub(super) struct OpenCase {
    pub(super) number: TicketNumber,
    ticket: Option<Box<DeskTicket>>,
    technicians: Vec<TechnicianListed>,
    pub(super) asked: u32,
    pub(super) busy: bool,
    pub(super) fault: Option<DeskFault>,
    pub(super) beside: Beside,
    pub(super) conflict: Option<CaseConflict>,
    others: Vec<CaseOther>,
    writing: bool,
    done: u32,
    undo: Option<CaseUndo>,
    /// What can be undone once it is done.
    pub(super) undo_then: Option<CaseUndo>,
}

impl<P: Platform> Controller<P> {
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
            beside: Beside::default(),
            conflict: None,
            others: Vec::new(),
            writing: false,
            done: 0,
            undo: None,
            undo_then: None,
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

    pub(super) fn read_case(&mut self) {
        let Some(number) = self.technician_desk.case.as_ref().map(|case| case.number) else { return };
        let asked = self.technician_question(TechnicianQuestion::Ticket(number));
        if let Some(case) = &mut self.technician_desk.case {
            case.asked = asked;
            case.busy = true;
        }
    }

    pub(super) fn say_present(&mut self, now: &Now) {
        let Some((number, writing)) = self.technician_desk.case.as_ref().map(|case| (case.number, case.writing)) else {
            return;
        };
        let presence = Presence { doing: if writing { Doing::Writing } else { Doing::Reading } };
        self.technician_question(TechnicianQuestion::Present { number, presence });
        self.technician_desk.next = Some(now.moment + SAY_PRESENT);
    }

    pub(super) fn present(&mut self, now: &Now, writing: bool) {
        if let Some(case) = &mut self.technician_desk.case
            && case.writing != writing
        {
            case.writing = writing;
            self.say_present(now);
        }
    }

    pub(super) fn save_case_file(&mut self, id: &str) {
        let Some(case) = &self.technician_desk.case else { return };
        let (Ok(file), Some(ticket)) = (id.parse(), &case.ticket) else { return };
        let details = convert::details(ticket, &[]);
        let in_timeline = details.timeline.iter().flat_map(|line| &line.entry.attachments);
        let Some(found) = details.files.iter().chain(in_timeline).find(|known| known.id == id) else { return };
        let (number, name) = (case.number, found.name.clone());
        self.technician_question(TechnicianQuestion::SaveFile { number, file, name });
    }

    pub(super) fn act_on_case(&mut self, now: &Now, act: CaseAct) {
        if let CaseAct::Write { what, text, then_wait } = act {
            self.send_text(now, what, &text, then_wait);
            return;
        }
        let Some(case) = &mut self.technician_desk.case else { return };
        let Some(version) = case.version() else { return };
        if case.busy && self.technician_desk.sending.iter().any(|sent| sent.number == case.number) {
            return;
        }
        let undo = undo_of(&act);
        let Some(deed) = acts::deed(act) else {
            case.fault = Some(DeskFault::NotAccepted);
            return;
        };
        case.undo_then = undo;
        let ticket = (case.number, version);
        self.do_to_case(now, ticket, deed, IdempotencyKey::new(rand::random()));
    }

    /// Asks for something to be done to the ticket. The answer comes with the serial that this answers.
    pub(super) fn do_to_case(
        &mut self,
        now: &Now,
        ticket: (TicketNumber, u32),
        deed: Deed,
        key: IdempotencyKey,
    ) -> u32 {
        let asked = self.technician_question(TechnicianQuestion::Act { ticket, deed, key });
        if let Some(case) = &mut self.technician_desk.case {
            (case.asked, case.busy, case.fault, case.writing, case.undo) = (asked, true, None, false, None);
        }
        self.technician_desk.next = Some(now.moment + SAY_PRESENT);
        asked
    }

    pub(super) fn case_read(
        &mut self,
        serial: u32,
        ticket: Box<DeskTicket>,
        technicians: Option<Vec<TechnicianListed>>,
    ) {
        let Some(case) = self.technician_desk.case.as_mut().filter(|case| case.asked == serial) else { return };
        case.busy = false;
        case.others = convert::others(&ticket.present);
        if technicians.is_none() {
            case.conflict = None;
            case.done = case.done.wrapping_add(1);
            case.undo = case.undo_then.take();
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

    pub(super) fn others_are(&mut self, present: &Present) {
        let Some(case) = &mut self.technician_desk.case else { return };
        case.others = convert::others(present);
        let older = case.ticket.as_ref().is_some_and(|ticket| ticket.version < present.version);
        // While somebody writes here the page stays as it is; what came is shown when they send.
        if older && !case.busy && !case.writing {
            self.read_case();
        }
    }

    pub(super) fn case_shown(&self, case: &OpenCase) -> Case {
        Case {
            number: case.number.to_string(),
            details: case.ticket.as_ref().map(|ticket| convert::details(ticket, &case.technicians)),
            busy: case.busy,
            fault: case.fault,
            conflict: case.conflict.clone(),
            others: case.others.clone(),
            done: case.done,
            answer: self.case_draft(case.number, CaseText::Answer),
            note: self.case_draft(case.number, CaseText::Note),
            resolution: self.case_draft(case.number, CaseText::Resolution),
            undo: case.undo.clone(),
        }
    }
}

impl OpenCase {
    /// The version that is shown.
    pub(super) fn version(&self) -> Option<u32> {
        self.ticket.as_ref().map(|ticket| ticket.version)
    }
}

/// What can be undone at once, with its number as the desk writes it.
fn undo_of(act: &CaseAct) -> Option<CaseUndo> {
    let number = |other: &str| other.parse::<TicketNumber>().ok().map(|number| number.to_string());
    if let CaseAct::Link { other } = act {
        return Some(CaseUndo::Linked { other: number(other)? });
    }
    if let CaseAct::Unlink { other } = act {
        return Some(CaseUndo::Unlinked { other: number(other)? });
    }
    None
}
