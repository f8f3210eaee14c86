//! Updates of the picture, as a start for the fuzzer.

use anyhow::{Result, ensure};
use beistand_protocol::picture::Size;
use beistand_protocol::time::Moment;
use beistand_session::picture::{Area, Canvas, Encoder, Wish};
use beistand_tests::fuzz::picture::{FETCH, GAP, NEW_STREAM, NEW_VIEWER, REPEAT, TURN, VIDEO};

/// What is put one after the other.
type Parts<'a> = &'a [&'a [u8]];

/// Updates as the encoder makes them: a window appears, moves, and the picture starts over.
pub(crate) fn screens() -> Result<Vec<u8>> {
    let (width, height) = (48_u8, 40_u8);
    let size = Size::new(width.into(), height.into())?;
    let mut encoder = Encoder::new(size)?;
    let mut screen = Canvas::new(size, 0x00f0_f0f0);
    let mut out = vec![width, height];
    for (step, flags) in [0, FETCH, 0, FETCH, NEW_STREAM | FETCH].into_iter().enumerate() {
        let at = u16::try_from(step)? * 3;
        screen.fill(Area { x: at, y: at, width: 20, height: 20 }, 0x0020_4060);
        for row in 0..16 {
            let line = Area { x: at + 2, y: at + 2, width: 16, height: 16 };
            for (column, pixel) in (0_u32..).zip(screen.row_mut(line, row + u32::from(at) + 2)) {
                *pixel = column * 0x0001_0203 + row * 0x0007_0b0d;
            }
        }
        if flags & NEW_STREAM != 0 {
            encoder.restart(size)?;
        }
        encoder.suspect(Area::whole(size));
        let mut payload = Vec::new();
        encoder.encode(screen.view(), &Wish::all(Moment::ORIGIN), &mut payload, &mut Vec::new())?;
        push_update(&mut out, flags, &payload)?;
    }
    Ok(out)
}

/// Updates as the encoder makes them while a film plays: some pictures of it, until it is a video and a bit more.
pub(crate) fn film() -> Result<Vec<u8>> {
    let mut out = vec![FILM_WIDTH, FILM_HEIGHT];
    for (payload, video) in filmed()? {
        push_update(&mut out, VIDEO | FETCH, &payload)?;
        push_samples(&mut out, &video)?;
    }
    Ok(out)
}

const FILM_WIDTH: u8 = 112;
const FILM_HEIGHT: u8 = 80;

/// Payloads and samples.
fn filmed() -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let size = Size::new(FILM_WIDTH.into(), FILM_HEIGHT.into())?;
    let mut encoder = Encoder::new(size)?;
    let mut screen = Canvas::new(size, 0x00f0_f0f0);
    let (mut updates, mut grain) = (Vec::new(), 1_u32);
    for frame in 0..12_u32 {
        for row in 0..FILM_HEIGHT.into() {
            for (column, pixel) in (0_u32..).zip(screen.row_mut(Area::whole(size), row)) {
                grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let light = 60 + (column + frame * 5) % 64 + row + (grain >> 29);
                *pixel = light * 0x0001_0101;
            }
        }
        encoder.suspect(Area::whole(size));
        let (mut payload, mut video) = (Vec::new(), Vec::new());
        let now = Moment::ORIGIN + core::time::Duration::from_millis(33 * u64::from(frame));
        encoder.encode(screen.view(), &Wish::all(now), &mut payload, &mut video)?;
        if !payload.is_empty() {
            updates.push((payload, video));
        }
    }
    let samples = updates.iter().filter(|(_, video)| !video.is_empty()).count();
    ensure!(samples > 4, "{samples} samples of video are too few for a seed");
    Ok(updates)
}

/// Two videos that begin, go on, move and end, and coarse views under them until all is exact.
pub(crate) fn videos() -> Result<Vec<u8>> {
    let samples: Vec<_> = filmed()?.into_iter().map(|(_, video)| video).filter(|video| !video.is_empty()).collect();
    let [first, second, ..] = samples.as_slice() else { anyhow::bail!("a film without samples") };
    let area = |x, y| [x, y, FILM_WIDTH, FILM_HEIGHT];
    let length = |sample: &[u8]| u32::try_from(sample.len()).map(u32::to_le_bytes);
    let video = |place: [u8; 4], number: u8, begins: bool, sample: &[u8]| -> Result<_> {
        Ok(operation(4, place, &[[number, begins.into()].as_slice(), &length(sample)?].concat()))
    };
    let coarse = operation(6, area(40, 10), &length(first)?);
    let fill = operation(2, [4, 4, 90, 60], &[1, 2, 3]);
    let copy = operation(1, [6, 6, 80, 50], &[30, 0, 20, 0]);
    let updates: [(Parts<'_>, Parts<'_>); 5] = [
        (&[&fill, &video(area(0, 0), 0, true, first)?], &[first]),
        (&[&video(area(80, 16), 1, true, first)?, &copy, &video(area(0, 0), 0, false, second)?], &[first, second]),
        (&[&coarse, &fill, &video(area(8, 4), 0, false, &[])?], &[first]),
        (&[&video(area(60, 10), 1, false, second)?, &[5, 0], &copy], &[second]),
        (&[&[7], &video(area(0, 0), 1, true, first)?, &[5, 1]], &[first]),
    ];
    let mut out = vec![200, 100];
    for (operations, samples) in updates {
        push_update(&mut out, VIDEO | FETCH, &operations.concat())?;
        push_samples(&mut out, &samples.concat())?;
    }
    Ok(out)
}

