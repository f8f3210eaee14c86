//! The form with customer number and PIN tells nothing, loses nothing and locks nobody out.

use crate::client::{Answer, Client, fresh_key};
use crate::house::{House, submission};
use anyhow::Result;
use beistand_tests::mail_sink::MailSink;
use beistand_tests::relay::Relay;
use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};
use std::time::{Duration, Instant};

pub(crate) const WRONG: &str = "00000000";

/// The answer without what is random in it, by design: the receipt's digits and the clock.
fn blanked(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
    let body = String::from_utf8(answer.body.clone()).unwrap();
    let receipt = answer.json()["receipt"].as_str().unwrap().to_owned();
    assert_eq!(receipt.chars().filter(char::is_ascii_digit).count(), 12);
    (answer.status, headers, body.replace(&receipt, "#"))
}

#[tokio::test(flavor = "multi_thread")]
async fn right_wrong_and_unknown_are_answered_alike() -> Result<()> {
    let house = House::new().await?;
    let mut answers = Vec::new();
    for (number, pin) in [(house.one.number, house.one.pin.as_str()), (house.one.number, WRONG), ("77777", WRONG)] {
        let form = submission(number, pin, "Der Drucker druckt nicht");
        answers.push(house.client.post("/api/v1/intake", &form).await?);
    }
    let [right, wrong, unknown] = <[Answer; 3]>::try_from(answers).ok().unwrap();
    assert_eq!(right.status, 202);
    assert_eq!(blanked(&right), blanked(&wrong));
    assert_eq!(blanked(&right), blanked(&unknown));
    assert_eq!((right.body.len(), right.body.len()), (wrong.body.len(), unknown.body.len()));

    let receipt = |answer: &Answer| answer.json()["receipt"].as_str().unwrap().to_owned();
    let created = house.decided(&receipt(&right)).await?;
    assert_eq!(created["kind"], "created");
    assert_eq!(house.decided(&receipt(&wrong)).await?["kind"], "wrongPair");
    assert_eq!(house.decided(&receipt(&unknown)).await?["kind"], "wrongPair");
    // The contacts on file see it; who filed learns no number.
    let page = house.one.boss.get("/api/v1/my/tickets").await?.good();
    assert_eq!(page["tickets"][0]["number"], created["ticket"]);
    assert_eq!(page["tickets"].as_array().unwrap().len(), 1);
    Ok(())
}

