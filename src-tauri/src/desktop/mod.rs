//! The desktop under the controller: windows, tray, hotkey, the worker's guardian, the technician's end, jobs.

pub(crate) mod after;
#[cfg(target_os = "linux")]
mod drops;
pub(crate) mod hotkey;
mod jobs;
mod keyboard;
pub(crate) mod linux;
pub(crate) mod pictures;
pub(crate) mod proof;
mod proof_x11;
pub(crate) mod secrets;
mod technician;
pub(crate) mod tray;
mod windows;

use crate::controller::{
    AfterFacts, Event, HotkeysInForce, Job, Model, PanelProof, Platform, TechnicianOrder, TechnicianStart, WorkerOrder,
};
use crate::profile::Profile;
use crate::request::Window;
use crate::settings::SavedTechnician;
use crate::shell::Shell;
use crate::view::{Corner, Language};
use beistand_session::guardian::{Guardian, Program};
use beistand_session::input::HardwareWatch;
use beistand_session::pipe::Command;
use jobs::Jobs;
use proof::Proof;
use proof_x11::X11Screen;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, Manager};
use tauri_plugin_opener::OpenerExt;
use tauri_specta::Event as _;
use windows::Windows;

/// The desktop.
pub(crate) struct Desktop {
    app: AppHandle,
    shell: Shell,
    windows: Windows,
    jobs: Jobs,
    hardware: Option<HardwareWatch>,
    proof: Option<Proof>,
    orders: Option<technician::Orders>,
    keyboard: keyboard::WholeKeyboard,
    before: after::Before,
}

impl Desktop {
    pub(crate) fn new(app: &AppHandle, profile: &Profile) -> Self {
        let shell = app.state::<Shell>().inner().clone();
        let hardware = HardwareWatch::start(None);
        if let Err(error) = &hardware {
            // Then nothing can be widened, unless the customer said that they work with other input.
            tracing::warn!(%error, "Hardware can't be told from programs");
        }
        Self {
            app: app.clone(),
            windows: Windows::new(app.clone(), profile.clone()),
            jobs: Jobs::new(shell.clone(), profile.clone()),
            keyboard: keyboard::WholeKeyboard::new(app.clone(), shell.clone()),
            shell,
            hardware: hardware.ok(),
            proof: None,
            orders: None,
            before: after::Before::default(),
        }
    }

    /// Tells the worker which windows are ours.
    fn tell_own_windows(&self) {
        let others = [Window::Main, Window::Viewer].into_iter().filter_map(|window| self.windows.x_window(window));
        let own = Command::OwnWindows { panel: self.windows.x_window(Window::Panel), others: others.collect() };
        self.shell.switch.send(own);
    }

    fn start_proof(&self, session: u32) -> Result<Proof, Box<dyn std::error::Error>> {
        let panel = self.windows.window(Window::Panel).ok_or("no panel")?;
        let screen = X11Screen::connect(windows::x_window(&panel).ok_or("no X window")?, panel.scale_factor()?)?;
        Ok(Proof::start(self.app.clone(), session, screen)?)
    }
}

impl Platform for Desktop {
    fn start_worker(&mut self, serial: u32, first: Command) -> io::Result<()> {
        self.before = after::Before::look();
        let shell = self.shell.clone();
        let tell = move |event| shell.tell(Event::Worker(serial, event));
        let guardian = Guardian::start(Program::worker()?, first, tell)?;
        self.shell.switch.set(Some(Arc::new(guardian)));
        // Loaded by the time it is needed.
        self.windows.window(Window::Panel);
        self.tell_own_windows();
        Ok(())
    }

    fn worker(&mut self, order: WorkerOrder) {
        let Some(guardian) = self.shell.switch.guardian() else { return };
        match order {
            WorkerOrder::Send(command) => guardian.send(command),
            WorkerOrder::Set(permission, setting) => guardian.set(permission, setting),
            WorkerOrder::Answer { question, allow } => guardian.answer(question, allow),
            WorkerOrder::Show(share) => guardian.show(share),
            WorkerOrder::Finish(reason) => guardian.finish(reason),
            WorkerOrder::Stop(reason) => guardian.stop(reason),
        }
    }

    fn hardware_within(&self, time: Duration) -> bool {
        self.hardware.as_ref().is_some_and(|hardware| hardware.within(time))
    }

    fn prove_panel(&mut self, session: Option<u32>) {
        self.proof = None;
        let Some(session) = session else { return };
        self.tell_own_windows();
        match self.start_proof(session) {
            Ok(proof) => self.proof = Some(proof),
            Err(error) => {
                tracing::error!(%error, "The panel can't be proven");
                self.shell.tell(Event::Proof(session, PanelProof::Lost));
            }
        }
    }

    fn look_after(&mut self) -> AfterFacts {
        self.shell.switch.set(None);
        after::look(&self.before)
    }

    fn start_technician(&mut self, serial: u32, start: TechnicianStart) {
        self.windows.window(Window::Viewer);
        self.shell.want_session(serial);
        self.shell.set_cursor(None);
        self.orders = Some(technician::Orders::start(self.shell.clone(), serial));
        let news = technician::teller(self.app.clone(), self.shell.clone(), serial);
        self.jobs.start_technician(serial, start, news);
    }

    fn technician(&mut self, order: TechnicianOrder) {
        if let Some(orders) = &self.orders {
            orders.give(order);
        }
    }

    fn forget_web_data(&mut self) {
        if let Some(main) = self.windows.window(Window::Main) {
            let _ = main.clear_all_browsing_data();
        }
    }

    fn forget_key(&mut self, technician: &SavedTechnician) {
        self.jobs.forget_key(technician);
    }

    fn run(&mut self, job: Job) {
        self.jobs.run(job);
    }

    fn emit(&mut self, model: Model) {
        // A window that is not there yet asks for its model when it comes.
        let _ = match model {
            Model::Main(model) => model.emit_to(&self.app, Window::Main.label()),
            Model::Panel(model) => model.emit_to(&self.app, Window::Panel.label()),
            Model::Viewer(model) => model.emit_to(&self.app, Window::Viewer.label()),
        };
    }

    fn show(&mut self, window: Window) {
        self.windows.show(window);
        self.tell_own_windows();
    }

    fn hide(&mut self, window: Window) {
        self.windows.hide(window);
    }

    fn minimize(&mut self, window: Window) {
        self.windows.minimize(window);
    }

    fn make_room(&mut self) {
        self.windows.make_room();
    }

    fn move_panel(&mut self, corner: Corner) {
        self.windows.move_panel(corner);
    }

    fn print(&mut self) {
        if let Some(main) = self.windows.window(Window::Main) {
            let _ = main.print();
        }
    }

    fn open_folder(&mut self, folder: &Path) {
        let _ = self.app.opener().open_path(folder.display().to_string(), None::<&str>);
    }

    fn speak(&mut self, language: Language) {
        tray::speak(&self.app, language);
    }

    fn set_hotkeys(&mut self, stop: Option<&str>) -> HotkeysInForce {
        match stop {
            Some(stop) => hotkey::set(&self.app, stop),
            None => hotkey::clear(&self.app),
        }
    }

    fn focus(&mut self, window: Window) {
        self.windows.focus(window);
    }

    fn draw_attention(&mut self, window: Window) {
        self.windows.draw_attention(window);
    }

    fn grab_keyboard(&mut self, serial: u32, on: bool) {
        let viewer = self.windows.window(Window::Viewer);
        self.keyboard.set(viewer.filter(|_| on), serial);
    }

    fn quit(&mut self) {
        self.app.exit(0);
    }
}
