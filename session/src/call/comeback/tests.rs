use super::*;
use beistand_protocol::message::{ToCustomer, ToTechnician};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

#[test]
fn pauses_grow_to_the_longest() {
    let pauses: Vec<u128> = [0, 1, 2, 3, 4, 9, u32::MAX].into_iter().map(|at| pause(at).as_millis()).collect();
    assert_eq!(pauses, [250, 500, 1000, 2000, 2000, 2000, 2000]);
}

#[test]
fn only_what_somebody_has_decided_is_the_end() {
    let by_both = [
        (EndReason::OtherEndLost, None),
        (EndReason::Expired, None),
        (EndReason::RelayStopping, None),
        (EndReason::Replaced, None),
        (EndReason::TooSlow, None),
        (EndReason::Malformed, None),
        (EndReason::TechnicianDisabled, Some(CloseReason::TechnicianDisabled)),
    ];
    for (reason, expected) in by_both {
        assert_eq!((over(reason, Role::Customer), over(reason, Role::Technician)), (expected, expected), "{reason:?}");
    }
    assert_eq!(over(EndReason::OtherEnd, Role::Customer), Some(CloseReason::EndedByTechnician));
    assert_eq!(over(EndReason::OtherEnd, Role::Technician), Some(CloseReason::EndedByCustomer));
    assert_eq!(over(EndReason::Burned, Role::Technician), Some(CloseReason::EndedByTechnician));
    assert_eq!(over(EndReason::Stopped, Role::Technician), Some(CloseReason::Stopped));

    let for_now = [Refusal::Number, Refusal::Version, Refusal::Full, Refusal::Draining, Refusal::Malformed];
    for refusal in for_now {
        assert_eq!(refused(&ConnectError::Refused(refusal)), None, "{refusal:?}");
    }
    for error in [ConnectError::Lost, ConnectError::Throttled, ConnectError::NotAdmitted, ConnectError::Root] {
        assert_eq!(refused(&error), None, "{error}");
    }
    let disabled = Some(CloseReason::TechnicianDisabled);
    assert_eq!(refused(&ConnectError::Refused(Refusal::Technician)), disabled);
}

/// A relay that hangs up on everybody, and says when somebody came.
fn hangs_up() -> (Route, mpsc::Receiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let domain = format!("127.0.0.1:{}", listener.local_addr().unwrap().port()).parse().unwrap();
    let (came, comes) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            drop(connection);
            if came.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    let meeting = ResumeId::new([6; 32]);
    let trust = DomainTrust::public(domain, None);
    (Route { trust, own: Role::Customer, credential: None, meeting, attempts: 0 }, comes)
}

fn set_out(route: &mut Route) -> Comeback<ToTechnician, ToCustomer> {
    route.set_out()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_can_do_nothing_is_not_hammered() {
    let (mut route, comes) = hangs_up();
    let began = Instant::now();
    let _searches = set_out(&mut route);
    sleep(Duration::from_millis(2000)).await;
    let came: Vec<Duration> = comes.try_iter().map(|at| at - began).collect();
    // After 250 ms, 500 ms and a second.
    assert!((1..=3).contains(&came.len()), "{came:?}");
    assert!(came[0] >= FIRST_PAUSE, "{came:?}");
}

/// Who is met and hung up on, again and again, does not make the pauses short; only a line that breaks anew does.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_make_an_end_hammer_the_relay() {
    let (mut route, comes) = hangs_up();
    let next = |route: &mut Route| {
        let began = Instant::now();
        let search = set_out(route);
        let came = tokio::task::block_in_place(|| comes.recv_timeout(Duration::from_secs(20))).unwrap();
        drop(search);
        came - began
    };
    for least_ms in [250, 500, 1000] {
        let took = next(&mut route);
        assert!(took.as_millis() >= least_ms, "after {took:?} and not {least_ms} ms");
    }
    route.begin_anew();
    assert_eq!(pause(route.attempts), FIRST_PAUSE);
}
