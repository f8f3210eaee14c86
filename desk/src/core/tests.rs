use super::*;
use beistand_protocol::desk::api::desk::{InternalHappening, WaitFor};
use beistand_protocol::desk::api::entry::PublicHappening;
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::ids::{ContactId, TechnicianId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::State::{
    Closed, Merged as MergedState, New, Open, Resolved, Scheduled, WaitingCustomer, WaitingVendor, Withdrawn,
};
use beistand_protocol::desk::ticket::{Sees, Severity, SeveritySource, State, Visibility};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const ANNA: ContactId = ContactId::new([1; 16]);
const BERT: ContactId = ContactId::new([2; 16]);
const TINA: TechnicianId = TechnicianId(7);
const UWE: TechnicianId = TechnicianId(8);
const EVERY: [State; 9] =
    [New, Open, WaitingCustomer, WaitingVendor, Scheduled, Resolved, Closed, Withdrawn, MergedState];

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn number(stored: u32) -> TicketNumber {
    TicketNumber::from_stored(stored).unwrap()
}

fn ticket(state: State) -> Ticket {
    Ticket {
        number: number(1_234_567),
        customer: CustomerKey(1),
        requester: Some(ANNA),
        visibility: Visibility::Company,
        state,
        severity: Severity::Three,
        severity_source: SeveritySource::Form,
        raised_at: None,
        owner: None,
        due_on: None,
        resolution: (state == Resolved).then(|| "so".to_owned()),
        resolved_at: (state == Resolved).then(|| now() - SignedDuration::from_hours(1)),
        reopened: 0,
        merged: (state == MergedState).then(|| Merged {
            into: number(7_654_321),
            at: now() - SignedDuration::from_hours(1),
            before: Open,
        }),
    }
}

fn anna() -> Actor {
    Actor::Member(Member { contact: ANNA, customer: CustomerKey(1), sees: Sees::Own })
}

fn tina(act: TechnicianAct<'_>) -> Act<'_> {
    Act::Technician(act, "Tina".to_owned())
}

/// The state to which an act leads from each state; `None` where it is refused.
fn table(actor: Actor, act: &Act<'_>) -> Vec<Option<State>> {
    let after = |state: &State| decide(&ticket(*state), actor, act.clone(), now()).ok().map(|done| done.ticket.state);
    State::ALL.iter().map(after).collect()
}

/// New, Open, WaitingCustomer, WaitingVendor, Scheduled, Resolved, Closed, Withdrawn, Merged.
fn row(states: [Option<State>; 9]) -> Vec<Option<State>> {
    states.to_vec()
}

#[test]
fn what_customers_may_do_from_each_state() {
    let text = || "Text".to_owned();
    let of = |act| table(anna(), &Act::Customer(act));
    let (n, o, wv, s, r) = (Some(New), Some(Open), Some(WaitingVendor), Some(Scheduled), Some(Resolved));
    let (w, c) = (Some(Withdrawn), Some(Closed));
    // Writing is always possible; where it takes place is another question.
    let wrote = row([n, o, o, wv, s, r, c, w, Some(MergedState)]);
    assert_eq!(of(CustomerAct::Message { text: text() }), wrote);
    assert_eq!(of(CustomerAct::Withdraw { reason: None }), row([w, w, w, w, w, None, None, None, None]));
    assert_eq!(of(CustomerAct::Confirm), row([None, None, None, None, None, c, None, None, None]));
    assert_eq!(of(CustomerAct::Reopen { text: text() }), row([None, None, None, None, None, o, None, None, None]));
    let raised = of(CustomerAct::Raise { severity: Severity::One, reason: text() });
    assert_eq!(raised, row([n, o, Some(WaitingCustomer), wv, s, None, None, None, None]));
}

#[test]
fn what_technicians_may_do_from_each_state() {
    let text = || "Text".to_owned();
    let of = |act| table(Actor::Technician(TINA), &tina(act));
    let (o, wc, wv, s, r) = (Some(Open), Some(WaitingCustomer), Some(WaitingVendor), Some(Scheduled), Some(Resolved));
    let (n, c) = (Some(New), Some(Closed));
    let answer = |then_wait| TechnicianAct::Answer { text: text(), then_wait };
    assert_eq!(of(answer(false)), row([o, o, wc, wv, s, r, None, None, None]));
    assert_eq!(of(answer(true)), row([wc, wc, wc, wc, wc, None, None, None, None]));
    let noted = of(TechnicianAct::Note { text: text() });
    assert_eq!(noted, row([n, o, wc, wv, s, r, c, Some(Withdrawn), Some(MergedState)]));
    assert_eq!(of(TechnicianAct::Take), row([o, o, wc, wv, s, None, None, None, None]));
    let assigned = of(TechnicianAct::Assign { to: Some((UWE, "Uwe".to_owned())) });
    assert_eq!(assigned, row([n, o, wc, wv, s, None, None, None, None]));
    let wait = |wait_for| TechnicianAct::Wait { wait_for, reason: None };
    assert_eq!(of(wait(WaitFor::Customer)), row([wc, wc, None, wc, wc, None, None, None, None]));
    assert_eq!(of(wait(WaitFor::Vendor)), row([wv, wv, wv, None, wv, None, None, None, None]));
    let today = date(2027, 1, 15);
    let schedule = |on| TechnicianAct::Schedule { on, today, reason: None };
    assert_eq!(of(schedule(today)), row([s, s, s, s, s, None, None, None, None]));
    assert_eq!(of(schedule(date(2027, 1, 14))), vec![None; 9]);
    assert_eq!(of(TechnicianAct::Resume), row([None, None, o, o, o, o, None, None, None]));
    assert_eq!(of(TechnicianAct::Resolve { text: text() }), row([r, r, r, r, r, None, None, None, None]));
    assert_eq!(of(TechnicianAct::Close), row([None, None, None, None, None, c, None, None, None]));
    let other = Ticket { number: number(2_000_000), ..ticket(Open) };
    let m = Some(MergedState);
    assert_eq!(of(TechnicianAct::Merge { into: &other }), row([m, m, m, m, m, m, None, None, None]));
    assert_eq!(of(TechnicianAct::Unmerge), row([None, None, None, None, None, None, None, None, o]));
    assert_eq!(of(TechnicianAct::Session), row([n, o, wc, wv, s, r, None, None, None]));
    let severity = TechnicianAct::SetSeverity { severity: Severity::Four, reason: text() };
    assert_eq!(of(severity), row([n, o, wc, wv, s, None, None, None, None]));
}

#[test]
fn nobody_does_what_is_of_another() {
    for actor in [Actor::Technician(TINA), Actor::Desk] {
        let confirm = decide(&ticket(Resolved), actor, Act::Customer(CustomerAct::Confirm), now());
        assert_eq!(confirm, Err(Denied::NotTheirs));
    }
    assert_eq!(decide(&ticket(Open), anna(), tina(TechnicianAct::Take), now()), Err(Denied::NotTheirs));
    let bert = Actor::Member(Member { contact: BERT, customer: CustomerKey(1), sees: Sees::Company });
    let withdraw = || Act::Customer(CustomerAct::Withdraw { reason: None });
    assert_eq!(decide(&ticket(Open), bert, withdraw(), now()), Err(Denied::NotTheirs));
    let without = Ticket { requester: None, ..ticket(Open) };
    assert!(decide(&without, bert, withdraw(), now()).is_ok());
}

#[test]
fn who_may_see_what() {
    let member = |contact, customer, sees| Member { contact, customer: CustomerKey(customer), sees };
    let company = ticket(Open);
    let kept = Ticket { visibility: Visibility::Requester, ..ticket(Open) };
    let nobodys = Ticket { requester: None, visibility: Visibility::Requester, ..ticket(Open) };
    for (member, sees) in [
        (member(ANNA, 1, Sees::Own), [true, true, false]),
        (member(ANNA, 1, Sees::Company), [true, true, false]),
        (member(BERT, 1, Sees::Own), [false, false, false]),
        (member(BERT, 1, Sees::Company), [true, false, false]),
        // Even the same person, for another customer.
        (member(ANNA, 2, Sees::Company), [false, false, false]),
    ] {
        assert_eq!([&company, &kept, &nobodys].map(|ticket| may_see(ticket, member)), sees, "{member:?}");
    }
    let stranger = Actor::Member(member(BERT, 2, Sees::Company));
    let message = Act::Customer(CustomerAct::Message { text: "x".to_owned() });
    assert_eq!(decide(&company, stranger, message, now()), Err(Denied::NotVisible));
    assert_eq!(my_rights(&company, member(BERT, 2, Sees::Company), now()), Default::default());
}

#[test]
fn what_is_over_is_followed_and_never_reopened() {
    let message = || Act::Customer(CustomerAct::Message { text: "x".to_owned() });
    for state in [Closed, Withdrawn] {
        let decision = decide(&ticket(state), anna(), message(), now()).unwrap();
        assert_eq!((decision.place, decision.entries.len()), (Place::NewTicket, 0));
        assert_eq!(decision.ticket, ticket(state));
    }
    let merged = decide(&ticket(MergedState), anna(), message(), now()).unwrap();
    assert_eq!(merged.place, Place::In(number(7_654_321)));
    // Nobody has written down yet that it is closed.
    let late = Ticket { resolved_at: Some(now() - REOPEN_GRACE), ..ticket(Resolved) };
    assert_eq!(decide(&late, anna(), message(), now()).unwrap().place, Place::NewTicket);
    let reopen = || Act::Customer(CustomerAct::Reopen { text: "x".to_owned() });
    assert_eq!(decide(&late, anna(), reopen(), now()), Err(Refusal::GraceOver.into()));
    let just = Ticket { resolved_at: Some(now() - REOPEN_GRACE + SignedDuration::from_secs(1)), ..ticket(Resolved) };
    let reopened = decide(&just, anna(), reopen(), now()).unwrap().ticket;
    assert_eq!((reopened.state, reopened.reopened, reopened.resolved_at), (Open, 1, None));
    assert_eq!(decide(&late, Actor::Desk, Act::GraceOver, now()).unwrap().ticket.state, Closed);
    assert!(decide(&just, Actor::Desk, Act::GraceOver, now()).is_err());
    let later = TechnicianAct::Answer { text: "x".to_owned(), then_wait: false };
    assert!(decide(&late, Actor::Technician(TINA), tina(later), now()).is_err());
}

#[test]
fn customers_raise_with_a_pause_and_never_lower() {
    let raise = |severity| Act::Customer(CustomerAct::Raise { severity, reason: "weil".to_owned() });
    let raised = decide(&ticket(Open), anna(), raise(Severity::Two), now()).unwrap().ticket;
    assert_eq!((raised.severity, raised.severity_source), (Severity::Two, SeveritySource::Customer));
    let until = now() + BETWEEN_RAISES;
    let again = decide(&raised, anna(), raise(Severity::One), until - SignedDuration::from_secs(1));
    assert_eq!(again, Err(Refusal::RaisedLately { until }.into()));
    assert!(decide(&raised, anna(), raise(Severity::One), until).is_ok());
    for not_higher in [Severity::Three, Severity::Four] {
        assert_eq!(decide(&ticket(Open), anna(), raise(not_higher), now()), Err(Refusal::NotHigher.into()));
    }
    // A technician who looked at it starts the time anew.
    let set = TechnicianAct::SetSeverity { severity: Severity::Three, reason: "geht".to_owned() };
    let set = decide(&raised, Actor::Technician(TINA), tina(set), now()).unwrap().ticket;
    assert!(decide(&set, anna(), raise(Severity::One), now()).is_ok());
    let Actor::Member(anna) = anna() else { unreachable!() };
    assert_eq!(my_rights(&raised, anna, now()).raise_again_at, Some(until));
    assert_eq!(my_rights(&set, anna, now()).raise_again_at, None);
}

#[test]
fn a_merge_is_within_one_customer_and_can_be_undone_for_a_day() {
    let source = ticket(WaitingVendor);
    let target = Ticket { number: number(2_000_000), ..ticket(Open) };
    let merge = |into| decide(&source, Actor::Technician(TINA), tina(TechnicianAct::Merge { into }), now());
    assert_eq!(merge(&source), Err(Refusal::SameTicket.into()));
    let others = Ticket { customer: CustomerKey(2), ..target.clone() };
    assert_eq!(merge(&others), Err(Refusal::OtherCustomer.into()));
    let closed = Ticket { state: Closed, ..target.clone() };
    assert_eq!(merge(&closed), Err(Refusal::WrongState { state: Closed }.into()));
    let decision = merge(&target).unwrap();
    assert_eq!((decision.entries.len(), decision.other_entries.len()), (2, 1));
    assert_eq!(decision.notify, [Notify::State(MergedState)]);
    let merged = decision.ticket;
    let unmerge = |at| decide(&merged, Actor::Technician(UWE), tina(TechnicianAct::Unmerge), at);
    let parted = unmerge(now() + UNMERGE_GRACE - SignedDuration::from_secs(1)).unwrap();
    assert_eq!((parted.ticket, parted.other_entries.len()), (source.clone(), 1));
    assert_eq!(unmerge(now() + UNMERGE_GRACE), Err(Refusal::UndoTooLate.into()));
}

#[test]
fn a_link_is_between_two_and_taken_back_among_technicians() {
    let (one, two) = (ticket(Closed), Ticket { number: number(2_000_000), customer: CustomerKey(2), ..ticket(New) });
    let act = |act| decide(&one, Actor::Technician(TINA), tina(act), now());
    assert_eq!(act(TechnicianAct::Link { other: &one }), Err(Refusal::SameTicket.into()));
    let linked = act(TechnicianAct::Link { other: &two }).unwrap();
    assert!(matches!(linked.entries.as_slice(), [NewEntry::Public(PublicHappening::Linked { .. })]));
    let unlinked = act(TechnicianAct::Unlink { other: &two }).unwrap();
    let says = |other| vec![NewEntry::Internal(InternalHappening::Unlinked { other })];
    assert_eq!((unlinked.entries, unlinked.other_entries), (says(two.number), says(one.number)));
    assert_eq!((unlinked.ticket, unlinked.notify), (one.clone(), Vec::new()));
    assert_eq!(decide(&one, anna(), tina(TechnicianAct::Unlink { other: &two }), now()), Err(Denied::NotTheirs));
}

#[test]
fn whoever_works_on_nobodys_ticket_has_taken_it() {
    let answer = || TechnicianAct::Answer { text: "Wir sind dran.".to_owned(), then_wait: false };
    let decision = decide(&ticket(New), Actor::Technician(TINA), tina(answer()), now()).unwrap();
    assert_eq!((decision.ticket.owner, decision.ticket.state), (Some(TINA), Open));
    assert_eq!(decision.notify, [Notify::Answer]);
    assert_eq!(decision.entries.len(), 3);
    let uwes = Ticket { owner: Some(UWE), ..ticket(Open) };
    let decision = decide(&uwes, Actor::Technician(TINA), tina(answer()), now()).unwrap();
    assert_eq!((decision.ticket.owner, decision.entries.len()), (Some(UWE), 1));
    let take = decide(&uwes, Actor::Technician(UWE), tina(TechnicianAct::Take), now());
    assert_eq!(take, Err(Refusal::AlreadySo.into()));
}

#[test]
fn a_note_is_only_ever_internal() {
    let note = TechnicianAct::Note { text: "schwierig".to_owned() };
    let decision = decide(&ticket(New), Actor::Technician(TINA), tina(note), now()).unwrap();
    assert!(matches!(decision.entries.as_slice(), [NewEntry::Internal(_)]));
    assert_eq!((decision.ticket, decision.notify), (ticket(New), Vec::new()));
}

#[test]
fn what_a_screen_offers_is_what_may_be_done() {
    let open = [true, true, true, true, true, false, false, false, false];
    let not_final = [true, true, true, true, true, true, false, false, false];
    let only = |state: State| -> [bool; 9] { EVERY.map(|one| one == state) };
    let Actor::Member(anna) = anna() else { unreachable!() };
    let mine = EVERY.map(|state| my_rights(&ticket(state), anna, now()));
    assert_eq!(mine.each_ref().map(|rights| rights.write), [true; 9]);
    let followed = EVERY.map(|state| [Closed, Withdrawn].contains(&state));
    assert_eq!(mine.each_ref().map(|rights| rights.writing_makes_new), followed);
    assert_eq!(mine.each_ref().map(|rights| rights.withdraw), open);
    assert_eq!(mine.each_ref().map(|rights| rights.raise), open);
    assert_eq!(mine.each_ref().map(|rights| rights.confirm), only(Resolved));
    assert_eq!(mine.each_ref().map(|rights| rights.reopen), only(Resolved));

    let desk = EVERY.map(|state| desk_rights(&ticket(state), TINA, now()));
    assert_eq!(desk.each_ref().map(|rights| rights.answer), not_final);
    assert_eq!(desk.each_ref().map(|rights| rights.take), open);
    assert_eq!(desk.each_ref().map(|rights| rights.assign), open);
    assert_eq!(desk.each_ref().map(|rights| rights.wait), open);
    assert_eq!(
        desk.each_ref().map(|rights| rights.resume),
        [false, false, true, true, true, true, false, false, false]
    );
    assert_eq!(desk.each_ref().map(|rights| rights.resolve), open);
    assert_eq!(desk.each_ref().map(|rights| rights.close), only(Resolved));
    assert_eq!(desk.each_ref().map(|rights| rights.change_severity), open);
    assert_eq!(desk.each_ref().map(|rights| rights.merge), not_final);
    assert_eq!(desk.each_ref().map(|rights| rights.unmerge), only(MergedState));
    assert_eq!(desk.each_ref().map(|rights| rights.start_session), not_final);
}

#[test]
fn raising_is_offered_only_when_it_leads_somewhere() {
    let Actor::Member(anna) = anna() else { unreachable!() };
    let lately = Some(now() - SignedDuration::from_hours(1));
    let worst = Ticket { severity: Severity::One, raised_at: lately, ..ticket(Open) };
    let rights = my_rights(&worst, anna, now());
    assert_eq!((rights.raise, rights.raise_again_at), (false, None), "there is nothing above it");
    // Too early, it is offered with the time to wait for.
    let rights = my_rights(&Ticket { raised_at: lately, ..ticket(Open) }, anna, now());
    assert_eq!((rights.raise, rights.raise_again_at), (true, lately.map(|at| at + BETWEEN_RAISES)));
    let over = Ticket { raised_at: lately, ..ticket(Closed) };
    assert_eq!(my_rights(&over, anna, now()).raise_again_at, None);
    // Grace that is over is over on the screen, too.
    let late = Ticket { resolved_at: Some(now() - REOPEN_GRACE), ..ticket(Resolved) };
    let rights = my_rights(&late, anna, now());
    assert_eq!((rights.reopen, rights.confirm, rights.writing_makes_new), (false, false, true));
    let rights = desk_rights(&late, TINA, now());
    assert_eq!((rights.answer, rights.close, rights.resume, rights.start_session), (false, false, false, false));
    // Whose it is already need not take it, and a merge can't be undone for ever.
    let hers = Ticket { owner: Some(TINA), ..ticket(Open) };
    assert!(!desk_rights(&hers, TINA, now()).take && desk_rights(&hers, UWE, now()).take);
    assert!(!desk_rights(&ticket(MergedState), TINA, now() + UNMERGE_GRACE).unmerge);
}

fn any_act() -> impl Strategy<Value = u8> {
    0_u8..16
}

fn act<'a>(which: u8, other: &'a Ticket) -> Act<'a> {
    let text = || "Text".to_owned();
    let today = date(2027, 1, 15);
    match which {
        0 => Act::Customer(CustomerAct::Message { text: text() }),
        1 => Act::Customer(CustomerAct::Withdraw { reason: None }),
        2 => Act::Customer(CustomerAct::Raise { severity: Severity::One, reason: text() }),
        3 => Act::Customer(CustomerAct::Confirm),
        4 => Act::Customer(CustomerAct::Reopen { text: text() }),
        5 => tina(TechnicianAct::Answer { text: text(), then_wait: false }),
        6 => tina(TechnicianAct::Answer { text: text(), then_wait: true }),
        7 => tina(TechnicianAct::Take),
        8 => tina(TechnicianAct::Assign { to: None }),
        9 => tina(TechnicianAct::Wait { wait_for: WaitFor::Vendor, reason: None }),
        10 => tina(TechnicianAct::Schedule { on: today, today, reason: None }),
        11 => tina(TechnicianAct::Resume),
        12 => tina(TechnicianAct::Resolve { text: text() }),
        13 => tina(TechnicianAct::Merge { into: other }),
        14 => tina(TechnicianAct::Unmerge),
        _ => Act::GraceOver,
    }
}

