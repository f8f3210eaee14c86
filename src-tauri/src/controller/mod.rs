//! The controller: owns the app's state, takes one event after the other, and sends whole models to the pages.
//!
//! Runs on one thread; everything slow is a [`Job`] whose outcome comes back as an event. Holds no session's
//! rules: these are in the worker and in the technician's end. The emergency stop does not wait for it.
//!
//! Start reading at [`Controller::handle`]; `customer.rs` and `technician.rs` are the two roles.

mod active;
mod company;
mod customer;
mod desk;
mod models;
mod outbox;
mod pages;
mod platform;
mod reasons;
mod receipts;
mod sources;
mod technician;
mod technician_case;
mod technician_desk;
mod technician_intake;
mod technician_phone;
mod technician_reports;
mod technician_texts;
#[cfg(test)]
mod tests;

pub(crate) use platform::{
    HotkeysInForce, Job, Model, Outcome, PanelProof, Platform, TechnicianNews, TechnicianOrder, TechnicianOrigin,
    TechnicianStart, WorkerOrder,
};
pub(crate) use receipts::AfterFacts;

use crate::desk::DeskStore;
use crate::link::Link;
use crate::request::{ModelWanted, Request, Window};
use crate::settings::{PANEL_HOTKEY, Settings};
use crate::store::Store;
use crate::view::{Company, ErrorCode, Language, MainView, PanelScreen, PanelView, ViewerScreen, ViewerView};
use beistand_protocol::rendezvous::api::CompanyFile;
use beistand_protocol::time::Moment;
use beistand_session::guardian;
use company::{Pending, Then};
use pages::Page;
use std::time::Duration;

/// The time at an event: one to reckon with, one to write down.
#[derive(Clone, Debug)]
pub(crate) struct Now {
    pub(crate) moment: Moment,
    pub(crate) wall: jiff::Zoned,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Event {
    Request(Request),
    ModelWanted(ModelWanted),
    /// From the worker of this session.
    Worker(u32, guardian::Event),
    /// Whether the panel of this session is seen.
    Proof(u32, PanelProof),
    /// A job is done.
    Done(Outcome),
    /// From the technician's end of this session.
    Technician(u32, TechnicianNews),
    /// The app is there: what waited goes on.
    Started,
    /// Time has passed.
    Tick,
}

/// What the app was started with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// `beistand.toml` beside the program.
    pub(crate) company_file: Option<CompanyFile>,
    /// Whether it was started to open a link.
    pub(crate) opens_link: bool,
}

/// The app's state.
pub(crate) struct Controller<P> {
    platform: P,
    store: Store,
    settings: Settings,
    surroundings: Surroundings,
    page: Page,
    before: Page,
    notice: Option<ErrorCode>,
    /// A domain on its way to be confirmed.
    pending: Option<Pending>,
    /// A link that was opened and not used yet.
    link: Option<Link>,
    /// What `try_again` would do.
    retry: Option<Then>,
    serial: u32,
    customer: Option<customer::Customer>,
    panel_end: Option<customer::PanelEnd>,
    technician: Option<technician::Technician>,
    viewer_end: Option<technician::ViewerEnd>,
    hotkeys: Option<HotkeysInForce>,
    /// Whether NOTAUS got its hotkey the last time that it was needed.
    hotkey_refused: bool,
    desk: desk::Desk,
    technician_desk: technician_desk::TechnicianDesk,
    sent: Sent,
}

/// What the pages were told last, and as of when.
#[derive(Default)]
struct Sent {
    main: Option<(Moment, MainView)>,
    panel: Option<(Moment, PanelView)>,
    viewer: Option<(Moment, ViewerView)>,
}

