//! Broken sessions: who is paired again, who is in the way, and that nothing resumes after an end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm
)]

use super::rooms_tests::{ANNA, BEN, Scene, ends};
use super::*;
use beistand_protocol::rendezvous::api::Farewell;
use beistand_protocol::rendezvous::{BurnToken, EndReason, FromRelay, Intent, Refusal, ResumeId};
use std::collections::BTreeSet;

/// The ends of a pair, customer first: where, by what they end it, and where they meet again.
type Ends = [(ConnectionId, BurnToken, ResumeId); 2];

fn pair_of(actions: &[Action]) -> Ends {
    let [Action::Pair { customer, technician, .. }] = actions else { panic!("{actions:?}") };
    [customer, technician].map(|(connection, hears)| match hears {
        FromRelay::Paired { burn_token, resume, .. } => (*connection, burn_token.clone(), *resume),
        other => panic!("{other:?}"),
    })
}

/// A session of Anna's that has run for a while.
fn session(scene: &mut Scene) -> Ends {
    let (_, actions) = scene.ask(ANNA, 1, Intent::Issue);
    let [Action::Send(_, FromRelay::Waiting { slot, .. })] = actions[..] else { panic!("{actions:?}") };
    let (_, actions) = scene.ask(Who::Customer, 2, Intent::Join { slot });
    let ends = pair_of(&actions);
    assert_eq!(ends[0].2, ends[1].2, "both are told the same place");
    let _ = scene.after(60);
    ends
}

/// One whose line broke; both ends have been told.
fn broken(scene: &mut Scene) -> Ends {
    let ends = session(scene);
    assert!(scene.handle(Event::Gone(ends[0].0)).is_empty());
    let told = scene.after(2);
    assert_eq!(super::rooms_tests::ends(&told), [(ends[1].0, EndReason::OtherEndLost)]);
    ends
}

fn back(scene: &mut Scene, who: Who, id: ResumeId) -> (ConnectionId, Vec<Action>) {
    scene.ask(who, 9, Intent::Resume { id })
}

fn waits(actions: &[Action]) {
    assert!(matches!(actions, [Action::Send(_, FromRelay::Awaiting { for_seconds: 120 })]), "{actions:?}");
}

fn resumed(scene: &mut Scene, id: ResumeId) -> Ends {
    let (_, actions) = back(scene, ANNA, id);
    waits(&actions);
    let ends = pair_of(&back(scene, Who::Customer, id).1);
    for (connection, ..) in &ends {
        assert!(scene.handle(Event::Resumed(*connection)).is_empty());
    }
    ends
}

#[test]
fn the_two_ends_of_a_broken_session_meet_again_and_again() {
    let mut scene = Scene::new();
    let [(_, _, id), _] = broken(&mut scene);
    for _ in 0..3 {
        let ends = resumed(&mut scene, id);
        assert_eq!((ends[0].2, scene.rooms.sessions()), (id, 1));
        let _ = scene.after(1);
        let _ = scene.handle(Event::Gone(ends[1].0));
        let _ = scene.after(2);
    }
}

#[test]
fn they_meet_at_a_relay_that_knows_nothing_of_them() {
    let mut scene = Scene::new();
    let ends = resumed(&mut scene, ResumeId::new([7; 32]));
    // From then on it knows them.
    assert_eq!(ends_of_burn(&mut scene, &ends[0].1), [(ends[0].0, EndReason::Burned), (ends[1].0, EndReason::Stopped)]);
}

fn ends_of_burn(scene: &mut Scene, token: &BurnToken) -> Vec<(ConnectionId, EndReason)> {
    ends(&scene.handle(Event::Burned(token.clone(), Farewell::Stopped)))
}

