#![allow(clippy::wildcard_enum_match_arm)]

use super::*;
use crate::heartbeat::PATIENCE;
use crate::input::{Button, Dropped};
use crate::message::{Answer, VERSION};
use crate::number::Slot;
use crate::resume::RESUME_WITHIN;
use crate::role::Role;
use crate::secret::Secret;
use crate::technician::{self, Technician};
use rand_core_06::OsRng;

const T0: Moment = Moment::at(Duration::from_secs(1000));
const SHARE: Share = Share::All;

fn after(seconds: u64) -> Moment {
    T0 + Duration::from_secs(seconds)
}

fn context(role: Role) -> Context {
    let issuer = Role::Technician;
    Context { role, issuer, slot: Slot::new(47).unwrap(), domain: "help.example".into(), root: [7; 32] }
}

fn anna() -> TechnicianName {
    TechnicianName { name: "Anna Weber".parse().unwrap(), company: "Musterfirma GmbH".parse().unwrap() }
}

/// Both ends, and what the customer's end did so far.
struct Both {
    customer: Option<Customer>,
    technician: Option<Technician>,
    done: Vec<Action>,
}

impl Both {
    fn meet(customer_digits: [u8; 6], technician_digits: [u8; 6]) -> Self {
        let exporter = || Secret::new([3; 32]);
        let settings = [(Permission::Control, Setting::On)];
        let customer =
            Customer::begin(context(Role::Customer), Secret::new(customer_digits), exporter(), &settings, T0, OsRng);
        let technician =
            Technician::begin(context(Role::Technician), Secret::new(technician_digits), exporter(), T0, OsRng);
        let mut both = Self { customer: None, technician: None, done: Vec::new() };
        both.technician = Some(technician.next);
        both.customer_step(T0, customer);
        for action in technician.actions {
            both.technician_action(T0, action);
        }
        both
    }

    fn customer_step(&mut self, now: Moment, step: Step) {
        self.customer = Some(step.next);
        for action in step.actions {
            if let Action::Send(message) = &action {
                self.technician(now, technician::Event::Peer(message.clone()));
            }
            let follow = matches!(action, Action::CheckIdentity { .. });
            self.done.push(action);
            if follow {
                let step = self.customer.take().unwrap().handle(now, Event::IdentityChecked(Ok(anna())));
                self.customer_step(now, step);
            }
        }
    }

    fn technician(&mut self, now: Moment, event: technician::Event) {
        let Some(technician) = self.technician.take() else { return };
        let step = technician.handle(now, event);
        self.technician = Some(step.next);
        for action in step.actions {
            self.technician_action(now, action);
        }
    }

    fn technician_action(&mut self, now: Moment, action: technician::Action) {
        match action {
            technician::Action::Send(message) if self.customer.is_some() => {
                let step = self.customer.take().unwrap().handle(now, Event::Peer(message));
                self.customer_step(now, step);
            }
            technician::Action::Sign(_) => {
                self.technician(now, technician::Event::Signed { chain: vec![], signature: vec![] });
            }
            technician::Action::Close(_) if self.customer.is_some() => {
                let step = self.customer.take().unwrap().handle(now, Event::LineEnded(CloseReason::EndedByTechnician));
                self.customer_step(now, step);
            }
            _ => {}
        }
    }
}

fn asking() -> Customer {
    let both = Both::meet([1; 6], [1; 6]);
    assert!(both.done.iter().any(|action| matches!(action, Action::AskWhoIsThere { .. })));
    both.customer.unwrap()
}

/// A customer whose session runs, without a technician's end that answers.
fn active() -> Customer {
    let step = asking().handle(T0, Event::Accept(SHARE));
    assert!(matches!(step.next, Customer::Active(_)));
    step.next
}

/// The technician's end is there all the time.
fn heard(customer: &mut Customer, seconds: core::ops::Range<u64>) {
    for second in seconds.step_by(5) {
        step(customer, after(second), Event::Peer(ToCustomer::Pong(9)));
    }
}

