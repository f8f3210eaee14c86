//! Pairing the two ends of a session again after its line broke.

use super::events::{Action, Asking, Cause, ConnectionId, Who};
use super::parted::{MOST_PER_SIDE, Meeting, Over, Parted, Returned, meeting};
use super::parties::{Party, Session, hash, same};
use super::rooms::Rooms;
use beistand_protocol::rendezvous::{EndReason, FromRelay, Refusal, ResumeId, Role};
use beistand_protocol::time::Moment;

impl Rooms {
    /// An end names a session that it was in. Whether it is true nobody can tell here.
    pub(super) fn resume(&mut self, now: Moment, asking: &Asking, id: ResumeId, actions: &mut Vec<Action>) {
        let (role, at) = (asking.who.role(), meeting(&id));
        let parted = self.parted.iter().find(|parted| same(&parted.meeting, &at));
        if let Some(over) = parted.and_then(|parted| parted.over) {
            actions.push(Action::End(asking.connection, over.told(role)));
            return;
        }
        if let Err((refusal, cause)) = self.admit_return(asking, &at) {
            actions.push(Action::Refuse(asking.connection, refusal, cause));
            return;
        }
        let others: Vec<ConnectionId> = self
            .returned
            .iter()
            .filter(|(_, returned)| returned.who.role() != role && same(&returned.meeting, &at))
            .map(|(connection, _)| *connection)
            .collect();
        // Any of them, so that nobody who is in the way is in the way for ever.
        let many = u32::try_from(others.len()).unwrap_or(u32::MAX);
        let drawn = usize::try_from(asking.seed.below(many, 0)).ok().and_then(|drawn| others.get(drawn)).copied();
        let returned = drawn.and_then(|other| Some((other, self.returned.remove(&other)?)));
        match returned {
            Some((connection, other)) => self.pair_again(now, asking, id, (connection, other), actions),
            None => {
                let expires_at = now + self.limits.resume_life;
                let (who, prefix) = (asking.who, asking.prefix);
                let returned = Returned { who, prefix, meeting: at, expires_at };
                actions.push(Action::Send(asking.connection, returned.message(now)));
                self.returned.insert(asking.connection, returned);
            }
        }
    }

    fn admit_return(&self, asking: &Asking, at: &Meeting) -> Result<(), (Refusal, Cause)> {
        if let Who::Technician(technician) = asking.who {
            if self.disabled.contains(&technician) {
                return Err((Refusal::Technician, Cause::Disabled));
            }
            // A technician can't take up another one's session, as far as the relay still knows whose it is.
            let parted = self.parted.iter().filter(|parted| same(&parted.meeting, at)).map(|parted| parted.technician);
            let running = self.sessions.iter().filter(|session| session.is_at(at)).map(Session::technician);
            if parted.chain(running).any(|whose| whose != technician) {
                return Err((Refusal::Technician, Cause::SameSide));
            }
        }
        let same_side = |returned: &&Returned| returned.who.role() == asking.who.role() && same(&returned.meeting, at);
        if self.returned.values().filter(same_side).count() >= MOST_PER_SIDE {
            return Err((Refusal::Full, Cause::ReturnFull));
        }
        let (mine, most) = match asking.who {
            Who::Customer => {
                let of_prefix = |it: &&Returned| it.who == Who::Customer && it.prefix == asking.prefix;
                (self.returned.values().filter(of_prefix).count(), self.limits.waiting_per_prefix)
            }
            Who::Technician(_) => {
                let own = |returned: &&Returned| returned.who == asking.who;
                let elsewhere = |it: &&Session| it.technician.who == asking.who && !it.is_at(at);
                let mine = self.returned.values().filter(own).count() + self.sessions.iter().filter(elsewhere).count();
                (mine, self.limits.sessions_per_technician)
            }
        };
        let sessions = self.sessions.iter().filter(|session| !session.is_at(at)).count();
        let full = mine >= most
            || sessions >= self.limits.sessions
            || self.returned.len() >= self.limits.sessions.saturating_mul(2);
        if full { Err((Refusal::Full, Cause::ReturnFull)) } else { Ok(()) }
    }

    fn pair_again(
        &mut self,
        now: Moment,
        asking: &Asking,
        id: ResumeId,
        (connection, other): (ConnectionId, Returned),
        actions: &mut Vec<Action>,
    ) {
        let at = other.meeting;
        let known = self.parted.iter().find(|parted| same(&parted.meeting, &at)).map(|parted| parted.session);
        let session = known.unwrap_or_else(|| asking.seed.session_id());
        let party = |connection, who, prefix, which| {
            let token = asking.seed.burn_token(which);
            let party = Party { connection, who, prefix, token_hash: hash(&token) };
            let hears = FromRelay::Paired { session_id: session, burn_token: token, slot: None, resume: id };
            (party, hears)
        };
        let came = party(asking.connection, asking.who, asking.prefix, 1);
        let waited = party(connection, other.who, other.prefix, 2);
        let joined_by = asking.who.role();
        let ((customer, customer_hears), (technician, technician_hears)) = match joined_by {
            Role::Customer => (came, waited),
            Role::Technician => (waited, came),
        };
        let customer_hears = (customer.connection, customer_hears);
        let technician_hears = (technician.connection, technician_hears);
        actions.push(Action::Pair { session, customer: customer_hears, technician: technician_hears });
        self.sessions.push(Session {
            id: session,
            customer,
            technician,
            joined_by,
            since: now,
            broken: None,
            meeting: at,
            proven: Some([false; 2]),
            by_number: false,
        });
    }

