//! What makes a draft a request. The only place that knows.

use super::draft::TEXTS;
use super::{
    Contact, Details, Draft, Duty, Email, Field, FieldError, MAX_ATTACHMENTS, Mistake, PersonName, Phone, Request,
    RequestType, Salutation, rule,
};
use crate::desk::text::{count, line, paragraphs};
use crate::desk::ticket::{PreferredContact, Priority};
use crate::desk::workdays::{Bundesland, WorkingDays, earliest_guaranteed};
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// What the checks need to know beside the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// The day at the customer's, on which they file.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub today: Date,
    /// Whose public holidays count.
    pub bundesland: Bundesland,
    /// Which days are working days.
    pub working_days: WorkingDays,
}

/// What the customer should know before sending, though it may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Warning {
    /// The start date is so near that being ready by then is not certain.
    ShortNotice {
        /// The first day that would be certain.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        earliest_guaranteed: Date,
    },
    /// No e-mail address is wanted, so no mailbox will be made.
    NoMailbox,
}

/// A request, and what the customer should know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The request.
    pub request: Request,
    /// In the order of the fields.
    pub warnings: Vec<Warning>,
}

/// Checks every field of a draft.
///
/// # Errors
/// Every mistake, in the order in which the form asks, at most one for each field.
pub fn validate(draft: &Draft, rules: Rules) -> Result<Checked, Vec<FieldError>> {
    let mut check = Check { draft, chosen: draft.chosen_type(), errors: Vec::new() };
    check.refuse_what_is_not_asked();
    let read = check.read(rules);
    if let (Some(checked), true) = (read, check.errors.is_empty()) {
        return Ok(checked);
    }
    let mut errors = check.errors;
    let place = |error: &FieldError| {
        super::fields(draft.chosen_type()).position(|rule| rule.field == error.field).unwrap_or(usize::MAX)
    };
    errors.sort_by_key(place);
    Err(errors)
}

struct Check<'a> {
    draft: &'a Draft,
    chosen: Option<RequestType>,
    errors: Vec<FieldError>,
}

