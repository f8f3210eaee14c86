//! Drags a file from a file manager's window into another program's, by the protocol of X desktops (XDND 5).
//!
//! The file manager is a window of our own that says what a real one says; the other end is the program itself.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::display::{self, Display};

const VERSION: u32 = 5;
const LIMIT: Duration = Duration::from_secs(20);
/// How often the program is told again where the pointer is, as a hand that is never quite still does.
const AGAIN: Duration = Duration::from_millis(200);

/// How often it is told before the file falls: nobody drops at the first touch.
const MOVES: u32 = 5;

/// How often a program says no before it is believed: it may have to ask its page first.
const ENOUGH: u32 = 15;

struct Drag {
    connection: RustConnection,
    source: Window,
    target: Window,
    list: String,
}

/// Lets a file fall onto a point of the display, which lies in this window.
///
/// # Errors
/// When the program does not take it there.
pub fn drop_file(display: &Display, target: Window, (x, y): (i16, i16), file: &Path) -> Result<()> {
    let connection = display.connect()?;
    let (root, source) = (display::root(&connection)?, connection.generate_id()?);
    let look = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
    connection.create_window(0, source, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &look)?.check()?;
    let list = format!("file://{}\r\n", file.display());
    let drag = Drag { connection, source, target, list };
    let at = (u32::from(u16::try_from(x)?) << 16) | u32::from(u16::try_from(y)?);
    drag.run(at)
}

impl Drag {
    fn atom(&self, name: &str) -> Result<Atom> {
        Ok(self.connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }

    fn say(&self, what: &str, rest: [u32; 4]) -> Result<()> {
        let [one, two, three, four] = rest;
        let message = ClientMessageEvent::new(32, self.target, self.atom(what)?, [self.source, one, two, three, four]);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message)?.check()?;
        Ok(self.connection.flush()?)
    }

    fn run(&self, at: u32) -> Result<()> {
        let (selection, uris) = (self.atom("XdndSelection")?, self.atom("text/uri-list")?);
        self.connection.set_selection_owner(self.source, selection, x11rb::CURRENT_TIME)?.check()?;
        let owner = self.connection.get_selection_owner(selection)?.reply()?.owner;
        ensure!(owner == self.source, "somebody else drags");
        self.say("XdndEnter", [VERSION << 24, uris, 0, 0])?;
        let copy = self.atom("XdndActionCopy")?;
        let (status, finished) = (self.atom("XdndStatus")?, self.atom("XdndFinished")?);
        let deadline = Instant::now() + LIMIT;
        let (mut told, mut times, mut refusals, mut dropped) = (None::<Instant>, 0, 0, false);
        while Instant::now() < deadline {
            if !dropped && told.is_none_or(|told| told.elapsed() >= AGAIN) {
                // A little aside each time: the program looks again where the pointer is.
                self.say("XdndPosition", [0, at + (times % 3), x11rb::CURRENT_TIME, copy])?;
                (told, times) = (Some(Instant::now()), times + 1);
            }
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(asked)) => self.give(&asked, uris)?,
                Some(Event::ClientMessage(said)) if said.type_ == status => {
                    let [_, flags, ..] = said.data.as_data32();
                    if flags & 1 == 1 && times >= MOVES && !dropped {
                        dropped = true;
                        self.say("XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0])?;
                    } else if flags & 1 == 0 {
                        refusals += 1;
                        ensure!(refusals < ENOUGH, "nothing takes files there");
                    }
                }
                Some(Event::ClientMessage(said)) if said.type_ == finished => return Ok(()),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        bail!("{}", if dropped { "the drop was not finished" } else { "nothing takes files there" })
    }

    fn give(&self, asked: &SelectionRequestEvent, uris: Atom) -> Result<()> {
        let property = if asked.target == uris {
            let list = self.list.as_bytes();
            self.connection
                .change_property8(PropMode::REPLACE, asked.requestor, asked.property, uris, list)?
                .check()?;
            asked.property
        } else {
            AtomEnum::NONE.into()
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: asked.requestor,
            selection: asked.selection,
            target: asked.target,
            property,
        };
        self.connection.send_event(false, asked.requestor, EventMask::NO_EVENT, answer)?.check()?;
        self.connection.flush().context("the display is gone")
    }
}
