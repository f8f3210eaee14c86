//! One window alone, from a real X server: nothing else is ever in its picture.

use super::{
    super::*,
    seat::{Seat, until},
    tests::{Seeing, pixels},
};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, PropMode, Rectangle, Window as Id,
};

const OWN: u32 = 0x0020_8040;
const OTHER: u32 = 0x00C0_FFEE;
const NOW: Duration = Duration::ZERO;
const SHORT: Duration = Duration::from_millis(20);

fn open(seat: &Seat, window: Id) -> Box<dyn Capture> {
    seat.desktop().open(Share::Window(window), &Blackout::new()).unwrap()
}

fn count(capture: &dyn Capture, colour: u32) -> usize {
    pixels(capture).iter().filter(|pixel| **pixel == colour).count()
}

/// Takes in what happened and grabs; a new size is taken over.
fn follow(seeing: &Seeing, capture: &mut Box<dyn Capture>) {
    capture.wait(NOW, SHORT).unwrap();
    match capture.grab(&seeing.consent(), &mut Vec::new()) {
        Ok(()) => {}
        Err(ScreenError::Resized) => assert!(capture.refit().unwrap()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_lies_over_a_window_is_never_in_its_picture() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let window = seat.window(100, 80, 200, 100, OWN);
    let over = seat.window(150, 100, 60, 40, OTHER);
    let mut capture = open(&seat, window);
    assert_eq!((capture.size().width(), capture.size().height()), (200, 100), "without its border");
    seeing.grab(&mut capture);
    assert_eq!((count(&*capture, OWN), count(&*capture, OTHER)), (200 * 100, 0));
    assert_eq!(seat.screenshot()[110 * 640 + 170], OTHER, "it does lie over it");

    // Wherever it goes, and whatever the window draws beneath it.
    for step in 0..20 {
        seat.place(over, 100 + step * 7, 60 + step * 5, 60, 40);
        seat.fill(window, Rectangle { x: step * 5, y: step * 3, width: 30, height: 20 }, 0x0011_2233);
        follow(&seeing, &mut capture);
        assert_eq!(count(&*capture, OTHER), 0, "step {step}");
    }
    // A notification, a menu, another program's dialogue: all are windows over this one.
    for at in 0..5 {
        seat.window(90 + at * 30, 70 + at * 20, 80, 60, OTHER);
        follow(&seeing, &mut capture);
        assert_eq!(count(&*capture, OTHER), 0);
    }
    assert!(count(&*capture, 0x0011_2233) > 0, "what it drew itself is seen");
}

/// The server begins the content of a window with what is on the screen there.
#[test]
fn what_lay_over_a_window_before_is_not_in_its_picture_either() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let window = seat.bare_window(100, 80, 200, 100);
    let over = seat.window(120, 90, 100, 60, OTHER);
    let mut capture = open(&seat, window);
    seeing.grab(&mut capture);
    assert_eq!(count(&*capture, OTHER), 0, "when it is chosen");

    // A new size and a new beginning make a new content.
    for (width, height) in [(260, 140), (150, 90), (300, 200)] {
        seat.place(window, 100, 80, width, height);
        seat.place(over, 110, 85, 120, 80);
        until("the new size is taken over", || {
            follow(&seeing, &mut capture);
            assert_eq!(count(&*capture, OTHER), 0, "at {width} x {height}");
            capture.size().width() == width
        });
        follow(&seeing, &mut capture);
        assert_eq!(count(&*capture, OTHER), 0, "at {width} x {height}");
    }
    for _ in 0..3 {
        seat.connection.unmap_window(window).unwrap();
        seat.settle();
        seat.connection.map_window(window).unwrap();
        seat.place(over, 110, 85, 120, 80);
        follow(&seeing, &mut capture);
        assert_eq!(count(&*capture, OTHER), 0, "after it was put away");
    }
}

#[test]
fn a_window_that_came_back_between_two_looks_is_seen_as_it_is_now() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let window = seat.window(100, 80, 200, 100, OWN);
    let mut capture = open(&seat, window);
    seeing.grab(&mut capture);
    for put_away in [false, true] {
        if put_away {
            seat.connection.unmap_window(window).unwrap();
            seat.connection.map_window(window).unwrap();
            seat.settle();
        } else {
            seat.place(window, 100, 80, 240, 120);
            seat.place(window, 100, 80, 200, 100);
        }
        // The content that was known is not the window's any more.
        let colour = if put_away { 0x0066_6666 } else { 0x0077_7777 };
        until("what was drawn is seen", || {
            follow(&seeing, &mut capture);
            // Asked to draw itself again it has only its background: so it draws as programs do.
            seat.fill(window, Rectangle { x: 10, y: 10, width: 50, height: 50 }, colour);
            count(&*capture, colour) == 2500
        });
    }
}

