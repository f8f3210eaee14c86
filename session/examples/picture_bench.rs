//! What the picture costs: bytes and CPU time of a few workloads on a real X server of its own.
//!
//! `cargo run -p beistand-session --example picture_bench [WIDTH HEIGHT]`. Every step is drawn, grabbed, encoded, decoded and compared
//! with a plain screenshot at the end. Needs Xvfb, xterm and ImageMagick. Prints figures and asserts nothing about time.
#![allow(clippy::print_stdout, clippy::indexing_slicing)]

use anyhow::{Context, ensure};
use beistand_protocol::{
    permission::{Gate, Grants, Permission, SeeScreen, Setting},
    picture::{Share, Update},
    time::Moment,
};
use beistand_session::{
    picture::{Decoder, Encoder, Wish},
    screen::{Blackout, Capture, Desktop, x11::X11},
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use x11rb::{
    COPY_DEPTH_FROM_PARENT,
    connection::Connection,
    protocol::xproto::{
        ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt, CreateGCAux, CreateWindowAux, ImageFormat,
        Pixmap, Screen, WindowClass,
    },
    rust_connection::RustConnection,
};

/// The desktop's size, if no other is named.
const USUAL: (u16, u16) = (1920, 1080);
/// What a program takes to draw a step.
const DRAWS: Duration = Duration::from_millis(12);

/// A child that ends with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The desktop's width and height.
fn desktop() -> (u16, u16) {
    let side = |at| std::env::args().nth(at).and_then(|side| side.parse().ok());
    side(1).zip(side(2)).unwrap_or(USUAL)
}

fn main() -> anyhow::Result<()> {
    println!(
        "workload          updates  first kB   then kB   B/update   grab ms   encode ms   decode ms (CPU an update)"
    );
    for (name, work) in [
        ("typing", typing as fn(&mut Bench) -> anyhow::Result<()>),
        ("page scrolled", page),
        ("coloured log", log),
        ("white on black", plain_log),
        ("window dragged", dragged),
    ] {
        let mut bench = Bench::new()?;
        work(&mut bench).with_context(|| name.to_owned())?;
        bench.report(name)?;
    }
    Ok(())
}

/// A line is typed letter by letter, 400 letters.
fn typing(bench: &mut Bench) -> anyhow::Result<()> {
    let mut terminal = bench.terminal()?;
    for letter in words(400) {
        bench.step(|| Ok(write!(terminal, "{letter}").and_then(|()| terminal.flush())?))?;
    }
    Ok(())
}

/// A long page of smooth text in two sizes and colours goes up by 53 pixels, 100 times.
fn page(bench: &mut Bench) -> anyhow::Result<()> {
    let letters: Vec<char> = words(45_000).collect();
    let mut convert = Command::new("convert");
    convert.args(["-background", "white", "-gravity", "NorthWest"]);
    // Paragraphs of eight lines, every third one a link, and headings.
    for (index, line) in letters.chunks(130).enumerate() {
        let (colour, points) = match (index % 9, index / 9 % 3) {
            (0, _) => ("#702020", "24"),
            (_, 0) => ("#1a4fb4", "17"),
            (_, _) => ("#202028", "17"),
        };
        let line: String = line.iter().collect();
        convert.args(["-fill", colour, "-pointsize", points]).arg(format!("label:{line}"));
    }
    let page = convert.args(["-append", "-extent", "1200x7000", "-depth", "8", "bgra:-"]).output()?.stdout;
    ensure!(page.len() == 1200 * 7000 * 4, "ImageMagick made no page");
    let connection = &bench.connection;
    let screen = &bench.screen;
    let pixmap: Pixmap = connection.generate_id()?;
    let gc = connection.generate_id()?;
    connection.create_pixmap(screen.root_depth, pixmap, screen.root, 1200, 7000)?;
    connection.create_gc(gc, pixmap, &CreateGCAux::new().graphics_exposures(0))?;
    for (y, rows) in (0i16..).step_by(10).zip(page.chunks(1200 * 4 * 10)) {
        let height = u16::try_from(rows.len() / 4800)?;
        connection.put_image(ImageFormat::Z_PIXMAP, pixmap, gc, 1200, height, 0, y, 0, screen.root_depth, rows)?;
    }
    let window = connection.generate_id()?;
    let (looks, class) = (CreateWindowAux::new().background_pixel(0xF0F0F0), WindowClass::INPUT_OUTPUT);
    let visual = screen.root_visual;
    connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        screen.root,
        300,
        60,
        1200,
        960,
        0,
        class,
        visual,
        &looks,
    )?;
    connection.map_window(window)?;
    connection.get_input_focus()?.reply()?;
    let show = |connection: &RustConnection, y: i16| {
        connection.copy_area(pixmap, window, gc, 0, y, 0, 0, 1200, 960)?;
        connection.get_input_focus()?.reply()?;
        anyhow::Ok(())
    };
    show(connection, 0)?;
    for step in 1..=100 {
        bench.step_with(|connection| show(connection, step * 53))?;
    }
    Ok(())
}

