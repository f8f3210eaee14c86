//! What must hold after every event, whatever happens in whatever order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::rooms_tests::limits;
use super::*;
use beistand_protocol::number::Slot;
use beistand_protocol::rendezvous::api::Farewell;
use beistand_protocol::rendezvous::{FromRelay, Intent, ResumeId};
use beistand_protocol::time::Moment;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Issue { technician: Option<i64>, network: u8 },
    Join { technician: Option<i64>, network: u8, which: usize },
    Extend(usize),
    Cancel(usize),
    Gone(usize),
    Burn(usize),
    Resume { technician: Option<i64>, network: u8, which: usize },
    Resumed(usize),
    Disable(Option<i64>),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let technician = || proptest::option::of(0_i64..3);
    let step = prop_oneof![
        4 => (technician(), 0_u8..4).prop_map(|(technician, network)| Step::Issue { technician, network }),
        4 => (technician(), 0_u8..4, 0_usize..60)
            .prop_map(|(technician, network, which)| Step::Join { technician, network, which }),
        1 => (0_usize..60).prop_map(Step::Extend),
        1 => (0_usize..60).prop_map(Step::Cancel),
        2 => (0_usize..60).prop_map(Step::Gone),
        1 => (0_usize..60).prop_map(Step::Burn),
        3 => (technician(), 0_u8..4, 0_usize..60)
            .prop_map(|(technician, network, which)| Step::Resume { technician, network, which }),
        2 => (0_usize..60).prop_map(Step::Resumed),
        1 => technician().prop_map(Step::Disable),
        2 => (0_u64..900).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..60)
}

/// What a careful observer of the actions knows.
#[derive(Default)]
struct Observer {
    /// Who asked: `None` for a customer, else the technician.
    asked: BTreeMap<ConnectionId, Option<i64>>,
    waiting: BTreeMap<ConnectionId, Slot>,
    paired: BTreeMap<ConnectionId, ConnectionId>,
    closed: BTreeSet<ConnectionId>,
    last_used: BTreeMap<Slot, Moment>,
    disabled: Option<i64>,
    /// Where each end that came back wants to meet the other one.
    returned: BTreeMap<ConnectionId, ResumeId>,
}

impl Observer {
    fn see(&mut self, now: Moment, action: &Action) {
        match action {
            Action::Send(to, message) => {
                assert!(!self.closed.contains(to), "nothing is said after the end");
                if let FromRelay::Waiting { slot, .. } = message {
                    let is_new = self.waiting.insert(*to, *slot) != Some(*slot);
                    if is_new {
                        assert_eq!(self.waiting.values().filter(|other| *other == slot).count(), 1);
                        if let Some(used) = self.last_used.get(slot) {
                            assert!(now.since(*used) >= limits().slot_rest, "a slot rests");
                        }
                    }
                }
            }
            Action::Pair { customer, technician, .. } => {
                assert_eq!(self.asked[&customer.0], None, "the customer's side is a customer");
                let name = self.asked[&technician.0].expect("the technician's side is signed in");
                assert_ne!(Some(name), self.disabled);
                let spent = [customer.0, technician.0].iter().filter_map(|end| self.waiting.remove(end)).count();
                match (self.returned.get(&customer.0), self.returned.get(&technician.0)) {
                    (None, None) => assert_eq!(spent, 1, "exactly one of the two waited"),
                    (one, other) => assert_eq!((one, spent), (other, 0), "both named the same session"),
                }
                for (this, other) in [(customer.0, technician.0), (technician.0, customer.0)] {
                    assert!(!self.closed.contains(&this));
                    assert_eq!(self.paired.insert(this, other), None, "one pair in a connection's life");
                }
                for message in [&customer.1, &technician.1] {
                    let FromRelay::Paired { slot, .. } = message else { panic!("{message:?}") };
                    if let Some(slot) = slot {
                        self.last_used.insert(*slot, now);
                    }
                }
            }
            Action::Refuse(to, ..) | Action::End(to, _) => {
                assert!(self.closed.insert(*to), "closed once");
                self.leave(now, *to);
            }
            Action::Over { .. } => {}
        }
    }

