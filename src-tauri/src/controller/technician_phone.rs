//! A ticket for a customer on the phone, also about a session that just ended; and the customers themselves.

use super::technician_desk::TechnicianPage;
use super::{Controller, Now, Page, Platform};
use crate::desk::convert as form_words;
use crate::technician_desk::{TechnicianQuestion, convert};
use crate::view::{
    ContactCard, CustomerCard, CustomersPage, DeskFault, FieldError, FieldValues, OneCustomer, PhoneForm,
};
use beistand_protocol::desk::api::desk::PhoneTicket;
use beistand_protocol::desk::api::people::{CustomerListed, CustomerPageOne};
use beistand_protocol::desk::code::{CustomerNumber, IdempotencyKey};
use beistand_protocol::desk::form::{self, Draft, Rules, validate};
use beistand_protocol::desk::ids::ContactId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::Language;
use beistand_protocol::desk::workdays::WorkingDays;

/// A ticket that is typed while somebody is on the phone.
#[derive(Default)]
pub(super) struct PhoneCall {
    words: String,
    found: Vec<CustomerCard>,
    one: Option<(CustomerListed, Vec<ContactCard>)>,
    contact: Option<ContactId>,
    draft: Draft,
    errors: Vec<FieldError>,
    attempt: u32,
    about_session: bool,
    session_seconds: Option<u32>,
    asked: u32,
    /// Made once for a form, so that filing it twice is filing it once.
    key: Option<IdempotencyKey>,
    busy: bool,
    pub(super) fault: Option<DeskFault>,
}

/// The customers' page.
#[derive(Default)]
pub(super) struct Customers {
    pub(super) page: CustomersPage,
    asked: u32,
    pub(super) fault: Option<DeskFault>,
}

impl PhoneCall {
    pub(super) fn shown(&self) -> PhoneForm {
        let (general, request) = form_words::fields(&self.draft, false);
        PhoneForm {
            words: self.words.clone(),
            found: self.found.clone(),
            customer: self.one.as_ref().map(|(customer, _)| convert::customer(customer)),
            contacts: self.one.as_ref().map(|(_, contacts)| contacts.clone()).unwrap_or_default(),
            contact: self.contact.map(|contact| contact.to_string()),
            values: form_words::values("", &self.draft),
            general,
            // Files come with the customer's own app or with an answer.
            request: request.into_iter().filter(|one| one.field != crate::view::Field::Attachments).collect(),
            errors: self.errors.clone(),
            attempt: self.attempt,
            about_session: self.session_seconds.filter(|_| self.about_session),
            busy: self.busy,
            fault: self.fault,
        }
    }
}

impl<P: Platform> Controller<P> {
    pub(super) fn open_phone(&mut self, now: &Now, about_session: bool) {
        self.leave_case();
        let language = match self.settings.language {
            crate::view::Language::German => Language::German,
            crate::view::Language::English => Language::English,
        };
        let seconds = self.technician_desk.last.as_ref().map(|report| report.duration_seconds);
        let about_session = about_session && seconds.is_some();
        // A form that was begun is gone on with.
        if self.technician_desk.phone.one.is_none() || about_session {
            let draft = Draft { language, priority: "low".to_owned(), ..Draft::default() };
            self.technician_desk.phone =
                PhoneCall { draft, about_session, session_seconds: seconds, ..PhoneCall::default() };
        }
        self.page = Page::TechnicianDesk(TechnicianPage::Phone);
        let _ = now;
    }

    pub(super) fn phone_search(&mut self, words: &str) {
        let asked = self.technician_question(TechnicianQuestion::Customers(words.chars().take(200).collect()));
        let phone = &mut self.technician_desk.phone;
        words.clone_into(&mut phone.words);
        (phone.asked, phone.busy, phone.one, phone.contact) = (asked, true, None, None);
    }

    pub(super) fn phone_customer(&mut self, number: &str) {
        let Ok(number) = number.parse::<CustomerNumber>() else { return };
        let asked = self.technician_question(TechnicianQuestion::Customer(number));
        (self.technician_desk.phone.asked, self.technician_desk.phone.busy) = (asked, true);
    }

    pub(super) fn phone_contact(&mut self, id: Option<&str>) {
        let phone = &mut self.technician_desk.phone;
        let known = id.and_then(|id| phone.one.as_ref()?.1.iter().find(|contact| contact.id == id));
        phone.contact = known.and_then(|contact| contact.id.parse().ok());
        if let Some(contact) = known {
            phone.draft.contact_person.clone_from(&contact.name);
            phone.draft.email = contact.email.clone().unwrap_or_default();
            phone.draft.phone = contact.phone.clone().unwrap_or_default();
        }
    }

