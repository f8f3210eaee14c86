//! The customer's session as the guardian sees it: what the worker reports, what the customer decides.
//!
//! The worker's machine holds the rules of the session. Here is what the worker must not be trusted with: that
//! widening is the customer's own wish, that the panel is seen, and the receipt.

use super::active::Active;
use super::company::Then;
use super::reasons::{self, Before};
use super::receipts::Record;
use super::sources::Available;
use super::{Controller, Job, Now, Page, PanelProof, Platform, WorkerOrder};
use crate::request::Window;
use crate::settings::KnownCompany;
use crate::view::{EndReason, ErrorCode, MainScreen, TryAgain, TypedNumber, Who};
use beistand_protocol::close::CloseReason;
use beistand_protocol::number::SessionNumber;
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_protocol::picture::Share;
use beistand_protocol::rendezvous::BurnToken;
use beistand_protocol::time::Moment;
use beistand_session::guardian::{self, Stopped};
use beistand_session::pipe::{self, Command, NumberText, Origin, Report, Stage, StartFault};
use beistand_session::rendezvous::Farewell;
use std::time::Duration;

/// How fresh the customer's click must be to widen a permission.
pub(super) const FRESH: Duration = Duration::from_secs(1);
/// How long the panel may take to be seen for the first time.
pub(super) const FIRST_PROOF: Duration = Duration::from_secs(10);
/// How long the panel says how it ended, if nobody takes it away.
const SHOW_END: Duration = Duration::from_secs(8);

/// A session of the customer, from the start of its worker to its death.
pub(super) struct Customer {
    pub(super) serial: u32,
    pub(super) company: KnownCompany,
    typed: bool,
    burn: Option<BurnToken>,
    fault: Option<StartFault>,
    stopping: bool,
    pub(super) step: Step,
}

/// How far it is.
pub(super) enum Step {
    Connecting(Stage),
    Offering {
        number: String,
        until: Moment,
    },
    Asked(Asked),
    /// Accepted, but the panel has not been seen yet: nothing is shown before.
    Opening {
        asked: Asked,
        share: Share,
        until: Moment,
    },
    Active(Box<Active>),
}

/// Who is there.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) who: Who,
    pub(super) digits: u16,
    pub(super) available: Available,
    pub(super) until: Moment,
}

/// What the panel says after the end.
pub(super) struct PanelEnd {
    pub(super) reason: EndReason,
    pub(super) until: Moment,
}

impl Customer {
    pub(super) fn is_active(&self) -> bool {
        matches!(self.step, Step::Active(_))
    }

    pub(super) fn deadline(&self) -> Option<Moment> {
        match &self.step {
            Step::Opening { until, .. } => Some(*until),
            Step::Active(active) => active.doing.iter().map(|(_, until)| *until).min(),
            Step::Connecting(_) | Step::Offering { .. } | Step::Asked(_) => None,
        }
    }

    pub(super) fn cancel<P: Platform>(&mut self, platform: &mut P) {
        // There is nobody yet who would have to be told, unless they look at the question.
        let reason = match self.step {
            Step::Asked(_) | Step::Opening { .. } => CloseReason::Refused,
            Step::Connecting(_) | Step::Offering { .. } | Step::Active(_) => CloseReason::EndedByCustomer,
        };
        self.stopping = true;
        platform.worker(WorkerOrder::Finish(reason));
    }

    pub(super) fn dismiss_notice(&mut self) {
        if let Step::Active(active) = &mut self.step {
            active.notice = None;
        }
    }
}

impl<P: Platform> Controller<P> {
    pub(super) fn start_join(&mut self, now: &Now, number: &TypedNumber) {
        if SessionNumber::parse(number.expose()).is_err() {
            self.notice = Some(ErrorCode::NumberWrong);
            return;
        }
        self.retry = Some(Then::Join(number.clone()));
        self.start_customer(now, Origin::Typed(NumberText(number.expose().to_owned())));
    }

    pub(super) fn show_number(&mut self, now: &Now) {
        self.retry = Some(Then::ShowNumber);
        self.start_customer(now, Origin::Shown);
    }

    fn start_customer(&mut self, _now: &Now, origin: Origin) {
        if self.customer.is_some() || self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        let Some(company) = self.settings.current().cloned() else {
            self.page = Page::EnterDomain;
            return;
        };
        if self.settings.is_stopped(&company.domain) {
            self.fail(ErrorCode::DomainStopped, TryAgain::LiftStop);
            return;
        }
        self.notice = None;
        self.dismiss_end();
        let serial = self.next_serial();
        let typed = matches!(origin, Origin::Typed(_));
        let first = Command::Start {
            company: pipe::Company {
                domain: company.domain.to_string(),
                root_der: company.root.0.clone(),
                root_is_pinned_for_tls: company.root_is_pinned_for_tls,
            },
            origin,
            settings: Permission::ALL.into_iter().map(|permission| (permission, initial(permission))).collect(),
        };
        match self.platform.start_worker(serial, first) {
            Ok(()) => {
                let step = Step::Connecting(Stage::Connecting);
                let customer = Customer { serial, company, typed, burn: None, fault: None, stopping: false, step };
                self.customer = Some(customer);
                self.page = Page::Customer;
            }
            Err(error) => {
                tracing::error!(%error, "The worker can't be started");
                self.fail(ErrorCode::WorkerCrashed, TryAgain::Same);
            }
        }
    }

