//! The line breaks, and somebody comes back: the technician's end, or anybody.

mod again;

use super::*;
use crate::handshake::Exporter;
use crate::picture::Shown;
use crate::resume::RESUME_WITHIN;
use crate::technician::{self, Technician};

/// Both machines in a session with control, and what each wants done.
struct Call {
    customer: Customer,
    technician: Technician,
    now: Moment,
    /// How often the technician's end has found the customer's again.
    back: u32,
}

fn channel(seed: u8) -> Exporter {
    Secret::new([seed; 32])
}

const BROKEN: Event = Event::LineEnded(CloseReason::NetworkLost);

impl Call {
    fn active() -> Self {
        let both = Both::meet([1; 6], [1; 6]);
        let mut call =
            Self { customer: both.customer.unwrap(), technician: both.technician.unwrap(), now: T0, back: 0 };
        call.customer(Event::Accept(SHARE));
        call.customer(set(Permission::Control, Setting::On));
        assert!(call.customer.grants().live(Permission::Control).is_some());
        call
    }

    /// An event at the customer's end; what it says arrives at the technician's.
    fn customer(&mut self, event: Event) -> Vec<Action> {
        let actions = step(&mut self.customer, self.now, event);
        for action in &actions {
            if let Action::Send(message) = action {
                self.technician(technician::Event::Peer(message.clone()));
            }
        }
        actions
    }

    /// The same at the technician's end.
    fn technician(&mut self, event: technician::Event) -> Vec<technician::Action> {
        let closed = Technician::Closed(CloseReason::WorkerFailed);
        let step = std::mem::replace(&mut self.technician, closed).handle(self.now, event);
        self.technician = step.next;
        for action in &step.actions {
            self.back += u32::from(matches!(action, technician::Action::LineBack));
            if let technician::Action::Send(message) = action {
                self.customer(Event::Peer(message.clone()));
            }
        }
        step.actions
    }

    fn breaks(&mut self) {
        self.customer(BROKEN);
        self.technician(technician::Event::LineEnded(CloseReason::PeerGone));
    }

    /// Both reach each other on a new channel. The customer's end is there first. Answers whether they go on.
    fn meets(&mut self, seed: u8) -> bool {
        let before = self.back;
        assert!(self.customer(Event::LineOpen(channel(seed))).is_empty());
        self.technician(technician::Event::LineOpen(channel(seed)));
        self.back == before + 1
    }

    fn is_broken(&mut self) -> bool {
        let before = matches!(self.customer, Customer::Active(_));
        before && self.customer(click(Epoch::new(9))).iter().all(|action| matches!(action, Action::HangUp))
    }
}

#[test]
fn a_broken_line_stops_everything_and_says_so_to_nobody_but_the_customer() {
    let mut call = Call::active();
    call.customer(ask(Permission::SendFiles));
    let actions = call.customer(BROKEN);
    let Some(Action::Gate(gate)) = actions.first() else { panic!("{actions:?}") };
    assert_eq!((gate.live(Permission::SeeScreen), gate.live(Permission::Control)), (None, None));
    assert_eq!(actions[1], Action::ReleaseInput);
    assert!(actions.contains(&Action::LineBroke { comes_back_within: RESUME_WITHIN }));
    let withdrawn = Action::Withdrawn { permission: Permission::Control, why: Withdrawal::LineBroke };
    assert!(actions.contains(&withdrawn));
    assert!(!actions.iter().any(|action| matches!(action, Action::Send(_))), "said to nobody");
    // It is not the customer's doing that *see the screen* is not in force.
    assert!(call.customer.grants().live(Permission::SeeScreen).is_some());
}

#[test]
fn a_question_does_not_outlive_the_line_and_can_be_asked_again_at_once() {
    let mut call = Call::active();
    call.customer(set(Permission::Control, Setting::Ask));
    let asked = call.customer(ask(Permission::Control));
    let Some(Action::Ask { question, .. }) = asked.last() else { panic!("{asked:?}") };
    let question = *question;
    assert!(call.customer(BROKEN).contains(&Action::Answered { question, allowed: false }));
    call.technician(technician::Event::LineEnded(CloseReason::NetworkLost));
    assert!(call.customer(Event::Answer { question, allow: true }).is_empty());
    call.meets(2);
    assert!(matches!(call.customer(ask(Permission::Control)).last(), Some(Action::Ask { .. })));
}

