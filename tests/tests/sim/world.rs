//! Customer, relay and technician, and the network between them.

use crate::between::{Between, Heard};
use crate::chance::Chance;
use crate::channel::StandIn;
use crate::meeting::Whereabouts;
use crate::model::Model;
use crate::rooms::{limits, pair};
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::{self, Customer};
use beistand_protocol::handshake::Context;
use beistand_protocol::input::{Button, Input};
use beistand_protocol::line::Line;
use beistand_protocol::message::{Pause, Reason, ToCustomer, ToTechnician};
use beistand_protocol::number::{SessionNumber, draw_secret};
use beistand_protocol::permission::{Epoch, Permission, Setting};
use beistand_protocol::picture::Shown;
use beistand_protocol::rendezvous::{ResumeId, Role, TechnicianName};
use beistand_protocol::showing::Wish;
use beistand_protocol::technician::{self, Technician};
use beistand_protocol::time::Moment;
use beistand_relay::core::{ConnectionId, Event as RelayEvent, Rooms};
use rand_core_06::RngCore;
use std::collections::VecDeque;
use std::time::Duration;

pub(crate) const START: Moment = Moment::at(Duration::from_secs(1_000_000));
pub(crate) const CUSTOMER: ConnectionId = ConnectionId(1);
pub(crate) const TECHNICIAN: ConnectionId = ConnectionId(2);
/// Numbers from here on are of a technician's end that does not keep to the rules.
const HOSTILE: u32 = 1_000_000;

pub(crate) type CustomerLine = Line<StandIn, ToTechnician, ToCustomer>;
pub(crate) type TechnicianLine = Line<StandIn, ToCustomer, ToTechnician>;

struct InFlight {
    to: Role,
    /// Of whom it is to be taken for.
    line: u64,
    /// Whether it goes to the relay's own channel with that end, and not to the end.
    to_relay: bool,
    at: Moment,
    bytes: Vec<u8>,
}

/// An end's connection.
pub(crate) struct End {
    pub(crate) connection: ConnectionId,
    /// The how-manieth line.
    pub(crate) line: u64,
    /// Of the channel on it.
    pub(crate) key: u64,
    pub(crate) whereabouts: Whereabouts,
}

pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) now: Moment,
    pub(crate) rooms: Rooms,
    customer: Option<Customer>,
    pub(crate) customer_line: Option<CustomerLine>,
    technician: Option<Technician>,
    pub(crate) technician_line: Option<TechnicianLine>,
    /// Customer, technician.
    pub(crate) ends: [End; 2],
    pub(crate) connections: u64,
    /// Where the two meet again.
    pub(crate) meeting: ResumeId,
    /// Somebody in the middle, if there is.
    pub(crate) between: Option<Between>,
    heard: Heard,
    network: VecDeque<InFlight>,
    /// What was on the way some time, for whoever says it again.
    passed: Vec<(Role, Vec<u8>)>,
    /// Whether this run's technician breaks the rules.
    hostile: bool,
    /// Whether this run's network does.
    pub(crate) faulty: bool,
    pub(crate) model: Model,
}

