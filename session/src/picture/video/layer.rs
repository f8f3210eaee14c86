//! The technician's end: what plays, laid over the exact picture.
//!
//! INVARIANT: at most [`MAX_VIDEOS`] at a time, each inside of the picture, together no larger than it.

use super::super::{
    area::{Area, Drawn},
    canvas::Canvas,
};
use super::handed::{self, Played, Waiting};
use super::{MAX_VIDEOS, bitstream::BitstreamError, codec, is_possible};
use beistand_protocol::picture::Size;

/// Why a video was refused. Carries no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VideoError {
    /// There is no video of this number, or not of this size.
    #[error("no such video")]
    Unknown,
    /// The size is none that a video may have, or together they are larger than the picture.
    #[error("a video of a size that may not be")]
    Size,
    /// The sample's length is not what the message holds.
    #[error("the video's sample is not there")]
    Missing,
    /// The sample is refused before it is decoded.
    #[error(transparent)]
    Bitstream(#[from] BitstreamError),
    /// The decoder fails.
    #[error("the video can't be decoded")]
    Undecodable,
    /// More pictures came than an honest end sends before the viewer has shown them.
    #[error("the viewer does not keep up with the video")]
    Unfetched,
}

/// What plays.
#[derive(Default)]
pub(crate) struct Layer {
    videos: Vec<Video>,
}

struct Video {
    id: u8,
    area: Area,
    decoded: Decoded,
}

/// Where a video is decoded.
enum Decoded {
    /// Here, to pixels red, green, blue, 255.
    Here(codec::Decoder, Vec<u32>),
    /// By the viewer.
    There(Waiting),
}

impl Decoded {
    fn new(there: bool) -> Result<Self, VideoError> {
        Ok(if there { Self::There(Waiting::default()) } else { Self::Here(codec::Decoder::new()?, Vec::new()) })
    }

    fn add(&mut self, sample: &[u8], begin: bool, area: Area) -> Result<(), VideoError> {
        match self {
            Self::Here(codec, pixels) => codec.decode(sample, begin, area, pixels),
            Self::There(waiting) => waiting.add(sample, begin, area),
        }
    }

    fn is_here(&self) -> bool {
        matches!(self, Self::Here(..))
    }
}

impl Layer {
    /// Where videos cover the exact picture.
    pub(crate) fn areas(&self) -> impl Iterator<Item = Area> {
        self.videos.iter().map(|video| video.area)
    }

    /// Where videos cover it whose pixels are here.
    pub(crate) fn areas_here(&self) -> impl Iterator<Item = Area> {
        self.videos.iter().filter(|video| video.decoded.is_here()).map(|video| video.area)
    }

    /// Shows the next picture of a video, which may have moved, or begins one; one that is large enough for the viewer
    /// if that `plays` videos. Without a sample it only moves. Appends what is to be drawn anew here, and answers whether
    /// that is left to the viewer.
    pub(crate) fn show(
        &mut self,
        (id, area, begin): (u8, Area, bool),
        sample: &[u8],
        size: Size,
        plays: bool,
        drawn: &mut Vec<Drawn>,
    ) -> Result<bool, VideoError> {
        let at = self.videos.iter().position(|video| video.id == id);
        let others: u32 = self.videos.iter().filter(|video| video.id != id).map(|video| video.area.pixels()).sum();
        if id >= MAX_VIDEOS || !is_possible(area) || area.pixels() > size.pixels().saturating_sub(others) {
            return Err(VideoError::Size);
        }
        if begin {
            drawn.extend(at.map(|at| Drawn::Pixels(self.videos.swap_remove(at).area)));
            let mut decoded = Decoded::new(plays && area.pixels() >= handed::MIN_PX)?;
            decoded.add(sample, true, area)?;
            self.videos.push(Video { id, area, decoded });
        } else {
            let video = at.and_then(|at| self.videos.get_mut(at)).ok_or(VideoError::Unknown)?;
            if (video.area.width, video.area.height) != (area.width, area.height) {
                return Err(VideoError::Unknown);
            }
            if !sample.is_empty() {
                video.decoded.add(sample, false, area)?;
            }
            let before = core::mem::replace(&mut video.area, area);
            drawn.extend((before != area).then_some(Drawn::Pixels(before)));
        }
        let here = self.videos.iter().any(|video| video.id == id && video.decoded.is_here());
        drawn.extend(here.then_some(Drawn::Pixels(area)));
        Ok(!here)
    }

