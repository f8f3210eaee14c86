//! The customer's desk through the controller: what is typed survives, what is sent off arrives once, and the PIN
//! is nowhere on the disk.

#![allow(clippy::wildcard_enum_match_arm)]

mod tickets;

use super::*;
use crate::desk::client::Failure;
use crate::desk::jobs::{Arrived, NewLink};
use crate::desk::{Act, DeskJob, DeskOutcome, DeskRequest, SendFault, SendJob};
use crate::view::{
    DeskFault, DeskPlace, DeskScreen, Field, FieldProblem, FieldValues, FileBytes, Form, FormStep, Lane, Password,
    RefusedReason, Saved, SentBy, TicketAction, WaitingState,
};
use beistand_protocol::desk::api::access::Profile;
use beistand_protocol::desk::api::my::{MyPage, MyTicket};
use beistand_protocol::desk::form::{Rules, validate};
use beistand_protocol::desk::ids::AttachmentId;

const PIN: &str = "4711 0815";

fn values(fields: &[(Field, &str)]) -> FieldValues {
    FieldValues(fields.iter().map(|(field, text)| (*field, (*text).to_owned())).collect())
}

fn incident() -> FieldValues {
    values(&[
        (Field::CustomerNumber, "10234"),
        (Field::ContactPerson, "Erika Muster"),
        (Field::Email, "erika@krume.example"),
        (Field::Phone, "+49 211 4711-23"),
        (Field::PreferredContact, "email"),
        (Field::RequestType, "incident"),
        (Field::Priority, "low"),
        (Field::Description, "Der Drucker druckt seit heute Morgen nicht."),
    ])
}

fn pin() -> Option<Password> {
    Some(Password::new(PIN.to_owned()))
}

impl Seat {
    fn at_desk(&mut self, request: DeskRequest) {
        self.ask(Request::Desk(request));
    }

    fn told(&mut self, outcome: DeskOutcome) {
        self.give(Event::Done(Outcome::Desk(outcome)));
    }

    fn desk_screen(&self) -> DeskScreen {
        match self.screen() {
            MainScreen::Desk { desk } => desk,
            other => panic!("{other:?}"),
        }
    }

    fn form(&self) -> Form {
        match self.desk_screen() {
            DeskScreen::Form(form) => *form,
            other => panic!("{other:?}"),
        }
    }

    fn waiting(&self) -> WaitingState {
        match self.desk_screen() {
            DeskScreen::Sending { item } => item.state,
            other => panic!("{other:?}"),
        }
    }

    /// The jobs of the desk since this was last asked.
    fn desk_jobs(&mut self) -> Vec<DeskJob> {
        let jobs = self.controller.platform.jobs.drain(..);
        jobs.filter_map(|job| if let Job::Desk(job) = job { Some(job) } else { None }).collect()
    }

    /// The attempts to send since this was last asked.
    fn sends(&mut self) -> Vec<SendJob> {
        let send = |job| if let DeskJob::Send(send) = job { Some(*send) } else { None };
        self.desk_jobs().into_iter().filter_map(send).collect()
    }

    /// Kills the app and starts it again over the same folder.
    fn restarted(self) -> Self {
        let mut seat = self.again();
        seat.give(Event::Started);
        seat
    }

    /// A form that is filled in and on its last page.
    fn checked() -> Self {
        let mut seat = Self::known();
        seat.give(Event::Started);
        seat.ask(Request::Go(Place::Report));
        seat.at_desk(DeskRequest::Save { values: incident(), pin: pin() });
        seat.at_desk(DeskRequest::Step { step: FormStep::Request, values: incident(), pin: None });
        seat.at_desk(DeskRequest::Step { step: FormStep::Check, values: incident(), pin: None });
        assert_eq!(seat.form().step, FormStep::Check, "{:?}", seat.form().errors);
        seat.desk_jobs();
        seat
    }

