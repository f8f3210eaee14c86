//! The technician's desk through the real window, against a real relay: a day's work at tickets, and what is left of it
//! when the app goes down. Each page is looked at by axe-core, in both languages.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use beistand_tests::call::{data, install};
use beistand_tests::desk_api::{Api, admin, digits_after, incident};
use beistand_tests::driver::{Driver, GivenBy, PATIENCE, Page, eventually};
use beistand_tests::relay::{self, Relay};
use beistand_tests::seat::Seat;
use serde_json::{Value, json};

/// A technician's app, signed in, at a relay whose desk has two customers.
struct Office {
    app: Driver,
    relay: Relay,
    seat: Seat,
    /// Whose contract is in force.
    maintained: Api,
    /// Who has none.
    other: Api,
    pin: String,
    pictures: usize,
}

impl Office {
    async fn set_up() -> Result<Self> {
        let seat = Seat::new()?;
        // It comes back under the address that it had.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let relay = Relay::start_with(|config| config.replace(":0\"", &format!(":{port}\"")))?;
        let add = |number: &str, name: &str, email: &str, more: &[&str]| -> Result<String> {
            admin(&relay, &[&["customer", "add", number, "--name", name, "--bundesland", "NW"], more].concat())?;
            let contact = ["contact", "add", number, "--first-name", "Erika", "--last-name", "Muster"];
            admin(&relay, &[&contact[..], &["--email", email, "--phone", "0211 4711", "--main"]].concat())?;
            digits_after(&admin(&relay, &["link-code", email])?, "once:", 16)
        };
        let maintained =
            add("10234", "Bäckerei Krume GmbH", "erika@krume.example", &["--maintenance-until", "2099-12-31"])?;
        let other = add("10077", "Tischlerei Span", "erika@span.example", &[])?;
        let pin = digits_after(&admin(&relay, &["pin", "issue", "10234"])?, "once:", 8)?;
        let (maintained, other) = (Api::customer(&relay, &maintained).await?, Api::customer(&relay, &other).await?);
        let program = install(&seat.technician, &relay)?;
        let app = Driver::start(&seat.technician, &program, &["--profile", "technician"]).await?;
        let office = Self { app, relay, seat, maintained, other, pin, pictures: 0 };
        let app = &office.app;
        app.screen(Page::Main, "start").await?;
        app.click("Für Techniker").await?;
        app.screen(Page::Main, "signIn").await?;
        app.fill("Adresse Ihrer Firma", office.relay.domain()).await?;
        app.fill("Anmeldename", relay::LOGIN).await?;
        app.fill("Passwort", relay::PASSWORD).await?;
        app.click("Anmelden").await?;
        office.has_room().await?;
        Ok(office)
    }

    /// A signed-in technician's window is as large as tables need, before anything is clicked in it.
    async fn has_room(&self) -> Result<()> {
        self.app.screen(Page::Main, "technicianHome").await?;
        eventually("a large window", PATIENCE, async || {
            let width = self.app.run("return window.innerWidth").await?;
            Ok(width.as_u64().is_some_and(|width| width >= 1100).then_some(()))
        })
        .await
    }

    /// Kills the app and starts it again.
    async fn kill_and_start(&mut self) -> Result<()> {
        for found in self.seat.technician.processes() {
            let _ = std::process::Command::new("kill").args(["-9", &found.id.to_string()]).status();
        }
        let program = self.seat.technician.home().join("Beistand/beistand");
        self.app = Driver::start(&self.seat.technician, &program, &["--profile", "technician"]).await?;
        self.has_room().await
    }

    /// What the desk shows, once it is of this kind and is what is waited for.
    async fn desk(&self, kind: &str, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut last = Value::Null;
        let result = eventually(&format!("{what} in the {kind}"), PATIENCE, async || {
            last = self.app.view(Page::Main).await?.pointer("/screen/desk").cloned().unwrap_or_default();
            let found = last.get("kind").and_then(Value::as_str) == Some(kind) && is(&last);
            Ok(found.then(|| last.clone()))
        })
        .await;
        result.with_context(|| format!("the window shows {last}"))
    }

