//! Writing a request: every change is on the disk before the page says so, and the PIN never is.

use super::{Desk, DeskPage, fresh_id};
use crate::controller::{Controller, Job, Now, Page, Platform};
use crate::desk::{Content, DeskJob, Item, Phase, convert, files};
use crate::request::Window;
use crate::view::{
    DeskFault, ErrorCode, Field, FieldError, FieldProblem, FieldValues, FileBytes, FormStep, Password, RefusedFile,
    RefusedReason, Saved,
};
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::form::{self, Draft, validate};
use beistand_protocol::desk::ticket::Language;

/// The most drafts that are kept.
const MAX_DRAFTS: usize = 20;

/// What the form shows beside the draft.
#[derive(Default)]
pub(super) struct Writing {
    pub(super) errors: Vec<FieldError>,
    pub(super) attempt: u32,
    pub(super) refused: Vec<RefusedFile>,
    pub(super) fault: Option<DeskFault>,
    pub(super) unsaved: bool,
    /// The picture of the screen that is under way.
    pub(super) picture: Option<u32>,
}

impl Desk {
    /// The item that is written on the page that is open: a form, or a message.
    fn written(&self, page: &Page) -> Option<String> {
        let Page::Desk(page) = page else { return None };
        match page {
            DeskPage::Form { id, .. } => Some(id.clone()),
            DeskPage::Ticket => self.reading.as_ref().map(|reading| reading.comment.clone()),
            DeskPage::Home
            | DeskPage::Picture { .. }
            | DeskPage::Sending(_)
            | DeskPage::Sent(_)
            | DeskPage::Link
            | DeskPage::Tickets => None,
        }
    }

    fn refuse(&mut self, page: &Page, name: String, reason: RefusedReason) {
        let refused = RefusedFile { name, reason };
        match (page, &mut self.reading) {
            (Page::Desk(DeskPage::Ticket), Some(reading)) => reading.refused.push(refused),
            _ => self.writing.refused.push(refused),
        }
    }
}

impl<P: Platform> Controller<P> {
    /// Begins a request, with the person's own details if the app is linked, and about a session if it is about one.
    pub(in crate::controller) fn new_request(&mut self, now: &Now, about: Option<(String, String)>) {
        let drafts = self.desk.kept.items.iter().filter(|item| item.phase == Phase::Draft && item.draft().is_some());
        if drafts.count() >= MAX_DRAFTS {
            self.page = Page::Desk(DeskPage::Home);
            return;
        }
        let language = match self.settings.language {
            crate::view::Language::German => Language::German,
            crate::view::Language::English => Language::English,
        };
        let mut draft = Draft { language, priority: "low".to_owned(), ..Draft::default() };
        let mut customer_number = String::new();
        if let Some(account) = self.account() {
            draft.contact_person.clone_from(&account.person);
            draft.company.clone_from(&account.customer);
            draft.email = account.email.clone().unwrap_or_default();
            draft.phone = account.phone.clone().unwrap_or_default();
            customer_number.clone_from(&account.customer_number);
        }
        let (about_session, words) = about.unzip();
        if let Some(words) = words {
            draft.description.clone_from(&words);
            draft.concern = words;
        }
        let content = Content::Request { customer_number, draft: Box::new(draft), about_session };
        let item = Item::new(fresh_id(now), now.wall.timestamp(), content);
        let id = item.id.clone();
        self.desk.kept.items.push(item);
        self.open_draft(&id);
    }

    pub(super) fn open_draft(&mut self, id: &str) {
        let is_draft = self.desk.item(id).is_some_and(|item| item.phase == Phase::Draft && item.draft().is_some());
        if !is_draft {
            return;
        }
        self.leave_form();
        self.desk.writing = Writing { attempt: self.desk.writing.attempt, ..Writing::default() };
        self.page = Page::Desk(DeskPage::Form { id: id.to_owned(), step: FormStep::General });
        if let Some(trust) = self.desk_trust() {
            self.platform.run(Job::Desk(DeskJob::Info { trust }));
        }
    }

    /// What was only opened and never written in is not kept.
    pub(in crate::controller) fn leave_form(&mut self) {
        let Page::Desk(DeskPage::Form { id, .. }) = &self.page else { return };
        let id = id.clone();
        let nothing = self.desk.item(&id).is_some_and(|item| item.is_empty() && item.phase == Phase::Draft);
        if nothing {
            self.desk.remove(&mut self.platform, &id);
        }
    }

