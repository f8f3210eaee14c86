//! The outbox: what is to be sent, to whom, in which order, and what becomes of what can't be.

use crate::desk::{Desk, after, answer, note, resolve, start, tina};
use crate::on_both;
use anyhow::{Context as _, Result};
use beistand_desk::mail::Notice;
use beistand_desk::store::Letter;
use beistand_protocol::desk::api::queue::TaskKind;
use beistand_protocol::desk::ticket::State;
use std::time::Duration;

on_both!(
    letters_go_one_after_the_other,
    a_letter_that_is_dead_becomes_a_task,
    a_late_confirmation_becomes_one_task,
    two_posters_never_have_the_same_letter,
    a_note_is_never_mailed,
    what_can_not_be_read_holds_up_nobody,
    a_dead_letter_without_a_ticket_is_a_task_too,
);

const LEASE: Duration = Duration::from_secs(60);

async fn lease(desk: &Desk, second: i64) -> Result<Vec<Letter>> {
    Ok(desk.store.outbox_lease(after(second), LEASE, 10).await?)
}

async fn letters_go_one_after_the_other(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Bitte schreiben Sie mir.", start()).await?;
    desk.tina(number, answer("Gern: so geht es."), after(1)).await?;
    desk.tina(number, resolve("Erledigt."), after(2)).await?;
    let first = lease(&desk, 3).await?;
    assert_eq!((first.len(), first[0].ticket, first[0].attempts), (1, Some(number), 0));
    assert!(matches!(first[0].notice, Notice::Confirmation { by_phone: false, .. }));
    let to = first[0].to.clone().context("Emil has an address")?;
    assert_eq!((to.name.as_str(), to.email.as_str()), ("Emil Von 10234", "emil@10234.example"));
    assert_eq!(lease(&desk, 4).await?, [], "the next one waits for the first");
    // Whoever had it died: after the lease it is anybody's, with the same key.
    let again = lease(&desk, 70).await?;
    assert_eq!((again[0].id, &again[0].key), (first[0].id, &first[0].key));
    desk.store.outbox_retry(again[0].id, after(100), 1, "451 later").await?;
    assert_eq!(lease(&desk, 99).await?, []);
    assert_eq!(desk.store.outbox_next_due().await?, Some(after(1)), "the ones behind it are due, and wait");
    let third = lease(&desk, 100).await?;
    assert_eq!(third[0].attempts, 1);
    desk.store.outbox_done(third[0].id, "<1@server>").await?;
    let second = lease(&desk, 101).await?;
    let Notice::Answer { author, text, .. } = &second[0].notice else { panic!("{:?}", second[0].notice) };
    assert_eq!((author.as_str(), text.as_str()), ("Tina Techniker", "Gern: so geht es."));
    assert_eq!(second[0].previous_key.as_ref(), Some(&first[0].key));
    desk.store.outbox_done(second[0].id, "<2@server>").await?;
    let last = lease(&desk, 102).await?;
    assert_eq!(last[0].notice, Notice::Status { state: State::Resolved, text: "Erledigt.".into() });
    desk.store.outbox_done(last[0].id, "<3@server>").await?;
    assert_eq!((lease(&desk, 9999).await?, desk.store.outbox_next_due().await?), (vec![], None));
    Ok(())
}

async fn a_letter_that_is_dead_becomes_a_task(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Kommt nicht an.", start()).await?;
    let letter = lease(&desk, 1).await?.remove(0);
    desk.store.outbox_dead(letter.id, "550 no such user", after(2)).await?;
    desk.store.outbox_dead(letter.id, "550 no such user", after(3)).await?;
    let tasks = desk.store.tasks().await?.tasks;
    assert_eq!((tasks.len(), tasks[0].kind, tasks[0].ticket), (1, TaskKind::MailFailed, Some(number)));
    assert_eq!((tasks[0].contact.as_str(), tasks[0].phone.as_str()), ("Petra Person", "0221 / 123 45-67"));
    let timeline = serde_json::to_string(&desk.seen(number, after(4)).await?.timeline)?;
    assert_eq!(timeline.matches("550 no such user").count(), 1);
    assert!(!serde_json::to_string(&desk.mine(&desk.ada.employee, number, after(4)).await?)?.contains("550"));
    let dead = desk.store.outbox_dead_letters().await?;
    assert_eq!((dead.len(), dead[0].error.as_str()), (1, "550 no such user"));
    assert!(desk.store.outbox_replay(letter.id, after(5)).await?);
    assert!(!desk.store.outbox_replay(letter.id, after(5)).await?);
    assert_eq!(lease(&desk, 6).await?[0].key, letter.key);
    desk.store.task_done(tasks[0].id, &tina(after(7)).actor, after(7)).await?;
    assert_eq!(desk.store.tasks().await?.tasks, []);
    Ok(())
}

