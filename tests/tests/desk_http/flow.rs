//! A ticket's whole way: filed, found, answered, resolved, reopened, merged; and two technicians at one ticket.

use crate::client::fresh_key;
use crate::house::{House, admin, draft, filed, token};
use anyhow::Result;
use beistand_session::rendezvous::{DeviceKey, sign_in};
use serde_json::{Value, json};

fn version(ticket: &Value) -> u64 {
    ticket["version"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_all_its_way() -> Result<()> {
    let house = House::new().await?;
    let (clerk, technician) = (&house.one.clerk, &house.technician);
    let key = fresh_key();
    let form = json!({"draft": draft("Der Drucker druckt nicht", &[])});
    let first = clerk.post_as(&key, "/api/v1/my/tickets", &form).await?;
    assert_eq!((first.status, &clerk.post_as(&key, "/api/v1/my/tickets", &form).await?.body), (201, &first.body));
    let number = first.json()["number"].as_str().unwrap().to_owned();
    let (mine, desk) = (format!("/api/v1/my/tickets/{number}"), format!("/api/v1/technician/tickets/{number}"));

    let queue = technician.get("/api/v1/technician/queue").await?.good();
    assert_eq!(queue["tickets"][0]["number"], number);
    let ticket = technician.get(&desk).await?;
    assert_eq!(ticket.header("etag"), "\"1\"");
    let taken = technician.change(1, &format!("{desk}/take"), &json!({})).await?.good();
    // Who saw an older version does not overwrite.
    let stale =
        technician.change(1, &format!("{desk}/severity"), &json!({"severity": 1, "reason": "alles steht"})).await?;
    assert_eq!((stale.status, stale.json()["version"].as_u64().unwrap()), (412, version(&taken)));
    let unsaid = technician.post(&format!("{desk}/take"), &json!({})).await?;
    assert_eq!(unsaid.code(), "versionRequired");

    technician.post(&format!("{desk}/notes"), &json!({"text": "INTERN: der Kunde ist schwierig"})).await?.good();
    let answered = technician
        .change(version(&taken) + 1, &format!("{desk}/answers"), &json!({"text": "Ist er an?", "thenWait": true}))
        .await?;
    let answered = answered.good();
    assert_eq!(answered["item"]["state"], "waitingCustomer");
    let seen = clerk.get(&mine).await?;
    assert!(!String::from_utf8_lossy(&seen.body).contains("INTERN"));
    clerk.post(&format!("{mine}/messages"), &json!({"text": "Ja, er ist an."})).await?.good();
    let ticket = technician.get(&desk).await?.good();
    assert_eq!(ticket["item"]["state"], "open");

    let started = technician.post(&format!("{desk}/sessions"), &json!({})).await?.good();
    let report = json!({"startedAt": "2026-11-22T10:00:00Z", "durationSeconds": 600, "endedBy": "stop",
        "allowed": ["seeScreen"], "used": ["seeScreen"], "receipt": "{}"});
    let path = format!("{desk}/sessions/{}", started["session"].as_str().unwrap());
    let headers = [("Content-Type", "application/json")];
    let reported = technician.send("PUT", &path, &headers, report.to_string().as_bytes()).await?;
    if reported.status == 400 {
        anyhow::bail!("{}", String::from_utf8_lossy(&reported.body));
    }
    let proposal = reported.good()["proposal"].clone();
    assert_eq!(
        technician.send("PUT", &path, &headers, report.to_string().as_bytes()).await?.good()["proposal"],
        proposal
    );
    let minutes = proposal["minutes"].clone();
    let time = json!({"minutes": minutes, "spentOn": "remote", "billable": false, "session": started["session"]});
    let logged = technician.post(&format!("{desk}/time"), &time).await?.good();
    assert_eq!(logged["times"].as_array().unwrap().len(), 1);
    assert!(String::from_utf8_lossy(&clerk.get(&mine).await?.body).contains("seeScreen"));

    let now = version(&technician.get(&desk).await?.good());
    let resolved =
        technician.change(now, &format!("{desk}/resolve"), &json!({"text": "Papier war leer."})).await?.good();
    assert_eq!(resolved["item"]["state"], "resolved");
    let now = version(&clerk.get(&mine).await?.good());
    let reopened = clerk.change(now, &format!("{mine}/reopen"), &json!({"text": "Doch nicht."})).await?.good();
    let again =
        technician.change(version(&reopened), &format!("{desk}/resolve"), &json!({"text": "Jetzt aber."})).await?;
    let closed = clerk.change(version(&again.good()), &format!("{mine}/confirm"), &json!({})).await?.good();
    assert_eq!(closed["listed"]["state"], "closed");
    // Closed is reference only: a message makes a new one, and says so.
    let posted = clerk.post(&format!("{mine}/messages"), &json!({"text": "Noch einmal dasselbe."})).await?.good();
    assert_eq!(posted["newTicket"], true);
    assert_ne!(posted["number"], number);
    // Found as people write it.
    for typed in ["drucker", "DRUCKER%20druckt", "dr%C3%BCcker", "0211123456"] {
        let found = clerk.get(&format!("/api/v1/my/tickets?q={typed}")).await?.good();
        let numbers: Vec<&str> =
            found["tickets"].as_array().unwrap().iter().filter_map(|one| one["number"].as_str()).collect();
        assert!(numbers.contains(&number.as_str()), "{typed}: {numbers:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_technician_says_is_bounded_and_whom_they_name_is_there() -> Result<()> {
    let house = House::new().await?;
    let technician = &house.technician;
    let desk = format!("/api/v1/technician/tickets/{}", filed(&house.one.clerk, "Der Drucker druckt nicht").await?);
    let assigned = technician.change(1, &format!("{desk}/assign"), &json!({"to": 4711})).await?;
    assert_eq!(assigned.json()["refusal"]["kind"], "unknownTechnician", "{}", assigned.json());
    for minutes in [0, 1441] {
        let time = json!({"minutes": minutes, "spentOn": "remote", "billable": true});
        assert_eq!(technician.post(&format!("{desk}/time"), &time).await?.code(), "malformed", "{minutes}");
    }
    let session = technician.post(&format!("{desk}/sessions"), &json!({})).await?.good()["session"].clone();
    let path = format!("{desk}/sessions/{}", session.as_str().unwrap_or_default());
    let report = |words: usize, letters: usize, receipt: usize| {
        json!({"startedAt": "2026-11-28T09:00:00Z", "durationSeconds": 60, "endedBy": "technician",
               "allowed": vec!["w".repeat(letters); words], "used": [], "receipt": "r".repeat(receipt)})
    };
    let headers = [("Content-Type", "application/json")];
    for wrong in [report(17, 1, 1), report(1, 65, 1), report(1, 1, 64 * 1024 + 1)] {
        let answer = technician.send("PUT", &path, &headers, wrong.to_string().as_bytes()).await?;
        assert_eq!(answer.code(), "malformed", "{}", String::from_utf8_lossy(&answer.body));
    }
    let right = report(16, 64, 1000).to_string();
    technician.send("PUT", &path, &headers, right.as_bytes()).await?.good();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_technician_is_out_at_once_and_an_unlinked_app_too() -> Result<()> {
    let house = House::new().await?;
    let number = filed(&house.one.clerk, "Der Drucker druckt nicht").await?;
    assert_eq!(house.technician.get(&format!("/api/v1/technician/tickets/{number}")).await?.status, 200);
    house.relay.disable_technician()?;
    assert_eq!(house.technician.get(&format!("/api/v1/technician/tickets/{number}")).await?.status, 401);
    assert_eq!(house.one.clerk.send("DELETE", "/api/v1/link", &[], b"").await?.status, 204);
    assert_eq!(house.one.clerk.get("/api/v1/my/profile").await?.status, 401);
    assert_eq!(house.one.boss.get("/api/v1/my/profile").await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_known_device_that_signs_for_the_desk_gets_a_token() -> Result<()> {
    let house = House::new().await?;
    let stranger = DeviceKey::generate()?;
    let refused = std::panic::AssertUnwindSafe(token(&house.client, &stranger));
    assert!(futures_util::FutureExt::catch_unwind(refused).await.is_err());
    let known = DeviceKey::generate()?;
    let password = beistand_protocol::rendezvous::api::Password::new(beistand_tests::relay::PASSWORD.to_owned());
    sign_in(&house.relay.trust()?, beistand_tests::relay::LOGIN, password, &known).await?;
    assert!(token(&house.client, &known).await.is_ok());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_the_admin_unlinks_is_out_at_once_beside_a_relay_that_serves() -> Result<()> {
    let house = House::new().await?;
    let number = filed(&house.one.clerk, "Der Drucker druckt nicht").await?;
    let unused = admin(&house.relay, &["link-code", "clerk@eins.example"])?;
    let said = admin(&house.relay, &["linked", "revoke", "Clerk@Eins.example"])?;
    assert!(said.contains("Unlinked: 1 app") && said.contains("one link code"), "{said}");
    for path in ["/api/v1/my/profile", "/api/v1/my/tickets", &format!("/api/v1/my/tickets/{number}")] {
        let refused = house.one.clerk.get(path).await?;
        assert_eq!((refused.status, refused.code().as_str()), (401, "unauthenticated"));
    }
    let message = json!({"text": "Hört mich noch jemand?"});
    let written = house.one.clerk.post(&format!("/api/v1/my/tickets/{number}/messages"), &message).await?;
    assert_eq!(written.status, 401);
    assert_eq!(house.one.boss.get("/api/v1/my/profile").await?.status, 200);
    // A code from before does not link it again, a new one does.
    let link = async |said: &str| {
        let code: String = said.lines().find(|line| line.contains("Code for")).unwrap_or_default().to_owned();
        let code: String = code.rsplit(':').next().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
        house.client.post("/api/v1/link", &json!({"code": code, "deviceName": "PC"})).await
    };
    assert_eq!(link(&unused).await?.code(), "linkRefused");
    let linked = link(&admin(&house.relay, &["link-code", "clerk@eins.example"])?).await?.good();
    let again = house.client.with(linked["token"].as_str().unwrap());
    assert_eq!(again.get(&format!("/api/v1/my/tickets/{number}")).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_technicians_at_one_ticket_see_each_other() -> Result<()> {
    let house = House::new().await?;
    let number = filed(&house.one.clerk, "Der Drucker druckt nicht").await?;
    let uwe = {
        house.relay.add_technician("uwe", "Uwe Klein")?;
        let (key, password) = (DeviceKey::generate()?, beistand_tests::relay::PASSWORD.to_owned());
        let password = beistand_protocol::rendezvous::api::Password::new(password);
        sign_in(&house.relay.trust()?, "uwe", password, &key).await?;
        token(&house.client, &key).await?
    };
    let path = format!("/api/v1/technician/tickets/{number}");
    let says = async |who: &crate::client::Client, doing: &str| {
        let (body, headers) = (json!({"doing": doing}).to_string(), [("Content-Type", "application/json")]);
        anyhow::Ok(who.send("PUT", &format!("{path}/presence"), &headers, body.as_bytes()).await?.good())
    };
    assert_eq!(says(&house.technician, "reading").await?["others"], json!([]));
    assert_eq!(uwe.get(&path).await?.good()["present"]["others"].as_array().map(Vec::len), Some(1));
    assert_eq!(says(&uwe, "writing").await?["others"][0]["writing"], false);
    let other = says(&house.technician, "reading").await?;
    assert_eq!((&other["others"][0]["name"], &other["others"][0]["writing"]), (&json!("Uwe Klein"), &json!(true)));
    // Neither sees themselves, and who left is gone at once. The other hears, too, that there is something new.
    uwe.change(1, &format!("{path}/take"), &json!({})).await?.good();
    says(&uwe, "gone").await?;
    let alone = says(&house.technician, "reading").await?;
    assert_eq!((&alone["others"], &alone["version"]), (&json!([]), &json!(2)));
    for stranger in [&house.client, &house.one.boss, &house.one.clerk] {
        let body = json!({"doing": "reading"}).to_string();
        let headers = [("Content-Type", "application/json")];
        assert_eq!(stranger.send("PUT", &format!("{path}/presence"), &headers, body.as_bytes()).await?.status, 401);
    }
    Ok(())
}
