//! A technician's end that takes more than it is given. What it must never get is a pointer that moves.

use crate::relay::{COMPANY, NAME, Relay, number};
use crate::rogue::{RogueTechnician, framed};
use beistand_protocol::close::CloseReason;
use beistand_protocol::handshake::Nonce;
use beistand_protocol::input::{Dropped, Input, Key, NamedKey};
use beistand_protocol::message::{Answer, Reason, ToCustomer, ToTechnician};
use beistand_protocol::permission::{Epoch, Permission, Setting};
use beistand_protocol::rendezvous::Role;
use beistand_relay::shell::authority::Authority;
use beistand_relay::shell::folder::Folder;
use beistand_session::pipe::{Origin, Report};
use beistand_session::rendezvous::DeviceKey;
use beistand_tests::ends::{CustomerEnd, spoken};
use rand_core_06::OsRng;
use std::time::{Duration, SystemTime};

const NOWHERE: (i16, i16) = (400, 300);

fn input(epoch: u32, number: u32, at: u16) -> ToCustomer {
    ToCustomer::Input { epoch: Epoch::new(epoch), number, input: Input::PointerTo { x: at, y: at } }
}

fn ask(permission: Permission) -> ToCustomer {
    ToCustomer::Ask { permission, reason: Reason::try_from("Bitte".to_owned()).unwrap() }
}

/// Why the customer's end closes; what it still says is heard out.
async fn reason_after(rogue: &mut RogueTechnician, customer: &mut CustomerEnd) -> CloseReason {
    tokio::join!(customer.ended(), rogue.rest()).0.reason
}

