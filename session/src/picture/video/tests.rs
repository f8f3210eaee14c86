//! Films from one end to the other, and what a peer may send that is none.
#![allow(clippy::cast_possible_truncation)] // of small numbers that the test makes up

use super::super::tests::Pair;
use super::super::{
    Area, DecodeError, Decoder, Drawn, Encoded,
    operation::{Operation, OperationError},
    stream::Compressor,
};
use super::{BitstreamError, VideoError, bitstream, codec, coded};
use beistand_protocol::picture::{MAX_VIDEO_BYTES, PictureError, Size, Update};
use core::time::Duration;
use proptest::prelude::*;

mod handed;
mod several;

const FILM: Area = Area { x: 101, y: 75, width: 321, height: 181 };

/// A picture of a film: something smooth that moves, and grain.
fn film(frame: u32, area: Area) -> impl Iterator<Item = (Area, u32)> {
    let mut state = frame.wrapping_mul(0x9E37_79B9) | 1;
    (0..u32::from(area.height)).flat_map(move |y| (0..u32::from(area.width)).map(move |x| (x, y))).map(move |(x, y)| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let grain = state % 5;
        let wave = |a: u32, b: u32| ((x + frame * 3) * a / 7 + y * b / 5 + grain) % 256;
        let fold = |value: u32| if value < 128 { value } else { 255 - value };
        let pixel = fold(wave(3, 2)) << 16 | (fold(wave(2, 3)) + 40) << 8 | (fold(wave(1, 4)) + 20);
        let (x, y) = (u32::from(area.x) + x, u32::from(area.y) + y);
        (Area::between(x, y, x + 1, y + 1).unwrap(), pixel)
    })
}

impl Pair {
    fn wait(&mut self, ms: u64) {
        self.now = self.now + Duration::from_millis(ms);
    }

    fn play(&mut self, frame: u32, area: Area) -> Encoded {
        film(frame, area).for_each(|(one, pixel)| self.screen.fill(one, pixel));
        self.touch(area);
        self.wait(33);
        self.send(usize::MAX)
    }

    /// Which pixels the technician sees other than they are.
    fn wrong(&self) -> Vec<Area> {
        let picture = self.decoder.picture().unwrap().flattened();
        let width = usize::from(self.screen.size().width());
        let all = self.screen.pixels().iter().zip(picture.pixels()).enumerate();
        let wrong = all.filter(|(_, (screen, shown))| {
            let [blue, green, red, _] = screen.to_le_bytes();
            shown.to_le_bytes() != [red, green, blue, 255]
        });
        let one = |at: usize| Area { x: (at % width) as u16, y: (at / width) as u16, width: 1, height: 1 };
        wrong.map(|(at, _)| one(at)).collect()
    }

    fn bytes(&self) -> usize {
        self.update.payload.len() + self.update.video.len()
    }

    /// A page of text with a film in it that has played for a while.
    fn playing() -> Self {
        let mut pair = Self::new(640, 480);
        pair.write_text(pair.whole(), 1);
        pair.play(0, FILM);
        for frame in 1..12 {
            pair.play(frame, FILM);
        }
        assert!(!pair.update.video.is_empty(), "the film is a video by now");
        pair
    }
}