fn step(customer: &mut Customer, now: Moment, event: Event) -> Vec<Action> {
    let closed = Customer::Closed(CloseReason::WorkerFailed);
    let step = std::mem::replace(customer, closed).handle(now, event);
    *customer = step.next;
    step.actions
}

fn set(permission: Permission, setting: Setting) -> Event {
    Event::Set { permission, setting }
}

fn click(epoch: Epoch) -> Event {
    let input = Input::Button { button: Button::Left, pressed: true };
    Event::Peer(ToCustomer::Input { epoch, number: 7, input })
}

fn ask(permission: Permission) -> Event {
    let reason = Reason::try_from("Ich stelle den Drucker ein".to_owned()).unwrap();
    Event::Peer(ToCustomer::Ask { permission, reason })
}

fn with_control() -> (Customer, Epoch) {
    let mut customer = active();
    step(&mut customer, T0, set(Permission::Control, Setting::On));
    let epoch = customer.grants().live(Permission::Control).unwrap();
    (customer, epoch)
}

fn closes_first_of_all(actions: &[Action]) -> bool {
    actions.first() == Some(&Action::Gate(Grants::default())) && matches!(actions.last(), Some(Action::Close(_)))
}

#[test]
fn a_session_starts_with_the_screen_alone_whatever_the_settings_say() {
    let customer = asking();
    assert_eq!(customer.grants(), Grants::default());
    let step = customer.handle(T0, Event::Accept(SHARE));
    let grants = step.next.grants();
    for permission in Permission::ALL {
        assert_eq!(grants.live(permission).is_some(), permission == Permission::SeeScreen, "{permission:?}");
    }
    let epoch = grants.live(Permission::SeeScreen).unwrap();
    assert_eq!(
        step.actions,
        [
            Action::Gate(grants.clone()),
            Action::Send(ToTechnician::Grants(grants)),
            Action::Began,
            Action::StartPicture { share: SHARE, epoch },
        ]
    );
}

#[test]
fn other_digits_end_both_ends_without_a_name() {
    let both = Both::meet([1; 6], [2; 6]);
    assert!(matches!(both.customer, Some(Customer::Closed(CloseReason::ConfirmationFailed))));
    assert!(matches!(both.technician, Some(Technician::Closed(CloseReason::ConfirmationFailed))));
    assert!(
        !both.done.iter().any(|action| matches!(action, Action::CheckIdentity { .. } | Action::AskWhoIsThere { .. }))
    );
}

#[test]
fn no_answer_and_no_mean_no() {
    for (event, at, reason) in [
        (Event::Refuse, T0, CloseReason::Refused),
        (Event::Tick, after(180), CloseReason::ConsentTimedOut),
        (Event::LineEnded(CloseReason::PeerGone), T0, CloseReason::PeerGone),
        (Event::Peer(ToCustomer::End), T0, CloseReason::EndedByTechnician),
    ] {
        let step = asking().handle(at, event);
        assert!(matches!(step.next, Customer::Closed(closed) if closed == reason));
        assert!(closes_first_of_all(&step.actions));
    }
}

#[test]
fn a_technician_who_speaks_too_early_is_out() {
    for event in [click(Epoch::new(1)), ask(Permission::Control), Event::Peer(ToCustomer::NeedWholeFrame)] {
        let step = asking().handle(T0, event);
        assert!(matches!(step.next, Customer::Closed(CloseReason::PeerMisbehaved)));
    }
}

#[test]
fn input_passes_only_under_the_live_epoch_of_control() {
    let mut customer = active();
    let refused = |why| vec![Action::Send(ToTechnician::Dropped { number: 7, why })];
    for epoch in 0..3 {
        assert_eq!(step(&mut customer, T0, click(Epoch::new(epoch))), refused(Dropped::NoConsent));
    }
    let (mut customer, epoch) = with_control();
    assert!(matches!(step(&mut customer, T0, click(epoch))[..], [Action::Inject { .. }]));
    let revoked = step(&mut customer, T0, set(Permission::Control, Setting::Ask));
    assert_eq!(revoked[0], Action::Gate(customer.grants()));
    assert_eq!(revoked[1], Action::ReleaseInput);
    assert_eq!(step(&mut customer, T0, click(epoch)), refused(Dropped::NoConsent));
    step(&mut customer, T0, set(Permission::Control, Setting::On));
    assert_eq!(step(&mut customer, T0, click(epoch)), refused(Dropped::NoConsent), "an older epoch");
}

