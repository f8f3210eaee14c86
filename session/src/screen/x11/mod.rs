//! X11: monitors by RandR, one window by Composite, pixels by MIT-SHM, what changed by XDamage, the cursor by XFixes.

mod blackout;
mod capture;
mod cursor;
mod link;
mod list;
mod memory;
mod rows;
mod window;

use super::{Blackout, Capture, Desktop, ScreenError};
use beistand_protocol::{
    picture::{MAX_MONITOR_NAME_BYTES, MAX_MONITORS, Monitor, Rect, Share},
    showing::Window,
};
use capture::X11Capture;
use window::WindowCapture;
use x11rb::{
    connection::{Connection, RequestConnection},
    errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError},
    protocol::{randr::ConnectionExt as _, xproto, xproto::ConnectionExt as _},
    rust_connection::RustConnection,
};

/// An X display.
pub struct X11 {
    display: Option<String>,
}

impl X11 {
    /// The display that the environment names.
    pub fn of_environment() -> Self {
        Self { display: None }
    }

    /// The display of this name, such as `:7`.
    pub fn named(display: &str) -> Self {
        Self { display: Some(display.to_owned()) }
    }

    fn connect(&self) -> Result<(RustConnection, xproto::Screen), ScreenError> {
        let (connection, screen) = RustConnection::connect(self.display.as_deref())?;
        let screen = connection.setup().roots.get(screen).cloned().ok_or(ScreenError::Unsupported("screen"))?;
        Ok((connection, screen))
    }
}

impl Desktop for X11 {
    fn monitors(&self) -> Result<Vec<Monitor>, ScreenError> {
        let (connection, screen) = self.connect()?;
        monitors(&connection, &screen)
    }

    fn windows(&self, leave_out: &[u32]) -> Result<Vec<Window>, ScreenError> {
        let (connection, screen) = self.connect()?;
        if connection.extension_information(x11rb::protocol::composite::X11_EXTENSION_NAME)?.is_none() {
            // None could be shown apart from the screen.
            return Ok(Vec::new());
        }
        list::windows(&connection, screen.root, leave_out)
    }

    fn open(&self, share: Share, blackout: &Blackout) -> Result<Box<dyn Capture>, ScreenError> {
        let (connection, screen) = self.connect()?;
        let root = connection.get_geometry(screen.root)?.reply()?;
        let whole = Rect { x: 0, y: 0, width: root.width.into(), height: root.height.into() };
        let rect = match share {
            Share::All => whole,
            Share::Monitor(id) => monitors(&connection, &screen)?
                .into_iter()
                .find(|monitor| monitor.id == id)
                .and_then(|monitor| monitor.rect.intersection(&whole))
                .ok_or(ScreenError::Gone)?,
            Share::Window(id) => return Ok(Box::new(WindowCapture::open(connection, &screen, id)?)),
        };
        Ok(Box::new(X11Capture::open(connection, &screen, rect, blackout.clone())?))
    }
}

fn monitors(connection: &RustConnection, screen: &xproto::Screen) -> Result<Vec<Monitor>, ScreenError> {
    let scale_percent = scale_percent(connection, screen)?;
    if !has_monitors(connection)? {
        let root = connection.get_geometry(screen.root)?.reply()?;
        let rect = Rect { x: 0, y: 0, width: root.width.into(), height: root.height.into() };
        return Ok(vec![Monitor { id: 0, name: String::new(), rect, primary: true, scale_percent }]);
    }
    let found = connection.randr_get_monitors(screen.root, true)?.reply()?.monitors;
    let mut monitors = Vec::with_capacity(found.len());
    for info in found.into_iter().take(MAX_MONITORS) {
        let name = connection.get_atom_name(info.name)?.reply()?.name;
        let rect = Rect { x: info.x.into(), y: info.y.into(), width: info.width.into(), height: info.height.into() };
        let monitor = Monitor { id: info.name, name: short(&name), rect, primary: info.primary, scale_percent };
        if monitor.validate().is_ok() {
            monitors.push(monitor);
        }
    }
    monitors.sort_by_key(|monitor| (!monitor.primary, monitor.rect.x, monitor.rect.y));
    Ok(monitors)
}

/// Where the monitors are, to see that they changed. Only for a server that knows of them.
fn monitor_rects(connection: &RustConnection, root: xproto::Window) -> Result<Vec<Rect>, ScreenError> {
    let found = connection.randr_get_monitors(root, true)?.reply()?.monitors;
    let rect = |info: &x11rb::protocol::randr::MonitorInfo| Rect {
        x: info.x.into(),
        y: info.y.into(),
        width: info.width.into(),
        height: info.height.into(),
    };
    Ok(found.iter().map(rect).collect())
}

/// Whether RandR 1.5 is there, which knows monitors.
fn has_monitors(connection: &RustConnection) -> Result<bool, ScreenError> {
    if connection.extension_information(x11rb::protocol::randr::X11_EXTENSION_NAME)?.is_none() {
        return Ok(false);
    }
    let version = connection.randr_query_version(1, 5)?.reply()?;
    Ok((version.major_version, version.minor_version) >= (1, 5))
}

fn short(name: &[u8]) -> String {
    let mut name: String = String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).collect();
    while name.len() > MAX_MONITOR_NAME_BYTES {
        name.pop();
    }
    name
}

/// What the desktop says about the size of its text, as `Xft.dpi` in its resources.
fn scale_percent(connection: &RustConnection, screen: &xproto::Screen) -> Result<u16, ScreenError> {
    let (name, kind) = (xproto::AtomEnum::RESOURCE_MANAGER, xproto::AtomEnum::STRING);
    let resources = connection.get_property(false, screen.root, name, kind, 0, 64 * 1024)?.reply()?.value;
    let dpi = String::from_utf8_lossy(&resources)
        .lines()
        .find_map(|line| line.strip_prefix("Xft.dpi:")?.trim().parse::<u16>().ok());
    Ok(dpi.map_or(100, |dpi| (u32::from(dpi) * 100 / 96).clamp(25, 1000).try_into().unwrap_or(100)))
}

impl From<ConnectError> for ScreenError {
    fn from(error: ConnectError) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<ConnectionError> for ScreenError {
    fn from(error: ConnectionError) -> Self {
        if matches!(error, ConnectionError::UnsupportedExtension) {
            return Self::Unsupported("extension that is needed");
        }
        Self::Lost(error.to_string())
    }
}

impl From<ReplyError> for ScreenError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            // Only the kind: the rest may name a window.
            ReplyError::X11Error(error) => Self::Lost(format!("{:?}", error.error_kind)),
        }
    }
}

impl From<ReplyOrIdError> for ScreenError {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::IdsExhausted => Self::Lost("no more ids".into()),
            ReplyOrIdError::ConnectionError(error) => error.into(),
            ReplyOrIdError::X11Error(error) => ReplyError::X11Error(error).into(),
        }
    }
}

#[cfg(test)]
pub(crate) mod seat;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod window_tests;
