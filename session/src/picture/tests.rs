//! Encoder and decoder together.

use super::*;
use beistand_protocol::picture::{Size, Update};
use beistand_protocol::time::Moment;
use core::time::Duration;
use proptest::prelude::*;

/// A customer's encoder and a technician's decoder with nothing between them.
pub(super) struct Pair {
    pub(super) screen: Canvas,
    pub(super) encoder: Encoder,
    pub(super) decoder: Decoder,
    pub(super) update: Update,
    pub(super) drawn: Vec<Drawn>,
    pub(super) now: Moment,
    pub(super) focus: (u16, u16),
    pub(super) line: Option<u64>,
}

impl Pair {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let size = Size::new(width, height).unwrap();
        Self {
            screen: Canvas::new(size, 0x00FF_FFFF),
            encoder: Encoder::new(size).unwrap(),
            decoder: Decoder::new().unwrap(),
            update: Update {
                sequence: 0,
                stream: 1,
                size,
                captured_ms: 0,
                answers_input: 0,
                payload: vec![],
                video: vec![],
            },
            drawn: vec![],
            now: Moment::ORIGIN,
            focus: (0, 0),
            line: None,
        }
    }

    /// Sends one update, with whatever is on the screen now.
    pub(super) fn send(&mut self, budget_bytes: usize) -> Encoded {
        self.update.payload.clear();
        self.update.video.clear();
        self.drawn.clear();
        let wish = Wish { budget_bytes, focus: self.focus, line: self.line, ..Wish::all(self.now) };
        let Update { payload, video, .. } = &mut self.update;
        let encoded = self.encoder.encode(self.screen.view(), &wish, payload, video).unwrap();
        if encoded != Encoded::Nothing {
            self.update.sequence += 1;
            self.decoder.decode(&self.update, &mut self.drawn).unwrap();
        }
        encoded
    }

    /// Sends all, and answers how many bytes it took.
    pub(super) fn send_all(&mut self) -> usize {
        let encoded = self.send(usize::MAX);
        assert_ne!(encoded, Encoded::Part);
        self.assert_same();
        self.update.payload.len()
    }

    /// Waits for what is held back and for videos to become exact.
    pub(super) fn settle(&mut self, budget_bytes: usize) {
        while let Some(due) = self.encoder.due() {
            self.now = self.now.max(due);
            while self.send(budget_bytes) == Encoded::Part {}
        }
        self.assert_same();
        assert!(self.decoder.picture().unwrap().flattened().pixels() == self.decoder.canvas().unwrap().pixels());
    }

    pub(super) fn touch(&mut self, area: Area) {
        self.encoder.suspect(area);
    }

    pub(super) fn assert_same(&self) {
        let canvas = self.decoder.canvas().unwrap();
        for (index, (screen, shown)) in self.screen.pixels().iter().zip(canvas.pixels()).enumerate() {
            let [blue, green, red, _] = screen.to_le_bytes();
            assert_eq!(shown.to_le_bytes(), [red, green, blue, 255], "pixel {index}");
        }
    }

    pub(super) fn whole(&self) -> Area {
        Area::whole(self.screen.size())
    }

    /// Something like a page of text: glyphs from a small set, in lines of 16 rows.
    pub(super) fn write_text(&mut self, area: Area, seed: u32) {
        let mut state = seed;
        for line in 0..u32::from(area.height) / 16 {
            for column in 0..u32::from(area.width) / 8 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                self.glyph(u32::from(area.x) + column * 8, u32::from(area.y) + line * 16, (state >> 16) % 40);
            }
        }
    }

    fn glyph(&mut self, x: u32, y: u32, shape: u32) {
        for row in 0..16 {
            for column in 0..8 {
                let ink = (3..13).contains(&row)
                    && shape > 6
                    && (shape * 0x9E37 + row / 2 * 31 * shape + column / 2 * 17).is_multiple_of(3);
                if let Some(one) = Area::between(x + column, y + row, x + column + 1, y + row + 1) {
                    self.screen.fill(one, if ink { 0x0010_2030 } else { 0x00FF_FFFF });
                }
            }
        }
    }
}