proptest! {
    /// Whatever is done in whatever order: what is over stays over but for an undone merge, a change of state is always
    /// said, and a resolution is there exactly while it is resolved or was closed after it.
    #[test]
    fn no_order_of_acts_breaks_the_rules(steps in proptest::collection::vec((any_act(), 0_i64..100), 1..40)) {
        let other = Ticket { number: number(2_000_000), ..ticket(Open) };
        let mut one = ticket(New);
        let mut at = now();
        for (which, hours) in steps {
            at += SignedDuration::from_hours(hours);
            let doing = act(which, &other);
            let actor = match &doing {
                Act::Customer(_) => anna(),
                Act::Technician(..) => Actor::Technician(TINA),
                Act::GraceOver => Actor::Desk,
            };
            let unmerging = which == 14;
            let Ok(done) = decide(&one, actor, doing, at) else { continue };
            if done.place != Place::Here {
                prop_assert_eq!(&done.ticket, &one);
                continue;
            }
            if one.state.is_final() {
                prop_assert!(unmerging || done.ticket.state == one.state);
            }
            let said = done.entries.iter().any(|entry| matches!(entry,
                NewEntry::Public(beistand_protocol::desk::api::entry::PublicHappening::StateChanged { to, .. })
                    if *to == done.ticket.state));
            prop_assert!(said || done.ticket.state == one.state);
            prop_assert_eq!(done.ticket.merged.is_some(), done.ticket.state == MergedState);
            if done.ticket.state == Resolved {
                prop_assert!(done.ticket.resolution.is_some() && done.ticket.resolved_at.is_some());
            }
            if done.ticket.state.is_open() {
                prop_assert!(done.ticket.resolved_at.is_none());
            }
            one = done.ticket;
        }
    }
}
