//! An end's connection to the relay, and who the relay's company says the technician is.
//!
//! Start with [`DomainTrust`]: which domain, and by what its certificate is known. [`fetch_company`] reads whose
//! domain it is, [`connect`] opens the line of one session, [`burn`] ends it over a fresh connection.
//! A technician's device has a [`DeviceKey`], [`sign_in`] makes it known and [`fetch_certificate`] gets the
//! certificate that [`verify_technician`] checks on the customer's end.
//!
//! Nothing here follows a redirect, falls back to less than TLS 1.3, or logs what it carries.

mod api;
mod device;
mod error;
mod exchange;
mod http;
mod identity;
mod line;
mod proxy;
mod socket;
mod tls;
mod trust;

pub use api::{Company, SignedIn, burn, fetch_certificate, fetch_company, sign_in};
pub use beistand_protocol::rendezvous::TechnicianName;
pub use beistand_protocol::rendezvous::api::Farewell;
pub use device::{DeviceKey, DeviceKeyError, TechnicianCertificate, TechnicianCredential};
pub use error::ConnectError;
pub use exchange::{ExchangeError, HttpAnswer, HttpRequest, Progress, exchange};
pub use hyper::Method;
pub use identity::{IdentityError, verify_technician};
pub use line::{Line, LineEvent, LineReceiver, LineSender, connect};
pub use trust::{DomainTrust, OuterTrust, TypedDomainError, read_domain};
