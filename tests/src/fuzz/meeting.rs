//! A customer and a technician on their honest way into a session, as far as a target wants it.

use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::{self, Customer};
use beistand_protocol::handshake::Context;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::number::Slot;
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::Share;
use beistand_protocol::rendezvous::TechnicianName;
use beistand_protocol::role::Role;
use beistand_protocol::secret::Secret;
use beistand_protocol::technician::{self, Technician};
use beistand_protocol::time::Moment;
use core::time::Duration;
use rand_core_06::{CryptoRng, RngCore};
use std::collections::VecDeque;

/// When they meet.
pub(super) const T0: Moment = Moment::at(Duration::from_secs(1000));

/// Bytes that are different enough, and the same every time.
struct Counting(u64);

impl RngCore for Counting {
    fn next_u32(&mut self) -> u32 {
        rand_core_06::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        rand_core_06::impls::fill_bytes_via_next(self, out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Counting {}

/// Both ends, and what is on its way between them.
pub(super) struct Meeting {
    pub(super) customer: Customer,
    pub(super) technician: Technician,
    pub(super) actions: Vec<customer::Action>,
    to_customer: VecDeque<ToCustomer>,
    to_technician: VecDeque<ToTechnician>,
}

impl Meeting {
    /// Nothing has arrived yet.
    pub(super) fn new(issuer: Role) -> Self {
        let slot = Slot::new(47).expect("two digits");
        let context = |role| Context { role, issuer, slot, domain: "help.example".into(), root: [7; 32] };
        let (digits, exporter) = (|| Secret::new([1, 2, 3, 4, 5, 6]), || Secret::new([3; 32]));
        let settings = Permission::ALL.map(|permission| (permission, Setting::On));
        let (left, right) = (context(Role::Customer), context(Role::Technician));
        let customer = Customer::begin(left, digits(), exporter(), &settings, T0, Counting(1));
        let technician = Technician::begin(right, digits(), exporter(), T0, Counting(2));
        let mut meeting = Self {
            customer: Customer::Closed(CloseReason::WorkerFailed),
            technician: Technician::Closed(CloseReason::WorkerFailed),
            actions: Vec::new(),
            to_customer: VecDeque::new(),
            to_technician: VecDeque::new(),
        };
        meeting.customer_did(customer);
        meeting.technician_did(technician);
        meeting
    }

    /// One message arrives at the customer's end, and what it needs for that at the technician's.
    pub(super) fn customer_hears(mut self) -> Self {
        while self.to_customer.is_empty() {
            self = self.technician_hears();
        }
        let message = self.to_customer.pop_front().expect("there is one");
        self.customer_event(customer::Event::Peer(message))
    }

    /// One message arrives at the technician's end, and what it needs for that at the customer's.
    pub(super) fn technician_hears(mut self) -> Self {
        while self.to_technician.is_empty() {
            self = self.customer_hears();
        }
        let message = self.to_technician.pop_front().expect("there is one");
        let closed = Technician::Closed(CloseReason::WorkerFailed);
        let step = std::mem::replace(&mut self.technician, closed).handle(T0, technician::Event::Peer(message));
        self.technician_did(step);
        self
    }

    /// The customer's end knows who is there.
    pub(super) fn named(self) -> Self {
        let name = |text: &str| text.parse().expect("a name");
        let anna = TechnicianName { name: name("Anna Weber"), company: name("Musterfirma GmbH") };
        self.customer_event(customer::Event::IdentityChecked(Ok(anna)))
    }

    /// The customer accepts.
    pub(super) fn accepted(self) -> Self {
        self.customer_event(customer::Event::Accept(Share::All))
    }

    /// Everything that is on its way arrives.
    pub(super) fn all_heard(mut self) -> Self {
        loop {
            self = match (self.to_technician.is_empty(), self.to_customer.is_empty()) {
                (false, _) => self.technician_hears(),
                (true, false) => self.customer_hears(),
                (true, true) => return self,
            }
        }
    }

    fn customer_event(mut self, event: customer::Event) -> Self {
        let closed = Customer::Closed(CloseReason::WorkerFailed);
        let step = std::mem::replace(&mut self.customer, closed).handle(T0, event);
        self.customer_did(step);
        self
    }

    fn customer_did(&mut self, step: customer::Step) {
        self.customer = step.next;
        for action in step.actions {
            if let customer::Action::Send(message) = &action {
                self.to_technician.push_back(message.clone());
            }
            self.actions.push(action);
        }
    }

    fn technician_did(&mut self, step: technician::Step) {
        self.technician = step.next;
        for action in step.actions {
            if let technician::Action::Send(message) = action {
                self.to_customer.push_back(message);
            } else if let technician::Action::Sign(_) = action {
                let signed = technician::Event::Signed { chain: vec![vec![1]], signature: vec![2] };
                let closed = Technician::Closed(CloseReason::WorkerFailed);
                let step = std::mem::replace(&mut self.technician, closed).handle(T0, signed);
                self.technician_did(step);
            }
        }
    }
}
