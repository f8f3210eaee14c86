//! What a technician's screens show.

use crate::view::ErrorCode;
use serde::{Deserialize, Serialize};
use specta::Type;

/// The login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The domain to begin with.
    pub domain: Option<String>,
    /// The login to begin with.
    pub login: Option<String>,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// Why the last try failed.
    pub error: Option<ErrorCode>,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Technician {
    /// The relay's domain.
    pub domain: String,
    /// The name that customers see.
    pub name: String,
    /// The company's name that customers see.
    pub company: String,
}
