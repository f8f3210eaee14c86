//! A form with customer number and PIN. What is done until it is answered is the same for everybody: read it, check
//! its fields, put it on disk, wait. Whether number and PIN belong together is found out afterwards, in `decide.rs`.

use super::Desk;
use super::address::{Deed, PeerAddress, prefix};
use super::failure::{Failure, Reply};
use super::request::{Asked, json};
use super::uploads::invalid;
use crate::core::intake::MAIL_WITHIN_MINUTES;
use crate::store::{Actor, IntakeArrived};
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use beistand_protocol::desk::api::intake::{IntakeAnswer, PinSubmission};
use beistand_protocol::desk::api::problem::ProblemCode;
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::{Rules, validate};
use jiff::Timestamp;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Over the floor, so that a small difference below it can't be averaged out of it.
const JITTER_MILLIS: u64 = 200;

/// A form as it waits to be decided on.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) submission: PinSubmission,
    /// By what its fields were checked.
    pub(super) rules: Rules,
    pub(super) at: Timestamp,
    pub(super) customer: [u8; 32],
    pub(super) network: [u8; 32],
}

/// Takes a form.
pub(super) async fn intake(
    State(desk): State<Arc<Desk>>,
    Extension(peer): Extension<PeerAddress>,
    request: Request,
) -> Reply {
    let began = Instant::now();
    let asked = Asked::read(request).await?;
    let address = desk.address(peer, &asked.headers);
    if !desk.settings.takes_pin_forms {
        return Err(Failure::new(ProblemCode::NotFound));
    }
    let once = asked.once()?;
    let submission: PinSubmission = asked.json()?;
    desk.pass(Deed::Form, address)?;
    let now = Timestamp::now();
    let rules = desk.rules(now);
    validate(&submission.draft, rules).map_err(invalid)?;
    let waiting = Waiting {
        customer: desk.seal.count("customer", submission.customer_number.as_str().as_bytes()),
        network: desk.seal.count("network", &prefix(address)),
        submission,
        rules,
        at: now,
    };
    // A repeated form names files that are used by then; so these are asked for only if it is new.
    let receipt = match desk.store.intake_before(&once).await? {
        Some(receipt) => receipt,
        None => {
            let sender = Actor::Pin { name: String::new() };
            desk.check_files(&sender, &waiting.submission.draft.attachments).await?;
            let form = serde_json::to_vec(&waiting).map_err(Failure::internal)?;
            let payload = desk.seal.close(form).ok_or_else(|| Failure::internal("a form could not be sealed"))?;
            let receipt = IntakeReceipt::draw(|bytes| rand::rng().fill_bytes(bytes));
            let (customer_hmac, network_hmac) = (waiting.customer, waiting.network);
            let arrived = IntakeArrived { receipt, customer_hmac, network_hmac, payload };
            desk.store.put_intake_once(&arrived, &once, now).await?
        }
    };
    let jitter = Duration::from_millis(rand::rng().random_range(0..JITTER_MILLIS));
    sleep_until(began + desk.settings.pin_floor + jitter).await;
    // Only now, so that deciding on this form takes nothing from its answer.
    desk.arrived.notify_one();
    json(StatusCode::ACCEPTED, &IntakeAnswer { receipt, mail_within_minutes: MAIL_WITHIN_MINUTES })
}
