//! The controller with a stand-in for the rest of the world.
#![allow(clippy::panic)]

mod desk;
mod line;
mod seat;
mod sources;
mod technician;
mod technician_desk;

use super::*;
use crate::settings::{KnownCompany, SavedTechnician};
use crate::view::{
    self, Caller, Corner, DomainAnswer, DomainSource, EndReason, MainScreen, PauseReason, PermissionState, Place,
    ReceiptWhat, TryAgain, TypedNumber,
};
use beistand_protocol::close::CloseReason;
use beistand_protocol::message::{Answer, Reason};
use beistand_protocol::number::SessionNumber;
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_protocol::picture::{Monitor, Rect, Share};
use beistand_protocol::rendezvous::api::Bytes;
use beistand_protocol::rendezvous::{BurnToken, Fingerprint, TechnicianName};
use beistand_session::guardian::Stopped;
use beistand_session::pipe::{Activity, Command, NumberText, Report, Stage, StartFault};
use beistand_session::rendezvous::{Company as Fetched, DomainTrust};
use seat::{Seat, World, company, number, offered, saved_technician};
use std::io;
use std::path::Path;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_new_domain_is_confirmed_before_anything_is_fetched() {
    let mut seat = Seat::new();
    seat.ask(Request::WhoCalled(Caller::Me));
    assert_eq!(seat.screen(), MainScreen::EnterDomain);
    seat.ask(Request::SetDomain("Help.Example".into()));
    let asked = MainScreen::ConfirmDomain { domain: "help.example".into(), source: DomainSource::Typed };
    assert_eq!(seat.screen(), asked);
    assert!(seat.jobs().is_empty());

    seat.ask(Request::ConfirmDomain(DomainAnswer::SomebodyWhoCalledMe));
    assert_eq!(seat.screen(), MainScreen::Scam);
    seat.ask(Request::SetDomain("help.example".into()));
    seat.ask(Request::ConfirmDomain(DomainAnswer::NotSure));
    assert!(matches!(seat.screen(), MainScreen::Start { .. }));
    assert!(seat.jobs().is_empty());

    seat.ask(Request::SetDomain("help.example".into()));
    seat.ask(Request::ConfirmDomain(DomainAnswer::KnownToMe));
    seat.fetched(Ok(company(7)));
    assert_eq!(seat.screen(), MainScreen::Choose);
    assert_eq!(seat.controller.settings.current().unwrap().root_sha256, Fingerprint::new([7; 32]));
    // The next time it is known.
    seat.ask(Request::Go(Place::Home));
    seat.ask(Request::WhoCalled(Caller::Me));
    assert_eq!(seat.screen(), MainScreen::Choose);
}

#[test]
fn they_called_me_leads_nowhere() {
    let mut seat = Seat::known();
    seat.ask(Request::WhoCalled(Caller::Them));
    assert_eq!(seat.screen(), MainScreen::Scam);
    assert!(seat.controller.platform.started.is_empty());
}

#[test]
fn a_link_never_changes_a_pinned_root() {
    let mut seat = Seat::known();
    seat.ask(Request::OpenLink(format!("beistand://help.example?root={}", "09".repeat(32))));
    seat.ask(Request::WhoCalled(Caller::Me));
    assert!(matches!(seat.screen(), MainScreen::Failed { error: ErrorCode::DomainKeyChanged, .. }));
    assert_eq!(seat.controller.settings.known[0].root_sha256, Fingerprint::new([7; 32]));
}

#[test]
fn a_link_connects_nothing_before_who_called_whom() {
    let mut seat = Seat::known();
    seat.ask(Request::OpenLink(format!("beistand://help.example/{}", number().expose())));
    assert!(matches!(seat.screen(), MainScreen::Start { .. }));
    assert!(seat.controller.platform.started.is_empty());
    seat.ask(Request::WhoCalled(Caller::Me));
    assert_eq!(seat.controller.platform.started.len(), 1);
}

