//! A relay of this test's own, with the company's certificate: it pairs whom it likes and does as it likes.

use beistand_protocol::number::{SessionNumber, Slot, draw_secret};
use beistand_protocol::rendezvous::api::BurnRequest;
use beistand_protocol::rendezvous::{
    BurnToken, EndReason, FromRelay, Intent, Nonce, ResumeId, Role, SessionId, ToRelay,
};
use beistand_relay::shell::authority::Authority;
use beistand_relay::shell::folder::Folder;
use beistand_session::rendezvous::{DeviceKey, DomainTrust, TechnicianCertificate, TechnicianCredential};
use beistand_tests::display::Display;
use beistand_tests::ends::{Parties, SOON};
use futures_util::{SinkExt, StreamExt};
use rustls::ServerConfig;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::ConnectionExt;

pub(crate) const NAME: &str = "Tina Techniker";
pub(crate) const COMPANY: &str = "Musterfirma GmbH";

/// A line to one end.
pub(crate) type Socket = WebSocketStream<TlsStream<TcpStream>>;

pub(crate) struct Relay {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    pub(crate) parties: Parties,
    pub(crate) authority: Authority,
    pub(crate) folder: Folder,
    display: Option<Display>,
    /// How many burn tokens were given to ends that are paired.
    given: AtomicU8,
    /// How many ends said that the other one is the right one.
    resumed: Arc<AtomicU8>,
    _temp: tempfile::TempDir,
}

impl Relay {
    /// A relay, and a display for customers.
    pub(crate) async fn with_display() -> Self {
        let display = Display::xvfb(800, 600).unwrap();
        let mut relay = Self::new().await;
        (relay.parties.display, relay.parties.size) = (display.name().to_owned(), display.size());
        relay.display = Some(display);
        relay
    }

    pub(crate) async fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::new(temp.path().to_owned());
        let authority = Authority::create(&folder, &COMPANY.parse().unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = format!("localhost:{}", listener.local_addr().unwrap().port()).parse().unwrap();
        let identity = authority.server(&folder, &domain, SystemTime::now()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(identity.chain, identity.key)
            .unwrap();
        let key = DeviceKey::generate().unwrap();
        let name = (NAME.parse().unwrap(), COMPANY.parse().unwrap());
        let own = authority.name_technician(&name.0, &name.1, key.public_key(), SystemTime::now()).unwrap();
        let certificate = TechnicianCertificate { chain: vec![own], expires_in: Duration::from_secs(3600) };
        let parties = Parties {
            display: String::new(),
            size: (0, 0),
            trust: DomainTrust::pinned(domain, authority.fingerprint()),
            root_der: authority.root().to_vec(),
            root: authority.fingerprint(),
            credential: Arc::new(TechnicianCredential { key, certificate }),
        };
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (given, resumed) = (AtomicU8::new(0), Arc::default());
        Self { listener, acceptor, parties, authority, folder, display: None, given, resumed, _temp: temp }
    }

    /// Greets whoever comes next as a relay does; they wait now, if they issue.
    pub(crate) async fn greet(&self) -> (Role, Socket) {
        self.greet_with(600).await
    }

    /// Greets whoever comes next and says this.
    pub(crate) async fn answer(&self, answer: &FromRelay) -> Socket {
        let (_, mut socket) = self.greet().await;
        say(&mut socket, answer).await;
        socket
    }

    /// Somebody says over a fresh connection that it is over; gives the token by which.
    pub(crate) async fn farewell(&self) -> [u8; 32] {
        loop {
            let (tcp, _) = timeout(SOON, self.listener.accept()).await.expect("nobody says good-bye").unwrap();
            // An attempt to come back may have been given up meanwhile.
            let Ok(mut stream) = self.acceptor.accept(tcp).await else { continue };
            let mut request = Vec::new();
            while let Ok(1..) = stream.read_buf(&mut request).await {
                let body = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|at| &request[at + 4..]);
                if let Some(Ok(BurnRequest { token, .. })) = body.map(serde_json::from_slice) {
                    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
                    stream.shutdown().await.unwrap();
                    return *token.expose();
                }
            }
        }
    }