    /// The same, sent off, with the attempt that runs.
    fn sent_off() -> (Self, SendJob) {
        let mut seat = Self::checked();
        seat.at_desk(DeskRequest::Submit);
        let sent = seat.sends().pop().unwrap();
        (seat, sent)
    }

    fn linked() -> Self {
        let mut seat = Self::known();
        seat.give(Event::Started);
        seat.ask(Request::Go(Place::Tickets));
        seat.at_desk(DeskRequest::Go(DeskPlace::Link));
        seat.at_desk(DeskRequest::Link { code: Password::new("4711 0815 2342 471".into()) });
        assert!(matches!(seat.desk_screen(), DeskScreen::Link(link) if link.fault == Some(DeskFault::CodeWrong)));
        assert!(seat.desk_jobs().is_empty(), "a mistyped code is not used up");
        seat.links();
        seat
    }

    /// Types the code that the company gave.
    fn links(&mut self) {
        let code = (0..10).map(|last| format!("471108152342471{last}"));
        let fits = |code: &String| code.parse::<beistand_protocol::desk::code::LinkCode>().is_ok();
        self.at_desk(DeskRequest::Link { code: Password::new(code.into_iter().find(fits).unwrap()) });
        let jobs = self.desk_jobs();
        let [DeskJob::Link { serial, .. }] = jobs[..] else { panic!("{jobs:?}") };
        self.told(DeskOutcome::Linked { serial, result: Ok(NewLink { account: Box::new(profile()), unkept: None }) });
    }
}

fn profile() -> Profile {
    serde_json::from_value(serde_json::json!({
        "app": "00".repeat(16), "contact": "11".repeat(16), "name": "Erika Muster", "email": "erika@krume.example",
        "phone": "+49 211 4711", "language": "de", "customerNumber": "10234", "customerName": "Bäckerei Krume GmbH",
        "sees": "company", "rules": {"today": "2026-11-21", "bundesland": "BY", "workingDays": "monFri"},
    }))
    .unwrap()
}

fn ticket(seat: &Seat, state: &str) -> Box<MyTicket> {
    let draft = serde_json::from_value(serde_json::json!({
        "contactPerson": "Erika Muster", "email": "erika@krume.example", "phone": "+49 211 4711",
        "requestType": "incident", "description": "Der Drucker druckt nicht.",
    }));
    let rules: Rules =
        serde_json::from_value(serde_json::json!({"today": "2026-11-21", "bundesland": "BY", "workingDays": "monFri"}))
            .unwrap();
    let request = validate(&draft.unwrap(), rules).unwrap().request;
    let over = state == "closed";
    let _ = seat;
    Box::new(
        serde_json::from_value(serde_json::json!({
            "listed": {"number": number_of_a_ticket(), "title": request.title(), "requestType": "incident",
                "state": state, "severity": 3, "reference": null, "requester": "Erika Muster", "mine": true,
                "unread": true, "filedAt": "2026-11-20T08:00:00Z", "changedAt": "2026-11-20T09:00:00Z"},
            "version": 7, "request": request, "files": [], "technician": null, "visibility": "company",
            "dueOn": null, "reopenUntil": null, "timeline": [],
            "rights": {"write": true, "writingMakesNew": over, "withdraw": !over, "raise": !over,
                "raiseAgainAt": null, "confirm": false, "reopen": false},
        }))
        .unwrap(),
    )
}

fn number_of_a_ticket() -> String {
    beistand_protocol::desk::number::TicketNumber::from_stored(1_234_567).unwrap().to_string()
}

fn failed(fault: DeskFault, may_have_arrived: bool) -> SendFault {
    SendFault::Failed(Failure { may_have_arrived, ..Failure::waiting(fault) })
}

fn receipt() -> Arrived {
    Arrived { receipt: Some("4711 0815 2342".into()), ..Arrived::default() }
}

