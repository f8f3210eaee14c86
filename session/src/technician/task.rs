//! The loop of a technician's session: read, `handle`, do the actions.

use super::talk::Talk;
use super::work::Work;
use super::{Config, News, Pictures, Wish};
use crate::call::{Arrival, Back, Comeback, Paired, Return, Route, Waiting, WaitingEvent, Wire, refused};
use crate::clock::{self, until};
use crate::pipe::{Stage, StartFault};
use crate::rendezvous::{ConnectError, Farewell, TechnicianCredential, burn};
use beistand_protocol::close::CloseReason;
use beistand_protocol::handshake::Context;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::number::SessionNumber;
use beistand_protocol::rendezvous::{BurnToken, Role};
use beistand_protocol::technician::{Action, Event, Step, Technician};
use core::time::Duration;
use rand_core_06::OsRng;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

type TechnicianWire = Wire<ToCustomer, ToTechnician>;
type TechniciansReturn = Return<ToCustomer, ToTechnician>;

/// How long telling the relay may take that a session is over whose line is broken.
const BURN_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn run(
    mut config: Config,
    mut wishes: Receiver<Wish>,
    pictures: Arc<Pictures>,
    mut news: impl FnMut(News) + Send,
) {
    let reason = match pair(&mut config, &mut wishes, &mut news).await {
        Ok(paired) => match begin(paired, &config, &mut wishes, &mut news).await {
            Ok(Begun { wire, route, burn_token, step, early }) => {
                let (talk, work) = (Talk::new(clock::now()), Work::new(clock::now()));
                let end = End {
                    credential: &config.credential,
                    pictures: &pictures,
                    news: &mut news,
                    talk,
                    work,
                    exact: true,
                    wire: Some(wire),
                    route,
                    comeback: None,
                    burn_token,
                    next_burn_token: None,
                };
                end.converse(step, early, &mut wishes).await
            }
            Err(reason) => reason,
        },
        Err(reason) => reason,
    };
    news(News::Ended(reason));
}

/// Reaches the relay and waits until the customer is there.
async fn pair(
    config: &mut Config,
    wishes: &mut Receiver<Wish>,
    news: &mut impl FnMut(News),
) -> Result<Paired, CloseReason> {
    news(News::Stage(Stage::Connecting));
    let number = config.number.take();
    let connecting = Waiting::connect(&config.trust, Role::Technician, number, Some(&config.credential));
    let mut waiting = tokio::select! {
        connected = connecting => connected.map_err(|error| failed(&error, news))?,
        () = finished(wishes) => return Err(CloseReason::EndedByTechnician),
    };
    let mut issued: Option<SessionNumber> = None;
    loop {
        tokio::select! {
            event = waiting.next(&mut issued) => match event {
                WaitingEvent::Number { spoken, lives_for } => {
                    news(News::Number { spoken, lives_for });
                    news(News::Stage(Stage::Waiting));
                }
                WaitingEvent::Paired => {
                    news(News::Stage(Stage::Confirming));
                    return waiting.paired(issued).ok_or(CloseReason::WorkerFailed);
                }
                WaitingEvent::Ended(reason) => return Err(reason),
            },
            wish = wishes.recv() => match wish {
                Some(Wish::Extend) => waiting.extend().await,
                Some(Wish::Finish) | None => {
                    waiting.cancel().await;
                    return Err(CloseReason::EndedByTechnician);
                }
                Some(Wish::Ask(..) | Wish::AskToShow(..) | Wish::Input(_) | Wish::Shown(_)) => {}
            },
        }
    }
}

/// Waits until the technician gives up.
async fn finished(wishes: &mut Receiver<Wish>) {
    while !matches!(wishes.recv().await, Some(Wish::Finish) | None) {}
}

fn failed(error: &ConnectError, news: &mut impl FnMut(News)) -> CloseReason {
    if let Some(reason) = refused(error) {
        return reason;
    }
    news(News::Fault(StartFault::from(error)));
    CloseReason::NetworkLost
}

