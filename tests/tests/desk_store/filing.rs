//! A form becomes a ticket, once.

use crate::desk::{Desk, after, by, filing, message, once, request, start, tina};
use crate::on_both;
use anyhow::{Context as _, Result};
use beistand_desk::store::{Actor, Decided, Filing, IntakeArrived, StoreError, Write};
use beistand_protocol::desk::api::entry::PublicHappening;
use beistand_protocol::desk::api::intake::IntakeOutcome;
use beistand_protocol::desk::api::queue::{QueueQuery, QueueView};
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::{Details, PersonName, Salutation};
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::ticket::{AuthMethod, Channel, Severity, SeveritySource, State, Visibility};
use jiff::SignedDuration;
use std::time::Duration;

on_both!(
    a_form_is_a_ticket_for_both_sides,
    the_same_request_again_is_the_same_ticket,
    ten_senders_of_one_request_make_one_ticket,
    numbers_are_all_different,
    nobody_writes_to_a_typed_address,
    a_form_with_a_pin_is_kept_until_it_is_decided_on,
    a_phone_ticket_is_taken_at_once,
    what_is_kept_for_a_time_goes,
);

async fn a_form_is_a_ticket_for_both_sides(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let number = desk.file(emil, "Der Drucker im zweiten Stock streikt.", start()).await?;
    let mine = desk.mine(emil, number, start()).await?;
    assert_eq!(mine.listed.title, "Störung: Der Drucker im zweiten Stock streikt.");
    assert_eq!((mine.version, mine.listed.mine, mine.listed.unread), (1, true, false));
    assert!(matches!(mine.timeline[0].what, PublicHappening::Filed { channel: Channel::App }));
    assert_eq!(mine.request, request("Der Drucker im zweiten Stock streikt."));
    let seen = desk.seen(number, start()).await?;
    assert!(seen.item.maintenance && seen.item.unread && seen.rights.take);
    assert_eq!((seen.item.state, seen.item.severity), (State::New, Severity::Four));
    assert_eq!(seen.requester.context("who filed it")?.id, emil.is.contact);
    assert_eq!(desk.store.broken_event(number).await?, None);
    let page = desk.store.queue(TechnicianId(1), &QueueQuery::default(), start()).await?;
    assert_eq!((page.tickets.len(), page.counts.open, page.counts.unassigned), (1, 1, 1));
    Ok(())
}

async fn the_same_request_again_is_the_same_ticket(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let write = Write { once: once("key", "body"), ..by(emil, start()) };
    let first = desk.store.file(&write, &filing(emil, "Nichts geht mehr.")).await?;
    assert_eq!(desk.store.file(&write, &filing(emil, "Nichts geht mehr.")).await?, first);
    let other = Write { once: once("key", "another body"), ..by(emil, start()) };
    let refused = desk.store.file(&other, &filing(emil, "Etwas anderes.")).await;
    assert!(matches!(refused, Err(StoreError::KeyReused)));
    // The same key of somebody else is another key.
    let berta = &desk.ada.boss;
    let other = Write { once: once("key", "another body"), ..by(berta, start()) };
    assert_eq!(desk.store.outcome_before(&other).await?, None);
    let bertas = desk.store.file(&other, &filing(berta, "Etwas anderes.")).await?;
    assert_ne!(bertas.number, first.number);
    for (write, written) in [(&other, &bertas), (&write, &first)] {
        assert_eq!(desk.store.file(write, &filing(berta, "Etwas anderes.")).await?, *written);
        assert_eq!(desk.store.outcome_before(write).await?.as_ref(), Some(written));
    }
    assert_eq!(desk.find("geht").await?, [first.number]);
    Ok(())
}

async fn ten_senders_of_one_request_make_one_ticket(desk: Desk) -> Result<()> {
    let emil = desk.ada.employee.clone();
    let write = Write { once: once("key", "body"), ..by(&emil, start()) };
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (store, write, emil) = (desk.store.clone(), write.clone(), emil.clone());
        sending.spawn(async move { store.file(&write, &filing(&emil, "Einmal genügt.")).await });
    }
    let mut numbers = Vec::new();
    while let Some(done) = sending.join_next().await {
        numbers.push(done??.number);
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 1);
    assert_eq!(desk.find("genuegt").await?, numbers);
    // And so for a message.
    let write = Write { once: once("message", "body"), ..by(&emil, after(1)) };
    let first = desk.store.act(&write, numbers[0], None, &message("Nachtrag"), &[]).await?;
    assert_eq!(desk.store.act(&write, numbers[0], None, &message("Nachtrag"), &[]).await?, first);
    assert_eq!(desk.seen(numbers[0], after(2)).await?.timeline.len(), 2);
    Ok(())
}

async fn numbers_are_all_different(desk: Desk) -> Result<()> {
    let mut filing_now = tokio::task::JoinSet::new();
    for index in 0..30 {
        let (store, emil) = (desk.store.clone(), desk.ada.employee.clone());
        filing_now.spawn(async move { store.file(&by(&emil, after(index)), &filing(&emil, "Noch eins bitte.")).await });
    }
    let mut numbers = std::collections::HashSet::new();
    while let Some(done) = filing_now.join_next().await {
        numbers.insert(done??.number);
    }
    assert_eq!(numbers.len(), 30);
    Ok(())
}