impl Check<'_> {
    fn mistake<T>(&mut self, field: Field, mistake: Mistake) -> Option<T> {
        self.errors.push(FieldError { field, mistake });
        None
    }

    fn refuse_what_is_not_asked(&mut self) {
        // While no type is chosen, only that is said.
        if self.chosen.is_none() {
            return;
        }
        for field in TEXTS {
            if rule(self.chosen, field).is_none() && !self.typed(field).trim().is_empty() {
                self.errors.push(FieldError { field, mistake: Mistake::NotAsked });
            }
        }
        if rule(self.chosen, Field::Attachments).is_none() && !self.draft.attachments.is_empty() {
            self.errors.push(FieldError { field: Field::Attachments, mistake: Mistake::NotAsked });
        }
    }

    fn typed(&self, field: Field) -> &str {
        self.draft.text(field).unwrap_or_default()
    }

    /// The cleaned text of a field: `Some(None)` if it is rightly empty, `None` if there is a mistake.
    fn text(&mut self, field: Field) -> Option<Option<String>> {
        let Some(rule) = rule(self.chosen, field) else { return Some(None) };
        let typed = self.draft.text(field).unwrap_or_default();
        let is_long = matches!(field, Field::Description | Field::Concern | Field::Remarks);
        let text = if is_long { paragraphs(typed) } else { line(typed) };
        let characters = count(&text);
        if characters == 0 {
            return match rule.duty {
                Duty::Mandatory => self.mistake(field, Mistake::Missing),
                Duty::Optional => Some(None),
            };
        }
        if characters < usize::from(rule.min_characters) {
            return self.mistake(field, Mistake::TooShort { min: rule.min_characters });
        }
        if characters > usize::from(rule.max_characters) {
            return self.mistake(field, Mistake::TooLong { max: rule.max_characters });
        }
        Some(Some(text))
    }

    /// The text of a mandatory field.
    fn must(&mut self, field: Field) -> Option<String> {
        self.text(field)?
    }

    /// The value of a mandatory field that is chosen from a few.
    fn choice<T>(&mut self, field: Field, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.must(field)?;
        read(&text).or_else(|| self.mistake(field, Mistake::NotAChoice))
    }

    fn email(&mut self, field: Field) -> Option<Option<Email>> {
        match self.text(field)? {
            None => Some(None),
            Some(text) => match text.parse() {
                Ok(email) => Some(Some(email)),
                Err(_) => self.mistake(field, Mistake::NoEmail),
            },
        }
    }

    fn phone(&mut self, field: Field) -> Option<Option<Phone>> {
        match self.text(field)? {
            None => Some(None),
            Some(text) => match Phone::parse(&text) {
                Ok(phone) => Some(Some(phone)),
                Err(_) => self.mistake(field, Mistake::NoPhone),
            },
        }
    }

    fn extension(&mut self) -> Option<Option<Phone>> {
        // Two digits are a phone number here.
        let Some(text) = self.text(Field::Extension)? else { return Some(None) };
        let digits = text.chars().filter(char::is_ascii_digit).count();
        if digits > 0 && text.chars().all(|one| one.is_ascii_digit() || "+/-–() .".contains(one)) {
            let e164 = Phone::parse(&text).ok().and_then(|phone| phone.e164);
            Some(Some(Phone { written: text, e164 }))
        } else {
            self.mistake(Field::Extension, Mistake::NoPhone)
        }
    }

    /// Reads everything, so that every mistake is found at once.
    fn read(&mut self, rules: Rules) -> Option<Checked> {
        let contact = self.contact();
        if self.chosen.is_none() {
            let typed = self.draft.request_type.trim();
            let mistake = if typed.is_empty() { Mistake::Missing } else { Mistake::NotAChoice };
            return self.mistake(Field::RequestType, mistake);
        }
        let reference = self.text(Field::Reference);
        let details = self.details(rules);
        let priority = self.priority();
        let attachments = self.attachments();
        let mut warnings = Vec::new();
        let details = details?;
        if let Details::NewEmployee { mailbox, timely_guaranteed, .. } = &details {
            if mailbox.is_none() {
                warnings.push(Warning::NoMailbox);
            }
            if !timely_guaranteed {
                let earliest_guaranteed = earliest_guaranteed(rules.today, rules.bundesland, rules.working_days);
                warnings.push(Warning::ShortNotice { earliest_guaranteed });
            }
        }
        let request = Request {
            language: self.draft.language,
            contact: contact?,
            reference: reference?,
            priority: priority?,
            details,
            attachments: attachments?,
        };
        Some(Checked { request, warnings })
    }

    fn contact(&mut self) -> Option<Contact> {
        let company = self.text(Field::Company);
        let person = self.must(Field::ContactPerson);
        let email = self.email(Field::Email);
        let phone = self.phone(Field::Phone);
        let preferred = self.preferred();
        Some(Contact {
            company: company?.unwrap_or_default(),
            person: person?,
            email: email??,
            phone: phone??,
            preferred: preferred?,
        })
    }

    fn preferred(&mut self) -> Option<PreferredContact> {
        let typed = line(self.typed(Field::PreferredContact));
        if typed.is_empty() {
            return Some(match self.chosen {
                Some(RequestType::CallBack) => PreferredContact::Phone,
                Some(RequestType::Incident | RequestType::Warranty | RequestType::NewEmployee | RequestType::Other)
                | None => PreferredContact::Email,
            });
        }
        PreferredContact::from_key(&typed).or_else(|| self.mistake(Field::PreferredContact, Mistake::NotAChoice))
    }

    fn priority(&mut self) -> Option<Option<Priority>> {
        if rule(self.chosen, Field::Priority).is_none() {
            return Some(None);
        }
        let typed = line(self.typed(Field::Priority));
        if typed.is_empty() {
            return Some(Some(Priority::Low));
        }
        match Priority::from_key(&typed) {
            Some(priority) => Some(Some(priority)),
            None => self.mistake(Field::Priority, Mistake::NotAChoice),
        }
    }

    fn attachments(&mut self) -> Option<Vec<crate::desk::ids::AttachmentId>> {
        let mut files = Vec::new();
        for file in &self.draft.attachments {
            if !files.contains(file) {
                files.push(*file);
            }
        }
        if files.len() > MAX_ATTACHMENTS {
            let max = u16::try_from(MAX_ATTACHMENTS).unwrap_or(u16::MAX);
            return self.mistake(Field::Attachments, Mistake::TooManyFiles { max });
        }
        Some(files)
    }

    fn details(&mut self, rules: Rules) -> Option<Details> {
        match self.chosen? {
            RequestType::Incident => Some(Details::Incident { description: self.must(Field::Description)? }),
            RequestType::Warranty => {
                let device_name = self.must(Field::DeviceName);
                let serial_number = self.text(Field::SerialNumber);
                let order_reference = self.text(Field::OrderReference);
                let description = self.must(Field::Description);
                Some(Details::Warranty {
                    device_name: device_name?,
                    serial_number: serial_number?,
                    order_reference: order_reference?,
                    description: description?,
                })
            }
            RequestType::NewEmployee => self.new_employee(rules),
            RequestType::CallBack => {
                let concern = self.must(Field::Concern);
                let wanted_time = self.text(Field::WantedTime);
                Some(Details::CallBack { concern: concern?, wanted_time: wanted_time? })
            }
            RequestType::Other => Some(Details::Other { concern: self.must(Field::Concern)? }),
        }
    }

    fn new_employee(&mut self, rules: Rules) -> Option<Details> {
        let salutation = self.choice(Field::Salutation, Salutation::from_key);
        let first = self.must(Field::FirstName);
        let last = self.must(Field::LastName);
        let extension = self.extension();
        let company_mobile = self.phone(Field::CompanyMobile);
        let mailbox = self.email(Field::WantedEmail);
        let position = self.must(Field::Position);
        let start_date = self.start_date(rules.today);
        let remarks = self.text(Field::Remarks);
        let start_date = start_date?;
        Some(Details::NewEmployee {
            name: PersonName { salutation: salutation?, first: first?, last: last? },
            extension: extension?,
            company_mobile: company_mobile?,
            mailbox: mailbox?,
            position: position?,
            start_date,
            timely_guaranteed: start_date >= earliest_guaranteed(rules.today, rules.bundesland, rules.working_days),
            remarks: remarks?,
        })
    }

    /// A short notice is no mistake; a year that must be mistyped is.
    fn start_date(&mut self, today: Date) -> Option<Date> {
        let text = line(self.typed(Field::StartDate));
        if text.is_empty() {
            return self.mistake(Field::StartDate, Mistake::Missing);
        }
        let Some(date) = read_date(&text) else { return self.mistake(Field::StartDate, Mistake::NoDate) };
        let within = |span: Span| today.checked_add(span).ok();
        let near =
            within(-1.year()).is_none_or(|first| date >= first) && within(3.years()).is_none_or(|last| date <= last);
        if near { Some(date) } else { self.mistake(Field::StartDate, Mistake::FarDate) }
    }
}

/// Reads `2027-03-31` and `31.3.2027`.
fn read_date(text: &str) -> Option<Date> {
    let number = |part: &str| part.trim().parse::<i16>().ok().filter(|number| *number >= 0);
    let parts: Vec<&str> = if text.contains('.') { text.split('.').rev().collect() } else { text.split('-').collect() };
    let [year, month, day] = parts.as_slice() else { return None };
    if year.trim().len() != 4 {
        return None;
    }
    let narrow = |part: &str| number(part).and_then(|number| i8::try_from(number).ok());
    Date::new(number(year)?, narrow(month)?, narrow(day)?).ok()
}
