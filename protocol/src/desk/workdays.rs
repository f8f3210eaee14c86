//! Working days and public holidays of the German states, reckoned by rule for any year.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// How many whole working days must lie between filing and the start of a new employee.
const NOTICE_WORKING_DAYS: u32 = 5;

/// A German state, whose public holidays count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Bundesland {
    /// Baden-Württemberg.
    BW,
    /// Bayern, with the Assumption of Mary, which holds in most of its communities.
    BY,
    /// Berlin.
    BE,
    /// Brandenburg.
    BB,
    /// Bremen.
    HB,
    /// Hamburg.
    HH,
    /// Hessen.
    HE,
    /// Mecklenburg-Vorpommern.
    MV,
    /// Niedersachsen.
    NI,
    /// Nordrhein-Westfalen.
    NW,
    /// Rheinland-Pfalz.
    RP,
    /// Saarland.
    SL,
    /// Sachsen.
    SN,
    /// Sachsen-Anhalt.
    ST,
    /// Schleswig-Holstein.
    SH,
    /// Thüringen.
    TH,
}

impl Bundesland {
    /// All sixteen.
    pub const ALL: [Self; 16] = [
        Self::BW,
        Self::BY,
        Self::BE,
        Self::BB,
        Self::HB,
        Self::HH,
        Self::HE,
        Self::MV,
        Self::NI,
        Self::NW,
        Self::RP,
        Self::SL,
        Self::SN,
        Self::ST,
        Self::SH,
        Self::TH,
    ];

    /// The state with this abbreviation, as `NW`.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key().eq_ignore_ascii_case(key))
    }

    /// Its abbreviation.
    pub const fn key(self) -> &'static str {
        match self {
            Self::BW => "BW",
            Self::BY => "BY",
            Self::BE => "BE",
            Self::BB => "BB",
            Self::HB => "HB",
            Self::HH => "HH",
            Self::HE => "HE",
            Self::MV => "MV",
            Self::NI => "NI",
            Self::NW => "NW",
            Self::RP => "RP",
            Self::SL => "SL",
            Self::SN => "SN",
            Self::ST => "ST",
            Self::SH => "SH",
            Self::TH => "TH",
        }
    }
}

/// Which days are working days, beside the public holidays, which never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum WorkingDays {
    /// Monday to Friday.
    #[default]
    MonFri,
    /// Monday to Saturday.
    MonSat,
}

