//! The loop of a customer's session: read, `handle`, do the actions.

use super::hands::{Hands, HandsNews};
use super::pair::{pair, trust_of};
use super::reports::{Counts, KeptOff, Reports, Which};
use crate::call::{Arrival, Back, Comeback, Return, Route, Wire};
use crate::clock::{self, until};
use crate::input::{Ledger, OwnWindows};
use crate::pipe::{Command, Report};
use crate::rendezvous::{IdentityError, verify_technician};
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::{Action, Customer, Event, IdentityFault, Step};
use beistand_protocol::handshake::Context;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::rendezvous::{BurnToken, Role, TechnicianName};
use core::time::Duration;
use rand_core_06::OsRng;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::mpsc;

type CustomerWire = Wire<ToTechnician, ToCustomer>;
type CustomersReturn = Return<ToTechnician, ToCustomer>;

/// So much of what the hands produce may wait for the loop.
const MAX_HANDS_NEWS: usize = 1024;

/// Runs one session; answers why it ended.
pub(super) async fn run(mut commands: mpsc::Receiver<Command>, reports: Reports, ledger: Arc<Ledger>) -> CloseReason {
    let Some(Command::Start { company, origin, settings }) = commands.recv().await else {
        return CloseReason::WorkerFailed;
    };
    let Ok((trust, root)) = trust_of(&company) else { return CloseReason::WorkerFailed };
    let own_windows = OwnWindows::default();
    let paired = match pair(&trust, &origin, &mut commands, &reports, &own_windows).await {
        Ok(paired) => paired,
        Err(reason) => return reason,
    };
    drop(origin);
    let (wire, exporter, early) = match CustomerWire::establish(paired.line, Role::Customer).await {
        Ok(established) => established,
        Err(reason) => return reason,
    };
    let meeting = paired.resume;
    let context = Context {
        role: Role::Customer,
        issuer: paired.issuer,
        slot: paired.slot,
        domain: trust.domain.as_str().to_owned(),
        root: *root.as_bytes(),
    };
    let step = Customer::begin(context, paired.digits, exporter, &settings, clock::now(), OsRng);
    let (to_loop, from_hands) = mpsc::channel(MAX_HANDS_NEWS);
    let route = Route { trust, own: Role::Customer, credential: None, meeting, attempts: 0 };
    let session = Session {
        wire: Some(wire),
        route,
        comeback: None,
        burn_token: None,
        reports,
        root_der: company.root_der,
        hands: Hands::new(ledger, own_windows, to_loop),
        revision: 0,
        kept_off: KeptOff::default(),
    };
    session.converse(step, early, commands, from_hands).await
}

struct Session {
    /// None while the line is broken and nobody is there.
    wire: Option<CustomerWire>,
    route: Route,
    /// While the other end is looked for.
    comeback: Option<Comeback<ToTechnician, ToCustomer>>,
    /// Of the newest line, until it is known to be the right one.
    burn_token: Option<BurnToken>,
    reports: Reports,
    root_der: Vec<u8>,
    hands: Hands,
    /// Of the last command that was carried out.
    revision: u32,
    kept_off: KeptOff,
}

impl Session {
    async fn converse(
        mut self,
        step: Step,
        early: Vec<ToCustomer>,
        mut commands: mpsc::Receiver<Command>,
        mut from_hands: mpsc::Receiver<HandsNews>,
    ) -> CloseReason {
        let broken = self.hands.broken();
        let mut state = self.carry_out(step);
        for message in early {
            state = self.take(state, Event::Peer(message));
        }
        loop {
            if let Customer::Closed(reason) = state {
                let due = self.kept_off.untold(clock::now());
                self.tell_kept_off(due);
                drop(self.hands);
                if let Some(wire) = self.wire {
                    wire.close().await;
                }
                return reason;
            }
            tokio::select! {
                biased;
                // 1. What the customer says comes before everything else.
                command = commands.recv() => state = self.command(state, command),
                // 2. Time, so that no flood holds up an end.
                () = until(state.deadline()) => state = self.take(state, Event::Tick),
                () = until(self.kept_off.due()) => {
                    let due = self.kept_off.untold(clock::now());
                    self.tell_kept_off(due);
                }
                () = broken.notified() => state = self.take(state, Event::Finish(CloseReason::ScreenFailed)),
                // 3. What the hands have done: it is little, and bounded.
                Some(news) = from_hands.recv() => state = self.hands_news(state, news),
                // 4. The other end.
                returned = next_return(&mut self.comeback) => state = self.returned(state, returned),
                arrival = next_arrival(&mut self.wire) => match arrival {
                    Arrival::Messages(messages) => {
                        for message in messages {
                            state = self.take(state, Event::Peer(message));
                        }
                    }
                    Arrival::Ended(reason) => state = self.take(state, Event::LineEnded(reason)),
                },
            }
        }
    }

