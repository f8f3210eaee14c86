//! The customer's own hands come first, and are told from ours.

use crate::bench::{Away, LONG, Plain, Technician, down};
use anyhow::Result;
use beistand_protocol::input::{Dropped, NamedKey};
use beistand_session::input::{Customer as _, HardwareWatch, Outcome};
use beistand_tests::seat::Seat;
use beistand_tests::wait::wait_until;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn while_the_customer_acts_remote_input_waits_for_a_second() -> Result<()> {
    let seat = Seat::new()?;
    let watch = Arc::new(HardwareWatch::start(Some(seat.desktop.name()))?);
    let technician = Technician::at(&seat.desktop, Arc::clone(&watch) as _)?;
    wait_until("quiet", LONG, || Ok(!watch.acts()))?;
    assert_eq!(technician.point(300, 300)?, Outcome::Done);
    assert_eq!(technician.named(NamedKey::ShiftLeft, true)?, Outcome::Done);
    assert!(!down(&seat.desktop)?.0.is_empty());

    seat.hands.move_to(500, 500)?;
    wait_until("the customer", LONG, || Ok(watch.acts()))?;
    let seen = Instant::now();
    // What we held is up at once, and what comes is dropped.
    wait_until("the release", Duration::from_millis(500), || Ok(down(&seat.desktop)?.0.is_empty()))?;
    assert_eq!(technician.point(10, 10)?, Outcome::Dropped(Dropped::CustomerActs));
    assert_eq!(technician.tap('x')?, Outcome::Dropped(Dropped::CustomerActs));
    wait_until("remote input again", LONG, || Ok(technician.point(300, 300)? == Outcome::Done))?;
    assert!(seen.elapsed() > Duration::from_millis(800), "{:?}", seen.elapsed());
    Ok(())
}

#[test]
fn a_press_of_the_customer_is_seen_and_one_of_ours_is_not() -> Result<()> {
    let seat = Seat::new()?;
    let watch = HardwareWatch::start(Some(seat.desktop.name()))?;
    let technician = Technician::at(&seat.desktop, Arc::new(Away))?;
    wait_until("quiet", LONG, || Ok(!watch.acts()))?;
    technician.click(300, 300)?;
    technician.tap('x')?;
    std::thread::sleep(Duration::from_millis(100));
    assert!(!watch.within(SECOND), "a remote press passed for the customer's");
    assert!(!watch.acts());
    // Moving is acting, but proves no click.
    seat.hands.move_to(310, 310)?;
    wait_until("the motion", LONG, || Ok(watch.acts()))?;
    assert!(!watch.within(SECOND));
    seat.hands.click(320, 320)?;
    wait_until("the click", LONG, || Ok(watch.within(SECOND)))?;
    wait_until("its end", LONG, || Ok(!watch.within(SECOND)))?;
    seat.hands.press(beistand_tests::hands::ESCAPE)?;
    wait_until("the key", LONG, || Ok(watch.within(SECOND)))
}

#[test]
fn a_watch_that_lost_its_display_proves_nothing_and_lets_nothing_through() -> Result<()> {
    let display = beistand_tests::display::Display::xvfb(640, 480)?;
    let watch = HardwareWatch::start(Some(display.name()))?;
    let plain = Plain::open(&display, (0, 0), (10, 10))?;
    assert!(!watch.acts());
    drop(plain);
    drop(display);
    wait_until("the loss", LONG, || Ok(watch.acts()))?;
    assert!(!watch.within(Duration::MAX));
    Ok(())
}