/// Every byte that the app has written down.
fn disk(seat: &Seat) -> String {
    fn walk(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, all);
            } else {
                all.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut all = String::new();
    walk(seat.controller.store.folder(), &mut all);
    all
}

#[test]
fn what_is_typed_survives_a_kill_at_once() {
    let mut seat = Seat::known();
    seat.ask(Request::Go(Place::Report));
    assert_eq!(seat.form().saved, Saved::Empty);
    let typed = values(&[(Field::RequestType, "other"), (Field::Concern, "Ich hät")]);
    seat.at_desk(DeskRequest::Save { values: typed.clone(), pin: pin() });
    assert_eq!(seat.form().saved, Saved::OnDisk);

    let mut seat = seat.restarted();
    seat.ask(Request::Go(Place::Report));
    let DeskScreen::Home(home) = seat.desk_screen() else { panic!() };
    let [draft] = &home.drafts[..] else { panic!("{home:?}") };
    assert_eq!(draft.words, "Ich hät");
    seat.at_desk(DeskRequest::OpenDraft(draft.id.clone()));
    assert_eq!(seat.form().values.get(Field::Concern), "Ich hät");
    assert!(!seat.form().pin_typed, "the PIN went with the app");
}

#[test]
fn a_form_that_was_only_looked_at_is_not_kept() {
    let mut seat = Seat::known();
    seat.ask(Request::Go(Place::Report));
    seat.at_desk(DeskRequest::Go(DeskPlace::Home));
    let DeskScreen::Home(home) = seat.desk_screen() else { panic!() };
    assert!(home.drafts.is_empty());
    assert!(!seat.controller.store.folder().join("desk").join("about.json").exists());
}

#[test]
fn nothing_goes_on_while_something_is_missing() {
    let mut seat = Seat::known();
    seat.ask(Request::Go(Place::Report));
    seat.at_desk(DeskRequest::Step { step: FormStep::Check, values: FieldValues::default(), pin: None });
    let form = seat.form();
    assert_eq!((form.step, form.attempt), (FormStep::General, 1));
    let missing: Vec<Field> = form.errors.iter().map(|error| error.field).collect();
    let general =
        [Field::CustomerNumber, Field::Pin, Field::ContactPerson, Field::Email, Field::Phone, Field::RequestType];
    assert_eq!(missing, general);
    assert!(form.errors.iter().all(|error| error.problem == FieldProblem::Missing));
    // What is mended is not held against anybody any more.
    seat.at_desk(DeskRequest::Save { values: values(&[(Field::ContactPerson, "Erika")]), pin: pin() });
    assert!(!seat.form().errors.iter().any(|error| [Field::ContactPerson, Field::Pin].contains(&error.field)));
    seat.at_desk(DeskRequest::Submit);
    assert!(seat.sends().is_empty());
}

#[test]
fn the_kind_of_request_decides_the_fields() {
    let mut seat = Seat::known();
    seat.ask(Request::Go(Place::Report));
    seat.at_desk(DeskRequest::Save { values: values(&[(Field::RequestType, "callBack")]), pin: None });
    assert_eq!(seat.form().values.get(Field::PreferredContact), "phone");
    let asked = |seat: &Seat| seat.form().request.iter().map(|field| field.field).collect::<Vec<_>>();
    assert!(asked(&seat).contains(&Field::WantedTime));
    let employee = [(Field::RequestType, "newEmployee"), (Field::StartDate, "1.1.2027")];
    seat.at_desk(DeskRequest::Save { values: values(&employee), pin: None });
    let fields = asked(&seat);
    assert!(fields.contains(&Field::StartDate));
    assert!(!fields.contains(&Field::Priority) && !fields.contains(&Field::Attachments));
    assert!(seat.form().start_guaranteed.is_some());
}

