//! The clock on the wall is set while things run: by hours, days and years, in both directions.
//!
//! Whatever has a time limit here is counted by a clock that nobody can set. The clock on the wall decides only whether
//! a certificate is valid.

use super::{named, text};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::NamedKey;
use beistand_protocol::permission::{Permission, Setting};
use beistand_session::guardian::Program;
use beistand_session::pipe::{Origin, Report, StartFault};
use beistand_session::technician::News;
use beistand_tests::call::built;
use beistand_tests::ends::{Call, CustomerEnd, TechnicianEnd, spoken};
use beistand_tests::place::Place;
use beistand_tests::relay::Relay;
use beistand_tests::wrong_clock::WrongClock;
use std::time::{Duration, Instant};

/// A relay and a customer's computer, each with a clock that can be set; the technician's is right.
struct Clocks {
    relay: WrongClock,
    customer: WrongClock,
}

async fn place(change: impl FnOnce(String) -> String) -> (Place, Clocks) {
    let clocks = Clocks { relay: WrongClock::right().unwrap(), customer: WrongClock::right().unwrap() };
    let place = Place::with(Relay::start_by(&clocks.relay, change).unwrap()).await;
    (place, clocks)
}

impl Clocks {
    fn customer(&self, place: &Place, origin: Origin) -> CustomerEnd {
        let mut arguments: Vec<_> = self.customer.environment().into_iter().map(|(n, v)| format!("{n}={v}")).collect();
        arguments.push(built("worker").unwrap().display().to_string());
        let arguments = arguments.into_iter().map(Into::into).collect();
        CustomerEnd::start_with(place, origin, Program { executable: "/usr/bin/env".into(), arguments })
    }

    fn set(&self, offset: &str) {
        self.relay.set(offset).unwrap();
        self.customer.set(offset).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_and_stops_as_ever_while_its_clocks_are_set() {
    let (place, clocks) = place(|config| config).await;
    let mut technician = TechnicianEnd::start(&place, None);
    let number = technician.number().await;
    // The number waits at a relay that believes it is another year, and one before.
    clocks.relay.set("+400d").unwrap();
    clocks.relay.set("-400d").unwrap();
    clocks.relay.set("+0").unwrap();
    let customer = clocks.customer(&place, Origin::Typed(spoken(&number)));
    let mut call = Call::shown(customer, technician).await;
    call.see_the_screen(&place).await;
    call.grant_control().await;
    place.click_into_terminal(&call.technician.session).await;
    let mut received = String::new();
    for offset in ["+3h", "-3h", "+400d", "-4000d", "+0"] {
        clocks.set(offset);
        call.technician.session.input(text(offset)).await;
        call.technician.press(NamedKey::Enter).await;
        received += offset;
        received.push('\n');
        place.terminal_received(&received).await;
    }
    assert!(call.customer.forget() && call.technician.forget(), "the session ended");
    // What is revoked stays so at any time of day.
    clocks.set("-4000d");
    call.customer.guardian.set(Permission::Control, Setting::Off);
    call.technician
        .until(|news| matches!(news, News::Granted(grants) if grants.live(Permission::Control).is_none()))
        .await;
    call.technician.session.input(text("later")).await;
    clocks.set("+4000d");
    call.technician.session.input(text("later still")).await;
    call.grant_control().await;
    call.technician.session.input(named(NamedKey::ShiftLeft, true)).await;
    place.are_down(1).await;
    let ordered = Instant::now();
    assert_eq!(call.customer.stop().await.reason, CloseReason::Stopped);
    assert!(ordered.elapsed() < Duration::from_secs(10), "it took {:?}", ordered.elapsed());
    place.nothing_is_down();
    assert_eq!(place.received(), received, "something arrived without control");
    call.customer.burn(&place).await;
    assert_eq!(call.technician.ended().await, CloseReason::Stopped);
    assert!(place.workers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_gives_a_number_no_more_time() {
    let short = |config: String| config.replace("life_seconds = 600", "life_seconds = 4");
    let (place, clocks) = place(short).await;
    let mut customer = clocks.customer(&place, Origin::Shown);
    let number = customer.number().await;
    clocks.set("-1d");
    assert_eq!(customer.ended().await.reason, CloseReason::NumberExpired);
    let mut technician = TechnicianEnd::start(&place, Some(number));
    assert_eq!(technician.ended().await, CloseReason::NumberNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_clock_is_wrong_is_told_so_and_shows_nothing() {
    let (place, clocks) = place(|config| config).await;
    // The relay's certificate is valid for more than three days to come, the technician's is not.
    for (offset, told) in [("+3d", CloseReason::IdentityNotValidNow), ("-3d", CloseReason::NetworkLost)] {
        let mut technician = TechnicianEnd::start(&place, None);
        let number = technician.number().await;
        clocks.customer.set(offset).unwrap();
        let mut customer = clocks.customer(&place, Origin::Typed(spoken(&number)));
        assert_eq!(customer.ended().await.reason, told, "with {offset}");
        let at_fault = customer.heard.iter().any(|report| matches!(report, Report::Fault(StartFault::Clock)));
        assert_eq!(at_fault, offset == "-3d");
        let shown = customer.heard.iter().any(|report| matches!(report, Report::WhoIsThere { .. }));
        assert!(!shown, "a name that could not be checked was shown");
    }
}
