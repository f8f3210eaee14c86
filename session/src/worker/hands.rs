//! Everything of a running session that touches the machine: the gate, the picture, mouse and keyboard.

use crate::input::x11::Hands as X11Hands;
use crate::input::{Aim, Area, HardwareWatch, InputError, InputThread, Ledger, Outcome, OwnWindows, Report, Target};
use crate::picture::{PictureEvent, PictureSource};
use crate::pipe::Activity;
use crate::screen::{self, Blackout, Desktop, ScreenError};
use beistand_protocol::input::{Dropped, Input};
use beistand_protocol::message::ToTechnician;
use beistand_protocol::permission::{Epoch, Gate, Grants};
use beistand_protocol::picture::{Monitor, Rect, Share, Shown};
use beistand_protocol::showing::{Showing, Window};
use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, mpsc};

/// The panel hears of each activity at most this often, however the technician's end mixes them.
const DOING_EVERY: Duration = Duration::from_millis(400);

/// What the hands tell the loop.
#[derive(Debug)]
pub(super) enum HandsNews {
    /// Send this.
    Send(ToTechnician),
    /// An input was aimed at one of our own windows.
    KeptOffOurWindows,
    /// One window is shared, and an input would have reached another.
    KeptOffOtherWindows,
    /// How what is shown stands.
    Showing(Showing),
    /// What was shown is not there any more.
    Gone(Share),
}

/// The way from the hands to the loop.
#[derive(Clone, Debug)]
struct ToLoop {
    news: mpsc::Sender<HandsNews>,
    /// Beside the news: that something is broken is heard however much of them wait.
    broken: Arc<Notify>,
}

impl ToLoop {
    /// Tells the loop. It takes up everything at once; one that has stopped doing so is about to be killed, and
    /// nobody must wait for it.
    fn tell(&self, news: HandsNews) {
        if self.news.try_send(news).is_err() {
            tracing::trace!("The loop takes nothing up");
        }
    }

    /// Tells the loop what must not be missed.
    fn tell_surely(&self, news: HandsNews) {
        if self.news.try_send(news).is_err() {
            self.broken();
        }
    }

    /// Says that nothing can be captured or injected any more.
    fn broken(&self) {
        self.broken.notify_one();
    }
}

/// Why a session can't begin on this machine.
#[derive(Debug, thiserror::Error)]
pub(super) enum HandsError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Thread(#[from] io::Error),
}

pub(super) struct Hands {
    /// Gives the desktop that is shown.
    desktop: Box<dyn Fn() -> Box<dyn Desktop>>,
    gate: Arc<Gate>,
    ledger: Arc<Ledger>,
    aim: Aim,
    own_windows: OwnWindows,
    blackout: Blackout,
    input: Option<InputThread>,
    picture: Option<PictureSource>,
    /// What is to be captured; what the picture's thread says of anything else is late.
    share: Arc<Mutex<Option<Share>>>,
    to_loop: ToLoop,
    told_doing: HashMap<Activity, Instant>,
    /// The last input that was carried out.
    last_input: Arc<AtomicU32>,
}

impl Hands {
    pub(super) fn new(ledger: Arc<Ledger>, own_windows: OwnWindows, news: mpsc::Sender<HandsNews>) -> Self {
        Self::on(screen::desktop, ledger, own_windows, news)
    }

    fn on(
        desktop: impl Fn() -> Box<dyn Desktop> + 'static,
        ledger: Arc<Ledger>,
        own_windows: OwnWindows,
        news: mpsc::Sender<HandsNews>,
    ) -> Self {
        let to_loop = ToLoop { news, broken: Arc::default() };
        Self {
            desktop: Box::new(desktop),
            gate: Arc::new(Gate::closed()),
            ledger,
            aim: Aim::nowhere(),
            own_windows,
            blackout: Blackout::new(),
            input: None,
            picture: None,
            share: Arc::default(),
            to_loop,
            told_doing: HashMap::new(),
            last_input: Arc::default(),
        }
    }

    /// Rings when nothing can be captured or injected any more.
    pub(super) fn broken(&self) -> Arc<Notify> {
        Arc::clone(&self.to_loop.broken)
    }

    /// Takes mouse and keyboard in hand; the gate decides about each act.
    pub(super) fn begin(&mut self) -> Result<(), HandsError> {
        let hands = X11Hands::connect(None, Arc::clone(&self.ledger), self.aim.clone(), self.own_windows.clone())?;
        let customer = Arc::new(HardwareWatch::start(None)?);
        let to_loop = self.to_loop.clone();
        let last_input = Arc::clone(&self.last_input);
        let report = move |report: Report| {
            if let Report::Carried(number, Outcome::Done) = &report {
                last_input.store(*number, Ordering::Relaxed);
            }
            match report {
                Report::Carried(number, outcome) => news_of(number, outcome).for_each(|news| to_loop.tell(news)),
                Report::Chord(number) => to_loop.tell(HandsNews::Send(ToTechnician::Carried { number })),
                Report::Broken(error) => {
                    tracing::warn!(%error, "Hands lost");
                    to_loop.broken();
                }
            }
        };
        self.input = Some(InputThread::start(Box::new(hands), Arc::clone(&self.gate), customer, report)?);
        Ok(())
    }

