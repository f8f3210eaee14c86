//! Messages over a [`Channel`]: cut into fragments, sent by priority, put together again.
//!
//! A fragment is `header (u8) ‖ length (u16, big-endian) ‖ payload`. The header's low bits are the
//! [`Priority`], its high bit says that more fragments of the same message follow. Messages of one priority
//! stay in order; a fragment of a higher one goes between those of a big picture.
//!
//! Nothing is encrypted before the line can take it ([`Line::next_transmit`]), so a key press never waits
//! behind a picture that was merely queued.

use crate::channel::{Channel, ChannelError};
use crate::handshake::Exporter;
use crate::message::{Message, Priority};
use crate::picture::{MAX_PAYLOAD_BYTES, MAX_VIDEO_BYTES};
use core::marker::PhantomData;
use std::collections::VecDeque;

/// The longest payload of a fragment; with its header it fits one TLS record.
pub const MAX_FRAGMENT_BYTES: usize = 16 * 1024 - HEADER_BYTES;
/// The longest message that is no picture.
pub const MAX_MESSAGE_BYTES: usize = 512 * 1024;
const MAX_PICTURE_BYTES: usize = MAX_PAYLOAD_BYTES + MAX_VIDEO_BYTES + 1024;
const HEADER_BYTES: usize = 3;
/// Small fragments go together up to this size: each record and each write costs more than they do.
const MAX_TOGETHER_BYTES: usize = 4 * 1024;
const MORE: u8 = 0x80;

/// Why a line can't go on. Carries nothing of what was sent, so it is safe to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The channel under it.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The peer sent a fragment of no known priority.
    #[error("the peer sent a fragment of unknown kind")]
    PeerUnknownKind,
    /// The peer sent a message above the limit.
    #[error("the peer sent a message above {limit} bytes")]
    PeerTooLong {
        /// The limit.
        limit: usize,
    },
    /// The peer sent something that is no message of its direction.
    #[error("the peer sent something that is no message")]
    PeerMalformed,
    /// The peer does not read and too much waits for it.
    #[error("too much waits for the peer")]
    PeerTooSlow,
    /// One of our own messages is above the limit.
    #[error("a message of ours is too long")]
    Misuse,
}

const fn longest(priority: Priority) -> usize {
    match priority {
        Priority::Control | Priority::Input | Priority::Cursor => MAX_MESSAGE_BYTES,
        Priority::Picture => MAX_PICTURE_BYTES,
    }
}

/// So many bytes may wait at a priority before the peer counts as gone.
const fn capacity(priority: Priority) -> usize {
    match priority {
        Priority::Control | Priority::Input => 1024 * 1024,
        Priority::Cursor => 4 * 1024 * 1024,
        Priority::Picture => 3 * MAX_PICTURE_BYTES,
    }
}

/// What a waiting message costs beside its bytes: a peer that has many short answers waiting is to be as limited
/// as one with few long ones.
const MESSAGE_OVERHEAD_BYTES: usize = 64;

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Vec<u8>>,
    /// How much of the first message has left.
    sent: usize,
    bytes: usize,
}

impl Waiting {
    fn cost_bytes(&self) -> usize {
        self.bytes + self.messages.len() * MESSAGE_OVERHEAD_BYTES
    }

    /// How long the next fragment's payload is.
    fn next_bytes(&self) -> Option<usize> {
        self.messages.front().map(|message| message.len().saturating_sub(self.sent).min(MAX_FRAGMENT_BYTES))
    }

    /// Moves the next fragment to `out`.
    fn take(&mut self, kind: u8, out: &mut Vec<u8>) -> Result<(), LineError> {
        let Some(message) = self.messages.front() else { return Ok(()) };
        let rest = message.get(self.sent..).unwrap_or_default();
        let (payload, after) = rest.split_at_checked(MAX_FRAGMENT_BYTES).unwrap_or((rest, &[]));
        let length = u16::try_from(payload.len()).map_err(|_| LineError::Misuse)?;
        let is_last = after.is_empty();
        out.reserve(HEADER_BYTES + payload.len());
        out.push(if is_last { kind } else { kind | MORE });
        out.extend(length.to_be_bytes());
        out.extend(payload);
        self.bytes -= payload.len();
        self.sent += payload.len();
        if is_last {
            self.messages.pop_front();
            self.sent = 0;
        }
        Ok(())
    }
}