impl World {
    /// Two ends that the relay has paired by a number that one of them issued and the other typed.
    pub(crate) fn new(mut chance: Chance) -> Self {
        let mut rooms = Rooms::new(limits());
        let issuer = if chance.once_in(2) { Role::Customer } else { Role::Technician };
        let (slot, meeting) = pair(&mut rooms, &mut chance, issuer);
        let number = SessionNumber::new(slot, draw_secret(|bytes| chance.fill_bytes(bytes)));
        let mistake = chance.once_in(8);
        let other = if mistake { draw_secret(|bytes| chance.fill_bytes(bytes)) } else { number.clone().into_parts().1 };
        let same_number = other.expose() == number.clone().into_parts().1.expose();
        // A relay that splits the channel has two keys.
        let split = chance.once_in(10);
        let key = chance.next_u64();
        let other_key = if split { chance.next_u64() } else { key };
        let context = |role| Context { role, issuer, slot, domain: "help.example".into(), root: [7; 32] };
        let customer_line = CustomerLine::new(StandIn::new(key));
        let technician_line = TechnicianLine::new(StandIn::new(other_key));
        let exporter = customer_line.exporter().unwrap();
        let settings = [(Permission::Control, Setting::Ask)];
        let (_, digits) = number.into_parts();
        let customer = Customer::begin(context(Role::Customer), digits, exporter, &settings, START, &mut chance);
        let exporter = technician_line.exporter().unwrap();
        let technician = Technician::begin(context(Role::Technician), other, exporter, START, &mut chance);
        let (hostile, faulty) = (chance.once_in(2), chance.once_in(3));
        let mut world = Self {
            chance,
            now: START,
            rooms,
            customer: None,
            customer_line: Some(customer_line),
            technician: None,
            technician_line: Some(technician_line),
            ends: [
                End { connection: CUSTOMER, line: 0, key, whereabouts: Whereabouts::There },
                End { connection: TECHNICIAN, line: 0, key: other_key, whereabouts: Whereabouts::There },
            ],
            connections: 2,
            meeting,
            between: split.then(|| Between::new((key, other_key), true)),
            heard: Heard::default(),
            network: VecDeque::new(),
            passed: Vec::new(),
            hostile,
            faulty,
            model: Model { same_number: same_number && !split, ..Model::default() },
        };
        world.customer_did(customer);
        world.technician_did(technician);
        world
    }

    pub(crate) fn ended(&self) -> Option<CloseReason> {
        match self.customer {
            Some(Customer::Closed(reason)) => Some(reason),
            _ => None,
        }
    }

    pub(crate) fn check(&self) {
        self.model.check();
        if !self.hostile && !self.faulty {
            let misunderstood = self.ended() == Some(CloseReason::PeerMisbehaved);
            assert!(!misunderstood, "two honest ends misunderstand each other");
        }
    }

    pub(crate) fn end(&mut self, role: Role) -> &mut End {
        let [customer, technician] = &mut self.ends;
        match role {
            Role::Customer => customer,
            Role::Technician => technician,
        }
    }

    pub(crate) fn is_over(&self, role: Role) -> bool {
        match role {
            Role::Customer => matches!(self.customer, Some(Customer::Closed(_))),
            Role::Technician => matches!(self.technician, Some(Technician::Closed(_))),
        }
    }

    pub(crate) fn step(&mut self) {
        match self.chance.below(22) {
            0..=8 => self.deliver(),
            9..=12 => self.customer_person(),
            13..=16 => self.technician_person(),
            17 if self.faulty => self.fault(),
            18 | 19 => self.tries_again(),
            _ => self.time_passes(),
        }
    }

    fn time_passes(&mut self) {
        let patience =
            if self.chance.once_in(100) { 90_000 } else { [5, 50, 500, 3_000][self.chance.below(4) as usize] };
        self.now = self.now + Duration::from_millis(self.chance.below(patience));
        // A computer that sleeps wakes up late, and then anything may be the first to happen.
        if self.chance.once_in(60) {
            let longest = if self.chance.once_in(4) { 4000 } else { 100 };
            self.now = self.now + Duration::from_secs(self.chance.below(longest));
            return;
        }
        // A busy session: it is heard all the time, and lasts.
        if self.chance.once_in(25) && !self.faulty {
            self.lasts();
        }
        self.customer(customer::Event::Tick);
        self.technician(technician::Event::Tick);
        self.rooms_did(RelayEvent::Tick);
        self.deliver();
    }

