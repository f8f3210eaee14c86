//! Keys beside typing: the customer's way by keyboard alone, whose the hotkeys are, and the technician's whole keyboard.

use std::time::Duration;

use anyhow::{Context, Result};
use beistand_tests::call::Call;
use beistand_tests::display::{Display, root};
use beistand_tests::driver::{Driver, PATIENCE, Page, eventually};
use beistand_tests::hands::{ALT, CONTROL, RETURN, SHIFT};
use serde_json::Value;
use x11rb::errors::ReplyError;
use x11rb::protocol::ErrorKind;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, GrabMode, GrabStatus, ModMask};

const TAB: u32 = 0xff09;
const LEFT: u32 = 0xff51;
const F11: u32 = 0xffc8;
const F12: u32 = 0xffc9;

/// Whether somebody holds Ctrl+Alt+Shift with this key on a display.
fn is_taken(display: &Display, keysym: u32) -> Result<bool> {
    let connection = display.connect()?;
    let mapping = connection.get_keyboard_mapping(8, 248)?.reply()?;
    let keys = mapping.keysyms.chunks(mapping.keysyms_per_keycode.into());
    let at = (8_u8..).zip(keys).find(|(_, keysyms)| keysyms.contains(&keysym)).context("a key")?.0;
    let mods = ModMask::CONTROL | ModMask::M1 | ModMask::SHIFT;
    let grab = connection.grab_key(false, root(&connection)?, mods, at, GrabMode::ASYNC, GrabMode::ASYNC)?;
    match grab.check() {
        Ok(()) => Ok(false),
        Err(ReplyError::X11Error(error)) if error.error_kind == ErrorKind::Access => Ok(true),
        Err(error) => Err(error.into()),
    }
}

async fn becomes_taken(display: &Display, wanted: bool) -> Result<()> {
    eventually("the hotkeys", PATIENCE, async || {
        Ok((is_taken(display, F12)? == wanted && is_taken(display, F11)? == wanted).then_some(()))
    })
    .await
}

/// What has the keyboard in the window turned to: a text and an attribute of it, if the window has the keyboard.
async fn focused(app: &Driver) -> Result<String> {
    let script = "const e = document.activeElement; \
        return (document.hasFocus() ? '' : 'elsewhere ') + e.innerText + ' ' + e.getAttribute('aria-checked');";
    Ok(app.run(script).await?.as_str().unwrap_or_default().trim().to_owned())
}

async fn focus_comes_to(app: &Driver, wanted: &str) -> Result<()> {
    let mut last = String::new();
    let result = eventually("the focus", PATIENCE, async || {
        last = focused(app).await?;
        Ok(last.starts_with(wanted).then_some(()))
    });
    result.await.with_context(|| format!("the focus is on {last:?}, not on {wanted:?}"))
}

#[tokio::test]
async fn the_customer_gets_by_with_the_keyboard_and_has_the_hotkeys_alone() -> Result<()> {
    let call = Call::set_up().await?;
    call.sign_in().await?;
    let (desktop, office, hands) = (&call.seat.desktop, &call.seat.office, &call.seat.hands);
    becomes_taken(desktop, false).await?;
    let number = call.technician_shows_number().await?;
    call.customer_types(&number).await?;
    call.customer_shows_screen().await?;
    becomes_taken(desktop, true).await?;
    assert!(!is_taken(office, F12)? && !is_taken(office, F11)?, "the technician's app keeps hotkeys");

    // The customer writes something in another program meanwhile.
    hands.click(700, 640)?;
    call.technician_asks("Ich zeige Ihnen die Einstellung.").await?;
    let panel = call.customer.window(desktop).await?.window;
    let connection = desktop.connect()?;
    let hints = connection.get_property(false, panel, AtomEnum::WM_HINTS, AtomEnum::ANY, 0, 9)?.reply()?;
    let urgent = hints.value32().and_then(|mut values| values.next()).unwrap_or_default() & 256 != 0;
    assert!(urgent, "nothing points at the question");
    assert!(focused(&call.customer).await?.starts_with("elsewhere"), "the question took the keyboard");

    hands.chord(&[CONTROL, ALT, SHIFT, F11])?;
    focus_comes_to(&call.customer, "Nein").await?;
    keep("question", &call)?;
    hands.press(TAB)?;
    focus_comes_to(&call.customer, "Erlauben").await?;
    hands.press(RETURN)?;
    call.control_is(true).await?;
    focus_comes_to(&call.customer, "an true").await?;
    keep("answered", &call)?;
    // Arrows choose within, Tab leads on, and NOTAUS is one of the next.
    hands.press(LEFT)?;
    call.control_is(false).await?;
    focus_comes_to(&call.customer, "fragen true").await?;
    for _ in 0..3 {
        hands.press(TAB)?;
        tokio::time::sleep(Duration::from_millis(150)).await;
        if focused(&call.customer).await?.starts_with("NOTAUS") {
            break;
        }
    }
    focus_comes_to(&call.customer, "NOTAUS").await?;
    keep("stop", &call)?;
    hands.press(RETURN)?;
    call.no_worker_is_left().await?;
    becomes_taken(desktop, false).await
}

