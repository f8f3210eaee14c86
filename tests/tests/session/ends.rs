//! Both ends of a session, steered by code.

use crate::SOON;
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Button, Input, Key, NamedKey};
use beistand_protocol::message::Answer;
use beistand_protocol::number::SessionNumber;
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::{Share, Shown};
use beistand_protocol::rendezvous::BurnToken;
use beistand_protocol::rendezvous::api::{CompanyFile, Password};
use beistand_session::guardian::{Event, Guardian, Linux, Program, Stopped};
use beistand_session::pipe::{Command, Company, NumberText, Origin, Report};
use beistand_session::rendezvous::{
    Company as KnownCompany, DeviceKey, DomainTrust, TechnicianCredential, burn, fetch_certificate, fetch_company,
    sign_in,
};
use beistand_session::technician::{self, Config, News, Session};
use beistand_tests::display::Display;
use beistand_tests::hands::Hands;
use beistand_tests::process::{Found, Guard, with_environment};
use beistand_tests::relay::{LOGIN, PASSWORD, Relay};
use beistand_tests::wait::wait_until;
use std::process::Stdio;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::ConnectionExt;

/// A relay, and a customer's desktop with a terminal on it.
pub(crate) struct Place {
    // In the order in which they must go.
    _terminal: Guard,
    desktop: Display,
    hands: Hands,
    _outer: Display,
    home: tempfile::TempDir,
    trust: DomainTrust,
    company: KnownCompany,
    pub(crate) relay: Relay,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let relay = Relay::start().unwrap();
        let home = tempfile::tempdir().unwrap();
        let outer = Display::xvfb(1024, 768).unwrap();
        let mut desktop = Display::xephyr(outer.name(), 1024, 768).unwrap();
        desktop.start_window_manager(home.path()).unwrap();
        let on_desktop = |program: &str| {
            let mut command = std::process::Command::new(program);
            command.env("DISPLAY", desktop.name()).env("HOME", home.path()).env("LC_ALL", "C.UTF-8");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        assert!(on_desktop("setxkbmap").arg("de").status().unwrap().success());
        let mut xterm = on_desktop("xterm");
        xterm.args(["-T", "terminal", "-geometry", "80x24+0+0", "-e", "sh", "-c", "stty -echo; cat > $HOME/received"]);
        let terminal = Guard::start(&mut xterm).unwrap();
        wait_until("the terminal", SOON, || Ok(!desktop.windows("terminal")?.is_empty())).unwrap();
        let hands = Hands::new(outer.name(), (0, 0)).unwrap();
        let file = std::fs::read_to_string(relay.company_file()).unwrap();
        let trust = DomainTrust::from(&toml::from_str::<CompanyFile>(&file).unwrap());
        let company = fetch_company(&trust).await.unwrap();
        Self { _terminal: terminal, desktop, hands, _outer: outer, home, trust, company, relay }
    }

    pub(crate) async fn click_into_terminal(&self, session: &Session) {
        session.input(Input::PointerTo { x: 200, y: 200 }).await;
        for pressed in [true, false] {
            session.input(Input::Button { button: Button::Left, pressed }).await;
        }
    }

    pub(crate) async fn terminal_received(&self, expected: &str) {
        let outcome = wait_until("the terminal's text", SOON, || Ok(self.received() == expected));
        assert!(outcome.is_ok(), "the shell received {:?} and not {expected:?}", self.received());
    }

    pub(crate) fn received(&self) -> String {
        std::fs::read_to_string(self.home.path().join("received")).unwrap_or_default()
    }

    pub(crate) fn customer_types(&self, text: &str) {
        self.hands.type_text(text).unwrap();
    }

