//! Watches what the customer's own hands do: hardware is told from injection by XInput's source device.
//!
//! It sees that something was pressed or moved, never what: no keycode leaves this file.
//! Its limit: a program that the customer's account runs can fake events of a hardware device by XTest's
//! old device interface. It hinders, it does not prevent.

use super::x11_device::{Display, OwnDevices};
use super::{CUSTOMER_FIRST, Customer, InputError};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _, EventMask, XIEventMask};
use x11rb::protocol::xproto::{
    ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask as CoreMask, Window, WindowClass,
};

/// How long a key or button that the customer holds counts as acting; a release could get lost.
const LONGEST_HOLD: Duration = Duration::from_secs(10);

/// Knows when the customer last touched mouse or keyboard; has a thread and a connection of its own.
#[derive(Debug)]
pub struct HardwareWatch {
    seen: Arc<Seen>,
    display: Arc<Display>,
    window: Window,
    thread: Option<thread::JoinHandle<()>>,
}

/// Milliseconds since `origin`, plus one; 0 for never.
#[derive(Debug)]
struct Seen {
    origin: Instant,
    anything: AtomicU64,
    press: AtomicU64,
    holds_since: AtomicU64,
    blind: AtomicBool,
    /// What is down, by device and code; only for the counting.
    down: Mutex<BTreeSet<(u16, bool, u32)>>,
}

impl HardwareWatch {
    /// Starts to watch the display called `name`, or that of the environment.
    ///
    /// # Errors
    /// [`InputError`] if the display can't be reached or can't tell hardware from injection.
    pub fn start(name: Option<&str>) -> Result<Self, InputError> {
        let display = Arc::new(Display::connect(name)?);
        let own = display.own_devices()?;
        if own.keyboards.is_empty() || own.pointers.is_empty() {
            return Err(InputError::Unsupported("XTEST devices"));
        }
        select(&display)?;
        let window = display.connection.generate_id().map_err(|error| InputError::Display(error.into()))?;
        display.connection.create_window(
            0,
            window,
            display.root,
            -1,
            -1,
            1,
            1,
            0,
            WindowClass::INPUT_ONLY,
            x11rb::COPY_FROM_PARENT,
            &CreateWindowAux::new(),
        )?;
        display.sync()?;
        let seen = Arc::new(Seen::new());
        let watch = Watch { display: Arc::clone(&display), seen: Arc::clone(&seen), own, window };
        let thread = thread::Builder::new().name("hardware watch".into()).spawn(move || watch.run());
        let thread = thread.map_err(|error| InputError::Display(error.into()))?;
        Ok(Self { seen, display, window, thread: Some(thread) })
    }

    /// Whether the customer pressed a key or a button of the hardware within the last `time`.
    ///
    /// For widening a permission: when the watch has lost its display the answer is no.
    pub fn within(&self, time: Duration) -> bool {
        !self.seen.blind.load(Ordering::SeqCst) && self.seen.since(&self.seen.press).is_some_and(|since| since <= time)
    }
}

impl Customer for HardwareWatch {
    fn acts(&self) -> bool {
        let seen = &self.seen;
        seen.blind.load(Ordering::SeqCst)
            || seen.since(&seen.anything).is_some_and(|since| since < CUSTOMER_FIRST)
            || seen.since(&seen.holds_since).is_some_and(|since| since < LONGEST_HOLD)
    }
}

impl Drop for HardwareWatch {
    fn drop(&mut self) {
        let wake = ClientMessageEvent::new(32, self.window, self.display.root, [0_u32; 5]);
        let sent = self.display.connection.send_event(false, self.window, CoreMask::NO_EVENT, wake);
        if sent.is_ok() && self.display.connection.flush().is_ok() {
            let _ = self.thread.take().map(thread::JoinHandle::join);
        }
    }
}

