//! The customer's end: what changed on the screen since the last update becomes a payload.
//!
//! Keeps what the technician has and compares with it, so nothing is sent twice, however coarse the damage.
//! An update may stop at a budget of bytes; what is left is part of the next one, as it then looks.

use super::{
    area::Area,
    canvas::{Canvas, View},
    changes::Changes,
    motion::{Motion, Move},
    operation::Operation,
    pieces, planes,
    stream::{Compressor, StreamError},
    video::playing::{Playing, Said},
};
use beistand_protocol::{picture::Size, time::Moment};

/// No budget is larger: with one strip more and what the compressor holds, the payload stays within its limit.
pub const MAX_BUDGET_BYTES: usize = 4 * 1024 * 1024;
/// Suspects are kept by slices of the picture of this height; a line of text that lies across two is cut.
const SLICE_ROWS: u16 = 256;
/// A change must be so large before it can be motion.
const MIN_MOVED_ROWS: u32 = 16;
const MIN_MOVED_PX: u32 = 8 * 1024;
const MAX_MOTION_PASSES: usize = 3;
/// Changes up to this size go before larger ones.
const SMALL_PX: u32 = 16 * 1024;

/// Makes the payloads of one stream after another.
pub struct Encoder {
    shown: Canvas,
    /// Nothing of the stream was sent yet: even a black screen is told.
    fresh: bool,
    /// One for each slice of rows: where it may differ from what is shown.
    suspects: Vec<Option<Area>>,
    compressor: Compressor,
    changes: Changes,
    motion: Motion,
    found: Vec<Area>,
    pieces: Vec<Operation>,
    moves: Vec<Move>,
    scratch: Vec<u8>,
    playing: Playing,
    /// Where strips keep off: videos.
    masks: Vec<Area>,
    parts: Vec<Area>,
    said: Vec<Said>,
    ended: Vec<(u8, Area)>,
}

/// What an encoding is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// When it is.
    pub now: Moment,
    /// Begin near this row.
    pub focus_y: u16,
    /// Stop after about so many bytes.
    pub budget_bytes: usize,
    /// What the line carries, in bytes a second, once that is known.
    pub line: Option<u64>,
}

impl Wish {
    /// Everything, now.
    pub const fn all(now: Moment) -> Self {
        Self { now, focus_y: 0, budget_bytes: MAX_BUDGET_BYTES, line: None }
    }
}

/// What an encoding came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// Nothing differs: there is no update to send.
    Nothing,
    /// All that differs is in the payload.
    All,
    /// The budget was reached: encode again, with new damage or none.
    Part,
}

impl Encoder {
    /// The encoder of a first stream: all is black and all is suspect.
    ///
    /// # Errors
    /// [`StreamError`] if there is no memory.
    pub fn new(size: Size) -> Result<Self, StreamError> {
        let mut encoder = Self {
            shown: Canvas::new(size, 0),
            fresh: true,
            suspects: Vec::new(),
            compressor: Compressor::new()?,
            changes: Changes::default(),
            motion: Motion::default(),
            found: Vec::new(),
            pieces: Vec::new(),
            moves: Vec::new(),
            scratch: Vec::new(),
            playing: Playing::new(size),
            masks: Vec::new(),
            parts: Vec::new(),
            said: Vec::new(),
            ended: Vec::new(),
        };
        encoder.suspect(Area::whole(size));
        Ok(encoder)
    }

    /// Begins a new stream, maybe of another size.
    ///
    /// # Errors
    /// [`StreamError`] if the compressor fails.
    pub fn restart(&mut self, size: Size) -> Result<(), StreamError> {
        self.compressor.restart()?;
        self.shown = Canvas::new(size, 0);
        self.fresh = true;
        self.playing = Playing::new(size);
        self.suspects.clear();
        self.suspect(Area::whole(size));
        Ok(())
    }

    /// Marks `area` as maybe different from what is shown.
    pub fn suspect(&mut self, area: Area) {
        let size = self.shown.size();
        self.suspects.resize(size.height().div_ceil(SLICE_ROWS).into(), None);
        for (index, suspect) in (0..).zip(&mut self.suspects) {
            if let Some(part) = slice(size, index).and_then(|slice| slice.intersection(area)) {
                *suspect = Some(suspect.map_or(part, |before| before.union(part)));
            }
        }
    }

