//! The technician's end: updates become a canvas of red, green, blue, 255.
//!
//! Keeps an exact canvas and what plays over it; copies read the canvas only. Whatever the peer sends, this stays inside the canvas and the limits, and answers with an error.

use super::{
    area::{Area, Drawn},
    canvas::Canvas,
    operation::{Operation, OperationError, STRIP_ROWS},
    planes,
    stream::{Decompressor, StreamError},
    video::{
        MAX_COARSE, MAX_VIDEOS, VideoError,
        handed::Played,
        is_possible,
        layer::{Layer, Picture},
        still,
    },
};
use beistand_protocol::picture::{PictureError, Update};

/// Opaque black, of which every new stream starts.
const BLACK: u32 = u32::from_le_bytes([0, 0, 0, 255]);
const MAX_OPERATIONS: u32 = 20_000;
/// An update may draw every pixel so many times; an honest one stays below half of it.
const MAX_COVERS: u64 = 8;

/// Why an update was not shown. Carries no pixels, so it is safe to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// An earlier update of this stream failed: nothing can be shown until a new stream comes. Has been said.
    #[error("waiting for a new stream")]
    Waiting,
    /// The peer broke a limit of the message.
    #[error(transparent)]
    Message(#[from] PictureError),
    /// The peer left out an update, repeated one, changed the size within a stream, or went back to an older one.
    #[error("the update does not follow the one before")]
    OutOfOrder,
    /// The peer draws outside of the picture.
    #[error("an operation reaches outside of the picture")]
    Outside,
    /// The peer draws more than any honest update does.
    #[error("an update draws more than it may")]
    TooMuch,
    /// The peer's video is none that may be, or none.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// The peer's payload is not what we read.
    #[error(transparent)]
    Payload(#[from] OperationError),
}

impl From<StreamError> for DecodeError {
    fn from(error: StreamError) -> Self {
        Self::Payload(error.into())
    }
}

impl DecodeError {
    /// Whether the peer is now to be asked for a whole frame.
    pub const fn asks_for_whole_frame(self) -> bool {
        !matches!(self, Self::Waiting)
    }
}

/// Turns updates into pictures.
pub struct Decoder {
    stream: Option<Stream>,
    decompressor: Decompressor,
    scratch: Vec<u8>,
    last_sequence: u32,
    viewer: Viewer,
}

/// What the viewer takes over.
#[derive(Clone, Copy, Default)]
struct Viewer {
    plays: bool,
    /// Of the last update.
    decodes: LeftToViewer,
}

/// What of an update the viewer decodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftToViewer {
    /// Pixels.
    pub px: u64,
    /// Bytes of samples.
    pub bytes: u64,
}

struct Stream {
    number: u32,
    canvas: Canvas,
    layer: Layer,
    /// Something was drawn coarsely and is not said to be exact yet.
    coarse: bool,
    failed: bool,
}

impl Decoder {
    /// A decoder that waits for a first stream.
    ///
    /// # Errors
    /// [`StreamError`] if there is no memory.
    pub fn new() -> Result<Self, StreamError> {
        Ok(Self {
            stream: None,
            decompressor: Decompressor::new()?,
            scratch: Vec::new(),
            last_sequence: 0,
            viewer: Viewer::default(),
        })
    }

    /// The exact picture, once there is one.
    pub fn canvas(&self) -> Option<&Canvas> {
        self.stream.as_ref().map(|stream| &stream.canvas)
    }

    /// The exact picture and what plays over it, once there is one.
    pub fn picture(&self) -> Option<Picture<'_>> {
        self.stream.as_ref().map(|stream| Picture::new(&stream.canvas, &stream.layer))
    }

    /// Whether the picture is, or by its sender is said to be, what the customer's screen shows: nothing is coarse, and
    /// no video plays.
    pub fn is_exact(&self) -> bool {
        self.stream.as_ref().is_none_or(|stream| !stream.coarse && stream.layer.areas().next().is_none())
    }

    /// Whether large videos that begin from now on are left to the viewer to decode.
    pub fn set_viewer_plays(&mut self, plays: bool) {
        self.viewer.plays = plays;
    }

    /// What of the last update is left to the viewer to decode.
    pub fn left_to_viewer(&self) -> LeftToViewer {
        self.viewer.decodes
    }

    /// The videos that the viewer decodes, with what was not taken before: to be handed to [`super::batch::Pending::take`].
    pub fn take_played(&mut self) -> Vec<Played> {
        self.stream.as_mut().map(|stream| stream.layer.take_played()).unwrap_or_default()
    }

    /// The viewer has lost its videos, or is another one. What it played is gone; with the next word about it the peer is
    /// asked for a whole frame.
    pub fn forget_played(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.coarse |= stream.layer.forget_played();
        }
    }

    /// Draws an update and appends what was drawn.
    ///
    /// # Errors
    /// [`DecodeError`]; what was appended until then is on the canvas, and the stream is given up.
    pub fn decode(&mut self, update: &Update, drawn: &mut Vec<Drawn>) -> Result<(), DecodeError> {
        update.validate()?;
        let followed = update.sequence == self.last_sequence.wrapping_add(1);
        self.last_sequence = update.sequence;
        self.viewer.decodes = LeftToViewer::default();
        let stream = match &mut self.stream {
            // Streams count up. One that was left does not come back: the viewer tells them apart by their numbers.
            Some(stream) if update.stream <= stream.number => stream,
            other => {
                self.decompressor.restart()?;
                let canvas = Canvas::new(update.size, BLACK);
                let fresh =
                    Stream { number: update.stream, canvas, layer: Layer::default(), coarse: false, failed: false };
                let stream = other.insert(fresh);
                let result = draw(stream, &mut self.decompressor, &mut self.scratch, &mut self.viewer, update, drawn);
                stream.failed = result.is_err();
                return result;
            }
        };
        if stream.failed {
            return Err(DecodeError::Waiting);
        }
        let same = update.stream == stream.number && update.size == stream.canvas.size();
        let result = if !followed || !same {
            Err(DecodeError::OutOfOrder)
        } else {
            draw(stream, &mut self.decompressor, &mut self.scratch, &mut self.viewer, update, drawn)
        };
        stream.failed = result.is_err();
        result
    }
}

