//! Every character arrives in a real terminal, whatever the customer's layout.

use crate::bench::{Away, LONG, Technician, Terminal, down, mapping, set_layout, wait_for_focus};
use anyhow::Result;
use beistand_protocol::input::{Dropped, NamedKey};
use beistand_session::input::Outcome;
use beistand_tests::display::Display;
use beistand_tests::seat::Seat;
use beistand_tests::wait::wait_until;
use std::sync::Arc;

/// All of ASCII, what German keyboards have, and what few keyboards have.
fn everything() -> String {
    (' '..='~').chain("@€\\{[|~ßäöüÄÖÜ°§²µ".chars()).chain("âéñÅžжΩ→😀…".chars()).collect()
}

fn types_everything(layout: &[&str]) -> Result<()> {
    types(layout, &everything())
}

fn types(layout: &[&str], text: &str) -> Result<()> {
    types_on(&Display::xvfb(1024, 768)?, layout, text)
}

fn types_on(display: &Display, layout: &[&str], text: &str) -> Result<()> {
    set_layout(display, layout)?;
    let before = mapping(display)?;
    let terminal = Terminal::open(display)?;
    let technician = Technician::at(display, Arc::new(Away))?;
    technician.click(200, 200)?;
    wait_for_focus(display)?;
    let mut expected = String::new();
    for character in text.chars() {
        assert_eq!(technician.tap(character)?, Outcome::Done, "{character:?}");
        expected.push(character);
    }
    assert_eq!(terminal.hear(expected.chars().count())?, expected);
    // The same as one text.
    assert_eq!(technician.text(text)?, Outcome::Done);
    expected += text;
    assert_eq!(terminal.hear(expected.chars().count())?, expected);
    drop(technician);
    assert_eq!(down(display)?, (Vec::new(), false));
    assert_eq!(mapping(display)?, before, "a keycode kept its borrowed meaning");
    Ok(())
}

#[test]
fn under_a_german_layout() -> Result<()> {
    types_everything(&["de"])
}

#[test]
fn on_a_desktop_whose_customer_has_typed_before() -> Result<()> {
    let seat = Seat::new()?;
    set_layout(&seat.desktop, &["de"])?;
    let terminal = Terminal::open(&seat.desktop)?;
    // The display takes over the map of whichever keyboard was touched last.
    seat.hands.click(200, 200)?;
    wait_for_focus(&seat.desktop)?;
    seat.hands.type_text("a")?;
    assert_eq!(terminal.hear(1)?, "a");
    drop(terminal);
    types_on(&seat.desktop, &["de"], &everything())
}

#[test]
fn under_a_german_layout_without_dead_keys() -> Result<()> {
    types_everything(&["de", "nodeadkeys"])
}

#[test]
fn under_a_us_layout() -> Result<()> {
    types_everything(&["us"])
}

#[test]
fn under_a_french_layout() -> Result<()> {
    types_everything(&["fr"])
}

#[test]
fn under_neo_with_its_six_levels() -> Result<()> {
    // xterm takes shift with these four keys for its own scrolling, pasting and resizing, as it does by hand.
    types(&["de", "neo"], &everything().replace(['Q', 'W', 'X', 'Ä'], ""))
}

#[test]
fn under_two_layouts_with_another_script_in_front() -> Result<()> {
    types_everything(&["-layout", "ru,de", "-option", "grp:alt_shift_toggle"])
}

#[test]
fn with_the_modifiers_that_the_technicians_own_layout_needed() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    let terminal = Terminal::open(&display)?;
    let mut expected = String::new();
    for layout in ["de", "us"] {
        set_layout(&display, &[layout])?;
        let technician = Technician::at(&display, Arc::new(Away))?;
        technician.point(200, 200)?;
        // Shift and 2 on a US keyboard; on a German one it is AltGr and Q.
        technician.named(NamedKey::ShiftLeft, true)?;
        for character in "@\"?:|~^\u{e4}".chars() {
            assert_eq!(technician.tap(character)?, Outcome::Done, "{character:?} under {layout}");
        }
        technician.named(NamedKey::ShiftLeft, false)?;
        // AltGr and Q on a German keyboard; a US one has no AltGr.
        technician.named(NamedKey::AltGraph, true)?;
        for character in "@€{[]}\\~|".chars() {
            assert_eq!(technician.tap(character)?, Outcome::Done, "{character:?} under {layout}");
        }
        technician.named(NamedKey::AltGraph, false)?;
        // Typed quickly: the next key goes down before the last is up.
        for step in [('a', true), ('B', true), ('a', false), ('ß', true), ('B', false), ('ß', false)] {
            technician.key(beistand_protocol::input::Key::Character(step.0), step.1)?;
        }
        expected += "@\"?:|~^ä@€{[]}\\~|aBß";
        assert_eq!(terminal.hear(expected.chars().count())?, expected, "under {layout}");
        assert_eq!(down(&display)?, (Vec::new(), false));
    }
    Ok(())
}

