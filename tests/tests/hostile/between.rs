//! A relay that stands between the two ends instead of passing on.

use crate::relay::{Relay, number_of};
use crate::rogue::{RogueCustomer, RogueTechnician};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::Input;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::Share;
use beistand_protocol::rendezvous::Role;
use beistand_session::pipe::{Command, Origin, Report};
use beistand_session::technician::News;
use beistand_tests::ends::{CustomerEnd, SOON, TechnicianEnd, spoken};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Bytes;

/// Both ends on this relay, by a number that `issuer` gives out; they are not paired yet.
pub(crate) async fn both_ends(relay: &Relay, issuer: Role) -> (CustomerEnd, TechnicianEnd, crate::relay::Pair) {
    let ends = async {
        match issuer {
            Role::Technician => {
                let mut technician = TechnicianEnd::start(&relay.parties, None);
                let number = technician.number().await;
                (CustomerEnd::start(&relay.parties, Origin::Typed(spoken(&number))), technician)
            }
            Role::Customer => {
                let mut customer = CustomerEnd::start(&relay.parties, Origin::Shown);
                let number = customer.number().await;
                (customer, TechnicianEnd::start(&relay.parties, Some(number)))
            }
        }
    };
    let ((customer, technician), pair) = tokio::join!(ends, relay.pair());
    (customer, technician, pair)
}

/// An inner channel to each end: a customer towards the technician, a technician towards the customer.
pub(crate) async fn split(pair: crate::relay::Pair) -> (RogueCustomer, RogueTechnician) {
    tokio::join!(
        RogueCustomer::establish(pair.technician, Role::Customer),
        RogueTechnician::establish(pair.customer, Role::Technician),
    )
}

/// Both count it as a failed confirmation, nobody was named, and the number is gone.
async fn both_fail(relay: &Relay, mut customer: CustomerEnd, mut technician: TechnicianEnd) {
    assert_eq!(customer.ended().await.reason, CloseReason::ConfirmationFailed);
    assert!(!customer.heard.iter().any(|report| matches!(report, Report::WhoIsThere { .. })));
    technician
        .until(|news| {
            assert!(!matches!(news, News::AwaitingConsent { .. } | News::Granted(_)), "{news:?}");
            matches!(news, News::Ended(CloseReason::ConfirmationFailed))
        })
        .await;
    relay.nobody_comes_again().await;
}

fn names_nobody(said: &[ToCustomer]) {
    assert!(!said.iter().any(|message| matches!(message, ToCustomer::Identity(_))), "the technician is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_splits_the_channel_and_guesses_is_found_out_by_both_ends() {
    let relay = Relay::with_display().await;
    for issuer in [Role::Technician, Role::Customer] {
        let (customer, technician, pair) = both_ends(&relay, issuer).await;
        let (mut to_technician, mut to_customer) = split(pair).await;
        let proof = to_technician.guess(&relay, number_of(1)).await;
        to_technician.send(ToTechnician::Confirmation(proof)).await;
        let proof = to_customer.guess(&relay, number_of(2)).await;
        to_customer.send(ToCustomer::Confirmation(proof)).await;
        let (said, _) = tokio::join!(to_technician.rest(), to_customer.rest());
        names_nobody(&said);
        both_fail(&relay, customer, technician).await;
    }
}

/// The relay guesses nothing and lets the two prove the number to each other, through its own two channels.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_splits_the_channel_and_passes_on_what_is_said_is_found_out() {
    let relay = Relay::with_display().await;
    for issuer in [Role::Technician, Role::Customer] {
        let (customer, technician, pair) = both_ends(&relay, issuer).await;
        let (mut to_technician, mut to_customer) = split(pair).await;
        let mut said = Vec::new();
        loop {
            tokio::select! {
                message = to_technician.next() => {
                    let Some(message) = message else { break };
                    said.push(message.clone());
                    to_customer.send(message).await;
                }
                message = to_customer.next() => {
                    let Some(message) = message else { break };
                    to_technician.send(message).await;
                }
            }
        }
        drop((to_technician, to_customer));
        names_nobody(&said);
        both_fail(&relay, customer, technician).await;
    }
}

/// Whoever typed the number has proven it; the relay, which could test a guess with that proof, runs away.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_after_the_first_proof_is_no_broken_network() {
    let relay = Relay::with_display().await;
    for issuer in [Role::Technician, Role::Customer] {
        let (customer, technician, pair) = both_ends(&relay, issuer).await;
        let (mut to_technician, mut to_customer) = split(pair).await;
        let _ = (to_technician.guess(&relay, number_of(1)).await, to_customer.guess(&relay, number_of(2)).await);
        match issuer {
            Role::Technician => {
                to_customer.until(|message| matches!(message, ToTechnician::Confirmation(_)).then_some(())).await;
            }
            Role::Customer => {
                to_technician.until(|message| matches!(message, ToCustomer::Confirmation(_)).then_some(())).await;
            }
        }
        // The issuer has the other's opening before the line breaks.
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop((to_technician, to_customer));
        both_fail(&relay, customer, technician).await;
    }
}