    pub(super) fn save_form(&mut self, now: &Now, values: &FieldValues, pin: Option<Password>) {
        let Page::Desk(DeskPage::Form { id, .. }) = &self.page else { return };
        let id = id.clone();
        if let Some(pin) = pin {
            match pin.expose().parse() {
                Ok(pin) => drop(self.desk.pins.insert(id.clone(), pin)),
                Err(_) => drop(self.desk.pins.remove(&id)),
            }
        }
        let Some(item) = self.desk.item_mut(&id) else { return };
        let Content::Request { customer_number, draft, .. } = &mut item.content else { return };
        let before = draft.request_type.clone();
        if !convert::take_over(values, customer_number, draft) {
            return;
        }
        if draft.request_type != before {
            begin_kind(draft, &before);
        }
        item.changed_at = now.wall.timestamp();
        let saved = self.desk.save(&id);
        self.desk.writing.unsaved = !saved;
        if !self.desk.writing.errors.is_empty() {
            // What is mended is not held against anybody; what is new waits for the next attempt.
            let still = self.errors(&id, FormStep::Check);
            self.desk.writing.errors.retain(|error| still.contains(error));
        }
    }

    pub(super) fn step_form(&mut self, wanted: FormStep) {
        let Page::Desk(DeskPage::Form { id, step }) = &self.page else { return };
        let (id, step) = (id.clone(), *step);
        let mut errors = Vec::new();
        let mut arrive = wanted;
        // On the way forward each page is looked at before the next one opens.
        for passed in [FormStep::General, FormStep::Request] {
            if passed >= step.min(wanted) && passed < wanted && errors.is_empty() {
                errors = self.errors(&id, passed);
                if !errors.is_empty() {
                    arrive = passed;
                }
            }
        }
        self.desk.writing.refused.clear();
        self.desk.writing.fault = None;
        if !errors.is_empty() {
            self.desk.writing.attempt = self.desk.writing.attempt.wrapping_add(1);
        }
        self.desk.writing.errors = errors;
        self.page = Page::Desk(DeskPage::Form { id, step: arrive });
    }

    /// Everything that is wrong up to a page.
    pub(super) fn errors(&self, id: &str, upto: FormStep) -> Vec<FieldError> {
        let Some(Item { content: Content::Request { customer_number, draft, .. }, files, .. }) = self.desk.item(id)
        else {
            return Vec::new();
        };
        let mut errors = Vec::new();
        if self.account().is_none() {
            let error = |field, problem| FieldError { field, problem };
            if customer_number.trim().is_empty() {
                errors.push(error(Field::CustomerNumber, FieldProblem::Missing));
            } else if customer_number.parse::<CustomerNumber>().is_err() {
                errors.push(error(Field::CustomerNumber, FieldProblem::Malformed));
            }
            if !self.desk.pins.contains_key(id) {
                errors.push(error(Field::Pin, FieldProblem::Missing));
            }
        }
        let sent = draft.only_asked();
        if let Err(mistakes) = validate(&sent, self.rules()) {
            let general: Vec<form::Field> = form::fields(None).map(|rule| rule.field).collect();
            let counts = |mistake: &&form::FieldError| upto > FormStep::General || general.contains(&mistake.field);
            errors.extend(mistakes.iter().filter(counts).map(convert::field_error));
        }
        let asks_for_files = form::rule(sent.chosen_type(), form::Field::Attachments).is_some();
        if asks_for_files && files.len() > form::MAX_ATTACHMENTS && upto > FormStep::General {
            errors.push(FieldError { field: Field::Attachments, problem: FieldProblem::Malformed });
        }
        errors
    }

    pub(super) fn saved_state(&self, item: &Item) -> Saved {
        if self.desk.writing.unsaved {
            Saved::Failed
        } else if self.desk.kept.is_on_disk(&item.id) {
            Saved::OnDisk
        } else {
            Saved::Empty
        }
    }

    pub(super) fn attach(&mut self, now: &Now, name: &str, bytes: &FileBytes) {
        let name = files::plain_name(name);
        let page = self.page.clone();
        let Some(id) = self.desk.written(&page) else { return };
        match self.desk.kept.attach((&id, fresh_id(now)), now.wall.timestamp(), &name, bytes) {
            Err(reason) => self.desk.refuse(&page, name, reason),
            Ok(true) => {}
            Ok(false) => {
                self.desk.writing.unsaved = true;
                self.desk.writing.fault = Some(DeskFault::NotSaved);
            }
        }
    }

