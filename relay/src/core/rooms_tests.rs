//! State tables of the rooms: one event, all of its actions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm
)]

use super::*;
use beistand_protocol::number::Slot;
use beistand_protocol::rendezvous::api::Farewell;
use beistand_protocol::rendezvous::{BurnToken, EndReason, FromRelay, Intent, Refusal, Role};
use beistand_protocol::time::Moment;
use std::time::Duration;

pub(super) fn limits() -> Limits {
    Limits {
        slot_digits: 2,
        number_life: Duration::from_secs(600),
        slot_rest: Duration::from_secs(600),
        waiting: 100,
        waiting_per_prefix: 3,
        waiting_per_technician: 2,
        sessions: 10,
        sessions_per_technician: 2,
        failures_per_prefix: Allowance { count: 3, within: Duration::from_secs(600) },
        failures_per_technician: Allowance { count: 2, within: Duration::from_secs(600) },
        failures_before_longer: Allowance { count: 5, within: Duration::from_secs(600) },
        short_session: Duration::from_secs(15),
        resume_life: Duration::from_secs(120),
        news_grace: Duration::from_secs(2),
    }
}

/// Rooms with a clock, and names for what is asked of them.
pub(super) struct Scene {
    pub(super) rooms: Rooms,
    now: Moment,
    connections: u64,
}

pub(super) const ANNA: Who = Who::Technician(TechnicianId(1));
pub(super) const BEN: Who = Who::Technician(TechnicianId(2));

impl Scene {
    pub(super) fn new() -> Self {
        Self { rooms: Rooms::new(limits()), now: Moment::ORIGIN, connections: 0 }
    }

    pub(super) fn after(&mut self, seconds: u64) -> Vec<Action> {
        self.now = self.now + Duration::from_secs(seconds);
        self.rooms.handle(self.now, Event::Tick)
    }

    pub(super) fn ask(&mut self, who: Who, network: u8, intent: Intent) -> (ConnectionId, Vec<Action>) {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.connections.to_be_bytes());
        let prefix = Prefix::of([192, 0, network, 1].into());
        let asking = Asking { connection, who, prefix, intent, seed: Seed::new(seed) };
        (connection, self.rooms.handle(self.now, Event::Asked(asking)))
    }

    fn issue(&mut self, who: Who) -> (ConnectionId, Slot, BurnToken) {
        let (connection, actions) = self.ask(who, 1, Intent::Issue);
        let [Action::Send(to, FromRelay::Waiting { slot, burn_token, expires_in_seconds: 600 })] = &actions[..] else {
            panic!("{actions:?}")
        };
        assert_eq!(*to, connection);
        (connection, *slot, burn_token.clone())
    }

    fn join(&mut self, who: Who, slot: Slot) -> (ConnectionId, Vec<Action>) {
        self.ask(who, 2, Intent::Join { slot })
    }

    /// A session of Anna's: her end and the customer's, with their tokens.
    pub(super) fn session(&mut self) -> [(ConnectionId, BurnToken); 2] {
        let (technician, slot, _) = self.issue(ANNA);
        let (_, actions) = self.join(Who::Customer, slot);
        let [Action::Pair { customer, technician: paired, .. }] = &actions[..] else { panic!("{actions:?}") };
        assert_eq!(paired.0, technician);
        [customer, paired].map(|(connection, hears)| match hears {
            FromRelay::Paired { burn_token, .. } => (*connection, burn_token.clone()),
            other => panic!("{other:?}"),
        })
    }

    pub(super) fn handle(&mut self, event: Event) -> Vec<Action> {
        self.rooms.handle(self.now, event)
    }
}

fn refused(actions: &[Action]) -> (Refusal, Cause) {
    match actions {
        [Action::Refuse(_, refusal, cause)] => (*refusal, *cause),
        other => panic!("{other:?}"),
    }
}

pub(super) fn ends(actions: &[Action]) -> Vec<(ConnectionId, EndReason)> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::End(connection, reason) => Some((*connection, *reason)),
            Action::Over { .. } => None,
            Action::Send(..) | Action::Pair { .. } | Action::Refuse(..) => panic!("{action:?}"),
        })
        .collect()
}

