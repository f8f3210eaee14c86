//! The whole call through both real windows, from the number to the emergency stop, in both ways.

use std::fs;

use anyhow::{Context, Result};
use beistand_tests::call::{CONTROL_OFF, CONTROL_ON, Call, STOP};
use beistand_tests::driver::{PATIENCE, Page, eventually};
use beistand_tests::relay::{COMPANY, TECHNICIAN};
use serde_json::Value;

#[tokio::test]
async fn the_technician_reads_out_a_number_and_the_customer_decides_everything() -> Result<()> {
    let call = Call::set_up().await?;
    call.sign_in().await?;
    let number = call.technician_shows_number().await?;
    call.customer_types(&number).await?;

    // Who it is, from the certificate, before anything is shown.
    let asked = call.customer.screen(Page::Main, "whoIsIt").await?;
    assert_eq!(asked["who"]["domain"], call.relay.domain());
    assert_eq!((&asked["who"]["name"], &asked["who"]["company"]), (&TECHNICIAN.into(), &COMPANY.into()));
    let waiting = call.technician.screen(Page::Main, "waitingForYes").await?;
    eventually("the same four digits on both sides", PATIENCE, async || {
        let customer = call.customer.view(Page::Main).await?["screen"]["digits"].clone();
        let technician = call.technician.view(Page::Main).await?["screen"]["digits"].clone();
        Ok((customer.is_string() && customer == technician).then_some(()))
    })
    .await
    .with_context(|| format!("{asked} {waiting}"))?;

    // The real picture.
    call.customer_shows_screen().await?;
    same_picture(&call).await?;

    // Control: asked for with a reason, granted by hand, typed into a real shell.
    call.control_is(false).await?;
    call.technician_asks("Ich stelle den Drucker neu ein.").await?;
    call.customer_presses(Page::Panel, "Erlauben").await?;
    call.control_is(true).await?;
    call.technician_types_a_line("echo grüße > one.txt").await?;
    call.terminal_wrote("one.txt", "grüße\n").await?;
    same_picture(&call).await?;

    // Taken back: what is typed then goes nowhere.
    call.customer_presses(Page::Panel, CONTROL_OFF).await?;
    call.control_is(false).await?;
    call.technician_types_a_line("echo no > two.txt").await?;
    call.technician_sends_anyway("echo no > two.txt").await?;

    // And given again, by hand.
    call.customer_presses(Page::Panel, CONTROL_ON).await?;
    call.control_is(true).await?;
    call.technician_types_a_line("echo again > three.txt").await?;
    call.terminal_wrote("three.txt", "again\n").await?;
    assert!(!call.seat.customer.home().join("two.txt").exists(), "what was typed without consent came later");

    // The emergency stop.
    assert_eq!(call.workers().len(), 1);
    call.customer_presses(Page::Panel, STOP).await?;
    assert_eq!(call.ends().await?, ("emergencyStop".into(), "emergencyStop".into()));
    call.no_worker_is_left().await?;

    let receipts = call.receipts()?;
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    let receipt = fs::read_to_string(receipts.first().context("a receipt")?)?;
    let shown: Value = serde_json::from_str(&receipt)?;
    assert!(receipt.contains(TECHNICIAN) && receipt.contains("Drucker"), "{shown:#}");
    for secret in [number.as_str(), "grüße"] {
        assert!(!receipt.contains(secret), "the receipt holds a secret");
        assert!(!call.relay.log()?.contains(secret), "the relay's log holds a secret");
    }
    Ok(())
}

#[tokio::test]
async fn the_customer_reads_out_a_number_and_says_no() -> Result<()> {
    let call = Call::set_up().await?;
    call.sign_in().await?;
    let number = call.customer_shows_number().await?;
    call.technician_types(&number).await?;
    let asked = call.customer.screen(Page::Main, "whoIsIt").await?;
    assert_eq!(asked["who"]["name"], TECHNICIAN);
    call.customer_presses(Page::Main, "Nein").await?;
    call.customer.screen_of(Page::Main, &["ended", "failed", "start"]).await?;
    let failed = call.technician.screen(Page::Main, "technicianFailed").await?;
    assert_eq!(failed["error"], "customerRefused");
    call.no_worker_is_left().await?;

    // A number works once; the next one works.
    call.technician.click("Zur Übersicht").await?;
    call.customer.click("Fertig").await?;
    let number = call.customer_shows_number().await?;
    call.technician_types(&number).await?;
    call.customer_shows_screen().await?;
    same_picture(&call).await?;
    call.technician.turn_to(Page::Viewer).await?;
    call.technician.click("Beenden").await?;
    assert_eq!(call.ends().await?, ("technicianEnded".into(), "technicianEnded".into()));
    call.no_worker_is_left().await
}

async fn same_picture(call: &Call) -> Result<()> {
    let mut last = 1.0;
    let result = eventually("the same picture on both sides", PATIENCE, async || {
        let (real, seen) = call.terminal_on_both().await?;
        last = real.difference(&seen, 0)?;
        // The technician's own pointer stands somewhere in it.
        Ok((last < 0.005).then_some(()))
    })
    .await;
    result.with_context(|| format!("{:.1} % of the terminal differs", last * 100.0))
}
