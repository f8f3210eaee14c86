//! One small HTTPS request on a connection of its own.

use super::{ConnectError, DomainTrust, socket};
use beistand_protocol::rendezvous::MAX_BODY_BYTES;
use beistand_protocol::rendezvous::api::{ApiReason, ApiRefusal};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;

/// Reads the JSON document at `path`.
pub(super) async fn get<A: DeserializeOwned>(trust: &DomainTrust, path: &str) -> Result<A, ConnectError> {
    read(&send(trust, Method::GET, path, Bytes::new()).await?)
}

/// Sends a JSON request to `path` and reads the JSON answer.
pub(super) async fn post<A: DeserializeOwned>(
    trust: &DomainTrust,
    path: &str,
    request: &impl Serialize,
) -> Result<A, ConnectError> {
    read(&post_for_bytes(trust, path, request).await?)
}

/// Sends a JSON request to `path` whose answer says nothing.
pub(super) async fn post_for_nothing(
    trust: &DomainTrust,
    path: &str,
    request: &impl Serialize,
) -> Result<(), ConnectError> {
    post_for_bytes(trust, path, request).await.map(drop)
}

async fn post_for_bytes(trust: &DomainTrust, path: &str, request: &impl Serialize) -> Result<Bytes, ConnectError> {
    let body = serde_json::to_vec(request).map_err(|_| ConnectError::Answer("the request can't be written"))?;
    send(trust, Method::POST, path, body.into()).await
}

fn read<A: DeserializeOwned>(body: &Bytes) -> Result<A, ConnectError> {
    serde_json::from_slice(body).map_err(|_| ConnectError::Answer("an answer is not the expected document"))
}

async fn send(trust: &DomainTrust, method: Method, path: &str, body: Bytes) -> Result<Bytes, ConnectError> {
    let stream = socket::open(trust, None).await?;
    timeout(socket::STEP_DEADLINE, exchange(trust, stream, method, path, body))
        .await
        .map_err(|_| ConnectError::timed_out())?
}

async fn exchange(
    trust: &DomainTrust,
    stream: super::tls::TlsStream,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<Bytes, ConnectError> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| ConnectError::Lost)?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, trust.domain.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .body(Full::new(body))
        .map_err(|_| ConnectError::Answer("the request can't be written"))?;
    let answered = async {
        let response = sender.send_request(request).await.map_err(|_| ConnectError::Lost)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_BODY_BYTES).collect().await;
        let body = body.map_err(|_| ConnectError::Answer("an answer is too long or broken"))?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(refusal(status, &body)) }
    };
    // The connection's own future ends with it; it is driven beside the exchange and dropped after it.
    tokio::pin!(answered);
    tokio::select! {
        answer = &mut answered => answer,
        _ = connection => answered.await,
    }
}

fn refusal(status: StatusCode, body: &Bytes) -> ConnectError {
    match serde_json::from_slice::<ApiRefusal>(body) {
        Ok(ApiRefusal { reason: ApiReason::NotAdmitted }) => ConnectError::NotAdmitted,
        Ok(ApiRefusal { reason: ApiReason::Throttled }) => ConnectError::Throttled,
        Ok(ApiRefusal { reason: ApiReason::Malformed }) => ConnectError::Answer("the relay did not understand"),
        Ok(ApiRefusal { reason: ApiReason::Internal }) => ConnectError::Answer("the relay has an internal fault"),
        Err(_) if status.is_redirection() => ConnectError::Answer("the domain sends us elsewhere"),
        Err(_) => ConnectError::Answer("no relay is at this address"),
    }
}
