//! The numbers that wait and the sessions that run.

use super::budget::{Budget, Prefix};
use super::events::{Action, Asking, Cause, ConnectionId, Event, Limits, TechnicianId, Who};
use super::parted::{Over, Parted, Returned, meeting};
use super::parties::{Party, Session, Waiting, hash, same};
use super::slots::Slots;
use beistand_protocol::number::Slot;
use beistand_protocol::rendezvous::api::Farewell;
use beistand_protocol::rendezvous::{BurnToken, EndReason, FromRelay, Intent, Refusal, Role};
use beistand_protocol::time::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// All numbers that wait and all sessions that run.
///
/// INVARIANT: a connection is in at most one number or session; a slot joins at most one pair.
#[derive(Debug)]
pub struct Rooms {
    pub(super) limits: Limits,
    slots: Slots,
    /// In the order in which they began to wait.
    waiting: BTreeMap<ConnectionId, Waiting>,
    pub(super) sessions: Vec<Session>,
    /// Ends that wait for the other one of a broken session.
    pub(super) returned: BTreeMap<ConnectionId, Returned>,
    /// What is known of broken and ended sessions, oldest first.
    pub(super) parted: Vec<Parted>,
    pub(super) disabled: BTreeSet<TechnicianId>,
    draining: bool,
    failures_by_prefix: Budget<Prefix>,
    failures_by_technician: Budget<TechnicianId>,
    failures: Budget<()>,
    longer_until: Moment,
    /// When the slots that each prefix had begun to rest are free again.
    resting_by_prefix: Vec<(Prefix, Moment)>,
}

