//! What the commands, the tray, the hotkey and the windows can reach: the controller's inbox and the stop switch.

use crate::commands;
use crate::controller::Event;
use crate::desktop::proof::Painted;
use crate::request::Request;
use crate::stop_switch::StopSwitch;
use crate::view::{CommandError, CursorShape, FileBytes};
use beistand_protocol::close::CloseReason;
use beistand_session::technician::Session;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

/// Shared by everything that runs in this process.
#[derive(Clone)]
pub(crate) struct Shell {
    events: mpsc::Sender<Event>,
    pub(crate) switch: StopSwitch,
    pub(crate) painted: Painted,
    cursor: Arc<Mutex<Option<CursorShape>>>,
    desk_picture: Arc<Mutex<Option<FileBytes>>>,
    slot: Arc<Mutex<Slot>>,
}

impl Shell {
    pub(crate) fn new(events: mpsc::Sender<Event>) -> Self {
        Self {
            events,
            switch: StopSwitch::default(),
            painted: Painted::default(),
            cursor: Arc::default(),
            desk_picture: Arc::default(),
            slot: Arc::default(),
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

    /// The picture of the customer's own screen that was taken last.
    pub(crate) fn desk_picture(&self) -> Option<FileBytes> {
        self.desk_picture.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_desk_picture(&self, picture: Option<FileBytes>) {
        *self.desk_picture.lock().unwrap_or_else(PoisonError::into_inner) = picture;
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

    /// The technician wants this session; it begins when key and certificate are there.
    pub(crate) fn want_session(&self, serial: u32) {
        *self.slot() = Slot { wanted: Some(serial), ..Slot::default() };
    }

    /// Begins the session, unless it was given up in the meantime.
    pub(crate) fn begin_session(&self, serial: u32, begin: impl FnOnce() -> Session) {
        let mut slot = self.slot();
        if slot.wanted == Some(serial) {
            slot.session = Some(begin());
        }
    }

    /// The session is over, or not wanted any more.
    pub(crate) fn end_session(&self, serial: u32) {
        let mut slot = self.slot();
        if slot.wanted == Some(serial) {
            *slot = Slot::default();
        }
    }

    /// The technician's session with its serial, for its pictures and input.
    pub(crate) fn session(&self) -> Option<(u32, Session)> {
        let slot = self.slot();
        Some((slot.wanted?, slot.session.clone()?))
    }

    /// Whether the picture had another size until now.
    pub(crate) fn is_new_size(&self, width: u32, height: u32) -> bool {
        std::mem::replace(&mut self.slot().size, (width, height)) != (width, height)
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The technician's session, from the wish for it to its end.
#[derive(Default)]
struct Slot {
    wanted: Option<u32>,
    session: Option<Session>,
    size: (u32, u32),
}
