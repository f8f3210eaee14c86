//! A large film on the customer's screen: how many pictures of it reach the technician's, through both real windows.
//!
//! `film_bench SECONDS [WIDTH HEIGHT]` plays a film of nearly that size and prints who decodes it (the technician's web
//! view, or we), how many pictures of it appear on the technician's display in a second, and what processor time the
//! technician's processes take for one. With `GST_PLUGIN_FEATURE_RANK=openh264dec:NONE` the web view has no decoder.
//! Customer, relay and technician share one machine, so the customer's encoder takes its part.
#![allow(clippy::print_stdout)]

use anyhow::{Context as _, Result};
use beistand_tests::call::Call;
use beistand_tests::display::{connect, root};
use beistand_tests::driver::{PATIENCE, Page, eventually};
use beistand_tests::film::Film;
use beistand_tests::process::processor_time;
use std::time::{Duration, Instant};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

/// What the film leaves free of the customer's screen: the panel lies there.
const RIGHT: u16 = 440;
const BELOW: u16 = 120;
/// A patch of the film that is looked at.
const PATCH: u16 = 48;

#[tokio::main]
async fn main() -> Result<()> {
    let argument = |at| std::env::args().nth(at).map(|side| side.parse::<u16>()).transpose();
    let seconds = argument(1)?.context("say how many seconds")?;
    let (width, height) = argument(2)?.zip(argument(3)?).unwrap_or((1920, 1080));
    let call = Call::running_with((width, height)).await?;
    let place = (0, 60, width - RIGHT, height - BELOW);
    let _film = Film::play(&call.seat.desktop, place)?;
    let (x, y) = call.in_viewer(200, 200).await?;
    // It is found, begun and has settled.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let videos = eventually("the canvas", PATIENCE, async || {
        Ok(call
            .technician
            .run("return document.querySelector('canvas').dataset.videos")
            .await?
            .as_str()
            .map(str::to_owned))
    })
    .await?;
    call.technician.turn_to(Page::Viewer).await?;
    let connection = connect(call.seat.office.name())?;
    let display = root(&connection)?;
    let cpu =
        || -> Result<Duration> { call.seat.technician.processes().iter().map(|one| processor_time(one.id)).sum() };
    let (before, began, mut shown, mut last) = (cpu()?, Instant::now(), 0_u32, Vec::new());
    while began.elapsed() < Duration::from_secs(seconds.into()) {
        let patch = connection.get_image(ImageFormat::Z_PIXMAP, display, x, y, PATCH, PATCH, u32::MAX)?.reply()?.data;
        if patch != last {
            shown += 1;
            last = patch;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (took, cpu) = (began.elapsed().as_secs_f64(), (cpu()? - before).as_secs_f64());
    println!(
        "film of {}x{}, {}: {:.1} pictures a second, {:.1} ms of the technician's processors each, {:.0} % of a core",
        place.2,
        place.3,
        if videos == "0" { "decoded by us" } else { "decoded by the web view" },
        f64::from(shown) / took,
        cpu * 1000.0 / f64::from(shown.max(1)),
        cpu / took * 100.0
    );
    Ok(())
}
