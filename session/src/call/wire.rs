//! Messages to and from the other end, over the inner channel, over the relay.

use super::close_reason;
use crate::channel::InnerTls;
use crate::clock;
use crate::rendezvous::{Line as RelayLine, LineEvent, LineReceiver, LineSender};
use beistand_protocol::close::CloseReason;
use beistand_protocol::handshake::Exporter;
use beistand_protocol::line::{Line, LineError};
use beistand_protocol::message::Message;
use beistand_protocol::rendezvous::{FromRelay, Role, ToRelay};
use beistand_protocol::time::Moment;
use core::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// How long establishing the inner channel may take.
const ESTABLISH_WITHIN: Duration = Duration::from_secs(15);
/// How long what is already queued may take to leave at the end.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

/// What came in.
#[derive(Debug)]
pub(crate) enum Arrival<In> {
    /// These messages of the other end; possibly none yet.
    Messages(Vec<In>),
    /// There is no line any more.
    Ended(CloseReason),
}

/// An established conversation with the other end.
#[derive(Debug)]
pub(crate) struct Wire<Out, In> {
    line: Line<InnerTls, Out, In>,
    own: Role,
    sender: LineSender,
    receiver: LineReceiver,
    /// To the task that writes: one fragment at a time, so that what is urgent never waits behind more.
    to_writer: mpsc::Sender<Vec<u8>>,
    writer: Writer,
    received_bytes: u64,
    measured_at: Moment,
}

impl<Out: Message, In: Message> Wire<Out, In> {
    /// Establishes the inner channel over the relay.
    ///
    /// Gives the wire, what ties the handshake to it, and messages that came along with its last part.
    ///
    /// # Errors
    /// The reason to close with: an inner channel that fails is a failed confirmation, because the number
    /// is burned and nobody can tell a broken line from somebody in between.
    pub(crate) async fn establish(relay: RelayLine, own: Role) -> Result<(Self, Exporter, Vec<In>), CloseReason> {
        let channel = InnerTls::new(own).map_err(|_| CloseReason::WorkerFailed)?;
        let (sender, mut receiver) = relay.split();
        let mut line = Line::<_, Out, In>::new(channel);
        let until = Instant::now() + ESTABLISH_WITHIN;
        let mut early = Vec::new();
        loop {
            while let Some(bytes) = line.next_transmit().map_err(|_| CloseReason::ConfirmationFailed)? {
                sender.data(bytes).await.map_err(|_| CloseReason::NetworkLost)?;
            }
            if let Some(exporter) = line.exporter() {
                let (to_writer, from_wire) = mpsc::channel(1);
                let writer = Writer(tokio::spawn(write(sender.clone(), from_wire)));
                let wire = Self {
                    line,
                    own,
                    sender,
                    receiver,
                    to_writer,
                    writer,
                    received_bytes: 0,
                    measured_at: clock::now(),
                };
                return Ok((wire, exporter, early));
            }
            let event = timeout_at(until, receiver.next()).await.map_err(|_| CloseReason::NetworkLost)?;
            match event {
                LineEvent::Data(bytes) => {
                    early.extend(line.receive(&bytes).map_err(|_| CloseReason::ConfirmationFailed)?);
                }
                LineEvent::Control(FromRelay::Ended { reason }) => return Err(close_reason(reason, own)),
                LineEvent::Control(_) => {}
                LineEvent::Closed => return Err(CloseReason::NetworkLost),
            }
        }
    }

    /// Queues a message by its priority.
    ///
    /// # Errors
    /// [`LineError::PeerTooSlow`] if the other end does not read.
    pub(crate) fn send(&mut self, message: &Out) -> Result<(), LineError> {
        self.line.send(message)
    }

    /// Waits for what comes in, and meanwhile lets out what is queued. Cancel safe.
    pub(crate) async fn next(&mut self) -> Arrival<In> {
        loop {
            let queued = self.line.waiting_bytes() > 0;
            tokio::select! {
                permit = self.to_writer.reserve(), if queued => {
                    let Ok(permit) = permit else { return Arrival::Ended(CloseReason::NetworkLost) };
                    match self.line.next_transmit() {
                        Ok(Some(bytes)) => permit.send(bytes),
                        Ok(None) => {}
                        Err(_) => return Arrival::Ended(CloseReason::PeerMisbehaved),
                    }
                }
                event = self.receiver.next() => match event {
                    LineEvent::Data(bytes) => {
                        self.received_bytes += bytes.len() as u64;
                        return match self.line.receive(&bytes) {
                            Ok(messages) => Arrival::Messages(messages),
                            Err(_) => Arrival::Ended(CloseReason::PeerMisbehaved),
                        };
                    }
                    LineEvent::Control(FromRelay::Ended { reason }) => {
                        return Arrival::Ended(close_reason(reason, self.own));
                    }
                    LineEvent::Control(_) => {}
                    LineEvent::Closed => return Arrival::Ended(CloseReason::NetworkLost),
                },
            }
        }
    }

    /// Tells the relay that the other end is the right one.
    pub(crate) fn resumed(&self) {
        let sender = self.sender.clone();
        // Not to be waited for: what is being written comes first.
        tokio::spawn(async move { sender.control(&ToRelay::Resumed).await });
    }

    /// How much came in since this was last asked.
    pub(crate) fn received_per_second(&mut self, now: Moment) -> u32 {
        let passed = now.since(self.measured_at).max(Duration::from_millis(1));
        self.measured_at = now;
        let bytes = std::mem::take(&mut self.received_bytes);
        u32::try_from(u128::from(bytes) * 1000 / passed.as_millis()).unwrap_or(u32::MAX)
    }

    /// Lets out the last words, tells the relay that this end is done, and closes.
    pub(crate) async fn close(mut self) {
        self.line.keep_last_words();
        let flush = async {
            while let Ok(Some(bytes)) = self.line.next_transmit() {
                if self.to_writer.send(bytes).await.is_err() {
                    return;
                }
            }
            // With nothing more to come the writer leaves, and only then is the relay told.
            drop(self.to_writer);
            let _ = (&mut self.writer.0).await;
            self.sender.end().await;
            // The relay answers; to close before that would tear what is still on its way to it.
            while !matches!(self.receiver.next().await, LineEvent::Closed) {}
        };
        let _ = timeout(FLUSH_WITHIN, flush).await;
    }
}

/// The task that writes. A wire that is let go writes nothing more.
#[derive(Debug)]
struct Writer(JoinHandle<()>);

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn write(sender: LineSender, mut from_wire: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = from_wire.recv().await {
        if sender.data(bytes).await.is_err() {
            return;
        }
    }
}