#[test]
fn a_film_becomes_a_video_and_the_text_around_it_stays_exact() {
    let mut pair = Pair::new(640, 480);
    pair.write_text(pair.whole(), 1);
    let first = {
        pair.play(0, FILM);
        pair.bytes()
    };
    let (mut strips, mut videos) = (0, 0);
    for frame in 1..40 {
        // Someone types beside it, and right above its edge.
        pair.write_text(Area { x: 16 * (frame as u16 % 30), y: 300, width: 16, height: 16 }, frame);
        pair.write_text(Area { x: 104 + 16 * (frame as u16 % 8), y: 59, width: 16, height: 16 }, frame);
        pair.touch(pair.whole());
        pair.play(frame, FILM);
        if pair.update.video.is_empty() {
            strips += pair.bytes()
        } else {
            videos += 1
        }
        let wrong = pair.wrong();
        assert!(
            wrong.iter().all(|one| FILM.holds(*one)),
            "frame {frame}: {:?}",
            wrong.iter().find(|one| !FILM.holds(**one))
        );
    }
    assert!(videos >= 34, "{videos} pictures went as video");
    assert!(strips < first, "while it was found out, {strips} bytes went, and the whole picture took {first}");
    // It is near enough to be looked at.
    let (screen, picture) = (&pair.screen, pair.decoder.picture().unwrap().flattened());
    let mut error = 0u64;
    for row in u32::from(FILM.y)..FILM.lower() {
        for (screen, shown) in screen.row(FILM, row).iter().zip(picture.row(FILM, row)) {
            error += u64::from(screen.to_le_bytes()[1].abs_diff(shown.to_le_bytes()[1]));
        }
    }
    assert!(error / u64::from(FILM.pixels()) < 12, "{}", error / u64::from(FILM.pixels()));
}

#[test]
fn what_comes_to_rest_is_exact_soon_after() {
    let mut pair = Pair::playing();
    assert!(!pair.wrong().is_empty(), "a video is not exact");
    let rests = pair.now;
    while let Some(due) = pair.encoder.due() {
        pair.now = due;
        while pair.send(20_000) == Encoded::Part {
            // Until all is there, the video stays: nobody sees what was there before it.
            assert!(pair.wrong().iter().all(|one| FILM.holds(*one)));
            pair.wait(5);
        }
    }
    pair.assert_same();
    assert_eq!(pair.wrong(), []);
    assert!(pair.now.since(rests) < Duration::from_millis(400), "{:?}", pair.now.since(rests));
    pair.touch(pair.whole());
    assert_eq!(pair.send(usize::MAX), Encoded::Nothing);
}

#[test]
fn one_photograph_after_another_waits_a_moment_and_is_exact() {
    let mut pair = Pair::new(640, 480);
    pair.play(0, FILM);
    for photograph in 1..6 {
        pair.play(photograph * 50, FILM);
        pair.now = pair.encoder.due().unwrap();
        pair.send_all();
        assert_eq!(pair.wrong(), []);
        assert!(pair.update.video.is_empty());
        for _ in 0..20 {
            // Something else goes on meanwhile.
            pair.wait(30);
            pair.write_text(Area { x: 0, y: 0, width: 16, height: 16 }, photograph + pair.update.sequence);
            pair.touch(Area { x: 0, y: 0, width: 16, height: 16 });
            pair.send_all();
        }
    }
}

#[test]
fn text_is_never_a_video() {
    let mut pair = Pair::new(640, 480);
    for frame in 0..40 {
        pair.write_text(pair.whole(), frame);
        pair.touch(pair.whole());
        pair.wait(33);
        pair.send_all();
        assert!(pair.update.video.is_empty(), "frame {frame}");
        assert_eq!(pair.wrong(), []);
    }
}

#[test]
fn a_video_goes_with_its_page() {
    let mut pair = Pair::playing();
    let mut area = FILM;
    for frame in 20..24 {
        let page = pair.whole();
        pair.screen.copy(Area { y: 12, height: page.height - 12, ..page }, 0, 0);
        pair.write_text(Area { y: 464, height: 16, ..page }, frame);
        area = area.at(area.x, area.y - 12);
        pair.touch(page);
        pair.play(frame, area);
        let samples = pair.update.video.len();
        assert!(samples > 0 && pair.bytes() < 20_000, "{} bytes, {samples} of samples", pair.bytes());
        let wrong = pair.wrong();
        assert!(
            wrong.iter().all(|one| area.holds(*one)),
            "frame {frame}: {:?}",
            wrong.iter().find(|one| !area.holds(**one))
        );
    }
}

