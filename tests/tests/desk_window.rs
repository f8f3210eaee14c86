//! The customer's desk through the real window: all five forms against a real relay, a request that is sent off
//! while nobody answers, a picture of the screen, and one's own tickets. Each page is looked at by axe-core.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail, ensure};
use beistand_tests::call::{data, install};
use beistand_tests::desk_api::{Api, admin, digits_after};
use beistand_tests::drag::drop_file;
use beistand_tests::driver::{Driver, GivenBy, PATIENCE, Page, eventually};
use beistand_tests::relay::Relay;
use beistand_tests::screenshot::Screenshot;
use beistand_tests::seat::Seat;
use serde_json::{Value, json};

const CUSTOMER: &str = "10234";
const PERSON: &str = "Erika Muster";

/// A customer of a relay with a desk, and their app.
struct Desk {
    app: Driver,
    relay: Relay,
    seat: Seat,
    pin: String,
    code: String,
}

impl Desk {
    async fn set_up() -> Result<Self> {
        let seat = Seat::new()?;
        // It comes back under the address that it had.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let relay = Relay::start_with(|config| config.replace(":0\"", &format!(":{port}\"")))?;
        let admin = |words: &[&str]| admin(&relay, words);
        admin(&["customer", "add", CUSTOMER, "--name", "Bäckerei Krume GmbH", "--bundesland", "NW"])?;
        let email = "erika@krume.example";
        admin(&[
            "contact",
            "add",
            CUSTOMER,
            "--first-name",
            "Erika",
            "--last-name",
            "Muster",
            "--email",
            email,
            "--main",
        ])?;
        let pin = digits_after(&admin(&["pin", "issue", CUSTOMER])?, "once:", 8)?;
        let code = digits_after(&admin(&["link-code", email])?, "once:", 16)?;
        let program = install(&seat.customer, &relay)?;
        let app = Driver::start(&seat.customer, &program, &["--profile", "customer"]).await?;
        Ok(Self { app, relay, seat, pin, code })
    }

    /// What the desk shows, once it is of this kind.
    async fn screen(&self, kind: &str) -> Result<Value> {
        let mut last = Value::Null;
        let result = eventually(&format!("the desk's {kind}"), PATIENCE, async || {
            last = self.app.view(Page::Main).await?.get("screen").cloned().unwrap_or_default();
            let desk = last.get("desk").filter(|desk| desk.get("kind").and_then(Value::as_str) == Some(kind));
            Ok(desk.cloned())
        })
        .await;
        result.with_context(|| format!("the window shows {last}"))
    }

    /// Waits for a page of the form, and shows it to axe-core.
    async fn step(&self, step: &str) -> Result<Value> {
        let form = eventually(&format!("the step {step}"), PATIENCE, async || {
            let form = self.screen("form").await?;
            Ok((form.get("step").and_then(Value::as_str) == Some(step)).then_some(form))
        })
        .await;
        let form = match form {
            Ok(form) => form,
            Err(error) => bail!("{error:#}: {}", self.screen("form").await?),
        };
        self.accessible().await?;
        Ok(form)
    }

    /// From the first screen to a new form.
    async fn report(&self) -> Result<()> {
        self.app.screen(Page::Main, "start").await?;
        self.app.click("Ticket melden").await?;
        let asked = self.app.screen_of(Page::Main, &["confirmDomain", "desk"]).await?;
        if asked.get("kind").and_then(Value::as_str) == Some("confirmDomain") {
            self.app.click("Ich kenne sie aus Vertrag, Rechnung oder Firma").await?;
        }
        Ok(())
    }

    async fn general(&self, kind: &str, with_pin: bool) -> Result<()> {
        self.step("general").await?;
        if with_pin {
            self.app.fill("Kundennummer", CUSTOMER).await?;
            self.app.fill("PIN", &self.pin).await?;
            self.app.fill("Ansprechpartner", PERSON).await?;
            self.app.fill("E-Mail", "erika@krume.example").await?;
        }
        self.app.fill("Rückrufnummer", "+49 211 4711-23").await?;
        // What is mended above goes away and moves what is below: a click may miss it once.
        eventually("the kind to be chosen", PATIENCE, async || {
            self.app.click(kind).await?;
            let form = self.screen("form").await?;
            Ok(form.get("values").and_then(|values| values.get("requestType")).is_some().then_some(()))
        })
        .await?;
        self.app.click("Weiter").await?;
        self.step("request").await?;
        Ok(())
    }

    /// Over the check page to the answer.
    async fn send(&self) -> Result<Value> {
        // A file that has just come moves what is below it: a click may miss it once.
        eventually("the last page", PATIENCE, async || {
            self.app.click("Weiter").await?;
            let step = self.screen("form").await?.get("step").cloned();
            Ok((step == Some("check".into())).then_some(()))
        })
        .await?;
        self.step("check").await?;
        self.app.click("Anfrage absenden").await?;
        let sent = self.screen("sent").await?;
        self.accessible().await?;
        Ok(sent)
    }

