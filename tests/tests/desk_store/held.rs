//! A form that is held waits for a technician, for as long as it takes; and wrong PINs are told of once a day.

use crate::desk::{Desk, after, filing, once, start, tina, tom};
use crate::on_both;
use anyhow::{Context as _, Result};
use beistand_desk::mail::Notice;
use beistand_desk::store::{ANYONE, Actor, Decided, Filing, IntakeArrived, NewContact, NewUpload, StoreError, Write};
use beistand_protocol::desk::api::file::FileKind;
use beistand_protocol::desk::api::intake::IntakeOutcome;
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::api::queue::TaskKind;
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::ticket::{AuthMethod, Channel};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

on_both!(
    a_held_form_waits_until_it_is_released,
    a_discarded_form_is_gone_with_its_files,
    of_two_who_release_at_once_one_does,
    what_nobody_can_read_is_a_task_too,
    wrong_pins_are_told_of_once_a_day,
    a_wrong_pin_is_in_the_audit_log,
);

const FORM: &[u8] = b"sealed";
const FILE: [u8; 16] = [7; 16];

fn receipt() -> IntakeReceipt {
    IntakeReceipt::from_stored(4711).expect("eleven digits")
}

fn days(count: i64) -> Timestamp {
    start() + SignedDuration::from_hours(24 * count)
}

async fn arrives(desk: &Desk, receipt: IntakeReceipt) -> Result<()> {
    let arrived = IntakeArrived { receipt, customer_hmac: [1; 32], network_hmac: [9; 32], payload: FORM.to_vec() };
    Ok(desk.store.put_intake(&arrived, start()).await?)
}

/// A form of Ada's with a file, which is held.
async fn held(desk: &Desk) -> Result<Filing> {
    let file = NewUpload {
        id: AttachmentId::new(FILE),
        uploader: ANYONE.to_owned(),
        name: "bild.png".to_owned(),
        kind: FileKind::Png,
        size: 10,
        sent_bytes: 10,
        sha256: [1; 32],
        blob_key: [2; 32],
        notes: Vec::new(),
    };
    desk.store.add_upload(&file, start()).await?;
    arrives(desk, receipt()).await?;
    desk.store.hold_intake(receipt(), desk.ada.key, &[file.id], start()).await?;
    let mut filing = Filing {
        requester: None,
        channel: Channel::PinForm,
        auth: AuthMethod::Pin,
        receipt: Some(receipt()),
        ..filing(&desk.ada.employee, "Angehalten und freigegeben.")
    };
    filing.request.attachments = vec![file.id];
    Ok(filing)
}

async fn a_held_form_waits_until_it_is_released(desk: Desk) -> Result<()> {
    let filing = held(&desk).await?;
    let store = &desk.store;
    let first_by_name = NewContact { last_name: "Aal".to_owned(), ..NewContact::default() };
    store.add_contact(desk.ada.key, &first_by_name, start()).await?;
    // Nothing takes it away: neither time, nor somebody else who knows its file, nor "done".
    store.purge(days(100)).await?;
    assert_eq!(store.unused_uploads(days(100)).await?, []);
    let sender = Actor::Pin { name: String::new() };
    assert_eq!(store.uploads(&sender, &filing.request.attachments).await?, []);
    assert_eq!(store.waiting_intakes(10).await?, []);
    let task = store.tasks().await?.tasks.into_iter().next().context("somebody is asked to call")?;
    assert_eq!((task.kind, task.ticket, task.receipt), (TaskKind::HeldForm, None, Some(receipt())));
    assert_eq!((task.customer_name.as_str(), task.contact.as_str()), ("Ada Maschinenbau GmbH", "Berta Von 10234"));
    let done = store.task_done(task.id, &tina(days(100)).actor, days(100)).await;
    assert!(matches!(done, Err(StoreError::Refused(Refusal::StillHeld))), "{done:?}");
    let found = store.lookup_receipt(receipt(), days(100)).await?;
    let sealed = found.held.context("it is there")?;
    assert_eq!((sealed.form.as_slice(), sealed.files.len(), found.lookup.version), (FORM, 1, 2));
    let IntakeOutcome::Held { held } = found.lookup.outcome else { panic!("{:?}", found.lookup.outcome) };
    assert_eq!(held.customer.context("whose it is")?.number.as_str(), "10234");
    assert_eq!(held.contacts.iter().map(|one| one.main).collect::<Vec<_>>(), [true, false, false]);
    let asked = store.outbox_lease(days(100), Duration::from_secs(60), 10).await?;
    assert!(matches!(&asked[..], [letter] if letter.notice == Notice::Held { receipt: receipt() }), "{asked:?}");

    let stale = store.release_intake(&tina(days(100)), 1, &filing, "Berta am Telefon").await;
    assert!(matches!(stale, Err(StoreError::Stale { current: 2 })), "{stale:?}");
    let write = Write { once: once("release", "body"), ..tina(days(100)) };
    store.release_intake(&write, 2, &filing, "Berta am Telefon").await?;
    store.release_intake(&write, 2, &filing, "Berta am Telefon").await?;
    let again = store.release_intake(&tom(days(100)), 2, &filing, "Noch einmal").await;
    assert!(matches!(again, Err(StoreError::Stale { current: 3 })), "{again:?}");
    let again = store.release_intake(&tom(days(100)), 3, &filing, "Noch einmal").await;
    assert!(matches!(again, Err(StoreError::Refused(Refusal::NotHeld))), "{again:?}");

    let number = match &desk.find("freigegeben").await?[..] {
        [number] => *number,
        several => panic!("{several:?}"),
    };
    let ticket = desk.seen(number, days(100)).await?;
    assert_eq!((ticket.channel, ticket.auth_method, ticket.files.len()), (Channel::PinForm, AuthMethod::Pin, 1));
    let timeline = serde_json::to_string(&ticket.timeline)?;
    assert!(timeline.contains("released") && timeline.contains("Berta am Telefon"), "{timeline}");
    assert!(timeline.contains("Tina Techniker") && timeline.contains("Petra Person"), "{timeline}");
    let mine = serde_json::to_string(&desk.mine(&desk.ada.boss, number, days(100)).await?)?;
    assert!(mine.contains("bild.png") && !mine.contains("am Telefon"), "{mine}");
    assert_eq!(store.broken_event(number).await?, None);
    let confirmed = store.outbox_lease(days(101), Duration::from_secs(60), 10).await?;
    let receipts = confirmed.iter().filter_map(|letter| match &letter.notice {
        Notice::Confirmation { receipt, by_phone: false, .. } => *receipt,
        _ => None,
    });
    assert_eq!(receipts.collect::<Vec<_>>(), [receipt()], "the contact gets the number by mail");
    assert_eq!(store.tasks().await?.tasks, []);
    // What became of it can be looked up for three days more.
    store.purge(days(102)).await?;
    let found = store.lookup_receipt(receipt(), days(102)).await?;
    assert_eq!((found.lookup.outcome, found.held), (IntakeOutcome::Created { ticket: number }, None));
    let decision = found.lookup.decision.context("somebody decided")?;
    assert_eq!((decision.by.as_str(), decision.text.as_str()), ("Tina Techniker", "Berta am Telefon"));
    store.purge(days(104)).await?;
    assert!(matches!(store.lookup_receipt(receipt(), days(104)).await, Err(StoreError::NotFound)));
    Ok(())
}

