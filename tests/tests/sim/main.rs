//! A whole session in virtual time: customer, relay and technician, with delays, losses, duplicates, forged
//! bytes, and ends that do not keep to the rules. After each step the promises are checked against a small
//! reference model.
//!
//! A failing seed is printed; `SIM_SEED=n` runs it alone and `SIM_SEEDS=n` runs so many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stderr)]
#![allow(clippy::cast_possible_truncation, clippy::wildcard_enum_match_arm)]

mod between;
mod chance;
mod channel;
mod meeting;
mod model;
mod rooms;
mod shown;
mod world;

use beistand_protocol::close::CloseReason;
use chance::Chance;
use std::collections::BTreeMap;
use world::World;

const SEEDS: u64 = 1000;
const STEPS: u32 = 500;

fn number_from(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn the_promises_hold_after_each_step() {
    let seeds = match number_from("SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number_from("SIM_SEEDS").unwrap_or(SEEDS),
    };
    let mut ends = BTreeMap::<String, u32>::new();
    let (mut injected, mut resumed, mut strangers) = (0, 0, 0);
    let mut began = 0;
    for seed in seeds.clone() {
        let outcome = std::panic::catch_unwind(|| run(seed));
        let Ok(world) = outcome else { panic!("seed {seed} broke a promise; run it alone with SIM_SEED={seed}") };
        began += u32::from(world.model.began);
        injected += world.model.injected;
        resumed += world.model.resumed;
        strangers += world.model.strangers;
        *ends.entry(format!("{:?}", world.ended())).or_default() += 1;
    }
    eprintln!("{began} sessions began, {injected} inputs injected, {resumed} times taken up again, ends: {ends:?}");
    eprintln!("{strangers} times somebody else was hung up on");
    if seeds.count() > 100 {
        // A simulation in which nothing happens checks nothing.
        assert!(began > 100 && injected > 500, "{began} sessions began, {injected} inputs were injected");
        assert!(resumed > 100 && strangers > 100, "{resumed} times taken up again, {strangers} strangers");
        for reason in [
            CloseReason::ConfirmationFailed,
            CloseReason::Refused,
            CloseReason::EndedByCustomer,
            CloseReason::EndedByTechnician,
            CloseReason::NetworkLost,
            CloseReason::PeerMisbehaved,
            CloseReason::TimeIsUp,
        ] {
            assert!(ends.contains_key(&format!("{:?}", Some(reason))), "no session ended by {reason:?}");
        }
    }
}

fn run(seed: u64) -> World {
    let mut world = World::new(Chance::new(seed));
    for _ in 0..STEPS {
        world.step();
        world.check();
    }
    world
}
