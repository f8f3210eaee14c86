//! What is found by what, and by whom.

use crate::desk::{Desk, after, answer, by, filing, message, note, start, tina};
use crate::on_both;
use anyhow::Result;
use beistand_desk::store::Filing;
use beistand_protocol::desk::api::my::{MyFilter, MyQuery, MySort};
use beistand_protocol::desk::api::people::CustomerQuery;
use beistand_protocol::desk::api::queue::{QueueQuery, QueueView};
use beistand_protocol::desk::form::{Details, Phone};
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::ticket::{Priority, Severity};
use std::collections::HashSet;

on_both!(
    every_spelling_is_found,
    no_text_is_syntax,
    what_was_said_is_found_at_once,
    the_queue_is_in_order_and_no_page_skips_or_repeats,
    maintenance_counts_from_day_to_day,
    my_tickets_are_sorted_and_filtered,
    customers_are_found,
);

async fn every_spelling_is_found(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let mut warranty = filing(emil, "");
    warranty.request.details = Details::Warranty {
        device_name: "LaserJet 4200".into(),
        serial_number: Some("CNBX-0815 Z".into()),
        order_reference: Some("AU 2026/77".into()),
        description: "Druckerstörung in der Großstraße, Müller weiß Bescheid.".into(),
    };
    warranty.request.contact.phone = Phone::parse("+49 221 1234567")?;
    let number = desk.store.file(&by(emil, start()), &warranty).await?.number;
    let mut other = filing(&desk.bolt.employee, "Etwas ganz anderes, das nichts davon hat.");
    other.request.contact.phone = Phone::parse("030 99 88 77 66")?;
    desk.store.file(&by(&desk.bolt.employee, start()), &other).await?;
    let digits: String = number.to_string().chars().filter(char::is_ascii_digit).collect();
    for typed in [
        "störung",
        "STÖRUNG",
        "stoerung",
        "storung",
        "Druckerstörung",
        "erstör",
        "grossstrasse",
        "Mueller",
        "müller",
        "0221 1234567",
        "0221/123-45-67",
        "+49 221 123 4567",
        "0049 221 1234567",
        "1234567",
        "CNBX-0815",
        "cnbx-0815 z",
        "REF-4711/b",
        "ref-4711",
        "AU 2026/77",
        "laserjet störung",
        "\"laserjet 4200\"",
        "10234",
        "Ada Maschinenbau",
        &number.to_string(),
        &digits,
        "weiss",
        "B",
        "üc",
    ] {
        if ["REF-4711/b", "ref-4711", "B"].contains(&typed) {
            assert!(desk.find(typed).await?.contains(&number), "{typed}"); // The other one has it, too.
        } else {
            assert_eq!(desk.find(typed).await?, [number], "{typed}");
        }
        assert_eq!(desk.find_mine(emil, typed).await?, [number], "{typed} by its customer");
        assert!(!desk.find_mine(&desk.bolt.boss, typed).await?.contains(&number), "{typed} by a stranger");
    }
    for typed in ["\"störung drucker\"", "laserjet 4300", "störungen", "0221 7654321", "zz", "öq"] {
        assert_eq!((desk.find(typed).await?, desk.find_mine(emil, typed).await?), (vec![], vec![]), "{typed}");
    }
    Ok(())
}

async fn no_text_is_syntax(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let nasty = [
        "c++ stürzt ab",
        "100% voll",
        "a_b",
        r"C:\Users\emil",
        "foo\"bar",
        "'; DROP TABLE ticket; --",
        "NEAR(a b)",
        "a* b*",
        "{public}: x",
        "$1 ?",
        "(((",
        "ä́\u{0301}",
        "🖨️ kaputt",
        "-minus",
        "^caret",
        "AND OR NOT",
        "a\u{0}b",
    ];
    let mut numbers = Vec::new();
    for (index, text) in nasty.iter().enumerate() {
        numbers.push(desk.file(emil, &format!("Nummer {index}: {text}"), after(index as i64)).await?);
    }
    for (text, number) in nasty.iter().zip(&numbers) {
        let Ok(_) = text.parse::<beistand_protocol::desk::api::SearchText>() else { continue };
        let found = desk.find(text).await?;
        assert!(found.contains(number), "{text}: {found:?}");
        assert!(desk.find_mine(emil, text).await?.contains(number), "{text} by its customer");
    }
    // A pattern is no pattern: only the ticket that has the sign is found.
    for (typed, index) in [("100%", 1), ("a_b", 2), (r"C:\Users", 3), ("c++", 0), ("a*", 7)] {
        assert_eq!(desk.find(typed).await?, [numbers[index]], "{typed}");
    }
    assert_eq!(desk.find("%").await?, [numbers[1]]);
    assert_eq!(desk.find("nummer").await?.len(), nasty.len());
    Ok(())
}

