use super::draft::TEXTS;
use super::*;
use crate::desk::ids::AttachmentId;
use crate::desk::ticket::{Language, PreferredContact, Priority, Severity};
use crate::desk::workdays::{Bundesland, WorkingDays};
use jiff::civil::{Date, date};
use proptest::prelude::*;

const FRIDAY: Date = date(2027, 3, 19);

fn rules() -> Rules {
    Rules { today: FRIDAY, bundesland: Bundesland::NW, working_days: WorkingDays::MonFri }
}

fn general(request_type: RequestType) -> Draft {
    Draft {
        contact_person: "Anna Weber".into(),
        email: "anna@kunde.example".into(),
        phone: "0202 123456".into(),
        request_type: request_type.key().into(),
        ..Draft::default()
    }
}

/// A draft with nothing more than it must have.
fn smallest(request_type: RequestType) -> Draft {
    let general = general(request_type);
    match request_type {
        RequestType::Incident => Draft { description: "Der Drucker druckt nicht.".into(), ..general },
        RequestType::Warranty => {
            Draft { device_name: "LaserJet 4".into(), description: "Papierstau in Fach 2".into(), ..general }
        }
        RequestType::NewEmployee => Draft {
            salutation: "ms".into(),
            first_name: "Eva".into(),
            last_name: "Klein".into(),
            position: "Buchhaltung".into(),
            start_date: "2027-03-31".into(),
            ..general
        },
        RequestType::CallBack | RequestType::Other => Draft { concern: "Angebot".into(), ..general },
    }
}

fn mistakes(draft: &Draft) -> Vec<(Field, Mistake)> {
    validate(draft, rules()).err().unwrap_or_default().into_iter().map(|error| (error.field, error.mistake)).collect()
}

fn request(draft: &Draft) -> Request {
    validate(draft, rules()).unwrap().request
}

#[test]
fn the_smallest_form_of_each_type_is_enough() {
    for request_type in RequestType::ALL {
        let draft = smallest(request_type);
        let request = request(&draft);
        assert_eq!(request.request_type(), request_type);
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
        let json = serde_json::to_string(&draft).unwrap();
        assert_eq!(serde_json::from_str::<Draft>(&json).unwrap(), draft);
    }
}

#[test]
fn each_mandatory_field_is_missed() {
    for request_type in RequestType::ALL {
        for rule in fields(Some(request_type)).filter(|rule| rule.duty == Duty::Mandatory) {
            let mut draft = smallest(request_type);
            draft.text_mut(rule.field).unwrap().clear();
            let has_default = matches!(rule.field, Field::PreferredContact | Field::Priority);
            let expected = if has_default { vec![] } else { vec![(rule.field, Mistake::Missing)] };
            if rule.field != Field::RequestType {
                assert_eq!(mistakes(&draft), expected, "{request_type:?} {:?}", rule.field);
            }
            *draft.text_mut(rule.field).unwrap() = " \u{200b}\n ".into();
            assert_eq!(mistakes(&draft).is_empty(), expected.is_empty() && rule.field != Field::RequestType);
        }
    }
    assert_eq!(mistakes(&general(RequestType::Other).only_asked()), [(Field::Concern, Mistake::Missing)]);
    let nothing = mistakes(&Draft::default());
    let missing: Vec<_> = nothing.iter().map(|(field, _)| *field).collect();
    assert_eq!(missing, [Field::ContactPerson, Field::Email, Field::Phone, Field::RequestType]);
}

#[test]
fn each_form_asks_for_its_own_fields_only() {
    for request_type in RequestType::ALL {
        for field in TEXTS {
            let mut draft = smallest(request_type);
            if rule(Some(request_type), field).is_none() {
                *draft.text_mut(field).unwrap() = "etwas".into();
                assert_eq!(mistakes(&draft), [(field, Mistake::NotAsked)], "{request_type:?} {field:?}");
                assert_eq!(mistakes(&draft.only_asked()), []);
            }
        }
    }
    let mut with_file = smallest(RequestType::NewEmployee);
    with_file.attachments.push(AttachmentId::new([1; 16]));
    assert_eq!(mistakes(&with_file), [(Field::Attachments, Mistake::NotAsked)]);
    // No priority and no files for a new employee, as was asked for.
    assert!(rule(Some(RequestType::NewEmployee), Field::Priority).is_none());
}

#[test]
fn a_field_is_named_in_json_as_in_the_draft() {
    let draft = serde_json::to_value(Draft::default()).unwrap();
    let names: Vec<_> = draft.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), TEXTS.len() + 2);
    for field in TEXTS {
        let name = serde_json::to_value(field).unwrap();
        let mut changed = Draft::default();
        changed.text_mut(field).unwrap().push('x');
        assert_eq!(changed.text(field), Some("x"));
        assert_eq!(serde_json::to_value(&changed).unwrap()[name.as_str().unwrap()], "x");
    }
}

#[test]
fn lengths_are_kept() {
    for request_type in RequestType::ALL {
        for rule in fields(Some(request_type)) {
            let free = matches!(
                rule.field,
                Field::Company
                    | Field::ContactPerson
                    | Field::Reference
                    | Field::Description
                    | Field::Concern
                    | Field::DeviceName
                    | Field::SerialNumber
                    | Field::OrderReference
                    | Field::WantedTime
                    | Field::FirstName
                    | Field::LastName
                    | Field::Position
                    | Field::Remarks
            );
            if !free {
                continue;
            }
            let mut draft = smallest(request_type);
            let mut with = |count: usize| {
                *draft.text_mut(rule.field).unwrap() = "ä".repeat(count);
                mistakes(&draft)
            };
            let (min, max) = (rule.min_characters, rule.max_characters);
            assert_eq!(with(usize::from(max)), []);
            assert_eq!(with(usize::from(max) + 1), [(rule.field, Mistake::TooLong { max })]);
            if min > 1 {
                assert_eq!(with(usize::from(min) - 1), [(rule.field, Mistake::TooShort { min })]);
            }
        }
    }
}