#[test]
fn the_picture_goes_with_the_window_and_stands_still_while_it_is_away() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let window = seat.window(100, 80, 200, 100, OWN);
    let mut capture = open(&seat, window);
    seeing.grab(&mut capture);
    seat.place(window, 300, 200, 200, 100);
    follow(&seeing, &mut capture);
    assert_eq!(capture.rect(), Rect { x: 303, y: 203, width: 200, height: 100 });
    assert_eq!(count(&*capture, OWN), 200 * 100);

    assert!(!capture.is_away());
    seat.connection.unmap_window(window).unwrap();
    seat.settle();
    follow(&seeing, &mut capture);
    assert!(capture.is_away());
    assert_eq!(count(&*capture, OWN), 200 * 100, "the last picture stays");
    // Its place on the screen is somebody else's now.
    seat.window(290, 190, 240, 140, OTHER);
    follow(&seeing, &mut capture);
    assert_eq!((count(&*capture, OWN), count(&*capture, OTHER)), (200 * 100, 0));

    seat.connection.map_window(window).unwrap();
    seat.settle();
    until("it is back", || {
        follow(&seeing, &mut capture);
        !capture.is_away() && count(&*capture, OWN) == 200 * 100
    });
}

#[test]
fn a_window_that_is_put_away_with_its_frame_is_away() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let frame = seat.window(50, 50, 300, 200, 0x0033_3333);
    let window = seat.window(100, 80, 200, 100, OWN);
    seat.connection.reparent_window(window, frame, 10, 30).unwrap();
    seat.settle();
    let mut capture = open(&seat, window);
    seeing.grab(&mut capture);
    assert_eq!((count(&*capture, OWN), count(&*capture, 0x0033_3333)), (200 * 100, 0), "without the frame");
    seat.connection.unmap_window(frame).unwrap();
    seat.settle();
    until("nobody can see it, and it was not told", || {
        follow(&seeing, &mut capture);
        capture.is_away()
    });
}

#[test]
fn a_window_that_is_gone_is_gone_and_nothing_else_is_seen() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let window = seat.window(100, 80, 200, 100, OWN);
    let mut capture = open(&seat, window);
    seeing.grab(&mut capture);
    seat.connection.destroy_window(window).unwrap();
    seat.settle();
    for _ in 0..3 {
        capture.wait(NOW, SHORT).unwrap();
        let mut damaged = Vec::new();
        assert!(matches!(capture.grab(&seeing.consent(), &mut damaged), Err(ScreenError::Gone)));
    }
    assert!(matches!(capture.refit(), Err(ScreenError::Gone)));
    let again = seat.desktop().open(Share::Window(window), &Blackout::new());
    assert!(matches!(again, Err(ScreenError::Gone)));
    let root = seat.desktop().open(Share::Window(seat.screen.root), &Blackout::new());
    assert!(matches!(root, Err(ScreenError::Gone)), "the whole screen is no window");
}