    async fn greet_with(&self, number_lives_seconds: u32) -> (Role, Socket) {
        let (tcp, _) = timeout(SOON, self.listener.accept()).await.expect("nobody comes").unwrap();
        tcp.set_nodelay(true).unwrap();
        let stream = self.acceptor.accept(tcp).await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        let ToRelay::Hello(hello) = hear(&mut socket).await else { panic!("no hello") };
        if hello.role == Role::Technician {
            say(&mut socket, &FromRelay::Challenge { nonce: Nonce::new([5; 48]) }).await;
            let ToRelay::Proof { .. } = hear(&mut socket).await else { panic!("no proof") };
        }
        if hello.intent == Intent::Issue {
            give_slot_for(&mut socket, number_lives_seconds).await;
        }
        (hello.role, socket)
    }

    /// As [`Self::greet`]; a number is said to live so long.
    pub(crate) async fn greet_for(&self, seconds: u32) -> Socket {
        self.greet_with(seconds).await.1
    }

    /// Pairs whoever comes next with this test.
    pub(crate) async fn victim(&self) -> Socket {
        let (_, mut socket) = self.greet().await;
        say(&mut socket, &self.paired()).await;
        socket
    }

    /// With another token for each end.
    fn paired(&self) -> FromRelay {
        paired(BurnToken::new(token(self.given.fetch_add(1, Ordering::Relaxed))))
    }

    /// Pairs the next two.
    pub(crate) async fn pair(&self) -> Pair {
        let (first, one) = self.greet().await;
        let (second, other) = self.greet().await;
        assert_ne!(first, second);
        let (customer, technician) = if first == Role::Customer { (one, other) } else { (other, one) };
        let mut pair = Pair { customer, technician, resumed: Arc::clone(&self.resumed) };
        for role in [Role::Customer, Role::Technician] {
            say(pair.of(role), &self.paired()).await;
        }
        pair
    }

