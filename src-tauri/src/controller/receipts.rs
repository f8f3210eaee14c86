//! The receipt as it is kept on this computer, and as it is shown.

use super::customer::Asked;
use super::{Controller, Now, Page, Platform, reasons, seconds};
use crate::store::Store;
use crate::view;
use crate::view::ErrorCode;
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::Withdrawal;
use beistand_protocol::receipt::{Beginning, Receipt, Technician, What, Widening};
use beistand_session::guardian::Stopped;
use std::time::Duration;

/// What was found on this computer after a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AfterFacts {
    /// Whether no process, listener, autostart or key of the session was found.
    pub(crate) nothing_left: bool,
    /// Other programs for remote access that run now.
    pub(crate) other_remote_tools: Vec<String>,
}

/// A receipt that is saved with every change, so that it survives whatever ends the session.
pub(super) struct Record {
    receipt: Receipt,
    store: Store,
    saved: bool,
}

impl Record {
    pub(super) fn begin(now: &Now, store: &Store, asked: &Asked, shown: String, any_input: bool) -> Self {
        // The time first, so that names sort; the rest keeps two in one second apart.
        let id = format!("{}-{:08x}", now.wall.strftime("%Y%m%d-%H%M%S"), rand::random::<u32>());
        let beginning = Beginning {
            id,
            technician: Technician {
                domain: asked.who.domain.clone(),
                name: asked.who.name.clone(),
                company: asked.who.company.clone(),
            },
            at: wall(now),
            shown,
            digits: digits(asked.digits),
            widening: if any_input { Widening::AnyInput } else { Widening::Hardware },
        };
        let mut record = Self { receipt: Receipt::begin(now.moment, beginning), store: store.clone(), saved: false };
        record.save();
        record
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Receipt)) {
        change(&mut self.receipt);
        self.save();
    }

    pub(super) fn end(mut self, now: &Now, stopped: Stopped, facts: AfterFacts) -> view::Receipt {
        let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let (released, still_held) = (count(stopped.released), count(stopped.still_held));
        self.change(|receipt| receipt.end(now.moment, wall(now), stopped.reason, released, still_held));
        let place = self.store.receipt_path(&self.receipt.id).ok().filter(|_| self.saved);
        shown(&self.receipt, Some(facts), place.map(|path| path.display().to_string()))
    }

    fn save(&mut self) {
        let outcome = self.store.save_receipt(&self.receipt);
        if let Err(error) = &outcome {
            tracing::warn!(%error, "The receipt can't be saved");
        }
        self.saved = outcome.is_ok();
    }
}

impl<P: Platform> Controller<P> {
    pub(super) fn delete_receipt(&mut self, id: &str) {
        if self.store.delete_receipt(id).is_err() {
            self.notice = Some(ErrorCode::NotSaved);
        }
        self.page = Page::Receipts;
    }

    pub(super) fn show_receipt_file(&mut self, id: &str) {
        if self.store.receipt(id).is_ok() {
            self.platform.open_folder(&self.store.receipts_folder());
        }
    }

    pub(super) fn receipt_shown(&self, id: &str) -> Option<view::Receipt> {
        let place = self.store.receipt_path(id).ok()?;
        Some(shown(&self.store.receipt(id).ok()?, None, Some(place.display().to_string())))
    }

    pub(super) fn receipt_lines(&self) -> Vec<view::ReceiptLine> {
        let line = |receipt: Receipt| view::ReceiptLine {
            who: who(&receipt),
            duration_seconds: seconds(receipt.duration()),
            end: end_of(&receipt),
            id: receipt.id,
            started_at: receipt.began_at,
        };
        self.store.receipts().into_iter().map(line).collect()
    }
}

