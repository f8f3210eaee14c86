//! A source as its owner holds it, and what it is told.

use super::{PictureEvent, opener::Opener, run};
use crate::screen::{Blackout, Desktop, ScreenError, Waker};
use beistand_protocol::{
    permission::{Epoch, Gate},
    picture::{Share, Shown},
};
use core::time::Duration;
use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Instant,
};

/// How long the end of the thread is waited for.
pub(super) const JOIN_TIME: Duration = Duration::from_millis(50);
/// No honest technician has more to say at once: so many updates are on their way at most.
const MAX_SHOWN: usize = 8;

/// A running source; ends when dropped.
pub struct PictureSource {
    shared: Arc<Shared>,
    done: mpsc::Receiver<()>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
pub(super) struct Shared {
    orders: Mutex<Orders>,
    waker: Mutex<Option<Waker>>,
}

/// What the source has been told.
#[derive(Clone, Default)]
pub(super) struct Orders {
    pub(super) stop: bool,
    /// What to capture from now on.
    pub(super) share: Option<Share>,
    /// The epoch to capture under; nothing while it is to be silent.
    pub(super) epoch: Option<Epoch>,
    /// Begin a new stream.
    pub(super) whole: bool,
    /// The line may be another one.
    pub(super) resumed: bool,
    /// In their order, with the time that they were heard.
    pub(super) shown: Vec<(Shown, Instant)>,
    /// The source waits for one of them.
    awaits_shown: bool,
    pub(super) answers_input: u32,
}

impl Orders {
    /// There was no consent under `epoch`: silent from now on, unless the word to go on has come meanwhile.
    pub(super) fn refused(&mut self, epoch: Epoch) {
        if self.epoch == Some(epoch) && !self.resumed {
            self.epoch = None;
        }
    }
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
        {
            let mut orders = shared.orders();
            (orders.share, orders.epoch) = (Some(share), Some(epoch));
        }
        let (alive, done) = mpsc::channel();
        let (orders, blackout) = (Arc::clone(&shared), blackout.clone());
        let thread = thread::Builder::new().name("picture".into()).spawn(move || {
            let _alive: mpsc::Sender<()> = alive;
            let mut hand_over = hand_over;
            let opener = Opener { desktop, blackout };
            // A fault of ours must not look like a still screen.
            let ended = panic::catch_unwind(AssertUnwindSafe(|| run(&orders, &opener, &gate, &mut hand_over)));
            let fault = || Err(ScreenError::Io(io::Error::other("the picture's thread panicked")));
            if let Err(error) = ended.unwrap_or_else(|_| fault())
                && !orders.orders().stop
            {
                hand_over(PictureEvent::Failed(error));
            }
        })?;
        Ok(Self { shared, done, thread: Some(thread) })
    }

    /// Goes on under `epoch` with `share`, with a new stream. Updates are counted on, so what is heard late of one from
    /// before says nothing about this stream.
    pub fn resume(&self, share: Share, epoch: Epoch) {
        self.tell(|orders| {
            orders.share = Some(share);
            orders.epoch = Some(epoch);
            orders.whole = true;
            orders.resumed = true;
        });
    }

    /// The technician has shown an update, and by the way: input up to this number has been injected.
    pub fn shown(&self, shown: Shown, answers_input: u32) {
        let mut orders = self.shared.orders();
        orders.answers_input = answers_input;
        if orders.shown.len() >= MAX_SHOWN {
            orders.shown.pop();
        }
        orders.shown.push((shown, Instant::now()));
        // Most of the time nothing waits for it, and the next grab is early enough to read it.
        let wake = std::mem::take(&mut orders.awaits_shown);
        drop(orders);
        if wake {
            self.shared.wake();
        }
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
    pub(super) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be done now; what is done once is taken.
    pub(super) fn take(&self) -> Orders {
        let mut orders = self.orders();
        orders.awaits_shown = false;
        let taken = orders.clone();
        orders.share = None;
        orders.whole = false;
        orders.resumed = false;
        orders.shown.clear();
        taken
    }

    /// Has the next of what is shown wake the source; whether there is one already.
    pub(super) fn await_shown(&self) -> bool {
        let mut orders = self.orders();
        orders.awaits_shown = true;
        !orders.shown.is_empty()
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake();
        }
    }

    pub(super) fn wakes(&self, waker: Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_acknowledgements_takes_no_memory_and_the_newest_counts() {
        let shared = Arc::new(Shared::default());
        let (alive, done) = mpsc::channel();
        drop::<mpsc::Sender<()>>(alive);
        let source = PictureSource { shared: Arc::clone(&shared), done, thread: None };
        for sequence in 1..=1000 {
            source.shown(Shown { sequence, stream: 1 }, 0);
        }
        let shown = shared.take().shown;
        assert_eq!(shown.len(), MAX_SHOWN);
        assert_eq!(shown.last().unwrap().0.sequence, 1000);
    }
}
