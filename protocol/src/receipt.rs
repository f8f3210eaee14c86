//! The receipt: what a session was, as a value built from what happened in it.
//!
//! The customer's end notes each event as it comes, so that the receipt survives whatever ends the session.
//! Holds no keystroke, no picture, no number; the wall clock comes in as text, because nothing is reckoned with it.

use crate::close::CloseReason;
use crate::customer::Withdrawal;
use crate::permission::{Permission, Setting};
use crate::time::Moment;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// The version of the receipt's JSON.
pub const VERSION: u32 = 1;
/// How many events a receipt keeps; what comes after is counted only.
pub const MAX_EVENTS: usize = 4000;
/// A use that pauses for no longer than this is one use.
const SAME_USE: Duration = Duration::from_secs(10);

/// Who saw, as their certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Technician {
    /// The checked fact.
    pub domain: String,
    /// The person, as the domain states.
    pub name: String,
    /// The company, as the domain states.
    pub company: String,
}

/// How the customer's wish to widen was known to be the customer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Widening {
    /// Only with a click or key of real hardware.
    Hardware,
    /// With any, because the customer works with an on-screen keyboard or by voice.
    AnyInput,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum What {
    /// The technician asked.
    Asked {
        /// For what.
        permission: Permission,
        /// In their words, as plain text.
        reason: String,
    },
    /// The customer allowed.
    Allowed {
        /// What.
        permission: Permission,
    },
    /// The customer said no.
    Refused {
        /// To what.
        permission: Permission,
    },
    /// No answer, which is a no.
    NotAnswered {
        /// To what.
        permission: Permission,
    },
    /// The customer took it back.
    TakenBack {
        /// What.
        permission: Permission,
    },
    /// It went off by itself.
    Withdrawn {
        /// What.
        permission: Permission,
        /// Why.
        why: Withdrawal,
    },
    /// The technician made use of it, from this event's time on.
    Used {
        /// Of what.
        permission: Permission,
        /// How long, short pauses counted in.
        milliseconds: u64,
    },
    /// The session stood still, because the panel could not be seen.
    Paused,
    /// It went on.
    WentOn,
    /// The line broke; nothing was shown or done until it was back.
    LineBroke,
    /// The technician's end was back.
    LineBack,
    /// The longest time was over, and the customer wanted it to go on.
    Prolonged,
    /// Something else was shown from here on.
    Shown {
        /// In words, as in [`Receipt::shown`].
        source: String,
    },
    /// The technician asked to see another monitor.
    AskedToShow {
        /// In their words, as plain text.
        reason: String,
    },
    /// The customer kept to what was shown.
    NotShown,
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Milliseconds after the beginning.
    pub at_milliseconds: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// Why, and so by whom.
    pub reason: CloseReason,
    /// The wall clock, RFC 3339.
    pub at: String,
    /// Milliseconds after the beginning.
    pub after_milliseconds: u64,
    /// Keys, buttons and mappings that were held and have been undone.
    pub released: u32,
    /// Those that could not be undone.
    pub still_held: u32,
}

/// What became of one permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Which.
    pub permission: Permission,
    /// How often the technician asked.
    pub asked: u32,
    /// How often the customer allowed it, asked or not.
    pub allowed: u32,
    /// How often the customer said no or nothing.
    pub refused: u32,
    /// How long it was on in all.
    pub on: Duration,
    /// How long it was used in all.
    pub used: Duration,
    /// Whether it was used at all.
    pub was_used: bool,
}

/// What is known when a session begins.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Names the receipt; a random one.
    pub id: String,
    /// Who sees.
    pub technician: Technician,
    /// The wall clock, RFC 3339 with the customer's offset.
    pub at: String,
    /// What is shown, in words.
    pub shown: String,
    /// The four digits that both saw.
    pub digits: String,
    /// How widening is known to be the customer's.
    pub widening: Widening,
}

/// The record of one session that the customer keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    version: u32,
    /// Names it.
    pub id: String,
    /// Who saw.
    pub technician: Technician,
    /// When it began: the wall clock, RFC 3339 with the customer's offset.
    pub began_at: String,
    /// What was shown, in words.
    pub shown: String,
    /// The four digits that both saw.
    pub digits: String,
    /// How widening was known to be the customer's.
    pub widening: Widening,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Events that found no place any more.
    pub events_left_out: u32,
    /// Inputs that were not carried out because they were aimed at our windows.
    pub kept_off_our_windows: u32,
    /// Inputs that were not carried out because one window was shown and they would have reached another.
    #[serde(default)]
    pub kept_off_other_windows: u32,
    /// How it ended; nothing while it runs, or if this computer went down with it.
    pub end: Option<End>,
    /// How far it is known to have gone.
    pub known_until_milliseconds: u64,
    #[serde(skip)]
    began: Moment,
}