async fn what_was_said_is_found_at_once(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let number = desk.file(emil, "Ein Anliegen ohne viele Worte.", start()).await?;
    desk.act(&by(emil, after(1)), number, &message("Fehlercode 0x80070057")).await?;
    desk.tina(number, answer("Bitte den Spooler neu starten."), after(2)).await?;
    desk.tina(number, note("Kunde ist schwierig: Schlüsselbund."), after(3)).await?;
    assert_eq!(desk.find("0x80070057").await?, [number]);
    assert_eq!(desk.find("spooler fehlercode").await?, [number]);
    assert_eq!(desk.find("schluesselbund spooler").await?, [number]);
    assert_eq!(desk.find_mine(emil, "spooler fehlercode").await?, [number]);
    assert_eq!(desk.find_mine(emil, "schlüsselbund").await?, []);
    assert_eq!(desk.find_mine(emil, "spooler schlüsselbund").await?, []);
    Ok(())
}

async fn the_queue_is_in_order_and_no_page_skips_or_repeats(desk: Desk) -> Result<()> {
    let mut expected = Vec::new();
    for index in 0..40_i64 {
        let company = if index % 3 == 0 { &desk.ada } else { &desk.bolt };
        let member = if index % 2 == 0 { &company.employee } else { &company.boss };
        let mut form = filing(member, &format!("Ticket Nummer {index} der Reihe."));
        form.request.priority = [Some(Priority::Low), Some(Priority::High), None][usize::try_from(index % 3)?];
        form.severity = (index % 7 == 0).then_some(Severity::One);
        let severity = form.severity.unwrap_or_else(|| form.request.severity());
        let number = desk.store.file(&by(member, after(index)), &form).await?.number;
        expected.push((index % 3 != 0, severity, index, number));
    }
    expected.sort();
    let numbers: Vec<_> = expected.into_iter().map(|(_, _, _, number)| number).collect();
    for view in [QueueView::Open, QueueView::All] {
        let mut query = QueueQuery { view, limit: Some(7), ..QueueQuery::default() };
        let mut paged = Vec::new();
        loop {
            let page = desk.store.queue(TechnicianId(1), &query, after(100)).await?;
            paged.extend(page.tickets.iter().map(|item| item.number));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        if view == QueueView::Open {
            assert_eq!(paged, numbers);
        }
        assert_eq!(paged.iter().collect::<HashSet<_>>().len(), 40);
    }
    // A search has pages, too.
    let mut query = QueueQuery { q: Some("reihe".parse()?), limit: Some(9), ..QueueQuery::default() };
    let mut paged = Vec::new();
    loop {
        let page = desk.store.queue(TechnicianId(1), &query, after(100)).await?;
        paged.extend(page.tickets.iter().map(|item| item.number));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!((paged.len(), paged.iter().collect::<HashSet<_>>().len()), (40, 40));
    let only = QueueQuery { severity: Some(Severity::One), customer: Some("10234".parse()?), ..QueueQuery::default() };
    assert_eq!(desk.store.queue(TechnicianId(1), &only, after(100)).await?.tickets.len(), 2);
    Ok(())
}

async fn maintenance_counts_from_day_to_day(desk: Desk) -> Result<()> {
    let without = desk.file(&desk.bolt.employee, "Ohne Wartungsvertrag.", start()).await?;
    let with = desk.file(&desk.ada.employee, "Mit Wartungsvertrag.", after(1)).await?;
    let order = async |now: &str| {
        let page = desk.store.queue(TechnicianId(1), &QueueQuery::default(), now.parse()?).await?;
        anyhow::Ok(page.tickets.iter().map(|item| item.number).collect::<Vec<_>>())
    };
    assert_eq!(order("2027-12-31T12:00:00Z").await?, [with, without]);
    assert_eq!(order("2028-01-01T12:00:00Z").await?, [without, with]);
    let bolt = desk.store.customer(&"20077".parse()?).await?;
    let renewed = beistand_desk::store::NewCustomer { maintenance_until: Some("2030-01-01".parse()?), ..bolt.known };
    desk.store.import_customer(&renewed, start()).await?;
    assert_eq!(order("2028-01-01T12:00:00Z").await?, [without, with]);
    assert!(desk.seen(without, start()).await?.item.maintenance);
    Ok(())
}

async fn my_tickets_are_sorted_and_filtered(desk: Desk) -> Result<()> {
    let (emil, berta) = (&desk.ada.employee, &desk.ada.boss);
    let one = desk.file(emil, "Das erste von Emil.", start()).await?;
    let two = desk.file(berta, "Das zweite von Berta.", after(1)).await?;
    let mut urgent = filing(emil, "Das dritte, sehr eilig.");
    urgent.request.priority = Some(Priority::High);
    let three = desk.store.file(&by(emil, after(2)), &urgent).await?.number;
    desk.act(&by(emil, after(3)), one, &message("Noch etwas dazu.")).await?;
    // What only technicians see changes nothing of what a customer is shown as changed.
    desk.tina(two, note("Intern."), after(4)).await?;
    let list = async |member, query: MyQuery| {
        let page = desk.store.my_tickets(member, &query).await?;
        anyhow::Ok(page.tickets.iter().map(|listed| listed.number).collect::<Vec<_>>())
    };
    let sorted = |sort| MyQuery { sort, ..MyQuery::default() };
    assert_eq!(list(berta, sorted(MySort::Changed)).await?, [one, three, two]);
    assert_eq!(list(berta, sorted(MySort::Filed)).await?, [three, two, one]);
    assert_eq!(list(berta, sorted(MySort::Oldest)).await?, [one, two, three]);
    assert_eq!(list(berta, sorted(MySort::Urgency)).await?, [three, one, two]);
    assert_eq!(list(emil, sorted(MySort::Oldest)).await?, [one, three]);
    assert_eq!(list(berta, MyQuery { only_mine: true, ..MyQuery::default() }).await?, [two]);
    desk.tina(one, crate::desk::resolve("Fertig."), after(5)).await?;
    assert_eq!(list(emil, MyQuery { filter: MyFilter::Done, ..MyQuery::default() }).await?, [one]);
    assert_eq!(list(emil, MyQuery { filter: MyFilter::Open, ..MyQuery::default() }).await?, [three]);
    for sort in [MySort::Changed, MySort::Filed, MySort::Oldest, MySort::Urgency] {
        let first = MyQuery { sort, limit: Some(1), ..MyQuery::default() };
        let page = desk.store.my_tickets(berta, &first).await?;
        let rest = MyQuery { cursor: page.next.clone(), limit: None, ..first };
        let rest = desk.store.my_tickets(berta, &rest).await?;
        assert_eq!((page.tickets.len(), rest.tickets.len(), rest.next), (1, 2, None), "{sort:?}");
        assert!(!rest.tickets.contains(&page.tickets[0]), "{sort:?}");
    }
    Ok(())
}

async fn customers_are_found(desk: Desk) -> Result<()> {
    let found = async |typed: &str| {
        let query = CustomerQuery { q: Some(typed.parse()?), ..CustomerQuery::default() };
        let page = desk.store.customers(&query, start()).await?;
        anyhow::Ok(page.customers.iter().map(|customer| customer.number.to_string()).collect::<Vec<_>>())
    };
    for typed in ["soehne", "20077", "Berta 20077", "emil@20077.example"] {
        assert_eq!(found(typed).await?, ["20077"], "{typed}");
    }
    assert_eq!(found("emil").await?.len(), 2);
    desk.store.file(&tina(start()), &Filing { take: true, ..filing(&desk.bolt.employee, "Offen.") }).await?;
    let page = desk.store.customer_page(&"20077".parse()?, TechnicianId(1), start()).await?;
    assert_eq!((page.contacts.len(), page.tickets.len(), page.customer.open_tickets), (2, 1, 1));
    assert_eq!(page.contacts.iter().map(|contact| contact.linked_apps).sum::<u32>(), 2);
    assert_eq!(desk.store.open_by_owner().await?, [(TechnicianId(1), 1)]);
    Ok(())
}
