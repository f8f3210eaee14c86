//! The technician's way through the controller.

use super::*;
use crate::view::{DropReason, Grab, SpecialFate, SpecialKey, SpecialReport};
use beistand_protocol::input::Dropped;

#[test]
fn a_technician_signs_in_gets_a_number_and_sees() {
    let mut seat = Seat::new();
    seat.ask(Request::Go(Place::Technician));
    let (domain, login) = ("help.example".to_owned(), "anna".to_owned());
    seat.ask(Request::SignIn { domain, login, password: view::Password::new("secret".into()) });
    let MainScreen::SignIn(form) = seat.screen() else { panic!() };
    assert!(form.busy);
    seat.signed_in(Err(ErrorCode::SignInRefused));
    let MainScreen::SignIn(form) = seat.screen() else { panic!() };
    assert_eq!((form.busy, form.error, form.login.as_deref()), (false, Some(ErrorCode::SignInRefused), Some("anna")));

    let mut seat = Seat::technician();
    seat.ask(Request::NewSession);
    seat.news(TechnicianNews::Number { number: "472 915 384".into(), seconds_left: 600 });
    seat.news(TechnicianNews::Stage(Stage::Waiting));
    assert!(matches!(seat.screen(), MainScreen::TechnicianNumber { .. }));
    seat.news(TechnicianNews::Stage(Stage::Confirming));
    seat.news(TechnicianNews::Waiting { digits: 71 });
    let MainScreen::WaitingForYes { digits, .. } = seat.screen() else { panic!() };
    assert_eq!(digits.as_deref(), Some("0071"));

    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants.clone()));
    assert!(seat.controller.platform.shown.contains(&Window::Viewer));
    assert_eq!(seat.state_of(view::Permission::SeeScreen), PermissionState::Allowed);
    assert_eq!(seat.state_of(view::Permission::Control), PermissionState::NotAllowed);
    assert_eq!(seat.state_of(view::Permission::Recording), PermissionState::NotOffered);

    seat.ask(Request::Ask(view::Permission::Control, "Drucker einstellen".into()));
    assert_eq!(seat.state_of(view::Permission::Control), PermissionState::Pending);
    seat.news(TechnicianNews::Answered { permission: Permission::Control, answer: Answer::Refused });
    assert_eq!(seat.state_of(view::Permission::Control), PermissionState::Refused { retry_seconds: 60 });
    seat.pass(60 * SECOND);
    assert_eq!(seat.state_of(view::Permission::Control), PermissionState::NotAllowed);
    grants.set(Permission::Control, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    assert_eq!(seat.state_of(view::Permission::Control), PermissionState::Allowed);

    seat.news(TechnicianNews::Ended(CloseReason::Stopped));
    let MainScreen::TechnicianEnded { end, duration_seconds, .. } = seat.screen() else { panic!() };
    assert_eq!((end, duration_seconds), (EndReason::EmergencyStop, 60));
    seat.ask(Request::DismissEnd);
    assert!(matches!(seat.screen(), MainScreen::TechnicianHome { .. }));
}

#[test]
fn a_technician_without_a_key_signs_in_again() {
    let mut seat = Seat::technician();
    seat.ask(Request::TypeNumber(number()));
    seat.news(TechnicianNews::Failed(ErrorCode::SignInExpired));
    assert!(matches!(seat.screen(), MainScreen::TechnicianFailed { again: TryAgain::SignIn, .. }));
    seat.ask(Request::TryAgain);
    assert!(matches!(seat.screen(), MainScreen::SignIn(_)));
}

#[test]
fn without_a_keyring_a_technician_is_signed_in_for_this_run() {
    for unkept in [None, Some(ErrorCode::KeyringLocked), Some(ErrorCode::KeyringMissing)] {
        let mut seat = Seat::new();
        seat.ask(Request::Go(Place::Technician));
        let (domain, login) = ("help.example".to_owned(), "anna".to_owned());
        seat.ask(Request::SignIn { domain, login, password: view::Password::new("secret".into()) });
        seat.signed_in(Ok(SavedTechnician { unkept, ..saved_technician() }));
        assert!(matches!(seat.screen(), MainScreen::TechnicianHome { .. }));
        assert_eq!(seat.main().notice, unkept);
        let saved = seat.controller.store.settings::<Settings>().unwrap();
        assert_eq!(saved.technician.is_some(), unkept.is_none());
    }
}

