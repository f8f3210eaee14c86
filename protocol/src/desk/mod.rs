//! The ticket desk's words, forms and API, as the app and the server share them.
//!
//! Pure: the app checks offline by [`form::validate`] what the server checks again by the same code. Start reading
//! at [`form`], which is what a customer fills in, at [`ticket`], which is what becomes of it, and at [`api`], which
//! is what app and server say to each other.
//!
//! # Words
//!
//! | word | means |
//! |---|---|
//! | ticket | one request of a customer and all that is said and done about it |
//! | intake receipt (Eingangsnummer) | what everybody gets who files with customer number and PIN, right or wrong |
//! | request type | incident, warranty, new employee, call-back, other |
//! | severity | the effect on the customer's work, 1 (work stopped) to 4 (not hindered) |
//! | priority | what the customer asked for on the form; severity follows from it |
//! | answer, note | what the customer reads; what only technicians read |

pub mod api;
pub mod code;
pub mod fold;
pub mod form;
pub mod ids;
pub mod number;
pub mod text;
pub mod ticket;
pub mod workdays;

/// Reads and writes a type as the text of its `Display` and `FromStr`, and describes it so.
macro_rules! as_text {
    ($name:ident, $example:literal, $pattern:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        $crate::desk::described_as_text!($name, $example, $pattern);
    };
}

/// Describes a type as text in the OpenAPI document.
macro_rules! described_as_text {
    ($name:ident, $example:literal, $pattern:literal) => {
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .examples([$example])
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use as_text;
pub(crate) use described_as_text;
