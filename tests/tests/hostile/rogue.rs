//! An end that knows the language and keeps to no rule. It plays the relay too: its line goes straight to the victim.

use crate::relay::{Relay, Socket, number, say, slot};
use beistand_protocol::channel::Channel;
use beistand_protocol::handshake::{Confirmation, Context, Identity, Nonce, Opening, Proven, open};
use beistand_protocol::line::MAX_FRAGMENT_BYTES;
use beistand_protocol::message::{Message, ToCustomer, ToTechnician};
use beistand_protocol::number::SessionNumber;
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_protocol::picture::Share;
use beistand_protocol::rendezvous::{FromRelay, Role, ToRelay};
use beistand_session::channel::InnerTls;
use beistand_session::pipe::{Command, Origin, Report};
use beistand_tests::ends::{CustomerEnd, SOON, spoken};
use futures_util::{SinkExt, StreamExt};
use rand_core_06::OsRng;
use std::collections::VecDeque;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;

/// So much plaintext in one message of the relay's wire.
const PIECE: usize = 3 * 16 * 1024;
const MORE: u8 = 0x80;

/// The messages that both directions have.
pub(crate) trait Proves: Message + core::fmt::Debug {
    fn opening(opening: Opening) -> Self;
    fn confirmation(proof: Confirmation) -> Self;
    fn as_opening(&self) -> Option<&Opening>;
    fn as_confirmation(&self) -> Option<&Confirmation>;
}

macro_rules! proves {
    ($direction:ident) => {
        impl Proves for $direction {
            fn opening(opening: Opening) -> Self {
                Self::Opening(opening)
            }
            fn confirmation(proof: Confirmation) -> Self {
                Self::Confirmation(proof)
            }
            fn as_opening(&self) -> Option<&Opening> {
                if let Self::Opening(opening) = self { Some(opening) } else { None }
            }
            fn as_confirmation(&self) -> Option<&Confirmation> {
                if let Self::Confirmation(proof) = self { Some(proof) } else { None }
            }
        }
    };
}
proves!(ToCustomer);
proves!(ToTechnician);

/// A technician's end that breaks the rules.
pub(crate) type RogueTechnician = Rogue<ToCustomer, ToTechnician>;
/// A customer's.
pub(crate) type RogueCustomer = Rogue<ToTechnician, ToCustomer>;

pub(crate) struct Rogue<Out, In> {
    socket: Socket,
    channel: InnerTls,
    own: Role,
    received: Vec<u8>,
    inbox: VecDeque<In>,
    /// The victim has told its relay that this is the right one.
    pub(crate) believed: bool,
    _out: core::marker::PhantomData<Out>,
}

impl<Out: Proves, In: Proves> Rogue<Out, In> {
    /// Establishes the inner channel with whom the line goes to.
    pub(crate) async fn establish(socket: Socket, own: Role) -> Self {
        let channel = InnerTls::new(own).unwrap();
        let mut rogue = Self {
            socket,
            channel,
            own,
            received: Vec::new(),
            inbox: VecDeque::new(),
            believed: false,
            _out: core::marker::PhantomData,
        };
        while rogue.channel.exporter().is_none() {
            assert!(rogue.flush().await, "the line is gone");
            if rogue.channel.exporter().is_none() {
                assert!(rogue.read().await, "the line is gone");
            }
        }
        assert!(rogue.flush().await, "the line is gone");
        rogue
    }

    async fn flush(&mut self) -> bool {
        let out = self.channel.outgoing();
        out.is_empty() || self.socket.send(Frame::binary(out)).await.is_ok()
    }

