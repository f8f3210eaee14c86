//! What is shown: switched by the customer, wished for by the technician, and gone.

use super::*;
use crate::showing::View;

const WINDOW: Share = Share::Window(7);
const MONITOR: Share = Share::Monitor(2);

fn showing(what: View) -> Event {
    Event::Showing(Showing { what, monitors: 2 })
}

fn wishes(wish: Wish) -> Event {
    let reason = Reason::try_from("Dort steht die Meldung".to_owned()).unwrap();
    Event::Peer(ToCustomer::AskToShow { wish, reason })
}

/// A running session that shows this, with control.
fn showing_with_control(share: Share) -> (Customer, Epoch) {
    let mut customer = asking().handle(T0, Event::Accept(share)).next;
    step(&mut customer, T0, set(Permission::Control, Setting::On));
    let epoch = customer.grants().live(Permission::Control).unwrap();
    (customer, epoch)
}

fn told(actions: &[Action], answer: Answer) -> bool {
    actions.contains(&Action::Send(ToTechnician::ShowAnswered(answer)))
}

fn picture(actions: &[Action]) -> Option<Share> {
    actions.iter().find_map(|action| match action {
        Action::StartPicture { share, .. } => Some(*share),
        _ => None,
    })
}

#[test]
fn a_switch_shows_the_new_under_a_new_epoch_and_no_click_aimed_at_the_old_is_carried_out() {
    let (mut customer, old) = showing_with_control(Share::Monitor(1));
    let sees = customer.grants().live(Permission::SeeScreen);
    let actions = step(&mut customer, T0, Event::Show(MONITOR));
    assert_eq!(picture(&actions), Some(MONITOR));
    assert!(matches!(actions.first(), Some(Action::Gate(_))), "the gate comes first: {actions:?}");
    assert!(actions.contains(&Action::ReleaseInput));
    assert_ne!(customer.grants().live(Permission::SeeScreen), sees);
    let injects = |actions: Vec<Action>| actions.iter().any(|action| matches!(action, Action::Inject { .. }));
    assert!(!injects(step(&mut customer, T0, click(old))));
    let new = customer.grants().live(Permission::Control).unwrap();
    assert!(injects(step(&mut customer, T0, click(new))));
    // The same once more changes nothing.
    let actions = step(&mut customer, T0, Event::Show(MONITOR));
    assert_eq!(actions, []);
}

#[test]
fn control_of_one_window_is_control_of_nothing_else() {
    for other in [Share::All, MONITOR, Share::Window(8)] {
        let (mut customer, _) = showing_with_control(WINDOW);
        let actions = step(&mut customer, T0, Event::Show(other));
        let why = Withdrawal::OtherSource;
        assert!(actions.contains(&Action::Withdrawn { permission: Permission::Control, why }), "{other:?}");
        assert_eq!(customer.grants().live(Permission::Control), None);
        assert_eq!(picture(&actions), Some(other));
    }
    let (mut customer, _) = showing_with_control(Share::All);
    step(&mut customer, T0, Event::Show(WINDOW));
    assert!(customer.grants().live(Permission::Control).is_some(), "less than what was said yes to");
}

#[test]
fn nothing_takes_the_place_of_a_window_that_is_gone() {
    let (mut customer, epoch) = showing_with_control(WINDOW);
    assert_eq!(step(&mut customer, T0, Event::ShareGone(Share::Window(8))), [], "another one");
    let actions = step(&mut customer, T0, Event::ShareGone(WINDOW));
    assert!(matches!(&actions[0], Action::Gate(gate) if gate.live(Permission::SeeScreen).is_none()), "{actions:?}");
    assert!(actions.contains(&Action::NothingToShow));
    for permission in [Permission::SeeScreen, Permission::Control] {
        let why = Withdrawal::SourceGone;
        assert!(actions.contains(&Action::Withdrawn { permission, why }));
        assert_eq!(customer.grants().live(permission), None);
    }
    // Neither the switch nor a yes shows anything before something was chosen.
    assert_eq!(picture(&step(&mut customer, T0, set(Permission::SeeScreen, Setting::On))), None);
    step(&mut customer, T0, ask(Permission::SeeScreen));
    let actions = step(&mut customer, T0, Event::Answer { question: 1, allow: true });
    assert_eq!(picture(&actions), None);
    let answer = ToTechnician::Answer { permission: Permission::SeeScreen, answer: Answer::Refused };
    assert!(actions.contains(&Action::Send(answer)));
    assert_eq!(customer.grants().live(Permission::SeeScreen), None);
    assert!(!step(&mut customer, T0, click(epoch)).iter().any(|action| matches!(action, Action::Inject { .. })));
    // To choose is enough, and says that the technician may see.
    assert_eq!(picture(&step(&mut customer, T0, Event::Show(MONITOR))), Some(MONITOR));
    assert!(customer.grants().live(Permission::SeeScreen).is_some());
}

#[test]
fn choosing_answers_whoever_asked_to_see() {
    let (mut customer, _) = showing_with_control(WINDOW);
    step(&mut customer, T0, Event::ShareGone(WINDOW));
    step(&mut customer, T0, ask(Permission::SeeScreen));
    let actions = step(&mut customer, T0, Event::Show(Share::All));
    let answer = ToTechnician::Answer { permission: Permission::SeeScreen, answer: Answer::Allowed };
    assert!(
        actions.contains(&Action::Send(answer)) && actions.contains(&Action::Answered { question: 1, allowed: true })
    );
}

