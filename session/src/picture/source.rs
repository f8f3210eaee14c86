//! The customer's picture as a thread: waits for change, asks for consent, grabs, encodes, hands over.
//!
//! INVARIANT: the gate is asked right before each grab, and the consent is held through it; without one the
//! source falls silent until it is resumed under a new epoch. Decides nothing about permissions itself.

mod opener;
mod orders;

pub use orders::PictureSource;

use super::{
    area::Area,
    encoder::{Encoded, Encoder, Wish},
    pace::Pace,
};
use crate::screen::{Capture, Happened, Nothing, Pointer, ScreenError};
use beistand_protocol::{
    permission::{Epoch, Gate, SeeScreen},
    picture::{CursorPlace, CursorShape, MAX_CURSOR_SHAPES, Rect, Share, Update},
    showing::{Showing, View},
    time::Moment,
};
use core::time::Duration;
use opener::Opener;
use orders::{Orders, Shared};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io,
    time::Instant,
};

/// Between two grabs.
const FRAME_INTERVAL: Duration = Duration::from_micros(16_600);
/// What a program draws in one go arrives within this time.
const SETTLE: Duration = Duration::from_millis(2);
/// Between two places of the pointer.
const POINTER_INTERVAL: Duration = Duration::from_millis(15);
/// How often it is looked where the pointer is at least: a program may have moved it without an event.
const IDLE_TICK: Duration = Duration::from_millis(250);
/// What a source hands over. The callback that takes it must not block: pictures are bounded by the pace, but
/// places of the pointer come 60 times a second.
#[derive(Debug)]
pub enum PictureEvent {
    /// What is captured now, and where on the desktop that is; comes before the first update and whenever it changes.
    Placed(Share, Rect),
    /// How that stands; comes after [`PictureEvent::Placed`] and whenever it changes.
    Showing(Showing),
    /// This is not there any more. Nothing is captured until the source is told what to show instead.
    Gone(Share),
    /// For the technician.
    Update(Update),
    /// For the technician, ahead of pictures.
    CursorShape(CursorShape),
    /// For the technician, ahead of pictures; a newer one replaces one that still waits.
    CursorPlace(CursorPlace),
    /// The source has ended.
    Failed(ScreenError),
}

fn run(
    shared: &Shared,
    opener: &Opener,
    gate: &Gate,
    hand_over: &mut dyn FnMut(PictureEvent),
) -> Result<(), ScreenError> {
    let mut source = Source::new()?;
    let mut happened = Happened::default();
    loop {
        let orders = shared.take();
        if orders.stop {
            return Ok(());
        }
        let seen = source.go_on(shared, opener, gate, happened, &orders, hand_over);
        match seen {
            Ok(()) => {}
            Err(ScreenError::Gone) => source.nothing_is_left(shared, hand_over)?,
            Err(error) => return Err(error),
        }
        if shared.orders().stop {
            return Ok(());
        }
        let (at_least, at_most) = source.rest(orders.epoch.is_some() && source.share.is_some());
        if source.awaits_shown() && shared.await_shown() {
            happened = Happened::default();
            continue;
        }
        happened = source.capture.wait(at_least, at_most)?;
    }
}

/// What came of a look at the screen.
enum Looked {
    Seen,
    Refused,
}

struct Source {
    /// What is captured; nothing before the first order, and once it is gone.
    share: Option<Share>,
    capture: Box<dyn Capture>,
    /// What was last said of it.
    showing: Option<Showing>,
    encoder: Encoder,
    pace: Pace,
    started: Instant,
    stream: u32,
    sequence: u32,
    /// There may be something to grab, or something grabbed and not sent.
    dirty: bool,
    next_frame: Instant,
    next_pointer: Instant,
    /// When it is looked for the pointer even if it has not been heard of.
    idle_pointer: Instant,
    pointer_due: bool,
    cursor_due: bool,
    /// The shape changed while the pointer was somewhere else.
    cursor_missed: bool,
    shapes: Shapes,
    place: Option<CursorPlace>,
    damaged: Vec<Area>,
    events: Vec<PictureEvent>,
}