    async fn read(&mut self) -> bool {
        match timeout(SOON, self.socket.next()).await.expect("the victim says nothing") {
            Some(Ok(Frame::Binary(bytes))) => {
                let Ok(plain) = self.channel.receive(&bytes) else { return false };
                self.received.extend(plain);
                self.take_in();
                true
            }
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => true,
            Some(Ok(Frame::Text(text))) if matches!(serde_json::from_str(&text), Ok(ToRelay::Resumed)) => {
                self.believed = true;
                true
            }
            // It says good-bye to its relay.
            Some(Ok(_) | Err(_)) | None => {
                let _ = self.socket.close(None).await;
                false
            }
        }
    }

    fn take_in(&mut self) {
        while self.received.len() >= 3 {
            let length = usize::from(u16::from_be_bytes([self.received[1], self.received[2]]));
            if self.received.len() < 3 + length {
                return;
            }
            let fragment: Vec<u8> = self.received.drain(..3 + length).collect();
            // Of a picture in several fragments nothing is wanted.
            if fragment[0] & MORE == 0
                && let Ok(message) = postcard::from_bytes(&fragment[3..])
            {
                self.inbox.push_back(message);
            }
        }
    }

    /// What the relay says to the victim.
    pub(crate) async fn relay_says(&mut self, message: &FromRelay) {
        say(&mut self.socket, message).await;
    }

    /// The next message, or nothing if the line is gone.
    pub(crate) async fn next(&mut self) -> Option<In> {
        loop {
            if let Some(message) = self.inbox.pop_front() {
                return Some(message);
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// Waits for a message.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(&In) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(&self.next().await.expect("the line is gone")) {
                return found;
            }
        }
    }

    /// Everything that still comes.
    pub(crate) async fn rest(&mut self) -> Vec<In> {
        let mut rest = Vec::new();
        while let Some(message) = self.next().await {
            rest.push(message);
        }
        rest
    }

    /// Sends plaintext as it is. Answers whether the line took it.
    pub(crate) async fn plain(&mut self, bytes: &[u8]) -> bool {
        for piece in bytes.chunks(PIECE) {
            if self.channel.send(piece).is_err() || !self.flush().await {
                return false;
            }
        }
        true
    }

    pub(crate) async fn send(&mut self, message: Out) -> bool {
        self.plain(&framed(&message)).await
    }

    /// Proves a number as whoever typed it, or issued it.
    pub(crate) async fn prove(&mut self, relay: &Relay, number: SessionNumber, issuer: Role) -> Proven {
        let exporter = self.channel.exporter().unwrap();
        let (opened, opening) = open(self.context(relay, issuer), number.into_parts().1, exporter, OsRng);
        self.send(Out::opening(opening)).await;
        let theirs = self.until(|message| message.as_opening().cloned()).await;
        let (confirming, first) = opened.opening(&theirs).unwrap();
        if let Some(first) = first {
            self.send(Out::confirmation(first)).await;
        }
        let theirs = self.until(|message| message.as_confirmation().cloned()).await;
        let (proven, answer) = confirming.confirmation(&theirs).expect("the right number");
        if let Some(answer) = answer {
            self.send(Out::confirmation(answer)).await;
        }
        proven
    }

    /// Has an opening for a guessed number sent and the other's awaited; gives the guess's confirmation.
    pub(crate) async fn guess(&mut self, relay: &Relay, number: SessionNumber) -> Confirmation {
        let exporter = self.channel.exporter().unwrap();
        // As the one who typed it, whoever did: so there is a confirmation to send.
        let context = self.context(relay, self.own.other());
        let (opened, opening) = open(context, number.into_parts().1, exporter, OsRng);
        self.send(Out::opening(opening)).await;
        let theirs = self.until(|message| message.as_opening().cloned()).await;
        opened.opening(&theirs).unwrap().1.unwrap()
    }

    /// An opening for this number that nothing follows.
    pub(crate) fn another_opening(&self, relay: &Relay, number: SessionNumber) -> Opening {
        let exporter = self.channel.exporter().unwrap();
        open(self.context(relay, self.own), number.into_parts().1, exporter, OsRng).1
    }

