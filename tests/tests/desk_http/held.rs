//! A form that is held is released or discarded by a technician, over the API, once; and nobody else gets at it.

use crate::client::{Client, fresh_key};
use crate::house::{House, draft, technician};
use crate::pin_lane::{WRONG, from_network, trusted};
use anyhow::{Context, Result};
use beistand_tests::relay::Relay;
use serde_json::{Value, json};

const WHAT: &str = "Der Drucker raucht, bitte sofort kommen";

/// Sends ten wrong PINs and then a right one, with a file; where its outcome is.
async fn held(house: &House) -> Result<String> {
    let guess = |network| {
        let form = crate::house::submission(house.one.number, WRONG, "Geraten und nicht gewusst");
        async move { from_network(&house.client, network, &form).await }
    };
    for answer in futures_util::future::try_join_all((1..=10).map(guess)).await? {
        let receipt = answer.good()["receipt"].as_str().context("a receipt")?.to_owned();
        assert_eq!(house.decided(&receipt).await?["kind"], "wrongPair");
    }
    let file = house.client.upload("protokoll.txt", "Rauch über Büro 3".as_bytes()).await?.good();
    let file = file["file"]["id"].as_str().context("a file")?.to_owned();
    let form = json!({"customerNumber": house.one.number, "pin": house.one.pin, "draft": draft(WHAT, &[file])});
    let answer = from_network(&house.client, 30, &form).await?.good();
    let receipt = answer["receipt"].as_str().context("a receipt")?.to_owned();
    assert_eq!(house.decided(&receipt).await?["kind"], "held");
    Ok(format!("/api/v1/technician/intake/{}", receipt.replace(' ', "")))
}

async fn tickets(app: &Client) -> Result<Vec<Value>> {
    Ok(app.get("/api/v1/my/tickets").await?.good()["tickets"].as_array().context("a list")?.clone())
}

