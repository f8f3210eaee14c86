//! A technician's hands on a display, without a network between.

use anyhow::{Context, Result};
use beistand_protocol::input::{Button, Dropped, Hold, HoldNews, Input, Key, NamedKey, Text};
use beistand_protocol::permission::{Epoch, Gate, Grants, Permission, Setting};
use beistand_session::input::x11::Hands;
use beistand_session::input::{Aim, Area, Customer, InputThread, Ledger, Outcome, OwnWindows, Report, Target};
use beistand_tests::display::{Display, root};
use beistand_tests::process::Guard;
use beistand_tests::wait::{wait_for, wait_until};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, InputFocus, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A customer who never touches anything.
pub(crate) struct Away;
impl Customer for Away {
    fn acts(&self) -> bool {
        false
    }
}

/// The technician's hands on a display, with everything between them and the machine but the network.
pub(crate) struct Technician {
    pub(crate) input: InputThread,
    pub(crate) gate: Arc<Gate>,
    pub(crate) grants: Grants,
    pub(crate) aim: Aim,
    pub(crate) own: OwnWindows,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) news: Arc<Mutex<Vec<HoldNews>>>,
    reports: Receiver<Report>,
    number: AtomicU32,
}

impl Technician {
    /// Hands with *control* granted and the whole display shared.
    pub(crate) fn at(display: &Display, customer: Arc<dyn Customer>) -> Result<Self> {
        let news = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&news);
        let ledger = Ledger::new(move |news| {
            told.lock().unwrap().push(news);
            Ok(())
        });
        let (aim, own) = (Aim::nowhere(), OwnWindows::default());
        let (width, height) = display.size();
        aim.set(Some(Target::Area(Area { x: 0, y: 0, width: width.into(), height: height.into() })));
        let hands = Hands::connect(Some(display.name()), Arc::clone(&ledger), aim.clone(), own.clone())?;
        let gate = Arc::new(Gate::closed());
        let (send, reports) = channel();
        let report = move |report| {
            let _ = send.send(report);
        };
        let input = InputThread::start(Box::new(hands), Arc::clone(&gate), customer, report)?;
        let mut technician =
            Self { input, gate, grants: Grants::default(), aim, own, ledger, news, reports, number: AtomicU32::new(0) };
        technician.set_control(Setting::On);
        Ok(technician)
    }

    pub(crate) fn set_control(&mut self, setting: Setting) {
        self.grants.set(Permission::Control, setting);
        self.gate.apply(&self.grants);
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.grants.live(Permission::Control).unwrap_or_default()
    }

    /// Sends without waiting.
    pub(crate) fn send(&self, input: Input) -> u32 {
        let number = self.number.fetch_add(1, Ordering::SeqCst) + 1;
        self.input.push(self.epoch(), number, input);
        number
    }

    /// Sends and waits for what became of it.
    pub(crate) fn act(&self, input: Input) -> Result<Outcome> {
        let number = self.send(input);
        self.outcome(number)
    }

    /// What became of the input with this number.
    pub(crate) fn outcome(&self, number: u32) -> Result<Outcome> {
        loop {
            match self.reports.recv_timeout(LONG).context("no report")? {
                Report::Carried(carried, outcome) if carried == number => return Ok(outcome),
                Report::Carried(..) | Report::Chord(_) => {}
                Report::Broken(error) => return Err(error.into()),
            }
        }
    }

    /// Whether the technician is told that the chord with this number was carried out.
    pub(crate) fn hears_of_chord(&self, number: u32) -> Result<bool> {
        loop {
            match self.reports.recv_timeout(LONG).context("no report")? {
                Report::Chord(carried) => return Ok(carried == number),
                Report::Carried(carried, _) if carried == number => return Ok(false),
                Report::Carried(..) => {}
                Report::Broken(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn key(&self, key: Key, pressed: bool) -> Result<Outcome> {
        self.act(Input::Key { key, pressed })
    }

    pub(crate) fn named(&self, named: NamedKey, pressed: bool) -> Result<Outcome> {
        self.key(Key::Named(named), pressed)
    }

    /// Presses and releases the key of a character.
    pub(crate) fn tap(&self, character: char) -> Result<Outcome> {
        let outcome = self.key(Key::Character(character), true)?;
        self.key(Key::Character(character), false)?;
        Ok(outcome)
    }

    pub(crate) fn text(&self, text: &str) -> Result<Outcome> {
        self.act(Input::Text(Text::new(text)?))
    }

    pub(crate) fn point(&self, x: u16, y: u16) -> Result<Outcome> {
        self.act(Input::PointerTo { x, y })
    }

    pub(crate) fn button(&self, pressed: bool) -> Result<Outcome> {
        self.act(Input::Button { button: Button::Left, pressed })
    }

    pub(crate) fn click(&self, x: u16, y: u16) -> Result<Outcome> {
        self.point(x, y)?;
        let outcome = self.button(true)?;
        self.button(false)?;
        Ok(outcome)
    }
}

pub(crate) const OWN: Outcome = Outcome::Dropped(Dropped::OwnWindow);

/// A terminal whose program writes to a file what it reads.
pub(crate) struct Terminal {
    folder: TempDir,
    _xterm: Guard,
}

impl Terminal {
    /// Opens it in the upper left corner and waits until it listens.
    pub(crate) fn open(display: &Display) -> Result<Self> {
        Self::running(display, "stty -icanon -echo min 1; touch ready; exec cat > heard")
    }

    pub(crate) fn running(display: &Display, script: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new("xterm");
        command.args(["-u8", "-geometry", "80x24+0+0", "-title", "Terminal", "-e", "sh", "-c", script]);
        command.env("DISPLAY", display.name()).env("LC_ALL", "C.UTF-8").current_dir(folder.path());
        let xterm = Guard::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
        let terminal = Self { folder, _xterm: xterm };
        wait_until("the terminal", LONG, || Ok(terminal.path("ready").exists()))?;
        Ok(terminal)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }

    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.path("heard")).unwrap_or_default()).into_owned()
    }

    /// Waits until the program has read as many characters and gives all that it has read.
    pub(crate) fn hear(&self, characters: usize) -> Result<String> {
        wait_until("what was typed", Duration::from_secs(5), || Ok(self.heard().chars().count() >= characters))
            .or_else(|_| anyhow::Ok(()))?;
        Ok(self.heard())
    }
}