    fn tell_kept_off(&self, counts: Option<Counts>) {
        if let Some(Counts { ours, others }) = counts {
            self.reports.send(&Report::KeptOff { ours, others });
        }
    }

    fn take(&mut self, state: Customer, event: Event) -> Customer {
        let step = state.handle(clock::now(), event);
        self.carry_out(step)
    }

    /// Does what a step asks for, and what follows from that.
    fn carry_out(&mut self, step: Step) -> Customer {
        let Step { mut next, actions } = step;
        let mut granted = false;
        for action in actions {
            granted |= matches!(action, Action::Gate(_));
            if let Some(event) = self.act(action) {
                next = self.take(next, event);
            }
        }
        if granted {
            self.applied(&next);
        }
        next
    }

    /// Tells the guardian what holds; it waits for this after every revocation.
    fn applied(&self, state: &Customer) {
        self.reports.send(&Report::Applied { revision: self.revision, grants: state.grants() });
    }

    fn command(&mut self, state: Customer, command: Option<Command>) -> Customer {
        let event = match command {
            None => Event::Finish(CloseReason::WorkerFailed),
            Some(Command::Accept(share)) => Event::Accept(share),
            Some(Command::Show { revision, share }) => {
                self.revision = revision;
                Event::Show(share)
            }
            Some(Command::ListSources) => {
                // What can't be listed now can be asked for again.
                match self.hands.sources() {
                    Ok((monitors, windows)) => self.reports.send(&Report::Sources { monitors, windows }),
                    Err(error) => tracing::warn!(%error, "Sources not listed"),
                }
                return state;
            }
            Some(Command::Refuse) => Event::Refuse,
            Some(Command::MoreTime) => Event::MoreTime,
            Some(Command::GoOn(go_on)) => Event::GoOn(go_on),
            Some(Command::Pause(pause)) => Event::Pause(pause),
            Some(Command::Finish(reason)) => Event::Finish(reason),
            Some(Command::Set { revision, permission, setting }) => {
                self.revision = revision;
                Event::Set { permission, setting }
            }
            Some(Command::Answer { revision, question, allow }) => {
                self.revision = revision;
                Event::Answer { question, allow }
            }
            Some(Command::OwnWindows { panel, others }) => {
                self.hands.own_windows(panel, others);
                return state;
            }
            Some(Command::Start { .. } | Command::ExtendNumber) => return state,
        };
        let acknowledge = matches!(event, Event::Set { .. } | Event::Answer { .. } | Event::Show(_));
        let next = self.take(state, event);
        if acknowledge {
            self.applied(&next);
        }
        next
    }

    fn hands_news(&mut self, state: Customer, news: HandsNews) -> Customer {
        match news {
            HandsNews::Send(message) => {
                let Some(message) = state.fitting(message) else { return state };
                match self.send(&message) {
                    Some(event) => self.take(state, event),
                    None => state,
                }
            }
            HandsNews::KeptOffOurWindows => {
                let due = self.kept_off.another(clock::now(), Which::Ours);
                self.tell_kept_off(due);
                state
            }
            HandsNews::KeptOffOtherWindows => {
                let due = self.kept_off.another(clock::now(), Which::Others);
                self.tell_kept_off(due);
                state
            }
            HandsNews::Showing(showing) => {
                self.reports.send(&Report::Showing(showing));
                self.take(state, Event::Showing(showing))
            }
            HandsNews::Gone(share) => self.take(state, Event::ShareGone(share)),
        }
    }