async fn tasks(technician: &Client) -> Result<Vec<Value>> {
    Ok(technician.get("/api/v1/technician/tasks").await?.good()["tasks"].as_array().context("a list")?.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_form_becomes_the_ticket_that_it_would_have_been() -> Result<()> {
    let house = House::on(Relay::start_with(trusted)?).await?;
    let path = held(&house).await?;
    let (release, discard) = (format!("{path}/release"), format!("{path}/discard"));
    let confirmed = json!({"confirmedBy": "Frau Boss, unter der hinterlegten Nummer"});

    let seen = house.technician.get(&path).await?;
    assert_eq!(seen.header("etag"), "\"2\"");
    let seen = seen.good();
    let held = &seen["outcome"]["held"];
    assert_eq!(held["customer"]["number"], house.one.number);
    assert_eq!(held["contacts"][0]["email"], "boss@eins.example");
    assert_eq!(held["form"]["title"], format!("Störung: {WHAT}"));
    assert_eq!(held["form"]["request"]["details"]["description"], WHAT);
    assert_eq!(held["form"]["files"][0]["name"], "protokoll.txt");
    assert!(!seen.to_string().contains(&house.one.pin), "the PIN is nobody's business");
    let task = tasks(&house.technician).await?.into_iter().next().context("somebody is asked to call")?;
    assert_eq!((&task["kind"], &task["receipt"]), (&json!("heldForm"), &seen["receipt"]));
    let done = format!("/api/v1/technician/tasks/{}/done", task["id"].as_str().context("an id")?);
    let done = house.technician.post(&done, &json!({})).await?;
    assert_eq!((done.status, done.json()["refusal"]["kind"].as_str()), (409, Some("stillHeld")));

    // Only technicians, who say which version they saw and who confirmed it.
    for stranger in [&house.client, &house.one.boss, &house.one.clerk] {
        assert_eq!(stranger.get(&path).await?.status, 401);
        assert_eq!(stranger.change(2, &release, &confirmed).await?.status, 401);
        assert_eq!(stranger.change(2, &discard, &json!({"reason": "nicht von uns"})).await?.status, 401);
    }
    let technician = &house.technician;
    assert_eq!(technician.post(&release, &confirmed).await?.code(), "versionRequired");
    assert_eq!(technician.change(2, &release, &json!({"confirmedBy": "x"})).await?.code(), "malformed");
    let stale = technician.change(1, &release, &confirmed).await?;
    assert_eq!((stale.status, &stale.json()["version"]), (412, &json!(2)));
    assert_eq!(technician.change(2, "/api/v1/technician/intake/000000000000/release", &confirmed).await?.status, 404);
    assert!(tickets(&house.one.boss).await?.is_empty());

    let key = fresh_key();
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key.as_str()), ("If-Match", "\"2\"")];
    let body = confirmed.to_string();
    let released = technician.send("POST", &release, &headers, body.as_bytes()).await?;
    assert_eq!((released.status, released.header("etag")), (200, "\"3\""));
    let again = technician.send("POST", &release, &headers, body.as_bytes()).await?;
    assert_eq!((again.status, &again.body), (200, &released.body));
    let released = released.json();
    assert_eq!(released["decision"]["text"], confirmed["confirmedBy"]);
    assert_eq!(technician.change(2, &release, &confirmed).await?.status, 412);
    let late = technician.change(3, &discard, &json!({"reason": "zu spät"})).await?;
    assert_eq!((late.status, late.json()["refusal"]["kind"].as_str()), (409, Some("notHeld")));

    let theirs = tickets(&house.one.boss).await?;
    assert_eq!(theirs.len(), 1);
    let number = theirs[0]["number"].as_str().context("a number")?;
    assert_eq!(released["outcome"], json!({"kind": "created", "ticket": number}));
    let ticket = technician.get(&format!("/api/v1/technician/tickets/{number}")).await?.good();
    assert_eq!((&ticket["channel"], &ticket["assurance"]), (&json!("pinForm"), &json!("company")));
    let file = ticket["files"][0]["id"].as_str().context("its file")?;
    let file = house.one.boss.get(&format!("/api/v1/my/tickets/{number}/files/{file}")).await?;
    assert_eq!((file.status, file.body.as_slice()), (200, "Rauch über Büro 3".as_bytes()));
    assert!(ticket["timeline"].to_string().contains("Frau Boss"));
    let mine = house.one.boss.get(&format!("/api/v1/my/tickets/{number}")).await?;
    assert!(!String::from_utf8_lossy(&mine.body).contains("Frau Boss"), "who confirmed it stays with technicians");
    assert!(tasks(technician).await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_nobody_can_read_any_more_is_still_a_task() -> Result<()> {
    let mut house = House::on(Relay::start_with(trusted)?).await?;
    let path = held(&house).await?;
    house.relay.kill();
    let secret = house.relay.folder().join("desk.secret");
    assert!(secret.is_file(), "the secret is there");
    std::fs::remove_file(secret)?;
    house.relay.resume()?;
    let client = Client::new(house.relay.folder(), house.relay.domain())?;
    let technician = technician(&house.relay, &client).await?;
    let seen = technician.get(&path).await?.good();
    assert_eq!((&seen["outcome"]["kind"], &seen["outcome"]["held"]["form"]), (&json!("held"), &Value::Null));
    assert_eq!(seen["outcome"]["held"]["customer"]["number"], house.one.number);
    let released = technician.change(2, &format!("{path}/release"), &json!({"confirmedBy": "Frau Boss"})).await?;
    assert_eq!((released.status, released.json()["refusal"]["kind"].as_str()), (409, Some("formUnreadable")));
    assert_eq!(tasks(&technician).await?.len(), 1);
    let discarded = technician.change(2, &format!("{path}/discard"), &json!({"reason": "am Telefon neu"})).await?;
    assert_eq!(discarded.good()["outcome"]["kind"], "discarded");
    assert!(tasks(&technician).await?.is_empty());
    Ok(())
}
