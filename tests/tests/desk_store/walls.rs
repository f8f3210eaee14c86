//! What one may not see, one does not see: not by any number, id or word.

use crate::desk::{Desk, after, answer, by, filing, message, note, start, tina, tom};
use crate::on_both;
use anyhow::Result;
use beistand_desk::core::{self, CustomerAct, TechnicianAct};
use beistand_desk::store::{ANYONE, Actor, Deed, Filing, Linked, NewUpload, PinHash, StoreError, Write};
use beistand_protocol::desk::api::file::FileKind;
use beistand_protocol::desk::api::my::MyQuery;
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::ticket::Visibility;
use sha2::Digest as _;
use std::path::Path;
use std::time::Duration;

on_both!(
    strangers_find_nothing,
    what_is_internal_stays_with_technicians,
    the_queries_see_what_the_rules_say,
    files_belong_to_whoever_sent_them,
    a_pin_alone_does_nothing_to_a_ticket,
    a_link_code_works_once,
    an_admin_unlinks_one_app_or_all_of_a_person,
    who_is_not_there_any_more_is_nobody,
    a_pin_that_was_taken_away_is_none,
);

async fn strangers_find_nothing(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let number = desk.file(emil, "Geheimnis der Maschinenbauer.", start()).await?;
    for stranger in [&desk.bolt.employee, &desk.bolt.boss] {
        assert!(matches!(desk.mine(stranger, number, start()).await, Err(StoreError::NotFound)));
        assert!(matches!(desk.store.my_ticket_read(stranger, number).await, Err(StoreError::NotFound)));
        for deed in [
            message("Hallo?"),
            Deed::Customer(CustomerAct::Withdraw { reason: None }),
            Deed::Customer(CustomerAct::Confirm),
            Deed::Technician(TechnicianAct::Take),
            Deed::Technician(note("von draußen")),
            Deed::Merge { into: number },
        ] {
            let tried = desk.act(&by(stranger, after(1)), number, &deed).await;
            assert!(matches!(tried, Err(StoreError::NotFound)), "{deed:?}: {tried:?}");
        }
        for typed in ["geheimnis", &number.to_string(), "REF-4711"] {
            assert_eq!(desk.find_mine(stranger, typed).await?, [], "{typed}");
        }
    }
    assert_eq!(desk.seen(number, after(2)).await?.version, 1);
    Ok(())
}

async fn what_is_internal_stays_with_technicians(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let number = desk.file(emil, "Ein offenes Wort.", start()).await?;
    let secret = upload(&desk, "technician:1", 7).await?;
    let open = upload(&desk, "technician:1", 8).await?;
    let deed = Deed::Technician(note("GEHEIM: Kunde zahlt nie."));
    desk.store.act(&tina(after(1)), number, None, &deed, &[secret]).await?;
    desk.store.act(&tina(after(2)), number, None, &Deed::Technician(answer("Guten Tag.")), &[open]).await?;
    desk.tina(number, TechnicianAct::SetVisibility { visibility: Visibility::Requester }, after(3)).await?;
    let mine = serde_json::to_string(&desk.mine(emil, number, after(4)).await?)?;
    assert!(mine.contains("Guten Tag") && mine.contains("datei-8.png"));
    assert!(!mine.contains("GEHEIM") && !mine.contains("datei-7.png") && !mine.contains("visibilityChanged"));
    assert!(desk.store.my_file(emil, number, open).await.is_ok());
    assert!(matches!(desk.store.my_file(emil, number, secret).await, Err(StoreError::NotFound)));
    assert!(matches!(desk.store.my_file(&desk.bolt.boss, number, open).await, Err(StoreError::NotFound)));
    assert!(desk.store.desk_file(number, secret).await.is_ok());
    let seen = serde_json::to_string(&desk.seen(number, after(4)).await?)?;
    assert!(seen.contains("GEHEIM") && seen.contains("datei-7.png") && seen.contains("visibilityChanged"));
    assert_eq!((desk.find("geheim").await?, desk.find_mine(emil, "geheim").await?), (vec![number], vec![]));
    Ok(())
}

