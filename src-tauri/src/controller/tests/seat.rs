//! A controller with a stand-in for the rest of the world, and shorthand for what happens to it.

use super::*;
use crate::view::SpecialReport;

/// A controller, its world and its time.
pub(super) struct Seat {
    pub(super) controller: Controller<World>,
    now: Now,
    _folder: tempfile::TempDir,
}

impl Seat {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World { hardware: true, ..World::default() };
        let store = Store::new(folder.path());
        let controller = Controller::new(world, store, Settings::default(), Surroundings::default());
        let now = Now { moment: Moment::at(1000 * SECOND), wall: jiff::Zoned::now() };
        Self { controller, now, _folder: folder }
    }

    /// The same computer after the app was killed.
    pub(super) fn again(self) -> Self {
        let Self { controller, now, _folder } = self;
        let (store, settings) = (controller.store.clone(), controller.settings.clone());
        let world = World { hardware: true, ..World::default() };
        let controller = Controller::new(world, store, settings, Surroundings::default());
        Self { controller, now, _folder }
    }

    /// A customer whose company is known.
    pub(super) fn known() -> Self {
        let mut seat = Self::new();
        let known = known_company();
        seat.controller.settings.current = Some(known.domain.clone());
        seat.controller.settings.remember(known);
        seat
    }

    pub(super) fn technician() -> Self {
        let mut seat = Self::new();
        seat.controller.settings.technician = Some(saved_technician());
        seat
    }

    pub(super) fn asked() -> Self {
        Self::known().into_asked()
    }

    pub(super) fn into_asked(mut self) -> Self {
        self.ask(Request::StartJoin(number()));
        self.report(Report::BurnToken(BurnToken::new([1; 32])));
        self.report(Report::Stage(Stage::Confirming));
        let technician =
            TechnicianName { name: "Anna Weber".parse().unwrap(), company: "Musterfirma GmbH".parse().unwrap() };
        let monitor = |id, x, primary| Monitor {
            id,
            name: format!("HDMI-{id}"),
            rect: Rect { x, y: 0, width: 1920, height: 1080 },
            primary,
            scale_percent: 100,
        };
        let monitors = vec![monitor(1, 0, false), monitor(2, 1920, true)];
        let windows = vec![window(7, "Rechnung.ods"), window(8, "Kontoauszug")];
        self.report(Report::WhoIsThere { technician, digits: 71, monitors, windows, seconds_left: 60 });
        self
    }

    pub(super) fn active() -> Self {
        Self::asked().into_active_from_asked()
    }

    pub(super) fn into_active(self) -> Self {
        self.into_asked().into_active_from_asked()
    }

    pub(super) fn into_active_from_asked(mut self) -> Self {
        self.ask(Request::Choose("1".into()));
        self.proof(PanelProof::Seen);
        self.report(Report::Active);
        self.apply(Permission::SeeScreen, Setting::On);
        self.worker();
        self
    }

    pub(super) fn give(&mut self, event: Event) {
        self.controller.handle(&self.now, event);
    }

    pub(super) fn ask(&mut self, request: Request) {
        self.give(Event::Request(request));
    }

    pub(super) fn report(&mut self, report: Report) {
        let serial = self.controller.serial;
        self.give(Event::Worker(serial, guardian::Event::Report(report)));
    }

    pub(super) fn question(&mut self, question: u32) {
        let reason = Reason::try_from("Drucker".to_owned()).unwrap();
        self.report(Report::Question { question, permission: Permission::Control, reason, seconds_left: 30 });
    }

    pub(super) fn apply(&mut self, permission: Permission, setting: Setting) {
        let mut grants = offered();
        grants.set(Permission::SeeScreen, Setting::On);
        grants.set(permission, setting);
        self.report(Report::Applied { revision: 0, grants });
    }

    pub(super) fn stopped(&mut self, reason: CloseReason) {
        let stopped = Stopped { reason, reaped_after: SECOND, released_after: SECOND, released: 2, still_held: 0 };
        let serial = self.controller.serial;
        self.give(Event::Worker(serial, guardian::Event::Stopped(stopped)));
    }

    pub(super) fn proof(&mut self, proof: PanelProof) {
        let serial = self.controller.serial;
        self.give(Event::Proof(serial, proof));
    }

    pub(super) fn news(&mut self, news: TechnicianNews) {
        let serial = self.controller.serial;
        self.give(Event::Technician(serial, news));
    }

    pub(super) fn fetched(&mut self, result: Result<Fetched, ErrorCode>) {
        let Some(Job::FetchCompany { serial, trust }) = self.controller.platform.jobs.pop() else { panic!() };
        self.give(Event::Done(Outcome::CompanyFetched { serial, trust, result }));
    }

    pub(super) fn signed_in(&mut self, result: Result<SavedTechnician, ErrorCode>) {
        let Some(Job::SignIn { serial, .. }) = self.controller.platform.jobs.pop() else { panic!() };
        self.give(Event::Done(Outcome::SignedIn { serial, result }));
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now.moment = self.now.moment + time;
        self.give(Event::Tick);
    }

    pub(super) fn moment(&self) -> Moment {
        self.now.moment
    }

    pub(super) fn main(&self) -> MainView {
        self.controller.main_view(self.now.moment)
    }

    pub(super) fn screen(&self) -> MainScreen {
        self.main().screen
    }

    pub(super) fn panel(&self) -> PanelScreen {
        self.controller.panel_view(self.now.moment).screen
    }

    pub(super) fn panel_notice(&self) -> Option<ErrorCode> {
        match self.panel() {
            PanelScreen::Running { notice, .. } => notice,
            PanelScreen::Idle | PanelScreen::Ended { .. } => panic!("no session"),
        }
    }

    pub(super) fn state_of(&self, permission: view::Permission) -> PermissionState {
        match self.controller.viewer_view(self.now.moment).screen {
            ViewerScreen::Running { permissions, .. } => {
                permissions.iter().find(|row| row.permission == permission).unwrap().state
            }
            ViewerScreen::Idle | ViewerScreen::Ended { .. } => panic!("no session"),
        }
    }

    pub(super) fn special(&self) -> Option<SpecialReport> {
        match self.controller.viewer_view(self.now.moment).screen {
            ViewerScreen::Running { special, .. } => special,
            ViewerScreen::Idle | ViewerScreen::Ended { .. } => panic!("no session"),
        }
    }

    /// What the worker or the technician's end was told since this was last asked.
    pub(super) fn worker(&mut self) -> Vec<String> {
        std::mem::take(&mut self.controller.platform.orders)
    }

    pub(super) fn jobs(&mut self) -> Vec<&'static str> {
        let name = |job: Job| match job {
            Job::FetchCompany { .. } => "FetchCompany",
            Job::Burn { .. } => "Burn",
            Job::SignIn { .. } => "SignIn",
            Job::Desk(_) => "Desk",
            Job::TechnicianDesk(_) => "TechnicianDesk",
        };
        self.controller.platform.jobs.drain(..).map(name).collect()
    }
}