/// Updates as the encoder makes them for a thin line: a beginning, a coarse view, and until that is exact.
pub(crate) fn coarse() -> Result<Vec<u8>> {
    let (width, height) = (250_u8, 250_u8);
    let size = Size::new(width.into(), height.into())?;
    let mut encoder = Encoder::new(size)?;
    let mut screen = Canvas::new(size, 0);
    for row in 0..u32::from(height) {
        for (column, pixel) in (0_u32..).zip(screen.row_mut(Area::whole(size), row)) {
            *pixel = (column * 7 % 200) << 16 | (row * 5 % 160) << 8 | (column * row / 50 % 120);
        }
    }
    let (mut out, mut samples) = (vec![width, height], 0);
    for budget_bytes in [1, 1, 4_000, 4_000, 60_000, 60_000, 60_000, 60_000] {
        let (mut payload, mut video) = (Vec::new(), Vec::new());
        let wish = Wish { budget_bytes, line: Some(1_000), ..Wish::all(Moment::ORIGIN) };
        encoder.encode(screen.view(), &wish, &mut payload, &mut video)?;
        if payload.is_empty() {
            break;
        }
        push_update(&mut out, VIDEO | FETCH, &payload)?;
        push_samples(&mut out, &video)?;
        samples += usize::from(!video.is_empty());
    }
    ensure!(samples == 1, "{samples} coarse views");
    Ok(out)
}

fn push_update(out: &mut Vec<u8>, flags: u8, payload: &[u8]) -> Result<()> {
    out.push(flags);
    out.extend(u16::try_from(payload.len())?.to_le_bytes());
    out.extend(payload);
    Ok(())
}

fn push_samples(out: &mut Vec<u8>, video: &[u8]) -> Result<()> {
    out.extend(u16::try_from(video.len())?.to_le_bytes());
    out.extend(video);
    Ok(())
}

fn operation(code: u8, area: [u8; 4], rest: &[u8]) -> Vec<u8> {
    let mut out = vec![code];
    out.extend(area.iter().flat_map(|number| [*number, 0]));
    out.extend(rest);
    out
}

fn update(flags: u8, operations: &[&[u8]]) -> Vec<u8> {
    let payload = operations.concat();
    let length = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    [&[flags, length, 0], payload.as_slice()].concat()
}

/// Copies, fills and strips in every order.
pub(crate) fn operations() -> Vec<u8> {
    let fill = operation(2, [4, 4, 8, 8], &[1, 2, 3]);
    let copy = operation(1, [6, 6, 8, 8], &[4, 0, 4, 0]);
    let strip = |predictor| operation(3, [5, 3, 4, 2], &[&[predictor], [9; 24].as_slice()].concat());
    let mut repeated = update(REPEAT | FETCH, &[&operation(3, [0, 0, 30, 20], &[1])]);
    repeated.extend([0x08, 0x07, 77]);
    [
        vec![32, 24],
        update(FETCH, &[&fill, &copy]),
        update(0, &[&strip(0), &copy, &fill]),
        update(FETCH, &[&copy, &strip(1), &copy]),
        repeated,
        update(NEW_VIEWER, &[&strip(0), &fill, &copy]),
    ]
    .concat()
}

/// Streams that end, fail and change the picture's size.
pub(crate) fn streams() -> Vec<u8> {
    let fill = operation(2, [0, 0, 9, 9], &[1, 2, 3]);
    let copy = operation(1, [3, 3, 4, 4], &[0, 0, 0, 0]);
    [
        vec![16, 12],
        update(0, &[&fill]),
        update(NEW_STREAM | TURN | FETCH, &[&fill, &copy]),
        update(GAP | FETCH, &[&copy]),
        update(NEW_STREAM | FETCH, &[&copy, &fill]),
    ]
    .concat()
}
