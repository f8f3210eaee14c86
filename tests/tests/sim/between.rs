//! A relay that stands between: an inner channel of its own to each end. It passes on what is said, as it was or as
//! it likes, and says again what it has heard before.

use crate::chance::Chance;
use crate::channel::StandIn;
use crate::world::{CustomerLine, TechnicianLine};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Button, Input};
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::permission::{Epoch, Grants};
use beistand_protocol::rendezvous::Role;

/// What this relay has ever heard of proofs.
#[derive(Default)]
pub(crate) struct Heard {
    of_technicians: Vec<ToCustomer>,
    of_customers: Vec<ToTechnician>,
}

/// The two channels of a line that is split.
pub(crate) struct Between {
    /// As if it were the technician's end.
    to_customer: TechnicianLine,
    /// As if it were the customer's.
    to_technician: CustomerLine,
    /// Whether it passes on what is said, or says what it likes.
    passes_on: bool,
}

/// What is to be put on the way, and to whom.
pub(crate) type Said = Vec<(Role, Vec<u8>)>;

impl Between {
    pub(crate) fn new(keys: (u64, u64), passes_on: bool) -> Self {
        let (customer, technician) = keys;
        Self {
            to_customer: TechnicianLine::new(StandIn::new(customer)),
            to_technician: CustomerLine::new(StandIn::new(technician)),
            passes_on,
        }
    }

    /// An end said this to whom it takes for the other one.
    pub(crate) fn hears(&mut self, from: Role, bytes: &[u8], heard: &mut Heard, chance: &mut Chance) -> Said {
        match from {
            Role::Customer => {
                let messages = self.to_customer.receive(bytes).unwrap_or_default();
                for message in &messages {
                    if let ToTechnician::Resume(_) = message {
                        heard.of_customers.push(message.clone());
                    }
                }
                if self.passes_on {
                    for message in &messages {
                        let _ = self.to_technician.send(message);
                    }
                }
            }
            Role::Technician => {
                let messages = self.to_technician.receive(bytes).unwrap_or_default();
                for message in &messages {
                    if let ToCustomer::Resume(_) = message {
                        heard.of_technicians.push(message.clone());
                    }
                }
                if self.passes_on {
                    for message in &messages {
                        let _ = self.to_customer.send(message);
                    }
                }
            }
        }
        if !self.passes_on || chance.once_in(8) {
            self.says_something(from, heard, chance);
        }
        self.outgoing()
    }

    /// Says something of its own to an end.
    pub(crate) fn says_something(&mut self, to: Role, heard: &Heard, chance: &mut Chance) {
        match to {
            Role::Customer => {
                let input = Input::Button { button: Button::Left, pressed: true };
                let epoch = Epoch::new(chance.below(5) as u32);
                let again = chance.below(heard.of_technicians.len().max(1) as u64) as usize;
                let message = match chance.below(6) {
                    0 => ToCustomer::End,
                    1 => ToCustomer::Resumed,
                    2 => ToCustomer::Input { epoch, number: u32::MAX, input },
                    3 => ToCustomer::NeedWholeFrame,
                    _ => heard.of_technicians.get(again).cloned().unwrap_or(ToCustomer::Ping(1)),
                };
                let _ = self.to_customer.send(&message);
            }
            Role::Technician => {
                let again = chance.below(heard.of_customers.len().max(1) as u64) as usize;
                let message = match chance.below(5) {
                    0 => ToTechnician::Ended(CloseReason::Stopped),
                    1 => ToTechnician::Grants(Grants::default()),
                    _ => heard.of_customers.get(again).cloned().unwrap_or(ToTechnician::Ping(1)),
                };
                let _ = self.to_technician.send(&message);
            }
        }
    }

    pub(crate) fn outgoing(&mut self) -> Said {
        let mut said = Vec::new();
        while let Ok(Some(bytes)) = self.to_customer.next_transmit() {
            said.push((Role::Customer, bytes));
        }
        while let Ok(Some(bytes)) = self.to_technician.next_transmit() {
            said.push((Role::Technician, bytes));
        }
        said
    }
}