#[test]
fn a_mistyped_number_starts_nothing() {
    let mut seat = Seat::known();
    seat.ask(Request::StartJoin(TypedNumber::new("472 915 380".into())));
    assert!(seat.controller.platform.started.is_empty());
    assert_eq!(seat.main().notice, Some(ErrorCode::NumberWrong));
}

#[test]
fn no_permission_is_on_when_the_worker_starts() {
    let mut seat = Seat::known();
    seat.ask(Request::StartJoin(number()));
    let Some(Command::Start { settings, company, .. }) = seat.controller.platform.started.first() else { panic!() };
    assert_eq!(settings.len(), Permission::ALL.len());
    assert!(settings.iter().all(|(permission, setting)| {
        *setting == if permission.is_offered() { Setting::Ask } else { Setting::Off }
    }));
    assert_eq!((company.domain.as_str(), company.root_der.as_slice()), ("help.example", [7].as_slice()));
}

#[test]
fn nothing_is_accepted_before_the_panel_has_been_seen() {
    let mut seat = Seat::asked();
    let MainScreen::WhoIsIt(who) = seat.screen() else { panic!() };
    assert_eq!((who.who.name.as_str(), who.digits.as_deref(), who.remaining_seconds), ("Anna Weber", Some("0071"), 60));
    assert_eq!(
        who.sources.iter().map(|source| source.id.as_str()).collect::<Vec<_>>(),
        ["2", "1", "all", "window-7", "window-8"]
    );
    seat.ask(Request::Choose("3".into()));
    assert!(
        seat.controller.platform.shown.iter().all(|window| *window != Window::Panel),
        "of a monitor that is not there"
    );

    seat.ask(Request::Choose("1".into()));
    assert!(seat.controller.platform.shown.contains(&Window::Panel));
    assert!(matches!(seat.panel(), PanelScreen::Running { .. }));
    assert!(!seat.worker().iter().any(|order| order.contains("Accept")));
    seat.proof(PanelProof::Seen);
    assert!(seat.worker().iter().any(|order| order.contains("Accept(Monitor(1))")));
}

#[test]
fn without_a_panel_there_is_no_session() {
    let mut seat = Seat::asked();
    seat.ask(Request::Choose("all".into()));
    seat.pass(10 * SECOND);
    assert_eq!(seat.worker().last().unwrap(), "Stop(PanelLost)");
    seat.proof(PanelProof::Seen);
    assert!(!seat.worker().iter().any(|order| order.contains("Accept")));
    seat.stopped(CloseReason::PanelLost);
    assert!(matches!(seat.screen(), MainScreen::Failed { error: ErrorCode::PanelLost, .. }));
}

#[test]
fn a_panel_that_can_not_be_proven_at_all_ends_it_at_once() {
    let mut seat = Seat::asked();
    seat.ask(Request::Choose("all".into()));
    seat.proof(PanelProof::Lost);
    assert_eq!(seat.worker(), ["Stop(PanelLost)"]);
}

#[test]
fn a_worker_that_begins_without_consent_is_stopped() {
    let mut seat = Seat::asked();
    seat.report(Report::Active);
    assert_eq!(seat.worker(), ["Stop(WorkerFailed)"]);
    assert!(seat.controller.store.receipts().is_empty());
}

#[test]
fn widening_needs_the_customers_own_hands_and_narrowing_never() {
    let mut seat = Seat::active();
    seat.controller.platform.hardware = false;
    seat.ask(Request::SetPermission(view::Permission::Control, view::Setting::On));
    assert!(seat.worker().is_empty());
    assert_eq!(seat.panel_notice(), Some(ErrorCode::NeedsHardware));

    seat.question(1);
    seat.ask(Request::Answer { question: 1, allow: true });
    assert!(seat.worker().is_empty());
    assert_eq!(seat.panel_notice(), Some(ErrorCode::NeedsHardware));
    seat.ask(Request::Answer { question: 1, allow: false });
    seat.ask(Request::SetPermission(view::Permission::Control, view::Setting::Off));
    assert_eq!(seat.worker(), ["Answer { question: 1, allow: false }", "Set(Control, Off)"]);
    assert_eq!(seat.panel_notice(), None);

    // From *off* to *ask* is a step up as well.
    seat.apply(Permission::Control, Setting::Off);
    seat.ask(Request::SetPermission(view::Permission::Control, view::Setting::Ask));
    assert_eq!(seat.panel_notice(), Some(ErrorCode::NeedsHardware));
    seat.controller.platform.hardware = true;
    seat.ask(Request::SetPermission(view::Permission::Control, view::Setting::On));
    assert_eq!(seat.worker(), ["Set(Control, On)"]);
}

