//! Kill -9 of the server at any instant of filing: nothing that was confirmed is lost, nothing is there twice.

use crate::client::{Client, fresh_key};
use crate::house::{House, draft};
use anyhow::{Context, Result};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

/// How often it is killed. All two hundred with BEISTAND_KILLS=200.
fn kills() -> u32 {
    std::env::var("BEISTAND_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

/// What somebody wants to file, and what they were told.
struct Wish {
    key: String,
    file_key: String,
    description: String,
    with_pin: bool,
    /// The ticket's number or the receipt, once it was confirmed.
    confirmed: Option<String>,
}

impl Wish {
    fn new(at: u32) -> Self {
        let description = format!("Wunsch {at:05} ist dringend");
        Self { key: fresh_key(), file_key: fresh_key(), description, with_pin: at % 2 == 1, confirmed: None }
    }

    /// Sends it as an app does: file first, then the form, each under its own key. No answer is no answer.
    async fn send(&mut self, app: &Client, stranger: &Client, number: &str, pin: &str, from: &str) -> Option<()> {
        let sender = if self.with_pin { stranger } else { app };
        let headers =
            [("Idempotency-Key", self.file_key.as_str()), ("X-File-Name", "a.txt"), ("X-Forwarded-For", from)];
        let sent = sender.send("POST", "/api/v1/uploads", &headers, self.description.as_bytes()).await.ok()?;
        let file = sent.json()["file"]["id"].as_str()?.to_owned();
        let form = draft(&self.description, &[file]);
        let headers =
            [("Content-Type", "application/json"), ("Idempotency-Key", self.key.as_str()), ("X-Forwarded-For", from)];
        let (path, body, told) = if self.with_pin {
            ("/api/v1/intake", json!({"customerNumber": number, "pin": pin, "draft": form}), "receipt")
        } else {
            ("/api/v1/my/tickets", json!({"draft": form}), "number")
        };
        let answer = sender.send("POST", path, &headers, body.to_string().as_bytes()).await.ok()?;
        let told = answer.json()[told].as_str()?.to_owned();
        // Who is told twice is told the same.
        assert!(
            self.confirmed.as_ref().is_none_or(|before| *before == told),
            "{} was told two numbers",
            self.description
        );
        self.confirmed = Some(told);
        Some(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_filing() -> Result<()> {
    let trusted = |config: String| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).map(|one| one.port());
        let port = port.unwrap_or(0);
        // The same port after every start, so that tokens and pinned names go on holding.
        config.replace("localhost:0", &format!("localhost:{port}")).replace("127.0.0.1:0", &format!("127.0.0.1:{port}"))
            + "\n[desk.public]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    };
    let mut house = House::on(beistand_tests::relay::Relay::start_with(trusted)?).await?;
    let (app, stranger) = (house.one.boss.clone(), house.client.clone());
    let (number, pin) = (house.one.number, house.one.pin.clone());
    let mut wishes = Vec::new();
    let mut confirmed_before = 0;
    for kill in 0..kills() {
        let mut wish = Wish::new(kill);
        let from = format!("198.51.{}.{}", kill / 250, kill % 250 + 1);
        // The answer of a form with a PIN comes after 800 ms; the instants are spread over all of it.
        let span = if wish.with_pin { 1300 } else { 60 };
        let pause = Duration::from_millis(u64::from(kill * 37 % span));
        tokio::select! {
            _ = wish.send(&app, &stranger, number, &pin, &from) => {}
            () = sleep(pause) => {}
        }
        confirmed_before += u32::from(wish.confirmed.is_some());
        house.relay.kill();
        house.relay.restart()?;
        // Half of them are sent again at once, as an app does that is still there; the others at the end.
        if kill % 4 < 2 {
            wish.send(&app, &stranger, number, &pin, &from).await.context("the relay is back")?;
        }
        wishes.push((wish, from));
    }
    for (wish, from) in &mut wishes {
        wish.send(&app, &stranger, number, &pin, from).await.with_context(|| wish.description.clone())?;
    }
    let technician = crate::house::technician(&house.relay, &house.client).await?;
    house.technician = technician;
    for (wish, _) in wishes.iter().filter(|(wish, _)| wish.with_pin) {
        let outcome = house.decided(wish.confirmed.as_deref().context("a receipt")?).await?;
        assert_eq!(outcome["kind"], "created", "{}", wish.description);
    }
    // Each wish is there once, with its file.
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = app.get(&format!("/api/v1/my/tickets?limit=100{cursor}")).await?.good();
        for ticket in page["tickets"].as_array().context("tickets")? {
            let (title, number) = (ticket["title"].as_str().unwrap(), ticket["number"].as_str().unwrap());
            found.entry(title.to_owned()).or_default().push(number.to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found.len(), wishes.len(), "{found:?}");
    for (wish, _) in &wishes {
        let title = format!("Störung: {}", wish.description);
        let numbers = found.get(&title).with_context(|| format!("{title} is lost"))?;
        assert_eq!(numbers.len(), 1, "{title} is there more than once");
        if !wish.with_pin {
            assert_eq!(Some(&numbers[0]), wish.confirmed.as_ref());
        }
        let ticket = app.get(&format!("/api/v1/my/tickets/{}", numbers[0])).await?.good();
        let file = ticket["files"][0]["id"].as_str().with_context(|| format!("{title} has lost its file"))?;
        let content = app.get(&format!("/api/v1/my/tickets/{}/files/{file}", numbers[0])).await?;
        assert_eq!((content.status, content.body), (200, wish.description.clone().into_bytes()));
    }
    println!("{} kills, {confirmed_before} confirmed before their kill, {} tickets", kills(), wishes.len());
    Ok(())
}