/// The condition in the queries and the rule in the core are two writings of one promise.
async fn the_queries_see_what_the_rules_say(desk: Desk) -> Result<()> {
    let members = [&desk.ada.employee, &desk.ada.boss, &desk.bolt.employee, &desk.bolt.boss];
    let mut numbers = Vec::new();
    for member in members {
        for visibility in [Visibility::Company, Visibility::Requester] {
            for known in [true, false] {
                let mut form = filing(member, "Wer darf das sehen?");
                form.requester = form.requester.filter(|_| known);
                let number = desk.store.file(&tina(start()), &form).await?.number;
                if visibility == Visibility::Requester {
                    desk.tina(number, TechnicianAct::SetVisibility { visibility }, after(1)).await?;
                }
                numbers.push(number);
            }
        }
    }
    for member in members {
        let listed = desk.store.my_tickets(member, &MyQuery::default()).await?.tickets;
        for number in &numbers {
            let (ticket, _) = desk.store.facts(*number).await?;
            let may = core::may_see(&ticket, member.is);
            assert_eq!(listed.iter().any(|one| one.number == *number), may, "{ticket:?} {member:?}");
            assert_eq!(desk.mine(member, *number, after(2)).await.is_ok(), may, "{ticket:?} {member:?}");
        }
    }
    Ok(())
}

async fn upload(desk: &Desk, uploader: &str, id: u8) -> Result<AttachmentId> {
    let id_of_file = AttachmentId::new([id; 16]);
    let new = NewUpload {
        id: id_of_file,
        uploader: uploader.to_owned(),
        name: format!("datei-{id}.png"),
        kind: FileKind::Png,
        size: 100,
        sent_bytes: 120,
        sha256: [id; 32],
        blob_key: [id; 32],
        notes: Vec::new(),
    };
    desk.store.add_upload(&new, start()).await?;
    Ok(id_of_file)
}

async fn files_belong_to_whoever_sent_them(desk: Desk) -> Result<()> {
    let (emil, berta) = (&desk.ada.employee, &desk.ada.boss);
    let emils = upload(&desk, &emil.key(), 1).await?;
    let anyones = upload(&desk, ANYONE, 2).await?;
    let unused = upload(&desk, ANYONE, 3).await?;
    let mut form = filing(berta, "Mit fremder Datei.");
    form.request.attachments = vec![emils];
    assert!(matches!(desk.store.file(&by(berta, start()), &form).await, Err(StoreError::NotFound)));
    assert_eq!(desk.find("fremder").await?, [], "nothing is left of a form that failed");
    let actor = Actor::Member(berta.clone());
    assert_eq!(desk.store.uploads(&actor, &[emils, anyones]).await?.len(), 1);
    form.request.attachments = vec![anyones];
    let number = desk.store.file(&by(berta, start()), &form).await?.number;
    assert_eq!(desk.mine(berta, number, start()).await?.files[0].name, "datei-2.png");
    assert_eq!(desk.seen(number, start()).await?.files.len(), 1);
    assert_eq!(desk.find("datei-2").await?, [number]);
    // A file is used once.
    assert_eq!(desk.store.uploads(&actor, &[anyones]).await?, []);
    let again = desk.store.act(&by(berta, after(1)), number, None, &message("Nochmal"), &[anyones]).await;
    assert!(matches!(again, Err(StoreError::NotFound)));
    assert_eq!(desk.mine(berta, number, after(1)).await?.version, 1);
    let old = desk.store.unused_uploads(after(1)).await?;
    assert_eq!((old.len(), old.contains(&anyones)), (2, false));
    desk.store.forget_upload(unused).await?;
    desk.store.forget_upload(anyones).await?;
    assert_eq!(desk.store.existing_files(&[emils, anyones, unused]).await?.len(), 2);
    Ok(())
}

async fn a_pin_alone_does_nothing_to_a_ticket(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Für die mit der App.", start()).await?;
    let write = Write { actor: Actor::Pin { name: "Wer auch immer".into() }, now: after(1), once: None };
    assert!(matches!(desk.act(&write, number, &message("Ich bin's")).await, Err(StoreError::NotFound)));
    assert!(matches!(desk.store.start_session(&write, number).await, Err(StoreError::NotFound)));
    let member = by(&desk.ada.employee, after(1));
    assert!(desk.store.start_session(&member, number).await.is_err());
    assert!(desk.store.start_session(&tom(after(1)), number).await.is_ok());
    Ok(())
}