#[derive(Clone, Copy, Debug)]
enum Tampering {
    Swap,
    Replay,
    Reflect,
    Leave,
    Truncate,
    Flip,
    Insert,
}

const ALL: [Tampering; 7] = [
    Tampering::Swap,
    Tampering::Replay,
    Tampering::Reflect,
    Tampering::Leave,
    Tampering::Truncate,
    Tampering::Flip,
    Tampering::Insert,
];

/// Changes what `from` says from the moment on that `armed` is set.
fn tamper(
    how: Tampering,
    victim: Role,
    armed: Arc<AtomicBool>,
) -> impl FnMut(Role, Bytes) -> Vec<(Role, Bytes)> + Send + 'static {
    let mut held = None;
    let mut done = false;
    move |from, bytes| {
        let to = from.other();
        if to != victim || done || !armed.load(Ordering::Relaxed) {
            return vec![(to, bytes)];
        }
        done = true;
        match how {
            Tampering::Swap => match held.take() {
                Some(first) => vec![(to, bytes), (to, first)],
                None => {
                    (held, done) = (Some(bytes), false);
                    Vec::new()
                }
            },
            Tampering::Replay => vec![(to, bytes.clone()), (to, bytes)],
            // To the one who said it; the victim is the other here.
            Tampering::Reflect => vec![(from, bytes.clone()), (to, bytes)],
            Tampering::Leave => Vec::new(),
            Tampering::Truncate => vec![(to, bytes.slice(..bytes.len() - 1))],
            Tampering::Flip => {
                let mut changed = bytes.to_vec();
                *changed.last_mut().unwrap() ^= 1;
                vec![(to, changed.into())]
            }
            Tampering::Insert => vec![(
                to,
                Bytes::from_static(&[0x17, 3, 3, 0, 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]),
            )],
        }
    }
}

/// A session with control on this relay.
async fn in_control(relay: &Relay, how: Tampering, victim: Role) -> (CustomerEnd, TechnicianEnd, Arc<AtomicBool>) {
    let (mut customer, mut technician, pair) = both_ends(relay, Role::Technician).await;
    let armed = Arc::new(AtomicBool::new(false));
    tokio::spawn(pair.forward(Duration::ZERO, tamper(how, victim, Arc::clone(&armed))));
    begin(&mut customer, &mut technician).await;
    (customer, technician, armed)
}

pub(crate) async fn begin(customer: &mut CustomerEnd, technician: &mut TechnicianEnd) {
    customer.who_is_there().await;
    customer.guardian.send(Command::Accept(Share::All));
    customer.until(|report| matches!(report, Report::Active)).await;
    sees_the_pointer(technician).await;
    customer.guardian.set(Permission::Control, Setting::On);
    let live = |news: &News| matches!(news, News::Granted(grants) if grants.live(Permission::Control).is_some());
    technician.until(live).await;
}

/// From here on the picture has its place, and so has the pointer.
async fn sees_the_pointer(technician: &mut TechnicianEnd) {
    technician.until(|news| matches!(news, News::CursorPlace(_))).await;
}

