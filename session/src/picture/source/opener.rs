//! Opens what was chosen, and again when it changed; and says how it stands.

use super::orders::{JOIN_TIME, Shared};
use crate::screen::{Blackout, Capture, Desktop, ScreenError};
use beistand_protocol::{
    picture::Share,
    showing::{Showing, View},
};
use core::time::Duration;
use std::thread;

/// Between two attempts to open a screen that is just changing.
const REOPEN_INTERVAL: Duration = Duration::from_millis(100);
const REOPEN_ATTEMPTS: u32 = 20;

pub(super) struct Opener {
    pub(super) desktop: Box<dyn Desktop>,
    pub(super) blackout: Blackout,
}

impl Opener {
    pub(super) fn open(&self, share: Share) -> Result<Box<dyn Capture>, ScreenError> {
        self.desktop.open(share, &self.blackout)
    }

    /// Waits for a changing screen to come to rest. A window that is gone does not come back.
    pub(super) fn open_again(&self, share: Share, shared: &Shared) -> Result<Box<dyn Capture>, ScreenError> {
        for _ in 1..REOPEN_ATTEMPTS {
            let orders = || shared.orders().clone();
            match (self.open(share), share) {
                (Err(ScreenError::Resized), _) | (Err(ScreenError::Gone), Share::Monitor(_) | Share::All)
                    // Whoever wants to stop, or to see something else, does not wait for this.
                    if !orders().stop && orders().share.is_none() =>
                {
                    thread::sleep(REOPEN_INTERVAL.min(JOIN_TIME / 2));
                }
                (result, _) => return result,
            }
        }
        self.open(share)
    }

    /// How what is shown stands, for the technician.
    pub(super) fn showing(&self, share: Share, away: bool) -> Result<Showing, ScreenError> {
        let monitors = self.desktop.monitors()?;
        let what = match share {
            Share::All => View::All,
            Share::Window(_) => View::Window { away },
            Share::Monitor(id) => {
                let place = monitors.iter().position(|monitor| monitor.id == id).ok_or(ScreenError::Gone)?;
                View::Monitor(u8::try_from(place + 1).unwrap_or(u8::MAX))
            }
        };
        Ok(Showing::of(what, monitors.len()))
    }
}
