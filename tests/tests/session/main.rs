//! A whole session without a window: a real relay, a real worker on a real desktop, a real terminal.
//!
//! What the two windows would do is done by code: the guardian's calls on the customer's side, the
//! technician's session on the other. `call_*.rs` has the same with the windows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm
)]

mod clock;
mod one_window;
mod resume;
mod stop;

use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Dropped, Input, Key, NamedKey, Text};
use beistand_protocol::message::Answer;
use beistand_protocol::number::{SessionNumber, draw_secret};
use beistand_protocol::permission::{Permission, Setting};
use beistand_session::pipe::{Origin, Report, StartFault};
use beistand_session::technician::News;
use beistand_tests::ends::{Call, CustomerEnd, TechnicianEnd, spoken};
use beistand_tests::place::Place;
use std::time::Duration;

fn text(text: &str) -> Input {
    Input::Text(Text::try_from(text.to_owned()).unwrap())
}

fn named(key: NamedKey, pressed: bool) -> Input {
    Input::Key { key: Key::Named(key), pressed }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_technician_types_arrives_in_the_customers_terminal_and_stops_with_the_permission() {
    let place = Place::new().await;
    let mut call = Call::active(&place).await;
    call.see_the_screen(&place).await;

    // Without control nothing is even sent; with it, what is typed is what the shell receives.
    call.technician.session.input(text("to nobody")).await;
    call.grant_control().await;
    place.click_into_terminal(&call.technician.session).await;
    call.technician.session.input(text("grüße @ € ~ {[|]} \\ ß")).await;
    call.technician.press(NamedKey::Enter).await;
    place.terminal_received("grüße @ € ~ {[|]} \\ ß\n").await;

    // Revoked: nothing arrives. Granted again: it goes on, and nothing old comes up.
    call.customer.guardian.set(Permission::Control, Setting::Ask);
    call.customer.until(|report| matches!(report, Report::Applied { revision: 2, .. })).await;
    for _ in 0..20 {
        call.technician.session.input(text("x")).await;
    }
    call.grant_control().await;
    call.technician.session.input(text("again")).await;
    call.technician.press(NamedKey::Enter).await;
    place.terminal_received("grüße @ € ~ {[|]} \\ ß\nagain\n").await;

    // Stopped with keys held: nothing stays down, and the technician is told by whom.
    call.technician.session.input(named(NamedKey::ShiftLeft, true)).await;
    call.technician.session.input(named(NamedKey::ControlLeft, true)).await;
    place.are_down(2).await;
    let stopped = call.customer.stop().await;
    assert_eq!(stopped.reason, CloseReason::Stopped);
    assert_eq!(stopped.still_held, 0);
    place.nothing_is_down();
    call.customer.burn(&place).await;
    assert_eq!(call.technician.ended().await, CloseReason::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_shows_a_number_and_says_no() {
    let place = Place::new().await;
    let mut customer = CustomerEnd::start(&place, Origin::Shown);
    let number = customer.number().await;
    let mut technician = TechnicianEnd::start(&place, Some(number));
    let (name, company, digits) = customer.who_is_there().await;
    assert_eq!((name.as_str(), company.as_str()), (beistand_tests::relay::TECHNICIAN, beistand_tests::relay::COMPANY));
    let News::AwaitingConsent { digits: theirs } =
        technician.until(|news| matches!(news, News::AwaitingConsent { .. })).await
    else {
        unreachable!()
    };
    assert_eq!(digits, theirs);
    customer.guardian.send(beistand_session::pipe::Command::Refuse);
    assert_eq!(customer.ended().await.reason, CloseReason::Refused);
    assert_eq!(technician.ended().await, CloseReason::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_works_once_and_failures_are_alike() {
    let place = Place::new().await;
    let mut technician = TechnicianEnd::start(&place, None);
    let number = technician.number().await;
    // Somebody who knows the slot but not the secret burns the number, and both ends are told.
    let wrong = SessionNumber::new(number.slot(), draw_secret(|bytes| bytes.fill(7)));
    let mut guessing = CustomerEnd::start(&place, Origin::Typed(spoken(&wrong)));
    assert_eq!(guessing.ended().await.reason, CloseReason::ConfirmationFailed);
    assert_eq!(technician.ended().await, CloseReason::ConfirmationFailed);
    assert!(!guessing.heard.iter().any(|report| matches!(report, Report::WhoIsThere { .. })));
    // The right one does not work any more, and reads like one that never was.
    let mut late = CustomerEnd::start(&place, Origin::Typed(spoken(&number)));
    assert_eq!(late.ended().await.reason, CloseReason::NumberNotFound);
    let never = SessionNumber::new(99.try_into().unwrap(), draw_secret(|bytes| bytes.fill(3)));
    let mut unknown = CustomerEnd::start(&place, Origin::Typed(spoken(&never)));
    assert_eq!(unknown.ended().await.reason, CloseReason::NumberNotFound);
}

/// Somebody who is signed in, too, and hits a number that waits: the customer is asked nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_technician_who_guesses_a_customers_number_burns_it_and_is_not_shown() {
    let place = Place::new().await;
    let mut customer = CustomerEnd::start(&place, Origin::Shown);
    let number = customer.number().await;
    let wrong = SessionNumber::new(number.slot(), draw_secret(|bytes| bytes.fill(7)));
    let mut guessing = TechnicianEnd::start(&place, Some(wrong));
    assert_eq!(guessing.ended().await, CloseReason::ConfirmationFailed);
    assert_eq!(customer.ended().await.reason, CloseReason::ConfirmationFailed);
    assert!(!customer.heard.iter().any(|report| matches!(report, Report::WhoIsThere { .. })));
    let mut late = TechnicianEnd::start(&place, Some(number));
    assert_eq!(late.ended().await, CloseReason::NumberNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_not_there_is_said_so() {
    let mut place = Place::new().await;
    place.relay.kill();
    let mut customer = CustomerEnd::start(&place, Origin::Shown);
    customer.until(|report| matches!(report, Report::Fault(StartFault::RelayUnreachable))).await;
    assert_eq!(customer.ended().await.reason, CloseReason::NetworkLost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technician_who_is_disabled_ends_the_session_and_a_relay_that_dies_is_waited_for() {
    let mut place = Place::new().await;
    let mut call = Call::active(&place).await;
    place.relay.disable_technician().unwrap();
    assert_eq!(call.customer.ended().await.reason, CloseReason::TechnicianDisabled);
    assert_eq!(call.technician.ended().await, CloseReason::TechnicianDisabled);

    // One that dies is waited for, and whoever does not want to wait ends it all the same.
    place = Place::new().await;
    let mut call = Call::active(&place).await;
    place.relay.kill();
    call.customer.until(|report| matches!(report, Report::LineBroke { .. })).await;
    call.technician.until(|news| matches!(news, News::LineBroke { .. })).await;
    assert_eq!(call.customer.stop().await.reason, CloseReason::Stopped);
    call.technician.session.finish().await;
    assert_eq!(call.technician.ended().await, CloseReason::EndedByTechnician);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_needs_an_answer_and_a_second_one_has_to_wait() {
    let place = Place::new().await;
    let mut call = Call::active(&place).await;
    let reason = || "Ich stelle den Drucker ein".to_owned().try_into().unwrap();
    call.technician.session.ask(Permission::Control, reason()).await;
    let Report::Question { question, permission: Permission::Control, .. } =
        call.customer.until(|report| matches!(report, Report::Question { .. })).await
    else {
        panic!("another question")
    };
    call.technician.session.ask(Permission::Control, reason()).await;
    call.technician.answered(Answer::TooSoon).await;
    call.customer.guardian.answer(question, true);
    call.technician.answered(Answer::Allowed).await;
    // The customer's own hands come first: for a second after them nothing is injected. On a busy machine
    // an input can overtake what the display tells of the hardware, or come after the second.
    let mut dropped = None;
    for _ in 0..10 {
        place.customer_types("c");
        call.technician.session.input(text("t")).await;
        dropped = call.technician.until_or(Duration::from_secs(2), |news| matches!(news, News::Dropped(_))).await;
        if dropped.is_some() {
            break;
        }
    }
    assert!(matches!(dropped, Some(News::Dropped(Dropped::CustomerActs))), "{dropped:?}");
}