    async fn queue(&self, what: &str, is: impl Fn(&[&str]) -> bool) -> Result<()> {
        self.desk("queue", what, |queue| {
            let rows = queue.get("rows").and_then(Value::as_array).cloned().unwrap_or_default();
            let numbers: Vec<&str> = rows.iter().filter_map(|row| row.get("number")?.as_str()).collect();
            is(&numbers)
        })
        .await
        .map(drop)
    }

    async fn case(&self, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        self.desk("case", what, |case| case.get("busy") == Some(&Value::Bool(false)) && is(case)).await
    }

    /// Waits until the ticket that is open stands so.
    async fn state(&self, state: &str) -> Result<Value> {
        self.case(state, |case| text(case, "/details/row/state") == state).await
    }

    async fn open(&self, number: &str) -> Result<()> {
        self.app.click("Tickets").await?;
        self.queue(number, |numbers| numbers.contains(&number)).await?;
        let title = self.row_title(number).await?;
        self.app.click(&title).await?;
        self.case(number, |case| text(case, "/number") == number && case.get("details").is_some_and(Value::is_object))
            .await
            .map(drop)
    }

    async fn row_title(&self, number: &str) -> Result<String> {
        let queue = self.desk("queue", number, |_| true).await?;
        let rows = queue.get("rows").and_then(Value::as_array).cloned().unwrap_or_default();
        let row = rows.iter().find(|row| text(row, "/number") == number).context("the ticket is in the queue")?;
        Ok(text(row, "/title").to_owned())
    }

    /// Lets axe-core look, and leaves a picture for people to look at.
    async fn looked_at(&mut self, name: &str) -> Result<()> {
        self.app.accessible(Page::Main).await?;
        self.pictures += 1;
        let here = std::env::current_exe()?;
        let target = here.ancestors().find(|folder| folder.ends_with("debug")).and_then(Path::parent);
        let folder = target.context("tests are in the target folder")?.join("seen/technician");
        self.seat.office.screenshot()?.save(&folder.join(format!("{:02}-{name}.png", self.pictures)))
    }

    /// The items of the technician that are on this computer's disk.
    fn kept(&self) -> Result<Vec<PathBuf>> {
        let folder = data(&self.seat.technician, "technician").join("technician");
        let folders = [folder.join("calls"), folder];
        let items = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        let items: Vec<PathBuf> = items.map(|item| Ok(item?.path())).collect::<Result<_>>()?;
        Ok(items.into_iter().filter(|item| item.join("item.json").exists()).collect())
    }
}

