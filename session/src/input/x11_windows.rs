//! Which window would get it: keeps remote input out of the guardian's own windows.
//!
//! A window is ours if it is on the guardian's list, if it lies in the frame that the window manager put
//! around one of those, or if the guardian's connection made it (menus, tooltips). Looked up at each press,
//! never remembered: windows move.

use super::InputError;
use super::x11_device::Display;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{ConnectionExt as _, Window};

/// How deep windows may be nested before we stop looking and refuse.
const MAX_DEPTH: usize = 64;
const POINTER_ROOT: Window = 1;

/// The guardian's windows as the display knows them at this moment.
#[derive(Debug)]
pub(super) struct Own<'d> {
    display: &'d Display,
    /// The children of the root that the listed windows lie in.
    frames: Vec<Window>,
    /// What the ids of all windows of the guardian's connection begin with.
    clients: Vec<u32>,
    id_mask: u32,
}

impl<'d> Own<'d> {
    /// Looks up where the listed windows are.
    pub(super) fn look_up(display: &'d Display, windows: &[Window]) -> Result<Self, InputError> {
        let id_mask = display.connection.setup().resource_id_mask;
        let mut own = Self { display, frames: Vec::new(), clients: Vec::new(), id_mask };
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
    pub(super) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Whether a press at this place would go to one of ours.
    pub(super) fn at(&self, (x, y): (i16, i16)) -> Result<bool, InputError> {
        if self.is_empty() {
            return Ok(false);
        }
        let root = self.display.root;
        let mut parent = root;
        for _ in 0..MAX_DEPTH {
            let place = self.display.connection.translate_coordinates(root, parent, x, y)?.reply();
            // A window that vanishes while we look: refuse; the technician clicks again.
            let Some(place) = present(place)? else { return Ok(true) };
            if place.child == x11rb::NONE {
                return Ok(false);
            }
            if self.owns(place.child) {
                return Ok(true);
            }
            parent = place.child;
        }
        Ok(true)
    }

    /// Whether a key would go to one of ours.
    pub(super) fn have_focus(&self) -> Result<bool, InputError> {
        if self.is_empty() {
            return Ok(false);
        }
        let focus = self.display.connection.get_input_focus()?.reply()?;
        if focus.focus == x11rb::NONE {
            return Ok(false);
        }
        if focus.focus == POINTER_ROOT || focus.focus == self.display.root {
            return match self.pointer()? {
                Some(pointer) => self.at(pointer),
                None => Ok(false),
            };
        }
        let Some(path) = self.path(focus.focus)? else { return Ok(true) };
        Ok(path.iter().any(|window| self.owns(*window)))
    }

    /// The last place on the way from `from` to `to` that is not ours; `from` is not.
    pub(super) fn last_outside(&self, from: (i16, i16), to: (i16, i16)) -> Result<(i16, i16), InputError> {
        let (mut outside, mut inside) = (from, to);
        while outside.0.abs_diff(inside.0) > 1 || outside.1.abs_diff(inside.1) > 1 {
            let middle = (halfway(outside.0, inside.0), halfway(outside.1, inside.1));
            if self.at(middle)? { inside = middle } else { outside = middle }
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
