//! Capture from a real X server.

use super::{super::*, seat::Seat, *};
use beistand_protocol::permission::{Gate, Grants, Permission, Setting};
use x11rb::protocol::xproto::{ConfigureWindowAux, Rectangle};

/// A gate that lets the screen be seen.
pub(super) struct Seeing {
    gate: Gate,
    grants: Grants,
}

impl Seeing {
    pub(super) fn new() -> Self {
        let (gate, mut grants) = (Gate::closed(), Grants::default());
        grants.set(Permission::SeeScreen, Setting::On);
        gate.apply(&grants);
        Self { gate, grants }
    }

    pub(super) fn consent(&self) -> Consent<'_, SeeScreen> {
        self.gate.consent(self.grants.live(Permission::SeeScreen).unwrap()).unwrap()
    }

    pub(super) fn grab(&self, capture: &mut Box<dyn Capture>) -> Vec<Area> {
        let mut damaged = Vec::new();
        capture.grab(&self.consent(), &mut damaged).unwrap();
        damaged
    }
}

pub(super) fn pixels(capture: &dyn Capture) -> Vec<u32> {
    capture.frame().pixels().iter().map(|pixel| pixel & 0x00FF_FFFF).collect()
}

const SHORT: Duration = Duration::from_millis(300);
const NOW: Duration = Duration::ZERO;

#[test]
fn the_monitor_of_a_plain_server_is_listed() {
    let seat = Seat::start(640, 480);
    let monitors = seat.desktop().monitors().unwrap();
    assert_eq!(monitors.len(), 1);
    assert_eq!(monitors[0].rect, Rect { x: 0, y: 0, width: 640, height: 480 });
    assert_eq!(monitors[0].scale_percent, 100);
    let capture = seat.desktop().open(Share::Monitor(monitors[0].id), &Blackout::new()).unwrap();
    assert_eq!(capture.rect(), monitors[0].rect);
    assert!(matches!(seat.desktop().open(Share::Monitor(0xFFFF), &Blackout::new()), Err(ScreenError::Gone)));
}

#[test]
fn grabs_follow_the_screen_and_tell_where_it_changed() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let mut capture = seat.desktop().open(Share::All, &Blackout::new()).unwrap();
    let window = seat.window(100, 50, 200, 100, 0x0012_3456);
    assert_eq!(seeing.grab(&mut capture), [Area { x: 0, y: 0, width: 640, height: 480 }]);
    assert_eq!(pixels(&*capture), seat.screenshot());

    while capture.wait(NOW, NOW).unwrap().damage {}
    seat.fill(window, Rectangle { x: 10, y: 20, width: 30, height: 5 }, 0x00FE_DCBA);
    assert!(capture.wait(NOW, SHORT).unwrap().damage);
    assert_eq!(seeing.grab(&mut capture), [Area { x: 113, y: 73, width: 30, height: 5 }]);
    assert_eq!(pixels(&*capture), seat.screenshot());
    assert_eq!(seeing.grab(&mut capture), [], "nothing changed since");
}

#[test]
fn a_monitor_is_a_part_of_the_desktop() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let (connection, screen) = seat.desktop().connect().unwrap();
    let rect = Rect { x: 200, y: 100, width: 320, height: 240 };
    let mut capture: Box<dyn Capture> = Box::new(X11Capture::open(connection, &screen, rect, Blackout::new()).unwrap());
    seat.window(150, 90, 100, 50, 0x0000_FF00);
    seat.window(10, 10, 20, 20, 0x00FF_0000);
    seeing.grab(&mut capture);
    let (all, part) = (seat.screenshot(), pixels(&*capture));
    for (y, row) in part.chunks(320).enumerate() {
        let start = (100 + y) * 640 + 200;
        assert_eq!(row, &all[start..start + 320], "row {y}");
    }
}

#[test]
fn what_is_drawn_beside_a_monitor_takes_nothing_away_from_it() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let (connection, screen) = seat.desktop().connect().unwrap();
    let rect = Rect { x: 200, y: 100, width: 320, height: 240 };
    let mut capture: Box<dyn Capture> = Box::new(X11Capture::open(connection, &screen, rect, Blackout::new()).unwrap());
    let (beside, inside) = (seat.window(10, 10, 20, 20, 0x00FF_0000), seat.window(210, 110, 300, 220, 0x0000_FF00));
    seeing.grab(&mut capture);
    while capture.wait(NOW, SHORT).unwrap().damage {
        seeing.grab(&mut capture);
    }
    for step in 1..20 {
        seat.fill(beside, Rectangle { x: 0, y: 0, width: 20, height: 20 }, step);
        assert!(capture.wait(NOW, SHORT).unwrap().damage);
        assert_eq!(seeing.grab(&mut capture), []);
        seat.fill(inside, Rectangle { x: 0, y: 0, width: 300, height: 220 }, step);
        assert!(capture.wait(NOW, SHORT).unwrap().damage);
        seeing.grab(&mut capture);
        assert!(pixels(&*capture).contains(&step), "step {step}");
    }
}

#[test]
fn however_the_drawing_falls_between_the_grabs_the_last_of_it_is_seen() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let mut capture = seat.desktop().open(Share::All, &Blackout::new()).unwrap();
    let (low, high) = (seat.window(10, 10, 300, 20, 0), seat.window(320, 10, 300, 450, 0));
    for round in 1..40_u32 {
        let is_drawn = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for step in 0..30 {
                    seat.fill(low, Rectangle { x: 0, y: 0, width: 300, height: 20 }, round * 100 + step);
                    seat.fill(high, Rectangle { x: 0, y: 0, width: 300, height: 450 }, round * 100 + step);
                }
                is_drawn.store(true, std::sync::atomic::Ordering::SeqCst);
            });
            // Whatever was drawn has been told of by then.
            while !is_drawn.load(std::sync::atomic::Ordering::SeqCst) {
                capture.wait(NOW, NOW).unwrap();
                seeing.grab(&mut capture);
            }
        });
        while capture.wait(NOW, NOW).unwrap().damage {
            seeing.grab(&mut capture);
        }
        assert_eq!(pixels(&*capture), seat.screenshot(), "round {round}");
    }
}

