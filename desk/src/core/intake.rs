//! What becomes of a form that came with customer number and PIN. Its sender never learns it.

/// How many forms from one network in an hour are looked at.
pub const PER_NETWORK_AND_HOUR: u32 = 10;
/// After how many failures in a day a right PIN of that customer is held, until the customer has confirmed.
pub const FAILURES_PER_CUSTOMER_AND_DAY: u32 = 10;
/// How many forms from everywhere in an hour are looked at.
pub const IN_ALL_AND_HOUR: u32 = 600;
/// For how long a technician can look up what became of a form.
pub const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);
/// Within how many minutes the mail comes, as the customer is told.
pub const MAIL_WITHIN_MINUTES: u16 = 60;

/// What came before this form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Forms from the same network in the last hour.
    pub from_network: u32,
    /// Wrong PINs for the same customer number in the last day.
    pub failures_for_customer: u32,
    /// Forms from everywhere in the last hour.
    pub in_all: u32,
}

/// What is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It becomes a ticket.
    Create,
    /// Number and PIN do not belong together: it is dropped.
    WrongPair,
    /// They do, but somebody has been guessing: it waits until a technician has called a contact on file and released
    /// it. Nobody can lock a customer out by guessing, and nobody gets in by guessing.
    Hold,
    /// Too many: it is dropped unread.
    Throttle,
}

/// Judges a form. Whether the PIN is right is found out for every form, in the same time, before this is asked.
pub const fn judge(before: Before, right: bool) -> Verdict {
    if before.from_network >= PER_NETWORK_AND_HOUR || before.in_all >= IN_ALL_AND_HOUR {
        Verdict::Throttle
    } else if !right {
        Verdict::WrongPair
    } else if before.failures_for_customer >= FAILURES_PER_CUSTOMER_AND_DAY {
        Verdict::Hold
    } else {
        Verdict::Create
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_neither_gets_in_nor_locks_out() {
        let before = Before::default();
        assert_eq!(judge(before, true), Verdict::Create);
        assert_eq!(judge(before, false), Verdict::WrongPair);
        let guessed = Before { failures_for_customer: FAILURES_PER_CUSTOMER_AND_DAY, ..before };
        assert_eq!(judge(guessed, true), Verdict::Hold);
        assert_eq!(judge(guessed, false), Verdict::WrongPair);
        let nearly = Before { failures_for_customer: FAILURES_PER_CUSTOMER_AND_DAY - 1, ..before };
        assert_eq!(judge(nearly, true), Verdict::Create);
    }

    #[test]
    fn floods_are_dropped_whatever_the_pin() {
        let network = Before { from_network: PER_NETWORK_AND_HOUR, ..Before::default() };
        let all = Before { in_all: IN_ALL_AND_HOUR, ..Before::default() };
        for before in [network, all] {
            assert_eq!((judge(before, true), judge(before, false)), (Verdict::Throttle, Verdict::Throttle));
        }
    }
}