#[test]
fn the_two_come_back_and_the_picture_begins_anew_while_control_has_to_be_asked_for() {
    let mut call = Call::active();
    let before = call.customer.grants();
    for round in 2..5 {
        call.breaks();
        assert!(call.meets(round));
        let grants = call.customer.grants();
        assert!(grants.live(Permission::SeeScreen) > before.live(Permission::SeeScreen), "a new epoch");
        assert_eq!(grants.setting(Permission::Control), Setting::Ask);
        // What was queued under the old grant is dead.
        let old = before.live(Permission::Control).unwrap();
        let why = Dropped::NoConsent;
        assert_eq!(call.customer(click(old)), [Action::Send(ToTechnician::Dropped { number: 7, why })]);
        call.now = call.now + Duration::from_secs(1);
    }
    call.customer(set(Permission::Control, Setting::On));
    let input = crate::input::Input::PointerTo { x: 1, y: 1 };
    let sent = call.technician(technician::Event::Input(input));
    assert!(matches!(sent[..], [technician::Action::Send(ToCustomer::Input { .. })]), "{sent:?}");
}

#[test]
fn who_comes_back_is_told_how_things_are() {
    let mut call = Call::active();
    call.breaks();
    // Meanwhile the customer hides the screen and the panel is covered.
    call.customer(set(Permission::SeeScreen, Setting::Off));
    call.customer(Event::Pause(Some(Pause::PanelHidden)));
    assert!(call.customer(Event::LineOpen(channel(2))).is_empty());
    let closed = Technician::Closed(CloseReason::WorkerFailed);
    let told = std::mem::replace(&mut call.technician, closed).handle(T0, technician::Event::LineOpen(channel(2)));
    let technician::Action::Send(proofs) = &told.actions[0] else { panic!("{:?}", told.actions) };
    let answer = step(&mut call.customer, T0, Event::Peer(proofs.clone()));
    assert!(matches!(answer[..], [Action::Send(ToTechnician::Resume(_))]), "{answer:?}");
    let back = step(&mut call.customer, T0, Event::Peer(ToCustomer::Resumed));
    assert!(!back.iter().any(|action| matches!(action, Action::StartPicture { .. })), "hidden: {back:?}");
    assert!(back.contains(&Action::LineBack));
    assert!(back.contains(&Action::Send(ToTechnician::Grants(call.customer.grants()))));
    assert!(back.contains(&Action::Send(ToTechnician::Paused(Some(Pause::PanelHidden)))));
}

/// Whatever somebody says who has not proven the key: they are hung up on, and the session waits on.
#[test]
fn a_stranger_neither_ends_nor_resumes_the_session() {
    let foreign = || {
        // Another session's end, and this session's on another channel.
        let mut other = Call::active();
        other.breaks();
        let other = other.technician(technician::Event::LineOpen(channel(7)));
        let technician::Action::Send(message) = other[0].clone_send() else { panic!("no proof") };
        message
    };
    let mut call = Call::active();
    call.breaks();
    let closed = Technician::Closed(CloseReason::WorkerFailed);
    let own = std::mem::replace(&mut call.technician, closed).handle(T0, technician::Event::LineOpen(channel(8)));
    let technician::Action::Send(of_channel_eight) = own.actions[0].clone_send() else { panic!("no proof") };
    let attempts = [
        ToCustomer::End,
        ToCustomer::Resumed,
        ToCustomer::Ping(1),
        ToCustomer::NeedWholeFrame,
        ToCustomer::Shown(Shown { sequence: 1, stream: 1 }),
        foreign(),
        of_channel_eight.clone(),
    ];
    for message in attempts {
        assert!(call.customer(Event::LineOpen(channel(7))).is_empty());
        assert_eq!(step(&mut call.customer, T0, Event::Peer(message)), [Action::HangUp]);
        assert!(call.is_broken());
    }
    // Input, questions and an end by whoever hangs up first.
    for event in [click(Epoch::new(1)), ask(Permission::Control), Event::LineEnded(CloseReason::EndedByTechnician)] {
        call.customer(Event::LineOpen(channel(7)));
        assert_eq!(call.customer(event), [Action::HangUp]);
    }
    // The technician's end is still welcome, on the channel that it proved itself on.
    call.customer(Event::LineOpen(channel(8)));
    let answer = step(&mut call.customer, T0, Event::Peer(of_channel_eight.clone()));
    assert!(matches!(answer[..], [Action::Send(ToTechnician::Resume(_))]), "{answer:?}");
    assert!(step(&mut call.customer, T0, Event::Peer(ToCustomer::Resumed)).contains(&Action::LineBack));
    // And what it proved itself with is worth nothing any more, not even on that channel.
    step(&mut call.customer, T0, BROKEN);
    step(&mut call.customer, T0, Event::LineOpen(channel(8)));
    assert_eq!(step(&mut call.customer, T0, Event::Peer(of_channel_eight)), [Action::HangUp]);
}