#[test]
fn both_ways_round_the_pair_knows_its_sides() {
    for (issuer, joiner) in [(ANNA, Who::Customer), (Who::Customer, ANNA)] {
        let mut scene = Scene::new();
        let (issued, slot, waiting_token) = scene.issue(issuer);
        let (joined, actions) = scene.join(joiner, slot);
        let [Action::Pair { session, customer, technician }] = &actions[..] else { panic!("{actions:?}") };
        let expected = if issuer.role() == Role::Customer { (issued, joined) } else { (joined, issued) };
        assert_eq!((customer.0, technician.0), expected);
        let mut tokens = vec![*waiting_token.expose()];
        for (_, hears) in [customer, technician] {
            let FromRelay::Paired { session_id, burn_token, slot: spent, .. } = hears else { panic!("{hears:?}") };
            assert_eq!((session_id, *spent), (session, Some(slot)));
            assert!(!tokens.contains(burn_token.expose()), "every end has a token of its own");
            tokens.push(*burn_token.expose());
        }
    }
}

#[test]
fn unknown_used_expired_wrong_side_and_throttled_are_told_alike() {
    let mut scene = Scene::new();
    let unknown = Slot::new(99).unwrap();
    assert_eq!(refused(&scene.join(Who::Customer, unknown).1), (Refusal::Number, Cause::NothingWaits));

    let (_, slot, _) = scene.issue(ANNA);
    assert_eq!(refused(&scene.join(BEN, slot).1), (Refusal::Number, Cause::SameSide));
    assert!(matches!(scene.join(Who::Customer, slot).1[..], [Action::Pair { .. }]));
    assert_eq!(refused(&scene.join(Who::Customer, slot).1), (Refusal::Number, Cause::NothingWaits));
    // The fourth failure from this network: not even a good number is joined, nor spent by it.
    let (_, good, _) = scene.issue(ANNA);
    assert_eq!(refused(&scene.join(Who::Customer, good).1), (Refusal::Number, Cause::PrefixThrottled));
    assert!(matches!(scene.ask(Who::Customer, 77, Intent::Join { slot: good }).1[..], [Action::Pair { .. }]));

    let mut scene = Scene::new();
    let (issuer, slot, _) = scene.issue(ANNA);
    assert_eq!(ends(&scene.after(600)), [(issuer, EndReason::Expired)]);
    assert_eq!(refused(&scene.join(Who::Customer, slot).1), (Refusal::Number, Cause::NothingWaits));
}

#[test]
fn a_number_is_dead_at_its_time_even_before_the_tick() {
    let mut scene = Scene::new();
    let (_, slot, _) = scene.issue(ANNA);
    scene.now = scene.now + Duration::from_secs(600);
    assert_eq!(refused(&scene.join(Who::Customer, slot).1), (Refusal::Number, Cause::NothingWaits));
}

#[test]
fn a_technician_who_guesses_is_throttled_by_name() {
    let mut scene = Scene::new();
    let unknown = Slot::new(99).unwrap();
    for network in [10, 11] {
        scene.ask(ANNA, network, Intent::Join { slot: unknown });
    }
    let (_, slot, _) = scene.issue(Who::Customer);
    assert_eq!(refused(&scene.ask(ANNA, 12, Intent::Join { slot }).1), (Refusal::Number, Cause::TechnicianThrottled));
    assert!(matches!(scene.ask(BEN, 12, Intent::Join { slot }).1[..], [Action::Pair { .. }]));
}

#[test]
fn more_time_is_the_issuers() {
    let mut scene = Scene::new();
    let (issuer, slot, _) = scene.issue(ANNA);
    assert!(scene.after(599).is_empty());
    let actions = scene.handle(Event::Extended(issuer));
    assert!(matches!(&actions[..], [Action::Send(to, FromRelay::Waiting { slot: same, expires_in_seconds: 600, .. })]
            if *to == issuer && *same == slot));
    assert!(scene.after(599).is_empty());
    assert_eq!(ends(&scene.after(1)), [(issuer, EndReason::Expired)]);
    assert!(scene.handle(Event::Extended(issuer)).is_empty());
}

#[test]
fn cancel_and_disconnect_burn_a_waiting_number() {
    for leave in [Event::Cancelled, Event::Gone] {
        let mut scene = Scene::new();
        let (issuer, slot, _) = scene.issue(ANNA);
        scene.handle(leave(issuer));
        assert_eq!(refused(&scene.join(Who::Customer, slot).1).0, Refusal::Number);
    }
}

