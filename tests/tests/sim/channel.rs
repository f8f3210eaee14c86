//! The stand-in for the inner TLS: keeps order, notices what was forged, lost or repeated, hides nothing.

use beistand_protocol::channel::{Channel, ChannelError};
use beistand_protocol::handshake::Exporter;
use beistand_protocol::secret::Secret;
use sha2::{Digest, Sha256};

const HEAD: usize = 8 + 8;

pub(crate) struct StandIn {
    key: u64,
    sent: u64,
    received: u64,
    outgoing: Vec<u8>,
}

impl StandIn {
    /// One end of a channel; both ends of the same one have the same key.
    pub(crate) fn new(key: u64) -> Self {
        Self { key, sent: 0, received: 0, outgoing: Vec::new() }
    }

    fn tag(&self, count: u64, plaintext: &[u8]) -> [u8; 8] {
        let hash = Sha256::new()
            .chain_update(self.key.to_be_bytes())
            .chain_update(count.to_be_bytes())
            .chain_update(plaintext)
            .finalize();
        *hash.first_chunk().unwrap()
    }
}

impl Channel for StandIn {
    fn receive(&mut self, ciphertext: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let (head, plaintext) = ciphertext.split_at_checked(HEAD).ok_or(ChannelError::Forged)?;
        let (count, tag) = head.split_at(8);
        if count != self.received.to_be_bytes() || tag != self.tag(self.received, plaintext) {
            return Err(ChannelError::Forged);
        }
        self.received += 1;
        Ok(plaintext.to_vec())
    }

    fn send(&mut self, plaintext: &[u8]) -> Result<(), ChannelError> {
        self.outgoing = [&self.sent.to_be_bytes(), self.tag(self.sent, plaintext).as_slice(), plaintext].concat();
        self.sent += 1;
        Ok(())
    }

    fn outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    fn exporter(&self) -> Option<Exporter> {
        Some(Secret::new(Sha256::digest(self.key.to_be_bytes()).into()))
    }
}
