//! Customers and their people out of a table's lines. A customer may have several lines, one for each person.

use super::columns::{Column, Mistake, columns};
use super::table::{Line, Table};
use crate::cli::people;
use beistand_desk::store::{NewContact, NewCustomer, RosterEntry};
use beistand_protocol::desk::code::CustomerNumber;
use beistand_protocol::desk::ticket::Language;
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use std::collections::HashMap;

/// Reads all lines; every mistake of every line is named.
pub(super) fn read(table: &Table, bundesland: Option<Bundesland>) -> Result<Vec<RosterEntry>, Vec<Mistake>> {
    let columns = columns(&table.head)?;
    let mut entries: Vec<(u64, RosterEntry)> = Vec::new();
    let mut places: HashMap<CustomerNumber, usize> = HashMap::new();
    let mut mistakes = Vec::new();
    for line in &table.lines {
        let mut cells = Cells { line, columns: &columns, mistakes: Vec::new() };
        let read = cells.entry(bundesland);
        mistakes.append(&mut cells.mistakes);
        let Some((customer, contact)) = read else { continue };
        match places.get(&customer.number).and_then(|place| entries.get_mut(*place)) {
            None => {
                places.insert(customer.number.clone(), entries.len());
                entries.push((line.number, RosterEntry { customer, contacts: contact.into_iter().collect() }));
            }
            Some((first, entry)) => {
                if entry.customer != customer {
                    mistakes.push(Mistake::line(
                        line.number,
                        format!(
                            "customer {} is another one than in line {first}; both must say the same",
                            customer.number
                        ),
                    ));
                }
                add(entry, contact, line.number, &mut mistakes);
            }
        }
    }
    if table.lines.is_empty() {
        mistakes.push(Mistake::file("There is no customer in it, only the names of the columns"));
    }
    if mistakes.is_empty() { Ok(entries.into_iter().map(|(_, entry)| entry).collect()) } else { Err(mistakes) }
}

fn add(entry: &mut RosterEntry, contact: Option<NewContact>, line: u64, mistakes: &mut Vec<Mistake>) {
    let Some(contact) = contact else { return };
    let twice = contact.email.as_ref().filter(|email| {
        entry.contacts.iter().any(|other| other.email.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(email)))
    });
    if let Some(email) = twice {
        mistakes.push(Mistake::line(line, format!("{email} is there twice at this customer")));
    }
    entry.contacts.push(contact);
}

/// The cells of one line.
struct Cells<'a> {
    line: &'a Line,
    columns: &'a [Option<Column>],
    mistakes: Vec<Mistake>,
}