#[test]
fn the_pointer_is_inside_only_where_the_window_is_the_uppermost() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    let window = seat.window(100, 80, 200, 100, OWN);
    seat.window(150, 100, 60, 40, OTHER);
    let mut capture = open(&seat, window);
    let mut at = |x: i16, y: i16| {
        seat.connection.warp_pointer(x11rb::NONE, seat.screen.root, 0, 0, 0, 0, x, y).unwrap();
        seat.settle();
        capture.pointer(&seeing.consent()).unwrap()
    };
    assert_eq!(at(113, 93), Pointer { x: 10, y: 10, inside: true });
    let elsewhere = Pointer { x: 0, y: 0, inside: false };
    assert_eq!(at(170, 110), elsewhere, "over another window");
    assert_eq!(at(20, 20), elsewhere);
    assert_eq!(at(101, 81), elsewhere, "on its border");
}

#[test]
fn only_windows_of_people_are_listed_and_none_of_ours() {
    let seat = Seat::start(640, 480);
    let named = |window, title: &str| {
        let utf8 = seat.connection.intern_atom(false, b"UTF8_STRING").unwrap().reply().unwrap().atom;
        let name = seat.connection.intern_atom(false, b"_NET_WM_NAME").unwrap().reply().unwrap().atom;
        let change = |property, kind, text: &[u8]| {
            let length = u32::try_from(text.len()).unwrap();
            seat.connection.change_property(PropMode::REPLACE, window, property, kind, 8, length, text).unwrap();
        };
        change(name, utf8, title.as_bytes());
        change(AtomEnum::WM_CLASS.into(), AtomEnum::STRING.into(), b"soffice\0Soffice\0");
        let plain = ChangeWindowAttributesAux::new().override_redirect(0).event_mask(EventMask::NO_EVENT);
        seat.connection.change_window_attributes(window, &plain).unwrap();
        seat.settle();
    };
    let invoice = seat.window(10, 10, 200, 100, OWN);
    named(invoice, "Rechnung – Größe\u{202e}");
    seat.window(30, 30, 50, 50, OTHER);
    let dialog = seat.window(40, 40, 100, 80, OWN);
    named(dialog, "Drucken");
    let owner = [invoice.to_ne_bytes()].concat();
    let (property, kind) = (AtomEnum::WM_TRANSIENT_FOR, AtomEnum::WINDOW);
    seat.connection.change_property(PropMode::REPLACE, dialog, property, kind, 32, 1, &owner).unwrap();
    seat.settle();

    let windows = seat.desktop().windows(&[]).unwrap();
    let seen: Vec<_> = windows.iter().map(|window| (window.id, window.title.as_str(), window.dialog)).collect();
    assert_eq!(seen, [(dialog, "Drucken", true), (invoice, "Rechnung – Größe", false)], "without the menu");
    assert_eq!((windows[1].program.as_str(), windows[1].width, windows[1].away), ("Soffice", 200, false));
    // All of a program that is ours, by any one of its windows.
    assert!(seat.desktop().windows(&[invoice]).unwrap().is_empty());
}

#[test]
fn another_monitor_in_the_chosen_ones_place_is_not_seen() {
    let (seat, seeing) = (Seat::start(640, 480), Seeing::new());
    seat.set_monitor("left", "screen", 0, 0, 320, 480);
    seat.set_monitor("right", "none", 320, 0, 320, 480);
    let monitors = seat.desktop().monitors().unwrap();
    let right = monitors.iter().find(|monitor| monitor.name == "right").unwrap();
    let mut capture = seat.desktop().open(Share::Monitor(right.id), &Blackout::new()).unwrap();
    seat.window(400, 100, 50, 50, OWN);
    seeing.grab(&mut capture);
    assert!(count(&*capture, OWN) > 0);

    // The monitors change, and what is drawn there then is not for the technician.
    seat.drop_monitor("right");
    seat.window(400, 100, 50, 50, OTHER);
    let seen = capture.grab(&seeing.consent(), &mut Vec::new());
    assert!(matches!(seen, Err(ScreenError::Resized)), "{seen:?}");
    assert_eq!(count(&*capture, OTHER), 0);
    let again = seat.desktop().open(Share::Monitor(right.id), &Blackout::new());
    assert!(matches!(again, Err(ScreenError::Gone)));
}