async fn a_late_confirmation_becomes_one_task(desk: Desk) -> Result<()> {
    desk.file(&desk.ada.employee, "Wartet lange.", start()).await?;
    let letter = lease(&desk, 1).await?.remove(0);
    assert!(!letter.tasked);
    desk.store.outbox_task(letter.id, after(2)).await?;
    desk.store.outbox_task(letter.id, after(3)).await?;
    assert_eq!(desk.store.tasks().await?.tasks.len(), 1);
    desk.store.outbox_retry(letter.id, after(4), 1, "no route").await?;
    assert!(lease(&desk, 5).await?[0].tasked);
    Ok(())
}

async fn two_posters_never_have_the_same_letter(desk: Desk) -> Result<()> {
    for index in 0..20 {
        desk.file(&desk.ada.employee, &format!("Brief Nummer {index}."), after(index)).await?;
    }
    let mut leasing = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = desk.store.clone();
        leasing.spawn(async move { store.outbox_lease(after(30), LEASE, 5).await });
    }
    let mut ids = Vec::new();
    while let Some(done) = leasing.join_next().await {
        ids.extend(done??.into_iter().map(|letter| letter.id));
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), count), (count, 20));
    Ok(())
}

async fn a_note_is_never_mailed(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Mit Notiz.", start()).await?;
    let letter = lease(&desk, 1).await?.remove(0);
    desk.store.outbox_done(letter.id, "<1@server>").await?;
    desk.tina(number, note("Das bleibt unter uns."), after(2)).await?;
    assert_eq!(lease(&desk, 3).await?, []);
    Ok(())
}

async fn what_can_not_be_read_holds_up_nobody(desk: Desk) -> Result<()> {
    let broken = desk.file(&desk.ada.employee, "Der erste Brief ist kaputt.", start()).await?;
    desk.tina(broken, answer("Der zweite ist gut."), after(1)).await?;
    let other = desk.file(&desk.bolt.employee, "Hier geht alles.", after(2)).await?;
    desk.data.sql("UPDATE outbox SET payload = '{\"kind\":\"of tomorrow\"}' WHERE id = 1").await?;
    let letters = lease(&desk, 3).await?;
    assert_eq!(letters.iter().map(|letter| letter.ticket).collect::<Vec<_>>(), [Some(other)]);
    let dead = desk.store.outbox_dead_letters().await?;
    assert_eq!((dead.len(), dead[0].id, dead[0].ticket), (1, 1, Some(broken)));
    assert!(dead[0].error.contains("can't be read"), "{}", dead[0].error);
    let tasks = desk.store.tasks().await?.tasks;
    assert_eq!((tasks.len(), tasks[0].kind, tasks[0].ticket), (1, TaskKind::MailFailed, Some(broken)));
    let timeline = serde_json::to_string(&desk.seen(broken, after(4)).await?.timeline)?;
    assert!(timeline.contains("mailFailed"), "{timeline}");
    // What was behind it goes on, at the next look.
    let next = lease(&desk, 5).await?;
    let [Letter { notice: Notice::Answer { text, .. }, .. }] = next.as_slice() else { panic!("{next:?}") };
    assert_eq!(text, "Der zweite ist gut.");
    // Nobody to write to in any language that we know: the same.
    desk.data.sql("UPDATE contact SET language = 'xx'").await?;
    desk.file(&desk.ada.employee, "Unbekannte Sprache.", after(6)).await?;
    assert_eq!(lease(&desk, 7).await?, []);
    assert_eq!(desk.store.outbox_dead_letters().await?.len(), 2);
    Ok(())
}

async fn a_dead_letter_without_a_ticket_is_a_task_too(desk: Desk) -> Result<()> {
    let receipt = beistand_protocol::desk::code::IntakeReceipt::from_stored(7).expect("eleven digits");
    let arrived = beistand_desk::store::IntakeArrived {
        receipt,
        customer_hmac: [1; 32],
        network_hmac: [1; 32],
        payload: vec![1],
    };
    desk.store.put_intake(&arrived, start()).await?;
    desk.store.hold_intake(receipt, desk.ada.key, &[], start()).await?;
    let letter = lease(&desk, 1).await?.remove(0);
    desk.store.outbox_dead(letter.id, "550 no such user", after(2)).await?;
    let tasks = desk.store.tasks().await?.tasks;
    let failed = tasks.iter().find(|task| task.kind == TaskKind::MailFailed).context("somebody is asked to call")?;
    assert_eq!((failed.ticket, failed.contact.as_str()), (None, "Berta Von 10234"));
    assert_eq!(failed.customer_name, "Ada Maschinenbau GmbH");
    let page = desk.store.queue(beistand_protocol::desk::ids::TechnicianId(1), &Default::default(), start()).await?;
    assert_eq!(page.counts.tasks as usize, tasks.len(), "what is counted can be seen");
    Ok(())
}
