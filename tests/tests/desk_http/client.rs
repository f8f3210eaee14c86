//! One request on a connection of its own, with everything that its answer says.

use anyhow::{Context, Result, ensure};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

static KEYS: AtomicU64 = AtomicU64::new(0);

/// A key that was never used before.
pub(crate) fn fresh_key() -> String {
    format!("{:016x}{:016x}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed))
}

/// Knows the relay and asks it.
#[derive(Clone)]
pub(crate) struct Client {
    connector: TlsConnector,
    pub(crate) domain: String,
    bearer: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value)
    }

    /// The code of the problem, if it is one.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Complains unless it went well.
    pub(crate) fn good(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, String::from_utf8_lossy(&self.body));
        self.json()
    }
}

impl Client {
    pub(crate) fn new(folder: &Path, domain: &str) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(folder.join("root.pem"))?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), domain: domain.to_owned(), bearer: None })
    }

    /// The same with a credential.
    pub(crate) fn with(&self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self.clone() }
    }

    pub(crate) fn bearer(&self) -> Option<String> {
        self.bearer.clone()
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        self.send("GET", path, &[], b"").await
    }

    /// A `POST` with a key that was never used.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.post_as(&fresh_key(), path, body).await
    }

    pub(crate) async fn post_as(&self, key: &str, path: &str, body: &Value) -> Result<Answer> {
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
        self.send("POST", path, &headers, body.to_string().as_bytes()).await
    }

    /// A change of a ticket that was seen with this version.
    pub(crate) async fn change(&self, version: u64, path: &str, body: &Value) -> Result<Answer> {
        let (key, version) = (fresh_key(), format!("\"{version}\""));
        let headers =
            [("Content-Type", "application/json"), ("Idempotency-Key", key.as_str()), ("If-Match", version.as_str())];
        self.send("POST", path, &headers, body.to_string().as_bytes()).await
    }

    /// Sends a file.
    pub(crate) async fn upload(&self, name: &str, content: &[u8]) -> Result<Answer> {
        let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.send("POST", "/api/v1/uploads", &[("Idempotency-Key", &fresh_key()), ("X-File-Name", &name)], content)
            .await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", self.domain, body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(bearer) = &self.bearer {
            head.push_str(&format!("Authorization: Bearer {bearer}\r\n"));
        }
        head.push_str("\r\n");
        timeout(Duration::from_secs(60), self.exchange(head.as_bytes(), body)).await?
    }

    async fn exchange(&self, head: &[u8], body: &[u8]) -> Result<Answer> {
        let tcp = TcpStream::connect(&self.domain).await?;
        tcp.set_nodelay(true)?;
        let mut tls = self.connector.connect(ServerName::try_from("localhost")?, tcp).await?;
        tls.write_all(head).await?;
        // A refusal may come before the body was read.
        let _ = tls.write_all(body).await;
        let _ = tls.flush().await;
        let mut all = Vec::new();
        let _ = tls.read_to_end(&mut all).await;
        let end = all.windows(4).position(|window| window == b"\r\n\r\n").context("no answer")?;
        let text = std::str::from_utf8(&all[..end])?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("a status")?.parse()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let body = all[end + 4..].to_vec();
        let answer = Answer { status, headers, body };
        let length = answer.header("content-length").parse::<usize>();
        ensure!(length.is_ok_and(|length| length == answer.body.len()) || status == 204, "the answer was cut off");
        Ok(answer)
    }
}
