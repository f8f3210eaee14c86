//! My tickets: reading them, and saying something to them.

use super::{DeskPage, fresh_id};
use crate::controller::{Controller, Job, Now, Page, Platform};
use crate::desk::client::TicketAct;
use crate::desk::{Act, Content, DeskJob, Item, Phase};
use crate::view::{DeskFault, RefusedFile, TicketQuery};
use beistand_protocol::desk::api::my::{MyListed, MyPage, MyQuery, MyTicket, Reopening, UrgencyRaise};
use beistand_protocol::desk::api::{DEFAULT_PAGE, MessageText};
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::Severity;

/// The list.
#[derive(Default)]
pub(super) struct List {
    pub(super) query: TicketQuery,
    pub(super) tickets: Vec<MyListed>,
    pub(super) next: Option<String>,
    pub(super) fault: Option<DeskFault>,
    /// The reading that is under way, and whether it goes on where the list ends.
    pub(super) reading: Option<(u32, bool)>,
}

/// The ticket that is open.
pub(super) struct Reading {
    pub(super) number: TicketNumber,
    pub(super) ticket: Option<Box<MyTicket>>,
    pub(super) fault: Option<DeskFault>,
    /// What is under way.
    pub(super) serial: Option<u32>,
    /// The item of the message that is written.
    pub(super) comment: String,
    pub(super) refused: Vec<RefusedFile>,
    pub(super) empty: bool,
    pub(super) saved_as: Option<String>,
    /// An action's key, until it is known what became of it.
    key: Option<(TicketAct, IdempotencyKey)>,
}

impl<P: Platform> Controller<P> {
    pub(super) fn query(&mut self, query: TicketQuery) {
        if !self.is_desk(&DeskPage::Tickets) {
            return;
        }
        self.desk.list.query = query;
        self.read_list();
    }

    pub(super) fn read_list(&mut self) {
        self.desk.list.next = None;
        self.start_list(false);
    }

    pub(super) fn more(&mut self) {
        if self.desk.list.next.is_some() && self.desk.list.reading.is_none() {
            self.start_list(true);
        }
    }

    fn start_list(&mut self, more: bool) {
        let (Some(trust), true) = (self.desk_trust(), self.account().is_some()) else { return };
        let serial = self.next_serial();
        let asked = &self.desk.list.query;
        let query = MyQuery {
            // What can't be looked for is not looked for.
            q: asked.words.parse().ok(),
            filter: crate::desk::convert::filter(asked.filter),
            only_mine: asked.only_mine,
            request_type: None,
            sort: crate::desk::convert::sort(asked.sort),
            cursor: self.desk.list.next.clone().filter(|_| more),
            limit: Some(DEFAULT_PAGE),
        };
        self.desk.list.reading = Some((serial, more));
        self.platform.run(Job::Desk(DeskJob::List { serial, trust, query }));
    }

    pub(super) fn listed(&mut self, serial: u32, result: Result<MyPage, DeskFault>) {
        // A newer search is under way.
        let Some((_, more)) = self.desk.list.reading.take_if(|(reading, _)| *reading == serial) else { return };
        let list = &mut self.desk.list;
        match result {
            Ok(page) => {
                if !more {
                    list.tickets.clear();
                }
                list.tickets.extend(page.tickets);
                list.next = page.next;
                list.fault = None;
            }
            Err(DeskFault::LinkEnded) => self.link_ended(),
            Err(fault) => list.fault = Some(fault),
        }
    }

    pub(super) fn open_ticket(&mut self, now: &Now, number: &str) {
        let (Ok(number), true) = (number.parse::<TicketNumber>(), self.account().is_some()) else { return };
        let written = |item: &&Item| {
            let of_it = matches!(&item.content, Content::Comment { number: of, .. } if *of == number.to_string());
            of_it && item.phase == Phase::Draft
        };
        let comment = self.desk.kept.items.iter().find(written).map(|item| item.id.clone());
        let comment = comment.unwrap_or_else(|| self.new_comment(now, number));
        self.desk.reading = Some(Reading {
            number,
            ticket: None,
            fault: None,
            serial: None,
            comment,
            refused: Vec::new(),
            empty: false,
            saved_as: None,
            key: None,
        });
        self.page = Page::Desk(DeskPage::Ticket);
        self.start_reading();
    }

