//! A relay that does not bring the two ends together when they come back: it is asked again, and not for ever on one
//! line. Only what somebody has decided ends the session.

use crate::relay::{Relay, number, say};
use crate::rogue::{RogueCustomer, RogueTechnician};
use beistand_protocol::close::CloseReason;
use beistand_protocol::rendezvous::{EndReason, FromRelay, Refusal, Role};
use beistand_session::pipe::Report;
use beistand_session::technician::News;
use beistand_tests::ends::{CustomerEnd, TechnicianEnd};
use std::time::{Duration, Instant};

const OTHER_END: FromRelay = FromRelay::Ended { reason: EndReason::OtherEnd };

/// A customer's end that looks for its technician.
async fn lost_customer(relay: &Relay) -> CustomerEnd {
    let (rogue, mut customer) = RogueTechnician::active(relay).await;
    drop(rogue);
    customer.until(|report| matches!(report, Report::LineBroke { .. })).await;
    customer
}

/// A technician's end that looks for its customer.
async fn lost_technician(relay: &Relay) -> TechnicianEnd {
    let mut technician = TechnicianEnd::start(&relay.parties, Some(number()));
    drop(RogueCustomer::active(relay).await);
    technician.until(|news| matches!(news, News::LineBroke { .. })).await;
    technician
}

/// What the relay says while it has nobody for an end, or somebody who may be anybody.
async fn puts_off(relay: &Relay, role: Role) {
    relay.answer(&FromRelay::Refused { reason: Refusal::Full }).await;
    relay.answer(&FromRelay::Ended { reason: EndReason::OtherEndLost }).await;
    let mut paired = relay.victim().await;
    say(&mut paired, &OTHER_END).await;
    match role {
        Role::Customer => {
            let mut somebody = RogueTechnician::establish(relay.victim().await, Role::Technician).await;
            somebody.relay_says(&OTHER_END).await;
        }
        Role::Technician => {
            let mut somebody = RogueCustomer::establish(relay.victim().await, Role::Customer).await;
            somebody.relay_says(&OTHER_END).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_change_is_no_end_and_what_was_decided_is() {
    let customers = async {
        let relay = Relay::with_display().await;
        let mut customer = lost_customer(&relay).await;
        puts_off(&relay, Role::Customer).await;
        relay.answer(&OTHER_END).await;
        assert_eq!(customer.ended().await.reason, CloseReason::EndedByTechnician);
        relay.nobody_comes_again().await;
    };
    let technicians = async {
        let relay = Relay::new().await;
        let mut technician = lost_technician(&relay).await;
        puts_off(&relay, Role::Technician).await;
        relay.answer(&FromRelay::Ended { reason: EndReason::Stopped }).await;
        assert_eq!(tokio::join!(technician.ended(), relay.farewell()).0, CloseReason::Stopped);
        relay.nobody_comes_again().await;
    };
    tokio::join!(customers, technicians);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_long_on_a_line_that_says_nothing() {
    let for_the_other_end = async {
        let relay = Relay::new().await;
        let _technician = lost_technician(&relay).await;
        let _silent = relay.answer(&FromRelay::Awaiting { for_seconds: 120 }).await;
        relay.greet().await;
    };
    let for_its_channel = async {
        let relay = Relay::new().await;
        let _technician = lost_technician(&relay).await;
        let _silent = relay.victim().await;
        let since = Instant::now();
        relay.greet().await;
        assert!(since.elapsed() < Duration::from_secs(13), "{:?}", since.elapsed());
    };
    tokio::join!(for_the_other_end, for_its_channel);
}
