//! How an admin writes what is known of customers and their people, on the command line and in lists.

use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::form::{Email, Phone};
use beistand_protocol::desk::text;
use beistand_protocol::desk::ticket::Language;
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use jiff::civil::Date;

const MAX_NAME_CHARACTERS: usize = 120;

pub(super) fn customer_number(written: &str) -> Result<CustomerNumber, String> {
    written.parse().map_err(|error| format!("\"{written}\" is none: {error}"))
}

pub(super) fn name(written: &str) -> Result<String, String> {
    let name = text::line(written);
    if name.is_empty() {
        return Err("there is nothing to be shown".to_owned());
    }
    if name.chars().count() > MAX_NAME_CHARACTERS {
        return Err(format!("it is longer than {MAX_NAME_CHARACTERS} characters"));
    }
    Ok(name)
}

pub(super) fn email(written: &str) -> Result<String, String> {
    let email: Email = written.parse().map_err(|_| format!("\"{written}\" is no e-mail address"))?;
    Ok(email.as_str().to_owned())
}

pub(super) fn phone(written: &str) -> Result<String, String> {
    let phone = Phone::parse(written).map_err(|error| format!("\"{written}\" is none: {error}"))?;
    Ok(phone.written)
}

pub(super) fn date(written: &str) -> Result<Date, String> {
    let wrong = || format!("\"{written}\" is no date. Write 2027-12-31 or 31.12.2027");
    if let Ok(date) = written.parse::<Date>() {
        return Ok(date);
    }
    let mut parts = written.split('.').map(str::trim);
    let mut part = || parts.next().ok_or_else(wrong);
    let (day, month, year) = (part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(wrong());
    }
    let day = day.parse().map_err(|_| wrong())?;
    let month = month.parse().map_err(|_| wrong())?;
    let year: i16 = year.parse().map_err(|_| wrong())?;
    Date::new(if year < 100 { year + 2000 } else { year }, month, day).map_err(|_| wrong())
}

pub(super) fn bundesland(written: &str) -> Result<Bundesland, String> {
    let all = || Bundesland::ALL.map(Bundesland::key).join(" ");
    Bundesland::from_key(written).ok_or_else(|| format!("\"{written}\" is no Bundesland. They are: {}", all()))
}

pub(super) fn language(written: &str) -> Result<Language, String> {
    match written.to_lowercase().as_str() {
        "de" | "deutsch" | "german" => Ok(Language::German),
        "en" | "englisch" | "english" => Ok(Language::English),
        _ => Err(format!("\"{written}\" is none that we write in. They are: de en")),
    }
}

pub(super) fn working_days(written: &str) -> Result<WorkingDays, String> {
    match written.to_lowercase().replace([' ', '–', '_'], "-").as_str() {
        "mo-fr" | "mon-fri" => Ok(WorkingDays::MonFri),
        "mo-sa" | "mon-sat" => Ok(WorkingDays::MonSat),
        _ => Err(format!("\"{written}\" are none. They are: mon-fri mon-sat")),
    }
}

pub(super) fn yes_or_no(written: &str) -> Result<bool, String> {
    match written.to_lowercase().as_str() {
        "ja" | "j" | "yes" | "y" | "x" | "1" | "true" | "wahr" => Ok(true),
        "nein" | "n" | "no" | "-" | "0" | "false" | "falsch" => Ok(false),
        _ => Err(format!("\"{written}\" is neither yes nor no")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_people_and_spreadsheets_write_them() {
        let wanted = jiff::civil::date(2027, 3, 1);
        for written in ["2027-03-01", "01.03.2027", "1.3.2027", "1.3.27"] {
            assert_eq!(date(written), Ok(wanted), "{written}");
        }
        for wrong in ["", "3/1/2027", "31.02.2027", "1.3.2027.1", "2027"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_known_is_named_with_what_is() {
        assert!(bundesland("NRW").unwrap_err().contains("NW"));
        assert_eq!(bundesland("nw"), Ok(Bundesland::NW));
        assert!(language("fr").unwrap_err().contains("de en"));
        assert_eq!(working_days("Mo–Sa"), Ok(WorkingDays::MonSat));
        assert!(yes_or_no("maybe").is_err());
        assert!(name(&"x".repeat(121)).is_err() && name("\u{202e}").is_err());
        assert_eq!(name(" Müller\u{202e}  &\tSöhne "), Ok("Müller & Söhne".into()));
    }
}