    pub(super) fn worker_said(&mut self, now: &Now, serial: u32, event: guardian::Event) {
        if self.customer.as_ref().is_none_or(|customer| customer.serial != serial) {
            return;
        }
        match event {
            guardian::Event::Report(report) => self.report(now, report),
            guardian::Event::Stopped(stopped) => self.customer_stopped(now, stopped),
        }
    }

    fn report(&mut self, now: &Now, report: Report) {
        let Some(customer) = &mut self.customer else { return };
        match report {
            Report::Stage(stage) => customer.reach(stage),
            Report::Number { number, seconds_left } => {
                customer.step = Step::Offering { number: number.0, until: later(now, seconds_left) };
            }
            Report::BurnToken(token) => customer.burn = Some(token),
            Report::WhoIsThere { technician, digits, monitors, windows, seconds_left } => {
                let who = Who {
                    domain: customer.company.domain.to_string(),
                    name: technician.name.to_string(),
                    company: technician.company.to_string(),
                };
                let available = Available::new(monitors, windows);
                let asked = Asked { who, digits, available, until: later(now, seconds_left) };
                // Asked once: what the customer has answered is not asked again.
                if matches!(customer.step, Step::Connecting(_) | Step::Offering { .. }) {
                    customer.step = Step::Asked(asked);
                    self.platform.show(Window::Main);
                }
            }
            Report::Active => self.begin_session(now),
            Report::Applied { grants, .. } => self.with_active(|active, _| active.apply(now, grants)),
            Report::Question { question, permission, reason, seconds_left } => {
                self.with_active(|active, _| active.ask(now, question, permission, reason.as_str(), seconds_left));
                self.platform.show(Window::Panel);
                self.platform.draw_attention(Window::Panel);
            }
            Report::WishesToSee { question, wish, reason, seconds_left } => {
                self.wishes_to_see(now, question, wish, &reason, seconds_left);
            }
            Report::Sources { monitors, windows } => customer.sources(monitors, windows),
            Report::Showing(showing) => self.stands(showing),
            Report::SourceGone => self.source_gone(),
            Report::Prolonged { question, seconds_left } => customer.prolong(question, later(now, seconds_left)),
            Report::QuestionGone { question, allowed } => {
                self.with_active(|active, _| active.question_gone(now, question, allowed));
            }
            Report::Withdrawn { permission, why } => {
                self.with_active(|active, _| {
                    if active.withdrawn.len() < Permission::ALL.len() {
                        active.withdrawn.push((permission, why));
                    }
                });
            }
            Report::AsksToGoOn { seconds_left } => {
                self.with_active(|active, _| active.asks_to_go_on = Some(later(now, seconds_left)));
                self.platform.show(Window::Panel);
                self.platform.draw_attention(Window::Panel);
            }
            Report::GoesOn => self.with_active(|active, _| active.goes_on(now)),
            Report::LineBroke { seconds_left } => self.with_active(|active, _| active.line_broke(now, seconds_left)),
            Report::LineBack => self.with_active(|active, _| active.line_back(now)),
            Report::Doing(activity) => self.with_active(|active, _| active.note_activity(now, activity)),
            Report::KeptOff { ours, others } => self.with_active(|active, _| {
                active.record.change(|receipt| {
                    (receipt.kept_off_our_windows, receipt.kept_off_other_windows) = (ours, others);
                });
            }),
            Report::Fault(fault) => customer.fault = Some(fault),
            // The guardian keeps these to itself.
            Report::Held(_) | Report::Ended(_) => {}
        }
    }

    pub(super) fn with_active(&mut self, act: impl FnOnce(&mut Active, &mut P)) {
        if let Some(Customer { step: Step::Active(active), .. }) = &mut self.customer {
            act(active, &mut self.platform);
        }
    }

