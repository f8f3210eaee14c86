//! The line of one session: a WebSocket to the relay.
//!
//! Text is control with the relay, binary is ciphertext from and to the other end. Bounded by itself: nothing is
//! queued here, a writer waits until the kernel has taken its message, a reader reads when it is asked to.

use super::{ConnectError, DomainTrust, TechnicianCredential, socket, tls};
use beistand_protocol::rendezvous::api::Bytes as Signature;
use beistand_protocol::rendezvous::{
    FromRelay, Hello, Intent, MAX_DATA_BYTES, Refusal, Role, SESSION_PATH, ToRelay, line_message,
};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

const PING_EVERY: Duration = Duration::from_secs(10);
/// Who has not even answered a ping for this long is gone.
const SILENCE: Duration = Duration::from_secs(25);
/// A message that the network does not take within this time ends the line.
const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// The outer TLS gives no more at once, and the buffer is cleared for each read.
const READ_BYTES: usize = 16 * 1024;

type Socket = WebSocketStream<tls::TlsStream>;

/// An open line, greeted and, for a technician, proven. Its first event is [`FromRelay::Waiting`] or
/// [`FromRelay::Paired`].
#[derive(Debug)]
pub struct Line {
    /// What this end says.
    pub sender: LineSender,
    /// What it hears.
    pub receiver: LineReceiver,
}

/// What comes in on a line.
#[derive(Clone, Debug)]
pub enum LineEvent {
    /// From the relay. After [`FromRelay::Ended`] nothing but [`LineEvent::Closed`] follows.
    Control(FromRelay),
    /// Ciphertext from the other end.
    Data(Bytes),
    /// The line is gone, and stays so.
    Closed,
}

/// Opens a line: `hello` says on which side and what for.
///
/// # Errors
/// [`ConnectError::Refused`] if the relay won't; a technician without credential is refused here already.
pub async fn connect(
    trust: &DomainTrust,
    hello: Hello,
    credential: Option<&TechnicianCredential>,
) -> Result<Line, ConnectError> {
    let stream = socket::open(trust, Some(hello.role)).await?;
    timeout(socket::STEP_DEADLINE, greet(trust, stream, hello, credential)).await.map_err(|_| ConnectError::Lost)?
}

async fn greet(
    trust: &DomainTrust,
    stream: tls::TlsStream,
    hello: Hello,
    credential: Option<&TechnicianCredential>,
) -> Result<Line, ConnectError> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_message_size(Some(MAX_DATA_BYTES))
        .max_frame_size(Some(MAX_DATA_BYTES));
    let url = format!("wss://{}{SESSION_PATH}", trust.domain);
    let (mut socket, _) =
        tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await.map_err(upgrade_error)?;
    say(&mut socket, &ToRelay::Hello(hello)).await?;
    let mut answer = hear(&mut socket).await?;
    if hello.role == Role::Technician
        && let FromRelay::Challenge { nonce } = answer
    {
        let key = &credential.ok_or(ConnectError::Refused(Refusal::Technician))?.key;
        let signature = key.sign(&line_message(&trust.domain, &nonce, hello.role, hello.intent));
        say(&mut socket, &ToRelay::Proof { device: key.id(), signature: Signature(signature) }).await?;
        answer = hear(&mut socket).await?;
    }
    match answer {
        FromRelay::Waiting { .. } | FromRelay::Paired { .. } | FromRelay::Awaiting { .. } => {
            Ok(Line::new(socket, answer))
        }
        // What became of the session that was to be resumed.
        FromRelay::Ended { .. } if matches!(hello.intent, Intent::Resume { .. }) => Ok(Line::new(socket, answer)),
        FromRelay::Refused { reason } => Err(ConnectError::Refused(reason)),
        FromRelay::Ended { .. } => Err(ConnectError::Lost),
        FromRelay::Challenge { .. } | FromRelay::Stopping { .. } => {
            Err(ConnectError::Answer("the relay speaks out of turn"))
        }
    }
}

fn upgrade_error(error: SocketError) -> ConnectError {
    // The answers of another crate; what is not named is a broken connection.
    #[allow(clippy::wildcard_enum_match_arm)]
    match error {
        SocketError::Http(response) if response.status().as_u16() == 503 => ConnectError::Refused(Refusal::Full),
        SocketError::Http(_) | SocketError::Protocol(_) => ConnectError::Answer("no relay is at this address"),
        _ => ConnectError::Lost,
    }
}

async fn say(socket: &mut Socket, message: &ToRelay) -> Result<(), ConnectError> {
    socket.send(text(message)).await.map_err(|_| ConnectError::Lost)
}

async fn hear(socket: &mut Socket) -> Result<FromRelay, ConnectError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(&text)
                    .map_err(|_| ConnectError::Answer("the relay speaks another language"));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => {
                return Err(ConnectError::Answer("the relay sent data out of turn"));
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(ConnectError::Lost),
        }
    }
}

