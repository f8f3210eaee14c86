//! Large films that the viewer decodes itself: it shows what it would be shown.

use super::super::super::LeftToViewer;
use super::super::super::batch::{Pending, tests::Viewer};
use super::super::handed::{Piece, Played};
use super::*;

const LARGE: Area = Area { x: 21, y: 55, width: 641, height: 481 };

/// Two technician's ends that hear the same: one decodes all, the other has a viewer that plays.
struct Both {
    pair: Pair,
    playing: Decoder,
    pending: Pending,
    viewer: Viewer,
}

impl Both {
    fn new() -> Self {
        let mut playing = Decoder::new().unwrap();
        playing.set_viewer_plays(true);
        Self { pair: Pair::new(720, 560), playing, pending: Pending::new(), viewer: Viewer::new() }
    }

    /// The other end hears what the first has just heard.
    fn hear(&mut self) {
        let mut drawn = Vec::new();
        self.playing.decode(&self.pair.update, &mut drawn).unwrap();
        self.pending.add(&self.pair.update, &drawn);
    }

    fn play(&mut self, frame: u32, area: Area) {
        if self.pair.play(frame, area) != Encoded::Nothing {
            self.hear();
        }
    }

    /// The viewer fetches what there is; answers how many bytes.
    fn fetch(&mut self) -> usize {
        if !self.pending.is_fresh() {
            return 0;
        }
        let played = self.playing.take_played();
        let batch = self.pending.take(self.playing.picture().unwrap(), &played).unwrap();
        self.viewer.draw(&batch);
        batch.len()
    }

    fn assert_same(&self, when: &str) {
        let right = self.pair.decoder.picture().unwrap().flattened();
        let shown = self.viewer.shown();
        let wrong =
            right.pixels().iter().zip(shown.as_chunks().0).position(|(right, shown)| right.to_le_bytes() != *shown);
        let width = usize::from(right.size().width());
        assert_eq!(wrong.map(|at| (at % width, at / width)), None, "{when}");
    }

    /// A large film over text, for long enough to be a video.
    fn playing() -> Self {
        let mut both = Self::new();
        both.pair.write_text(both.pair.whole(), 1);
        for frame in 0..14 {
            both.play(frame, LARGE);
            both.fetch();
        }
        assert!(both.viewer.plays() > 0, "the film is a video by now");
        both
    }
}

#[test]
fn a_viewer_that_plays_shows_what_it_would_be_shown() {
    let mut both = Both::playing();
    both.assert_same("while it plays");
    // Text beside it, and pictures that were fetched together.
    for frame in 20..26 {
        both.pair.write_text(Area { x: 0, y: 0, width: 640, height: 16 }, frame);
        both.pair.touch(both.pair.whole());
        both.play(frame, LARGE);
        if frame % 3 == 0 {
            assert!(both.fetch() < 200_000, "only samples are handed over");
            both.assert_same("after two at once");
        }
    }
    // The page moves, and the video with it.
    let mut area = LARGE;
    for frame in 30..33 {
        let page = both.pair.whole();
        both.pair.screen.copy(Area { y: 12, height: page.height - 12, ..page }, 0, 0);
        both.pair.write_text(Area { y: 544, height: 16, ..page }, frame);
        area = area.at(area.x, area.y - 12);
        both.pair.touch(page);
        both.play(frame, area);
        both.fetch();
        both.assert_same("while it moves");
    }
    // It comes to rest.
    while let Some(due) = both.pair.encoder.due() {
        both.pair.now = due;
        loop {
            let encoded = both.pair.send(60_000);
            if encoded != Encoded::Nothing {
                both.hear();
                both.fetch();
                both.assert_same("while it becomes exact");
            }
            if encoded != Encoded::Part {
                break;
            }
        }
    }
    assert_eq!((both.viewer.plays(), both.pair.wrong()), (0, vec![]));
    assert!(both.playing.is_exact());
}

#[test]
fn a_new_viewer_is_given_the_video_anew() {
    let mut both = Both::playing();
    both.viewer = Viewer::new();
    both.pending.start_over();
    both.playing.forget_played();
    assert!(!both.playing.is_exact(), "the picture lacks what played");
    both.fetch();
    assert_eq!(both.viewer.plays(), 0);
    both.pair.play(50, LARGE);
    let lost = both.playing.decode(&both.pair.update, &mut vec![]).unwrap_err();
    assert_eq!(lost, VideoError::Unknown.into());
    assert!(lost.asks_for_whole_frame());
}

#[test]
fn a_viewer_that_begins_to_play_is_given_the_next_video() {
    let mut both = Both::new();
    both.playing.set_viewer_plays(false);
    for frame in 0..14 {
        both.play(frame, LARGE);
        both.fetch();
    }
    both.playing.set_viewer_plays(true);
    both.play(15, LARGE);
    both.fetch();
    assert_eq!(both.viewer.plays(), 0, "the viewer does not know what came before");
    both.assert_same("decoded here");
}

