//! What happens on a customer's screen: the same, at the same pace, for whoever watches.
//!
//! Needs xterm, ImageMagick and ffmpeg.
#![allow(clippy::indexing_slicing)] // Its own lists, by their own length.

use crate::display::{Display, root};
use crate::process::Guard;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateGCAux, CreateWindowAux, ImageFormat, Pixmap, WindowClass};
use x11rb::rust_connection::RustConnection;

/// The video's place in its page.
pub const VIDEO: (i16, i16, u16, u16) = (421, 263, 640, 360);
const FRAMES: usize = 300;
const PAGE: (i16, i16, u16, u16) = (300, 60, 1200, 960);

/// Something on the screen that is ready to go, and then goes.
pub enum Script {
    /// Typing at a shell's prompt.
    Typing(Terminal),
    /// A coloured log that runs through.
    Log(Terminal),
    /// A page that is scrolled.
    Page(Window),
    /// A video in a page.
    Video(Window),
}

/// An xterm that shows what is written to a pipe.
pub struct Terminal {
    pipe: fs::File,
    _folder: TempDir,
    _xterm: Guard,
}

/// A window that shows a part of a page, or a video in it.
pub struct Window {
    connection: RustConnection,
    window: u32,
    gc: u32,
    page: Pixmap,
    frames: Vec<Pixmap>,
}

impl Script {
    /// Opens what is needed. The name is *typing*, *coloured log*, *page scrolled* or *video in a page*.
    ///
    /// # Errors
    /// When a program that it needs is not installed.
    pub fn ready(name: &str, display: &Display) -> Result<Self> {
        Ok(match name {
            "typing" => Self::Typing(Terminal::open(display)?),
            "coloured log" => Self::Log(Terminal::open(display)?),
            "page scrolled" => Self::Page(Window::open(display, &[])?),
            _ => Self::Video(Window::open(display, clip()?)?),
        })
    }

    /// Runs it to its end; answers how often the screen changed.
    ///
    /// # Errors
    /// When the display or the terminal is gone.
    pub fn run(&mut self) -> Result<u32> {
        let mut clock = Instant::now();
        let mut steps = 0;
        let mut wait = |ms: u64| {
            clock += Duration::from_millis(ms);
            sleep(clock.saturating_duration_since(Instant::now()));
            steps += 1;
        };
        match self {
            Self::Typing(terminal) => {
                // At a shell's prompt: after every forty letters Return and a line of an answer.
                for (index, letter) in words(400).enumerate() {
                    let answer = if index % 40 == 39 { "\r\nsays: the printer was refused\r\n$ " } else { "" };
                    write!(terminal.pipe, "{letter}{answer}")?;
                    wait(25);
                }
            }
            Self::Log(terminal) => {
                let mut words = words(1_000_000);
                for step in 0..150 {
                    terminal.pipe.write_all(lines(step, &mut words).as_bytes())?;
                    wait(40);
                }
            }
            Self::Page(window) => {
                for step in 1..=100 {
                    window.scroll(step * 53)?;
                    wait(50);
                }
            }
            Self::Video(window) => {
                for frame in 0..FRAMES {
                    window.show(frame)?;
                    wait(33);
                }
            }
        }
        Ok(steps)
    }
}

/// Five lines of a log: a time, a level in colour and words.
fn lines(step: usize, words: &mut impl Iterator<Item = char>) -> String {
    let mut lines = String::new();
    for line in step * 5..step * 5 + 5 {
        let (level, colour) = [("INFO ", 32), ("DEBUG", 34), ("WARN ", 33), ("ERROR", 31)][line * line % 4];
        let text: String = words.by_ref().take(40 + line * 7 % 60).collect();
        let time = format!("12:{:02}:{:02}.{:03}", line / 60 % 60, line % 60, line * 37 % 1000);
        lines += &format!("\x1b[2m{time}\x1b[0m \x1b[{colour}m{level}\x1b[0m {text}\r\n");
    }
    lines
}

impl Terminal {
    fn open(display: &Display) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let pipe = folder.path().join("pipe");
        ensure!(Command::new("mkfifo").arg(&pipe).status()?.success(), "no pipe");
        let show = format!("stty raw; exec cat {}", pipe.display());
        let mut xterm = Command::new("xterm");
        xterm.args(["-fa", "monospace", "-fs", "11", "-geometry", "150x50+100+40", "-bg", "black", "-fg", "gray90"]);
        xterm.args(["-e", "sh", "-c", &show]).env("DISPLAY", display.name());
        let xterm = Guard::start(xterm.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
        let mut pipe = fs::OpenOptions::new().write(true).open(pipe)?;
        // A terminal that has been worked in is full.
        let mut letters = words(1_000_000);
        for step in 0..12 {
            pipe.write_all(lines(step, &mut letters).as_bytes())?;
        }
        sleep(Duration::from_millis(500));
        Ok(Self { pipe, _folder: folder, _xterm: xterm })
    }
}