async fn nobody_writes_to_a_typed_address(desk: Desk) -> Result<()> {
    let write = Write { actor: Actor::Pin { name: "Petra Person".into() }, now: start(), once: None };
    let by_pin = |text: &str| Filing {
        requester: None,
        channel: Channel::PinForm,
        auth: AuthMethod::Pin,
        ..filing(&desk.ada.employee, text)
    };
    desk.store.file(&write, &by_pin("Von Unbekannt.")).await?;
    // Who is on file gets it; the customer's main contact if the form names nobody on file.
    let mut from_emil = by_pin("Von Emil getippt.");
    from_emil.request.contact.email = "EMIL@10234.example".parse()?;
    desk.store.file(&write, &from_emil).await?;
    let letters = desk.store.outbox_lease(start(), Duration::from_secs(60), 10).await?;
    let to: Vec<String> = letters.into_iter().filter_map(|letter| Some(letter.to?.email)).collect();
    assert_eq!(to, ["berta@10234.example", "emil@10234.example"]);
    Ok(())
}

async fn a_form_with_a_pin_is_kept_until_it_is_decided_on(desk: Desk) -> Result<()> {
    let arrived = |receipt: u64, customer: u8| IntakeArrived {
        receipt: IntakeReceipt::from_stored(receipt).expect("eleven digits"),
        customer_hmac: [customer; 32],
        network_hmac: [9; 32],
        payload: vec![0, 1, 2],
    };
    for (receipt, customer) in [(1, 1), (2, 1), (3, 2)] {
        desk.store.put_intake(&arrived(receipt, customer), start()).await?;
    }
    assert!(matches!(desk.store.put_intake(&arrived(1, 1), start()).await, Err(StoreError::Taken(_))));
    let waiting = desk.store.waiting_intakes(10).await?;
    assert_eq!(waiting.iter().map(|(receipt, _)| receipt.stored()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(desk.store.lookup_receipt(waiting[0].0, start()).await?.lookup.outcome, IntakeOutcome::Pending);
    let write = Write { actor: Actor::Pin { name: "Petra Person".into() }, now: start(), once: None };
    let right = Filing { receipt: Some(waiting[0].0), requester: None, ..filing(&desk.ada.employee, "Mit PIN.") };
    let first = desk.store.file_intake(&write, &right).await?;
    // As after a crash between the commit and whatever came next.
    assert_eq!(desk.store.file_intake(&write, &right).await?.number, first.number);
    assert_eq!(desk.find("Mit PIN").await?, [first.number]);
    assert_eq!(desk.find(&waiting[0].0.to_string()).await?, [first.number]);
    desk.store.finish_intake(waiting[1].0, Decided::WrongPair).await?;
    let wrong = Filing { receipt: Some(waiting[1].0), ..right.clone() };
    assert!(matches!(desk.store.file_intake(&write, &wrong).await, Err(StoreError::NotFound)));
    let outcome = |receipt| desk.store.lookup_receipt(receipt, start());
    assert_eq!(outcome(waiting[0].0).await?.lookup.outcome, IntakeOutcome::Created { ticket: first.number });
    assert_eq!(outcome(waiting[1].0).await?.lookup.outcome, IntakeOutcome::WrongPair);
    assert_eq!(desk.store.waiting_intakes(10).await?.len(), 1);
    let counts = desk.store.intake_counts([1; 32], [9; 32], start()).await?;
    assert_eq!((counts.customer_failures, counts.network_attempts, counts.all_attempts), (1, 3, 3));
    Ok(())
}

async fn a_phone_ticket_is_taken_at_once(desk: Desk) -> Result<()> {
    let mut phone = Filing {
        channel: Channel::Phone,
        auth: AuthMethod::Caller,
        severity: Some(Severity::One),
        take: true,
        ..filing(&desk.bolt.employee, "Steht am Telefon.")
    };
    phone.request.details = Details::NewEmployee {
        name: PersonName { salutation: Salutation::Ms, first: "Nina".into(), last: "Neu".into() },
        extension: None,
        company_mobile: None,
        mailbox: None,
        position: "Buchhaltung".into(),
        start_date: "2027-04-01".parse()?,
        timely_guaranteed: true,
        remarks: None,
    };
    let written = desk.store.file(&tina(start()), &phone).await?;
    let seen = desk.seen(written.number, start()).await?;
    assert_eq!((seen.item.state, seen.owner, seen.version), (State::Open, Some(TechnicianId(1)), written.version));
    assert_eq!((seen.item.severity, seen.visibility), (Severity::One, Visibility::Requester));
    assert_eq!(seen.severity_source, SeveritySource::Technician);
    assert_eq!(seen.item.due_on, Some("2027-04-01".parse()?));
    assert!(!seen.item.maintenance && !seen.item.unread);
    // A boss does not see what is personal.
    assert!(matches!(desk.mine(&desk.bolt.boss, written.number, start()).await, Err(StoreError::NotFound)));
    assert!(desk.mine(&desk.bolt.employee, written.number, start()).await.is_ok());
    let query = QueueQuery { view: QueueView::Mine, ..QueueQuery::default() };
    assert_eq!(desk.store.queue(TechnicianId(1), &query, start()).await?.tickets.len(), 1);
    assert_eq!(desk.store.queue(TechnicianId(2), &query, start()).await?.tickets.len(), 0);
    Ok(())
}

async fn what_is_kept_for_a_time_goes(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let write = Write { once: once("key", "body"), ..by(emil, start()) };
    let number = desk.store.file(&write, &filing(emil, "Wird gelöst.")).await?.number;
    desk.tina(number, crate::desk::resolve("Neu gestartet."), after(60)).await?;
    let later = start() + SignedDuration::from_hours(71);
    assert_eq!(desk.store.purge(later).await?, beistand_desk::store::Purged::default());
    let purged = desk.store.purge(start() + SignedDuration::from_hours(24 * 7 + 1)).await?;
    assert_eq!((purged.keys, purged.closed), (1, 1));
    assert_eq!(desk.seen(number, later).await?.item.state, State::Closed);
    assert_eq!(desk.store.broken_event(number).await?, None);
    Ok(())
}
