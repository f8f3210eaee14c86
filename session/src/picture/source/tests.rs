//! The source with a screen that only counts, and with a real one.

mod again;
mod sources;
mod terminal;

use super::*;
use crate::{
    picture::{Canvas, Decoder, Drawn, View},
    screen::{
        Blackout, CursorImage, Desktop, Waker,
        x11::seat::{Seat, until},
    },
};
use beistand_protocol::{
    permission::{Consent, Grants, Permission, Setting},
    picture::{Shown, Size},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    thread,
};
use x11rb::protocol::xproto::Rectangle;

/// A gate and what it lets through.
struct Customer {
    gate: Arc<Gate>,
    grants: Grants,
}

impl Customer {
    fn new() -> Self {
        Self { gate: Arc::new(Gate::closed()), grants: Grants::default() }
    }

    fn set(&mut self, setting: Setting) {
        self.grants.set(Permission::SeeScreen, setting);
        self.gate.apply(&self.grants);
    }

    fn allow(&mut self) -> Epoch {
        self.set(Setting::On);
        self.grants.live(Permission::SeeScreen).unwrap()
    }
}

/// A technician: decodes and acknowledges.
struct Technician {
    events: mpsc::Receiver<PictureEvent>,
    decoder: Decoder,
    updates: Vec<Update>,
    drawn: Vec<Drawn>,
    shapes: Vec<CursorShape>,
    places: Vec<CursorPlace>,
    placed: Vec<Rect>,
    showing: Vec<Showing>,
    gone: Vec<Share>,
    failed: Option<ScreenError>,
}

impl Technician {
    fn of(events: mpsc::Receiver<PictureEvent>) -> Self {
        Self {
            events,
            decoder: Decoder::new().unwrap(),
            updates: vec![],
            drawn: vec![],
            shapes: vec![],
            places: vec![],
            placed: vec![],
            showing: vec![],
            gone: vec![],
            failed: None,
        }
    }

    /// Takes in all that came; acknowledges if told to.
    fn take(&mut self, source: &PictureSource, acknowledge: bool) -> usize {
        let before = self.updates.len();
        while let Ok(event) = self.events.try_recv() {
            match event {
                PictureEvent::Update(update) => {
                    self.decoder.decode(&update, &mut self.drawn).unwrap();
                    if acknowledge {
                        source.shown(Shown { sequence: update.sequence, stream: update.stream }, 0);
                    }
                    self.updates.push(update);
                }
                PictureEvent::CursorShape(shape) => self.shapes.push(shape),
                PictureEvent::CursorPlace(place) => self.places.push(place),
                PictureEvent::Placed(_, rect) => self.placed.push(rect),
                PictureEvent::Showing(showing) => self.showing.push(showing),
                PictureEvent::Gone(share) => self.gone.push(share),
                PictureEvent::Failed(error) => self.failed = Some(error),
            }
        }
        self.updates.len() - before
    }

    /// Goes on until nothing has come for a while.
    fn settle(&mut self, source: &PictureSource) {
        let mut quiet = 0;
        while quiet < 10 {
            thread::sleep(Duration::from_millis(20));
            quiet = if self.take(source, true) > 0 { 0 } else { quiet + 1 };
        }
    }

    /// Waits until the picture is what is on the screen.
    fn sees(&mut self, seat: &Seat, source: &PictureSource) {
        until("the picture is what is on the screen", || {
            self.take(source, true);
            self.picture() == seat.screenshot()
        });
    }

    fn picture(&self) -> Vec<u32> {
        let pixels = self.decoder.canvas().map(Canvas::pixels).unwrap_or_default();
        pixels
            .iter()
            .map(|pixel| {
                let [red, green, blue, _] = pixel.to_le_bytes();
                u32::from_le_bytes([blue, green, red, 0])
            })
            .collect()
    }
}

fn start(desktop: impl Desktop + 'static, customer: &Customer, epoch: Epoch) -> (PictureSource, Technician) {
    start_with(desktop, Share::All, customer, epoch, &Blackout::new())
}

fn start_with(
    desktop: impl Desktop + 'static,
    share: Share,
    customer: &Customer,
    epoch: Epoch,
    blackout: &Blackout,
) -> (PictureSource, Technician) {
    let (sender, events) = mpsc::channel();
    let gate = Arc::clone(&customer.gate);
    let hand_over = move |event| drop(sender.send(event));
    let source = PictureSource::start(Box::new(desktop), share, blackout, gate, epoch, hand_over).unwrap();
    (source, Technician::of(events))
}

