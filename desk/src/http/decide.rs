//! Decides on the forms that came with customer number and PIN, after their senders were answered. What is half done
//! when the server stops is done at its next start: a form stays in the queue until its ticket is written.

use super::Desk;
use super::intake::Waiting;
use crate::core::CustomerKey;
use crate::core::intake::{Before, Verdict, judge};
use crate::mail::Refused;
use crate::store::{Actor, Decided, Filing, IntakeCounts, StoreError, Write};
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::{Request, validate};
use beistand_protocol::desk::ticket::{AuthMethod, Channel};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::time::timeout;

const AT_ONCE: u32 = 32;
/// Another node may have put a form down.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Desk {
    pub(super) async fn decide(&self) {
        let mut failing = false;
        loop {
            match self.decide_some().await {
                Ok(0) => {
                    failing = false;
                    let _ = timeout(LOOK_EVERY, self.arrived.notified()).await;
                }
                Ok(_) => failing = false,
                Err(error) => {
                    if !failing {
                        tracing::error!(%error, "Forms that came with a PIN wait: they can't be decided on");
                    }
                    failing = true;
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    async fn decide_some(&self) -> Result<usize, StoreError> {
        let waiting = self.store.waiting_intakes(AT_ONCE).await?;
        for (receipt, payload) in &waiting {
            let form = self.seal.open(payload).and_then(|form| serde_json::from_slice::<Waiting>(&form).ok());
            match form {
                Some(form) => self.decide_on(*receipt, form).await?,
                None => {
                    // The server's secret was changed while it waited: nobody can read it any more.
                    tracing::error!("A form that came with a PIN can't be read; a technician is asked to look at it");
                    self.store.hold_unreadable(*receipt, Timestamp::now()).await?;
                }
            }
        }
        Ok(waiting.len())
    }

    async fn decide_on(&self, receipt: IntakeReceipt, form: Waiting) -> Result<(), StoreError> {
        let (known, right) = self.verify(&form).await?;
        let before = self.before(&form).await?;
        let now = Timestamp::now();
        match (judge(before, right), known) {
            (Verdict::Create, Some(customer)) => self.create(receipt, form, customer).await,
            (Verdict::Hold, Some(customer)) => {
                self.store.hold_intake(receipt, customer, &form.submission.draft.attachments, now).await
            }
            (Verdict::Throttle, _) => self.store.finish_intake(receipt, Decided::Throttled).await,
            (Verdict::WrongPair, known) => self.store.wrong_pin(receipt, known, super::today(now), now).await,
            (Verdict::Create | Verdict::Hold, None) => {
                self.store.wrong_pin(receipt, None, super::today(now), now).await
            }
        }
    }

    /// The customer with this number, and whether number and PIN belong together. Takes as long if not.
    async fn verify(&self, form: &Waiting) -> Result<(Option<CustomerKey>, bool), StoreError> {
        let found = self.store.pins(&form.submission.customer_number).await?;
        let known = found.as_ref().map(|(customer, _)| *customer);
        let Ok(_permit) = self.hashing.acquire().await else { return Ok((known, false)) };
        let (pepper, pin) = (self.pepper.clone(), form.submission.pin.clone());
        let verified = tokio::task::spawn_blocking(move || {
            let hashes = found.map(|(_, hashes)| hashes).unwrap_or_default();
            if hashes.is_empty() {
                let _ = pepper.verify(&pin, None);
            }
            // There is one; while it is exchanged, two.
            hashes.iter().take(2).any(|hash| pepper.verify(&pin, Some(hash)))
        });
        Ok((known, verified.await.unwrap_or_default()))
    }

    /// What came before this form, which itself is counted by then.
    async fn before(&self, form: &Waiting) -> Result<Before, StoreError> {
        let ago = |hours| form.at.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
        let counts = |hours| self.store.intake_counts(form.customer, form.network, ago(hours));
        let hour: IntakeCounts = counts(1).await?;
        let failures_for_customer = counts(24).await?.customer_failures;
        let others = |counted: u32| counted.saturating_sub(1);
        Ok(Before {
            from_network: others(hour.network_attempts),
            failures_for_customer,
            in_all: others(hour.all_attempts),
        })
    }

    async fn create(&self, receipt: IntakeReceipt, form: Waiting, customer: CustomerKey) -> Result<(), StoreError> {
        // It was right when it came, by the same rules.
        let Ok(checked) = validate(&form.submission.draft, form.rules) else {
            tracing::error!("A form that was right is not right any more; a technician is asked to look at it");
            return self.store.hold_unreadable(receipt, Timestamp::now()).await;
        };
        let actor = Actor::Pin { name: checked.request.contact.person.to_string() };
        let write = Write { actor, now: Timestamp::now(), once: None };
        let filing = |request, refused| by_pin(receipt, customer, request, refused);
        let files = checked.request.attachments.clone();
        match self.store.file_intake(&write, &filing(checked.request.clone(), Vec::new())).await {
            Ok(_) => Ok(()),
            Err(StoreError::NotFound) if !files.is_empty() => {
                // Somebody else has used one of its files meanwhile. The form is worth more than its files.
                let request = Request { attachments: Vec::new(), ..checked.request };
                let refused = gone(files.len());
                match self.store.file_intake(&write, &filing(request, refused)).await {
                    Ok(_) | Err(StoreError::NotFound) => Ok(()),
                    Err(error) => Err(error),
                }
            }
            // Decided on already, by another node.
            Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A form with the right PIN, as it is filed.
pub(super) fn by_pin(receipt: IntakeReceipt, customer: CustomerKey, request: Request, refused: Vec<Refused>) -> Filing {
    Filing {
        customer,
        requester: None,
        channel: Channel::PinForm,
        auth: AuthMethod::Pin,
        receipt: Some(receipt),
        request,
        severity: None,
        take: false,
        session: None,
        refused,
        follows: None,
    }
}

/// So many files that are not there any more, as the customer is told of them.
pub(super) fn gone(files: usize) -> Vec<Refused> {
    (0..files).map(|_| Refused { name: String::from("?"), code: String::from("gone") }).collect()
}
