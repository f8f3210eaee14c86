//! What a picture of the customer's screen is on the wire.
//!
//! Only the shapes and their limits: how a payload is made and read is `beistand_session::picture`. What is
//! deserialised here has passed its checks. Never formats a pixel.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// No picture is wider or higher than this many pixels.
pub const MAX_DIMENSION_PX: u16 = 16_384;
/// No picture has more pixels than this: four screens of 3840 x 2160 fit.
pub const MAX_PIXELS: u32 = 32 * 1024 * 1024;
/// No update's payload is longer; what does not fit comes with the next update.
pub const MAX_PAYLOAD_BYTES: usize = 8 * 1024 * 1024;
/// No update has more of video; ours have a few kilobytes.
pub const MAX_VIDEO_BYTES: usize = 1024 * 1024;
/// No cursor is wider or higher than this many pixels.
pub const MAX_CURSOR_DIMENSION_PX: u16 = 256;
/// So many cursor shapes are remembered; their ids are below it and are used again.
pub const MAX_CURSOR_SHAPES: u16 = 128;
/// No monitor's name is longer.
pub const MAX_MONITOR_NAME_BYTES: usize = 64;
/// No more monitors are listed.
pub const MAX_MONITORS: usize = 32;

/// Why a picture message was refused. Carries no pixels, so it is safe to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// An empty picture, or one above the limits.
    #[error("a picture of {width} x {height} pixels is empty or too large")]
    Size {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// A payload above [`MAX_PAYLOAD_BYTES`].
    #[error("a payload of {len_bytes} bytes exceeds the limit of {MAX_PAYLOAD_BYTES}")]
    Payload {
        /// Its length.
        len_bytes: usize,
    },
    /// Video above [`MAX_VIDEO_BYTES`].
    #[error("video of {len_bytes} bytes exceeds the limit of {MAX_VIDEO_BYTES}")]
    Video {
        /// Its length.
        len_bytes: usize,
    },
    /// A cursor shape whose id, size, hotspot or pixels don't fit together.
    #[error("a cursor shape of {width} x {height} pixels does not fit its limits or its pixels")]
    Cursor {
        /// Its width.
        width: u16,
        /// Its height.
        height: u16,
    },
    /// A monitor with a name or place outside the limits.
    #[error("a monitor's name or place is outside the limits")]
    Monitor,
}

/// A rectangle of the desktop, in its pixels; monitors may lie left of or above the origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Rect {
    /// Whether the pixel at `x`, `y` lies inside.
    pub fn contains(&self, x: i32, y: i32) -> bool {
        let (x, y) = (i64::from(x), i64::from(y));
        (self.left()..self.right()).contains(&x) && (self.upper()..self.lower()).contains(&y)
    }

    /// What both have in common; nothing if that is empty.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::between(
            self.left().max(other.left()),
            self.upper().max(other.upper()),
            self.right().min(other.right()),
            self.lower().min(other.lower()),
        )
    }

    /// The smallest rectangle that holds both; nothing if it would not fit the numbers.
    pub fn union(&self, other: &Self) -> Option<Self> {
        Self::between(
            self.left().min(other.left()),
            self.upper().min(other.upper()),
            self.right().max(other.right()),
            self.lower().max(other.lower()),
        )
    }

    fn between(left: i64, upper: i64, right: i64, lower: i64) -> Option<Self> {
        let side = |from: i64, to: i64| u32::try_from(to - from).ok().filter(|side| *side > 0);
        Some(Self {
            x: i32::try_from(left).ok()?,
            y: i32::try_from(upper).ok()?,
            width: side(left, right)?,
            height: side(upper, lower)?,
        })
    }

    fn left(&self) -> i64 {
        i64::from(self.x)
    }

    fn upper(&self) -> i64 {
        i64::from(self.y)
    }

    fn right(&self) -> i64 {
        self.left() + i64::from(self.width)
    }

    fn lower(&self) -> i64 {
        self.upper() + i64::from(self.height)
    }
}

/// The size of a picture: never empty, never above the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u16, u16)", into = "(u16, u16)")]
pub struct Size {
    width: u16,
    height: u16,
}

impl Size {
    /// A size of `width` by `height` pixels.
    ///
    /// # Errors
    /// [`PictureError::Size`] if it is empty or above the limits.
    pub fn new(width: u32, height: u32) -> Result<Self, PictureError> {
        let error = PictureError::Size { width, height };
        let side = |px: u32| u16::try_from(px).ok().filter(|px| (1..=MAX_DIMENSION_PX).contains(px)).ok_or(error);
        let size = Self { width: side(width)?, height: side(height)? };
        if size.pixels() > MAX_PIXELS { Err(error) } else { Ok(size) }
    }

    /// Width in pixels.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Height in pixels.
    pub const fn height(self) -> u16 {
        self.height
    }

    /// How many pixels it has.
    pub const fn pixels(self) -> u32 {
        self.width as u32 * self.height as u32
    }
}

impl TryFrom<(u16, u16)> for Size {
    type Error = PictureError;
    fn try_from((width, height): (u16, u16)) -> Result<Self, PictureError> {
        Self::new(width.into(), height.into())
    }
}

