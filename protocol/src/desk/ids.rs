//! Random ids of things that belong to a ticket. They are no authorisation: every use asks for the right again.

use super::as_text;
use core::fmt;
use core::str::FromStr;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected exactly 32 hexadecimal digits")]
pub struct NoId;

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        as_text!($name, "0f8fad5bd9cb469fa16570867728950e", "^[0-9a-f]{32}$");

        impl $name {
            /// The id made of these random bytes.
            pub const fn new(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NoId;
            fn from_str(text: &str) -> Result<Self, NoId> {
                if text.len() != 32 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(NoId);
                }
                u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| NoId)
            }
        }
    };
}

random_id!(
    /// A person at a customer.
    ContactId
);
random_id!(
    /// An answer, a note, or anything else in a ticket's timeline.
    EntryId
);
random_id!(
    /// A file that was uploaded.
    AttachmentId
);
random_id!(
    /// A session that was started from a ticket. It says nothing about the session's number.
    TicketSessionId
);
random_id!(
    /// Time that somebody spent on a ticket.
    TimeEntryId
);
random_id!(
    /// Something that the desk asks a technician to do, such as to call a customer whose mail came back.
    TaskId
);
random_id!(
    /// An app that was linked to a contact.
    LinkedAppId
);

/// A technician, as the server counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TechnicianId(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_their_hexadecimal_text() {
        let id = EntryId::new([0xab; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("00".repeat(16).parse(), Ok(EntryId::new([0; 16])));
        for wrong in ["", "ab", &"AB".repeat(16), &format!("+{}", "a".repeat(31)), &"é".repeat(16)] {
            assert_eq!(wrong.parse::<EntryId>(), Err(NoId), "{wrong}");
        }
    }
}