/// The same from the technician's side: a stranger in the customer's place.
#[test]
fn a_technician_is_not_taken_in_by_a_stranger() {
    let mut call = Call::active();
    call.breaks();
    let proofs = |call: &mut Call| {
        let closed = Technician::Closed(CloseReason::WorkerFailed);
        let step = std::mem::replace(&mut call.technician, closed).handle(T0, technician::Event::LineOpen(channel(7)));
        call.technician = step.next;
        let technician::Action::Send(message) = step.actions[0].clone_send() else { panic!("no proof") };
        message
    };
    let hear = |call: &mut Call, message| {
        let closed = Technician::Closed(CloseReason::WorkerFailed);
        let step = std::mem::replace(&mut call.technician, closed).handle(T0, technician::Event::Peer(message));
        call.technician = step.next;
        step.actions
    };
    let ToCustomer::Resume(sent) = proofs(&mut call) else { panic!("no proof") };
    // Its own proof sent back to it.
    let bytes = postcard::to_stdvec(&sent).unwrap();
    let reflected = ToTechnician::Resume(postcard::from_bytes(&bytes[..32]).unwrap());
    let strangers = [
        reflected,
        ToTechnician::Resume(postcard::from_bytes(&[0; 32]).unwrap()),
        ToTechnician::Ended(CloseReason::Stopped),
        ToTechnician::Grants(call.customer.grants()),
        ToTechnician::Ping(1),
    ];
    for message in strangers {
        assert_eq!(hear(&mut call, message), [technician::Action::HangUp]);
        proofs(&mut call);
    }
    // Nothing is sent to a stranger but proofs.
    let input = crate::input::Input::PointerTo { x: 1, y: 1 };
    assert!(call.technician(technician::Event::Input(input)).is_empty());
    assert!(call.technician(technician::Event::NeedWholeFrame).is_empty());
    let hung_up = call.technician(technician::Event::LineEnded(CloseReason::EndedByCustomer));
    assert_eq!(hung_up, [technician::Action::HangUp]);
    assert!(call.meets(9));
}

trait CloneSend {
    fn clone_send(&self) -> Self;
}

impl CloneSend for technician::Action {
    fn clone_send(&self) -> Self {
        match self {
            Self::Send(message) => Self::Send(message.clone()),
            other => panic!("{other:?}"),
        }
    }
}