async fn a_link_code_works_once(desk: Desk) -> Result<()> {
    let (customer, contact) = (desk.ada.key, desk.ada.employee.is.contact);
    let add = |code: u8, until| desk.store.add_link_code(customer, contact, [code; 32], "admin", until, start());
    add(1, after(600)).await?;
    add(2, after(10)).await?;
    let redeem = |code: u8, secret: u8, at| desk.store.redeem_link_code([code; 32], [secret; 32], "PC", after(at));
    let member = redeem(1, 11, 20).await?.expect("it is good");
    assert!(redeem(1, 12, 21).await?.is_none(), "it was used");
    assert!(redeem(2, 13, 22).await?.is_none(), "it is too old");
    assert!(redeem(3, 14, 23).await?.is_none(), "there is none");
    assert_eq!(desk.store.member([11; 32]).await?.as_ref(), Some(&member));
    assert!(desk.store.member([12; 32]).await?.is_none());
    desk.store.unlink(member.app, after(30)).await?;
    assert!(desk.store.member([11; 32]).await?.is_none());
    // A contact of one customer can't be linked to another.
    let foreign = desk.store.add_link_code(desk.bolt.key, contact, [9; 32], "admin", after(600), start()).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    Ok(())
}

async fn an_admin_unlinks_one_app_or_all_of_a_person(desk: Desk) -> Result<()> {
    let store = &desk.store;
    let hash = |what: &str| -> [u8; 32] { sha2::Sha256::digest(what).into() };
    let emil = &desk.ada.employee;
    let code = async |what: &str| {
        let until = after(3600);
        store.add_link_code(desk.ada.key, emil.is.contact, hash(what), "admin", until, start()).await
    };
    for (app, at) in [("second", after(1)), ("third", after(2))] {
        code(app).await?;
        let linked = store.redeem_link_code(hash(app), hash(&format!("secret of {app}")), app, at).await?;
        assert!(linked.is_some(), "{app}");
    }
    let names = async |which: &Linked| -> Result<Vec<String>> {
        Ok(store.linked_apps(which).await?.into_iter().map(|line| format!("{} {}", line.name, line.device)).collect())
    };
    let of_emil = Linked::OfPerson("EMIL@10234.example".into());
    assert_eq!(names(&of_emil).await?, ["Emil Von 10234 PC 1", "Emil Von 10234 second", "Emil Von 10234 third"]);
    assert_eq!(names(&Linked::OfCustomer("10234".parse()?)).await?.len(), 4);
    assert_eq!(names(&Linked::All).await?.len(), 6);

    let revoked = store.revoke_linked(&Linked::App(emil.app), "admin", after(2)).await?;
    assert_eq!((revoked.apps.len(), revoked.codes), (1, 0));
    assert_eq!(names(&of_emil).await?, ["Emil Von 10234 second", "Emil Von 10234 third"]);
    assert_eq!(store.revoke_linked(&Linked::App(emil.app), "admin", after(2)).await?.apps, []);
    code("unused").await?;
    let revoked = store.revoke_linked(&of_emil, "admin", after(3)).await?;
    assert_eq!((revoked.apps.len(), revoked.codes), (2, 1));
    for app in ["second", "third"] {
        assert_eq!(store.member(hash(&format!("secret of {app}"))).await?, None, "{app}");
    }
    assert_eq!(store.redeem_link_code(hash("unused"), hash("x"), "PC", after(4)).await?, None);
    // Nobody else is concerned.
    assert_eq!(names(&Linked::All).await?.len(), 3);
    Ok(())
}

