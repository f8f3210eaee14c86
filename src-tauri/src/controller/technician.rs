//! The technician's session as the windows need it. What the technician may do is the customer's to say.

mod screens;
mod showing;

use super::company::Then;
use super::reasons::{self, Before};
use super::technician_reports::{report, word};
use super::{
    Controller, Job, Now, Page, Platform, TechnicianNews, TechnicianOrder, TechnicianOrigin, TechnicianStart, seconds,
};
use crate::request::Window;
use crate::settings::{KnownCompany, SavedTechnician};
use crate::view::{
    self, DropReason, Dropped, EndReason, ErrorCode, Grab, Line, MainScreen, Password, SpecialFate, SpecialKey,
    SpecialReport, TryAgain, TypedNumber,
};
use beistand_protocol::close::CloseReason;
use beistand_protocol::desk::ticket::SessionEnd;
use beistand_protocol::input::{Chord, Input};
use beistand_protocol::message::{Answer, Pause, Reason};
use beistand_protocol::number::SessionNumber;
use beistand_protocol::permission::{Grants, Permission};
use beistand_protocol::time::Moment;
use beistand_session::pipe::{Stage, StartFault};
use beistand_session::rendezvous::{DomainTrust, read_domain};
use std::time::Duration;

/// Where the viewer's worker fetches the picture.
const PICTURE_URL: &str = "beistand-picture://localhost/";
/// How long the customer's end takes no second question for the same permission.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// How long it is said that input was not let through.
const SHOW_DROPPED: Duration = Duration::from_secs(3);
/// How long an answer about a special key is waited for, and how long it is said what became of it.
const SPECIAL_ANSWER: Duration = Duration::from_secs(4);
const SHOW_SPECIAL: Duration = Duration::from_secs(6);

/// A session of the technician.
pub(super) struct Technician {
    serial: u32,
    typed: bool,
    fault: Option<StartFault>,
    step: Step,
}

enum Step {
    Connecting(Stage),
    Offering {
        number: String,
        until: Moment,
    },
    /// The customer looks at who is there.
    Waiting {
        digits: u16,
    },
    Active(Box<Active>),
}

struct Active {
    began: Moment,
    /// The same by the wall's clock, for the ticket.
    began_at: jiff::Timestamp,
    /// Everything that was allowed at any time.
    ever_allowed: Vec<Permission>,
    grants: Grants,
    /// The question that the customer has not answered yet.
    pending: Option<Permission>,
    asked: Vec<Asked>,
    paused: Option<Pause>,
    /// Until when the other end may come back, while the line is broken.
    line_broken: Option<Moment>,
    dropped: Option<(Dropped, Moment)>,
    /// What became of the last special key, and until when that is said or waited for.
    special: Option<(SpecialReport, Moment)>,
    grab: Grab,
    line: Line,
    size: (u32, u32),
    shown: showing::Shown,
}

/// A permission that was refused.
struct Asked {
    permission: Permission,
    at: Moment,
}

/// What the viewer says after the end.
pub(super) struct ViewerEnd {
    pub(super) reason: EndReason,
    pub(super) duration: Duration,
}

impl<P: Platform> Controller<P> {
    /// By what the relay is known before anybody is signed in: from the link, the file, or an earlier time.
    pub(super) fn sign_in_trust(&self) -> Option<DomainTrust> {
        let link = self.link.as_ref().map(|link| link.trust.clone());
        let saved = self.settings.technician.as_ref().map(|saved| saved.company.trust());
        let file = self.surroundings.company_file.as_ref().map(DomainTrust::from);
        let current = self.settings.current().map(KnownCompany::trust);
        link.or(saved).or(file).or(current)
    }

    pub(super) fn sign_in(&mut self, domain: &str, login: String, password: &Password) {
        if self.customer.is_some() || self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        let login = login.trim().to_owned();
        let Ok(domain) = read_domain(domain) else {
            self.page = Page::SignIn { busy: false, error: Some(ErrorCode::DomainInvalid), login: Some(login) };
            return;
        };
        let known = self.sign_in_trust().filter(|trust| trust.domain == domain);
        let known = known.or_else(|| self.settings.known(&domain).map(KnownCompany::trust));
        let trust = known.unwrap_or(DomainTrust::public(domain, None));
        let serial = self.next_serial();
        self.page = Page::SignIn { busy: true, error: None, login: Some(login.clone()) };
        self.platform.run(Job::SignIn { serial, trust, login, password: password.clone() });
    }