#[test]
fn hiding_the_screen_takes_the_hands_off_too() {
    let (mut customer, _) = with_control();
    let actions = step(&mut customer, T0, set(Permission::SeeScreen, Setting::Off));
    let grants = customer.grants();
    assert_eq!(grants.live(Permission::Control), None);
    let told = Action::Send(ToTechnician::Grants(grants.clone()));
    assert_eq!(actions, [Action::Gate(grants), Action::ReleaseInput, told]);
    assert!(step(&mut customer, T0, set(Permission::Control, Setting::On)).is_empty(), "blind control");
}

#[test]
fn allowing_a_question_starts_a_new_epoch() {
    let (mut customer, epoch) = with_control();
    step(&mut customer, T0, set(Permission::Control, Setting::Ask));
    let asked = step(&mut customer, T0, ask(Permission::Control));
    let [Action::Ask { question, .. }] = asked[..] else { panic!("{asked:?}") };
    let answered = step(&mut customer, after(1), Event::Answer { question, allow: true });
    assert!(answered.contains(&Action::Answered { question, allowed: true }));
    let fresh = customer.grants().live(Permission::Control).unwrap();
    assert_ne!(fresh, epoch);
    assert!(matches!(step(&mut customer, after(1), click(fresh))[..], [Action::Inject { .. }]));
}

#[test]
fn questions_come_one_at_a_time_and_not_again_within_a_minute() {
    let mut customer = active();
    let settled = |permission, answer| vec![Action::Send(ToTechnician::Answer { permission, answer })];
    let control = Permission::Control;
    let asked = step(&mut customer, T0, ask(control));
    let Some(Action::Ask { question, .. }) = asked.last() else { panic!("{asked:?}") };
    let question = *question;
    assert_eq!(step(&mut customer, T0, ask(control)), settled(control, Answer::TooSoon));
    heard(&mut customer, 0..30);
    let refused = step(&mut customer, after(30), Event::Answer { question, allow: false });
    assert!(refused.contains(&Action::Send(ToTechnician::Answer { permission: control, answer: Answer::Refused })));
    heard(&mut customer, 30..91);
    assert_eq!(step(&mut customer, after(89), ask(control)), settled(control, Answer::TooSoon));
    assert!(matches!(step(&mut customer, after(91), ask(control)).last(), Some(Action::Ask { .. })));
    assert_eq!(
        step(&mut customer, after(91), ask(Permission::SeeScreen)),
        settled(Permission::SeeScreen, Answer::Allowed)
    );
    let files = Permission::SendFiles;
    assert_eq!(step(&mut customer, after(91), ask(files)), settled(files, Answer::NotOffered));
    step(&mut customer, after(91), set(control, Setting::Off));
    heard(&mut customer, 91..200);
    assert_eq!(step(&mut customer, after(200), ask(control)), settled(control, Answer::NotOffered));
}

#[test]
fn a_question_without_an_answer_is_a_no_and_has_more_time_on_demand() {
    let mut customer = active();
    let asked = step(&mut customer, T0, ask(Permission::Control));
    let Some(Action::Ask { question, stands_for, .. }) = asked.last() else { panic!("{asked:?}") };
    let (question, stands_for) = (*question, *stands_for);
    let prolonged = Action::Prolonged { question: Some(question), stands_for };
    heard(&mut customer, 0..30);
    assert_eq!(step(&mut customer, after(30), Event::MoreTime), [prolonged]);
    heard(&mut customer, 30..61);
    assert!(!step(&mut customer, after(61), Event::Tick).contains(&Action::Answered { question, allowed: false }));
    heard(&mut customer, 61..90);
    let expired = step(&mut customer, T0 + Duration::from_secs(30) + stands_for, Event::Tick);
    assert!(expired.contains(&Action::Answered { question, allowed: false }));
    assert_eq!(customer.grants().live(Permission::Control), None);
    let late = step(&mut customer, after(91), Event::Answer { question, allow: true });
    assert!(late.is_empty(), "an answer after the end of the question: {late:?}");
}