    fn deliver(&mut self) {
        let Some(next) = self.network.pop_front() else { return };
        self.now = self.now.max(next.at);
        if next.to_relay {
            let Some(between) = &mut self.between else { return };
            let said = between.hears(next.to.other(), &next.bytes, &mut self.heard, &mut self.chance);
            said.into_iter().for_each(|(to, bytes)| self.on_the_way(to, bytes, false));
            return;
        }
        if self.end(next.to).line != next.line {
            return;
        }
        match next.to {
            Role::Customer => match self.customer_line.as_mut().map_or(Ok(Vec::new()), |it| it.receive(&next.bytes)) {
                Ok(messages) => messages.into_iter().for_each(|message| self.customer(customer::Event::Peer(message))),
                Err(_) => self.customer(customer::Event::LineEnded(CloseReason::PeerMisbehaved)),
            },
            Role::Technician => {
                match self.technician_line.as_mut().map_or(Ok(Vec::new()), |it| it.receive(&next.bytes)) {
                    Ok(messages) => {
                        messages.into_iter().for_each(|message| self.technician(technician::Event::Peer(message)));
                    }
                    Err(_) => self.technician(technician::Event::LineEnded(CloseReason::PeerMisbehaved)),
                }
            }
        }
    }

    /// The network loses, repeats or changes something, or breaks.
    fn fault(&mut self) {
        let kind = self.chance.below(40);
        match kind {
            0 => drop(self.network.pop_front()),
            1 => {
                if let Some(first) = self.network.front() {
                    let again = InFlight { bytes: first.bytes.clone(), ..*first };
                    self.network.push_front(again);
                }
            }
            2 => {
                if let Some(byte) = self.network.front_mut().and_then(|first| first.bytes.last_mut()) {
                    *byte ^= 0x10;
                }
            }
            3 => self.network.make_contiguous().reverse(),
            4 | 9..=11 if self.end(Role::Customer).whereabouts == Whereabouts::There => {
                self.customer(customer::Event::LineEnded(CloseReason::NetworkLost));
            }
            5 | 12..=14 if self.end(Role::Technician).whereabouts == Whereabouts::There => {
                self.technician(technician::Event::LineEnded(CloseReason::NetworkLost));
            }
            // Something of an earlier line, or of this one, once more; or to whoever said it.
            6 if !self.passed.is_empty() => {
                let at = self.chance.below(self.passed.len() as u64) as usize;
                let (to, bytes) = self.passed[at].clone();
                let to = if self.chance.once_in(3) { to.other() } else { to };
                self.on_the_way(to, bytes, false);
            }
            7 => {
                if let Some(first) = self.network.front_mut() {
                    let half = first.bytes.len() / 2;
                    first.bytes.truncate(half);
                }
            }
            8 => {
                if let Some(first) = self.network.front_mut() {
                    first.at = first.at + Duration::from_secs(5);
                }
            }
            _ => {}
        }
    }

    fn customer_person(&mut self) {
        let permission = [Permission::SeeScreen, Permission::Control][self.chance.below(2) as usize];
        let setting = [Setting::Off, Setting::Ask, Setting::On, Setting::On][self.chance.below(4) as usize];
        let standing = self.model.question;
        match (&self.customer, self.chance.below(40)) {
            (Some(Customer::AskingConsent(_)), 0) => self.customer(customer::Event::Refuse),
            (Some(Customer::AskingConsent(_)), 1..=9) => {
                let share = self.some_share();
                self.model.accepts(self.now, share);
                self.customer(customer::Event::Accept(share));
            }
            (Some(Customer::Active(_)), 38) => self.something_else_is_shown(),
            (Some(Customer::Active(_)), 39) => self.the_desktop_changes(),
            (Some(Customer::Active(_)), 0..=9) => {
                // What is narrowed holds at once, what is widened not before the machine has heard of it.
                self.model.sets(self.now, permission, setting);
                self.customer(customer::Event::Set { permission, setting });
            }
            (Some(Customer::Active(_)), 10..=29) => {
                let (question, _) = standing.unwrap_or((7, Some(permission)));
                let allow = !self.chance.once_in(3);
                self.model.answers(self.now, question, allow);
                self.customer(customer::Event::Answer { question, allow });
            }
            (Some(Customer::Active(_)), 30..=32) => {
                let pause = self.chance.once_in(3).then_some(Pause::PanelHidden);
                self.model.stands_still = pause.is_some();
                self.customer(customer::Event::Pause(pause));
            }
            (Some(_), 33) => self.customer(customer::Event::MoreTime),
            (Some(Customer::Active(_)), 35..=37) => {
                let go_on = !self.chance.once_in(4);
                self.customer(customer::Event::GoOn(go_on));
            }
            (Some(_), 34) if self.chance.once_in(10) => {
                self.customer(customer::Event::Finish(CloseReason::EndedByCustomer));
            }
            _ => {}
        }
    }