    /// When to encode again even if nothing is damaged: a video may have come to rest by then.
    pub fn due(&self) -> Option<Moment> {
        self.playing.due()
    }

    /// Appends what differs between `screen` and what is shown to `payload`, and samples of videos to `video`.
    ///
    /// A pixel of `screen` is 0xXXRRGGBB.
    ///
    /// # Errors
    /// [`StreamError`] if the compressor fails; then a new stream is needed.
    pub fn encode(
        &mut self,
        screen: View<'_>,
        wish: &Wish,
        payload: &mut Vec<u8>,
        video: &mut Vec<u8>,
    ) -> Result<Encoded, StreamError> {
        let size = self.shown.size();
        if screen.size() != size || screen.pixels().len() != size.pixels() as usize {
            return Ok(Encoded::Nothing);
        }
        let start = payload.len() + video.len();
        let budget_bytes = wish.budget_bytes.min(MAX_BUDGET_BYTES);
        let mut any = self.encode_motion(screen, payload)?;
        any |= self.encode_videos(screen, wish, payload, video)?;
        let spent = video.len();
        let room = |payload: &Vec<u8>, any: bool| !any || payload.len() + spent - start < budget_bytes;
        let left = self.encode_rest(screen, wish.focus_y, payload, &mut any, room)?;
        any |= self.end_exact_videos(screen, payload)?;
        if !any && !std::mem::take(&mut self.fresh) {
            return Ok(Encoded::Nothing);
        }
        self.fresh = false;
        self.scratch.clear();
        Operation::End.write(&mut self.scratch);
        self.compressor.write(&self.scratch, payload)?;
        self.compressor.flush(payload)?;
        Ok(if left { Encoded::Part } else { Encoded::All })
    }

    /// Appends to [`Self::found`] what differs in `suspect`, outside of videos.
    fn find_changes(&mut self, screen: View<'_>, suspect: Area) {
        self.parts.clear();
        suspect.without(&self.masks, &mut self.parts);
        for part in &self.parts {
            self.changes.find(self.shown.view(), screen, *part, &mut self.found);
        }
    }

    /// Finds what moved, and says so. Leaves in [`Self::found`] what differs.
    fn encode_motion(&mut self, screen: View<'_>, payload: &mut Vec<u8>) -> Result<bool, StreamError> {
        let mut any = false;
        let mut least = MIN_MOVED_PX;
        self.playing.keep_off(&mut self.masks);
        for pass in 0..=MAX_MOTION_PASSES {
            self.found.clear();
            for index in 0..self.suspects.len() {
                let Some(suspect) = self.suspects.get(index).copied().flatten() else { continue };
                let known = self.found.len();
                self.find_changes(screen, suspect);
                let found = self.found.get(known..).unwrap_or_default().iter().copied();
                let held = self.playing.held_back().and_then(|held| held.intersection(suspect));
                if let Some(suspect) = self.suspects.get_mut(index) {
                    *suspect = found.chain(held).reduce(Area::union);
                }
            }
            let changed_px: u32 = self.found.iter().map(|area| area.pixels()).sum();
            let Some(changed) = self.found.iter().copied().reduce(Area::union) else { break };
            if changed_px < least || u32::from(changed.height) < MIN_MOVED_ROWS || pass == MAX_MOTION_PASSES {
                break;
            }
            // Looked for again only while much is unexplained, such as a second pane.
            least = least.max(changed_px / 4);
            self.moves.clear();
            self.motion.find(self.shown.view(), screen, changed, &mut self.moves);
            if self.moves.is_empty() {
                break;
            }
            self.scratch.clear();
            for Move { from, x, y } in self.moves.iter().copied() {
                Operation::Copy { from, x, y }.write(&mut self.scratch);
                self.shown.copy(from, x, y);
            }
            self.compressor.write(&self.scratch, payload)?;
            any = true;
            self.playing.follow(&self.moves, screen.size(), &mut self.ended);
            self.end_videos(payload)?;
            self.playing.keep_off(&mut self.masks);
        }
        Ok(any)
    }