#[test]
fn who_works_with_other_input_says_so_before_the_session() {
    let mut seat = Seat::active();
    seat.controller.platform.hardware = false;
    seat.ask(Request::SetAssistiveInput(true));
    assert!(!seat.controller.settings.assistive_input);
    seat.stopped(CloseReason::Stopped);
    seat.ask(Request::SetAssistiveInput(true));
    let mut seat = seat.into_active();
    seat.ask(Request::SetPermission(view::Permission::Control, view::Setting::On));
    assert_eq!(seat.worker(), ["Set(Control, On)"]);
    seat.stopped(CloseReason::Stopped);
    let MainScreen::Ended { receipt: Some(receipt), .. } = seat.screen() else { panic!() };
    assert!(receipt.assistive_input);
}

#[test]
fn a_question_is_only_answered_while_it_stands() {
    let mut seat = Seat::active();
    seat.question(4);
    seat.ask(Request::Answer { question: 3, allow: true });
    assert!(seat.worker().is_empty());
    seat.report(Report::QuestionGone { question: 4, allowed: false });
    seat.ask(Request::Answer { question: 4, allow: true });
    assert!(seat.worker().is_empty());
}

#[test]
fn the_receipt_says_what_happened_and_survives_a_kill() {
    let mut seat = Seat::active();
    seat.pass(5 * SECOND);
    seat.question(1);
    seat.ask(Request::Answer { question: 1, allow: true });
    seat.apply(Permission::Control, Setting::On);
    seat.report(Report::QuestionGone { question: 1, allowed: true });
    seat.pass(5 * SECOND);
    seat.report(Report::Doing(Activity::Keyboard));
    seat.report(Report::KeptOff { ours: 3, others: 2 });

    // As if the computer went down now.
    let [saved] = &seat.controller.store.receipts()[..] else { panic!() };
    assert_eq!((saved.technician.name.as_str(), saved.kept_off_our_windows), ("Anna Weber", 3));
    assert!(saved.end.is_none() && saved.events.len() == 4);

    seat.pass(10 * SECOND);
    seat.question(2);
    seat.report(Report::QuestionGone { question: 2, allowed: false });
    seat.ask(Request::EmergencyStop);
    assert_eq!(seat.worker().last().unwrap(), "Stop(Stopped)");
    assert!(matches!(seat.screen(), MainScreen::InSession { .. }), "nobody is told before it is over");
    seat.stopped(CloseReason::Stopped);

    let MainScreen::Ended { end: EndReason::EmergencyStop, receipt: Some(receipt) } = seat.screen() else { panic!() };
    assert_eq!((receipt.duration_seconds, receipt.after.released_keys), (20, 2));
    assert_eq!((receipt.kept_off_our_windows, receipt.kept_off_other_windows, receipt.events_left_out), (3, 2, 0));
    let control = receipt.permissions.iter().find(|row| row.permission == view::Permission::Control).unwrap();
    assert_eq!((control.asked, control.allowed, control.on_seconds, control.used), (2, 1, 15, true));
    assert!(receipt.events.iter().any(|event| matches!(event.what, ReceiptWhat::NoAnswer { .. })));
    assert!(receipt.saved_as.is_some());
    assert_eq!(seat.panel(), PanelScreen::Ended { end: EndReason::EmergencyStop });
    assert_eq!(seat.jobs(), ["Burn"]);

    seat.pass(10 * SECOND);
    assert_eq!(seat.panel(), PanelScreen::Idle);
    seat.ask(Request::DismissEnd);
    assert_eq!(seat.screen(), MainScreen::Start { receipts: 1 });
    seat.ask(Request::Go(Place::Receipts));
    let MainScreen::Receipts { receipts } = seat.screen() else { panic!() };
    seat.ask(Request::OpenReceipt(receipts[0].id.clone()));
    assert!(matches!(seat.screen(), MainScreen::Receipt { .. }));
    seat.ask(Request::DeleteReceipt(receipts[0].id.clone()));
    assert_eq!(seat.screen(), MainScreen::Receipts { receipts: Vec::new() });
}

