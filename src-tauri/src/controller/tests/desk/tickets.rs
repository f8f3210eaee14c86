//! A linked app: filing, messages and what is done to a ticket.

use super::*;

#[test]
fn a_linked_app_files_and_sees_the_number_at_once() {
    let mut seat = Seat::linked();
    let jobs = seat.desk_jobs();
    let [DeskJob::List { serial, .. }] = jobs[..] else { panic!("{jobs:?}") };
    seat.told(DeskOutcome::Listed { serial, result: Ok(MyPage::default()) });
    seat.at_desk(DeskRequest::New);
    let form = seat.form();
    assert!(matches!(form.lane, Lane::Linked { .. }));
    assert!(!form.general.iter().any(|field| [Field::Pin, Field::CustomerNumber].contains(&field.field)));
    assert_eq!(form.values.get(Field::Email), "erika@krume.example");
    let mut filled = incident();
    filled.0.remove(&Field::CustomerNumber);
    for step in [FormStep::Request, FormStep::Check] {
        seat.at_desk(DeskRequest::Step { step, values: filled.clone(), pin: None });
    }
    seat.at_desk(DeskRequest::Submit);
    let sent = seat.sends().pop().unwrap();
    assert!(matches!(sent.bearer, crate::desk::Bearer::Linked));
    let arrived = Arrived { ticket: Some("T-1234-5671".into()), ..Arrived::default() };
    seat.told(DeskOutcome::Sent { serial: sent.serial, result: Ok(arrived) });
    let DeskScreen::Sent { item } = seat.desk_screen() else { panic!() };
    assert_eq!(item.by, SentBy::Ticket { number: "T-1234-5671".into(), follow_up_of: None });
}

#[test]
fn a_message_is_kept_sent_once_and_says_when_it_became_a_ticket() {
    let mut seat = Seat::linked();
    seat.desk_jobs();
    let number = number_of_a_ticket();
    seat.at_desk(DeskRequest::OpenTicket(number.clone()));
    let jobs = seat.desk_jobs();
    let [DeskJob::Read { serial, .. }] = jobs[..] else { panic!("{jobs:?}") };
    let closed = ticket(&seat, "closed");
    seat.told(DeskOutcome::Read { serial, result: Ok(closed) });
    let DeskScreen::Ticket(page) = seat.desk_screen() else { panic!() };
    assert_eq!(page.ticket.unwrap().may, [TicketAction::FollowUp]);

    seat.at_desk(DeskRequest::SendComment("  ".into()));
    let DeskScreen::Ticket(page) = seat.desk_screen() else { panic!() };
    assert!(page.comment.empty);
    seat.at_desk(DeskRequest::WriteComment("Es geht wieder n".into()));
    let mut seat = seat.restarted();
    seat.ask(Request::Go(Place::Tickets));
    seat.at_desk(DeskRequest::OpenTicket(number.clone()));
    let DeskScreen::Ticket(page) = seat.desk_screen() else { panic!() };
    assert_eq!(page.comment.text, "Es geht wieder n", "it survived the kill");

    seat.desk_jobs();
    seat.at_desk(DeskRequest::SendComment("Es geht wieder nicht.".into()));
    let sent = seat.sends().pop().unwrap();
    let follow_up_of = Some(number.clone());
    let arrived = Arrived { ticket: Some("T-8820-1746".into()), follow_up_of: follow_up_of.clone(), receipt: None };
    seat.told(DeskOutcome::Sent { serial: sent.serial, result: Ok(arrived) });
    let DeskScreen::Sent { item } = seat.desk_screen() else { panic!() };
    assert_eq!(item.by, SentBy::Ticket { number: "T-8820-1746".into(), follow_up_of });
}

#[test]
fn an_action_is_repeated_with_its_key_and_read_anew_when_it_was_overtaken() {
    let mut seat = Seat::linked();
    seat.at_desk(DeskRequest::OpenTicket(number_of_a_ticket()));
    let jobs = seat.desk_jobs();
    let Some(DeskJob::Read { serial, .. }) = jobs.last() else { panic!("{jobs:?}") };
    let open = ticket(&seat, "open");
    seat.told(DeskOutcome::Read { serial: *serial, result: Ok(open) });
    let raise = |seat: &mut Seat| -> Act {
        seat.at_desk(DeskRequest::Raise { severity: 2, reason: "Alle sind betroffen.".into() });
        match seat.desk_jobs().pop() {
            Some(DeskJob::Act(act)) => *act,
            other => panic!("{other:?}"),
        }
    };
    let first = raise(&mut seat);
    assert_eq!(first.version, 7);
    seat.told(DeskOutcome::Read { serial: first.serial, result: Err(DeskFault::Offline) });
    let second = raise(&mut seat);
    assert_eq!(second.key, first.key, "it is raised once");
    seat.told(DeskOutcome::Read { serial: second.serial, result: Err(DeskFault::Changed) });
    assert!(matches!(seat.desk_jobs()[..], [DeskJob::Read { .. }]));
}

#[test]
fn an_app_that_was_unlinked_says_so_where_it_can_be_linked_anew() {
    let unlinked = |seat: &mut Seat| {
        assert!(matches!(seat.desk_jobs()[..], [DeskJob::Unlink { .. }]), "the token is forgotten");
        let DeskScreen::Home(home) = seat.desk_screen() else { panic!() };
        assert_eq!((home.linked, home.fault), (None, Some(DeskFault::LinkEnded)));
    };
    let mut seat = Seat::linked();
    let jobs = seat.desk_jobs();
    let [DeskJob::List { serial, .. }] = jobs[..] else { panic!("{jobs:?}") };
    seat.told(DeskOutcome::Listed { serial, result: Err(DeskFault::LinkEnded) });
    unlinked(&mut seat);
    // It is so after a restart, too.
    let mut seat = seat.restarted();
    seat.ask(Request::Go(Place::Tickets));
    let DeskScreen::Home(home) = seat.desk_screen() else { panic!() };
    assert_eq!(home.linked, None);

    // In the middle of a ticket: what was being written stays.
    let mut seat = Seat::linked();
    seat.desk_jobs();
    let number = number_of_a_ticket();
    seat.at_desk(DeskRequest::OpenTicket(number.clone()));
    let jobs = seat.desk_jobs();
    let [DeskJob::Read { serial, .. }] = jobs[..] else { panic!("{jobs:?}") };
    seat.at_desk(DeskRequest::WriteComment("Es geht wieder n".into()));
    seat.told(DeskOutcome::Read { serial, result: Err(DeskFault::LinkEnded) });
    unlinked(&mut seat);
    seat.at_desk(DeskRequest::Go(DeskPlace::Link));
    seat.links();
    seat.at_desk(DeskRequest::OpenTicket(number));
    let DeskScreen::Ticket(page) = seat.desk_screen() else { panic!() };
    assert_eq!(page.comment.text, "Es geht wieder n");
}
