//! Customer, relay and technician, and the network between them.

use crate::chance::Chance;
use crate::channel::StandIn;
use crate::model::Model;
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::{self, Customer};
use beistand_protocol::handshake::Context;
use beistand_protocol::input::{Button, Input};
use beistand_protocol::line::Line;
use beistand_protocol::message::{Pause, Reason, ToCustomer, ToTechnician};
use beistand_protocol::number::{SessionNumber, draw_secret};
use beistand_protocol::permission::{Epoch, Permission, Setting};
use beistand_protocol::picture::{Share, Shown};
use beistand_protocol::rendezvous::{FromRelay, Intent, Role, TechnicianName};
use beistand_protocol::technician::{self, Technician};
use beistand_protocol::time::Moment;
use beistand_relay::core::{Action as RelayAction, Asking, ConnectionId, Event as RelayEvent, Limits, Prefix, Rooms};
use beistand_relay::core::{Allowance, Seed, TechnicianId, Who};
use rand_core_06::RngCore;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

const START: Moment = Moment::at(Duration::from_secs(1_000_000));
const CUSTOMER: ConnectionId = ConnectionId(1);
const TECHNICIAN: ConnectionId = ConnectionId(2);
/// Numbers from here on are of a technician's end that does not keep to the rules.
const HOSTILE: u32 = 1_000_000;

type CustomerLine = Line<StandIn, ToTechnician, ToCustomer>;
type TechnicianLine = Line<StandIn, ToCustomer, ToTechnician>;

struct InFlight {
    to: Role,
    at: Moment,
    bytes: Vec<u8>,
}

pub(crate) struct World {
    chance: Chance,
    now: Moment,
    rooms: Rooms,
    customer: Option<Customer>,
    customer_line: CustomerLine,
    technician: Option<Technician>,
    technician_line: TechnicianLine,
    network: VecDeque<InFlight>,
    /// Whether this run's technician breaks the rules.
    hostile: bool,
    /// Whether this run's network does.
    faulty: bool,
    pub(crate) model: Model,
}