impl Rooms {
    /// Nobody is here yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            slots: Slots::default(),
            waiting: BTreeMap::new(),
            sessions: Vec::new(),
            returned: BTreeMap::new(),
            parted: Vec::new(),
            disabled: BTreeSet::new(),
            draining: false,
            failures_by_prefix: Budget::new(limits.failures_per_prefix),
            failures_by_technician: Budget::new(limits.failures_per_technician),
            failures: Budget::new(limits.failures_before_longer),
            longer_until: Moment::ORIGIN,
            resting_by_prefix: Vec::new(),
        }
    }

    /// How many sessions run.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// How many slot digits new numbers have at `now`, longer ones for a while included.
    pub fn slot_digits(&self, now: Moment) -> Vec<u32> {
        let usual = self.limits.slot_digits;
        if now < self.longer_until { vec![usual, self.longer()] } else { vec![usual] }
    }

    fn longer(&self) -> u32 {
        (self.limits.slot_digits + 2).min(6)
    }

    /// Decides what comes of an event. Every action is to be carried out, in order.
    #[must_use = "dropping an action leaves an end waiting"]
    pub fn handle(&mut self, now: Moment, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Asked(asking) => match asking.intent {
                Intent::Issue => self.issue(now, &asking, &mut actions),
                Intent::Join { slot } => self.join(now, &asking, slot, &mut actions),
                Intent::Resume { id } => self.resume(now, &asking, id, &mut actions),
            },
            Event::Extended(connection) => self.extend(now, connection, &mut actions),
            Event::Cancelled(connection) => self.cancel(now, connection, &mut actions),
            Event::Gone(connection) => self.gone(now, connection, &mut actions),
            Event::Burned(token, farewell) => self.burn(now, &hash(&token), farewell, &mut actions),
            Event::Resumed(connection) => self.resumed(now, connection, &mut actions),
            Event::Disabled(technicians) => self.disable(now, technicians, &mut actions),
            Event::Draining { grace } => self.drain(now, grace, &mut actions),
            Event::Stopped => {
                self.draining = true;
                self.end_where(now, EndReason::RelayStopping, |_| true, &mut actions);
            }
            Event::Tick => self.tick(now, &mut actions),
        }
        actions
    }

    fn issue(&mut self, now: Moment, asking: &Asking, actions: &mut Vec<Action>) {
        if let Err((refusal, cause)) = self.admit_issue(now, asking) {
            actions.push(Action::Refuse(asking.connection, refusal, cause));
            return;
        }
        if let Who::Technician(technician) = asking.who {
            self.replace_oldest(now, technician, actions);
        }
        let digits = if now < self.longer_until { self.longer() } else { self.limits.slot_digits };
        let slot = self.slots.take(digits, &asking.seed).or_else(|| {
            // Short ones are all in use: longer ones for a while, so that nobody can hold all of them.
            self.longer_until = now + self.limits.failures_before_longer.within;
            self.slots.take(self.longer(), &asking.seed)
        });
        let Some(slot) = slot else {
            actions.push(Action::Refuse(asking.connection, Refusal::Full, Cause::NoSlot));
            return;
        };
        let token = asking.seed.burn_token(0);
        let party =
            Party { connection: asking.connection, who: asking.who, prefix: asking.prefix, token_hash: hash(&token) };
        let waiting = Waiting { party, token, slot, expires_at: now + self.limits.number_life };
        actions.push(Action::Send(asking.connection, waiting.message(now)));
        self.waiting.insert(asking.connection, waiting);
    }

    fn admit_issue(&self, now: Moment, asking: &Asking) -> Result<(), (Refusal, Cause)> {
        self.admit(asking.who)?;
        if self.waiting.len() >= self.limits.waiting {
            return Err((Refusal::Full, Cause::WaitingFull));
        }
        // A technician is counted by name, so that a whole support floor may sit behind one address.
        let of_prefix = |party: &Party| party.who == Who::Customer && party.prefix == asking.prefix;
        if asking.who == Who::Customer {
            let waiting = self.waiting.values().filter(|waiting| of_prefix(&waiting.party)).count();
            let resting =
                self.resting_by_prefix.iter().filter(|(prefix, until)| *prefix == asking.prefix && *until > now);
            if waiting + resting.count() >= self.limits.waiting_per_prefix {
                return Err((Refusal::Full, Cause::PrefixFull));
            }
        }
        Ok(())
    }

    fn admit(&self, who: Who) -> Result<(), (Refusal, Cause)> {
        match who {
            Who::Technician(technician) if self.disabled.contains(&technician) => {
                Err((Refusal::Technician, Cause::Disabled))
            }
            Who::Customer | Who::Technician(_) if self.draining => Err((Refusal::Draining, Cause::Draining)),
            Who::Customer | Who::Technician(_) => Ok(()),
        }
    }

    fn replace_oldest(&mut self, now: Moment, technician: TechnicianId, actions: &mut Vec<Action>) {
        let mine: Vec<ConnectionId> = self
            .waiting
            .values()
            .filter(|waiting| waiting.party.who == Who::Technician(technician))
            .map(|waiting| waiting.party.connection)
            .collect();
        let too_many = (mine.len() + 1).saturating_sub(self.limits.waiting_per_technician);
        for connection in mine.into_iter().take(too_many) {
            self.stop_waiting(now, connection);
            actions.push(Action::End(connection, EndReason::Replaced));
        }
    }

    fn join(&mut self, now: Moment, asking: &Asking, slot: Slot, actions: &mut Vec<Action>) {
        // Before the number is looked up: what is said here must not depend on it.
        if let Err((refusal, cause)) = self.admit(asking.who).and_then(|()| self.admit_room(asking)) {
            actions.push(Action::Refuse(asking.connection, refusal, cause));
            return;
        }
        match self.find(now, asking, slot) {
            Ok(issuer) => self.pair(now, asking, issuer, actions),
            Err(cause) => {
                self.count_failure(now, asking.who, asking.prefix);
                actions.push(Action::Refuse(asking.connection, Refusal::Number, cause));
            }
        }
    }

    /// The one who waits at `slot` for somebody like `asking`. All failures are told alike.
    fn find(&self, now: Moment, asking: &Asking, slot: Slot) -> Result<ConnectionId, Cause> {
        let waiting = self.waiting.values().find(|waiting| waiting.slot == slot && waiting.expires_at > now);
        if self.failures_by_prefix.is_exhausted(now, &asking.prefix) {
            return Err(Cause::PrefixThrottled);
        }
        if let Who::Technician(technician) = asking.who
            && self.failures_by_technician.is_exhausted(now, &technician)
        {
            return Err(Cause::TechnicianThrottled);
        }
        let waiting = waiting.ok_or(Cause::NothingWaits)?;
        if waiting.party.who.role() == asking.who.role() {
            return Err(Cause::SameSide);
        }
        Ok(waiting.party.connection)
    }

    fn admit_room(&self, asking: &Asking) -> Result<(), (Refusal, Cause)> {
        if self.sessions.len() >= self.limits.sessions {
            return Err((Refusal::Full, Cause::SessionsFull));
        }
        let mine = self.sessions.iter().filter(|session| session.technician.who == asking.who).count();
        let full = mine >= self.limits.sessions_per_technician;
        if full { Err((Refusal::Full, Cause::TechnicianFull)) } else { Ok(()) }
    }

    fn pair(&mut self, now: Moment, asking: &Asking, issuer: ConnectionId, actions: &mut Vec<Action>) {
        let Some(waiting) = self.stop_waiting(now, issuer) else { return };
        let id = asking.seed.session_id();
        let (issuer_token, joiner_token) = (asking.seed.burn_token(1), asking.seed.burn_token(2));
        let paired = |burn_token: &BurnToken| FromRelay::Paired {
            session_id: id,
            burn_token: burn_token.clone(),
            slot: Some(waiting.slot),
            resume: asking.seed.resume_id(),
        };
        let issuer = Party { token_hash: hash(&issuer_token), ..waiting.party };
        let joiner = Party {
            connection: asking.connection,
            who: asking.who,
            prefix: asking.prefix,
            token_hash: hash(&joiner_token),
        };
        let (issuer_hears, joiner_hears) =
            ((issuer.connection, paired(&issuer_token)), (joiner.connection, paired(&joiner_token)));
        let joined_by = asking.who.role();
        let ((customer, customer_hears), (technician, technician_hears)) = match joined_by {
            Role::Customer => ((joiner, joiner_hears), (issuer, issuer_hears)),
            Role::Technician => ((issuer, issuer_hears), (joiner, joiner_hears)),
        };
        actions.push(Action::Pair { session: id, customer: customer_hears, technician: technician_hears });
        let meeting = meeting(&asking.seed.resume_id());
        self.sessions.push(Session {
            id,
            customer,
            technician,
            joined_by,
            since: now,
            broken: None,
            meeting,
            proven: None,
            by_number: true,
        });
    }

    fn extend(&mut self, now: Moment, connection: ConnectionId, actions: &mut Vec<Action>) {
        if let Some(waiting) = self.waiting.get_mut(&connection)
            && waiting.expires_at > now
        {
            waiting.expires_at = now + self.limits.number_life;
            actions.push(Action::Send(connection, waiting.message(now)));
        }
    }

    fn cancel(&mut self, now: Moment, connection: ConnectionId, actions: &mut Vec<Action>) {
        if self.stop_waiting(now, connection).is_some() {
            actions.push(Action::End(connection, EndReason::Burned));
        } else if let Some(at) = self.sessions.iter().position(|session| session.role_of(connection).is_some()) {
            let role = self.sessions.get(at).and_then(|session| session.role_of(connection));
            self.end_by(now, at, role.unwrap_or(Role::Customer), EndReason::OtherEnd, actions);
        } else if self.returned.remove(&connection).is_some() {
            actions.push(Action::End(connection, EndReason::Burned));
        }
    }

    fn gone(&mut self, now: Moment, connection: ConnectionId, actions: &mut Vec<Action>) {
        self.stop_waiting(now, connection);
        self.returned.remove(&connection);
        let found = self
            .sessions
            .iter_mut()
            .enumerate()
            .find_map(|(at, session)| session.role_of(connection).map(|role| (at, role, session)));
        match found {
            // Of an attempt nobody says why it broke.
            Some((at, role, session)) if session.proven.is_some() => {
                actions.push(Action::End(session.party(role.other()).connection, EndReason::OtherEndLost));
                self.over(now, at, EndReason::OtherEndLost, actions);
            }
            Some((_, role, session)) if session.broken.is_none() => session.broken = Some((role, now)),
            Some((at, role, session)) if session.broken.is_some_and(|(broken, _)| broken != role) => {
                self.over(now, at, EndReason::OtherEndLost, actions);
            }
            Some(_) | None => {}
        }
    }

    fn burn(&mut self, now: Moment, hash: &[u8; 32], farewell: Farewell, actions: &mut Vec<Action>) {
        // Only a customer has a NOTAUS.
        let tell = |role| match (farewell, role) {
            (Farewell::Stopped, Role::Customer) => EndReason::Stopped,
            (Farewell::Stopped | Farewell::Ended, _) => EndReason::OtherEnd,
        };
        let waiting = self.waiting.values().find(|waiting| same(&waiting.party.token_hash, hash));
        if let Some(connection) = waiting.map(|waiting| waiting.party.connection) {
            self.stop_waiting(now, connection);
            actions.push(Action::End(connection, EndReason::Burned));
        }
        let session = self
            .sessions
            .iter()
            .enumerate()
            .find_map(|(at, session)| session.role_of_token(hash).map(|role| (at, role)));
        if let Some((at, role)) = session {
            self.end_by(now, at, role, tell(role), actions);
        }
        self.burn_parted(hash, tell, actions);
    }

    /// Ends a session because the end on the side of `role` said so; the other one is told `reason`.
    fn end_by(&mut self, now: Moment, at: usize, role: Role, reason: EndReason, actions: &mut Vec<Action>) {
        let Some(session) = self.sessions.get(at) else { return };
        let (this, other) = (session.party(role).connection, session.party(role.other()).connection);
        let broken = session.broken.map(|(role, _)| role);
        if broken != Some(role) {
            actions.push(Action::End(this, EndReason::Burned));
        }
        if broken != Some(role.other()) {
            actions.push(Action::End(other, reason));
        }
        let over = Over::By(role, reason);
        self.leave(now, at, Some(over), reason, actions);
    }

    fn disable(&mut self, now: Moment, technicians: BTreeSet<TechnicianId>, actions: &mut Vec<Action>) {
        self.disabled = technicians;
        let disabled = self.disabled.clone();
        let is_disabled = |who: Who| matches!(who, Who::Technician(technician) if disabled.contains(&technician));
        self.end_where(now, EndReason::TechnicianDisabled, is_disabled, actions);
    }

    fn drain(&mut self, now: Moment, grace: Duration, actions: &mut Vec<Action>) {
        self.draining = true;
        let waiting: Vec<ConnectionId> = self.waiting.keys().copied().collect();
        for connection in waiting {
            self.stop_waiting(now, connection);
            actions.push(Action::End(connection, EndReason::RelayStopping));
        }
        let in_seconds = u32::try_from(grace.as_secs()).unwrap_or(u32::MAX);
        for session in &self.sessions {
            for party in [&session.customer, &session.technician] {
                actions.push(Action::Send(party.connection, FromRelay::Stopping { in_seconds }));
            }
        }
    }

    /// Ends what a technician for whom `applies` has; customers' numbers too if it applies to them.
    fn end_where(&mut self, now: Moment, reason: EndReason, applies: impl Fn(Who) -> bool, actions: &mut Vec<Action>) {
        let waiting: Vec<ConnectionId> = self
            .waiting
            .values()
            .filter(|waiting| applies(waiting.party.who))
            .map(|waiting| waiting.party.connection)
            .collect();
        for connection in waiting {
            self.stop_waiting(now, connection);
            actions.push(Action::End(connection, reason));
        }
        while let Some(at) = self.sessions.iter().position(|session| applies(session.technician.who)) {
            self.end_both(at, reason, actions);
            // A relay that stops is no end: both may be back at the one that comes after it.
            let over = (reason != EndReason::RelayStopping).then_some(Over::Both(reason));
            self.leave(now, at, over, reason, actions);
        }
        self.end_parted(reason, applies, actions);
    }

    /// Says it to both ends of a session, as far as they are there.
    pub(super) fn end_both(&self, at: usize, reason: EndReason, actions: &mut Vec<Action>) {
        let Some(session) = self.sessions.get(at) else { return };
        for role in [Role::Customer, Role::Technician] {
            if session.broken.map(|(broken, _)| broken) != Some(role) {
                actions.push(Action::End(session.party(role).connection, reason));
            }
        }
    }

    fn tick(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let expired: Vec<ConnectionId> = self
            .waiting
            .values()
            .filter(|waiting| waiting.expires_at <= now)
            .map(|waiting| waiting.party.connection)
            .collect();
        for connection in expired {
            self.stop_waiting(now, connection);
            actions.push(Action::End(connection, EndReason::Expired));
        }
        let grace = self.limits.news_grace;
        let unexplained = |session: &Session| session.broken.is_some_and(|(_, since)| now.since(since) >= grace);
        while let Some(at) = self.sessions.iter().position(unexplained) {
            if let Some(session) = self.sessions.get(at)
                && let Some((role, _)) = session.broken
            {
                actions.push(Action::End(session.party(role.other()).connection, EndReason::OtherEndLost));
            }
            self.over(now, at, EndReason::OtherEndLost, actions);
        }
        self.tick_returned(now, actions);
        self.slots.tick(now);
        self.resting_by_prefix.retain(|(_, until)| *until > now);
        self.failures_by_prefix.forget(now);
        self.failures_by_technician.forget(now);
    }

    /// Takes a number out of waiting, for good: its slot rests.
    fn stop_waiting(&mut self, now: Moment, connection: ConnectionId) -> Option<Waiting> {
        let waiting = self.waiting.remove(&connection)?;
        self.slots.rest(waiting.slot, now, self.limits.slot_rest);
        if waiting.party.who == Who::Customer {
            self.resting_by_prefix.push((waiting.party.prefix, now + self.limits.slot_rest));
        }
        Some(waiting)
    }

    /// The line of a session is gone, and nobody has said that it is over.
    fn over(&mut self, now: Moment, at: usize, reason: EndReason, actions: &mut Vec<Action>) {
        self.leave(now, at, None, reason, actions);
    }

    /// Takes a session out, and keeps what is needed to resume it, or to say that it is over.
    fn leave(&mut self, now: Moment, at: usize, over: Option<Over>, reason: EndReason, actions: &mut Vec<Action>) {
        if let Some(session) = self.forget(now, at, reason, actions)
            && session.proven.is_none()
        {
            self.part(now, &session, over, actions);
        }
    }

    /// Takes a session out.
    pub(super) fn forget(
        &mut self,
        now: Moment,
        at: usize,
        reason: EndReason,
        actions: &mut Vec<Action>,
    ) -> Option<Session> {
        if at >= self.sessions.len() {
            return None;
        }
        let session = self.sessions.swap_remove(at);
        let ran = now.since(session.since);
        let by_an_end = matches!(reason, EndReason::OtherEnd | EndReason::Stopped | EndReason::OtherEndLost);
        if by_an_end && session.by_number && ran < self.limits.short_session {
            let joiner = session.party(session.joined_by);
            self.count_failure(now, joiner.who, joiner.prefix);
        }
        actions.push(Action::Over { session: session.id, reason, ran });
        Some(session)
    }

    fn count_failure(&mut self, now: Moment, who: Who, prefix: Prefix) {
        self.failures_by_prefix.spend(now, prefix);
        if let Who::Technician(technician) = who {
            self.failures_by_technician.spend(now, technician);
        }
        self.failures.spend(now, ());
        if self.failures.is_exhausted(now, &()) {
            self.longer_until = now + self.limits.failures_before_longer.within;
        }
    }
}
