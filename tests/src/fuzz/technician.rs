//! The technician's machine against a customer's end that says anything at any time.
//!
//! Bytes: how far the honest way goes first, then events: a byte for its kind, and what belongs to it.

use super::Bytes;
use super::customer::DUE_AT_ONCE;
use super::honest::{Honest, channel};
use super::meeting::{Meeting, T0};
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::Customer;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use beistand_protocol::permission::{Grants, Permission};
use beistand_protocol::picture::Shown;
use beistand_protocol::role::Role;
use beistand_protocol::technician::{Action, Event, Technician};
use core::time::Duration;

/// Never panics, and sends no input that the customer's end has not allowed.
pub fn technician(data: &[u8]) {
    let mut bytes = Bytes(data);
    let Some(start) = bytes.byte() else { return };
    let meeting = meeting(start);
    let (mut technician, mut now) = (meeting.technician, T0);
    let active = matches!(technician, Technician::Active(_));
    let (mut granted, mut broken) = (active.then(|| meeting.customer.grants()), false);
    let mut honest = Honest::new(meeting.customer);
    let mut due_in_a_row = 0;
    loop {
        let next = match due_in_a_row {
            0 => bytes.byte().and_then(|kind| event(kind, &mut bytes, &mut honest)),
            1.. => Some((Duration::ZERO, Event::Tick)),
        };
        let Some((passes, event)) = next else { return };
        now = now + passes;
        let over = matches!(technician, Technician::Closed(_));
        let tick = matches!(event, Event::Tick);
        // What a stranger says on a new channel counts for nothing.
        if let Event::Peer(ToTechnician::Grants(grants)) = &event
            && !broken
        {
            granted = Some(grants.clone());
        }
        let step = technician.handle(now, event);
        technician = step.next;
        assert!(!over || step.actions.is_empty(), "something follows the end");
        let closes = step.actions.iter().position(|action| matches!(action, Action::Close(_)));
        assert!(closes.is_none_or(|at| at + 1 == step.actions.len()), "closing is not the last");
        assert_eq!(closes.is_some(), !over && matches!(technician, Technician::Closed(_)));
        broken |= step.actions.iter().any(|action| matches!(action, Action::LineBroke { .. }));
        if broken {
            granted = None;
        }
        if step.actions.contains(&Action::LineBack) {
            assert!(broken && honest.is_there(), "a stranger was believed");
            broken = false;
        }
        for action in &step.actions {
            check(action, start, granted.as_ref());
            if let Action::Send(message) = action {
                honest.hears(message);
            } else if matches!(action, Action::LineBroke { .. } | Action::HangUp) {
                honest.is_gone();
            }
        }
        let overdue = technician.deadline().is_some_and(|deadline| deadline <= now);
        due_in_a_row = if tick && overdue { due_in_a_row + 1 } else { 0 };
        assert!(due_in_a_row <= DUE_AT_ONCE, "ticks that are due change nothing");
    }
}

/// A technician's end that is some way into a session.
fn meeting(start: u8) -> Meeting {
    let meeting = Meeting::new(if start & 0x80 == 0 { Role::Technician } else { Role::Customer });
    let identified = |meeting: Meeting| meeting.technician_hears().technician_hears().technician_hears();
    match start & 0x7f {
        0 => meeting,
        1 => meeting.technician_hears(),
        2 => meeting.technician_hears().technician_hears(),
        3 => identified(meeting),
        4 => identified(meeting).customer_hears().named().technician_hears(),
        5.. => identified(meeting).customer_hears().named().accepted().all_heard(),
    }
}

fn event(kind: u8, bytes: &mut Bytes<'_>, honest: &mut Honest<Customer>) -> Option<(Duration, Event)> {
    const NONE: Duration = Duration::ZERO;
    Some(match kind {
        0 => (NONE, Event::Input(bytes.message()?)),
        1 => (NONE, Event::Ask { permission: bytes.one_of(&Permission::ALL)?, reason: bytes.message()? }),
        2 => (NONE, Event::Shown(Shown { sequence: bytes.byte()?.into(), stream: bytes.byte()?.into() })),
        3 => (NONE, Event::NeedWholeFrame),
        4 => (NONE, Event::Finish),
        5 => (NONE, Event::LineEnded(bytes.one_of(&[CloseReason::PeerGone, CloseReason::EndedByCustomer])?)),
        6 => (Duration::from_secs(bytes.byte()?.into()), Event::Tick),
        7 => (NONE, Event::Signed { chain: Vec::new(), signature: Vec::new() }),
        9 => {
            honest.is_gone();
            (NONE, Event::LineOpen(channel(bytes.byte()?)))
        }
        10 => (NONE, Event::Unheard),
        11 => (NONE, Event::AskToShow { wish: bytes.message()?, reason: bytes.message()? }),
        // A new channel, and the customer's end is there; what it says there.
        12 => {
            let seed = bytes.byte()?;
            honest.comes_back(seed);
            (NONE, Event::LineOpen(channel(seed)))
        }
        13 => (NONE, honest.says().map_or(Event::Tick, Event::Peer)),
        8 | 14.. => (NONE, Event::Peer(bytes.message()?)),
    })
}

fn check(action: &Action, start: u8, granted: Option<&Grants>) {
    match action {
        Action::Send(ToCustomer::Input { epoch, input, .. }) => {
            let live = granted.and_then(|grants| grants.live(Permission::Control));
            assert!(live == Some(*epoch) && input.is_valid(), "input that the customer's end has not allowed");
        }
        Action::Send(ToCustomer::Identity(_)) => {
            // Whoever does not know the number never learns who the technician is.
            assert!(start & 0x7f >= 2, "a name before the number is proven");
        }
        Action::Send(message) => {
            assert!(postcard::to_stdvec(message).is_ok_and(|bytes| bytes.len() < 2048), "a long message");
        }
        Action::Sign(_)
        | Action::AwaitConsent { .. }
        | Action::Granted(_)
        | Action::Answered { .. }
        | Action::Showing(_)
        | Action::ShowAnswered(_)
        | Action::Picture(_)
        | Action::CursorShape(_)
        | Action::CursorPlace(_)
        | Action::Paused(_)
        | Action::Dropped(_)
        | Action::Chord(_)
        | Action::RoundTrip(_)
        | Action::LineBroke { .. }
        | Action::HangUp
        | Action::LineBack
        | Action::Close(_) => {}
    }
}