    fn down(&self) -> usize {
        let connection = self.desktop.connect().unwrap();
        let keys = connection.query_keymap().unwrap().reply().unwrap().keys;
        let root = connection.setup().roots.first().unwrap().root;
        let mask = u16::from(connection.query_pointer(root).unwrap().reply().unwrap().mask);
        let buttons = (mask >> 8) & 0x1f;
        keys.iter().map(|byte| byte.count_ones() as usize).sum::<usize>() + buttons.count_ones() as usize
    }

    pub(crate) async fn are_down(&self, count: usize) {
        wait_until("the keys and buttons", SOON, || Ok(self.down() == count)).unwrap();
    }

    /// The workers that show this desktop.
    pub(crate) fn workers(&self) -> Vec<u32> {
        let on_desktop = with_environment(&format!("DISPLAY={}", self.desktop.name()));
        let worker = |process: &Found| process.command.contains(env!("CARGO_BIN_EXE_worker"));
        on_desktop.into_iter().filter(worker).map(|process| process.id).collect()
    }

    /// A terminal that never rests.
    pub(crate) fn busy_screen(&self) -> Guard {
        let script = "while :; do head -c 300 /dev/urandom | base64; done";
        let mut xterm = std::process::Command::new("xterm");
        xterm.args(["-geometry", "120x40+0-0", "-e", "sh", "-c", script]).env("DISPLAY", self.desktop.name());
        Guard::start(&mut xterm).unwrap()
    }

    pub(crate) fn nothing_is_down(&self) {
        assert_eq!(self.down(), 0, "keys or buttons are still down");
    }
}

/// The number as people say it.
pub(crate) fn spoken(number: &SessionNumber) -> NumberText {
    NumberText(number.spoken().expose().clone())
}

/// The customer's guardian with its worker, and everything it heard.
pub(crate) struct CustomerEnd {
    pub(crate) guardian: Guardian,
    pub(crate) heard: Vec<Report>,
    events: UnboundedReceiver<Event>,
    burn_token: Option<BurnToken>,
}

impl CustomerEnd {
    pub(crate) fn start(place: &Place, origin: Origin) -> Self {
        let company = Company {
            domain: place.trust.domain.to_string(),
            root_der: place.company.root.clone(),
            root_is_pinned_for_tls: true,
        };
        let settings = vec![(Permission::Control, Setting::Ask)];
        let program = Program { executable: env!("CARGO_BIN_EXE_worker").into(), arguments: Vec::new() };
        let platform = Linux::on(place.desktop.name());
        let (tell, events) = unbounded_channel();
        let first = Command::Start { company, origin, settings };
        let guardian = Guardian::start_on(platform, program, first, move |event| drop(tell.send(event))).unwrap();
        Self { guardian, heard: Vec::new(), events, burn_token: None }
    }

    async fn event(&mut self) -> Event {
        timeout(SOON, self.events.recv()).await.expect("the customer's end says nothing").expect("it is gone")
    }