#[test]
fn defaults_are_as_said() {
    let incident = request(&smallest(RequestType::Incident));
    assert_eq!(incident.priority, Some(Priority::Low));
    assert_eq!((incident.severity(), incident.contact.preferred), (Severity::Four, PreferredContact::Email));
    let call_back = request(&smallest(RequestType::CallBack));
    assert_eq!(call_back.contact.preferred, PreferredContact::Phone);
    let high = request(&Draft { priority: "high".into(), ..smallest(RequestType::Incident) });
    assert_eq!(high.severity(), Severity::Two);
    let new = request(&smallest(RequestType::NewEmployee));
    assert_eq!((new.priority, new.severity()), (None, Severity::Four));
    assert_eq!(new.details.due_on(), Some(date(2027, 3, 31)));
}

#[test]
fn notice_is_a_warning_and_no_mistake() {
    let with = |start: &str, email: &str| {
        let draft =
            Draft { start_date: start.into(), wanted_email: email.into(), ..smallest(RequestType::NewEmployee) };
        let checked = validate(&draft, rules()).unwrap();
        let Details::NewEmployee { timely_guaranteed, mailbox, .. } = checked.request.details else { unreachable!() };
        (timely_guaranteed, mailbox.is_some(), checked.warnings)
    };
    assert_eq!(with("31.3.2027", "eva@kunde.example"), (true, true, vec![]));
    let earliest_guaranteed = date(2027, 3, 31);
    assert_eq!(
        with("2027-03-30", ""),
        (false, false, vec![Warning::NoMailbox, Warning::ShortNotice { earliest_guaranteed }])
    );
    let start = |text: &str| mistakes(&Draft { start_date: text.into(), ..smallest(RequestType::NewEmployee) });
    assert_eq!(start("2027-02-30"), [(Field::StartDate, Mistake::NoDate)]);
    assert_eq!(start("morgen"), [(Field::StartDate, Mistake::NoDate)]);
    assert_eq!(start("1.1.27"), [(Field::StartDate, Mistake::NoDate)]);
    assert_eq!(start("2207-03-31"), [(Field::StartDate, Mistake::FarDate)]);
    assert_eq!(start("2027-03-18"), []);
}

#[test]
fn contact_data_must_be_usable() {
    let with = |change: fn(&mut Draft)| {
        let mut draft = smallest(RequestType::Incident);
        change(&mut draft);
        mistakes(&draft)
    };
    assert_eq!(with(|draft| draft.email = "anna".into()), [(Field::Email, Mistake::NoEmail)]);
    assert_eq!(with(|draft| draft.phone = "abcde".into()), [(Field::Phone, Mistake::NoPhone)]);
    assert_eq!(with(|draft| draft.priority = "huge".into()), [(Field::Priority, Mistake::NotAChoice)]);
    assert_eq!(with(|draft| draft.preferred_contact = "fax".into()), [(Field::PreferredContact, Mistake::NotAChoice)]);
    assert_eq!(with(|draft| draft.request_type = "x".into()), [(Field::RequestType, Mistake::NotAChoice)]);
    let six = |draft: &mut Draft| draft.attachments = (0..6).map(|one| AttachmentId::new([one; 16])).collect();
    assert_eq!(with(six), [(Field::Attachments, Mistake::TooManyFiles { max: 5 })]);
}

#[test]
fn titles_name_the_type_and_the_first_words() {
    assert_eq!(request(&smallest(RequestType::Incident)).title(), "Störung: Der Drucker druckt nicht.");
    let english = Draft { language: Language::English, ..smallest(RequestType::Warranty) };
    assert_eq!(request(&english).title(), "Warranty: LaserJet 4: Papierstau in Fach 2");
    // Titles stand in the subject of mails: no name of a person who was not asked.
    assert_eq!(request(&smallest(RequestType::NewEmployee)).title(), "Neuer Mitarbeiter: Buchhaltung, 2027-03-31");
    let long = Draft { description: "wort ".repeat(900), ..smallest(RequestType::Incident) };
    assert!(request(&long).title().chars().count() <= 120);
}

proptest! {
    #[test]
    fn nothing_typed_panics_and_every_mistake_is_where_it_is(
        texts in proptest::collection::vec(".{0,30}", TEXTS.len()),
        which in 0_usize..5,
    ) {
        let mut draft = Draft::default();
        for (field, text) in TEXTS.into_iter().zip(texts) {
            *draft.text_mut(field).unwrap() = text;
        }
        draft.request_type = RequestType::ALL[which].key().into();
        if let Err(errors) = validate(&draft, rules()) {
            let mut seen: Vec<_> = errors.iter().map(|error| error.field).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), errors.len());
        }
    }

    #[test]
    fn a_request_is_clean(description in "[\\PC\\n\\r\\t\u{0}\u{202e}]{10,60}") {
        let draft = Draft { description, ..smallest(RequestType::Incident) };
        if let Ok(checked) = validate(&draft, rules()) {
            let Details::Incident { description } = checked.request.details else { unreachable!() };
            let hidden = description.contains(['\u{0}', '\u{202e}', '\r']);
            prop_assert!(!hidden);
            prop_assert_eq!(description.trim(), description.as_str());
        }
    }
}
