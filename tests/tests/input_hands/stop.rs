//! Without live consent nothing happens, whatever is queued.

use crate::bench::{Away, LONG, Technician, Terminal, down};
use anyhow::Result;
use beistand_protocol::input::{Dropped, Hold, Input, Key, NamedKey, Text};
use beistand_protocol::permission::Setting;
use beistand_session::input::Outcome;
use beistand_tests::display::Display;
use beistand_tests::wait::wait_until;
use std::sync::Arc;
use std::time::Duration;

fn type_x(technician: &Technician) -> u32 {
    technician.send(Input::Key { key: Key::Character('x'), pressed: true });
    technician.send(Input::Key { key: Key::Character('x'), pressed: false })
}

#[test]
fn without_consent_nothing_is_injected() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    let terminal = Terminal::open(&display)?;
    let mut technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(200, 200)?;
    let old = technician.epoch();
    technician.set_control(Setting::Off);
    assert_eq!(technician.tap('x')?, Outcome::Dropped(Dropped::NoConsent));
    // Granted anew: what was sent under the old grant is still dropped.
    technician.set_control(Setting::On);
    technician.input.push(old, 9000, Input::Key { key: Key::Character('x'), pressed: true });
    assert_eq!(technician.outcome(9000)?, Outcome::Dropped(Dropped::NoConsent));
    assert_eq!(technician.tap('y')?, Outcome::Done);
    assert_eq!(terminal.hear(1)?, "y");
    assert!(!technician.news.lock().unwrap().is_empty());
    Ok(())
}

#[test]
fn nothing_comes_after_the_revocation_whatever_is_queued() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    let terminal = Terminal::open(&display)?;
    let mut technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(200, 200)?;
    let (mut round, mut dropped) = (0, 0);
    // On a busy machine all may have been done by the time that consent is taken back: such a round shows nothing.
    while dropped < 10 {
        round += 1;
        assert!(round < 200, "nothing is ever dropped");
        let mut last = technician.send(Input::Text(Text::new("x".repeat(250))?));
        for _ in 0..100 {
            last = type_x(&technician);
        }
        std::thread::sleep(Duration::from_micros(dropped * 200));
        technician.set_control(Setting::Off);
        // Now nothing more may come; what the terminal has not read yet is on its way.
        let told = technician.news.lock().unwrap().len();
        match technician.outcome(last)? {
            Outcome::Done => {}
            outcome => {
                assert_eq!(outcome, Outcome::Dropped(Dropped::NoConsent));
                dropped += 1;
            }
        }
        let begun = technician
            .news
            .lock()
            .unwrap()
            .iter()
            .skip(told)
            .filter(|news| matches!(news, beistand_protocol::input::HoldNews::Begins(_)))
            .count();
        assert_eq!(begun, 0, "round {round}: pressed after the revocation");
        assert_eq!(down(&display)?, (Vec::new(), false));
        technician.set_control(Setting::On);
    }
    // The marker is the last thing that the terminal reads.
    assert_eq!(technician.tap('.')?, Outcome::Done);
    wait_until("the marker", LONG, || Ok(terminal.heard().ends_with('.')))
}

#[test]
fn a_key_that_is_down_goes_up_when_control_is_revoked() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let mut technician = Technician::at(&display, Arc::new(Away))?;
    technician.named(NamedKey::ShiftLeft, true)?;
    assert!(!down(&display)?.0.is_empty());
    technician.set_control(Setting::Off);
    wait_until("the release", Duration::from_millis(500), || Ok(down(&display)?.0.is_empty()))
}

#[test]
fn while_it_is_paused_nothing_happens_and_nothing_is_down() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(50, 50)?;
    technician.button(true)?;
    assert!(technician.ledger.held().contains(Hold::Button(1)));
    assert!(technician.input.pause(true));
    assert_eq!(down(&display)?, (Vec::new(), false));
    assert_eq!(technician.point(60, 60)?, Outcome::Dropped(Dropped::Paused));
    assert_eq!(technician.tap('x')?, Outcome::Dropped(Dropped::Paused));
    technician.input.pause(false);
    assert_eq!(technician.point(60, 60)?, Outcome::Done);
    Ok(())
}

#[test]
fn a_long_text_does_not_keep_control_from_being_revoked() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let mut technician = Technician::at(&display, Arc::new(Away))?;
    // Each of these needs a keycode of its own for a moment: seconds in all.
    let rare: String = ('\u{4e00}'..).take(200).collect();
    let number = technician.send(Input::Text(Text::new(rare)?));
    std::thread::sleep(Duration::from_millis(300));
    let start = std::time::Instant::now();
    technician.set_control(Setting::Off);
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(technician.outcome(number)?, Outcome::Dropped(Dropped::NoConsent));
    Ok(())
}

#[test]
fn a_flood_is_dropped_and_said() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.named(NamedKey::ShiftLeft, true)?;
    let rare: String = ('\u{4e00}'..).take(20).collect();
    technician.send(Input::Text(Text::new(rare)?));
    for _ in 0..300 {
        type_x(&technician);
    }
    let release = technician.send(Input::Key { key: Key::Named(NamedKey::ShiftLeft), pressed: false });
    assert_eq!(technician.outcome(release)?, Outcome::Dropped(Dropped::TooMuch));
    // Even so nothing stays down.
    wait_until("the release", LONG, || Ok(down(&display)?.0.is_empty()))
}
