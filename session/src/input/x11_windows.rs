//! Which window would get it: keeps remote input out of the guardian's own windows, and inside the one window that is
//! shared, if it is one.
//!
//! A window is ours if it is on the guardian's list, if it lies in the frame that the window manager put
//! around one of those, or if the guardian's connection made it (menus, tooltips). Looked up at each press,
//! never remembered: windows move.

use super::x11_device::Display;
use super::{Area, InputError, Target};
use beistand_protocol::input::Dropped;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{ConnectionExt as _, MapState, Window};

/// How deep windows may be nested before we stop looking and refuse.
const MAX_DEPTH: usize = 64;
const POINTER_ROOT: Window = 1;

/// The guardian's windows as the display knows them at this moment, and the one that is shared alone.
#[derive(Debug)]
pub(super) struct Own<'d> {
    display: &'d Display,
    /// Nothing else may be reached.
    only: Option<Window>,
    /// The children of the root that the listed windows lie in.
    frames: Vec<Window>,
    /// What the ids of all windows of the guardian's connection begin with.
    clients: Vec<u32>,
    id_mask: u32,
}

impl<'d> Own<'d> {
    /// Looks up where the listed windows are.
    pub(super) fn look_up(display: &'d Display, windows: &[Window], aim: Target) -> Result<Self, InputError> {
        let id_mask = display.connection.setup().resource_id_mask;
        let only = match aim {
            Target::Area(_) => None,
            Target::Window(window) => Some(window),
        };
        let mut own = Self { display, only, frames: Vec::new(), clients: Vec::new(), id_mask };
        for window in windows {
            let client = window & !id_mask;
            if !own.clients.contains(&client) {
                own.clients.push(client);
            }
            own.frames.extend(own.path(*window)?.and_then(|path| path.last().copied()));
        }
        Ok(own)
    }

    /// Whether there is nothing to avoid.
    const fn is_free(&self) -> bool {
        self.clients.is_empty() && self.only.is_none()
    }

    /// Why a press at this place would go where it must not.
    pub(super) fn at(&self, (x, y): (i16, i16)) -> Result<Option<Dropped>, InputError> {
        if self.is_free() {
            return Ok(None);
        }
        let root = self.display.root;
        let mut parent = root;
        let mut allowed = self.only.is_none();
        for _ in 0..MAX_DEPTH {
            let place = self.display.connection.translate_coordinates(root, parent, x, y)?.reply();
            // A window that vanishes while we look: refuse; the technician clicks again.
            let Some(place) = present(place)? else { return Ok(Some(Dropped::OwnWindow)) };
            if place.child == x11rb::NONE {
                return Ok((!allowed).then_some(Dropped::OtherWindow));
            }
            if self.owns(place.child) {
                return Ok(Some(Dropped::OwnWindow));
            }
            allowed |= self.only == Some(place.child);
            parent = place.child;
        }
        Ok(Some(Dropped::OwnWindow))
    }

    /// Why a key would go where it must not.
    pub(super) fn keys_go_astray(&self) -> Result<Option<Dropped>, InputError> {
        if self.is_free() {
            return Ok(None);
        }
        let astray = self.only.map(|_| Dropped::OtherWindow);
        let focus = self.display.connection.get_input_focus()?.reply()?;
        if focus.focus == x11rb::NONE {
            return Ok(astray);
        }
        if focus.focus == POINTER_ROOT || focus.focus == self.display.root {
            return match self.pointer()? {
                Some(pointer) => self.at(pointer),
                None => Ok(astray),
            };
        }
        let Some(path) = self.path(focus.focus)? else { return Ok(Some(Dropped::OwnWindow)) };
        if path.iter().any(|window| self.owns(*window)) {
            return Ok(Some(Dropped::OwnWindow));
        }
        Ok(astray.filter(|_| !path.iter().any(|window| self.only == Some(*window))))
    }

    /// The last place on the way from `from` to `to` that may be reached; `from` may.
    pub(super) fn last_outside(&self, from: (i16, i16), to: (i16, i16)) -> Result<(i16, i16), InputError> {
        let (mut outside, mut inside) = (from, to);
        while outside.0.abs_diff(inside.0) > 1 || outside.1.abs_diff(inside.1) > 1 {
            let middle = (halfway(outside.0, inside.0), halfway(outside.1, inside.1));
            if self.at(middle)?.is_some() { inside = middle } else { outside = middle }
        }
        Ok(outside)
    }

    /// Where the pointer is; nothing if it is on another screen.
    fn pointer(&self) -> Result<Option<(i16, i16)>, InputError> {
        let pointer = self.display.connection.query_pointer(self.display.root)?.reply()?;
        Ok(pointer.same_screen.then_some((pointer.root_x, pointer.root_y)))
    }

    fn owns(&self, window: Window) -> bool {
        self.frames.contains(&window) || self.clients.contains(&(window & !self.id_mask))
    }

    /// A window and everything that it lies in, up to the child of the root; nothing if it is gone.
    fn path(&self, window: Window) -> Result<Option<Vec<Window>>, InputError> {
        let mut path = vec![window];
        let mut window = window;
        while path.len() < MAX_DEPTH {
            let tree = self.display.connection.query_tree(window)?.reply();
            let Some(tree) = present(tree)? else { return Ok(None) };
            if tree.parent == self.display.root || tree.parent == x11rb::NONE {
                return Ok(Some(path));
            }
            path.push(tree.parent);
            window = tree.parent;
        }
        Ok(None)
    }
}

/// Where what is shared lies at this moment; nothing while it can't be seen.
pub(super) fn area(display: &Display, target: Target) -> Result<Option<Area>, InputError> {
    let window = match target {
        Target::Area(area) => return Ok(Some(area)),
        Target::Window(window) => window,
    };
    let attributes = display.connection.get_window_attributes(window)?;
    let geometry = display.connection.get_geometry(window)?;
    let origin = display.connection.translate_coordinates(window, display.root, 0, 0)?;
    let (attributes, geometry) = (present(attributes.reply())?, present(geometry.reply())?);
    let origin = present(origin.reply())?;
    let Some(((attributes, geometry), origin)) = attributes.zip(geometry).zip(origin) else { return Ok(None) };
    let seen = attributes.map_state == MapState::VIEWABLE;
    Ok(seen.then(|| Area {
        x: origin.dst_x.into(),
        y: origin.dst_y.into(),
        width: geometry.width.into(),
        height: geometry.height.into(),
    }))
}

/// The answer, or nothing if the window is gone.
fn present<R>(reply: Result<R, ReplyError>) -> Result<Option<R>, InputError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(error @ ReplyError::ConnectionError(_)) => Err(error.into()),
    }
}

fn halfway(a: i16, b: i16) -> i16 {
    let middle = (i32::from(a) + i32::from(b)).div_euclid(2);
    i16::try_from(middle).unwrap_or(a)
}
