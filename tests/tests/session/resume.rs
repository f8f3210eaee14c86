//! The line breaks in the middle of a session, and the two ends find each other again: a cut, a network that goes
//! black, a relay that is restarted, a computer that sleeps.

use super::{named, text};
use beistand_protocol::close::CloseReason;
use beistand_protocol::heartbeat::PATIENCE;
use beistand_protocol::input::NamedKey;
use beistand_protocol::permission::{Permission, Setting};
use beistand_session::pipe::Report;
use beistand_session::technician::News;
use beistand_tests::ends::Call;
use beistand_tests::link::Link;
use beistand_tests::place::Place;
use beistand_tests::process::signal;
use beistand_tests::relay::Relay;
use std::time::{Duration, Instant};

async fn behind(link: &Link) -> Place {
    Place::with(Relay::start_behind(link).unwrap()).await
}

/// A call with control, in which the technician holds two keys.
async fn with_keys_held(place: &Place) -> Call {
    let mut call = Call::active(place).await;
    call.see_the_screen(place).await;
    call.grant_control().await;
    place.click_into_terminal(&call.technician.session).await;
    for key in [NamedKey::ShiftLeft, NamedKey::ControlLeft] {
        call.technician.session.input(named(key, true)).await;
    }
    place.are_down(2).await;
    call
}

/// Both are told that the line broke, and nothing stays down.
async fn broke(place: &Place, call: &mut Call) {
    let Report::LineBroke { seconds_left } =
        call.customer.until(|report| matches!(report, Report::LineBroke { .. })).await
    else {
        unreachable!()
    };
    assert!((90..=120).contains(&seconds_left), "{seconds_left} seconds left");
    call.customer.until(|report| matches!(report, Report::Withdrawn { .. })).await;
    place.are_down(0).await;
    call.technician.until(|news| matches!(news, News::LineBroke { .. })).await;
}

/// Both are told that it is back. The picture comes anew, and control only after another yes.
async fn comes_back(place: &Place, call: &mut Call) {
    call.customer.until(|report| matches!(report, Report::LineBack)).await;
    call.technician.until(|news| matches!(news, News::LineBack)).await;
    let News::Granted(grants) = call.technician.until(|news| matches!(news, News::Granted(_))).await else {
        unreachable!()
    };
    assert_eq!(grants.setting(Permission::SeeScreen), Setting::On);
    assert_eq!(grants.setting(Permission::Control), Setting::Ask);
    call.see_the_screen(place).await;
}

/// What was typed while the line was broken never arrives; what is typed after another yes does.
async fn types_again(place: &Place, call: &mut Call) {
    call.grant_control().await;
    // The keyboard is the customer's own for a second after it was used.
    call.technician.session.input(text("again")).await;
    call.technician.press(NamedKey::Enter).await;
    place.terminal_received("again\n").await;
}