    pub(super) fn signed_in(&mut self, now: &Now, serial: u32, result: Result<SavedTechnician, ErrorCode>) {
        let Page::SignIn { busy: true, login, .. } = &self.page else { return };
        if serial != self.serial {
            return;
        }
        match result {
            Ok(saved) => {
                self.link = None;
                self.notice = saved.unkept;
                self.settings.technician = Some(saved);
                self.save();
                self.page = Page::TechnicianHome;
                self.start_technician_desk(now);
            }
            Err(error) => self.page = Page::SignIn { busy: false, error: Some(error), login: login.clone() },
        }
    }

    pub(super) fn sign_out(&mut self) {
        if self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        self.forget_technician();
        self.save();
        self.page = Page::SignIn { busy: false, error: None, login: None };
    }

    pub(super) fn forget_technician(&mut self) {
        // The next one who signs in here sees nothing of this one's.
        self.leave_case();
        self.technician_desk = super::technician_desk::TechnicianDesk::new(self.technician_desk.kept.store.clone());
        if let Some(saved) = self.settings.technician.take() {
            self.platform.forget_key(&saved);
        }
    }

    pub(super) fn new_session(&mut self, now: &Now) {
        self.retry = Some(Then::ShowNumber);
        self.start_technician(now, TechnicianOrigin::Issued);
    }

    pub(super) fn type_number(&mut self, now: &Now, number: &TypedNumber) {
        if SessionNumber::parse(number.expose()).is_err() {
            self.notice = Some(ErrorCode::NumberWrong);
            return;
        }
        self.retry = Some(Then::Join(number.clone()));
        self.start_technician(now, TechnicianOrigin::Typed(number.clone()));
    }

    fn start_technician(&mut self, _now: &Now, origin: TechnicianOrigin) {
        if self.customer.is_some() || self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        let Some(saved) = self.settings.technician.clone() else {
            self.page = Page::SignIn { busy: false, error: None, login: None };
            return;
        };
        self.notice = None;
        self.dismiss_end();
        let serial = self.next_serial();
        let typed = matches!(origin, TechnicianOrigin::Typed(_));
        let step = Step::Connecting(Stage::Connecting);
        self.technician = Some(Technician { serial, typed, fault: None, step });
        self.page = Page::Technician;
        let start = TechnicianStart { company: saved.company, login: saved.login, origin };
        self.platform.start_technician(serial, start);
    }

    pub(super) fn end_session(&mut self) {
        if self.technician.is_some() {
            self.platform.technician(TechnicianOrder::End);
        }
    }

    pub(super) fn show_viewer(&mut self) {
        if self.technician.as_ref().is_some_and(Technician::is_active) {
            self.platform.show(Window::Viewer);
        }
    }

    pub(super) fn ask(&mut self, permission: view::Permission, reason: String) {
        let permission: Permission = permission.into();
        let Some(Technician { step: Step::Active(active), .. }) = &mut self.technician else { return };
        let Ok(reason) = Reason::try_from(reason) else { return };
        self.platform.technician(TechnicianOrder::Ask(permission, reason));
        active.pending = Some(permission);
    }

    pub(super) fn special_key(&mut self, now: &Now, key: SpecialKey) {
        let Some(Technician { step: Step::Active(active), .. }) = &mut self.technician else { return };
        let Ok(chord) = Chord::new(key.keys()) else { return };
        self.platform.technician(TechnicianOrder::Input(vec![Input::Chord(chord)]));
        active.special = Some((SpecialReport { key, fate: SpecialFate::Sent }, now.moment + SPECIAL_ANSWER));
    }

    /// Takes the whole keyboard while the technician steers, or gives it back.
    pub(super) fn grab_keyboard(&mut self, on: bool) {
        let Some(technician) = &self.technician else { return };
        if !on || technician.steers() {
            self.platform.grab_keyboard(technician.serial, on);
        }
    }

    /// Whoever does not steer any more has their keyboard back.
    fn keep_no_keyboard_in_vain(&mut self) {
        let holds = |technician: &&Technician| match &technician.step {
            Step::Active(active) => active.grab == Grab::On && !technician.steers(),
            Step::Connecting(_) | Step::Offering { .. } | Step::Waiting { .. } => false,
        };
        if let Some(serial) = self.technician.as_ref().filter(holds).map(|technician| technician.serial) {
            self.platform.grab_keyboard(serial, false);
        }
    }

