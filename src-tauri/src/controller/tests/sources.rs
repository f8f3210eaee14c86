//! What the customer shows: chosen, exchanged, gone, and wished for.

use super::seat::window;
use super::*;
use crate::view::{ShareSource, ShownSource, SourceKind, Wish as Wished, WishState, WishedSource};
use beistand_protocol::showing::{Showing, View, Wish};

impl Seat {
    fn running(&self) -> (Option<ShareSource>, bool, Option<Wished>, Option<ErrorCode>) {
        match self.panel() {
            PanelScreen::Running { shown, stands_still, wish, notice, .. } => (shown, stands_still, wish, notice),
            PanelScreen::Idle | PanelScreen::Ended { .. } => panic!("no session"),
        }
    }

    fn shown(&self) -> Option<String> {
        self.running().0.map(|source| source.id)
    }

    fn wish(&mut self, question: u32, wish: Wish) {
        let reason = Reason::try_from("Dort steht die Meldung".to_owned()).unwrap();
        self.report(Report::WishesToSee { question, wish, reason, seconds_left: 30 });
    }

    fn showing(&self) -> Option<view::Showing> {
        match self.controller.viewer_view(self.moment()).screen {
            ViewerScreen::Running { showing, .. } => showing,
            ViewerScreen::Idle | ViewerScreen::Ended { .. } => panic!("no session"),
        }
    }
}

#[test]
fn one_window_is_offered_and_chosen_by_its_name() {
    let mut seat = Seat::asked();
    let MainScreen::WhoIsIt(who) = seat.screen() else { panic!() };
    let offered = who.sources.iter().find(|source| source.kind == SourceKind::Window).unwrap();
    assert_eq!((offered.name.as_str(), offered.program.as_str()), ("Rechnung.ods", "Soffice"));
    for unknown in ["window-9", "window-", "window-x", "7"] {
        seat.ask(Request::Choose(unknown.into()));
        assert!(matches!(seat.screen(), MainScreen::WhoIsIt(_)), "{unknown}");
    }
    seat.ask(Request::Choose("window-7".into()));
    seat.proof(PanelProof::Seen);
    assert_eq!(seat.worker().last().unwrap(), "Send(Accept(Window(7)))");
    seat.report(Report::Active);
    assert_eq!(seat.shown().as_deref(), Some("window-7"));
    let [saved] = &seat.controller.store.receipts()[..] else { panic!() };
    assert_eq!(saved.shown, "Rechnung.ods (Soffice)");
}

#[test]
fn the_list_is_looked_at_again_while_the_customer_chooses() {
    let mut seat = Seat::asked();
    seat.ask(Request::ListSources);
    assert_eq!(seat.worker(), ["Send(ListSources)"]);
    seat.report(Report::Sources { monitors: vec![], windows: vec![window(9, "Neu")] });
    let MainScreen::WhoIsIt(who) = seat.screen() else { panic!() };
    assert_eq!(who.sources.iter().map(|source| source.id.as_str()).collect::<Vec<_>>(), ["window-9"]);
    // Nobody looks before it is known who asks.
    let mut early = Seat::known();
    early.ask(Request::ListSources);
    assert!(early.worker().is_empty());
}

#[test]
fn to_show_something_else_needs_the_customers_own_hands() {
    let mut seat = Seat::active();
    seat.controller.platform.hardware = false;
    seat.ask(Request::ShowSource("2".into()));
    assert_eq!((seat.running().3, seat.shown().as_deref()), (Some(ErrorCode::NeedsHardware), Some("1")));
    assert!(seat.worker().is_empty());
    seat.controller.platform.hardware = true;
    seat.ask(Request::ShowSource("window-99".into()));
    assert_eq!(seat.running().3, Some(ErrorCode::SourceGone), "closed meanwhile");
    assert!(seat.worker().is_empty());
    for (source, order) in [("2", "Show(Monitor(2))"), ("all", "Show(All)"), ("window-8", "Show(Window(8))")] {
        seat.ask(Request::ShowSource(source.into()));
        assert_eq!(seat.worker(), [order]);
        assert_eq!((seat.shown().as_deref(), seat.running().3), (Some(source), None));
    }
    let [saved] = &seat.controller.store.receipts()[..] else { panic!() };
    let last = &saved.events.last().unwrap().what;
    assert!(format!("{last:?}").contains("Kontoauszug (Soffice)"), "{last:?}");
}

