//! The book of what is down: written, and the guardian told, before a key goes down and after it is up.

use super::InputError;
use beistand_protocol::input::{HeldKeys, Hold, HoldNews};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

type Tell = Box<dyn FnMut(HoldNews) -> io::Result<()> + Send>;

/// The book of what is down or changed because of us, shared by the hands and by whoever has to let go.
///
/// INVARIANT: it always lists at least what is down, and the guardian knows at least what it lists.
pub struct Ledger {
    /// Held while an act is under way.
    tell: Mutex<Tell>,
    /// Held for moments only.
    held: Mutex<HeldKeys>,
    closed: AtomicBool,
}

impl Ledger {
    /// An empty book. `tell` writes to the guardian's pipe; if it can't, nothing is pressed.
    pub fn new(tell: impl FnMut(HoldNews) -> io::Result<()> + Send + 'static) -> Arc<Self> {
        Arc::new(Self { tell: Mutex::new(Box::new(tell)), held: Mutex::default(), closed: AtomicBool::new(false) })
    }

    /// What is down at this moment.
    pub fn held(&self) -> HeldKeys {
        self.lock_held().clone()
    }

    /// Notes `hold`, tells the guardian, and then does `act`.
    pub(super) fn begin(&self, hold: Hold, act: impl FnOnce() -> Result<(), InputError>) -> Result<(), InputError> {
        let mut tell = self.tell.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lock_held().press(hold) {
            tell(HoldNews::Begins(hold)).map_err(InputError::Guardian)?;
        }
        if self.closed.load(Ordering::SeqCst) {
            return Err(InputError::Closed);
        }
        act()
    }

    /// Does `act`, then strikes `hold` out and tells the guardian.
    pub(super) fn end(&self, hold: Hold, act: impl FnOnce() -> Result<(), InputError>) -> Result<(), InputError> {
        let mut tell = self.tell.lock().unwrap_or_else(PoisonError::into_inner);
        act()?;
        if self.lock_held().release(hold) {
            // A guardian that can't be told will release what is up already, which does nothing.
            let _ = tell(HoldNews::Ends(hold));
        }
        Ok(())
    }

    /// Closes the book for good: no press begins any more. Waits for the one under way, but not for long,
    /// and gives what is down.
    pub fn close(&self, patience: Duration) -> HeldKeys {
        self.closed.store(true, Ordering::SeqCst);
        let until = Instant::now() + patience;
        while matches!(self.tell.try_lock(), Err(TryLockError::WouldBlock)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.held()
    }

    fn lock_held(&self) -> MutexGuard<'_, HeldKeys> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lock_held().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn the_guardian_hears_before_the_press_and_after_the_release() {
        let (news, heard) = mpsc::channel();
        let ledger = Ledger::new(move |told| news.send(told).map_err(io::Error::other));
        ledger
            .begin(Hold::Key(38), || {
                assert_eq!(heard.try_recv(), Ok(HoldNews::Begins(Hold::Key(38))));
                Ok(())
            })
            .unwrap();
        assert!(ledger.held().contains(Hold::Key(38)));
        ledger
            .end(Hold::Key(38), || {
                assert!(heard.try_recv().is_err());
                Ok(())
            })
            .unwrap();
        assert_eq!(heard.try_recv(), Ok(HoldNews::Ends(Hold::Key(38))));
        assert!(ledger.held().is_empty());
    }

    #[test]
    fn nothing_is_pressed_that_the_guardian_does_not_know_of() {
        let ledger = Ledger::new(|_| Err(io::ErrorKind::BrokenPipe.into()));
        let result = ledger.begin(Hold::Key(38), || panic!("pressed"));
        assert!(matches!(result, Err(InputError::Guardian(_))));
    }

    #[test]
    fn nothing_is_pressed_once_the_book_is_closed() {
        let ledger = Ledger::new(|_| Ok(()));
        ledger.begin(Hold::Button(1), || Ok(())).unwrap();
        assert!(ledger.close(Duration::from_millis(50)).contains(Hold::Button(1)));
        assert!(matches!(ledger.begin(Hold::Key(38), || panic!("pressed")), Err(InputError::Closed)));
    }

    #[test]
    fn closing_does_not_wait_for_a_hanging_act() {
        let ledger = Ledger::new(|_| Ok(()));
        let (go, wait) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let ledger = &ledger;
            scope.spawn(move || {
                ledger.begin(Hold::Key(38), || {
                    let _ = wait.recv();
                    Ok(())
                })
            });
            while !ledger.held().contains(Hold::Key(38)) {
                std::thread::yield_now();
            }
            assert!(ledger.close(Duration::from_millis(20)).contains(Hold::Key(38)));
            drop(go);
        });
    }
}
