//! The customer's picture as a thread: waits for change, asks for consent, grabs, encodes, hands over.
//!
//! INVARIANT: the gate is asked right before each grab, and the consent is held through it; without one the
//! source falls silent until it is resumed under a new epoch. Decides nothing about permissions itself.

use super::{
    area::Area,
    encoder::{Encoded, Encoder, Wish},
    pace::Pace,
};
use crate::screen::{Blackout, Capture, Desktop, Happened, Pointer, ScreenError, Waker};
use beistand_protocol::{
    permission::{Epoch, Gate, SeeScreen},
    picture::{CursorPlace, CursorShape, MAX_CURSOR_SHAPES, Rect, Share, Shown, Update},
    time::Moment,
};
use core::time::Duration;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Instant,
};

/// Between two grabs.
const FRAME_INTERVAL: Duration = Duration::from_micros(16_600);
/// What a program draws in one go arrives within this time.
const SETTLE: Duration = Duration::from_millis(2);
/// Between two places of the pointer.
const POINTER_INTERVAL: Duration = Duration::from_millis(15);
/// How often an idle source looks where the pointer is: a program may have moved it without an event.
const IDLE_TICK: Duration = Duration::from_millis(250);
/// Between two attempts to open a screen that is just changing.
const REOPEN_INTERVAL: Duration = Duration::from_millis(100);
const REOPEN_ATTEMPTS: u32 = 20;
/// How long the end of the thread is waited for.
const JOIN_TIME: Duration = Duration::from_millis(50);

/// What a source hands over. The callback that takes it must not block: pictures are bounded by the pace, but
/// places of the pointer come 60 times a second.
#[derive(Debug)]
pub enum PictureEvent {
    /// Where on the desktop the picture is; comes before the first update and whenever it changes.
    Placed(Rect),
    /// For the technician.
    Update(Update),
    /// For the technician, ahead of pictures.
    CursorShape(CursorShape),
    /// For the technician, ahead of pictures; a newer one replaces one that still waits.
    CursorPlace(CursorPlace),
    /// The source has ended.
    Failed(ScreenError),
}

/// A running source; ends when dropped.
pub struct PictureSource {
    shared: Arc<Shared>,
    done: mpsc::Receiver<()>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    orders: Mutex<Orders>,
    waker: Mutex<Option<Waker>>,
}

/// What the source has been told.
#[derive(Clone, Copy, Default)]
struct Orders {
    stop: bool,
    /// The epoch to capture under; nothing while it is to be silent.
    epoch: Option<Epoch>,
    /// Begin a new stream.
    whole: bool,
    /// The line may be another one.
    resumed: bool,
    shown: Option<(Shown, Instant)>,
    answers_input: u32,
}

impl PictureSource {
    /// Starts to show `share` for as long as `gate` gives a consent under `epoch`.
    ///
    /// # Errors
    /// [`io::Error`] if there can be no more threads; everything else comes as [`PictureEvent::Failed`].
    pub fn start(
        desktop: Box<dyn Desktop>,
        share: Share,
        blackout: &Blackout,
        gate: Arc<Gate>,
        epoch: Epoch,
        hand_over: impl FnMut(PictureEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        shared.orders().epoch = Some(epoch);
        let (alive, done) = mpsc::channel();
        let (orders, blackout) = (Arc::clone(&shared), blackout.clone());
        let thread = thread::Builder::new().name("picture".into()).spawn(move || {
            let _alive: mpsc::Sender<()> = alive;
            let mut hand_over = hand_over;
            let opened = Opener { desktop, share, blackout };
            // A fault of ours must not look like a still screen.
            let ended = panic::catch_unwind(AssertUnwindSafe(|| run(&orders, &opened, &gate, &mut hand_over)));
            let fault = || Err(ScreenError::Io(io::Error::other("the picture's thread panicked")));
            if let Err(error) = ended.unwrap_or_else(|_| fault())
                && !orders.orders().stop
            {
                hand_over(PictureEvent::Failed(error));
            }
        })?;
        Ok(Self { shared, done, thread: Some(thread) })
    }

    /// Stops grabbing until it is resumed.
    pub fn pause(&self) {
        self.tell(|orders| orders.epoch = None);
    }

    /// Goes on under `epoch`, with a new stream.
    pub fn resume(&self, epoch: Epoch) {
        self.tell(|orders| {
            orders.epoch = Some(epoch);
            orders.whole = true;
            orders.resumed = true;
            orders.shown = None;
        });
    }

    /// The technician has shown an update.
    pub fn shown(&self, shown: Shown) {
        self.tell(|orders| orders.shown = Some((shown, Instant::now())));
    }

    /// Input up to this number has been injected.
    pub fn answers_input(&self, number: u32) {
        // No need to wake: the next grab reads it.
        self.shared.orders().answers_input = number;
    }

    /// The technician needs a new stream.
    pub fn need_whole_frame(&self) {
        self.tell(|orders| orders.whole = true);
    }

    fn tell(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.shared.orders());
        self.shared.wake();
    }
}

impl Drop for PictureSource {
    fn drop(&mut self) {
        self.tell(|orders| orders.stop = true);
        // The sender goes when the thread ends. If the display server hangs, the thread ends later, in silence.
        let ended = self.done.recv_timeout(JOIN_TIME) == Err(mpsc::RecvTimeoutError::Disconnected);
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be done now; what is done once is taken.
    fn take(&self) -> Orders {
        let mut orders = self.orders();
        let taken = *orders;
        orders.whole = false;
        orders.resumed = false;
        orders.shown = None;
        taken
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake();
        }
    }

