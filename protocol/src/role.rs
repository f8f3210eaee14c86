//! Who is who.

use serde::{Deserialize, Serialize};

/// The two ends of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Shows a screen and decides.
    Customer,
    /// Helps.
    Technician,
}

impl Role {
    /// The other end's role.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Customer => Self::Technician,
            Self::Technician => Self::Customer,
        }
    }
}
