//! A first view of a thin line, and how it becomes exact.

use super::super::tests::{Edit, Pair, edit};
use super::super::{Area, Drawn, Encoded, pace::Pace};
use beistand_protocol::time::Moment;
use core::time::Duration;
use proptest::prelude::*;
use std::collections::VecDeque;

/// 1 Mbit/s: an update of 50 ms has so many bytes.
const THIN: u64 = 125_000;
const BUDGET: usize = 6_250;

/// A page of text beside a photograph.
fn page() -> Pair {
    let mut pair = Pair::new(1280, 720);
    pair.write_text(Area { x: 16, y: 16, width: 480, height: 640 }, 3);
    photograph(&mut pair, Area { x: 512, y: 0, width: 768, height: 720 });
    pair.line = Some(THIN);
    pair
}

/// Smooth, with grain: so it is large when it has to be exact.
fn photograph(pair: &mut Pair, area: Area) {
    let mut state = 9u32;
    for row in u32::from(area.y)..area.lower() {
        for (column, pixel) in (0u32..).zip(pair.screen.row_mut(area, row)) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let light = |by: u32| (column * by / 6 + row * 3 / by) % 200 + (state >> 29);
            *pixel = light(1) << 16 | light(2) << 8 | light(3);
        }
    }
    pair.touch(area);
}

impl Pair {
    fn greet(&mut self) {
        self.update.payload.clear();
        self.update.video.clear();
        self.encoder.greet(&mut self.update.payload).unwrap();
        self.update.sequence += 1;
        self.decoder.decode(&self.update, &mut self.drawn).unwrap();
    }

    fn sent_bytes(&self) -> usize {
        self.update.payload.len() + self.update.video.len()
    }

    /// The mean difference of the colours from those on the screen.
    fn error(&self) -> u64 {
        let canvas = self.decoder.canvas().unwrap();
        let both = self.screen.pixels().iter().zip(canvas.pixels());
        let sum: u64 = both
            .map(|(screen, shown)| {
                let ([blue, green, red, _], [r, g, b, _]) = (screen.to_le_bytes(), shown.to_le_bytes());
                u64::from(blue.abs_diff(b)) + u64::from(green.abs_diff(g)) + u64::from(red.abs_diff(r))
            })
            .sum();
        sum / 3 / u64::from(self.screen.size().pixels())
    }

    /// Sends until all is exact; answers how many bytes that took.
    fn sharpen(&mut self) -> usize {
        let mut bytes = 0;
        loop {
            let encoded = self.send(BUDGET);
            bytes += self.sent_bytes();
            if encoded != Encoded::Part {
                self.settle(BUDGET);
                assert!(self.decoder.is_exact());
                return bytes;
            }
        }
    }
}

#[test]
fn on_a_thin_line_all_is_seen_long_before_all_is_exact() {
    let mut pair = page();
    assert_eq!(pair.send(BUDGET), Encoded::Part);
    let mut first = pair.sent_bytes();
    assert!(pair.update.video.is_empty() && first < 3 * BUDGET, "{first}");
    assert!(pair.decoder.is_exact(), "what has come is right, and the rest has not come");
    assert_eq!(pair.send(BUDGET), Encoded::Part);
    first += pair.sent_bytes();
    assert!(!pair.decoder.is_exact() && !pair.update.video.is_empty());
    assert!(pair.error() < 16, "everything can be seen: {}", pair.error());
    assert!(first < 60_000, "{first} bytes are half a second of this line");
    let rest = pair.sharpen();
    assert!(rest > 5 * first, "{rest} bytes made it exact");
}

/// What came of the first picture over a line of so many bytes a second and so many milliseconds there and back.
struct Came {
    /// When everything could be seen, and how many bytes that took.
    seen: (u64, usize),
    /// When everything was exact.
    exact: u64,
    was_coarse: bool,
}

/// As the picture's source does it, in virtual time: one millisecond after the other.
fn over(line: u64, round_trip: u64) -> Came {
    let (mut pair, mut pace) = (page(), Pace::new());
    let at = |ms: u64| Moment::at(Duration::from_millis(ms));
    let (mut free_at, mut arriving) = (0, VecDeque::new());
    let (mut seen, mut bytes, mut exact, mut was_coarse) = (None, 0, None, false);
    for now in 0..60_000 {
        while let Some((sequence, _)) = arriving.front().copied().filter(|(_, shown)| *shown <= now) {
            pace.shown(sequence, at(now));
            arriving.pop_front();
            // The acknowledgement has come back by now, so the picture was there half a round trip ago.
            let sharp = arriving.is_empty() && exact.is_some();
            if seen.is_none() && pair.error() < 16 {
                seen = Some((now, bytes));
            }
            if sharp {
                return Came { seen: seen.unwrap(), exact: now, was_coarse };
            }
        }
        if exact.is_some() || !pace.may_encode() {
            continue;
        }
        if pace.is_new() {
            pair.greet();
        } else {
            pair.line = pace.rate();
            exact = (pair.send(pace.budget_bytes()) != Encoded::Part).then_some(now);
        }
        was_coarse |= !pair.decoder.is_exact();
        bytes += pair.sent_bytes();
        pace.sent(pair.update.sequence, pair.sent_bytes(), at(now));
        free_at = free_at.max(now) + pair.sent_bytes() as u64 * 1000 / line;
        arriving.push_back((pair.update.sequence, free_at + round_trip));
    }
    panic!("it never became exact");
}

#[test]
fn a_thin_line_carries_the_first_view_and_little_else_before_it() {
    // 1 Mbit/s and 2.
    for (line, longest) in [(125_000, 900), (250_000, 700)] {
        let came = over(line, 50);
        let (seen, bytes) = came.seen;
        assert!(came.was_coarse && seen < longest && bytes < 130_000, "{seen} ms, {bytes} bytes");
        assert!(came.exact > seen * 2, "exact after {} ms, seen after {seen}", came.exact);
    }
}

