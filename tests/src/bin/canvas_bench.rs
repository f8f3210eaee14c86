//! From a key at the technician's keyboard to the changed pixels on the technician's screen, through both real windows.
//!
//! `canvas_bench KEYS [WIDTH HEIGHT]`, on a customer's desktop of that size, types that many letters, one at a time, into the customer's xterm by way of the viewer, and
//! watches the part of the technician's display where the viewer draws it. It prints median, 95th percentile and
//! longest. Nothing waits: the display is looked at again and again, which itself takes about a millisecond.
#![allow(clippy::print_stdout)]

use anyhow::{Context as _, Result, ensure};
use beistand_tests::call::{Call, terminal};
use beistand_tests::display::{connect, root};
use beistand_tests::seat::USUAL_DESKTOP;
use beistand_tests::spread::{percentile, sorted};
use std::time::{Duration, Instant};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::RustConnection;

/// For so long nothing may have changed before a key is pressed.
const CALM: Duration = Duration::from_millis(120);
/// After so long a key is lost.
const LOST: Duration = Duration::from_secs(3);

/// A part of a display.
struct Part {
    connection: RustConnection,
    root: u32,
    place: (i16, i16, u16, u16),
}

impl Part {
    fn look(&self) -> Result<Vec<u8>> {
        let (x, y, width, height) = self.place;
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, u32::MAX)?;
        Ok(image.reply()?.data)
    }

    /// Waits until nothing changes any more.
    fn calm(&self) -> Result<Vec<u8>> {
        let (mut before, mut since) = (self.look()?, Instant::now());
        while since.elapsed() < CALM {
            let now = self.look()?;
            if now != before {
                (before, since) = (now, Instant::now());
            }
        }
        Ok(before)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let keys: usize = std::env::args().nth(1).context("say how many keys")?.parse()?;
    let size = |at| std::env::args().nth(at).map(|side| side.parse()).transpose();
    let desktop = size(2)?.zip(size(3)?).unwrap_or(USUAL_DESKTOP);
    let call = Call::with_control_of(desktop).await?;
    call.technician_types_a_line("PS1=; clear").await?;
    let (left, top, width, height) = terminal();
    let (x, y) = call.in_viewer(left, top).await?;
    let connection = connect(call.seat.office.name())?;
    let part = Part { root: root(&connection)?, connection, place: (x, y, width, height) };
    let mut times = Vec::with_capacity(keys);
    for _ in 0..keys {
        let before = part.calm()?;
        let pressed = Instant::now();
        call.seat.technician_hands.hold(u32::from('x'))?;
        while part.look()? == before {
            ensure!(pressed.elapsed() < LOST, "the key was lost");
        }
        times.push(pressed.elapsed());
        call.seat.technician_hands.release(u32::from('x'))?;
    }
    let times = sorted(times.into_iter());
    let [p50, p95, longest] = [50, 95, 100].map(|share| percentile(&times, share));
    println!("key to canvas, ms: p50 {p50:.1}, p95 {p95:.1}, longest {longest:.1}, of {keys}");
    Ok(())
}
