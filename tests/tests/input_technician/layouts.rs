//! What is typed under one layout arrives under another.

use crate::bench::{Away, LONG, Technician, Terminal, down, mapping, set_layout};
use crate::web::{Stroke, Web};
use anyhow::Result;
use beistand_protocol::input::{Dropped, Input, KeyPlace as K, NamedKey};
use beistand_session::input::Outcome;
use beistand_tests::display::Display;
use beistand_tests::driver::{Driver, eventually};
use beistand_tests::person::Person;
use std::sync::Arc;

const fn key(place: K) -> Stroke {
    Stroke { held: &[], place }
}

const fn shift(place: K) -> Stroke {
    Stroke { held: &[K::ShiftLeft], place }
}

const fn altgr(place: K) -> Stroke {
    Stroke { held: &[K::AltRight], place }
}

/// A layout, keys at their places, and what is printed on them.
struct Row {
    layout: &'static [&'static str],
    strokes: &'static [Stroke],
    text: &'static str,
}

const TABLE: [Row; 6] = [
    Row {
        layout: &["-layout", "de", "-variant", ""],
        strokes: &[
            key(K::KeyY),
            key(K::KeyZ),
            shift(K::KeyY),
            altgr(K::KeyQ),
            altgr(K::KeyE),
            altgr(K::Digit7),
            altgr(K::Digit0),
            key(K::Minus),
            altgr(K::Minus),
            key(K::Quote),
            shift(K::Quote),
            shift(K::Digit7),
            key(K::IntlBackslash),
            altgr(K::IntlBackslash),
            altgr(K::BracketRight),
            key(K::Backslash),
            shift(K::Digit2),
            // Dead keys: circumflex, acute, grave; and one for itself.
            key(K::Backquote),
            key(K::KeyE),
            key(K::Equal),
            shift(K::KeyE),
            shift(K::Equal),
            key(K::KeyA),
            key(K::Backquote),
            key(K::Space),
        ],
        text: "zyZ@€{}ß\\äÄ/<|~#\"êÉà^",
    },
    Row {
        layout: &["-layout", "de", "-variant", "nodeadkeys"],
        strokes: &[key(K::KeyY), key(K::Backquote), key(K::Equal), shift(K::Equal), altgr(K::KeyQ), altgr(K::Digit8)],
        text: "z^´`@[",
    },
    Row {
        layout: &["-layout", "us", "-variant", ""],
        strokes: &[
            key(K::KeyY),
            key(K::KeyZ),
            shift(K::Digit2),
            shift(K::Quote),
            key(K::Slash),
            shift(K::Backquote),
            shift(K::Backslash),
            key(K::BracketLeft),
            shift(K::BracketRight),
            key(K::Backquote),
            shift(K::Digit6),
        ],
        text: "yz@\"/~|[}`^",
    },
    Row {
        layout: &["-layout", "fr", "-variant", ""],
        strokes: &[
            key(K::KeyQ),
            key(K::KeyA),
            key(K::KeyW),
            key(K::Semicolon),
            key(K::Digit2),
            key(K::Digit0),
            key(K::Digit1),
            shift(K::Digit1),
            altgr(K::Digit0),
            altgr(K::KeyE),
            altgr(K::Digit3),
            shift(K::Comma),
            key(K::Quote),
            altgr(K::Digit8),
            key(K::BracketLeft),
            key(K::KeyE),
            shift(K::BracketLeft),
            key(K::KeyI),
        ],
        text: "aqzméà&1@€#.ù\\êï",
    },
    Row {
        layout: &["-layout", "ch", "-variant", ""],
        strokes: &[
            key(K::KeyY),
            key(K::Semicolon),
            shift(K::Semicolon),
            key(K::BracketLeft),
            shift(K::BracketLeft),
            altgr(K::Digit2),
            altgr(K::KeyE),
            altgr(K::Digit7),
            altgr(K::IntlBackslash),
            key(K::Backslash),
            shift(K::Digit1),
            key(K::Equal),
            key(K::KeyO),
            key(K::BracketRight),
            key(K::KeyU),
            altgr(K::Quote),
        ],
        text: "zöéüè@€|\\$+ôü{",
    },
    Row {
        layout: &["-layout", "ch", "-variant", "fr"],
        strokes: &[
            key(K::KeyZ),
            key(K::Semicolon),
            key(K::BracketLeft),
            shift(K::BracketLeft),
            key(K::Quote),
            shift(K::Quote),
            altgr(K::Digit2),
            shift(K::Digit4),
            key(K::Equal),
            key(K::KeyE),
        ],
        text: "yéèüàä@çê",
    },
];

