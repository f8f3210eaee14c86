//! Sending: what was sent off stays on the disk under its key until the desk has confirmed it, over any number of
//! attempts and restarts. When the next attempt is due is in `controller/outbox.rs`.

use super::{DeskPage, fresh_id};
use crate::controller::outbox::Why;
use crate::controller::{Controller, Job, Now, Page, Platform};
use crate::desk::jobs::Arrived;
use crate::desk::{Bearer, Content, DeskJob, Item, Phase, SendFault, SendJob, Sent, StoredFile};
use crate::settings::KnownCompany;
use crate::view::{DeskFault, FieldError, FormStep, Password, RefusedFile, WaitingState};
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::form::{self, Details, validate};
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::workdays::earliest_guaranteed;

impl<P: Platform> Controller<P> {
    /// The person has sent the form off.
    pub(super) fn submit(&mut self, now: &Now) {
        let Page::Desk(DeskPage::Form { id, step: FormStep::Check }) = &self.page else { return };
        let id = id.clone();
        let errors = self.errors(&id, FormStep::Check);
        if let Some(first) = errors.first() {
            let general = self.general_fields(&id).contains(&first.field);
            let step = if general { FormStep::General } else { FormStep::Request };
            self.show_errors(&id, step, errors);
            return;
        }
        if self.send_off(now, &id) {
            self.page = Page::Desk(DeskPage::Sending(id));
            self.send_what_waits(now);
        } else {
            self.desk.writing.fault = Some(DeskFault::NotSaved);
        }
    }

    fn general_fields(&self, id: &str) -> Vec<crate::view::Field> {
        let draft = self.desk.item(id).and_then(Item::draft);
        draft
            .map(|draft| crate::desk::convert::fields(draft, true).0)
            .unwrap_or_default()
            .iter()
            .map(|f| f.field)
            .collect()
    }

    fn show_errors(&mut self, id: &str, step: FormStep, errors: Vec<FieldError>) {
        self.desk.writing.errors = errors;
        self.desk.writing.attempt = self.desk.writing.attempt.wrapping_add(1);
        self.page = Page::Desk(DeskPage::Form { id: id.to_owned(), step });
    }

    /// Gives an item its key and writes down that it was sent off. Only then is it sent.
    pub(super) fn send_off(&mut self, now: &Now, id: &str) -> bool {
        let Some(domain) = self.settings.current.clone() else { return false };
        let linked = self.account().is_some();
        let Some(item) = self.desk.item_mut(id) else { return false };
        let before = item.clone();
        item.key = Some(item.key.take().unwrap_or_else(|| IdempotencyKey::new(rand::random())));
        item.phase = Phase::Sending { domain, since: now.wall.timestamp(), linked };
        if self.desk.save(id) {
            self.desk.outbox.release(id);
            return true;
        }
        if let Some(item) = self.desk.item_mut(id) {
            *item = before;
        }
        false
    }

    /// Starts the next attempt, if none runs and something may go.
    pub(super) fn send_what_waits(&mut self, now: &Now) {
        if self.desk.outbox.is_busy() {
            return;
        }
        let waits = |item: &&Item| matches!(item.phase, Phase::Sending { .. });
        let mut waiting: Vec<String> = self.desk.kept.items.iter().filter(waits).map(|item| item.id.clone()).collect();
        waiting.sort();
        for id in waiting {
            if self.desk.outbox.may_go(&id, now.moment) && self.start_sending(&id) {
                return;
            }
        }
    }

