//! NOTAUS: final whatever state the worker is in, and no key stays down.

use super::named;
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Button, Input, NamedKey};
use beistand_tests::ends::Call;
use beistand_tests::place::Place;
use beistand_tests::process::{Guard, signal};
use std::process::Command;
use std::time::Duration;

/// A call in which the technician holds two keys and a mouse button down.
async fn with_hands_full(place: &Place) -> Call {
    let mut call = Call::active(place).await;
    call.see_the_screen(place).await;
    call.grant_control().await;
    place.click_into_terminal(&call.technician.session).await;
    for input in [
        named(NamedKey::ShiftLeft, true),
        named(NamedKey::ControlLeft, true),
        Input::Button { button: Button::Left, pressed: true },
    ] {
        call.technician.session.input(input).await;
    }
    place.are_down(3).await;
    call
}

async fn stops(place: &Place, mut call: Call) {
    let stopped = call.customer.stop().await;
    assert_eq!((stopped.reason, stopped.still_held), (CloseReason::Stopped, 0));
    place.nothing_is_down();
    assert!(place.workers().is_empty(), "the worker is still there");
    // Nothing comes after: what the technician's end still sends has nobody to arrive at.
    let before = place.received();
    call.technician.session.input(super::text("after the stop")).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(place.received(), before);
    place.nothing_is_down();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_worker_stops() {
    let place = Place::new().await;
    let call = with_hands_full(&place).await;
    for worker in place.workers() {
        signal(worker, libc::SIGSTOP).unwrap();
    }
    stops(&place, call).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_line_is_blocked_stops() {
    let place = Place::new().await;
    let _busy = place.busy_screen();
    let call = with_hands_full(&place).await;
    place.relay.freeze().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    stops(&place, call).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_stops_while_every_core_is_busy() {
    let place = Place::new().await;
    let call = with_hands_full(&place).await;
    let _load: Vec<Guard> =
        (0..6).map(|_| Guard::start(Command::new("sh").args(["-c", "while :; do :; done"])).unwrap()).collect();
    stops(&place, call).await;
}

/// A window manager that decides on a click holds back all that mice do, the customer's own too, until it has decided.
/// A stop does not wait for it: what is ours is up, and the rest follows by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_stops_while_the_window_manager_holds_a_click_back() {
    let place = Place::new().await;
    let mut call = Call::active(&place).await;
    call.grant_control().await;
    call.see_the_screen(&place).await;
    signal(place.window_manager(), libc::SIGSTOP).unwrap();
    for input in [
        Input::PointerTo { x: 200, y: 200 },
        Input::Button { button: Button::Left, pressed: true },
        named(NamedKey::ShiftLeft, true),
        named(NamedKey::ControlLeft, true),
    ] {
        call.technician.session.input(input).await;
    }
    place.are_down(3).await;
    let stopped = call.customer.stop().await;
    assert_eq!((stopped.reason, stopped.released, stopped.still_held), (CloseReason::Stopped, 3, 0));
    place.are_down(1).await;
    signal(place.window_manager(), libc::SIGCONT).unwrap();
    place.nothing_is_down();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_by_itself_leaves_no_key_down() {
    let place = Place::new().await;
    let mut call = with_hands_full(&place).await;
    for worker in place.workers() {
        signal(worker, libc::SIGKILL).unwrap();
    }
    let stopped = call.customer.ended().await;
    assert_eq!((stopped.reason, stopped.still_held), (CloseReason::WorkerFailed, 0));
    place.nothing_is_down();
}

/// The guardian's process ends without a word: the worker notices and lets go by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_told_to_leave_lets_go_of_everything() {
    let place = Place::new().await;
    let call = with_hands_full(&place).await;
    for worker in place.workers() {
        // What the parent-death signal is.
        signal(worker, libc::SIGTERM).unwrap();
    }
    place.are_down(0).await;
    drop(call);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_is_not_acknowledged_kills() {
    let place = Place::new().await;
    let mut call = with_hands_full(&place).await;
    for worker in place.workers() {
        signal(worker, libc::SIGSTOP).unwrap();
    }
    let guardian = &call.customer.guardian;
    guardian.set(beistand_protocol::permission::Permission::Control, beistand_protocol::permission::Setting::Off);
    let stopped = call.customer.ended().await;
    assert_eq!((stopped.reason, stopped.still_held), (CloseReason::WorkerFailed, 0));
    place.nothing_is_down();
}
