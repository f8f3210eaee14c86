//! A relay with a desk: two customers, their people, a technician, and what a test needs of them.

use crate::client::{Client, fresh_key};
use anyhow::{Context, Result, ensure};
use beistand_protocol::rendezvous::api::{Bytes, ChallengeAnswer};
use beistand_protocol::rendezvous::desk_token_message;
use beistand_session::rendezvous::DeviceKey;
use beistand_tests::relay::Relay;
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

/// A customer's PIN and the tokens of three linked apps.
pub(crate) struct Customer {
    pub(crate) number: &'static str,
    pub(crate) pin: String,
    /// Sees the company's tickets.
    pub(crate) boss: Client,
    /// Sees their own tickets only.
    pub(crate) clerk: Client,
}

pub(crate) struct House {
    pub(crate) relay: Relay,
    pub(crate) client: Client,
    pub(crate) technician: Client,
    pub(crate) one: Customer,
    pub(crate) other: Customer,
}

/// What an admin types; the answer is what is printed.
pub(crate) fn admin(relay: &Relay, words: &[&str]) -> Result<String> {
    let mut command = Command::new(beistand_tests::call::built("beistand-relay")?);
    let output = command.arg("--dir").arg(relay.folder()).args(words).output()?;
    ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The digits after a colon in the line that says this.
pub(crate) fn digits(text: &str, line: &str) -> Result<String> {
    let line = text.lines().find(|one| one.contains(line)).with_context(|| format!("{line} in {text}"))?;
    Ok(line.rsplit(':').next().unwrap_or_default().chars().filter(char::is_ascii_digit).collect())
}

impl House {
    pub(crate) async fn new() -> Result<Self> {
        Self::on(Relay::start()?).await
    }

    pub(crate) async fn on(relay: Relay) -> Result<Self> {
        let client = Client::new(relay.folder(), relay.domain())?;
        let technician = technician(&relay, &client).await?;
        let one = Customer::new(&relay, &client, "10234", "eins").await?;
        let other = Customer::new(&relay, &client, "20999", "zwei").await?;
        Ok(Self { relay, client, technician, one, other })
    }

    /// Looks a receipt up until it is decided on.
    pub(crate) async fn decided(&self, receipt: &str) -> Result<Value> {
        let until = Instant::now() + Duration::from_secs(30);
        let path = format!("/api/v1/technician/intake/{}", receipt.replace(' ', ""));
        loop {
            let outcome = self.technician.get(&path).await?.good()["outcome"].clone();
            if outcome["kind"] != "pending" {
                return Ok(outcome);
            }
            ensure!(Instant::now() < until, "nobody decides on {receipt}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Signs the technician's device in and gets a token for the desk.
pub(crate) async fn technician(relay: &Relay, client: &Client) -> Result<Client> {
    let credential = relay.technician().await?;
    token(client, &credential.key).await
}

pub(crate) async fn token(client: &Client, key: &DeviceKey) -> Result<Client> {
    let challenge = client.send("POST", "/api/v1/challenge", &[], b"").await?.good();
    let challenge: ChallengeAnswer = serde_json::from_value(challenge)?;
    let signature = key.sign(&desk_token_message(&client.domain.parse()?, &challenge.nonce));
    let request = json!({"device": key.id(), "nonce": challenge.nonce, "signature": Bytes(signature)});
    let answer = client.post("/api/v1/token", &request).await?.good();
    Ok(client.with(answer["token"].as_str().context("a token")?))
}

impl Customer {
    async fn new(relay: &Relay, client: &Client, number: &'static str, word: &str) -> Result<Self> {
        admin(relay, &["customer", "add", number, "--name", &format!("Firma {word}"), "--bundesland", "NW"])?;
        let mut clients = Vec::new();
        for (name, more) in [("boss", &["--sees-company", "--main"][..]), ("clerk", &[])] {
            let email = format!("{name}@{word}.example");
            let contact = [&["contact", "add", number, "--last-name", name, "--email", &email], more].concat();
            admin(relay, &contact)?;
            let code = digits(&admin(relay, &["link-code", &email])?, "Code for")?;
            let linked = client.post("/api/v1/link", &json!({"code": code, "deviceName": "PC"})).await?.good();
            clients.push(client.with(linked["token"].as_str().context("a token")?));
        }
        let pin = digits(&admin(relay, &["pin", "issue", number])?, "PIN, shown")?;
        let [boss, clerk] = <[Client; 2]>::try_from(clients).ok().context("two apps")?;
        Ok(Self { number, pin, boss, clerk })
    }
}

/// A form of an incident.
pub(crate) fn draft(description: &str, files: &[String]) -> Value {
    json!({
        "language": "de", "company": "Firma", "contactPerson": "Anna Weber", "email": "typed@elsewhere.example",
        "phone": "0211 123456", "requestType": "incident", "description": description, "attachments": files,
    })
}

/// A form with customer number and PIN.
pub(crate) fn submission(number: &str, pin: &str, description: &str) -> Value {
    json!({"customerNumber": number, "pin": pin, "draft": draft(description, &[])})
}

/// Files a ticket by a linked app; its number.
pub(crate) async fn filed(app: &Client, description: &str) -> Result<String> {
    let answer = app.post_as(&fresh_key(), "/api/v1/my/tickets", &json!({"draft": draft(description, &[])})).await?;
    Ok(answer.good()["number"].as_str().context("a number")?.to_owned())
}
