//! Both ends of a session, steered by code: the guardian's calls on the customer's side, with a real worker on a real
//! display, and the technician's session on the other.
//!
//! Holds no rules and no relay: [`Parties`] says who meets whom, and through which.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // It fails a test.
#![allow(clippy::wildcard_enum_match_arm, clippy::missing_panics_doc)]

use crate::call::built;
use crate::display::Display;
use crate::relay::Relay;
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Input, Key, NamedKey};
use beistand_protocol::message::Answer;
use beistand_protocol::number::SessionNumber;
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::{Share, Shown};
use beistand_protocol::rendezvous::{BurnToken, Fingerprint};
use beistand_session::guardian::{Event, Guardian, Linux, Program, Stopped};
use beistand_session::pipe::{Command, Company, NumberText, Origin, Report};
use beistand_session::rendezvous::{DomainTrust, Farewell, TechnicianCredential, burn, fetch_company};
use beistand_session::technician::{self, Config, News, Session};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// Within this something that must happen has happened, on a busy machine too.
pub const SOON: Duration = Duration::from_secs(20);
/// Within this it has happened, however much else is told meanwhile.
const IN_ALL: Duration = Duration::from_secs(60);

/// What is told next to somebody who has waited for something since then.
async fn next<T>(told: &mut UnboundedReceiver<T>, since: Instant, who: &str) -> T {
    assert!(since.elapsed() < IN_ALL, "{who} says all the time something else");
    let next = timeout(SOON, told.recv()).await;
    next.unwrap_or_else(|_| panic!("{who} says nothing")).unwrap_or_else(|| panic!("{who} is gone"))
}

/// Who would meet whom, and through which relay.
#[derive(Debug)]
pub struct Parties {
    /// The customer's display.
    pub display: String,
    /// Its size in pixels.
    pub size: (u16, u16),
    /// The relay.
    pub trust: DomainTrust,
    /// The company's root certificate, DER.
    pub root_der: Vec<u8>,
    /// Its SHA-256.
    pub root: Fingerprint,
    /// Who the technician is.
    pub credential: Arc<TechnicianCredential>,
}

impl Parties {
    /// A customer at this display and a technician with a new device, who meet through this relay.
    pub async fn meet(relay: &Relay, display: &Display) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let trust = relay.trust().unwrap();
        let company = fetch_company(&trust).await.unwrap();
        Self {
            display: display.name().to_owned(),
            size: display.size(),
            trust,
            root_der: company.root,
            root: company.root_sha256,
            credential: Arc::new(relay.technician().await.unwrap()),
        }
    }
}

/// The number as people say it.
pub fn spoken(number: &SessionNumber) -> NumberText {
    NumberText(number.spoken().expose().clone())
}

/// The customer's guardian with its worker, and everything it heard.
pub struct CustomerEnd {
    /// The guardian.
    pub guardian: Guardian,
    /// Everything that the worker reported.
    pub heard: Vec<Report>,
    events: UnboundedReceiver<Event>,
    burn_token: Option<BurnToken>,
}

impl CustomerEnd {
    /// Starts a worker that reaches the relay.
    pub fn start(parties: &Parties, origin: Origin) -> Self {
        Self::start_with(parties, origin, Program { executable: built("worker").unwrap(), arguments: Vec::new() })
    }

    /// The same with this program for a worker.
    pub fn start_with(parties: &Parties, origin: Origin, program: Program) -> Self {
        let company = Company {
            domain: parties.trust.domain.to_string(),
            root_der: parties.root_der.clone(),
            root_is_pinned_for_tls: true,
        };
        let settings = vec![(Permission::Control, Setting::Ask)];
        let platform = Linux::on(&parties.display);
        let (tell, events) = unbounded_channel();
        let first = Command::Start { company, origin, settings };
        let guardian = Guardian::start_on(platform, program, first, move |event| drop(tell.send(event))).unwrap();
        Self { guardian, heard: Vec::new(), events, burn_token: None }
    }

    async fn event(&mut self, since: Instant) -> Event {
        next(&mut self.events, since, "the customer's end").await
    }

    /// Waits for a report; everything before it is in [`Self::heard`].
    pub async fn until(&mut self, wanted: impl Fn(&Report) -> bool) -> Report {
        let since = Instant::now();
        loop {
            match self.event(since).await {
                Event::Report(report) => {
                    if let Report::BurnToken(token) = &report {
                        self.burn_token = Some(token.clone());
                    }
                    self.heard.push(report.clone());
                    if wanted(&report) {
                        return report;
                    }
                }
                Event::Stopped(stopped) => panic!("the session ended: {stopped:?}"),
            }
        }
    }

    /// Waits for the number to read out.
    pub async fn number(&mut self) -> SessionNumber {
        let Report::Number { number, .. } = self.until(|report| matches!(report, Report::Number { .. })).await else {
            unreachable!()
        };
        SessionNumber::parse(&number.0).unwrap()
    }

