//! Who asks. Found out for every request anew, so that whoever was disabled or unlinked is out at once.

use super::Desk;
use super::address::{Deed, PeerAddress};
use super::failure::{Failure, Reply};
use super::tokens;
use crate::store::{Actor, Member};
use axum::http::{HeaderMap, header};
use beistand_protocol::desk::api::access::TokenRequest;
use beistand_protocol::desk::api::problem::{Problem, ProblemCode};
use beistand_protocol::desk::ids::TechnicianId;
use jiff::Timestamp;
use std::fmt::Debug;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Instant;

/// Who keeps the technicians could not be asked.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;
/// What was found, later.
pub type Found<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;

/// Who keeps the technicians' accounts and devices.
pub trait Technicians: Debug + Send + Sync + 'static {
    /// The technician whose device signed this challenge, if it is fresh and the account is not disabled.
    fn of_device<'a>(&'a self, request: &'a TokenRequest) -> Found<'a, Option<(TechnicianId, String)>>;
    /// The technician's name, if the account is there and not disabled.
    fn name(&self, technician: TechnicianId) -> Found<'_, Option<String>>;
    /// Everybody who can take tickets, by name.
    fn all(&self) -> Found<'_, Vec<(TechnicianId, String)>>;
}

/// A technician who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Technician {
    pub(super) id: TechnicianId,
    pub(super) name: String,
}

impl Technician {
    pub(super) fn actor(&self) -> Actor {
        Actor::Technician { id: self.id, name: self.name.clone() }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Desk {
    /// Who really asks, behind the proxies that we know.
    pub(super) fn address(&self, peer: PeerAddress, headers: &HeaderMap) -> IpAddr {
        self.settings.proxies.client(peer.0, headers)
    }

    /// Counts a deed of this neighbourhood.
    pub(super) fn pass(&self, deed: Deed, address: IpAddr) -> Reply<()> {
        self.gate.pass(deed, address, Instant::now()).map_err(|seconds| Problem::throttled(seconds).into())
    }

    /// The technician who asks.
    pub(super) async fn technician(&self, headers: &HeaderMap) -> Reply<Technician> {
        let no = || Failure::new(ProblemCode::Unauthenticated);
        let id = bearer(headers).and_then(|token| self.tokens.read(token, Timestamp::now())).ok_or_else(no)?;
        let name = self.technicians.name(id).await.map_err(Failure::internal)?.ok_or_else(no)?;
        Ok(Technician { id, name })
    }

    /// The member whose linked app asks.
    pub(super) async fn member(&self, headers: &HeaderMap) -> Reply<Member> {
        let no = || Failure::new(ProblemCode::Unauthenticated);
        let hash = bearer(headers).and_then(tokens::secret_hash).ok_or_else(no)?;
        self.store.member(hash).await?.ok_or_else(no)
    }

    /// Whoever asks; nobody if there is no credential at all. A credential that does not hold is refused.
    pub(super) async fn anybody(&self, headers: &HeaderMap) -> Reply<Option<Actor>> {
        match bearer(headers) {
            None if headers.contains_key(header::AUTHORIZATION) => Err(Failure::new(ProblemCode::Unauthenticated)),
            None => Ok(None),
            Some(token) if tokens::secret_hash(token).is_some() => Ok(Some(Actor::Member(self.member(headers).await?))),
            Some(_) => Ok(Some(self.technician(headers).await?.actor())),
        }
    }
}