/// A log with a time, a level in colour and words, five lines a step.
fn log(bench: &mut Bench) -> anyhow::Result<()> {
    logged(bench, true)
}

fn plain_log(bench: &mut Bench) -> anyhow::Result<()> {
    logged(bench, false)
}

/// A terminal full of text is dragged over the wallpaper, down and to the right.
fn dragged(bench: &mut Bench) -> anyhow::Result<()> {
    let mut terminal = bench.terminal()?;
    let text: String = words(6000).collect();
    terminal.write_all(text.as_bytes())?;
    sleep(Duration::from_millis(300));
    let window = bench.connection.query_tree(bench.screen.root)?.reply()?.children.pop().context("no window")?;
    for step in 1..=40 {
        bench.step_with(|connection| {
            let place = ConfigureWindowAux::new().x(100 + step * 9).y(40 + step * 2);
            connection.configure_window(window, &place)?.check()?;
            Ok(())
        })?;
    }
    Ok(())
}

fn logged(bench: &mut Bench, coloured: bool) -> anyhow::Result<()> {
    let mut terminal = bench.terminal()?;
    let mut words = words(1_000_000);
    for step in 0..150 {
        let mut lines = String::new();
        for line in step * 5..step * 5 + 5 {
            let (level, colour) = [("INFO ", 32), ("DEBUG", 34), ("WARN ", 33), ("ERROR", 31)][line * line % 4];
            let text: String = words.by_ref().take(40 + line * 7 % 60).collect();
            let colour = if coloured { colour } else { 0 };
            let time = format!("12:{:02}:{:02}.{:03}", line / 60 % 60, line % 60, line * 37 % 1000);
            lines += &format!("\x1b[2m{time}\x1b[0m \x1b[{colour}m{level}\x1b[0m {text}\r\n");
        }
        bench.step(|| Ok(terminal.write_all(lines.as_bytes()).and_then(|()| terminal.flush())?))?;
    }
    Ok(())
}

/// So many letters and spaces, the same every time.
fn words(count: usize) -> impl Iterator<Item = char> {
    let list = ["the", "printer", "window", "says", "that", "Beistand", "a", "server", "login", "was", "refused", "42"];
    let mut state = 7u32;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(list[(state >> 16) as usize % list.len()].chars().chain([' ']))
    })
    .flatten()
    .take(count)
}

/// One screen with all that a picture needs, and what it came to.
struct Bench {
    display: String,
    connection: RustConnection,
    screen: Screen,
    capture: Box<dyn Capture>,
    encoder: Encoder,
    decoder: Decoder,
    began: Instant,
    gate: Gate,
    grants: Grants,
    updates: u32,
    first_bytes: usize,
    bytes: usize,
    grab_ns: u64,
    encode_ns: u64,
    decode_ns: u64,
    folder: tempfile::TempDir,
    terminal: Option<(Running, fs::File)>,
    _server: Running,
}

/// Something photographic behind the windows.
fn wallpaper(connection: &RustConnection, screen: &Screen) -> anyhow::Result<()> {
    let size = format!("{}x{}", desktop().0, desktop().1);
    let plasma = ["-size", &size, "-seed", "7", "plasma:steelblue-tan", "-blur", "0x2", "-depth", "8", "bgra:-"];
    let image = Command::new("convert").args(plasma).output()?.stdout;
    ensure!(image.len() == usize::from(desktop().0) * usize::from(desktop().1) * 4, "ImageMagick made no wallpaper");
    let (pixmap, gc) = (connection.generate_id()?, connection.generate_id()?);
    connection.create_pixmap(screen.root_depth, pixmap, screen.root, desktop().0, desktop().1)?;
    connection.create_gc(gc, pixmap, &CreateGCAux::new())?;
    for (y, rows) in (0i16..).step_by(20).zip(image.chunks(usize::from(desktop().0) * 4 * 20)) {
        connection.put_image(ImageFormat::Z_PIXMAP, pixmap, gc, desktop().0, 20, 0, y, 0, screen.root_depth, rows)?;
    }
    let looks = ChangeWindowAttributesAux::new().background_pixmap(pixmap);
    connection.change_window_attributes(screen.root, &looks)?;
    connection.clear_area(false, screen.root, 0, 0, 0, 0)?;
    connection.get_input_focus()?.reply()?;
    Ok(())
}

