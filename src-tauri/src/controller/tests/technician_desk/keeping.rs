//! What a technician's app keeps until the desk has it: over other tickets, lost answers, kills, and other people.

use super::*;

#[test]
fn what_is_half_written_is_there_after_another_ticket_and_after_a_kill_and_gone_when_sent() {
    let mut seat = Seat::with_case();
    seat.types(CaseText::Answer, "Bitte prüfen Sie ");
    seat.types(CaseText::Note, "Fixiereinheit?");
    seat.types(CaseText::Resolution, "Neu gestartet");
    assert_eq!(seat.case().answer.saved, Saved::OnDisk);
    // Typed last before another ticket was opened, and heard after that.
    seat.desk(TechnicianDeskAsk::Open { number: OTHER.into() });
    seat.types(CaseText::Answer, "Bitte prüfen Sie den Toner");
    assert_eq!(seat.case().answer.text, "");
    seat.desk(TechnicianDeskAsk::Queue);
    assert_eq!(seat.queue().drafts, [NUMBER]);

    let mut seat = seat.killed();
    seat.open_again();
    let case = seat.case();
    assert_eq!(case.answer.text, "Bitte prüfen Sie den Toner");
    assert_eq!((case.note.text.as_str(), case.resolution.text.as_str()), ("Fixiereinheit?", "Neu gestartet"));
    let (serial, ..) = seat.sends_text(CaseText::Answer, "Bitte prüfen Sie den Toner.");
    seat.answered(serial, done(5, 2));
    assert_eq!((seat.case().answer.text.as_str(), seat.case().answer.saved), ("", Saved::Empty));
    // What is emptied by hand is gone as well.
    seat.types(CaseText::Note, "");
    let mut seat = seat.killed();
    seat.open_again();
    let case = seat.case();
    assert_eq!((case.answer.text.as_str(), case.note.text.as_str()), ("", ""));
    assert_eq!(case.resolution.text, "Neu gestartet");
}

#[test]
fn an_answer_whose_fate_is_unknown_is_there_once_however_often_it_is_sent() {
    let mut seat = Seat::with_case();
    let (serial, first, _) = seat.sends_text(CaseText::Answer, "Ich komme.");
    let lost = Failure { may_have_arrived: true, ..Failure::waiting(DeskFault::Offline) };
    seat.concluded(serial, Err(lost.into()));
    assert_eq!(seat.case().answer.text, "Ich komme.");
    // Killed as well: the key was on the disk before anything was sent.
    let mut seat = seat.killed();
    seat.open_again();
    let (serial, again, _) = seat.sends_text(CaseText::Answer, "Ich komme.");
    assert_eq!(first, again);
    // A changed one is not taken for it: it is said, and the next is another.
    seat.answered(serial, Err(DeskFault::AlreadySent));
    seat.read_answered(5, 2);
    assert_eq!(seat.case().fault, Some(DeskFault::AlreadySent));
    let (serial, new, _) = seat.sends_text(CaseText::Answer, "Ich komme doch nicht.");
    assert_ne!(first, new);
    // What surely did not arrive needs no key.
    seat.answered(serial, Err(DeskFault::Changed));
    seat.read_answered(6, 2);
    assert_ne!(seat.sends_text(CaseText::Answer, "Ich komme doch nicht.").1, new);
}

#[test]
fn files_go_with_an_answer_by_the_customers_rules() {
    let mut seat = Seat::with_case();
    seat.desk(file("plan.pdf", b"%PDF-1.7 ..."));
    seat.desk(file("brief.docx", b"PK\x03\x04 [Content_Types].xml"));
    seat.desk(file("bild.png", b"%PDF-1.7 ..."));
    let answer = seat.case().answer;
    let refused: Vec<_> = answer.refused.iter().map(|one| one.reason).collect();
    assert_eq!(refused, [RefusedReason::Office, RefusedReason::Mismatch]);
    assert_eq!((answer.attachments.len(), answer.saved), (1, Saved::OnDisk));
    assert!(seat.case().note.attachments.is_empty());
    for count in 2..=6 {
        seat.desk(file(&format!("{count}.txt"), b"Text"));
    }
    let answer = seat.case().answer;
    assert_eq!((answer.attachments.len(), answer.refused.last().unwrap().reason), (5, RefusedReason::TooMany));
    for attached in answer.attachments.iter().skip(2) {
        seat.desk(TechnicianDeskAsk::Detach { number: NUMBER.into(), what: CaseText::Answer, id: attached.id.clone() });
    }

    // They outlive the app, go first, and go once.
    let mut seat = seat.killed();
    seat.open_again();
    assert_eq!(seat.case().answer.attachments.len(), 2);
    let (serial, _, files) = seat.sends_text(CaseText::Answer, "Anbei der Plan.");
    assert_eq!(files, [None, None]);
    let (plan, id) = (seat.case().answer.attachments[0].id.clone(), AttachmentId::new([9; 16]));
    seat.concluded(serial, Ok(TechnicianAnswer::Upload(UploadNews::Percent(42))));
    assert_eq!(seat.case().answer.sending, Some(42));
    // Under somebody's hands nothing changes any more.
    seat.types(CaseText::Answer, "Anbei der");
    seat.desk(write(CaseText::Answer, "Noch einmal"));
    seat.concluded(serial, Ok(TechnicianAnswer::Upload(UploadNews::Arrived { file: plan, id })));
    let text = seat.case().answer.attachments[1].id.clone();
    let failure = Failure::waiting(DeskFault::NotAccepted);
    seat.concluded(serial, Err(NotDone { failure, file: Some((text, RefusedReason::Kind)) }));
    let answer = seat.case().answer;
    assert_eq!((answer.text.as_str(), answer.attachments.len(), answer.sending), ("Anbei der Plan.", 1, None));
    assert_eq!(answer.refused[0].name, "2.txt");
    let (serial, _, files) = seat.sends_text(CaseText::Answer, "Anbei der Plan.");
    assert_eq!(files, [Some(id)]);
    seat.answered(serial, done(5, 2));
    assert!(seat.case().answer.attachments.is_empty());
}