#[test]
fn a_video_that_its_page_hides_ends_exactly() {
    let mut pair = Pair::playing();
    pair.write_text(pair.whole(), 77);
    pair.touch(pair.whole());
    for _ in 0..20 {
        pair.wait(33);
        pair.touch(pair.whole());
        pair.send(usize::MAX);
    }
    pair.assert_same();
    assert_eq!(pair.wrong(), []);
}

#[test]
fn text_that_comes_into_a_video_is_cut_out_of_it() {
    let mut pair = Pair::playing();
    let menu = Area { x: 200, y: 120, width: 120, height: 80 };
    for frame in 20..50 {
        film(frame, FILM).for_each(|(one, pixel)| pair.screen.fill(one, pixel));
        pair.screen.fill(menu, 0x00FF_FFFF);
        pair.write_text(menu, 9);
        pair.touch(FILM);
        pair.wait(33);
        pair.send(usize::MAX);
    }
    let blurred = pair.wrong().iter().filter(|one| Area { x: 208, y: 128, width: 96, height: 64 }.holds(**one)).count();
    assert_eq!(blurred, 0, "the menu can be read");
    assert!(!pair.update.video.is_empty(), "the rest still plays");
}

#[test]
fn what_is_copied_is_exact_even_from_beneath_a_video() {
    let pair = Pair::playing();
    let Pair { mut update, mut decoder, .. } = pair;
    let mut drawn = Vec::new();
    let (from, x, y) = (Area { x: 90, y: 60, width: 100, height: 100 }, 300, 200);
    let exact: Vec<u32> = (60..160).flat_map(|row| decoder.canvas().unwrap().row(from, row).to_vec()).collect();
    // Its own compressed stream can't be joined: so begin a new one, with the video played anew.
    let sample = sample(FILM, 3);
    let operations = [
        Operation::Video { id: 0, area: FILM, begin: true, bytes: sample.len() as u32 },
        Operation::Fill(Area { x: 90, y: 60, width: 5, height: 5 }, [1, 2, 3]),
        Operation::Copy { from, x, y },
        Operation::End,
    ];
    update =
        Update { stream: 2, sequence: update.sequence + 1, payload: written(&operations), video: sample, ..update };
    decoder.decode(&update, &mut drawn).unwrap();
    let canvas = decoder.canvas().unwrap();
    let copied: Vec<u32> = (200..300).flat_map(|row| canvas.row(from.at(x, y), row).to_vec()).collect();
    assert_eq!(copied.len(), exact.len());
    assert!(copied.iter().all(|pixel| *pixel == 0xFF00_0000 || *pixel == u32::from_le_bytes([1, 2, 3, 255])));
    // What the viewer's own copy took of the video is given to it again.
    let taken = FILM.intersection(from).unwrap();
    let taken = taken.at(taken.x - from.x + x, taken.y - from.y + y);
    assert!(drawn.contains(&Drawn::Pixels(taken)), "{drawn:?}");
}

fn written(operations: &[Operation]) -> Vec<u8> {
    let mut bytes = Vec::new();
    operations.iter().for_each(|operation| operation.write(&mut bytes));
    compressed(&bytes)
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut compressor = Compressor::new().unwrap();
    compressor.write(bytes, &mut payload).unwrap();
    compressor.flush(&mut payload).unwrap();
    payload
}

fn sample(area: Area, frame: u32) -> Vec<u8> {
    let pixels: Vec<u32> = film(frame, area).map(|(_, pixel)| pixel).collect();
    let mut sample = Vec::new();
    let rows = pixels.chunks_exact(area.width.into());
    codec::Encoder::new(700_000, 30.0).unwrap().encode(area, rows, &mut sample).unwrap();
    sample
}

const SMALL: Area = Area { x: 5, y: 7, width: 64, height: 48 };

/// What a decoder makes of these operations and samples.
fn decode(operations: &[Operation], video: Vec<u8>) -> Result<(), DecodeError> {
    decode_payload(written(&[operations, &[Operation::End]].concat()), video)
}

