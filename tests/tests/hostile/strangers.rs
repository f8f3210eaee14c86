//! Somebody with the id of a broken session, and a relay that stands between when its ends come back. The session
//! waits for the right end, and nobody else gets a picture, a pointer or an end out of it.

use crate::between::{begin, both_ends, move_to, split};
use crate::relay::{Relay, number, token};
use crate::rogue::{Rogue, RogueCustomer, RogueTechnician};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::Input;
use beistand_protocol::message::{Reason, ToCustomer, ToTechnician};
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_protocol::rendezvous::Role;
use beistand_session::pipe::Report;
use beistand_session::technician::News;
use beistand_tests::ends::TechnicianEnd;
use std::time::Duration;

const NOWHERE: (i16, i16) = (400, 300);

/// Bytes where proofs should be.
fn made_up(bytes: u8) -> ToCustomer {
    ToCustomer::Resume(postcard::from_bytes(&[[bytes; 32].as_slice(), &[1], &[bytes; 32]].concat()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_in_the_technicians_place_gets_nothing_and_ends_nothing() {
    let relay = Relay::with_display().await;
    let (mut rogue, mut customer) = RogueTechnician::active(&relay).await;
    customer.guardian.set(Permission::Control, Setting::On);
    let epoch = rogue.grants().await.live(Permission::Control).unwrap();
    drop(rogue);
    customer.until(|report| matches!(report, Report::LineBroke { .. })).await;
    customer.heard.clear();
    let input = |epoch| ToCustomer::Input { epoch, number: 1, input: Input::PointerTo { x: 9, y: 9 } };
    let reason = Reason::try_from("Bitte".to_owned()).unwrap();
    let said = [
        input(epoch),
        made_up(7),
        ToCustomer::Resumed,
        ToCustomer::End,
        ToCustomer::Ask { permission: Permission::Control, reason },
    ];
    for message in said {
        let mut stranger = RogueTechnician::establish(relay.victim().await, Role::Technician).await;
        let what = format!("{message:?}");
        stranger.send(message).await;
        let heard = stranger.rest().await;
        assert!(heard.is_empty(), "{what} was answered: {heard:?}");
        assert!(!stranger.believed, "the relay was told that it is the right one");
    }
    // What is no message at all, and who only hangs up.
    let mut stranger = RogueTechnician::establish(relay.victim().await, Role::Technician).await;
    stranger.plain(&[0xff; 100]).await;
    assert!(stranger.rest().await.is_empty());
    drop(relay.victim().await);
    assert_eq!(relay.pointer(), NOWHERE);
    // The session still waits for its technician, until its customer has had enough.
    let (_, _still_there) = relay.greet().await;
    let stopped = customer.stop().await;
    // The guardian has no stranger's token either.
    let believed = |report: &Report| {
        matches!(report, Report::LineBack | Report::BurnToken(_) | Report::Doing(_) | Report::Question { .. })
    };
    assert!(!customer.heard.iter().any(believed), "{:?}", customer.heard);
    assert_eq!((stopped.reason, stopped.still_held), (CloseReason::Stopped, 0));
    relay.nobody_comes_again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_in_the_customers_place_is_told_nothing_and_ends_nothing() {
    let relay = Relay::new().await;
    let mut technician = TechnicianEnd::start(&relay.parties, Some(number()));
    drop(RogueCustomer::active(&relay).await);
    technician.until(|news| matches!(news, News::LineBroke { .. })).await;
    let mut grants = Grants::default();
    grants.set(Permission::SeeScreen, Setting::On);
    grants.set(Permission::Control, Setting::On);
    let zeros = postcard::from_bytes(&[0; 32]).unwrap();
    let said = [
        None,
        Some(ToTechnician::Resume(zeros)),
        Some(ToTechnician::Grants(grants)),
        Some(ToTechnician::Ended(CloseReason::Stopped)),
    ];
    for message in said {
        let mut stranger = RogueCustomer::establish(relay.victim().await, Role::Customer).await;
        let proofs = stranger.until(|message| matches!(message, ToCustomer::Resume(_)).then(|| message.clone())).await;
        // The proof itself, sent back to its maker.
        let reflected = || {
            let bytes = postcard::to_stdvec(&proofs).unwrap();
            ToTechnician::Resume(postcard::from_bytes(&bytes[1..33]).unwrap())
        };
        stranger.send(message.unwrap_or_else(reflected)).await;
        technician.session.input(Input::PointerTo { x: 5, y: 5 }).await;
        let heard = stranger.rest().await;
        assert!(heard.is_empty(), "{heard:?}");
        assert!(!stranger.believed, "the relay was told that it is the right one");
    }
    technician.session.finish().await;
    let ended = |news: &News| {
        assert!(!matches!(news, News::LineBack | News::BurnToken(_)), "a stranger was believed");
        matches!(news, News::Ended(CloseReason::EndedByTechnician))
    };
    let (by, _) = tokio::join!(relay.farewell(), technician.until(ended));
    assert_eq!(by, token(0), "it is over for the customer's end, not for a stranger");
}

/// Passes on what both say until one hangs up; gives what was said.
async fn pass_on(one: &mut RogueCustomer, other: &mut RogueTechnician) -> (usize, usize) {
    let (mut of_technician, mut of_customer) = (0, 0);
    loop {
        tokio::select! {
            message = one.next() => {
                let Some(message) = message else { return (of_technician, of_customer) };
                of_technician += 1;
                other.send(message).await;
            }
            message = other.next() => {
                let Some(message) = message else { return (of_technician, of_customer) };
                of_customer += 1;
                one.send(message).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_splits_the_new_channel_and_passes_on_the_proofs_is_found_out() {
    let relay = Relay::with_display().await;
    let (mut customer, mut technician, pair) = both_ends(&relay, Role::Technician).await;
    let honest =
        |pair: crate::relay::Pair| tokio::spawn(pair.forward(Duration::ZERO, |from, it| vec![(from.other(), it)]));
    let forwarding = honest(pair);
    begin(&mut customer, &mut technician).await;
    forwarding.abort();
    customer.until(|report| matches!(report, Report::LineBroke { .. })).await;
    technician.until(|news| matches!(news, News::LineBroke { .. })).await;
    for _ in 0..2 {
        let (mut to_technician, mut to_customer): (Rogue<_, _>, Rogue<_, _>) = split(relay.pair().await).await;
        let (of_technician, of_customer) = pass_on(&mut to_technician, &mut to_customer).await;
        assert_eq!((of_technician, of_customer), (1, 0), "the technician's proof, and nothing else");
        assert!(!to_technician.believed && !to_customer.believed, "the relay was told that it is the right one");
    }
    // Once the relay passes on what it should, the two have each other again.
    let _forwarding = honest(relay.pair().await);
    customer.until(|report| matches!(report, Report::LineBack)).await;
    technician.until(|news| matches!(news, News::LineBack)).await;
    relay.are_resumed(2).await;
    let granted = |news: &News| matches!(news, News::Granted(grants) if grants.live(Permission::SeeScreen).is_some());
    technician.until(granted).await;
    move_to(&technician, 77, 77).await;
    customer.guardian.set(Permission::Control, Setting::On);
    let live = |news: &News| matches!(news, News::Granted(grants) if grants.live(Permission::Control).is_some());
    technician.until(live).await;
    assert_eq!(relay.pointer(), NOWHERE, "what was moved without control stays where it was");
    move_to(&technician, 120, 90).await;
    relay.pointer_is_at((120, 90)).await;
    assert_eq!(customer.stop().await.reason, CloseReason::Stopped);
}
