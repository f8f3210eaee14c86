//! The desk from both chairs: a customer on file, a linked app, a ticket through the real windows.

use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::call::{Call, built};
use crate::driver::{Driver, PATIENCE, Page, eventually};
use crate::relay::Relay;

/// The demo customer's number.
pub const NUMBER: &str = "10234";
/// The demo customer's name.
pub const CUSTOMER: &str = "Bäckerei Özil";
/// The demo contact's name.
pub const CONTACT: &str = "Anna Weber";
/// The demo contact's address on file.
pub const EMAIL: &str = "anna.weber@baeckerei.example";

/// What the support company tells the demo customer.
#[derive(Clone)]
pub struct OnFile {
    /// The customer's PIN.
    pub pin: String,
    /// The code that links the contact's app.
    pub link_code: String,
}

/// Puts a customer with a contact, a PIN and a link code on file, as an admin does.
///
/// # Errors
/// When the relay's program refuses.
pub fn put_on_file(relay: &Relay) -> Result<OnFile> {
    let admin = |words: &[&str]| -> Result<String> {
        let mut command = Command::new(built("beistand-relay")?);
        command.arg("--dir").arg(relay.folder()).args(words).stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output()?;
        ensure!(status.success(), "{words:?}: {}", String::from_utf8_lossy(&stderr));
        Ok(String::from_utf8(stdout)?)
    };
    let maintained = ["--bundesland", "NW", "--maintenance-until", "2099-12-31"];
    admin(&[&["customer", "add", NUMBER, "--name", CUSTOMER][..], &maintained].concat())?;
    let (first, last) = CONTACT.split_once(' ').context("the contact has two names")?;
    let named = ["contact", "add", NUMBER, "--first-name", first, "--last-name", last];
    admin(&[&named[..], &["--email", EMAIL, "--phone", "0211 123456", "--main"]].concat())?;
    let shown = |said: String| -> Result<String> {
        let line = said.lines().find(|line| line.contains("shown only this once")).context("it is shown")?;
        Ok(line.rsplit(": ").next().unwrap_or_default().to_owned())
    };
    Ok(OnFile { pin: shown(admin(&["pin", "issue", NUMBER])?)?, link_code: shown(admin(&["link-code", EMAIL])?)? })
}

/// Waits until the customer's desk shows a screen of this kind.
async fn desk(app: &Driver, kind: &str) -> Result<Value> {
    eventually(&format!("the desk's screen {kind}"), PATIENCE, async || {
        let screen = app.screen(Page::Main, "desk").await?;
        let desk = screen.get("desk").cloned().unwrap_or_default();
        Ok((desk.get("kind").and_then(Value::as_str) == Some(kind)).then_some(desk))
    })
    .await
}

impl Call {
    /// The customer links the app by the code that the company gave them, and comes back to the start.
    ///
    /// # Errors
    /// When a screen on the way does not come.
    pub async fn customer_links(&self, code: &str) -> Result<()> {
        let app = &self.customer;
        app.turn_to(Page::Main).await?;
        app.click("Meine Tickets").await?;
        let shown = app.screen_of(Page::Main, &["confirmDomain", "desk"]).await?;
        if shown.get("kind").and_then(Value::as_str) == Some("confirmDomain") {
            self.customer_presses(Page::Main, "Jemand, den ich selbst angerufen habe").await?;
        }
        desk(app, "home").await?;
        app.click("Mit Code verknüpfen").await?;
        desk(app, "link").await?;
        app.fill("Code", code).await?;
        app.click("Verknüpfen").await?;
        desk(app, "tickets").await?;
        app.click("Zurück").await?;
        desk(app, "home").await?;
        app.see(&format!("Verknüpft mit {CONTACT}")).await?;
        app.click("Zurück").await?;
        app.screen(Page::Main, "start").await.map(drop)
    }

    /// After a session: the customer files a ticket about it. Returns its number, which the window shows.
    ///
    /// # Errors
    /// When a screen on the way does not come.
    pub async fn customer_files_about_the_session(&self, words: &str) -> Result<String> {
        let app = &self.customer;
        app.turn_to(Page::Main).await?;
        app.click("Ticket hierzu melden").await?;
        desk(app, "form").await?;
        app.fill("Rückrufnummer", "0211 123456").await?;
        app.click("Störung").await?;
        app.click("Weiter").await?;
        app.see("Was ist gestört?").await?;
        app.fill("Fehlerbeschreibung", words).await?;
        app.click("Weiter").await?;
        app.see("Prüfen Sie alles noch einmal.").await?;
        app.see(words).await?;
        app.click("Anfrage absenden").await?;
        let sent = desk(app, "sent").await?;
        let number = sent.pointer("/item/by/number").and_then(Value::as_str);
        Ok(number.with_context(|| format!("the ticket has a number: {sent}"))?.to_owned())
    }

    /// The technician finds the ticket in the queue, takes it and answers.
    ///
    /// # Errors
    /// When a screen on the way does not come.
    pub async fn technician_answers(&self, number: &str, answer: &str) -> Result<()> {
        let app = &self.technician;
        app.turn_to(Page::Main).await?;
        app.click("Zur Übersicht").await?;
        app.click("Tickets").await?;
        app.see(number).await?;
        app.click("Störung:").await?;
        app.see("Über die eigene App gemeldet").await?;
        app.fill("Antwort an den Kunden", answer).await?;
        app.click("Antwort senden").await?;
        // What was sent stands in the timeline, and the field is empty.
        eventually("the answer in the timeline", PATIENCE, async || {
            let field = app.run("return document.querySelector('.compose textarea').value").await?;
            Ok((field == "" && app.text().await?.contains(answer)).then_some(()))
        })
        .await
    }

    /// The customer reads the answer in the ticket.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn customer_reads(&self, answer: &str) -> Result<()> {
        let app = &self.customer;
        app.turn_to(Page::Main).await?;
        app.click("Ticket ansehen").await?;
        desk(app, "ticket").await?;
        app.see(answer).await
    }
}
