//! Who has a ticket open. A hint for people, never a lock: what must not be overwritten is guarded by the version.

use beistand_protocol::desk::api::desk::{Doing, PresentTechnician};
use beistand_protocol::desk::ids::TechnicianId;
use jiff::{SignedDuration, Timestamp};

/// After how long without a word somebody is gone.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_secs(40);

/// Somebody said that they have a ticket open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Who.
    pub technician: TechnicianId,
    /// Their name.
    pub name: String,
    /// What they do.
    pub doing: Doing,
    /// When they said so last.
    pub at: Timestamp,
}

/// The others who have the ticket open now, by name.
pub fn others(seen: &[Seen], me: TechnicianId, now: Timestamp) -> Vec<PresentTechnician> {
    let mut others: Vec<_> = seen
        .iter()
        .filter(|one| one.technician != me && now.duration_since(one.at) < FORGOTTEN_AFTER)
        .filter_map(|one| {
            let writing = match one.doing {
                Doing::Reading => false,
                Doing::Writing => true,
                Doing::Gone => return None,
            };
            Some(PresentTechnician { name: one.name.clone(), writing })
        })
        .collect();
    others.sort_by(|one, other| one.name.cmp(&other.name));
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_others_who_are_there() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let seen = |id, doing, seconds| Seen {
            technician: TechnicianId(id),
            name: format!("T{id}"),
            doing,
            at: now - SignedDuration::from_secs(seconds),
        };
        let all = [
            seen(1, Doing::Writing, 0),
            seen(4, Doing::Writing, 39),
            seen(2, Doing::Reading, 5),
            seen(3, Doing::Gone, 1),
            seen(5, Doing::Reading, 40),
        ];
        let there = others(&all, TechnicianId(1), now);
        let there: Vec<_> = there.iter().map(|one| (one.name.as_str(), one.writing)).collect();
        assert_eq!(there, [("T2", false), ("T4", true)]);
    }
}