    fn wakes(&self, waker: Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
    }
}

/// Opens the screen, and again when its size changed.
struct Opener {
    desktop: Box<dyn Desktop>,
    share: Share,
    blackout: Blackout,
}

impl Opener {
    fn open(&self) -> Result<Box<dyn Capture>, ScreenError> {
        self.desktop.open(self.share, &self.blackout)
    }

    /// Waits for a changing screen to come to rest.
    fn open_again(&self, shared: &Shared) -> Result<Box<dyn Capture>, ScreenError> {
        for _ in 1..REOPEN_ATTEMPTS {
            match self.open() {
                Err(ScreenError::Resized | ScreenError::Gone) if !shared.orders().stop => {
                    thread::sleep(REOPEN_INTERVAL.min(JOIN_TIME / 2));
                }
                result => return result,
            }
        }
        self.open()
    }
}

fn run(
    shared: &Shared,
    opener: &Opener,
    gate: &Gate,
    hand_over: &mut dyn FnMut(PictureEvent),
) -> Result<(), ScreenError> {
    let capture = opener.open()?;
    shared.wakes(capture.waker());
    hand_over(PictureEvent::Placed(capture.rect()));
    let mut source = Source::new(capture)?;
    let mut happened = Happened { damage: true, cursor: true, motion: true, layout: false };
    loop {
        let orders = shared.take();
        if orders.stop {
            return Ok(());
        }
        if happened.layout {
            source.reopen(opener, shared, hand_over)?;
        }
        source.note(happened, &orders)?;
        if let Some(epoch) = orders.epoch {
            // What is handed over is made under the consent, and given away after it.
            match source.look(gate, epoch, &orders) {
                Ok(Looked::Refused) => {
                    let mut orders = shared.orders();
                    if orders.epoch == Some(epoch) {
                        orders.epoch = None;
                    }
                }
                Ok(Looked::Seen) => {}
                Err(ScreenError::Resized) => source.reopen(opener, shared, hand_over)?,
                Err(error) => return Err(error),
            }
            if shared.orders().stop {
                return Ok(());
            }
            // What was seen under a consent that is gone by now stays here; a new one begins with a new stream.
            let live = source.events.is_empty() || gate.consent::<SeeScreen>(epoch).is_some();
            source.events.drain(..).filter(|_| live).for_each(&mut *hand_over);
        }
        let (at_least, at_most) = source.rest(orders.epoch.is_some());
        happened = source.capture.wait(at_least, at_most)?;
    }
}

/// What came of a look at the screen.
enum Looked {
    Seen,
    Refused,
}

struct Source {
    capture: Box<dyn Capture>,
    encoder: Encoder,
    pace: Pace,
    started: Instant,
    stream: u32,
    sequence: u32,
    /// There may be something to grab, or something grabbed and not sent.
    dirty: bool,
    next_frame: Instant,
    next_pointer: Instant,
    pointer_due: bool,
    cursor_due: bool,
    shapes: Shapes,
    place: Option<CursorPlace>,
    damaged: Vec<Area>,
    events: Vec<PictureEvent>,
}

impl Source {
    fn new(capture: Box<dyn Capture>) -> Result<Self, ScreenError> {
        let now = Instant::now();
        Ok(Self {
            encoder: Encoder::new(capture.size()).map_err(io::Error::other)?,
            capture,
            pace: Pace::new(),
            started: now,
            stream: 1,
            sequence: 0,
            dirty: true,
            next_frame: now,
            next_pointer: now,
            pointer_due: true,
            cursor_due: true,
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
        self.pointer_due |= happened.motion || happened == Happened::default();
        if orders.resumed {
            self.pace.restart();
            self.capture.forget();
        }
        if let Some((shown, at)) = orders.shown.filter(|(shown, _)| shown.sequence <= self.sequence) {
            self.pace.shown(shown.sequence, self.moment(at));
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

    fn reopen(
        &mut self,
        opener: &Opener,
        shared: &Shared,
        hand_over: &mut dyn FnMut(PictureEvent),
    ) -> Result<(), ScreenError> {
        let capture = opener.open_again(shared)?;
        if capture.rect() != self.capture.rect() {
            self.capture = capture;
            shared.wakes(self.capture.waker());
            hand_over(PictureEvent::Placed(self.capture.rect()));
            self.restart()?;
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
            if pointer || frame {
                if std::mem::take(&mut self.cursor_due) {
                    let image = self.capture.cursor(&consent)?;
                    self.events.extend(self.shapes.shape(image).map(PictureEvent::CursorShape));
                }
                let pointer = self.capture.pointer(&consent)?;
                self.place(pointer);
                self.next_pointer = now + POINTER_INTERVAL;
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
        let focus_y = self.place.and_then(|place| u16::try_from(place.y).ok()).unwrap_or_default();
        let (mut payload, mut video) = (Vec::new(), Vec::new());
        let (budget_bytes, line) = (self.pace.budget_bytes(), self.pace.rate());
        let wish = Wish { now: self.moment(captured), focus_y, budget_bytes, line };
        let encoded = self.encoder.encode(self.capture.frame(), &wish, &mut payload, &mut video);
        let encoded = encoded.map_err(io::Error::other)?;
        self.dirty = encoded == Encoded::Part;
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