async fn begin(
    paired: Paired,
    config: &Config,
    wishes: &mut Receiver<Wish>,
    news: &mut impl FnMut(News),
) -> Result<Begun, CloseReason> {
    let burn_token = paired.burn_token;
    if let Some(token) = burn_token.clone() {
        news(News::BurnToken(token));
    }
    let route = Route {
        trust: config.trust.clone(),
        own: Role::Technician,
        credential: Some(Arc::clone(&config.credential)),
        meeting: paired.resume,
        attempts: 0,
    };
    let (wire, exporter, early) = tokio::select! {
        established = TechnicianWire::establish(paired.line, Role::Technician) => established?,
        () = finished(wishes) => return Err(CloseReason::EndedByTechnician),
    };
    let context = Context {
        role: Role::Technician,
        issuer: paired.issuer,
        slot: paired.slot,
        domain: config.trust.domain.as_str().to_owned(),
        root: *config.root.as_bytes(),
    };
    let step = Technician::begin(context, paired.digits, exporter, clock::now(), OsRng);
    Ok(Begun { wire, route, burn_token, step, early })
}

/// The inner channel is established.
struct Begun {
    wire: TechnicianWire,
    route: Route,
    burn_token: Option<BurnToken>,
    step: Step,
    early: Vec<ToTechnician>,
}

struct End<'a, N> {
    credential: &'a TechnicianCredential,
    pictures: &'a Pictures,
    news: &'a mut N,
    talk: Talk,
    work: Work,
    /// Whether the picture is, as was told last.
    exact: bool,
    /// None while the line is broken and nobody is there.
    wire: Option<TechnicianWire>,
    route: Route,
    /// While the other end is looked for.
    comeback: Option<Comeback<ToCustomer, ToTechnician>>,
    /// Ends the session over a fresh request.
    burn_token: Option<BurnToken>,
    /// Of the newest line, until it is known to be the right one.
    next_burn_token: Option<BurnToken>,
}