/// How often a value of the one list is larger than one of the other, as a normal deviate (Mann-Whitney).
fn deviate(one: &[f64], other: &[f64]) -> f64 {
    let (n, m) = (one.len() as f64, other.len() as f64);
    let larger: f64 = one
        .iter()
        .flat_map(|a| {
            other.iter().map(move |b| {
                if a > b {
                    1.0
                } else if a < b {
                    0.0
                } else {
                    0.5
                }
            })
        })
        .sum();
    (larger - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// Sends a form as if from a network of its own, so that no limit makes all forms alike.
pub(crate) async fn from_network(client: &Client, network: usize, form: &Value) -> Result<Answer> {
    let (key, address) = (fresh_key(), format!("1.1.1.1, 198.51.{}.{}", network / 200, network % 200 + 1));
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", &key), ("X-Forwarded-For", &address)];
    client.send("POST", "/api/v1/intake", &headers, form.to_string().as_bytes()).await
}

pub(crate) fn trusted(config: String) -> String {
    config + "\n[desk.public]\ntrusted_proxies = [\"127.0.0.1\"]\n"
}

async fn timed(client: &Client, network: usize, form: &Value) -> Result<f64> {
    let began = Instant::now();
    let answer = from_network(client, network, form).await?;
    assert_eq!(answer.status, 202);
    Ok(began.elapsed().as_secs_f64() * 1000.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_tells_nothing() -> Result<()> {
    let house = House::on(Relay::start_with(trusted)?).await?;
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let form = |number: &str, pin: &str| submission(number, pin, "Zeitmessung: das ist eine Meldung");
    let forms = [form(house.one.number, &house.one.pin), form(house.other.number, WRONG), form("77777", WRONG)];
    // In turns and beside each other, so that a busy machine is busy for all of them.
    for round in 0..20 {
        let (a, b, c) = tokio::join!(
            timed(&house.client, round * 3, &forms[round % 3]),
            timed(&house.client, round * 3 + 1, &forms[(round + 1) % 3]),
            timed(&house.client, round * 3 + 2, &forms[(round + 2) % 3])
        );
        for (at, time) in [a?, b?, c?].into_iter().enumerate() {
            times[(round + at) % 3].push(time);
        }
    }
    assert!(times.iter().flatten().all(|time| *time >= 800.0), "quicker than the floor: {times:?}");
    let [right, wrong, unknown] = &times;
    // 3.9 by chance once in ten thousand times.
    for (one, other) in [(right, wrong), (right, unknown), (wrong, unknown)] {
        let z = deviate(one, other);
        println!("z = {z:.2}");
        assert!(z.abs() < 3.9, "z = {z}: {one:?} {other:?}");
    }
    // They were what they were to be.
    assert!(house.one.boss.get("/api/v1/my/tickets").await?.good()["tickets"].as_array().unwrap().len() >= 10);
    Ok(())
}

#[test]
fn the_test_of_times_sees_a_difference() {
    let quick: Vec<f64> = (0..19).map(|at| 800.0 + f64::from(at) * 10.0).collect();
    let slow: Vec<f64> = quick.iter().map(|time| time + 150.0).collect();
    assert!(deviate(&slow, &quick) > 3.9);
    assert!(deviate(&quick, &quick).abs() < 0.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_again_is_the_same_form() -> Result<()> {
    let house = House::new().await?;
    let key = fresh_key();
    let form = submission(house.one.number, &house.one.pin, "Einmal gemeint, zweimal gesendet");
    let (one, two) = tokio::join!(
        house.client.post_as(&key, "/api/v1/intake", &form),
        house.client.post_as(&key, "/api/v1/intake", &form)
    );
    let (one, two) = (one?, two?);
    assert_eq!((one.status, &one.body), (202, &two.body));
    let receipt = one.json()["receipt"].as_str().unwrap().to_owned();
    assert_eq!(house.decided(&receipt).await?["kind"], "created");
    assert_eq!(house.client.post_as(&key, "/api/v1/intake", &form).await?.body, one.body);
    let other = submission(house.one.number, &house.one.pin, "Etwas ganz anderes");
    assert_eq!(house.client.post_as(&key, "/api/v1/intake", &other).await?.code(), "keyReused");
    assert_eq!(house.one.boss.get("/api/v1/my/tickets").await?.good()["tickets"].as_array().unwrap().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_locks_nobody_out_and_lets_nobody_in() -> Result<()> {
    let house = House::on(Relay::start_with(trusted)?).await?;
    let from = async |network: usize, pin: &str| {
        let form = submission(house.one.number, pin, "Von irgendwo gesendet, mit einer PIN");
        let answer = from_network(&house.client, network, &form).await?;
        anyhow::Ok(answer.good()["receipt"].as_str().unwrap_or_default().to_owned())
    };
    let guesses = (1..=10).map(|network| from(network, WRONG));
    for receipt in futures_util::future::try_join_all(guesses).await? {
        assert_eq!(house.decided(&receipt).await?["kind"], "wrongPair");
    }
    let receipt = from(30, &house.one.pin).await?;
    assert_eq!(house.decided(&receipt).await?["kind"], "held");
    assert_eq!(house.one.boss.get("/api/v1/my/tickets").await?.good()["tickets"].as_array().unwrap().len(), 0);
    // The other customer is not concerned.
    let form = submission(house.other.number, &house.other.pin, "Von nebenan gesendet");
    let receipt = house.client.post("/api/v1/intake", &form).await?.good()["receipt"].as_str().unwrap().to_owned();
    assert_eq!(house.decided(&receipt).await?["kind"], "created");
    // One network has its limit, and is told nothing of it.
    let many = futures_util::future::try_join_all((0..11).map(|_| from(50, WRONG))).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut kinds = Vec::new();
    for receipt in many {
        kinds.push(house.decided(&receipt).await?["kind"].as_str().unwrap().to_owned());
    }
    assert!(kinds.iter().any(|kind| kind == "throttled"), "{kinds:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_wrong_pins_is_one_mail_to_the_main_contact() -> Result<()> {
    let sink = MailSink::start()?;
    let mut house = House::on(Relay::start_with(|config| trusted(config) + &sink.relay_config())?).await?;
    let guesses = (1..=3).map(|network| (network, house.one.number)).chain([(4, "77777")]);
    for (network, number) in guesses {
        let form = submission(number, WRONG, "Erdbeermarmelade, geraten und nicht gewusst");
        let receipt = from_network(&house.client, network, &form).await?.good()["receipt"].clone();
        assert_eq!(house.decided(receipt.as_str().unwrap()).await?["kind"], "wrongPair");
    }
    house.relay.kill();
    let file = format!("sqlite://{}", house.relay.folder().join("desk.db").display());
    let mut database = SqliteConnection::connect(&file).await?;
    let yesterday = sqlx::query("UPDATE failed_pin SET day = '2026-01-31'").execute(&mut database).await?;
    assert_eq!(yesterday.rows_affected(), 1, "one customer, one day");
    // The audit log puts attempts with one number together, without the number; and it has who looked them up.
    let audited: Vec<(String, String, String)> =
        sqlx::query_as("SELECT actor, action, object FROM audit_log ORDER BY id").fetch_all(&mut database).await?;
    let wrong =
        audited.iter().filter(|(actor, action, _)| (actor.as_str(), action.as_str()) == ("pin", "gave a wrong PIN"));
    let wrong: Vec<&str> = wrong.map(|(.., object)| object.as_str()).collect();
    assert!(wrong.iter().all(|object| object.len() == 64), "{audited:?}");
    assert!(wrong.len() == 4 && wrong[..3] == [wrong[0]; 3] && wrong[3] != wrong[0], "{audited:?}");
    let looked_up =
        audited.iter().filter(|(actor, action, _)| actor.starts_with("technician:") && action.starts_with("looked"));
    assert!(looked_up.count() >= 4, "{audited:?}");
    house.relay.resume()?;
    let caught = sink.wait_for(1, Duration::from_secs(30))?;
    assert_eq!(caught[0].to, "boss@eins.example");
    let mail = mail_parser::MessageParser::default().parse(&caught[0].mail).unwrap();
    let text = mail.body_text(0).unwrap();
    assert!(text.contains("31.01.2026") && text.contains("3-mal"), "{text}");
    assert!(!text.contains("Erdbeermarmelade") && !text.contains("T-"), "{text}");
    // It is told once, whatever the relay does.
    house.relay.restart()?;
    let (letters,): (i64,) = sqlx::query_as("SELECT count(*) FROM outbox").fetch_one(&mut database).await?;
    assert_eq!((letters, sink.caught().len()), (1, 1));
    Ok(())
}