#[test]
fn the_pin_is_never_on_the_disk() {
    let (mut seat, sent) = Seat::sent_off();
    assert!(matches!(&sent.bearer, crate::desk::Bearer::Pin(Some(pin)) if pin.expose() == "47110815"));
    seat.told(DeskOutcome::Sent { serial: sent.serial, result: Err(failed(DeskFault::Offline, false)) });
    let kept = seat.desk_jobs();
    assert!(kept.iter().any(|job| matches!(job, DeskJob::KeepPin { .. })), "it waits in the keyring");
    let disk = disk(&seat);
    assert!(disk.contains("10234"), "the request is there");
    for pin in [PIN, "47110815", "4711"] {
        assert!(!disk.contains(&format!("\"{pin}\"")) && !disk.contains("47110815"), "{pin}");
    }
    assert!(!format!("{kept:?} {sent:?}").contains("47110815"), "nor where it could be logged");
}

#[test]
fn what_waits_goes_out_by_itself_with_the_same_key() {
    let (mut seat, first) = Seat::sent_off();
    assert_eq!(seat.waiting(), WaitingState::Sending { percent: 0 });
    seat.told(DeskOutcome::Sent { serial: first.serial, result: Err(failed(DeskFault::Offline, true)) });
    assert_eq!(seat.waiting(), WaitingState::Waits { fault: DeskFault::Offline, again_seconds: 5 });
    seat.pass(4 * SECOND);
    assert!(seat.sends().is_empty());
    seat.pass(SECOND);
    let second = seat.sends().pop().unwrap();
    assert_eq!(second.key, first.key);

    // Killed in the middle of the second attempt.
    let mut seat = seat.restarted();
    let third = seat.sends().pop().unwrap();
    assert_eq!(third.key, first.key);
    assert!(third.content == first.content);
    assert!(matches!(third.bearer, crate::desk::Bearer::Pin(None)), "out of the keyring");
    seat.told(DeskOutcome::Sent { serial: third.serial, result: Ok(receipt()) });
    seat.pass(1000 * SECOND);
    assert!(seat.sends().is_empty(), "it arrived once, and that is that");
    let mut seat = seat.restarted();
    assert!(seat.sends().is_empty());
    seat.ask(Request::Go(Place::Report));
    let DeskScreen::Home(home) = seat.desk_screen() else { panic!() };
    assert_eq!(home.sent[0].by, SentBy::Receipt { receipt: "4711 0815 2342".into() });
}

#[test]
fn a_locked_keyring_asks_its_person() {
    let (seat, _) = Seat::sent_off();
    let mut seat = seat.restarted();
    let sent = seat.sends().pop().unwrap();
    let fault = Some(DeskFault::KeyringLocked);
    seat.told(DeskOutcome::Sent { serial: sent.serial, result: Err(SendFault::NeedsPin(fault)) });
    seat.pass(1000 * SECOND);
    assert!(seat.sends().is_empty());
    seat.at_desk(DeskRequest::OpenSent(sent.id.clone()));
    assert_eq!(seat.waiting(), WaitingState::NeedsPin { fault });
    seat.at_desk(DeskRequest::GivePin { id: sent.id.clone(), pin: Password::new(PIN.into()) });
    let again = seat.sends().pop().unwrap();
    assert_eq!(again.key, sent.key);
    assert!(matches!(again.bearer, crate::desk::Bearer::Pin(Some(_))));
}