    fn start_sending(&mut self, id: &str) -> bool {
        let serial = self.next_serial();
        let Some(item) = self.desk.item(id) else { return false };
        let Phase::Sending { domain, linked, .. } = &item.phase else { return false };
        let trust = self.settings.known(domain).map(KnownCompany::trust);
        let (Some(trust), Some(key)) = (trust, item.key.clone()) else {
            self.desk.outbox.ask_person(id, WaitingState::NeedsLink);
            return false;
        };
        let bearer = if *linked { Bearer::Linked } else { Bearer::Pin(self.desk.pins.get(id).cloned()) };
        let asks_for_files =
            item.draft().is_none_or(|draft| form::rule(draft.chosen_type(), form::Field::Attachments).is_some());
        let path = |file: &StoredFile| Some((file.clone(), self.desk.kept.store.file(id, &file.id).ok()?));
        let files = if asks_for_files { item.files.iter().filter_map(path).collect() } else { Vec::new() };
        let content = item.content.clone();
        let job = SendJob { serial, id: id.to_owned(), trust, key, bearer, content, files };
        self.desk.outbox.start(serial, id);
        self.platform.run(Job::Desk(DeskJob::Send(Box::new(job))));
        true
    }

    pub(super) fn uploaded(&mut self, serial: u32, file: &str, id: AttachmentId) {
        let Some(item_id) = self.desk.outbox.running(serial).map(str::to_owned) else { return };
        let Some(item) = self.desk.item_mut(&item_id) else { return };
        if let Some(file) = item.files.iter_mut().find(|one| one.id == file) {
            file.uploaded = Some(id);
        }
        self.desk.save(&item_id);
    }

    pub(super) fn sent_item(&mut self, now: &Now, serial: u32, result: Result<Arrived, SendFault>) {
        let Some(id) = self.desk.outbox.finished(serial) else { return };
        match result {
            Ok(arrived) => self.arrived(now, &id, arrived),
            Err(fault) => self.not_sent(now, &id, fault),
        }
        self.send_what_waits(now);
    }

    fn arrived(&mut self, now: &Now, id: &str, arrived: Arrived) {
        let rules = self.rules();
        let Some(item) = self.desk.item_mut(id) else { return };
        let (start_guaranteed, earliest_start) = start(item, rules);
        item.phase = Phase::Sent(Sent {
            at: now.wall.timestamp(),
            receipt: arrived.receipt,
            ticket: arrived.ticket.clone(),
            follow_up_of: arrived.follow_up_of.clone(),
            start_guaranteed,
            earliest_start,
            refused: Vec::new(),
        });
        let of_ticket = match &item.content {
            Content::Request { .. } => None,
            Content::Comment { number, .. } => Some(number.clone()),
        };
        // If this can't be written, the next start asks again with the same key and hears the same answer.
        self.desk.save(id);
        self.desk.outbox.release(id);
        self.desk.forget_pin(&mut self.platform, id);
        if self.is_desk(&DeskPage::Sending(id.to_owned())) {
            self.page = Page::Desk(DeskPage::Sent(id.to_owned()));
        }
        let Some(number) = of_ticket else { return };
        if arrived.follow_up_of.is_some() {
            if self.is_desk(&DeskPage::Ticket) {
                self.page = Page::Desk(DeskPage::Sent(id.to_owned()));
            }
        } else {
            // The ticket itself shows it from now on.
            self.desk.remove(&mut self.platform, id);
            self.comment_arrived(&number);
        }
    }

    fn not_sent(&mut self, now: &Now, id: &str, fault: SendFault) {
        match fault {
            SendFault::NeedsPin(fault) => self.desk.outbox.ask_person(id, WaitingState::NeedsPin { fault }),
            SendFault::NeedsLink => self.desk.outbox.ask_person(id, WaitingState::NeedsLink),
            SendFault::File { file, reason } => self.file_refused(id, &file, reason),
            SendFault::Failed(failure) => {
                let Some(item) = self.desk.item_mut(id) else { return };
                let pin_lane = matches!(item.phase, Phase::Sending { linked: false, .. });
                item.may_have_arrived |= failure.may_have_arrived;
                self.desk.save(id);
                if failure.fault == DeskFault::AlreadySent {
                    self.desk.outbox.ask_person(id, WaitingState::AlreadySent);
                } else if failure.later {
                    self.desk.outbox.hold(id, now.moment, failure.fault, failure.wait);
                    if let (true, Some(pin)) = (pin_lane, self.desk.pins.get(id).cloned()) {
                        // It may have to survive this run.
                        self.platform.run(Job::Desk(DeskJob::KeepPin { id: id.to_owned(), pin }));
                    }
                } else {
                    self.not_accepted(id, failure.fault, &failure.errors);
                }
            }
        }
    }

