//! What changed since the viewer last asked, as one piece of bytes: the newest state only.
//!
//! Copies stay copies and fills stay fills; pixels are read from the decoder's picture at the moment the viewer
//! asks, so a batch that nobody fetched costs nothing and never grows beyond one whole picture.
//!
//! # Layout
//!
//! All numbers little-endian; every part is a multiple of four bytes long, so pixels can be used in place.
//!
//! Head, 28 bytes:
//!
//! | offset | type | what |
//! |---|---|---|
//! | 0 | 4 bytes | `BVB1` |
//! | 4 | u32 | stream |
//! | 8 | u32 | sequence of the newest update in the batch: to be acknowledged, with the stream, once drawn |
//! | 12 | u16, u16 | width and height of the picture: resize the canvas first if it differs |
//! | 16 | u32 | when the newest update was captured, in milliseconds of the customer's clock; wraps |
//! | 20 | u32 | number of the last input that it answers to |
//! | 24 | u32 | how many operations follow |
//!
//! Each operation, 16 bytes, and what is behind it; to be drawn strictly in order:
//!
//! | offset | type | what |
//! |---|---|---|
//! | 0 | u8 | kind: 1 `Copy`, 2 `Fill`, 3 `Pixels`, 4 `Configuration`, 5 `Video` |
//! | 1 | 3 x u8 | red, green, blue of `Fill`; number of the video, 1 for a key picture, 0; else 0 |
//! | 4 | u16 x 4 | x, y, width, height of the place to draw; never empty, always inside |
//! | 12 | u16, u16 | `Copy`: x, y of the upper left corner to copy from, same size, may overlap |
//! | 12 | u32 | of a video: how many bytes follow, before they are filled up with zeros to a multiple of four |
//! | 16 | bytes | `Pixels`: width x height x 4 bytes red, green, blue, 255, row by row |
//!
//! Videos come last, and only to a viewer that said it plays them ([`super::Decoder::set_viewer_plays`]). Each that
//! plays is in every batch: by its `Configuration`, if it begins or begins anew, by a `Video` for each of its pictures,
//! or by one `Video` without bytes if there is none. Configuration and pictures are H.264 as MP4 has it (ISO/IEC
//! 14496-15). The last picture is to be drawn at its place after everything else, also if it came in an earlier batch;
//! an odd side was coded as the next even one. A video that is not in a batch is over.
//!
//! A batch after which the canvas would not be right on its own does not exist: one that starts a new stream, or
//! answers a new viewer, begins with an operation that covers the whole picture.

use super::{
    area::{Area, Drawn},
    video::{
        handed::{Piece, Played},
        layer::Picture,
    },
};
use beistand_protocol::picture::{Size, Update};

/// The first bytes of every batch.
pub const MAGIC: [u8; 4] = *b"BVB1";
const HEAD_BYTES: usize = 28;
const OPERATION_BYTES: usize = 16;
/// More steps than this cost the viewer more than a whole picture.
const MAX_STEPS: usize = 400;

/// What the viewer has not fetched yet.
#[derive(Default)]
pub struct Pending {
    head: Option<Head>,
    /// Copies and fills in their order.
    steps: Vec<Drawn>,
    /// INVARIANT: once `steps` are drawn, the viewer's canvas is right everywhere outside of these.
    stale: Vec<Area>,
    fresh: bool,
}

#[derive(Clone, Copy)]
struct Head {
    stream: u32,
    sequence: u32,
    size: Size,
    captured_ms: u32,
    answers_input: u32,
}

impl Pending {
    /// Nothing to fetch yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what a decoded update drew.
    pub fn add(&mut self, update: &Update, drawn: &[Drawn]) {
        let head = Head {
            stream: update.stream,
            sequence: update.sequence,
            size: update.size,
            captured_ms: update.captured_ms,
            answers_input: update.answers_input,
        };
        if self.head.is_none_or(|before| before.stream != head.stream) {
            self.stale.clear();
            self.steps.clear();
            self.steps.push(Drawn::Fill(Area::whole(head.size), [0; 3]));
        }
        self.head = Some(head);
        self.fresh = true;
        for step in drawn {
            self.add_step(*step, head.size);
        }
    }

    /// Makes the next batch a whole picture: the viewer is new or lost its canvas.
    pub fn start_over(&mut self) {
        if let Some(head) = self.head {
            self.take_whole(head.size);
            self.fresh = true;
        }
    }