    fn act(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Gate(grants) => self.hands.gate(&grants),
            Action::Send(message) => return self.send(&message),
            Action::CheckIdentity { identity, signed } => {
                let checked =
                    verify_technician(&self.root_der, &identity.chain, SystemTime::now(), &signed, &identity.signature);
                return Some(Event::IdentityChecked(checked.map_err(|error| fault(&error))));
            }
            Action::AskWhoIsThere { technician, digits, stands_for } => {
                return self.ask_who_is_there(technician, digits, stands_for);
            }
            Action::Began => {
                if self.hands.begin().is_err() {
                    return Some(Event::Finish(CloseReason::ScreenFailed));
                }
                self.reports.send(&Report::Active);
            }
            Action::StartPicture { share, epoch } => {
                if self.hands.start_picture(share, epoch).is_err() {
                    return Some(Event::Finish(CloseReason::ScreenFailed));
                }
            }
            Action::Inject { epoch, number, input } => {
                if let Some(activity) = self.hands.inject(epoch, number, input) {
                    self.reports.send(&Report::Doing(activity));
                }
            }
            Action::ReleaseInput => self.hands.release(),
            Action::Shown(shown) => self.hands.shown(shown),
            Action::WholeFrame => self.hands.whole_frame(),
            Action::Ask { question, permission, reason, stands_for } => {
                let seconds_left = seconds(stands_for);
                self.reports.send(&Report::Question { question, permission, reason, seconds_left });
            }
            Action::AskToShow { question, wish, reason, stands_for } => {
                let seconds_left = seconds(stands_for);
                self.reports.send(&Report::WishesToSee { question, wish, reason, seconds_left });
            }
            Action::Prolonged { question, stands_for } => {
                self.reports.send(&Report::Prolonged { question, seconds_left: seconds(stands_for) });
            }
            Action::Answered { question, allowed } => self.reports.send(&Report::QuestionGone { question, allowed }),
            Action::Withdrawn { permission, why } => self.reports.send(&Report::Withdrawn { permission, why }),
            Action::AskToGoOn { stands_for } => {
                self.reports.send(&Report::AsksToGoOn { seconds_left: seconds(stands_for) });
            }
            Action::NothingToShow => self.reports.send(&Report::SourceGone),
            Action::GoesOn => self.reports.send(&Report::GoesOn),
            Action::LineBroke { comes_back_within } => {
                tracing::info!("Line broke");
                self.reports.send(&Report::LineBroke { seconds_left: seconds(comes_back_within) });
                self.route.begin_anew();
                self.look_for_the_other_end();
            }
            Action::HangUp => self.look_for_the_other_end(),
            Action::LineBack => {
                tracing::info!("Line is back");
                if let Some(wire) = &self.wire {
                    wire.resumed();
                }
                if let Some(token) = self.burn_token.take() {
                    self.reports.send(&Report::BurnToken(token));
                }
                self.reports.send(&Report::LineBack);
            }
            Action::Close(_) => {}
        }
        None
    }

    /// Sends it, if there is anybody. A queue that is full is of a peer that does not read: there is no use in waiting
    /// for one that never will.
    fn send(&mut self, message: &ToTechnician) -> Option<Event> {
        let sent = self.wire.as_mut()?.send(message);
        sent.err().map(|_| Event::Finish(CloseReason::NetworkLost))
    }

    fn look_for_the_other_end(&mut self) {
        self.wire = None;
        self.comeback = Some(self.route.set_out());
    }

    /// Somebody is there, or there is nothing any more to come back to.
    fn returned(&mut self, state: Customer, returned: CustomersReturn) -> Customer {
        self.comeback = None;
        let Back { wire, exporter, early, burn_token } = match returned {
            Return::Back(back) => *back,
            Return::Over(reason) => return self.take(state, Event::LineEnded(reason)),
        };
        self.wire = Some(wire);
        self.burn_token = Some(burn_token);
        let mut state = self.take(state, Event::LineOpen(exporter));
        for message in early {
            state = self.take(state, Event::Peer(message));
        }
        state
    }

    fn ask_who_is_there(&self, technician: TechnicianName, digits: u16, stands_for: Duration) -> Option<Event> {
        match self.hands.sources() {
            Ok((monitors, windows)) if !monitors.is_empty() => {
                let seconds_left = seconds(stands_for);
                self.reports.send(&Report::WhoIsThere { technician, digits, monitors, windows, seconds_left });
                None
            }
            Ok(_) | Err(_) => Some(Event::Finish(CloseReason::ScreenFailed)),
        }
    }
}

/// Cancel safe, as what it waits for is.
async fn next_arrival(wire: &mut Option<CustomerWire>) -> Arrival<ToCustomer> {
    match wire {
        Some(wire) => wire.next().await,
        None => core::future::pending().await,
    }
}

async fn next_return(comeback: &mut Option<Comeback<ToTechnician, ToCustomer>>) -> CustomersReturn {
    match comeback {
        Some(comeback) => comeback.next().await,
        None => core::future::pending().await,
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

fn fault(error: &IdentityError) -> IdentityFault {
    tracing::warn!(%error, "Technician refused");
    match error {
        IdentityError::Expired | IdentityError::Early => IdentityFault::NotValidNow,
        IdentityError::Missing
        | IdentityError::Foreign
        | IdentityError::Purpose
        | IdentityError::Signature
        | IdentityError::Name => IdentityFault::Refused,
    }
}
