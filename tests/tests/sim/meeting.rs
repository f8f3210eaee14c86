//! The ends' connections to the relay: the real rooms, and what a hostile relay does in their place.

use crate::between::Between;
use crate::channel::StandIn;
use crate::world::{CustomerLine, TechnicianLine, World};
use beistand_protocol::close::CloseReason;
use beistand_protocol::rendezvous::{EndReason, FromRelay, Intent, Role};
use beistand_protocol::{customer, technician};
use beistand_relay::core::{Action, Asking, ConnectionId, Event, Prefix, Seed, TechnicianId, Who};
use rand_core_06::RngCore;
use std::net::Ipv4Addr;

/// Where an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// On a line, its own or one that somebody else is on.
    There,
    /// The line broke, and it has not asked the relay yet.
    Lost,
    /// It waits at the relay.
    Waits,
}

impl World {
    /// An end lets its line go.
    pub(crate) fn lets_go(&mut self, role: Role) {
        self.end(role).line += 1;
        self.end(role).whereabouts = Whereabouts::Lost;
        match role {
            Role::Customer => self.customer_line = None,
            Role::Technician => self.technician_line = None,
        }
        let connection = self.end(role).connection;
        self.rooms_did(Event::Gone(connection));
    }

    /// An end that has lost the other one tries to reach it again.
    pub(crate) fn tries_again(&mut self) {
        let role = if self.chance.once_in(2) { Role::Customer } else { Role::Technician };
        if self.is_over(role) || self.end(role).whereabouts != Whereabouts::Lost {
            return;
        }
        if self.faulty && self.chance.once_in(2) {
            self.is_met_by_a_stranger(role);
            return;
        }
        let connection = self.new_connection(role);
        self.end(role).whereabouts = Whereabouts::Waits;
        let who = match role {
            Role::Customer => Who::Customer,
            Role::Technician => Who::Technician(TechnicianId(1)),
        };
        let mut seed = [0; 32];
        self.chance.fill_bytes(&mut seed);
        let prefix = Prefix::of(Ipv4Addr::LOCALHOST.into());
        let intent = Intent::Resume { id: self.meeting };
        self.rooms_did(Event::Asked(Asking { connection, who, prefix, intent, seed: Seed::new(seed) }));
    }

    fn new_connection(&mut self, role: Role) -> ConnectionId {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        self.end(role).connection = connection;
        connection
    }

    /// A hostile relay, or whoever has got hold of the id, is there instead; or stands between the two.
    fn is_met_by_a_stranger(&mut self, role: Role) {
        let keys = (self.chance.next_u64(), self.chance.next_u64());
        let both = self.end(role.other()).whereabouts == Whereabouts::Lost && !self.is_over(role.other());
        let passes_on = both && self.chance.once_in(2);
        self.between = Some(Between::new(keys, passes_on));
        self.new_connection(role);
        self.is_on_a_line(role, if role == Role::Customer { keys.0 } else { keys.1 });
        if passes_on {
            self.new_connection(role.other());
            self.is_on_a_line(role.other(), if role == Role::Customer { keys.1 } else { keys.0 });
        } else {
            self.split_says_something(role);
        }
    }

    fn is_on_a_line(&mut self, role: Role, key: u64) {
        self.end(role).line += 1;
        self.end(role).whereabouts = Whereabouts::There;
        self.end(role).key = key;
        match role {
            Role::Customer => {
                let line = CustomerLine::new(StandIn::new(key));
                let exporter = line.exporter().unwrap();
                self.customer_line = Some(line);
                self.customer(customer::Event::LineOpen(exporter));
            }
            Role::Technician => {
                let line = TechnicianLine::new(StandIn::new(key));
                let exporter = line.exporter().unwrap();
                self.technician_line = Some(line);
                self.technician(technician::Event::LineOpen(exporter));
            }
        }
    }

    /// Whether the two ends are on one line with each other.
    pub(crate) fn are_together(&self) -> bool {
        let [customer, technician] = &self.ends;
        customer.key == technician.key && self.customer_line.is_some() && self.technician_line.is_some()
    }

    pub(crate) fn rooms_did(&mut self, event: Event) {
        for action in self.rooms.handle(self.now, event) {
            match action {
                Action::Pair { customer: (customer, heard), technician: (technician, _), .. } => {
                    assert_eq!((customer, technician), (self.ends[0].connection, self.ends[1].connection));
                    let FromRelay::Paired { resume, .. } = heard else { panic!("{heard:?}") };
                    assert_eq!(resume, self.meeting);
                    let key = self.chance.next_u64();
                    self.between = None;
                    self.is_on_a_line(Role::Customer, key);
                    self.is_on_a_line(Role::Technician, key);
                }
                Action::End(connection, reason) => {
                    for role in [Role::Customer, Role::Technician] {
                        if self.end(role).connection == connection {
                            self.is_told(role, reason);
                        }
                    }
                }
                Action::Refuse(connection, ..) => {
                    // Too many wait: it tries again.
                    for role in [Role::Customer, Role::Technician] {
                        if self.end(role).connection == connection {
                            self.end(role).whereabouts = Whereabouts::Lost;
                        }
                    }
                }
                Action::Send(..) | Action::Over { .. } => {}
            }
        }
    }

    fn is_told(&mut self, role: Role, reason: EndReason) {
        let waits = self.end(role).whereabouts == Whereabouts::Waits;
        let by = |role| match role {
            Role::Customer => CloseReason::EndedByCustomer,
            Role::Technician => CloseReason::EndedByTechnician,
        };
        let reason = match reason {
            EndReason::OtherEnd | EndReason::Stopped => by(role.other()),
            EndReason::Burned => by(role),
            // Of one that waits nobody hears it: it tries again.
            _ if waits => {
                self.end(role).whereabouts = Whereabouts::Lost;
                return;
            }
            _ => CloseReason::PeerGone,
        };
        self.end(role).whereabouts = Whereabouts::Lost;
        match role {
            Role::Customer => self.customer(customer::Event::LineEnded(reason)),
            Role::Technician => self.technician(technician::Event::LineEnded(reason)),
        }
    }
}
