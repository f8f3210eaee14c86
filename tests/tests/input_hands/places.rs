//! Keys by where they are, chords, and the pointer's wheel, buttons, drag and double click.

use crate::bench::{Away, OWN, Plain, Technician, Terminal, down, mapping, set_layout};
use anyhow::Result;
use beistand_protocol::input::{Button, Chord, Dropped, Input, KEEP_HELD, Key, KeyPlace, NamedKey};
use beistand_session::input::Outcome;
use beistand_tests::display::Display;
use beistand_tests::wait::wait_until;
use std::sync::Arc;
use std::time::Duration;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::ConnectionExt as _;

fn tap(technician: &Technician, place: KeyPlace) -> Result<Outcome> {
    let outcome = technician.key(Key::Place(place), true)?;
    technician.key(Key::Place(place), false)?;
    Ok(outcome)
}

#[test]
fn a_place_makes_what_the_customers_own_layout_has_there() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    let terminal = Terminal::open(&display)?;
    let mut expected = String::new();
    for (layout, typed) in
        [("de", "zyqaß<ö"), ("us", "yzqa-<;"), ("fr", "ywaq)<m"), ("ch", "zyqa'<ö"), ("ch(fr)", "zyqa'<é")]
    {
        let (name, variant) = layout.trim_end_matches(')').split_once('(').unwrap_or((layout, ""));
        set_layout(&display, &["-layout", name, "-variant", variant])?;
        let technician = Technician::at(&display, Arc::new(Away))?;
        technician.point(200, 200)?;
        let places = [KeyPlace::KeyY, KeyPlace::KeyZ, KeyPlace::KeyQ, KeyPlace::KeyA, KeyPlace::Minus];
        for place in places.into_iter().chain([KeyPlace::IntlBackslash, KeyPlace::Semicolon]) {
            assert_eq!(tap(&technician, place)?, Outcome::Done, "{layout}");
        }
        expected += typed;
        assert_eq!(terminal.hear(expected.chars().count())?, expected, "under {layout}");
    }
    // AltGr and Q on the place where a German keyboard has them.
    set_layout(&display, &["de"])?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(200, 200)?;
    technician.key(Key::Place(KeyPlace::AltRight), true)?;
    tap(&technician, KeyPlace::KeyQ)?;
    technician.key(Key::Place(KeyPlace::AltRight), false)?;
    technician.key(Key::Place(KeyPlace::ShiftLeft), true)?;
    tap(&technician, KeyPlace::Digit7)?;
    technician.key(Key::Place(KeyPlace::ShiftLeft), false)?;
    // A dead key and what it is for.
    tap(&technician, KeyPlace::Backquote)?;
    tap(&technician, KeyPlace::KeyE)?;
    expected += "@/ê";
    assert_eq!(terminal.hear(expected.chars().count())?, expected);
    assert_eq!(down(&display)?, (Vec::new(), false));
    Ok(())
}

#[test]
fn every_place_of_an_ordinary_keyboard_is_found() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    let mut missing = 0;
    for place in KeyPlace::ALL {
        match tap(&technician, place)? {
            Outcome::Done => {}
            Outcome::Dropped(why) => {
                assert_eq!(why, Dropped::NotMapped);
                missing += 1;
            }
        }
    }
    assert!(missing <= 4, "{missing} are missing");
    assert_eq!(down(&display)?, (Vec::new(), false));
    Ok(())
}

#[test]
fn a_place_stays_down_as_long_as_word_comes_and_no_longer() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let window = Plain::open(&display, (0, 0), (640, 480))?;
    window.focus()?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    let forward = Key::Place(KeyPlace::KeyW);
    technician.key(forward, true)?;
    tap(&technician, KeyPlace::Space)?;
    let before = down(&display)?.0;
    assert_eq!(before.len(), 1);
    for _ in 0..8 {
        std::thread::sleep(KEEP_HELD);
        technician.key(forward, true)?;
        assert_eq!(down(&display)?.0, before, "let go in between");
    }
    // The line hangs.
    wait_until("the release", KEEP_HELD * 8, || Ok(down(&display)?.0.is_empty()))?;
    Ok(())
}

fn chord(keys: &[NamedKey]) -> Result<Input> {
    Ok(Input::Chord(Chord::new(keys.iter().copied().map(Key::Named).collect::<Vec<_>>())?))
}

