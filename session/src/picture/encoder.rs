//! The customer's end: what changed on the screen since the last update becomes a payload.
//!
//! Keeps what the technician has and compares with it, so nothing is sent twice, however coarse the damage.
//! An update may stop at a budget of bytes; what is left is part of the next one, as it then looks.

use super::{
    area::Area,
    canvas::{Canvas, View},
    changes::Changes,
    coarse::{self, Coarse},
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
/// With a smaller budget large changes go in narrower pieces, and it is looked how much came of them, so that it is kept.
const THIN_BUDGET_BYTES: usize = 48 * 1024;
const THIN_PIECE: (u32, u32) = (256, 256);
const THIN_LARGE_PX: u32 = 64 * 1024;
const THIN_LOOK_BYTES: usize = 32 * 1024;

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
    coarse: Coarse,
    /// What is to be sent exactly, and whether that is so whatever a comparison says.
    queue: Vec<(Area, bool)>,
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
    /// Begin near this place, x and y.
    pub focus: (u16, u16),
    /// Stop after about so many bytes.
    pub budget_bytes: usize,
    /// What the line carries, in bytes a second, once that is known.
    pub line: Option<u64>,
}

impl Wish {
    /// Everything, now.
    pub const fn all(now: Moment) -> Self {
        Self { now, focus: (0, 0), budget_bytes: MAX_BUDGET_BYTES, line: None }
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
            coarse: Coarse::default(),
            queue: Vec::new(),
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
        self.coarse.forget();
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

    /// Appends an update that draws nothing: what it takes to arrive is the way and nothing else.
    ///
    /// # Errors
    /// [`StreamError`] if the compressor fails; then a new stream is needed.
    pub fn greet(&mut self, payload: &mut Vec<u8>) -> Result<(), StreamError> {
        self.fresh = false;
        self.end(payload)
    }

    fn end(&mut self, payload: &mut Vec<u8>) -> Result<(), StreamError> {
        self.scratch.clear();
        Operation::End.write(&mut self.scratch);
        self.compressor.write(&self.scratch, payload)?;
        self.compressor.flush(payload)
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
        let start = (payload.len(), video.len());
        let budget_bytes = wish.budget_bytes.min(MAX_BUDGET_BYTES);
        let mut any = self.encode_motion(screen, payload)?;
        any |= self.encode_videos(screen, wish, payload, video)?;
        let mut was_coarse = !self.coarse.is_over();
        self.find_rest(screen);
        let is_coarse = self.encode_coarse(screen, wish.line, payload, video)?;
        (any, was_coarse) = (any | is_coarse, was_coarse | is_coarse);
        let thin = budget_bytes < THIN_BUDGET_BYTES;
        self.queue_rest(thin);
        let spent = video.len() - start.1;
        let room = |payload: &Vec<u8>, any: bool| !any || payload.len() - start.0 + spent < budget_bytes;
        let px = self.encode_queue(screen, (wish.focus, thin), payload, &mut any, room)?;
        let left = !self.queue.is_empty();
        any |= self.end_exact_videos(screen, payload)?;
        if was_coarse && self.coarse.is_over() {
            self.say(Operation::Exact, payload)?;
            any = true;
        }
        if !any && !std::mem::take(&mut self.fresh) {
            self.coarse.sent(0, 0, true);
            return Ok(Encoded::Nothing);
        }
        self.fresh = false;
        self.end(payload)?;
        self.coarse.sent(px, (payload.len() - start.0) as u64, !left);
        Ok(if left { Encoded::Part } else { Encoded::All })
    }

    /// Writes one operation that has nothing behind it.
    fn say(&mut self, operation: Operation, payload: &mut Vec<u8>) -> Result<(), StreamError> {
        self.scratch.clear();
        operation.write(&mut self.scratch);
        self.compressor.write(&self.scratch, payload)
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
            if !self.coarse.is_over() {
                break;
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
        let views = (self.shown.view(), screen);
        self.playing.look(views, &self.found, wish.line, wish.now, &mut self.ended);
        self.playing.play(screen, wish.line, wish.now, video, &mut self.said, &mut self.ended);
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
        let (shown, coarse) = (self.shown.view(), &self.coarse);
        let mut ended = Vec::new();
        let is_exact = |area| shown.rows(area).eq(screen.rows(area)) && !coarse.touches(area);
        self.playing.end_refined(is_exact, &mut ended);
        self.scratch.clear();
        ended.iter().for_each(|id| Operation::VideoEnd(*id).write(&mut self.scratch));
        self.compressor.write(&self.scratch, payload)?;
        Ok(!ended.is_empty())
    }

    /// Leaves in [`Self::found`] what differs outside of videos.
    fn find_rest(&mut self, screen: View<'_>) {
        self.found.clear();
        for index in 0..self.suspects.len() {
            let Some(suspect) = self.suspects.get_mut(index).and_then(Option::take) else { continue };
            self.find_changes(screen, suspect);
            let held = self.playing.held_back().and_then(|held| held.intersection(suspect));
            if let Some(suspect) = self.suspects.get_mut(index) {
                *suspect = held;
            }
        }
    }

    /// Gives a coarse view of what is found, if it would take the line for too long.
    fn encode_coarse(
        &mut self,
        screen: View<'_>,
        line: Option<u64>,
        payload: &mut Vec<u8>,
        video: &mut Vec<u8>,
    ) -> Result<bool, StreamError> {
        let Some(line) = line.filter(|line| self.coarse.is_worth(screen, &self.found, *line)) else { return Ok(false) };
        let before = video.len();
        let Ok(views) = self.coarse.view(screen, &mut self.found, line, video) else {
            // Then it has to be without.
            video.truncate(before);
            return Ok(false);
        };
        let any = !views.is_empty();
        for (area, bytes) in views {
            self.say(Operation::Coarse { area, bytes: u32::try_from(bytes).unwrap_or(u32::MAX) }, payload)?;
            self.remember(screen, area);
        }
        Ok(any)
    }

    /// Queues what is to be sent exactly.
    fn queue_rest(&mut self, thin: bool) {
        self.queue.clear();
        for area in self.found.drain(..) {
            self.parts.clear();
            if area.pixels() <= SMALL_PX {
                self.parts.push(area);
            } else {
                area.without(self.coarse.left(), &mut self.parts);
            }
            for part in &self.parts {
                let mut tiles = Vec::new();
                if thin && part.pixels() > THIN_LARGE_PX {
                    coarse::tile(*part, THIN_PIECE, &mut tiles);
                } else {
                    tiles.push(*part);
                }
                self.queue.extend(tiles.into_iter().map(|area| (area, false)));
            }
        }
        self.parts.clear();
        self.coarse.take(&self.masks, &mut self.parts);
        self.queue.extend(self.parts.drain(..).map(|area| (area, true)));
    }

    /// Encodes what is queued while there is room, near `focus` first; what is left stays in the queue and is not
    /// forgotten. Answers how many pixels went. With a `thin` budget it is looked often what that takes.
    fn encode_queue(
        &mut self,
        screen: View<'_>,
        (focus, thin): ((u16, u16), bool),
        payload: &mut Vec<u8>,
        any: &mut bool,
        room: impl Fn(&Vec<u8>, bool) -> bool,
    ) -> Result<u64, StreamError> {
        // A letter that was typed does not wait behind a photograph, wherever the pointer is.
        let mut queue = std::mem::take(&mut self.queue);
        queue.sort_by_key(|(area, _)| (area.pixels() > SMALL_PX, away(*area, focus)));
        let (mut px, mut unwritten) = (0, 0);
        for (area, is_coarse) in queue.drain(..) {
            self.pieces.clear();
            if room(payload, *any) {
                pieces::cut(screen, area, &mut self.pieces);
                self.pieces.sort_by_key(|piece| piece.place().map(|place| away(place, focus)));
            } else {
                self.leave(area, is_coarse);
            }
            let mut left = false;
            for piece in std::mem::take(&mut self.pieces) {
                let Some(place) = piece.place() else { continue };
                if !room(payload, *any) {
                    left = true;
                    if is_coarse {
                        self.leave(place, true);
                    }
                    continue;
                }
                *any = true;
                px += u64::from(place.pixels());
                self.scratch.clear();
                piece.write(&mut self.scratch);
                if let Operation::Strip(area, predictor) = piece {
                    planes::split(screen, area, predictor, &mut self.scratch);
                }
                self.compressor.write(&self.scratch, payload)?;
                unwritten += self.scratch.len();
                if thin && unwritten >= THIN_LOOK_BYTES {
                    self.compressor.flush(payload)?;
                    unwritten = 0;
                }
                self.remember(screen, place);
            }
            if left && !is_coarse {
                self.leave(area, false);
            }
        }
        Ok(px)
    }

    /// Leaves something for the next update.
    fn leave(&mut self, area: Area, is_coarse: bool) {
        self.queue.push((area, is_coarse));
        if is_coarse {
            self.coarse.put_back(area);
        } else {
            self.suspect(area);
        }
    }

    /// From now on `area` counts as shown as it is on the screen.
    fn remember(&mut self, screen: View<'_>, area: Area) {
        for (row, pixels) in (u32::from(area.y)..).zip(screen.rows(area)) {
            self.shown.row_mut(area, row).copy_from_slice(pixels);
        }
    }
}

/// How far a place is from another, near enough to compare.
fn away(area: Area, (x, y): (u16, u16)) -> u32 {
    let apart = |from: u16, to: u32, at: u16| u32::from(from.saturating_sub(at)).max(u32::from(at).saturating_sub(to));
    apart(area.x, area.right(), x) + apart(area.y, area.lower(), y)
}

/// The `index`th slice of a picture.
fn slice(size: Size, index: u32) -> Option<Area> {
    let rows = u32::from(SLICE_ROWS);
    Area::between(0, index * rows, size.width().into(), ((index + 1) * rows).min(size.height().into()))
}