#[test]
fn a_changed_version_of_what_may_have_arrived_keeps_its_key() {
    let (mut seat, first) = Seat::sent_off();
    seat.told(DeskOutcome::Sent { serial: first.serial, result: Err(failed(DeskFault::Offline, true)) });
    seat.at_desk(DeskRequest::Recall(first.id.clone()));
    let mut changed = incident();
    changed.0.insert(Field::Description, "Der Drucker druckt wieder, aber schief.".into());
    for step in [FormStep::Request, FormStep::Check] {
        seat.at_desk(DeskRequest::Step { step, values: changed.clone(), pin: None });
    }
    seat.at_desk(DeskRequest::Submit);
    let second = seat.sends().pop().unwrap();
    assert_eq!(second.key, first.key, "the desk must be able to tell");
    let reused = SendFault::Failed(Failure { later: false, ..Failure::waiting(DeskFault::AlreadySent) });
    seat.told(DeskOutcome::Sent { serial: second.serial, result: Err(reused) });
    assert_eq!(seat.waiting(), WaitingState::AlreadySent);
    seat.pass(1000 * SECOND);
    assert!(seat.sends().is_empty());
    // Only its person makes a second one of it.
    seat.at_desk(DeskRequest::SendAsNew(first.id.clone()));
    assert_ne!(seat.sends().pop().unwrap().key, first.key);
}

#[test]
fn what_certainly_did_not_arrive_gets_a_key_of_its_own_next_time() {
    let (mut seat, first) = Seat::sent_off();
    seat.told(DeskOutcome::Sent { serial: first.serial, result: Err(failed(DeskFault::Offline, false)) });
    seat.at_desk(DeskRequest::Recall(first.id.clone()));
    assert_eq!(seat.form().values.get(Field::Description), incident().get(Field::Description));
    seat.at_desk(DeskRequest::Step { step: FormStep::Check, values: incident(), pin: None });
    seat.at_desk(DeskRequest::Submit);
    assert_ne!(seat.sends().pop().unwrap().key, first.key);
}

#[test]
fn recalled_while_it_is_sent_may_have_arrived() {
    let (mut seat, first) = Seat::sent_off();
    seat.at_desk(DeskRequest::Recall(first.id.clone()));
    // Its answer comes too late and is of nobody.
    seat.told(DeskOutcome::Sent { serial: first.serial, result: Ok(receipt()) });
    assert_eq!(seat.form().step, FormStep::General);
    seat.at_desk(DeskRequest::Step { step: FormStep::Check, values: incident(), pin: None });
    seat.at_desk(DeskRequest::Submit);
    assert_eq!(seat.sends().pop().unwrap().key, first.key);
}

#[test]
fn files_are_looked_at_kept_and_uploaded_once() {
    let mut seat = Seat::checked();
    seat.at_desk(DeskRequest::Step { step: FormStep::Request, values: incident(), pin: None });
    let attach = |seat: &mut Seat, name: &str, bytes: &[u8]| {
        seat.at_desk(DeskRequest::Attach { name: name.into(), bytes: FileBytes::of(bytes) });
    };
    attach(&mut seat, "../Bild.png", b"\x89PNG\r\n\x1a\n...");
    attach(&mut seat, "Brief.docx", b"PK\x03\x04 [Content_Types].xml");
    let form = seat.form();
    assert_eq!(form.attachments.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["Bild.png"]);
    assert_eq!(form.refused[0].reason, RefusedReason::Office);
    for index in 0..5 {
        attach(&mut seat, &format!("{index}.txt"), b"text");
    }
    assert_eq!((seat.form().attachments.len(), seat.form().refused[1].reason), (5, RefusedReason::TooMany));
    let last = seat.form().attachments[4].id.clone();
    seat.at_desk(DeskRequest::Detach(last));

    seat.at_desk(DeskRequest::Step { step: FormStep::Check, values: incident(), pin: None });
    seat.at_desk(DeskRequest::Submit);
    let first = seat.sends().pop().unwrap();
    assert_eq!(first.files.len(), 4);
    assert!(first.files.iter().all(|(file, path)| file.uploaded.is_none() && path.exists()));
    let (file, id) = (first.files[0].0.id.clone(), AttachmentId::new([7; 16]));
    seat.told(DeskOutcome::Progress { serial: first.serial, percent: 30 });
    assert_eq!(seat.waiting(), WaitingState::Sending { percent: 30 });
    seat.told(DeskOutcome::Uploaded { serial: first.serial, file, id });
    let mut seat = seat.restarted();
    let second = seat.sends().pop().unwrap();
    assert_eq!(second.files[0].0.uploaded, Some(id), "it is there already");
}