impl Window {
    fn open(display: &Display, clip: &[u8]) -> Result<Self> {
        let connection = display.connect()?;
        let screen = connection.setup().roots.first().context("a screen")?.clone();
        let [page, window, gc] = [connection.generate_id()?, connection.generate_id()?, connection.generate_id()?];
        connection.create_pixmap(screen.root_depth, page, screen.root, PAGE.2, 7000)?;
        connection.create_gc(gc, page, &CreateGCAux::new().graphics_exposures(0))?;
        let mut opened = Self { connection, window, gc, page, frames: Vec::new() };
        opened.put(page, (PAGE.2, 7000), &text()?)?;
        let (width, height) = (VIDEO.2, VIDEO.3);
        for frame in clip.chunks_exact(usize::from(width) * usize::from(height) * 4) {
            let pixmap = opened.connection.generate_id()?;
            opened.connection.create_pixmap(screen.root_depth, pixmap, screen.root, width, height)?;
            opened.put(pixmap, (width, height), frame)?;
            opened.frames.push(pixmap);
        }
        let (looks, class) = (CreateWindowAux::new().background_pixel(0xF0F0F0), WindowClass::INPUT_OUTPUT);
        let (depth, visual) = (COPY_DEPTH_FROM_PARENT, screen.root_visual);
        let (x, y, width, height) = PAGE;
        opened.connection.create_window(
            depth,
            window,
            root(&opened.connection)?,
            x,
            y,
            width,
            height,
            0,
            class,
            visual,
            &looks,
        )?;
        opened.connection.map_window(window)?;
        opened.scroll(0)?;
        if clip.is_empty() { Ok(opened) } else { opened.show(0).map(|()| opened) }
    }

    fn put(&self, pixmap: Pixmap, (width, height): (u16, u16), image: &[u8]) -> Result<()> {
        let rows = usize::from(width) * 4;
        for (y, part) in (0u16..height).step_by(16).zip(image.chunks(rows * 16)) {
            let (high, y) = (u16::try_from(part.len() / rows)?, i16::try_from(y)?);
            let format = ImageFormat::Z_PIXMAP;
            self.connection.put_image(format, pixmap, self.gc, width, high, 0, y, 0, 24, part)?;
        }
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn scroll(&self, y: i16) -> Result<()> {
        self.connection.copy_area(self.page, self.window, self.gc, 0, y, 0, 0, PAGE.2, PAGE.3)?;
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn show(&self, frame: usize) -> Result<()> {
        let pixmap = self.frames.get(frame % self.frames.len().max(1)).context("a frame")?;
        let (x, y, width, height) = VIDEO;
        let (x, y) = (x - PAGE.0, y - PAGE.1);
        self.connection.copy_area(*pixmap, self.window, self.gc, 0, 0, x, y, width, height)?;
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }
}

/// A long page of smooth text in two sizes and colours.
fn text() -> Result<Vec<u8>> {
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
    Ok(page)
}

/// Ten seconds like those of a camera: it pans and zooms over a landscape, something moves in front of it, and every
/// frame has its own grain.
fn clip() -> Result<&'static [u8]> {
    static CLIP: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(clip) = CLIP.get() {
        return Ok(clip);
    }
    let folder = tempfile::tempdir()?;
    let [land, thing] = ["land.png", "thing.png"].map(|name| folder.path().join(name));
    let mut convert = Command::new("convert");
    convert.args(["-size", "1600x900", "-seed", "7", "plasma:steelblue-tan", "-seed", "11", "("]);
    convert.args(["-size", "1600x900", "plasma:gray20-gray80", "-paint", "2", ")"]);
    convert.args(["-compose", "overlay", "-composite", "-sharpen", "0x1"]).arg(&land);
    ensure!(convert.status()?.success(), "ImageMagick made no landscape");
    let mut convert = Command::new("convert");
    convert.args(["-size", "200x150", "-seed", "5", "plasma:firebrick-khaki", "-paint", "1"]).arg(&thing);
    ensure!(convert.status()?.success(), "ImageMagick made nothing to move");
    let filter = "[0]zoompan=z='1.5+0.3*sin(on/40)':x='300+200*sin(on/25)':y='150+100*cos(on/33)':d=1:s=640x360:\
                  fps=30[camera];[camera][1]overlay=x='40+40*t':y='30+150*abs(sin(t*1.3))',noise=alls=4:allf=t,\
                  format=bgra[out]";
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-loop", "1", "-i"]).arg(&land).args(["-loop", "1", "-i"]).arg(&thing);
    ffmpeg.args(["-filter_complex", filter, "-map", "[out]", "-frames:v", &FRAMES.to_string(), "-f", "rawvideo", "-"]);
    let frames = ffmpeg.stdin(Stdio::null()).output()?;
    ensure!(frames.stdout.len() == 640 * 360 * 4 * FRAMES, "no clip: {}", String::from_utf8_lossy(&frames.stderr));
    Ok(CLIP.get_or_init(|| frames.stdout))
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