    async fn accessible(&self) -> Result<()> {
        self.app.accessible(Page::Main).await
    }
}

fn number(sent: &Value) -> Result<String> {
    let by = sent.get("item").and_then(|item| item.get("by")).context("it is known by something")?;
    let number = by.get("number").or_else(|| by.get("receipt")).and_then(Value::as_str);
    Ok(number.with_context(|| format!("{sent} has no number"))?.to_owned())
}

#[tokio::test]
async fn all_five_forms() -> Result<()> {
    let desk = Desk::set_up().await?;
    let app = &desk.app;

    // Without an account: what is missing is said, then it goes through.
    desk.report().await?;
    desk.step("general").await?;
    app.click("Weiter").await?;
    app.see("Angaben fehlen noch").await?;
    desk.accessible().await?;
    desk.general("Störung", true).await?;
    app.fill("Fehlerbeschreibung", "Der Drucker im Büro vorn druckt nicht.").await?;
    app.give_file(GivenBy::Choice, "protokoll.log", b"Zeile eins").await?;
    app.see("protokoll.log").await?;
    let sent = desk.send().await?;
    let receipt = number(&sent)?;
    ensure!(receipt.chars().filter(char::is_ascii_digit).count() == 12, "{receipt}");
    app.see("Keine E-Mail nach 60 Minuten?").await?;
    app.click("Fertig").await?;

    // Linked by a code: the number comes at once.
    desk.screen("home").await?;
    desk.accessible().await?;
    app.click("Mit Code verknüpfen").await?;
    desk.screen("link").await?;
    desk.accessible().await?;
    app.fill("Code", &desk.code).await?;
    app.press_enter().await?;
    desk.screen("tickets").await?;
    app.see("T-").await?;
    desk.accessible().await?;

    let mut numbers = Vec::new();
    for kind in ["Garantiefall", "Neuer Mitarbeiter", "Rückrufbitte", "Sonstiges"] {
        app.click("Ticket melden").await?;
        desk.general(kind, false).await?;
        match kind {
            "Garantiefall" => {
                app.fill("Gerätebezeichnung", "LaserJet 4200").await?;
                app.fill("Beschreibung der Störung", "Zieht kein Papier mehr ein.").await?;
            }
            "Neuer Mitarbeiter" => {
                app.click("Frau").await?;
                app.fill("Vorname", "Ada").await?;
                app.fill("Nachname", "Lang").await?;
                app.fill("Position", "Buchhaltung").await?;
                app.fill("Eintrittsdatum", &tomorrow()?).await?;
                app.see("können wir nicht zusichern").await?;
                app.see("Es wird kein Postfach angelegt").await?;
            }
            _ => app.fill("Anliegen", "Es geht um die letzte Rechnung.").await?,
        }
        numbers.push(number(&desk.send().await?)?);
        app.click("Fertig").await?;
        desk.screen("home").await?;
        app.click("Meine Tickets").await?;
        desk.screen("tickets").await?;
    }
    numbers.dedup();
    ensure!(numbers.len() == 4, "{numbers:?}");

    // One of them: a message, more urgent, and taken back.
    let last = numbers.last().context("four of them")?;
    app.click(last).await?;
    app.see("Verlauf").await?;
    desk.accessible().await?;
    app.fill("Ihre Nachricht", "Die Rechnung vom 3. November.").await?;
    app.click("Nachricht senden").await?;
    timeline(&desk, "comment").await?;
    app.click("Dringlichkeit erhöhen").await?;
    app.fill("Warum?", "Morgen ist die Frist.").await?;
    app.click("Erhöhen").await?;
    timeline(&desk, "severity").await?;
    app.click("Ticket zurückziehen").await?;
    app.click("Wirklich zurückziehen").await?;
    app.see("Zurückgezogen").await?;
    Ok(())
}

/// From a form to a picture of the whole screen, cut to its middle, the middle of that blackened, and attached.
async fn blacken_the_middle(desk: &Desk) -> Result<()> {
    let app = &desk.app;
    app.click("Bild vom Bildschirm machen").await?;
    desk.screen("picture").await?;
    app.see("Gesendet wird nur, was hier übrig bleibt.").await?;
    eventually("the picture", PATIENCE, async || {
        let width = app.run("return document.querySelector('canvas')?.width ?? 0").await?;
        Ok((width == 1280).then_some(()))
    })
    .await?;
    desk.accessible().await?;
    app.click("Auf das Rechteck zuschneiden").await?;
    app.see("Zugeschnitten.").await?;
    app.click("Schwärzen").await?;
    app.click("Rechteck schwärzen").await?;
    app.see("Geschwärzt.").await?;
    app.click("Bild anhängen").await?;
    desk.screen("form").await?;
    app.see("Bildschirm ").await
}

