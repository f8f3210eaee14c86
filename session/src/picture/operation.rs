//! The operations of an update's payload, as bytes inside the compressed stream.
//!
//! An update is a row of operations and an end mark. Numbers are little-endian u16.
//!
//! | code | then | then |
//! |---|---|---|
//! | 0 end | | |
//! | 1 copy | x, y, width, height of the new place | x, y of the old place; both may overlap |
//! | 2 fill | x, y, width, height | red, green, blue: a byte each |
//! | 3 strip | x, y, width, height (64 rows at most) | predictor, then the planes |
//! | 4 video | x, y, width, height | number and flags: a byte each; length of its sample, u32 |
//! | 5 video's end | number: a byte | |
//! | 6 coarse | x, y, width, height | length of its sample, u32 |
//! | 7 exact | | |
//!
//! The planes of a strip are green, red - green and blue - green, a byte a pixel. Predictor 0: in bands of 16 rows,
//! each column by column. Predictor 1: row by row, minus the median of left, above, and left + above - upper left;
//! the first row minus left, the first column minus above.
//!
//! Copies, fills and strips draw the exact picture. A video lies over it until its end and is never copied. Flag 1
//! begins a video, or begins it anew; without it, the number must be known and the size the same, and with a length of
//! 0 the video only moves. Its samples are H.264 baseline as Annex B has it, one picture each, in the update's `video`
//! one behind the other; an odd side is coded as the next even one. At most 4 videos play, together no larger than the
//! picture, and in an update each has one sample at most.
//!
//! A coarse view is drawn into the exact picture until fills and strips have gone over all of it; then *exact* says so.
//! Its sample stands among those of videos, begins a video, and is decoded for itself. An update has at most 8 of them,
//! together no larger than the picture.
//!
//! Whatever else an update may hold one day gets a code of its own; an unknown code is an error.

use super::{
    area::{Area, Drawn},
    planes::Predictor,
    stream::{Reader, StreamError},
};

/// A strip is at most this high.
pub(super) const STRIP_ROWS: u16 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    End,
    Copy { from: Area, x: u16, y: u16 },
    Fill(Area, [u8; 3]),
    Strip(Area, Predictor),
    Video { id: u8, area: Area, begin: bool, bytes: u32 },
    VideoEnd(u8),
    Coarse { area: Area, bytes: u32 },
    Exact,
}

/// Why an operation can't be carried out. Carries no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// The code is none that this version knows.
    #[error("unknown operation {0}")]
    Unknown(u8),
    /// The predictor is none that this version knows.
    #[error("unknown predictor {0}")]
    UnknownPredictor(u8),
    /// A flag of a video is none that this version knows.
    #[error("unknown flags {0} of a video")]
    UnknownFlags(u8),
    /// The stream ended in the middle.
    #[error(transparent)]
    Stream(#[from] StreamError),
}

impl Operation {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::End => out.push(0),
            Self::Copy { from, x, y } => {
                out.push(1);
                put(out, from.at(x, y));
                out.extend_from_slice(&from.x.to_le_bytes());
                out.extend_from_slice(&from.y.to_le_bytes());
            }
            Self::Fill(area, colour) => {
                out.push(2);
                put(out, area);
                out.extend_from_slice(&colour);
            }
            Self::Strip(area, predictor) => {
                out.push(3);
                put(out, area);
                out.push(predictor.code());
            }
            Self::Video { id, area, begin, bytes } => {
                out.push(4);
                put(out, area);
                out.extend_from_slice(&[id, begin.into()]);
                out.extend_from_slice(&bytes.to_le_bytes());
            }
            Self::VideoEnd(id) => out.extend_from_slice(&[5, id]),
            Self::Coarse { area, bytes } => {
                out.push(6);
                put(out, area);
                out.extend_from_slice(&bytes.to_le_bytes());
            }
            Self::Exact => out.push(7),
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, OperationError> {
        let [code] = reader.take()?;
        Ok(match code {
            0 => Self::End,
            1 => {
                let to = take_area(reader)?;
                let [x, y] = [take_u16(reader)?, take_u16(reader)?];
                Self::Copy { from: to.at(x, y), x: to.x, y: to.y }
            }
            2 => Self::Fill(take_area(reader)?, reader.take()?),
            3 => {
                let area = take_area(reader)?;
                let [code] = reader.take()?;
                Self::Strip(area, Predictor::from_code(code).ok_or(OperationError::UnknownPredictor(code))?)
            }
            4 => {
                let area = take_area(reader)?;
                let [id, flags] = reader.take()?;
                if flags > 1 {
                    return Err(OperationError::UnknownFlags(flags));
                }
                Self::Video { id, area, begin: flags == 1, bytes: reader.take().map(u32::from_le_bytes)? }
            }
            5 => {
                let [id] = reader.take()?;
                Self::VideoEnd(id)
            }
            6 => Self::Coarse { area: take_area(reader)?, bytes: reader.take().map(u32::from_le_bytes)? },
            7 => Self::Exact,
            8.. => return Err(OperationError::Unknown(code)),
        })
    }

    /// Where a fill or a strip draws.
    pub(super) const fn place(self) -> Option<Area> {
        match self {
            Self::Fill(area, _) | Self::Strip(area, _) => Some(area),
            Self::End
            | Self::Copy { .. }
            | Self::Video { .. }
            | Self::VideoEnd(_)
            | Self::Coarse { .. }
            | Self::Exact => None,
        }
    }

    /// What the viewer repeats on its canvas, as far as the exact picture goes.
    pub(super) const fn drawn(self) -> Option<Drawn> {
        match self {
            Self::End | Self::Video { .. } | Self::VideoEnd(_) | Self::Exact => None,
            Self::Coarse { area, .. } => Some(Drawn::Pixels(area)),
            Self::Copy { from, x, y } => Some(Drawn::Copy { from, x, y }),
            Self::Fill(area, colour) => Some(Drawn::Fill(area, colour)),
            Self::Strip(area, _) => Some(Drawn::Pixels(area)),
        }
    }
}

fn put(out: &mut Vec<u8>, area: Area) {
    for number in [area.x, area.y, area.width, area.height] {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

fn take_area(reader: &mut Reader<'_>) -> Result<Area, StreamError> {
    Ok(Area { x: take_u16(reader)?, y: take_u16(reader)?, width: take_u16(reader)?, height: take_u16(reader)? })
}

fn take_u16(reader: &mut Reader<'_>) -> Result<u16, StreamError> {
    reader.take().map(u16::from_le_bytes)
}