    /// Opens or closes the gate; returns when no act under an older grant is under way.
    pub(super) fn gate(&self, grants: &Grants) {
        self.gate.apply(grants);
    }

    pub(super) fn own_windows(&self, panel: Option<u32>, others: Vec<u32>) {
        self.own_windows.set(panel.into_iter().chain(others.iter().copied()));
        self.blackout.set(&others);
    }

    /// What the customer could show: the monitors, and the windows that are not ours.
    pub(super) fn sources(&self) -> Result<(Vec<Monitor>, Vec<Window>), ScreenError> {
        let desktop = (self.desktop)();
        Ok((desktop.monitors()?, desktop.windows(&self.own_windows.get())?))
    }

    /// Shows this; the gate decides about each frame.
    pub(super) fn start_picture(&mut self, share: Share, epoch: Epoch) -> io::Result<()> {
        let before = lock(&self.share).replace(share);
        if before != Some(share) {
            // Nothing that the technician does reaches it before they can see where it is.
            self.aim.set(None);
        }
        if let Some(picture) = &self.picture {
            picture.resume(share, epoch);
            return Ok(());
        }
        let (to_loop, aim, wanted) = (self.to_loop.clone(), self.aim.clone(), Arc::clone(&self.share));
        let hand_over = move |event| match event {
            PictureEvent::Placed(share, rect) => {
                let wanted = lock(&wanted);
                if *wanted == Some(share) {
                    aim.set(Some(target(share, rect)));
                }
            }
            PictureEvent::Showing(showing) => to_loop.tell(HandsNews::Showing(showing)),
            PictureEvent::Gone(share) => {
                let wanted = lock(&wanted);
                if *wanted == Some(share) {
                    aim.set(None);
                }
                to_loop.tell_surely(HandsNews::Gone(share));
            }
            PictureEvent::Update(update) => to_loop.tell(HandsNews::Send(ToTechnician::Picture(update))),
            PictureEvent::CursorShape(shape) => to_loop.tell(HandsNews::Send(ToTechnician::CursorShape(shape))),
            PictureEvent::CursorPlace(place) => to_loop.tell(HandsNews::Send(ToTechnician::CursorPlace(place))),
            PictureEvent::Failed(error) => {
                tracing::warn!(%error, "Picture lost");
                to_loop.broken();
            }
        };
        let gate = Arc::clone(&self.gate);
        let source = PictureSource::start((self.desktop)(), share, &self.blackout, gate, epoch, hand_over)?;
        self.picture = Some(source);
        Ok(())
    }

    pub(super) fn shown(&self, shown: Shown) {
        if let Some(picture) = &self.picture {
            picture.shown(shown, self.last_input.load(Ordering::Relaxed));
        }
    }

    pub(super) fn whole_frame(&self) {
        if let Some(picture) = &self.picture {
            picture.need_whole_frame();
        }
    }

    /// Has this carried out; answers what the panel is to say about it, if that is new.
    pub(super) fn inject(&mut self, epoch: Epoch, number: u32, input: Input) -> Option<Activity> {
        let activity = match &input {
            Input::PointerTo { .. } | Input::Button { .. } | Input::Wheel { .. } => Some(Activity::Mouse),
            Input::Key { .. } | Input::Text(_) | Input::Chord(_) => Some(Activity::Keyboard),
            Input::ReleaseAll => None,
        };
        self.input.as_ref()?.push(epoch, number, input);
        let (activity, now) = (activity?, Instant::now());
        let told = self.told_doing.get(&activity).is_some_and(|at| now.duration_since(*at) < DOING_EVERY);
        if !told {
            self.told_doing.insert(activity, now);
        }
        (!told).then_some(activity)
    }

    /// Lets go of everything that is held, and forgets what is queued.
    pub(super) fn release(&self) {
        if let Some(input) = &self.input
            && !input.release_all()
        {
            tracing::warn!("Hands hang");
            self.to_loop.broken();
        }
    }
}

fn lock(share: &Mutex<Option<Share>>) -> std::sync::MutexGuard<'_, Option<Share>> {
    share.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A window is aimed at by its id: it moves, and others lie over it.
const fn target(share: Share, rect: Rect) -> Target {
    match share {
        Share::Window(id) => Target::Window(id),
        Share::Monitor(_) | Share::All => {
            Target::Area(Area { x: rect.x, y: rect.y, width: rect.width, height: rect.height })
        }
    }
}

fn news_of(number: u32, outcome: Outcome) -> impl Iterator<Item = HandsNews> {
    let dropped = match outcome {
        Outcome::Done => None,
        Outcome::Dropped(why) => Some(why),
    };
    let counted = match dropped {
        Some(Dropped::OwnWindow) => Some(HandsNews::KeptOffOurWindows),
        Some(Dropped::OtherWindow) => Some(HandsNews::KeptOffOtherWindows),
        Some(
            Dropped::NoConsent
            | Dropped::CustomerActs
            | Dropped::Paused
            | Dropped::NotMapped
            | Dropped::TooMuch
            | Dropped::Invalid,
        )
        | None => None,
    };
    dropped.map(|why| HandsNews::Send(ToTechnician::Dropped { number, why })).into_iter().chain(counted)
}

#[cfg(test)]
mod tests;
