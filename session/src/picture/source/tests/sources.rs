//! What is shown: one window, one monitor, another one, and none any more.

use super::*;
use beistand_protocol::showing::{Showing, View as What};
use x11rb::protocol::xproto::ConnectionExt as _;

const OWN: u32 = 0x0020_8040;
const OTHER: u32 = 0x00C0_FFEE;

impl Technician {
    /// Whether a colour was ever on the technician's screen since the last time.
    fn ever_saw(&mut self, source: &PictureSource, colour: u32) -> bool {
        let mut saw = false;
        for _ in 0..15 {
            thread::sleep(Duration::from_millis(20));
            self.take(source, true);
            saw |= self.picture().contains(&colour);
        }
        saw
    }
}

fn showing(what: What, monitors: u8) -> Showing {
    Showing { what, monitors }
}

#[test]
fn of_one_window_alone_nothing_else_ever_arrives() {
    let seat = Seat::start(640, 480);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let window = seat.window(100, 80, 200, 100, OWN);
    let over = seat.window(140, 100, 60, 40, OTHER);
    let share = Share::Window(window);
    let (source, mut technician) = start_with(seat.desktop(), share, &customer, epoch, &Blackout::new());
    until("the window", || {
        technician.take(&source, true);
        technician.picture().contains(&OWN)
    });
    assert_eq!(technician.showing, [showing(What::Window { away: false }, 1)]);
    for step in 0..8 {
        seat.place(over, 90 + step * 20, 70 + step * 10, 60, 40);
        seat.fill(window, Rectangle { x: step * 20, y: 10, width: 20, height: 20 }, 0x0012_3456);
        technician.take(&source, true);
        assert!(!technician.picture().contains(&OTHER), "step {step}");
    }
    // Another size is another stream, and the same window.
    seat.place(window, 100, 80, 240, 120);
    seat.place(over, 140, 100, 60, 40);
    until("the new size", || {
        technician.take(&source, true);
        assert!(!technician.picture().contains(&OTHER));
        technician.updates.last().is_some_and(|update| update.size == Size::new(240, 120).unwrap())
    });

    seat.connection.unmap_window(window).unwrap();
    seat.settle();
    until("word that it stands still", || {
        technician.take(&source, true);
        technician.showing.last() == Some(&showing(What::Window { away: true }, 1))
    });
    assert!(!technician.ever_saw(&source, OTHER));
    seat.connection.map_window(window).unwrap();
    seat.settle();
    until("word that it is back", || {
        technician.take(&source, true);
        technician.showing.last() == Some(&showing(What::Window { away: false }, 1))
    });

    seat.connection.destroy_window(window).unwrap();
    seat.settle();
    until("word that it is gone", || {
        technician.take(&source, true);
        technician.gone == [share]
    });
    // It does not come back, and nothing comes instead.
    let before = technician.updates.len();
    seat.window(100, 80, 200, 100, OTHER);
    assert!(!technician.ever_saw(&source, OTHER));
    assert_eq!(technician.updates.len(), before);
    assert!(technician.failed.is_none());
}

#[test]
fn under_a_new_epoch_only_what_was_chosen_for_it_is_shown() {
    let seat = Seat::start(640, 480);
    seat.set_monitor("left", "screen", 0, 0, 320, 480);
    seat.set_monitor("right", "none", 320, 0, 320, 480);
    let monitors = seat.desktop().monitors().unwrap();
    let share = |name: &str| Share::Monitor(monitors.iter().find(|monitor| monitor.name == name).unwrap().id);
    let left = seat.window(20, 20, 100, 100, OWN);
    let right = seat.window(400, 20, 100, 100, OTHER);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let (source, mut technician) = start_with(seat.desktop(), share("left"), &customer, epoch, &Blackout::new());
    technician.settle(&source);
    assert_eq!(technician.showing, [showing(What::Monitor(1), 2)]);
    assert!(technician.picture().contains(&OWN) && !technician.picture().contains(&OTHER));

    let stream = technician.updates.last().unwrap().stream;
    customer.set(Setting::Ask);
    let next = customer.allow();
    source.resume(share("right"), next);
    let mut updates = 0;
    until("the other monitor", || {
        seat.fill(left, Rectangle { x: 0, y: 0, width: 100, height: 100 }, OWN);
        technician.take(&source, true);
        let new = technician.updates.get(updates..).unwrap_or_default();
        updates = technician.updates.len();
        // Whatever belongs to the new stream is of the new monitor.
        let of_new = new.iter().any(|update| update.stream > stream);
        assert!(!(of_new && technician.picture().contains(&OWN)), "a frame of the monitor before");
        technician.picture().contains(&OTHER)
    });
    assert_eq!(technician.showing.last(), Some(&showing(What::Monitor(2), 2)));
    assert_eq!(technician.placed.last(), Some(&Rect { x: 320, y: 0, width: 320, height: 480 }));

    // And to one window, and to all.
    customer.set(Setting::Ask);
    let next = customer.allow();
    source.resume(Share::Window(left), next);
    until("one window", || {
        technician.take(&source, true);
        technician.updates.last().is_some_and(|update| update.size == Size::new(100, 100).unwrap())
    });
    technician.settle(&source);
    assert!(technician.picture().iter().all(|pixel| *pixel == OWN));
    customer.set(Setting::Ask);
    let next = customer.allow();
    source.resume(Share::All, next);
    technician.settle(&source);
    assert_eq!(technician.picture(), seat.screenshot());
    assert_eq!(technician.showing.last(), Some(&showing(What::All, 2)));
    seat.connection.destroy_window(right).unwrap();
}

