//! The relay's real rooms, and the first meeting of the two ends in them.

use crate::chance::Chance;
use crate::world::{CUSTOMER, START, TECHNICIAN};
use beistand_protocol::rendezvous::{FromRelay, Intent, ResumeId, Role};
use beistand_relay::core::{Action as RelayAction, Allowance, Asking, Event as RelayEvent, Limits, Prefix, Rooms};
use beistand_relay::core::{Seed, TechnicianId, Who};
use rand_core_06::RngCore;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Has the relay's real rooms pair the two.
pub(crate) fn pair(
    rooms: &mut Rooms,
    chance: &mut Chance,
    issuer: Role,
) -> (beistand_protocol::number::Slot, ResumeId) {
    let mut ask = |rooms: &mut Rooms, role: Role, intent| {
        let mut seed = [0; 32];
        chance.fill_bytes(&mut seed);
        let (connection, who) = match role {
            Role::Customer => (CUSTOMER, Who::Customer),
            Role::Technician => (TECHNICIAN, Who::Technician(TechnicianId(1))),
        };
        let prefix = Prefix::of(Ipv4Addr::LOCALHOST.into());
        rooms.handle(START, RelayEvent::Asked(Asking { connection, who, prefix, intent, seed: Seed::new(seed) }))
    };
    let waiting = ask(rooms, issuer, Intent::Issue);
    let [RelayAction::Send(_, FromRelay::Waiting { slot, .. })] = waiting[..] else { panic!("{waiting:?}") };
    let paired = ask(rooms, issuer.other(), Intent::Join { slot });
    let [RelayAction::Pair { customer: (_, FromRelay::Paired { resume, .. }), .. }] = paired[..] else {
        panic!("{paired:?}")
    };
    let again = ask(rooms, issuer.other(), Intent::Join { slot });
    assert!(matches!(again[..], [RelayAction::Refuse(..)]), "a number worked twice: {again:?}");
    (slot, resume)
}

pub(crate) fn limits() -> Limits {
    let often = Allowance { count: 10, within: Duration::from_secs(600) };
    Limits {
        slot_digits: 2,
        number_life: Duration::from_secs(600),
        slot_rest: Duration::from_secs(600),
        waiting: 100,
        waiting_per_prefix: 10,
        waiting_per_technician: 10,
        sessions: 10,
        sessions_per_technician: 10,
        failures_per_prefix: often,
        failures_per_technician: often,
        failures_before_longer: often,
        short_session: Duration::from_secs(15),
        resume_life: Duration::from_secs(120),
        news_grace: Duration::from_secs(2),
    }
}