pub(crate) async fn move_to(technician: &TechnicianEnd, x: u16, y: u16) {
    technician.session.input(Input::PointerTo { x, y }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_on_the_way_to_the_customer_moves_nothing_and_ends_the_session() {
    let relay = Relay::with_display().await;
    for how in ALL {
        let (mut customer, mut technician, armed) = in_control(&relay, how, Role::Customer).await;
        move_to(&technician, 100, 100).await;
        relay.pointer_is_at((100, 100)).await;
        // The first may get through where it is another one that is changed; what comes after it never does.
        armed.store(true, Ordering::Relaxed);
        move_to(&technician, 200, 200).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        for place in 301..310 {
            move_to(&technician, place, place).await;
        }
        let reason = customer.ended().await.reason;
        // What the technician said comes back to them: then it is their end that notices, and may still say so in an alert.
        let by_the_other = [CloseReason::PeerGone, CloseReason::EndedByTechnician].contains(&reason);
        let expected = reason == CloseReason::PeerMisbehaved || matches!(how, Tampering::Reflect) && by_the_other;
        assert!(expected, "{how:?}: {reason:?}");
        let reason = technician.ended().await;
        // The one who noticed may have said so inside the channel, too.
        let expected = [CloseReason::PeerMisbehaved, CloseReason::EndedByCustomer, CloseReason::NetworkLost];
        assert!(expected.contains(&reason), "{how:?}: {reason:?}");
        let at = relay.pointer();
        let honest = matches!(how, Tampering::Replay | Tampering::Reflect) && at.0 >= 200;
        assert!(at == (100, 100) || honest, "{how:?}: the pointer is at {at:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_on_the_way_to_the_technician_is_not_believed() {
    let relay = Relay::with_display().await;
    for how in ALL {
        if matches!(how, Tampering::Reflect) {
            continue; // Is the other way's.
        }
        let (mut customer, mut technician, armed) = in_control(&relay, how, Role::Technician).await;
        armed.store(true, Ordering::Relaxed);
        // Something to say for the customer's end, several times, and nothing that it has to carry out within a time.
        for permission in [
            Permission::Point,
            Permission::ClipboardToTechnician,
            Permission::ClipboardFromTechnician,
            Permission::SystemInformation,
        ] {
            customer.guardian.set(permission, Setting::On);
        }
        let told = |news: &News| matches!(news, News::Ended(_));
        let News::Ended(reason) = technician.until(told).await else { unreachable!() };
        assert_eq!(reason, CloseReason::PeerMisbehaved, "{how:?}");
        // The technician's end has said so inside the channel, in an alert, before it left.
        assert_eq!(customer.ended().await.reason, CloseReason::PeerMisbehaved, "{how:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_delays_everything_by_half_a_second_is_only_slow() {
    let relay = Relay::with_display().await;
    let (mut customer, mut technician, pair) = both_ends(&relay, Role::Technician).await;
    tokio::spawn(pair.forward(Duration::from_millis(500), |from, bytes| vec![(from.other(), bytes)]));
    begin(&mut customer, &mut technician).await;
    move_to(&technician, 123, 45).await;
    relay.pointer_is_at((123, 45)).await;
    timeout(SOON, technician.session.pictures().next(false)).await.expect("no picture came");
    technician.session.finish().await;
    assert_eq!(customer.ended().await.reason, CloseReason::EndedByTechnician);
}

/// The relay gives out slot after slot: the customer is shown one number, and nobody is flooded.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_never_stops_giving_out_slots_is_heard_once() {
    let relay = Relay::with_display().await;
    let mut customer = CustomerEnd::start(&relay.parties, Origin::Shown);
    let mut technician = TechnicianEnd::start(&relay.parties, None);
    for _ in 0..2 {
        let (_, mut socket) = relay.greet().await;
        tokio::spawn(async move {
            for _ in 0..5000 {
                crate::relay::give_slot(&mut socket).await;
            }
            tokio::time::sleep(SOON).await;
        });
    }
    let (first, again) = (customer.number().await, technician.number().await);
    assert_eq!((first.slot(), again.slot()), (crate::relay::slot(), crate::relay::slot()));
    let listen = Duration::from_secs(1);
    let more = timeout(listen, customer.until(|report| matches!(report, Report::Number { .. }))).await;
    assert!(more.is_err(), "another number");
    let more = timeout(listen, technician.until(|news| matches!(news, News::Number { .. }))).await;
    assert!(more.is_err(), "another number");
    assert_eq!(customer.stop().await.reason, CloseReason::Stopped);
}

/// The relay stretches a number's life, or pairs whoever waits by one that is long dead: neither is believed.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_lives_ten_minutes_whatever_the_relay_says() {
    let relay = Relay::with_display().await;
    for role in [Role::Customer, Role::Technician] {
        for (told, believed) in [(86_400, 600), (1, 1)] {
            let (mut customer, mut technician) = match role {
                Role::Customer => (Some(CustomerEnd::start(&relay.parties, Origin::Shown)), None),
                Role::Technician => (None, Some(TechnicianEnd::start(&relay.parties, None))),
            };
            let mut socket = relay.greet_for(told).await;
            if let Some(customer) = &mut customer {
                let number = |report: &Report| matches!(report, Report::Number { .. });
                let Report::Number { seconds_left, .. } = customer.until(number).await else { unreachable!() };
                assert_eq!(seconds_left, believed);
            }
            if let Some(technician) = &mut technician {
                let number = |news: &News| matches!(news, News::Number { .. });
                let News::Number { lives_for, .. } = technician.until(number).await else { unreachable!() };
                assert_eq!(lives_for.as_secs(), u64::from(believed));
            }
            if told > 600 {
                continue;
            }
            // Its time is over. The relay has somebody for it all the same.
            tokio::time::sleep(Duration::from_millis(1700)).await;
            crate::relay::pair_late(&mut socket).await;
            if let Some(customer) = &mut customer {
                assert_eq!(customer.ended().await.reason, CloseReason::NumberExpired);
            }
            if let Some(technician) = &mut technician {
                assert_eq!(technician.ended().await, CloseReason::NumberExpired);
            }
        }
    }
}

/// Both are paired, they are told, with somebody who says nothing: whoever is waiting can give up.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_pairs_with_nobody_keeps_nobody() {
    let relay = Relay::with_display().await;
    let mut technician = TechnicianEnd::start(&relay.parties, Some(number_of(1)));
    let _silent = relay.victim().await;
    technician.until(|news| matches!(news, News::Stage(beistand_session::pipe::Stage::Confirming))).await;
    let ended = async {
        technician.session.finish().await;
        technician.ended().await
    };
    assert_eq!(timeout(Duration::from_secs(5), ended).await, Ok(CloseReason::EndedByTechnician));
}
