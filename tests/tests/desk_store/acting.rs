//! What people do with a ticket, alone and at the same time.

use crate::desk::{Desk, after, answer, by, message, note, resolve, start, tina, tom};
use crate::on_both;
use anyhow::Result;
use beistand_desk::core::{CustomerAct, TechnicianAct};
use beistand_desk::store::{Deed, StoreError};
use beistand_protocol::desk::api::desk::{DeskEntry, Doing, InternalHappening, TimeEntry, WaitFor};
use beistand_protocol::desk::api::entry::{Author, PublicHappening};
use beistand_protocol::desk::api::problem::Refusal;
use beistand_protocol::desk::api::queue::{QueueQuery, QueueView};
use beistand_protocol::desk::api::session::SessionReport;
use beistand_protocol::desk::ids::{TechnicianId, TicketSessionId};
use beistand_protocol::desk::ticket::{LinkKind, SessionEnd, Severity, State, TimeKind};
use jiff::SignedDuration;

on_both!(
    two_who_saw_the_same_version_do_not_overwrite_each_other,
    of_many_writers_at_once_one_wins_and_no_message_is_lost,
    a_ticket_goes_its_way,
    a_message_to_what_is_over_becomes_a_new_ticket,
    a_merge_can_be_undone,
    a_link_is_taken_back_in_both_tickets,
    crossed_merges_do_not_hang,
    a_session_and_its_time_land_in_the_ticket,
    both_see_who_is_there,
    a_changed_event_is_noticed,
);

async fn two_who_saw_the_same_version_do_not_overwrite_each_other(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Streit um dieses.", start()).await?;
    let take = Deed::Technician(TechnicianAct::Take);
    desk.store.act(&tina(after(1)), number, Some(1), &take, &[]).await?;
    let late = desk.store.act(&tom(after(2)), number, Some(1), &take, &[]).await;
    assert!(matches!(late, Err(StoreError::Stale { current: 2 })));
    let severity =
        Deed::Technician(TechnicianAct::SetSeverity { severity: Severity::One, reason: "Alle stehen".into() });
    assert!(desk.store.act(&tom(after(2)), number, Some(1), &severity, &[]).await.is_err());
    let seen = desk.seen(number, after(3)).await?;
    assert_eq!((seen.version, seen.owner, seen.item.severity), (2, Some(TechnicianId(1)), Severity::Four));
    Ok(())
}

async fn of_many_writers_at_once_one_wins_and_no_message_is_lost(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Viele auf einmal.", start()).await?;
    let mut writing = tokio::task::JoinSet::new();
    for index in 0..24_i64 {
        let (store, emil) = (desk.store.clone(), desk.ada.employee.clone());
        writing.spawn(async move {
            if index % 2 == 0 {
                let deed = message(&format!("Nachricht {index}"));
                return store.act(&by(&emil, after(index)), number, None, &deed, &[]).await.map(|_| true);
            }
            let reason = format!("Versuch {index}");
            let deed = Deed::Technician(TechnicianAct::SetSeverity { severity: Severity::Two, reason });
            match store.act(&tina(after(index)), number, Some(1), &deed, &[]).await {
                Ok(_) => Ok(true),
                Err(StoreError::Stale { .. } | StoreError::Refused(Refusal::AlreadySo)) => Ok(false),
                Err(other) => Err(other),
            }
        });
    }
    let mut changed = 0_u32;
    while let Some(done) = writing.join_next().await {
        changed += u32::from(done??);
    }
    assert!((12..=13).contains(&changed), "{changed}");
    let seen = desk.seen(number, after(60)).await?;
    assert_eq!(seen.version, changed + 1);
    assert_eq!(seen.timeline.iter().filter(|entry| entry.is_message()).count(), 12);
    assert_eq!(desk.store.broken_event(number).await?, None);
    Ok(())
}