/// A decoder whose viewer plays, and a row of updates with one operation each.
fn handed(updates: &[(Operation, &[u8])]) -> (Decoder, Result<(), DecodeError>) {
    let size = Size::new(720, 560).unwrap();
    let mut decoder = Decoder::new().unwrap();
    decoder.set_viewer_plays(true);
    // One compressed stream for all of them.
    let mut compressor = Compressor::new().unwrap();
    for (sequence, (operation, video)) in (1..).zip(updates) {
        let (mut bytes, mut payload) = (Vec::new(), Vec::new());
        operation.write(&mut bytes);
        Operation::End.write(&mut bytes);
        compressor.write(&bytes, &mut payload).unwrap();
        compressor.flush(&mut payload).unwrap();
        let video = video.to_vec();
        let update = Update { sequence, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video };
        if let Err(error) = decoder.decode(&update, &mut vec![]) {
            return (decoder, Err(error));
        }
    }
    (decoder, Ok(()))
}

#[test]
fn what_is_handed_over_is_checked_like_what_is_decoded_here() {
    let good = sample(LARGE, 1);
    let (mut decoder, result) = handed(&[(begin(LARGE, &good), &good)]);
    assert_eq!(result, Ok(()));
    let left = LeftToViewer { px: LARGE.pixels().into(), bytes: good.len() as u64 };
    assert_eq!(decoder.left_to_viewer(), left);
    let played = decoder.take_played();
    let [Played { id: 0, area: LARGE, pieces }] = played.as_slice() else { panic!("it is handed over") };
    assert!(matches!(pieces.as_slice(), [Piece::Configuration(_), Piece::Picture { key: true, .. }]));
    // A small one is not.
    let small = sample(SMALL, 1);
    let (mut decoder, result) = handed(&[(begin(SMALL, &small), &small)]);
    assert_eq!((result, decoder.take_played().len(), decoder.left_to_viewer()), (Ok(()), 0, LeftToViewer::default()));
    // Another size than announced, and units that our encoder does not make, at the beginning and later.
    let bomb = sample(Area { width: 700, ..LARGE }, 1);
    let units = [good.as_slice(), &[0, 0, 0, 1, 6, 5, 1, 0, 0x80]].concat();
    for (wrong, error) in [(bomb, BitstreamError::Size), (units, BitstreamError::Units)] {
        let error = DecodeError::from(VideoError::from(error));
        assert_eq!(handed(&[(begin(LARGE, &wrong), &wrong)]).1, Err(error));
        let next = Operation::Video { id: 0, area: LARGE, begin: false, bytes: wrong.len() as u32 };
        assert_eq!(handed(&[(begin(LARGE, &good), &good), (next, &wrong)]).1, Err(error));
    }
    // It goes on in the size that it began with, and in no other place than the picture.
    let wider = Operation::Video { id: 0, area: Area { width: 643, ..LARGE }, begin: false, bytes: 0 };
    assert_eq!(handed(&[(begin(LARGE, &good), &good), (wider, &[])]).1, Err(VideoError::Unknown.into()));
}

#[test]
fn more_than_a_viewer_fetches_is_not_kept() {
    let good = sample(LARGE, 1);
    let slice = good.windows(4).rposition(|four| four == [0, 0, 0, 1]).unwrap();
    let key = &good[slice..];
    let next = Operation::Video { id: 0, area: LARGE, begin: false, bytes: key.len() as u32 };
    let flood = |count: usize| {
        let rest = core::iter::repeat_n((next, key), count);
        handed(&core::iter::once((begin(LARGE, &good), good.as_slice())).chain(rest).collect::<Vec<_>>()).1
    };
    assert_eq!(flood(20), Ok(()));
    assert_eq!(flood(40), Err(VideoError::Unfetched.into()));
    // What begins anew needs nothing before it.
    let anew = vec![(begin(LARGE, &good), good.as_slice()); 100];
    let (mut decoder, result) = handed(&anew);
    assert_eq!(result, Ok(()));
    assert_eq!(decoder.take_played()[0].pieces.len(), 2);
}

proptest! {
    #[test]
    fn a_mangled_video_is_refused_or_handed_over_in_whole_parts(
        flips in prop::collection::vec((0usize..200, any::<u8>()), 1..6), cut in 0usize..40
    ) {
        static GOOD: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| sample(LARGE, 1));
        let mut mangled = GOOD.clone();
        // Most of the parameters, and of the slice its beginning.
        flips.into_iter().for_each(|(at, bits)| mangled[at] ^= bits);
        mangled.truncate(mangled.len() - cut);
        let (mut decoder, _) = handed(&[(begin(LARGE, &mangled), &mangled)]);
        for piece in decoder.take_played().iter().flat_map(|video| &video.pieces) {
            match piece {
                Piece::Configuration(record) => {
                    let long = |at: usize| usize::from(u16::from_be_bytes([record[at], record[at + 1]]));
                    let picture = 8 + long(6);
                    prop_assert_eq!((record[0], record[picture]), (1, 1));
                    prop_assert_eq!(record.len(), picture + 3 + long(picture + 1));
                }
                Piece::Picture { sample, .. } => {
                    let (length, unit) = sample.split_first_chunk().unwrap();
                    prop_assert_eq!(u32::from_be_bytes(*length) as usize, unit.len());
                    prop_assert!(!unit.windows(3).any(|three| three == [0, 0, 1]), "one unit");
                }
            }
        }
    }
}
