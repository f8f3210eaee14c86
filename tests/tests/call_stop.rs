//! The stop: final and local whatever state the worker is in, and no panel means no session.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use beistand_tests::call::{Call, STOP};
use beistand_tests::display::Place;
use beistand_tests::driver::{PATIENCE, Page, eventually};
use beistand_tests::process::signal;
use serde_json::Value;
use x11rb::protocol::xproto::ConnectionExt as _;

#[tokio::test]
async fn a_healthy_worker_stops_with_a_key_held() -> Result<()> {
    let call = Call::with_control().await?;
    hold_a_key(&call).await?;
    call.customer_presses(Page::Panel, STOP).await?;
    stopped(&call).await
}

#[tokio::test]
async fn a_frozen_worker_stops_with_a_key_held() -> Result<()> {
    let call = Call::with_control().await?;
    hold_a_key(&call).await?;
    let worker = call.workers().first().context("a worker")?.id;
    signal(worker, libc::SIGSTOP)?;
    call.customer_presses(Page::Panel, STOP).await?;
    stopped(&call).await
}

#[tokio::test]
async fn the_hotkey_stops() -> Result<()> {
    use beistand_tests::hands::{ALT, CONTROL, SHIFT};
    const F12: u32 = 0xffc9;
    let call = Call::running().await?;
    call.seat.hands.chord(&[CONTROL, ALT, SHIFT, F12])?;
    stopped(&call).await
}

#[tokio::test]
async fn closing_the_panel_stops() -> Result<()> {
    const F4: u32 = 0xffc1;
    use beistand_tests::hands::ALT;
    let call = Call::running().await?;
    // A click on its text gives the panel the keyboard.
    call.customer.turn_to(Page::Panel).await?;
    let panel = call.customer.window(&call.seat.desktop).await?;
    call.seat.hands.click(panel.x + i16::try_from(panel.width / 2)?, panel.y + 30)?;
    call.seat.hands.chord(&[ALT, F4])?;
    stopped(&call).await
}

#[tokio::test]
async fn a_dead_guardian_takes_the_worker_with_it_and_lifts_the_keys() -> Result<()> {
    let call = Call::with_control().await?;
    hold_a_key(&call).await?;
    let guardian = call.seat.customer.processes();
    let is_guardian = |command: &str| command.contains("/Beistand/beistand ") && command.contains("--profile");
    let guardian = guardian.iter().find(|one| is_guardian(&one.command)).context("a guardian")?;
    signal(guardian.id, libc::SIGKILL)?;
    call.no_worker_is_left().await?;
    no_key_is_down(&call).await?;
    // Nobody is left to say so: the technician's end waits for the line, and nothing more.
    eventually("the technician to wait", PATIENCE, async || {
        let view = call.technician.view(Page::Viewer).await?;
        Ok(view.pointer("/screen/comesBackSeconds").is_some_and(Value::is_number).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_covered_panel_pauses_and_then_ends() -> Result<()> {
    let call = Call::running().await?;
    let panel = panel(&call).await?;
    // A window that no window manager knows, on top of everything and kept there.
    let connection = call.seat.desktop.connect()?;
    let cover = cover(&connection, &panel)?;
    pauses_and_then_ends(&call, || raise(&connection, cover)).await
}

#[tokio::test]
async fn a_hidden_panel_pauses_and_then_ends() -> Result<()> {
    let call = Call::running().await?;
    let panel = panel(&call).await?;
    let connection = call.seat.desktop.connect()?;
    pauses_and_then_ends(&call, || {
        connection.unmap_window(panel.window)?.check()?;
        Ok(())
    })
    .await
}

async fn panel(call: &Call) -> Result<Place> {
    call.customer.turn_to(Page::Panel).await?;
    call.customer.window(&call.seat.desktop).await
}

/// The session pauses and ends while something takes the panel out of sight again and again.
async fn pauses_and_then_ends(call: &Call, mut take_away: impl FnMut() -> Result<()>) -> Result<()> {
    let since = Instant::now();
    eventually("the pause", Duration::from_secs(5), async || {
        take_away()?;
        let view = call.technician.view(Page::Viewer).await?;
        Ok((view.pointer("/screen/paused").and_then(Value::as_str) == Some("panelNotSeen")).then_some(()))
    })
    .await?;
    eventually("the end", Duration::from_secs(15), async || {
        take_away()?;
        Ok(call.workers().is_empty().then_some(()))
    })
    .await?;
    assert!(since.elapsed() < Duration::from_secs(15), "it took {:?}", since.elapsed());
    assert_eq!(call.ends().await?, ("panelLost".into(), "customerEnded".into()));
    Ok(())
}

/// The technician holds a key down in the customer's terminal.
async fn hold_a_key(call: &Call) -> Result<()> {
    call.technician_types_a_line("true").await?;
    call.seat.technician_hands.hold(u32::from('k'))?;
    let connection = call.seat.desktop.connect()?;
    eventually(
        "the held key on the customer's side",
        PATIENCE,
        async || Ok((keys_down(&connection)? > 0).then_some(())),
    )
    .await
}

/// How many keys the customer's display believes to be down.
fn keys_down(connection: &impl x11rb::connection::Connection) -> Result<u32> {
    Ok(connection.query_keymap()?.reply()?.keys.iter().map(|eight| eight.count_ones()).sum())
}

async fn no_key_is_down(call: &Call) -> Result<()> {
    let connection = call.seat.desktop.connect()?;
    eventually("every key to be up", PATIENCE, async || Ok((keys_down(&connection)? == 0).then_some(()))).await?;
    // And it stays so, though the technician still holds it.
    assert_eq!(keys_down(&connection)?, 0);
    Ok(())
}

async fn stopped(call: &Call) -> Result<()> {
    call.no_worker_is_left().await?;
    no_key_is_down(call).await?;
    assert_eq!(call.ends().await?, ("emergencyStop".into(), "emergencyStop".into()));
    assert_eq!(call.receipts()?.len(), 1);
    Ok(())
}

fn cover(connection: &impl x11rb::connection::Connection, panel: &Place) -> Result<x11rb::protocol::xproto::Window> {
    use x11rb::protocol::xproto::{CreateWindowAux, WindowClass};
    let screen = connection.setup().roots.first().context("a screen")?;
    let window = connection.generate_id()?;
    let look = CreateWindowAux::new().override_redirect(1).background_pixel(screen.black_pixel);
    let (x, y, width, height) = (panel.x - 10, panel.y - 30, panel.width + 20, panel.height + 40);
    connection.create_window(0, window, screen.root, x, y, width, height, 0, WindowClass::INPUT_OUTPUT, 0, &look)?;
    connection.map_window(window)?;
    connection.flush()?;
    Ok(window)
}

fn raise(connection: &impl x11rb::connection::Connection, window: x11rb::protocol::xproto::Window) -> Result<()> {
    use x11rb::protocol::xproto::{ConfigureWindowAux, StackMode};
    connection.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
    connection.flush()?;
    Ok(())
}
