//! The desk's API as the technician's side uses it. The token is never written down.

use crate::desk::client::{Call, Failure, fresh_key, read, send};
use beistand_protocol::desk::api::access::{AccessToken, TokenAnswer, TokenRequest};
use beistand_protocol::desk::api::desk::{DeskTicket, PhoneTicket, Presence, Present};
use beistand_protocol::desk::api::intake::IntakeLookup;
use beistand_protocol::desk::api::my::Filed;
use beistand_protocol::desk::api::people::{CustomerPage, CustomerPageOne, Technicians};
use beistand_protocol::desk::api::queue::{QueuePage, QueueQuery, Tasks};
use beistand_protocol::desk::api::session::{SessionReport, SessionReported, SessionStarted};
use beistand_protocol::desk::api::{IF_MATCH_HEADER, TECHNICIAN_PATH, TOKEN_PATH};
use beistand_protocol::desk::code::{CustomerNumber, IdempotencyKey, IntakeReceipt};
use beistand_protocol::desk::ids::{AttachmentId, TaskId, TicketSessionId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::rendezvous::api::{Bytes, ChallengeAnswer};
use beistand_protocol::rendezvous::{CHALLENGE_PATH, desk_token_message};
use beistand_session::rendezvous::{DeviceKey, DomainTrust, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest file that is fetched from the desk.
const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;

/// Shows the desk that this device is the technician's, and gets a token for a while.
pub(crate) async fn token(trust: &DomainTrust, key: &DeviceKey) -> Result<TokenAnswer, Failure> {
    let call = Call::post(CHALLENGE_PATH.to_owned(), &(), &fresh_key())?;
    let ChallengeAnswer { nonce } = read(&send(trust, call).await?)?;
    let signature = Bytes(key.sign(&desk_token_message(&trust.domain, &nonce)));
    let request = TokenRequest { device: key.id(), nonce, signature };
    read(&send(trust, Call::post(TOKEN_PATH.to_owned(), &request, &fresh_key())?).await?)
}

/// A desk and the token for it.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) trust: &'a DomainTrust,
    pub(crate) token: &'a AccessToken,
}

impl Desk<'_> {
    async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, Failure> {
        let call = Call::get(format!("{TECHNICIAN_PATH}/{path}"));
        read(&send(self.trust, call.with_bearer(Some(self.token))).await?)
    }

    fn body(&self, path: &str, body: &impl Serialize, key: &IdempotencyKey) -> Result<Call, Failure> {
        Ok(Call::post(format!("{TECHNICIAN_PATH}/{path}"), body, key)?.with_bearer(Some(self.token)))
    }

    pub(crate) async fn queue(&self, query: &QueueQuery) -> Result<QueuePage, Failure> {
        self.get(&format!("queue?{}", query_text(query))).await
    }

    pub(crate) async fn tasks(&self) -> Result<Tasks, Failure> {
        self.get("tasks").await
    }

    pub(crate) async fn task_done(&self, id: TaskId) -> Result<(), Failure> {
        let call = self.body(&format!("tasks/{id}/done"), &serde_json::json!({}), &fresh_key())?;
        send(self.trust, call).await.map(drop)
    }

    pub(crate) async fn look_up(&self, receipt: IntakeReceipt) -> Result<IntakeLookup, Failure> {
        self.get(&intake(receipt)).await
    }

    /// Decides on the version of a held form that was seen.
    pub(crate) async fn decide_held(
        &self,
        (receipt, version): (IntakeReceipt, u32),
        what: &str,
        body: &serde_json::Value,
        key: &IdempotencyKey,
    ) -> Result<IntakeLookup, Failure> {
        let mut call = self.body(&format!("{}/{what}", intake(receipt)), body, key)?;
        call.headers.push((IF_MATCH_HEADER, format!("\"{version}\"")));
        read(&send(self.trust, call).await?)
    }

    pub(crate) async fn customers(&self, words: &str) -> Result<CustomerPage, Failure> {
        self.get(&format!("customers?{}", words_text(words))).await
    }

    pub(crate) async fn customer(&self, number: &CustomerNumber) -> Result<CustomerPageOne, Failure> {
        self.get(&format!("customers/{number}")).await
    }

    pub(crate) async fn technicians(&self) -> Result<Technicians, Failure> {
        self.get("technicians").await
    }

    /// Reads a ticket, and notes that it was read.
    pub(crate) async fn ticket(&self, number: TicketNumber) -> Result<DeskTicket, Failure> {
        let ticket = self.get(&format!("tickets/{number}")).await?;
        if let Ok(call) = self.body(&format!("tickets/{number}/read"), &serde_json::json!({}), &fresh_key()) {
            // If that fails it is shown as new once more, and no harm done.
            let _ = send(self.trust, call).await;
        }
        Ok(ticket)
    }

    /// Does something to the version of a ticket that was seen.
    pub(crate) async fn act(
        &self,
        (number, version): (TicketNumber, u32),
        what: &str,
        body: &serde_json::Value,
        key: &IdempotencyKey,
    ) -> Result<DeskTicket, Failure> {
        let mut call = self.body(&format!("tickets/{number}/{what}"), body, key)?;
        call.headers.push((IF_MATCH_HEADER, format!("\"{version}\"")));
        read(&send(self.trust, call).await?)
    }

    /// Takes a link away again.
    pub(crate) async fn unlink(&self, number: TicketNumber, other: TicketNumber) -> Result<DeskTicket, Failure> {
        let mut call = Call::get(format!("{TECHNICIAN_PATH}/tickets/{number}/links/{other}"));
        call.method = Method::DELETE;
        read(&send(self.trust, call.with_bearer(Some(self.token))).await?)
    }

    pub(crate) async fn present(&self, number: TicketNumber, presence: Presence) -> Result<Present, Failure> {
        let path = format!("tickets/{number}/presence");
        let mut call = self.body(&path, &presence, &fresh_key())?;
        call.method = Method::PUT;
        read(&send(self.trust, call).await?)
    }

    pub(crate) async fn file(&self, ticket: &PhoneTicket, key: &IdempotencyKey) -> Result<Filed, Failure> {
        read(&send(self.trust, self.body("tickets", ticket, key)?).await?)
    }

    pub(crate) async fn start_session(&self, number: TicketNumber) -> Result<SessionStarted, Failure> {
        let path = format!("tickets/{number}/sessions");
        read(&send(self.trust, self.body(&path, &serde_json::json!({}), &fresh_key())?).await?)
    }

    pub(crate) async fn report_session(
        &self,
        (number, session): (TicketNumber, TicketSessionId),
        report: &SessionReport,
    ) -> Result<SessionReported, Failure> {
        let path = format!("tickets/{number}/sessions/{session}");
        let mut call = self.body(&path, report, &fresh_key())?;
        call.method = Method::PUT;
        read(&send(self.trust, call).await?)
    }

    pub(crate) async fn fetch_file(&self, number: TicketNumber, file: AttachmentId) -> Result<Vec<u8>, Failure> {
        let path = format!("{TECHNICIAN_PATH}/tickets/{number}/files/{file}");
        let mut call = Call::get(path);
        call.max_answer_bytes = MAX_FILE_BYTES;
        Ok(send(self.trust, call.with_bearer(Some(self.token))).await?.body.to_vec())
    }
}

