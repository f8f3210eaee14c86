//! What the columns of a list of customers are called, in German and English, and which of them a list has.

use beistand_protocol::desk::fold::fold;
use std::fmt;

/// Something in a file that is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    line: Option<u64>,
    said: String,
}

impl Mistake {
    pub(super) fn file(said: &str) -> Self {
        Self { line: None, said: said.to_owned() }
    }

    pub(super) fn line(number: u64, said: String) -> Self {
        Self { line: Some(number), said }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "Line {line}: {}.", self.said),
            None => write!(f, "{}.", self.said),
        }
    }
}

/// What a column tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Number,
    Name,
    MaintenanceUntil,
    Bundesland,
    WorkingDays,
    Language,
    NamingRule,
    Managed,
    Salutation,
    FirstName,
    LastName,
    Email,
    Phone,
    Mobile,
    Position,
    SeesCompany,
    Main,
}

/// Each column with what it may be called; the first is what we call it.
const NAMES: &[(Column, &[&str])] = &[
    (Column::Number, &["Kundennummer", "customer number", "Kundennr", "KdNr", "number", "Nummer"]),
    (Column::Name, &["Firma", "company", "Firmenname", "customer", "Kunde"]),
    (Column::MaintenanceUntil, &["Wartung bis", "maintenance until", "Wartungsende"]),
    (Column::Bundesland, &["Bundesland", "state", "Land"]),
    (Column::WorkingDays, &["Arbeitstage", "working days"]),
    (Column::Language, &["Sprache", "language"]),
    (Column::NamingRule, &["Namensregel", "naming rule"]),
    (Column::Managed, &["IT-Betreuung", "managed IT", "managed"]),
    (Column::Salutation, &["Anrede", "salutation"]),
    (Column::FirstName, &["Vorname", "first name"]),
    (Column::LastName, &["Nachname", "last name", "Name"]),
    (Column::Email, &["E-Mail", "mail", "E-Mail-Adresse"]),
    (Column::Phone, &["Telefon", "phone", "Telefonnummer", "Tel"]),
    (Column::Mobile, &["Mobil", "mobile", "Handy", "Mobiltelefon"]),
    (Column::Position, &["Position", "Funktion"]),
    (Column::SeesCompany, &["Sieht Firma", "sees company"]),
    (Column::Main, &["Hauptkontakt", "main contact", "Hauptansprechpartner"]),
];

/// Case, umlauts and what stands between words do not count.
fn alike(name: &str) -> String {
    fold(name).chars().filter(|one| one.is_alphanumeric()).collect()
}

impl Column {
    /// What we call it.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(column, _)| *column == self).and_then(|(_, names)| names.first()).copied().unwrap_or("?")
    }

    fn from_name(name: &str) -> Option<Self> {
        let name = alike(name);
        NAMES.iter().find(|(_, names)| names.iter().any(|one| alike(one) == name)).map(|(column, _)| *column)
    }
}

/// Which columns a list has, in its order. Columns without a name do not count.
pub(super) fn columns(head: &[String]) -> Result<Vec<Option<Column>>, Vec<Mistake>> {
    let mut columns = Vec::new();
    let mut mistakes = Vec::new();
    for name in head {
        let column = Column::from_name(name);
        if column.is_none() && !name.is_empty() {
            mistakes.push(Mistake::file(&format!("There is no column \"{name}\". Remove it, or name it as below")));
        }
        if column.is_some() && columns.contains(&column) {
            mistakes.push(Mistake::file(&format!("The column \"{name}\" is there twice")));
        }
        columns.push(column);
    }
    for needed in [Column::Number, Column::Name] {
        if !columns.contains(&Some(needed)) {
            mistakes.push(Mistake::file(&format!("The column \"{}\" is missing", needed.name())));
        }
    }
    if mistakes.is_empty() {
        return Ok(columns);
    }
    let known: Vec<String> =
        NAMES.iter().map(|(_, names)| names.iter().take(2).copied().collect::<Vec<_>>().join(" / ")).collect();
    mistakes.push(Mistake::file(&format!("Columns are called: {}", known.join(", "))));
    Err(mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(names: &[&str]) -> Result<Vec<Option<Column>>, Vec<Mistake>> {
        columns(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_are_known_however_they_are_written() {
        let found = head(&["KUNDEN-NUMMER", "Firma", "e mail", "Wartung_bis", "Vorname", "Name", ""]).unwrap();
        let found: Vec<Column> = found.into_iter().flatten().collect();
        assert_eq!(
            found,
            [
                Column::Number,
                Column::Name,
                Column::Email,
                Column::MaintenanceUntil,
                Column::FirstName,
                Column::LastName
            ]
        );
        assert_eq!(head(&["customer_number", "Company"]).unwrap(), [Some(Column::Number), Some(Column::Name)]);
    }

    #[test]
    fn no_two_columns_have_a_name_in_common() {
        let mut seen = Vec::new();
        for name in NAMES.iter().flat_map(|(_, names)| names.iter()) {
            assert!(!seen.contains(&alike(name)), "{name}");
            seen.push(alike(name));
        }
    }

    #[test]
    fn an_unknown_missing_or_doubled_column_is_named() {
        let said =
            |names: &[&str]| head(names).unwrap_err().iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" ");
        assert!(said(&["Kundennummer", "Firma", "Umsatz"]).contains("\"Umsatz\""));
        assert!(said(&["Firma"]).contains("\"Kundennummer\" is missing"));
        assert!(said(&["Kundennummer", "Firma", "mail", "E-Mail"]).contains("\"E-Mail\" is there twice"));
    }
}
