//! A viewer in a few lines draws batches; it must always end up with the decoder's picture.

use super::*;
use crate::picture::canvas::Canvas;
use crate::picture::video::handed::player::Player;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What the worker in the web view does, without a web view.
pub(in crate::picture) struct Viewer {
    size: (usize, usize),
    /// What was drawn, without what plays over it.
    rgba: Vec<u8>,
    videos: BTreeMap<u8, Player>,
}

impl Viewer {
    pub(in crate::picture) fn new() -> Self {
        Self { size: (0, 0), rgba: Vec::new(), videos: BTreeMap::new() }
    }

    pub(in crate::picture) fn draw(&mut self, batch: &[u8]) {
        let u16_at = |at: usize| usize::from(u16::from_le_bytes(batch[at..at + 2].try_into().unwrap()));
        let u32_at = |at: usize| u32::from_le_bytes(batch[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!(batch[..4], MAGIC);
        let size = (u16_at(12), u16_at(14));
        if size != self.size {
            self.size = size;
            self.rgba = vec![0xEE; size.0 * size.1 * 4];
        }
        // The page draws into what it shows, and copies from there.
        self.rgba = self.shown();
        let mut at = HEAD_BYTES;
        let mut named = Vec::new();
        for _ in 0..u32_at(24) {
            let (x, y, width, height) = (u16_at(at + 4), u16_at(at + 6), u16_at(at + 8), u16_at(at + 10));
            assert!(width > 0 && height > 0 && x + width <= size.0 && y + height <= size.1);
            let (kind, id, key, body) = (batch[at], batch[at + 1], batch[at + 2] == 1, at + OPERATION_BYTES);
            if kind > 3 {
                let [x, y, width, height] = [x, y, width, height].map(|side| side.try_into().unwrap());
                let bytes = &batch[body..body + u32_at(at + 12)];
                self.play(kind, (id, area(x, y, width, height)), key, bytes);
                named.push(id);
                at = body + bytes.len().next_multiple_of(4);
                continue;
            }
            assert!(named.is_empty(), "videos come last");
            let before = self.rgba.clone();
            for row in 0..height {
                for column in 0..width {
                    let pixel = match kind {
                        1 => {
                            let from = (u16_at(at + 14) + row) * size.0 + u16_at(at + 12) + column;
                            &before[from * 4..from * 4 + 4]
                        }
                        2 => &[batch[at + 1], batch[at + 2], batch[at + 3], 255],
                        3 => &batch[body + (row * width + column) * 4..][..4],
                        kind => panic!("unknown kind {kind}"),
                    };
                    let to = (y + row) * size.0 + x + column;
                    self.rgba[to * 4..to * 4 + 4].copy_from_slice(pixel);
                }
            }
            at = body + if kind == 3 { width * height * 4 } else { 0 };
        }
        assert_eq!(at, batch.len());
        self.videos.retain(|id, _| named.contains(id));
    }

    fn play(&mut self, kind: u8, (id, area): (u8, Area), key: bool, bytes: &[u8]) {
        if kind == 4 {
            self.videos.insert(id, Player::new(bytes, area));
            return;
        }
        let player = self.videos.get_mut(&id).expect("a picture of a video that plays");
        player.area = area;
        if !bytes.is_empty() {
            player.decode(key, bytes);
        }
    }

    /// What was drawn with what plays over it.
    pub(in crate::picture) fn shown(&self) -> Vec<u8> {
        let mut shown = self.rgba.clone();
        for Player { area, pixels, .. } in self.videos.values() {
            for (row, pixels) in pixels.chunks(area.width.into()).enumerate() {
                let start = ((usize::from(area.y) + row) * self.size.0 + usize::from(area.x)) * 4;
                for (to, pixel) in shown[start..].as_chunks_mut().0.iter_mut().zip(pixels) {
                    *to = pixel.to_le_bytes();
                }
            }
        }
        shown
    }

    /// How many videos it plays itself.
    pub(in crate::picture) fn plays(&self) -> usize {
        self.videos.len()
    }
}

/// Stands for the decoder: a canvas and the updates that drew it.
struct Drawer {
    canvas: Canvas,
    pending: Pending,
    update: Update,
    colour: u32,
}

impl Drawer {
    fn new(width: u32, height: u32) -> Self {
        let size = Size::new(width, height).unwrap();
        let update =
            Update { sequence: 0, stream: 1, size, captured_ms: 0, answers_input: 0, payload: vec![], video: vec![] };
        Self { canvas: Canvas::new(size, 0xFF00_0000), pending: Pending::new(), update, colour: 0xFF00_0000 }
    }

    fn restart(&mut self, width: u32, height: u32) {
        let size = Size::new(width, height).unwrap();
        self.update.stream += 1;
        self.update.size = size;
        self.canvas = Canvas::new(size, 0xFF00_0000);
    }

    fn draw(&mut self, steps: &[Drawn]) {
        for step in steps {
            match *step {
                Drawn::Copy { from, x, y } => self.canvas.copy(from, x, y),
                Drawn::Fill(area, [red, green, blue]) => {
                    self.canvas.fill(area, u32::from_le_bytes([red, green, blue, 255]));
                }
                Drawn::Pixels(area) => {
                    for row in u32::from(area.y)..area.lower() {
                        for pixel in self.canvas.row_mut(area, row) {
                            self.colour = (self.colour.wrapping_add(0x0001_0307)) | 0xFF00_0000;
                            *pixel = self.colour;
                        }
                    }
                }
            }
        }
        self.update.sequence += 1;
        self.update.captured_ms += 20;
        self.update.answers_input = self.update.sequence / 2;
        self.pending.add(&self.update, steps);
    }

    fn rgba(&self) -> Vec<u8> {
        self.canvas.pixels().iter().flat_map(|pixel| pixel.to_le_bytes()).collect()
    }
}

fn area(x: u16, y: u16, width: u16, height: u16) -> Area {
    Area { x, y, width, height }
}

/// The web view's test reads the same files. To write them anew: `BEISTAND_BLESS=1 cargo nextest run fixture`.
#[test]
fn the_fixture_is_what_the_code_makes() {
    let mut drawer = Drawer::new(8, 6);
    drawer.draw(&[Drawn::Pixels(area(1, 1, 5, 3)), Drawn::Fill(area(0, 4, 8, 2), [200, 100, 50])]);
    let first = drawer.pending.take(&drawer.canvas, &[]).unwrap();
    let first_rgba = drawer.rgba();
    drawer.draw(&[Drawn::Copy { from: area(0, 1, 7, 5), x: 1, y: 0 }, Drawn::Pixels(area(0, 5, 8, 1))]);
    drawer.draw(&[Drawn::Copy { from: area(1, 0, 6, 4), x: 0, y: 0 }, Drawn::Fill(area(7, 0, 1, 6), [1, 2, 3])]);
    let second = drawer.pending.take(&drawer.canvas, &[]).unwrap();
    let second_rgba = drawer.rgba();
    drawer.draw(&[Drawn::Pixels(area(2, 2, 1, 1))]);
    let picture = |key, sample: &[u8]| Piece::Picture { key, sample: sample.to_vec() };
    let pieces =
        vec![Piece::Configuration(vec![1, 66, 192, 31, 255]), picture(true, &[7, 8, 9, 10]), picture(false, &[11])];
    let played =
        [Played { id: 2, area: area(3, 1, 4, 4), pieces }, Played { id: 0, area: area(0, 0, 2, 2), pieces: vec![] }];
    let third = drawer.pending.take(&drawer.canvas, &played).unwrap();

    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/picture/");
    let files =
        [("1.bin", first), ("1.rgba", first_rgba), ("2.bin", second), ("2.rgba", second_rgba), ("3.bin", third)];
    for (name, made) in files {
        let path = format!("{folder}batch.fixture.{name}");
        if std::env::var_os("BEISTAND_BLESS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap(), made, "{name}");
    }
}

#[test]
fn the_fixture_draws_what_it_says() {
    let mut viewer = Viewer::new();
    viewer.draw(include_bytes!("../batch.fixture.1.bin"));
    assert_eq!(viewer.rgba, include_bytes!("../batch.fixture.1.rgba"));
    viewer.draw(include_bytes!("../batch.fixture.2.bin"));
    assert_eq!(viewer.rgba, include_bytes!("../batch.fixture.2.rgba"));
}

#[test]
fn a_scroll_stays_a_copy_when_several_are_merged() {
    let mut drawer = Drawer::new(64, 64);
    drawer.draw(&[Drawn::Pixels(area(0, 0, 64, 64))]);
    let mut viewer = Viewer::new();
    viewer.draw(&drawer.pending.take(&drawer.canvas, &[]).unwrap());
    for _ in 0..5 {
        drawer.draw(&[Drawn::Copy { from: area(0, 2, 64, 62), x: 0, y: 0 }, Drawn::Pixels(area(0, 62, 64, 2))]);
    }
    let batch = drawer.pending.take(&drawer.canvas, &[]).unwrap();
    assert!(batch.len() < HEAD_BYTES + 12 * OPERATION_BYTES + 10 * 64 * 4, "{}", batch.len());
    viewer.draw(&batch);
    assert_eq!(viewer.rgba, drawer.rgba());
}

#[test]
fn what_was_fetched_is_not_offered_again() {
    let mut drawer = Drawer::new(4, 4);
    assert!(drawer.pending.take(&drawer.canvas, &[]).is_none());
    drawer.draw(&[]);
    let empty = drawer.pending.take(&drawer.canvas, &[]).unwrap();
    assert_eq!(empty.len(), HEAD_BYTES + OPERATION_BYTES, "a new stream blackens the canvas");
    assert!(drawer.pending.take(&drawer.canvas, &[]).is_none());
    drawer.pending.start_over();
    assert_eq!(drawer.pending.take(&drawer.canvas, &[]).unwrap().len(), HEAD_BYTES + OPERATION_BYTES + 64);
}

fn step() -> impl Strategy<Value = Drawn> {
    let place =
        (0u16..30, 0u16..20, 1u16..=10, 1u16..=10).prop_map(|(x, y, w, h)| area(x, y, w.min(32 - x), h.min(24 - y)));
    prop_oneof![
        (place.clone(), 0u16..32, 0u16..24).prop_map(|(from, x, y)| Drawn::Copy {
            from,
            x: x.min(32 - from.width),
            y: y.min(24 - from.height)
        }),
        (place.clone(), any::<[u8; 3]>()).prop_map(|(area, colour)| Drawn::Fill(area, colour)),
        place.prop_map(Drawn::Pixels),
    ]
}

proptest! {
    #[test]
    fn merged_batches_give_the_decoders_picture(
        updates in prop::collection::vec((prop::collection::vec(step(), 0..6), 0u8..10), 1..30)
    ) {
        let mut drawer = Drawer::new(32, 24);
        let mut viewer = Viewer::new();
        for (steps, act) in updates {
            if act == 0 {
                drawer.restart(32, 24);
            }
            if act == 1 {
                drawer.pending.start_over();
            }
            drawer.draw(&steps);
            if act < 4 {
                let batch = drawer.pending.take(&drawer.canvas, &[]).unwrap();
                prop_assert!(batch.len() <= HEAD_BYTES + (MAX_STEPS + 1) * OPERATION_BYTES + 32 * 24 * 4);
                viewer.draw(&batch);
                prop_assert_eq!(&viewer.rgba, &drawer.rgba());
            }
        }
    }
}