#[tokio::test]
async fn a_ticket_with_a_blackened_picture_is_lived_through() -> Result<()> {
    let desk = Desk::set_up().await?;
    let app = &desk.app;
    let technician = Api::technician(&desk.relay).await?;
    desk.report().await?;
    desk.step("general").await?;
    app.click("Später weiterschreiben").await?;
    desk.screen("home").await?;
    app.click("Mit Code verknüpfen").await?;
    desk.screen("link").await?;
    app.fill("Code", &desk.code).await?;
    app.press_enter().await?;
    desk.screen("tickets").await?;
    app.click("Ticket melden").await?;
    desk.general("Störung", false).await?;
    app.fill("Fehlerbeschreibung", "Die Kasse zeigt eine Fehlermeldung.").await?;

    // Files fall onto the form: one stays, one is not taken, one was a mistake.
    app.give_file(GivenBy::Drop, "protokoll.log", b"Zeile eins").await?;
    app.see("protokoll.log").await?;
    app.give_file(GivenBy::Drop, "brief.docx", b"PK\x03\x04 [Content_Types].xml").await?;
    app.see("Bitte speichern Sie das Dokument als PDF.").await?;
    app.give_file(GivenBy::Drop, "versehen.txt", b"Das nicht").await?;
    app.click("versehen.txt entfernen").await?;
    eventually("the file to go", PATIENCE, async || Ok((!app.text().await?.contains("versehen.txt")).then_some(())))
        .await?;
    // A real one, by hand from a file manager.
    let file = desk.seat.customer.home().join("echt.log");
    fs::write(&file, "Zeile zwei")?;
    app.run("document.querySelector('.files ul').scrollIntoView({ block: 'center' })").await?;
    let (x, y) = app.corner_of(".files ul", &desk.seat.desktop).await?;
    drop_file(&desk.seat.desktop, app.window(&desk.seat.desktop).await?.window, (x + 10, y + 10), &file)?;
    app.click("echt.log entfernen").await?;
    // Beside what takes files a real one falls onto nothing: the page, with what was typed, is not replaced by it.
    let file = desk.seat.customer.home().join("fremd.log");
    fs::write(&file, "Zeile eins")?;
    let window = app.window(&desk.seat.desktop).await?;
    let beside = (window.x + i16::try_from(window.width / 2)?, window.y + i16::try_from(window.height / 8)?);
    ensure!(drop_file(&desk.seat.desktop, window.window, beside, &file).is_err(), "the page takes files everywhere");
    desk.screen("form").await?;
    blacken_the_middle(&desk).await?;
    let number = number(&desk.send().await?)?;

    // What the technician downloads: the middle of the desktop, and black where it was blackened.
    let ticket = technician.ticket(&number).await?;
    let files = ticket.get("files").and_then(Value::as_array).context("a ticket has files")?;
    let names: Vec<_> = files.iter().filter_map(|file| file.get("name")?.as_str()).collect();
    ensure!(files.len() == 2 && names.iter().any(|name| name.starts_with("Bildschirm")), "{names:?}");
    let picture = files.iter().find(|file| file.get("kind").and_then(Value::as_str) == Some("png"));
    let id = picture.and_then(|file| file.get("id")?.as_str()).context("a picture is there")?;
    let bytes = technician.bytes(&format!("/api/v1/technician/tickets/{number}/files/{id}")).await?;
    let picture = Screenshot::from_png(&bytes)?;
    ensure!((picture.width(), picture.height()) == (640, 400), "{} x {}", picture.width(), picture.height());
    for y in 0..400 {
        for x in 0..640 {
            let (pixel, within) = (picture.pixel(x, y), (160..480).contains(&x) && (100..300).contains(&y));
            ensure!((pixel == Some([0, 0, 0])) == within, "{x}, {y} is {pixel:?}");
        }
    }

    // Answered with a file, and solved; the customer saves the file and says that it is not solved, then that it is.
    app.click("Fertig").await?;
    desk.screen("home").await?;
    app.click("Meine Tickets").await?;
    desk.screen("tickets").await?;
    app.click(&number).await?;
    desk.screen("ticket").await?;
    let file = technician.upload("anleitung.txt", b"Schritt eins").await?;
    technician.act(&number, "answers", &json!({ "text": "Siehe Anleitung.", "attachments": [file] })).await?;
    technician.act(&number, "resolve", &json!({ "text": "Die Kasse läuft wieder." })).await?;
    app.click("Neu laden").await?;
    app.see("Siehe Anleitung.").await?;
    desk.accessible().await?;
    app.click("anleitung.txt speichern").await?;
    app.see("Gespeichert: ").await?;
    let saved = desk.seat.customer.home().join("anleitung.txt");
    ensure!(fs::read(&saved).with_context(|| format!("{} is there", saved.display()))? == b"Schritt eins");
    app.click("Nein, noch nicht").await?;
    app.fill("Was geht noch nicht?", "Die Meldung kommt wieder.").await?;
    app.click("Wieder öffnen").await?;
    app.see("In Bearbeitung").await?;
    app.see("Die Meldung kommt wieder.").await?;
    technician.act(&number, "resolve", &json!({ "text": "Jetzt wirklich." })).await?;
    app.click("Neu laden").await?;
    app.click("Ja, es ist gelöst").await?;
    app.see("Abgeschlossen").await?;
    app.see("Als neues Ticket senden").await?;

    // The link is taken back, and the company knows it: nobody needs to trust the app.
    app.click("Zu meinen Tickets").await?;
    desk.screen("tickets").await?;
    app.click("Zurück").await?;
    desk.screen("home").await?;
    app.click("Verknüpfung lösen").await?;
    app.click("Wirklich lösen").await?;
    app.see("Dieses Beistand ist nicht mehr verknüpft.").await?;
    app.see("Mit Code verknüpfen").await?;
    desk.accessible().await?;
    Ok(())
}

