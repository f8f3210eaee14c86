//! The one port's HTTP: API, well-known document, health, start page, and the way to the WebSocket.

use super::line;
use super::server::{Peer, Relay};
use super::sign_in;
use crate::core::Event;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Json, Router};
use beistand_protocol::desk::api::UPLOADS_PATH;
use beistand_protocol::rendezvous::api::{ApiReason, ApiRefusal, BurnRequest, WellKnown};
use beistand_protocol::rendezvous::{
    BURN_PATH, CERTIFICATE_PATH, CHALLENGE_PATH, MAX_BODY_BYTES, MAX_DATA_BYTES, SESSION_PATH, SIGN_IN_PATH, VERSION,
    WELL_KNOWN_PATH,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

/// A request other than a file is over by then.
const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

type Shared = State<Arc<Relay>>;

/// All routes. The connection's [`Peer`] is added by the accept loop.
pub(super) fn routes(relay: Arc<Relay>, desk: Router) -> Router {
    let own = Router::new()
        .route("/", get(start_page))
        .route("/healthz", get(health))
        .route(WELL_KNOWN_PATH, get(well_known))
        .route(SESSION_PATH, any(session))
        .route(SIGN_IN_PATH, post(post_sign_in))
        .route(CHALLENGE_PATH, post(post_challenge))
        .route(CERTIFICATE_PATH, post(post_certificate))
        .route(BURN_PATH, post(post_burn))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(relay);
    own.merge(desk).layer(axum::middleware::from_fn(in_time)).layer(axum::middleware::map_response(harden))
}

/// Everything but a file that is being sent is read and answered soon.
async fn in_time(request: Request, next: Next) -> Response {
    if request.uri().path() == UPLOADS_PATH {
        return next.run(request).await;
    }
    timeout(REQUEST_DEADLINE, next.run(request)).await.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// No answer is cached, framed or guessed at, and every connection serves one request: unless it was upgraded.
async fn harden(mut response: Response) -> Response {
    let headers: [(HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ];
    for (name, value) in headers {
        // A file that is handed out brings a stricter policy along.
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn session(
    State(relay): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    // Only browsers say an origin, and no page is to use its visitors' networks for guessing.
    if headers.contains_key(header::ORIGIN) {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade
        .max_message_size(MAX_DATA_BYTES)
        .max_frame_size(MAX_DATA_BYTES)
        .read_buffer_size(16 * 1024)
        .on_upgrade(move |socket| line::serve(relay, peer, socket))
}

async fn well_known(State(relay): Shared) -> Json<WellKnown> {
    let digits = relay.hall.slot_digits();
    Json(WellKnown {
        domain: relay.domain.clone(),
        company: relay.config.company.clone(),
        root: beistand_protocol::rendezvous::api::Bytes(relay.authority.root().to_vec()),
        root_sha256: relay.authority.fingerprint(),
        slot_digits: digits.into_iter().filter_map(|digits| u8::try_from(digits).ok()).collect(),
        versions: vec![VERSION],
        session_path: SESSION_PATH.to_owned(),
        abuse: relay.config.abuse.clone(),
    })
}

async fn health(State(relay): Shared) -> (StatusCode, &'static str) {
    if relay.draining.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}

async fn post_sign_in(State(relay): Shared, Extension(peer): Extension<Peer>, body: Bytes) -> Response {
    let signed_in = async { sign_in::sign_in(&relay, &peer, parse(&body)?).await };
    answer(&relay, "sign_in", signed_in.await)
}

async fn post_challenge(State(relay): Shared) -> Response {
    Json(sign_in::challenge(&relay)).into_response()
}

async fn post_certificate(State(relay): Shared, body: Bytes) -> Response {
    let certificate = async { sign_in::certificate(&relay, parse(&body)?).await };
    answer(&relay, "certificate", certificate.await)
}

async fn post_burn(State(relay): Shared, body: Bytes) -> Response {
    match parse::<BurnRequest>(&body) {
        Ok(BurnRequest { token, farewell }) => {
            relay.hall.handle(Event::Burned(token, farewell));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(reason) => answer::<()>(&relay, "burn", Err(reason)),
    }
}

fn parse<R: DeserializeOwned>(body: &[u8]) -> Result<R, ApiReason> {
    serde_json::from_slice(body).map_err(|_| ApiReason::Malformed)
}

fn answer<A: Serialize>(relay: &Relay, label: &'static str, answer: Result<A, ApiReason>) -> Response {
    let reason = match answer {
        Ok(answer) => return Json(answer).into_response(),
        Err(reason) => reason,
    };
    if relay.counters.count_is_first(label) {
        // The others of this minute are only counted, so that nobody fills the log. Logins are not named.
        tracing::info!(request = label, ?reason, "Refused");
    }
    let status = match reason {
        ApiReason::NotAdmitted => StatusCode::FORBIDDEN,
        ApiReason::Throttled => StatusCode::TOO_MANY_REQUESTS,
        ApiReason::Malformed => StatusCode::BAD_REQUEST,
        ApiReason::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(ApiRefusal { reason })).into_response()
}

async fn start_page(State(relay): Shared) -> Html<String> {
    Html(page(relay.config.company.as_str(), relay.domain.as_str()))
}

fn page(company: &str, domain: &str) -> String {
    let (company, domain) = (escape(company), escape(domain));
    format!(
        r#"<!doctype html>
<html lang="de"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{company}</title>
<style>body{{font:1.125rem/1.6 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}}
@media(prefers-color-scheme:dark){{body{{background:#111;color:#eee}}}}</style></head>
<body><h1>{company}</h1>
<p>Hier hilft {company} mit <strong>Beistand</strong>. Die Adresse ist <strong>{domain}</strong>.</p>
<p>Öffnen Sie Beistand und rufen Sie die Nummer an, die Sie von {company} kennen. Niemand braucht dafür Ihre Bank
oder Ihr Passwort.</p>
<p lang="en">{company} helps here with <strong>Beistand</strong>. The address is <strong>{domain}</strong>. Open
Beistand and call the phone number that you know from {company}. Nobody needs your bank or your password for it.</p>
</body></html>
"#
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_name_is_text_on_the_page() {
        let page = page("<script>Müller & \"Söhne\"", "help.example");
        assert!(page.contains("<h1>&lt;script&gt;Müller &amp; &quot;Söhne&quot;</h1>"));
        assert!(!page.contains("<script>"));
    }
}
