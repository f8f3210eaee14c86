//! Which windows there are to choose from: those that the window manager manages, or without one those on the root.

use super::ScreenError;
use beistand_protocol::showing::{MAX_WINDOWS, Title, Window};
use x11rb::{
    connection::Connection,
    cookie::Cookie,
    errors::ReplyError,
    protocol::xproto::{
        self, Atom, AtomEnum, ConnectionExt as _, GetGeometryReply, GetPropertyReply, GetWindowAttributesReply,
        MapState, WindowClass,
    },
    rust_connection::RustConnection,
};

/// More are not looked at.
const MAX_LOOKED_AT: usize = 512;
/// A title longer than that is cut before it is read, in units of four bytes.
const TITLE_WORDS: u32 = 256;

struct Atoms {
    clients: Atom,
    name: Atom,
    utf8: Atom,
    kind: Atom,
    panels: [Atom; 6],
    dialog: Atom,
}

impl Atoms {
    fn ask(connection: &RustConnection) -> Result<Self, ScreenError> {
        let names: [&[u8]; 11] = [
            b"_NET_CLIENT_LIST_STACKING",
            b"_NET_WM_NAME",
            b"UTF8_STRING",
            b"_NET_WM_WINDOW_TYPE",
            b"_NET_WM_WINDOW_TYPE_DIALOG",
            b"_NET_WM_WINDOW_TYPE_DOCK",
            b"_NET_WM_WINDOW_TYPE_DESKTOP",
            b"_NET_WM_WINDOW_TYPE_SPLASH",
            b"_NET_WM_WINDOW_TYPE_NOTIFICATION",
            b"_NET_WM_WINDOW_TYPE_TOOLTIP",
            b"_NET_WM_WINDOW_TYPE_MENU",
        ];
        let mut asked = Vec::with_capacity(names.len());
        for name in names {
            asked.push(connection.intern_atom(false, name)?);
        }
        let mut atoms = [0; 11];
        for (atom, asked) in atoms.iter_mut().zip(asked) {
            *atom = asked.reply()?.atom;
        }
        let [clients, name, utf8, kind, dialog, a, b, c, d, e, f] = atoms;
        Ok(Self { clients, name, utf8, kind, dialog, panels: [a, b, c, d, e, f] })
    }
}

/// The windows of people's programs, the uppermost first; none of the clients that `leave_out` are of.
pub(super) fn windows(
    connection: &RustConnection,
    root: xproto::Window,
    leave_out: &[u32],
) -> Result<Vec<Window>, ScreenError> {
    let atoms = Atoms::ask(connection)?;
    let mask = connection.setup().resource_id_mask;
    let own = |id: u32| leave_out.iter().any(|ours| ours & !mask == id & !mask);
    let managed = connection.get_property(false, root, atoms.clients, AtomEnum::WINDOW, 0, 4096)?.reply()?;
    let (ids, managed): (Vec<u32>, bool) = match managed.value32() {
        Some(ids) if managed.value_len > 0 => (ids.collect(), true),
        Some(_) | None => (connection.query_tree(root)?.reply()?.children, false),
    };
    // All questions first, then all answers.
    let mut asked = Vec::new();
    for id in ids.into_iter().rev().filter(|id| !own(*id)).take(MAX_LOOKED_AT) {
        asked.push(Asked::about(connection, id, &atoms)?);
    }
    let mut windows = Vec::new();
    for asked in asked {
        windows.extend(asked.answer(&atoms, managed)?);
    }
    windows.truncate(MAX_WINDOWS);
    Ok(windows)
}

type Property<'c> = Cookie<'c, RustConnection, GetPropertyReply>;

struct Asked<'c> {
    id: u32,
    attributes: Cookie<'c, RustConnection, GetWindowAttributesReply>,
    geometry: Cookie<'c, RustConnection, GetGeometryReply>,
    name: Property<'c>,
    old_name: Property<'c>,
    class: Property<'c>,
    kind: Property<'c>,
    transient_for: Property<'c>,
}

impl<'c> Asked<'c> {
    fn about(connection: &'c RustConnection, id: u32, atoms: &Atoms) -> Result<Self, ScreenError> {
        let text = |atom: Atom, kind: Atom| connection.get_property(false, id, atom, kind, 0, TITLE_WORDS);
        let any: Atom = AtomEnum::ANY.into();
        Ok(Self {
            id,
            attributes: connection.get_window_attributes(id)?,
            geometry: connection.get_geometry(id)?,
            name: text(atoms.name, atoms.utf8)?,
            old_name: text(AtomEnum::WM_NAME.into(), any)?,
            class: text(AtomEnum::WM_CLASS.into(), any)?,
            kind: text(atoms.kind, AtomEnum::ATOM.into())?,
            transient_for: text(AtomEnum::WM_TRANSIENT_FOR.into(), AtomEnum::WINDOW.into())?,
        })
    }

    fn answer(self, atoms: &Atoms, managed: bool) -> Result<Option<Window>, ScreenError> {
        let attributes = still_there(self.attributes.reply())?;
        let geometry = still_there(self.geometry.reply())?;
        let text = |property: Property<'c>| -> Result<Vec<u8>, ScreenError> {
            Ok(still_there(property.reply())?.map(|reply| reply.value).unwrap_or_default())
        };
        let (name, old_name, class) = (text(self.name)?, text(self.old_name)?, text(self.class)?);
        let atoms_of = |property: Property<'c>| -> Result<Vec<u32>, ScreenError> {
            let reply = still_there(property.reply())?;
            Ok(reply.and_then(|reply| reply.value32().map(Iterator::collect)).unwrap_or_default())
        };
        let (kinds, transient_for) = (atoms_of(self.kind)?, atoms_of(self.transient_for)?);
        let Some((attributes, geometry)) = attributes.zip(geometry) else { return Ok(None) };
        let seen = attributes.map_state == MapState::VIEWABLE;
        let a_persons = attributes.class == WindowClass::INPUT_OUTPUT
            && !attributes.override_redirect
            && !kinds.iter().any(|kind| atoms.panels.contains(kind))
            // What nobody manages and nobody sees is some program's own affair.
            && (managed || seen);
        let name =
            if name.is_empty() { latin1_or_utf8(&old_name) } else { String::from_utf8_lossy(&name).into_owned() };
        // Instance and class, each with a zero behind it; people know the class.
        let program = class.split(|byte| *byte == 0).rfind(|part| !part.is_empty()).unwrap_or_default();
        Ok(a_persons.then(|| Window {
            id: self.id,
            title: Title::from(name),
            program: Title::from(String::from_utf8_lossy(program).into_owned()),
            width: geometry.width.into(),
            height: geometry.height.into(),
            dialog: kinds.contains(&atoms.dialog) || transient_for.iter().any(|owner| *owner != x11rb::NONE),
            away: !seen,
        }))
    }
}

/// Programs say which of the two it is, and are often wrong.
fn latin1_or_utf8(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A window that closed in the meantime is no error.
pub(super) fn still_there<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ScreenError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(error @ ReplyError::ConnectionError(_)) => Err(error.into()),
    }
}