/// A screen that changes whenever it is looked at, and counts how often.
#[derive(Clone, Default)]
struct Counting {
    grabs: Arc<AtomicU32>,
    looks: Arc<AtomicU32>,
    /// It is not there any more.
    gone: Arc<AtomicBool>,
    /// It does not change any more: what was grabbed stays as it is.
    still: Arc<AtomicBool>,
    /// Happens once, between a grab and the moment at which what came of it is handed over.
    then: Arc<Mutex<Option<Once>>>,
}

type Once = Box<dyn FnOnce() + Send>;

struct CountingCapture {
    counts: Counting,
    pixels: Vec<u32>,
    woken: Arc<(Mutex<bool>, std::sync::Condvar)>,
}

fn small() -> Size {
    Size::new(64, 48).unwrap()
}

impl Desktop for Counting {
    fn monitors(&self) -> Result<Vec<beistand_protocol::picture::Monitor>, ScreenError> {
        Ok(vec![])
    }

    fn windows(&self, _: &[u32]) -> Result<Vec<beistand_protocol::showing::Window>, ScreenError> {
        Ok(vec![])
    }

    fn open(&self, _: Share, _: &Blackout) -> Result<Box<dyn Capture>, ScreenError> {
        let pixels = vec![0; small().pixels() as usize];
        Ok(Box::new(CountingCapture { counts: self.clone(), pixels, woken: Arc::default() }))
    }
}

impl Capture for CountingCapture {
    fn rect(&self) -> Rect {
        Rect { x: 0, y: 0, width: 64, height: 48 }
    }

    fn size(&self) -> Size {
        small()
    }

    fn waker(&self) -> Waker {
        let woken = Arc::clone(&self.woken);
        Waker::new(move || {
            *woken.0.lock().unwrap() = true;
            woken.1.notify_all();
        })
    }

    fn wait(&mut self, _: Duration, at_most: Duration) -> Result<Happened, ScreenError> {
        let (flag, condition) = &*self.woken;
        let mut woken = flag.lock().unwrap();
        if !*woken {
            woken = condition.wait_timeout(woken, at_most.min(Duration::from_millis(5))).unwrap().0;
        }
        *woken = false;
        Ok(Happened { damage: true, motion: true, ..Happened::default() })
    }

    fn grab(&mut self, _: &Consent<'_, SeeScreen>, damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        if self.counts.gone.load(Ordering::SeqCst) {
            return Err(ScreenError::Gone);
        }
        let count = self.counts.grabs.fetch_add(1, Ordering::SeqCst);
        if !self.counts.still.load(Ordering::SeqCst) {
            self.pixels.fill(count * 77 + 1);
        }
        damaged.push(Area::whole(small()));
        Ok(())
    }

    fn frame(&self) -> View<'_> {
        View::new(small(), &self.pixels)
    }

    fn forget(&mut self) {
        self.pixels.fill(0);
    }

    fn is_away(&self) -> bool {
        if self.counts.grabs.load(Ordering::SeqCst) > 0
            && let Some(then) = self.counts.then.lock().unwrap().take()
        {
            then();
        }
        false
    }

    fn cursor(&mut self, _: &Consent<'_, SeeScreen>) -> Result<CursorImage, ScreenError> {
        self.counts.looks.fetch_add(1, Ordering::SeqCst);
        Ok(CursorImage { hotspot_x: 0, hotspot_y: 0, width: 1, height: 1, rgba: vec![0; 4] })
    }

    fn pointer(&mut self, _: &Consent<'_, SeeScreen>) -> Result<Pointer, ScreenError> {
        let count = self.counts.looks.fetch_add(1, Ordering::SeqCst);
        Ok(Pointer { x: i32::try_from(count % 64).unwrap(), y: 0, inside: true })
    }
}

impl Counting {
    fn counts(&self) -> (u32, u32) {
        (self.grabs.load(Ordering::SeqCst), self.looks.load(Ordering::SeqCst))
    }
}

#[test]
fn nothing_is_captured_without_consent() {
    for setting in [Setting::Ask, Setting::Off] {
        let mut customer = Customer::new();
        customer.set(setting);
        let counting = Counting::default();
        for epoch in 0..2 {
            let (source, mut technician) = start(counting.clone(), &customer, Epoch::new(epoch));
            thread::sleep(Duration::from_millis(100));
            technician.take(&source, true);
            assert!(technician.updates.is_empty() && technician.places.is_empty() && technician.shapes.is_empty());
        }
        assert_eq!(counting.counts(), (0, 0));
    }
}

