//! One window is shown, through both real windows: chosen by hand, covered, put away, exchanged and closed.

use anyhow::{Context, Result, ensure};
use beistand_tests::call::Call;
use beistand_tests::display::{Place, root};
use beistand_tests::driver::{PATIENCE, Page, eventually};
use beistand_tests::screenshot::Screenshot;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

/// A colour that nothing else has.
const OTHER: u32 = 0x00C0_FFEE;
const ICONIC: u32 = 3;

#[tokio::test]
async fn one_window_is_shown_and_nothing_else_ever() -> Result<()> {
    let call = Call::set_up().await?;
    call.sign_in().await?;
    let number = call.technician_shows_number().await?;
    call.customer_types(&number).await?;
    call.customer.screen(Page::Main, "whoIsIt").await?;
    call.customer_presses(Page::Main, "Nur ein Fenster").await?;
    call.customer_presses(Page::Main, "Terminal").await?;
    call.customer_presses(Page::Main, "Fenster zeigen").await?;
    call.customer.screen(Page::Panel, "running").await?;
    call.technician.screen(Page::Viewer, "running").await?;
    let terminal = terminal(&call)?;
    shows(&call, &json!({ "kind": "window", "away": false })).await?;
    call.technician.see("nur ein Fenster").await?;
    call.technician.click("Leiste anheften").await?;
    eventually("the same picture on both sides", PATIENCE, async || {
        let real = inside(&call.seat.desktop.screenshot()?, &terminal)?;
        Ok(real.difference(&picture(&call).await?, 0).is_ok_and(|part| part < 0.01).then_some(()))
    })
    .await?;

    // Another program's window comes over it: not a pixel of it is on the technician's screen.
    let desktop = call.seat.desktop.connect()?;
    let cover = (terminal.x + 60, terminal.y, terminal.width - 60, terminal.height);
    let over = cover_with(&desktop, cover)?;
    eventually("the window over it", PATIENCE, async || {
        Ok((count(&call.seat.desktop.screenshot()?) > 1000).then_some(()))
    })
    .await?;
    never(&call, Duration::from_secs(1))?;

    // Nor is it within reach.
    call.technician_asks("Ich zeige Ihnen die Einstellung.").await?;
    call.customer_presses(Page::Panel, "Erlauben").await?;
    call.control_is(true).await?;
    call.technician_clicks_when_free((120, 40)).await?;
    eventually("word that another window lies there", PATIENCE, async || {
        let dropped = call.technician.view(Page::Viewer).await?["screen"]["dropped"]["reason"].clone();
        Ok((dropped == "otherWindow").then_some(()))
    })
    .await?;
    desktop.destroy_window(over)?;
    desktop.flush()?;
    call.technician_clicks_when_free((120, 40)).await?;
    call.seat.technician_hands.type_text("echo window > one.txt\n")?;
    call.terminal_wrote("one.txt", "window\n").await?;

    // Put away it stands still, and both are told so.
    iconify(&desktop, terminal.window)?;
    shows(&call, &json!({ "kind": "window", "away": true })).await?;
    call.technician.see("Das Bild steht still").await?;
    call.customer.turn_to(Page::Panel).await?;
    call.customer.see("Das Bild steht still").await?;
    let over = cover_with(&desktop, cover)?;
    never(&call, Duration::from_millis(500))?;
    desktop.destroy_window(over)?;
    desktop.flush()?;

    // The technician asks for the screen instead, and gets it by the customer's hand: control was for the window.
    let reason = "Ich möchte sehen, was dort steht.";
    call.technician.turn_to(Page::Viewer).await?;
    call.technician.click("Zu sehen").await?;
    call.technician.click("Fragen: Bildschirm 1").await?;
    call.technician.fill("Grund, den der Kunde liest", reason).await?;
    call.technician.click("Fragen").await?;
    call.customer.turn_to(Page::Panel).await?;
    call.customer.see(reason).await?;
    shows(&call, &json!({ "kind": "window", "away": true })).await?;
    call.customer_presses(Page::Panel, "Zeigen").await?;
    shows(&call, &json!({ "kind": "monitor", "number": 1 })).await?;
    call.control_is(false).await?;

    // And the window again, which is then closed: nothing takes its place.
    desktop.map_window(terminal.window)?;
    desktop.flush()?;
    call.customer_presses(Page::Panel, "Anderes zeigen").await?;
    call.customer_presses(Page::Panel, "Nur ein Fenster").await?;
    call.customer_presses(Page::Panel, "Terminal").await?;
    call.customer_presses(Page::Panel, "Zeigen").await?;
    shows(&call, &json!({ "kind": "window", "away": false })).await?;
    desktop.kill_client(terminal.window)?;
    desktop.flush()?;
    eventually("that nothing is shown", PATIENCE, async || {
        let panel = call.customer.view(Page::Panel).await?;
        let viewer = call.technician.view(Page::Viewer).await?;
        let sees = &viewer["screen"]["permissions"][0]["state"]["kind"];
        Ok((panel["screen"]["shown"].is_null() && sees == "notAllowed").then_some(()))
    })
    .await?;
    cover_with(&desktop, cover)?;
    never(&call, Duration::from_millis(500))?;
    Ok(())
}

