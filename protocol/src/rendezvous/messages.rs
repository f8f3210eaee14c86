//! The control messages on the WebSocket.

use super::{BurnToken, DeviceId, Nonce, ResumeId, SessionId, VERSION, api::Bytes};
use crate::number::Slot;
use crate::role::Role;
use serde::{Deserialize, Serialize};

/// What an end wants of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A free slot, to show a number for.
    Issue,
    /// To be paired with the one who waits at this slot.
    Join {
        /// The public part of the number that was typed.
        slot: Slot,
    },
    /// To be paired again with the other end of a session whose line broke.
    Resume {
        /// What the relay gave to both when it paired them.
        id: ResumeId,
    },
}

/// The first message of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version that the end speaks.
    pub version: u16,
    /// The side it takes.
    pub role: Role,
    /// What it wants.
    pub intent: Intent,
}

impl Hello {
    /// The hello of this build.
    pub const fn new(role: Role, intent: Intent) -> Self {
        Self { version: VERSION, role, intent }
    }
}

/// What an end says to the relay.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ToRelay {
    /// Always first.
    Hello(Hello),
    /// A technician's answer to [`FromRelay::Challenge`].
    Proof {
        /// Whose key signed.
        device: DeviceId,
        /// Over [`super::line_message`].
        signature: Bytes,
    },
    /// "More time", from the one who waits. Answered with [`FromRelay::Waiting`].
    Extend,
    /// The number is given up or the session is over.
    Cancel,
    /// The other end that the relay found again is the right one.
    Resumed,
}

/// What the relay says to an end.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FromRelay {
    /// To a technician, after the hello.
    Challenge {
        /// To be signed.
        nonce: Nonce,
    },
    /// A slot was given out, or its life extended.
    Waiting {
        /// The public part of the number to show.
        slot: Slot,
        /// Ends the wait over a fresh connection.
        burn_token: BurnToken,
        /// How long the number lives from now.
        expires_in_seconds: u32,
    },
    /// The other end is there; what follows as binary messages comes from it.
    Paired {
        /// The name of this session in logs and receipts.
        session_id: SessionId,
        /// Ends the session over a fresh connection; replaces the one given while waiting.
        burn_token: BurnToken,
        /// The slot, which is spent now; none if a session is resumed.
        slot: Option<Slot>,
        /// Where the two ends meet again if the line breaks.
        resume: ResumeId,
    },
    /// The other end of a session that is to be resumed is not back yet.
    Awaiting {
        /// So long it is waited for.
        for_seconds: u32,
    },
    /// The relay is about to stop; the session goes on until then.
    Stopping {
        /// How long there still is.
        in_seconds: u32,
    },
    /// There will be no session; nothing follows.
    Refused {
        /// Why.
        reason: Refusal,
    },
    /// The wait or the session is over; nothing follows.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

/// Why the relay won't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The number is unknown, used or expired, or the asker has guessed too often: never said which.
    Number,
    /// The relay does not speak this version.
    Version,
    /// The signature, the device or the account is not admitted: never said which.
    Technician,
    /// No slot is free, or this asker has too many waiting.
    Full,
    /// The relay is about to stop.
    Draining,
    /// What was sent is not what this wire carries.
    Malformed,
}

/// Why a wait or a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The other end said so.
    OtherEnd,
    /// The customer pressed NOTAUS.
    Stopped,
    /// The other end's connection broke and it did not say anything.
    OtherEndLost,
    /// The number lived out its time unused.
    Expired,
    /// This end said so over a fresh connection.
    Burned,
    /// The relay stops.
    RelayStopping,
    /// The technician's account was disabled.
    TechnicianDisabled,
    /// The same technician opened newer numbers than fit.
    Replaced,
    /// This end read too slowly or was silent for too long.
    TooSlow,
    /// This end sent something that this wire does not carry.
    Malformed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_wire_is_what_it_was() {
        let slot = Slot::new(47).unwrap();
        let to = |message: ToRelay| serde_json::to_string(&message).unwrap();
        insta::assert_snapshot!(to(ToRelay::Hello(Hello::new(Role::Customer, Intent::Join { slot }))),
            @r#"{"kind":"hello","version":1,"role":"customer","intent":{"join":{"slot":47}}}"#);
        insta::assert_snapshot!(to(ToRelay::Hello(Hello::new(Role::Technician, Intent::Issue))),
            @r#"{"kind":"hello","version":1,"role":"technician","intent":"issue"}"#);
        let resume = to(ToRelay::Hello(Hello::new(Role::Customer, Intent::Resume { id: ResumeId::new([0xab; 32]) })));
        assert!(resume.contains(&format!(r#""intent":{{"resume":{{"id":"{}"}}}}"#, "ab".repeat(32))), "{resume}");
        insta::assert_snapshot!(to(ToRelay::Resumed), @r#"{"kind":"resumed"}"#);
        insta::assert_snapshot!(to(ToRelay::Extend), @r#"{"kind":"extend"}"#);
        let from = |message: FromRelay| serde_json::to_string(&message).unwrap();
        insta::assert_snapshot!(from(FromRelay::Refused { reason: Refusal::Number }), @r#"{"kind":"refused","reason":"number"}"#);
        insta::assert_snapshot!(from(FromRelay::Ended { reason: EndReason::OtherEnd }), @r#"{"kind":"ended","reason":"other_end"}"#);
    }

    #[test]
    fn nothing_secret_is_shown() {
        let paired = FromRelay::Paired {
            session_id: SessionId::new([1; 16]),
            burn_token: BurnToken::new([0xcd; 32]),
            slot: Slot::new(47).ok(),
            resume: ResumeId::new([0xef; 32]),
        };
        assert!(!format!("{paired:?}").contains("cd"));
        assert!(!format!("{paired:?}").contains("ef"));
        assert!(serde_json::to_string(&paired).unwrap().contains("cdcdcd"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = serde_json::from_str::<ToRelay>(&text);
            let _ = serde_json::from_str::<FromRelay>(&text);
        }
    }
}
