//! One window is shared: nothing else is within reach.

use crate::bench::{Away, Plain, Technician};
use anyhow::Result;
use beistand_protocol::input::{Button, Dropped, Input, Key, NamedKey};
use beistand_session::input::{Outcome, Target};
use beistand_tests::display::Display;
use std::sync::Arc;

const OTHER: Outcome = Outcome::Dropped(Dropped::OtherWindow);

/// A desktop with the shared window at (100, 100), 300 by 200, and one that covers its right half.
fn desk(display: &Display) -> Result<(Plain, Plain, Technician)> {
    let shared = Plain::open(display, (100, 100), (300, 200))?;
    let over = Plain::open(display, (250, 100), (300, 200))?;
    let technician = Technician::at(display, Arc::new(Away))?;
    technician.aim.set(Some(Target::Window(shared.window)));
    Ok((shared, over, technician))
}

#[test]
fn a_press_reaches_the_window_where_nothing_lies_over_it() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let (shared, over, technician) = desk(&display)?;
    // Places are the picture's, wherever the window is.
    assert_eq!(technician.click(10, 10)?, Outcome::Done);
    assert_eq!(shared.pointer()?, (110, 110));
    assert_eq!((shared.presses()?, over.presses()?), (1, 0));
    for place in [(150, 0), (200, 100), (299, 199)] {
        assert_eq!(technician.click(place.0, place.1)?, OTHER, "{place:?}");
        assert_eq!(technician.act(Input::Wheel { vertical: 1, horizontal: 0 })?, OTHER);
    }
    assert_eq!((shared.presses()?, over.presses()?), (0, 0));
    // What would be outside is the window's edge.
    assert_eq!(technician.point(0, u16::MAX)?, Outcome::Done);
    assert_eq!(shared.pointer()?, (100, 299));
    Ok(())
}

#[test]
fn a_window_that_went_away_takes_no_press_in_its_place() -> Result<()> {
    use x11rb::connection::Connection as _;
    use x11rb::protocol::xproto::ConnectionExt as _;
    let display = Display::xvfb(800, 600)?;
    let below = Plain::open(&display, (0, 0), (800, 600))?;
    let shared = Plain::open(&display, (100, 100), (300, 200))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.aim.set(Some(Target::Window(shared.window)));
    assert_eq!(technician.point(50, 50)?, Outcome::Done);
    shared.connection.unmap_window(shared.window)?;
    shared.connection.get_input_focus()?.reply()?;
    assert_eq!(technician.act(Input::Button { button: Button::Left, pressed: true })?, OTHER);
    assert_eq!(technician.click(50, 50)?, OTHER);
    assert_eq!(technician.point(60, 60)?, OTHER, "not even a move, where the window was");
    shared.connection.destroy_window(shared.window)?;
    shared.connection.flush()?;
    assert_eq!(technician.click(50, 50)?, OTHER);
    assert_eq!(below.presses()?, 0);
    Ok(())
}

#[test]
fn keys_go_to_the_window_while_it_has_the_focus_and_nowhere_else() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let (shared, over, technician) = desk(&display)?;
    over.focus()?;
    assert_eq!(technician.tap('x')?, OTHER);
    assert_eq!(technician.text("abc")?, OTHER);
    assert_eq!(technician.named(NamedKey::Enter, true)?, OTHER);
    // What nobody would get is not said to have been typed.
    over.nothing_has_the_focus()?;
    assert_eq!(technician.tap('x')?, OTHER);
    assert_eq!((shared.presses()?, over.presses()?), (0, 0));
    shared.focus()?;
    assert_eq!(technician.tap('x')?, Outcome::Done);
    assert_eq!((shared.presses()?, over.presses()?), (1, 0));
    // This one is the desktop's, whatever has the focus.
    assert_eq!(technician.key(Key::Named(NamedKey::MetaLeft), true)?, OTHER);
    Ok(())
}

#[test]
fn a_focus_that_follows_the_pointer_counts_only_over_the_window() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let (shared, over, technician) = desk(&display)?;
    technician.point(10, 10)?;
    assert_eq!(technician.tap('x')?, Outcome::Done);
    technician.point(200, 10)?;
    assert_eq!(technician.tap('x')?, OTHER);
    assert_eq!((shared.presses()?, over.presses()?), (1, 0));
    Ok(())
}

#[test]
fn a_drag_stops_where_another_window_begins() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let (shared, over, technician) = desk(&display)?;
    technician.point(10, 50)?;
    assert_eq!(technician.act(Input::Button { button: Button::Left, pressed: true })?, Outcome::Done);
    assert_eq!(technician.point(280, 50)?, Outcome::Done);
    assert_eq!(shared.pointer()?, (249, 150));
    assert_eq!(technician.act(Input::Button { button: Button::Left, pressed: false })?, Outcome::Done);
    assert_eq!(over.presses()?, 0);
    Ok(())
}

#[test]
fn a_drag_under_which_another_window_comes_up_stands_still() -> Result<()> {
    let display = Display::xvfb(800, 600)?;
    let (shared, _over, technician) = desk(&display)?;
    technician.point(10, 50)?;
    assert_eq!(technician.act(Input::Button { button: Button::Left, pressed: true })?, Outcome::Done);
    let new = Plain::open(&display, (100, 100), (300, 200))?;
    assert_eq!(technician.point(60, 50)?, OTHER);
    assert_eq!(shared.pointer()?, (110, 150));
    assert_eq!(technician.act(Input::Button { button: Button::Left, pressed: false })?, Outcome::Done);
    assert_eq!(new.presses()?, 0);
    Ok(())
}