#[test]
fn monitors_come_change_and_go_while_they_are_shown() {
    let seat = Seat::start(800, 480);
    seat.set_monitor("left", "screen", 0, 0, 320, 480);
    let monitors = seat.desktop().monitors().unwrap();
    let chosen = Share::Monitor(monitors.iter().find(|monitor| monitor.name == "left").unwrap().id);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let (source, mut technician) = start_with(seat.desktop(), chosen, &customer, epoch, &Blackout::new());
    technician.settle(&source);
    let told = |technician: &Technician| technician.showing.last().copied();
    let first = told(&technician).unwrap();

    seat.set_monitor("second", "none", 320, 0, 480, 480);
    until("word of a second monitor", || {
        technician.take(&source, true);
        told(&technician).is_some_and(|showing| showing.monitors == first.monitors + 1)
    });
    assert_eq!(technician.gone, []);

    // The chosen one gets another resolution and another place.
    seat.window(120, 60, 30, 30, OWN);
    seat.drop_monitor("second");
    seat.drop_monitor("left");
    seat.set_monitor("left", "screen", 100, 40, 200, 300);
    until("the new place", || {
        technician.take(&source, true);
        technician.placed.last() == Some(&Rect { x: 100, y: 40, width: 200, height: 300 })
    });
    technician.settle(&source);
    let seen = technician.picture();
    assert_eq!(seen.len(), 200 * 300);
    assert_eq!(seen[(60 + 10 - 40) * 200 + (120 + 10 - 100)], OWN, "where it is on that monitor");

    // Unplugged: nothing is shown instead.
    seat.window(420, 60, 30, 30, OTHER);
    seat.set_monitor("other", "none", 400, 0, 400, 480);
    seat.drop_monitor("left");
    until("word that it is gone", || {
        technician.take(&source, true);
        technician.gone == [chosen]
    });
    assert!(!technician.ever_saw(&source, OTHER));
    assert!(technician.failed.is_none());
}

#[test]
fn the_cursor_of_another_window_is_not_told() {
    let seat = Seat::start(640, 480);
    let window = seat.window(100, 80, 200, 100, OWN);
    let warp = |x, y| {
        seat.connection.warp_pointer(x11rb::NONE, seat.screen.root, 0, 0, 0, 0, x, y).unwrap();
        seat.settle();
    };
    warp(500, 400);
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let share = Share::Window(window);
    let (source, mut technician) = start_with(seat.desktop(), share, &customer, epoch, &Blackout::new());
    technician.settle(&source);
    assert!(technician.shapes.is_empty(), "the shape that it has elsewhere");
    assert!(technician.places.iter().all(|place| (place.x, place.y, place.visible) == (0, 0, false)));
    warp(133, 103);
    until("the pointer", || {
        technician.take(&source, true);
        technician.places.last().is_some_and(|place| (place.x, place.y, place.visible) == (30, 20, true))
    });
    assert_eq!(technician.shapes.len(), 1);
}

/// The pointer was looked at, and then the window was gone: nobody is told where it was, not even later.
#[test]
fn what_was_seen_of_something_that_is_gone_is_forgotten() {
    let mut customer = Customer::new();
    let epoch = customer.allow();
    let counting = Counting::default();
    counting.gone.store(true, Ordering::SeqCst);
    let (source, mut technician) = start(counting.clone(), &customer, epoch);
    until("word that it is gone", || {
        technician.take(&source, true);
        technician.gone == [Share::All]
    });
    let (_, looks) = counting.counts();
    assert!(looks > 0 && technician.places.is_empty());
    counting.gone.store(false, Ordering::SeqCst);
    customer.set(Setting::Ask);
    let next = customer.allow();
    source.resume(Share::All, next);
    until("the pointer", || {
        technician.take(&source, true);
        !technician.places.is_empty()
    });
    assert_eq!(technician.places[0].x, i32::try_from(looks % 64).unwrap(), "where it was seen first since then");
}