#[test]
fn the_technician_wishes_and_the_customer_decides() {
    let (mut customer, epoch) = showing_with_control(Share::Monitor(1));
    assert!(told(&step(&mut customer, T0, wishes(Wish::Monitor(2))), Answer::NotOffered), "nobody knows of any yet");
    step(&mut customer, T0, showing(View::Monitor(1)));
    for wish in [Wish::Monitor(0), Wish::Monitor(1), Wish::Monitor(3)] {
        assert!(told(&step(&mut customer, T0, wishes(wish)), Answer::NotOffered), "{wish:?}");
    }
    let asked = step(&mut customer, T0, wishes(Wish::Monitor(2)));
    assert!(asked.iter().any(|action| matches!(action, Action::AskToShow { question: 1, wish: Wish::Monitor(2), .. })));
    assert_eq!(picture(&asked), None);
    // Control waits while the question stands, as with every question.
    assert!(!step(&mut customer, T0, click(epoch)).iter().any(|action| matches!(action, Action::Inject { .. })));
    assert!(told(&step(&mut customer, T0, wishes(Wish::All)), Answer::TooSoon));
    // A yes without a choice is no choice.
    let actions = step(&mut customer, T0, Event::Answer { question: 1, allow: true });
    assert!(told(&actions, Answer::Refused) && picture(&actions).is_none());
    assert!(told(&step(&mut customer, after(1), wishes(Wish::All)), Answer::TooSoon));

    heard(&mut customer, 1..62);
    step(&mut customer, after(62), wishes(Wish::Monitor(2)));
    let actions = step(&mut customer, after(63), Event::Show(MONITOR));
    assert!(told(&actions, Answer::Allowed) && picture(&actions) == Some(MONITOR));
    assert!(actions.contains(&Action::Answered { question: 2, allowed: true }));
}

#[test]
fn a_wish_without_an_answer_is_refused() {
    let (mut customer, _) = showing_with_control(Share::Monitor(1));
    step(&mut customer, T0, showing(View::Monitor(1)));
    step(&mut customer, T0, wishes(Wish::All));
    heard(&mut customer, 1..58);
    assert!(told(&step(&mut customer, after(60), Event::Tick), Answer::TimedOut));
}

#[test]
fn whoever_sees_nothing_is_told_nothing_of_what_there_is() {
    let (mut customer, _) = showing_with_control(Share::Monitor(1));
    step(&mut customer, T0, set(Permission::SeeScreen, Setting::Ask));
    assert_eq!(step(&mut customer, T0, showing(View::Monitor(1))), []);
    assert!(told(&step(&mut customer, T0, wishes(Wish::All)), Answer::NotOffered));
    let actions = step(&mut customer, T0, set(Permission::SeeScreen, Setting::On));
    let now = Showing { what: View::Monitor(1), monitors: 2 };
    assert!(actions.contains(&Action::Send(ToTechnician::Showing(now))));
    assert_eq!(step(&mut customer, T0, showing(View::Monitor(1))), [], "said already");
}

#[test]
fn an_end_of_the_version_before_hears_only_what_it_knows() {
    let told_by = |message: ToTechnician| (message.clone().for_version(1), message.for_version(VERSION));
    let showing = ToTechnician::Showing(Showing { what: View::All, monitors: 1 });
    assert_eq!(told_by(showing.clone()), (None, Some(showing)));
    let answered = ToTechnician::ShowAnswered(Answer::Refused);
    assert_eq!(told_by(answered.clone()), (None, Some(answered)));
    let dropped = |why| ToTechnician::Dropped { number: 3, why };
    let other = dropped(Dropped::OtherWindow);
    assert_eq!(told_by(other.clone()), (Some(dropped(Dropped::Paused)), Some(other)));
    assert_eq!(told_by(ToTechnician::Ping(1)), (Some(ToTechnician::Ping(1)), Some(ToTechnician::Ping(1))));

    let (mut customer, _) = showing_with_control(Share::All);
    let Customer::Active(active) = &mut customer else { panic!() };
    active.speaks_only(1);
    assert_eq!(step(&mut customer, T0, Event::Showing(Showing { what: View::All, monitors: 2 })), []);
    assert_eq!(customer.fitting(ToTechnician::ShowAnswered(Answer::Refused)), None);
}

#[test]
fn a_technicians_end_asks_only_an_end_that_has_said_what_it_shows() {
    let mut both = Both::meet([1; 6], [1; 6]);
    let customer = |both: &mut Both, event| {
        let step = both.customer.take().unwrap().handle(T0, event);
        both.customer_step(T0, step);
    };
    customer(&mut both, Event::Accept(Share::Monitor(1)));
    let wish = || {
        let reason = Reason::try_from("Dort steht die Meldung".to_owned()).unwrap();
        technician::Event::AskToShow { wish: Wish::Monitor(2), reason }
    };
    let asked = |both: &Both| both.done.iter().any(|action| matches!(action, Action::AskToShow { .. }));
    let before = both.done.len();
    both.technician(T0, wish());
    assert_eq!(both.done.len(), before, "nothing was sent");
    customer(&mut both, showing(View::Monitor(1)));
    both.technician(T0, wish());
    assert!(asked(&both));
}
