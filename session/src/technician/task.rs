//! The loop of a technician's session: read, `handle`, do the actions.

use super::talk::Talk;
use super::{Config, News, Pictures, Wish};
use crate::call::{Arrival, Paired, Waiting, WaitingEvent, Wire, refused};
use crate::clock;
use crate::pipe::{Stage, StartFault};
use crate::rendezvous::{ConnectError, TechnicianCredential};
use beistand_protocol::close::CloseReason;
use beistand_protocol::handshake::Context;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::number::SessionNumber;
use beistand_protocol::rendezvous::Role;
use beistand_protocol::technician::{Action, Event, Step, Technician};
use beistand_protocol::time::Moment;
use core::time::Duration;
use rand_core_06::OsRng;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;
use tokio::time::sleep;

type TechnicianWire = Wire<ToCustomer, ToTechnician>;

pub(super) async fn run(
    mut config: Config,
    mut wishes: Receiver<Wish>,
    pictures: Arc<Pictures>,
    mut news: impl FnMut(News) + Send,
) {
    let reason = match pair(&mut config, &mut wishes, &mut news).await {
        Ok(paired) => match begin(paired, &config, &mut wishes, &mut news).await {
            Ok((wire, step, early)) => {
                let talk = Talk::new(clock::now());
                let end = End { credential: &config.credential, pictures: &pictures, news: &mut news, talk };
                end.converse(wire, step, early, &mut wishes).await
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
                Some(Wish::Ask(..) | Wish::Input(_) | Wish::Shown(_)) => {}
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
) -> Result<(TechnicianWire, Step, Vec<ToTechnician>), CloseReason> {
    if let Some(token) = paired.burn_token {
        news(News::BurnToken(token));
    }
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
    Ok((wire, step, early))
}

struct End<'a, N> {
    credential: &'a TechnicianCredential,
    pictures: &'a Pictures,
    news: &'a mut N,
    talk: Talk,
}

impl<N: FnMut(News)> End<'_, N> {
    async fn converse(
        mut self,
        mut wire: TechnicianWire,
        step: Step,
        early: Vec<ToTechnician>,
        wishes: &mut Receiver<Wish>,
    ) -> CloseReason {
        let mut state = self.carry_out(step, &mut wire);
        let mut inbox = VecDeque::from(early);
        loop {
            if let Technician::Closed(reason) = state {
                wire.close().await;
                return reason;
            }
            let listens = self.talk.may_go_on(clock::now());
            tokio::select! {
                // One at a time, so that however much came at once the technician is heard in between.
                message = first(&mut inbox), if listens && !inbox.is_empty() => {
                    if let Some(message) = message {
                        state = self.take(state, Event::Peer(message), &mut wire);
                    }
                }
                arrival = wire.next(), if listens && inbox.is_empty() => match arrival {
                    Arrival::Messages(messages) => inbox.extend(messages),
                    Arrival::Ended(reason) => state = self.take(state, Event::LineEnded(reason), &mut wire),
                },
                () = until(Some(self.talk.resumes())), if !listens => {}
                wish = wishes.recv() => {
                    let event = match wish {
                        Some(Wish::Ask(permission, reason)) => Event::Ask { permission, reason },
                        Some(Wish::Input(input)) => Event::Input(input),
                        Some(Wish::Shown(shown)) => Event::Shown(shown),
                        Some(Wish::Finish) | None => Event::Finish,
                        Some(Wish::Extend) => continue,
                    };
                    state = self.take(state, event, &mut wire);
                }
                () = until(state.deadline()) => state = self.take(state, Event::Tick, &mut wire),
            }
        }
    }

    fn take(&mut self, state: Technician, event: Event, wire: &mut TechnicianWire) -> Technician {
        let step = state.handle(clock::now(), event);
        self.carry_out(step, wire)
    }

    /// Does what a step asks for, and what follows from that.
    fn carry_out(&mut self, step: Step, wire: &mut TechnicianWire) -> Technician {
        let Step { mut next, actions } = step;
        for action in actions {
            if let Some(event) = self.act(action, wire) {
                next = self.take(next, event, wire);
            }
        }
        next
    }

    fn act(&mut self, action: Action, wire: &mut TechnicianWire) -> Option<Event> {
        let news = match action {
            Action::Send(message) => {
                return wire.send(&message).err().map(|_| Event::LineEnded(CloseReason::NetworkLost));
            }
            Action::Sign(bytes) => {
                let signature = self.credential.key.sign(&bytes);
                return Some(Event::Signed { chain: self.credential.certificate.chain.clone(), signature });
            }
            Action::Picture(update) => {
                let error = self.pictures.apply(&update).err();
                return error.filter(|error| error.asks_for_whole_frame()).map(|_| Event::NeedWholeFrame);
            }
            Action::AwaitConsent { digits } => News::AwaitingConsent { digits },
            Action::Granted(grants) => News::Granted(grants),
            Action::Answered { permission, answer } => News::Answered { permission, answer },
            Action::CursorShape(shape) => News::CursorShape(shape),
            Action::CursorPlace(place) => News::CursorPlace(place),
            Action::Paused(pause) => News::Paused(pause),
            Action::Dropped(why) => News::Dropped(why),
            Action::RoundTrip(round_trip) => {
                News::Quality { round_trip, received_bytes_per_second: wire.received_per_second(clock::now()) }
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

/// Waits until a moment, or for ever if there is none. What is due is ready at once: beside a line on which there
/// is always something to read, a wait that begins anew each time would never be over.
pub(crate) async fn until(deadline: Option<Moment>) {
    let Some(deadline) = deadline else { return core::future::pending().await };
    let left = deadline.since(clock::now());
    if !left.is_zero() {
        sleep(left + Duration::from_millis(1)).await;
    }
}
