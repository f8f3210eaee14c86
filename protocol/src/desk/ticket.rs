//! What a ticket is made of: its state, severity, who may see it, how it came in and how sure we are who sent it.

use serde::{Deserialize, Serialize};

/// Declares an enum of plain words, each with its text in JSON and in a store.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $key:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "camelCase")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its word in JSON and in a store.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// The one with this word.
            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(
    /// Where a ticket stands.
    State {
        /// Neu: nobody has taken it yet.
        New = "new",
        /// In Bearbeitung.
        Open = "open",
        /// Wartet auf Ihre Antwort.
        WaitingCustomer = "waitingCustomer",
        /// Beim Hersteller.
        WaitingVendor = "waitingVendor",
        /// Termin vereinbart.
        Scheduled = "scheduled",
        /// Gelöst; can be reopened for a while.
        Resolved = "resolved",
        /// Abgeschlossen; for reference only.
        Closed = "closed",
        /// Zurückgezogen by the customer; for reference only.
        Withdrawn = "withdrawn",
        /// Joined to another ticket, which goes on; for reference only.
        Merged = "merged",
    }
);

impl State {
    /// Whether somebody still has to do something about it.
    pub const fn is_open(self) -> bool {
        match self {
            Self::New | Self::Open | Self::WaitingCustomer | Self::WaitingVendor | Self::Scheduled => true,
            Self::Resolved | Self::Closed | Self::Withdrawn | Self::Merged => false,
        }
    }

    /// Whether nothing but an undone merge leads out of it.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Closed | Self::Withdrawn | Self::Merged => true,
            Self::New | Self::Open | Self::WaitingCustomer | Self::WaitingVendor | Self::Scheduled | Self::Resolved => {
                false
            }
        }
    }
}

/// The effect on the customer's work: the lower the number, the worse. As a number in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Severity {
    /// Extremely critical: work has stopped.
    One = 1,
    /// Critical: work is badly hindered.
    Two = 2,
    /// Urgent: work is hindered.
    Three = 3,
    /// Not critical: work is not hindered.
    Four = 4,
}

impl Severity {
    /// All four, the worst first.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// Its number, 1 to 4.
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    /// Whether it is worse than `other`.
    pub const fn is_worse_than(self, other: Self) -> bool {
        self.number() < other.number()
    }
}

/// A number that is no severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a severity is 1, 2, 3 or 4")]
pub struct NoSeverity;

impl TryFrom<u8> for Severity {
    type Error = NoSeverity;
    fn try_from(number: u8) -> Result<Self, NoSeverity> {
        Self::ALL.into_iter().find(|one| one.number() == number).ok_or(NoSeverity)
    }
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> Self {
        severity.number()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Severity {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .minimum(Some(1))
            .maximum(Some(4))
            .description(Some("1: work has stopped; 2: badly hindered; 3: hindered; 4: not hindered"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Severity {}

words!(
    /// How urgent the customer finds it, as on the form.
    Priority {
        /// Niedrig; the default.
        Low = "low",
        /// Normal.
        Normal = "normal",
        /// Hoch.
        High = "high",
    }
);

impl Priority {
    /// The severity with which a ticket of this priority begins. Severity 1 can't be asked for on a form.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Low => Severity::Four,
            Self::Normal => Severity::Three,
            Self::High => Severity::Two,
        }
    }
}

words!(
    /// Where a severity comes from.
    SeveritySource {
        /// From the priority on the form.
        Form = "form",
        /// The customer raised it.
        Customer = "customer",
        /// A technician set it.
        Technician = "technician",
    }
);

words!(
    /// Who at the customer's company may see a ticket.
    Visibility {
        /// Only who filed it, and whom it names as its contact on file.
        Requester = "requester",
        /// Everybody at the company who may see the company's tickets.
        Company = "company",
    }
);

words!(
    /// What a member of a company may see.
    Sees {
        /// Their own tickets.
        Own = "own",
        /// All that the company may see.
        Company = "company",
    }
);

words!(
    /// How a ticket or a message came in.
    Channel {
        /// With customer number and PIN.
        PinForm = "pinForm",
        /// From a linked app.
        App = "app",
        /// On the phone, typed by a technician.
        Phone = "phone",
        /// From a session, filed afterwards.
        Session = "session",
        /// From the technician's desk.
        Desk = "desk",
    }
);

words!(
    /// How it was found out who somebody is.
    AuthMethod {
        /// Customer number and PIN.
        Pin = "pin",
        /// The credential of a linked app.
        LinkedApp = "linkedApp",
        /// A technician's device key.
        Device = "device",
        /// A technician believed a voice on the phone.
        Caller = "caller",
    }
);

words!(
    /// How sure that makes us.
    Assurance {
        /// Somebody of that company.
        Company = "company",
        /// That person, by their own app.
        Person = "person",
        /// Only what they said.
        Claimed = "claimed",
    }
);

impl AuthMethod {
    /// How sure this method makes us.
    pub const fn assurance(self) -> Assurance {
        match self {
            Self::Pin => Assurance::Company,
            Self::LinkedApp | Self::Device => Assurance::Person,
            Self::Caller => Assurance::Claimed,
        }
    }

    /// Whether who came this way may read tickets. Customer number and PIN file and never read.
    pub const fn may_read(self) -> bool {
        match self {
            Self::LinkedApp | Self::Device => true,
            Self::Pin | Self::Caller => false,
        }
    }
}

words!(
    /// How somebody would rather be answered.
    PreferredContact {
        /// By a call.
        Phone = "phone",
        /// By e-mail.
        Email = "email",
    }
);

words!(
    /// How two tickets belong together.
    LinkKind {
        /// They are about the same or similar things.
        Related = "related",
        /// This one goes on where the other was closed.
        FollowUpOf = "followUpOf",
        /// The other one goes on where this one was closed.
        FollowedUpBy = "followedUpBy",
        /// This one was merged into the other.
        MergedInto = "mergedInto",
        /// The other one was merged into this one.
        MergedFrom = "mergedFrom",
    }
);

words!(
    /// What a technician's time was spent on.
    TimeKind {
        /// On the phone.
        Phone = "phone",
        /// In a session.
        Remote = "remote",
        /// At the customer's.
        Onsite = "onsite",
        /// At the desk.
        Desk = "desk",
    }
);

words!(
    /// How a session ended.
    SessionEnd {
        /// The technician ended it.
        Technician = "technician",
        /// The customer ended it.
        Customer = "customer",
        /// The customer pressed NOTAUS.
        Stop = "stop",
        /// Nobody answered in time.
        Timeout = "timeout",
        /// The network broke.
        Network = "network",
        /// It never began.
        NeverBegan = "neverBegan",
    }
);

/// A language in which people read and are written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Language {
    /// Deutsch.
    #[default]
    #[serde(rename = "de")]
    German,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Its code, `de` or `en`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
        }
    }

