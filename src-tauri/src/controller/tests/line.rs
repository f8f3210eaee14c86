//! The line breaks and is back, and the longest time for a session is over.

use super::*;
use beistand_protocol::customer::Withdrawal;
use beistand_protocol::message::Pause;
use beistand_protocol::receipt::What;
use beistand_session::rendezvous::Farewell;

/// What the receipt holds, without times.
fn noted(seat: &Seat) -> Vec<What> {
    let [receipt] = &seat.controller.store.receipts()[..] else { panic!() };
    receipt.events.iter().map(|event| event.what.clone()).collect()
}

fn paused(seat: &Seat) -> (Option<PauseReason>, Option<u32>) {
    match seat.panel() {
        PanelScreen::Running { paused, comes_back_seconds, .. } => (paused, comes_back_seconds),
        PanelScreen::Idle | PanelScreen::Ended { .. } => panic!("no session"),
    }
}

#[test]
fn the_panel_says_that_the_line_is_broken_and_for_how_long_it_is_waited() {
    let mut seat = Seat::active();
    seat.apply(Permission::Control, Setting::On);
    seat.report(Report::Doing(Activity::Mouse));
    seat.report(Report::LineBroke { seconds_left: 118 });
    let (permission, why) = (Permission::Control, Withdrawal::LineBroke);
    seat.report(Report::Withdrawn { permission, why });
    seat.apply(Permission::Control, Setting::Ask);
    seat.pass(18 * SECOND);
    assert_eq!(paused(&seat), (Some(PauseReason::Network), Some(100)));
    let PanelScreen::Running { permissions, activity, .. } = seat.panel() else { panic!() };
    assert!(activity.is_empty() && permissions.iter().all(|row| !row.in_use), "nothing is used meanwhile");
    // NOTAUS is there as ever, and what is covered stays said after the line is back.
    seat.proof(PanelProof::Missing);
    seat.report(Report::LineBack);
    assert_eq!(paused(&seat), (Some(PauseReason::PanelNotSeen), None));
    seat.proof(PanelProof::Seen);
    assert_eq!(paused(&seat), (None, None));
    let noted = noted(&seat);
    assert!(noted.contains(&What::LineBroke) && noted.contains(&What::LineBack));
    assert!(noted.contains(&What::Withdrawn { permission, why }));
    assert!(!noted.contains(&What::TakenBack { permission }), "it was not the customer: {noted:?}");
}

#[test]
fn what_ran_out_is_not_what_was_taken_back() {
    let mut seat = Seat::active();
    let permission = Permission::Control;
    seat.apply(permission, Setting::On);
    seat.report(Report::Withdrawn { permission, why: Withdrawal::TimeIsUp });
    seat.apply(permission, Setting::Ask);
    seat.apply(permission, Setting::On);
    seat.apply(permission, Setting::Ask);
    let noted = noted(&seat);
    let of_itself = What::Withdrawn { permission, why: Withdrawal::TimeIsUp };
    assert_eq!(noted.iter().filter(|what| **what == of_itself).count(), 1);
    assert_eq!(noted.iter().filter(|what| **what == What::TakenBack { permission }).count(), 1);
}

