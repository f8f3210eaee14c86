//! What the commands, the tray, the hotkey and the windows can reach: the controller's inbox and the stop switch.

use crate::commands;
use crate::controller::Event;
use crate::desktop::proof::Painted;
use crate::request::Request;
use crate::stop_switch::StopSwitch;
use crate::view::{CommandError, CursorShape};
use beistand_protocol::close::CloseReason;
use beistand_session::technician::Session;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// Shared by everything that runs in this process.
#[derive(Clone)]
pub(crate) struct Shell {
    events: mpsc::Sender<Event>,
    pub(crate) switch: StopSwitch,
    pub(crate) painted: Painted,
    cursor: Arc<Mutex<Option<CursorShape>>>,
    session: Arc<Mutex<Option<(u32, Session)>>>,
    size: Arc<Mutex<(u32, u32)>>,
}

impl Shell {
    pub(crate) fn new(events: mpsc::Sender<Event>) -> Self {
        Self {
            events,
            switch: StopSwitch::default(),
            painted: Painted::default(),
            cursor: Arc::default(),
            session: Arc::default(),
            size: Arc::default(),
        }
    }

    /// Hands the controller an event. It is only gone when the app is leaving.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub(crate) fn request(&self, request: Request) -> Result<(), CommandError> {
        self.events.send(Event::Request(request)).map_err(|_| commands::gone())
    }

    /// NOTAUS: first the stop thread, then everybody else.
    pub(crate) fn emergency_stop(&self) -> Result<(), CommandError> {
        self.switch.stop(CloseReason::Stopped);
        self.request(Request::EmergencyStop)
    }

    pub(crate) fn mark_painted(&self, serial: u32) {
        self.painted.note(serial);
    }

    pub(crate) fn cursor(&self) -> Option<CursorShape> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_cursor(&self, cursor: Option<CursorShape>) {
        *self.cursor.lock().unwrap_or_else(PoisonError::into_inner) = cursor;
    }

    /// The technician's session with its serial, for its pictures and input.
    pub(crate) fn session(&self) -> Option<(u32, Session)> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_session(&self, session: Option<(u32, Session)>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
        *self.size.lock().unwrap_or_else(PoisonError::into_inner) = (0, 0);
    }

    /// Whether the picture had another size until now.
    pub(crate) fn is_new_size(&self, width: u32, height: u32) -> bool {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *size, (width, height)) != (width, height)
    }
}