fn text(message: &ToRelay) -> Message {
    // These types have no map keys and no failing serialiser.
    Message::text(serde_json::to_string(message).unwrap_or_default())
}

impl Line {
    fn new(socket: Socket, first: FromRelay) -> Self {
        let (sink, stream) = socket.split();
        let (broken, is_broken) = watch::channel(false);
        let writer = Arc::new(Writer { sink: Mutex::new(sink), broken });
        tokio::spawn(keep_alive(Arc::downgrade(&writer), is_broken.clone()));
        Self {
            sender: LineSender { writer },
            receiver: LineReceiver {
                stream,
                is_broken,
                first: Some(first),
                paired: false,
                closed: false,
                heard: Instant::now(),
            },
        }
    }

    /// Takes the line apart, for a task each.
    pub fn split(self) -> (LineSender, LineReceiver) {
        (self.sender, self.receiver)
    }
}

#[derive(Debug)]
struct Writer {
    sink: Mutex<SplitSink<Socket, Message>>,
    broken: watch::Sender<bool>,
}

impl Writer {
    async fn send(&self, message: Message) -> Result<(), ConnectError> {
        let sent = async {
            let mut sink = self.sink.lock().await;
            if *self.broken.borrow() {
                return Err(ConnectError::Lost);
            }
            timeout(WRITE_DEADLINE, sink.send(message))
                .await
                .map_err(|_| ConnectError::Lost)?
                .map_err(|_| ConnectError::Lost)
        };
        let sent = sent.await;
        if sent.is_err() {
            self.broken.send_replace(true);
        }
        sent
    }
}

async fn keep_alive(writer: std::sync::Weak<Writer>, mut is_broken: watch::Receiver<bool>) {
    let mut ticks = interval(PING_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // Both that it broke and that all senders are gone.
            _ = is_broken.changed() => return,
        }
        let Some(writer) = writer.upgrade() else { return };
        if writer.send(Message::Ping(Bytes::new())).await.is_err() {
            return;
        }
    }
}

/// What this end says on the line. Clones share the one socket.
#[derive(Clone, Debug)]
pub struct LineSender {
    writer: Arc<Writer>,
}

impl LineSender {
    /// Sends ciphertext to the other end; returns when the kernel has taken it.
    ///
    /// # Errors
    /// [`ConnectError::Lost`] if the line is gone or takes nothing for too long.
    pub async fn data(&self, message: impl Into<Bytes>) -> Result<(), ConnectError> {
        self.writer.send(Message::Binary(message.into())).await
    }

    /// Says something to the relay.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub async fn control(&self, message: &ToRelay) -> Result<(), ConnectError> {
        self.writer.send(text(message)).await
    }

    /// Ends the session in so many words: the other end hears that this one ended it.
    pub async fn end(&self) {
        let _ = self.control(&ToRelay::Cancel).await;
    }
}

/// What this end hears on the line.
#[derive(Debug)]
pub struct LineReceiver {
    stream: SplitStream<Socket>,
    is_broken: watch::Receiver<bool>,
    first: Option<FromRelay>,
    paired: bool,
    closed: bool,
    heard: Instant,
}

impl LineReceiver {
    /// Waits for what comes next. Nothing is read from the network between two calls.
    ///
    /// Cancel safe: an event is either returned or still to come.
    pub async fn next(&mut self) -> LineEvent {
        if self.closed {
            return LineEvent::Closed;
        }
        let event = match self.first.take() {
            Some(first) => LineEvent::Control(first),
            None => self.read().await,
        };
        match &event {
            LineEvent::Control(FromRelay::Paired { .. }) => self.paired = true,
            LineEvent::Control(FromRelay::Ended { .. } | FromRelay::Refused { .. }) | LineEvent::Closed => {
                self.closed = true;
            }
            LineEvent::Control(
                FromRelay::Waiting { .. }
                | FromRelay::Awaiting { .. }
                | FromRelay::Challenge { .. }
                | FromRelay::Stopping { .. },
            )
            | LineEvent::Data(_) => {}
        }
        event
    }

    async fn read(&mut self) -> LineEvent {
        loop {
            let message = tokio::select! {
                message = timeout_at(self.heard + SILENCE, self.stream.next()) => message,
                _ = self.is_broken.wait_for(|broken| *broken) => return LineEvent::Closed,
            };
            self.heard = Instant::now();
            match message {
                Ok(Some(Ok(Message::Binary(data)))) if self.paired => return LineEvent::Data(data),
                Ok(Some(Ok(Message::Text(text)))) => {
                    return serde_json::from_str(&text).map_or(LineEvent::Closed, LineEvent::Control);
                }
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(Message::Binary(_) | Message::Close(_) | Message::Frame(_)) | Err(_)) | None) | Err(_) => {
                    return LineEvent::Closed;
                }
            }
        }
    }
}