#[test]
fn our_own_windows_come_out_black_wherever_they_go() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let blackout = Blackout::new();
    let mut capture = seat.desktop().open(Share::All, &blackout).unwrap();
    let other = seat.window(50, 40, 300, 200, 0x0000_8000);
    let own = seat.window(100, 80, 60, 40, 0x00C0_FFEE);
    let secret = |capture: &dyn Capture| pixels(capture).iter().filter(|pixel| **pixel == 0x00C0_FFEE).count();
    seeing.grab(&mut capture);
    assert_eq!(secret(&*capture), 66 * 46, "with its border");

    blackout.set(&[own]);
    seeing.grab(&mut capture);
    assert_eq!(secret(&*capture), 0);
    let black = pixels(&*capture)[90 * 640 + 110];
    assert_eq!(black, 0);
    assert_eq!(pixels(&*capture)[60 * 640 + 60], 0x0000_8000, "others stay");

    for step in 0..20 {
        let place = ConfigureWindowAux::new().x(100 + step * 7).y(80 + step * 11);
        seat.connection.configure_window(own, &place).unwrap();
        seat.settle();
        seeing.grab(&mut capture);
        assert_eq!(secret(&*capture), 0, "step {step}");
    }
    seat.connection.unmap_window(own).unwrap();
    seat.settle();
    seeing.grab(&mut capture);
    assert_eq!(pixels(&*capture), seat.screenshot(), "nothing is blackened for a closed window");
    seat.connection.destroy_window(own).unwrap();
    seat.fill(other, Rectangle { x: 0, y: 0, width: 9, height: 9 }, 1);
    seeing.grab(&mut capture);
    assert_eq!(pixels(&*capture), seat.screenshot());
}

#[test]
fn a_window_inside_a_frame_is_black_with_its_frame() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let blackout = Blackout::new();
    let mut capture = seat.desktop().open(Share::All, &blackout).unwrap();
    let frame = seat.window(100, 80, 80, 60, 0x00C0_FFEE);
    let own = seat.window(300, 200, 60, 40, 0x00C0_FFEE);
    seat.connection.reparent_window(own, frame, 5, 15).unwrap();
    seat.settle();
    blackout.set(&[own]);
    seeing.grab(&mut capture);
    assert!(!pixels(&*capture).contains(&0x00C0_FFEE));
}

#[test]
fn the_pointer_is_seen_moving_and_changing() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let mut capture = seat.desktop().open(Share::All, &Blackout::new()).unwrap();
    let root = seat.screen.root;
    seat.connection.warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, 123, 77).unwrap();
    seat.settle();
    assert_eq!(capture.pointer(&seeing.consent()).unwrap(), Pointer { x: 123, y: 77, inside: true });
    let before = capture.cursor(&seeing.consent()).unwrap();
    while capture.wait(NOW, NOW).unwrap() != Happened::default() {}
    let font = seat.connection.generate_id().unwrap();
    seat.connection.open_font(font, b"cursor").unwrap();
    let cursor = seat.connection.generate_id().unwrap();
    seat.connection.create_glyph_cursor(cursor, font, font, 34, 35, 0, 0, 0, 65535, 65535, 65535).unwrap();
    let looks = xproto::ChangeWindowAttributesAux::new().cursor(cursor);
    seat.connection.change_window_attributes(root, &looks).unwrap();
    seat.settle();
    assert!(capture.wait(NOW, SHORT).unwrap().cursor);
    let after = capture.cursor(&seeing.consent()).unwrap();
    assert!(after != before && after.rgba.len() == usize::from(after.width) * usize::from(after.height) * 4);

    x11rb::protocol::xtest::fake_input(&seat.connection, 6, 0, 0, root, 300, 200, 0).unwrap();
    seat.settle();
    let happened = capture.wait(NOW, SHORT).unwrap();
    assert!(happened.motion, "{happened:?}");
}

#[test]
fn a_waker_ends_a_wait() {
    let seat = Seat::start(320, 200);
    let mut capture = seat.desktop().open(Share::All, &Blackout::new()).unwrap();
    while capture.wait(NOW, NOW).unwrap() != Happened::default() {}
    let waker = capture.waker();
    for (at_least, at_most) in [(Duration::from_secs(9), Duration::from_secs(9)), (NOW, Duration::from_secs(9))] {
        let started = std::time::Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(30));
                waker.wake();
            });
            assert_eq!(capture.wait(at_least, at_most).unwrap(), Happened::default());
        });
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn a_dead_server_is_an_error() {
    let (mut seat, seeing) = (Seat::start(320, 200), Seeing::new());
    let mut capture = seat.desktop().open(Share::All, &Blackout::new()).unwrap();
    seeing.grab(&mut capture);
    seat.kill();
    let lost = |result: Result<(), ScreenError>| assert!(matches!(result, Err(ScreenError::Lost(_))));
    let mut result = Ok(());
    for _ in 0..10 {
        result = result.and_then(|()| capture.wait(NOW, SHORT).map(|_| ()));
    }
    lost(result);
    lost(capture.grab(&seeing.consent(), &mut Vec::new()));
    lost(capture.cursor(&seeing.consent()).map(|_| ()));
    lost(seat.desktop().monitors().map(|_| ()));
}