    /// Whether there is something to fetch.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The batch, if there is something to fetch; `picture` is the decoder's, and so are the videos that `played` says.
    pub fn take<'a>(&mut self, picture: impl Into<Picture<'a>>, played: &[Played]) -> Option<Vec<u8>> {
        let picture = picture.into();
        let head = self.head.filter(|head| self.fresh && head.size == picture.size())?;
        let pixels: usize = self.stale.iter().map(|area| area.pixels() as usize).sum();
        let pieces = played.iter().map(|video| video.pieces.len().max(1)).sum::<usize>();
        let samples: usize = played.iter().flat_map(|video| &video.pieces).map(|piece| piece.bytes().len() + 3).sum();
        let count = self.steps.len() + self.stale.len() + pieces;
        let mut out = Vec::with_capacity(HEAD_BYTES + count * OPERATION_BYTES + pixels * 4 + samples);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&head.stream.to_le_bytes());
        out.extend_from_slice(&head.sequence.to_le_bytes());
        put_u16s(&mut out, [head.size.width(), head.size.height()]);
        out.extend_from_slice(&head.captured_ms.to_le_bytes());
        out.extend_from_slice(&head.answers_input.to_le_bytes());
        out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        for step in self.steps.drain(..) {
            put_step(&mut out, step, picture);
        }
        for area in self.stale.drain(..) {
            put_step(&mut out, Drawn::Pixels(area), picture);
        }
        for video in played {
            put_video(&mut out, video);
        }
        self.fresh = false;
        Some(out)
    }

    fn add_step(&mut self, step: Drawn, size: Size) {
        match step {
            Drawn::Copy { from, x, y } => self.add_copy(from, x, y),
            Drawn::Fill(area, _) => {
                if !self.is_stale(area) {
                    self.stale.retain(|stale| !area.holds(*stale));
                    self.steps.push(step);
                }
            }
            Drawn::Pixels(area) => self.add_stale(area),
        }
        let stale: u64 = self.stale.iter().map(|area| u64::from(area.pixels())).sum();
        if stale >= u64::from(size.pixels()) || self.steps.len() + self.stale.len() > MAX_STEPS {
            self.take_whole(size);
        }
    }

    fn add_copy(&mut self, from: Area, x: u16, y: u16) {
        let to = from.at(x, y);
        if self.is_stale(to) {
            return;
        }
        // What is stale where it comes from is stale where it goes to.
        let moved: Vec<Area> = self
            .stale
            .iter()
            .filter_map(|stale| stale.intersection(from))
            .map(|part| part.at(x + (part.x - from.x), y + (part.y - from.y)))
            .collect();
        self.stale.retain(|stale| !to.holds(*stale));
        for part in moved {
            self.add_stale(part);
        }
        if !self.is_stale(to) {
            self.steps.push(Drawn::Copy { from, x, y });
        }
    }

    fn is_stale(&self, area: Area) -> bool {
        self.stale.iter().any(|stale| stale.holds(area))
    }

    fn add_stale(&mut self, mut area: Area) {
        if self.is_stale(area) {
            return;
        }
        // Strips that lie on each other become one.
        self.stale.retain(|stale| {
            let same_columns = stale.x == area.x && stale.width == area.width;
            let touch = u32::from(stale.y) <= area.lower() && u32::from(area.y) <= stale.lower();
            if same_columns && touch {
                area = area.union(*stale);
            }
            !area.holds(*stale)
        });
        self.stale.push(area);
    }

    fn take_whole(&mut self, size: Size) {
        self.steps.clear();
        self.stale.clear();
        self.stale.push(Area::whole(size));
    }
}

fn put_step(out: &mut Vec<u8>, step: Drawn, picture: Picture<'_>) {
    let (kind, [red, green, blue], area, from) = match step {
        Drawn::Copy { from, x, y } => (1, [0; 3], from.at(x, y), [from.x, from.y]),
        Drawn::Fill(area, colour) => (2, colour, area, [0; 2]),
        Drawn::Pixels(area) => (3, [0; 3], area, [0; 2]),
    };
    out.extend_from_slice(&[kind, red, green, blue]);
    put_u16s(out, [area.x, area.y, area.width, area.height]);
    put_u16s(out, from);
    if let Drawn::Pixels(area) = step {
        for row in u32::from(area.y)..area.lower() {
            picture.put_row(area, row, out);
        }
    }
}

fn put_video(out: &mut Vec<u8>, Played { id, area, pieces }: &Played) {
    let mut put = |kind: u8, key: bool, bytes: &[u8]| {
        out.extend_from_slice(&[kind, *id, key.into(), 0]);
        put_u16s(out, [area.x, area.y, area.width, area.height]);
        out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(4), 0);
    };
    for piece in pieces {
        match piece {
            Piece::Configuration(record) => put(4, false, record),
            Piece::Picture { key, sample } => put(5, *key, sample),
        }
    }
    if pieces.is_empty() {
        put(5, false, &[]);
    }
}

fn put_u16s<const N: usize>(out: &mut Vec<u8>, numbers: [u16; N]) {
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

#[cfg(test)]
pub(super) mod tests;