#[test]
fn whoever_says_it_is_over_is_named_to_the_other() {
    let mut scene = Scene::new();
    let [(customer, _), (technician, _)] = scene.session();
    assert_eq!(
        ends(&scene.handle(Event::Cancelled(customer))),
        [(customer, EndReason::Burned), (technician, EndReason::OtherEnd)]
    );
    assert_eq!(scene.rooms.sessions(), 0);
    assert!(scene.handle(Event::Gone(technician)).is_empty());
}

#[test]
fn a_stop_is_told_by_token_after_the_connection_broke() {
    let mut scene = Scene::new();
    let [(customer, token), (technician, _)] = scene.session();
    assert!(scene.handle(Event::Gone(customer)).is_empty());
    assert_eq!(ends(&scene.handle(Event::Burned(token, Farewell::Ended))), [(technician, EndReason::OtherEnd)]);
}

#[test]
fn a_broken_connection_that_nobody_explains_is_told_as_such() {
    let mut scene = Scene::new();
    let [(customer, _), (technician, _)] = scene.session();
    scene.handle(Event::Gone(customer));
    assert!(scene.after(1).is_empty());
    assert_eq!(ends(&scene.after(1)), [(technician, EndReason::OtherEndLost)]);

    let [(customer, _), (technician, _)] = scene.session();
    scene.handle(Event::Gone(technician));
    assert!(ends(&scene.handle(Event::Gone(customer))).is_empty());
    assert_eq!(scene.rooms.sessions(), 0);
}

#[test]
fn a_token_burns_only_its_own() {
    let mut scene = Scene::new();
    let (issuer, _, token) = scene.issue(ANNA);
    let (other, _, _) = scene.issue(BEN);
    assert!(scene.handle(Event::Burned(BurnToken::new([7; 32]), Farewell::Ended)).is_empty());
    assert_eq!(ends(&scene.handle(Event::Burned(token.clone(), Farewell::Ended))), [(issuer, EndReason::Burned)]);
    assert!(scene.handle(Event::Burned(token, Farewell::Ended)).is_empty());
    assert!(!scene.handle(Event::Cancelled(other)).is_empty());

    // The token of a wait is spent with the pairing.
    let (_, slot, waiting) = scene.issue(BEN);
    scene.join(Who::Customer, slot);
    assert!(scene.handle(Event::Burned(waiting, Farewell::Ended)).is_empty());
}

#[test]
fn disabling_ends_what_runs_and_what_waits_and_admits_nothing() {
    let mut scene = Scene::new();
    let [(customer, _), (technician, _)] = scene.session();
    let (waiting, _, _) = scene.issue(ANNA);
    let (ben, slot, _) = scene.issue(BEN);
    let disabled = Event::Disabled([TechnicianId(1)].into());
    let why = EndReason::TechnicianDisabled;
    assert_eq!(ends(&scene.handle(disabled.clone())), [(waiting, why), (customer, why), (technician, why)]);
    assert!(scene.handle(disabled).is_empty());
    assert_eq!(refused(&scene.ask(ANNA, 1, Intent::Issue).1), (Refusal::Technician, Cause::Disabled));
    assert!(matches!(scene.join(Who::Customer, slot).1[..], [Action::Pair { .. }]));
    scene.handle(Event::Gone(ben));
    scene.handle(Event::Disabled([].into()));
    scene.issue(ANNA);
}

#[test]
fn draining_lets_sessions_run_until_the_stop() {
    let mut scene = Scene::new();
    let [(customer, _), (technician, _)] = scene.session();
    let (waiting, _, _) = scene.issue(BEN);
    let actions = scene.handle(Event::Draining { grace: Duration::from_secs(30) });
    assert!(matches!(actions[0], Action::End(to, EndReason::RelayStopping) if to == waiting));
    assert!(matches!(actions[1..], [Action::Send(one, FromRelay::Stopping { in_seconds: 30 }), Action::Send(two, _)]
        if one == customer && two == technician));
    assert_eq!(refused(&scene.ask(BEN, 1, Intent::Issue).1), (Refusal::Draining, Cause::Draining));
    let why = EndReason::RelayStopping;
    assert_eq!(ends(&scene.handle(Event::Stopped)), [(customer, why), (technician, why)]);
}

