//! The desk's API as the customer's side uses it. Every refusal is sorted into what the app does next.
//!
//! Nothing here keeps a secret longer than one request, and nothing is logged but a code.

use crate::view::DeskFault;
use beistand_protocol::desk::api::access::{AccessToken, DeskInfo, LinkAnswer, LinkRequest};
use beistand_protocol::desk::api::file::Upload;
use beistand_protocol::desk::api::intake::{IntakeAnswer, PinSubmission};
use beistand_protocol::desk::api::my::{
    Confirmation, Filed, Filing, Message, MyPage, MyQuery, MyTicket, Posted, Reopening, UrgencyRaise, Withdrawal,
};
use beistand_protocol::desk::api::problem::{FileRefusal, Problem, ProblemCode, Refusal};
use beistand_protocol::desk::api::{
    DESK_PATH, FILE_NAME_HEADER, IDEMPOTENCY_HEADER, IF_MATCH_HEADER, INTAKE_PATH, LINK_PATH, MAX_ANSWER_BYTES,
    MY_PATH, UPLOADS_PATH,
};
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::form::FieldError;
use beistand_protocol::desk::ids::AttachmentId;
use beistand_protocol::desk::number::TicketNumber;
use beistand_session::rendezvous::{
    ConnectError, DomainTrust, ExchangeError, HttpAnswer, HttpRequest, Method, Progress, exchange,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The largest file that is fetched from the desk.
const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What a person is told.
    pub(crate) fault: DeskFault,
    /// Whether the same may work later.
    pub(crate) later: bool,
    /// Not before then.
    pub(crate) wait: Option<Duration>,
    /// Whether the request may have arrived although no answer came.
    pub(crate) may_have_arrived: bool,
    /// The mistakes of a form that was not accepted.
    pub(crate) errors: Vec<FieldError>,
    /// Why a file was not taken.
    pub(crate) file: Option<FileRefusal>,
}

impl Failure {
    fn new(fault: DeskFault, later: bool) -> Self {
        Self { fault, later, wait: None, may_have_arrived: false, errors: Vec::new(), file: None }
    }

    /// Not now, but later.
    pub(crate) fn waiting(fault: DeskFault) -> Self {
        Self::new(fault, true)
    }

    pub(crate) fn internal() -> Self {
        Self::new(DeskFault::Internal, false)
    }

    fn of_exchange(error: &ExchangeError) -> Self {
        tracing::info!(%error, "The desk could not be used");
        let (fault, later) = match &error.error {
            ConnectError::Unreachable(_) | ConnectError::Lost => (DeskFault::Offline, true),
            ConnectError::Certificate(_) | ConnectError::Root => (DeskFault::NotProven, true),
            ConnectError::Clock(_) => (DeskFault::ClockWrong, true),
            ConnectError::Answer(_) => (DeskFault::ServerFault, true),
            ConnectError::Refused(_) | ConnectError::NotAdmitted | ConnectError::Throttled => {
                (DeskFault::Internal, false)
            }
        };
        Self { may_have_arrived: error.may_have_arrived, ..Self::new(fault, later) }
    }