#[test]
fn what_fails_for_a_technician_leads_to_no_customers_page() {
    for failed in
        [TechnicianNews::Failed(ErrorCode::RelayCertificate), TechnicianNews::Fault(StartFault::RelayCertificate)]
    {
        let mut seat = Seat::technician();
        seat.ask(Request::NewSession);
        seat.news(failed);
        seat.news(TechnicianNews::Ended(CloseReason::NetworkLost));
        let MainScreen::TechnicianFailed { error, .. } = seat.screen() else { panic!() };
        assert_eq!(error, ErrorCode::RelayCertificate);
        seat.ask(Request::TryAgain);
        assert!(matches!(seat.screen(), MainScreen::SignIn(_)));
    }
}

#[test]
fn a_disabled_technician_who_waits_is_told_so() {
    let mut seat = Seat::technician();
    seat.ask(Request::NewSession);
    seat.news(TechnicianNews::Number { number: "472 915 384".into(), seconds_left: 600 });
    seat.news(TechnicianNews::Ended(CloseReason::TechnicianDisabled));
    assert!(matches!(seat.screen(), MainScreen::TechnicianEnded { end: EndReason::TechnicianDisabled, .. }));
}

#[test]
fn who_is_signed_in_begins_as_a_technician_unless_a_link_is_opened() {
    let begin = |opens_link| {
        let seat = Seat::technician();
        let Controller { store, settings, .. } = seat.controller;
        let surroundings = Surroundings { opens_link, ..Surroundings::default() };
        Controller::new(World::default(), store, settings, surroundings).screen(Moment::ORIGIN)
    };
    assert!(matches!(begin(false), MainScreen::TechnicianHome { .. }));
    assert!(matches!(begin(true), MainScreen::Start { .. }));
}

fn steering() -> Seat {
    let mut seat = Seat::technician();
    seat.ask(Request::NewSession);
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    grants.set(Permission::Control, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    seat
}

#[test]
fn a_special_key_says_what_became_of_it() {
    let mut seat = steering();
    seat.ask(Request::SpecialKey(SpecialKey::AltTab));
    assert_eq!(seat.worker(), ["Input([Chord(Chord(…))])"]);
    let report = |fate| Some(SpecialReport { key: SpecialKey::AltTab, fate });
    assert_eq!(seat.special(), report(SpecialFate::Sent));
    seat.news(TechnicianNews::Chord(Ok(())));
    assert_eq!(seat.special(), report(SpecialFate::Delivered));
    seat.pass(6 * SECOND);
    assert_eq!(seat.special(), None);

    seat.ask(Request::SpecialKey(SpecialKey::AltTab));
    seat.news(TechnicianNews::Chord(Err(Dropped::OwnWindow)));
    assert_eq!(seat.special(), report(SpecialFate::Dropped { reason: DropReason::OwnWindow }));

    // Nothing is heard of it: then that is said, and no longer than anything else.
    seat.ask(Request::SpecialKey(SpecialKey::AltTab));
    seat.pass(4 * SECOND);
    assert_eq!(seat.special(), report(SpecialFate::NoAnswer));
    seat.pass(6 * SECOND);
    assert_eq!(seat.special(), None);
}

#[test]
fn the_whole_keyboard_is_taken_only_while_the_technician_steers() {
    let mut seat = steering();
    seat.ask(Request::GrabKeyboard(true));
    seat.news(TechnicianNews::Grab(Grab::On));
    assert_eq!(seat.controller.platform.grabs, [true]);
    // The customer takes control back: so does the technician's own desktop.
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    assert_eq!(seat.controller.platform.grabs.last(), Some(&false));
    seat.news(TechnicianNews::Grab(Grab::Off));
    seat.ask(Request::GrabKeyboard(true));
    assert_eq!(seat.controller.platform.grabs, [true, false], "not without control");

    let mut seat = steering();
    seat.ask(Request::GrabKeyboard(true));
    seat.news(TechnicianNews::Grab(Grab::On));
    seat.news(TechnicianNews::Ended(CloseReason::Stopped));
    assert_eq!(seat.controller.platform.grabs, [true, false]);
}