fn shown(receipt: &Receipt, facts: Option<AfterFacts>, saved_as: Option<String>) -> view::Receipt {
    let end = receipt.end.as_ref();
    let facts = facts.unwrap_or_else(|| AfterFacts { nothing_left: true, other_remote_tools: Vec::new() });
    view::Receipt {
        id: receipt.id.clone(),
        who: who(receipt),
        started_at: receipt.began_at.clone(),
        ended_at: end.map_or_else(|| receipt.began_at.clone(), |end| end.at.clone()),
        duration_seconds: seconds(receipt.duration()),
        shown: Some(receipt.shown.clone()).filter(|shown| !shown.is_empty()),
        digits: Some(receipt.digits.clone()),
        permissions: receipt
            .summaries()
            .into_iter()
            .map(|summary| view::ReceiptPermission {
                permission: summary.permission.into(),
                asked: summary.asked,
                allowed: summary.allowed,
                on_seconds: seconds(summary.on),
                used: summary.was_used,
            })
            .collect(),
        events: receipt
            .events
            .iter()
            .map(|event| view::ReceiptEvent {
                at_seconds: seconds(Duration::from_millis(event.at_milliseconds)),
                what: what(&event.what),
            })
            .collect(),
        files: Vec::new(),
        end: end_of(receipt),
        assistive_input: receipt.widening == Widening::AnyInput,
        kept_off_our_windows: receipt.kept_off_our_windows,
        kept_off_other_windows: receipt.kept_off_other_windows,
        events_left_out: receipt.events_left_out,
        after: view::AfterCheck {
            nothing_left: facts.nothing_left,
            released_keys: end.map_or(0, |end| end.released),
            held_keys: end.map_or(0, |end| end.still_held),
            other_remote_tools: facts.other_remote_tools,
        },
        saved_as,
    }
}

fn who(receipt: &Receipt) -> view::Who {
    let Technician { domain, name, company } = receipt.technician.clone();
    view::Who { domain, name, company }
}

/// A receipt without an end is of a session that went down together with the guardian.
fn end_of(receipt: &Receipt) -> view::EndReason {
    reasons::end_reason(receipt.end.as_ref().map_or(CloseReason::WorkerFailed, |end| end.reason))
}

fn what(what: &What) -> view::ReceiptWhat {
    use view::ReceiptWhat as Shown;
    match what {
        What::Asked { permission, reason } => Shown::Asked { permission: (*permission).into(), reason: reason.clone() },
        What::Allowed { permission } => Shown::Allowed { permission: (*permission).into() },
        What::Refused { permission } => Shown::Refused { permission: (*permission).into() },
        What::NotAnswered { permission } => Shown::NoAnswer { permission: (*permission).into() },
        What::TakenBack { permission } => Shown::TakenBack { permission: (*permission).into() },
        What::Used { permission, milliseconds } => {
            Shown::Used { permission: (*permission).into(), seconds: seconds(Duration::from_millis(*milliseconds)) }
        }
        What::Withdrawn { permission, why: Withdrawal::TimeIsUp } => Shown::RanOut { permission: (*permission).into() },
        What::Withdrawn { permission, why: Withdrawal::LineBroke } => {
            Shown::EndedWithLine { permission: (*permission).into() }
        }
        What::Withdrawn { permission, why: Withdrawal::SourceGone } => {
            Shown::SourceGone { permission: (*permission).into() }
        }
        What::Withdrawn { permission, why: Withdrawal::OtherSource } => {
            Shown::OtherSource { permission: (*permission).into() }
        }
        What::Shown { source } => Shown::Shown { source: source.clone() },
        What::AskedToShow { reason } => Shown::AskedToShow { reason: reason.clone() },
        What::NotShown => Shown::NotShown,
        What::LineBroke => Shown::LineBroke,
        What::LineBack => Shown::LineBack,
        What::Prolonged => Shown::Prolonged,
        What::Paused => Shown::Paused,
        What::WentOn => Shown::WentOn,
    }
}

/// Four digits, as both see them.
pub(super) fn digits(digits: u16) -> String {
    format!("{digits:04}")
}

fn wall(now: &Now) -> String {
    now.wall.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