    /// The desk does not take it as it is: it can be written on.
    fn not_accepted(&mut self, id: &str, fault: DeskFault, errors: &[form::FieldError]) {
        let errors: Vec<FieldError> = errors.iter().map(crate::desk::convert::field_error).collect();
        let lost = errors.iter().any(|error| error.field == crate::view::Field::Attachments);
        let general = self.general_fields(id);
        let step = match errors.first() {
            Some(error) if general.contains(&error.field) => FormStep::General,
            Some(_) => FormStep::Request,
            None => FormStep::Check,
        };
        let shown = self.is_desk(&DeskPage::Sending(id.to_owned()));
        self.back_to_draft(id, lost);
        match self.desk.item(id).map(|item| &item.content) {
            Some(Content::Request { .. }) if shown => {
                self.desk.writing.fault = Some(fault);
                self.show_errors(id, step, errors);
            }
            Some(Content::Comment { .. }) => {
                if let Some(reading) = &mut self.desk.reading {
                    reading.fault = Some(fault);
                }
            }
            Some(Content::Request { .. }) | None => self.desk.home_fault = Some(fault),
        }
    }

    fn file_refused(&mut self, id: &str, file: &str, reason: crate::view::RefusedReason) {
        let Some(item) = self.desk.item_mut(id) else { return };
        let name = item.files.iter().find(|one| one.id == file).map(|one| one.name.clone()).unwrap_or_default();
        item.files.retain(|one| one.id != file);
        let is_request = item.draft().is_some();
        let shown = self.is_desk(&DeskPage::Sending(id.to_owned()));
        self.back_to_draft(id, false);
        let refused = RefusedFile { name, reason };
        if !is_request {
            if let Some(reading) = &mut self.desk.reading {
                reading.refused.push(refused);
                reading.fault = Some(DeskFault::NotAccepted);
            }
        } else {
            self.desk.writing.refused.push(refused);
            self.desk.writing.fault = Some(DeskFault::NotAccepted);
            if shown {
                self.page = Page::Desk(DeskPage::Form { id: id.to_owned(), step: FormStep::Check });
            } else {
                self.desk.home_fault = Some(DeskFault::NotAccepted);
            }
        }
    }

    /// What waits is a draft again. Its key stays as long as it may have arrived: then a changed one is not taken.
    fn back_to_draft(&mut self, id: &str, files_are_lost: bool) {
        self.desk.outbox.forget(id);
        let Some(item) = self.desk.item_mut(id) else { return };
        item.phase = Phase::Draft;
        if !item.may_have_arrived {
            item.key = None;
        }
        if files_are_lost {
            item.files.iter_mut().for_each(|file| file.uploaded = None);
        }
        if !self.desk.save(id) {
            self.desk.home_fault = Some(DeskFault::NotSaved);
        }
    }

    pub(super) fn retry_item(&mut self, now: &Now, id: &str) {
        self.desk.outbox.hurry(id, now.moment);
        if self.desk.item(id).is_some_and(|item| matches!(item.phase, Phase::Sending { .. }))
            && matches!(self.page, Page::Desk(DeskPage::Home))
        {
            self.page = Page::Desk(DeskPage::Sending(id.to_owned()));
        }
        self.send_what_waits(now);
    }

    pub(super) fn recall(&mut self, now: &Now, id: &str) {
        if self.desk.outbox.is_running(id) {
            // The request is out of our hands: from here on it may have arrived.
            if let Some(item) = self.desk.item_mut(id) {
                item.may_have_arrived = true;
            }
        }
        if !self.desk.item(id).is_some_and(|item| matches!(item.phase, Phase::Sending { .. })) {
            return;
        }
        self.back_to_draft(id, false);
        match self.desk.item(id).map(|item| &item.content) {
            Some(Content::Request { .. }) => self.open_draft(id),
            Some(Content::Comment { number, .. }) => {
                let number = number.clone();
                self.open_ticket(now, &number);
            }
            None => {}
        }
        self.send_what_waits(now);
    }

