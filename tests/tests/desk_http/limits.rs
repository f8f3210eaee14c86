//! How often a neighbourhood may knock without a credential, and what is closed altogether.

use crate::client::{Answer, Client, fresh_key};
use crate::house::{House, admin, digits, draft, submission};
use crate::pin_lane::{from_network, trusted};
use anyhow::Result;
use beistand_protocol::desk::code::LinkCode;
use beistand_tests::relay::Relay;
use futures_util::future::try_join_all;
use rand::Rng as _;
use serde_json::json;

async fn from(client: &Client, address: &str, path: &str, kind: &str, body: &[u8]) -> Result<Answer> {
    let key = fresh_key();
    let headers = [("Content-Type", kind), ("Idempotency-Key", &key), ("X-Forwarded-For", address)];
    client.send("POST", path, &headers, body).await
}

fn is_throttled(answer: &Answer) {
    assert_eq!((answer.status, answer.code().as_str()), (429, "throttled"), "{:?}", answer.headers);
    assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| (1..=3600).contains(&seconds)));
}

#[tokio::test(flavor = "multi_thread")]
async fn link_codes_can_not_be_tried_without_end() -> Result<()> {
    let house = House::on(Relay::start_with(trusted)?).await?;
    let (guesser, other) = ("198.51.100.7", "198.51.100.8");
    let code = digits(&admin(&house.relay, &["link-code", "clerk@eins.example"])?, "Code for")?;
    let link = async |address: &str, code: &str| {
        let body = json!({"code": code, "deviceName": "PC"}).to_string();
        from(&house.client, address, "/api/v1/link", "application/json", body.as_bytes()).await
    };
    for _ in 0..20 {
        let guess = LinkCode::draw(|bytes| rand::rng().fill_bytes(bytes));
        let guessed = link(guesser, guess.expose()).await?;
        assert_eq!(guessed.code(), "linkRefused", "{}", String::from_utf8_lossy(&guessed.body));
    }
    // Not even the right one now; and it is as good as before for whoever has not guessed.
    is_throttled(&link(guesser, &code).await?);
    assert_eq!(link(other, &code).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_sends_so_many_files_and_forms_in_an_hour() -> Result<()> {
    let house = House::on(Relay::start_with(trusted)?).await?;
    let file = async |client: &Client, address: &str| {
        from(client, address, "/api/v1/uploads", "text/plain", b"Nur ein Text").await
    };
    for sent in try_join_all((0..60).map(|_| file(&house.client, "198.51.100.7"))).await? {
        assert_eq!(sent.status, 201);
    }
    is_throttled(&file(&house.client, "198.51.100.7").await?);
    assert_eq!(file(&house.client, "198.51.100.8").await?.status, 201);
    assert_eq!(file(&house.one.clerk, "198.51.100.7").await?.status, 201, "who is known is not a stranger");

    let form = submission(house.one.number, "00000000", "Immer dasselbe, immer wieder");
    for sent in try_join_all((0..60).map(|_| from_network(&house.client, 7, &form))).await? {
        assert_eq!(sent.status, 202);
    }
    is_throttled(&from_network(&house.client, 7, &form).await?);
    assert_eq!(from_network(&house.client, 8, &form).await?.status, 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_without_pins_takes_no_forms_with_one() -> Result<()> {
    let house = House::on(Relay::start_with(|config| config + "\n[desk.public]\npin_forms = false\n")?).await?;
    let form = submission(house.one.number, &house.one.pin, "Mit richtiger PIN gesendet");
    let answer = house.client.post("/api/v1/intake", &form).await?;
    assert_eq!((answer.status, answer.code().as_str()), (404, "notFound"));
    assert_eq!(house.client.get("/api/v1/desk").await?.good()["takesPinForms"], false);
    let form = json!({"draft": draft("Mit der App gesendet", &[])});
    assert_eq!(house.one.clerk.post("/api/v1/my/tickets", &form).await?.status, 201);
    Ok(())
}