    pub(super) fn proof_said(&mut self, now: &Now, serial: u32, proof: PanelProof) {
        let Some(customer) = &mut self.customer else { return };
        if customer.serial != serial {
            return;
        }
        match (&mut customer.step, proof) {
            (Step::Opening { share, .. }, PanelProof::Seen) if !customer.stopping => {
                let share = *share;
                self.platform.worker(WorkerOrder::Send(Command::Accept(share)));
            }
            (Step::Opening { .. }, PanelProof::Lost) => {
                customer.stopping = true;
                self.platform.worker(WorkerOrder::Stop(CloseReason::PanelLost));
            }
            (Step::Active(active), proof) => active.pause(now, proof != PanelProof::Seen),
            (Step::Connecting(_) | Step::Offering { .. } | Step::Asked(_) | Step::Opening { .. }, _) => {}
        }
    }

    fn begin_session(&mut self, now: &Now) {
        let Some(customer) = &mut self.customer else { return };
        let step = std::mem::replace(&mut customer.step, Step::Connecting(Stage::Confirming));
        customer.step = match step {
            Step::Opening { asked, share, .. } => {
                let shown = asked.available.in_words(share);
                let record = Record::begin(now, &self.store, &asked, shown, self.settings.assistive_input);
                let mut grants = Grants::default();
                for permission in Permission::ALL {
                    grants.set(permission, initial(permission));
                }
                grants.set(Permission::SeeScreen, Setting::On);
                // The panel is enough; the main window would only cover what is to be seen.
                self.platform.minimize(Window::Main);
                Step::Active(Box::new(Active {
                    who: asked.who,
                    began: now.moment,
                    grants,
                    share: Some(share),
                    stands_still: false,
                    available: asked.available,
                    question: None,
                    wish: None,
                    doing: Vec::new(),
                    paused: false,
                    line_broken: None,
                    asks_to_go_on: None,
                    withdrawn: Vec::new(),
                    notice: None,
                    record,
                }))
            }
            // A session that nobody accepted.
            step @ (Step::Connecting(_) | Step::Offering { .. } | Step::Asked(_)) => {
                tracing::error!("The worker began a session without consent");
                customer.stopping = true;
                self.platform.worker(WorkerOrder::Stop(CloseReason::WorkerFailed));
                step
            }
            step @ Step::Active(_) => step,
        };
    }

    pub(super) fn refuse(&mut self) {
        if let Some(Customer { step: Step::Asked(_), stopping, .. }) = &mut self.customer {
            *stopping = true;
            self.platform.worker(WorkerOrder::Send(Command::Refuse));
        }
    }

    pub(super) fn more_time(&mut self, _now: &Now) {
        self.platform.worker(WorkerOrder::Send(Command::MoreTime));
    }

    pub(super) fn extend_number(&mut self) {
        if self.customer.is_some() {
            self.platform.worker(WorkerOrder::Send(Command::ExtendNumber));
        } else {
            self.platform.technician(super::TechnicianOrder::ExtendNumber);
        }
    }

    /// Whether the customer's own hands are behind a wish to widen.
    pub(super) fn may_widen(&self) -> bool {
        self.settings.assistive_input || self.platform.hardware_within(FRESH)
    }

    pub(super) fn set_permission(&mut self, permission: crate::view::Permission, setting: crate::view::Setting) {
        let (permission, setting) = (permission.into(), setting.into());
        let may_widen = self.may_widen();
        self.with_active(|active, platform| {
            // Every step up is a widening: *ask* lets the technician ask again after *off*.
            let widens = setting > active.grants.setting(permission);
            if widens && !may_widen {
                active.notice = Some(ErrorCode::NeedsHardware);
            } else {
                active.notice = None;
                platform.worker(WorkerOrder::Set(permission, setting));
            }
        });
    }

    pub(super) fn answer(&mut self, question: u32, allow: bool) {
        let may_widen = self.may_widen();
        self.with_active(|active, platform| {
            if !allow && active.wish.as_ref().is_some_and(|wish| wish.id == question) {
                active.notice = None;
                platform.worker(WorkerOrder::Answer { question, allow });
                return;
            }
            let Some(asked) = active.question.as_mut().filter(|asked| asked.id == question) else { return };
            if allow && !may_widen {
                active.notice = Some(ErrorCode::NeedsHardware);
            } else {
                active.notice = None;
                asked.refused |= !allow;
                platform.worker(WorkerOrder::Answer { question, allow });
            }
        });
    }

    /// Whether the session goes on after its longest time. Like every widening, a yes needs the customer's own hands.
    pub(super) fn keep_going(&mut self, allow: bool) {
        let may_widen = self.may_widen();
        self.with_active(|active, platform| {
            if active.asks_to_go_on.is_none() {
                return;
            }
            if allow && !may_widen {
                active.notice = Some(ErrorCode::NeedsHardware);
            } else {
                active.notice = None;
                platform.worker(WorkerOrder::Send(Command::GoOn(allow)));
            }
        });
    }

