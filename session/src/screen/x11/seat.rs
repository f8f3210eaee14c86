//! An X server of its own for a test, with a few hands.

use super::X11;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use x11rb::{
    COPY_DEPTH_FROM_PARENT,
    connection::Connection,
    protocol::xproto::{
        ConfigureWindowAux, ConnectionExt, CreateGCAux, CreateWindowAux, ImageFormat, Rectangle, Screen, StackMode,
        Window, WindowClass,
    },
    rust_connection::RustConnection,
};

pub(crate) struct Seat {
    server: Child,
    pub(crate) display: String,
    pub(crate) connection: RustConnection,
    pub(crate) screen: Screen,
}

impl Seat {
    pub(crate) fn start(width: u16, height: u16) -> Self {
        let screen = format!("{width}x{height}x24");
        Self::launch(Command::new("Xvfb").args(["-screen", "0", &screen, "-nolisten", "tcp", "-noreset"]))
    }

    /// A server in a window of another, which can change its size.
    pub(crate) fn start_inside(outer: &Self, width: u16, height: u16) -> Self {
        let screen = format!("{width}x{height}");
        let mut command = Command::new("Xephyr");
        command.args(["-screen", &screen, "-resizeable", "-noreset"]).env("DISPLAY", &outer.display);
        Self::launch(&mut command)
    }

    fn launch(command: &mut Command) -> Self {
        let command = command.args(["-displayfd", "1"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("Xvfb and Xephyr are installed");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        let (connection, at) = RustConnection::connect(Some(&display)).unwrap();
        let screen = connection.setup().roots[at].clone();
        Self { server, display, connection, screen }
    }

    pub(crate) fn desktop(&self) -> X11 {
        X11::named(&self.display)
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Running {
        let child = Command::new(program)
            .args(arguments)
            .env("DISPLAY", &self.display)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        Running(child)
    }

    /// A mapped window of one colour, with a border of three pixels.
    pub(crate) fn window(&self, x: i16, y: i16, width: u16, height: u16, colour: u32) -> Window {
        let window = self.connection.generate_id().unwrap();
        let looks = CreateWindowAux::new().background_pixel(colour).border_pixel(colour).override_redirect(1);
        let (root, visual) = (self.screen.root, self.screen.root_visual);
        let class = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(COPY_DEPTH_FROM_PARENT, window, root, x, y, width, height, 3, class, visual, &looks)
            .unwrap();
        self.connection.map_window(window).unwrap();
        self.settle();
        window
    }

    /// A mapped window that its program never draws and that has no background: what is in it came from elsewhere.
    pub(crate) fn bare_window(&self, x: i16, y: i16, width: u16, height: u16) -> Window {
        let window = self.connection.generate_id().unwrap();
        let looks = CreateWindowAux::new().override_redirect(0);
        let (root, visual) = (self.screen.root, self.screen.root_visual);
        let class = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(COPY_DEPTH_FROM_PARENT, window, root, x, y, width, height, 0, class, visual, &looks)
            .unwrap();
        self.connection.map_window(window).unwrap();
        self.settle();
        window
    }

    /// Moves and resizes a window and brings it to the front.
    pub(crate) fn place(&self, window: Window, x: i16, y: i16, width: u16, height: u16) {
        let place = ConfigureWindowAux::new()
            .x(i32::from(x))
            .y(i32::from(y))
            .width(u32::from(width))
            .height(u32::from(height))
            .stack_mode(StackMode::ABOVE);
        self.connection.configure_window(window, &place).unwrap();
        self.settle();
    }

    /// Names a part of the screen a monitor, as `xrandr --setmonitor` does: on the server's one output, or on none.
    pub(crate) fn set_monitor(&self, name: &str, output: &str, x: i16, y: i16, width: u16, height: u16) {
        let place = format!("{width}/{width}x{height}/{height}+{x}+{y}");
        let done = Command::new("xrandr")
            .args(["--display", &self.display, "--setmonitor", name, &place, output])
            .status()
            .expect("xrandr is installed");
        assert!(done.success(), "no monitor {name}");
    }

    /// Takes such a monitor away.
    pub(crate) fn drop_monitor(&self, name: &str) {
        let done = Command::new("xrandr").args(["--display", &self.display, "--delmonitor", name]).status();
        assert!(done.is_ok_and(|status| status.success()), "no monitor {name} to take away");
    }

    pub(crate) fn fill(&self, window: Window, rectangle: Rectangle, colour: u32) {
        let gc = self.connection.generate_id().unwrap();
        self.connection.create_gc(gc, window, &CreateGCAux::new().foreground(colour)).unwrap();
        self.connection.poly_fill_rectangle(window, gc, &[rectangle]).unwrap();
        self.connection.free_gc(gc).unwrap();
        self.settle();
    }

    /// Gives every window of the screen this size.
    pub(crate) fn resize_all(&self, width: u32, height: u32) {
        let windows = self.connection.query_tree(self.screen.root).unwrap().reply().unwrap().children;
        for window in windows {
            let size = ConfigureWindowAux::new().width(width).height(height);
            self.connection.configure_window(window, &size).unwrap();
        }
        self.settle();
    }

    /// Waits until the server has done all that was asked for.
    pub(crate) fn settle(&self) {
        self.connection.get_input_focus().unwrap().reply().unwrap();
    }

    /// The whole screen the plain way, as 0x00RRGGBB.
    pub(crate) fn screenshot(&self) -> Vec<u32> {
        let root = self.screen.root;
        let size = self.connection.get_geometry(root).unwrap().reply().unwrap();
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, root, 0, 0, size.width, size.height, !0);
        let bytes = image.unwrap().reply().unwrap().data;
        bytes.chunks_exact(4).map(|pixel| u32::from_le_bytes(pixel.try_into().unwrap()) & 0x00FF_FFFF).collect()
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program on the seat; ends with it.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `done`. Fails after a minute, which is only for what never comes: this may take long on a busy machine.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
