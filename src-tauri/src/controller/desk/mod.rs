//! The customer's desk as its person sees it: what is written, what waits, what was sent, and one's own tickets.
//!
//! Pure over [`Platform`] but for the desk's folder: everything slow is a [`DeskJob`]. Start with [`Desk`] and
//! [`Controller::desk_request`]; `form.rs` is writing, `outbox.rs` sending, `tickets.rs` reading and answering.

mod form;
mod models;
mod outbox;
mod tickets;

use super::outbox::Outbox;
use super::{Controller, Job, Now, Page, Platform};
use crate::desk::{About, Content, DeskJob, DeskOutcome, DeskRequest, DeskStore, Item, Kept, Phase, SavedLink};
use crate::settings::KnownCompany;
use crate::view::{DeskFault, DeskPlace, ErrorCode, FormStep, LinkScreen, Place, Unlinked};
use beistand_protocol::desk::code::Pin;
use beistand_protocol::desk::form::Rules;
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use beistand_protocol::time::Moment;
use beistand_session::rendezvous::DomainTrust;
use form::Writing;
use std::collections::HashMap;
use tickets::{List, Reading};

/// How long something that arrived is remembered here.
const REMEMBER: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

/// Which page of the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DeskPage {
    Home,
    Form {
        id: String,
        step: FormStep,
    },
    /// A picture of the screen, for what is written on this page.
    Picture {
        back: Box<DeskPage>,
    },
    Sending(String),
    Sent(String),
    Link,
    Tickets,
    Ticket,
}

/// The state of the customer's desk.
pub(super) struct Desk {
    kept: Kept<Content>,
    about: About,
    writing: Writing,
    outbox: Outbox,
    /// PINs as they were typed, by item; never anywhere else.
    pins: HashMap<String, Pin>,
    link: LinkScreen,
    linking: Option<u32>,
    list: List,
    reading: Option<Reading>,
    home_fault: Option<DeskFault>,
    unlinked: Option<Unlinked>,
    /// The day as of the last event.
    today: jiff::civil::Date,
    /// Where to go as soon as the company is known.
    pub(super) wanted: Option<Place>,
}

impl Desk {
    pub(super) fn new(store: DeskStore) -> Self {
        Self {
            about: store.about(),
            kept: Kept::open(store),
            writing: Writing::default(),
            outbox: Outbox::default(),
            pins: HashMap::new(),
            link: LinkScreen::default(),
            linking: None,
            list: List::default(),
            reading: None,
            home_fault: None,
            unlinked: None,
            today: jiff::civil::Date::ZERO,
            wanted: None,
        }
    }

    fn item(&self, id: &str) -> Option<&Item> {
        self.kept.item(id)
    }

    fn item_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.kept.item_mut(id)
    }

    /// Writes an item down. Answers whether that worked.
    fn save(&self, id: &str) -> bool {
        self.kept.save(id)
    }

    fn save_about(&mut self) {
        if let Err(error) = self.kept.store.save_about(&self.about) {
            tracing::warn!(%error, "What is known of the desk can't be saved");
            self.home_fault = Some(DeskFault::NotSaved);
        }
    }

    /// Takes an item away, with its files and its PIN.
    fn remove<P: Platform>(&mut self, platform: &mut P, id: &str) {
        self.outbox.forget(id);
        self.forget_pin(platform, id);
        if !self.kept.remove(id) {
            self.home_fault = Some(DeskFault::NotSaved);
        }
    }

    fn forget_pin<P: Platform>(&mut self, platform: &mut P, id: &str) {
        self.pins.remove(id);
        platform.run(Job::Desk(DeskJob::ForgetPin { id: id.to_owned() }));
    }

    /// How many things the desk keeps here: drafts and what waits, what arrived, the link.
    pub(super) fn stored(&self) -> (usize, usize, usize) {
        let sent = self.kept.items.iter().filter(|item| matches!(item.phase, Phase::Sent(_))).count();
        let begun = self.kept.items.iter().filter(|item| !item.is_empty()).count();
        (begun.saturating_sub(sent), sent, usize::from(self.about.linked.is_some()))
    }

    pub(super) fn folder(&self) -> &std::path::Path {
        self.kept.store.folder()
    }
}

impl<P: Platform> Controller<P> {
    /// What was left when the app ended: what arrived long ago is removed, what waits goes on.
    pub(super) fn start_desk(&mut self, now: &Now) {
        self.desk.today = now.wall.date();
        let old = |item: &Item| match &item.phase {
            Phase::Sent(sent) => now.wall.timestamp().duration_since(sent.at) > REMEMBER,
            Phase::Draft => item.is_empty() && matches!(item.content, Content::Request { .. }),
            Phase::Sending { .. } => false,
        };
        let gone: Vec<String> =
            self.desk.kept.items.iter().filter(|item| old(item)).map(|item| item.id.clone()).collect();
        for id in gone {
            self.desk.remove(&mut self.platform, &id);
        }
        self.send_what_waits(now);
    }