impl<P: Platform> Controller<P> {
    pub(crate) fn new(platform: P, store: Store, settings: Settings, surroundings: Surroundings) -> Self {
        // A link is for a customer, also at a technician's computer.
        let desk_store = DeskStore::new(store.folder().join("desk"));
        let work_store = DeskStore::new(store.folder().join("technician"));
        let to_technician = settings.technician.is_some() && !surroundings.opens_link;
        Self {
            platform,
            store,
            settings,
            surroundings,
            page: if to_technician { Page::TechnicianHome } else { Page::Start },
            before: Page::Start,
            notice: None,
            pending: None,
            link: None,
            retry: None,
            serial: 0,
            customer: None,
            panel_end: None,
            technician: None,
            viewer_end: None,
            hotkeys: None,
            hotkey_refused: false,
            desk: desk::Desk::new(desk_store),
            technician_desk: technician_desk::TechnicianDesk::new(work_store),
            sent: Sent::default(),
        }
    }

    /// Takes an event and tells the pages what is different now.
    pub(crate) fn handle(&mut self, now: &Now, event: Event) {
        match event {
            Event::Request(request) => self.request(now, request),
            Event::ModelWanted(wanted) => self.answer_model(now, wanted),
            Event::Worker(serial, event) => self.worker_said(now, serial, event),
            Event::Proof(serial, proof) => self.proof_said(now, serial, proof),
            Event::Done(outcome) => self.done(now, outcome),
            Event::Technician(serial, news) => self.technician_said(now, serial, news),
            Event::Started => {
                self.start_desk(now);
                self.start_technician_desk(now);
            }
            Event::Tick => {}
        }
        self.tick(now);
        self.follow_with_hotkeys();
        self.tell(now);
    }

