//! What goes wrong: each ends with a sentence, on the side that can act on it, and nothing was shown.

use anyhow::{Context, Result};
use beistand_tests::call::{Call, STOP};
use beistand_tests::driver::{PATIENCE, Page, eventually};
use serde_json::Value;

#[tokio::test]
async fn numbers_that_are_mistyped_unknown_or_used() -> Result<()> {
    let call = Call::set_up().await?;
    call.sign_in().await?;
    let number = call.technician_shows_number().await?;

    // One wrong digit is caught on the spot and costs nothing.
    let last = number.chars().last().and_then(|digit| digit.to_digit(10)).context("a digit")?;
    let mistyped: String =
        number.chars().take(8).chain([char::from_digit((last + 1) % 10, 10).context("a digit")?]).collect();
    call.customer_types(&mistyped).await?;
    call.customer.see("Die Nummer stimmt so nicht").await?;
    call.customer.screen(Page::Main, "enterNumber").await?;

    // The right one still works; the customer changes their mind.
    call.customer.fill("Sitzungsnummer", &number).await?;
    call.customer.press_enter().await?;
    call.customer.screen(Page::Main, "whoIsIt").await?;
    call.customer_presses(Page::Main, "Nein").await?;
    call.technician.screen(Page::Main, "technicianFailed").await?;
    call.customer.click("Fertig").await?;

    // Used once is used up; unknown looks the same.
    call.customer_types(&number).await?;
    let used = call.customer.screen(Page::Main, "failed").await?;
    assert_eq!(used["error"], "numberRefused");
    call.customer.click("Andere Nummer eingeben").await?;
    call.customer.fill("Sitzungsnummer", "999 999 999").await?;
    call.customer.press_enter().await?;
    let unknown = call.customer.screen_of(Page::Main, &["failed", "enterNumber"]).await?;
    assert!(unknown["error"] == "numberRefused" || unknown["kind"] == "enterNumber", "{unknown}");
    assert!(call.workers().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_relay_that_is_not_there() -> Result<()> {
    let mut call = Call::set_up().await?;
    call.relay.kill();
    call.customer.screen(Page::Main, "start").await?;
    call.customer_presses(Page::Main, "Ich habe angerufen").await?;
    let asked = call.customer.screen_of(Page::Main, &["confirmDomain", "failed"]).await?;
    if asked["kind"] == "confirmDomain" {
        call.customer_presses(Page::Main, "Jemand, den ich selbst angerufen habe").await?;
    }
    let failed = call.customer.screen(Page::Main, "failed").await?;
    assert_eq!(failed["error"], "relayUnreachable");
    call.customer.see("nicht zu erreichen").await
}

#[tokio::test]
async fn a_relay_that_dies_in_the_session_is_waited_for() -> Result<()> {
    let mut call = Call::running().await?;
    call.relay.kill();
    line_is_broken(&call, true).await?;
    call.relay.restart()?;
    line_is_broken(&call, false).await?;
    assert_eq!(call.workers().len(), 1);
    call.customer_presses(Page::Panel, STOP).await?;
    assert_eq!(call.ends().await?, ("emergencyStop".into(), "emergencyStop".into()));
    call.no_worker_is_left().await?;
    assert_eq!(call.receipts()?.len(), 1);
    Ok(())
}

/// Waits until the panel and the viewer say how long the line is waited for, or no longer.
async fn line_is_broken(call: &Call, broken: bool) -> Result<()> {
    eventually(&format!("the line to be broken: {broken}"), PATIENCE, async || {
        let panel = call.customer.view(Page::Panel).await?;
        let viewer = call.technician.view(Page::Viewer).await?;
        let waits = |view: &Value| view.pointer("/screen/comesBackSeconds").is_some_and(Value::is_number);
        Ok((waits(&panel) == broken && waits(&viewer) == broken).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_network_that_goes_black_holds_up_no_stop() -> Result<()> {
    let call = Call::running().await?;
    call.relay.freeze()?;
    call.customer_presses(Page::Panel, STOP).await?;
    let ended = call.customer.screen(Page::Main, "ended").await?;
    assert_eq!(ended["end"], "emergencyStop");
    call.no_worker_is_left().await?;
    assert_eq!(call.receipts()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_technician_who_is_disabled_in_the_session() -> Result<()> {
    let call = Call::running().await?;
    call.relay.disable_technician()?;
    assert_eq!(call.ends().await?, ("technicianDisabled".into(), "technicianDisabled".into()));
    call.no_worker_is_left().await
}