#[test]
fn a_chord_goes_down_and_up_and_says_so() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let window = Plain::open(&display, (0, 0), (640, 480))?;
    window.focus()?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    let number = technician.send(chord(&[NamedKey::ControlLeft, NamedKey::AltLeft, NamedKey::Delete])?);
    assert!(technician.hears_of_chord(number)?);
    assert_eq!(window.presses()?, 3);
    assert_eq!(down(&display)?, (Vec::new(), false));

    // What this keyboard lacks leaves nothing of the rest behind, and is said.
    let number = technician.send(chord(&[NamedKey::ControlLeft, NamedKey::F24])?);
    assert_eq!(technician.outcome(number)?, Outcome::Dropped(Dropped::NotMapped));
    assert_eq!(down(&display)?, (Vec::new(), false));

    // Nor does it reach a window of ours.
    let ours = Plain::open(&display, (0, 0), (100, 100))?;
    technician.own.set([ours.window]);
    ours.focus()?;
    assert_eq!(technician.act(chord(&[NamedKey::AltLeft, NamedKey::F4])?)?, OWN);
    assert_eq!(ours.presses()?, 0);
    Ok(())
}

#[test]
fn the_wheel_turns_both_ways_in_both_directions_and_nothing_else() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let window = Plain::open(&display, (0, 0), (640, 480))?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(100, 100)?;
    for (vertical, horizontal) in [(2, 0), (-1, 0), (0, 3), (0, -1), (1, 1)] {
        assert_eq!(technician.act(Input::Wheel { vertical, horizontal })?, Outcome::Done);
    }
    for button in [Button::Back, Button::Forward, Button::Middle, Button::Right] {
        for pressed in [true, false] {
            technician.act(Input::Button { button, pressed })?;
        }
    }
    assert_eq!(buttons(&window)?, [5, 5, 4, 7, 7, 7, 6, 5, 7, 8, 9, 2, 3]);
    Ok(())
}

/// The buttons that a window was pressed with, in order.
fn buttons(window: &Plain) -> Result<Vec<u8>> {
    window.connection.get_input_focus()?.reply()?;
    let mut buttons = Vec::new();
    while let Some(event) = window.connection.poll_for_event()? {
        if let Event::ButtonPress(press) = event {
            buttons.push(press.detail);
        }
    }
    Ok(buttons)
}

#[test]
fn two_clicks_are_a_double_click_and_a_drag_selects() -> Result<()> {
    let display = Display::xvfb(1024, 768)?;
    // The terminal reports each mouse event to its program: its own selection shows what it made of them.
    let terminal = Terminal::running(&display, "printf 'eins zwei drei\\n'; touch ready; while :; do sleep 1; done")?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    std::thread::sleep(Duration::from_millis(300));
    technician.click(50, 8)?;
    technician.click(50, 8)?;
    wait_until("the word", Duration::from_secs(5), || Ok(selection(&display)? == "zwei"))?;
    std::thread::sleep(Duration::from_millis(600));
    technician.point(4, 8)?;
    technician.button(true)?;
    for x in [10, 20, 30, 60] {
        technician.point(x, 8)?;
    }
    technician.button(false)?;
    wait_until("the drag", Duration::from_secs(5), || Ok(selection(&display)?.starts_with("eins zwe")))?;
    drop(terminal);
    Ok(())
}

/// What is selected on a display.
fn selection(display: &Display) -> Result<String> {
    use x11rb::protocol::xproto::{AtomEnum, CreateWindowAux, WindowClass};
    let connection = display.connect()?;
    let root = beistand_tests::display::root(&connection)?;
    let window = connection.generate_id()?;
    let aux = CreateWindowAux::new();
    connection.create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux)?;
    let utf8 = connection.intern_atom(false, b"UTF8_STRING")?.reply()?.atom;
    let (primary, property): (u32, u32) = (AtomEnum::PRIMARY.into(), AtomEnum::STRING.into());
    connection.convert_selection(window, primary, utf8, property, x11rb::CURRENT_TIME)?;
    connection.flush()?;
    let found = beistand_tests::wait::wait_for("the selection", Duration::from_secs(2), || {
        Ok(connection.poll_for_event()?.filter(|event| matches!(event, Event::SelectionNotify(_))))
    });
    if found.is_err() {
        return Ok(String::new());
    }
    let value = connection.get_property(false, window, property, AtomEnum::ANY, 0, 1024)?.reply()?.value;
    Ok(String::from_utf8_lossy(&value).into_owned())
}

#[test]
fn rare_characters_leave_no_trace_when_keys_were_held_by_place() -> Result<()> {
    let display = Display::xvfb(640, 480)?;
    let before = mapping(&display)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.tap('漢')?;
    technician.key(Key::Place(KeyPlace::KeyA), true)?;
    technician.tap('😀')?;
    assert!(technician.input.release_all());
    assert_eq!(down(&display)?, (Vec::new(), false));
    assert_eq!(mapping(&display)?, before);
    Ok(())
}
