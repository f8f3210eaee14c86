//! The desk's API from beside the windows: what the other chair did, and what is really on the server.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beistand_protocol::desk::api::FILE_NAME_HEADER;
use beistand_protocol::rendezvous::api::{Bytes, ChallengeAnswer};
use beistand_protocol::rendezvous::{CHALLENGE_PATH, desk_token_message};
use beistand_session::rendezvous::{DomainTrust, HttpAnswer, HttpRequest, Method, exchange};
use serde_json::{Value, json};

use crate::call::built;
use crate::driver::eventually;
use crate::relay::Relay;

const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What an admin types; the answer is what is printed.
///
/// # Errors
/// When the relay's program refuses.
pub fn admin(relay: &Relay, words: &[&str]) -> Result<String> {
    let mut command = Command::new(built("beistand-relay")?);
    let output = command.arg("--dir").arg(relay.folder()).args(words).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The first `count` digits after `word` in what was printed.
///
/// # Errors
/// When there are fewer.
pub fn digits_after(said: &str, word: &str, count: usize) -> Result<String> {
    let rest = said.split_once(word).with_context(|| said.to_owned())?.1;
    let digits: String = rest.chars().filter(char::is_ascii_digit).take(count).collect();
    ensure!(digits.len() == count, "{said}");
    Ok(digits)
}

/// One who may ask the desk.
pub struct Api {
    trust: DomainTrust,
    bearer: Option<String>,
}

impl Api {
    /// Nobody in particular.
    ///
    /// # Errors
    /// When the company's file is not what it should be.
    pub fn anybody(relay: &Relay) -> Result<Self> {
        Ok(Self { trust: relay.trust()?, bearer: None })
    }

    /// A customer, by a link code.
    ///
    /// # Errors
    /// When the desk does not take the code.
    pub async fn customer(relay: &Relay, code: &str) -> Result<Self> {
        let nobody = Self::anybody(relay)?;
        let linked = nobody.post("/api/v1/link", &json!({ "code": code, "deviceName": "PC" })).await?;
        let token = linked.get("token").and_then(Value::as_str).context("a link has a token")?;
        Ok(Self { bearer: Some(token.to_owned()), ..nobody })
    }

    /// The technician, on a device of their own.
    ///
    /// # Errors
    /// When the relay refuses.
    pub async fn technician(relay: &Relay) -> Result<Self> {
        let key = relay.technician().await?.key;
        let nobody = Self::anybody(relay)?;
        let answer = nobody.send(Method::POST, CHALLENGE_PATH, Vec::new(), Vec::new()).await?;
        let ChallengeAnswer { nonce } = serde_json::from_slice(&answer.body)?;
        let signature = Bytes(key.sign(&desk_token_message(&nobody.trust.domain, &nonce)));
        let request = json!({ "device": key.id(), "nonce": nonce, "signature": signature });
        let answer = nobody.post("/api/v1/token", &request).await?;
        let token = answer.get("token").and_then(Value::as_str).context("an answer has a token")?;
        Ok(Self { bearer: Some(token.to_owned()), ..nobody })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        mut headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<HttpAnswer> {
        if let Some(bearer) = &self.bearer {
            headers.push(("authorization", format!("Bearer {bearer}")));
        }
        let body = body.into();
        let request = HttpRequest { method, path: path.to_owned(), headers, body, max_answer_bytes: MOST_BYTES };
        let answer = exchange(&self.trust, request, None).await.map_err(|error| error.error)?;
        let said = || format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        ensure!((200..300).contains(&answer.status), said());
        Ok(answer)
    }

    /// The bytes behind a path.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        Ok(self.send(Method::GET, path, Vec::new(), Vec::new()).await?.body.to_vec())
    }

    /// What is behind a path.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(serde_json::from_slice(&self.bytes(path).await?)?)
    }

    /// Posts something, once.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.change(None, path, body).await
    }

    /// The same for what was seen in this version.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn change(&self, version: Option<u64>, path: &str, body: &Value) -> Result<Value> {
        let mut headers = vec![("content-type", "application/json".to_owned()), ("idempotency-key", fresh_key())];
        headers.extend(version.map(|version| ("if-match", format!("\"{version}\""))));
        let answer = self.send(Method::POST, path, headers, body.to_string().into_bytes()).await?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Uploads a file; its id.
    ///
    /// # Errors
    /// When the desk does not take it.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> Result<String> {
        let headers = vec![("idempotency-key", fresh_key()), (FILE_NAME_HEADER, name.to_owned())];
        let answer = self.send(Method::POST, "/api/v1/uploads", headers, bytes.to_vec()).await?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let id = answer.pointer("/file/id").and_then(Value::as_str);
        Ok(id.context("a file has an id")?.to_owned())
    }

    /// Files an incident by a linked app; its number.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn file(&self, description: &str) -> Result<String> {
        let filed = self.post("/api/v1/my/tickets", &json!({ "draft": incident(description) })).await?;
        Ok(filed.get("number").and_then(Value::as_str).context("a ticket has a number")?.to_owned())
    }

    /// A ticket as technicians see it.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn ticket(&self, number: &str) -> Result<Value> {
        self.get(&format!("/api/v1/technician/tickets/{number}")).await
    }

    /// The technician does something to a ticket as it is now.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn act(&self, number: &str, act: &str, body: &Value) -> Result<Value> {
        let version = self.ticket(number).await?.get("version").and_then(Value::as_u64);
        self.change(version, &format!("/api/v1/technician/tickets/{number}/{act}"), body).await
    }

    /// Waits until a form with a PIN was decided on; what became of it.
    ///
    /// # Errors
    /// When nobody decides.
    pub async fn decided(&self, receipt: &str) -> Result<Value> {
        let path = format!("/api/v1/technician/intake/{}", receipt.replace(' ', ""));
        eventually("a decision on the form", Duration::from_secs(30), async || {
            let outcome = self.get(&path).await?.get("outcome").cloned().unwrap_or_default();
            Ok((outcome.get("kind").and_then(Value::as_str) != Some("pending")).then_some(outcome))
        })
        .await
    }
}

/// A form of an incident.
#[must_use]
pub fn incident(description: &str) -> Value {
    json!({
        "language": "de", "company": "Firma", "contactPerson": "Erika Muster", "email": "erika@krume.example",
        "phone": "0211 123456", "requestType": "incident", "description": description, "attachments": [],
    })
}

fn fresh_key() -> String {
    format!("{:032x}", rand::random::<u128>())
}
