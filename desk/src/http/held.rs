//! What became of a form with a PIN, and what a technician decides on one that is held after calling the customer.

use super::Desk;
use super::decide::{by_pin, gone};
use super::failure::{Failure, Reply};
use super::intake::Waiting;
use super::request::{Asked, part, versioned};
use crate::store::{Filing, HeldSealed, Write};
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use beistand_protocol::desk::api::intake::{HeldForm, IntakeDiscard, IntakeOutcome, IntakeRelease};
use beistand_protocol::desk::api::problem::{Problem, Refusal};
use beistand_protocol::desk::code::IntakeReceipt;
use beistand_protocol::desk::form::{self, validate};
use jiff::Timestamp;
use std::sync::Arc;

pub(super) async fn look_up(State(desk): State<Arc<Desk>>, Path(receipt): Path<String>, headers: HeaderMap) -> Reply {
    let technician = desk.technician(&headers).await?;
    let receipt: IntakeReceipt = part(&receipt)?;
    let found = desk.show_intake(receipt).await?;
    let looked_up = "looked an intake up";
    desk.store.audit(&technician.actor().key(), looked_up, &receipt.to_string(), Timestamp::now()).await?;
    Ok(found)
}

/// Somebody on file has confirmed it: it becomes the ticket that it would have been.
pub(super) async fn release(State(desk): State<Arc<Desk>>, Path(receipt): Path<String>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    let receipt: IntakeReceipt = part(&receipt)?;
    let write = Write { actor: technician.actor(), now: Timestamp::now(), once: Some(asked.once()?) };
    let IntakeRelease { confirmed_by } = asked.json()?;
    let version = asked.seen()?;
    if let Some(filing) = desk.held_filing(receipt, version, &write).await? {
        desk.store.release_intake(&write, version, &filing, confirmed_by.as_str()).await?;
    }
    desk.show_intake(receipt).await
}

/// Nobody at the customer's knows of it.
pub(super) async fn discard(State(desk): State<Arc<Desk>>, Path(receipt): Path<String>, request: Request) -> Reply {
    let asked = Asked::read(request).await?;
    let technician = desk.technician(&asked.headers).await?;
    let receipt: IntakeReceipt = part(&receipt)?;
    let write = Write { actor: technician.actor(), now: Timestamp::now(), once: Some(asked.once()?) };
    let IntakeDiscard { reason } = asked.json()?;
    let version = asked.seen()?;
    desk.store.discard_intake(&write, version, receipt, reason.as_str()).await?;
    desk.show_intake(receipt).await
}

impl Desk {
    async fn show_intake(&self, receipt: IntakeReceipt) -> Reply {
        let mut found = self.store.lookup_receipt(receipt, Timestamp::now()).await?;
        if let (IntakeOutcome::Held { held }, Some(sealed)) = (&mut found.lookup.outcome, &found.held) {
            held.form = self.unseal(sealed).map(|request| HeldForm {
                title: request.title(),
                request,
                files: sealed.files.clone(),
            });
        }
        versioned(found.lookup.version, &found.lookup)
    }

    /// The form as it was when it came, by the rules that counted then.
    fn unseal(&self, sealed: &HeldSealed) -> Option<form::Request> {
        let form = self.seal.open(&sealed.form)?;
        let Waiting { submission, rules, .. } = serde_json::from_slice(&form).ok()?;
        validate(&submission.draft, rules).ok().map(|checked| checked.request)
    }

    /// What a held form is filed as; nothing if this very request has released it before.
    async fn held_filing(&self, receipt: IntakeReceipt, version: u32, write: &Write) -> Reply<Option<Filing>> {
        if self.store.was_done_before(write).await? {
            return Ok(None);
        }
        let found = self.store.lookup_receipt(receipt, write.now).await?;
        if found.lookup.version != version {
            return Err(Problem::conflict(found.lookup.version).into());
        }
        let Some(sealed) = found.held else {
            let is_held = matches!(found.lookup.outcome, IntakeOutcome::Held { .. });
            return Err(refused(if is_held { Refusal::FormUnreadable } else { Refusal::NotHeld }));
        };
        let mut request = self.unseal(&sealed).ok_or_else(|| refused(Refusal::FormUnreadable))?;
        let named = request.attachments.len();
        // What somebody else had used before it was held is gone; the form is worth more than its files.
        request.attachments.retain(|id| sealed.files.iter().any(|file| file.id == *id));
        let missing = gone(named - request.attachments.len());
        Ok(Some(by_pin(receipt, sealed.customer, request, missing)))
    }
}

fn refused(refusal: Refusal) -> Failure {
    Problem::refused(refusal).into()
}
