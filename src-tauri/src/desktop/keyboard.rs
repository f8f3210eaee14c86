//! The technician's whole keyboard for the viewer, also the keys that the desktop uses itself: a keyboard grab.
//!
//! Only on X11, and only while the viewer has the focus: a thread looks where the focus is and gives the keyboard
//! back as soon as it is elsewhere. Keys that the display server keeps for itself (Ctrl+Alt+F1) never come.

use crate::controller::{Event, TechnicianNews};
use crate::shell::Shell;
use crate::view::Grab;
use gtk::gdk;
use gtk::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;
use tauri::{AppHandle, WebviewWindow};
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// How often it is looked where the focus is.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Takes the keyboard and gives it back.
#[derive(Clone)]
pub(super) struct WholeKeyboard {
    app: AppHandle,
    shell: Shell,
    /// Which taking counts: each giving back, and each new taking, makes it another one.
    turn: Arc<AtomicU64>,
}

impl WholeKeyboard {
    pub(super) fn new(app: AppHandle, shell: Shell) -> Self {
        Self { app, shell, turn: Arc::default() }
    }

    /// Takes the keyboard for this window, or gives it back; tells the session of this serial how it stands.
    pub(super) fn set(&self, viewer: Option<WebviewWindow>, serial: u32) {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst) + 1;
        let this = self.clone();
        // GTK speaks on its own thread only.
        let done = self.app.run_on_main_thread(move || {
            let grab = match viewer {
                Some(viewer) => this.take(&viewer, serial, turn),
                None => {
                    ungrab();
                    Grab::Off
                }
            };
            this.tell(serial, grab);
        });
        if let Err(error) = done {
            tracing::warn!(%error, "The keyboard can't be taken");
        }
    }

    fn tell(&self, serial: u32, grab: Grab) {
        self.shell.tell(Event::Technician(serial, TechnicianNews::Grab(grab)));
    }

    fn take(&self, viewer: &WebviewWindow, serial: u32, turn: u64) -> Grab {
        // Elsewhere than on X nobody would tell us that the focus is gone.
        let Some((connection, focus)) = focus_of_display() else { return Grab::NotPossible };
        if super::windows::x_window(viewer).is_none() {
            return Grab::NotPossible;
        }
        let window = viewer.gtk_window().ok().and_then(|window| window.window());
        let Some((window, seat)) = window.and_then(|window| Some((window.clone(), window.display().default_seat()?)))
        else {
            return Grab::NotPossible;
        };
        let status = seat.grab(&window, gdk::SeatCapabilities::KEYBOARD, true, None, None, None);
        if status != gdk::GrabStatus::Success {
            return Grab::Refused;
        }
        let this = self.clone();
        let watch = move || this.watch(&connection, focus, serial, turn);
        match thread::Builder::new().name("keyboard".into()).spawn(watch) {
            Ok(_) => Grab::On,
            Err(error) => {
                tracing::warn!(%error, "No thread to watch the focus");
                ungrab();
                Grab::Refused
            }
        }
    }

    /// Gives the keyboard back when the focus goes away.
    fn watch(&self, connection: &RustConnection, focus: u32, serial: u32, turn: u64) {
        while self.turn.load(Ordering::SeqCst) == turn {
            if focus_on(connection) != Some(focus) {
                let (this, shell_side) = (self.clone(), self.app.clone());
                let _ = shell_side.run_on_main_thread(move || {
                    // Somebody may have taken it anew in the meantime.
                    if this.turn.load(Ordering::SeqCst) == turn {
                        ungrab();
                        this.tell(serial, Grab::Off);
                    }
                });
                return;
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

fn ungrab() {
    if let Some(seat) = gdk::Display::default().and_then(|display| display.default_seat()) {
        seat.ungrab();
    }
}

/// A connection to the display, and which window has the keyboard there.
fn focus_of_display() -> Option<(RustConnection, u32)> {
    let (connection, _) = x11rb::connect(None).ok()?;
    let focus = focus_on(&connection)?;
    Some((connection, focus))
}

fn focus_on(connection: &RustConnection) -> Option<u32> {
    Some(connection.get_input_focus().ok()?.reply().ok()?.focus)
}