impl From<Size> for (u16, u16) {
    fn from(size: Size) -> Self {
        (size.width, size.height)
    }
}

/// A monitor of the customer's desktop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    /// What the platform knows it by; holds while it stays plugged in.
    pub id: u32,
    /// What the platform calls it, for people to read.
    pub name: String,
    /// Where it lies on the desktop.
    pub rect: Rect,
    /// Whether it is the main one.
    pub primary: bool,
    /// How much larger than at 96 dots an inch it shows text, in per cent.
    pub scale_percent: u16,
}

impl Monitor {
    /// Checks the name's length and the size.
    ///
    /// # Errors
    /// [`PictureError::Monitor`] or [`PictureError::Size`].
    pub fn validate(&self) -> Result<(), PictureError> {
        if self.name.len() > MAX_MONITOR_NAME_BYTES || !(25..=1000).contains(&self.scale_percent) {
            return Err(PictureError::Monitor);
        }
        Size::new(self.rect.width, self.rect.height).map(|_| ())
    }
}

/// What the customer chose to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Share {
    /// The monitor with this id.
    Monitor(u32),
    /// Every monitor.
    All,
    /// The window with this id, and nothing that lies over it.
    Window(u32),
}

/// A difference between the picture that the technician has and the screen, or a part of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// Counts the updates of a session from 1.
    pub sequence: u32,
    /// Counts the streams from 1: a new one starts with empty history and a black picture.
    pub stream: u32,
    /// The picture's size; it holds for a whole stream.
    pub size: Size,
    /// When the screen was captured, in milliseconds since the picture started; wraps.
    pub captured_ms: u32,
    /// The number of the last input event that was injected before the capture; 0 before the first.
    pub answers_input: u32,
    /// What changed, compressed; see `beistand_session::picture`.
    #[serde(serialize_with = "bytes::serialize", deserialize_with = "bytes::payload")]
    pub payload: Vec<u8>,
    /// Samples of the videos that the payload names, one behind the other; outside of it, as they don't compress.
    #[serde(serialize_with = "bytes::serialize", deserialize_with = "bytes::video")]
    pub video: Vec<u8>,
}

impl Update {
    /// Checks the lengths of payload and video.
    ///
    /// # Errors
    /// [`PictureError::Payload`] or [`PictureError::Video`] if one is above its limit.
    pub fn validate(&self) -> Result<(), PictureError> {
        check_payload(self.payload.len())?;
        check_video(self.video.len())
    }
}

fn check_video(len_bytes: usize) -> Result<(), PictureError> {
    if len_bytes > MAX_VIDEO_BYTES { Err(PictureError::Video { len_bytes }) } else { Ok(()) }
}

fn check_payload(len_bytes: usize) -> Result<(), PictureError> {
    if len_bytes > MAX_PAYLOAD_BYTES { Err(PictureError::Payload { len_bytes }) } else { Ok(()) }
}

impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update")
            .field("sequence", &self.sequence)
            .field("stream", &self.stream)
            .field("size", &self.size)
            .field("payload_bytes", &self.payload.len())
            .field("video_bytes", &self.video.len())
            .finish_non_exhaustive()
    }
}

/// The technician's word that an update, and all before it, is on their screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The newest update that was drawn.
    pub sequence: u32,
    /// Its stream.
    pub stream: u32,
}

/// The technician's wish for a new stream: the decoder lost its place, or the viewer is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedWholeFrame;

/// What the pointer looks like; sent once per shape, and again when its id is given to another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedShape")]
pub struct CursorShape {
    /// By which [`CursorPlace`] refers to it; below [`MAX_CURSOR_SHAPES`].
    pub id: u16,
    /// The pixel that points, from the left.
    pub hotspot_x: u16,
    /// The pixel that points, from above.
    pub hotspot_y: u16,
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// The pixels row by row, four bytes each, alpha not multiplied in.
    #[serde(serialize_with = "bytes::serialize")]
    pub rgba: Vec<u8>,
}

#[derive(Deserialize)]
struct UncheckedShape {
    id: u16,
    hotspot_x: u16,
    hotspot_y: u16,
    width: u16,
    height: u16,
    #[serde(deserialize_with = "bytes::payload")]
    rgba: Vec<u8>,
}

impl TryFrom<UncheckedShape> for CursorShape {
    type Error = PictureError;
    fn try_from(raw: UncheckedShape) -> Result<Self, PictureError> {
        let UncheckedShape { id, hotspot_x, hotspot_y, width, height, rgba } = raw;
        let shape = Self { id, hotspot_x, hotspot_y, width, height, rgba };
        shape.validate().map(|()| shape)
    }
}

impl CursorShape {
    /// Checks that id, size, hotspot and pixels fit together and the limits.
    ///
    /// # Errors
    /// [`PictureError::Cursor`] if they don't.
    pub fn validate(&self) -> Result<(), PictureError> {
        let sides = 1..=MAX_CURSOR_DIMENSION_PX;
        let fits = self.id < MAX_CURSOR_SHAPES
            && sides.contains(&self.width)
            && sides.contains(&self.height)
            && self.hotspot_x < self.width
            && self.hotspot_y < self.height
            && self.rgba.len() == usize::from(self.width) * usize::from(self.height) * 4;
        if fits { Ok(()) } else { Err(PictureError::Cursor { width: self.width, height: self.height }) }
    }
}