#[test]
fn nothing_is_captured_or_handed_over_after_a_revocation() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let counting = Counting::default();
    let (source, mut technician) = start(counting.clone(), &customer, epoch);
    until("frames", || technician.take(&source, true) > 0 && technician.updates.len() > 3);

    customer.set(Setting::Off);
    let at_revocation = counting.counts();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(counting.counts(), at_revocation);
    technician.take(&source, true);
    // A grant of a later epoch is not this one's.
    let next = customer.allow();
    thread::sleep(Duration::from_millis(100));
    assert_eq!((counting.counts(), technician.take(&source, true)), (at_revocation, 0));

    let stream = technician.updates.last().unwrap().stream;
    source.resume(Share::All, next);
    until("frames again", || technician.take(&source, true) > 0);
    assert!(technician.updates.last().unwrap().stream > stream, "a new stream");
}

#[test]
fn a_few_updates_wait_for_an_acknowledgement_and_the_pointer_does_not() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let counting = Counting::default();
    let (source, mut technician) = start(counting.clone(), &customer, epoch);
    until("small updates", || {
        technician.take(&source, false);
        technician.updates.len() == 8
    });
    let places = technician.places.len();
    until("places of the pointer", || {
        technician.take(&source, false);
        technician.places.len() > places + 5
    });
    assert_eq!(technician.updates.len(), 8);
    // What was never sent can't have been shown.
    source.shown(Shown { sequence: 1000, stream: 1 }, 40);
    thread::sleep(Duration::from_millis(100));
    technician.take(&source, false);
    assert_eq!(technician.updates.len(), 8);
    source.shown(Shown { sequence: 1, stream: 1 }, 41);
    until("one more", || {
        technician.take(&source, false);
        technician.updates.len() == 9
    });
    assert_eq!(technician.updates[8].answers_input, 41);
    assert!(technician.updates.iter().map(|update| update.sequence).eq(1..=9));
}

#[test]
fn a_dropped_source_is_gone_at_once() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let counting = Counting::default();
    let (source, mut technician) = start(counting.clone(), &customer, epoch);
    until("frames", || technician.take(&source, true) > 0);
    let dropped = Instant::now();
    drop(source);
    assert!(dropped.elapsed() < Duration::from_millis(200));
    let counts = counting.counts();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(counting.counts(), counts);
}

#[test]
fn a_screen_that_cant_be_opened_is_said() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let (source, mut technician) = start(crate::screen::x11::X11::named(":4999"), &customer, epoch);
    until("a failure", || {
        technician.take(&source, true);
        technician.failed.is_some()
    });
    assert!(matches!(technician.failed, Some(ScreenError::Lost(_))));
}

#[test]
fn our_own_windows_never_arrive() {
    let seat = Seat::start(400, 300);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let own = seat.window(50, 60, 100, 80, 0x00C0_FFEE);
    let blackout = Blackout::new();
    blackout.set(&[own]);
    let (source, mut technician) = start_with(seat.desktop(), Share::All, &customer, epoch, &blackout);
    technician.settle(&source);
    let other = seat.window(120, 100, 200, 150, 0x0000_8000);
    for step in 0..10 {
        seat.fill(other, Rectangle { x: step * 10, y: 0, width: 10, height: 150 }, 0x0000_8001);
        technician.take(&source, true);
        assert!(!technician.picture().contains(&0x00C0_FFEE));
    }
    technician.settle(&source);
    let picture = technician.picture();
    assert!(!picture.contains(&0x00C0_FFEE) && picture.contains(&0x0000_8001));
}

#[test]
fn a_changed_resolution_is_a_new_stream() {
    let outer = Seat::start(1024, 768);
    let seat = Seat::start_inside(&outer, 800, 600);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let (source, mut technician) = start(seat.desktop(), &customer, epoch);
    technician.settle(&source);
    outer.resize_all(640, 480);
    until("the new size", || {
        technician.take(&source, true);
        technician.updates.last().is_some_and(|update| update.size == Size::new(640, 480).unwrap())
    });
    technician.settle(&source);
    assert_eq!(technician.picture(), seat.screenshot());
    assert_eq!(technician.placed.last(), Some(&Rect { x: 0, y: 0, width: 640, height: 480 }));
    assert!(technician.failed.is_none());
}

#[test]
fn a_dead_server_is_said_and_ends_the_source() {
    let mut seat = Seat::start(320, 200);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let (source, mut technician) = start(seat.desktop(), &customer, epoch);
    technician.settle(&source);
    seat.kill();
    until("a failure", || {
        technician.take(&source, true);
        technician.failed.is_some()
    });
    assert!(matches!(technician.failed, Some(ScreenError::Lost(_))));
}
