//! X displays of our own: Xvfb, and Xephyr inside one, with a window manager.
//!
//! Under Xvfb every event comes from XTest, so hardware and injection look alike. In a Xephyr they differ: XTest on the
//! *outer* display arrives inside as *Xephyr virtual mouse* and *keyboard*. So the customer's desktop is a Xephyr.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, Window,
};
use x11rb::rust_connection::RustConnection;

use crate::process::Guard;
use crate::screenshot::Screenshot;
use crate::wait::{wait_for, wait_until};

/// Red, green and blue of an empty desktop.
const BACKGROUND: u32 = 0x4a_6572;

/// A running X server.
#[derive(Debug)]
pub struct Display {
    name: String,
    width: u16,
    height: u16,
    window_manager: Option<Guard>,
    server: Guard,
}

impl Display {
    /// Starts a display without a screen.
    ///
    /// # Errors
    /// When Xvfb cannot be started.
    pub fn xvfb(width: u16, height: u16) -> Result<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp"]);
        command.args(["-noreset", "-dpi", "96"]);
        Self::start(command, width, height)
    }

    /// Starts a display inside another one, whose input is this one's hardware.
    ///
    /// # Errors
    /// When Xephyr cannot be started.
    pub fn xephyr(outer: &str, width: u16, height: u16) -> Result<Self> {
        let mut command = Command::new("Xephyr");
        command.args(["-displayfd", "1", "-screen", &format!("{width}x{height}"), "-nolisten", "tcp"]);
        command.args(["-noreset", "-no-host-grab", "-dpi", "96", "-title", "Beistand: the customer's computer"]);
        command.env("DISPLAY", outer);
        Self::start(command, width, height)
    }

    fn start(mut command: Command, width: u16, height: u16) -> Result<Self> {
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let (server, number) = Guard::start_with_line(&mut command)?;
        let display = Self { name: format!(":{number}"), width, height, window_manager: None, server };
        let limit = Duration::from_secs(10);
        let connection = wait_for("a connection to the new display", limit, || Ok(display.connect().ok()))?;
        // A desktop has a colour; on black nobody sees where a window ends.
        let root = root(&connection)?;
        let look = ChangeWindowAttributesAux::new().background_pixel(BACKGROUND);
        connection.change_window_attributes(root, &look)?.check()?;
        connection.clear_area(false, root, 0, 0, 0, 0)?.check()?;
        Ok(display)
    }

    /// Starts openbox on it and waits until it manages the windows.
    ///
    /// # Errors
    /// When openbox does not come up.
    pub fn start_window_manager(&mut self, home: &Path) -> Result<()> {
        let mut command = Command::new("openbox");
        command.args(["--sm-disable"]).env("DISPLAY", &self.name).env("HOME", home).env_remove("XDG_CONFIG_HOME");
        self.window_manager =
            Some(Guard::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?);
        let connection = self.connect()?;
        let root = root(&connection)?;
        let check = connection.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK")?.reply()?.atom;
        wait_until("the window manager", Duration::from_secs(10), || {
            let property = connection.get_property(false, root, check, AtomEnum::WINDOW, 0, 1)?.reply()?;
            Ok(property.value_len > 0)
        })
    }

    /// The window manager's process, if one was started.
    #[must_use]
    pub fn window_manager(&self) -> Option<u32> {
        self.window_manager.as_ref().map(Guard::id)
    }

    /// The display's own process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Its name, as in the variable `DISPLAY`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        (self.width, self.height)
    }

    /// A new connection to it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn connect(&self) -> Result<RustConnection> {
        connect(&self.name)
    }

    /// What it shows now, without the pointer.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn screenshot(&self) -> Result<Screenshot> {
        let connection = self.connect()?;
        let image = connection
            .get_image(ImageFormat::Z_PIXMAP, root(&connection)?, 0, 0, self.width, self.height, u32::MAX)?
            .reply()?;
        let rgb = image
            .data
            .chunks_exact(4)
            .flat_map(|pixel| pixel.iter().take(3).rev().copied().collect::<Vec<u8>>())
            .collect();
        Screenshot::new(usize::from(self.width), usize::from(self.height), rgb)
    }

    /// Asks the window manager to let a window fill the screen.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn maximise(&self, window: Window) -> Result<()> {
        let connection = self.connect()?;
        let atom = |name: &[u8]| -> Result<u32> { Ok(connection.intern_atom(false, name)?.reply()?.atom) };
        let (across, down) = (atom(b"_NET_WM_STATE_MAXIMIZED_HORZ")?, atom(b"_NET_WM_STATE_MAXIMIZED_VERT")?);
        let event = ClientMessageEvent::new(32, window, atom(b"_NET_WM_STATE")?, [1, across, down, 1, 0]);
        let to = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        connection.send_event(false, root(&connection)?, to, event)?.check()?;
        Ok(())
    }

    /// Every viewable window whose title contains `title`, with its place on the screen.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn windows(&self, title: &str) -> Result<Vec<Place>> {
        let connection = self.connect()?;
        let mut found = Vec::new();
        collect(&connection, root(&connection)?, title, &mut found)?;
        Ok(found)
    }
}

/// A window on the screen: the position is that of its inside, without the frame.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its id.
    pub window: Window,
    /// Its title.
    pub title: String,
    /// Left edge.
    pub x: i16,
    /// Top edge.
    pub y: i16,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

fn collect(connection: &RustConnection, window: Window, title: &str, found: &mut Vec<Place>) -> Result<()> {
    // A window may vanish while the tree is walked: then it is not there.
    let Ok(tree) = connection.query_tree(window)?.reply() else { return Ok(()) };
    for child in tree.children {
        if let Some(name) = name(connection, child)?
            && name.contains(title)
            && let Ok(attributes) = connection.get_window_attributes(child)?.reply()
            && attributes.map_state == x11rb::protocol::xproto::MapState::VIEWABLE
            && let Ok(geometry) = connection.get_geometry(child)?.reply()
            && let Ok(origin) = connection.translate_coordinates(child, tree.root, 0, 0)?.reply()
        {
            found.push(Place {
                window: child,
                title: name,
                x: origin.dst_x,
                y: origin.dst_y,
                width: geometry.width,
                height: geometry.height,
            });
        }
        collect(connection, child, title, found)?;
    }
    Ok(())
}

fn name(connection: &RustConnection, window: Window) -> Result<Option<String>> {
    let atom = connection.intern_atom(false, b"_NET_WM_NAME")?.reply()?.atom;
    for property in [atom, AtomEnum::WM_NAME.into()] {
        if let Ok(reply) = connection.get_property(false, window, property, AtomEnum::ANY, 0, 1024)?.reply()
            && !reply.value.is_empty()
        {
            return Ok(Some(String::from_utf8_lossy(&reply.value).into_owned()));
        }
    }
    Ok(None)
}

/// A connection to a display by its name.
///
/// # Errors
/// When the server does not answer.
pub fn connect(name: &str) -> Result<RustConnection> {
    let (connection, _) = RustConnection::connect(Some(name)).with_context(|| format!("no display {name}"))?;
    Ok(connection)
}

/// The root window of a connection's display.
///
/// # Errors
/// When there is no screen.
pub fn root(connection: &RustConnection) -> Result<Window> {
    Ok(connection.setup().roots.first().context("a display has a screen")?.root)
}