    fn new_comment(&mut self, now: &Now, number: TicketNumber) -> String {
        let content = Content::Comment { number: number.to_string(), text: String::new() };
        let item = Item::new(fresh_id(now), now.wall.timestamp(), content);
        let id = item.id.clone();
        self.desk.kept.items.push(item);
        id
    }

    fn start_reading(&mut self) {
        let serial = self.next_serial();
        let Some(trust) = self.desk_trust() else { return };
        let Some(reading) = &mut self.desk.reading else { return };
        reading.serial = Some(serial);
        let number = reading.number;
        self.platform.run(Job::Desk(DeskJob::Read { serial, trust, number }));
    }

    pub(super) fn read_ticket(&mut self, serial: u32, result: Result<Box<MyTicket>, DeskFault>) {
        let Some(reading) = self.desk.reading.as_mut().filter(|reading| reading.serial == Some(serial)) else {
            return;
        };
        reading.serial = None;
        match result {
            Ok(ticket) => {
                let number = ticket.listed.number;
                reading.ticket = Some(ticket);
                reading.key = None;
                // It has been read now.
                self.desk.list.tickets.iter_mut().filter(|one| one.number == number).for_each(|one| one.unread = false);
            }
            Err(DeskFault::LinkEnded) => self.link_ended(),
            Err(fault) => {
                let read_anew = matches!(fault, DeskFault::Changed | DeskFault::NotPossible | DeskFault::RaisedTooSoon)
                    && reading.fault.is_none();
                if !matches!(fault, DeskFault::Offline | DeskFault::ServerFault) {
                    reading.key = None;
                }
                reading.fault = Some(fault);
                if read_anew {
                    self.start_reading();
                }
            }
        }
    }

    pub(super) fn refresh(&mut self) {
        if self.is_desk(&DeskPage::Tickets) {
            self.read_list();
        } else if self.is_desk(&DeskPage::Ticket) {
            if let Some(reading) = &mut self.desk.reading {
                reading.fault = None;
            }
            self.start_reading();
        }
    }

    pub(super) fn write_comment(&mut self, now: &Now, text: &str) {
        let Some(id) = self.desk.reading.as_ref().map(|reading| reading.comment.clone()) else { return };
        let Some(item) = self.desk.item_mut(&id).filter(|item| item.phase == Phase::Draft) else { return };
        let Content::Comment { text: place, .. } = &mut item.content else { return };
        if place == text {
            return;
        }
        *place = text.chars().take(20_000).collect();
        item.changed_at = now.wall.timestamp();
        if !self.desk.save(&id)
            && let Some(reading) = &mut self.desk.reading
        {
            reading.fault = Some(DeskFault::NotSaved);
        }
    }

    pub(super) fn send_comment(&mut self, now: &Now, text: &str) {
        self.write_comment(now, text);
        let Some(reading) = &mut self.desk.reading else { return };
        reading.empty = text.parse::<MessageText>().is_err();
        if reading.empty {
            return;
        }
        let (id, number) = (reading.comment.clone(), reading.number);
        reading.fault = None;
        reading.refused.clear();
        if self.send_off(now, &id) {
            let comment = self.new_comment(now, number);
            if let Some(reading) = &mut self.desk.reading {
                reading.comment = comment;
            }
            self.send_what_waits(now);
        } else if let Some(reading) = &mut self.desk.reading {
            reading.fault = Some(DeskFault::NotSaved);
        }
    }

    /// A message is in its ticket.
    pub(super) fn comment_arrived(&mut self, number: &str) {
        let open = self.desk.reading.as_ref().is_some_and(|reading| reading.number.to_string() == number);
        if open && self.is_desk(&DeskPage::Ticket) {
            self.start_reading();
        }
    }

