//! What one may not see, one does not see: not by any number, id or word.

use crate::desk::{Desk, after, answer, by, filing, message, note, once, start, tina, tom};
use crate::on_both;
use anyhow::Result;
use beistand_desk::core::{self, CustomerAct, TechnicianAct};
use beistand_desk::store::{ANYONE, Actor, Deed, NewUpload, Once, StoreError, Write};
use beistand_protocol::desk::api::entry::PublicHappening;
use beistand_protocol::desk::api::file::{FileInfo, FileKind};
use beistand_protocol::desk::api::my::MyQuery;
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::ticket::{LinkKind, Visibility};
use std::path::Path;

on_both!(
    strangers_find_nothing,
    what_is_internal_stays_with_technicians,
    the_queries_see_what_the_rules_say,
    a_merge_shows_nothing_that_was_not_theirs,
    files_belong_to_whoever_sent_them,
    a_file_sent_twice_is_one_and_of_its_sender,
    a_pin_alone_does_nothing_to_a_ticket,
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

/// Of what went into a ticket that they see, or came out of it, they see no more than before.
async fn a_merge_shows_nothing_that_was_not_theirs(desk: Desk) -> Result<()> {
    let (emil, berta) = (&desk.ada.employee, &desk.ada.boss);
    let kept = desk.file(emil, "Bitte nicht weitersagen.", start()).await?;
    desk.act(&by(emil, after(1)), kept, &message("Wirklich nicht weitersagen.")).await?;
    let open = desk.file(berta, "Für alle in der Firma.", after(1)).await?;
    desk.tina(kept, TechnicianAct::SetVisibility { visibility: Visibility::Requester }, after(2)).await?;
    desk.act(&tina(after(3)), kept, &Deed::Merge { into: open }).await?;
    let told = async |at| {
        let ticket = desk.mine(berta, open, at).await?;
        let all = serde_json::to_string(&ticket)?;
        assert!(!all.contains("weitersagen") && !all.contains(&kept.to_string()), "{all}");
        anyhow::Ok(ticket.timeline.last().map(|entry| entry.what.clone()))
    };
    let link = LinkKind::MergedFrom;
    assert_eq!(told(after(4)).await?, Some(PublicHappening::Linked { link, other: None }));
    desk.tina(kept, TechnicianAct::Unmerge, after(5)).await?;
    assert_eq!(told(after(6)).await?, Some(PublicHappening::Unlinked { link, other: None }));
    let number = kept.to_string();
    assert_eq!(desk.find_mine(berta, &number).await?, []);
    assert!(!serde_json::to_string(&desk.mine(emil, kept, after(6)).await?)?.contains(&open.to_string()));
    assert!(serde_json::to_string(&desk.seen(open, after(6)).await?.timeline)?.contains(&number));
    // Who may see the other one reads which it was, though the two have nothing to do with each other any more.
    desk.tina(kept, TechnicianAct::SetVisibility { visibility: Visibility::Company }, after(7)).await?;
    let timeline = desk.mine(berta, open, after(8)).await?.timeline;
    let parted = PublicHappening::Unlinked { link, other: Some(kept) };
    assert_eq!(timeline.last().map(|entry| &entry.what), Some(&parted));
    Ok(())
}

fn new_upload(uploader: &str, id: u8) -> NewUpload {
    NewUpload {
        id: AttachmentId::new([id; 16]),
        uploader: uploader.to_owned(),
        name: format!("datei-{id}.png"),
        kind: FileKind::Png,
        size: 100,
        sent_bytes: 120,
        sha256: [id; 32],
        blob_key: [id; 32],
        notes: Vec::new(),
    }
}

async fn upload(desk: &Desk, uploader: &str, id: u8) -> Result<AttachmentId> {
    let new = new_upload(uploader, id);
    desk.store.add_upload(&new, start()).await?;
    Ok(new.id)
}

/// One key is one file, for whoever sent it; nobody gets another's by its key.
async fn a_file_sent_twice_is_one_and_of_its_sender(desk: Desk) -> Result<()> {
    let (emil, berta) = (desk.ada.employee.key(), desk.ada.boss.key());
    let once = once("upload", "the same file").expect("that is a key");
    let send = async |uploader: &str, id: u8| {
        let new = new_upload(uploader, id);
        let (name, size_bytes) = (new.name.clone(), new.size);
        let info = FileInfo { id: new.id, name, kind: new.kind, size_bytes, notes: Vec::new() };
        desk.store.add_upload_once(&new, &info, &once, start()).await
    };
    let first = send(&emil, 1).await?;
    assert_eq!(send(&emil, 2).await?, first, "the answer was lost, the file was not");
    assert_eq!(desk.store.upload_before(&emil, &once).await?, Some(first.clone()));
    assert_eq!(desk.store.upload_before(&berta, &once).await?, None);
    assert_eq!(send(&berta, 3).await?.id, AttachmentId::new([3; 16]));
    assert_eq!(desk.store.existing_files(&[1, 2, 3].map(|id| AttachmentId::new([id; 16]))).await?.len(), 2);
    let other = Once { body: [0; 32], ..once.clone() };
    assert!(matches!(desk.store.upload_before(&emil, &other).await, Err(StoreError::KeyReused)));
    Ok(())
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
    // It goes with words alone.
    let take = Deed::Technician(TechnicianAct::Take);
    let tinas = upload(&desk, "technician:1", 4).await?;
    let taken = desk.store.act(&tina(after(1)), number, None, &take, &[tinas]).await;
    assert!(matches!(taken, Err(StoreError::NotFound)), "{taken:?}");
    desk.store.forget_upload(tinas).await?;
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
    for act in [TechnicianAct::Take, note("von draußen"), answer("Das war ich nicht.")] {
        let tried = desk.act(&write, number, &Deed::Technician(act)).await;
        assert!(matches!(tried, Err(StoreError::NotFound)), "{tried:?}");
    }
    let member = by(&desk.ada.employee, after(1));
    assert!(desk.store.start_session(&member, number).await.is_err());
    assert!(desk.store.start_session(&tom(after(1)), number).await.is_ok());
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
