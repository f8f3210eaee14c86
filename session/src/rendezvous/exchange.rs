//! One HTTPS request of the desk's API, with its headers and its own limits, on a connection of its own.
//!
//! Knows nothing of the desk: what a status means is for whoever asked. Says whether a request that failed may have
//! arrived all the same.

use super::{ConnectError, DomainTrust, socket};
use bytes::Bytes;
use core::pin::Pin;
use core::task::{Context, Poll};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, SizeHint};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How much of a body is handed over at once.
const CHUNK_BYTES: usize = 32 * 1024;
/// How long an exchange may take beside what its bytes need.
const PATIENCE: Duration = Duration::from_secs(30);
/// The slowest line that is waited for.
const SLOWEST_BYTES_PER_SECOND: usize = 16 * 1024;

/// A request.
#[derive(Debug)]
pub struct HttpRequest {
    /// How.
    pub method: Method,
    /// Where, from the slash on.
    pub path: String,
    /// With what beside the host; no name or value may come from a person unencoded.
    pub headers: Vec<(&'static str, String)>,
    /// With what in it.
    pub body: Bytes,
    /// The longest answer that is taken.
    pub max_answer_bytes: usize,
}

/// An answer, whatever it says.
#[derive(Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// What it is, such as `application/json`.
    pub media_type: String,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ExchangeError {
    /// Why.
    #[source]
    pub error: ConnectError,
    /// Whether the request may have arrived all the same.
    pub may_have_arrived: bool,
}

/// Hears how many bytes of the body have been handed over.
pub type Progress = Arc<dyn Fn(usize) + Send + Sync>;

/// Sends one request and waits for its answer.
///
/// # Errors
/// [`ExchangeError`] if none comes. A refusal by status is an answer.
pub async fn exchange(
    trust: &DomainTrust,
    request: HttpRequest,
    progress: Option<Progress>,
) -> Result<HttpAnswer, ExchangeError> {
    let before = |error| ExchangeError { error, may_have_arrived: false };
    let after = |error| ExchangeError { error, may_have_arrived: true };
    let limit = request.max_answer_bytes;
    let bytes = request.body.len().saturating_add(limit);
    let seconds = u64::try_from(bytes / SLOWEST_BYTES_PER_SECOND).unwrap_or(u64::MAX);
    let patience = PATIENCE.saturating_add(Duration::from_secs(seconds.min(3600)));
    let message = message(trust, request, progress).map_err(before)?;
    let stream = socket::open(trust, None).await.map_err(before)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| before(ConnectError::Lost))?;
    let answered = async {
        let response = sender.send_request(message).await.map_err(|_| after(ConnectError::Lost))?;
        let status = response.status();
        let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
        let body = Limited::new(response.into_body(), limit).collect().await;
        let body = body.map_err(|_| after(ConnectError::Answer("an answer is too long or broken")))?.to_bytes();
        Ok(HttpAnswer { status: status.as_u16(), media_type, body })
    };
    let driven = async {
        // The connection's own future ends with it; it is driven beside the exchange and dropped after it.
        tokio::pin!(answered);
        tokio::select! {
            answer = &mut answered => answer,
            _ = connection => answered.await,
        }
    };
    timeout(patience, driven).await.map_err(|_| after(ConnectError::timed_out()))?
}

fn message(
    trust: &DomainTrust,
    request: HttpRequest,
    progress: Option<Progress>,
) -> Result<Request<Counted>, ConnectError> {
    let mut message = Request::builder()
        .method(request.method)
        .uri(request.path)
        .header(header::HOST, trust.domain.as_str())
        .header(header::CONNECTION, "close");
    for (name, value) in request.headers {
        message = message.header(name, value);
    }
    let body = Counted { rest: request.body, sent: 0, progress };
    message.body(body).map_err(|_| ConnectError::Answer("the request can't be written"))
}

/// A body that is handed over piece by piece.
struct Counted {
    rest: Bytes,
    sent: usize,
    progress: Option<Progress>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            return Poll::Ready(None);
        }
        let chunk = this.rest.split_to(this.rest.len().min(CHUNK_BYTES));
        this.sent += chunk.len();
        if let Some(progress) = &this.progress {
            progress(this.sent);
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test]
    async fn a_body_is_counted_while_it_goes_out() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let progress: Progress = Arc::new(move |sent| noted.lock().unwrap().push(sent));
        let body = Counted { rest: Bytes::from(vec![7; CHUNK_BYTES + 5]), sent: 0, progress: Some(progress) };
        assert_eq!(body.size_hint().exact(), Some(CHUNK_BYTES as u64 + 5));
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), CHUNK_BYTES + 5);
        assert_eq!(*seen.lock().unwrap(), [CHUNK_BYTES, CHUNK_BYTES + 5]);
    }

    #[tokio::test]
    async fn nobody_there_means_that_nothing_arrived() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let trust = DomainTrust::public(format!("127.0.0.1:{port}").parse().unwrap(), None);
        let request = HttpRequest {
            method: Method::POST,
            path: "/x".to_owned(),
            headers: vec![("idempotency-key", "k".to_owned())],
            body: Bytes::from_static(b"{}"),
            max_answer_bytes: 100,
        };
        assert!(!exchange(&trust, request, None).await.unwrap_err().may_have_arrived);
    }
}
