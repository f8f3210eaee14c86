//! One end's WebSocket: greeting, proof, and copying in both directions at once.
//!
//! Reading and writing are independent. A reader that can't pass its message on stops reading; a writer whose end
//! does not take a message in time gives up. Nothing is dropped: the stream is ciphertext in order.

use super::hall::{Link, Order, Place};
use super::server::{Peer, Relay};
use crate::core::{Event, Who};
use axum::extract::ws::{Message, WebSocket};
use beistand_protocol::rendezvous::{
    EndReason, FromRelay, Hello, Intent, MAX_CONTROL_BYTES, Nonce, Refusal, Role, ToRelay, VERSION, line_message,
};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rand::Rng;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// From the upgrade to the end of the proof.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// An end that has sent nothing, not even a ping, for this long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// An end that takes no message within this time is gone.
const WRITE_DEADLINE: Duration = Duration::from_secs(15);
const PING_EVERY: Duration = Duration::from_secs(10);
/// How long the last words may take to be heard.
const FAREWELL: Duration = Duration::from_secs(2);

type Sink = SplitSink<WebSocket, Message>;
type Stream = SplitStream<WebSocket>;

/// Why the reading side stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Gone,
    Silent,
    Malformed,
}

/// Serves one WebSocket until it is over.
pub(super) async fn serve(relay: Arc<Relay>, peer: Peer, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    match timeout(HANDSHAKE, greet(&relay, &mut sink, &mut stream)).await {
        Ok(Ok((who, intent))) => {
            let (place, orders) = relay.hall.enter(who, peer.prefix, intent);
            pass(&relay, place, orders, &mut sink, &mut stream).await;
        }
        Ok(Err(Some(reason))) => {
            relay.counters.count(refusal_label(reason));
            let _ = say(&mut sink, &FromRelay::Refused { reason }).await;
        }
        Ok(Err(None)) => return,
        Err(_) => {
            relay.counters.count("handshake_too_slow");
            return;
        }
    }
    farewell(&mut sink, &mut stream).await;
}

const fn refusal_label(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Number => "number",
        Refusal::Version => "version",
        Refusal::Technician => "technician_not_admitted",
        Refusal::Full => "full",
        Refusal::Draining => "draining",
        Refusal::Malformed => "malformed",
    }
}

/// Reads who it is and what it wants. `None` if it left.
async fn greet(relay: &Relay, sink: &mut Sink, stream: &mut Stream) -> Result<(Who, Intent), Option<Refusal>> {
    let ToRelay::Hello(Hello { version, role, intent }) = hear(stream).await? else {
        return Err(Some(Refusal::Malformed));
    };
    if version != VERSION {
        return Err(Some(Refusal::Version));
    }
    if role == Role::Customer {
        return Ok((Who::Customer, intent));
    }
    let mut nonce = [0; 48];
    rand::rng().fill_bytes(&mut nonce);
    let nonce = Nonce::new(nonce);
    say(sink, &FromRelay::Challenge { nonce }).await.map_err(|()| None)?;
    let ToRelay::Proof { device, signature } = hear(stream).await? else {
        return Err(Some(Refusal::Malformed));
    };
    let known = relay.store.device(device).await.inspect_err(|error| tracing::error!("{error}"));
    match known {
        Ok(Some((technician, _, key)))
            if key.signed(&line_message(&relay.domain, &nonce, role, intent), &signature.0) =>
        {
            Ok((Who::Technician(technician), intent))
        }
        Ok(_) | Err(_) => Err(Some(Refusal::Technician)),
    }
}

async fn hear(stream: &mut Stream) -> Result<ToRelay, Option<Refusal>> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => return read(&text).ok_or(Some(Refusal::Malformed)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(Some(Refusal::Malformed)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
        }
    }
}

fn read(text: &str) -> Option<ToRelay> {
    (text.len() <= MAX_CONTROL_BYTES).then(|| serde_json::from_str(text).ok())?
}

async fn say(sink: &mut Sink, message: &FromRelay) -> Result<(), ()> {
    let text = serde_json::to_string(message).map_err(drop)?;
    write(sink, Message::text(text)).await
}

async fn write(sink: &mut Sink, message: Message) -> Result<(), ()> {
    timeout(WRITE_DEADLINE, sink.send(message)).await.map_err(drop)?.map_err(drop)
}