    pub(super) fn send_as_new(&mut self, now: &Now, id: &str) {
        let Some(item) = self.desk.item_mut(id) else { return };
        let asked = matches!(item.phase, Phase::Sending { .. });
        if !asked {
            return;
        }
        item.key = Some(IdempotencyKey::new(rand::random()));
        item.may_have_arrived = false;
        // A file goes with one request: these belong to the earlier one.
        item.files.iter_mut().for_each(|file| file.uploaded = None);
        if self.desk.save(id) {
            self.desk.outbox.release(id);
            self.send_what_waits(now);
        }
    }

    pub(super) fn give_pin(&mut self, now: &Now, id: &str, pin: &Password) {
        let Ok(pin) = pin.expose().parse() else {
            self.desk.outbox.ask_person(id, WaitingState::NeedsPin { fault: None });
            return;
        };
        self.desk.pins.insert(id.to_owned(), pin);
        self.desk.outbox.release(id);
        self.send_what_waits(now);
    }

    pub(super) fn open_sent(&mut self, id: &str) {
        match self.desk.item(id).map(|item| &item.phase) {
            Some(Phase::Sent(_)) => self.page = Page::Desk(DeskPage::Sent(id.to_owned())),
            Some(Phase::Sending { .. }) => self.page = Page::Desk(DeskPage::Sending(id.to_owned())),
            Some(Phase::Draft) | None => {}
        }
    }

    /// A new draft with what an earlier request said, files included.
    pub(super) fn copy_sent(&mut self, now: &Now, id: &str) {
        let Some(old) = self.desk.item(id).cloned() else { return };
        if old.draft().is_none() {
            return;
        }
        let mut item = Item::new(fresh_id(now), now.wall.timestamp(), old.content);
        for file in old.files {
            if self.desk.kept.store.copy_file(id, &item.id, &file.id).is_ok() {
                item.files.push(StoredFile { uploaded: None, ..file });
            }
        }
        let new = item.id.clone();
        self.desk.kept.items.push(item);
        if !self.desk.save(&new) {
            self.desk.home_fault = Some(DeskFault::NotSaved);
        }
        self.open_draft(&new);
    }

    pub(super) fn discard(&mut self, id: &str) {
        // What was sent off is taken back first, or decided otherwise: nothing is lost by a wrong click.
        let may_go = match self.desk.item(id).map(|item| &item.phase) {
            Some(Phase::Draft | Phase::Sent(_)) => true,
            Some(Phase::Sending { .. }) => {
                matches!(self.desk.outbox.why(id), Some(Why::Person(WaitingState::AlreadySent)))
            }
            None => false,
        };
        if may_go {
            self.desk.remove(&mut self.platform, id);
            let shown = matches!(
                &self.page,
                Page::Desk(DeskPage::Form { id: shown, .. } | DeskPage::Sending(shown) | DeskPage::Sent(shown))
                    if shown == id
            );
            if shown {
                self.page = Page::Desk(DeskPage::Home);
            }
        }
    }
}

/// Whether the start date of a new person is certain, and which one would have been.
fn start(item: &Item, rules: form::Rules) -> (Option<bool>, Option<jiff::civil::Date>) {
    let checked = item.draft().and_then(|draft| validate(&draft.only_asked(), rules).ok());
    match checked.map(|checked| checked.request.details) {
        Some(Details::NewEmployee { timely_guaranteed, .. }) => {
            let earliest = earliest_guaranteed(rules.today, rules.bundesland, rules.working_days);
            (Some(timely_guaranteed), Some(earliest))
        }
        _ => (None, None),
    }
}
