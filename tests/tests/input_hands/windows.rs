//! Our own windows are out of reach.

use crate::bench::{Away, OWN, Plain, Technician};
use anyhow::Result;
use beistand_protocol::input::{Dropped, Input, NamedKey};
use beistand_session::input::{Area, Outcome, Target};
use beistand_tests::display::Display;
use beistand_tests::seat::Seat;
use beistand_tests::wait::wait_until;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_press_on_our_window_is_dropped() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let below = Plain::open(&display, (0, 0), (800, 600))?;
    let panel = Plain::open(&display, (100, 100), (200, 100))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.own.set([panel.window]);
    for place in [(100, 100), (200, 150), (299, 199)] {
        assert_eq!(technician.click(place.0, place.1)?, OWN, "{place:?}");
        assert_eq!(technician.act(Input::Wheel { vertical: 1, horizontal: 0 })?, OWN);
    }
    assert_eq!(panel.presses()?, 0);
    for place in [(99, 100), (300, 150), (200, 200)] {
        assert_eq!(technician.click(place.0, place.1)?, Outcome::Done, "{place:?}");
    }
    assert_eq!(panel.presses()?, 0);
    assert_eq!(below.presses()?, 3);
    // Moving over it is allowed.
    assert_eq!(technician.point(200, 150)?, Outcome::Done);
    assert_eq!(below.pointer()?, (200, 150));
    Ok(())
}

#[test]
fn menus_of_the_guardian_are_out_of_reach_without_being_listed() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let panel = Plain::open(&display, (100, 100), (200, 100))?;
    let _menu = Plain::create(&panel.connection, panel.root, (500, 400), (100, 100))?;
    let _inside = Plain::create(&panel.connection, panel.window, (10, 10), (50, 50))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.own.set([panel.window]);
    assert_eq!(technician.click(550, 450)?, OWN);
    assert_eq!(technician.click(120, 120)?, OWN);
    assert_eq!(technician.click(400, 450)?, Outcome::Done);
    assert_eq!(panel.presses()?, 0);
    Ok(())
}

#[test]
fn a_covered_window_is_judged_by_what_covers_it() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let panel = Plain::open(&display, (100, 100), (200, 100))?;
    let above = Plain::open(&display, (150, 100), (200, 100))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.own.set([panel.window]);
    assert_eq!(technician.click(200, 150)?, Outcome::Done);
    assert_eq!(technician.click(120, 150)?, OWN);
    assert_eq!((panel.presses()?, above.presses()?), (0, 1));
    Ok(())
}

#[test]
fn a_window_that_lets_clicks_through_does_not_hide_ours() -> Result<()> {
    use x11rb::connection::Connection as _;
    use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
    use x11rb::protocol::xproto::ClipOrdering;
    let display = Display::xvfb(800, 600)?;
    let panel = Plain::open(&display, (100, 100), (200, 100))?;
    // As compositors and screen dimmers lay over everything.
    let above = Plain::open(&display, (0, 0), (800, 600))?;
    above.connection.shape_rectangles(SO::SET, SK::INPUT, ClipOrdering::UNSORTED, above.window, 0, 0, &[])?.check()?;
    above.connection.flush()?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.own.set([panel.window]);
    assert_eq!(technician.click(200, 150)?, OWN);
    assert_eq!((panel.presses()?, above.presses()?), (0, 0));
    Ok(())
}

#[test]
fn a_key_for_our_window_is_dropped() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let other = Plain::open(&display, (400, 0), (200, 100))?;
    let panel = Plain::open(&display, (100, 100), (200, 100))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.own.set([panel.window]);
    panel.focus()?;
    assert_eq!(technician.tap('x')?, OWN);
    assert_eq!(technician.named(NamedKey::Enter, true)?, OWN);
    assert_eq!(technician.text("abc")?, OWN);
    assert_eq!(panel.presses()?, 0);
    other.focus()?;
    assert_eq!(technician.tap('x')?, Outcome::Done);
    assert_eq!(other.presses()?, 1);
    Ok(())
}

#[test]
fn a_focus_that_follows_the_pointer_does_not_open_our_window_to_keys() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let panel = Plain::open(&display, (100, 100), (200, 100))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.own.set([panel.window]);
    technician.point(150, 150)?;
    assert_eq!(technician.tap('x')?, OWN);
    technician.point(500, 150)?;
    assert_eq!(technician.tap('x')?, Outcome::Done);
    assert_eq!(panel.presses()?, 0);
    Ok(())
}