    pub(super) fn phone_save(&mut self, values: &FieldValues) {
        let mut number = String::new();
        if form_words::take_over(values, &mut number, &mut self.technician_desk.phone.draft) {
            self.technician_desk.phone.key = None;
        }
    }

    pub(super) fn phone_file(&mut self, now: &Now, values: &FieldValues, take: bool) {
        self.phone_save(values);
        let report = self.technician_desk.last.clone();
        let phone = &mut self.technician_desk.phone;
        let Some((customer, _)) = &phone.one else { return };
        let rules =
            Rules { today: now.wall.date(), bundesland: customer.bundesland, working_days: WorkingDays::MonFri };
        let draft = phone.draft.only_asked();
        phone.attempt = phone.attempt.wrapping_add(1);
        phone.errors.clear();
        if let Err(errors) = validate(&draft, rules) {
            phone.errors = errors.iter().map(form_words::field_error).collect();
            return;
        }
        let key = phone.key.get_or_insert_with(|| IdempotencyKey::new(rand::random())).clone();
        let ticket = PhoneTicket {
            customer: customer.number.clone(),
            contact: phone.contact,
            draft,
            severity: None,
            take,
            session: report.filter(|_| phone.about_session),
        };
        (phone.busy, phone.fault) = (true, None);
        let asked = self.technician_question(TechnicianQuestion::File { ticket: Box::new(ticket), key });
        self.technician_desk.phone.asked = asked;
    }

    pub(super) fn phone_filed(&mut self, now: &Now, serial: u32, number: TicketNumber) {
        if self.technician_desk.phone.asked != serial {
            return;
        }
        if self.technician_desk.phone.about_session {
            self.technician_desk.last = None;
        }
        self.technician_desk.phone = PhoneCall::default();
        self.open_case(now, &number.to_string());
    }

    pub(super) fn search_customers(&mut self, words: &str) {
        self.leave_case();
        let asked = self.technician_question(TechnicianQuestion::Customers(words.chars().take(200).collect()));
        let customers = &mut self.technician_desk.customers;
        customers.asked = asked;
        words.clone_into(&mut customers.page.words);
        (customers.page.busy, customers.page.open) = (true, None);
        self.page = Page::TechnicianDesk(TechnicianPage::Customers);
    }

    pub(super) fn open_customer(&mut self, number: &str) {
        let Ok(number) = number.parse::<CustomerNumber>() else { return };
        self.leave_case();
        let asked = self.technician_question(TechnicianQuestion::Customer(number));
        (self.technician_desk.customers.asked, self.technician_desk.customers.page.busy) = (asked, true);
        self.page = Page::TechnicianDesk(TechnicianPage::Customers);
    }

    pub(super) fn customers_found(&mut self, serial: u32, found: &[CustomerListed]) {
        let cards = found.iter().map(convert::customer).collect();
        if self.technician_desk.phone.asked == serial {
            (self.technician_desk.phone.busy, self.technician_desk.phone.fault) = (false, None);
            self.technician_desk.phone.found = cards;
        } else if self.technician_desk.customers.asked == serial {
            let page = &mut self.technician_desk.customers.page;
            (page.busy, page.fault, page.found) = (false, None, cards);
        }
    }

    pub(super) fn customer_read(&mut self, serial: u32, one: &CustomerPageOne) {
        let contacts: Vec<ContactCard> = one.contacts.iter().map(|contact| convert::contact(contact, false)).collect();
        if self.technician_desk.phone.asked == serial {
            let phone = &mut self.technician_desk.phone;
            (phone.busy, phone.fault) = (false, None);
            phone.draft.company.clone_from(&one.customer.name);
            phone.one = Some((one.customer.clone(), contacts));
        } else if self.technician_desk.customers.asked == serial {
            let page = &mut self.technician_desk.customers.page;
            (page.busy, page.fault) = (false, None);
            let tickets = one.tickets.iter().map(convert::row).collect();
            page.open = Some(OneCustomer { customer: convert::customer(&one.customer), contacts, tickets });
        }
    }

    /// Answers whether the question was one of these pages.
    pub(super) fn phone_fault(&mut self, serial: u32, fault: DeskFault, errors: &[form::FieldError]) -> bool {
        if self.technician_desk.phone.asked == serial {
            let phone = &mut self.technician_desk.phone;
            (phone.busy, phone.fault) = (false, Some(fault));
            phone.errors = errors.iter().map(form_words::field_error).collect();
            true
        } else if self.technician_desk.customers.asked == serial {
            (self.technician_desk.customers.page.busy, self.technician_desk.customers.page.fault) =
                (false, Some(fault));
            true
        } else {
            false
        }
    }
}