impl Bench {
    fn new() -> anyhow::Result<Self> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{}x{}x24", desktop().0, desktop().1),
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb")?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().context("no output")?).read_line(&mut number)?;
        let display = format!(":{}", number.trim());
        let (connection, at) = RustConnection::connect(Some(&display))?;
        let screen = connection.setup().roots[at].clone();
        wallpaper(&connection, &screen)?;
        let capture = X11::named(&display).open(Share::All, &Blackout::new())?;
        let (gate, mut grants) = (Gate::closed(), Grants::default());
        grants.set(Permission::SeeScreen, Setting::On);
        gate.apply(&grants);
        Ok(Self {
            display,
            connection,
            screen,
            encoder: Encoder::new(capture.size())?,
            capture,
            decoder: Decoder::new()?,
            began: Instant::now(),
            gate,
            grants,
            updates: 0,
            first_bytes: 0,
            bytes: 0,
            grab_ns: 0,
            encode_ns: 0,
            decode_ns: 0,
            folder: tempfile::tempdir()?,
            terminal: None,
            _server: Running(server),
        })
    }

    /// An xterm that shows what is written to the pipe.
    fn terminal(&mut self) -> anyhow::Result<fs::File> {
        let pipe = self.folder.path().join("pipe");
        ensure!(Command::new("mkfifo").arg(&pipe).status()?.success(), "no pipe");
        let show = format!("stty raw; exec cat {}", pipe.display());
        let terminal = Command::new("xterm")
            .args(["-fa", "monospace", "-fs", "11", "-geometry", "150x50+100+40", "-bg", "black", "-fg", "gray90"])
            .args(["-e", "sh", "-c", &show])
            .env("DISPLAY", &self.display)
            .spawn()
            .context("xterm")?;
        let writer = fs::OpenOptions::new().write(true).open(pipe)?;
        sleep(Duration::from_millis(500));
        self.terminal = Some((Running(terminal), writer.try_clone()?));
        Ok(writer)
    }

    fn step(&mut self, draw: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.step_with(|_| draw())
    }

    fn step_with(&mut self, draw: impl FnOnce(&RustConnection) -> anyhow::Result<()>) -> anyhow::Result<()> {
        if self.updates == 0 {
            self.update()?;
            self.first_bytes = std::mem::take(&mut self.bytes);
            (self.grab_ns, self.encode_ns, self.decode_ns) = (0, 0, 0);
        }
        draw(&self.connection)?;
        sleep(DRAWS);
        self.update()
    }

    fn update(&mut self) -> anyhow::Result<()> {
        let epoch = self.grants.live(Permission::SeeScreen).context("not allowed")?;
        let mut damaged = Vec::new();
        let begin = cpu_ns()?;
        {
            let consent = self.gate.consent::<SeeScreen>(epoch).context("not allowed")?;
            self.capture.grab(&consent, &mut damaged)?;
        }
        let grabbed = cpu_ns()?;
        damaged.iter().for_each(|area| self.encoder.suspect(*area));
        let (mut payload, mut video) = (Vec::new(), Vec::new());
        let now = Moment::at(self.began.elapsed());
        self.encoder.encode(self.capture.frame(), &Wish::all(now), &mut payload, &mut video)?;
        let encoded = cpu_ns()?;
        self.bytes += payload.len() + video.len();
        self.grab_ns += grabbed - begin;
        self.encode_ns += encoded - grabbed;
        if !payload.is_empty() {
            self.updates += 1;
            let (sequence, size) = (self.updates, self.capture.size());
            let update = Update { sequence, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video };
            let begin = cpu_ns()?;
            self.decoder.decode(&update, &mut Vec::new())?;
            self.decode_ns += cpu_ns()? - begin;
        }
        Ok(())
    }

    fn report(&mut self, name: &str) -> anyhow::Result<()> {
        sleep(Duration::from_millis(100));
        self.update()?;
        let image =
            self.connection.get_image(ImageFormat::Z_PIXMAP, self.screen.root, 0, 0, desktop().0, desktop().1, !0)?;
        let screen = image.reply()?.data;
        let shown = self.decoder.canvas().context("no picture")?.pixels();
        let same = screen
            .as_chunks::<4>()
            .0
            .iter()
            .zip(shown)
            .all(|([blue, green, red, _], shown)| shown.to_le_bytes() == [*red, *green, *blue, 255]);
        ensure!(same, "the picture is not the screen");
        let updates = self.updates - 1;
        let kb = |bytes: usize| bytes as f64 / 1000.0;
        let each = |ns: u64| ns as f64 / 1e6 / f64::from(updates);
        println!(
            "{name:16}  {updates:7}  {:8.1}  {:8.1}  {:9.0}  {:8.2}  {:10.2}  {:10.2}",
            kb(self.first_bytes),
            kb(self.bytes),
            self.bytes as f64 / f64::from(updates),
            each(self.grab_ns),
            each(self.encode_ns),
            each(self.decode_ns)
        );
        Ok(())
    }
}

/// The CPU time that this thread has used.
#[allow(unsafe_code, clippy::cast_sign_loss)]
fn cpu_ns() -> anyhow::Result<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local that lives through the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    ensure!(result == 0, "no clock");
    Ok(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}