#[test]
fn a_still_screen_costs_nothing() {
    let mut pair = Pair::new(640, 480);
    pair.send_all();
    pair.touch(pair.whole());
    assert_eq!(pair.send(usize::MAX), Encoded::Nothing);
    assert_eq!(pair.send(usize::MAX), Encoded::Nothing);
}

#[test]
fn a_black_screen_is_told_once() {
    let mut pair = Pair::new(640, 480);
    pair.screen = Canvas::new(pair.screen.size(), 0);
    assert_eq!(pair.send(usize::MAX), Encoded::All);
    pair.assert_same();
    assert_eq!(pair.send(usize::MAX), Encoded::Nothing);
}

#[test]
fn a_scrolled_page_is_copied_and_far_smaller_than_its_strips() {
    let mut pair = Pair::new(800, 640);
    let page = Area { x: 100, y: 64, width: 600, height: 512 };
    pair.write_text(page, 1);
    let first = pair.send_all();
    let last_lines = Area { x: 100, y: 64 + 512 - 48, width: 600, height: 48 };
    pair.screen.copy(Area { x: 100, y: 64 + 48, width: 600, height: 512 - 48 }, 100, 64);
    pair.write_text(last_lines, 99);
    pair.touch(page);
    let scrolled = pair.send_all();
    assert!(pair.drawn.iter().any(|drawn| matches!(drawn, Drawn::Copy { .. })), "{:?}", pair.drawn);
    let pixels: u32 =
        pair.drawn.iter().map(|drawn| if let Drawn::Pixels(area) = drawn { area.pixels() } else { 0 }).sum();
    assert!(pixels <= last_lines.pixels(), "{pixels} pixels went as strips");
    assert!(scrolled * 5 < first, "{scrolled} bytes against {first}");
}

#[test]
fn a_flat_area_is_a_fill() {
    let mut pair = Pair::new(640, 480);
    pair.send_all();
    assert!(pair.drawn.iter().all(|drawn| matches!(drawn, Drawn::Fill(..))), "{:?}", pair.drawn);
    assert!(pair.update.payload.len() < 300);
}

#[test]
fn a_budget_cuts_a_frame_and_the_rest_follows_as_it_then_looks() {
    let mut pair = Pair::new(640, 1280);
    pair.edit(&Edit::Noise(pair.whole(), 1));
    let mut updates = 0;
    loop {
        let encoded = pair.send(100_000);
        updates += 1;
        // The screen goes on changing in what was sent and in what was not.
        let busy = Area { x: 5, y: 1000, width: 600, height: 40 };
        pair.screen.fill(busy, updates);
        pair.touch(busy);
        assert!(pair.update.payload.len() < 100_000 + 64 * 640 * 4);
        if encoded == Encoded::All && pair.send(usize::MAX) != Encoded::Part {
            break;
        }
    }
    assert!(updates > 5, "{updates}");
    pair.assert_same();
}

#[test]
fn a_letter_does_not_wait_behind_a_photograph() {
    let mut pair = Pair::new(800, 900);
    pair.send_all();
    pair.edit(&Edit::Noise(Area { x: 0, y: 0, width: 500, height: 900 }, 3));
    assert_eq!(pair.send(10_000), Encoded::Part);
    let letter = Area { x: 700, y: 884, width: 8, height: 13 };
    pair.screen.fill(letter, 0x0000_2040);
    pair.touch(letter);
    assert_eq!(pair.send(10_000), Encoded::Part);
    assert!(pair.drawn.contains(&Drawn::Fill(letter, [0, 0x20, 0x40])), "{:?}", pair.drawn);
}

#[test]
fn a_new_stream_has_no_history() {
    let mut pair = Pair::new(320, 200);
    pair.write_text(pair.whole(), 5);
    pair.send_all();
    let size = Size::new(500, 300).unwrap();
    pair.encoder.restart(size).unwrap();
    pair.screen = Canvas::new(size, 0x0012_3456);
    pair.update.size = size;
    pair.update.stream = 2;
    pair.decoder = Decoder::new().unwrap();
    pair.send_all();
}

