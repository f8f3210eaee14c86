//! The inner channel from end to end, as the rest of the protocol sees it.
//!
//! The real one is TLS 1.3 by rustls and lives in `beistand_session`; the simulation has a deterministic
//! stand-in. Neither does I/O: ciphertext goes in and comes out as bytes.

use crate::handshake::Exporter;

/// Why a channel can't go on. Carries nothing of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// What arrived is not what the other end of this channel sent: forged, replayed, reordered or cut.
    #[error("the line carried something that the other end did not send")]
    Forged,
    /// The other end closed the channel.
    #[error("the other end closed the channel")]
    Closed,
    /// Used before it was established.
    #[error("the channel is not established yet")]
    TooEarly,
}

/// An authenticated, encrypted, ordered channel without I/O.
pub trait Channel {
    /// Takes ciphertext from the line; gives the plaintext that it carried, which may be nothing.
    ///
    /// # Errors
    /// [`ChannelError`]; the channel is dead then.
    fn receive(&mut self, ciphertext: &[u8]) -> Result<Vec<u8>, ChannelError>;

    /// Takes plaintext to send; its ciphertext comes out of [`Channel::outgoing`].
    ///
    /// # Errors
    /// [`ChannelError::TooEarly`] before it is established.
    fn send(&mut self, plaintext: &[u8]) -> Result<(), ChannelError>;

    /// Ciphertext for the line, the handshake's included; empty if there is none.
    fn outgoing(&mut self) -> Vec<u8>;

    /// Once it is established: what ties the handshake inside to this channel.
    fn exporter(&self) -> Option<Exporter>;
}