async fn a_discarded_form_is_gone_with_its_files(desk: Desk) -> Result<()> {
    let filing = held(&desk).await?;
    let store = &desk.store;
    let write = Write { once: once("discard", "body"), ..tina(after(60)) };
    let stale = store.discard_intake(&write, 1, receipt(), "Berta weiß von nichts").await;
    assert!(matches!(stale, Err(StoreError::Stale { current: 2 })), "{stale:?}");
    store.discard_intake(&write, 2, receipt(), "Berta weiß von nichts").await?;
    store.discard_intake(&write, 2, receipt(), "Berta weiß von nichts").await?;
    let other = Write { once: once("discard", "another body"), ..tina(after(60)) };
    let other = store.discard_intake(&other, 2, receipt(), "Etwas anderes").await;
    assert!(matches!(other, Err(StoreError::KeyReused)), "{other:?}");
    let found = store.lookup_receipt(receipt(), after(61)).await?;
    assert_eq!((found.lookup.outcome, found.lookup.version, found.held), (IntakeOutcome::Discarded, 3, None));
    assert_eq!(found.lookup.decision.context("somebody decided")?.text, "Berta weiß von nichts");
    assert_eq!(store.unused_uploads(days(2)).await?, filing.request.attachments);
    assert_eq!((store.tasks().await?.tasks, desk.find("freigegeben").await?), (vec![], vec![]));
    let released = store.release_intake(&tina(after(62)), 3, &filing, "Doch").await;
    assert!(matches!(released, Err(StoreError::Refused(Refusal::NotHeld))), "{released:?}");
    Ok(())
}