impl World {
    /// Two ends that the relay has paired by a number that one of them issued and the other typed.
    pub(crate) fn new(mut chance: Chance) -> Self {
        let mut rooms = Rooms::new(limits());
        let issuer = if chance.once_in(2) { Role::Customer } else { Role::Technician };
        let slot = pair(&mut rooms, &mut chance, issuer);
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
            customer_line,
            technician: None,
            technician_line,
            network: VecDeque::new(),
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

    pub(crate) fn step(&mut self) {
        match self.chance.below(20) {
            0..=8 => self.deliver(),
            9..=12 => self.customer_person(),
            13..=16 => self.technician_person(),
            17 if self.faulty => self.fault(),
            _ => self.time_passes(),
        }
    }

    fn time_passes(&mut self) {
        let patience =
            if self.chance.once_in(100) { 90_000 } else { [5, 50, 500, 3_000][self.chance.below(4) as usize] };
        self.now = self.now + Duration::from_millis(self.chance.below(patience));
        self.customer(customer::Event::Tick);
        self.technician(technician::Event::Tick);
        self.deliver();
    }

    fn deliver(&mut self) {
        let Some(next) = self.network.pop_front() else { return };
        self.now = self.now.max(next.at);
        match next.to {
            Role::Customer => match self.customer_line.receive(&next.bytes) {
                Ok(messages) => messages.into_iter().for_each(|message| self.customer(customer::Event::Peer(message))),
                Err(_) => self.customer(customer::Event::LineEnded(CloseReason::PeerMisbehaved)),
            },
            Role::Technician => match self.technician_line.receive(&next.bytes) {
                Ok(messages) => {
                    messages.into_iter().for_each(|message| self.technician(technician::Event::Peer(message)));
                }
                Err(_) => self.technician(technician::Event::LineEnded(CloseReason::PeerMisbehaved)),
            },
        }
    }

    /// The network loses, repeats or changes something, or breaks.
    fn fault(&mut self) {
        let kind = self.chance.below(30);
        match kind {
            0 => drop(self.network.pop_front()),
            1 => {
                if let Some(first) = self.network.front() {
                    let again = InFlight { to: first.to, at: first.at, bytes: first.bytes.clone() };
                    self.network.push_front(again);
                }
            }
            2 => {
                if let Some(byte) = self.network.front_mut().and_then(|first| first.bytes.last_mut()) {
                    *byte ^= 0x10;
                }
            }
            3 => self.network.make_contiguous().reverse(),
            4 => self.customer(customer::Event::LineEnded(CloseReason::NetworkLost)),
            5 => self.technician(technician::Event::LineEnded(CloseReason::NetworkLost)),
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
                self.model.accepts();
                self.customer(customer::Event::Accept(Share::All));
            }
            (Some(Customer::Active(_)), 0..=9) => {
                // What is narrowed holds at once, what is widened not before the machine has heard of it.
                self.model.sets(self.now, permission, setting);
                self.customer(customer::Event::Set { permission, setting });
            }
            (Some(Customer::Active(_)), 10..=29) => {
                let (question, _) = standing.unwrap_or((7, permission));
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
            10..=27 => self.technician(technician::Event::Input(input)),
            28 => self.technician(technician::Event::NeedWholeFrame),
            29 if self.chance.once_in(10) => self.technician(technician::Event::Finish),
            30..=39 if self.hostile => {
                let epoch = Epoch::new(self.chance.below(4) as u32);
                let number = HOSTILE + self.chance.below(1000) as u32;
                let message = match self.chance.below(40) {
                    0 if self.chance.once_in(5) => {
                        ToCustomer::Input { epoch, number, input: Input::Wheel { vertical: 127, horizontal: 0 } }
                    }
                    0..=29 => ToCustomer::Input { epoch, number, input },
                    30..=34 => ToCustomer::Ask { permission, reason },
                    35..=38 => ToCustomer::Shown(Shown { sequence: number, stream: 1 }),
                    _ if self.chance.once_in(5) => ToCustomer::End,
                    _ => ToCustomer::NeedWholeFrame,
                };
                self.send_to_customer(&message);
            }
            _ => {}
        }
    }

    fn customer(&mut self, event: customer::Event) {
        let step = self.customer.take().unwrap().handle(self.now, event);
        self.customer_did(step);
    }

    fn customer_did(&mut self, step: customer::Step) {
        self.customer = Some(step.next);
        for action in step.actions {
            match action {
                customer::Action::Send(message) => {
                    self.customer_line.send(&message).unwrap();
                    while let Some(bytes) = self.customer_line.next_transmit().unwrap() {
                        self.on_the_way(Role::Technician, bytes);
                    }
                }
                customer::Action::CheckIdentity { .. } => {
                    let name = TechnicianName {
                        name: "Anna Weber".parse().unwrap(),
                        company: "Musterfirma GmbH".parse().unwrap(),
                    };
                    self.customer(customer::Event::IdentityChecked(Ok(name)));
                }
                customer::Action::AskWhoIsThere { .. } => self.model.names_a_technician(),
                customer::Action::StartPicture { .. } => self.model.captures = true,
                customer::Action::StopPicture => self.model.captures = false,
                customer::Action::Inject { number, .. } => self.model.injects(number),
                customer::Action::Ask { question, permission, .. } => {
                    self.model.question = Some((question, permission))
                }
                customer::Action::Answered { question, .. } => {
                    self.model.question.take_if(|(standing, _)| *standing == question);
                }
                customer::Action::Close(_) => {
                    self.model.over = true;
                    let actions = self.rooms.handle(self.now, RelayEvent::Cancelled(CUSTOMER));
                    self.relay_did(actions);
                }
                customer::Action::Gate(_)
                | customer::Action::Began
                | customer::Action::ReleaseInput
                | customer::Action::Shown(_)
                | customer::Action::WholeFrame
                | customer::Action::Prolonged { .. } => {}
            }
        }
    }

    fn technician(&mut self, event: technician::Event) {
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
                    let actions = self.rooms.handle(self.now, RelayEvent::Cancelled(TECHNICIAN));
                    self.relay_did(actions);
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
        self.technician_line.send(message).unwrap();
        while let Some(bytes) = self.technician_line.next_transmit().unwrap() {
            self.on_the_way(Role::Customer, bytes);
        }
    }

    /// In order, as the relay's copying keeps it.
    fn on_the_way(&mut self, to: Role, bytes: Vec<u8>) {
        let at = self.now + Duration::from_millis(self.chance.below(400));
        self.network.push_back(InFlight { to, at, bytes });
    }

    fn relay_did(&mut self, actions: Vec<RelayAction>) {
        for action in actions {
            match action {
                RelayAction::End(CUSTOMER, _) => {
                    self.customer(customer::Event::LineEnded(CloseReason::EndedByTechnician));
                }
                RelayAction::End(TECHNICIAN, _) => {
                    self.technician(technician::Event::LineEnded(CloseReason::EndedByCustomer));
                }
                _ => {}
            }
        }
    }
}

/// Has the relay's real rooms pair the two.
fn pair(rooms: &mut Rooms, chance: &mut Chance, issuer: Role) -> beistand_protocol::number::Slot {
    let mut ask = |rooms: &mut Rooms, role: Role, intent| {
        let mut seed = [0; 32];
        chance.fill_bytes(&mut seed);
        let (connection, who) = match role {
            Role::Customer => (CUSTOMER, Who::Customer),
            Role::Technician => (TECHNICIAN, Who::Technician(TechnicianId(1))),
        };
        let prefix = Prefix::of(Ipv4Addr::LOCALHOST.into());
        rooms.handle(START, RelayEvent::Asked(Asking { connection, who, prefix, intent, seed: Seed::new(seed) }))
    };
    let waiting = ask(rooms, issuer, Intent::Issue);
    let [RelayAction::Send(_, FromRelay::Waiting { slot, .. })] = waiting[..] else { panic!("{waiting:?}") };
    let paired = ask(rooms, issuer.other(), Intent::Join { slot });
    assert!(matches!(paired[..], [RelayAction::Pair { .. }]), "{paired:?}");
    let again = ask(rooms, issuer.other(), Intent::Join { slot });
    assert!(matches!(again[..], [RelayAction::Refuse(..)]), "a number worked twice: {again:?}");
    slot
}

fn limits() -> Limits {
    let often = Allowance { count: 10, within: Duration::from_secs(600) };
    Limits {
        slot_digits: 2,
        number_life: Duration::from_secs(600),
        slot_rest: Duration::from_secs(600),
        waiting: 100,
        waiting_per_prefix: 10,
        waiting_per_technician: 10,
        sessions: 10,
        sessions_per_technician: 10,
        failures_per_prefix: often,
        failures_per_technician: often,
        failures_before_longer: often,
        short_session: Duration::from_secs(15),
        news_grace: Duration::from_secs(2),
    }
}
