//! A shortcut means what is printed on the technician's keys.

use crate::bench::{Away, Plain, Technician, set_layout};
use crate::layouts::carry_out;
use crate::web::{Stroke, Web};
use anyhow::Result;
use beistand_protocol::input::KeyPlace as K;
use beistand_tests::display::Display;
use std::sync::Arc;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::ConnectionExt as _;

const CTRL: &[K] = &[K::ControlLeft];
const CTRL_SHIFT: &[K] = &[K::ControlLeft, K::ShiftLeft];
const ALT: &[K] = &[K::AltLeft];

const fn with(held: &'static [K], place: K) -> Stroke {
    Stroke { held, place }
}

/// The strokes under each layout, for the shortcuts in [`MEANT`].
const TABLE: [(&[&str], [Stroke; 7]); 5] = [
    (
        &["-layout", "de", "-variant", ""],
        [
            with(CTRL, K::KeyY),
            with(CTRL, K::KeyC),
            with(CTRL_SHIFT, K::KeyT),
            with(CTRL, K::KeyA),
            with(CTRL_SHIFT, K::Digit7),
            with(CTRL, K::Digit1),
            with(ALT, K::F9),
        ],
    ),
    (
        &["-layout", "us", "-variant", ""],
        [
            with(CTRL, K::KeyZ),
            with(CTRL, K::KeyC),
            with(CTRL_SHIFT, K::KeyT),
            with(CTRL, K::KeyA),
            with(CTRL, K::Slash),
            with(CTRL, K::Digit1),
            with(ALT, K::F9),
        ],
    ),
    (
        &["-layout", "fr", "-variant", ""],
        [
            with(CTRL, K::KeyW),
            with(CTRL, K::KeyC),
            with(CTRL_SHIFT, K::KeyT),
            with(CTRL, K::KeyQ),
            with(CTRL_SHIFT, K::Period),
            with(CTRL, K::Digit1),
            with(ALT, K::F9),
        ],
    ),
    (
        &["-layout", "ch", "-variant", ""],
        [
            with(CTRL, K::KeyY),
            with(CTRL, K::KeyC),
            with(CTRL_SHIFT, K::KeyT),
            with(CTRL, K::KeyA),
            with(CTRL_SHIFT, K::Digit7),
            with(CTRL, K::Digit1),
            with(ALT, K::F9),
        ],
    ),
    (
        // Cyrillic letters have Latin ones beside them.
        &["-layout", "ru", "-variant", ""],
        [
            with(CTRL, K::KeyZ),
            with(CTRL, K::KeyC),
            with(CTRL_SHIFT, K::KeyT),
            with(CTRL, K::KeyA),
            with(CTRL_SHIFT, K::Backslash),
            with(CTRL, K::Digit1),
            with(ALT, K::F9),
        ],
    ),
];

/// Keysym and modifiers (1 Shift, 4 Control, 8 Alt); Shift counts only where the key could do without it.
const MEANT: [(char, u16); 7] = [('z', 4), ('c', 4), ('t', 4 | 1), ('a', 4), ('/', 4), ('1', 4), ('\u{ffc6}', 8)];

/// What a program under the customer's layout makes of the key presses.
fn understood(window: &Plain) -> Result<Vec<(char, u16)>> {
    window.connection.get_input_focus()?.reply()?;
    let mut understood = Vec::new();
    while let Some(event) = window.connection.poll_for_event()? {
        let Event::KeyPress(press) = event else { continue };
        let map = window.connection.get_keyboard_mapping(press.detail, 1)?.reply()?.keysyms;
        let state = u16::from(press.state) & (1 | 4 | 8);
        let modifiers = [0xffe1, 0xffe2, 0xffe3, 0xffe4, 0xffe9, 0xffea, 0xfe03];
        if modifiers.contains(&map[0]) {
            continue;
        }
        let shifted = usize::from(state & 1 == 1);
        let letter = char::from_u32(map[0]).is_some_and(char::is_alphabetic);
        // Programs take a letter by its key. A digit that needs Shift is its key too.
        let digit = map.get(1).copied().filter(|sym| (0x30..0x3a).contains(sym) && shifted == 0);
        let (keysym, state) = match digit {
            _ if letter => (map[0], state),
            Some(digit) => (digit, state),
            None => (map[shifted], if shifted == 1 { state & !1 } else { state }),
        };
        understood.push((char::from_u32(keysym).unwrap_or_default(), state));
    }
    Ok(understood)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortcut_means_the_technicians_keycap_on_every_pair_of_layouts() -> Result<()> {
    let web = Web::open().await?;
    let mut pressed = Vec::new();
    for (layout, strokes) in &TABLE {
        web.layout(layout).await?;
        let mut inputs = Vec::new();
        for stroke in strokes {
            inputs.push(web.press(&[*stroke]).await?);
        }
        pressed.push((layout, inputs, web.seen().await?));
    }
    let display = Display::xvfb(640, 480)?;
    let window = Plain::open(&display, (0, 0), (640, 480))?;
    for (customer, _) in &TABLE[..4] {
        set_layout(&display, customer)?;
        window.focus()?;
        let technician = Technician::at(&display, Arc::new(Away))?;
        for (layout, shortcuts, seen) in &pressed {
            for (inputs, meant) in shortcuts.iter().zip(MEANT) {
                carry_out(&technician, inputs)?;
                let understood = understood(&window)?;
                assert_eq!(understood, [meant], "from {layout:?} to {customer:?}: {inputs:?} {seen}");
            }
        }
    }
    Ok(())
}