/// Waits until the window manager, if there is one, has given the keyboard to a window.
pub(crate) fn wait_for_focus(display: &Display) -> Result<()> {
    let connection = display.connect()?;
    let root = root(&connection)?;
    let active = connection.intern_atom(false, b"_NET_ACTIVE_WINDOW")?.reply()?.atom;
    let check = connection.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK")?.reply()?.atom;
    let read = |atom| -> Result<u32> {
        let property = connection.get_property(false, root, atom, AtomEnum::WINDOW, 0, 1)?.reply()?;
        Ok(property.value32().and_then(|mut values| values.next()).unwrap_or_default())
    };
    if read(check)? == 0 {
        return Ok(());
    }
    wait_until("the focus", LONG, || {
        let window = read(active)?;
        Ok(window != 0 && connection.get_input_focus()?.reply()?.focus == window)
    })
}

/// Sets the keyboard's layout as a customer would have.
pub(crate) fn set_layout(display: &Display, layout: &[&str]) -> Result<()> {
    let status = Command::new("setxkbmap").args(layout).env("DISPLAY", display.name()).status()?;
    anyhow::ensure!(status.success(), "setxkbmap");
    Ok(())
}

/// A window that counts what it gets.
pub(crate) struct Plain {
    pub(crate) connection: RustConnection,
    pub(crate) root: Window,
    pub(crate) window: Window,
}

impl Plain {
    pub(crate) fn open(display: &Display, (x, y): (i16, i16), (width, height): (u16, u16)) -> Result<Self> {
        let connection = display.connect()?;
        let root = root(&connection)?;
        let window = Self::create(&connection, root, (x, y), (width, height))?;
        Ok(Self { connection, root, window })
    }

    pub(crate) fn create(
        connection: &RustConnection,
        parent: Window,
        (x, y): (i16, i16),
        (width, height): (u16, u16),
    ) -> Result<Window> {
        let window = connection.generate_id()?;
        let events = EventMask::BUTTON_PRESS | EventMask::BUTTON_RELEASE | EventMask::KEY_PRESS;
        let aux = CreateWindowAux::new().event_mask(events);
        connection.create_window(0, window, parent, x, y, width, height, 0, WindowClass::INPUT_OUTPUT, 0, &aux)?;
        connection.map_window(window)?;
        connection.get_input_focus()?.reply()?;
        wait_until("the window", LONG, || {
            let attributes = connection.get_window_attributes(window)?.reply()?;
            Ok(attributes.map_state == x11rb::protocol::xproto::MapState::VIEWABLE)
        })?;
        Ok(window)
    }

    pub(crate) fn focus(&self) -> Result<()> {
        self.connection.set_input_focus(InputFocus::PARENT, self.window, x11rb::CURRENT_TIME)?.check()?;
        Ok(())
    }

    /// Takes the focus away from every window.
    pub(crate) fn nothing_has_the_focus(&self) -> Result<()> {
        self.connection.set_input_focus(InputFocus::NONE, x11rb::NONE, x11rb::CURRENT_TIME)?.check()?;
        Ok(())
    }

    /// How many presses of buttons and keys it got since the last call.
    pub(crate) fn presses(&self) -> Result<usize> {
        use x11rb::protocol::Event;
        self.connection.get_input_focus()?.reply()?;
        let mut presses = 0;
        while let Some(event) = self.connection.poll_for_event()? {
            presses += usize::from(matches!(event, Event::ButtonPress(_) | Event::KeyPress(_)));
        }
        Ok(presses)
    }

    pub(crate) fn pointer(&self) -> Result<(i16, i16)> {
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        Ok((pointer.root_x, pointer.root_y))
    }
}

/// What is down on a display: keycodes, and whether a mouse button is.
pub(crate) fn down(display: &Display) -> Result<(Vec<u16>, bool)> {
    let connection = display.connect()?;
    let keys = connection.query_keymap()?.reply()?.keys;
    let pressed = (0..256_u16).filter(|key| keys[usize::from(key / 8)] >> (key % 8) & 1 == 1).collect();
    let pointer = connection.query_pointer(root(&connection)?)?.reply()?;
    Ok((pressed, u16::from(pointer.mask) & 0x1f00 != 0))
}

/// The meaning of every keycode.
pub(crate) fn mapping(display: &Display) -> Result<Vec<Vec<u32>>> {
    let connection = display.connect()?;
    let first = connection.setup().min_keycode;
    let reply = connection.get_keyboard_mapping(first, 255 - first + 1)?.reply()?;
    // An empty keycode may come with more or fewer columns.
    let trimmed = reply.keysyms.chunks(reply.keysyms_per_keycode.into()).map(|keysyms| {
        let end = keysyms.iter().rposition(|keysym| *keysym != 0).map_or(0, |last| last + 1);
        keysyms[..end].to_vec()
    });
    Ok(trimmed.collect())
}

pub(crate) fn wait_for_hold(technician: &Technician, hold: Hold) -> Result<()> {
    wait_for("a hold", LONG, || Ok(technician.ledger.held().contains(hold).then_some(())))
}