fn decode_payload(payload: Vec<u8>, video: Vec<u8>) -> Result<(), DecodeError> {
    let size = Size::new(100, 80).unwrap();
    let update = Update { sequence: 1, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video };
    let mut decoder = Decoder::new().unwrap();
    let result = decoder.decode(&update, &mut vec![]);
    assert_eq!(decoder.picture().unwrap().flattened().size(), size);
    result
}

fn begin(area: Area, sample: &[u8]) -> Operation {
    Operation::Video { id: 0, area, begin: true, bytes: sample.len() as u32 }
}

#[test]
fn a_video_that_may_not_be_is_refused() {
    let good = sample(SMALL, 1);
    let refused = |operations: &[Operation], video: &[u8]| decode(operations, video.to_vec()).unwrap_err();
    assert_eq!(decode(&[begin(SMALL, &good)], good.clone()), Ok(()));
    assert_eq!(refused(&[begin(SMALL.at(40, 7), &good)], &good), DecodeError::Outside);
    assert_eq!(refused(&[begin(Area { width: 0, ..SMALL }, &good)], &good), DecodeError::Outside);
    let too_small = Area { width: 8, ..SMALL };
    assert_eq!(refused(&[begin(too_small, &good)], &good), VideoError::Size.into());
    let Operation::Video { area, begin: true, bytes, .. } = begin(SMALL, &good) else { unreachable!() };
    for (id, begin, error) in
        [(4, true, VideoError::Size), (255, true, VideoError::Size), (0, false, VideoError::Unknown)]
    {
        assert_eq!(refused(&[Operation::Video { id, area, begin, bytes }], &good), error.into(), "{id}");
    }
    assert_eq!(refused(&[Operation::VideoEnd(0)], &[]), VideoError::Unknown.into());
    let mut flagged = Vec::new();
    begin(SMALL, &good).write(&mut flagged);
    flagged[10] |= 2;
    let unknown = OperationError::UnknownFlags(3);
    assert_eq!(decode_payload(compressed(&[flagged, vec![0]].concat()), good.clone()), Err(unknown.into()));
    // Samples that are not there, and such that nobody asked for.
    assert_eq!(refused(&[begin(SMALL, &good)], &good[1..]), VideoError::Missing.into());
    assert_eq!(refused(&[begin(SMALL, &good)], &[good.clone(), vec![0]].concat()), VideoError::Missing.into());
    assert_eq!(
        refused(&[Operation::Video { id: 0, area, begin: true, bytes: u32::MAX }], &good),
        VideoError::Missing.into()
    );
    // A video that goes on has the size that it began with.
    let wider = Area { width: 66, ..SMALL };
    let moved = Operation::Video { id: 0, area: wider, begin: false, bytes: 0 };
    assert_eq!(refused(&[begin(SMALL, &good), moved], &good), VideoError::Unknown.into());
    // Together larger than the picture, or without an end.
    let all: Vec<Operation> = (0..4).map(|id| Operation::Video { id, area, begin: true, bytes }).collect();
    assert_eq!(refused(&all, &good.repeat(4)), VideoError::Size.into());
    let again: Vec<Operation> = (0..5).map(|_| Operation::Video { id: 0, area, begin: true, bytes }).collect();
    assert_eq!(refused(&again, &good.repeat(5)), DecodeError::TooMuch);
}

#[test]
fn a_video_of_another_size_than_announced_never_reaches_the_decoder() {
    let bomb = sample(Area { x: 0, y: 0, width: 1280, height: 720 }, 1);
    let size = DecodeError::from(VideoError::from(BitstreamError::Size));
    assert_eq!(decode(&[begin(SMALL, &bomb)], bomb.clone()), Err(size));
    assert_eq!(
        bitstream::Sample::read(&bomb, true, coded(SMALL)).err(),
        Some(BitstreamError::Size),
        "before it is decoded"
    );
    let other = sample(Area { width: 66, ..SMALL }, 1);
    assert_eq!(decode(&[begin(SMALL, &other)], other.clone()), Err(size));
    // In the middle of a video as well.
    let good = sample(SMALL, 1);
    let next = Operation::Video { id: 0, area: SMALL, begin: false, bytes: other.len() as u32 };
    assert_eq!(decode(&[begin(SMALL, &good), next], [good, other].concat()), Err(size));
}

