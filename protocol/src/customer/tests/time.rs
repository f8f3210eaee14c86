//! What is over is over, whether anybody has looked at the clock or not; and the longest time for a session.

use super::*;

const HOUR: u64 = 60 * 60;

#[test]
fn input_after_half_an_hour_of_control_needs_no_tick_to_be_refused() {
    let (mut customer, epoch) = with_control();
    for second in (0..1800).step_by(5) {
        step(&mut customer, after(second), Event::Peer(ToCustomer::Pong(9)));
    }
    let actions = step(&mut customer, after(1800), click(epoch));
    assert!(!actions.iter().any(|action| matches!(action, Action::Inject { .. })), "{actions:?}");
}

#[test]
fn a_yes_after_the_end_of_the_question_is_none() {
    let mut customer = active();
    let asked = step(&mut customer, T0, ask(Permission::Control));
    let Some(Action::Ask { question, .. }) = asked.last() else { panic!("{asked:?}") };
    let question = *question;
    heard(&mut customer, 0..60);
    step(&mut customer, after(60), Event::Answer { question, allow: true });
    assert!(customer.grants().live(Permission::Control).is_none());
    // Nor one to who is there.
    let late = asking().handle(after(180), Event::Accept(SHARE));
    assert!(matches!(late.next, Customer::Closed(_)));
}

/// A session that has run for an hour, with control.
fn after_an_hour() -> (Customer, Epoch, Vec<Action>) {
    let mut customer = active();
    heard(&mut customer, 0..HOUR);
    step(&mut customer, after(HOUR - 1), set(Permission::Control, Setting::On));
    let epoch = customer.grants().live(Permission::Control).unwrap();
    let actions = step(&mut customer, after(HOUR), Event::Tick);
    (customer, epoch, actions)
}

#[test]
fn after_an_hour_the_customer_is_asked_and_control_waits() {
    let (mut customer, epoch, actions) = after_an_hour();
    let stands_for = Duration::from_secs(180);
    assert!(actions.contains(&Action::AskToGoOn { stands_for }), "{actions:?}");
    assert!(actions.contains(&Action::ReleaseInput));
    assert!(actions.contains(&Action::Send(ToTechnician::Paused(Some(Pause::AsksToGoOn)))));
    let why = Dropped::Paused;
    assert_eq!(
        step(&mut customer, after(HOUR), click(epoch)),
        [Action::Send(ToTechnician::Dropped { number: 7, why })]
    );
    let more = step(&mut customer, after(HOUR + 4), Event::MoreTime);
    assert_eq!(more, [Action::Prolonged { question: None, stands_for }]);
    let on = step(&mut customer, after(HOUR + 5), Event::GoOn(true));
    assert!(on.contains(&Action::GoesOn) && on.contains(&Action::Send(ToTechnician::Paused(None))), "{on:?}");
    assert!(matches!(step(&mut customer, after(HOUR + 5), click(epoch))[..], [Action::Inject { .. }]));
    // For another hour, then it is asked again.
    heard(&mut customer, HOUR + 5..2 * HOUR + 5);
    let again = step(&mut customer, after(2 * HOUR + 5), Event::Tick);
    assert!(again.contains(&Action::AskToGoOn { stands_for }), "{again:?}");
}

#[test]
fn no_answer_and_a_no_end_it() {
    let (mut customer, ..) = after_an_hour();
    assert!(closes_first_of_all(&step(&mut customer, after(HOUR + 1), Event::GoOn(false))));
    assert!(matches!(customer, Customer::Closed(CloseReason::TimeIsUp)));
    let (mut customer, ..) = after_an_hour();
    heard(&mut customer, HOUR..HOUR + 180);
    step(&mut customer, after(HOUR + 180), Event::Tick);
    assert!(matches!(customer, Customer::Closed(CloseReason::TimeIsUp)));
}

#[test]
fn nobody_prolongs_before_they_are_asked() {
    let mut customer = active();
    assert!(step(&mut customer, T0, Event::GoOn(true)).is_empty());
    assert!(step(&mut customer, T0, Event::GoOn(false)).is_empty());
    heard(&mut customer, 0..HOUR);
    assert!(step(&mut customer, after(HOUR), Event::Tick).iter().any(|it| matches!(it, Action::AskToGoOn { .. })));
}