    fn context(&self, relay: &Relay, issuer: Role) -> Context {
        let domain = relay.parties.trust.domain.as_str().to_owned();
        Context { role: self.own, issuer, slot: slot(), domain, root: *relay.parties.root.as_bytes() }
    }
}

/// A message as the line carries it.
pub(crate) fn framed(message: &impl Message) -> Vec<u8> {
    let body = postcard::to_stdvec(message).unwrap();
    let last = body.len().saturating_sub(1) / MAX_FRAGMENT_BYTES;
    let mut out = Vec::new();
    for (at, piece) in body.chunks(MAX_FRAGMENT_BYTES).enumerate() {
        let more = if at == last { 0 } else { MORE };
        out.push(message.priority() as u8 | more);
        out.extend((piece.len() as u16).to_be_bytes());
        out.extend(piece);
    }
    out
}

impl RogueTechnician {
    /// A technician who knows the number, and the customer's end that typed it.
    pub(crate) async fn meet(relay: &Relay) -> (Self, CustomerEnd, Proven) {
        let customer = CustomerEnd::start(&relay.parties, Origin::Typed(spoken(&number())));
        let mut rogue = Self::establish(relay.victim().await, Role::Technician).await;
        let proven = rogue.prove(relay, number(), Role::Technician).await;
        (rogue, customer, proven)
    }

    /// As [`Self::meet`], and says who they are; the customer is asked.
    pub(crate) async fn named(relay: &Relay) -> (Self, CustomerEnd) {
        let (mut rogue, mut customer, proven) = Self::meet(relay).await;
        let key = &relay.parties.credential.key;
        rogue.identify(relay.parties.credential.certificate.chain.clone(), |bytes| key.sign(bytes), &proven).await;
        customer.who_is_there().await;
        (rogue, customer)
    }

    /// As [`Self::named`], and the screen is shown.
    pub(crate) async fn active(relay: &Relay) -> (Self, CustomerEnd) {
        let (mut rogue, mut customer) = Self::named(relay).await;
        customer.guardian.send(Command::Accept(Share::All));
        customer.until(|report| matches!(report, Report::Active)).await;
        rogue.grants().await;
        // From here on the picture has its place, and so has the pointer.
        rogue.until(|message| matches!(message, ToTechnician::CursorPlace(_)).then_some(())).await;
        (rogue, customer)
    }

    /// Sends an identity with this chain, and whatever `sign` makes of what must be signed.
    pub(crate) async fn identify(&mut self, chain: Vec<Vec<u8>>, sign: impl Fn(&[u8]) -> Vec<u8>, proven: &Proven) {
        let commitment =
            self.until(|message| if let ToTechnician::Commitment(it) = message { Some(*it) } else { None }).await;
        let nonce = Nonce::draw(&mut OsRng);
        let signature = sign(&proven.signed_by_technician(&commitment, &nonce));
        self.send(ToCustomer::Identity(Identity { chain, signature, nonce })).await;
    }

    /// Waits for the next grants.
    pub(crate) async fn grants(&mut self) -> Grants {
        self.until(|message| if let ToTechnician::Grants(grants) = message { Some(grants.clone()) } else { None }).await
    }
}

impl RogueCustomer {
    /// A customer who knows the number, with a technician who typed it; the session has begun.
    pub(crate) async fn active(relay: &Relay) -> Self {
        let mut rogue = Self::establish(relay.victim().await, Role::Customer).await;
        let proven = rogue.prove(relay, number(), Role::Customer).await;
        let nonce = Nonce::draw(&mut OsRng);
        rogue.send(ToTechnician::Commitment(proven.commitment_to(&nonce))).await;
        rogue.until(|message| matches!(message, ToCustomer::Identity(_)).then_some(())).await;
        rogue.send(ToTechnician::Reveal(nonce)).await;
        let mut grants = Grants::default();
        grants.set(Permission::SeeScreen, Setting::On);
        rogue.send(ToTechnician::Grants(grants)).await;
        rogue
    }
}