#[test]
fn an_answer_that_arrives_after_its_page_was_left_is_no_draft_any_more() {
    let mut seat = Seat::with_case();
    let (serial, ..) = seat.sends_text(CaseText::Answer, "Ich komme.");
    seat.desk(TechnicianDeskAsk::Open { number: OTHER.into() });
    seat.answered(serial, done(4, 2));
    seat.desk(TechnicianDeskAsk::Queue);
    assert!(seat.queue().drafts.is_empty());
}

#[test]
fn a_link_is_taken_back_and_set_again() {
    let mut seat = Seat::with_case();
    seat.desk(TechnicianDeskAsk::Act { act: CaseAct::Link { other: "t 2345 6789".into() } });
    assert_eq!(seat.case().undo, None);
    let job = seat.question_to_desk(IS_ACT);
    seat.answered(job.serial, done(4, 2));
    assert_eq!(seat.case().undo, Some(CaseUndo::Linked { other: OTHER.into() }));
    seat.desk(TechnicianDeskAsk::Act { act: CaseAct::Unlink { other: OTHER.into() } });
    let job = seat.question_to_desk(IS_ACT);
    let TechnicianQuestion::Act { deed: Deed::Unlink(other), .. } = job.question else { panic!() };
    assert_eq!(other.to_string(), OTHER);
    // What did not come about can't be undone.
    seat.answered(job.serial, Err(DeskFault::Offline));
    assert_eq!(seat.case().undo, None);
    seat.desk(TechnicianDeskAsk::Act { act: CaseAct::Unlink { other: OTHER.into() } });
    let job = seat.question_to_desk(IS_ACT);
    seat.answered(job.serial, done(4, 2));
    assert_eq!(seat.case().undo, Some(CaseUndo::Unlinked { other: OTHER.into() }));
    seat.desk(TechnicianDeskAsk::Act { act: CaseAct::Take });
    assert_eq!(seat.case().undo, None);
}

#[test]
fn a_record_outlives_the_app_and_is_filed_once() {
    let (mut seat, number, session) = in_session();
    seat.news(TechnicianNews::Ended(CloseReason::EndedByCustomer));
    let (serial, _, report) = reported(&mut seat);
    seat.answered(serial, Err(DeskFault::Offline));
    seat.ask(Request::DismissEnd);
    seat.desk(TechnicianDeskAsk::Queue);
    assert_eq!(seat.queue().records, [NUMBER]);

    let mut seat = seat.killed();
    let (serial, ticket, same) = reported(&mut seat);
    assert_eq!((ticket, &same), ((number, session), &report));
    // Killed before the answer was heard: the same again, which changes nothing at the desk.
    let mut seat = seat.killed();
    let (again, ticket, same) = reported(&mut seat);
    assert_eq!((ticket, &same), ((number, session), &report));
    seat.answered(serial.wrapping_sub(1), Ok(TechnicianAnswer::SessionReported(number)));
    seat.answered(again, Err(DeskFault::LinkEnded));
    seat.desk(TechnicianDeskAsk::Queue);
    seat.desk(TechnicianDeskAsk::SendRecords);
    let (again, ..) = reported(&mut seat);
    seat.answered(again, Ok(TechnicianAnswer::SessionReported(number)));
    assert!(seat.queue().records.is_empty());
    let mut seat = seat.killed();
    assert!(seat.jobs().is_empty());
}

#[test]
fn a_session_in_which_the_app_goes_down_is_recorded_as_far_as_it_is_known() {
    let (seat, number, session) = in_session();
    let mut seat = seat.killed();
    let (_, ticket, report) = reported(&mut seat);
    assert_eq!(ticket, (number, session));
    assert_eq!((report.duration_seconds, report.ended_by), (90, SessionEnd::Network));
    assert_eq!(report.allowed, ["seeScreen", "control"]);
}

#[test]
fn another_technician_sees_and_sends_nothing_of_this_ones() {
    let (mut seat, ..) = in_session();
    seat.news(TechnicianNews::Ended(CloseReason::EndedByCustomer));
    let (serial, ..) = reported(&mut seat);
    seat.answered(serial, Err(DeskFault::Offline));
    seat.ask(Request::DismissEnd);
    seat.types(CaseText::Answer, "Vertraulich");
    seat.ask(Request::SignOut);
    seat.controller.platform.jobs.clear();
    let sign_in = |seat: &mut Seat, login: &str| {
        let password = crate::view::Password::new("geheim".into());
        seat.ask(Request::SignIn { domain: "help.example".into(), login: login.into(), password });
        seat.signed_in(Ok(crate::settings::SavedTechnician { login: login.into(), ..saved_technician() }));
    };
    sign_in(&mut seat, "uwe");
    assert!(seat.controller.platform.roomy, "tables in a customer's small window");
    seat.pass(600 * SECOND);
    assert!(!seat.jobs().contains(&"TechnicianDesk"));
    seat.open_again();
    assert_eq!(seat.case().answer.text, "");
    seat.ask(Request::SignOut);
    sign_in(&mut seat, "anna");
    reported(&mut seat);
    seat.open_again();
    assert_eq!(seat.case().answer.text, "Vertraulich");
    // And nothing is left of either when everything is removed.
    seat.ask(Request::ForgetEverything);
    assert!(!seat.controller.technician_desk.kept.store.folder().exists());
}