#[test]
fn notaus_before_a_session_says_that_it_stopped() {
    let mut connecting = Seat::known();
    connecting.ask(Request::ShowNumber);
    connecting.report(Report::Fault(StartFault::RelayUnreachable));
    for mut seat in [Seat::asked(), connecting] {
        seat.ask(Request::EmergencyStop);
        seat.stopped(CloseReason::Stopped);
        assert_eq!(seat.screen(), MainScreen::Ended { end: EndReason::EmergencyStop, receipt: None });
        assert!(seat.controller.retry.is_none());
        seat.ask(Request::DismissEnd);
        assert_eq!(seat.screen(), MainScreen::Start { receipts: 0 });
    }
    let mut fetching = Seat::new();
    fetching.ask(Request::SetDomain("help.example".into()));
    fetching.ask(Request::ConfirmDomain(DomainAnswer::KnownToMe));
    fetching.ask(Request::EmergencyStop);
    assert_eq!(fetching.screen(), MainScreen::Ended { end: EndReason::EmergencyStop, receipt: None });
}

#[test]
fn a_worker_that_died_is_not_an_end_by_the_customer() {
    let mut seat = Seat::active();
    seat.jobs();
    seat.stopped(CloseReason::WorkerFailed);
    assert!(seat.jobs().is_empty());
    let mut seat = Seat::active();
    seat.jobs();
    seat.stopped(CloseReason::PanelLost);
    assert_eq!(seat.jobs(), ["Burn"]);
}

#[test]
fn closing_the_panel_is_notaus() {
    let mut seat = Seat::active();
    seat.ask(Request::WindowClosed(Window::Panel));
    assert_eq!(seat.worker(), ["Stop(Stopped)"]);
}

#[test]
fn closing_the_main_window_ends_no_session() {
    let mut seat = Seat::active();
    seat.ask(Request::WindowClosed(Window::Main));
    assert!(seat.worker().is_empty() && !seat.controller.platform.quit);
    seat.stopped(CloseReason::EndedByTechnician);
    seat.ask(Request::WindowClosed(Window::Main));
    assert!(seat.controller.platform.quit);
}

#[test]
fn a_hidden_panel_shows_as_a_pause() {
    let mut seat = Seat::active();
    seat.proof(PanelProof::Missing);
    let MainScreen::InSession { paused, .. } = seat.screen() else { panic!() };
    assert_eq!(paused, Some(PauseReason::PanelNotSeen));
    seat.proof(PanelProof::Seen);
    let MainScreen::InSession { paused: None, .. } = seat.screen() else { panic!() };
    let [receipt] = &seat.controller.store.receipts()[..] else { panic!() };
    assert_eq!(receipt.events.len(), 3);
}

#[test]
fn three_failed_confirmations_stop_a_domain_until_the_customer_lifts_it() {
    let mut seat = Seat::known();
    for attempt in 1..=3 {
        seat.ask(Request::StartJoin(number()));
        seat.stopped(CloseReason::ConfirmationFailed);
        let MainScreen::Failed { error, .. } = seat.screen() else { panic!() };
        let expected = if attempt < 3 { ErrorCode::ConfirmationFailed } else { ErrorCode::DomainStopped };
        assert_eq!(error, expected);
    }
    seat.ask(Request::ShowNumber);
    assert_eq!(seat.controller.platform.started.len(), 3);
    assert!(matches!(seat.screen(), MainScreen::Failed { again: TryAgain::LiftStop, .. }));
    seat.ask(Request::LiftStop);
    seat.ask(Request::ShowNumber);
    assert_eq!(seat.controller.platform.started.len(), 4);
}

