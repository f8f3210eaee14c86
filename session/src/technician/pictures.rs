//! The decoded picture, and what of it the viewer has not fetched yet.

use crate::picture::batch::Pending;
use crate::picture::{DecodeError, Decoder, Drawn};
use beistand_protocol::picture::Update;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Shared between the session, which decodes, and the viewer, which draws.
#[derive(Default)]
pub struct Pictures {
    state: Mutex<State>,
    fresh: Notify,
}

#[derive(Default)]
struct State {
    decoder: Option<Decoder>,
    drawn: Vec<Drawn>,
    pending: Pending,
    viewer_plays: bool,
}

impl State {
    /// The viewer is new, or lost all that it had.
    fn start_over(&mut self) {
        self.pending.start_over();
        if let Some(decoder) = &mut self.decoder {
            decoder.forget_played();
        }
    }
}

impl core::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Pictures(…)")
    }
}

impl Pictures {
    /// Decodes an update.
    pub(super) fn apply(&self, update: &Update) -> Result<(), DecodeError> {
        let mut state = self.state();
        let State { decoder, drawn, pending, viewer_plays } = &mut *state;
        let decoder = match decoder {
            Some(decoder) => decoder,
            None => decoder.insert(Decoder::new()?),
        };
        drawn.clear();
        decoder.set_viewer_plays(*viewer_plays);
        decoder.decode(update, drawn)?;
        pending.add(update, drawn);
        drop(state);
        self.fresh.notify_waiters();
        Ok(())
    }

    /// How many pixels of what came last are left to the viewer to decode.
    pub(super) fn viewer_decodes_px(&self) -> u64 {
        self.state().decoder.as_ref().map_or(0, Decoder::viewer_decodes_px)
    }

    /// Whether what was decoded last is what the customer's screen shows, to the pixel.
    pub(super) fn is_exact(&self) -> bool {
        self.state().decoder.as_ref().is_none_or(Decoder::is_exact)
    }

    /// Whether the viewer decodes large videos itself, from the next one on.
    pub fn set_viewer_plays(&self, plays: bool) {
        self.state().viewer_plays = plays;
    }

    /// The next batch for the viewer, as `beistand_session::picture::batch` describes it; waits for one. A
    /// new viewer asks for a whole picture.
    ///
    /// Cancel safe: a batch that nobody waits for is merged into the next.
    pub async fn next(&self, whole: bool) -> Vec<u8> {
        if whole {
            self.state().start_over();
        }
        loop {
            let fresh = self.fresh.notified();
            tokio::pin!(fresh);
            fresh.as_mut().enable();
            if let Some(batch) = self.take() {
                return batch;
            }
            fresh.await;
        }
    }

    fn take(&self) -> Option<Vec<u8>> {
        let mut state = self.state();
        let State { decoder, pending, .. } = &mut *state;
        let decoder = decoder.as_mut().filter(|_| pending.is_fresh())?;
        let played = decoder.take_played();
        pending.take(decoder.picture()?, &played)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
