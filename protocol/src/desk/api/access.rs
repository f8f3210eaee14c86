//! How app and technician come in, and what the desk says about itself to anybody.

use super::words::ShortText;
use crate::desk::code::{CustomerNumber, LinkCode};
use crate::desk::form::Rules;
use crate::desk::ids::{ContactId, LinkedAppId, TechnicianId};
use crate::desk::ticket::{Language, Sees};
use crate::rendezvous::api::Bytes;
use crate::rendezvous::{DeviceId, Nonce};
use crate::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `GET` [`super::DESK_PATH`]: what the forms need to know, for anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeskInfo {
    /// The company that answers.
    pub company: String,
    /// The number of its support line, as people write it.
    pub phone: Option<String>,
    /// When somebody answers there, in German and in English.
    pub phone_hours: Option<PhoneHours>,
    /// Today and whose holidays count, for the form of a new employee.
    pub rules: Rules,
    /// The first start date of a new employee that is certain, filed today.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub earliest_guaranteed: jiff::civil::Date,
    /// Whether forms with customer number and PIN are taken.
    pub takes_pin_forms: bool,
    /// The most bytes of one file.
    pub max_file_bytes: u32,
    /// The most bytes of all files of one form or message.
    pub max_files_bytes: u32,
}

/// When somebody answers the phone, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneHours {
    /// In German.
    pub de: String,
    /// In English.
    pub en: String,
}

/// A bearer token: `Authorization: Bearer …`. Redacting `Debug`; on the wire as it is, because the wire is TLS.
#[derive(Clone, Debug)]
pub struct AccessToken(Secret<String>);

impl AccessToken {
    /// Takes the token into custody.
    pub const fn new(token: String) -> Self {
        Self(Secret::new(token))
    }

    /// Shows the token; every place that needs it can be found by this name.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for AccessToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for AccessToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

crate::desk::described_as_text!(AccessToken, "bl_…", "^b[lt]_[A-Za-z0-9_-]{43}$");

/// How the token of a linked app begins.
pub const LINKED_APP_PREFIX: &str = "bl_";
/// How the token of a technician begins.
pub const TECHNICIAN_PREFIX: &str = "bt_";

/// `POST` [`super::TOKEN_PATH`]. Answered with [`TokenAnswer`].
///
/// The challenge is the one of [`crate::rendezvous::CHALLENGE_PATH`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenRequest {
    /// The technician's device.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub device: DeviceId,
    /// The challenge.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{96}$"))]
    pub nonce: Nonce,
    /// Over [`crate::rendezvous::desk_token_message`], by the device's key; Base64.
    #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 1024))]
    pub signature: Bytes,
}

/// A technician may work at the desk for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenAnswer {
    /// To be sent with each request; never written down.
    pub token: AccessToken,
    /// How long it holds.
    pub expires_in_seconds: u32,
    /// Who it is for.
    pub technician: TechnicianId,
    /// Their name.
    pub name: String,
}

/// `POST` [`super::LINK_PATH`]. Answered with [`LinkAnswer`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkRequest {
    /// The code from the support company; works once.
    pub code: LinkCode,
    /// What the customer calls this computer, so that they can tell which apps are linked.
    pub device_name: ShortText,
}

/// The app is linked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LinkAnswer {
    /// To be kept in the operating system's keyring and sent with each request.
    pub token: AccessToken,
    /// Whose tickets it opens.
    pub profile: Profile,
}

/// `GET` `/api/v1/my/profile`: who a linked app belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The linked app itself.
    pub app: LinkedAppId,
    /// The person.
    pub contact: ContactId,
    /// Their name.
    pub name: String,
    /// Their e-mail address on file.
    pub email: Option<String>,
    /// Their phone number on file.
    pub phone: Option<String>,
    /// The language in which they are written to.
    pub language: Language,
    /// Their company's number.
    pub customer_number: CustomerNumber,
    /// Their company's name.
    pub customer_name: String,
    /// What they may see.
    pub sees: Sees,
    /// Today and the holidays at their company.
    pub rules: Rules,
}