    fn technician_person(&mut self) {
        let permission = [Permission::SeeScreen, Permission::Control][self.chance.below(2) as usize];
        let input = Input::Button { button: Button::Left, pressed: self.chance.once_in(2) };
        let reason = Reason::try_from("Drucker".to_owned()).unwrap();
        match self.chance.below(40) {
            0..=9 => self.technician(technician::Event::Ask { permission, reason }),
            10..=26 => self.technician(technician::Event::Input(input)),
            27 => {
                let wish = if self.chance.once_in(2) { Wish::All } else { Wish::Monitor(self.chance.below(4) as u8) };
                self.technician(technician::Event::AskToShow { wish, reason });
            }
            28 => self.technician(technician::Event::NeedWholeFrame),
            29 if self.chance.once_in(10) => self.technician(technician::Event::Finish),
            30..=39 if self.hostile => {
                let epoch_number = self.chance.below(4) as u32;
                let epoch = Epoch::new(epoch_number);
                let number = HOSTILE + self.chance.below(1000) as u32;
                let message = match self.chance.below(40) {
                    0 if self.chance.once_in(5) => {
                        ToCustomer::Input { epoch, number, input: Input::Wheel { vertical: 127, horizontal: 0 } }
                    }
                    0..=29 => ToCustomer::Input { epoch, number, input },
                    30..=32 => ToCustomer::Ask { permission, reason },
                    33 | 34 => ToCustomer::AskToShow { wish: Wish::Monitor(epoch_number as u8), reason },
                    35..=38 => ToCustomer::Shown(Shown { sequence: number, stream: 1 }),
                    _ if self.chance.once_in(5) => ToCustomer::End,
                    _ => ToCustomer::NeedWholeFrame,
                };
                self.send_to_customer(&message);
            }
            _ => {}
        }
    }

    /// Minutes in which both say something every few seconds.
    fn lasts(&mut self) {
        for _ in 0..self.chance.below(300) {
            self.now = self.now + Duration::from_secs(4);
            self.customer(customer::Event::Tick);
            self.technician(technician::Event::Tick);
            while !self.network.is_empty() {
                self.deliver();
            }
        }
    }

    pub(crate) fn split_says_something(&mut self, to: Role) {
        let Some(between) = &mut self.between else { return };
        between.says_something(to, &self.heard, &mut self.chance);
        let said = between.outgoing();
        said.into_iter().for_each(|(to, bytes)| self.on_the_way(to, bytes, false));
    }

    pub(crate) fn customer(&mut self, event: customer::Event) {
        let step = self.customer.take().unwrap().handle(self.now, event);
        self.customer_did(step);
    }