    fn leave(&mut self, now: Moment, connection: ConnectionId) {
        if let Some(slot) = self.waiting.remove(&connection) {
            self.last_used.insert(slot, now);
        }
    }
}

proptest! {
    #[test]
    fn the_promises_hold(steps in steps()) {
        let mut rooms = Rooms::new(limits());
        let mut observer = Observer::default();
        let mut now = Moment::ORIGIN;
        let mut connections: Vec<ConnectionId> = Vec::new();
        let mut tokens = Vec::new();
        let mut ids = Vec::new();
        for (turn, step) in steps.into_iter().enumerate() {
            let at = |index: usize, connections: &[ConnectionId]| {
                connections.get(index % connections.len().max(1)).copied().unwrap_or(ConnectionId(u64::MAX))
            };
            let mut ask = |technician: Option<i64>, network: u8, intent, observer: &mut Observer| {
                let connection = ConnectionId(turn as u64);
                connections.push(connection);
                observer.asked.insert(connection, technician);
                let who = technician.map_or(Who::Customer, |id| Who::Technician(TechnicianId(id)));
                let prefix = Prefix::of([10, network, 0, 1].into());
                let mut seed = [0; 32];
                seed[0] = u8::try_from(turn).unwrap();
                Event::Asked(Asking { connection, who, prefix, intent, seed: Seed::new(seed) })
            };
            let event = match step {
                Step::Issue { technician, network } => ask(technician, network, Intent::Issue, &mut observer),
                Step::Join { technician, network, which } => {
                    let slots: Vec<Slot> = observer.waiting.values().copied().collect();
                    let slot = slots.get(which % slots.len().max(1)).copied().unwrap_or(Slot::new(55).unwrap());
                    ask(technician, network, Intent::Join { slot }, &mut observer)
                }
                Step::Resume { technician, network, which } => {
                    let id = ids.get(which % ids.len().max(1)).copied().unwrap_or(ResumeId::new([3; 32]));
                    observer.returned.insert(ConnectionId(turn as u64), id);
                    ask(technician, network, Intent::Resume { id }, &mut observer)
                }
                Step::Resumed(index) => Event::Resumed(at(index, &connections)),
                Step::Extend(index) => Event::Extended(at(index, &connections)),
                Step::Cancel(index) => Event::Cancelled(at(index, &connections)),
                Step::Gone(index) => {
                    let connection = at(index, &connections);
                    observer.closed.insert(connection);
                    observer.leave(now, connection);
                    Event::Gone(connection)
                }
                Step::Burn(index) => match tokens.get(index % tokens.len().max(1)) {
                    Some(token) => Event::Burned(Clone::clone(token), Farewell::Ended),
                    None => Event::Tick,
                },
                Step::Disable(technician) => {
                    observer.disabled = technician;
                    Event::Disabled(technician.map(TechnicianId).into_iter().collect())
                }
                Step::Wait(seconds) => {
                    now = now + Duration::from_secs(seconds);
                    Event::Tick
                }
            };
            for action in rooms.handle(now, event) {
                if let Action::Send(_, FromRelay::Waiting { burn_token, .. }) = &action {
                    tokens.push(burn_token.clone());
                }
                if let Action::Pair { customer: (_, FromRelay::Paired { burn_token, resume, .. }), .. } = &action {
                    tokens.push(burn_token.clone());
                    ids.push(*resume);
                }
                observer.see(now, &action);
            }
        }
        // Left alone, everything waiting ends by itself.
        now = now + Duration::from_secs(600);
        for action in rooms.handle(now, Event::Tick) {
            observer.see(now, &action);
        }
        prop_assert!(observer.waiting.is_empty());
    }
}
