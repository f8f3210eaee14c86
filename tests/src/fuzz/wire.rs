//! Messages through the line, frames through the pipe, certificates and the inner channel.

use super::{SIGNED, now};
use beistand_protocol::channel::{Channel, ChannelError};
use beistand_protocol::handshake::Exporter;
use beistand_protocol::line::Line;
use beistand_protocol::message::{Message, ToCustomer, ToTechnician};
use beistand_protocol::role::Role;
use beistand_session::channel::InnerTls;
use beistand_session::pipe::{Command, Report, read_frame, write_frame};
use beistand_session::rendezvous::verify_technician;
use core::fmt::Debug;
use serde::{Serialize, de::DeserializeOwned};

/// A channel that hides nothing.
#[derive(Debug, Default)]
struct Open(Vec<u8>);

impl Channel for Open {
    fn receive(&mut self, ciphertext: &[u8]) -> Result<Vec<u8>, ChannelError> {
        Ok(ciphertext.to_vec())
    }

    fn send(&mut self, plaintext: &[u8]) -> Result<(), ChannelError> {
        self.0.extend(plaintext);
        Ok(())
    }

    fn outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn exporter(&self) -> Option<Exporter> {
        None
    }
}

/// What the technician's end sends. The first byte says in which pieces the rest arrives.
pub fn to_customer(data: &[u8]) {
    arrive::<ToTechnician, ToCustomer>(data);
}

/// What the customer's end sends. The first byte says in which pieces the rest arrives.
pub fn to_technician(data: &[u8]) {
    arrive::<ToCustomer, ToTechnician>(data);
}

fn arrive<Out: Message, In: Message + PartialEq + Debug>(data: &[u8]) {
    let Some((piece, wire)) = data.split_first() else { return };
    let piece = if *piece == 0 { wire.len().max(1) } else { usize::from(*piece) };
    let mut line = Line::<Open, Out, In>::new(Open::default());
    let mut sender = Line::<Open, In, Out>::new(Open::default());
    let mut receiver = Line::<Open, Out, In>::new(Open::default());
    for bytes in wire.chunks(piece) {
        let Ok(messages) = line.receive(bytes) else { return };
        for message in messages {
            // A message that was understood is one that this end could have sent itself.
            let _ = format!("{message:?}");
            sender.send(&message).expect("a message that arrived can be sent");
            let mut again = Vec::new();
            while let Some(bytes) = sender.next_transmit().expect("an open channel takes everything") {
                again.extend(receiver.receive(&bytes).expect("what was sent is understood"));
            }
            assert_eq!(again, [message]);
        }
    }
}

/// What guardian and worker say to each other.
pub fn pipe(data: &[u8]) {
    frames::<Command>(data);
    frames::<Report>(data);
}

fn frames<M: Serialize + DeserializeOwned + Debug>(mut data: &[u8]) {
    while let Ok(Some(message)) = read_frame::<M>(&mut data) {
        let _ = format!("{message:?}");
        let written = |message: &M| {
            let mut bytes = Vec::new();
            write_frame(&mut bytes, message).map(|()| bytes).expect("a frame that was read can be written")
        };
        let bytes = written(&message);
        let again = read_frame::<M>(&mut bytes.as_slice());
        assert_eq!(again.ok().flatten().map(|again| written(&again)), Some(bytes));
    }
}

/// A technician's certificates, under a root that is hostile too: root, chain and signature as `postcard`.
pub fn identity(data: &[u8]) {
    let Ok((root, chain, signature)) = postcard::from_bytes::<(Vec<u8>, Vec<Vec<u8>>, Vec<u8>)>(data) else { return };
    if let Ok(name) = verify_technician(&root, &chain, now(), SIGNED, &signature) {
        assert_eq!(name.name.as_str().parse().as_ref(), Ok(&name.name));
        let other = verify_technician(&root, &chain, now(), b"another session", &signature);
        assert!(other.is_err(), "a signature holds for one session only");
    }
}

/// Bytes before there is a key: neither end establishes anything with them, nor gives out what ties to it. The
/// first byte says which end, and in which pieces the rest arrives.
pub fn channel(data: &[u8]) {
    let Some((first, wire)) = data.split_first() else { return };
    let role = if first & 1 == 0 { Role::Customer } else { Role::Technician };
    let mut channel = InnerTls::new(role).expect("the system gives a key");
    for bytes in wire.chunks(usize::from(first >> 1) + 1) {
        match channel.receive(bytes) {
            Ok(plaintext) => assert!(plaintext.is_empty(), "nothing is believed before there is a key"),
            Err(_) => break,
        }
        channel.outgoing();
    }
    channel.outgoing();
    assert!(channel.exporter().is_none() && channel.send(b"x") == Err(ChannelError::TooEarly));
}