/// Stands in for the rest of the world and writes down what it was asked.
#[derive(Default)]
pub(super) struct World {
    pub(super) hardware: bool,
    pub(super) started: Vec<Command>,
    pub(super) orders: Vec<String>,
    pub(super) jobs: Vec<Job>,
    pub(super) shown: Vec<Window>,
    pub(super) models: Vec<Model>,
    pub(super) quit: bool,
    pub(super) hotkey: Option<String>,
    pub(super) focused: Vec<Window>,
    pub(super) pointed_at: Vec<Window>,
    pub(super) grabs: Vec<bool>,
    pub(super) roomy: bool,
}

impl Platform for World {
    fn start_worker(&mut self, _: u32, first: Command) -> io::Result<()> {
        self.started.push(first);
        Ok(())
    }

    fn worker(&mut self, order: WorkerOrder) {
        self.orders.push(format!("{order:?}"));
    }

    fn hardware_within(&self, time: Duration) -> bool {
        assert_eq!(time, SECOND);
        self.hardware
    }

    fn prove_panel(&mut self, _: Option<u32>) {}

    fn look_after(&mut self) -> AfterFacts {
        AfterFacts { nothing_left: true, other_remote_tools: Vec::new() }
    }

    fn start_technician(&mut self, _: u32, _: TechnicianStart) {}

    fn technician(&mut self, order: TechnicianOrder) {
        self.orders.push(format!("{order:?}"));
    }

    fn forget_web_data(&mut self) {}

    fn forget_key(&mut self, _: &SavedTechnician) {}

    fn run(&mut self, job: Job) {
        self.jobs.push(job);
    }

    fn emit(&mut self, model: Model) {
        self.models.push(model);
    }

    fn show(&mut self, window: Window) {
        self.shown.push(window);
    }

    fn hide(&mut self, _: Window) {}

    fn minimize(&mut self, _: Window) {}

    fn make_room(&mut self) {
        self.roomy = true;
    }

    fn move_panel(&mut self, _: Corner) {}

    fn print(&mut self) {}

    fn open_folder(&mut self, _: &Path) {}

    fn speak(&mut self, _: Language) {}

    fn set_hotkeys(&mut self, stop: Option<&str>) -> HotkeysInForce {
        let works = stop.is_some_and(|stop| stop != "refused");
        if works || stop.is_none() {
            self.hotkey = stop.map(str::to_owned);
        }
        HotkeysInForce { stop: works, panel: works }
    }

    fn focus(&mut self, window: Window) {
        self.focused.push(window);
    }

    fn draw_attention(&mut self, window: Window) {
        self.pointed_at.push(window);
    }

    fn grab_keyboard(&mut self, _: u32, on: bool) {
        self.grabs.push(on);
    }

    fn quit(&mut self) {
        self.quit = true;
    }
}

pub(super) fn offered() -> Grants {
    let mut grants = Grants::default();
    for permission in Permission::ALL {
        grants.set(permission, if permission.is_offered() { Setting::Ask } else { Setting::Off });
    }
    grants
}

pub(super) fn company(root: u8) -> Fetched {
    Fetched {
        domain: "help.example".parse().unwrap(),
        name: "Musterfirma GmbH".parse().unwrap(),
        root: vec![root],
        root_sha256: Fingerprint::new([root; 32]),
        slot_digits: vec![2],
        abuse: None,
    }
}

pub(super) fn known_company() -> KnownCompany {
    let trust = DomainTrust::public("help.example".parse().unwrap(), None);
    let known = KnownCompany::pin(company(7), &trust);
    assert_eq!((known.root.clone(), known.root_is_pinned_for_tls), (Bytes(vec![7]), false));
    known
}

pub(super) fn saved_technician() -> SavedTechnician {
    let (login, name) = ("anna".into(), "Anna Weber".parse().unwrap());
    SavedTechnician { company: known_company(), login, name, unkept: None }
}

pub(super) fn number() -> TypedNumber {
    let fits = |text: &String| SessionNumber::parse(text).is_ok();
    TypedNumber::new((0..10).map(|digit| format!("47291538{digit}")).find(fits).unwrap())
}

/// A window of another program.
pub(super) fn window(id: u32, title: &str) -> beistand_protocol::showing::Window {
    let program = "Soffice".to_owned().into();
    let title = title.to_owned().into();
    beistand_protocol::showing::Window { id, title, program, width: 800, height: 600, dialog: false, away: false }
}