/// Carries out orders and copies, until one side has an end. The place is left before the last words are said.
async fn pass(relay: &Relay, place: Place, orders: mpsc::Receiver<Order>, sink: &mut Sink, stream: &mut Stream) {
    let to_other = OnceLock::new();
    let left = tokio::select! {
        left = read_all(relay, &place, &to_other, stream) => Some(left),
        () = write_all(relay, orders, &to_other, sink) => None,
    };
    drop(place);
    drop(to_other);
    let reason = match left {
        None | Some(Left::Gone) => return,
        Some(Left::Silent) => EndReason::TooSlow,
        Some(Left::Malformed) => EndReason::Malformed,
    };
    relay.counters.count(if reason == EndReason::TooSlow { "silent" } else { "malformed" });
    let _ = timeout(FAREWELL, say(sink, &FromRelay::Ended { reason })).await;
}

async fn read_all(relay: &Relay, place: &Place, to_other: &OnceLock<mpsc::Sender<Bytes>>, stream: &mut Stream) -> Left {
    loop {
        let Ok(message) = timeout(SILENCE, stream.next()).await else { return Left::Silent };
        match message {
            Some(Ok(Message::Binary(data))) => match to_other.get() {
                // An error means that the other end is gone; what is still on its way is nobody's.
                Some(to_other) => drop(to_other.send(data).await),
                None => return Left::Malformed,
            },
            Some(Ok(Message::Text(text))) => match read(&text) {
                Some(ToRelay::Extend) => relay.hall.handle(Event::Extended(place.connection)),
                Some(ToRelay::Resumed) => relay.hall.handle(Event::Resumed(place.connection)),
                Some(ToRelay::Cancel) => relay.hall.handle(Event::Cancelled(place.connection)),
                Some(ToRelay::Hello(_) | ToRelay::Proof { .. }) | None => return Left::Malformed,
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Err(error)) if is_their_fault(&error) => return Left::Malformed,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Left::Gone,
        }
    }
}

/// A message that is too long, or bytes that are no WebSocket; everything else is a broken connection.
fn is_their_fault(error: &axum::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.is::<std::io::Error>() {
            return false;
        }
        source = error.source();
    }
    true
}

/// Writes until there is an order to end, the end takes nothing more, or it is let go.
async fn write_all(
    relay: &Relay,
    mut orders: mpsc::Receiver<Order>,
    to_other: &OnceLock<mpsc::Sender<Bytes>>,
    sink: &mut Sink,
) {
    let mut from_other: Option<mpsc::Receiver<Bytes>> = None;
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let written = tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Say(message)) => say(sink, &message).await,
                Some(Order::Pair(message, Link { to_other: to, from_other: from })) => {
                    let _ = to_other.set(to);
                    from_other = Some(from);
                    say(sink, &message).await
                }
                Some(Order::Refuse(reason)) => {
                    let _ = say(sink, &FromRelay::Refused { reason }).await;
                    return;
                }
                Some(Order::End(reason)) => {
                    last_messages(reason, from_other.as_mut(), sink).await;
                    let _ = say(sink, &FromRelay::Ended { reason }).await;
                    return;
                }
                None => return relay.counters.count("stuck"),
            },
            Some(data) = next(from_other.as_mut()) => write(sink, Message::Binary(data)).await,
            _ = pings.tick() => write(sink, Message::Ping(Bytes::new())).await,
        };
        if written.is_err() {
            return relay.counters.count("not_written");
        }
    }
}

/// The next message of the other end; `None` once there will be no more, which waits no longer.
async fn next(from_other: Option<&mut mpsc::Receiver<Bytes>>) -> Option<Bytes> {
    from_other?.recv().await
}

/// What the other end sent before it ended the session is still delivered: it may say why.
async fn last_messages(reason: EndReason, from_other: Option<&mut mpsc::Receiver<Bytes>>, sink: &mut Sink) {
    let by_other = matches!(reason, EndReason::OtherEnd | EndReason::Stopped | EndReason::OtherEndLost);
    let Some(from_other) = from_other.filter(|_| by_other) else { return };
    let all = async {
        while let Ok(data) = from_other.try_recv() {
            if write(sink, Message::Binary(data)).await.is_err() {
                return;
            }
        }
    };
    let _ = timeout(FAREWELL, all).await;
}

/// Closes in a way that lets the last words arrive: a socket closed with unread data would reset them away.
async fn farewell(sink: &mut Sink, stream: &mut Stream) {
    let all = async {
        let _ = sink.send(Message::Close(None)).await;
        while let Some(Ok(_)) = stream.next().await {}
    };
    let _ = timeout(FAREWELL, all).await;
}
