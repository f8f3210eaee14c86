//! Someone else's ticket, note or file by any guessed id or search: never. And text that is SQL is text.

use crate::client::{Client, fresh_key};
use crate::house::{House, draft, filed};
use anyhow::Result;
use serde_json::json;

/// Everything that can be asked of a ticket, as a linked app would.
async fn all_that_can_be_asked(who: &Client, number: &str, file: &str) -> Result<Vec<(String, u16)>> {
    let mut answers = Vec::new();
    let base = format!("/api/v1/my/tickets/{number}");
    for path in [base.clone(), format!("{base}/files/{file}")] {
        answers.push((path.clone(), who.get(&path).await?.status));
    }
    for (act, body) in [
        ("messages", json!({"text": "Guten Tag"})),
        ("withdraw", json!({})),
        ("urgency", json!({"severity": 1, "reason": "alles steht"})),
        ("confirm", json!({})),
        ("reopen", json!({"text": "Doch nicht"})),
        ("read", json!({})),
    ] {
        let path = format!("{base}/{act}");
        for version in [1, 2, 9] {
            answers.push((path.clone(), who.change(version, &path, &body).await?.status));
        }
    }
    Ok(answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_only_theirs_who_may_see_it() -> Result<()> {
    let house = House::new().await?;
    let file = house.one.clerk.upload("geheim.txt", b"Kennwort: Erdbeermarmelade").await?.good()["file"]["id"].clone();
    let file = file.as_str().unwrap().to_owned();
    let form = json!({"draft": draft("Vertraulich: Erdbeermarmelade kommt nicht", std::slice::from_ref(&file))});
    // Nobody else can use an upload, nor file with it.
    for stranger in [&house.one.boss, &house.other.boss, &house.technician] {
        let path =
            if std::ptr::eq(stranger, &house.technician) { "/api/v1/technician/tickets" } else { "/api/v1/my/tickets" };
        let mut form = form.clone();
        if path.contains("technician") {
            form["customer"] = json!(house.one.number);
        }
        assert_eq!(stranger.post(path, &form).await?.status, 404);
    }
    let number = house.one.clerk.post("/api/v1/my/tickets", &form).await?.good()["number"].as_str().unwrap().to_owned();
    let desk = format!("/api/v1/technician/tickets/{number}");
    house
        .technician
        .post(&format!("{desk}/notes"), &json!({"text": "Intern: Erdbeermarmelade war schlecht"}))
        .await?
        .good();
    let secret = house.technician.upload("intern.txt", b"Intern: Erdbeermarmelade").await?.good()["file"]["id"].clone();
    let note = json!({"text": "mit Anhang", "attachments": [secret]});
    house.technician.post(&format!("{desk}/notes"), &note).await?.good();
    let secret = secret.as_str().unwrap();

    assert_eq!(house.one.clerk.get(&format!("/api/v1/my/tickets/{number}/files/{file}")).await?.status, 200);
    assert_eq!(house.technician.get(&format!("{desk}/files/{secret}")).await?.status, 200);
    // The note's file is nobody's at the customer's, though they see the ticket.
    for who in [&house.one.clerk, &house.one.boss] {
        assert_eq!(who.get(&format!("/api/v1/my/tickets/{number}/files/{secret}")).await?.status, 404);
    }
    let strangers = [&house.other.boss, &house.other.clerk];
    for stranger in strangers {
        for (path, status) in all_that_can_be_asked(stranger, &number, &file).await? {
            assert_eq!(status, 404, "{path}");
        }
        for words in ["Erdbeermarmelade", &number, "geheim", "typed%40elsewhere", "0211123456", "%25", "_", "*"] {
            let page = stranger.get(&format!("/api/v1/my/tickets?q={words}")).await?;
            assert!(page.status == 400 || page.json()["tickets"].as_array().unwrap().is_empty(), "{words}");
        }
    }
    // A file by the number of a ticket that one does see.
    let own = filed(&house.other.clerk, "Etwas anderes, ganz harmlos").await?;
    for id in [file.as_str(), secret] {
        assert_eq!(house.other.clerk.get(&format!("/api/v1/my/tickets/{own}/files/{id}")).await?.status, 404);
        assert_eq!(house.technician.get(&format!("/api/v1/technician/tickets/{own}/files/{id}")).await?.status, 404);
    }
    // A search by who may see the ticket finds nothing that only technicians wrote.
    let found = house.one.boss.get("/api/v1/my/tickets?q=schlecht").await?.good();
    assert!(found["tickets"].as_array().unwrap().is_empty());
    // Credentials are for their own lane, and none is none.
    let (app, nobody) = (&house.one.boss, &house.client);
    for path in [desk.as_str(), "/api/v1/technician/queue", "/api/v1/technician/customers", "/api/v1/technician/tasks"]
    {
        assert_eq!((app.get(path).await?.status, nobody.get(path).await?.status), (401, 401), "{path}");
    }
    for path in ["/api/v1/my/tickets", "/api/v1/my/profile"] {
        assert_eq!((house.technician.get(path).await?.status, nobody.get(path).await?.status), (401, 401), "{path}");
    }
    for token in [
        "bl_",
        "bt_",
        "bl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "x",
        "bt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert_eq!(nobody.with(token).get("/api/v1/my/tickets").await?.status, 401);
        assert_eq!(nobody.with(token).get("/api/v1/technician/queue").await?.status, 401);
        assert_eq!(nobody.with(token).upload("a.txt", b"hello there").await?.status, 401);
    }
    Ok(())
}

const NASTY: &[&str] = &[
    "'; DROP TABLE ticket; --",
    "\" OR 1=1 --",
    "c++ foo\"bar NEAR( * - ^ : AND OR NOT",
    "%_\\%' ESCAPE '\\",
    "{\"a\": [1, 2]} </script><script>alert(1)</script>",
    "$1 ?1 :name @x \u{202e}rtl \u{0}nul \r\nBcc: x@y.example",
];

#[tokio::test(flavor = "multi_thread")]
async fn syntax_in_a_text_is_text() -> Result<()> {
    let house = House::new().await?;
    let (clerk, technician) = (&house.one.clerk, &house.technician);
    for nasty in NASTY {
        let mut form = draft(&format!("Beschreibung {nasty}"), &[]);
        form["reference"] = json!(nasty.chars().take(60).collect::<String>());
        form["company"] = json!(nasty);
        form["contactPerson"] = json!(nasty);
        let answer = clerk.post("/api/v1/my/tickets", &json!({"draft": form})).await?;
        // A field may refuse it, by name; nothing falls over.
        assert!(matches!(answer.status, 201 | 422), "{nasty}: {}", String::from_utf8_lossy(&answer.body));
        let answer = clerk.post("/api/v1/my/tickets", &json!({"draft": draft(nasty, &[])})).await?;
        assert!(matches!(answer.status, 201 | 422), "{nasty}: {}", String::from_utf8_lossy(&answer.body));
        let number = filed(clerk, &format!("Beschreibung {nasty} Ende")).await?;
        let desk = format!("/api/v1/technician/tickets/{number}");
        clerk.post(&format!("/api/v1/my/tickets/{number}/messages"), &json!({"text": nasty})).await?.good();
        technician.post(&format!("{desk}/notes"), &json!({"text": nasty})).await?.good();
        technician.post(&format!("{desk}/answers"), &json!({"text": nasty})).await?.good();
        let version = technician.get(&desk).await?.good()["version"].as_u64().unwrap();
        let raised = clerk
            .change(version, &format!("/api/v1/my/tickets/{number}/urgency"), &json!({"severity": 1, "reason": nasty}))
            .await?;
        assert_eq!(raised.status, 200, "{}", String::from_utf8_lossy(&raised.body));
        let typed: String = nasty.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for (who, path) in [
            (clerk, "/api/v1/my/tickets?q="),
            (clerk, "/api/v1/my/tickets?cursor="),
            (technician, "/api/v1/technician/queue?q="),
            (technician, "/api/v1/technician/queue?cursor="),
            (technician, "/api/v1/technician/queue?customer="),
            (technician, "/api/v1/technician/customers?q="),
            (technician, "/api/v1/technician/customers?cursor="),
            (technician, "/api/v1/technician/customers/"),
            (technician, "/api/v1/technician/tickets/"),
            (technician, "/api/v1/technician/intake/"),
            (clerk, "/api/v1/my/tickets/"),
        ] {
            let answer = who.get(&format!("{path}{typed}")).await?;
            assert!(answer.status < 500, "{path}{nasty}: {}", answer.status);
        }
        // A search for the whole text finds it: it was read as text.
        let found = technician.get(&format!("/api/v1/technician/queue?view=all&q={typed}")).await?;
        assert!(found.status == 400 || !found.json()["tickets"].as_array().unwrap().is_empty(), "{nasty}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused_and_bounded() -> Result<()> {
    let house = House::new().await?;
    let (nobody, app) = (&house.client, &house.one.boss);
    let json_type = [("Content-Type", "application/json"), ("Idempotency-Key", "0123456789abcdef")];
    for body in [&b"{"[..], b"[]", b"\xff\xfe", b"{\"draft\":{\"x\":1}}", b"null", &[b'['; 100_000]] {
        let answer = app.send("POST", "/api/v1/my/tickets", &json_type, body).await?;
        assert_eq!(answer.code(), "malformed", "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(app.send("POST", "/api/v1/my/tickets", &json_type, &vec![b' '; 200_000]).await?.code(), "tooLarge");
    for wrong in
        [&json_type[1..], &json_type[..1], &[("Content-Type", "text/plain"), ("Idempotency-Key", "0123456789abcdef")]]
    {
        assert_eq!(nobody.send("POST", "/api/v1/intake", wrong, b"{\"a\":1}").await?.code(), "malformed");
    }
    for key in ["short", "with spaces in it 1234", &"a".repeat(65)] {
        assert_eq!(app.post_as(key, "/api/v1/my/tickets", &json!({})).await?.code(), "malformed");
    }
    for query in ["limit=0", "limit=101", "limit=x", "unknown=1", "filter=everything", "q="] {
        assert_eq!(app.get(&format!("/api/v1/my/tickets?{query}")).await?.status, 400, "{query}");
    }
    for path in ["/api/v1/my/tickets/1", "/api/v1/my/tickets/T-0000-0000", "/api/v1/my/tickets/%00", "/api/v1/none"] {
        assert_eq!(app.get(path).await?.code(), "notFound", "{path}");
    }
    assert_eq!(app.send("PATCH", "/api/v1/my/tickets", &[], b"").await?.status, 405);
    // What a page of somebody else's could send without asking is no request, however right it is; no other scheme is none.
    let right = json!({"draft": draft("Ganz richtig ausgefüllt", &[])}).to_string();
    let plain = [("Content-Type", "text/plain"), ("Idempotency-Key", "0123456789abcdef")];
    assert_eq!(app.send("POST", "/api/v1/my/tickets", &plain, right.as_bytes()).await?.code(), "malformed");
    let basic = [("Authorization", "Basic eDp5"), ("Idempotency-Key", "0123456789abcdef")];
    assert_eq!(nobody.send("POST", "/api/v1/uploads", &basic, b"hello there").await?.status, 401);
    // One key of two requests, of which the second may differ in nothing but whom it is for.
    let (one, two) = (filed(app, "Das erste von zweien").await?, filed(app, "Das zweite von zweien").await?);
    let key = fresh_key();
    let write = |number: &str| format!("/api/v1/my/tickets/{number}/messages");
    app.post_as(&key, &write(&one), &json!({"text": "Bitte bald"})).await?.good();
    assert_eq!(app.post_as(&key, &write(&two), &json!({"text": "Bitte bald"})).await?.code(), "keyReused");
    let key = fresh_key();
    let form = |text: &str| json!({"draft": draft(text, &[])});
    app.post_as(&key, "/api/v1/my/tickets", &form("Das erste Mal so")).await?.good();
    assert_eq!(app.post_as(&key, "/api/v1/my/tickets", &form("Das zweite Mal so")).await?.code(), "keyReused");
    // The same key of somebody else is another one.
    house.other.boss.post_as(&key, "/api/v1/my/tickets", &form("Von jemand anderem")).await?.good();
    Ok(())
}