#[test]
fn a_stranger_with_the_id_is_in_the_way_and_nothing_more() {
    let mut scene = Scene::new();
    let [(_, _, id), _] = broken(&mut scene);
    // The stranger is paired with the technician, says that all is well, gives up, burns: it is only an attempt.
    waits(&back(&mut scene, Who::Customer, id).1);
    let attempt = pair_of(&back(&mut scene, ANNA, id).1);
    assert!(scene.handle(Event::Resumed(attempt[0].0)).is_empty());
    let told = ends_of_burn(&mut scene, &attempt[0].1);
    assert_eq!(told, [(attempt[0].0, EndReason::Burned), (attempt[1].0, EndReason::Stopped)]);
    // Whatever that one does next, the two still meet.
    waits(&back(&mut scene, Who::Customer, id).1);
    let attempt = pair_of(&back(&mut scene, ANNA, id).1);
    let told = ends(&scene.handle(Event::Gone(attempt[0].0)));
    assert_eq!(told, [(attempt[1].0, EndReason::OtherEndLost)], "at once");
    let _ = resumed(&mut scene, id);
}

#[test]
fn strangers_do_not_fill_the_place() {
    let mut scene = Scene::new();
    let [(_, _, id), _] = broken(&mut scene);
    // From many networks, on the customer's side.
    let many: Vec<_> = (0..20).map(|network| scene.ask(Who::Customer, 20 + network, Intent::Resume { id })).collect();
    let waiting = many.iter().filter(|(_, actions)| matches!(actions[..], [Action::Send(..)])).count();
    assert_eq!(waiting, 4);
    assert!(matches!(many[4].1[..], [Action::Refuse(_, Refusal::Full, Cause::ReturnFull)]));
    // And one network doesn't get more than it may have waiting.
    for at in 0..3 {
        waits(&scene.ask(Who::Customer, 9, Intent::Resume { id: ResumeId::new([at; 32]) }).1);
    }
    let another = scene.ask(Who::Customer, 9, Intent::Resume { id: ResumeId::new([9; 32]) });
    assert!(matches!(another.1[..], [Action::Refuse(_, Refusal::Full, Cause::ReturnFull)]));
}

/// A stranger who came first is not in the way for ever.
#[test]
fn anybody_who_waits_may_be_the_next() {
    let id = ResumeId::new([7; 32]);
    let mut paired = BTreeSet::new();
    for events in 0..20 {
        let mut scene = Scene::new();
        // Each asking brings its own randomness.
        (0..events).for_each(|_| _ = back(&mut scene, BEN, ResumeId::new([1; 32])));
        let waiting = [20, 21, 22].map(|network| scene.ask(Who::Customer, network, Intent::Resume { id }).0);
        let [(customer, ..), _] = pair_of(&back(&mut scene, ANNA, id).1);
        paired.insert(waiting.iter().position(|connection| *connection == customer));
    }
    assert_eq!(paired.len(), 3, "{paired:?}");
}

#[test]
fn nothing_is_remembered_for_longer_than_somebody_may_come_back() {
    let mut scene = Scene::new();
    let [(customer, token, id), _] = session(&mut scene);
    assert_eq!(ends_of_burn(&mut scene, &token)[0], (customer, EndReason::Burned));
    let _ = scene.after(119);
    assert_eq!(ends(&back(&mut scene, Who::Customer, id).1).len(), 1);
    let _ = scene.after(1);
    assert!(scene.rooms.parted.is_empty());
}

#[test]
fn a_technician_can_not_take_up_the_session_of_another_one() {
    let mut scene = Scene::new();
    let [(_, _, id), _] = broken(&mut scene);
    waits(&back(&mut scene, Who::Customer, id).1);
    assert!(matches!(back(&mut scene, BEN, id).1[..], [Action::Refuse(_, Refusal::Technician, _)]));
    // Nor one that still runs.
    let mut scene = Scene::new();
    let [(_, _, id), _] = session(&mut scene);
    assert!(matches!(back(&mut scene, BEN, id).1[..], [Action::Refuse(_, Refusal::Technician, _)]));
}