    pub(super) fn technician_said(&mut self, now: &Now, serial: u32, news: TechnicianNews) {
        let Some(technician) = self.technician.as_mut().filter(|technician| technician.serial == serial) else {
            return;
        };
        match news {
            TechnicianNews::Failed(error) => {
                self.technician = None;
                let never = report(now.wall.timestamp(), Duration::ZERO, SessionEnd::NeverBegan, Vec::new());
                self.session_reported(now, never, false);
                let sign_in = [
                    ErrorCode::SignInExpired,
                    ErrorCode::SignInRefused,
                    ErrorCode::RelayCertificate,
                    ErrorCode::DomainKeyChanged,
                ]
                .contains(&error);
                let again = if sign_in { TryAgain::SignIn } else { TryAgain::Same };
                self.page = Page::TechnicianFailed { error, again };
            }
            TechnicianNews::Fault(fault) => technician.fault = Some(fault),
            TechnicianNews::Stage(stage) => technician.reach(stage),
            TechnicianNews::Number { number, seconds_left } => {
                let until = now.moment + Duration::from_secs(seconds_left.into());
                technician.step = Step::Offering { number, until };
            }
            TechnicianNews::Waiting { digits } => technician.step = Step::Waiting { digits },
            TechnicianNews::Granted(grants) => self.granted(now, grants),
            TechnicianNews::Answered { permission, answer } => technician.answered(now, permission, answer),
            TechnicianNews::Paused(paused) => {
                if let Step::Active(active) = &mut technician.step {
                    active.paused = paused;
                }
            }
            TechnicianNews::LineBroke { seconds_left } => {
                if let Step::Active(active) = &mut technician.step {
                    active.line_broken = Some(now.moment + Duration::from_secs(seconds_left.into()));
                    // Nobody will answer it.
                    active.pending = None;
                    active.shown.line_broke();
                }
            }
            TechnicianNews::LineBack => {
                if let Step::Active(active) = &mut technician.step {
                    active.line_broken = None;
                }
            }
            TechnicianNews::Showing(showing) => technician.shows(showing),
            TechnicianNews::ShowAnswered(answer) => technician.show_answered(now, answer),
            TechnicianNews::Dropped(dropped) => technician.dropped(now, dropped.into()),
            TechnicianNews::Chord(fate) => technician.chord_answered(now, fate),
            TechnicianNews::Grab(grab) => {
                if let Step::Active(active) = &mut technician.step {
                    active.grab = grab;
                }
            }
            TechnicianNews::Sized { width, height } => {
                if let Step::Active(active) = &mut technician.step {
                    active.size = (width, height);
                }
            }
            TechnicianNews::Line { round_trip, kilobytes_per_second } => {
                if let Step::Active(active) = &mut technician.step {
                    let round_trip_ms = u32::try_from(round_trip.as_millis()).ok();
                    active.line = Line { round_trip_ms, kilobytes_per_second, ..active.line };
                }
            }
            TechnicianNews::Exact(exact) => {
                if let Step::Active(active) = &mut technician.step {
                    active.line.exact = exact;
                }
            }
            TechnicianNews::Ended(reason) => self.technician_ended(now, reason),
        }
    }

    fn granted(&mut self, now: &Now, grants: Grants) {
        let Some(technician) = &mut self.technician else { return };
        let allowed: Vec<_> = Permission::ALL.into_iter().filter(|one| grants.live(*one).is_some()).collect();
        if let Step::Active(active) = &mut technician.step {
            for permission in allowed {
                if !active.ever_allowed.contains(&permission) {
                    active.ever_allowed.push(permission);
                }
            }
            active.grants = grants;
            self.note_session(now);
            return;
        }
        technician.step = Step::Active(Box::new(Active {
            began: now.moment,
            began_at: now.wall.timestamp(),
            ever_allowed: allowed,
            grants,
            pending: None,
            asked: Vec::new(),
            paused: None,
            line_broken: None,
            dropped: None,
            special: None,
            grab: Grab::Off,
            line: Line { round_trip_ms: None, kilobytes_per_second: 0, exact: true },
            size: (0, 0),
            shown: showing::Shown::default(),
        }));
        self.note_session(now);
        self.viewer_end = None;
        self.platform.show(Window::Viewer);
    }

    fn technician_ended(&mut self, now: &Now, reason: CloseReason) {
        let Some(technician) = self.technician.take() else { return };
        self.platform.grab_keyboard(technician.serial, false);
        let ticket = self.technician_desk.session.as_ref().map(|(number, _)| number.to_string());
        let nothing = (now.wall.timestamp(), Duration::ZERO, Vec::new());
        let (began_at, duration, allowed) = technician.so_far(now).unwrap_or(nothing);
        let began = technician.is_active();
        let ended_by = if began { reasons::session_end(reason) } else { SessionEnd::NeverBegan };
        self.session_reported(now, report(began_at, duration, ended_by, allowed), began);
        let reportable = began && ticket.is_none();
        let Some(person) = self.person() else {
            self.page = Page::Start;
            return;
        };
        if let Step::Active(active) = technician.step {
            let duration = now.moment.since(active.began);
            let end = reasons::end_reason(reason);
            self.viewer_end = Some(ViewerEnd { reason: end, duration });
            let duration_seconds = seconds(duration);
            self.page = Page::Ended(Box::new(MainScreen::TechnicianEnded {
                technician: person,
                end,
                duration_seconds,
                ticket,
                reportable,
            }));
            return;
        }
        self.page = match reasons::before_technicians_session(reason, technician.fault, technician.typed) {
            Before::Cancelled => match ticket {
                Some(number) => return self.open_case(now, &number),
                None => Page::TechnicianHome,
            },
            Before::Ended(end) => Page::Ended(Box::new(MainScreen::TechnicianEnded {
                technician: person,
                end,
                duration_seconds: 0,
                ticket,
                reportable,
            })),
            Before::Failed(error, again) => Page::TechnicianFailed { error, again },
        };
    }