async fn a_ticket_goes_its_way(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let number = desk.file(emil, "Der lange Weg.", start()).await?;
    desk.tina(number, answer("Welcher Drucker denn?"), after(1)).await?;
    desk.tina(number, TechnicianAct::Wait { wait_for: WaitFor::Customer, reason: None }, after(2)).await?;
    assert_eq!(desk.mine(emil, number, after(3)).await?.listed.state, State::WaitingCustomer);
    assert!(desk.mine(emil, number, after(3)).await?.listed.unread);
    desk.act(&by(emil, after(4)), number, &message("Der graue.")).await?;
    assert_eq!(desk.seen(number, after(5)).await?.item.state, State::Open);
    let raise = CustomerAct::Raise { severity: Severity::Two, reason: "Versand steht".into() };
    desk.act(&by(emil, after(5)), number, &Deed::Customer(raise.clone())).await?;
    let again = CustomerAct::Raise { severity: Severity::One, reason: "Immer noch".into() };
    let again = desk.act(&by(emil, after(6)), number, &Deed::Customer(again)).await;
    assert!(matches!(again, Err(StoreError::Refused(Refusal::RaisedLately { .. }))));
    desk.tina(number, resolve("Patrone getauscht."), after(7)).await?;
    let mine = desk.mine(emil, number, after(8)).await?;
    assert!(mine.rights.reopen && mine.reopen_until.is_some());
    desk.act(&by(emil, after(8)), number, &Deed::Customer(CustomerAct::Reopen { text: "Doch nicht.".into() })).await?;
    desk.tina(number, resolve("Jetzt aber."), after(9)).await?;
    desk.act(&by(emil, after(10)), number, &Deed::Customer(CustomerAct::Confirm)).await?;
    let seen = desk.seen(number, after(11)).await?;
    assert_eq!((seen.item.state, seen.reopened_count), (State::Closed, 1));
    assert_eq!(seen.resolution.as_deref(), Some("Jetzt aber."));
    let states: Vec<(State, State)> = desk
        .mine(emil, number, after(12))
        .await?
        .timeline
        .into_iter()
        .filter_map(|entry| {
            let PublicHappening::StateChanged { from, to, .. } = entry.what else { return None };
            Some((from, to))
        })
        .collect();
    let (new, open, waiting, resolved) = (State::New, State::Open, State::WaitingCustomer, State::Resolved);
    let way = [(new, open), (open, waiting), (waiting, open), (open, resolved), (resolved, open), (open, resolved)];
    assert_eq!(states[..6], way);
    assert_eq!(states[6], (resolved, State::Closed));
    assert_eq!(desk.store.broken_event(number).await?, None);
    Ok(())
}

async fn a_message_to_what_is_over_becomes_a_new_ticket(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let old = desk.file(emil, "Ist bald vorbei.", start()).await?;
    desk.tina(old, resolve("Erledigt."), after(1)).await?;
    let later = start() + SignedDuration::from_hours(24 * 8);
    // Nobody has written down yet that its grace is over.
    let written = desk.act(&by(emil, later), old, &message("Es ist wieder da: der Spuk.")).await?;
    assert!(written.new_ticket && written.number != old);
    let new = desk.seen(written.number, later).await?;
    assert_eq!((new.links[0].link, new.links[0].number), (LinkKind::FollowUpOf, old));
    let old_seen = desk.seen(old, later).await?;
    assert_eq!((old_seen.links[0].link, old_seen.version), (LinkKind::FollowedUpBy, 2));
    // That one follows the other is no link that could be taken back.
    let unlinked = desk.act(&tina(later), old, &Deed::Unlink { other: written.number }).await;
    assert!(matches!(unlinked, Err(StoreError::NotFound)), "{unlinked:?}");
    assert_eq!(desk.find_mine(emil, "spuk").await?, [written.number]);
    Ok(())
}

async fn a_merge_can_be_undone(desk: Desk) -> Result<()> {
    let (emil, berta) = (&desk.ada.employee, &desk.ada.boss);
    let one = desk.file(emil, "Der Server ist langsam.", start()).await?;
    let two = desk.file(berta, "Alles ist langsam.", after(1)).await?;
    let foreign = desk.file(&desk.bolt.employee, "Auch langsam.", after(2)).await?;
    let other = desk.act(&tina(after(3)), one, &Deed::Merge { into: foreign }).await;
    assert!(matches!(other, Err(StoreError::Refused(Refusal::OtherCustomer))));
    desk.act(&tina(after(3)), one, &Deed::Merge { into: two }).await?;
    // What is said to the merged one is said in the other.
    let written = desk.act(&by(berta, after(4)), one, &message("Immer noch langsam.")).await?;
    assert_eq!((written.number, written.new_ticket), (two, false));
    let seen = desk.seen(two, after(5)).await?;
    let filed =
        seen.timeline.iter().filter(|entry| serde_json::to_string(entry).unwrap_or_default().contains("\"filed\""));
    assert_eq!(filed.count(), 2, "both beginnings are in the timeline");
    // Emil may not see Berta's: so his message becomes his own ticket, and his ticket does not name hers.
    let own = desk.act(&by(emil, after(6)), one, &message("Und bei mir?")).await?;
    assert!(own.new_ticket);
    assert!(!serde_json::to_string(&desk.mine(emil, one, after(6)).await?.timeline)?.contains(&two.to_string()));
    desk.tina(one, TechnicianAct::Unmerge, after(7)).await?;
    assert_eq!(desk.seen(one, after(8)).await?.item.state, State::New);
    let seen = desk.seen(two, after(8)).await?;
    assert_eq!(seen.links, []);
    let parted = PublicHappening::Unlinked { link: LinkKind::MergedFrom, other: Some(one) };
    assert_eq!(desk.mine(berta, two, after(8)).await?.timeline.last().map(|entry| &entry.what), Some(&parted));
    for number in [one, two] {
        assert_eq!(desk.store.broken_event(number).await?, None);
    }
    Ok(())
}