    pub(super) fn detach(&mut self, now: &Now, file: &str) {
        let page = self.page.clone();
        let Some(id) = self.desk.written(&page) else { return };
        if !self.desk.kept.detach(&id, file, now.wall.timestamp()) {
            self.desk.writing.unsaved = true;
        }
    }

    pub(super) fn take_picture(&mut self) {
        let Page::Desk(DeskPage::Form { .. } | DeskPage::Ticket) = &self.page else { return };
        let serial = self.next_serial();
        self.desk.writing.picture = Some(serial);
        self.platform.hide(Window::Main);
        self.platform.run(Job::Desk(DeskJob::TakePicture { serial }));
    }

    pub(super) fn picture_taken(&mut self, serial: u32, taken: bool) {
        if self.desk.writing.picture != Some(serial) {
            return;
        }
        self.desk.writing.picture = None;
        self.platform.show(Window::Main);
        match (&self.page, taken) {
            (Page::Desk(back @ (DeskPage::Form { .. } | DeskPage::Ticket)), true) => {
                self.page = Page::Desk(DeskPage::Picture { back: Box::new(back.clone()) });
            }
            (_, true) => self.platform.run(Job::Desk(DeskJob::DropPicture)),
            (Page::Desk(DeskPage::Ticket), false) => {
                if let Some(reading) = &mut self.desk.reading {
                    reading.fault = Some(DeskFault::NoPicture);
                }
            }
            (_, false) => self.desk.writing.fault = Some(DeskFault::NoPicture),
        }
    }

    pub(super) fn keep_picture(&mut self, now: &Now, bytes: &FileBytes) {
        let Page::Desk(DeskPage::Picture { .. }) = &self.page else { return };
        self.drop_picture();
        let name = match self.settings.language {
            crate::view::Language::German => "Bildschirm",
            crate::view::Language::English => "Screen",
        };
        self.attach(now, &format!("{name} {}.png", now.wall.strftime("%H-%M-%S")), bytes);
    }

    pub(super) fn drop_picture(&mut self) {
        self.platform.run(Job::Desk(DeskJob::DropPicture));
        if let Page::Desk(DeskPage::Picture { back }) = &self.page {
            self.page = Page::Desk((**back).clone());
        }
    }

    /// After a session: a request about it.
    pub(in crate::controller) fn report_session(&mut self, now: &Now) -> bool {
        let Page::Ended(screen) = &self.page else { return false };
        let crate::view::MainScreen::Ended { receipt: Some(receipt), .. } = &**screen else { return false };
        let day: String = receipt.started_at.chars().take(10).collect();
        let who = receipt.who.name.clone();
        let (words, about) = match self.settings.language {
            crate::view::Language::German => {
                let day = german_day(&day);
                (format!("Zur Hilfe durch {who} am {day}: "), format!("Es geht um die Hilfe durch {who} am {day}."))
            }
            crate::view::Language::English => {
                (format!("About the help by {who} on {day}: "), format!("This is about the help by {who} on {day}."))
            }
        };
        let about: String = about.chars().take(120).collect();
        self.dismiss_end();
        if self.settings.current().is_none() {
            self.notice = Some(ErrorCode::NotNow);
            return true;
        }
        self.new_request(now, Some((about, words)));
        true
    }
}

fn german_day(day: &str) -> String {
    let parts: Vec<&str> = day.split('-').collect();
    match parts.as_slice() {
        [year, month, day] => format!("{}.{}.{year}", day.trim_start_matches('0'), month.trim_start_matches('0')),
        _ => day.to_owned(),
    }
}

/// What a kind brings along: its usual way of answering, unless another one was chosen; and what was written for
/// another kind, where it fits as well.
fn begin_kind(draft: &mut Draft, before: &str) {
    let usual = |kind: &str| if kind == form::RequestType::CallBack.key() { "phone" } else { "email" };
    if draft.preferred_contact.is_empty() || draft.preferred_contact == usual(before) {
        draft.preferred_contact = usual(&draft.request_type).to_owned();
    }
    let asks = |field| form::rule(draft.chosen_type(), field).is_some();
    if asks(form::Field::Concern) && draft.concern.is_empty() {
        draft.concern.clone_from(&draft.description);
    } else if asks(form::Field::Description) && draft.description.is_empty() {
        draft.description.clone_from(&draft.concern);
    }
}
