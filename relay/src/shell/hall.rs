//! Where the rooms meet the connections: one lock around the pure core, and one small queue to each connection.

use super::counters::Counters;
use crate::core::{Action, Asking, ConnectionId, Event, Limits, Prefix, Rooms, Seed, Who};
use beistand_protocol::rendezvous::{EndReason, FromRelay, Intent, Refusal};
use beistand_protocol::time::Moment;
use bytes::Bytes;
use rand::Rng;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;

/// How many orders a connection may be behind before it counts as stuck.
const ORDERS: usize = 8;
/// How many messages wait in one direction before the relay stops reading from the sender.
const MESSAGES: usize = 4;

/// What a connection is to do.
#[derive(Debug)]
pub(super) enum Order {
    /// Say this.
    Say(FromRelay),
    /// Say this and copy from then on.
    Pair(FromRelay, Link),
    /// Refuse and close.
    Refuse(Refusal),
    /// Say that it is over and close.
    End(EndReason),
}

/// One end's half of a pair: two bounded queues, one for each direction.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) to_other: mpsc::Sender<Bytes>,
    pub(super) from_other: mpsc::Receiver<Bytes>,
}

/// The rooms and who is in them.
#[derive(Debug)]
pub(super) struct Hall {
    inner: Mutex<Inner>,
    origin: Instant,
    counters: Arc<Counters>,
}

#[derive(Debug)]
struct Inner {
    rooms: Rooms,
    ends: HashMap<ConnectionId, mpsc::Sender<Order>>,
    next: u64,
}

/// A connection's place in the hall; leaves when dropped.
#[derive(Debug)]
pub(super) struct Place {
    hall: Arc<Hall>,
    pub(super) connection: ConnectionId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hall.lock().ends.remove(&self.connection);
        self.hall.handle(Event::Gone(self.connection));
    }
}

impl Hall {
    pub(super) fn new(limits: Limits, counters: Arc<Counters>) -> Arc<Self> {
        let inner = Inner { rooms: Rooms::new(limits), ends: HashMap::new(), next: 0 };
        Arc::new(Self { inner: Mutex::new(inner), origin: Instant::now(), counters })
    }

    pub(super) fn now(&self) -> Moment {
        Moment::at(self.origin.elapsed())
    }

    pub(super) fn sessions(&self) -> usize {
        self.lock().rooms.sessions()
    }

    pub(super) fn connections(&self) -> usize {
        self.lock().ends.len()
    }

    pub(super) fn slot_digits(&self) -> Vec<u32> {
        self.lock().rooms.slot_digits(self.now())
    }

    /// Takes an end in that has proven who it is; its first order says what becomes of it.
    pub(super) fn enter(self: &Arc<Self>, who: Who, prefix: Prefix, intent: Intent) -> (Place, mpsc::Receiver<Order>) {
        let (sender, orders) = mpsc::channel(ORDERS);
        let connection = {
            let mut inner = self.lock();
            inner.next += 1;
            let connection = ConnectionId(inner.next);
            inner.ends.insert(connection, sender);
            connection
        };
        let place = Place { hall: Arc::clone(self), connection };
        let mut seed = [0; 32];
        rand::rng().fill_bytes(&mut seed);
        self.handle(Event::Asked(Asking { connection, who, prefix, intent, seed: Seed::new(seed) }));
        (place, orders)
    }

    /// Lets the rooms decide and passes on what they decided, in order.
    pub(super) fn handle(&self, event: Event) {
        let now = self.now();
        let mut inner = self.lock();
        for action in inner.rooms.handle(now, event) {
            self.carry_out(&mut inner, action);
        }
    }

    fn carry_out(&self, inner: &mut Inner, action: Action) {
        match action {
            Action::Send(to, message) => inner.order(to, Order::Say(message)),
            Action::Pair {
                session,
                customer: (customer, customer_hears),
                technician: (technician, technician_hears),
            } => {
                tracing::info!(%session, "Session started");
                let (to_customer, for_customer) = mpsc::channel(MESSAGES);
                let (to_technician, for_technician) = mpsc::channel(MESSAGES);
                let customers = Link { to_other: to_technician, from_other: for_customer };
                let technicians = Link { to_other: to_customer, from_other: for_technician };
                inner.order(customer, Order::Pair(customer_hears, customers));
                inner.order(technician, Order::Pair(technician_hears, technicians));
            }
            Action::Refuse(to, refusal, cause) => {
                self.counters.count(cause.label());
                inner.order(to, Order::Refuse(refusal));
                inner.ends.remove(&to);
            }
            Action::End(to, reason) => {
                inner.order(to, Order::End(reason));
                inner.ends.remove(&to);
            }
            Action::Over { session, reason, ran } => {
                tracing::info!(%session, ?reason, seconds = ran.as_secs(), "Session ended");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A connection that does not take its orders is let go: it hears nothing more and closes.
    fn order(&mut self, to: ConnectionId, order: Order) {
        if self.ends.get(&to).is_some_and(|end| end.try_send(order).is_err()) {
            self.ends.remove(&to);
        }
    }
}