/// Why the inputs with these numbers were not carried out.
async fn dropped(rogue: &mut RogueTechnician, numbers: &[u32], expected: Dropped) {
    for awaited in numbers {
        let found = rogue
            .until(
                |message| {
                    if let ToTechnician::Dropped { number, why } = message { Some((*number, *why)) } else { None }
                },
            )
            .await;
        assert_eq!(found, (*awaited, expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn input_moves_nothing_without_live_consent_under_its_own_epoch() {
    let relay = Relay::with_display().await;
    assert_eq!(relay.pointer(), NOWHERE);
    let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
    for (number, epoch) in [(1, 0), (2, 1), (3, 2), (4, u32::MAX)] {
        rogue.send(input(epoch, number, 11)).await;
    }
    dropped(&mut rogue, &[1, 2, 3, 4], Dropped::NoConsent).await;

    // With control: the epoch's own input, and no other's.
    customer.guardian.set(Permission::Control, Setting::On);
    assert_eq!(rogue.grants().await.live(Permission::Control), Some(Epoch::new(1)));
    for (number, epoch) in [(5, 0), (6, 2), (7, u32::MAX)] {
        rogue.send(input(epoch, number, 12)).await;
    }
    dropped(&mut rogue, &[5, 6, 7], Dropped::NoConsent).await;
    assert_eq!(relay.pointer(), NOWHERE);
    rogue.send(input(1, 8, 100)).await;
    relay.pointer_is_at((100, 100)).await;

    // Taken back, and given again: the old epoch stays dead, the one to come is none yet.
    customer.guardian.set(Permission::Control, Setting::Ask);
    assert_eq!(rogue.grants().await.live(Permission::Control), None);
    rogue.send(input(1, 9, 13)).await;
    rogue.send(input(2, 10, 13)).await;
    dropped(&mut rogue, &[9, 10], Dropped::NoConsent).await;
    customer.guardian.set(Permission::Control, Setting::On);
    assert_eq!(rogue.grants().await.live(Permission::Control), Some(Epoch::new(2)));
    rogue.send(input(1, 11, 14)).await;
    dropped(&mut rogue, &[11], Dropped::NoConsent).await;
    assert_eq!(relay.pointer(), (100, 100));

    // Stopped: whatever is sent has nobody to arrive at.
    let stopped = tokio::spawn(async move { (customer.stop().await, customer) });
    for number in 0..2000 {
        if !rogue.send(input(number % 4, number, 15)).await {
            break;
        }
        if stopped.is_finished() {
            break;
        }
    }
    let (stopped, _customer) = stopped.await.unwrap();
    assert_eq!((stopped.reason, stopped.still_held), (CloseReason::Stopped, 0));
    let at = relay.pointer();
    rogue.send(input(2, 1, 16)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(relay.pointer(), at);
}

/// Who falls silent may be gone: what they hold is let go of long before the line counts as broken.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_down_for_a_technician_who_falls_silent() {
    let relay = Relay::with_display().await;
    let (mut rogue, customer) = RogueTechnician::active(&relay).await;
    customer.guardian.set(Permission::Control, Setting::On);
    let epoch = rogue.grants().await.live(Permission::Control).unwrap();
    let input = Input::Key { key: Key::Named(NamedKey::ShiftLeft), pressed: true };
    rogue.send(ToCustomer::Input { epoch, number: 1, input }).await;
    relay.keys_are_down(1).await;
    relay.keys_are_down(0).await;
    // They were only slow, and the line is what it was.
    rogue.send(ToCustomer::Ping(77)).await;
    rogue.until(|message| matches!(message, ToTechnician::Pong(77)).then_some(())).await;
}

/// What does not belong into a state ends the session there.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_out_of_turn_ends_the_session() {
    let relay = Relay::with_display().await;
    for early in [input(0, 1, 20), input(1, 1, 20), ask(Permission::Control), ToCustomer::NeedWholeFrame] {
        let (mut rogue, mut customer) = RogueTechnician::named(&relay).await;
        rogue.send(early).await;
        assert_eq!(reason_after(&mut rogue, &mut customer).await, CloseReason::PeerMisbehaved);
        assert!(!customer.heard.iter().any(|report| matches!(report, Report::Active | Report::Question { .. })));
    }
    let before_identity = input(1, 1, 20);
    let (mut rogue, mut customer, _) = RogueTechnician::meet(&relay).await;
    rogue.send(before_identity).await;
    assert_eq!(reason_after(&mut rogue, &mut customer).await, CloseReason::PeerMisbehaved);
    // A handshake is not begun anew in a session.
    for again in 0..2 {
        let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
        let identity = beistand_protocol::handshake::Identity {
            chain: relay.parties.credential.certificate.chain.clone(),
            signature: Vec::new(),
            nonce: Nonce::draw(&mut OsRng),
        };
        let opening = rogue.another_opening(&relay, number());
        let message = if again == 0 { ToCustomer::Opening(opening) } else { ToCustomer::Identity(identity) };
        rogue.send(message).await;
        assert_eq!(reason_after(&mut rogue, &mut customer).await, CloseReason::PeerMisbehaved);
    }
    assert_eq!(relay.pointer(), NOWHERE);
}

fn fragment(header: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![header];
    bytes.extend((payload.len() as u16).to_be_bytes());
    bytes.extend(payload);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_ends_the_session() {
    let relay = Relay::with_display().await;
    let ping = postcard::to_stdvec(&ToCustomer::Ping(1)).unwrap();
    let trailing = [ping.as_slice(), &[0]].concat();
    let endless: Vec<u8> = (0..40).flat_map(|_| fragment(0x80, &[0; 16_000])).collect();
    // A chain that says it has four thousand million certificates, and one that says so of a certificate's bytes.
    let identity = 2;
    let giant_chain = [identity, 0xff, 0xff, 0xff, 0xff, 0x0f];
    let giant_certificate = [identity, 1, 0xff, 0xff, 0xff, 0xff, 0x0f];
    let cases = [
        ("an unknown priority", fragment(4, &ping)),
        ("all header bits", fragment(0xff, &ping)),
        ("a length above the limit", [&[0, 0xff, 0xff][..], &[0; 0xffff]].concat()),
        ("a message that never ends", endless),
        ("an empty fragment that goes on", fragment(0x80, &[])),
        ("an empty message", fragment(0, &[])),
        ("another's queue", fragment(1, &ping)),
        ("something behind it", fragment(0, &trailing)),
        ("half a message", fragment(0, &ping[..1])),
        ("an unknown message", fragment(0, &[99])),
        ("a giant chain", fragment(0, &giant_chain)),
        ("a giant certificate", fragment(0, &giant_certificate)),
        ("an endless number", fragment(0, &[7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    ];
    for (what, bytes) in cases {
        let (mut rogue, mut customer) = RogueTechnician::named(&relay).await;
        rogue.plain(&bytes).await;
        assert_eq!(reason_after(&mut rogue, &mut customer).await, CloseReason::PeerMisbehaved, "{what}");
    }
}

/// Unfinished messages of every priority hold up neither the session nor its end.
#[tokio::test(flavor = "multi_thread")]
async fn unfinished_messages_hold_up_nothing() {
    let relay = Relay::with_display().await;
    let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
    for priority in 1..4 {
        rogue.plain(&fragment(0x80 | priority, &[0; 100])).await;
    }
    rogue.send(ToCustomer::Ping(77)).await;
    rogue.until(|message| matches!(message, ToTechnician::Pong(77)).then_some(())).await;
    // Half of a fragment's header: from here on nothing more can be said, but the customer ends as ever.
    rogue.plain(&framed(&ToCustomer::Ping(78))[..2]).await;
    assert_eq!(customer.stop().await.reason, CloseReason::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_a_hundred_times_is_heard_once() {
    let relay = Relay::with_display().await;
    let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
    for _ in 0..100 {
        rogue.send(ask(Permission::Control)).await;
    }
    // For what this version can't do the customer is never asked.
    for permission in Permission::ALL.into_iter().filter(|permission| !permission.is_offered()) {
        rogue.send(ask(permission)).await;
    }
    let mut answers = Vec::new();
    while answers.len() < 107 {
        let answer = |message: &ToTechnician| {
            if let ToTechnician::Answer { answer, .. } = message { Some(*answer) } else { None }
        };
        answers.push(rogue.until(answer).await);
    }
    assert!(answers[..99].iter().all(|answer| *answer == Answer::TooSoon), "{answers:?}");
    assert!(answers[99..].iter().all(|answer| *answer == Answer::NotOffered), "{answers:?}");
    let Report::Question { question, .. } = customer.until(|report| matches!(report, Report::Question { .. })).await
    else {
        unreachable!()
    };
    // After a no it is too soon for another.
    customer.guardian.answer(question, false);
    rogue.until(|message| matches!(message, ToTechnician::Answer { answer: Answer::Refused, .. }).then_some(())).await;
    rogue.send(ask(Permission::Control)).await;
    rogue.until(|message| matches!(message, ToTechnician::Answer { answer: Answer::TooSoon, .. }).then_some(())).await;
    assert_eq!(customer.stop().await.reason, CloseReason::Stopped);
    let asked = customer.heard.iter().filter(|report| matches!(report, Report::Question { .. })).count();
    assert_eq!(asked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_named_by_a_certificate_or_signature_that_does_not_belong_here() {
    let relay = Relay::with_display().await;
    let now = SystemTime::now();
    let day = Duration::from_secs(24 * 3600);
    let (name, company) = (NAME.parse().unwrap(), COMPANY.parse().unwrap());
    let key = &relay.parties.credential.key;
    let other_key = DeviceKey::generate().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = Authority::create(&Folder::new(elsewhere.path().to_owned()), &company).unwrap();
    let named = |authority: &Authority, key: &DeviceKey, at| {
        vec![authority.name_technician(&name, &company, key.public_key(), at).unwrap()]
    };
    let domain = relay.parties.trust.domain.clone();
    let server = relay.authority.server(&relay.folder, &domain, now).unwrap().chain;
    let server: Vec<_> = server.iter().map(|certificate| certificate.to_vec()).collect();
    let own = named(&relay.authority, key, now);
    // What is signed in another session, whose exporter is another.
    let (_, mut before, other_session) = RogueTechnician::meet(&relay).await;
    before.stop().await;
    let nonce = Nonce::draw(&mut OsRng);
    let recorded = other_session.signed_by_technician(&other_session.commitment_to(&nonce), &nonce);

    let refused = CloseReason::IdentityRefused;
    let not_now = CloseReason::IdentityNotValidNow;
    let own_key = |bytes: &[u8]| key.sign(bytes);
    let foreign_key = |bytes: &[u8]| other_key.sign(bytes);
    let over_another_exporter = |_: &[u8]| key.sign(&recorded);
    let nothing = |_: &[u8]| Vec::new();
    type Sign<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
    let cases: [(&str, Vec<Vec<u8>>, Sign<'_>, CloseReason); 11] = [
        ("expired", named(&relay.authority, key, now - day), &own_key, not_now),
        ("early", named(&relay.authority, key, now + day), &own_key, not_now),
        ("foreign", named(&foreign, key, now), &own_key, refused),
        (
            "foreign with its root",
            vec![named(&foreign, key, now)[0].clone(), foreign.root().to_vec()],
            &own_key,
            refused,
        ),
        ("the server's", server, &own_key, refused),
        ("the root's", vec![relay.authority.root().to_vec()], &own_key, refused),
        ("missing", Vec::new(), &own_key, refused),
        ("no certificate", vec![vec![0x30, 0x80, 1, 2, 3]], &own_key, refused),
        ("another's key", own.clone(), &foreign_key, refused),
        ("another session's signature", own.clone(), &over_another_exporter, refused),
        ("no signature", own, &nothing, refused),
    ];
    for (what, chain, sign, expected) in cases {
        let (mut rogue, mut customer, proven) = RogueTechnician::meet(&relay).await;
        rogue.identify(chain, sign, &proven).await;
        assert_eq!(reason_after(&mut rogue, &mut customer).await, expected, "{what}");
        let named = |report: &Report| matches!(report, Report::WhoIsThere { .. } | Report::Active);
        assert!(!customer.heard.iter().any(named), "{what}");
    }
}

/// The one who has the number but is not the one who typed it: a customer's end does not prove it a second time.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_opening_with_the_right_number_is_refused() {
    let relay = Relay::with_display().await;
    let mut customer = CustomerEnd::start(&relay.parties, Origin::Typed(spoken(&number())));
    let mut rogue = RogueTechnician::establish(relay.victim().await, Role::Technician).await;
    for _ in 0..2 {
        let opening = rogue.another_opening(&relay, number());
        rogue.send(ToCustomer::Opening(opening)).await;
    }
    assert_eq!(reason_after(&mut rogue, &mut customer).await, CloseReason::ConfirmationFailed);
    relay.nobody_comes_again().await;
}