impl Source {
    fn new() -> Result<Self, ScreenError> {
        let now = Instant::now();
        let capture = Box::new(Nothing::new()?);
        Ok(Self {
            share: None,
            showing: None,
            encoder: Encoder::new(capture.size()).map_err(io::Error::other)?,
            capture,
            pace: Pace::new(),
            started: now,
            // The first thing shown begins the first stream.
            stream: 0,
            sequence: 0,
            dirty: false,
            next_frame: now,
            next_pointer: now,
            idle_pointer: now,
            pointer_due: true,
            cursor_due: true,
            cursor_missed: false,
            shapes: Shapes::default(),
            place: None,
            damaged: Vec::new(),
            events: Vec::new(),
        })
    }

    /// Takes in what happened and what was said.
    fn note(&mut self, happened: Happened, orders: &Orders) -> Result<(), ScreenError> {
        if happened.damage && !self.dirty {
            self.dirty = true;
            self.next_frame = self.next_frame.max(Instant::now() + SETTLE);
        }
        self.cursor_due |= happened.cursor;
        self.pointer_due |= happened.motion || Instant::now() >= self.idle_pointer;
        if orders.resumed {
            self.pace.restart();
            self.capture.forget();
        }
        for (shown, at) in orders.shown.iter().filter(|(shown, _)| shown.sequence <= self.sequence) {
            self.pace.shown(shown.sequence, self.moment(*at));
        }
        if orders.whole {
            self.restart()?;
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), ScreenError> {
        self.stream = self.stream.wrapping_add(1);
        self.encoder.restart(self.capture.size()).map_err(io::Error::other)?;
        self.shapes = Shapes::default();
        self.place = None;
        self.cursor_due = true;
        self.pointer_due = true;
        self.dirty = true;
        Ok(())
    }

    /// Does what is to be done now.
    fn go_on(
        &mut self,
        shared: &Shared,
        opener: &Opener,
        gate: &Gate,
        happened: Happened,
        orders: &Orders,
        hand_over: &mut dyn FnMut(PictureEvent),
    ) -> Result<(), ScreenError> {
        let switches = orders.share.filter(|share| self.share != Some(*share));
        match switches {
            Some(share) => self.switch(share, shared, opener, hand_over)?,
            None if happened.layout => self.reopen(opener, shared, hand_over)?,
            None => {}
        }
        self.note(happened, orders)?;
        let Some(epoch) = orders.epoch.filter(|_| self.share.is_some()) else { return Ok(()) };
        // What is handed over is made under the consent, and given away after it.
        match self.look(gate, epoch, orders) {
            Ok(Looked::Refused) => shared.orders().refused(epoch),
            Ok(Looked::Seen) => {}
            Err(ScreenError::Resized) => self.reopen(opener, shared, hand_over)?,
            Err(error) => return Err(error),
        }
        self.say_how_it_stands(opener, hand_over)?;
        if shared.orders().stop {
            return Ok(());
        }
        // What was seen under a consent that is gone by now stays here; a new one begins with a new stream.
        let live = self.events.is_empty() || gate.consent::<SeeScreen>(epoch).is_some();
        self.events.drain(..).filter(|_| live).for_each(&mut *hand_over);
        Ok(())
    }

    /// From now on something else is captured. What was captured before is let go of first.
    fn switch(
        &mut self,
        share: Share,
        shared: &Shared,
        opener: &Opener,
        hand_over: &mut dyn FnMut(PictureEvent),
    ) -> Result<(), ScreenError> {
        self.capture = Box::new(Nothing::new()?);
        self.share = Some(share);
        self.showing = None;
        let capture = opener.open_again(share, shared)?;
        self.take_over(capture, share, shared, hand_over)?;
        self.say_how_it_stands(opener, hand_over)
    }

    fn take_over(
        &mut self,
        capture: Box<dyn Capture>,
        share: Share,
        shared: &Shared,
        hand_over: &mut dyn FnMut(PictureEvent),
    ) -> Result<(), ScreenError> {
        self.capture = capture;
        shared.wakes(self.capture.waker());
        hand_over(PictureEvent::Placed(share, self.capture.rect()));
        self.restart()
    }

    /// The screen has another size or place, or other monitors.
    fn reopen(
        &mut self,
        opener: &Opener,
        shared: &Shared,
        hand_over: &mut dyn FnMut(PictureEvent),
    ) -> Result<(), ScreenError> {
        let Some(share) = self.share else { return Ok(()) };
        self.showing = None;
        if self.capture.refit()? {
            hand_over(PictureEvent::Placed(share, self.capture.rect()));
            self.restart()?;
        } else {
            let capture = opener.open_again(share, shared)?;
            if capture.rect() != self.capture.rect() {
                self.take_over(capture, share, shared, hand_over)?;
            }
        }
        self.say_how_it_stands(opener, hand_over)
    }

    /// Says how what is shown stands, if that is new.
    fn say_how_it_stands(
        &mut self,
        opener: &Opener,
        hand_over: &mut dyn FnMut(PictureEvent),
    ) -> Result<(), ScreenError> {
        let Some(share) = self.share else { return Ok(()) };
        let away = self.capture.is_away();
        let said = self.showing.is_some_and(|showing| match showing.what {
            View::Window { away: said } => said == away,
            View::Monitor(_) | View::All => true,
        });
        if !said {
            let showing = opener.showing(share, away)?;
            self.showing = Some(showing);
            hand_over(PictureEvent::Showing(showing));
        }
        Ok(())
    }

    /// What was shown is gone: nothing takes its place.
    fn nothing_is_left(&mut self, shared: &Shared, hand_over: &mut dyn FnMut(PictureEvent)) -> Result<(), ScreenError> {
        self.events.clear();
        self.capture = Box::new(Nothing::new()?);
        shared.wakes(self.capture.waker());
        self.dirty = false;
        if let Some(share) = self.share.take() {
            hand_over(PictureEvent::Gone(share));
        }
        Ok(())
    }

    /// Looks at pointer and screen as far as it is time to, and keeps what is to be handed over.
    fn look(&mut self, gate: &Gate, epoch: Epoch, orders: &Orders) -> Result<Looked, ScreenError> {
        let now = Instant::now();
        let pointer = now >= self.next_pointer && (self.pointer_due || self.cursor_due);
        let video = || self.video_due().is_some_and(|due| due.is_zero());
        let frame = now >= self.next_frame && self.pace.may_encode() && (self.dirty || video());
        if !pointer && !frame {
            return Ok(Looked::Seen);
        }
        {
            let Some(consent) = gate.consent::<SeeScreen>(epoch) else { return Ok(Looked::Refused) };
            if pointer {
                let pointer = self.capture.pointer(&consent)?;
                self.cursor_missed |= std::mem::take(&mut self.cursor_due);
                // Over another window or monitor it is the shape of what was not chosen.
                if pointer.inside && std::mem::take(&mut self.cursor_missed) {
                    let image = self.capture.cursor(&consent)?;
                    self.events.extend(self.shapes.shape(image).map(PictureEvent::CursorShape));
                }
                self.place(pointer);
                self.next_pointer = now + POINTER_INTERVAL;
                self.idle_pointer = now + IDLE_TICK;
            }
            if !frame {
                return Ok(Looked::Seen);
            }
            self.damaged.clear();
            self.capture.grab(&consent, &mut self.damaged)?;
        }
        self.next_frame = now + FRAME_INTERVAL;
        self.encode(now, orders.answers_input)?;
        Ok(Looked::Seen)
    }

    fn place(&mut self, Pointer { x, y, inside }: Pointer) {
        self.pointer_due = false;
        let place = CursorPlace { x, y, visible: inside, shape: self.shapes.current };
        if self.place != Some(place) {
            self.place = Some(place);
            self.events.push(PictureEvent::CursorPlace(place));
        }
    }

    fn encode(&mut self, captured: Instant, answers_input: u32) -> Result<(), ScreenError> {
        for area in &self.damaged {
            self.encoder.suspect(*area);
        }
        let side = |at: i32| u16::try_from(at.max(0)).unwrap_or(u16::MAX);
        let focus = self.place.map(|place| (side(place.x), side(place.y))).unwrap_or_default();
        let (mut payload, mut video) = (Vec::new(), Vec::new());
        let encoded = if self.pace.is_new() {
            self.encoder.greet(&mut payload).map(|()| Encoded::Part)
        } else {
            let (budget_bytes, line) = (self.pace.budget_bytes(), self.pace.rate());
            let wish = Wish { now: self.moment(captured), focus, budget_bytes, line };
            self.encoder.encode(self.capture.frame(), &wish, &mut payload, &mut video)
        };
        let encoded = encoded.map_err(io::Error::other)?;
        self.dirty = encoded == Encoded::Part;
        if self.dirty {
            // What is left is held up by the line and by nothing else.
            self.next_frame = captured;
        }
        if encoded == Encoded::Nothing {
            return Ok(());
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.pace.sent(self.sequence, payload.len() + video.len(), self.moment(Instant::now()));
        self.events.push(PictureEvent::Update(Update {
            sequence: self.sequence,
            stream: self.stream,
            size: self.capture.size(),
            captured_ms: wrapped_millis(captured.saturating_duration_since(self.started)),
            answers_input,
            payload,
            video,
        }));
        Ok(())
    }

    /// Whether there is something to send as soon as the line is free.
    fn awaits_shown(&self) -> bool {
        !self.pace.may_encode() && (self.dirty || self.encoder.due().is_some())
    }

    /// How long until the screen is to be looked at even without damage: a video may come to rest.
    fn video_due(&self) -> Option<Duration> {
        let due = self.encoder.due().filter(|_| self.pace.may_encode())?;
        Some((self.started + due.since_origin()).saturating_duration_since(Instant::now()))
    }

    /// How long to wait: at least without looking at the screen's events, and at most at all.
    fn rest(&self, awake: bool) -> (Duration, Duration) {
        if !awake {
            return (IDLE_TICK, IDLE_TICK);
        }
        let now = Instant::now();
        let until = |at: Instant| at.saturating_duration_since(now);
        if self.dirty && self.pace.may_encode() {
            let frame = until(self.next_frame);
            return (frame, frame);
        }
        if self.pointer_due || self.cursor_due {
            let pointer = until(self.next_pointer);
            return (pointer, pointer);
        }
        let at_most = self.video_due().map_or(IDLE_TICK, |due| due.max(until(self.next_frame)).min(IDLE_TICK));
        (until(self.next_pointer).min(until(self.next_frame)).min(at_most), at_most)
    }

    fn moment(&self, at: Instant) -> Moment {
        Moment::at(at.saturating_duration_since(self.started))
    }
}

#[allow(clippy::cast_possible_truncation)] // it is said to wrap
fn wrapped_millis(time: Duration) -> u32 {
    time.as_millis() as u32
}

/// The shapes that the technician has, by hash; the oldest gives its id to a new one.
#[derive(Default)]
struct Shapes {
    known: Vec<u64>,
    next: usize,
    current: u16,
}

impl Shapes {
    /// Makes `image` the current one; answers the shape to send, if the technician does not have it.
    fn shape(&mut self, image: crate::screen::CursorImage) -> Option<CursorShape> {
        let mut hasher = DefaultHasher::new();
        image.hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.known.iter().position(|known| *known == hash);
        let place = known.unwrap_or(self.next);
        self.current = u16::try_from(place).unwrap_or_default();
        if known.is_some() {
            return None;
        }
        match self.known.get_mut(place) {
            Some(slot) => *slot = hash,
            None => self.known.push(hash),
        }
        self.next = (self.next + 1) % usize::from(MAX_CURSOR_SHAPES);
        let crate::screen::CursorImage { hotspot_x, hotspot_y, width, height, rgba } = image;
        Some(CursorShape { id: self.current, hotspot_x, hotspot_y, width, height, rgba })
    }
}

#[cfg(test)]
mod tests;
