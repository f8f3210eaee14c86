//! In which order tickets are to be worked on.

use beistand_protocol::desk::ticket::Severity;
use jiff::Timestamp;
use jiff::civil::Date;

/// What orders the queue; the smaller comes first: customers with maintenance, then the worst, then the oldest.
/// The store sorts by the same columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// 0 with maintenance and 1 without.
    pub precedence: u8,
    /// How bad it is.
    pub severity: Severity,
    /// When it was filed.
    pub filed_at: Timestamp,
}

/// 0 for a customer with maintenance today and 1 for others.
pub fn precedence(maintenance_until: Option<Date>, today: Date) -> u8 {
    u8::from(maintenance_until.is_none_or(|until| until < today))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn maintenance_first_then_the_worst_then_the_oldest() {
        let today = date(2027, 3, 1);
        let place = |until, severity, second| Place {
            precedence: precedence(until, today),
            severity,
            filed_at: Timestamp::from_second(second).unwrap(),
        };
        let (yes, no) = (Some(date(2027, 3, 1)), Some(date(2027, 2, 28)));
        let right = [
            place(yes, Severity::One, 50),
            place(yes, Severity::Four, 7),
            place(yes, Severity::Four, 8),
            place(None, Severity::One, 1),
            place(no, Severity::Two, 1),
            place(None, Severity::Two, 2),
        ];
        let mut sorted = right;
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, right);
    }
}