#[test]
fn what_is_gone_is_shown_as_nothing_until_the_customer_chooses() {
    let mut seat = Seat::active();
    seat.report(Report::Showing(Showing { what: View::Window { away: true }, monitors: 2 }));
    assert!(seat.running().1);
    seat.worker();
    seat.report(Report::Sources { monitors: vec![], windows: vec![] });
    assert_eq!(seat.shown().as_deref(), Some("1"), "what is shown and not listed is not nothing");
    seat.report(Report::SourceGone);
    assert_eq!((seat.shown(), seat.running().1), (None, false));
    assert!(seat.controller.platform.pointed_at.contains(&Window::Panel));
    assert_eq!(seat.worker(), ["Send(ListSources)"]);
    seat.report(Report::Sources { monitors: vec![], windows: vec![window(9, "Neu")] });
    seat.ask(Request::ShowSource("window-9".into()));
    assert_eq!(seat.shown().as_deref(), Some("window-9"));
}

#[test]
fn a_wish_is_answered_by_showing_it_or_by_no() {
    let mut seat = Seat::active();
    seat.wish(4, Wish::Monitor(1));
    let (_, _, wish, _) = seat.running();
    let wish = wish.unwrap();
    assert_eq!(
        (wish.id, wish.source.unwrap().id.as_str(), wish.remaining_seconds),
        (4, "2", 30),
        "the main one is the first"
    );
    assert!(seat.controller.platform.pointed_at.contains(&Window::Panel));
    seat.worker();
    // No is a no without any hands.
    seat.controller.platform.hardware = false;
    seat.ask(Request::Answer { question: 4, allow: true });
    assert!(seat.worker().is_empty(), "a yes is to show it");
    seat.ask(Request::Answer { question: 4, allow: false });
    assert_eq!(seat.worker(), ["Answer { question: 4, allow: false }"]);
    seat.report(Report::QuestionGone { question: 4, allowed: false });
    assert!(seat.running().2.is_none());

    seat.wish(5, Wish::Monitor(7));
    assert!(seat.running().2.unwrap().source.is_none(), "not there any more");
    seat.report(Report::QuestionGone { question: 5, allowed: true });
    let [saved] = &seat.controller.store.receipts()[..] else { panic!() };
    let kinds: Vec<_> = saved.events.iter().map(|event| format!("{:?}", event.what)).collect();
    assert_eq!(kinds.iter().filter(|kind| kind.starts_with("AskedToShow")).count(), 2, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "NotShown").count(), 1, "{kinds:?}");
}

#[test]
fn a_technician_sees_what_is_shown_and_asks_for_another() {
    let mut seat = Seat::technician();
    seat.ask(Request::NewSession);
    let mut grants = offered();
    grants.set(Permission::SeeScreen, Setting::On);
    seat.news(TechnicianNews::Granted(grants));
    assert_eq!(seat.showing(), None, "an older end says nothing");
    seat.news(TechnicianNews::Showing(Showing { what: View::Monitor(1), monitors: 2 }));
    let showing = seat.showing().unwrap();
    assert_eq!(
        (showing.what, showing.monitors, showing.wish),
        (ShownSource::Monitor { number: 1 }, 2, WishState::None)
    );

    seat.worker();
    seat.ask(Request::AskToShow(WishedSource::Monitor { number: 2 }, " ".into()));
    seat.ask(Request::AskToShow(WishedSource::Monitor { number: 4000 }, "Dort".into()));
    assert!(seat.worker().is_empty());
    seat.ask(Request::AskToShow(WishedSource::Monitor { number: 2 }, "Dort".into()));
    assert_eq!(seat.worker(), ["AskToShow(Monitor(2), Reason(4 characters))"]);
    assert_eq!(seat.showing().unwrap().wish, WishState::Pending);
    seat.news(TechnicianNews::ShowAnswered(Answer::Refused));
    assert_eq!(seat.showing().unwrap().wish, WishState::Refused { retry_seconds: 60 });
    seat.pass(60 * SECOND);
    assert_eq!(seat.showing().unwrap().wish, WishState::None);
    seat.ask(Request::AskToShow(WishedSource::All, "Alles".into()));
    seat.news(TechnicianNews::ShowAnswered(Answer::Allowed));
    seat.news(TechnicianNews::Showing(Showing { what: View::Window { away: true }, monitors: 2 }));
    let showing = seat.showing().unwrap();
    assert_eq!((showing.what, showing.wish), (ShownSource::Window { away: true }, WishState::None));
}
