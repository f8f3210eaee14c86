//! A capture of nothing: what is there while there is nothing to show.

use super::{Capture, CursorImage, Happened, Pointer, ScreenError, Waker};
use crate::picture::{Area, View};
use beistand_protocol::{
    permission::{Consent, SeeScreen},
    picture::{PictureError, Rect, Size},
};
use core::time::Duration;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};

/// One black pixel that never changes.
pub struct Nothing {
    size: Size,
    woken: Receiver<()>,
    wake: SyncSender<()>,
}

impl Nothing {
    /// Nothing to see.
    ///
    /// # Errors
    /// None: a pixel is a picture.
    pub fn new() -> Result<Self, PictureError> {
        let (wake, woken) = sync_channel(1);
        Ok(Self { size: Size::new(1, 1)?, woken, wake })
    }
}

impl Capture for Nothing {
    fn rect(&self) -> Rect {
        Rect { x: 0, y: 0, width: 1, height: 1 }
    }

    fn size(&self) -> Size {
        self.size
    }

    fn waker(&self) -> Waker {
        let wake = self.wake.clone();
        // One that waits already wakes as well.
        Waker::new(move || {
            let _ = wake.try_send(());
        })
    }

    fn wait(&mut self, _at_least: Duration, at_most: Duration) -> Result<Happened, ScreenError> {
        match self.woken.recv_timeout(at_most) {
            Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(Happened::default()),
        }
    }

    fn grab(&mut self, _consent: &Consent<'_, SeeScreen>, _damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        Err(ScreenError::Gone)
    }

    fn frame(&self) -> View<'_> {
        View::new(self.size, &[0])
    }

    fn forget(&mut self) {}

    fn cursor(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<CursorImage, ScreenError> {
        Err(ScreenError::Gone)
    }

    fn pointer(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<Pointer, ScreenError> {
        Err(ScreenError::Gone)
    }
}