#[test]
fn what_our_encoder_does_not_make_never_reaches_the_decoder() {
    let good = sample(SMALL, 1);
    let units = DecodeError::from(VideoError::from(BitstreamError::Units));
    let starts: Vec<usize> = (0..good.len()).filter(|at| good[*at..].starts_with(&[0, 0, 0, 1])).collect();
    let [sequence, picture, slice] = starts[..] else { panic!("{starts:?}") };
    let part = |from: usize, to: usize| good[from..to].to_vec();
    let (sequence, picture, slice) = (part(sequence, picture), part(picture, slice), part(slice, good.len()));
    let mut interlaced_like = sequence.clone();
    interlaced_like[4] = 0x6F; // A subset of parameters, as scalable video has them.
    let mut forbidden = sequence.clone();
    forbidden[4] |= 0x80;
    for wrong in [
        vec![],
        vec![1, 2, 3],
        slice.clone(),
        [picture.clone(), slice.clone()].concat(),
        [sequence.clone(), slice.clone()].concat(),
        [sequence.clone(), picture.clone()].concat(),
        [good.clone(), slice.clone()].concat(),
        [sequence.clone(), sequence.clone(), picture.clone(), slice.clone()].concat(),
        [sequence.clone(), picture.clone(), picture.clone(), slice.clone()].concat(),
        [sequence.clone(), sequence.clone(), slice.clone()].concat(),
        [interlaced_like, picture.clone(), slice.clone()].concat(),
        [forbidden, picture.clone(), slice.clone()].concat(),
        [sequence.clone(), [picture.clone(), vec![9; 200]].concat(), slice.clone()].concat(),
    ] {
        assert_eq!(decode(&[begin(SMALL, &wrong)], wrong.clone()), Err(units), "{:?}", &wrong[..wrong.len().min(40)]);
    }
    // In the middle of a video: words about it, and parameters before a picture that needs the one before.
    let mut dependent = slice;
    dependent[4] = dependent[4] & 0xE0 | 1;
    for wrong in
        [vec![0, 0, 0, 1, 6, 5, 1, 0, 0x80], picture.clone(), [sequence.clone(), picture.clone(), dependent].concat()]
    {
        let next = Operation::Video { id: 0, area: SMALL, begin: false, bytes: wrong.len() as u32 };
        let both = [good.clone(), wrong].concat();
        assert_eq!(decode(&[begin(SMALL, &good), next], both), Err(units));
    }
    let long = [sequence, vec![9; 200], picture].concat();
    let parameters = DecodeError::from(VideoError::from(BitstreamError::Parameters));
    assert_eq!(decode(&[begin(SMALL, &long)], long.clone()), Err(parameters));
}

