//! What every handler reads of a request: body, keys and versions; and how it answers.

use super::failure::{Failure, Reply};
use crate::store::Once;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use beistand_protocol::desk::api::problem::ProblemCode;
use beistand_protocol::desk::api::{IDEMPOTENCY_HEADER, IF_MATCH_HEADER, MAX_JSON_BYTES};
use beistand_protocol::desk::code::IdempotencyKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A request that changes something, read whole.
pub(super) struct Asked {
    method: Method,
    path: String,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
}

impl Asked {
    /// Reads a request with a body of JSON.
    pub(super) async fn read(request: axum::extract::Request) -> Reply<Self> {
        let (parts, body) = request.into_parts();
        let body = bounded(body).await?;
        let is_json = |value: &HeaderValue| {
            let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/json")
        };
        // A page of somebody else's can't send this type without asking.
        if !body.is_empty() && !parts.headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
            return Err(Failure::malformed("the body must be application/json"));
        }
        Ok(Self { method: parts.method, path: parts.uri.path().to_owned(), headers: parts.headers, body })
    }

    /// What the body says; nothing says as much as `{}`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Reply<T> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        // The parser's words name places and types, and may name what was typed: it goes back to whoever typed it.
        serde_json::from_slice(body).map_err(|error| Failure::malformed(error.to_string()))
    }

    /// What makes the request the same when it is repeated.
    pub(super) fn once(&self) -> Reply<Once> {
        let mut hash = Sha256::new();
        for part in [self.method.as_str().as_bytes(), self.path.as_bytes(), &self.body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Ok(Once { key: idempotency_key(&self.headers)?, body: hash.finalize().into() })
    }

    /// The version that the sender saw, if they say.
    pub(super) fn version(&self) -> Reply<Option<u32>> {
        let Some(value) = self.headers.get(IF_MATCH_HEADER) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim();
        let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        number.parse().map(Some).map_err(|_| Failure::malformed("If-Match must be a version such as \"7\""))
    }

    /// The version that the sender saw; they have to say.
    pub(super) fn seen(&self) -> Reply<u32> {
        self.version()?.ok_or_else(|| Failure::new(ProblemCode::VersionRequired))
    }
}

async fn bounded(body: Body) -> Reply<Vec<u8>> {
    match axum::body::to_bytes(body, MAX_JSON_BYTES).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(_) => Err(Failure::new(ProblemCode::TooLarge)),
    }
}

/// The key of a request that changes something.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Reply<IdempotencyKey> {
    let key = headers.get(IDEMPOTENCY_HEADER).and_then(|value| value.to_str().ok());
    let key = key.ok_or_else(|| Failure::malformed("every POST needs the header Idempotency-Key"))?;
    key.parse().map_err(|error: beistand_protocol::desk::code::NoIdempotencyKey| Failure::malformed(error.to_string()))
}

/// A part of the path. What is no number or id of ours names nothing.
pub(super) fn part<T: std::str::FromStr>(text: &str) -> Reply<T> {
    text.parse().map_err(|_| Failure::new(ProblemCode::NotFound))
}

/// The query of a list.
pub(super) fn query<T: DeserializeOwned>(uri: &Uri) -> Reply<T> {
    axum::extract::Query::try_from_uri(uri)
        .map(|axum::extract::Query(query)| query)
        .map_err(|error| Failure::malformed(error.body_text()))
}

/// Checks what lists have in common.
pub(super) fn page(limit: Option<u16>, cursor: Option<&str>) -> Reply<()> {
    if !(1..=beistand_protocol::desk::api::MAX_PAGE).contains(&limit.unwrap_or(1)) {
        return Err(Failure::malformed("limit must be 1 to 100"));
    }
    if cursor.is_some_and(|cursor| cursor.len() > 200) {
        return Err(Failure::malformed("this cursor is none of ours"));
    }
    Ok(())
}

pub(super) fn json<T: Serialize>(status: StatusCode, answer: &T) -> Reply {
    let body = serde_json::to_vec(answer).map_err(Failure::internal)?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

pub(super) fn ok<T: Serialize>(answer: &T) -> Reply {
    json(StatusCode::OK, answer)
}

/// A ticket, with its version in the header.
pub(super) fn versioned<T: Serialize>(version: u32, answer: &T) -> Reply {
    let mut response = ok(answer)?;
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

pub(super) fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