#[test]
fn a_fast_line_carries_the_exact_picture_at_once() {
    // 100 Mbit/s nearby, and as much far away.
    for round_trip in [2, 80] {
        let came = over(12_500_000, round_trip);
        assert!(!came.was_coarse && came.exact < 4 * round_trip + 400, "{}", came.exact);
    }
}

#[test]
fn it_sharpens_from_the_pointer_outwards() {
    let mut pair = page();
    pair.focus = (1000, 300);
    (0..2).for_each(|_| _ = pair.send(BUDGET));
    let mut places = Vec::new();
    while pair.send(BUDGET) == Encoded::Part {
        places.extend(pair.drawn.iter().filter_map(|drawn| match drawn {
            Drawn::Pixels(area) | Drawn::Fill(area, _) => Some(*area),
            Drawn::Copy { .. } => None,
        }));
    }
    let near = Area { x: 800, y: 200, width: 400, height: 200 };
    let (first, last) = (places[0], places[places.len() - 1]);
    assert!(first.intersection(near).is_some(), "{first:?}");
    assert!(last.x < 512, "{last:?}");
}

#[test]
fn a_first_picture_comes_from_the_pointer_outwards() {
    let mut pair = Pair::new(256, 1024);
    pair.edit(&Edit::Noise(pair.whole(), 3));
    pair.focus = (0, 600);
    let mut rows = Vec::new();
    while pair.send(10_000) == Encoded::Part {
        rows.extend(
            pair.drawn.iter().filter_map(|drawn| if let Drawn::Pixels(area) = drawn { Some(area.y) } else { None }),
        );
    }
    // What changed is kept in slices of 256 rows, and a strip has 64.
    let away: Vec<u16> = rows.iter().map(|y| y.abs_diff(600)).collect();
    let outwards = (1..away.len()).all(|at| away[..at].iter().all(|before| *before <= away[at] + 256 + 64));
    assert!(away[0] <= 128 && *away.last().unwrap() > 400 && outwards, "{rows:?}");
}

#[test]
fn on_a_fast_line_all_is_exact_at_once() {
    for line in [Some(12_500_000), None] {
        let mut pair = page();
        pair.line = line;
        while pair.send(200_000) == Encoded::Part {
            assert!(pair.update.video.is_empty() && pair.decoder.is_exact());
        }
        pair.assert_same();
    }
}

#[test]
fn a_letter_does_not_wait_until_all_is_exact() {
    let mut pair = page();
    (0..3).for_each(|_| _ = pair.send(BUDGET));
    let letter = Area { x: 40, y: 400, width: 8, height: 13 };
    pair.screen.fill(letter, 0x0000_2040);
    pair.touch(letter);
    assert_eq!(pair.send(BUDGET), Encoded::Part);
    assert!(pair.drawn.contains(&Drawn::Fill(letter, [0, 0x20, 0x40])), "{:?}", pair.drawn);
    pair.sharpen();
}

#[test]
fn what_is_scrolled_meanwhile_is_exact_in_the_end() {
    let mut pair = page();
    for step in 0..8 {
        pair.send(BUDGET);
        let from = Area { x: 500, y: 40, width: 700, height: 600 };
        pair.edit(&Edit::Copy(from, 500, 40 - step));
    }
    assert!(!pair.decoder.is_exact());
    pair.sharpen();
    // Then it is copied again.
    pair.edit(&Edit::Copy(Area { x: 500, y: 40, width: 700, height: 600 }, 500, 0));
    pair.send(usize::MAX);
    assert!(pair.drawn.iter().any(|drawn| matches!(drawn, Drawn::Copy { .. })));
    pair.settle(BUDGET);
}

#[test]
fn a_later_change_of_all_is_seen_early_too() {
    let mut pair = page();
    pair.sharpen();
    photograph(&mut pair, Area { x: 0, y: 0, width: 1280, height: 720 });
    let mut bytes = 0;
    for _ in 0..20 {
        pair.now = pair.now + Duration::from_millis(50);
        pair.send(BUDGET);
        bytes += if pair.decoder.is_exact() { pair.sent_bytes() } else { 0 };
    }
    assert!(!pair.decoder.is_exact() && bytes < 80_000, "{bytes}");
    pair.sharpen();
}

#[test]
fn a_new_stream_forgets_what_was_coarse() {
    let mut pair = page();
    (0..2).for_each(|_| _ = pair.send(BUDGET));
    assert!(!pair.decoder.is_exact());
    pair.encoder.restart(pair.screen.size()).unwrap();
    pair.update.stream += 1;
    pair.line = None;
    while pair.send(1_000_000) == Encoded::Part {}
    pair.assert_same();
    assert!(pair.decoder.is_exact());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_while_it_sharpens_arrives_exactly(
        frames in prop::collection::vec((prop::collection::vec(edit(), 0..3), 500usize..20_000), 1..16)
    ) {
        let mut pair = Pair::new(520, 400);
        photograph(&mut pair, Area { x: 0, y: 0, width: 520, height: 400 });
        pair.line = Some(2_000);
        let mut was_coarse = false;
        for (edits, budget) in frames {
            edits.iter().for_each(|edit| pair.edit(edit));
            pair.now = pair.now + Duration::from_millis(40);
            pair.send(budget);
            was_coarse |= !pair.decoder.is_exact();
        }
        while pair.send(BUDGET) == Encoded::Part {
            was_coarse |= !pair.decoder.is_exact();
        }
        pair.settle(BUDGET);
        prop_assert!(was_coarse && pair.decoder.is_exact());
    }
}
