//! What a display sees of injected input, and when.

use crate::display::{connect, root};
use anyhow::{Context as _, Result};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{ConnectionExt as _, Device, DeviceId, EventMask, XIEventMask};

/// Listens on a display until it goes. Releases don't count: the guardian makes them.
#[derive(Debug)]
pub struct Watcher {
    last: Arc<Mutex<Option<Instant>>>,
}

impl Watcher {
    /// Listens to this display.
    ///
    /// # Errors
    /// When it is gone, or knows no injected input.
    pub fn at(display: &str) -> Result<Self> {
        let connection = connect(display)?;
        connection.xinput_xi_query_version(2, 2)?.reply()?;
        let injectors = injectors(&connection)?;
        let presses = XIEventMask::RAW_KEY_PRESS | XIEventMask::RAW_BUTTON_PRESS | XIEventMask::RAW_MOTION;
        let mask = EventMask { deviceid: Device::ALL.into(), mask: vec![presses] };
        connection.xinput_xi_select_events(root(&connection)?, &[mask])?.check()?;
        let last = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&last);
        thread::spawn(move || {
            while let Ok(event) = connection.wait_for_event() {
                let now = Instant::now();
                #[allow(clippy::wildcard_enum_match_arm)] // Every event that X knows.
                let source = match event {
                    Event::XinputRawKeyPress(event) => event.sourceid,
                    Event::XinputRawButtonPress(event) => event.sourceid,
                    Event::XinputRawMotion(event) => event.sourceid,
                    _ => continue,
                };
                if injectors.contains(&source) {
                    *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                }
            }
        });
        Ok(Self { last })
    }

    /// When the last press or movement arrived that no hardware made.
    #[must_use]
    pub fn last_injected(&self) -> Option<Instant> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The devices that injected input comes from.
///
/// # Errors
/// When the display is gone, or has none.
pub(crate) fn injectors(connection: &impl x11rb::connection::Connection) -> Result<Vec<DeviceId>> {
    let devices = connection.xinput_xi_query_device(Device::ALL)?.reply()?.infos;
    let is_injector = |name: &[u8]| name.windows(5).any(|part| part == b"XTEST");
    let found: Vec<DeviceId> = devices.iter().filter(|it| is_injector(&it.name)).map(|it| it.deviceid).collect();
    (!found.is_empty()).then_some(found).context("the display has injecting devices")
}
