//! The loop of a technician's session: read, `handle`, do the actions.

use super::talk::Talk;
use super::work::{Work, decoding};
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
            Ok(Begun { line, route, burn_token, step }) => {
                let (talk, work) = (Talk::new(clock::now()), Work::new(clock::now()));
                let end = End {
                    credential: &config.credential,
                    pictures: &pictures,
                    news: &mut news,
                    talk,
                    work,
                    exact: true,
                    line: Some(line),
                    route,
                    comeback: None,
                    burn_token,
                    next_burn_token: None,
                };
                end.converse(step, &mut wishes).await
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
    Ok(Begun { line: Line { wire, inbox: early.into() }, route, burn_token, step })
}

/// The inner channel is established.
struct Begun {
    line: Line,
    route: Route,
    burn_token: Option<BurnToken>,
    step: Step,
}

/// A line, and what came over it and was not taken up yet: whoever lets go of the one lets go of the other.
struct Line {
    wire: TechnicianWire,
    inbox: VecDeque<ToTechnician>,
}

/// What comes of a line.
enum Heard {
    Message(ToTechnician),
    Ended(CloseReason),
}

impl Line {
    /// The next message, alone, so that however much came at once the technician is heard in between. Cancel safe.
    async fn next(&mut self) -> Heard {
        loop {
            if !self.inbox.is_empty() {
                // Others get their turn before it.
                tokio::task::yield_now().await;
            }
            if let Some(message) = self.inbox.pop_front() {
                return Heard::Message(message);
            }
            match self.wire.next().await {
                Arrival::Messages(messages) => self.inbox.extend(messages),
                Arrival::Ended(reason) => return Heard::Ended(reason),
            }
        }
    }
}

struct End<'a, N> {
    credential: &'a TechnicianCredential,
    pictures: &'a Pictures,
    news: &'a mut N,
    talk: Talk,
    work: Work,
    /// Whether the picture is, as was told last.
    exact: bool,
    /// None while it is broken and nobody is there.
    line: Option<Line>,
    route: Route,
    /// While the other end is looked for.
    comeback: Option<Comeback<ToCustomer, ToTechnician>>,
    /// Ends the session over a fresh request.
    burn_token: Option<BurnToken>,
    /// Of the newest line, until it is known to be the right one.
    next_burn_token: Option<BurnToken>,
}

impl<N: FnMut(News)> End<'_, N> {
    async fn converse(mut self, step: Step, wishes: &mut Receiver<Wish>) -> CloseReason {
        let mut state = self.carry_out(step);
        loop {
            if let Technician::Closed(reason) = state {
                self.leave().await;
                return reason;
            }
            let now = clock::now();
            let listens = self.talk.may_go_on(now) & self.work.may_go_on(now);
            tokio::select! {
                heard = next_heard(&mut self.line), if listens => {
                    let event = match heard {
                        Heard::Message(message) => Event::Peer(message),
                        Heard::Ended(reason) => Event::LineEnded(reason),
                    };
                    state = self.take(state, event);
                }
                returned = next_return(&mut self.comeback) => state = self.returned(state, returned),
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
        match (self.line.take(), self.burn_token.take()) {
            (Some(line), _) => line.wire.close().await,
            (None, Some(token)) => {
                let told = timeout(BURN_WITHIN, burn(&self.route.trust, token, Farewell::Ended)).await;
                tracing::debug!(?told, "Relay told");
            }
            (None, None) => {}
        }
    }

    fn look_for_the_other_end(&mut self) {
        self.line = None;
        self.comeback = Some(self.route.set_out());
    }

    /// Somebody is there, or there is nothing any more to come back to.
    fn returned(&mut self, state: Technician, returned: TechniciansReturn) -> Technician {
        self.comeback = None;
        let Back { wire, exporter, early, burn_token } = match returned {
            Return::Back(back) => *back,
            Return::Over(reason) => return self.take(state, Event::LineEnded(reason)),
        };
        self.line = Some(Line { wire, inbox: early.into() });
        self.next_burn_token = Some(burn_token);
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
                let sent = self.line.as_mut()?.wire.send(&message);
                return sent.err().map(|_| Event::Unheard);
            }
            Action::Sign(bytes) => {
                let signature = self.credential.key.sign(&bytes);
                return Some(Event::Signed { chain: self.credential.certificate.chain.clone(), signature });
            }
            Action::Picture(update) => {
                let began = Instant::now();
                let error = self.pictures.apply(&update).err();
                self.work.spend(began.elapsed() + decoding(self.pictures.left_to_viewer()));
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
                let received = self.line.as_mut().map(|line| line.wire.received_per_second(clock::now()));
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
                if let Some(line) = &self.line {
                    line.wire.resumed();
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

/// Cancel safe, as what it waits for is.
async fn next_heard(line: &mut Option<Line>) -> Heard {
    match line {
        Some(line) => line.next().await,
        None => core::future::pending().await,
    }
}

async fn next_return(comeback: &mut Option<Comeback<ToCustomer, ToTechnician>>) -> TechniciansReturn {
    match comeback {
        Some(comeback) => comeback.next().await,
        None => core::future::pending().await,
    }
}