#[test]
fn a_file_that_the_desk_refuses_is_named_before_anything_is_filed() {
    let mut seat = Seat::checked();
    seat.at_desk(DeskRequest::Step { step: FormStep::Request, values: incident(), pin: None });
    seat.at_desk(DeskRequest::Attach { name: "a.png".into(), bytes: FileBytes::of(b"\x89PNG\r\n\x1a\n...") });
    seat.at_desk(DeskRequest::Step { step: FormStep::Check, values: incident(), pin: None });
    seat.at_desk(DeskRequest::Submit);
    let sent = seat.sends().pop().unwrap();
    let (file, reason) = (sent.files[0].0.id.clone(), RefusedReason::Unreadable);
    seat.told(DeskOutcome::Sent { serial: sent.serial, result: Err(SendFault::File { file, reason }) });
    let form = seat.form();
    assert_eq!((form.step, form.attachments.len()), (FormStep::Check, 0));
    assert_eq!((form.refused[0].name.as_str(), form.refused[0].reason), ("a.png", reason));
    seat.pass(1000 * SECOND);
    assert!(seat.sends().is_empty(), "its person decides");
}

#[test]
fn a_picture_of_the_screen_comes_back_to_the_form_it_was_for() {
    let mut seat = Seat::checked();
    seat.at_desk(DeskRequest::Step { step: FormStep::Request, values: incident(), pin: None });
    seat.at_desk(DeskRequest::TakePicture);
    let jobs = seat.desk_jobs();
    let [DeskJob::TakePicture { serial }] = jobs[..] else { panic!("{jobs:?}") };
    seat.controller.platform.shown.clear();
    seat.told(DeskOutcome::Picture { serial, taken: true });
    assert_eq!(seat.controller.platform.shown, [Window::Main]);
    assert_eq!(seat.desk_screen(), DeskScreen::Picture);
    seat.at_desk(DeskRequest::KeepPicture(FileBytes::of(b"\x89PNG\r\n\x1a\n...")));
    assert!(matches!(seat.desk_jobs()[..], [DeskJob::DropPicture]), "only the result is left");
    assert_eq!(seat.form().attachments.len(), 1);
    seat.at_desk(DeskRequest::TakePicture);
    let jobs = seat.desk_jobs();
    let [DeskJob::TakePicture { serial }] = jobs[..] else { panic!("{jobs:?}") };
    seat.told(DeskOutcome::Picture { serial, taken: false });
    assert_eq!(seat.form().fault, Some(DeskFault::NoPicture));
}

#[test]
fn forgetting_leaves_nothing_of_the_desk() {
    let (mut seat, sent) = Seat::sent_off();
    seat.told(DeskOutcome::Sent { serial: sent.serial, result: Err(failed(DeskFault::Offline, false)) });
    seat.desk_jobs();
    seat.ask(Request::Go(Place::Settings));
    seat.ask(Request::ForgetEverything);
    assert!(seat.desk_jobs().iter().any(|job| matches!(job, DeskJob::ForgetPin { .. })));
    assert!(!seat.controller.store.folder().join("desk").exists());
    seat.pass(1000 * SECOND);
    assert!(seat.sends().is_empty());
}

#[test]
fn the_desk_waits_for_the_end_of_a_session_and_files_about_it() {
    let mut seat = Seat::active();
    seat.at_desk(DeskRequest::New);
    assert!(matches!(seat.screen(), MainScreen::InSession { .. }));
    seat.stopped(CloseReason::Stopped);
    seat.ask(Request::Go(Place::Report));
    let form = seat.form();
    assert!(form.values.get(Field::Description).contains("Anna Weber"), "{:?}", form.values.get(Field::Description));
}