async fn who_is_not_there_any_more_is_nobody(desk: Desk) -> Result<()> {
    let store = &desk.store;
    let hash = |what: &str| -> [u8; 32] { sha2::Sha256::digest(what).into() };
    let (emil, secret) = (&desk.ada.employee, hash("secret Emil 10234"));
    let pin = PinHash { phc: "$argon2id$x".into(), pepper_id: "1".into() };
    store.add_pin(desk.ada.key, &pin, "admin", start()).await?;
    assert_eq!(store.member(secret).await?.as_ref(), Some(emil));
    assert!(store.pins(&"10234".parse()?).await?.is_some());
    desk.data.sql("UPDATE customer SET active = 0 WHERE number = '10234'").await?;
    assert_eq!(store.member(secret).await?, None);
    assert!(store.pins(&"10234".parse()?).await?.is_none());
    desk.data.sql("UPDATE customer SET active = 1").await?;
    // Another customer's person stays one, whatever happens at this one.
    desk.file(emil, "Von jemandem, der geht.", start()).await?;
    desk.data.sql("UPDATE contact SET erased_at = 1 WHERE email = 'emil@10234.example'").await?;
    assert_eq!(store.member(secret).await?, None);
    let code = store.add_link_code(desk.ada.key, emil.is.contact, hash("new"), "admin", after(600), start()).await;
    assert!(matches!(code, Err(StoreError::NotFound)), "{code:?}");
    let sent = store.outbox_lease(after(1), Duration::from_secs(60), 10).await?;
    assert_eq!(sent.iter().map(|letter| letter.to.clone()).collect::<Vec<_>>(), [None], "nobody is written to");
    // A form in which their address stands is nobody's on file: the main contacts hear of it. So it is with the address
    // of somebody at another customer's.
    for address in ["emil@10234.example", "emil@20077.example"] {
        let write = Write { actor: Actor::Pin { name: "Petra Person".into() }, now: after(2), once: None };
        let mut form = Filing { requester: None, ..filing(emil, "Mit PIN und fremder Adresse.") };
        form.request.contact.email = address.parse()?;
        let number = store.file(&write, &form).await?.number;
        assert_eq!(desk.seen(number, after(3)).await?.requester, None, "{address}");
    }
    let sent = store.outbox_lease(after(4), Duration::from_secs(60), 10).await?;
    let to: Vec<String> = sent.into_iter().filter_map(|letter| Some(letter.to?.email)).collect();
    assert_eq!(to, ["berta@10234.example", "berta@10234.example"]);
    let named = Filing { requester: Some(emil.is.contact), ..filing(emil, "Für jemanden, der fort ist.") };
    let named = store.file(&tina(after(5)), &named).await;
    assert!(matches!(named, Err(StoreError::Refused(Refusal::UnknownContact))), "{named:?}");
    Ok(())
}

async fn a_pin_that_was_taken_away_is_none(desk: Desk) -> Result<()> {
    let store = &desk.store;
    let pins = async || anyhow::Ok(store.pins(&"10234".parse()?).await?.map_or(0, |(_, hashes)| hashes.len()));
    assert_eq!(pins().await?, 0);
    for phc in ["$argon2id$1", "$argon2id$2"] {
        let hash = PinHash { phc: phc.into(), pepper_id: "1".into() };
        store.add_pin(desk.ada.key, &hash, "admin", start()).await?;
        assert_eq!(pins().await?, 1, "the one before is void");
    }
    assert_eq!(store.revoke_pins(desk.ada.key, after(1)).await?, 1);
    assert_eq!(pins().await?, 0);
    Ok(())
}

/// No query for customers names where internal things are.
#[test]
fn queries_for_customers_name_no_internal_table() -> Result<()> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../desk/src/store");
    for file in ["mine.rs", "public.rs"] {
        let source = std::fs::read_to_string(store.join(file))?;
        let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for table in [
            "FROM note",
            "JOIN note",
            "FROM ticket_event",
            "JOIN ticket_event",
            "FROM attachment",
            "JOIN attachment",
            "time_entry",
            "d.internal",
            "task ",
            "audit_log",
            "outbox",
        ] {
            assert!(!code.contains(table), "{file} names {table}");
        }
    }
    let member = std::fs::read_to_string(store.join("mine.rs"))?;
    let queries = member.matches("FROM ticket t").count() + member.matches("\"ticket t\"").count();
    assert!(member.matches("VISIBLE").count() > queries, "a query in mine.rs asks without VISIBLE");
    Ok(())
}