#[test]
fn nothing_resumes_after_an_end() {
    for stopped in [true, false] {
        let mut scene = Scene::new();
        let [(customer, token, id), (technician, ..)] = session(&mut scene);
        let expected = if stopped { EndReason::Stopped } else { EndReason::OtherEnd };
        let told =
            if stopped { ends_of_burn(&mut scene, &token) } else { ends(&scene.handle(Event::Cancelled(customer))) };
        assert_eq!(told, [(customer, EndReason::Burned), (technician, expected)]);
        let (connection, actions) = back(&mut scene, ANNA, id);
        assert_eq!(ends(&actions), [(connection, expected)]);
        let (connection, actions) = back(&mut scene, Who::Customer, id);
        assert_eq!(ends(&actions), [(connection, EndReason::Burned)]);
    }
}

#[test]
fn who_waits_hears_at_once_that_the_customer_stopped() {
    let mut scene = Scene::new();
    let [(_, token, id), _] = broken(&mut scene);
    let (waiting, actions) = back(&mut scene, ANNA, id);
    waits(&actions);
    assert_eq!(ends_of_burn(&mut scene, &token), [(waiting, EndReason::Stopped)]);
    let (late, actions) = back(&mut scene, ANNA, id);
    assert_eq!(ends(&actions), [(late, EndReason::Stopped)]);
    // A technician has no NOTAUS.
    let mut scene = Scene::new();
    let [_, (_, token, id)] = broken(&mut scene);
    let (waiting, _) = back(&mut scene, Who::Customer, id);
    assert_eq!(ends_of_burn(&mut scene, &token), [(waiting, EndReason::OtherEnd)]);
}

#[test]
fn a_disabled_technician_does_not_come_back() {
    let mut scene = Scene::new();
    let [(_, _, id), _] = broken(&mut scene);
    let (customer, _) = back(&mut scene, Who::Customer, id);
    let told = ends(&scene.handle(Event::Disabled(BTreeSet::from([TechnicianId(1)]))));
    assert_eq!(told, [(customer, EndReason::TechnicianDisabled)]);
    let (technician, actions) = back(&mut scene, ANNA, id);
    assert_eq!(ends(&actions), [(technician, EndReason::TechnicianDisabled)]);
}

#[test]
fn who_waits_in_vain_is_let_go_and_may_leave() {
    let mut scene = Scene::new();
    let id = ResumeId::new([5; 32]);
    let (first, _) = back(&mut scene, Who::Customer, id);
    assert!(ends(&scene.after(119)).is_empty());
    assert_eq!(ends(&scene.after(1)), [(first, EndReason::Expired)]);
    let (second, _) = back(&mut scene, Who::Customer, id);
    assert_eq!(ends(&scene.handle(Event::Cancelled(second))), [(second, EndReason::Burned)]);
    let (third, _) = back(&mut scene, Who::Customer, id);
    assert!(scene.handle(Event::Gone(third)).is_empty());
    waits(&back(&mut scene, ANNA, id).1);
}

#[test]
fn a_relay_that_is_about_to_stop_still_lets_them_meet() {
    let mut scene = Scene::new();
    let [(_, _, id), _] = broken(&mut scene);
    let _ = scene.handle(Event::Draining { grace: core::time::Duration::from_secs(60) });
    let ends_of = resumed(&mut scene, id);
    let told = ends(&scene.handle(Event::Stopped));
    assert_eq!(told, [(ends_of[0].0, EndReason::RelayStopping), (ends_of[1].0, EndReason::RelayStopping)]);
}

/// The old connections look alive for a while yet; the new pair takes the session over.
#[test]
fn the_old_line_ends_when_the_new_one_is_proven() {
    let mut scene = Scene::new();
    let [(customer, _, id), (technician, ..)] = session(&mut scene);
    waits(&back(&mut scene, ANNA, id).1);
    let new = pair_of(&back(&mut scene, Who::Customer, id).1);
    assert!(scene.handle(Event::Resumed(new[0].0)).is_empty());
    let told = ends(&scene.handle(Event::Resumed(new[1].0)));
    assert_eq!(told, [(customer, EndReason::OtherEndLost), (technician, EndReason::OtherEndLost)]);
    assert_eq!(scene.rooms.sessions(), 1);
}