    fn of_problem(problem: Problem) -> Self {
        tracing::info!(code = ?problem.code, "The desk refused");
        let fault = match problem.code {
            ProblemCode::Malformed | ProblemCode::VersionRequired | ProblemCode::TooLarge => DeskFault::Internal,
            ProblemCode::Unauthenticated | ProblemCode::Forbidden => DeskFault::LinkEnded,
            ProblemCode::NotFound => DeskFault::NotFound,
            ProblemCode::InvalidForm | ProblemCode::FileRefused => DeskFault::NotAccepted,
            ProblemCode::VersionConflict => DeskFault::Changed,
            ProblemCode::Refused => match problem.refusal {
                Some(Refusal::RaisedLately { .. }) => DeskFault::RaisedTooSoon,
                Some(
                    Refusal::WrongState { .. }
                    | Refusal::GraceOver
                    | Refusal::NotHigher
                    | Refusal::AlreadySo
                    | Refusal::SameTicket
                    | Refusal::OtherCustomer
                    | Refusal::UndoTooLate
                    | Refusal::DateInThePast
                    | Refusal::UnknownTechnician
                    | Refusal::UnknownContact
                    | Refusal::AlreadyReported
                    | Refusal::NotHeld
                    | Refusal::StillHeld
                    | Refusal::FormUnreadable,
                )
                | None => DeskFault::NotPossible,
            },
            ProblemCode::KeyReused => DeskFault::AlreadySent,
            ProblemCode::LinkRefused => DeskFault::CodeWrong,
            ProblemCode::Throttled => DeskFault::Throttled,
            ProblemCode::InProgress | ProblemCode::Internal | ProblemCode::Unavailable => DeskFault::ServerFault,
        };
        Self {
            wait: problem.retry_after_seconds.map(|seconds| Duration::from_secs(seconds.into())),
            errors: problem.errors,
            file: problem.file,
            // An answer with a code says what became of it, but for these.
            may_have_arrived: matches!(problem.code, ProblemCode::InProgress | ProblemCode::Internal),
            ..Self::new(fault, problem.code.may_be_repeated())
        }
    }

    fn of_answer(answer: &HttpAnswer) -> Self {
        match serde_json::from_slice::<Problem>(&answer.body) {
            Ok(problem) => Self::of_problem(problem),
            // Not our desk's word: something in between, or a company without a desk.
            Err(_) if answer.status == 404 || answer.status == 405 => Self::new(DeskFault::NoDesk, false),
            Err(_) => Self { may_have_arrived: true, ..Self::new(DeskFault::ServerFault, true) },
        }
    }
}

/// What the forms need to know.
pub(crate) async fn info(trust: &DomainTrust) -> Result<DeskInfo, Failure> {
    read(&send(trust, Call::get(DESK_PATH.to_owned())).await?)
}

/// Uploads one file.
pub(crate) async fn upload(
    trust: &DomainTrust,
    token: Option<&AccessToken>,
    name: &str,
    bytes: Vec<u8>,
    progress: Progress,
) -> Result<Upload, Failure> {
    let mut call = Call { method: Method::POST, body: bytes, ..Call::get(UPLOADS_PATH.to_owned()) };
    call.headers.push(("content-type", "application/octet-stream".to_owned()));
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    call.headers.push((FILE_NAME_HEADER, encoded.replace('+', "%20")));
    call.headers.push((IDEMPOTENCY_HEADER, fresh_key().to_string()));
    call.progress = Some(progress);
    read(&send(trust, call.with_bearer(token)).await?)
}

/// Files a form with customer number and PIN.
pub(crate) async fn submit(
    trust: &DomainTrust,
    key: &IdempotencyKey,
    submission: &PinSubmission,
) -> Result<IntakeAnswer, Failure> {
    read(&send(trust, Call::post(INTAKE_PATH.to_owned(), submission, key)?).await?)
}

/// Files a form from a linked app.
pub(crate) async fn file(
    trust: &DomainTrust,
    token: &AccessToken,
    key: &IdempotencyKey,
    filing: &Filing,
) -> Result<Filed, Failure> {
    read(&send(trust, Call::post(format!("{MY_PATH}/tickets"), filing, key)?.with_bearer(Some(token))).await?)
}

/// Writes a message.
pub(crate) async fn post(
    trust: &DomainTrust,
    token: &AccessToken,
    key: &IdempotencyKey,
    number: TicketNumber,
    message: &Message,
) -> Result<Posted, Failure> {
    let call = Call::post(format!("{MY_PATH}/tickets/{number}/messages"), message, key)?;
    read(&send(trust, call.with_bearer(Some(token))).await?)
}

/// Links this app.
pub(crate) async fn link(trust: &DomainTrust, request: &LinkRequest) -> Result<LinkAnswer, Failure> {
    read(&send(trust, Call::post(LINK_PATH.to_owned(), request, &fresh_key())?).await?)
}