async fn grab_becomes(call: &Call, wanted: &str) -> Result<()> {
    let mut last = Value::Null;
    let result = eventually("the keyboard", PATIENCE, async || {
        last = call.technician.view(Page::Viewer).await?.pointer("/screen/grab").cloned().unwrap_or_default();
        Ok((last == wanted).then_some(()))
    });
    result.await.with_context(|| format!("the grab is {last}, not {wanted}"))
}

/// Whether another program could have the technician's keyboard.
fn keyboard_is_free(display: &Display) -> Result<bool> {
    let connection = display.connect()?;
    let (now, mode) = (x11rb::CURRENT_TIME, GrabMode::ASYNC);
    let reply = connection.grab_keyboard(true, root(&connection)?, now, mode, mode)?.reply()?;
    connection.ungrab_keyboard(now)?.check()?;
    Ok(reply.status == GrabStatus::SUCCESS)
}

fn keys_down(display: &Display) -> Result<u32> {
    Ok(display.connect()?.query_keymap()?.reply()?.keys.iter().map(|byte| byte.count_ones()).sum())
}

#[tokio::test]
async fn the_technician_takes_the_whole_keyboard_and_loses_it_with_the_focus() -> Result<()> {
    let call = Call::with_control().await?;
    let (desktop, office) = (&call.seat.desktop, &call.seat.office);
    let (app, hands) = (&call.technician, &call.seat.technician_hands);
    call.technician_types_a_line("true").await?;
    app.turn_to(Page::Viewer).await?;
    app.click("Tastatur").await?;
    keep("keyboard-menu", &call)?;
    app.click("Alle Tasten zum Kunden").await?;
    grab_becomes(&call, "on").await?;
    assert!(!keyboard_is_free(office)?);
    keep("grabbed", &call)?;
    // The technician's own window manager has Alt+Tab; now the customer's gets it.
    hands.hold(ALT)?;
    hands.hold(TAB)?;
    eventually("Alt and Tab at the customer's", PATIENCE, async || Ok((keys_down(desktop)? >= 2).then_some(())))
        .await?;

    // Another window: nothing stays taken here, and nothing stays down there.
    let main = office.windows("Beistand")?.into_iter().min_by_key(|place| place.width).context("the main window")?;
    office.connect()?.set_input_focus(x11rb::protocol::xproto::InputFocus::PARENT, main.window, 0_u32)?.check()?;
    grab_becomes(&call, "off").await?;
    assert!(keyboard_is_free(office)?);
    eventually("the release", PATIENCE, async || Ok((keys_down(desktop)? == 0).then_some(()))).await
}

#[tokio::test]
async fn a_special_key_reports_that_it_arrived_or_why_not() -> Result<()> {
    let call = Call::with_control().await?;
    call.technician_types_a_line("true").await?;
    let app = &call.technician;
    let fate = async |wanted: &str| -> Result<Value> {
        eventually(wanted, PATIENCE, async || {
            let special = app.view(Page::Viewer).await?.pointer("/screen/special/fate").cloned().unwrap_or_default();
            Ok((special.get("kind").and_then(Value::as_str) == Some(wanted)).then_some(special))
        })
        .await
    };
    app.turn_to(Page::Viewer).await?;
    app.click("Tastatur").await?;
    app.click("Strg+Esc").await?;
    fate("delivered").await?;
    app.turn_to(Page::Viewer).await?;
    app.see("Strg+Esc: angekommen").await?;
    // The customer has the panel in front: nothing of the technician's reaches it.
    call.seat.hands.chord(&[CONTROL, ALT, SHIFT, F11])?;
    call.customer.turn_to(Page::Panel).await?;
    eventually("the panel's focus", PATIENCE, async || {
        Ok((!focused(&call.customer).await?.starts_with("elsewhere")).then_some(()))
    })
    .await?;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    app.turn_to(Page::Viewer).await?;
    app.click("Alt+F4").await?;
    assert_eq!(fate("dropped").await?["reason"], "ownWindow");
    keep("special", &call)?;
    assert!(!call.workers().is_empty(), "the panel was closed by remote keys");
    Ok(())
}

/// Keeps a picture of both computers where somebody asked for it.
fn keep(name: &str, call: &Call) -> Result<()> {
    let Some(folder) = std::env::var_os("BEISTAND_TEST_PICTURES") else { return Ok(()) };
    call.seat.screenshot()?.save(&std::path::Path::new(&folder).join(format!("{name}.png")))
}