impl Receipt {
    /// The receipt of a session that begins now; *see the screen* is what the customer has just allowed.
    pub fn begin(now: Moment, beginning: Beginning) -> Self {
        let Beginning { id, technician, at, shown, digits, widening } = beginning;
        let allowed = What::Allowed { permission: Permission::SeeScreen };
        Self {
            version: VERSION,
            id,
            technician,
            began_at: at,
            shown,
            digits,
            widening,
            events: vec![Event { at_milliseconds: 0, what: allowed }],
            events_left_out: 0,
            kept_off_our_windows: 0,
            kept_off_other_windows: 0,
            end: None,
            known_until_milliseconds: 0,
            began: now,
        }
    }

    /// Notes what happened.
    pub fn note(&mut self, now: Moment, what: What) {
        let at_milliseconds = self.reach(now);
        self.push(Event { at_milliseconds, what });
    }

    /// Notes that `permission` is now set like this, where it was set like that.
    pub fn note_setting(&mut self, now: Moment, permission: Permission, before: Setting, after: Setting) {
        match (before, after) {
            (Setting::Off | Setting::Ask, Setting::On) => self.note(now, What::Allowed { permission }),
            (Setting::On, Setting::Off | Setting::Ask) => self.note(now, What::TakenBack { permission }),
            (Setting::On, Setting::On) | (Setting::Off | Setting::Ask, Setting::Off | Setting::Ask) => {}
        }
    }

    /// Notes that `permission` is being used at this moment; uses close to each other are one.
    pub fn note_use(&mut self, now: Moment, permission: Permission) {
        let at = self.reach(now);
        let same_use = milliseconds(SAME_USE);
        let last = self.events.iter_mut().rev().find_map(|event| match &mut event.what {
            What::Used { permission: of, milliseconds } if *of == permission => {
                Some((event.at_milliseconds, milliseconds))
            }
            What::Used { .. }
            | What::Asked { .. }
            | What::Allowed { .. }
            | What::Refused { .. }
            | What::NotAnswered { .. }
            | What::TakenBack { .. }
            | What::Withdrawn { .. }
            | What::Paused
            | What::WentOn
            | What::LineBroke
            | What::LineBack
            | What::Prolonged
            | What::Shown { .. }
            | What::AskedToShow { .. }
            | What::NotShown => None,
        });
        match last {
            Some((from, length)) if at <= from.saturating_add(*length).saturating_add(same_use) => {
                *length = at.saturating_sub(from);
            }
            Some(_) | None => {
                self.push(Event { at_milliseconds: at, what: What::Used { permission, milliseconds: 0 } })
            }
        }
    }

    /// Notes the end; the first one counts.
    pub fn end(&mut self, now: Moment, at: String, reason: CloseReason, released: u32, still_held: u32) {
        let after_milliseconds = self.reach(now);
        self.end.get_or_insert(End { reason, at, after_milliseconds, released, still_held });
    }

    /// How long the session ran, as far as it is known.
    pub fn duration(&self) -> Duration {
        Duration::from_millis(self.end.as_ref().map_or(self.known_until_milliseconds, |end| end.after_milliseconds))
    }

    /// What became of each permission that was asked for or allowed.
    pub fn summaries(&self) -> Vec<Summary> {
        Permission::ALL.into_iter().filter_map(|permission| self.summary(permission)).collect()
    }

    fn summary(&self, permission: Permission) -> Option<Summary> {
        let mut summary = Summary {
            permission,
            asked: 0,
            allowed: 0,
            refused: 0,
            on: Duration::ZERO,
            used: Duration::ZERO,
            was_used: false,
        };
        let mut on_since = None;
        for event in &self.events {
            let at = Duration::from_millis(event.at_milliseconds);
            match &event.what {
                What::Asked { permission: of, .. } if *of == permission => summary.asked += 1,
                What::Allowed { permission: of } if *of == permission => {
                    summary.allowed += 1;
                    on_since.get_or_insert(at);
                }
                What::Refused { permission: of } | What::NotAnswered { permission: of } if *of == permission => {
                    summary.refused += 1;
                }
                What::TakenBack { permission: of } | What::Withdrawn { permission: of, .. } if *of == permission => {
                    summary.on += on_since.take().map_or(Duration::ZERO, |since| at.saturating_sub(since));
                }
                What::Used { permission: of, milliseconds } if *of == permission => {
                    summary.was_used = true;
                    summary.used += Duration::from_millis(*milliseconds);
                }
                What::Asked { .. }
                | What::Allowed { .. }
                | What::Refused { .. }
                | What::NotAnswered { .. }
                | What::TakenBack { .. }
                | What::Withdrawn { .. }
                | What::Used { .. }
                | What::Paused
                | What::WentOn
                | What::LineBroke
                | What::LineBack
                | What::Prolonged
                | What::Shown { .. }
                | What::AskedToShow { .. }
                | What::NotShown => {}
            }
        }
        summary.on += on_since.map_or(Duration::ZERO, |since| self.duration().saturating_sub(since));
        // The picture goes out for as long as it may.
        if permission == Permission::SeeScreen {
            summary.used = summary.on;
            summary.was_used = !summary.on.is_zero();
        }
        (summary.asked + summary.allowed + summary.refused > 0).then_some(summary)
    }