#[test]
fn a_network_can_not_hold_all_slots() {
    let mut scene = Scene::new();
    let mut issued = Vec::new();
    for _ in 0..3 {
        issued.push(scene.issue(Who::Customer).0);
    }
    assert_eq!(refused(&scene.ask(Who::Customer, 1, Intent::Issue).1), (Refusal::Full, Cause::PrefixFull));
    // Neither by giving them up: they rest.
    issued.into_iter().for_each(|connection| drop(scene.handle(Event::Gone(connection))));
    assert_eq!(refused(&scene.ask(Who::Customer, 1, Intent::Issue).1), (Refusal::Full, Cause::PrefixFull));
    assert!(matches!(scene.ask(Who::Customer, 2, Intent::Issue).1[..], [Action::Send(..)]));
    assert!(matches!(scene.ask(ANNA, 1, Intent::Issue).1[..], [Action::Send(..)]));
    scene.after(600);
    scene.issue(Who::Customer);
}

#[test]
fn a_technicians_newest_number_replaces_the_oldest() {
    let mut scene = Scene::new();
    let (oldest, _, _) = scene.issue(ANNA);
    scene.issue(ANNA);
    let (_, actions) = scene.ask(ANNA, 1, Intent::Issue);
    assert!(matches!(actions[..], [Action::End(to, EndReason::Replaced), Action::Send(..)] if to == oldest));
}

#[test]
fn full_is_said_whatever_the_number() {
    let mut scene = Scene::new();
    scene.session();
    scene.session();
    let (_, slot, _) = scene.issue(Who::Customer);
    for slot in [slot, Slot::new(if slot.get() == 99 { 98 } else { 99 }).unwrap()] {
        assert_eq!(refused(&scene.join(ANNA, slot).1), (Refusal::Full, Cause::TechnicianFull));
    }
    assert!(matches!(scene.join(BEN, slot).1[..], [Action::Pair { .. }]));
}

#[test]
fn many_failures_make_numbers_longer_for_a_while() {
    let mut scene = Scene::new();
    for network in 100..105 {
        scene.ask(Who::Customer, network, Intent::Join { slot: Slot::new(99).unwrap() });
    }
    assert_eq!(scene.rooms.slot_digits(scene.now), [2, 4]);
    assert!(scene.issue(ANNA).1.get() >= 1000);
    scene.after(600);
    assert_eq!(scene.rooms.slot_digits(scene.now), [2]);
    assert!(scene.issue(BEN).1.get() < 100);
}

#[test]
fn sessions_that_end_at_once_count_as_guesses() {
    let mut scene = Scene::new();
    for _ in 0..3 {
        let [(customer, _), _] = scene.session();
        scene.handle(Event::Cancelled(customer));
    }
    let (_, slot, _) = scene.issue(ANNA);
    assert_eq!(refused(&scene.join(Who::Customer, slot).1), (Refusal::Number, Cause::PrefixThrottled));
}

/// Somebody tries every slot and lets go of whatever is hit: few numbers are lost, the others are as good as before.
#[test]
fn who_probes_every_slot_burns_few_numbers_and_the_others_stay_usable() {
    let mut scene = Scene::new();
    let technicians: Vec<Who> = (10..40).map(|id| Who::Technician(TechnicianId(id))).collect();
    let numbers: Vec<Slot> = technicians.iter().map(|who| scene.issue(*who).1).collect();
    let mut burned = Vec::new();
    for slot in Slot::with_digits(2) {
        let (connection, actions) = scene.ask(Who::Customer, 66, Intent::Join { slot });
        if let [Action::Pair { .. }] = actions[..] {
            burned.push(slot);
            let _ = scene.handle(Event::Cancelled(connection));
        }
    }
    let most = limits().failures_per_prefix.count as usize;
    assert!(burned.len() <= most, "{} numbers burned", burned.len());
    for slot in numbers.iter().filter(|slot| !burned.contains(slot)).take(5) {
        assert!(matches!(scene.join(Who::Customer, *slot).1[..], [Action::Pair { .. }]));
    }
}