    /// The stop thread was ordered already; here are the cases in which it did not exist yet.
    pub(super) fn emergency_stop(&mut self) {
        if let Some(customer) = &mut self.customer {
            customer.stopping = true;
            self.platform.worker(WorkerOrder::Stop(CloseReason::Stopped));
        } else if self.page == Page::Fetching {
            self.pending = None;
            self.retry = None;
            self.page = Page::Ended(Box::new(MainScreen::Ended { end: EndReason::EmergencyStop, receipt: None }));
            self.platform.show(Window::Main);
        }
    }

    pub(super) fn tick_customer(&mut self, now: &Now) {
        if self.panel_end.as_ref().is_some_and(|end| end.until <= now.moment) {
            self.panel_end = None;
            self.platform.hide(Window::Panel);
        }
        match &mut self.customer {
            Some(Customer { step: Step::Opening { until, .. }, stopping, .. })
                if *until <= now.moment && !*stopping =>
            {
                *stopping = true;
                self.platform.worker(WorkerOrder::Stop(CloseReason::PanelLost));
            }
            Some(Customer { step: Step::Active(active), .. }) => active.doing.retain(|(_, until)| *until > now.moment),
            Some(_) | None => {}
        }
    }

    /// Nothing of the worker is left: only now is anyone told.
    fn customer_stopped(&mut self, now: &Now, stopped: Stopped) {
        let Some(customer) = self.customer.take() else { return };
        tracing::info!(reason = ?stopped.reason, reaped = ?stopped.reaped_after, released = stopped.released, left = stopped.still_held, "Session ended");
        self.platform.prove_panel(None);
        // Of a worker that died by itself the relay tells that it is gone, and not that the customer ended it.
        let died = stopped.reason == CloseReason::WorkerFailed && !customer.stopping;
        if let Some(token) = customer.burn.filter(|_| !died) {
            let farewell = if stopped.reason == CloseReason::Stopped { Farewell::Stopped } else { Farewell::Ended };
            self.platform.run(Job::Burn { trust: customer.company.trust(), token, farewell });
        }
        if let Step::Active(active) = customer.step {
            let reason = reasons::end_reason(stopped.reason);
            let facts = self.platform.look_after();
            let receipt = active.record.end(now, stopped, facts);
            self.panel_end = Some(PanelEnd { reason, until: now.moment + SHOW_END });
            self.page = Page::Ended(Box::new(MainScreen::Ended { end: reason, receipt: Some(receipt) }));
            self.platform.show(Window::Main);
            return;
        }
        self.platform.hide(Window::Panel);
        if stopped.reason == CloseReason::ConfirmationFailed {
            let seconds = now.wall.timestamp().as_second();
            let too_many = self.settings.note_failed_confirmation(&customer.company.domain, seconds);
            self.save();
            if too_many {
                self.fail(ErrorCode::DomainStopped, TryAgain::LiftStop);
                return;
            }
        }
        match reasons::before_session(stopped.reason, customer.fault, customer.typed) {
            Before::Cancelled => self.page = Page::Choose,
            Before::Ended(end) => {
                if stopped.reason == CloseReason::Stopped {
                    // Not to be gone on with by mistake.
                    self.retry = None;
                    self.platform.show(Window::Main);
                }
                self.page = Page::Ended(Box::new(MainScreen::Ended { end, receipt: None }));
            }
            Before::Failed(error, again) => self.fail(error, again),
        }
    }
}

impl Customer {
    fn prolong(&mut self, question: Option<u32>, to: Moment) {
        match (&mut self.step, question) {
            (Step::Asked(asked), None) => asked.until = to,
            (Step::Active(active), None) => active.asks_to_go_on = active.asks_to_go_on.map(|_| to),
            (Step::Active(active), Some(id)) => {
                if let Some(question) = active.question.as_mut().filter(|question| question.id == id) {
                    question.until = to;
                }
                if let Some(wish) = active.wish.as_mut().filter(|wish| wish.id == id) {
                    wish.until = to;
                }
            }
            (Step::Connecting(_) | Step::Offering { .. } | Step::Asked(_) | Step::Opening { .. }, _) => {}
        }
    }

    fn reach(&mut self, stage: Stage) {
        match (&self.step, stage) {
            // The number stays to be read out while the relay waits for the other end.
            (Step::Offering { .. }, Stage::Waiting | Stage::Connecting) => {}
            (Step::Connecting(_) | Step::Offering { .. }, stage) => self.step = Step::Connecting(stage),
            (Step::Asked(_) | Step::Opening { .. } | Step::Active(_), _) => {}
        }
    }
}

/// How a permission is set before anybody asks. None is on.
fn initial(permission: Permission) -> Setting {
    if permission.is_offered() { Setting::Ask } else { Setting::Off }
}

pub(super) fn later(now: &Now, seconds: u32) -> Moment {
    now.moment + Duration::from_secs(seconds.into())
}