    fn reach(&mut self, now: Moment) -> u64 {
        self.known_until_milliseconds = self.known_until_milliseconds.max(milliseconds(now.since(self.began)));
        self.known_until_milliseconds
    }

    fn push(&mut self, event: Event) {
        if self.events.len() < MAX_EVENTS {
            self.events.push(event);
        } else {
            self.events_left_out = self.events_left_out.saturating_add(1);
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const START: Moment = Moment::at(Duration::from_secs(1000));

    fn after(seconds: u64) -> Moment {
        START + Duration::from_secs(seconds)
    }

    fn begun() -> Receipt {
        let technician = Technician {
            domain: "help.musterfirma.example".into(),
            name: "Anna Weber".into(),
            company: "Musterfirma GmbH".into(),
        };
        let beginning = Beginning {
            id: "r1".into(),
            technician,
            at: "2026-11-21T10:00:00+01:00".into(),
            shown: "HDMI-1".into(),
            digits: "4071".into(),
            widening: Widening::Hardware,
        };
        Receipt::begin(START, beginning)
    }

    #[test]
    fn sums_up_what_was_asked_allowed_and_used() {
        let mut receipt = begun();
        let control = Permission::Control;
        receipt.note(after(10), What::Asked { permission: control, reason: "Drucker".into() });
        receipt.note(after(12), What::Refused { permission: control });
        receipt.note_setting(after(20), control, Setting::Ask, Setting::On);
        for second in [21, 22, 25, 34, 60, 61] {
            receipt.note_use(after(second), control);
        }
        receipt.note_setting(after(70), control, Setting::On, Setting::Ask);
        receipt.note_setting(after(71), control, Setting::Ask, Setting::Off);
        receipt.end(after(100), "2026-11-21T10:01:40+01:00".into(), CloseReason::Stopped, 1, 0);
        receipt.end(after(200), "later".into(), CloseReason::PeerGone, 0, 0);

        assert_eq!(receipt.duration(), Duration::from_secs(100));
        assert_eq!(receipt.end.as_ref().unwrap().reason, CloseReason::Stopped);
        let summaries = receipt.summaries();
        assert_eq!(summaries.len(), 2);
        assert_eq!(summaries[0].permission, Permission::SeeScreen);
        assert_eq!((summaries[0].on, summaries[0].was_used), (Duration::from_secs(100), true));
        let expected = Summary {
            permission: control,
            asked: 1,
            allowed: 1,
            refused: 1,
            on: Duration::from_secs(50),
            used: Duration::from_secs(14),
            was_used: true,
        };
        assert_eq!(summaries[1], expected);
    }

    #[test]
    fn what_went_off_by_itself_is_not_what_the_customer_took_back() {
        let mut receipt = begun();
        let control = Permission::Control;
        receipt.note_setting(after(10), control, Setting::Ask, Setting::On);
        receipt.note(after(40), What::Withdrawn { permission: control, why: Withdrawal::LineBroke });
        receipt.note(after(40), What::LineBroke);
        receipt.end(after(100), "later".into(), CloseReason::NetworkLost, 0, 0);
        assert_eq!(receipt.summaries()[1].on, Duration::from_secs(30));
        let json = serde_json::to_value(&receipt.events[2]).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"atMilliseconds": 40_000, "what": "withdrawn", "permission": "Control", "why": "LineBroke"})
        );
    }

    #[test]
    fn survives_being_saved_at_any_moment() {
        let mut receipt = begun();
        receipt.note(after(5), What::Paused);
        let read: Receipt = serde_json::from_str(&serde_json::to_string(&receipt).unwrap()).unwrap();
        assert_eq!(read.duration(), Duration::from_secs(5));
        assert_eq!((read.end.as_ref(), read.events.len()), (None, 2));
        assert_eq!(read.summaries(), receipt.summaries());
    }

    #[test]
    fn a_clock_that_jumps_back_does_not_undo_what_is_known() {
        let mut receipt = begun();
        receipt.note(after(5), What::Paused);
        receipt.note(after(3), What::WentOn);
        assert_eq!(receipt.events[2].at_milliseconds, 5000);
    }

    #[test]
    fn does_not_grow_without_end() {
        let mut receipt = begun();
        for second in 0..u64::try_from(MAX_EVENTS).unwrap() + 9 {
            receipt.note(after(second), What::Paused);
        }
        assert_eq!((receipt.events.len(), receipt.events_left_out), (MAX_EVENTS, 10));
    }

    #[test]
    fn the_json_is_stable() {
        let mut receipt = begun();
        receipt.note_use(after(1), Permission::SeeScreen);
        let json = serde_json::to_value(&receipt).unwrap();
        assert_eq!(json["version"], 1);
        assert_eq!(json["technician"]["domain"], "help.musterfirma.example");
        assert_eq!(json["widening"], "hardware");
        assert_eq!(
            json["events"][1],
            serde_json::json!({"atMilliseconds": 1000, "what": "used", "permission": "SeeScreen", "milliseconds": 0})
        );
    }
}