async fn a_link_is_taken_back_in_both_tickets(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let one = desk.file(emil, "Der Drucker druckt nicht.", start()).await?;
    let two = desk.file(emil, "Der Toner ist leer.", after(1)).await?;
    desk.act(&tina(after(2)), one, &Deed::Link { other: two }).await?;
    // Whoever is at the customer's can't, and a merge is no link.
    let tried = desk.act(&by(emil, after(3)), one, &Deed::Unlink { other: two }).await;
    assert!(matches!(tried, Err(StoreError::NotFound)), "{tried:?}");
    let three = desk.file(emil, "Der Toner ist wieder leer.", after(3)).await?;
    desk.act(&tina(after(3)), three, &Deed::Merge { into: two }).await?;
    for (from, other) in [(three, two), (one, three), (one, one)] {
        let tried = desk.act(&tina(after(4)), from, &Deed::Unlink { other }).await;
        assert!(matches!(tried, Err(StoreError::NotFound)), "{tried:?}");
    }
    // From the other end, too; and it is no news to the customer.
    desk.store.my_ticket_read(emil, one).await?;
    desk.act(&tom(after(5)), two, &Deed::Unlink { other: one }).await?;
    let again = desk.act(&tom(after(6)), two, &Deed::Unlink { other: one }).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    for (number, other) in [(one, two), (two, one)] {
        let seen = desk.seen(number, after(7)).await?;
        let unlinked = InternalHappening::Unlinked { other };
        let said = seen.timeline.iter().filter_map(|entry| match entry {
            DeskEntry::Internal { what, author: Author::Technician { name }, .. } if *what == unlinked => Some(name),
            DeskEntry::Internal { .. } | DeskEntry::Public { .. } => None,
        });
        assert_eq!(said.collect::<Vec<_>>(), ["Tom Techniker"]);
        assert!(seen.links.iter().all(|link| link.link != LinkKind::Related), "{:?}", seen.links);
        assert_eq!(desk.store.broken_event(number).await?, None);
        let mine = desk.mine(emil, number, after(7)).await?;
        assert!(number == two || !mine.listed.unread);
        let mine = serde_json::to_string(&mine)?;
        assert!(mine.contains("linked") && !mine.contains("unlinked"), "{mine}");
    }
    Ok(())
}

async fn crossed_merges_do_not_hang(desk: Desk) -> Result<()> {
    let one = desk.file(&desk.ada.employee, "Einer von beiden.", start()).await?;
    let two = desk.file(&desk.ada.employee, "Der andere von beiden.", start()).await?;
    let (tina, tom) = (tina(after(1)), tom(after(1)));
    let (into_two, into_one) = (Deed::Merge { into: two }, Deed::Merge { into: one });
    let done = tokio::join!(desk.act(&tina, one, &into_two), desk.act(&tom, two, &into_one));
    assert!(done.0.is_ok() != done.1.is_ok(), "{done:?}");
    Ok(())
}