#[derive(Clone, Debug)]
pub(super) enum Edit {
    Fill(Area, u32),
    Noise(Area, u32),
    Text(Area, u32),
    Copy(Area, u16, u16),
}

const WIDTH: u16 = 200;
const HEIGHT: u16 = 150;

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let area = (0..WIDTH, 0..HEIGHT, 1..=WIDTH, 1..=HEIGHT).prop_map(|(x, y, width, height)| Area {
        x,
        y,
        width: width.min(WIDTH - x),
        height: height.min(HEIGHT - y),
    });
    prop_oneof![
        (area.clone(), any::<u32>()).prop_map(|(area, colour)| Edit::Fill(area, colour)),
        (area.clone(), any::<u32>()).prop_map(|(area, seed)| Edit::Noise(area, seed)),
        (area.clone(), any::<u32>()).prop_map(|(area, seed)| Edit::Text(area, seed)),
        (area, 0..WIDTH, 0..HEIGHT)
            .prop_map(|(from, x, y)| { Edit::Copy(from, x.min(WIDTH - from.width), y.min(HEIGHT - from.height)) }),
    ]
}

impl Pair {
    pub(super) fn edit(&mut self, edit: &Edit) {
        match *edit {
            Edit::Fill(area, colour) => self.screen.fill(area, colour),
            Edit::Noise(area, mut state) => {
                for row in u32::from(area.y)..area.lower() {
                    for pixel in self.screen.row_mut(area, row) {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        *pixel = state >> 4;
                    }
                }
            }
            Edit::Text(area, seed) => self.write_text(area, seed),
            Edit::Copy(from, x, y) => self.screen.copy(from, x, y),
        }
        let changed = match *edit {
            Edit::Fill(area, _) | Edit::Noise(area, _) | Edit::Text(area, _) => area,
            Edit::Copy(from, x, y) => from.at(x, y),
        };
        self.touch(changed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_on_the_screen_arrives_exactly(
        frames in prop::collection::vec((prop::collection::vec(edit(), 1..4), 1usize..20_000), 1..12), every in 0u8..5, budget_bytes in 1usize..20_000
    ) {
        let mut pair = Pair::new(WIDTH.into(), HEIGHT.into());
        for (edits, budget_bytes) in frames {
            for edit in &edits {
                pair.edit(edit);
            }
            pair.now = pair.now + Duration::from_millis(20);
            while pair.send(budget_bytes) == Encoded::Part {}
            // What looks like a film is exact once it is still.
            if every > 2 {
                pair.settle(budget_bytes);
            }
        }
        pair.settle(budget_bytes);
    }
}

#[test]
fn the_viewers_batches_follow_the_decoder() {
    let mut pair = Pair::new(320, 240);
    let mut pending = batch::Pending::new();
    for frame in 0..6 {
        pair.write_text(Area { x: 0, y: frame * 16, width: 320, height: 64 }, frame.into());
        pair.touch(pair.whole());
        pair.send_all();
        pending.add(&pair.update, &pair.drawn);
    }
    let batch = pending.take(pair.decoder.canvas().unwrap(), &[]).unwrap();
    assert_eq!(u32::from_le_bytes(batch[8..12].try_into().unwrap()), pair.update.sequence);
}

mod hostile {
    //! What a peer may send that is not an update.

    use super::*;
    use crate::picture::{operation::Operation, planes::Predictor, stream::Compressor};
    use beistand_protocol::picture::MAX_PIXELS;

    /// Three honest updates.
    fn honest() -> Vec<Update> {
        let mut pair = Pair::new(256, 192);
        (0..3)
            .map(|seed| {
                pair.edit(&Edit::Noise(Area { x: 10, y: 10, width: 50, height: 40 }, seed));
                pair.write_text(Area { x: 70, y: 0, width: 128, height: 160 }, seed);
                pair.touch(pair.whole());
                pair.send_all();
                pair.update.clone()
            })
            .collect()
    }

    /// What a decoder makes of a payload with these bytes inside.
    fn decode(bytes: &[u8]) -> Result<(), DecodeError> {
        let mut payload = Vec::new();
        let mut compressor = Compressor::new().unwrap();
        compressor.write(bytes, &mut payload).unwrap();
        compressor.flush(&mut payload).unwrap();
        decode_payload(payload)
    }

    fn decode_payload(payload: Vec<u8>) -> Result<(), DecodeError> {
        let size = Size::new(100, 80).unwrap();
        let update = Update { sequence: 1, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video: vec![] };
        Decoder::new().unwrap().decode(&update, &mut vec![])
    }

    fn written(operations: &[Operation]) -> Vec<u8> {
        let mut bytes = Vec::new();
        operations.iter().for_each(|operation| operation.write(&mut bytes));
        bytes
    }

    const INSIDE: Area = Area { x: 0, y: 0, width: 100, height: 80 };

    #[test]
    fn what_reaches_outside_is_refused() {
        for outside in [
            Area { x: 1, ..INSIDE },
            Area { y: 1, ..INSIDE },
            Area { width: 101, ..INSIDE },
            Area { height: 81, ..INSIDE },
            Area { width: 0, ..INSIDE },
            Area { height: 0, ..INSIDE },
            Area { x: 65_535, y: 65_535, width: 65_535, height: 65_535 },
        ] {
            for operation in [
                Operation::Fill(outside, [0; 3]),
                Operation::Strip(outside, Predictor::Plain),
                Operation::Copy { from: outside, x: 0, y: 0 },
                Operation::Copy { from: Area { width: 10, height: 10, ..INSIDE }, x: 91, y: 0 },
                Operation::Copy { from: Area { width: 10, height: 10, ..INSIDE }, x: 0, y: 71 },
            ] {
                let result = decode(&written(&[operation, Operation::End]));
                assert_eq!(result, Err(DecodeError::Outside), "{operation:?}");
            }
        }
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let strip = Area { height: 1, width: 2, ..INSIDE };
        assert_eq!(decode(&[9]), Err(DecodeError::Payload(OperationError::Unknown(9))));
        let mut unknown = written(&[Operation::Strip(strip, Predictor::Plain)]);
        *unknown.last_mut().unwrap() = 7;
        assert_eq!(decode(&unknown), Err(DecodeError::Payload(OperationError::UnknownPredictor(7))));
        let high = Area { height: 65, ..INSIDE };
        assert_eq!(decode(&written(&[Operation::Strip(high, Predictor::Plain)])), Err(DecodeError::TooMuch));
        assert_eq!(decode(&written(&[Operation::Strip(strip, Predictor::Plain)])), Err(StreamError::TooShort.into()));
        assert_eq!(decode(&[]), Err(StreamError::TooShort.into()));
        assert_eq!(decode(&[0, 0]), Err(StreamError::TooLong.into()));
        assert_eq!(decode_payload(vec![]), Err(StreamError::TooShort.into()));
        assert_eq!(decode(&[0]), Ok(()));
    }

    #[test]
    fn a_bomb_is_refused() {
        let fill = written(&[Operation::Fill(INSIDE, [1, 2, 3])]);
        assert_eq!(decode(&fill.repeat(9)), Err(DecodeError::TooMuch));
        let dot = written(&[Operation::Fill(Area { width: 1, height: 1, ..INSIDE }, [1, 2, 3])]);
        assert_eq!(decode(&dot.repeat(30_000)), Err(DecodeError::TooMuch));
        // Megabytes behind the end mark come out of a few kilobytes, but nobody takes them.
        let mut bomb = vec![0; 64 * 1024 * 1024];
        bomb[0] = 0;
        assert_eq!(decode(&bomb), Err(StreamError::TooLong.into()));
    }

    #[test]
    fn a_window_above_the_limit_is_refused() {
        use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, zstd_sys::ZSTD_EndDirective};
        let mut context = CCtx::create();
        context.set_parameter(CParameter::WindowLog(27)).unwrap();
        let mut payload = Vec::with_capacity(CCtx::out_size());
        let mut input = InBuffer::around(&[0]);
        context
            .compress_stream2(&mut OutBuffer::around(&mut payload), &mut input, ZSTD_EndDirective::ZSTD_e_flush)
            .unwrap();
        assert!(matches!(
            decode_payload(payload),
            Err(DecodeError::Payload(OperationError::Stream(StreamError::Zstd(_))))
        ));
    }

    #[test]
    fn the_order_is_kept_and_a_new_stream_heals() {
        let updates = honest();
        let mut decoder = Decoder::new().unwrap();
        let mut decode = |update: &Update| decoder.decode(update, &mut vec![]);
        assert_eq!(decode(&updates[0]), Ok(()));
        assert_eq!(decode(&updates[2]), Err(DecodeError::OutOfOrder));
        assert!(DecodeError::OutOfOrder.asks_for_whole_frame());
        assert_eq!(decode(&updates[1]), Err(DecodeError::Waiting));
        assert!(!DecodeError::Waiting.asks_for_whole_frame());
        assert_eq!(decode(&Update { stream: 2, ..updates[0].clone() }), Ok(()));
        assert_eq!(decode(&Update { stream: 2, ..updates[1].clone() }), Ok(()));
        let size = Size::new(1, 1).unwrap();
        assert_eq!(decode(&Update { stream: 2, size, ..updates[2].clone() }), Err(DecodeError::OutOfOrder));
    }

    #[test]
    fn a_stream_that_was_left_does_not_come_back() {
        let updates = honest();
        let mut decoder = Decoder::new().unwrap();
        let mut decode = |update: &Update| decoder.decode(update, &mut vec![]);
        assert_eq!(decode(&Update { stream: 2, ..updates[0].clone() }), Ok(()));
        let size = Size::new(1, 1).unwrap();
        assert_eq!(decode(&Update { stream: 1, size, ..updates[1].clone() }), Err(DecodeError::OutOfOrder));
        assert_eq!(decode(&Update { stream: 3, ..updates[0].clone() }), Ok(()));
    }

    #[test]
    fn a_size_at_the_limit_is_all_that_can_be_asked_for() {
        let size = Size::new(16_384, MAX_PIXELS / 16_384).unwrap();
        let update =
            Update { sequence: 1, stream: 1, size, captured_ms: 0, answers_input: 0, payload: vec![1], video: vec![] };
        assert!(Decoder::new().unwrap().decode(&update, &mut vec![]).is_err());
    }

    proptest! {
        #[test]
        fn mangled_updates_never_panic(
            which in 0usize..3, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in 0usize..9
        ) {
            let mut updates = honest();
            let payload = &mut updates[which].payload;
            for (index, bits) in flips {
                let at = index.index(payload.len());
                payload[at] ^= bits;
            }
            payload.truncate(payload.len().saturating_sub(cut));
            let mut decoder = Decoder::new().unwrap();
            let mut drawn = Vec::new();
            for update in &updates {
                let _ = decoder.decode(update, &mut drawn);
            }
            prop_assert_eq!(decoder.canvas().unwrap().size(), updates[0].size);
        }

        #[test]
        fn any_operations_stay_inside(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn small_operations_stay_inside(
            ops in prop::collection::vec((1u8..4, prop::collection::vec(0u8..110, 8), 0u8..90, 0u8..90, 0u8..2), 0..20)
        ) {
            let mut bytes = Vec::new();
            for (code, place, a, b, c) in ops {
                bytes.push(code);
                place[..4].iter().for_each(|number| bytes.extend([*number, 0]));
                match code {
                    1 => bytes.extend([a, 0, b, 0]),
                    2 => bytes.extend([a, b, c]),
                    _ => { bytes.push(c); bytes.extend(vec![a; usize::from(place[2]) * usize::from(place[3]) * 3]); }
                }
            }
            bytes.push(0);
            let _ = decode(&bytes);
        }
    }
}