    /// An end says that the other one is the right one. When both say so, it is the session again.
    pub(super) fn resumed(&mut self, now: Moment, connection: ConnectionId, actions: &mut Vec<Action>) {
        let Some((session, role)) =
            self.sessions.iter_mut().find_map(|session| session.role_of(connection).map(|role| (session, role)))
        else {
            return;
        };
        let Some(proven) = &mut session.proven else { return };
        match role {
            Role::Customer => proven[0] = true,
            Role::Technician => proven[1] = true,
        }
        if *proven != [true; 2] {
            return;
        }
        session.proven = None;
        let at = session.meeting;
        let this = session.customer.connection;
        self.parted.retain(|parted| !same(&parted.meeting, &at));
        // What is still there of the old line is nobody's.
        let old = |session: &Session| session.is_at(&at) && session.customer.connection != this;
        while let Some(place) = self.sessions.iter().position(old) {
            self.end_both(place, EndReason::OtherEndLost, actions);
            self.forget(now, place, EndReason::OtherEndLost, actions);
        }
    }

    /// A session is over, or its line is: remembers it for as long as an end may come back.
    pub(super) fn part(&mut self, now: Moment, session: &Session, over: Option<Over>, actions: &mut Vec<Action>) {
        if self.parted.len() >= self.limits.sessions {
            self.parted.remove(0);
        }
        self.parted.push(Parted {
            session: session.id,
            meeting: session.meeting,
            technician: session.technician(),
            tokens: [session.customer.token_hash, session.technician.token_hash],
            until: now + self.limits.resume_life,
            over,
        });
        if let Some(over) = over {
            self.tell_returned(&session.meeting, over, actions);
        }
    }

    /// Who holds a token of a session that is broken says that it is over.
    pub(super) fn burn_parted(
        &mut self,
        token: &[u8; 32],
        tell: impl Fn(Role) -> EndReason,
        actions: &mut Vec<Action>,
    ) {
        let found = self.parted.iter_mut().filter(|parted| parted.over.is_none()).find_map(|parted| {
            let [customer, technician] = &parted.tokens;
            let role = if same(customer, token) {
                Role::Customer
            } else if same(technician, token) {
                Role::Technician
            } else {
                return None;
            };
            let over = Over::By(role, tell(role));
            parted.over = Some(over);
            Some((parted.meeting, over))
        });
        if let Some((at, over)) = found {
            self.tell_returned(&at, over, actions);
        }
    }

    /// Ends broken sessions of technicians for whom `applies`.
    pub(super) fn end_parted(&mut self, reason: EndReason, applies: impl Fn(Who) -> bool, actions: &mut Vec<Action>) {
        let over = Over::Both(reason);
        let mut meetings = Vec::new();
        for parted in &mut self.parted {
            if parted.over.is_none() && applies(Who::Technician(parted.technician)) {
                parted.over = Some(over);
                meetings.push(parted.meeting);
            }
        }
        for at in meetings {
            self.tell_returned(&at, over, actions);
        }
        let rest: Vec<ConnectionId> =
            self.returned.iter().filter(|(_, it)| applies(it.who)).map(|(connection, _)| *connection).collect();
        for connection in rest {
            self.returned.remove(&connection);
            actions.push(Action::End(connection, reason));
        }
    }

    fn tell_returned(&mut self, at: &Meeting, over: Over, actions: &mut Vec<Action>) {
        let there: Vec<(ConnectionId, Role)> = self
            .returned
            .iter()
            .filter(|(_, returned)| same(&returned.meeting, at))
            .map(|(connection, returned)| (*connection, returned.who.role()))
            .collect();
        for (connection, role) in there {
            self.returned.remove(&connection);
            actions.push(Action::End(connection, over.told(role)));
        }
    }

    /// Lets go of who has waited long enough.
    pub(super) fn tick_returned(&mut self, now: Moment, actions: &mut Vec<Action>) {
        self.parted.retain(|parted| parted.until > now);
        self.returned.retain(|connection, returned| {
            let waits = returned.expires_at > now;
            if !waits {
                actions.push(Action::End(*connection, EndReason::Expired));
            }
            waits
        });
    }
}