/// Waits until something of this kind is in the open ticket's timeline.
async fn timeline(desk: &Desk, kind: &str) -> Result<()> {
    eventually(&format!("a {kind} in the timeline"), PATIENCE, async || {
        let page = desk.screen("ticket").await?;
        let entries = page.get("ticket").and_then(|ticket| ticket.get("timeline")).and_then(Value::as_array).cloned();
        let has = |entry: &Value| entry.get("what").and_then(|what| what.get("kind")?.as_str()) == Some(kind);
        Ok(entries.is_some_and(|entries| entries.iter().any(has)).then_some(()))
    })
    .await
}

fn tomorrow() -> Result<String> {
    Ok(jiff::Zoned::now().date().tomorrow()?.strftime("%d.%m.%Y").to_string())
}

#[tokio::test]
async fn what_is_sent_off_while_nobody_answers_arrives_once() -> Result<()> {
    let mut desk = Desk::set_up().await?;
    desk.report().await?;
    desk.general("Sonstiges", true).await?;
    desk.app.fill("Anliegen", "Bitte bestellen Sie einen Bildschirm.").await?;
    desk.relay.kill();
    desk.app.click("Weiter").await?;
    desk.step("check").await?;
    desk.app.click("Anfrage absenden").await?;
    desk.screen("sending").await?;
    desk.app.see("Wird gesendet, sobald die Verbindung steht.").await?;
    desk.accessible().await?;

    // The app goes down with it, and comes back to a desk that answers.
    let folder = data(&desk.seat.customer, "customer").join("desk");
    let written = everything(&folder)?;
    ensure!(written.contains("einen Bildschirm"), "{written}");
    ensure!(!written.contains(&desk.pin), "the PIN is on the disk");
    for found in desk.seat.customer.processes() {
        let _ = std::process::Command::new("kill").args(["-9", &found.id.to_string()]).status();
    }
    desk.relay.restart()?;
    let program = desk.seat.customer.home().join("Beistand/beistand");
    desk.app = Driver::start(&desk.seat.customer, &program, &["--profile", "customer"]).await?;
    desk.app.screen(Page::Main, "start").await?;
    desk.app.click("Ticket melden").await?;
    let home = eventually("the receipt", PATIENCE, async || {
        let home = desk.screen("home").await?;
        Ok(home.get("sent").and_then(Value::as_array).is_some_and(|sent| sent.len() == 1).then_some(home))
    })
    .await?;
    ensure!(home.get("waiting").and_then(Value::as_array).is_some_and(Vec::is_empty), "{home}");

    // And once only.
    desk.app.click("Mit Code verknüpfen").await?;
    desk.screen("link").await?;
    desk.app.fill("Code", &desk.code).await?;
    desk.app.press_enter().await?;
    let list = eventually("the ticket", PATIENCE, async || {
        let list = desk.screen("tickets").await?;
        let tickets = list.get("tickets").and_then(Value::as_array).cloned().unwrap_or_default();
        if tickets.is_empty() {
            desk.app.click("Neu laden").await?;
        }
        Ok((!tickets.is_empty()).then_some(tickets))
    })
    .await?;
    ensure!(list.len() == 1, "{list:?}");
    Ok(())
}

fn everything(folder: &std::path::Path) -> Result<String> {
    let mut all = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        all.push_str(&if path.is_dir() { everything(&path)? } else { fs::read_to_string(&path).unwrap_or_default() });
    }
    Ok(all)
}