async fn types_into_the_void(call: &Call) {
    for _ in 0..20 {
        call.technician.session.input(text("void")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_is_taken_up_again_and_again() {
    let link = Link::new().unwrap();
    let place = behind(&link).await;
    let mut call = with_keys_held(&place).await;
    for round in 0..3 {
        link.cut();
        broke(&place, &mut call).await;
        types_into_the_void(&call).await;
        comes_back(&place, &mut call).await;
        call.customer.heard.clear();
        if round == 2 {
            break;
        }
        call.grant_control().await;
        call.technician.session.input(named(NamedKey::ShiftLeft, true)).await;
        call.technician.session.input(named(NamedKey::ShiftLeft, false)).await;
    }
    types_again(&place, &mut call).await;
    // And it ends as ever: the relay is told by the newest token.
    assert_eq!(call.customer.stop().await.reason, CloseReason::Stopped);
    call.customer.burn(&place).await;
    assert_eq!(call.technician.ended().await, CloseReason::Stopped);
    assert!(place.workers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_goes_black_is_noticed_and_survived() {
    let link = Link::new().unwrap();
    let place = behind(&link).await;
    let mut call = with_keys_held(&place).await;
    link.black(true);
    let since = Instant::now();
    broke(&place, &mut call).await;
    assert!(since.elapsed() < Duration::from_secs(15), "noticed after {:?}", since.elapsed());
    types_into_the_void(&call).await;
    link.black(false);
    comes_back(&place, &mut call).await;
    types_again(&place, &mut call).await;
    assert_eq!(call.customer.stop().await.reason, CloseReason::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_knows_nothing_and_brings_the_two_together_all_the_same() {
    let mut place = Place::new().await;
    let mut call = with_keys_held(&place).await;
    place.relay.restart().unwrap();
    broke(&place, &mut call).await;
    comes_back(&place, &mut call).await;
    types_again(&place, &mut call).await;
    assert_eq!(call.customer.stop().await.reason, CloseReason::Stopped);
    call.customer.burn(&place).await;
    assert_eq!(call.technician.ended().await, CloseReason::Stopped);
}

/// The customer's computer sleeps for a while: its worker stands still, and wakes up late.
#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_sleeps_for_a_while_is_waited_for() {
    let place = Place::new().await;
    let mut call = with_keys_held(&place).await;
    let workers = place.workers();
    workers.iter().for_each(|worker| signal(*worker, libc::SIGSTOP).unwrap());
    let asleep = Instant::now();
    // What the technician does meanwhile waits in the network, under the old consent.
    types_into_the_void(&call).await;
    call.technician.until(|news| matches!(news, News::LineBroke { .. })).await;
    // The technician's end may have heard nothing for longer: the customer's is to find that out by itself, first of all.
    tokio::time::sleep(PATIENCE.saturating_sub(asleep.elapsed())).await;
    workers.iter().for_each(|worker| signal(*worker, libc::SIGCONT).unwrap());
    call.customer.until(|report| matches!(report, Report::LineBroke { .. })).await;
    place.are_down(0).await;
    comes_back(&place, &mut call).await;
    types_again(&place, &mut call).await;
    assert_eq!(call.customer.stop().await.reason, CloseReason::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_while_the_line_is_broken_has_stopped_for_good() {
    let link = Link::new().unwrap();
    let place = behind(&link).await;
    let mut call = with_keys_held(&place).await;
    link.cut();
    broke(&place, &mut call).await;
    let stopped = call.customer.stop().await;
    assert_eq!((stopped.reason, stopped.still_held), (CloseReason::Stopped, 0));
    assert!(place.workers().is_empty());
    // The technician waits for nobody: the relay has been told, and says so.
    call.customer.burn(&place).await;
    let told = Instant::now();
    assert_eq!(call.technician.ended().await, CloseReason::Stopped);
    assert!(told.elapsed() < Duration::from_secs(8), "told after {:?}", told.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technician_who_gives_up_while_the_line_is_broken_ends_it_for_the_customer() {
    let link = Link::new().unwrap();
    let mut place = behind(&link).await;
    let mut call = Call::active(&place).await;
    // The line was another one before: it is by the token of the newest that the relay is told.
    link.cut();
    call.customer.until(|report| matches!(report, Report::LineBroke { .. })).await;
    call.technician.until(|news| matches!(news, News::LineBroke { .. })).await;
    comes_back(&place, &mut call).await;
    // The customer's end alone stands still; the technician's has lost it.
    let workers = place.workers();
    workers.iter().for_each(|worker| signal(*worker, libc::SIGSTOP).unwrap());
    call.technician.until(|news| matches!(news, News::LineBroke { .. })).await;
    call.technician.session.finish().await;
    assert_eq!(call.technician.ended().await, CloseReason::EndedByTechnician);
    workers.iter().for_each(|worker| signal(*worker, libc::SIGCONT).unwrap());
    assert_eq!(call.customer.ended().await.reason, CloseReason::EndedByTechnician);
    place.relay.kill();
}
