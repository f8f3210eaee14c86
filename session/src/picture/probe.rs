//! A film of two pictures by which a viewer finds out whether it can play our videos, before it says so.
//!
//! What a web view says of its decoders is not to be believed: some take a configuration and then give no picture, or
//! one in wrong colours. So it draws this, as any other batch, and looks at the result.

use super::{
    area::Area,
    batch::Pending,
    canvas::Canvas,
    video::{codec, layer::Layer},
};
use beistand_protocol::picture::{Size, Update};

/// As large as the smallest video that a viewer gets.
const SIDES: (u16, u16) = (640, 480);
/// Red, green, blue of the left half of the second picture, and of the right half. The viewer knows them too.
const COLOURS: [[u8; 3]; 2] = [[200, 80, 40], [40, 100, 200]];

/// The batch; nothing if this computer can't encode, and so can't compare.
#[must_use]
pub fn probe() -> Option<Vec<u8>> {
    let (width, height) = SIDES;
    let size = Size::new(width.into(), height.into()).ok()?;
    let area = Area::whole(size);
    let [left, right] = COLOURS.map(|[red, green, blue]| u32::from_be_bytes([0, red, green, blue]));
    let halves = [vec![left; usize::from(width / 2)], vec![right; usize::from(width / 2)]].concat();
    let mut encoder = codec::Encoder::new(2_000_000, 30.0).ok()?;
    let (mut layer, mut drawn) = (Layer::default(), Vec::new());
    for (row, begin) in [(vec![0; width.into()], true), (halves, false)] {
        let (rows, mut sample) = (core::iter::repeat_n(row.as_slice(), height.into()), Vec::new());
        encoder.encode(area, rows, &mut sample).ok()?;
        layer.show((0, area, begin), &sample, size, true, &mut drawn).ok()?;
    }
    let update = Update {
        sequence: 1,
        stream: 1,
        size,
        captured_ms: 0,
        answers_input: 0,
        payload: Vec::new(),
        video: Vec::new(),
    };
    let mut pending = Pending::new();
    pending.add(&update, &drawn);
    pending.take(&Canvas::new(size, 0), &layer.take_played())
}

#[cfg(test)]
mod tests {
    use super::super::batch::tests::Viewer;
    use super::*;

    #[test]
    fn it_shows_the_colours_that_the_viewer_looks_for() {
        let batch = probe().unwrap();
        // A fill, a configuration and two pictures.
        assert_eq!(u32::from_le_bytes(batch[24..28].try_into().unwrap()), 4);
        let viewer = include_str!("../../../ui/src/features/viewer/probe.ts");
        for [red, green, blue] in COLOURS {
            assert!(viewer.contains(&format!("[{red}, {green}, {blue}]")), "{red} {green} {blue}");
        }
        // And so it looks when it is played.
        let mut viewer = Viewer::new();
        viewer.draw(&batch);
        for (column, colour) in [160, 480].into_iter().zip(COLOURS) {
            let shown = &viewer.shown()[(240 * 640 + column) * 4..];
            assert!(colour.iter().zip(shown).all(|(right, shown)| right.abs_diff(*shown) < 8), "{colour:?}");
        }
    }
}