    pub(crate) async fn until(&mut self, wanted: impl Fn(&Report) -> bool) -> Report {
        loop {
            match self.event().await {
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

    pub(crate) async fn number(&mut self) -> SessionNumber {
        let Report::Number { number, .. } = self.until(|report| matches!(report, Report::Number { .. })).await else {
            unreachable!()
        };
        SessionNumber::parse(&number.0).unwrap()
    }

    pub(crate) async fn who_is_there(&mut self) -> (String, String, u16) {
        let Report::WhoIsThere { technician, digits, .. } =
            self.until(|report| matches!(report, Report::WhoIsThere { .. })).await
        else {
            unreachable!()
        };
        (technician.name.to_string(), technician.company.to_string(), digits)
    }

    pub(crate) async fn ended(&mut self) -> Stopped {
        loop {
            match self.event().await {
                Event::Report(report) => self.heard.push(report),
                Event::Stopped(stopped) => return stopped,
            }
        }
    }

    /// NOTAUS.
    pub(crate) async fn stop(&mut self) -> Stopped {
        self.guardian.stop(CloseReason::Stopped);
        self.ended().await
    }

    pub(crate) async fn burn(&mut self, place: &Place) {
        burn(&place.trust, self.burn_token.take().expect("a token came with the pairing")).await.unwrap();
    }
}

/// The technician's session, and everything it told.
pub(crate) struct TechnicianEnd {
    pub(crate) session: Session,
    news: UnboundedReceiver<News>,
}

impl TechnicianEnd {
    pub(crate) async fn start(place: &Place, number: Option<SessionNumber>) -> Self {
        let key = DeviceKey::generate().unwrap();
        sign_in(&place.trust, LOGIN, Password::new(PASSWORD.to_owned()), &key).await.unwrap();
        let certificate = fetch_certificate(&place.trust, &key).await.unwrap();
        let config = Config {
            trust: place.trust.clone(),
            root: place.company.root_sha256,
            credential: Arc::new(TechnicianCredential { key, certificate }),
            number,
        };
        let (tell, news) = unbounded_channel();
        Self { session: technician::start(config, move |news| drop(tell.send(news))), news }
    }

    pub(crate) async fn until(&mut self, wanted: impl Fn(&News) -> bool) -> News {
        loop {
            let news = timeout(SOON, self.news.recv()).await.expect("the technician's end says nothing").expect("gone");
            let over = matches!(news, News::Ended(_));
            if wanted(&news) {
                return news;
            }
            assert!(!over, "the session ended: {news:?}");
        }
    }

    pub(crate) async fn number(&mut self) -> SessionNumber {
        let News::Number { spoken, .. } = self.until(|news| matches!(news, News::Number { .. })).await else {
            unreachable!()
        };
        SessionNumber::parse(spoken.expose()).unwrap()
    }

    pub(crate) async fn answered(&mut self, expected: Answer) {
        self.until(|news| matches!(news, News::Answered { answer, .. } if *answer == expected)).await;
    }

    pub(crate) async fn press(&self, key: NamedKey) {
        for pressed in [true, false] {
            self.session.input(Input::Key { key: Key::Named(key), pressed }).await;
        }
    }

    pub(crate) async fn ended(&mut self) -> CloseReason {
        match self.until(|news| matches!(news, News::Ended(_))).await {
            News::Ended(reason) => reason,
            _ => unreachable!(),
        }
    }
}

/// Both ends, with the screen shown.
pub(crate) struct Call {
    pub(crate) customer: CustomerEnd,
    pub(crate) technician: TechnicianEnd,
}

impl Call {
    pub(crate) async fn active(place: &Place) -> Self {
        let mut technician = TechnicianEnd::start(place, None).await;
        let number = technician.number().await;
        let mut customer = CustomerEnd::start(place, Origin::Typed(spoken(&number)));
        customer.who_is_there().await;
        customer.guardian.send(Command::Accept(Share::All));
        customer.until(|report| matches!(report, Report::Active)).await;
        technician.until(|news| matches!(news, News::Granted(_))).await;
        Self { customer, technician }
    }

    pub(crate) async fn grant_control(&mut self) {
        self.customer.guardian.set(Permission::Control, Setting::On);
        let granted = |news: &News| matches!(news, News::Granted(grants) if grants.live(Permission::Control).is_some());
        self.technician.until(granted).await;
    }

    /// Fetches pictures, and acknowledges them, until one has the colours of a real desktop.
    pub(crate) async fn see_the_screen(&self, place: &Place) {
        let pictures = self.technician.session.pictures();
        let batch = timeout(SOON, pictures.next(false)).await.expect("no picture came");
        let field = |at: usize| u32::from_le_bytes(batch[at..at + 4].try_into().unwrap());
        let (width, height) = (field(12) & 0xffff, field(12) >> 16);
        let size = place.desktop.size();
        assert_eq!((width, height), (size.0.into(), size.1.into()));
        self.technician.session.shown(Shown { stream: field(4), sequence: field(8) }).await;
    }
}