/// Takes the link back.
pub(crate) async fn unlink(trust: &DomainTrust, token: &AccessToken) -> Result<(), Failure> {
    let call = Call { method: Method::DELETE, ..Call::get(LINK_PATH.to_owned()) };
    send(trust, call.with_bearer(Some(token))).await.map(drop)
}

/// Looks for tickets.
pub(crate) async fn tickets(trust: &DomainTrust, token: &AccessToken, query: &MyQuery) -> Result<MyPage, Failure> {
    let path = format!("{MY_PATH}/tickets?{}", query_text(query));
    read(&send(trust, Call::get(path).with_bearer(Some(token))).await?)
}

fn query_text(query: &MyQuery) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    if let Some(words) = &query.q {
        text.append_pair("q", words.as_str());
    }
    text.append_pair("filter", &word(serde_json::to_value(query.filter)));
    text.append_pair("sort", &word(serde_json::to_value(query.sort)));
    if query.only_mine {
        text.append_pair("onlyMine", "true");
    }
    if let Some(cursor) = &query.cursor {
        text.append_pair("cursor", cursor);
    }
    if let Some(limit) = query.limit {
        text.append_pair("limit", &limit.to_string());
    }
    text.finish()
}

/// Reads a ticket, and notes that it was read.
pub(crate) async fn ticket(
    trust: &DomainTrust,
    token: &AccessToken,
    number: TicketNumber,
) -> Result<MyTicket, Failure> {
    let path = format!("{MY_PATH}/tickets/{number}");
    let ticket = read(&send(trust, Call::get(path.clone()).with_bearer(Some(token))).await?)?;
    if let Ok(call) = Call::post(format!("{path}/read"), &(), &fresh_key()) {
        // If that fails it is shown as new once more, and no harm done.
        let _ = send(trust, call.with_bearer(Some(token))).await;
    }
    Ok(ticket)
}

/// What is done to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TicketAct {
    Withdraw,
    Raise(UrgencyRaise),
    Confirm,
    Reopen(Reopening),
}

/// Does something to a ticket.
pub(crate) async fn act(
    trust: &DomainTrust,
    token: &AccessToken,
    key: &IdempotencyKey,
    (number, version): (TicketNumber, u32),
    act: &TicketAct,
) -> Result<MyTicket, Failure> {
    let at = |what: &str| format!("{MY_PATH}/tickets/{number}/{what}");
    let mut call = match act {
        TicketAct::Withdraw => Call::post(at("withdraw"), &Withdrawal::default(), key)?,
        TicketAct::Raise(raise) => Call::post(at("urgency"), raise, key)?,
        TicketAct::Confirm => Call::post(at("confirm"), &Confirmation::default(), key)?,
        TicketAct::Reopen(reopening) => Call::post(at("reopen"), reopening, key)?,
    };
    call.headers.push((IF_MATCH_HEADER, format!("\"{version}\"")));
    read(&send(trust, call.with_bearer(Some(token))).await?)
}

/// Fetches a file of a ticket.
pub(crate) async fn fetch_file(
    trust: &DomainTrust,
    token: &AccessToken,
    number: TicketNumber,
    file: AttachmentId,
) -> Result<Vec<u8>, Failure> {
    let path = format!("{MY_PATH}/tickets/{number}/files/{file}");
    let call = Call { max_answer_bytes: MAX_FILE_BYTES, ..Call::get(path) };
    Ok(send(trust, call.with_bearer(Some(token))).await?.body.to_vec())
}

/// For a request that nobody repeats.
pub(crate) fn fresh_key() -> IdempotencyKey {
    IdempotencyKey::new(rand::random())
}