#[test]
fn a_drag_stops_at_our_border() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let below = Plain::open(&display, (0, 0), (800, 600))?;
    let panel = Plain::open(&display, (100, 100), (200, 100))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.own.set([panel.window]);
    technician.point(50, 150)?;
    assert_eq!(technician.button(true)?, Outcome::Done);
    assert_eq!(technician.point(200, 150)?, Outcome::Done);
    let (x, y) = below.pointer()?;
    assert!((97..=99).contains(&x) && y == 150, "({x}, {y})");
    // On the other side it goes on.
    technician.point(400, 150)?;
    assert_eq!(below.pointer()?, (400, 150));
    technician.point(250, 120)?;
    assert!(below.pointer()?.0 >= 300);
    assert_eq!(technician.button(false)?, Outcome::Done);
    assert!(below.pointer()?.0 >= 300);
    assert_eq!(panel.presses()?, 0);
    Ok(())
}

#[test]
fn the_frame_that_the_window_manager_draws_is_out_of_reach_too() -> Result<()> {
    let seat = Seat::new()?;
    let panel = Plain::open(&seat.desktop, (100, 100), (300, 200))?;
    let technician = Technician::at(&seat.desktop, Arc::new(Away))?;
    technician.own.set([panel.window]);
    let inside = x11rb::protocol::xproto::ConnectionExt::translate_coordinates(
        &panel.connection,
        panel.window,
        panel.root,
        0,
        0,
    )?
    .reply()?;
    let (x, y) = (u16::try_from(inside.dst_x)?, u16::try_from(inside.dst_y)?);
    // On its title bar, and beside it.
    assert_eq!(technician.click(x + 150, y - 8)?, OWN);
    assert_eq!(technician.click(x + 150, y + 100)?, OWN);
    assert_eq!(technician.click(x + 600, y + 400)?, Outcome::Done);
    // By the keyboard neither, once it has the focus.
    wait_until("the focus", Duration::from_secs(5), || {
        panel.focus()?;
        Ok(technician.tap('x')? == OWN)
    })
}

#[test]
fn the_pointer_stays_in_the_shared_area() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let below = Plain::open(&display, (0, 0), (800, 600))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.aim.set(Some(Target::Area(Area { x: 100, y: 200, width: 300, height: 100 })));
    technician.point(10, 20)?;
    assert_eq!(below.pointer()?, (110, 220));
    technician.point(u16::MAX, 5000)?;
    assert_eq!(below.pointer()?, (399, 299));
    // Nothing is shared any more: no motion, no press.
    technician.aim.set(None);
    assert_eq!(technician.point(0, 0)?, Outcome::Dropped(Dropped::Paused));
    assert_eq!(technician.button(true)?, Outcome::Dropped(Dropped::Paused));
    assert_eq!((below.pointer()?, below.presses()?), ((399, 299), 0));
    Ok(())
}

#[test]
fn a_press_lands_where_the_technician_pointed_and_with_the_meant_button() -> Result<()> {
    use x11rb::connection::Connection as _;
    use x11rb::protocol::Event;
    use x11rb::protocol::xproto::ConnectionExt as _;
    let display = Display::xvfb(800, 600)?;
    let below = Plain::open(&display, (0, 0), (800, 600))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    // A left-handed customer.
    let mut map = below.connection.get_pointer_mapping()?.reply()?.map;
    map.swap(0, 2);
    below.connection.set_pointer_mapping(&map)?.reply()?;
    technician.point(300, 300)?;
    // Something else moved the pointer meanwhile.
    below.connection.warp_pointer(x11rb::NONE, below.root, 0, 0, 0, 0, 5, 5)?.check()?;
    assert_eq!(technician.button(true)?, Outcome::Done);
    assert_eq!(technician.button(false)?, Outcome::Done);
    below.connection.get_input_focus()?.reply()?;
    let press = std::iter::from_fn(|| below.connection.poll_for_event().ok().flatten())
        .find_map(|event| if let Event::ButtonPress(press) = event { Some(press) } else { None });
    let press = press.expect("a press");
    assert_eq!((press.detail, press.root_x, press.root_y), (1, 300, 300));
    Ok(())
}
