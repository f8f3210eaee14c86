//! What app and desk say to each other over HTTPS, as JSON; described by OpenAPI at [`OPENAPI_PATH`].
//!
//! Three lanes: who has customer number and PIN files ([`intake`]) and reads nothing; who has a linked app files,
//! reads and answers what is theirs to see ([`my`]); technicians have the desk ([`desk`], [`queue`], [`people`],
//! [`session`]). Each refusal is a [`problem::Problem`]. Every `POST` takes the header [`IDEMPOTENCY_HEADER`];
//! what changes a ticket takes [`IF_MATCH_HEADER`] with the version that its sender saw.

pub mod access;
pub mod desk;
pub mod entry;
pub mod file;
pub mod intake;
pub mod my;
pub mod people;
pub mod problem;
pub mod queue;
pub mod session;
mod words;

pub use words::{MessageText, NoText, ReasonText, SearchText, ShortText};

/// Where the OpenAPI document is.
pub const OPENAPI_PATH: &str = "/api/openapi.json";
/// `GET`: what the desk is and what its forms need to know ([`access::DeskInfo`]).
pub const DESK_PATH: &str = "/api/v1/desk";
/// `POST`: a form with customer number and PIN ([`intake::PinSubmission`]).
pub const INTAKE_PATH: &str = "/api/v1/intake";
/// `POST`: one file, as it is, before the form or message it belongs to ([`file::Upload`]).
pub const UPLOADS_PATH: &str = "/api/v1/uploads";
/// `POST`: an app is linked by a code ([`access::LinkRequest`]); `DELETE`: it is unlinked.
pub const LINK_PATH: &str = "/api/v1/link";
/// `POST`: a technician's device signs a challenge and gets a token ([`access::TokenRequest`]).
pub const TOKEN_PATH: &str = "/api/v1/token";
/// What a linked app may see; below it `profile` and `tickets`.
pub const MY_PATH: &str = "/api/v1/my";
/// The technicians' desk; below it `queue`, `tickets`, `customers`, `technicians`, `intake`, `tasks`.
pub const TECHNICIAN_PATH: &str = "/api/v1/technician";

/// What makes a repeated `POST` the same one; see [`crate::desk::code::IdempotencyKey`].
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// The version of a ticket that the sender saw, as `"7"`.
pub const IF_MATCH_HEADER: &str = "if-match";
/// The version of the ticket in the answer, as `"7"`.
pub const ETAG_HEADER: &str = "etag";
/// An uploaded file's name, percent-encoded UTF-8.
pub const FILE_NAME_HEADER: &str = "x-file-name";
/// The media type of a [`problem::Problem`].
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// The longest JSON body of a request.
pub const MAX_JSON_BYTES: usize = 128 * 1024;
/// The longest JSON body of an answer.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// The most entries on a page of a list, and how many there are unless asked otherwise.
pub const MAX_PAGE: u16 = 100;
/// How many entries a page has unless asked otherwise.
pub const DEFAULT_PAGE: u16 = 50;
