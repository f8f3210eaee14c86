//! The decoded picture, and what of it the viewer has not fetched yet.

use crate::picture::batch::Pending;
use crate::picture::{DecodeError, Decoder, Drawn, LeftToViewer};
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
    /// Counts the viewers that began: what is new goes to the last.
    viewer: u64,
}

impl State {
    /// The viewer is new, or lost all that it had.
    fn start_over(&mut self) {
        self.viewer += 1;
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
        let State { decoder, drawn, pending, viewer_plays, .. } = &mut *state;
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

    /// What of the last update is left to the viewer to decode.
    pub(super) fn left_to_viewer(&self) -> LeftToViewer {
        self.state().decoder.as_ref().map(Decoder::left_to_viewer).unwrap_or_default()
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
    /// new viewer asks for a whole picture, and from this call on, not only once it waits, nothing goes to those before.
    ///
    /// Cancel safe: a batch that nobody waits for is merged into the next.
    pub fn next(&self, whole: bool) -> impl Future<Output = Vec<u8>> + Send {
        let viewer = {
            let mut state = self.state();
            if whole {
                state.start_over();
            }
            state.viewer
        };
        async move {
            loop {
                let fresh = self.fresh.notified();
                tokio::pin!(fresh);
                fresh.as_mut().enable();
                if let Some(batch) = self.take(viewer) {
                    return batch;
                }
                fresh.await;
            }
        }
    }

    /// Nothing for a viewer that another has taken the place of: nobody would hear the answer.
    fn take(&self, viewer: u64) -> Option<Vec<u8>> {
        let mut state = self.state();
        if state.viewer != viewer {
            return None;
        }
        let State { decoder, pending, .. } = &mut *state;
        let decoder = decoder.as_mut().filter(|_| pending.is_fresh())?;
        let played = decoder.take_played();
        pending.take(decoder.picture()?, &played)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Area, Encoder, View, Wish};
    use beistand_protocol::picture::Size;
    use beistand_protocol::time::Moment;
    use core::time::Duration;
    use std::sync::Arc;

    #[tokio::test]
    async fn what_is_new_never_goes_to_a_viewer_that_is_gone() {
        let size = Size::new(64, 48).unwrap();
        let mut encoder = Encoder::new(size).unwrap();
        let mut update = |sequence: u32| {
            let (pixels, mut payload, mut video) = (vec![sequence; 64 * 48], vec![], vec![]);
            encoder.suspect(Area::whole(size));
            let wish = Wish::all(Moment::at(Duration::from_secs(sequence.into())));
            encoder.encode(View::new(size, &pixels), &wish, &mut payload, &mut video).unwrap();
            Update { sequence, stream: 1, size, captured_ms: 0, answers_input: 0, payload, video }
        };
        let pictures = Arc::new(Pictures::default());
        let poll = |whole| {
            let pictures = Arc::clone(&pictures);
            tokio::spawn(async move { pictures.next(whole).await })
        };
        pictures.apply(&update(1)).unwrap();
        poll(true).await.unwrap();
        let gone = poll(false);
        tokio::task::yield_now().await;
        // The page is loaded anew while a poll of the old one still waits.
        poll(true).await.unwrap();
        let new = poll(false);
        tokio::task::yield_now().await;
        pictures.apply(&update(2)).unwrap();
        tokio::time::timeout(Duration::from_secs(10), new).await.unwrap().unwrap();
        assert!(!gone.is_finished());
    }
}
