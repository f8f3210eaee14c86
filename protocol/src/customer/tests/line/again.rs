//! What is left of one attempt when the next one comes.

use super::*;
use crate::input::{Chord, Input, Key, NamedKey};

#[test]
fn the_newest_channel_is_the_one_that_counts() {
    let mut call = Call::active();
    call.breaks();
    // Somebody is there and says nothing.
    call.customer(Event::LineOpen(channel(6)));
    assert!(call.meets(7));
    call.breaks();
    call.technician(technician::Event::LineOpen(channel(8)));
    assert!(call.meets(9));
}

/// Who was there may have been anybody; once they are gone, it is the relay's own word again.
#[test]
fn the_relays_word_counts_only_while_nobody_is_there() {
    let mut call = Call::active();
    call.breaks();
    call.customer(Event::LineOpen(channel(7)));
    assert_eq!(step(&mut call.customer, T0, Event::Peer(ToCustomer::End)), [Action::HangUp]);
    call.technician(technician::Event::LineOpen(channel(7)));
    let pinged = call.technician(technician::Event::Peer(ToTechnician::Ping(1)));
    assert_eq!(pinged, [technician::Action::HangUp]);
    // That a line is only broken says nothing new.
    for reason in [CloseReason::PeerGone, CloseReason::NetworkLost, CloseReason::RelayStopping] {
        assert_eq!(call.customer(Event::LineEnded(reason)), []);
        assert_eq!(call.technician(technician::Event::LineEnded(reason)), []);
    }
    assert!(closes_first_of_all(&call.customer(Event::LineEnded(CloseReason::EndedByTechnician))));
    let closes = technician::Action::Close(CloseReason::EndedByCustomer);
    assert_eq!(call.technician(technician::Event::LineEnded(CloseReason::EndedByCustomer)), [closes]);
}

/// The worker has such messages of its own, and one may have been on its way when the line broke.
#[test]
fn nothing_is_for_whoever_has_not_proven_to_be_the_other_end() {
    let mut call = Call::active();
    let message = || ToTechnician::Ping(7);
    assert_eq!(call.customer.fitting(message()), Some(message()));
    call.breaks();
    assert_eq!(call.customer.fitting(message()), None);
    call.customer(Event::LineOpen(channel(7)));
    assert_eq!(call.customer.fitting(message()), None, "a stranger may be there");
    call.breaks();
    assert!(call.meets(9));
    assert_eq!(call.customer.fitting(message()), Some(message()));
}

#[test]
fn control_that_went_with_the_line_can_be_asked_for_at_once() {
    let mut call = Call::active();
    call.customer(set(Permission::Control, Setting::Ask));
    let asked = call.customer(ask(Permission::Control));
    let Some(Action::Ask { question, .. }) = asked.last() else { panic!("{asked:?}") };
    call.customer(Event::Answer { question: *question, allow: true });
    assert!(call.customer.grants().live(Permission::Control).is_some());
    call.breaks();
    assert!(call.meets(2));
    assert!(matches!(call.customer(ask(Permission::Control)).last(), Some(Action::Ask { .. })));
}

#[test]
fn a_technicians_end_expects_nothing_of_the_line_before() {
    let mut call = Call::active();
    // A channel that nobody has asked for.
    assert_eq!(call.technician(technician::Event::LineOpen(channel(2))), [technician::Action::HangUp]);
    let chord = Chord::new(vec![Key::Named(NamedKey::ControlLeft), Key::Character('c')]).unwrap();
    let sent = call.technician(technician::Event::Input(Input::Chord(chord)));
    let [technician::Action::Send(ToCustomer::Input { number, .. })] = sent[..] else { panic!("{sent:?}") };
    call.customer(BROKEN);
    let broke = call.technician(technician::Event::LineEnded(CloseReason::PeerGone));
    let [technician::Action::LineBroke { .. }, technician::Action::Granted(grants)] = &broke[..] else {
        panic!("{broke:?}")
    };
    assert!(grants.live(Permission::SeeScreen).is_some() && grants.live(Permission::Control).is_none());
    assert!(call.meets(3));
    // It was for the chord of another line.
    assert_eq!(call.technician(technician::Event::Peer(ToTechnician::Carried { number })), []);
}

#[test]
fn the_key_before_is_not_proven_any_more_once_the_customers_end_has_the_new_one() {
    let mut call = Call::active();
    call.breaks();
    assert!(call.meets(2));
    call.breaks();
    let opened = call.technician(technician::Event::LineOpen(channel(3)));
    let [technician::Action::Send(ToCustomer::Resume(proofs))] = &opened[..] else { panic!("{opened:?}") };
    assert_eq!(postcard::to_stdvec(proofs).unwrap().len(), 33, "one proof, and that there is no other");
}
