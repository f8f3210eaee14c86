//! A request whose form was filled in rightly.

use super::{Email, Phone};
use crate::desk::ids::AttachmentId;
use crate::desk::text::first_words;
use crate::desk::ticket::{Language, PreferredContact, Priority, Severity, Visibility};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The most characters of a title.
const MAX_TITLE_CHARACTERS: usize = 120;

/// Which of the five forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum RequestType {
    /// Störung: acute, a device fails or there is a problem with the system.
    Incident,
    /// Garantiefall: a device bought from the support company has a problem.
    Warranty,
    /// Neuer Mitarbeiter: a person is to be set up.
    NewEmployee,
    /// Rückrufbitte: a call is wanted and none of the others fits.
    CallBack,
    /// Sonstiges: everything else.
    Other,
}

impl RequestType {
    /// All five, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Incident, Self::Warranty, Self::NewEmployee, Self::CallBack, Self::Other];

    /// Its word in JSON and in a store.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Warranty => "warranty",
            Self::NewEmployee => "newEmployee",
            Self::CallBack => "callBack",
            Self::Other => "other",
        }
    }

    /// The type with this word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }

    /// What people call it.
    pub const fn name(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::German, Self::Incident) => "Störung",
            (Language::German, Self::Warranty) => "Garantiefall",
            (Language::German, Self::NewEmployee) => "Neuer Mitarbeiter",
            (Language::German, Self::CallBack) => "Rückrufbitte",
            (Language::German, Self::Other) => "Sonstiges",
            (Language::English, Self::Incident) => "Incident",
            (Language::English, Self::Warranty) => "Warranty",
            (Language::English, Self::NewEmployee) => "New employee",
            (Language::English, Self::CallBack) => "Call-back",
            (Language::English, Self::Other) => "Other",
        }
    }

    /// Who at the customer's company may see a ticket of this type, unless said otherwise.
    pub const fn visibility(self) -> Visibility {
        match self {
            Self::NewEmployee => Visibility::Requester,
            Self::Incident | Self::Warranty | Self::CallBack | Self::Other => Visibility::Company,
        }
    }
}

/// How somebody is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Salutation {
    /// Frau.
    Ms,
    /// Herr.
    Mr,
    /// Keine Angabe.
    None,
}

impl Salutation {
    /// The salutation with this word.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "ms" => Some(Self::Ms),
            "mr" => Some(Self::Mr),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// Who is to be asked about a ticket. Per ticket: one person may file for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The company as typed; empty if not.
    pub company: String,
    /// The person.
    pub person: String,
    /// Where they are written to.
    pub email: Email,
    /// Where they are called.
    pub phone: Phone,
    /// What they prefer.
    pub preferred: PreferredContact,
}

/// The name of a person to be set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PersonName {
    /// How they are addressed.
    pub salutation: Salutation,
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
}

/// What the form of one type asks for beside the general fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Details {
    /// Störung.
    Incident {
        /// What is wrong.
        description: String,
    },
    /// Garantiefall.
    Warranty {
        /// What the device is called.
        device_name: String,
        /// Its serial number, if there is one.
        serial_number: Option<String>,
        /// The order with which it was bought, if known.
        order_reference: Option<String>,
        /// What is wrong.
        description: String,
    },
    /// Neuer Mitarbeiter.
    NewEmployee {
        /// Who.
        name: PersonName,
        /// Their extension.
        extension: Option<Phone>,
        /// Their company mobile number.
        company_mobile: Option<Phone>,
        /// Their mailbox; `None` means that none is made.
        mailbox: Option<Email>,
        /// What they do.
        position: String,
        /// The day by which everything is to be ready.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        start_date: Date,
        /// Whether there was notice enough for that day to be certain.
        timely_guaranteed: bool,
        /// What else matters.
        remarks: Option<String>,
    },
    /// Rückrufbitte.
    CallBack {
        /// What about.
        concern: String,
        /// When a call suits.
        wanted_time: Option<String>,
    },
    /// Sonstiges.
    Other {
        /// What about.
        concern: String,
    },
}

impl Details {
    /// The type to which these details belong.
    pub const fn request_type(&self) -> RequestType {
        match self {
            Self::Incident { .. } => RequestType::Incident,
            Self::Warranty { .. } => RequestType::Warranty,
            Self::NewEmployee { .. } => RequestType::NewEmployee,
            Self::CallBack { .. } => RequestType::CallBack,
            Self::Other { .. } => RequestType::Other,
        }
    }

    /// The day by which it is due, if its form asks for one.
    pub const fn due_on(&self) -> Option<Date> {
        match self {
            Self::NewEmployee { start_date, .. } => Some(*start_date),
            Self::Incident { .. } | Self::Warranty { .. } | Self::CallBack { .. } | Self::Other { .. } => None,
        }
    }

    /// The words from which a title is made. A new employee's title names the position and not the person: titles
    /// stand in lists and in the subject of mails.
    fn title_words(&self) -> String {
        match self {
            Self::Incident { description } => description.clone(),
            Self::Warranty { device_name, description, .. } => format!("{device_name}: {description}"),
            Self::NewEmployee { position, start_date, .. } => format!("{position}, {start_date}"),
            Self::CallBack { concern, .. } | Self::Other { concern } => concern.clone(),
        }
    }
}

/// A form that was filled in rightly. Made by [`super::validate()`]; kept by the store as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The language in which the customer is written to.
    pub language: Language,
    /// Who is to be asked.
    pub contact: Contact,
    /// The customer's own number or keyword.
    pub reference: Option<String>,
    /// What the customer asked for; none on the form for a new employee.
    pub priority: Option<Priority>,
    /// What the form of its type asked for.
    pub details: Details,
    /// The files that go with it.
    pub attachments: Vec<AttachmentId>,
}

impl Request {
    /// Its type.
    pub const fn request_type(&self) -> RequestType {
        self.details.request_type()
    }

    /// The severity with which it begins: what the priority maps to, and 4 for a new employee, whom the date drives.
    pub fn severity(&self) -> Severity {
        self.priority.map_or(Severity::Four, Priority::severity)
    }

    /// The ticket's title: the type and the first words.
    pub fn title(&self) -> String {
        let name = self.request_type().name(self.language);
        first_words(&format!("{name}: {}", self.details.title_words()), MAX_TITLE_CHARACTERS)
    }
}