async fn of_two_who_release_at_once_one_does(desk: Desk) -> Result<()> {
    let filing = held(&desk).await?;
    let mut releasing = tokio::task::JoinSet::new();
    for write in [tina(after(1)), tom(after(1)), tina(after(1)), tom(after(1))] {
        let (store, filing) = (desk.store.clone(), filing.clone());
        releasing.spawn(async move { store.release_intake(&write, 2, &filing, "Berta am Telefon").await });
    }
    let mut done = 0;
    while let Some(released) = releasing.join_next().await {
        match released? {
            Ok(()) => done += 1,
            Err(StoreError::Stale { current: 3 }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    assert_eq!((done, desk.find("freigegeben").await?.len()), (1, 1));
    Ok(())
}

async fn what_nobody_can_read_is_a_task_too(desk: Desk) -> Result<()> {
    let store = &desk.store;
    arrives(&desk, receipt()).await?;
    store.hold_unreadable(receipt(), start()).await?;
    store.hold_unreadable(receipt(), start()).await?;
    store.purge(days(100)).await?;
    let tasks = store.tasks().await?.tasks;
    assert_eq!((tasks.len(), tasks[0].kind, tasks[0].receipt), (1, TaskKind::HeldForm, Some(receipt())));
    assert_eq!((tasks[0].customer_name.as_str(), tasks[0].contact.as_str()), ("", ""), "nobody knows whose it is");
    let found = store.lookup_receipt(receipt(), start()).await?;
    let IntakeOutcome::Held { held } = found.lookup.outcome else { panic!("{:?}", found.lookup.outcome) };
    assert_eq!((held.form, held.customer, found.held), (None, None, None));
    store.discard_intake(&tina(after(1)), 2, receipt(), "Kommt am Telefon").await?;
    assert_eq!(store.tasks().await?.tasks, []);
    Ok(())
}

/// By the keyed hash of the number that was typed, whether it is a customer's or nobody's.
async fn a_wrong_pin_is_in_the_audit_log(desk: Desk) -> Result<()> {
    let store = &desk.store;
    let numbered = |stored| IntakeReceipt::from_stored(stored).expect("eleven digits");
    for (stored, customer, typed) in [(1, Some(desk.ada.key), 0x0a), (2, None, 0xfb), (3, Some(desk.ada.key), 0x0a)] {
        let (receipt, customer_hmac) = (numbered(stored), [typed; 32]);
        let arrived = IntakeArrived { receipt, customer_hmac, network_hmac: [9; 32], payload: FORM.to_vec() };
        store.put_intake(&arrived, start()).await?;
        assert!(!store.waiting_intakes(10).await?.is_empty());
        store.wrong_pin(receipt, customer, date(2027, 3, 1), after(1)).await?;
        // Decided on once, by whichever node.
        store.wrong_pin(receipt, customer, date(2027, 3, 1), after(2)).await?;
    }
    let ada = format!("pin|gave a wrong PIN|{}", "0a".repeat(32));
    let nobody = format!("pin|gave a wrong PIN|{}", "fb".repeat(32));
    assert_eq!(desk.data.audited().await?, [ada.clone(), nobody, ada]);
    // It stays when the form is forgotten, and no other outcome is in it.
    arrives(&desk, numbered(4)).await?;
    store.finish_intake(numbered(4), Decided::Throttled).await?;
    store.purge(days(100)).await?;
    assert_eq!(desk.data.audited().await?.len(), 3);
    Ok(())
}

async fn wrong_pins_are_told_of_once_a_day(desk: Desk) -> Result<()> {
    let store = &desk.store;
    let (monday, tuesday) = (date(2027, 3, 1), date(2027, 3, 2));
    let mut receipts = (1..).map(|stored| IntakeReceipt::from_stored(stored).expect("eleven digits"));
    let mut wrong = async |customer, day: Date, often: usize| -> Result<()> {
        for receipt in receipts.by_ref().take(often) {
            arrives(&desk, receipt).await?;
            store.wrong_pin(receipt, customer, day, start()).await?;
            // Decided on once, whatever happens.
            store.wrong_pin(receipt, customer, day, start()).await?;
            store.finish_intake(receipt, Decided::Throttled).await?;
            assert_eq!(store.lookup_receipt(receipt, start()).await?.lookup.outcome, IntakeOutcome::WrongPair);
        }
        Ok(())
    };
    wrong(Some(desk.ada.key), monday, 40).await?;
    wrong(Some(desk.bolt.key), monday, 1).await?;
    wrong(None, monday, 3).await?;
    wrong(Some(desk.ada.key), tuesday, 2).await?;
    let told = async |today, second| -> Result<Vec<(String, u32)>> {
        store.tell_of_failed_pins(today, after(second)).await?;
        let mut told = Vec::new();
        for letter in store.outbox_lease(after(second), Duration::from_secs(9999), 100).await? {
            let Notice::FailedPins { attempts, .. } = letter.notice else { panic!("{:?}", letter.notice) };
            assert_eq!(letter.ticket, None);
            told.push((letter.to.context("a main contact")?.email, attempts));
        }
        Ok(told)
    };
    assert_eq!(told(monday, 1).await?, [], "the day is not over");
    let first = [("berta@10234.example".to_owned(), 40), ("berta@20077.example".to_owned(), 1)];
    assert_eq!(told(tuesday, 2).await?, first);
    assert_eq!(told(tuesday, 3).await?, [], "once");
    assert_eq!(told(date(2027, 3, 3), 4).await?, [("berta@10234.example".to_owned(), 2)]);
    // Two programs that look at once tell once, too.
    wrong(Some(desk.ada.key), date(2027, 3, 3), 5).await?;
    let thursday = date(2027, 3, 4);
    let both =
        tokio::join!(store.tell_of_failed_pins(thursday, after(5)), store.tell_of_failed_pins(thursday, after(5)));
    assert_eq!(both.0? + both.1?, 1);
    assert_eq!(told(thursday, 6).await?, [("berta@10234.example".to_owned(), 5)]);
    Ok(())
}
