//! A relay, and a customer's desktop with a terminal on it: where [`crate::ends`] meet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)] // It fails a test.

use crate::display::{self, Display};
use crate::ends::{Parties, SOON};
use crate::hands::Hands;
use crate::process::{Found, Guard, with_environment};
use crate::relay::Relay;
use crate::wait::wait_until;
use crate::watcher::injectors;
use beistand_protocol::input::{Button, Input};
use beistand_session::technician::Session;
use std::ops::Deref;
use std::process::Stdio;
use x11rb::connection::Connection;
use x11rb::protocol::xinput::{ConnectionExt as _, InputStateData};
use x11rb::protocol::xproto::ConnectionExt;
use x11rb::rust_connection::RustConnection;

/// A relay, and a customer's desktop with a terminal on it.
pub struct Place {
    // In the order in which they must go.
    _terminal: Guard,
    desktop: Display,
    hands: Hands,
    _outer: Display,
    home: tempfile::TempDir,
    parties: Parties,
    /// The relay.
    pub relay: Relay,
}

impl Place {
    /// A relay of its own, a Xephyr with a German keyboard, and a terminal that writes down what it receives.
    pub async fn new() -> Self {
        Self::with(Relay::start().unwrap()).await
    }

    /// The same with this relay.
    pub async fn with(relay: Relay) -> Self {
        let home = tempfile::tempdir().unwrap();
        let outer = Display::xvfb(1024, 768).unwrap();
        let mut desktop = Display::xephyr(outer.name(), 1024, 768).unwrap();
        desktop.start_window_manager(home.path()).unwrap();
        let on_desktop = |program: &str| {
            let mut command = std::process::Command::new(program);
            command.env("DISPLAY", desktop.name()).env("HOME", home.path()).env("LC_ALL", "C.UTF-8");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        assert!(on_desktop("setxkbmap").arg("de").status().unwrap().success());
        let mut xterm = on_desktop("xterm");
        xterm.args(["-T", "terminal", "-geometry", "80x24+0+0", "-e", "sh", "-c", "stty -echo; cat > $HOME/received"]);
        let terminal = Guard::start(&mut xterm).unwrap();
        wait_until("the terminal", SOON, || Ok(!desktop.windows("terminal")?.is_empty())).unwrap();
        let hands = Hands::new(outer.name(), (0, 0)).unwrap();
        let parties = Parties::meet(&relay, &desktop).await;
        Self { _terminal: terminal, desktop, hands, _outer: outer, home, parties, relay }
    }

    /// The inside of the terminal, in its frame.
    pub fn terminal(&self) -> display::Place {
        self.desktop.windows("terminal").unwrap().pop().expect("a terminal")
    }

    /// Another program on the desktop.
    pub fn connect(&self) -> RustConnection {
        self.desktop.connect().unwrap()
    }

    /// Has the technician click into the terminal.
    pub async fn click_into_terminal(&self, session: &Session) {
        session.input(Input::PointerTo { x: 200, y: 200 }).await;
        for pressed in [true, false] {
            session.input(Input::Button { button: Button::Left, pressed }).await;
        }
    }

    /// Waits until the terminal received exactly this.
    pub async fn terminal_received(&self, expected: &str) {
        let outcome = wait_until("the terminal's text", SOON, || Ok(self.received() == expected));
        assert!(outcome.is_ok(), "the shell received {:?} and not {expected:?}", self.received());
    }

    /// What the terminal received.
    pub fn received(&self) -> String {
        std::fs::read_to_string(self.home.path().join("received")).unwrap_or_default()
    }

    /// The customer's own hands on the keyboard.
    pub fn customer_types(&self, text: &str) {
        self.hands.type_text(text).unwrap();
    }

    fn keys_down(&self) -> usize {
        ones(&self.connect().query_keymap().unwrap().reply().unwrap().keys)
    }

    fn down(&self) -> usize {
        let connection = self.connect();
        let root = connection.setup().roots.first().unwrap().root;
        let mask = u16::from(connection.query_pointer(root).unwrap().reply().unwrap().mask);
        let buttons = (mask >> 8) & 0x1f;
        self.keys_down() + buttons.count_ones() as usize
    }

    /// What the devices have down that injected input comes from, whatever becomes of it on its way to a program.
    fn injected_down(&self) -> usize {
        let connection = self.connect();
        connection.xinput_xi_query_version(2, 2).unwrap().reply().unwrap();
        let down = |device: u16| -> usize {
            let state = connection.xinput_query_device_state(device.try_into().unwrap()).unwrap().reply().unwrap();
            let of_class = |data: &InputStateData| match data {
                InputStateData::Key(keys) => ones(&keys.keys),
                InputStateData::Button(buttons) => ones(&buttons.buttons),
                InputStateData::Valuator(_) | InputStateData::InvalidValue(_) => 0,
            };
            state.classes.iter().map(|class| of_class(&class.data)).sum()
        };
        injectors(&connection).unwrap().into_iter().map(down).sum()
    }

    /// Waits until so many keys and buttons are down.
    pub async fn are_down(&self, count: usize) {
        wait_until("the keys and buttons", SOON, || Ok(self.down() == count)).unwrap();
    }

    /// The workers that show this desktop.
    pub fn workers(&self) -> Vec<u32> {
        let on_desktop = with_environment(&format!("DISPLAY={}", self.desktop.name()));
        let worker = |process: &Found| process.command.ends_with("/worker");
        on_desktop.into_iter().filter(worker).map(|process| process.id).collect()
    }

    /// A terminal that never rests.
    pub fn busy_screen(&self) -> Guard {
        let script = "while :; do head -c 300 /dev/urandom | base64; done";
        let mut xterm = std::process::Command::new("xterm");
        xterm.args(["-geometry", "120x40+0-0", "-e", "sh", "-c", script]).env("DISPLAY", self.desktop.name());
        Guard::start(&mut xterm).unwrap()
    }

    /// The process of the desktop's window manager.
    pub fn window_manager(&self) -> u32 {
        self.desktop.window_manager().expect("there is one")
    }

    /// No key is down, and no button.
    ///
    /// A window manager that decides on a click holds back all that mice do meanwhile, so the display counts a button as
    /// down until that program has had its turn. What injected it has let go at once.
    pub fn nothing_is_down(&self) {
        assert_eq!(self.injected_down(), 0, "what was injected is still down");
        assert_eq!(self.keys_down(), 0, "keys are still down");
        let outcome = wait_until("the buttons", SOON, || Ok(self.down() == 0));
        assert!(outcome.is_ok(), "{} buttons are still down", self.down());
    }
}

fn ones(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| byte.count_ones() as usize).sum()
}

impl Deref for Place {
    type Target = Parties;

    fn deref(&self) -> &Parties {
        &self.parties
    }
}
