//! Puts the app together and runs it.

use crate::arguments::{Arguments, Call};
use crate::commands;
use crate::controller::{Controller, Event, Now, Platform, Surroundings};
use crate::desktop::{Desktop, hotkey, pictures, tray};
use crate::profile::Profile;
use crate::request::{Request, Window};
use crate::settings::Settings;
use crate::shell::Shell;
use crate::stop_switch::StopSwitch;
use crate::store::Store;
use crate::view::Language;
use anyhow::{Context, Result};
use beistand_protocol::close::CloseReason;
use beistand_protocol::rendezvous::api::CompanyFile;
use beistand_session::clock;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, thread};
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};
use tauri_plugin_global_shortcut::ShortcutState;

/// The file of the support company, beside the program.
const COMPANY_FILE: &str = "beistand.toml";
/// How long the app waits for its worker's end when it leaves.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// What the process exits with if the command line can't be followed.
const WRONG_CALL: u8 = 2;

/// The app's whole life.
pub(crate) fn main() -> ExitCode {
    let arguments = env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let arguments = match Arguments::parse(arguments) {
        Ok(Call::Run(arguments)) => arguments,
        Ok(Call::Say(text)) => {
            return match writeln!(io::stdout(), "{text}") {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        Err(error) => return wrong_call(&error),
    };
    let profile = match Profile::named(arguments.profile.as_deref()) {
        Ok(profile) => profile,
        Err(error) => return wrong_call(&error),
    };
    match run(profile, arguments.link) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn wrong_call(error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "{error}");
    ExitCode::from(WRONG_CALL)
}

fn run(profile: Profile, link: Option<String>) -> Result<()> {
    // It stays the one that is used even if another part of the program asks for a default later.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (events, inbox) = mpsc::channel();
    let shell = Shell::new(events);
    let builder = commands::builder();
    let single =
        tauri_plugin_single_instance::Builder::new().dbus_id(profile.identifier()).callback(|app, arguments, _| {
            again(app, arguments);
        });
    let shortcuts = tauri_plugin_global_shortcut::Builder::new().with_handler(|app, shortcut, event| {
        if event.state() != ShortcutState::Pressed {
            return;
        }
        let shell = app.state::<Shell>();
        // On the thread that heard the key.
        let _ =
            if hotkey::leads_to_panel(shortcut) { shell.request(Request::FocusPanel) } else { shell.emergency_stop() };
    });
    let app = tauri::Builder::default()
        .plugin(single.build())
        .plugin(shortcuts.build())
        .plugin(tauri_plugin_opener::init())
        .register_asynchronous_uri_scheme_protocol(pictures::SCHEME, pictures::answer)
        .manage(shell.clone())
        .invoke_handler(builder.invoke_handler())
        .on_window_event(window_event)
        .setup(move |app| {
            builder.mount_events(app);
            start(app.handle(), &profile, link, inbox)?;
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window system can't be used")?;
    app.run(move |_, event| {
        if let RunEvent::Exit = event {
            shell.switch.stop_and_wait(LEAVE_WITHIN);
        }
    });
    Ok(())
}

/// Starts everything that needs the running app.
fn start(app: &AppHandle, profile: &Profile, link: Option<String>, inbox: mpsc::Receiver<Event>) -> Result<()> {
    let store = Store::new(profile.folder());
    let settings = store.settings().unwrap_or_else(|| Settings::of_new_user(language_of_desktop()));
    let surroundings = Surroundings { company_file: company_file(), opens_link: link.is_some() };
    if let Err(error) = tray::install(app, settings.language) {
        tracing::warn!(%error, "No tray icon");
    }
    let mut desktop = Desktop::new(app, profile);
    desktop.show(Window::Main);
    let shell = app.state::<Shell>().inner().clone();
    let switch = shell.switch.clone();
    let controller = Controller::new(desktop, store, settings, surroundings);
    thread::Builder::new().name("controller".into()).spawn(move || run_controller(controller, &inbox, switch))?;
    if let Some(link) = link {
        let _ = shell.request(Request::OpenLink(link));
    }
    Ok(())
}

fn run_controller(mut controller: Controller<Desktop>, inbox: &mpsc::Receiver<Event>, switch: StopSwitch) {
    let _guard = NoController(switch);
    controller.handle(&Now { moment: clock::now(), wall: jiff::Zoned::now() }, Event::Started);
    loop {
        let event = match controller.deadline() {
            Some(deadline) => match inbox.recv_timeout(deadline.since(clock::now())) {
                Ok(event) => event,
                Err(mpsc::RecvTimeoutError::Timeout) => Event::Tick,
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            },
            None => match inbox.recv() {
                Ok(event) => event,
                Err(mpsc::RecvError) => return,
            },
        };
        controller.handle(&Now { moment: clock::now(), wall: jiff::Zoned::now() }, event);
    }
}

/// Without a controller nobody answers the customer: then there is no session either.
struct NoController(StopSwitch);

impl Drop for NoController {
    fn drop(&mut self) {
        self.0.stop(CloseReason::WorkerFailed);
    }
}

fn window_event(window: &tauri::Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    api.prevent_close();
    let Some(closed) = Window::of_label(window.label()) else { return };
    let shell = window.state::<Shell>();
    if closed == Window::Panel {
        // Closing the panel is NOTAUS.
        shell.switch.stop(CloseReason::Stopped);
    }
    let _ = shell.request(Request::WindowClosed(closed));
}

/// Somebody started the app again: its link is ours now.
fn again(app: &AppHandle, arguments: Vec<String>) {
    let shell = app.state::<Shell>();
    let request = match Arguments::parse(arguments.into_iter().skip(1)) {
        Ok(Call::Run(Arguments { link: Some(link), .. })) => Request::OpenLink(link),
        Ok(_) | Err(_) => Request::ShowMain,
    };
    let _ = shell.request(request);
}

fn company_file() -> Option<CompanyFile> {
    let path = env::current_exe().ok()?.with_file_name(COMPANY_FILE);
    read_company_file(&path)
}

fn read_company_file(path: &Path) -> Option<CompanyFile> {
    let text = fs::read_to_string(path).ok()?;
    match toml::from_str(&text) {
        Ok(file) => Some(file),
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "This file can't be read");
            None
        }
    }
}

fn language_of_desktop() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    match locale {
        Some(locale) if !locale.starts_with("de") => Language::English,
        Some(_) | None => Language::German,
    }
}