/// Has the customer's end do what the viewer sent.
pub(crate) fn carry_out(technician: &Technician, inputs: &[Input]) -> Result<()> {
    for input in inputs {
        // A modifier that this keyboard lacks is not needed for what was meant.
        let outcome = technician.act(input.clone())?;
        assert!(matches!(outcome, Outcome::Done | Outcome::Dropped(Dropped::NotMapped)), "{input:?}: {outcome:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_under_one_layout_arrives_under_every_other() -> Result<()> {
    let web = Web::open().await?;
    let mut typed = Vec::new();
    for row in &TABLE {
        web.layout(row.layout).await?;
        typed.push((row, web.press(row.strokes).await?, web.seen().await?));
    }
    let display = Display::xvfb(1024, 768)?;
    let terminal = Terminal::open(&display)?;
    let mut expected = String::new();
    for customer in &TABLE {
        set_layout(&display, customer.layout)?;
        let before = mapping(&display)?;
        let technician = Technician::at(&display, Arc::new(Away))?;
        technician.point(200, 200)?;
        for (row, inputs, seen) in &typed {
            carry_out(&technician, inputs)?;
            expected.push_str(row.text);
            let heard = terminal.hear(expected.chars().count())?;
            assert_eq!(heard, expected, "from {:?} to {:?}: {seen}", row.layout, customer.layout);
        }
        assert!(technician.input.release_all());
        assert_eq!(down(&display)?, (Vec::new(), false));
        assert_eq!(mapping(&display)?, before, "a keycode kept its borrowed meaning");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn locks_keypad_compose_and_places() -> Result<()> {
    let web = Web::open().await?;
    web.layout(&["-layout", "de", "-variant", "", "-option", "compose:menu"]).await?;
    let display = Display::xvfb(1024, 768)?;
    set_layout(&display, &["-layout", "us"])?;
    let terminal = Terminal::open(&display)?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    technician.point(200, 200)?;
    // The customer's own caps lock is on meanwhile: what the technician means counts.
    technician.named(NamedKey::CapsLock, true)?;
    technician.named(NamedKey::CapsLock, false)?;
    let keypad = [key(K::Numpad7), key(K::NumpadAdd), key(K::NumpadDecimal), key(K::NumpadDivide)];
    let steps: [(&[Stroke], &str); 7] = [
        (
            &[
                key(K::KeyA),
                key(K::CapsLock),
                key(K::KeyA),
                key(K::Quote),
                shift(K::KeyA),
                key(K::CapsLock),
                key(K::KeyA),
            ],
            "aAÄaa",
        ),
        (&[key(K::NumLock)], ""),
        (&keypad, "7+,/"),
        // With num lock off the keypad moves: Home.
        (&[key(K::NumLock), key(K::Numpad7)], "\u{1b}[H"),
        (&[key(K::ContextMenu), key(K::KeyO), key(K::KeyC)], "©"),
        (&[key(K::ContextMenu), shift(K::KeyA), shift(K::KeyE)], "Æ"),
        (&[shift(K::Tab)], "\u{1b}[Z"),
    ];
    let mut expected = String::new();
    for (strokes, text) in steps {
        let inputs = web.press(strokes).await?;
        carry_out(&technician, &inputs)?;
        expected.push_str(text);
        let heard = terminal.hear(expected.chars().count())?;
        assert_eq!(heard, expected, "{}", web.seen().await?);
    }
    technician.named(NamedKey::CapsLock, true)?;
    technician.named(NamedKey::CapsLock, false)?;
    // By place: a German y is where a US keyboard has its z; a dead key is a key as any other.
    web.driver.run("use('place')").await?;
    let inputs = web.press(&[key(K::KeyY), key(K::Backquote), altgr(K::KeyQ), key(K::Digit1)]).await?;
    carry_out(&technician, &inputs)?;
    // Its right Alt is an Alt, with which a terminal sets the eighth bit of the q.
    expected.push_str("y`ñ1");
    assert_eq!(terminal.hear(expected.chars().count())?, expected, "{}", web.seen().await?);
    assert!(technician.input.release_all());
    assert_eq!(down(&display)?, (Vec::new(), false));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gtk_program_gets_what_was_meant_whatever_no_layout_has() -> Result<()> {
    // The customer's program is a text field of GTK's web view.
    let mut display = Display::xvfb(800, 600)?;
    set_layout(&display, &["de"])?;
    let person = Person::settle(display.name())?;
    display.start_window_manager(person.home())?;
    let driver = Driver::start(&person, &crate::web::browser()?, &["--automation"]).await?;
    driver.run("document.body.innerHTML = '<textarea id=field style=width:90%;height:80vh></textarea>'").await?;
    let technician = Technician::at(&display, Arc::new(Away))?;
    crate::web::click_into_field(&driver, &technician).await?;
    let text = "Grüße: ê Ž ł 漢字 かな 😀🚀 → ½ „“ ";
    for character in text.chars() {
        assert_eq!(technician.tap(character)?, Outcome::Done, "{character:?}");
    }
    assert_eq!(technician.text(text)?, Outcome::Done);
    let expected = format!("{text}{text}");
    let mut last = String::new();
    let arrived = eventually("the text", LONG, async || {
        last = driver.run("return document.getElementById('field').value").await?.as_str().unwrap_or_default().into();
        Ok((last == expected).then_some(()))
    });
    assert!(arrived.await.is_ok(), "{last:?}");
    Ok(())
}
