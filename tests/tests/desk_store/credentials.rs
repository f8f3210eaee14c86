//! By what people are known: link codes, linked apps and PINs. What was taken away opens nothing.

use crate::desk::{Desk, after, answer, filing, start, tina};
use crate::on_both;
use anyhow::Result;
use beistand_desk::store::{Actor, Filing, Linked, NewContact, PinHash, RosterEntry, StoreError, Write};
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::ticket::Sees;
use sha2::Digest as _;
use std::time::Duration;

on_both!(
    a_link_code_works_once,
    an_admin_unlinks_one_app_or_all_of_a_person,
    who_is_not_there_any_more_is_nobody,
    people_of_one_customer_are_not_those_of_another,
    a_pin_that_was_taken_away_is_none,
);

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
    let audited = desk.data.audited().await?;
    let of_emils_first = format!("admin|unlinked an app|{}", emil.app);
    assert_eq!((audited.len(), audited.first()), (3, Some(&of_emils_first)));
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
    let theirs = desk.file(emil, "Von jemandem, der geht.", start()).await?;
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
        assert_eq!(store.facts(number).await?.0.requester, None, "{address}");
    }
    let sent = store.outbox_lease(after(4), Duration::from_secs(60), 10).await?;
    let to: Vec<String> = sent.into_iter().filter_map(|letter| Some(letter.to?.email)).collect();
    assert_eq!(to, ["berta@10234.example", "berta@10234.example"]);
    // Nor is an answer on a ticket that was theirs written to nobody.
    desk.tina(theirs, answer("Noch jemand da?"), after(5)).await?;
    let sent = store.outbox_lease(after(6), Duration::from_secs(60), 10).await?;
    let to: Vec<String> = sent.into_iter().filter_map(|letter| Some(letter.to?.email)).collect();
    assert_eq!(to, ["berta@10234.example"]);
    assert!(matches!(store.profile(emil, "2027-03-01".parse()?).await, Err(StoreError::NotFound)));
    let named = Filing { requester: Some(emil.is.contact), ..filing(emil, "Für jemanden, der fort ist.") };
    let named = store.file(&tina(after(5)), &named).await;
    assert!(matches!(named, Err(StoreError::Refused(Refusal::UnknownContact))), "{named:?}");
    Ok(())
}

/// A list for one customer changes nobody at another's, though they have the same name and address.
async fn people_of_one_customer_are_not_those_of_another(desk: Desk) -> Result<()> {
    let store = &desk.store;
    let namesake = NewContact {
        first_name: "Emil".to_owned(),
        last_name: "Von 10234".to_owned(),
        email: Some("emil@10234.example".to_owned()),
        sees_company: true,
        ..NewContact::default()
    };
    let bolt = store.customer(&"20077".parse()?).await?.known;
    let list = [RosterEntry { customer: bolt, contacts: vec![namesake] }];
    // To rehearse is to change nothing.
    for rehearse in [true, false] {
        let change = store.import_roster(&list, rehearse, after(1), |_| {}).await?;
        assert_eq!((change.customers_same, change.contacts_added, change.contacts_changed), (1, 1, 0));
    }
    let secret = sha2::Sha256::digest("secret Emil 10234").into();
    assert_eq!(store.member(secret).await?.as_ref(), Some(&desk.ada.employee), "he sees what he saw");
    let found = store.find_contacts("Emil@10234.example").await?;
    let seen: Vec<_> = found.iter().map(|(customer, line)| (customer.known.number.as_str(), line.sees)).collect();
    assert_eq!(seen, [("10234", Sees::Own), ("20077", Sees::Company)]);
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
    assert!(store.roster_of(&"10234".parse()?).await?.has_pin);
    assert_eq!(store.revoke_pins(desk.ada.key, after(1)).await?, 1);
    assert_eq!(pins().await?, 0);
    assert!(!store.roster_of(&"10234".parse()?).await?.has_pin);
    Ok(())
}
