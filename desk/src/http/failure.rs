//! Every way to say no: a problem as in RFC 9457, and what of the store becomes which.

use crate::attachments::{Refusal, TakeError};
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beistand_protocol::desk::api::PROBLEM_TYPE;
use beistand_protocol::desk::api::problem::{Problem, ProblemCode};

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Box<Problem>);

pub(super) type Reply<T = Response> = Result<T, Failure>;

impl Failure {
    pub(super) fn new(code: ProblemCode) -> Self {
        Problem::new(code).into()
    }

    /// Not a request that the API knows; says why, to whoever writes the client.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Problem { detail: Some(detail.into()), ..Problem::new(ProblemCode::Malformed) }.into()
    }

    /// The server's own fault: the log hears of it, the sender only that it is so.
    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "A request of the desk failed");
        Self::new(ProblemCode::Internal)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::new(ProblemCode::NotFound),
            StoreError::Stale { current } => Problem::conflict(current).into(),
            StoreError::Refused(refusal) => Problem::refused(refusal).into(),
            StoreError::KeyReused => Self::new(ProblemCode::KeyReused),
            StoreError::Taken(_) | StoreError::Corrupt(_) => Self::internal(error),
            StoreError::Database(ref source) => {
                tracing::error!(error = %source, "The desk's database failed");
                Self::new(ProblemCode::Internal)
            }
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Problem { detail: Some(refusal.to_string()), ..Problem::file(refusal.into()) }.into()
    }
}

impl From<TakeError> for Failure {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Refused(refusal) => refusal.into(),
            TakeError::Io(error) => Self::internal(error),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        respond(&self.0)
    }
}

fn respond(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
    if problem.code == ProblemCode::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = problem.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// No such route.
pub(super) async fn no_route() -> Failure {
    Failure::new(ProblemCode::NotFound)
}

/// The route knows other methods.
pub(super) async fn no_method() -> Response {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let detail = Some(String::from("this method is not known here"));
    respond(&Problem { detail, status: status.as_u16(), ..Problem::new(ProblemCode::Malformed) })
}