#[test]
fn what_went_wrong_before_a_session_has_its_own_sentence() {
    let cases = [
        (CloseReason::NumberNotFound, None, ErrorCode::NumberRefused, TryAgain::OtherNumber),
        (CloseReason::IdentityRefused, None, ErrorCode::TechnicianNotProven, TryAgain::OtherNumber),
        (CloseReason::IdentityNotValidNow, None, ErrorCode::ClockWrong, TryAgain::OtherNumber),
        (CloseReason::WorkerFailed, None, ErrorCode::WorkerCrashed, TryAgain::OtherNumber),
        (CloseReason::PeerGone, None, ErrorCode::PeerGone, TryAgain::OtherNumber),
        (CloseReason::NetworkLost, Some(StartFault::RelayUnreachable), ErrorCode::RelayUnreachable, TryAgain::Same),
        (CloseReason::NetworkLost, Some(StartFault::RelayCertificate), ErrorCode::RelayCertificate, TryAgain::No),
    ];
    for (reason, fault, error, again) in cases {
        let mut seat = Seat::known();
        seat.ask(Request::StartJoin(number()));
        if let Some(fault) = fault {
            seat.report(Report::Fault(fault));
        }
        seat.stopped(reason);
        assert_eq!(seat.screen(), MainScreen::Failed { error, again }, "{reason:?}");
        assert_eq!(seat.main().screen, seat.screen());
    }
}

#[test]
fn a_number_is_shown_and_taken_back() {
    let mut seat = Seat::known();
    seat.ask(Request::ShowNumber);
    seat.report(Report::Number { number: NumberText("472 915 384".into()), seconds_left: 600 });
    seat.report(Report::Stage(Stage::Waiting));
    seat.pass(10 * SECOND);
    let MainScreen::ShowNumber(offered) = seat.screen() else { panic!() };
    assert_eq!(offered.remaining_seconds, 590);
    seat.ask(Request::ExtendNumber);
    seat.ask(Request::Cancel);
    assert_eq!(seat.worker(), ["Send(ExtendNumber)", "Finish(EndedByCustomer)"]);
    seat.stopped(CloseReason::EndedByCustomer);
    assert_eq!(seat.screen(), MainScreen::Choose);
}

#[test]
fn what_an_old_worker_says_is_not_heard() {
    let mut seat = Seat::active();
    let stopped = Stopped {
        reason: CloseReason::PeerGone,
        reaped_after: SECOND,
        released_after: SECOND,
        released: 0,
        still_held: 0,
    };
    seat.give(Event::Worker(99, guardian::Event::Stopped(stopped)));
    assert!(matches!(seat.screen(), MainScreen::InSession { .. }));
}

#[test]
fn only_what_is_different_is_sent() {
    let mut seat = Seat::active();
    seat.controller.platform.models.clear();
    seat.pass(3 * SECOND);
    assert!(seat.controller.platform.models.is_empty(), "the pages count the seconds by themselves");
    seat.question(1);
    assert!(matches!(seat.controller.platform.models[..], [Model::Panel(_)]));
}

#[test]
fn settings_are_saved() {
    let mut seat = Seat::known();
    seat.ask(Request::SetLanguage(Language::English));
    seat.ask(Request::SetHotkey("Ctrl+Alt+F9".into()));
    let saved: Settings = seat.controller.store.settings().unwrap();
    assert_eq!((saved.language, saved.hotkey.as_str()), (Language::English, "Ctrl+Alt+F9"));
    seat.ask(Request::SetHotkey("refused".into()));
    assert_eq!(seat.controller.settings.hotkey, "Ctrl+Alt+F9");
    assert_eq!(seat.main().notice, Some(ErrorCode::HotkeyUnavailable));
    seat.ask(Request::ForgetEverything);
    assert!(seat.controller.store.settings::<Settings>().is_none());
    assert!(seat.controller.settings.known.is_empty());
}