impl fmt::Debug for CursorShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CursorShape")
            .field("id", &self.id)
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

/// Where the pointer is, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorPlace {
    /// From the left; may lie outside of the picture.
    pub x: i32,
    /// From above; may lie outside of the picture.
    pub y: i32,
    /// Whether it is to be drawn: it is inside the picture and the customer sees one.
    pub visible: bool,
    /// Its [`CursorShape::id`].
    pub shape: u16,
}

mod bytes {
    //! A byte string as one piece, not as a sequence of numbers, with a limit.
    use super::{Deserializer, PictureError, Serializer, check_payload, check_video, fmt};
    use serde::de::{Error, Visitor};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn payload<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes(check_payload))
    }

    pub(super) fn video<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes(check_video))
    }

    struct Bytes(fn(usize) -> Result<(), PictureError>);

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a byte string within the limit")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            (self.0)(bytes.len()).map_err(E::custom)?;
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            (self.0)(bytes.len()).map_err(E::custom)?;
            Ok(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn update(payload: Vec<u8>) -> Update {
        let size = Size::new(1920, 1080).unwrap();
        Update { sequence: 7, stream: 2, size, captured_ms: 1234, answers_input: 5, payload, video: vec![77; 4] }
    }

    fn arrow() -> CursorShape {
        CursorShape { id: 3, hotspot_x: 1, hotspot_y: 0, width: 2, height: 1, rgba: vec![9; 8] }
    }

    #[test]
    fn a_size_is_never_empty_and_never_above_the_limits() {
        for (width, height) in [(0, 1), (1, 0), (16_385, 1), (1, 16_385), (16_384, 2049), (u32::MAX, u32::MAX)] {
            assert_eq!(Size::new(width, height), Err(PictureError::Size { width, height }));
        }
        for (width, height) in [(1, 1), (16_384, 1), (16_384, 2048), (7680, 4320)] {
            assert_eq!(Size::new(width, height).unwrap().pixels(), width * height);
        }
    }

    #[test]
    fn an_update_and_a_shape_survive_the_wire() {
        let sent = update((0..=255).collect());
        let wire = postcard::to_stdvec(&sent).unwrap();
        assert_eq!(postcard::from_bytes::<Update>(&wire).unwrap(), sent);
        let wire = postcard::to_stdvec(&arrow()).unwrap();
        assert_eq!(postcard::from_bytes::<CursorShape>(&wire).unwrap(), arrow());
    }

    #[test]
    fn what_breaks_a_limit_does_not_come_off_the_wire() {
        let wire = postcard::to_stdvec(&update(vec![0; MAX_PAYLOAD_BYTES + 1])).unwrap();
        assert!(postcard::from_bytes::<Update>(&wire).is_err());
        let video = vec![0; MAX_VIDEO_BYTES + 1];
        let wire = postcard::to_stdvec(&Update { video, ..update(vec![]) }).unwrap();
        assert!(postcard::from_bytes::<Update>(&wire).is_err());
        for wrong in [
            CursorShape { id: MAX_CURSOR_SHAPES, ..arrow() },
            CursorShape { hotspot_x: 2, ..arrow() },
            CursorShape { height: 2, ..arrow() },
            CursorShape { width: 0, rgba: vec![], ..arrow() },
        ] {
            let wire = postcard::to_stdvec(&wrong).unwrap();
            assert!(postcard::from_bytes::<CursorShape>(&wire).is_err(), "{wrong:?}");
        }
        let wire = postcard::to_stdvec(&(0u16, 5u16)).unwrap();
        assert!(postcard::from_bytes::<Size>(&wire).is_err());
    }

    #[test]
    fn no_pixel_is_formatted() {
        let (update, shape) = (format!("{:?}", update(vec![201; 3])), format!("{:?}", arrow()));
        assert!(!update.contains("201") && !update.contains("77") && !shape.contains("9, 9"), "{update} {shape}");
    }

    proptest! {
        #[test]
        fn mangled_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = postcard::from_bytes::<Update>(&bytes);
            let _ = postcard::from_bytes::<CursorShape>(&bytes);
            let _ = postcard::from_bytes::<Monitor>(&bytes);
        }

        #[test]
        fn an_intersection_lies_in_both(a in any::<[i16; 4]>(), b in any::<[i16; 4]>()) {
            let rect = |[x, y, w, h]: [i16; 4]| Rect {
                x: x.into(), y: y.into(), width: u32::from(w.unsigned_abs()), height: u32::from(h.unsigned_abs()),
            };
            let (a, b) = (rect(a), rect(b));
            if let Some(both) = a.intersection(&b) {
                prop_assert_eq!(both.intersection(&a), Some(both));
                prop_assert_eq!(both.intersection(&b), Some(both));
                prop_assert!(a.contains(both.x, both.y) && b.contains(both.x, both.y));
            }
        }
    }
}