#[test]
fn standing_still_stops_picture_and_hands_and_going_on_asks_nobody() {
    let (mut customer, epoch) = with_control();
    let held = step(&mut customer, T0, Event::Pause(Some(Pause::PanelHidden)));
    let Some(Action::Gate(effective)) = held.first() else { panic!("{held:?}") };
    assert_eq!(effective.live(Permission::SeeScreen), None);
    assert_eq!(effective.live(Permission::Control), None);
    assert!(held.contains(&Action::ReleaseInput));
    let resumed = step(&mut customer, after(1), Event::Pause(None));
    assert!(resumed.iter().any(|action| matches!(action, Action::StartPicture { .. })));
    assert!(matches!(step(&mut customer, after(1), click(epoch))[..], [Action::Inject { .. }]));
}

#[test]
fn control_has_to_be_asked_for_again_after_half_an_hour() {
    let (mut customer, _) = with_control();
    let half_an_hour = 30 * 60;
    for second in (0..half_an_hour).step_by(5) {
        step(&mut customer, after(second), Event::Peer(ToCustomer::Ping(1)));
        step(&mut customer, after(second), Event::Tick);
        assert!(customer.grants().live(Permission::Control).is_some());
    }
    let actions = step(&mut customer, after(half_an_hour), Event::Tick);
    assert_eq!(customer.grants().setting(Permission::Control), Setting::Ask);
    assert!(actions.contains(&Action::ReleaseInput));
    // So that nobody takes it for the customer's doing.
    let (permission, why) = (Permission::Control, Withdrawal::TimeIsUp);
    assert!(actions.contains(&Action::Withdrawn { permission, why }));
}

#[test]
fn every_end_closes_the_gate_first_and_nothing_follows_it() {
    for (event, reason) in [
        (Event::Peer(ToCustomer::End), CloseReason::EndedByTechnician),
        (Event::LineEnded(CloseReason::TechnicianDisabled), CloseReason::TechnicianDisabled),
        (Event::Finish(CloseReason::EndedByCustomer), CloseReason::EndedByCustomer),
        (Event::Peer(ToCustomer::Confirmation(confirmation())), CloseReason::PeerMisbehaved),
    ] {
        let (mut customer, epoch) = with_control();
        let actions = step(&mut customer, T0, event);
        assert!(closes_first_of_all(&actions));
        assert!(matches!(customer, Customer::Closed(closed) if closed == reason));
        for event in [click(epoch), ask(Permission::Control), set(Permission::Control, Setting::On), Event::Tick] {
            assert!(step(&mut customer, after(1), event).is_empty());
        }
        assert_eq!(customer.deadline(), None);
    }
}

#[test]
fn a_silent_technician_is_waited_for_and_an_early_tick_does_nothing() {
    let mut customer = active();
    assert!(matches!(step(&mut customer, T0, Event::Tick)[..], [Action::Send(ToTechnician::Ping(_))]));
    assert!(step(&mut customer, T0, Event::Tick).is_empty());
    let broken = step(&mut customer, T0 + PATIENCE, Event::Tick);
    assert!(broken.contains(&Action::LineBroke { comes_back_within: RESUME_WITHIN - PATIENCE }));
    step(&mut customer, T0 + RESUME_WITHIN, Event::Tick);
    assert!(matches!(customer, Customer::Closed(CloseReason::NetworkLost)));
}

fn confirmation() -> crate::handshake::Confirmation {
    postcard::from_bytes(&[0; 32]).unwrap()
}

mod line;
mod show;
mod time;