    pub(super) fn withdraw(&mut self) {
        self.act_on_ticket(TicketAct::Withdraw);
    }

    pub(super) fn raise(&mut self, severity: u8, reason: &str) {
        let severity = Severity::ALL.into_iter().find(|one| one.number() == severity);
        match (severity, reason.parse()) {
            (Some(severity), Ok(reason)) => self.act_on_ticket(TicketAct::Raise(UrgencyRaise { severity, reason })),
            (None, _) | (_, Err(_)) => self.say_on_ticket(DeskFault::NotAccepted),
        }
    }

    pub(super) fn confirm_solved(&mut self) {
        self.act_on_ticket(TicketAct::Confirm);
    }

    pub(super) fn reopen(&mut self, text: &str) {
        match text.parse() {
            Ok(text) => self.act_on_ticket(TicketAct::Reopen(Reopening { text })),
            Err(_) => self.say_on_ticket(DeskFault::NotAccepted),
        }
    }

    fn say_on_ticket(&mut self, fault: DeskFault) {
        if let Some(reading) = &mut self.desk.reading {
            reading.fault = Some(fault);
        }
    }

    fn act_on_ticket(&mut self, act: TicketAct) {
        let serial = self.next_serial();
        let Some(trust) = self.desk_trust() else { return };
        let Some(reading) = self.desk.reading.as_mut().filter(|reading| reading.serial.is_none()) else { return };
        let Some(version) = reading.ticket.as_ref().map(|ticket| ticket.version) else { return };
        // The same again after a broken line is the same: it is done once.
        let key = match reading.key.take().filter(|(before, _)| *before == act) {
            Some((_, key)) => key,
            None => IdempotencyKey::new(rand::random()),
        };
        reading.key = Some((act.clone(), key.clone()));
        reading.fault = None;
        reading.serial = Some(serial);
        let number = reading.number;
        self.platform.run(Job::Desk(DeskJob::Act(Box::new(Act { serial, trust, number, version, key, act }))));
    }

    pub(super) fn save_attachment(&mut self, id: &str) {
        let serial = self.next_serial();
        let Some(trust) = self.desk_trust() else { return };
        let Some(reading) = self.desk.reading.as_mut() else { return };
        let Some(ticket) = &reading.ticket else { return };
        let Some((file, name)) = find_file(ticket, id) else { return };
        if reading.serial.is_some() {
            return;
        }
        reading.serial = Some(serial);
        reading.saved_as = None;
        let number = reading.number;
        self.platform.run(Job::Desk(DeskJob::SaveFile { serial, trust, number, file, name }));
    }

    pub(super) fn file_saved(&mut self, serial: u32, result: Result<String, DeskFault>) {
        let Some(reading) = self.desk.reading.as_mut().filter(|reading| reading.serial == Some(serial)) else {
            return;
        };
        reading.serial = None;
        match result {
            Ok(place) => reading.saved_as = Some(place),
            Err(DeskFault::LinkEnded) => self.link_ended(),
            Err(fault) => reading.fault = Some(fault),
        }
    }
}

fn find_file(ticket: &MyTicket, id: &str) -> Option<(beistand_protocol::desk::ids::AttachmentId, String)> {
    use beistand_protocol::desk::api::entry::PublicHappening;
    let messages = ticket.timeline.iter().flat_map(|entry| match &entry.what {
        PublicHappening::Message { files, .. } => files.as_slice(),
        PublicHappening::Filed { .. }
        | PublicHappening::StateChanged { .. }
        | PublicHappening::SeverityChanged { .. }
        | PublicHappening::Assigned { .. }
        | PublicHappening::Linked { .. }
        | PublicHappening::Unlinked { .. }
        | PublicHappening::Session { .. } => &[],
    });
    let mut files = ticket.files.iter().chain(messages);
    files.find(|file| file.id.to_string() == id).map(|file| (file.id, file.name.clone()))
}