    fn customer_did(&mut self, step: customer::Step) {
        self.customer = Some(step.next);
        for action in step.actions {
            match action {
                customer::Action::Send(message) => {
                    let Some(line) = &mut self.customer_line else { continue };
                    line.send(&message).unwrap();
                    let all: Vec<_> = std::iter::from_fn(|| line.next_transmit().unwrap()).collect();
                    all.into_iter().for_each(|bytes| self.on_the_way(Role::Technician, bytes, true));
                }
                customer::Action::CheckIdentity { .. } => {
                    let name = TechnicianName {
                        name: "Anna Weber".parse().unwrap(),
                        company: "Musterfirma GmbH".parse().unwrap(),
                    };
                    self.customer(customer::Event::IdentityChecked(Ok(name)));
                }
                customer::Action::AskWhoIsThere { .. } => self.model.names_a_technician(),
                customer::Action::StartPicture { share, .. } => self.model.captures = Some(share),
                customer::Action::Inject { number, .. } => self.model.injects(self.now, number),
                customer::Action::Ask { question, permission, .. } => {
                    self.model.question = Some((question, Some(permission)))
                }
                customer::Action::AskToShow { question, .. } => self.model.question = Some((question, None)),
                customer::Action::Answered { question, .. } => {
                    self.model.question.take_if(|(standing, _)| *standing == question);
                }
                customer::Action::Close(_) => {
                    self.model.over = true;
                    self.customer_line = None;
                    let connection = self.end(Role::Customer).connection;
                    self.rooms_did(RelayEvent::Cancelled(connection));
                }
                customer::Action::Gate(gate) if gate.live(Permission::SeeScreen).is_none() => {
                    self.model.captures = None
                }
                customer::Action::Gate(_)
                | customer::Action::Began
                | customer::Action::ReleaseInput
                | customer::Action::Shown(_)
                | customer::Action::WholeFrame
                | customer::Action::Prolonged { .. }
                | customer::Action::NothingToShow
                | customer::Action::AskToGoOn { .. } => {}
                customer::Action::Withdrawn { permission: Permission::SeeScreen, .. } => {
                    assert_eq!(self.model.shares, None, "what is there is not shown any more");
                }
                customer::Action::Withdrawn { permission, .. } => {
                    assert_eq!(permission, Permission::Control);
                    self.model.controls_since = None;
                }
                customer::Action::GoesOn => self.model.wanted_since = self.now,
                customer::Action::LineBroke { comes_back_within } => {
                    self.model.line_broke(self.now, comes_back_within);
                    self.lets_go(Role::Customer);
                }
                customer::Action::HangUp => {
                    self.model.strangers += 1;
                    self.lets_go(Role::Customer);
                }
                customer::Action::LineBack => {
                    self.model.line_back(self.now, self.are_together());
                    let connection = self.end(Role::Customer).connection;
                    self.rooms_did(RelayEvent::Resumed(connection));
                }
            }
        }
    }

    pub(crate) fn technician(&mut self, event: technician::Event) {
        let step = self.technician.take().unwrap().handle(self.now, event);
        self.technician_did(step);
    }

    fn technician_did(&mut self, step: technician::Step) {
        self.technician = Some(step.next);
        for action in step.actions {
            match action {
                technician::Action::Send(message) => self.send_to_customer(&message),
                technician::Action::Sign(_) => {
                    self.technician(technician::Event::Signed { chain: vec![vec![1]], signature: vec![2] });
                }
                technician::Action::Close(_) => {
                    self.technician_line = None;
                    let connection = self.end(Role::Technician).connection;
                    self.rooms_did(RelayEvent::Cancelled(connection));
                }
                technician::Action::LineBroke { .. } | technician::Action::HangUp => self.lets_go(Role::Technician),
                technician::Action::LineBack => {
                    assert!(self.are_together(), "a stranger was believed to be the customer's end");
                    let connection = self.end(Role::Technician).connection;
                    self.rooms_did(RelayEvent::Resumed(connection));
                }
                _ => {}
            }
        }
    }

    fn send_to_customer(&mut self, message: &ToCustomer) {
        if let ToCustomer::Input { number, .. } = message {
            self.model.sent_at.entry(*number).or_insert(self.now);
            if *number >= HOSTILE {
                self.model.sent_at.remove(number);
            }
        }
        let Some(line) = &mut self.technician_line else { return };
        line.send(message).unwrap();
        let all: Vec<_> = std::iter::from_fn(|| line.next_transmit().unwrap()).collect();
        all.into_iter().for_each(|bytes| self.on_the_way(Role::Customer, bytes, true));
    }

    /// In order, as the relay's copying keeps it. What an end says goes to whoever is on its line.
    fn on_the_way(&mut self, to: Role, bytes: Vec<u8>, said_by_an_end: bool) {
        let at = self.now + Duration::from_millis(self.chance.below(400));
        let to_relay = said_by_an_end && self.between.is_some();
        let line = self.end(to).line;
        if !to_relay && self.passed.len() < 200 {
            self.passed.push((to, bytes.clone()));
        }
        self.network.push_back(InFlight { to, line, to_relay, at, bytes });
    }
}