    /// Waits for the question of who is there: name, company, digits.
    pub async fn who_is_there(&mut self) -> (String, String, u16) {
        let Report::WhoIsThere { technician, digits, .. } =
            self.until(|report| matches!(report, Report::WhoIsThere { .. })).await
        else {
            unreachable!()
        };
        (technician.name.to_string(), technician.company.to_string(), digits)
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> Stopped {
        let since = Instant::now();
        loop {
            match self.event(since).await {
                Event::Report(report) => self.heard.push(report),
                Event::Stopped(stopped) => return stopped,
            }
        }
    }

    /// Forgets what was heard up to now. Answers whether the session still runs.
    pub fn forget(&mut self) -> bool {
        self.heard.clear();
        std::iter::from_fn(|| self.events.try_recv().ok()).all(|event| matches!(event, Event::Report(_)))
    }

    /// NOTAUS.
    pub async fn stop(&mut self) -> Stopped {
        self.guardian.stop(CloseReason::Stopped);
        self.ended().await
    }

    /// Tells the relay over a fresh connection that it is over.
    pub async fn burn(&mut self, parties: &Parties) {
        let token = self.burn_token.take().expect("a token came with the pairing");
        burn(&parties.trust, token, Farewell::Stopped).await.unwrap();
    }
}

/// The technician's session, and everything it told.
pub struct TechnicianEnd {
    /// The session.
    pub session: Session,
    news: UnboundedReceiver<News>,
}

impl TechnicianEnd {
    /// Starts a session with the number that the customer reads out, or issues one.
    pub fn start(parties: &Parties, number: Option<SessionNumber>) -> Self {
        let config = Config {
            trust: parties.trust.clone(),
            root: parties.root,
            credential: Arc::clone(&parties.credential),
            number,
        };
        let (tell, news) = unbounded_channel();
        Self { session: technician::start(config, move |news| drop(tell.send(news))), news }
    }

    /// Waits for news; `None` when it does not come within `time`, whatever else is told meanwhile.
    pub async fn until_or(&mut self, time: Duration, wanted: impl Fn(&News) -> bool) -> Option<News> {
        timeout(time, self.until(wanted)).await.ok()
    }

    /// Waits for news.
    pub async fn until(&mut self, wanted: impl Fn(&News) -> bool) -> News {
        let since = Instant::now();
        loop {
            let news = next(&mut self.news, since, "the technician's end").await;
            let over = matches!(news, News::Ended(_));
            if wanted(&news) {
                return news;
            }
            assert!(!over, "the session ended: {news:?}");
        }
    }

    /// Waits for the number to read out.
    pub async fn number(&mut self) -> SessionNumber {
        let News::Number { spoken, .. } = self.until(|news| matches!(news, News::Number { .. })).await else {
            unreachable!()
        };
        SessionNumber::parse(spoken.expose()).unwrap()
    }

    /// Waits for the answer to a question.
    pub async fn answered(&mut self, expected: Answer) {
        self.until(|news| matches!(news, News::Answered { answer, .. } if *answer == expected)).await;
    }

    /// Forgets what was told up to now. Answers whether the session still runs.
    pub fn forget(&mut self) -> bool {
        std::iter::from_fn(|| self.news.try_recv().ok()).all(|news| !matches!(news, News::Ended(_)))
    }

    /// Presses a key and lets it go.
    pub async fn press(&self, key: NamedKey) {
        for pressed in [true, false] {
            self.session.input(Input::Key { key: Key::Named(key), pressed }).await;
        }
    }

    /// Acts without a rest until the end.
    pub async fn ended_while(&mut self, act: impl AsyncFn(&Session)) -> CloseReason {
        let Self { session, news } = self;
        let since = Instant::now();
        let ended = async {
            loop {
                if let News::Ended(reason) = next(news, since, "the technician's end").await {
                    return reason;
                }
            }
        };
        let acting = async {
            loop {
                act(session).await;
            }
        };
        tokio::select! {
            reason = ended => reason,
            () = acting => unreachable!("it never rests"),
        }
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> CloseReason {
        match self.until(|news| matches!(news, News::Ended(_))).await {
            News::Ended(reason) => reason,
            _ => unreachable!(),
        }
    }
}

/// Both ends, with the screen shown.
pub struct Call {
    /// The customer's end.
    pub customer: CustomerEnd,
    /// The technician's.
    pub technician: TechnicianEnd,
}

impl Call {
    /// A call in which the screen is shown.
    pub async fn active(parties: &Parties) -> Self {
        let mut technician = TechnicianEnd::start(parties, None);
        let number = technician.number().await;
        let customer = CustomerEnd::start(parties, Origin::Typed(spoken(&number)));
        Self::shown(customer, technician).await
    }

    /// The same with both ends started already.
    pub async fn shown(mut customer: CustomerEnd, mut technician: TechnicianEnd) -> Self {
        customer.who_is_there().await;
        customer.guardian.send(Command::Accept(Share::All));
        customer.until(|report| matches!(report, Report::Active)).await;
        technician.until(|news| matches!(news, News::Granted(_))).await;
        Self { customer, technician }
    }

    /// The customer turns *control* on.
    pub async fn grant_control(&mut self) {
        self.customer.guardian.set(Permission::Control, Setting::On);
        let granted = |news: &News| matches!(news, News::Granted(grants) if grants.live(Permission::Control).is_some());
        self.technician.until(granted).await;
    }

    /// Fetches pictures, and acknowledges them, until one has the colours of a real desktop.
    pub async fn see_the_screen(&self, parties: &Parties) {
        let pictures = self.technician.session.pictures();
        let batch = timeout(SOON, pictures.next(false)).await.expect("no picture came");
        let field = |at: usize| u32::from_le_bytes(batch[at..at + 4].try_into().unwrap());
        let (width, height) = (field(12) & 0xffff, field(12) >> 16);
        let size = parties.size;
        assert_eq!((width, height), (size.0.into(), size.1.into()));
        self.technician.session.shown(Shown { stream: field(4), sequence: field(8) }).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic(expected = "says all the time something else")]
    async fn nobody_waits_for_ever_who_is_told_something_else_without_end() {
        let (tell, mut told) = unbounded_channel();
        tell.send(1).unwrap();
        let since = Instant::now().checked_sub(IN_ALL).unwrap();
        next(&mut told, since, "an end").await;
    }
}
