//! A film in a page of text: our picture beside VP9 as RustDesk sets it, on the same captured frames.
//!
//! `cargo run --release -p beistand-tests --example picture_vp9`. Needs Xvfb, ImageMagick and ffmpeg with libvpx. Bytes
//! are those after the first frame, and ours hold what makes the last one exact. Processor time is ours for finding,
//! encoding and compressing, on its thread; ffmpeg's is user time alone, without the pipe, and it is given what it
//! encodes as it needs it (I420), so converting the screen is not counted for it. After each frame every pixel outside
//! of the film must be right, and at the end all. What the technician's end takes to decode ours is said too.
#![allow(clippy::print_stdout, clippy::indexing_slicing, clippy::cast_possible_truncation)]

use anyhow::{Context, Result, ensure};
use beistand_protocol::permission::{Gate, Grants, Permission, SeeScreen, Setting};
use beistand_protocol::picture::{Share, Size, Update};
use beistand_protocol::time::Moment;
use beistand_session::picture::{Area, Decoder, Encoder, View, Wish};
use beistand_session::screen::{Blackout, Desktop, x11::X11};
use beistand_tests::display::Display;
use beistand_tests::script::{Script, VIDEO};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What the customer's screen showed, and where it had changed.
struct Frame {
    at: Moment,
    damaged: Vec<Area>,
    pixels: Vec<u32>,
}

fn main() -> Result<()> {
    let display = Display::xvfb(1920, 1080)?;
    let frames = captured(&display)?;
    println!("{} frames of {:?}", frames.len(), display.size());
    let size = Size::new(1920, 1080)?;
    let (bytes, cpu, decoding) = ours(&frames, size)?;
    let [each, decoding] = [cpu, decoding].map(|time| time.as_secs_f64() * 1000.0 / frames.len() as f64);
    println!("ours: {} kB, {each:.2} ms a frame, {decoding:.2} ms to decode one", bytes / 1000);
    let (theirs, their_cpu) = vp9(&frames)?;
    println!("VP9:  {} kB, {:.1} ms a frame", theirs / 1000, their_cpu.as_secs_f64() * 1000.0 / frames.len() as f64);
    println!(
        "ours/VP9: {:.2} of the bytes, {:.2} of the processor time",
        bytes as f64 / theirs as f64,
        cpu.as_secs_f64() / their_cpu.as_secs_f64()
    );
    Ok(())
}

/// What a customer's screen shows while the script runs, as the worker captures it.
fn captured(display: &Display) -> Result<Vec<Frame>> {
    let (gate, mut grants) = (Gate::closed(), Grants::default());
    grants.set(Permission::SeeScreen, Setting::On);
    gate.apply(&grants);
    let epoch = grants.live(Permission::SeeScreen).context("allowed")?;
    let mut capture = X11::named(display.name()).open(Share::All, &Blackout::new())?;
    let mut script = Script::ready("video in a page", display)?;
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let player = thread::spawn(move || {
        let steps = script.run();
        is_over.store(true, Ordering::Relaxed);
        (steps, script)
    });
    // Damage counts until the frame that shows it.
    let (began, mut frames, mut damaged) = (Instant::now(), Vec::<Frame>::new(), Vec::new());
    while !over.load(Ordering::Relaxed) {
        {
            let consent = gate.consent::<SeeScreen>(epoch).context("allowed")?;
            capture.grab(&consent, &mut damaged)?;
        }
        let pixels = capture.frame().pixels();
        if frames.last().is_none_or(|last| last.pixels != pixels) {
            let (at, damaged) = (Moment::at(began.elapsed()), damaged.split_off(0));
            frames.push(Frame { at, damaged, pixels: pixels.to_vec() });
        }
        thread::sleep(Duration::from_millis(5));
    }
    let (steps, _script) = player.join().ok().context("the player panicked")?;
    ensure!(frames.len() as u32 * 10 > steps? * 8, "only {} frames were captured", frames.len());
    Ok(frames)
}