    /// When the next [`Event::Tick`] is due.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        let customer = self.customer.as_ref().and_then(customer::Customer::deadline);
        let panel = self.panel_end.as_ref().map(|end| end.until);
        let technician = self.technician.as_ref().and_then(technician::Technician::deadline);
        [customer, panel, technician, self.desk_deadline(), self.technician_desk_deadline()].into_iter().flatten().min()
    }

    fn tick(&mut self, now: &Now) {
        self.tick_customer(now);
        self.tick_technician(now);
        self.tick_desk(now);
        self.tick_technician_desk(now);
    }

    fn request(&mut self, now: &Now, request: Request) {
        match request {
            Request::SetLanguage(language) => self.set_language(language),
            Request::Go(place) => self.go(now, place),
            Request::SetHotkey(hotkey) => self.set_hotkey(&hotkey),
            Request::SetAssistiveInput(on) => self.set_assistive_input(on),
            Request::ForgetEverything => self.forget_everything(),
            Request::DismissNotice => self.dismiss_notice(),
            Request::TryAgain => self.try_again(now),
            Request::Cancel => self.cancel(),
            Request::ExtendNumber => self.extend_number(),
            Request::DismissEnd => self.dismiss_end(),
            Request::WhoCalled(caller) => self.who_called(now, caller),
            Request::SetDomain(text) => self.set_domain(now, &text),
            Request::ConfirmDomain(answer) => self.confirm_domain(answer),
            Request::LiftStop => self.lift_stop(),
            Request::StartJoin(number) => self.start_join(now, &number),
            Request::ShowNumber => self.show_number(now),
            Request::Choose(source) => self.choose(now, &source),
            Request::ListSources => self.list_sources(),
            Request::ShowSource(source) => self.show_source(now, &source),
            Request::Refuse => self.refuse(),
            Request::MoreTime => self.more_time(now),
            Request::ShowPanel => self.show_panel(),
            Request::MovePanel(corner) => self.platform.move_panel(corner),
            Request::SetPermission(permission, setting) => self.set_permission(permission, setting),
            Request::Answer { question, allow } => self.answer(question, allow),
            Request::GoOn { allow } => self.keep_going(allow),
            Request::EmergencyStop => self.emergency_stop(),
            Request::OpenReceipt(id) => self.page = Page::Receipt(id),
            Request::DeleteReceipt(id) => self.delete_receipt(&id),
            Request::ShowReceiptFile(id) => self.show_receipt_file(&id),
            Request::PrintReceipt => self.platform.print(),
            Request::SignIn { domain, login, password } => self.sign_in(&domain, login, &password),
            Request::SignOut => self.sign_out(),
            Request::NewSession => self.new_session(now),
            Request::TypeNumber(number) => self.type_number(now, &number),
            Request::ShowViewer => self.show_viewer(),
            Request::EndSession => self.end_session(),
            Request::Ask(permission, reason) => self.ask(permission, reason),
            Request::AskToShow(wish, reason) => self.ask_to_show(wish, reason),
            Request::Input(batch) => self.platform.technician(TechnicianOrder::Input(batch.0)),
            Request::SpecialKey(key) => self.special_key(now, key),
            Request::GrabKeyboard(on) => self.grab_keyboard(on),
            Request::FocusPanel => self.focus_panel(),
            Request::Desk(request) => self.desk_request(now, request),
            Request::TechnicianDesk(ask) => self.technician_desk_asked(now, ask),
            Request::OpenLink(link) => self.open_link(&link),
            Request::WindowClosed(window) => self.window_closed(window),
            Request::ShowMain => self.platform.show(Window::Main),
            Request::Quit => self.quit(),
        }
    }

    fn done(&mut self, now: &Now, outcome: Outcome) {
        match outcome {
            Outcome::CompanyFetched { serial, trust, result } => self.company_fetched(now, serial, &trust, result),
            Outcome::SignedIn { serial, result } => self.signed_in(now, serial, result),
            Outcome::Desk(outcome) => self.desk_done(now, outcome),
            Outcome::TechnicianDesk(outcome) => self.technician_desk_answered(now, outcome),
        }
    }

    fn set_language(&mut self, language: Language) {
        self.settings.language = language;
        self.platform.speak(language);
        self.save();
    }

    fn set_hotkey(&mut self, hotkey: &str) {
        // Tried even while nobody needs it: now is the time to choose another.
        let in_force = self.platform.set_hotkeys(Some(hotkey));
        if in_force.stop {
            self.settings.hotkey = hotkey.to_owned();
            self.hotkeys = Some(in_force);
            self.hotkey_refused = false;
            self.notice = None;
            self.save();
        } else {
            self.notice = Some(ErrorCode::HotkeyUnavailable);
        }
    }

    /// Has the hotkeys in force exactly while there is something to stop: a customer's session, from the number on.
    /// A technician's app, or one that only waits, keeps nobody's keys.
    fn follow_with_hotkeys(&mut self) {
        let wanted = self.customer.is_some() || self.page == Page::EnterNumber;
        if wanted && self.hotkeys.is_none() {
            let in_force = self.platform.set_hotkeys(Some(&self.settings.hotkey));
            self.hotkeys = Some(in_force);
            self.hotkey_refused = !in_force.stop;
        } else if !wanted && self.hotkeys.take().is_some() {
            self.platform.set_hotkeys(None);
        }
    }

    fn set_assistive_input(&mut self, on: bool) {
        // Said before the session, or a program started under control could say it for the customer.
        if self.customer.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        self.settings.assistive_input = on;
        self.save();
    }

    fn forget_everything(&mut self) {
        if self.customer.is_some() || self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        self.forget_technician();
        self.forget_work();
        self.forget_desk();
        self.platform.forget_web_data();
        self.settings = Settings::of_new_user(self.settings.language);
        self.hotkey_refused = false;
        if self.store.forget().is_err() {
            self.notice = Some(ErrorCode::NotSaved);
        }
        self.page = Page::Start;
    }

    fn dismiss_notice(&mut self) {
        self.notice = None;
        if let Some(customer) = &mut self.customer {
            customer.dismiss_notice();
        }
    }

    fn save(&mut self) {
        if let Err(error) = self.store.save_settings(&self.settings) {
            tracing::warn!(%error, "Settings can't be saved");
            self.notice = Some(ErrorCode::NotSaved);
        }
    }

    fn window_closed(&mut self, window: Window) {
        match window {
            // The guardian has heard of it already.
            Window::Panel if self.customer.is_some() => self.emergency_stop(),
            Window::Panel => self.dismiss_end(),
            Window::Viewer if self.technician.is_some() => self.end_session(),
            Window::Viewer => self.dismiss_end(),
            Window::Main => self.quit(),
        }
    }

    /// Leaves, unless a session runs: that is ended by its own button, and the panel stays until then.
    fn quit(&mut self) {
        let running = self.customer.as_ref().is_some_and(customer::Customer::is_active);
        if running || self.technician.as_ref().is_some_and(technician::Technician::is_active) {
            self.platform.hide(Window::Main);
        } else {
            if let Some(customer) = &mut self.customer {
                customer.cancel(&mut self.platform);
            }
            self.platform.quit();
        }
    }

    fn next_serial(&mut self) -> u32 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }

    fn answer_model(&mut self, now: &Now, wanted: ModelWanted) {
        // A page that is gone again needs no answer.
        let _ = match wanted {
            ModelWanted::Main(reply) => reply.send(self.main_view(now.moment)).is_ok(),
            ModelWanted::Panel(reply) => reply.send(self.panel_view(now.moment)).is_ok(),
            ModelWanted::Viewer(reply) => reply.send(self.viewer_view(now.moment)).is_ok(),
        };
    }

    /// Sends each model that is different from the one that was sent last, seconds aside: the page counts those.
    fn tell(&mut self, now: &Now) {
        let main = self.sent.main.take();
        if main.as_ref().is_some_and(|(then, model)| self.main_view(*then) == *model) {
            self.sent.main = main;
        } else {
            let model = self.main_view(now.moment);
            self.sent.main = Some((now.moment, model.clone()));
            self.platform.emit(Model::Main(model));
        }
        let panel = self.sent.panel.take();
        if panel.as_ref().is_some_and(|(then, model)| self.panel_view(*then) == *model) {
            self.sent.panel = panel;
        } else {
            let model = self.panel_view(now.moment);
            self.sent.panel = Some((now.moment, model.clone()));
            self.platform.emit(Model::Panel(model));
        }
        let viewer = self.sent.viewer.take();
        if viewer.as_ref().is_some_and(|(then, model)| self.viewer_view(*then) == *model) {
            self.sent.viewer = viewer;
        } else {
            let model = self.viewer_view(now.moment);
            self.sent.viewer = Some((now.moment, model.clone()));
            self.platform.emit(Model::Viewer(model));
        }
    }

    fn main_view(&self, now: Moment) -> MainView {
        let file = self.surroundings.company_file.as_ref();
        let from_file =
            file.map(|file| Company { domain: file.domain.to_string(), name: Some(file.company.to_string()) });
        let current = self
            .settings
            .current()
            .map(|company| Company { domain: company.domain.to_string(), name: Some(company.name.to_string()) });
        MainView {
            language: self.settings.language,
            company: current.or(from_file),
            notice: self.notice,
            screen: self.screen(now),
        }
    }

    fn panel_view(&self, now: Moment) -> PanelView {
        let running =
            self.customer.as_ref().and_then(|customer| customer.panel(now, self.hotkey(), self.panel_hotkey()));
        let ended = self.panel_end.as_ref().map(|end| PanelScreen::Ended { end: end.reason });
        PanelView { language: self.settings.language, screen: running.or(ended).unwrap_or(PanelScreen::Idle) }
    }

    fn viewer_view(&self, now: Moment) -> ViewerView {
        let running = self.technician.as_ref().and_then(|technician| technician.viewer(now));
        let ended = self
            .viewer_end
            .as_ref()
            .map(|end| ViewerScreen::Ended { end: end.reason, duration_seconds: seconds(end.duration) });
        ViewerView { language: self.settings.language, screen: running.or(ended).unwrap_or(ViewerScreen::Idle) }
    }

    fn panel_hotkey(&self) -> Option<&'static str> {
        self.hotkeys.filter(|in_force| in_force.panel).map(|_| PANEL_HOTKEY)
    }

    fn hotkey(&self) -> Option<&str> {
        self.hotkeys.filter(|in_force| in_force.stop).map(|_| self.settings.hotkey.as_str())
    }
}

/// Whole seconds, for the pages.
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

/// Seconds until then, rounded up.
fn remaining(until: Moment, now: Moment) -> u32 {
    seconds(until.since(now) + Duration::from_millis(999))
}