fn intake(receipt: IntakeReceipt) -> String {
    format!("intake/{}", receipt.to_string().replace(' ', ""))
}

fn words_text(words: &str) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    if !words.trim().is_empty() {
        text.append_pair("q", words);
    }
    text.append_pair("limit", "50").finish()
}

fn query_text(query: &QueueQuery) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    let view = serde_json::to_value(query.view).ok();
    text.append_pair("view", view.as_ref().and_then(|view| view.as_str()).unwrap_or_default());
    if let Some(words) = &query.q {
        text.append_pair("q", words.as_str());
    }
    if let Some(request_type) = query.request_type {
        text.append_pair("requestType", request_type.key());
    }
    if let Some(severity) = query.severity {
        text.append_pair("severity", &severity.number().to_string());
    }
    if query.unread {
        text.append_pair("unread", "true");
    }
    if let Some(cursor) = &query.cursor {
        text.append_pair("cursor", cursor);
    }
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use beistand_protocol::desk::api::queue::QueueView;
    use beistand_protocol::desk::ticket::Severity;

    #[test]
    fn a_query_is_as_the_desk_reads_it() {
        let query = QueueQuery {
            view: QueueView::Mine,
            q: "a b&c".parse().ok(),
            severity: Some(Severity::Two),
            unread: true,
            ..QueueQuery::default()
        };
        assert_eq!(query_text(&query), "view=mine&q=a+b%26c&severity=2&unread=true");
        assert_eq!(words_text(" "), "limit=50");
    }
}