/// Bytes, and the processor time of encoding and of decoding.
fn ours(frames: &[Frame], size: Size) -> Result<(usize, Duration, Duration)> {
    let (mut encoder, mut decoder) = (Encoder::new(size)?, Decoder::new()?);
    let mut update =
        Update { sequence: 0, stream: 1, size, captured_ms: 0, answers_input: 0, payload: vec![], video: vec![] };
    let (mut bytes, mut cpu, mut decoding) = (0, Duration::ZERO, Duration::ZERO);
    let mut frame = |now: Moment, pixels: &[u32], exact: bool, encoder: &mut Encoder| -> Result<(usize, Duration)> {
        update.payload.clear();
        update.video.clear();
        let before = thread_time()?;
        encoder.encode(View::new(size, pixels), &Wish::all(now), &mut update.payload, &mut update.video)?;
        let took = thread_time()? - before;
        if !update.payload.is_empty() {
            update.sequence += 1;
            let before = thread_time()?;
            decoder.decode(&update, &mut Vec::new())?;
            decoding += thread_time()? - before;
        }
        let shown = decoder.picture().context("a picture")?.flattened();
        let (left, upper) = (VIDEO.0 as usize, VIDEO.1 as usize);
        let film = |at: usize| {
            let (x, y) = (at % 1920, at / 1920);
            (left..left + 640).contains(&x) && (upper..upper + 360).contains(&y)
        };
        for (at, (screen, shown)) in pixels.iter().zip(shown.pixels()).enumerate() {
            let [blue, green, red, _] = screen.to_le_bytes();
            let right = shown.to_le_bytes() == [red, green, blue, 255];
            ensure!(right || !exact && film(at), "pixel {at} is wrong");
        }
        Ok((update.payload.len() + update.video.len(), took))
    };
    for (index, Frame { at, damaged, pixels }) in frames.iter().enumerate() {
        damaged.iter().for_each(|area| encoder.suspect(*area));
        let (frame_bytes, took) = frame(*at, pixels, false, &mut encoder)?;
        if index > 0 {
            (bytes, cpu) = (bytes + frame_bytes, cpu + took);
        }
    }
    let last = &frames.last().context("frames")?.pixels;
    while let Some(due) = encoder.due() {
        let (frame_bytes, took) = frame(due, last, false, &mut encoder)?;
        (bytes, cpu) = (bytes + frame_bytes, cpu + took);
    }
    frame(Moment::at(Duration::from_secs(3600)), last, true, &mut encoder)?;
    Ok((bytes, cpu, decoding))
}

fn vp9(frames: &[Frame]) -> Result<(usize, Duration)> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out.ivf");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-benchmark", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1920x1080", "-r", "30", "-i", "-"]);
    ffmpeg.args(["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "7", "-lag-in-frames", "0"]);
    ffmpeg.args(["-b:v", "1400k", "-minrate", "1400k", "-maxrate", "1400k", "-qmin", "12", "-qmax", "56"]);
    ffmpeg.args(["-row-mt", "1", "-g", "9999", "-threads", "2"]).arg(&out);
    let mut ffmpeg = ffmpeg.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut input = ffmpeg.stdin.take().context("piped")?;
    let said = thread::spawn(move || ffmpeg.wait_with_output());
    for frame in frames {
        input.write_all(&i420(&frame.pixels))?;
    }
    drop(input);
    let output = said.join().ok().context("a thread")??;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{said}");
    let user = said.split("utime=").nth(1).and_then(|rest| rest.split('s').next()).context("a benchmark")?;
    // Frames have a length and a time before them, the file 32 bytes.
    let (file, mut at, mut bytes, mut count) = (fs::read(out)?, 32, 0, 0);
    while let Some(length) = file.get(at..at + 4) {
        let length = u32::from_le_bytes(length.try_into()?) as usize;
        (at, count) = (at + 12 + length, count + 1);
        bytes += if count > 1 { length } else { 0 };
    }
    ensure!(count == frames.len(), "{count} frames came out");
    Ok((bytes, Duration::from_secs_f64(user.parse()?)))
}

fn i420(pixels: &[u32]) -> Vec<u8> {
    let rgb = |pixel: u32| pixel.to_le_bytes().map(i32::from);
    let mut out: Vec<u8> = Vec::with_capacity(pixels.len() * 3 / 2);
    out.extend(pixels.iter().map(|pixel| {
        let [blue, green, red, _] = rgb(*pixel);
        u8::try_from(((66 * red + 129 * green + 25 * blue + 128) >> 8) + 16).unwrap_or(u8::MAX)
    }));
    for [r, g, b] in [[-38, -74, 112], [112, -94, -18]] {
        for rows in pixels.chunks_exact(1920 * 2) {
            out.extend((0..960).map(|column| {
                let four = [column * 2, column * 2 + 1, 1920 + column * 2, 1921 + column * 2].map(|at| rgb(rows[at]));
                let sum = |channel: usize| four.iter().map(|pixel| pixel[channel]).sum::<i32>() / 4;
                u8::try_from(((r * sum(2) + g * sum(1) + b * sum(0) + 128) >> 8) + 128).unwrap_or(u8::MAX)
            }));
        }
    }
    out
}

/// The processor time of this thread.
fn thread_time() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(stat.split_whitespace().next().context("a field")?.parse()?))
}