/// Easter Sunday, by the Gregorian rule.
fn easter(year: i16) -> Option<Date> {
    let year_number = i32::from(year);
    let golden = year_number % 19;
    let century = year_number / 100;
    let moon = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    let moon = moon - (moon / 28) * (1 - (moon / 28) * (29 / (moon + 1)) * ((21 - golden) / 11));
    let weekday = (year_number + year_number / 4 + moon + 2 - century + century / 4) % 7;
    let days = moon - weekday;
    let month = 3 + (days + 40) / 44;
    let day = days + 28 - 31 * (month / 4);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whether a day is a public holiday in a state.
pub fn is_holiday(date: Date, land: Bundesland) -> bool {
    use Bundesland::{BB, BE, BW, BY, HB, HH, MV, NI, NW, RP, SH, SL, SN, ST, TH};
    let year = date.year();
    let fixed = match (date.month(), date.day()) {
        (1, 1) | (5, 1) | (10, 3) | (12, 25 | 26) => true,
        (1, 6) => matches!(land, BW | BY | ST),
        (3, 8) => (land == BE && year >= 2019) || (land == MV && year >= 2023),
        (5, 8) => land == BE && matches!(year, 2020 | 2025),
        (6, 17) => land == BE && year == 2028,
        (8, 15) => matches!(land, SL | BY),
        (9, 20) => land == TH && year >= 2019,
        (10, 31) => {
            year == 2017
                || matches!(land, BB | MV | SN | ST | TH)
                || (matches!(land, HB | HH | NI | SH) && year >= 2018)
        }
        (11, 1) => matches!(land, BW | BY | NW | RP | SL),
        // The Wednesday before 23 November.
        (11, 16..=22) => land == SN && date.weekday() == Weekday::Wednesday,
        _ => false,
    };
    fixed || moves_with_easter(date, land)
}

fn moves_with_easter(date: Date, land: Bundesland) -> bool {
    use Bundesland::{BB, BW, BY, HE, NW, RP, SL};
    let Some(easter) = easter(date.year()) else { return false };
    match date.since(easter).map(|span| span.get_days()) {
        Ok(-2 | 1 | 39 | 50) => true,
        Ok(0 | 49) => land == BB,
        Ok(60) => matches!(land, BW | BY | HE | NW | RP | SL),
        Ok(_) | Err(_) => false,
    }
}

/// Whether people work on a day.
pub fn is_working_day(date: Date, land: Bundesland, working_days: WorkingDays) -> bool {
    let weekday = match date.weekday() {
        Weekday::Sunday => false,
        Weekday::Saturday => working_days == WorkingDays::MonSat,
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => true,
    };
    weekday && !is_holiday(date, land)
}

/// The first start date that is certain when a new employee is reported on `filed`: the first working day with
/// five whole working days strictly between the two.
pub fn earliest_guaranteed(filed: Date, land: Bundesland, working_days: WorkingDays) -> Date {
    let mut day = filed;
    for _ in 0..=NOTICE_WORKING_DAYS {
        day = next_working_day(day, land, working_days);
    }
    day
}

/// The first working day after `day`.
pub fn next_working_day(day: Date, land: Bundesland, working_days: WorkingDays) -> Date {
    let mut day = day;
    while let Ok(next) = day.checked_add(1.day()) {
        day = next;
        if is_working_day(day, land, working_days) {
            break;
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn holidays(land: Bundesland, year: i16) -> Vec<String> {
        let mut day = date(year, 1, 1);
        let mut found = Vec::new();
        while day.year() == year {
            if is_holiday(day, land) {
                found.push(day.strftime("%m-%d").to_string());
            }
            day = day.tomorrow().unwrap();
        }
        found
    }

    #[test]
    fn easter_falls_where_it_fell() {
        for (year, month, day) in [
            (2016, 3, 27),
            (2019, 4, 21),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
            (2049, 4, 18),
            (2076, 4, 19),
        ] {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn known_years_of_known_states() {
        assert_eq!(
            holidays(Bundesland::NW, 2027),
            ["01-01", "03-26", "03-29", "05-01", "05-06", "05-17", "05-27", "10-03", "11-01", "12-25", "12-26"]
        );
        assert_eq!(
            holidays(Bundesland::SN, 2026),
            ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "10-31", "11-18", "12-25", "12-26"]
        );
        assert_eq!(
            holidays(Bundesland::BB, 2024),
            [
                "01-01", "03-29", "03-31", "04-01", "05-01", "05-09", "05-19", "05-20", "10-03", "10-31", "12-25",
                "12-26"
            ]
        );
        assert_eq!(
            holidays(Bundesland::BE, 2025),
            ["01-01", "03-08", "04-18", "04-21", "05-01", "05-08", "05-29", "06-09", "10-03", "12-25", "12-26"]
        );
        assert_eq!(holidays(Bundesland::HH, 2017).len(), 10);
        assert_eq!(holidays(Bundesland::HH, 2016).len(), 9);
        assert_eq!(holidays(Bundesland::HH, 2018).len(), 10);
    }

    #[test]
    fn each_state_has_as_many_as_it_has() {
        let counts: Vec<_> = Bundesland::ALL.iter().map(|land| holidays(*land, 2026).len()).collect();
        // BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH
        assert_eq!(counts, [12, 13, 10, 12, 10, 10, 10, 11, 10, 11, 11, 12, 11, 11, 10, 11]);
    }

    #[test]
    fn the_notice_is_reckoned_over_easter_and_christmas() {
        for (filed, mon_fri, mon_sat) in [
            (date(2027, 3, 19), date(2027, 3, 31), date(2027, 3, 27)),
            (date(2027, 3, 22), date(2027, 4, 1), date(2027, 3, 31)),
            (date(2027, 12, 20), date(2027, 12, 28), date(2027, 12, 28)),
        ] {
            assert_eq!(earliest_guaranteed(filed, Bundesland::NW, WorkingDays::MonFri), mon_fri);
            assert_eq!(earliest_guaranteed(filed, Bundesland::NW, WorkingDays::MonSat), mon_sat);
        }
        assert_eq!(earliest_guaranteed(Date::MAX, Bundesland::NW, WorkingDays::MonFri), Date::MAX);
    }

    #[test]
    fn states_have_their_abbreviations() {
        for land in Bundesland::ALL {
            assert_eq!(Bundesland::from_key(&land.key().to_lowercase()), Some(land));
            assert_eq!(serde_json::to_string(&land).unwrap(), format!("\"{}\"", land.key()));
        }
        assert_eq!(Bundesland::from_key("XX"), None);
    }
}