impl Seen {
    fn new() -> Self {
        Self {
            origin: Instant::now(),
            anything: AtomicU64::new(0),
            press: AtomicU64::new(0),
            holds_since: AtomicU64::new(0),
            blind: AtomicBool::new(false),
            down: Mutex::default(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    fn since(&self, moment: &AtomicU64) -> Option<Duration> {
        let moment = moment.load(Ordering::SeqCst);
        (moment != 0).then(|| Duration::from_millis(self.now().saturating_sub(moment)))
    }

    fn note(&self, event: Hardware) {
        let now = self.now();
        self.anything.store(now, Ordering::SeqCst);
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Hardware::Motion => return,
            Hardware::Press(what) => {
                self.press.store(now, Ordering::SeqCst);
                down.insert(what);
            }
            Hardware::Release(what) => {
                down.remove(&what);
            }
            Hardware::Replugged => down.clear(),
        }
        self.holds_since.store(if down.is_empty() { 0 } else { now }, Ordering::SeqCst);
    }
}

enum Hardware {
    Motion,
    Press((u16, bool, u32)),
    Release((u16, bool, u32)),
    Replugged,
}

struct Watch {
    display: Arc<Display>,
    seen: Arc<Seen>,
    own: OwnDevices,
    window: Window,
}

impl Watch {
    fn run(mut self) {
        loop {
            match self.display.connection.wait_for_event() {
                Ok(Event::ClientMessage(message)) if message.window == self.window => return,
                Ok(event) => {
                    if self.see(&event).is_err() {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        self.seen.blind.store(true, Ordering::SeqCst);
        tracing::error!("Lost the display, remote input waits");
    }

    fn see(&mut self, event: &Event) -> Result<(), InputError> {
        // Only events of the display and of extensions that we did not ask for end here too.
        #[allow(clippy::wildcard_enum_match_arm)]
        let (source, what) = match event {
            Event::XinputRawMotion(event) => (event.sourceid, Hardware::Motion),
            Event::XinputRawKeyPress(event) => (event.sourceid, Hardware::Press((event.sourceid, true, event.detail))),
            Event::XinputRawKeyRelease(event) => {
                (event.sourceid, Hardware::Release((event.sourceid, true, event.detail)))
            }
            Event::XinputRawButtonPress(event) => {
                (event.sourceid, Hardware::Press((event.sourceid, false, event.detail)))
            }
            Event::XinputRawButtonRelease(event) => {
                (event.sourceid, Hardware::Release((event.sourceid, false, event.detail)))
            }
            Event::XinputRawTouchBegin(event) => {
                (event.sourceid, Hardware::Press((event.sourceid, false, event.detail)))
            }
            Event::XinputRawTouchUpdate(event) => (event.sourceid, Hardware::Motion),
            Event::XinputRawTouchEnd(event) => {
                (event.sourceid, Hardware::Release((event.sourceid, false, event.detail)))
            }
            Event::XinputHierarchy(_) => {
                self.own = self.display.own_devices()?;
                self.seen.note(Hardware::Replugged);
                return Ok(());
            }
            _ => return Ok(()),
        };
        if !self.own.contains(source) {
            self.seen.note(what);
        }
        Ok(())
    }
}

fn select(display: &Display) -> Result<(), InputError> {
    let raw = XIEventMask::RAW_MOTION
        | XIEventMask::RAW_KEY_PRESS
        | XIEventMask::RAW_KEY_RELEASE
        | XIEventMask::RAW_BUTTON_PRESS
        | XIEventMask::RAW_BUTTON_RELEASE
        | XIEventMask::RAW_TOUCH_BEGIN
        | XIEventMask::RAW_TOUCH_UPDATE
        | XIEventMask::RAW_TOUCH_END;
    let masks = [
        EventMask { deviceid: xinput::Device::ALL_MASTER.into(), mask: vec![raw] },
        EventMask { deviceid: xinput::Device::ALL.into(), mask: vec![XIEventMask::HIERARCHY] },
    ];
    display.connection.xinput_xi_select_events(display.root, &masks)?.check()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_customer_acts_while_a_key_is_held_and_a_press_is_told_from_a_motion() {
        let seen = Arc::new(Seen::new());
        assert!(seen.since(&seen.press).is_none());
        seen.note(Hardware::Motion);
        assert!(seen.since(&seen.press).is_none());
        assert!(seen.since(&seen.anything).is_some());
        seen.note(Hardware::Press((7, true, 38)));
        seen.note(Hardware::Press((7, true, 50)));
        assert!(seen.since(&seen.press).is_some());
        seen.note(Hardware::Release((7, true, 38)));
        assert!(seen.since(&seen.holds_since).is_some());
        seen.note(Hardware::Release((7, true, 50)));
        assert!(seen.since(&seen.holds_since).is_none());
    }

    #[test]
    fn a_keyboard_that_is_pulled_out_holds_nothing() {
        let seen = Seen::new();
        seen.note(Hardware::Press((7, true, 38)));
        seen.note(Hardware::Replugged);
        assert!(seen.since(&seen.holds_since).is_none());
    }
}