impl Cells<'_> {
    fn entry(&mut self, bundesland: Option<Bundesland>) -> Option<(NewCustomer, Option<NewContact>)> {
        if self.line.cells.len() > self.columns.len()
            && self.line.cells.iter().skip(self.columns.len()).any(|one| !one.is_empty())
        {
            let said = format!("there are {} cells and only {} columns", self.line.cells.len(), self.columns.len());
            self.mistakes.push(Mistake::line(self.line.number, said));
            return None;
        }
        let language = self.read(Column::Language, people::language).unwrap_or_default();
        let customer = self.customer(bundesland, language);
        let contact = self.contact(language);
        if self.mistakes.is_empty() { Some((customer?, contact)) } else { None }
    }

    fn customer(&mut self, bundesland: Option<Bundesland>, language: Language) -> Option<NewCustomer> {
        let number = self.needed(Column::Number, people::customer_number);
        let name = self.needed(Column::Name, people::name);
        let maintenance_until = self.read(Column::MaintenanceUntil, people::date);
        let working_days = self.read(Column::WorkingDays, people::working_days).unwrap_or(WorkingDays::MonFri);
        let naming_rule = self.read(Column::NamingRule, people::name);
        let managed = self.read(Column::Managed, people::yes_or_no).unwrap_or(false);
        let own = self.read(Column::Bundesland, people::bundesland);
        let bundesland = own.or(bundesland);
        if bundesland.is_none() && self.cell(Column::Bundesland).is_empty() {
            self.wrong("there is no Bundesland, whose holidays count. Add the column, or say --bundesland NW for all");
        }
        Some(NewCustomer {
            number: number?,
            name: name?,
            maintenance_until,
            bundesland: bundesland?,
            working_days,
            language,
            naming_rule,
            managed,
        })
    }

    /// The person of this line, if it has one.
    fn contact(&mut self, language: Language) -> Option<NewContact> {
        let first_name = self.read(Column::FirstName, people::name);
        let last_name = self.read(Column::LastName, people::name);
        let email = self.read(Column::Email, people::email);
        let phone = self.read(Column::Phone, people::phone);
        let mobile = self.read(Column::Mobile, people::phone);
        let position = self.read(Column::Position, people::name);
        let salutation = self.read(Column::Salutation, people::name);
        let sees_company = self.read(Column::SeesCompany, people::yes_or_no).unwrap_or(false);
        let main = self.read(Column::Main, people::yes_or_no).unwrap_or(false);
        let anything = [&first_name, &last_name, &email, &phone, &mobile, &position].iter().any(|one| one.is_some());
        if !anything {
            return None;
        }
        let Some(last_name) = last_name else {
            if self.cell(Column::LastName).is_empty() {
                self.wrong("the contact has no last name");
            }
            return None;
        };
        Some(NewContact {
            salutation,
            first_name: first_name.unwrap_or_default(),
            last_name,
            email,
            phone,
            mobile,
            position,
            language,
            sees_company,
            main,
        })
    }

    fn cell(&self, column: Column) -> &str {
        let at = self.columns.iter().position(|one| *one == Some(column));
        at.and_then(|at| self.line.cells.get(at)).map_or("", String::as_str)
    }

    fn read<T>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let cell = self.cell(column).to_owned();
        if cell.is_empty() {
            return None;
        }
        match read(&cell) {
            Ok(value) => Some(value),
            Err(said) => {
                self.wrong(&format!("{}: {said}", column.name()));
                None
            }
        }
    }

    fn needed<T>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if self.cell(column).is_empty() {
            self.wrong(&format!("{} is missing", column.name()));
            return None;
        }
        self.read(column, read)
    }

    fn wrong(&mut self, said: &str) {
        self.mistakes.push(Mistake::line(self.line.number, said.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    fn list(text: &str) -> Result<Vec<RosterEntry>, Vec<String>> {
        let said = |mistakes: Vec<Mistake>| mistakes.iter().map(ToString::to_string).collect::<Vec<_>>();
        read(&table::read(text.as_bytes()).map_err(said)?, Some(Bundesland::NW)).map_err(said)
    }

    #[test]
    fn a_customer_may_have_several_people() {
        let entries = list(
            "Kundennummer;Firma;Wartung bis;Bundesland;Vorname;Nachname;E-Mail;Telefon;Sieht Firma;Hauptkontakt\n\
             10234;Müller & Söhne;31.12.2027;BY;Anna;Weber;anna@mueller.example;0211 123456;ja;x\n\
             10234;Müller & Söhne;2027-12-31;BY;Jörg;Groß;;;nein;\n\
             kd-7;Bäckerei Özil;;;;;;;;\n",
        )
        .unwrap();
        assert_eq!(entries.len(), 2);
        let (first, second) = (&entries[0], &entries[1]);
        assert_eq!(first.customer.maintenance_until, Some(jiff::civil::date(2027, 12, 31)));
        assert_eq!((first.customer.bundesland, second.customer.bundesland), (Bundesland::BY, Bundesland::NW));
        assert_eq!((first.contacts.len(), second.contacts.len()), (2, 0));
        assert!(first.contacts[0].sees_company && first.contacts[0].main && !first.contacts[1].sees_company);
        assert_eq!((first.contacts[1].last_name.as_str(), first.contacts[1].email.as_deref()), ("Groß", None));
        assert_eq!((second.customer.number.as_str(), second.customer.name.as_str()), ("KD-7", "Bäckerei Özil"));
    }

    #[test]
    fn every_mistake_of_every_line_is_named() {
        let said = list(
            "Kundennummer;Firma;Wartung bis;Nachname;E-Mail;Telefon\n\
             ;Ohne Nummer;;;;\n\
             1;;;;;\n\
             2;Zwei;32.13.2027;Weber;anna at example;12\n\
             3;Drei;;;drei@example.com;\n\
             4;Vier;;A;a@b.example;\n\
             4;Fünf;;B;b@b.example;\n\
             5;Sechs;;A;a@b.example;\n\
             5;Sechs;;B;A@B.example;\n\
             6;Sieben;;;;;x\n",
        )
        .unwrap_err();
        for (line, word) in [
            (2, "Kundennummer is missing"),
            (3, "Firma is missing"),
            (4, "Wartung bis: \"32.13.2027\""),
            (4, "E-Mail: \"anna at example\""),
            (4, "Telefon: \"12\""),
            (5, "no last name"),
            (7, "customer 4 is another one than in line 6"),
            (9, "A@B.example is there twice"),
            (10, "7 cells and only 6 columns"),
        ] {
            let found = said.iter().any(|one| one.starts_with(&format!("Line {line}: ")) && one.contains(word));
            assert!(found, "{line} {word}: {said:#?}");
        }
        assert_eq!(said.len(), 9, "{said:#?}");
        assert_eq!(list("Kundennummer;Firma\n").unwrap_err().len(), 1);
    }
}