    /// Begins, plays and refines videos.
    fn encode_videos(
        &mut self,
        screen: View<'_>,
        wish: &Wish,
        payload: &mut Vec<u8>,
        video: &mut Vec<u8>,
    ) -> Result<bool, StreamError> {
        self.found.extend(self.playing.held_back());
        self.playing.look(self.shown.view(), screen, &self.found, wish.line, wish.now);
        self.playing.play(screen, wish.now, video, &mut self.said, &mut self.ended);
        let any = !self.said.is_empty() || !self.ended.is_empty();
        self.end_videos(payload)?;
        self.scratch.clear();
        for Said { id, area, begin, bytes } in self.said.drain(..) {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            Operation::Video { id, area, begin, bytes }.write(&mut self.scratch);
        }
        self.compressor.write(&self.scratch, payload)?;
        let still: Vec<Area> = self.playing.rest(wish.now).collect();
        still.into_iter().for_each(|area| self.suspect(area));
        self.playing.keep_off(&mut self.masks);
        Ok(any)
    }

    /// Takes away what ended before it was exact: it is to be sent now.
    fn end_videos(&mut self, payload: &mut Vec<u8>) -> Result<(), StreamError> {
        self.scratch.clear();
        for (id, area) in std::mem::take(&mut self.ended) {
            Operation::VideoEnd(id).write(&mut self.scratch);
            self.suspect(area);
        }
        self.compressor.write(&self.scratch, payload)
    }

    /// Takes away what has become exact beneath.
    fn end_exact_videos(&mut self, screen: View<'_>, payload: &mut Vec<u8>) -> Result<bool, StreamError> {
        let shown = self.shown.view();
        let mut ended = Vec::new();
        self.playing.end_refined(|area| shown.rows(area).eq(screen.rows(area)), &mut ended);
        self.scratch.clear();
        ended.iter().for_each(|id| Operation::VideoEnd(*id).write(&mut self.scratch));
        self.compressor.write(&self.scratch, payload)?;
        Ok(!ended.is_empty())
    }

    /// Encodes what differs outside of videos while there is room; answers whether something is left.
    fn encode_rest(
        &mut self,
        screen: View<'_>,
        focus_y: u16,
        payload: &mut Vec<u8>,
        any: &mut bool,
        room: impl Fn(&Vec<u8>, bool) -> bool,
    ) -> Result<bool, StreamError> {
        self.found.clear();
        for index in 0..self.suspects.len() {
            let Some(suspect) = self.suspects.get_mut(index).and_then(Option::take) else { continue };
            self.find_changes(screen, suspect);
            let held = self.playing.held_back().and_then(|held| held.intersection(suspect));
            if let Some(suspect) = self.suspects.get_mut(index) {
                *suspect = held;
            }
        }
        // A letter that was typed does not wait behind a photograph, wherever the pointer is.
        let away = |area: &Area| (u32::from(area.y) + area.lower()).abs_diff(u32::from(focus_y) * 2);
        self.found.sort_by_key(|area| (area.pixels() > SMALL_PX, away(area)));
        let mut left = false;
        let found = std::mem::take(&mut self.found);
        for area in &found {
            self.pieces.clear();
            if room(payload, *any) {
                pieces::cut(screen, *area, &mut self.pieces);
                self.pieces.sort_by_key(|piece| piece.place().map(|place| away(&place)));
            }
            let mut done = !self.pieces.is_empty();
            for piece in &self.pieces {
                if !room(payload, *any) {
                    done = false;
                    break;
                }
                *any = true;
                self.scratch.clear();
                piece.write(&mut self.scratch);
                if let Operation::Strip(area, predictor) = *piece {
                    planes::split(screen, area, predictor, &mut self.scratch);
                }
                self.compressor.write(&self.scratch, payload)?;
                let Some(area) = piece.place() else { continue };
                for (row, pixels) in (u32::from(area.y)..).zip(screen.rows(area)) {
                    self.shown.row_mut(area, row).copy_from_slice(pixels);
                }
            }
            if !done {
                left = true;
                self.suspect(*area);
            }
        }
        self.found = found;
        Ok(left)
    }
}

/// The `index`th slice of a picture.
fn slice(size: Size, index: u32) -> Option<Area> {
    let rows = u32::from(SLICE_ROWS);
    Area::between(0, index * rows, size.width().into(), ((index + 1) * rows).min(size.height().into()))
}