/// One end of the conversation: sends `Out`, receives `In`.
#[derive(Debug)]
pub struct Line<C, Out, In> {
    channel: C,
    waiting: [Waiting; Priority::ALL.len()],
    received: Vec<u8>,
    partial: [Vec<u8>; Priority::ALL.len()],
    _messages: PhantomData<(Out, In)>,
}

impl<C: Channel, Out: Message, In: Message> Line<C, Out, In> {
    /// A conversation over this channel, which need not be established yet.
    pub fn new(channel: C) -> Self {
        Self {
            channel,
            waiting: Default::default(),
            received: Vec::new(),
            partial: Default::default(),
            _messages: PhantomData,
        }
    }

    /// What ties a handshake to this channel, once it is established.
    pub fn exporter(&self) -> Option<Exporter> {
        self.channel.exporter()
    }

    /// Takes ciphertext from the line; gives the messages that are complete now.
    ///
    /// # Errors
    /// [`LineError`]; the line is dead then.
    pub fn receive(&mut self, ciphertext: &[u8]) -> Result<Vec<In>, LineError> {
        let plaintext = self.channel.receive(ciphertext)?;
        self.received.extend(plaintext);
        let mut received = std::mem::take(&mut self.received);
        let mut rest = received.as_slice();
        let mut messages = Vec::new();
        while let Some((header, length, after)) = header(rest) {
            let Some((payload, after)) = after.split_at_checked(length) else { break };
            messages.extend(self.fragment(header, payload)?);
            rest = after;
        }
        let consumed = received.len() - rest.len();
        received.drain(..consumed);
        self.received = received;
        Ok(messages)
    }

    fn fragment(&mut self, header: u8, payload: &[u8]) -> Result<Option<In>, LineError> {
        let kind = usize::from(header & !MORE);
        let priority = *Priority::ALL.get(kind).ok_or(LineError::PeerUnknownKind)?;
        let partial = self.partial.get_mut(kind).ok_or(LineError::PeerUnknownKind)?;
        let limit = longest(priority);
        if payload.len() > MAX_FRAGMENT_BYTES || partial.len() + payload.len() > limit {
            return Err(LineError::PeerTooLong { limit });
        }
        partial.extend(payload);
        if header & MORE != 0 {
            return if payload.is_empty() { Err(LineError::PeerMalformed) } else { Ok(None) };
        }
        let whole = std::mem::take(partial);
        let (message, rest) = postcard::take_from_bytes::<In>(&whole).map_err(|_| LineError::PeerMalformed)?;
        // A message has one form and one priority: nothing behind it, and not in another's queue.
        if rest.is_empty() && message.priority() == priority {
            Ok(Some(message))
        } else {
            Err(LineError::PeerMalformed)
        }
    }

    /// Puts a message into the queue of its priority.
    ///
    /// # Errors
    /// [`LineError::PeerTooSlow`] if too much waits already; [`LineError::Misuse`] if it is too long.
    pub fn send(&mut self, message: &Out) -> Result<(), LineError> {
        let priority = message.priority();
        let bytes = postcard::to_stdvec(message).map_err(|_| LineError::Misuse)?;
        if bytes.len() > longest(priority) {
            return Err(LineError::Misuse);
        }
        let waiting = self.waiting.get_mut(priority as usize).ok_or(LineError::Misuse)?;
        if waiting.cost_bytes() + bytes.len() + MESSAGE_OVERHEAD_BYTES > capacity(priority) {
            return Err(LineError::PeerTooSlow);
        }
        waiting.bytes += bytes.len();
        waiting.messages.push_back(bytes);
        Ok(())
    }