/// The inside of the customer's terminal.
fn terminal(call: &Call) -> Result<Place> {
    call.seat.desktop.windows("Terminal")?.pop().context("no terminal")
}

fn inside(screen: &Screenshot, place: &Place) -> Result<Screenshot> {
    let (x, y) = (usize::try_from(place.x)?, usize::try_from(place.y)?);
    screen.crop(x, y, place.width.into(), place.height.into())
}

/// The technician's picture, cut out of the technician's real screen.
async fn picture(call: &Call) -> Result<Screenshot> {
    let view = call.technician.view(Page::Viewer).await?;
    let size = |place: &str| view.pointer(place).and_then(Value::as_u64).context("a picture has a size");
    let (width, height) = (size("/screen/widthPx")?, size("/screen/heightPx")?);
    let (x, y) = call.in_viewer(0, 0).await?;
    let office = call.seat.office.screenshot()?;
    office.crop(usize::try_from(x)?, usize::try_from(y)?, usize::try_from(width)?, usize::try_from(height)?)
}

/// Waits until the technician's end knows that this is shown.
async fn shows(call: &Call, what: &Value) -> Result<()> {
    eventually(&format!("that {what} is shown"), PATIENCE, async || {
        let viewer = call.technician.view(Page::Viewer).await?;
        Ok((viewer.pointer("/screen/showing/what") == Some(what)).then_some(()))
    })
    .await
}

/// Looks at the technician's whole screen all that time: the other window's colour is not there.
fn never(call: &Call, time: Duration) -> Result<()> {
    let until = Instant::now() + time;
    loop {
        let seen = count(&call.seat.office.screenshot()?);
        ensure!(seen == 0, "{seen} pixels of another window on the technician's screen");
        if Instant::now() > until {
            return Ok(());
        }
    }
}

fn count(screen: &Screenshot) -> usize {
    let [_, red, green, blue] = OTHER.to_be_bytes();
    screen.count([red, green, blue])
}

/// A window of one colour over everything.
fn cover_with(connection: &RustConnection, (x, y, width, height): (i16, i16, u16, u16)) -> Result<Window> {
    let window = connection.generate_id()?;
    let looks = CreateWindowAux::new().background_pixel(OTHER).override_redirect(1);
    let class = WindowClass::INPUT_OUTPUT;
    connection.create_window(0, window, root(connection)?, x, y, width, height, 0, class, 0, &looks)?;
    connection.map_window(window)?;
    connection.get_input_focus()?.reply()?;
    Ok(window)
}

/// Asks the window manager to put a window away.
fn iconify(connection: &RustConnection, window: Window) -> Result<()> {
    let change = connection.intern_atom(false, b"WM_CHANGE_STATE")?.reply()?.atom;
    let event = ClientMessageEvent::new(32, window, change, [ICONIC, 0, 0, 0, 0]);
    let to = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
    connection.send_event(false, root(connection)?, to, event)?.check()?;
    Ok(())
}