pub(crate) struct Call {
    pub(crate) method: Method,
    path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    progress: Option<Progress>,
    pub(crate) max_answer_bytes: usize,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        let (headers, body) = (Vec::new(), Vec::new());
        Self { method: Method::GET, path, headers, body, progress: None, max_answer_bytes: MAX_ANSWER_BYTES }
    }

    pub(crate) fn post(path: String, body: &impl Serialize, key: &IdempotencyKey) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body).map_err(|_| Failure::internal())?;
        let mut call = Self { method: Method::POST, body, ..Self::get(path) };
        call.headers.push(("content-type", "application/json".to_owned()));
        call.headers.push((IDEMPOTENCY_HEADER, key.to_string()));
        Ok(call)
    }

    pub(crate) fn with_bearer(mut self, token: Option<&AccessToken>) -> Self {
        if let Some(token) = token {
            self.headers.push(("authorization", format!("Bearer {}", token.expose())));
        }
        self
    }
}

pub(crate) async fn send(trust: &DomainTrust, call: Call) -> Result<HttpAnswer, Failure> {
    let request = HttpRequest {
        method: call.method,
        path: call.path,
        headers: call.headers,
        body: call.body.into(),
        max_answer_bytes: call.max_answer_bytes,
    };
    let answer = exchange(trust, request, call.progress).await.map_err(|error| Failure::of_exchange(&error))?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(Failure::of_answer(&answer)) }
}

pub(crate) fn read<A: DeserializeOwned>(answer: &HttpAnswer) -> Result<A, Failure> {
    // It arrived, and what came back makes no sense: the same key asks again.
    serde_json::from_slice(&answer.body)
        .map_err(|_| Failure { may_have_arrived: true, ..Failure::new(DeskFault::ServerFault, true) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use beistand_protocol::desk::api::my::{MyFilter, MySort};

    fn answer(status: u16, body: &[u8]) -> HttpAnswer {
        HttpAnswer { status, media_type: String::new(), body: body.to_vec().into() }
    }

    fn problem(problem: &Problem) -> Failure {
        Failure::of_answer(&answer(problem.status, &serde_json::to_vec(problem).unwrap()))
    }

    #[test]
    fn refusals_are_sorted() {
        let code = |code| problem(&Problem::new(code));
        assert_eq!(code(ProblemCode::KeyReused).fault, DeskFault::AlreadySent);
        assert!(!code(ProblemCode::KeyReused).later);
        assert!(code(ProblemCode::InProgress).later && code(ProblemCode::InProgress).may_have_arrived);
        assert!(!code(ProblemCode::InvalidForm).may_have_arrived);
        assert_eq!(code(ProblemCode::Unauthenticated).fault, DeskFault::LinkEnded);
        let throttled = problem(&Problem::throttled(90));
        assert_eq!((throttled.later, throttled.wait), (true, Some(Duration::from_secs(90))));
        let late = problem(&Problem::refused(Refusal::GraceOver));
        assert_eq!((late.fault, late.later), (DeskFault::NotPossible, false));
    }

    #[test]
    fn what_is_not_the_desk_is_not_believed() {
        let gateway = Failure::of_answer(&answer(502, b"<html>Bad gateway"));
        assert_eq!((gateway.fault, gateway.later, gateway.may_have_arrived), (DeskFault::ServerFault, true, true));
        assert_eq!(Failure::of_answer(&answer(404, b"not found")).fault, DeskFault::NoDesk);
        assert!(read::<MyPage>(&answer(200, b"<html>Please sign in")).unwrap_err().may_have_arrived);
    }

    #[test]
    fn a_query_is_written_as_the_desk_reads_it() {
        let query = MyQuery {
            q: Some("c++ & Tür".parse().unwrap()),
            filter: MyFilter::WaitingForMe,
            sort: MySort::Oldest,
            only_mine: true,
            limit: Some(50),
            ..MyQuery::default()
        };
        let text = query_text(&query);
        assert_eq!(text, "q=c%2B%2B+%26+T%C3%BCr&filter=waitingForMe&sort=oldest&onlyMine=true&limit=50");
    }
}