    /// Waits until so many ends have said that the other one is the right one.
    pub(crate) async fn are_resumed(&self, count: u8) {
        let until = Instant::now() + SOON;
        while self.resumed.load(Ordering::Relaxed) < count {
            assert!(Instant::now() < until, "the relay is not told that it is the right one");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Makes sure that neither end tries again.
    pub(crate) async fn nobody_comes_again(&self) {
        assert!(timeout(Duration::from_millis(300), self.listener.accept()).await.is_err(), "an end tries again");
    }

    /// Where the customer's pointer is.
    pub(crate) fn pointer(&self) -> (i16, i16) {
        let connection = self.display.as_ref().unwrap().connect().unwrap();
        let root = connection.setup().roots[0].root;
        let pointer = connection.query_pointer(root).unwrap().reply().unwrap();
        (pointer.root_x, pointer.root_y)
    }

    /// Waits until so many of the customer's keys are down.
    pub(crate) async fn keys_are_down(&self, count: u32) {
        let connection = self.display.as_ref().unwrap().connect().unwrap();
        let down = || {
            let keys = connection.query_keymap().unwrap().reply().unwrap().keys;
            keys.iter().map(|byte| byte.count_ones()).sum::<u32>()
        };
        let until = Instant::now() + SOON;
        while down() != count {
            assert!(Instant::now() < until, "{} keys are down, not {count}", down());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the customer's pointer is there.
    pub(crate) async fn pointer_is_at(&self, place: (i16, i16)) {
        let until = Instant::now() + SOON;
        while self.pointer() != place {
            assert!(Instant::now() < until, "the pointer is at {:?}, not at {place:?}", self.pointer());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The slot of every number here.
pub(crate) fn slot() -> Slot {
    Slot::new(47).unwrap()
}

/// The number of those tests that know it.
pub(crate) fn number() -> SessionNumber {
    number_of(7)
}

/// Another number of the same slot for each `seed`.
pub(crate) fn number_of(seed: u8) -> SessionNumber {
    SessionNumber::new(slot(), draw_secret(|bytes| bytes.fill(seed)))
}

/// Where the two ends of a session are to meet again.
pub(crate) fn meeting() -> ResumeId {
    ResumeId::new([6; 32])
}

/// The burn tokens of the ends that are paired, one after the other.
pub(crate) fn token(count: u8) -> [u8; 32] {
    [100 + count; 32]
}

fn paired(burn_token: BurnToken) -> FromRelay {
    FromRelay::Paired { session_id: SessionId::new([1; 16]), burn_token, slot: Some(slot()), resume: meeting() }
}

/// Says that the slot is waiting, asked or not.
pub(crate) async fn give_slot(socket: &mut Socket) {
    give_slot_for(socket, 600).await;
}

/// Pairs, or says so, whoever may still be there.
pub(crate) async fn pair_late(socket: &mut Socket) {
    let _ = socket.send(Message::text(serde_json::to_string(&paired(BurnToken::new(token(0)))).unwrap())).await;
}

async fn give_slot_for(socket: &mut Socket, expires_in_seconds: u32) {
    let burn_token = BurnToken::new([1; 32]);
    say(socket, &FromRelay::Waiting { slot: slot(), burn_token, expires_in_seconds }).await;
}

pub(crate) async fn say(socket: &mut Socket, message: &FromRelay) {
    socket.send(Message::text(serde_json::to_string(message).unwrap())).await.unwrap();
}

async fn hear(socket: &mut Socket) -> ToRelay {
    loop {
        match timeout(SOON, socket.next()).await.expect("an end says nothing").unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The lines to both ends.
pub(crate) struct Pair {
    pub(crate) customer: Socket,
    pub(crate) technician: Socket,
    resumed: Arc<AtomicU8>,
}

impl Pair {
    fn of(&mut self, role: Role) -> &mut Socket {
        match role {
            Role::Customer => &mut self.customer,
            Role::Technician => &mut self.technician,
        }
    }

    /// Passes on what `meddle` makes of each message, `delay` later, until an end is gone.
    pub(crate) async fn forward(
        mut self,
        delay: Duration,
        mut meddle: impl FnMut(Role, Bytes) -> Vec<(Role, Bytes)> + Send,
    ) {
        let mut under_way = VecDeque::new();
        loop {
            let due = under_way.front().map(|(due, _, _): &(Instant, Role, Bytes)| *due);
            let (from, message) = tokio::select! {
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let Some((_, to, bytes)) = under_way.pop_front() else { continue };
                    if self.of(to).send(Message::Binary(bytes)).await.is_err() {
                        return;
                    }
                    continue;
                }
                message = self.customer.next() => (Role::Customer, message),
                message = self.technician.next() => (Role::Technician, message),
            };
            match message {
                Some(Ok(Message::Binary(bytes))) => {
                    let made = meddle(from, bytes).into_iter();
                    under_way.extend(made.map(|(to, bytes)| (Instant::now() + delay, to, bytes)));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(text))) if matches!(serde_json::from_str(&text), Ok(ToRelay::Resumed)) => {
                    self.resumed.fetch_add(1, Ordering::Relaxed);
                }
                Some(Ok(Message::Text(_))) => {
                    // What an end said last arrives before the word that it has ended.
                    for (due, to, bytes) in under_way {
                        sleep_until(due).await;
                        if self.of(to).send(Message::Binary(bytes)).await.is_err() {
                            return;
                        }
                    }
                    say(self.of(from.other()), &FromRelay::Ended { reason: EndReason::OtherEnd }).await;
                    return;
                }
                Some(Ok(_) | Err(_)) | None => return,
            }
        }
    }
}