fn draw(
    stream: &mut Stream,
    decompressor: &mut Decompressor,
    scratch: &mut Vec<u8>,
    viewer: &mut Viewer,
    update: &Update,
    drawn: &mut Vec<Drawn>,
) -> Result<(), DecodeError> {
    let Stream { canvas, layer, coarse, .. } = stream;
    let size = canvas.size();
    let mut reader = decompressor.read(&update.payload);
    let mut samples = update.video.as_slice();
    let mut samples_left = MAX_VIDEOS;
    let (mut coarse_left, mut coarse_pixels_left) = (MAX_COARSE, size.pixels());
    let mut pixels_left = u64::from(size.pixels()) * MAX_COVERS;
    for _ in 0..MAX_OPERATIONS {
        let operation = Operation::read(&mut reader)?;
        let inside = |area: Area| if area.fits(size) { Ok(area) } else { Err(DecodeError::Outside) };
        let mut charge = |area: Area| {
            pixels_left = pixels_left.checked_sub(area.pixels().into()).ok_or(DecodeError::TooMuch)?;
            Ok::<_, DecodeError>(())
        };
        drawn.extend(operation.drawn());
        match operation {
            Operation::End if samples.is_empty() => return Ok(reader.finish()?),
            Operation::End => return Err(VideoError::Missing.into()),
            Operation::Copy { from, x, y } => {
                charge(inside(from)?)?;
                let to = inside(from.at(x, y))?;
                canvas.copy(from, x, y);
                // The viewer copies what it shows: what it took of a video is wrong, and what it drew over one too.
                for taken in layer.areas().filter_map(|video| video.intersection(from)) {
                    drawn.push(Drawn::Pixels(taken.at(taken.x - from.x + x, taken.y - from.y + y)));
                }
                drawn.extend(layer.areas_here().filter_map(|video| video.intersection(to)).map(Drawn::Pixels));
            }
            Operation::Fill(area, [red, green, blue]) => {
                charge(inside(area)?)?;
                canvas.fill(area, u32::from_le_bytes([red, green, blue, 255]));
                drawn.extend(layer.areas_here().filter_map(|video| video.intersection(area)).map(Drawn::Pixels));
            }
            Operation::Strip(area, predictor) => {
                charge(inside(area)?)?;
                if area.height > STRIP_ROWS {
                    return Err(DecodeError::TooMuch);
                }
                scratch.resize(area.pixels() as usize * 3, 0);
                reader.fill(scratch)?;
                planes::join(scratch, predictor, canvas, area);
            }
            Operation::Video { id, area, begin, bytes } => {
                charge(inside(area)?)?;
                samples_left = samples_left.checked_sub(1).ok_or(DecodeError::TooMuch)?;
                let (sample, rest) = samples.split_at_checked(bytes as usize).ok_or(VideoError::Missing)?;
                samples = rest;
                if layer.show((id, area, begin), sample, size, viewer.plays, drawn)? && bytes > 0 {
                    viewer.decodes.px += u64::from(area.pixels());
                    viewer.decodes.bytes += u64::from(bytes);
                }
            }
            Operation::VideoEnd(id) => drawn.push(Drawn::Pixels(layer.end(id)?)),
            Operation::Coarse { area, bytes } => {
                charge(inside(area)?)?;
                coarse_left = coarse_left.checked_sub(1).ok_or(DecodeError::TooMuch)?;
                coarse_pixels_left = coarse_pixels_left.checked_sub(area.pixels()).ok_or(DecodeError::TooMuch)?;
                if !is_possible(area) {
                    return Err(VideoError::Size.into());
                }
                let (sample, rest) = samples.split_at_checked(bytes as usize).ok_or(VideoError::Missing)?;
                samples = rest;
                still::decode(sample, area, canvas)?;
                *coarse = true;
            }
            Operation::Exact => *coarse = false,
        }
    }
    Err(DecodeError::TooMuch)
}