fn text<'a>(value: &'a Value, at: &str) -> &'a str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, at: &str) -> &'a [Value] {
    value.pointer(at).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[tokio::test]
async fn a_days_work_at_the_desk() -> Result<()> {
    let mut office = Office::set_up().await?;
    let other = office.other.file("Der Drucker druckt nur halbe Seiten.").await?;
    let second = office.maintained.file("Der Toner ist schon wieder leer.").await?;
    let first = office.maintained.file("Die Kasse startet nicht mehr.").await?;

    // The queue: whose contract is in force comes first, although filed later.
    office.app.click("Tickets").await?;
    office.queue("three tickets", |numbers| numbers.len() == 3 && numbers.last() == Some(&other.as_str())).await?;
    office.looked_at("queue").await?;
    office.app.fill("Suchen", "Toner").await?;
    office.queue("what was searched for", |numbers| numbers == [second.as_str()]).await?;
    office.app.fill("Suchen", "4711 gibt es nicht").await?;
    office.app.see("Hier ist nichts zu tun.").await?;
    let empty = "const search = document.querySelector('input[type=search]'); search.value = ''; \
        search.dispatchEvent(new Event('input', { bubbles: true }));";
    office.app.run(empty).await?;
    office.queue("all of them again", |numbers| numbers.len() == 3).await?;

    // What became of a form that came with a PIN.
    let form = json!({ "customerNumber": "10234", "pin": office.pin, "draft": incident("Das Telefon rauscht.") });
    let sent = Api::anybody(&office.relay)?.post("/api/v1/intake", &form).await?;
    let receipt = text(&sent, "/receipt").to_owned();
    Api::technician(&office.relay).await?.decided(&receipt).await?;
    office.app.fill("Eingangsnummer", "123").await?;
    office.app.click("Nachschlagen").await?;
    office.app.see("Die Ziffern passen nicht zusammen.").await?;
    office.app.fill("Eingangsnummer", &receipt).await?;
    office.app.click("Nachschlagen").await?;
    office.app.see("Daraus wurde ein Ticket.").await?;
    office.looked_at("lookup").await?;

    // A ticket: taken, answered with a file, noted upon. The customer reads the one and not the other.
    office.open(&first).await?;
    office.looked_at("case").await?;
    office.app.click("Übernehmen").await?;
    office.state("open").await?;
    office.app.give_file(GivenBy::Choice, "anleitung.txt", b"Schritt eins").await?;
    office.app.see("anleitung.txt").await?;
    office.app.give_file(GivenBy::Drop, "brief.docx", b"PK\x03\x04 [Content_Types].xml").await?;
    office.app.see("Bitte speichern Sie das Dokument als PDF.").await?;
    office.app.give_file(GivenBy::Drop, "versehen.txt", b"Das nicht").await?;
    office.app.click("versehen.txt entfernen").await?;
    office.app.fill("Antwort an den Kunden", "Bitte folgen Sie der Anleitung.").await?;
    office.app.see("Entwurf gespeichert").await?;
    office.looked_at("answer").await?;
    office.app.click("Antwort senden").await?;
    let case = office.case("the answer", |case| case.to_string().contains("folgen Sie der Anleitung")).await?;
    let files: Vec<_> =
        list(&case, "/details/timeline").iter().flat_map(|line| list(line, "/entry/attachments")).collect();
    ensure!(files.len() == 1 && text(files.first().context("one")?, "/name") == "anleitung.txt", "{files:?}");
    ensure!(office.kept()?.is_empty(), "{:?}", office.kept()?);
    office.app.click("Interne Notiz").await?;
    office.app.fill("Interne Notiz", "Der Kunde hat es schon dreimal versucht.").await?;
    office.app.click("Notiz speichern").await?;
    office.case("the note", |case| case.to_string().contains("dreimal versucht")).await?;
    let seen = office.maintained.get(&format!("/api/v1/my/tickets/{first}")).await?.to_string();
    ensure!(seen.contains("folgen Sie der Anleitung") && seen.contains("anleitung.txt"), "{seen}");
    ensure!(!seen.contains("dreimal versucht"), "{seen}");

    // It waits, and goes on.
    office.app.click("Auf Kunden warten").await?;
    office.app.fill("Grund", "Bitte melden Sie sich nach dem Neustart.").await?;
    office.app.click("Speichern").await?;
    office.state("waitingCustomer").await?;
    office.app.see("Stand: Wartet auf den Kunden").await?;
    office.looked_at("waiting").await?;
    office.app.click("Weiterarbeiten").await?;
    office.state("open").await?;

    // Linked by mistake, taken back; linked, parted at the link, and undone.
    office.app.click("Verknüpfen").await?;
    office.app.fill("Mit welchem Ticket?", "T-1234").await?;
    office.app.click("Speichern").await?;
    office.app.see("Die Angaben wurden nicht angenommen.").await?;
    office.app.fill("Mit welchem Ticket?", &second).await?;
    office.app.click("Speichern").await?;
    let links = |count: usize| move |case: &Value| list(case, "/details/links").len() == count;
    office.case("a link", links(1)).await?;
    office.app.see(&format!("Mit {second} verknüpft.")).await?;
    office.looked_at("linked").await?;
    office.app.click("Rückgängig").await?;
    office.case("no link", links(0)).await?;
    office.app.see(&format!("Verknüpfung mit {second} gelöst.")).await?;
    office.app.click("Rückgängig").await?;
    office.case("the link again", links(1)).await?;
    office.app.click(&format!("Verknüpfung mit {second} lösen")).await?;
    let case = office.case("no link again", links(0)).await?;
    let told = list(&case, "/details/timeline");
    let told: Vec<_> = told.iter().filter(|line| text(line, "/entry/what/number") == second).collect();
    let told: Vec<_> = told.into_iter().map(|line| text(line, "/entry/what/kind")).collect();
    ensure!(told == ["linked", "unlinked", "linked", "unlinked"], "each time is told, with the number: {case}");

    office.app.click("Zeit erfassen").await?;
    office.app.fill("Minuten", "25").await?;
    office.app.fill("Was wurde getan?", "Kasse am Telefon neu gestartet").await?;
    office.app.click("Speichern").await?;
    office.case("25 minutes", |case| case.pointer("/details/minutes") == Some(&json!(25))).await?;
    office.app.see("25 Minuten erfasst").await?;

    // Joined to another by mistake, and parted again.
    office.app.click("Zusammenführen").await?;
    office.app.fill("In welches Ticket?", &second).await?;
    office.app.click("Speichern").await?;
    office.state("merged").await?;
    office.looked_at("merged").await?;
    office.app.click("Zusammenführung aufheben").await?;
    office.state("open").await?;

    office.app.click("Lösen").await?;
    office.app.fill("Wie wurde es gelöst?", "Das Netzteil wurde getauscht.").await?;
    office.app.see("Entwurf gespeichert").await?;
    office.looked_at("resolving").await?;
    office.app.click("Speichern").await?;
    office.state("resolved").await?;
    office.looked_at("resolved").await?;

    // A ticket for a caller.
    office.app.click("Zur Liste").await?;
    office.queue("the rest", |numbers| !numbers.contains(&first.as_str())).await?;
    office.app.click("Ticket am Telefon").await?;
    office.app.see("Wer ruft an?").await?;
    office.looked_at("caller").await?;
    office.app.fill("Suchen", "Span").await?;
    office.app.press_enter().await?;
    office.app.click("Tischlerei Span").await?;
    office.app.see("Worum geht es?").await?;
    office.app.choose("Ansprechpartner", "Erika Muster").await?;
    office.app.click("Störung").await?;
    office.app.fill("Fehlerbeschreibung", "Die Säge meldet sich nicht am Netz.").await?;
    office.looked_at("phone").await?;
    office.app.click("Anlegen und übernehmen").await?;
    let case = office.case("the new ticket", |case| case.to_string().contains("Die Säge meldet sich")).await?;
    ensure!(text(&case, "/details/assurance") == "claimed", "{case}");
    office.looked_at("phone-ticket").await?;

    office.app.click("Kunden").await?;
    office.app.fill("Suchen", "Krume").await?;
    office.app.press_enter().await?;
    office.app.see("10234").await?;
    office.looked_at("customers").await?;
    office.app.click("Bäckerei Krume GmbH").await?;
    office.app.see("Letzte Tickets").await?;
    office.looked_at("customer").await?;

    // The same in English.
    office.app.run("return window.__TAURI_INTERNALS__.invoke('set_language', { language: 'english' })").await?;
    office.app.see("Latest tickets").await?;
    office.looked_at("english-customer").await?;
    office.app.click("Tickets").await?;
    office.app.see("Ticket on the phone").await?;
    office.looked_at("english-queue").await?;
    office.app.click(&office.row_title(&second).await?).await?;
    office.app.see("Answer to the customer").await?;
    office.looked_at("english-case").await?;
    office.app.click("Log time").await?;
    office.looked_at("english-time").await
}

#[tokio::test]
async fn what_is_half_done_outlives_the_app() -> Result<()> {
    let mut office = Office::set_up().await?;
    let technician = Api::technician(&office.relay).await?;
    let first = office.maintained.file("Die Kasse startet nicht mehr.").await?;
    let second = office.maintained.file("Der Toner ist schon wieder leer.").await?;

    // Half an answer and half a note; another ticket, and back.
    office.open(&first).await?;
    office.app.fill("Antwort an den Kunden", "Bitte schalten Sie").await?;
    office.app.give_file(GivenBy::Choice, "anleitung.txt", b"Schritt eins").await?;
    office.app.click("Interne Notiz").await?;
    office.app.fill("Interne Notiz", "Netzteil?").await?;
    // Faster than anything is saved: what was typed goes with whoever leaves.
    office.open(&second).await?;
    office.case("nothing of the other", |case| text(case, "/answer/text").is_empty()).await?;
    office.open(&first).await?;
    let written =
        |case: &Value| text(case, "/answer/text") == "Bitte schalten Sie" && text(case, "/note/text") == "Netzteil?";
    office.case("both texts", written).await?;

    // And half a ticket for a caller.
    office.app.click("Zur Liste").await?;
    office.app.click("Ticket am Telefon").await?;
    office.app.fill("Suchen", "Span").await?;
    office.app.press_enter().await?;
    office.app.click("Tischlerei Span").await?;
    office.app.click("Störung").await?;
    office.app.fill("Fehlerbeschreibung", "Die Säge meldet").await?;
    office.app.see("Entwurf gespeichert").await?;

    office.kill_and_start().await?;
    office.app.click("Tickets").await?;
    office.app.see("Angefangene Texte:").await?;
    office.looked_at("unfinished").await?;
    office.app.click("Weiter ausfüllen").await?;
    office.app.see("Worum geht es?").await?;
    office.app.see("Entwurf gespeichert").await?;
    let field = office.app.run("return document.querySelector('#field-description').value").await?;
    ensure!(field == "Die Säge meldet", "{field}");
    office.app.click("Verwerfen").await?;
    office.app.click("Ja, verwerfen").await?;
    office.queue("no ticket on the phone", |_| true).await?;
    office.app.click(&format!("{first}: weiterschreiben")).await?;
    let case = office.case("both texts after the kill", written).await?;
    ensure!(list(&case, "/answer/attachments").len() == 1, "{case}");
    office.app.see("Entwurf gespeichert").await?;
    let field = office.app.run("return document.querySelector('.compose textarea').value").await?;
    ensure!(field == "Bitte schalten Sie", "{field}");
    office.app.fill("Antwort an den Kunden", "Bitte schalten Sie die Kasse aus.").await?;
    office.app.click("Antwort senden").await?;
    office
        .case("the answer", |case| case.to_string().contains("anleitung.txt") && text(case, "/answer/text").is_empty())
        .await?;
    let messages = |ticket: &Value| ticket.to_string().matches("Bitte schalten Sie die Kasse aus.").count();
    let ticket = technician.ticket(&first).await?;
    ensure!(messages(&ticket) == 1, "{ticket}");

    // A session is started from the ticket; before it is over, the relay goes away, and then the app goes down.
    office.app.click("Sitzung starten").await?;
    office.app.screen(Page::Main, "technicianNumber").await?;
    ensure!(office.kept()?.len() == 2, "the note and the record: {:?}", office.kept()?);
    office.relay.kill();
    office.app.screen_of(Page::Main, &["technicianFailed", "technicianEnded"]).await?;
    office.kill_and_start().await?;
    office.app.click("Tickets").await?;
    office.app.see(&format!("Ein Sitzungsprotokoll ist noch nicht im Ticket: {first}.")).await?;
    office.looked_at("record-waits").await?;

    // The relay is back: the record is filed, once, also if the app goes down again.
    office.relay.restart()?;
    office.app.click("Jetzt senden").await?;
    let gone = |queue: &Value| list(queue, "/records").is_empty();
    office.desk("queue", "no record any more", gone).await?;
    office.kill_and_start().await?;
    office.open(&first).await?;
    ensure!(office.kept()?.len() == 1, "the note alone: {:?}", office.kept()?);
    let ticket = Api::technician(&office.relay).await?.ticket(&first).await?;
    let sessions = list(&ticket, "/sessions");
    ensure!(
        sessions.len() == 1 && text(sessions.first().context("one")?, "/session/endedBy") == "neverBegan",
        "{sessions:?}"
    );
    let lines = list(&ticket, "/timeline").iter();
    let told = lines.filter(|line| text(line, "/entry/what/kind") == "session").count();
    ensure!(told == 1, "{ticket}");
    Ok(())
}
