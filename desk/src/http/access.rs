//! How app and technician come in, and what the desk says about itself.

use super::address::{Deed, PeerAddress};
use super::failure::{Failure, Reply};
use super::request::{Asked, nothing, ok};
use super::{Desk, tokens};
use axum::extract::{Extension, Request, State};
use axum::http::HeaderMap;
use beistand_protocol::desk::api::access::{DeskInfo, LinkAnswer, LinkRequest, TokenAnswer, TokenRequest};
use beistand_protocol::desk::api::problem::ProblemCode;
use beistand_protocol::desk::workdays::earliest_guaranteed;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub(super) async fn desk_info(State(desk): State<Arc<Desk>>) -> Reply {
    let (settings, limits) = (&desk.settings, desk.attachments.limits());
    let rules = desk.rules(Timestamp::now());
    let short = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
    ok(&DeskInfo {
        company: settings.company.clone(),
        phone: settings.phone.clone(),
        phone_hours: settings.phone_hours.clone(),
        earliest_guaranteed: earliest_guaranteed(rules.today, rules.bundesland, rules.working_days),
        rules,
        takes_pin_forms: settings.takes_pin_forms,
        max_file_bytes: short(limits.bytes),
        max_files_bytes: short(limits.bytes_together),
    })
}

/// A device that signed a challenge gets a token. Nothing is written, so no key is needed to repeat it.
pub(super) async fn token(State(desk): State<Arc<Desk>>, request: Request) -> Reply {
    let asked: TokenRequest = Asked::read(request).await?.json()?;
    let found = desk.technicians.of_device(&asked).await.map_err(Failure::internal)?;
    let (technician, name) = found.ok_or_else(|| Failure::new(ProblemCode::Unauthenticated))?;
    let token = desk.tokens.give(technician, Timestamp::now());
    let expires_in_seconds = u32::try_from(tokens::LIFE.as_secs()).unwrap_or(u32::MAX);
    ok(&TokenAnswer { token, expires_in_seconds, technician, name })
}

/// Links an app. The same request again gives the same token: the code works once, and an answer may be lost.
pub(super) async fn link(
    State(desk): State<Arc<Desk>>,
    Extension(peer): Extension<PeerAddress>,
    request: Request,
) -> Reply {
    let asked = Asked::read(request).await?;
    let key = asked.once()?.key;
    let wanted: LinkRequest = asked.json()?;
    desk.pass(Deed::Link, desk.address(peer, &asked.headers))?;
    let secret = desk.seal.link(wanted.code.expose(), key.as_str());
    let hash = Sha256::digest(secret).into();
    let member = match desk.store.member(hash).await? {
        Some(member) => Some(member),
        None => {
            let code = Sha256::digest(wanted.code.expose()).into();
            desk.store.redeem_link_code(code, hash, wanted.device_name.as_str(), Timestamp::now()).await?
        }
    };
    let member = member.ok_or_else(|| Failure::new(ProblemCode::LinkRefused))?;
    let profile = desk.store.profile(&member, super::today(Timestamp::now())).await?;
    ok(&LinkAnswer { token: tokens::linked_app(&secret), profile })
}

pub(super) async fn unlink(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Reply {
    let member = desk.member(&headers).await?;
    desk.store.unlink(member.app, Timestamp::now()).await?;
    Ok(nothing())
}
