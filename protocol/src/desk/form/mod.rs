//! The five forms: what a customer types ([`Draft`]), what is wrong with it ([`FieldError`]), and what it is when
//! nothing is wrong ([`Request`]).
//!
//! A draft is the typed text, field by field, so that it can be saved at any moment and nothing is lost. The same
//! [`validate()`] runs in the app as the customer types and in the server when the form arrives.

mod draft;
mod email;
mod field;
mod phone;
mod request;
mod validate;

pub use draft::Draft;
pub use email::{Email, NoEmail};
pub use field::{Duty, Field, FieldError, Mistake, Rule, fields, rule};
pub use phone::{NoPhone, Phone};
pub use request::{Contact, Details, PersonName, Request, RequestType, Salutation};
pub use validate::{Checked, Rules, Warning, validate};

/// The most files that go with a form, a comment or an answer.
pub const MAX_ATTACHMENTS: usize = 5;

#[cfg(test)]
mod tests;
