//! A ticket for a customer on the phone, also about a session that just ended, kept as it is typed until it is filed or
//! discarded; and the customers themselves.

use super::desk::fresh_id;
use super::technician_desk::TechnicianPage;
use super::{Controller, Now, Page, Platform};
use crate::desk::{Item, convert as form_words};
use crate::technician_desk::{Call, TechnicianQuestion, convert};
use crate::view::{
    ContactCard, CustomerCard, CustomersPage, DeskFault, FieldError, FieldValues, OneCustomer, PhoneForm, Saved,
};
use beistand_protocol::desk::api::desk::PhoneTicket;
use beistand_protocol::desk::api::people::{CustomerListed, CustomerPageOne};
use beistand_protocol::desk::api::session::SessionReport;
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
    /// The session about which it is.
    session: Option<SessionReport>,
    asked: u32,
    /// Made once for a form, so that filing it twice is filing it once.
    key: Option<IdempotencyKey>,
    /// What of it is on the disk.
    kept: Option<String>,
    unsaved: bool,
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
            about_session: self.session.as_ref().map(|report| report.duration_seconds),
            saved: match &self.kept {
                _ if self.unsaved => Saved::Failed,
                Some(_) => Saved::OnDisk,
                None => Saved::Empty,
            },
            busy: self.busy,
            fault: self.fault,
        }
    }
}

impl<P: Platform> Controller<P> {
    pub(super) fn open_phone(&mut self, about_session: bool) {
        self.leave_case();
        self.page = Page::TechnicianDesk(TechnicianPage::Phone);
        let session = self.technician_desk.last.clone().filter(|_| about_session);
        // A form that was begun is gone on with; one about a session that has just ended comes first.
        if self.technician_desk.phone.one.is_some() && session.is_none() {
            return;
        }
        if session.is_none()
            && let Some(item) = self.last_call()
        {
            let (id, key, call) = (item.id.clone(), item.key.clone(), item.content.clone());
            let Call { customer, contact, draft, session, .. } = call;
            let kept = Some(id);
            self.technician_desk.phone = PhoneCall { contact, draft, session, key, kept, ..PhoneCall::default() };
            return self.phone_customer(customer.as_str());
        }
        let language = match self.settings.language {
            crate::view::Language::German => Language::German,
            crate::view::Language::English => Language::English,
        };
        let draft = Draft { language, priority: "low".to_owned(), ..Draft::default() };
        self.technician_desk.phone = PhoneCall { draft, session, ..PhoneCall::default() };
    }

    /// The form that was typed in last, of those that this account has begun.
    fn last_call(&self) -> Option<&Item<Call>> {
        let account = self.technician_account();
        let own = self.technician_desk.calls.items.iter().filter(|item| Some(&item.content.of) == account.as_ref());
        own.max_by_key(|item| item.changed_at)
    }

    /// Who is called about a form that was begun and is neither filed nor discarded.
    pub(super) fn call_begun(&self) -> Option<String> {
        self.last_call().map(|item| item.content.name.clone())
    }

    /// Keeps what was typed so far, once it is known who calls.
    fn keep_call(&mut self, now: &Now) {
        let Some(of) = self.technician_account() else { return };
        let (phone, calls) = (&mut self.technician_desk.phone, &mut self.technician_desk.calls);
        let Some((customer, _)) = &phone.one else { return };
        let (contact, draft, session) = (phone.contact, phone.draft.clone(), phone.session.clone());
        let (number, name) = (customer.number.clone(), customer.name.clone());
        let call = Call { of, customer: number, name, contact, draft, session };
        let at = now.wall.timestamp();
        let id = phone.kept.get_or_insert_with(|| fresh_id(now)).clone();
        if calls.item(&id).is_none() {
            calls.items.push(Item::new(id.clone(), at, call.clone()));
        }
        let Some(item) = calls.item_mut(&id) else { return };
        (item.content, item.changed_at, item.key) = (call, at, phone.key.clone());
        phone.unsaved = !calls.save(&id);
    }

    /// Begins anew; nothing of what was typed is left.
    pub(super) fn phone_discard(&mut self) {
        self.drop_call();
        self.technician_desk.phone = PhoneCall::default();
    }

    fn drop_call(&mut self) {
        if let Some(id) = self.technician_desk.phone.kept.take() {
            // If this can't be removed, it is there again; its key files it once.
            self.technician_desk.calls.remove(&id);
        }
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

    pub(super) fn phone_contact(&mut self, now: &Now, id: Option<&str>) {
        let phone = &mut self.technician_desk.phone;
        let known = id.and_then(|id| phone.one.as_ref()?.1.iter().find(|contact| contact.id == id));
        phone.contact = known.and_then(|contact| contact.id.parse().ok());
        if let Some(contact) = known {
            phone.draft.contact_person.clone_from(&contact.name);
            phone.draft.email = contact.email.clone().unwrap_or_default();
            phone.draft.phone = contact.phone.clone().unwrap_or_default();
        }
        self.keep_call(now);
    }

    pub(super) fn phone_save(&mut self, now: &Now, values: &FieldValues) {
        let mut number = String::new();
        if form_words::take_over(values, &mut number, &mut self.technician_desk.phone.draft) {
            self.technician_desk.phone.key = None;
        }
        self.keep_call(now);
    }

    pub(super) fn phone_file(&mut self, now: &Now, values: &FieldValues, take: bool) {
        self.phone_save(now, values);
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
            session: phone.session.clone(),
        };
        (phone.busy, phone.fault) = (true, None);
        // The key is on the disk before anything is sent.
        self.keep_call(now);
        let asked = self.technician_question(TechnicianQuestion::File { ticket: Box::new(ticket), key });
        self.technician_desk.phone.asked = asked;
    }

    pub(super) fn phone_filed(&mut self, now: &Now, serial: u32, number: TicketNumber) {
        if self.technician_desk.phone.asked != serial {
            return;
        }
        if self.technician_desk.phone.session.is_some() {
            self.technician_desk.last = None;
        }
        self.drop_call();
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

    pub(super) fn customer_read(&mut self, now: &Now, serial: u32, one: &CustomerPageOne) {
        let contacts: Vec<ContactCard> = one.contacts.iter().map(|contact| convert::contact(contact, false)).collect();
        if self.technician_desk.phone.asked == serial {
            let phone = &mut self.technician_desk.phone;
            (phone.busy, phone.fault) = (false, None);
            let kept = phone.kept.as_ref().and_then(|id| self.technician_desk.calls.item(id));
            // What was typed over it for the same customer stays.
            if kept.is_none_or(|item| item.content.customer != one.customer.number) {
                phone.draft.company.clone_from(&one.customer.name);
            }
            // Whoever was chosen before may be another customer's, or gone.
            phone.contact = phone.contact.filter(|id| one.contacts.iter().any(|contact| contact.id == *id));
            phone.one = Some((one.customer.clone(), contacts));
            self.keep_call(now);
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
