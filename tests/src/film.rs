//! A film on a customer's screen, painted here: hills of colour that drift, with grain, 25 pictures a second.

use crate::display::{Display, root};
use anyhow::{Context, Result, anyhow};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::Duration;
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateGCAux, CreateWindowAux, ImageFormat, WindowClass};
use x11rb::rust_connection::RustConnection;

/// So many different pictures; they are played to and fro.
const PICTURES: usize = 16;
const PICTURE: Duration = Duration::from_millis(40);
/// No request holds more rows.
const ROWS: usize = 16;

/// A film that plays until it is stopped, and then stands still.
#[derive(Debug)]
pub struct Film {
    stopped: Arc<AtomicBool>,
    player: Option<JoinHandle<Result<()>>>,
    /// On it the window lives.
    _connection: Arc<RustConnection>,
}

impl Film {
    /// Plays at this place of a display: left, top, width and height.
    ///
    /// # Errors
    /// When the display does not do as it should.
    pub fn play(display: &Display, (x, y, width, height): (i16, i16, u16, u16)) -> Result<Self> {
        let connection = Arc::new(display.connect()?);
        let screen = connection.setup().roots.first().context("a screen")?.clone();
        let [window, gc] = [connection.generate_id()?, connection.generate_id()?];
        let looks = CreateWindowAux::new().override_redirect(1);
        let (depth, class) = (COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_OUTPUT);
        let parent = root(&connection)?;
        connection.create_window(depth, window, parent, x, y, width, height, 0, class, screen.root_visual, &looks)?;
        connection.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        let mut pictures = Vec::with_capacity(PICTURES);
        for number in 0..PICTURES {
            let picture = connection.generate_id()?;
            connection.create_pixmap(screen.root_depth, picture, parent, width, height)?;
            let pixels = paint(number, width.into(), height.into());
            let row = usize::from(width) * 4;
            for (top, part) in (0..).step_by(ROWS).zip(pixels.chunks(row * ROWS)) {
                let high = u16::try_from(part.len() / row)?;
                connection.put_image(
                    ImageFormat::Z_PIXMAP,
                    picture,
                    gc,
                    width,
                    high,
                    0,
                    top,
                    0,
                    screen.root_depth,
                    part,
                )?;
            }
            pictures.push(picture);
        }
        connection.map_window(window)?;
        let (stopped, on) = (Arc::new(AtomicBool::new(false)), Arc::clone(&connection));
        let stop = Arc::clone(&stopped);
        let player = std::thread::spawn(move || {
            let there_and_back = pictures.iter().chain(pictures.iter().rev()).cycle();
            for picture in there_and_back.take_while(|_| !stop.load(Ordering::Relaxed)) {
                on.copy_area(*picture, window, gc, 0, 0, 0, 0, width, height)?;
                on.get_input_focus()?.reply()?;
                sleep(PICTURE);
            }
            Ok(())
        });
        Ok(Self { stopped, player: Some(player), _connection: connection })
    }

    /// Leaves the last picture where it is.
    ///
    /// # Errors
    /// When it could not play until now.
    pub fn stop(&mut self) -> Result<()> {
        self.stopped.store(true, Ordering::Relaxed);
        self.player.take().map_or(Ok(()), |player| player.join().map_err(|_| anyhow!("the player panicked"))?)
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Blue, green, red and nothing, row by row.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // colours and places
fn paint(number: usize, width: usize, height: usize) -> Vec<u8> {
    let mut state = number as u32 * 7919 + 1;
    let mut pixels = Vec::with_capacity(width * height * 4);
    let drift = number as f32 * 2.0;
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (state >> 29) as f32;
            let hill = |across: f32, down: f32| ((x as f32 + drift) / across + y as f32 / down).sin() * 70.0 + 120.0;
            pixels
                .extend([hill(90.0, 60.0), hill(70.0, 110.0), hill(130.0, 80.0)].map(|colour| (colour + grain) as u8));
            pixels.push(0);
        }
    }
    pixels
}