/// The line breaks again in the middle of coming back, after each message.
#[test]
fn an_attempt_may_break_at_any_message() {
    for arrives in 0..3 {
        let mut call = Call::active();
        for round in 2..5 {
            call.breaks();
            call.customer(Event::LineOpen(channel(round)));
            let closed = Technician::Closed(CloseReason::WorkerFailed);
            let opened = std::mem::replace(&mut call.technician, closed)
                .handle(call.now, technician::Event::LineOpen(channel(round)));
            call.technician = opened.next;
            let technician::Action::Send(proofs) = opened.actions[0].clone_send() else { panic!("no proof") };
            if arrives >= 1 {
                let answer = step(&mut call.customer, call.now, Event::Peer(proofs));
                let [Action::Send(proof)] = &answer[..] else { panic!("{answer:?}") };
                if arrives >= 2 {
                    let closed = Technician::Closed(CloseReason::WorkerFailed);
                    let done = std::mem::replace(&mut call.technician, closed)
                        .handle(call.now, technician::Event::Peer(proof.clone()));
                    call.technician = done.next;
                }
            }
        }
        call.breaks();
        assert!(call.meets(9), "after {arrives} messages");
    }
}

#[test]
fn two_minutes_after_the_last_word_it_is_over() {
    let mut call = Call::active();
    call.now = after(8);
    call.breaks();
    call.now = after(119);
    call.customer(Event::LineOpen(channel(2)));
    call.customer(Event::Tick);
    assert!(call.is_broken());
    call.now = after(120);
    let actions = call.customer(Event::LineOpen(channel(3)));
    assert!(closes_first_of_all(&actions), "{actions:?}");
    assert!(matches!(call.customer, Customer::Closed(CloseReason::NetworkLost)));
    call.technician(technician::Event::LineOpen(channel(3)));
    assert!(matches!(call.technician, Technician::Closed(CloseReason::NetworkLost)));
}

/// The clock counts sleep: whatever comes first after it finds the session over, or waiting.
#[test]
fn a_computer_that_slept_too_long_does_nothing_for_anybody() {
    let events: [fn() -> Event; 5] =
        [|| click(Epoch::new(1)), || ask(Permission::Control), || BROKEN, || Event::Tick, || Event::Pause(None)];
    for event in events {
        let (mut short, _) = with_control();
        let actions = step(&mut short, after(60), event());
        assert!(actions.iter().any(|action| matches!(action, Action::LineBroke { .. })), "{actions:?}");
        let (mut long, _) = with_control();
        assert!(closes_first_of_all(&step(&mut long, after(121), event())));
        assert!(matches!(long, Customer::Closed(CloseReason::NetworkLost)));
    }
}

#[test]
fn nothing_resumes_after_an_end() {
    for end in [Event::Finish(CloseReason::EndedByCustomer), Event::LineEnded(CloseReason::EndedByTechnician)] {
        let mut call = Call::active();
        call.breaks();
        assert!(closes_first_of_all(&call.customer(end)));
        for event in [Event::LineOpen(channel(2)), Event::Peer(ToCustomer::Resumed), Event::Tick] {
            assert!(call.customer(event).is_empty());
        }
    }
    // And before there is a session nothing is resumed at all.
    let step = asking().handle(T0, BROKEN);
    assert!(matches!(step.next, Customer::Closed(CloseReason::NetworkLost)));
}

#[test]
fn who_says_nothing_on_a_new_channel_is_hung_up_on() {
    let mut call = Call::active();
    call.breaks();
    call.customer(Event::LineOpen(channel(2)));
    call.now = after(8);
    assert_eq!(call.customer(Event::Tick), [Action::HangUp]);
    // A channel that nobody has asked for.
    let mut call = Call::active();
    assert_eq!(call.customer(Event::LineOpen(channel(2))), [Action::HangUp]);
}

#[test]
fn nothing_stays_down_for_somebody_who_is_not_heard() {
    let (mut customer, epoch) = with_control();
    step(&mut customer, T0, Event::Tick);
    assert!(!step(&mut customer, after(4), Event::Tick).contains(&Action::ReleaseInput));
    assert!(step(&mut customer, after(5), Event::Tick).contains(&Action::ReleaseInput));
    assert!(!step(&mut customer, after(6), Event::Tick).contains(&Action::ReleaseInput));
    // It was only slow.
    assert!(matches!(step(&mut customer, after(7), click(epoch))[..], [Action::Inject { .. }]));
    assert!(customer.deadline().is_some_and(|due| due <= after(12)));
}
