//! Where input for what is shown may go, while that is chosen, opened and lost.

use super::*;
use crate::screen::{Capture, Nothing};
use beistand_protocol::permission::{Permission, Setting};
use std::sync::Condvar;
use std::thread;

/// A desktop that takes its time: it opens what it is allowed to.
#[derive(Clone, Default)]
struct Slow(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    opening: Option<Share>,
    allowed: Option<Share>,
}

impl Desktop for Slow {
    fn monitors(&self) -> Result<Vec<Monitor>, ScreenError> {
        Ok(Vec::new())
    }

    fn windows(&self, _: &[u32]) -> Result<Vec<Window>, ScreenError> {
        Ok(Vec::new())
    }

    fn open(&self, share: Share, _: &Blackout) -> Result<Box<dyn Capture>, ScreenError> {
        let (state, bell) = &*self.0;
        let mut state = state.lock().unwrap();
        state.opening = Some(share);
        bell.notify_all();
        drop(bell.wait_while(state, |state| state.allowed != Some(share)).unwrap());
        // Has nothing to grab: with a consent, it is gone.
        Ok(Box::new(Nothing::new()?))
    }
}

impl Slow {
    fn allow(&self, share: Share) {
        self.0.0.lock().unwrap().allowed = Some(share);
        self.0.1.notify_all();
    }

    /// Waits until it is about to open this. Whatever was opened before is placed by then.
    fn is_opening(&self, share: Share) {
        let (state, bell) = &*self.0;
        drop(bell.wait_while(state.lock().unwrap(), |state| state.opening != Some(share)).unwrap());
    }
}

const WINDOWS: [Share; 3] = [Share::Window(1), Share::Window(2), Share::Window(3)];

fn hands() -> (Slow, Hands, mpsc::Receiver<HandsNews>) {
    let desktop = Slow::default();
    let (news, to_loop) = mpsc::channel(16);
    let opened = desktop.clone();
    let hands = Hands::on(move || Box::new(opened.clone()), Ledger::new(|_| Ok(())), OwnWindows::default(), news);
    (desktop, hands, to_loop)
}

fn aims_at(hands: &Hands, target: Option<Target>) {
    let until = Instant::now() + Duration::from_secs(10);
    while hands.aim.get() != target {
        assert!(Instant::now() < until, "it is aimed at {:?}, not at {target:?}", hands.aim.get());
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn input_goes_nowhere_until_what_is_shown_instead_is_placed() {
    let (desktop, mut hands, _news) = hands();
    hands.start_picture(WINDOWS[0], Epoch::new(1)).unwrap();
    desktop.is_opening(WINDOWS[0]);
    assert_eq!(hands.aim.get(), None);
    desktop.allow(WINDOWS[0]);
    aims_at(&hands, Some(Target::Window(1)));

    hands.start_picture(WINDOWS[1], Epoch::new(2)).unwrap();
    assert_eq!(hands.aim.get(), None, "aimed at what is not shown any more");
    // Something else is chosen before that is open: its place comes too late.
    desktop.is_opening(WINDOWS[1]);
    hands.start_picture(WINDOWS[2], Epoch::new(3)).unwrap();
    desktop.allow(WINDOWS[1]);
    desktop.is_opening(WINDOWS[2]);
    assert_eq!(hands.aim.get(), None, "aimed at what was not chosen in the end");
    desktop.allow(WINDOWS[2]);
    aims_at(&hands, Some(Target::Window(3)));

    // The same one again, as after a pause: it is where it was.
    hands.start_picture(WINDOWS[2], Epoch::new(4)).unwrap();
    assert_eq!(hands.aim.get(), Some(Target::Window(3)));
}

#[test]
fn input_goes_nowhere_once_what_was_shown_is_gone() {
    let (desktop, mut hands, mut news) = hands();
    let mut grants = Grants::default();
    hands.start_picture(WINDOWS[0], Epoch::new(1)).unwrap();
    desktop.allow(WINDOWS[0]);
    aims_at(&hands, Some(Target::Window(1)));
    grants.set(Permission::SeeScreen, Setting::On);
    hands.gate(&grants);
    hands.start_picture(WINDOWS[0], grants.live(Permission::SeeScreen).unwrap()).unwrap();
    while !matches!(news.blocking_recv(), Some(HandsNews::Gone(share)) if share == WINDOWS[0]) {}
    assert_eq!(hands.aim.get(), None);
}