    /// The next ciphertext for the line: one fragment of the highest priority that waits, and what else is small
    /// enough to go along. Call it when the line can take something.
    ///
    /// # Errors
    /// [`LineError::Channel`] if the channel is dead or not established.
    pub fn next_transmit(&mut self) -> Result<Option<Vec<u8>>, LineError> {
        let outgoing = self.channel.outgoing();
        if !outgoing.is_empty() {
            return Ok(Some(outgoing));
        }
        let mut plaintext = Vec::new();
        'together: for (kind, waiting) in (0_u8..).zip(&mut self.waiting) {
            while let Some(next) = waiting.next_bytes() {
                if !plaintext.is_empty() && plaintext.len() + HEADER_BYTES + next > MAX_TOGETHER_BYTES {
                    break 'together;
                }
                waiting.take(kind, &mut plaintext)?;
            }
        }
        if plaintext.is_empty() {
            return Ok(None);
        }
        self.channel.send(&plaintext)?;
        Ok(Some(self.channel.outgoing()))
    }

    /// Drops what waits, but for what is most urgent: the last words are not to wait behind pictures that
    /// nobody may see any more.
    ///
    /// Nothing may be sent afterwards at the priorities that were dropped: a message may be cut in the middle.
    pub fn keep_last_words(&mut self) {
        let (_, rest) = self.waiting.split_at_mut(1);
        rest.fill_with(Waiting::default);
    }

    /// How many bytes of messages wait.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.bytes).sum()
    }
}