async fn a_session_and_its_time_land_in_the_ticket(desk: Desk) -> Result<()> {
    let emil = &desk.ada.employee;
    let number = desk.file(emil, "Bitte draufschauen.", start()).await?;
    let started = desk.store.start_session(&tina(after(1)), number).await?;
    let session = TicketSessionId::new(*started.entry.expect("the session's id").as_bytes());
    let report = SessionReport {
        started_at: after(2),
        duration_seconds: 421,
        ended_by: SessionEnd::Stop,
        allowed: vec!["seeScreen".into()],
        used: vec!["seeScreen".into()],
        receipt: Some("{\"secret\":\"for technicians\"}".into()),
    };
    let proposal = desk.store.report_session(&tina(after(500)), number, session, &report).await?;
    assert_eq!((proposal.minutes, proposal.session), (8, session));
    assert_eq!(desk.store.report_session(&tina(after(501)), number, session, &report).await?, proposal);
    let otherwise = SessionReport { duration_seconds: 1, ..report.clone() };
    let otherwise = desk.store.report_session(&tina(after(502)), number, session, &otherwise).await;
    assert!(matches!(otherwise, Err(StoreError::Refused(Refusal::AlreadyReported))));
    let seen = desk.seen(number, after(503)).await?;
    assert_eq!((seen.sessions[0].proposal, seen.sessions[0].time_logged), (Some(proposal), false));
    let time = TimeEntry {
        minutes: 8,
        spent_on: TimeKind::Remote,
        billable: true,
        text: Some("Heimliche Notiz zur Zeit".parse()?),
        session: Some(session),
    };
    desk.store.log_time(&tina(after(504)), number, &time).await?;
    let seen = desk.seen(number, after(505)).await?;
    assert_eq!((seen.sessions[0].proposal, seen.sessions[0].time_logged), (None, true));
    assert_eq!((seen.times.len(), seen.times[0].minutes), (1, 8));
    let mine = serde_json::to_string(&desk.mine(emil, number, after(505)).await?)?;
    assert!(mine.contains("\"stop\"") && !mine.contains("Heimliche") && !mine.contains("for technicians"));
    let foreign = desk.file(emil, "Ein anderes.", after(506)).await?;
    assert!(matches!(desk.store.log_time(&tina(after(507)), foreign, &time).await, Err(StoreError::NotFound)));
    let reported = desk.store.report_session(&tina(after(507)), foreign, session, &report).await;
    assert!(matches!(reported, Err(StoreError::NotFound)), "{reported:?}");
    // What time was spent on is the technicians'.
    assert_eq!((desk.find("heimliche").await?, desk.find_mine(emil, "heimliche").await?), (vec![number], vec![]));
    // From what is over none is started, though time is still logged.
    desk.act(&by(emil, after(508)), number, &Deed::Customer(CustomerAct::Withdraw { reason: None })).await?;
    let over = desk.store.start_session(&tina(after(509)), number).await;
    assert!(matches!(over, Err(StoreError::Refused(Refusal::WrongState { state: State::Withdrawn }))), "{over:?}");
    desk.store.log_time(&tina(after(509)), number, &time).await?;
    Ok(())
}

async fn both_see_who_is_there(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Wer ist da?", start()).await?;
    let present = |id, name, doing, at| desk.store.be_present(TechnicianId(id), name, number, doing, after(at));
    assert_eq!(present(1, "Tina", Doing::Reading, 1).await?.others, []);
    let seen = present(2, "Tom", Doing::Writing, 2).await?;
    assert_eq!((seen.others[0].name.as_str(), seen.others[0].writing, seen.version), ("Tina", false, 1));
    assert!(present(1, "Tina", Doing::Reading, 3).await?.others[0].writing);
    present(2, "Tom", Doing::Gone, 4).await?;
    assert_eq!(present(1, "Tina", Doing::Reading, 5).await?.others, []);
    assert_eq!(present(2, "Tom", Doing::Reading, 45).await?.others, [], "Tina was last heard of 40 seconds ago");
    // And what they have read.
    let unread = QueueQuery { view: QueueView::Open, unread: true, ..QueueQuery::default() };
    let count = async |id| anyhow::Ok(desk.store.queue(TechnicianId(id), &unread, after(46)).await?.tickets.len());
    assert_eq!((count(1).await?, count(2).await?), (1, 1));
    desk.store.desk_ticket_read(TechnicianId(1), number).await?;
    assert_eq!((count(1).await?, count(2).await?), (0, 1));
    desk.tina(number, note("Für Tom."), after(47)).await?;
    assert_eq!((count(1).await?, count(2).await?), (0, 1));
    Ok(())
}

async fn a_changed_event_is_noticed(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Wird gefälscht.", start()).await?;
    desk.tina(number, TechnicianAct::Take, after(1)).await?;
    desk.tina(number, answer("So war es."), after(2)).await?;
    assert_eq!(desk.store.broken_event(number).await?, None);
    desk.data.sql("UPDATE ticket_event SET actor_name = 'Tom Techniker' WHERE seq = 2").await?;
    assert_eq!(desk.store.broken_event(number).await?, Some(2));
    desk.data.sql("UPDATE ticket_event SET actor_name = 'Tina Techniker' WHERE seq = 2").await?;
    assert_eq!(desk.store.broken_event(number).await?, None);
    let last = desk.seen(number, after(3)).await?.timeline.len();
    desk.data.sql(&format!("DELETE FROM ticket_event WHERE seq = {last}")).await?;
    assert_eq!(desk.store.broken_event(number).await?, Some(last as u64));
    Ok(())
}