#[test]
fn going_on_after_an_hour_takes_the_customers_own_hands() {
    let mut seat = Seat::active();
    let asks = |seat: &Seat| match seat.panel() {
        PanelScreen::Running { asks_to_go_on_seconds, .. } => asks_to_go_on_seconds,
        PanelScreen::Idle | PanelScreen::Ended { .. } => panic!("no session"),
    };
    // Nobody prolongs what nobody asked about.
    seat.ask(Request::GoOn { allow: true });
    assert!(seat.worker().is_empty());
    seat.report(Report::AsksToGoOn { seconds_left: 180 });
    seat.pass(10 * SECOND);
    assert_eq!(asks(&seat), Some(170));
    assert!(seat.controller.platform.pointed_at.contains(&Window::Panel));
    seat.controller.platform.hardware = false;
    seat.ask(Request::GoOn { allow: true });
    assert_eq!(seat.panel_notice(), Some(ErrorCode::NeedsHardware));
    assert!(seat.worker().is_empty());
    seat.report(Report::Prolonged { question: None, seconds_left: 180 });
    assert_eq!(asks(&seat), Some(180));
    seat.controller.platform.hardware = true;
    seat.ask(Request::GoOn { allow: true });
    assert_eq!(seat.worker(), ["Send(GoOn(true))"]);
    seat.report(Report::GoesOn);
    assert_eq!((asks(&seat), seat.panel_notice()), (None, None));
    assert!(noted(&seat).contains(&What::Prolonged));
    // A no needs nothing.
    seat.report(Report::AsksToGoOn { seconds_left: 180 });
    seat.controller.platform.hardware = false;
    seat.ask(Request::GoOn { allow: false });
    assert_eq!(seat.worker(), ["Send(GoOn(false))"]);
    seat.stopped(CloseReason::TimeIsUp);
    assert!(matches!(seat.screen(), MainScreen::Ended { end: EndReason::TimeLimit, .. }));
}

#[test]
fn the_relay_is_told_by_the_newest_token_how_it_ended() {
    for (reason, expected) in
        [(CloseReason::Stopped, Farewell::Stopped), (CloseReason::EndedByCustomer, Farewell::Ended)]
    {
        let mut seat = Seat::active();
        seat.report(Report::LineBroke { seconds_left: 118 });
        seat.report(Report::BurnToken(BurnToken::new([9; 32])));
        seat.report(Report::LineBack);
        seat.stopped(reason);
        let Some(Job::Burn { token, farewell, .. }) = seat.controller.platform.jobs.pop() else { panic!() };
        assert_eq!((token.expose(), farewell), (&[9; 32], expected));
    }
}

#[test]
fn the_technicians_window_says_it_too() {
    let mut seat = Seat::technician();
    seat.ask(Request::NewSession);
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants.clone()));
    seat.ask(Request::Ask(view::Permission::Control, "Drucker einstellen".into()));
    let shown = |seat: &Seat| match seat.controller.viewer_view(seat.moment()).screen {
        ViewerScreen::Running { paused, comes_back_seconds, .. } => (paused, comes_back_seconds),
        ViewerScreen::Idle | ViewerScreen::Ended { .. } => panic!("no session"),
    };
    seat.news(TechnicianNews::LineBroke { seconds_left: 110 });
    seat.pass(10 * SECOND);
    assert_eq!(shown(&seat), (Some(PauseReason::Network), Some(100)));
    assert_eq!(seat.state_of(view::Permission::Control), PermissionState::NotAllowed, "nobody will answer");
    seat.news(TechnicianNews::LineBack);
    seat.news(TechnicianNews::Paused(Some(Pause::AsksToGoOn)));
    assert_eq!(shown(&seat), (Some(PauseReason::Question), None));
    seat.news(TechnicianNews::Paused(None));
    assert_eq!(shown(&seat), (None, None));
    seat.news(TechnicianNews::Ended(CloseReason::Stopped));
    let MainScreen::TechnicianEnded { end, .. } = seat.screen() else { panic!() };
    assert_eq!(end, EndReason::EmergencyStop);
}

#[test]
fn the_technicians_window_says_whether_the_picture_is_exact() {
    let mut seat = Seat::technician();
    seat.ask(Request::NewSession);
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    let exact = |seat: &Seat| match seat.controller.viewer_view(seat.moment()).screen {
        ViewerScreen::Running { line, .. } => line.exact,
        ViewerScreen::Idle | ViewerScreen::Ended { .. } => panic!("no session"),
    };
    assert!(exact(&seat));
    seat.news(TechnicianNews::Exact(false));
    seat.news(TechnicianNews::Line { round_trip: SECOND, kilobytes_per_second: 50 });
    assert!(!exact(&seat), "a measurement of the line does not make it exact");
    seat.news(TechnicianNews::Exact(true));
    assert!(exact(&seat));
}