    pub(super) fn desk_request(&mut self, now: &Now, request: DeskRequest) {
        self.desk.today = now.wall.date();
        // As everywhere: while a session is on its way or runs, nothing leads away from it.
        if self.customer.is_some() || self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        match request {
            DeskRequest::Go(place) => self.go_desk(place),
            DeskRequest::New => self.new_request(now, None),
            DeskRequest::OpenDraft(id) => self.open_draft(&id),
            DeskRequest::Save { values, pin } => self.save_form(now, &values, pin),
            DeskRequest::Step { step, values, pin } => {
                self.save_form(now, &values, pin);
                self.step_form(step);
            }
            DeskRequest::Submit => self.submit(now),
            DeskRequest::Attach { name, bytes } => self.attach(now, &name, &bytes),
            DeskRequest::Detach(id) => self.detach(now, &id),
            DeskRequest::TakePicture => self.take_picture(),
            DeskRequest::KeepPicture(bytes) => self.keep_picture(now, &bytes),
            DeskRequest::DropPicture => self.drop_picture(),
            DeskRequest::Retry(id) => self.retry_item(now, &id),
            DeskRequest::Recall(id) => self.recall(now, &id),
            DeskRequest::SendAsNew(id) => self.send_as_new(now, &id),
            DeskRequest::GivePin { id, pin } => self.give_pin(now, &id, &pin),
            DeskRequest::OpenSent(id) => self.open_sent(&id),
            DeskRequest::CopySent(id) => self.copy_sent(now, &id),
            DeskRequest::Discard(id) => self.discard(&id),
            DeskRequest::Link { code } => self.link_app(&code),
            DeskRequest::Unlink => self.unlink_app(),
            DeskRequest::Query(query) => self.query(query),
            DeskRequest::More => self.more(),
            DeskRequest::OpenTicket(number) => self.open_ticket(now, &number),
            DeskRequest::Refresh => self.refresh(),
            DeskRequest::WriteComment(text) => self.write_comment(now, &text),
            DeskRequest::SendComment(text) => self.send_comment(now, &text),
            DeskRequest::Withdraw => self.withdraw(),
            DeskRequest::Raise { severity, reason } => self.raise(severity, &reason),
            DeskRequest::Confirm => self.confirm_solved(),
            DeskRequest::Reopen(text) => self.reopen(&text),
            DeskRequest::SaveAttachment(id) => self.save_attachment(&id),
            DeskRequest::DismissFault => self.dismiss_fault(),
        }
    }

    pub(super) fn desk_done(&mut self, now: &Now, outcome: DeskOutcome) {
        match outcome {
            DeskOutcome::Info { rules } => {
                self.desk.about.rules = Some(rules);
                self.desk.save_about();
            }
            DeskOutcome::Progress { serial, percent } => self.desk.outbox.progress(serial, percent),
            DeskOutcome::Uploaded { serial, file, id } => self.uploaded(serial, &file, id),
            DeskOutcome::Sent { serial, result } => self.sent_item(now, serial, result),
            DeskOutcome::Linked { serial, result } => self.linked_app(now, serial, result),
            // That the company took the link back is said already.
            DeskOutcome::Unlinked { .. } if self.desk.home_fault == Some(DeskFault::LinkEnded) => {}
            DeskOutcome::Unlinked { told } => {
                self.desk.unlinked = Some(if told { Unlinked::Done } else { Unlinked::OnlyHere });
            }
            DeskOutcome::Listed { serial, result } => self.listed(serial, result),
            DeskOutcome::Read { serial, result } => self.read_ticket(serial, result),
            DeskOutcome::FileSaved { serial, result } => self.file_saved(serial, result),
            DeskOutcome::Picture { serial, taken } => self.picture_taken(serial, taken),
        }
    }

    /// The desk from the first screen, the end of a session, or a page of the technician's.
    pub(super) fn enter_desk(&mut self, now: &Now, place: Place) {
        self.desk.today = now.wall.date();
        if self.settings.current().is_none() {
            // Which company? The answer comes back here.
            self.who_called(now, crate::view::Caller::Me);
            self.desk.wanted = Some(place);
            return;
        }
        self.desk.wanted = None;
        if place == Place::Tickets && self.account().is_some() {
            self.go_desk(DeskPlace::Tickets);
        } else if place == Place::Report && self.desk_is_empty() && self.account().is_none() {
            // Nothing to choose from: straight to the form.
            self.new_request(now, None);
        } else {
            self.go_desk(DeskPlace::Home);
        }
    }

    fn desk_is_empty(&self) -> bool {
        self.desk.kept.items.iter().all(|item| item.is_empty() || item.draft().is_none())
    }