#[test]
fn the_hotkeys_are_taken_only_while_a_customer_may_need_them() {
    let held = |seat: &Seat| seat.controller.platform.hotkey.clone();
    let ours = Some(crate::settings::DEFAULT_HOTKEY.to_owned());
    let mut seat = Seat::known();
    seat.ask(Request::Go(Place::Customer));
    assert_eq!(held(&seat), None, "an app that only waits keeps nobody's keys");
    seat.ask(Request::Go(Place::EnterNumber));
    assert_eq!(held(&seat), ours, "a number is being typed");
    seat.ask(Request::Go(Place::Back));
    assert_eq!(held(&seat), None);
    seat.ask(Request::ShowNumber);
    assert_eq!(held(&seat), ours, "a number is being shown");
    seat.stopped(CloseReason::EndedByCustomer);
    assert_eq!(held(&seat), None);
    let mut seat = seat.into_active();
    assert_eq!(held(&seat), ours, "a session runs");
    let PanelScreen::Running { hotkey, panel_hotkey, .. } = seat.panel() else { panic!() };
    assert_eq!((hotkey, panel_hotkey.as_deref()), (ours, Some(crate::settings::PANEL_HOTKEY)));
    seat.stopped(CloseReason::Stopped);
    assert_eq!(held(&seat), None);

    // A technician's app takes them at no time.
    let mut seat = Seat::technician();
    for request in [Request::Go(Place::TypeNumber), Request::NewSession] {
        seat.ask(request);
        assert_eq!(held(&seat), None);
    }
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    assert_eq!(held(&seat), None);

    // Chosen while nobody needs it, it is tried and given back.
    let mut seat = Seat::known();
    seat.ask(Request::SetHotkey("Ctrl+Alt+F9".into()));
    assert_eq!((held(&seat), seat.controller.settings.hotkey.as_str()), (None, "Ctrl+Alt+F9"));
}

#[test]
fn a_hotkey_that_was_refused_is_said_and_tried_again() {
    let mut seat = Seat::known();
    seat.controller.settings.hotkey = "refused".into();
    let mut seat = seat.into_active();
    let PanelScreen::Running { hotkey, .. } = seat.panel() else { panic!() };
    assert_eq!(hotkey, None);
    seat.stopped(CloseReason::Stopped);
    assert!(seat.controller.hotkey_refused, "the settings say so");
    seat.controller.settings.hotkey = "Ctrl+Alt+F9".into();
    let seat = seat.into_active();
    assert!(!seat.controller.hotkey_refused);
}

#[test]
fn a_question_draws_attention_and_takes_no_keyboard() {
    let mut seat = Seat::active();
    seat.question(1);
    assert_eq!(seat.controller.platform.pointed_at, [Window::Panel]);
    assert!(seat.controller.platform.focused.is_empty(), "what the customer types must not answer it");
    seat.ask(Request::FocusPanel);
    assert_eq!(seat.controller.platform.focused, [Window::Panel]);

    let mut idle = Seat::known();
    idle.ask(Request::FocusPanel);
    assert!(idle.controller.platform.focused.is_empty());
}

#[test]
fn all_monitors_together_are_one_source() {
    let mut seat = Seat::asked();
    let MainScreen::WhoIsIt(who) = seat.screen() else { panic!() };
    let whole = who.sources.iter().find(|source| source.id == "all").unwrap();
    assert_eq!((whole.width_px, whole.height_px), (3840, 1080));
    seat.ask(Request::Choose("all".into()));
    seat.proof(PanelProof::Seen);
    assert_eq!(seat.worker(), [format!("Send(Accept({:?}))", Share::All)]);
}