    pub(super) fn tick_technician(&mut self, now: &Now) {
        if let Some(Technician { step: Step::Active(active), .. }) = &mut self.technician {
            active.dropped.take_if(|(_, until)| *until <= now.moment);
            active.special = active.special.take().and_then(|(report, until)| match report.fate {
                _ if until > now.moment => Some((report, until)),
                SpecialFate::Sent => {
                    Some((SpecialReport { fate: SpecialFate::NoAnswer, ..report }, now.moment + SHOW_SPECIAL))
                }
                SpecialFate::Delivered | SpecialFate::Dropped { .. } | SpecialFate::NoAnswer => None,
            });
            active.asked.retain(|asked| asked.at + ASK_AGAIN > now.moment);
            active.shown.tick(now.moment);
        }
        self.keep_no_keyboard_in_vain();
    }
}

impl Technician {
    pub(super) fn is_active(&self) -> bool {
        matches!(self.step, Step::Active(_))
    }

    /// When it began, how long it takes, and what was allowed; `None` before it begins.
    pub(super) fn so_far(&self, now: &Now) -> Option<(jiff::Timestamp, Duration, Vec<String>)> {
        let Step::Active(active) = &self.step else { return None };
        let allowed = active.ever_allowed.iter().copied().map(word).collect();
        Some((active.began_at, now.moment.since(active.began), allowed))
    }

    pub(super) fn deadline(&self) -> Option<Moment> {
        match &self.step {
            Step::Active(active) => {
                let dropped = active.dropped.as_ref().map(|(_, until)| *until);
                let asked = active.asked.iter().map(|asked| asked.at + ASK_AGAIN).min();
                let special = active.special.as_ref().map(|(_, until)| *until);
                [dropped, asked, special, active.shown.due()].into_iter().flatten().min()
            }
            Step::Connecting(_) | Step::Offering { .. } | Step::Waiting { .. } => None,
        }
    }

    fn reach(&mut self, stage: Stage) {
        match (&self.step, stage) {
            (Step::Offering { .. }, Stage::Waiting | Stage::Connecting) => {}
            (Step::Connecting(_) | Step::Offering { .. }, stage) => self.step = Step::Connecting(stage),
            (Step::Waiting { .. } | Step::Active(_), _) => {}
        }
    }

    fn answered(&mut self, now: &Now, permission: Permission, answer: Answer) {
        let Step::Active(active) = &mut self.step else { return };
        active.pending.take_if(|pending| *pending == permission);
        let refused = match answer {
            Answer::Allowed | Answer::NotOffered => false,
            Answer::Refused | Answer::TimedOut | Answer::TooSoon => true,
        };
        let at = now.moment;
        if refused && !active.asked.iter().any(|asked| asked.permission == permission) {
            active.asked.push(Asked { permission, at });
        }
    }

    /// Whether what the technician does reaches the customer's computer.
    fn steers(&self) -> bool {
        match &self.step {
            Step::Active(active) => active.grants.live(Permission::Control).is_some() && active.paused.is_none(),
            Step::Connecting(_) | Step::Offering { .. } | Step::Waiting { .. } => false,
        }
    }

    fn chord_answered(&mut self, now: &Now, fate: Result<(), beistand_protocol::input::Dropped>) {
        let Step::Active(active) = &mut self.step else { return };
        let Some((report, _)) = active.special else { return };
        let fate = match fate {
            Ok(()) => SpecialFate::Delivered,
            Err(why) => SpecialFate::Dropped { reason: why.into() },
        };
        active.special = Some((SpecialReport { fate, ..report }, now.moment + SHOW_SPECIAL));
    }

    fn dropped(&mut self, now: &Now, reason: DropReason) {
        let Step::Active(active) = &mut self.step else { return };
        let count = match active.dropped.take() {
            Some((before, _)) if before.reason == reason => before.count.saturating_add(1),
            Some(_) | None => 1,
        };
        active.dropped = Some((Dropped { reason, count }, now.moment + SHOW_DROPPED));
    }
}