    fn go_desk(&mut self, place: DeskPlace) {
        self.notice = None;
        self.desk.unlinked = None;
        self.leave_form();
        let page = match place {
            DeskPlace::Tickets if self.account().is_some() => DeskPage::Tickets,
            DeskPlace::Home | DeskPlace::Tickets => DeskPage::Home,
            DeskPlace::Link => DeskPage::Link,
        };
        if page == DeskPage::Link {
            self.desk.link = LinkScreen::default();
        }
        let list = page == DeskPage::Tickets;
        self.page = Page::Desk(page);
        if list {
            self.read_list();
        }
    }

    pub(super) fn is_desk(&self, page: &DeskPage) -> bool {
        matches!(&self.page, Page::Desk(shown) if shown == page)
    }

    /// The account that this app is linked with, if it is one of the current company.
    fn account(&self) -> Option<&SavedLink> {
        let current = self.settings.current.as_ref()?;
        self.desk.about.linked.as_ref().filter(|linked| linked.domain == *current)
    }

    fn desk_trust(&self) -> Option<DomainTrust> {
        self.settings.current().map(KnownCompany::trust)
    }

    /// What the forms are checked by: as the desk said last, with today's date.
    fn rules(&self) -> Rules {
        let known = self.desk.about.rules;
        Rules {
            today: self.desk.today,
            bundesland: known.map_or(Bundesland::NW, |rules| rules.bundesland),
            working_days: known.map_or(WorkingDays::MonFri, |rules| rules.working_days),
        }
    }

    /// Removes everything that the desk keeps on this computer.
    pub(super) fn forget_desk(&mut self) {
        self.unlink_app();
        let pins: Vec<String> = self.desk.kept.items.iter().map(|item| item.id.clone()).collect();
        for id in pins {
            self.desk.forget_pin(&mut self.platform, &id);
        }
        if self.desk.kept.store.forget().is_err() {
            self.notice = Some(ErrorCode::NotSaved);
        }
        let folder = self.desk.kept.store.clone();
        self.desk = Desk::new(folder);
        self.platform.run(Job::Desk(DeskJob::DropPicture));
    }

    fn link_app(&mut self, code: &crate::view::Password) {
        let Some(trust) = self.desk_trust() else { return };
        let Ok(code) = code.expose().parse() else {
            self.desk.link = LinkScreen { busy: false, fault: Some(DeskFault::CodeWrong) };
            return;
        };
        let serial = self.next_serial();
        self.desk.linking = Some(serial);
        self.desk.link = LinkScreen { busy: true, fault: None };
        self.platform.run(Job::Desk(DeskJob::Link { serial, trust, code }));
    }

    fn linked_app(&mut self, now: &Now, serial: u32, result: Result<crate::desk::jobs::NewLink, DeskFault>) {
        if self.desk.linking != Some(serial) {
            return;
        }
        self.desk.linking = None;
        match result {
            Ok(link) => {
                let Some(domain) = self.settings.current.clone() else { return };
                self.desk.about.linked = Some(SavedLink::of(&link.account, domain));
                self.desk.about.rules = Some(link.account.rules);
                self.desk.save_about();
                self.desk.link = LinkScreen::default();
                self.desk.home_fault = None;
                if self.is_desk(&DeskPage::Link) {
                    self.go_desk(DeskPlace::Tickets);
                }
                if let Some(fault) = link.unkept {
                    self.desk.home_fault = Some(fault);
                    self.desk.list.fault = Some(fault);
                }
                self.send_what_waits(now);
            }
            Err(fault) => self.desk.link = LinkScreen { busy: false, fault: Some(fault) },
        }
    }

    fn unlink_app(&mut self) {
        let Some(linked) = self.desk.about.linked.take() else { return };
        let trust = self.settings.known(&linked.domain).map(KnownCompany::trust);
        self.platform.run(Job::Desk(DeskJob::Unlink { domain: linked.domain, trust }));
        self.desk.save_about();
        self.desk.list = List::default();
        self.desk.reading = None;
        if matches!(self.page, Page::Desk(DeskPage::Tickets | DeskPage::Ticket)) {
            self.page = Page::Desk(DeskPage::Home);
        }
    }

    /// The company has unlinked this app: it says so where it can be linked anew. What was written stays.
    fn link_ended(&mut self) {
        self.unlink_app();
        self.desk.home_fault = Some(DeskFault::LinkEnded);
    }

    fn dismiss_fault(&mut self) {
        self.desk.home_fault = None;
        self.desk.writing.fault = None;
        self.desk.link.fault = None;
        self.desk.list.fault = None;
        if let Some(reading) = &mut self.desk.reading {
            reading.fault = None;
        }
    }

    pub(super) fn desk_deadline(&self) -> Option<Moment> {
        self.desk.outbox.deadline()
    }

    pub(super) fn tick_desk(&mut self, now: &Now) {
        if self.desk_deadline().is_some_and(|deadline| deadline <= now.moment) {
            self.send_what_waits(now);
        }
    }
}

/// A new name for an item or a file: the time first, so that names sort.
pub(super) fn fresh_id(now: &Now) -> String {
    format!("{}-{:08x}", now.wall.strftime("%Y%m%d-%H%M%S"), rand::random::<u32>())
}