    /// The language with this code.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;

    fn words_are_their_json<T: Copy + Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(
        all: &[T],
        key: impl Fn(T) -> &'static str,
        from_key: impl Fn(&str) -> Option<T>,
    ) {
        for one in all {
            assert_eq!(serde_json::to_string(one).unwrap(), format!("\"{}\"", key(*one)));
            assert_eq!(from_key(key(*one)).as_ref(), Some(one));
        }
        assert_eq!(from_key("nothing of that kind"), None);
    }

    #[test]
    fn a_word_is_the_same_in_json_and_store() {
        words_are_their_json(State::ALL, State::key, State::from_key);
        words_are_their_json(Priority::ALL, Priority::key, Priority::from_key);
        words_are_their_json(SeveritySource::ALL, SeveritySource::key, SeveritySource::from_key);
        words_are_their_json(Visibility::ALL, Visibility::key, Visibility::from_key);
        words_are_their_json(Sees::ALL, Sees::key, Sees::from_key);
        words_are_their_json(Channel::ALL, Channel::key, Channel::from_key);
        words_are_their_json(AuthMethod::ALL, AuthMethod::key, AuthMethod::from_key);
        words_are_their_json(Assurance::ALL, Assurance::key, Assurance::from_key);
        words_are_their_json(PreferredContact::ALL, PreferredContact::key, PreferredContact::from_key);
        words_are_their_json(LinkKind::ALL, LinkKind::key, LinkKind::from_key);
        words_are_their_json(TimeKind::ALL, TimeKind::key, TimeKind::from_key);
        words_are_their_json(SessionEnd::ALL, SessionEnd::key, SessionEnd::from_key);
        words_are_their_json(&[Language::German, Language::English], Language::key, Language::from_key);
    }

    #[test]
    fn severities_are_numbers() {
        assert_eq!(serde_json::to_string(&Severity::Two).unwrap(), "2");
        assert_eq!(serde_json::from_str::<Severity>("4").unwrap(), Severity::Four);
        assert!(serde_json::from_str::<Severity>("0").is_err() && serde_json::from_str::<Severity>("5").is_err());
        assert!(Severity::One.is_worse_than(Severity::Two) && !Severity::Four.is_worse_than(Severity::Four));
        assert!(Priority::ALL.iter().all(|one| one.severity() != Severity::One));
    }

    #[test]
    fn a_pin_never_reads() {
        assert!(!AuthMethod::Pin.may_read());
    }
}