    /// Takes a video away; answers where it was.
    pub(crate) fn end(&mut self, id: u8) -> Result<Area, VideoError> {
        let at = self.videos.iter().position(|video| video.id == id).ok_or(VideoError::Unknown)?;
        Ok(self.videos.remove(at).area)
    }

    /// What the viewer plays itself, with what it has not fetched yet.
    pub(crate) fn take_played(&mut self) -> Vec<Played> {
        let there = |video: &mut Video| match &mut video.decoded {
            Decoded::Here(..) => None,
            Decoded::There(waiting) => Some(Played { id: video.id, area: video.area, pieces: waiting.take() }),
        };
        self.videos.iter_mut().filter_map(there).collect()
    }

    /// The viewer has lost what it played. Answers whether that was anything.
    pub(crate) fn forget_played(&mut self) -> bool {
        let before = self.videos.len();
        self.videos.retain(|video| video.decoded.is_here());
        self.videos.len() < before
    }
}

/// The exact picture with what plays over it, as far as that is decoded here.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    canvas: &'a Canvas,
    videos: &'a [Video],
}

impl<'a> Picture<'a> {
    pub(crate) fn new(canvas: &'a Canvas, layer: &'a Layer) -> Self {
        Self { canvas, videos: &layer.videos }
    }

    /// Its size.
    pub fn size(self) -> Size {
        self.canvas.size()
    }

    /// Appends the part of row `row` that lies in `area`, as bytes.
    pub(crate) fn put_row(self, area: Area, row: u32, out: &mut Vec<u8>) {
        let start = out.len();
        put(self.canvas.row(area, row), out, start);
        for video in self.videos {
            let Some(part) =
                Area::between(area.x.into(), row, area.right(), row + 1).and_then(|line| line.intersection(video.area))
            else {
                continue;
            };
            let first = (row as usize - usize::from(video.area.y)) * usize::from(video.area.width)
                + usize::from(part.x - video.area.x);
            let Decoded::Here(_, pixels) = &video.decoded else { continue };
            let pixels = pixels.get(first..first + usize::from(part.width)).unwrap_or_default();
            put(pixels, out, start + usize::from(part.x - area.x) * 4);
        }
    }

    /// What the technician is to see, as one canvas.
    pub fn flattened(self) -> Canvas {
        let mut flat = Canvas::new(self.size(), 0);
        let whole = Area::whole(self.size());
        let mut bytes = Vec::new();
        for row in 0..whole.lower() {
            bytes.clear();
            self.put_row(whole, row, &mut bytes);
            for (pixel, bytes) in flat.row_mut(whole, row).iter_mut().zip(bytes.as_chunks().0) {
                *pixel = u32::from_le_bytes(*bytes);
            }
        }
        flat
    }
}

impl<'a> From<&'a Canvas> for Picture<'a> {
    fn from(canvas: &'a Canvas) -> Self {
        Self { canvas, videos: &[] }
    }
}

/// Writes pixels to `out` from `at` on.
fn put(pixels: &[u32], out: &mut Vec<u8>, at: usize) {
    let end = at + pixels.len() * 4;
    if out.len() < end {
        out.resize(end, 0);
    }
    for (bytes, pixel) in out.get_mut(at..end).unwrap_or_default().as_chunks_mut().0.iter_mut().zip(pixels) {
        *bytes = pixel.to_le_bytes();
    }
}
