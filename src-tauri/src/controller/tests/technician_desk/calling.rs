//! A ticket that is typed on the phone: what of it outlives the app, and what does not.

use super::*;
use crate::view::{Field, FieldValues, PhoneForm};
use beistand_protocol::desk::api::my::Filed;
use beistand_protocol::desk::api::people::CustomerPageOne;

const IS_CUSTOMER: fn(&TechnicianQuestion) -> bool = |question| matches!(question, TechnicianQuestion::Customer(_));
const IS_FILE: fn(&TechnicianQuestion) -> bool = |question| matches!(question, TechnicianQuestion::File { .. });

fn krume() -> Box<CustomerPageOne> {
    let json = serde_json::json!({
        "customer": {"number": "10234", "name": "Krume", "maintenance": true, "maintenanceUntil": "2027-06-30",
                     "bundesland": "NW", "namingRule": null, "managed": false, "openTickets": 1},
        "contacts": [{"id": ERIKA, "name": "Erika Muster", "email": "erika@krume.example", "phone": "0211 4711", "linkedApps": 0, "position": null, "sees": "own", "main": true, "language": "de"}],
        "tickets": [],
    });
    Box::new(serde_json::from_value(json).unwrap())
}

const ERIKA: &str = "00000000000000000000000000000001";

fn typed(text: &str) -> FieldValues {
    let values = [
        (Field::RequestType, "incident"),
        (Field::Company, "Krume, Filiale Süd"),
        (Field::ContactPerson, "Erika Muster"),
        (Field::Email, "erika@krume.example"),
        (Field::Phone, "0211 4711"),
        (Field::PreferredContact, "phone"),
        (Field::Priority, "low"),
        (Field::Description, text),
    ]
    .map(|(field, value)| (field, value.to_owned()));
    FieldValues(values.into())
}

impl Seat {
    fn phone(&self) -> PhoneForm {
        let MainScreen::TechnicianDesk { desk: TechnicianDeskScreen::Phone(form), .. } = self.screen() else {
            panic!("no form is open")
        };
        *form
    }

    fn text(&self) -> String {
        self.phone().values.get(Field::Description).to_owned()
    }

    /// The form is open, and it is known who calls.
    fn calls(&mut self) {
        self.desk(TechnicianDeskAsk::Phone);
        if self.phone().customer.is_none() && !self.phone().busy {
            self.desk(TechnicianDeskAsk::PhoneCustomer { number: "10234".into() });
        }
        let asked = self.question_to_desk(IS_CUSTOMER);
        self.answered(asked.serial, Ok(TechnicianAnswer::Customer(krume())));
    }

    fn files(&mut self, text: &str) -> (u32, IdempotencyKey) {
        self.desk(TechnicianDeskAsk::PhoneFile { values: typed(text), take: true });
        let job = self.question_to_desk(IS_FILE);
        let TechnicianQuestion::File { key, ticket } = job.question else { panic!() };
        assert_eq!(
            (ticket.draft.description.as_str(), ticket.contact.map(|id| id.to_string()).as_deref()),
            (text, Some(ERIKA))
        );
        (job.serial, key)
    }
}

#[test]
fn a_form_on_the_phone_is_there_after_a_kill_and_gone_when_filed() {
    let mut seat = Seat::technician();
    seat.desk(TechnicianDeskAsk::Phone);
    assert_eq!(seat.phone().saved, Saved::Empty);
    seat.calls();
    seat.desk(TechnicianDeskAsk::PhoneContact { id: Some(ERIKA.into()) });
    seat.desk(TechnicianDeskAsk::PhoneSave { values: typed("Der Ofen bleibt ") });
    assert_eq!(seat.phone().saved, Saved::OnDisk);
    seat.desk(TechnicianDeskAsk::Queue);
    assert_eq!(seat.queue().call.as_deref(), Some("Krume"));

    let mut seat = seat.killed();
    seat.desk(TechnicianDeskAsk::Queue);
    assert_eq!(seat.queue().call.as_deref(), Some("Krume"));
    // Who calls is asked anew, and nothing that was typed is lost by it.
    seat.calls();
    assert_eq!((seat.text().as_str(), seat.phone().contact.as_deref()), ("Der Ofen bleibt ", Some(ERIKA)));
    assert_eq!(seat.phone().values.get(Field::Company), "Krume, Filiale Süd");
    let (_, first) = seat.files("Der Ofen bleibt kalt.");
    // Killed before the answer was heard: filed again, it is one.
    let mut seat = seat.killed();
    seat.calls();
    let (serial, again) = seat.files("Der Ofen bleibt kalt.");
    assert_eq!(first, again);
    let filed = Filed { number: NUMBER.parse().unwrap(), title: "Störung".into(), warnings: Vec::new() };
    seat.answered(serial, Ok(TechnicianAnswer::Filed(filed)));
    let mut seat = seat.killed();
    seat.desk(TechnicianDeskAsk::Queue);
    assert_eq!(seat.queue().call, None);
    seat.desk(TechnicianDeskAsk::Phone);
    assert_eq!((seat.text().as_str(), seat.phone().busy), ("", false));
}

#[test]
fn a_form_that_is_discarded_is_gone() {
    let mut seat = Seat::technician();
    seat.calls();
    seat.desk(TechnicianDeskAsk::PhoneSave { values: typed("Doch kein Ticket") });
    seat.desk(TechnicianDeskAsk::PhoneDiscard);
    assert_eq!(seat.queue().call, None);
    seat.desk(TechnicianDeskAsk::Phone);
    assert_eq!(seat.text(), "");
    let mut seat = seat.killed();
    seat.desk(TechnicianDeskAsk::Phone);
    assert_eq!((seat.text().as_str(), seat.phone().busy), ("", false));
}

#[test]
fn nobody_else_sees_a_form_and_nothing_is_left_when_everything_is_removed() {
    let mut seat = Seat::technician();
    seat.calls();
    seat.desk(TechnicianDeskAsk::PhoneSave { values: typed("Vertraulich") });
    seat.ask(Request::SignOut);
    let password = crate::view::Password::new("geheim".into());
    seat.ask(Request::SignIn { domain: "help.example".into(), login: "uwe".into(), password });
    seat.signed_in(Ok(crate::settings::SavedTechnician { login: "uwe".into(), ..saved_technician() }));
    seat.desk(TechnicianDeskAsk::Queue);
    assert_eq!(seat.queue().call, None);
    seat.desk(TechnicianDeskAsk::Phone);
    assert_eq!((seat.text().as_str(), seat.phone().customer), ("", None));
    seat.ask(Request::SignOut);
    seat.ask(Request::ForgetEverything);
    assert!(!seat.controller.technician_desk.calls.store.folder().exists());
}
