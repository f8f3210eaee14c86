//! Capture of screens: one file or folder a platform, behind [`Desktop`] and [`Capture`].
//!
//! Knows nothing of encoding or of the network. Nothing here yields a pixel, a cursor or the place of the pointer
//! without the consent to see the screen in its hand, and windows named in [`Blackout`] come out black. What is opened
//! is what was chosen or nothing: no failure leads to another screen.

use crate::picture::{Area, View};
use beistand_protocol::{
    permission::{Consent, SeeScreen},
    picture::{Monitor, Rect, Share, Size},
    showing::Window,
};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

mod nothing;
pub mod x11;

pub use nothing::Nothing;

/// Why a screen can't be captured. Names no window and carries no pixels.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The display server is gone or can't be reached.
    #[error("the display server is lost: {0}")]
    Lost(String),
    /// The chosen monitor or window is not there any more.
    #[error("what was chosen is gone")]
    Gone,
    /// The screen changed its size while it was captured; open it again.
    #[error("the screen changed its size")]
    Resized,
    /// The display server lacks something.
    #[error("the display server has no {0}")]
    Unsupported(&'static str),
    /// What was chosen is above the limits of a picture.
    #[error("the screen can't be shown")]
    Size(#[from] beistand_protocol::picture::PictureError),
    /// The operating system refused something.
    #[error("the system refused to help with the capture")]
    Io(#[from] std::io::Error),
}

/// A platform's desktop.
pub trait Desktop: Send {
    /// The monitors, the main one first.
    ///
    /// # Errors
    /// [`ScreenError`] if the display server can't be asked.
    fn monitors(&self) -> Result<Vec<Monitor>, ScreenError>;

    /// The windows of people's programs, as many as can be listed, in the order in which they lie: the uppermost first.
    /// `leave_out` are our own.
    ///
    /// # Errors
    /// [`ScreenError`] if the display server can't be asked.
    fn windows(&self, leave_out: &[u32]) -> Result<Vec<Window>, ScreenError>;

    /// Prepares to capture what was chosen. Grabs nothing yet.
    ///
    /// # Errors
    /// [`ScreenError`] if that is not possible.
    fn open(&self, share: Share, blackout: &Blackout) -> Result<Box<dyn Capture>, ScreenError>;
}

/// The desktop that this process runs on.
pub fn desktop() -> Box<dyn Desktop> {
    Box::new(x11::X11::of_environment())
}

/// One running capture.
pub trait Capture: Send {
    /// Where on the desktop it looks.
    fn rect(&self) -> Rect;

    /// The size of its picture.
    fn size(&self) -> Size;

    /// What ends a [`Capture::wait`] from another thread.
    fn waker(&self) -> Waker;

    /// Waits until something happened or `at_most` is over; looks at what happens on the screen only after
    /// `at_least`, so that a lot of it is one. A waker ends it at any time.
    ///
    /// # Errors
    /// [`ScreenError::Lost`] if the display server is gone.
    fn wait(&mut self, at_least: Duration, at_most: Duration) -> Result<Happened, ScreenError>;

    /// Takes what changed since the last time into the frame, and appends where that was to `damaged`.
    ///
    /// # Errors
    /// [`ScreenError`]; after [`ScreenError::Resized`] it is to be fitted or opened again.
    fn grab(&mut self, consent: &Consent<'_, SeeScreen>, damaged: &mut Vec<Area>) -> Result<(), ScreenError>;

    /// The frame as of the last grab; pixels are 0xXXRRGGBB.
    fn frame(&self) -> View<'_>;

    /// Forgets what was grabbed: the next grab takes all.
    fn forget(&mut self);

    /// Takes over a new size without being opened again, if it can; answers whether it did.
    ///
    /// # Errors
    /// [`ScreenError`] if what is captured is gone or can't be shown in its new size.
    fn refit(&mut self) -> Result<bool, ScreenError> {
        Ok(false)
    }

    /// Whether what is captured can't be seen at the moment, so that its picture stands still.
    fn is_away(&self) -> bool {
        false
    }

    /// What the pointer looks like. Ask only while it is inside: elsewhere it is a window's that was not chosen.
    ///
    /// # Errors
    /// [`ScreenError::Lost`] if the display server is gone.
    fn cursor(&mut self, consent: &Consent<'_, SeeScreen>) -> Result<CursorImage, ScreenError>;

    /// Where the pointer is, counted from the corner of the picture.
    ///
    /// # Errors
    /// [`ScreenError::Lost`] if the display server is gone.
    fn pointer(&mut self, consent: &Consent<'_, SeeScreen>) -> Result<Pointer, ScreenError>;
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// There may be something to grab.
    pub damage: bool,
    /// The pointer looks different.
    pub cursor: bool,
    /// The pointer moved.
    pub motion: bool,
    /// Monitors came, went or changed their size.
    pub layout: bool,
}

/// Where the pointer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// From the left edge of the picture.
    pub x: i32,
    /// From its upper edge.
    pub y: i32,
    /// Whether it is over what is captured, and over nothing that lies above that.
    pub inside: bool,
}

/// What the pointer looks like.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CursorImage {
    /// The pixel that points, from the left.
    pub hotspot_x: u16,
    /// The pixel that points, from above.
    pub hotspot_y: u16,
    /// Width in pixels, within the protocol's limit.
    pub width: u16,
    /// Height in pixels, within the protocol's limit.
    pub height: u16,
    /// Red, green, blue, alpha; not multiplied.
    pub rgba: Vec<u8>,
}

/// Ends a wait from another thread.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Waker {
    /// A waker that does `wake`.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// Ends the wait, or the next one if there is none.
    pub fn wake(&self) {
        (self.0)();
    }
}

/// Our own windows that are to come out black, frame and all; shared with whoever opens and closes them.
#[derive(Clone, Debug, Default)]
pub struct Blackout(Arc<Mutex<Windows>>);

#[derive(Debug, Default)]
struct Windows {
    ids: Vec<u32>,
    generation: u64,
}

impl Blackout {
    /// Blackens nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on these windows, by the platform's id, come out black, and no others.
    pub fn set(&self, ids: &[u32]) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.ids != ids {
            windows.ids = ids.to_vec();
            windows.generation += 1;
        }
    }

    /// Copies the ids to `ids` if they were set since `generation`, which is brought up to date.
    pub(crate) fn refresh(&self, ids: &mut Vec<u32>, generation: &mut u64) -> bool {
        let windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = windows.generation != *generation;
        if changed {
            ids.clone_from(&windows.ids);
            *generation = windows.generation;
        }
        changed
    }
}