#[test]
fn a_coarse_view_that_may_not_be_is_refused() {
    let good = sample(SMALL, 1);
    let coarse = |area: Area, sample: &[u8]| Operation::Coarse { area, bytes: sample.len() as u32 };
    let refused = |operations: &[Operation], video: &[u8]| decode(operations, video.to_vec()).unwrap_err();
    assert_eq!(decode(&[coarse(SMALL, &good)], good.clone()), Ok(()));
    assert_eq!(refused(&[coarse(SMALL.at(40, 7), &good)], &good), DecodeError::Outside);
    assert_eq!(refused(&[coarse(Area { width: 0, ..SMALL }, &good)], &good), DecodeError::Outside);
    assert_eq!(refused(&[coarse(Area { width: 8, ..SMALL }, &good)], &good), VideoError::Size.into());
    // Samples that are not there, that nobody asked for, of another size, and none that stands for itself.
    assert_eq!(refused(&[coarse(SMALL, &good)], &good[1..]), VideoError::Missing.into());
    assert_eq!(refused(&[coarse(SMALL, &good)], &[good.clone(), vec![0]].concat()), VideoError::Missing.into());
    let bomb = sample(Area { x: 0, y: 0, width: 1280, height: 720 }, 1);
    assert_eq!(refused(&[coarse(SMALL, &bomb)], &bomb), VideoError::from(BitstreamError::Size).into());
    let slice = good.windows(4).rposition(|four| four == [0, 0, 0, 1]).unwrap();
    let slice = good[slice..].to_vec();
    assert_eq!(refused(&[coarse(SMALL, &slice)], &slice), VideoError::from(BitstreamError::Units).into());
    // Together larger than the picture, or more of them than there may be.
    let three = [coarse(SMALL, &good); 3];
    assert_eq!(refused(&three, &good.repeat(3)), DecodeError::TooMuch);
    let tiny = Area { x: 0, y: 0, width: 16, height: 16 };
    let good = sample(tiny, 1);
    assert_eq!(decode(&[coarse(tiny, &good); 8], good.repeat(8)), Ok(()));
    assert_eq!(refused(&[coarse(tiny, &good); 9], &good.repeat(9)), DecodeError::TooMuch);
}

#[test]
fn more_video_than_a_message_holds_is_not_even_looked_at() {
    let (size, video) = (Size::new(100, 80).unwrap(), vec![0; MAX_VIDEO_BYTES + 1]);
    let payload = written(&[Operation::End]);
    let update = Update { sequence: 1, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video };
    let too_long = PictureError::Video { len_bytes: MAX_VIDEO_BYTES + 1 };
    assert_eq!(Decoder::new().unwrap().decode(&update, &mut vec![]), Err(too_long.into()));
}

#[test]
fn what_is_coarse_is_so_until_its_sender_says_that_it_is_exact() {
    let good = sample(SMALL, 1);
    let view = Operation::Coarse { area: SMALL, bytes: good.len() as u32 };
    for (operations, exact) in [(vec![view], false), (vec![view, Operation::Exact], true)] {
        let payload = written(&[operations, vec![Operation::End]].concat());
        let (size, video) = (Size::new(100, 80).unwrap(), good.clone());
        let update = Update { sequence: 1, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video };
        let mut decoder = Decoder::new().unwrap();
        decoder.decode(&update, &mut vec![]).unwrap();
        assert_eq!(decoder.is_exact(), exact);
    }
}

#[test]
fn a_coarse_view_is_drawn_into_the_picture_and_stays_until_it_is_drawn_over() {
    let good = sample(SMALL, 1);
    let views = [Operation::Coarse { area: SMALL, bytes: good.len() as u32 }, begin(SMALL, &good), Operation::End];
    let size = Size::new(100, 80).unwrap();
    let (payload, video) = (written(&views), good.repeat(2));
    let update = Update { sequence: 1, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video };
    let (mut decoder, mut drawn) = (Decoder::new().unwrap(), vec![]);
    decoder.decode(&update, &mut drawn).unwrap();
    assert!(drawn.contains(&Drawn::Pixels(SMALL)) && !decoder.is_exact());
    let (canvas, picture) = (decoder.canvas().unwrap(), decoder.picture().unwrap().flattened());
    assert!(canvas.pixels() == picture.pixels(), "a video of the same sample looks the same");
    assert_ne!(canvas.row(SMALL, 20), [0xFF00_0000; 64]);
}

proptest! {
    #[test]
    fn mangled_videos_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in 0usize..40
    ) {
        let mut mangled = sample(SMALL, 1);
        for (index, bits) in flips {
            let at = index.index(mangled.len());
            mangled[at] ^= bits;
        }
        mangled.truncate(mangled.len() - cut);
        let _ = decode(&[begin(SMALL, &mangled)], mangled.clone());
        let _ = decode(&[Operation::Coarse { area: SMALL, bytes: mangled.len() as u32 }], mangled.clone());
    }
}
