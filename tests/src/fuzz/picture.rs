//! Updates of the picture, and what the viewer makes of them.
//!
//! Bytes: width and height of the picture (a byte each), then updates. An update is a byte of flags, a length
//! (little-endian), and so many bytes of payload.

use super::Bytes;
use beistand_protocol::picture::{Size, Update};
use beistand_session::picture::batch::{MAGIC, Pending};
use beistand_session::picture::{Area, Canvas, Decoder};

/// The update begins a new stream.
pub const NEW_STREAM: u8 = 1;
/// The update's stream is the one before.
pub const OLD_STREAM: u8 = 2;
/// An update was left out.
pub const GAP: u8 = 4;
/// The picture is turned by a quarter: another size.
pub const TURN: u8 = 8;
/// The viewer fetches a batch afterwards.
pub const FETCH: u8 = 16;
/// A new viewer fetches a batch afterwards.
pub const NEW_VIEWER: u8 = 32;
/// After the payload, in `batch`: a byte repeated (a count and the byte follow), and the end mark.
pub const REPEAT: u8 = 64;
/// Behind the payload: samples of videos, a length (little-endian) and so many bytes.
pub const VIDEO: u8 = 128;

/// Updates whose payload is what the bytes say.
pub fn picture(data: &[u8]) {
    understood_pictures(data);
}

/// The same; answers how many updates there are, and how many of them were understood.
pub fn understood_pictures(data: &[u8]) -> (u32, u32) {
    play(data, |_, payload, _| payload.to_vec())
}

/// Updates whose payload is operations, in a compressed stream that is always well made.
pub fn batch(data: &[u8]) {
    understood_batches(data);
}

/// The same; answers how many updates there are, and how many of them were understood.
pub fn understood_batches(data: &[u8]) -> (u32, u32) {
    play(data, stored)
}

fn play(data: &[u8], payload: impl Fn(bool, &[u8], Option<(u16, u8)>) -> Vec<u8>) -> (u32, u32) {
    let mut bytes = Bytes(data);
    let (mut updates, mut understood) = (0, 0);
    let (Some(width), Some(height)) = (bytes.byte(), bytes.byte()) else { return (updates, understood) };
    let mut sides = (u32::from(width).max(1), u32::from(height).max(1));
    let mut decoder = Decoder::new().expect("there is memory");
    let (mut pending, mut viewer, mut drawn) = (Pending::new(), None, Vec::new());
    let (mut sequence, mut stream) = (0_u32, 1_u32);
    while let (Some(flags), Some(length)) = (bytes.byte(), bytes.number()) {
        let has = |flag| flags & flag != 0;
        sequence = sequence.wrapping_add(if has(GAP) { 2 } else { 1 });
        stream = if has(NEW_STREAM) { stream.wrapping_add(1) } else { stream };
        stream = if has(OLD_STREAM) { stream.wrapping_sub(1) } else { stream };
        sides = if has(TURN) { (sides.1, sides.0) } else { sides };
        let operations = bytes.take(length.into());
        let video = if has(VIDEO) { bytes.number().map(|length| bytes.take(length.into())) } else { None };
        let video = video.unwrap_or_default();
        let repeat = if has(REPEAT) { bytes.number().zip(bytes.byte()) } else { None };
        let first = sequence == 1 || has(NEW_STREAM | OLD_STREAM);
        let update = Update {
            sequence,
            stream,
            size: Size::new(sides.0, sides.1).expect("sides of a byte"),
            captured_ms: 0,
            answers_input: 0,
            payload: payload(first, operations, repeat),
            video: video.to_vec(),
        };
        drawn.clear();
        let decoded = decoder.decode(&update, &mut drawn).is_ok();
        updates += 1;
        understood += u32::from(decoded);
        let Some(picture) = decoder.picture() else { continue };
        let canvas = picture.flattened();
        assert!(canvas.pixels().iter().all(|pixel| pixel >> 24 == 255), "a picture is opaque");
        if decoded {
            pending.add(&update, &drawn);
        }
        if has(NEW_VIEWER) {
            pending.start_over();
            viewer = None;
        }
        if has(FETCH | NEW_VIEWER)
            && let Some(batch) = pending.take(picture, &[])
        {
            let shown = show(&batch, viewer.take());
            // After a failure nothing is right any more until a new stream comes.
            assert!(!decoded || shown.pixels() == canvas.pixels(), "the viewer shows another picture");
            viewer = Some(shown);
        }
    }
    (updates, understood)
}

/// Does what `batch` says, as the viewer does it.
fn show(batch: &[u8], before: Option<Canvas>) -> Canvas {
    let mut bytes = Bytes(batch);
    let mut number = move || bytes.number();
    let mut numbers = [0; 14];
    numbers.fill_with(|| number().expect("a head has 28 bytes"));
    let [_, _, _, _, _, _, width, height, _, _, _, _, count, more] = numbers;
    assert!(batch.starts_with(&MAGIC) && more == 0);
    let size = Size::new(width.into(), height.into()).expect("a picture's size");
    let mut canvas = before.filter(|canvas| canvas.size() == size).unwrap_or_else(|| Canvas::new(size, 0));
    let mut bytes = Bytes(batch.get(28..).unwrap_or_default());
    for _ in 0..count {
        let head = bytes.take(4);
        let mut number = || bytes.number().expect("an operation has 16 bytes");
        let area = Area { x: number(), y: number(), width: number(), height: number() };
        let (x, y) = (number(), number());
        assert!(area.fits(size), "an operation outside of the picture");
        match head {
            [1, 0, 0, 0] => {
                let from = area.at(x, y);
                assert!(from.fits(size), "a copy from outside of the picture");
                canvas.copy(from, area.x, area.y);
            }
            [2, red, green, blue] => canvas.fill(area, u32::from_le_bytes([*red, *green, *blue, 255])),
            [3, 0, 0, 0] => {
                for row in u32::from(area.y)..area.lower() {
                    for pixel in canvas.row_mut(area, row) {
                        let rgba = bytes.take(4);
                        *pixel = u32::from_le_bytes(rgba.try_into().expect("every pixel is in the batch"));
                    }
                }
            }
            head => unreachable!("an operation that the viewer does not know: {head:?}"),
        }
    }
    assert!(bytes.0.is_empty(), "a batch ends with its last operation");
    canvas
}

/// Operations as a zstd stream that only stores, with an end mark.
fn stored(first: bool, operations: &[u8], repeat: Option<(u16, u8)>) -> Vec<u8> {
    const STORED: u32 = 0;
    const REPEATED: u32 = 1;
    // Magic, no checksum and no size, a window of 8 MiB.
    let mut out = if first { vec![0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3] } else { Vec::new() };
    let mut block = |kind: u32, length: usize, bytes: &[u8]| {
        let length = u32::try_from(length).expect("a block's length is below 64 KiB");
        out.extend((length << 3 | kind << 1).to_le_bytes().iter().take(3));
        out.extend(bytes);
    };
    block(STORED, operations.len(), operations);
    if let Some((count, byte)) = repeat {
        block(REPEATED, count.into(), &[byte]);
    }
    block(STORED, 1, &[0]);
    out
}