fn header(bytes: &[u8]) -> Option<(u8, usize, &[u8])> {
    let ([header, high, low], rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    Some((*header, usize::from(u16::from_be_bytes([*high, *low])), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Reason, ToCustomer, ToTechnician};
    use crate::permission::Permission;
    use crate::picture::{Size, Update};
    use crate::secret::Secret;
    use proptest::prelude::*;

    /// A channel that hides nothing.
    #[derive(Default)]
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
            Some(Secret::new([0; 32]))
        }
    }

    #[test]
    fn many_short_messages_that_nobody_reads_are_as_limited_as_long_ones() {
        for message in [ToCustomer::Pong(1), ToCustomer::NeedWholeFrame] {
            let mut technician = TechnicianLine::new(Open::default());
            let most = capacity(message.priority()) / MESSAGE_OVERHEAD_BYTES;
            let sent = (0..=most).take_while(|_| technician.send(&message).is_ok()).count();
            assert!((most / 2..most).contains(&sent), "{sent} of {most}");
            assert_eq!(technician.send(&message), Err(LineError::PeerTooSlow));
        }
    }

    type CustomerLine = Line<Open, ToTechnician, ToCustomer>;
    type TechnicianLine = Line<Open, ToCustomer, ToTechnician>;

    fn picture(bytes: usize) -> ToTechnician {
        ToTechnician::Picture(Update {
            sequence: 1,
            stream: 1,
            size: Size::new(10, 10).unwrap(),
            captured_ms: 0,
            answers_input: 0,
            payload: vec![7; bytes],
            video: vec![],
        })
    }

    #[test]
    fn what_is_urgent_overtakes_a_picture_that_is_under_way() {
        let mut customer = CustomerLine::new(Open::default());
        let mut technician = TechnicianLine::new(Open::default());
        customer.send(&picture(100_000)).unwrap();
        let first = customer.next_transmit().unwrap().unwrap();
        assert!(technician.receive(&first).unwrap().is_empty());
        customer.send(&ToTechnician::Ping(5)).unwrap();
        let second = customer.next_transmit().unwrap().unwrap();
        assert_eq!(technician.receive(&second).unwrap(), [ToTechnician::Ping(5)]);
        let mut arrived = Vec::new();
        while let Some(next) = customer.next_transmit().unwrap() {
            arrived.extend(technician.receive(&next).unwrap());
        }
        assert_eq!(arrived, [picture(100_000)]);
        assert_eq!(customer.waiting_bytes(), 0);
    }

    #[test]
    fn what_is_small_goes_together_and_a_picture_goes_alone() {
        let mut customer = CustomerLine::new(Open::default());
        let mut technician = TechnicianLine::new(Open::default());
        let mut transmitted = |customer: &mut CustomerLine| {
            let bytes = customer.next_transmit().unwrap().unwrap();
            (bytes.len(), technician.receive(&bytes).unwrap().len())
        };
        (0..3).for_each(|number| customer.send(&ToTechnician::Ping(number)).unwrap());
        customer.send(&picture(300)).unwrap();
        assert_eq!(transmitted(&mut customer).1, 4);
        customer.send(&ToTechnician::Ping(9)).unwrap();
        customer.send(&picture(10_000)).unwrap();
        customer.send(&picture(300)).unwrap();
        assert!(transmitted(&mut customer) < (10, 2), "nothing waits for what is large to be written");
        assert_eq!([transmitted(&mut customer).1, transmitted(&mut customer).1], [1, 1]);
        for number in 0..5000 {
            customer.send(&ToTechnician::Ping(number)).unwrap();
        }
        assert!(transmitted(&mut customer).0 <= MAX_TOGETHER_BYTES);
    }

    #[test]
    fn last_words_do_not_wait_behind_pictures() {
        let mut customer = CustomerLine::new(Open::default());
        customer.send(&picture(100_000)).unwrap();
        customer.next_transmit().unwrap();
        customer.send(&ToTechnician::Ended(crate::close::CloseReason::Stopped)).unwrap();
        customer.keep_last_words();
        assert!(customer.next_transmit().unwrap().is_some_and(|bytes| bytes.len() < 10));
        assert_eq!((customer.next_transmit(), customer.waiting_bytes()), (Ok(None), 0));
    }

    #[test]
    fn a_peer_that_does_not_read_is_given_up() {
        let mut customer = CustomerLine::new(Open::default());
        let sent = (0..100).map_while(|_| customer.send(&picture(1_000_000)).ok()).count();
        assert!(sent < 30, "{sent} megabytes wait");
        assert_eq!(customer.send(&picture(1_000_000)), Err(LineError::PeerTooSlow));
        customer.send(&ToTechnician::Ping(1)).unwrap();
    }

    #[test]
    fn hostile_fragments_are_refused() {
        let receive = |bytes: &[u8]| CustomerLine::new(Open::default()).receive(bytes).map(|messages| messages.len());
        assert_eq!(receive(&[9, 0, 0]), Err(LineError::PeerUnknownKind));
        assert_eq!(receive(&[0, 0, 0]), Err(LineError::PeerMalformed), "an empty message");
        assert_eq!(receive(&[MORE, 0, 0]), Err(LineError::PeerMalformed), "fragments that bring nothing");
        assert_eq!(receive(&[0, 0, 1, 0xee]), Err(LineError::PeerMalformed));
        let long = [&[0, 0xff, 0xff], vec![0; 0xffff].as_slice()].concat();
        assert!(matches!(receive(&long), Err(LineError::PeerTooLong { .. })));
        let mut endless = CustomerLine::new(Open::default());
        let fragment = [&[MORE, 0x3f, 0xfd], vec![0; MAX_FRAGMENT_BYTES].as_slice()].concat();
        let accepted = (0..10_000).map_while(|_| endless.receive(&fragment).ok()).count();
        assert!(accepted * MAX_FRAGMENT_BYTES <= MAX_MESSAGE_BYTES);
    }

    #[test]
    fn a_message_in_the_wrong_queue_is_refused() {
        let ping = postcard::to_stdvec(&ToCustomer::Ping(1)).unwrap();
        let as_input = [&[1, 0, u8::try_from(ping.len()).unwrap()], ping.as_slice()].concat();
        assert_eq!(CustomerLine::new(Open::default()).receive(&as_input), Err(LineError::PeerMalformed));
    }

    proptest! {
        #[test]
        fn messages_arrive_in_order_however_the_line_cuts_them(count in 1_usize..20, cut in 1_usize..50) {
            let mut technician = TechnicianLine::new(Open::default());
            let mut customer = CustomerLine::new(Open::default());
            let sent: Vec<_> = (0..count).map(|index| ToCustomer::Ask {
                permission: Permission::Control,
                reason: Reason::try_from(format!("reason {index}")).unwrap(),
            }).collect();
            for message in &sent {
                technician.send(message).unwrap();
            }
            let mut bytes = Vec::new();
            while let Some(next) = technician.next_transmit().unwrap() {
                bytes.extend(next);
            }
            let mut arrived = Vec::new();
            for piece in bytes.chunks(cut) {
                arrived.extend(customer.receive(piece).unwrap());
            }
            prop_assert_eq!(arrived, sent);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = CustomerLine::new(Open::default()).receive(&bytes);
            let _ = TechnicianLine::new(Open::default()).receive(&bytes);
        }
    }
}
