//! An Eingangsnummer that a customer reads out: what became of the form, and what is decided on one that is held.

use super::{Controller, Now, Platform};
use crate::technician_desk::{TechnicianQuestion, convert};
use crate::view::{DeskFault, LookupAnswer, LookupOutcome};
use beistand_protocol::desk::api::ReasonText;
use beistand_protocol::desk::api::intake::{IntakeDiscard, IntakeLookup, IntakeRelease};
use beistand_protocol::desk::code::{IdempotencyKey, IntakeReceipt};

/// The form that was looked up.
#[derive(Default)]
pub(super) struct Intake {
    /// With the version that was seen.
    known: Option<(IntakeReceipt, u32)>,
    asked: u32,
    /// What went wrong with the last decision; shown with what is known after it.
    fault: Option<DeskFault>,
}

/// What a technician decides on a held form.
pub(super) enum HeldDecision {
    /// The customer has confirmed it.
    Release,
    /// The customer knows nothing of it.
    Discard,
}

impl<P: Platform> Controller<P> {
    pub(super) fn look_up(&mut self, text: &str) {
        self.technician_desk.intake.fault = None;
        match text.parse::<IntakeReceipt>() {
            Ok(receipt) => self.ask_for_intake(receipt),
            Err(_) => {
                let receipt = text.chars().take(40).collect();
                self.show_lookup(nothing_known(receipt, LookupOutcome::NotANumber));
            }
        }
    }

    fn ask_for_intake(&mut self, receipt: IntakeReceipt) {
        self.technician_desk.intake.asked = self.technician_question(TechnicianQuestion::LookUp(receipt));
    }

    /// `why` says who confirmed it, or who did not.
    pub(super) fn decide_held(&mut self, decision: &HeldDecision, why: &str) {
        let Some((receipt, version)) = self.technician_desk.intake.known else { return };
        let body = why.parse::<ReasonText>().ok().and_then(|why| match decision {
            HeldDecision::Release => serde_json::to_value(IntakeRelease { confirmed_by: why }).ok(),
            HeldDecision::Discard => serde_json::to_value(IntakeDiscard { reason: why }).ok(),
        });
        let Some(lookup) = self.technician_desk.queue.lookup.as_mut().filter(|lookup| !lookup.busy) else { return };
        lookup.fault = None;
        let Some(body) = body else {
            lookup.fault = Some(DeskFault::NotAccepted);
            return;
        };
        lookup.busy = true;
        let what = match decision {
            HeldDecision::Release => "release",
            HeldDecision::Discard => "discard",
        };
        let key = IdempotencyKey::new(rand::random());
        let question = TechnicianQuestion::DecideHeld { intake: (receipt, version), what, body, key };
        self.technician_desk.intake.fault = None;
        self.technician_desk.intake.asked = self.technician_question(question);
    }

    pub(super) fn intake_read(&mut self, serial: u32, found: Option<&IntakeLookup>) {
        if serial != self.technician_desk.intake.asked {
            return;
        }
        self.technician_desk.intake.known = found.map(|found| (found.receipt, found.version));
        let answer = found.map_or_else(|| nothing_known(String::new(), LookupOutcome::Unknown), convert::lookup);
        self.show_lookup(LookupAnswer { fault: self.technician_desk.intake.fault, ..answer });
    }

    /// A decision arrived: what it made is in the queue, and its task is done.
    pub(super) fn intake_decided(&mut self, now: &Now, serial: u32, found: &IntakeLookup) {
        self.intake_read(serial, Some(found));
        self.read_queue(now);
    }

    /// Whether that was a question about a form.
    pub(super) fn intake_failed(&mut self, serial: u32, fault: DeskFault) -> bool {
        if serial != self.technician_desk.intake.asked {
            return false;
        }
        let Some(lookup) = &mut self.technician_desk.queue.lookup else { return false };
        (lookup.busy, lookup.fault) = (false, Some(fault));
        // Somebody was quicker, or it can't be: what is so now is shown with it.
        if let (DeskFault::Changed | DeskFault::NotPossible, Some((receipt, _))) =
            (fault, self.technician_desk.intake.known)
        {
            self.technician_desk.intake.fault = Some(fault);
            self.ask_for_intake(receipt);
        }
        true
    }

    fn show_lookup(&mut self, answer: LookupAnswer) {
        self.technician_desk.queue.lookup = Some(Box::new(answer));
    }
}

const fn nothing_known(receipt: String, outcome: LookupOutcome) -> LookupAnswer {
    LookupAnswer { receipt, at: None, outcome, ticket: None, held: None, decision: None, busy: false, fault: None }
}