impl<N: FnMut(News)> End<'_, N> {
    async fn converse(mut self, step: Step, early: Vec<ToTechnician>, wishes: &mut Receiver<Wish>) -> CloseReason {
        let mut state = self.carry_out(step);
        let mut inbox = VecDeque::from(early);
        loop {
            if let Technician::Closed(reason) = state {
                self.leave().await;
                return reason;
            }
            let now = clock::now();
            let listens = self.talk.may_go_on(now) & self.work.may_go_on(now);
            tokio::select! {
                // One at a time, so that however much came at once the technician is heard in between.
                message = first(&mut inbox), if listens && !inbox.is_empty() => {
                    if let Some(message) = message {
                        state = self.take(state, Event::Peer(message));
                    }
                }
                returned = next_return(&mut self.comeback) => {
                    // What is left of the old line is not for the new one.
                    inbox.clear();
                    state = self.returned(state, returned, &mut inbox);
                }
                arrival = next_arrival(&mut self.wire), if listens && inbox.is_empty() => match arrival {
                    Arrival::Messages(messages) => inbox.extend(messages),
                    Arrival::Ended(reason) => state = self.take(state, Event::LineEnded(reason)),
                },
                () = until(Some(self.talk.resumes().max(self.work.resumes()))), if !listens => {}
                wish = wishes.recv() => {
                    let event = match wish {
                        Some(Wish::Ask(permission, reason)) => Event::Ask { permission, reason },
                        Some(Wish::AskToShow(wish, reason)) => Event::AskToShow { wish, reason },
                        Some(Wish::Input(input)) => Event::Input(input),
                        Some(Wish::Shown(shown)) => Event::Shown(shown),
                        Some(Wish::Finish) | None => Event::Finish,
                        Some(Wish::Extend) => continue,
                    };
                    state = self.take(state, event);
                }
                () = until(state.deadline()) => state = self.take(state, Event::Tick),
            }
        }
    }

    /// Says good-bye: to the customer's end, or, if there is no line to it, to the relay for it.
    async fn leave(mut self) {
        self.comeback = None;
        match (self.wire.take(), self.burn_token.take()) {
            (Some(wire), _) => wire.close().await,
            (None, Some(token)) => {
                let told = timeout(BURN_WITHIN, burn(&self.route.trust, token, Farewell::Ended)).await;
                tracing::debug!(?told, "Relay told");
            }
            (None, None) => {}
        }
    }

    fn look_for_the_other_end(&mut self) {
        self.wire = None;
        self.comeback = Some(self.route.set_out());
    }

    /// Somebody is there, or there is nothing any more to come back to.
    fn returned(
        &mut self,
        state: Technician,
        returned: TechniciansReturn,
        inbox: &mut VecDeque<ToTechnician>,
    ) -> Technician {
        self.comeback = None;
        let Back { wire, exporter, early, burn_token } = match returned {
            Return::Back(back) => *back,
            Return::Over(reason) => return self.take(state, Event::LineEnded(reason)),
        };
        self.wire = Some(wire);
        self.next_burn_token = Some(burn_token);
        inbox.extend(early);
        self.take(state, Event::LineOpen(exporter))
    }

    fn take(&mut self, state: Technician, event: Event) -> Technician {
        let step = state.handle(clock::now(), event);
        self.carry_out(step)
    }

    /// Does what a step asks for, and what follows from that.
    fn carry_out(&mut self, step: Step) -> Technician {
        let Step { mut next, actions } = step;
        for action in actions {
            if let Some(event) = self.act(action) {
                next = self.take(next, event);
            }
        }
        next
    }

    fn act(&mut self, action: Action) -> Option<Event> {
        let news = match action {
            Action::Send(message) => {
                let sent = self.wire.as_mut()?.send(&message);
                return sent.err().map(|_| Event::Unheard);
            }
            Action::Sign(bytes) => {
                let signature = self.credential.key.sign(&bytes);
                return Some(Event::Signed { chain: self.credential.certificate.chain.clone(), signature });
            }
            Action::Picture(update) => {
                let began = Instant::now();
                let error = self.pictures.apply(&update).err();
                self.work.spend(began.elapsed());
                let exact = self.pictures.is_exact();
                if std::mem::replace(&mut self.exact, exact) != exact {
                    let news = News::Exact(exact);
                    self.talk.spend(&news);
                    (self.news)(news);
                }
                return error.filter(|error| error.asks_for_whole_frame()).map(|_| Event::NeedWholeFrame);
            }
            Action::AwaitConsent { digits } => News::AwaitingConsent { digits },
            Action::Granted(grants) => News::Granted(grants),
            Action::Answered { permission, answer } => News::Answered { permission, answer },
            Action::Showing(showing) => News::Showing(showing),
            Action::ShowAnswered(answer) => News::ShowAnswered(answer),
            Action::CursorShape(shape) => News::CursorShape(shape),
            Action::CursorPlace(place) => News::CursorPlace(place),
            Action::Paused(pause) => News::Paused(pause),
            Action::Dropped(why) => News::Dropped(why),
            Action::Chord(fate) => News::Chord(fate),
            Action::RoundTrip(round_trip) => {
                let received = self.wire.as_mut().map(|wire| wire.received_per_second(clock::now()));
                News::Quality { round_trip, received_bytes_per_second: received.unwrap_or_default() }
            }
            Action::LineBroke { comes_back_within } => {
                self.route.begin_anew();
                self.look_for_the_other_end();
                News::LineBroke { comes_back_within }
            }
            Action::HangUp => {
                self.look_for_the_other_end();
                return None;
            }
            Action::LineBack => {
                if let Some(wire) = &self.wire {
                    wire.resumed();
                }
                if let Some(token) = self.next_burn_token.take() {
                    self.burn_token = Some(token.clone());
                    (self.news)(News::BurnToken(token));
                }
                News::LineBack
            }
            Action::Close(_) => return None,
        };
        self.talk.spend(&news);
        (self.news)(news);
        None
    }
}

/// The first in the inbox. Cancel safe; others get their turn before it.
async fn first(inbox: &mut VecDeque<ToTechnician>) -> Option<ToTechnician> {
    tokio::task::yield_now().await;
    inbox.pop_front()
}

/// Cancel safe, as what it waits for is.
async fn next_arrival(wire: &mut Option<TechnicianWire>) -> Arrival<ToTechnician> {
    match wire {
        Some(wire) => wire.next().await,
        None => core::future::pending().await,
    }
}

async fn next_return(comeback: &mut Option<Comeback<ToCustomer, ToTechnician>>) -> TechniciansReturn {
    match comeback {
        Some(comeback) => comeback.next().await,
        None => core::future::pending().await,
    }
}