#[test]
fn with_caps_lock_and_num_lock_on_and_off() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    set_layout(&display, &["de"])?;
    let terminal = Terminal::open(&display)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(200, 200)?;
    let mut expected = String::new();
    for lock in [NamedKey::NumLock, NamedKey::CapsLock, NamedKey::NumLock, NamedKey::CapsLock] {
        technician.named(lock, true)?;
        technician.named(lock, false)?;
        for character in "aBäÖß1!@łâŽ€".chars() {
            assert_eq!(technician.tap(character)?, Outcome::Done, "{character:?}");
        }
        for key in [NamedKey::Numpad7, NamedKey::Numpad0, NamedKey::NumpadAdd] {
            assert_eq!(technician.named(key, true)?, Outcome::Done);
            technician.named(key, false)?;
        }
        expected += "aBäÖß1!@łâŽ€70+";
        assert_eq!(terminal.hear(expected.chars().count())?, expected);
    }
    Ok(())
}

#[test]
fn a_key_that_repeats_comes_as_often_as_the_technician_says() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    let terminal = Terminal::open(&display)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(200, 200)?;
    for _ in 0..5 {
        technician.key(beistand_protocol::input::Key::Character('a'), true)?;
    }
    // The line hangs: the release comes much later, and the keyboard must not repeat by itself.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    technician.key(beistand_protocol::input::Key::Character('a'), false)?;
    technician.tap('.')?;
    assert_eq!(terminal.hear(6)?, "aaaaa.");
    Ok(())
}

#[test]
fn named_keys_and_shortcuts_reach_the_program() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    for layout in ["de", "us", "ru,us"] {
        set_layout(&display, &["-layout", layout])?;
        let terminal = Terminal::open(&display)?;
        let technician = Technician::at(&display, Arc::new(Away))?;
        technician.point(200, 200)?;
        for key in [NamedKey::ArrowUp, NamedKey::F5, NamedKey::Tab, NamedKey::Escape, NamedKey::Backspace] {
            assert_eq!(technician.named(key, true)?, Outcome::Done);
            technician.named(key, false)?;
        }
        let named = "\u{1b}[A\u{1b}[15~\t\u{1b}";
        let heard = terminal.hear(named.len() + 1)?;
        assert!(heard.starts_with(named) && heard.ends_with(['\u{8}', '\u{7f}']), "{heard:?}");

        let interrupted =
            Terminal::running(&display, "trap 'touch stopped; exit' INT; touch ready; while :; do sleep 0.1; done")?;
        technician.named(NamedKey::ControlLeft, true)?;
        let outcome = technician.tap('c')?;
        technician.named(NamedKey::ControlLeft, false)?;
        assert_eq!(outcome, Outcome::Done, "under {layout}");
        wait_until("Control+C", LONG, || Ok(interrupted.path("stopped").exists()))?;
        assert_eq!(down(&display)?, (Vec::new(), false));
    }
    Ok(())
}

#[test]
fn a_shortcut_that_the_keyboard_does_not_have_is_not_made_up() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    set_layout(&display, &["us"])?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.named(NamedKey::ControlLeft, true)?;
    assert_eq!(technician.tap('ß')?, Outcome::Dropped(Dropped::NotMapped));
    technician.named(NamedKey::ControlLeft, false)?;
    assert_eq!(technician.named(NamedKey::F24, true)?, Outcome::Dropped(Dropped::NotMapped));
    Ok(())
}
