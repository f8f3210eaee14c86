//! Builds the models of the windows from the state. Decides nothing.

use super::active::Active;
use super::customer::{Asked, Customer, Step};
use super::pages::Page;
use super::{Controller, Platform, receipts, remaining, seconds};
use crate::view::{
    self, Activity, ConnectStep, DomainSource, ErrorCode, MainScreen, OfferedNumber, PanelPermission, PanelScreen,
    PauseReason, Setting, SignIn, SpokenNumber, Stored, StoredKind, WhoIsIt,
};
use beistand_protocol::permission::{Grants, Permission};
use beistand_protocol::time::Moment;
use beistand_session::pipe::{self, Stage};

impl<P: Platform> Controller<P> {
    pub(super) fn screen(&self, now: Moment) -> MainScreen {
        match &self.page {
            Page::Start => MainScreen::Start { receipts: self.store.receipts_count() },
            Page::Scam => MainScreen::Scam,
            Page::EnterDomain => MainScreen::EnterDomain,
            Page::ConfirmDomain => self.confirm_domain_screen(),
            Page::Fetching => MainScreen::Connecting { step: ConnectStep::Reaching },
            Page::Choose => MainScreen::Choose,
            Page::EnterNumber => MainScreen::EnterNumber,
            Page::Customer => self.customer.as_ref().map_or(MainScreen::Choose, |customer| customer.screen(now)),
            Page::Ended(screen) => (**screen).clone(),
            Page::Failed { error, again } => MainScreen::Failed { error: *error, again: *again },
            Page::Receipts => MainScreen::Receipts { receipts: self.receipt_lines() },
            Page::Receipt(id) => match self.receipt_shown(id) {
                Some(receipt) => MainScreen::Receipt { receipt },
                None => MainScreen::Receipts { receipts: self.receipt_lines() },
            },
            Page::Settings => MainScreen::Settings(self.settings_screen()),
            Page::Desk(page) => MainScreen::Desk { desk: self.desk_screen(page, now) },
            Page::SignIn { busy, error, login } => self.sign_in_screen(*busy, *error, login.clone()),
            Page::TechnicianHome => self.technicians(|technician| MainScreen::TechnicianHome { technician }),
            Page::TypeNumber => self.technicians(|technician| MainScreen::TypeNumber { technician }),
            Page::TechnicianDesk(page) => self.technicians(|technician| self.technician_desk_screen(*page, technician)),
            Page::Technician => self.technicians(|person| match &self.technician {
                Some(technician) => technician.screen(person, now),
                None => MainScreen::TechnicianHome { technician: person },
            }),
            Page::TechnicianFailed { error, again } => {
                self.technicians(|technician| MainScreen::TechnicianFailed { technician, error: *error, again: *again })
            }
        }
    }

    fn confirm_domain_screen(&self) -> MainScreen {
        match &self.pending {
            Some(pending) => {
                MainScreen::ConfirmDomain { domain: pending.trust.domain.to_string(), source: pending.source }
            }
            None => MainScreen::ConfirmDomain { domain: String::new(), source: DomainSource::Typed },
        }
    }

    fn sign_in_screen(&self, busy: bool, error: Option<ErrorCode>, login: Option<String>) -> MainScreen {
        let saved = self.settings.technician.as_ref();
        let domain = self.sign_in_trust().map(|trust| trust.domain.to_string());
        MainScreen::SignIn(SignIn {
            domain,
            login: login.or_else(|| saved.map(|saved| saved.login.clone())),
            busy,
            error,
        })
    }

    fn technicians(&self, screen: impl FnOnce(view::Technician) -> MainScreen) -> MainScreen {
        match self.person() {
            Some(technician) => screen(technician),
            None => self.sign_in_screen(false, None, None),
        }
    }

    /// Who is signed in.
    pub(super) fn person(&self) -> Option<view::Technician> {
        self.settings.technician.as_ref().map(|saved| view::Technician {
            domain: saved.company.domain.to_string(),
            name: saved.name.to_string(),
            company: saved.company.name.to_string(),
        })
    }

    fn settings_screen(&self) -> view::Settings {
        let folder = self.store.folder().display().to_string();
        let stored = |kind, count: usize, place: &str| Stored {
            kind,
            count: u32::try_from(count).unwrap_or(u32::MAX),
            place: place.to_owned(),
        };
        let (drafts, sent, linked) = self.desk.stored();
        let desk = self.desk.folder().display().to_string();
        let work = &self.technician_desk.kept;
        let receipts = self.store.receipts_folder().display().to_string();
        let receipts_count = usize::try_from(self.store.receipts_count()).unwrap_or(usize::MAX);
        view::Settings {
            domain_fixed: self.surroundings.company_file.is_some(),
            hotkey: self.settings.hotkey.clone(),
            hotkey_works: !self.hotkey_refused,
            assistive_input: self.settings.assistive_input,
            stored: vec![
                stored(StoredKind::Settings, 1, &folder),
                stored(StoredKind::KnownDomains, self.settings.known.len(), &folder),
                stored(StoredKind::Receipts, receipts_count, &receipts),
                stored(StoredKind::Drafts, drafts, &desk),
                stored(StoredKind::SentTickets, sent, &desk),
                stored(StoredKind::LinkedAccount, linked, "keyring"),
                stored(StoredKind::TechnicianWork, work.items.len(), &work.store.folder().display().to_string()),
                stored(StoredKind::SignIn, usize::from(self.settings.technician.is_some()), "keyring"),
            ],
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl Customer {
    fn screen(&self, now: Moment) -> MainScreen {
        match &self.step {
            Step::Connecting(stage) => MainScreen::Connecting { step: connect_step(*stage) },
            Step::Offering { number, until } => MainScreen::ShowNumber(offered(number, *until, now)),
            Step::Asked(asked) => MainScreen::WhoIsIt(asked.shown(now)),
            Step::Opening { .. } => MainScreen::Connecting { step: ConnectStep::Checking },
            Step::Active(active) => MainScreen::InSession {
                who: active.who.clone(),
                elapsed_seconds: seconds(now.since(active.began)),
                paused: active.pause_reason(),
            },
        }
    }

    pub(super) fn panel(&self, now: Moment, hotkey: Option<&str>, panel: Option<&str>) -> Option<PanelScreen> {
        let (hotkey, panel_hotkey) = (hotkey.map(str::to_owned), panel.map(str::to_owned));
        match &self.step {
            Step::Active(active) => Some(active.panel(now, hotkey, panel_hotkey)),
            // The panel is there before anything is shown.
            Step::Opening { asked, share, .. } => Some(PanelScreen::Running {
                who: asked.who.clone(),
                elapsed_seconds: 0,
                permissions: panel_permissions(&Grants::default(), &[]),
                shown: Some(asked.available.shown(*share)),
                stands_still: false,
                sources: asked.available.list(),
                wish: None,
                activity: Vec::new(),
                question: None,
                paused: None,
                comes_back_seconds: None,
                asks_to_go_on_seconds: None,
                notice: None,
                hotkey,
                panel_hotkey,
            }),
            Step::Connecting(_) | Step::Offering { .. } | Step::Asked(_) => None,
        }
    }
}

impl Asked {
    fn shown(&self, now: Moment) -> WhoIsIt {
        WhoIsIt {
            who: self.who.clone(),
            digits: Some(receipts::digits(self.digits)),
            sources: self.available.list(),
            remaining_seconds: remaining(self.until, now),
        }
    }
}

impl Active {
    fn pause_reason(&self) -> Option<PauseReason> {
        let covered = self.paused.then_some(PauseReason::PanelNotSeen);
        self.line_broken.map(|_| PauseReason::Network).or(covered)
    }

    fn panel(&self, now: Moment, hotkey: Option<String>, panel_hotkey: Option<String>) -> PanelScreen {
        let mut activity: Vec<Activity> = self.doing.iter().map(|(doing, _)| activity_of(*doing)).collect();
        activity.sort_unstable_by_key(|activity| *activity as u8);
        let mut used = Vec::new();
        if !activity.is_empty() {
            used.push(Permission::Control);
        }
        if self.grants.live(Permission::SeeScreen).is_some() && self.pause_reason().is_none() {
            used.push(Permission::SeeScreen);
        }
        PanelScreen::Running {
            who: self.who.clone(),
            elapsed_seconds: seconds(now.since(self.began)),
            permissions: panel_permissions(&self.grants, &used),
            shown: self.share.map(|share| self.available.shown(share)),
            stands_still: self.stands_still,
            sources: self.available.list(),
            wish: self.wish.as_ref().map(|wish| view::Wish {
                id: wish.id,
                source: self.available.wished(wish.wish).and_then(|share| self.available.source_of(share)),
                reason: wish.reason.clone(),
                remaining_seconds: remaining(wish.until, now),
            }),
            activity,
            question: self.question.as_ref().map(|question| view::Question {
                id: question.id,
                permission: question.permission.into(),
                reason: question.reason.clone(),
                remaining_seconds: remaining(question.until, now),
            }),
            paused: self.pause_reason(),
            comes_back_seconds: self.line_broken.map(|until| remaining(until, now)),
            asks_to_go_on_seconds: self.asks_to_go_on.map(|until| remaining(until, now)),
            notice: self.notice,
            hotkey,
            panel_hotkey,
        }
    }
}

fn panel_permissions(grants: &Grants, used: &[Permission]) -> Vec<PanelPermission> {
    let row = |permission: Permission| PanelPermission {
        permission: permission.into(),
        offered: permission.is_offered(),
        setting: if permission.is_offered() { grants.setting(permission).into() } else { Setting::Off },
        in_use: used.contains(&permission),
    };
    Permission::ALL.into_iter().map(row).collect()
}

const fn activity_of(activity: pipe::Activity) -> Activity {
    match activity {
        pipe::Activity::Mouse => Activity::Mouse,
        pipe::Activity::Keyboard => Activity::Keyboard,
    }
}

pub(super) const fn connect_step(stage: Stage) -> ConnectStep {
    match stage {
        Stage::Connecting => ConnectStep::Reaching,
        Stage::Waiting => ConnectStep::Waiting,
        Stage::Confirming => ConnectStep::Checking,
    }
}

pub(super) fn offered(number: &str, until: Moment, now: Moment) -> OfferedNumber {
    OfferedNumber { number: SpokenNumber::new(number.to_owned()), remaining_seconds: remaining(until, now) }
}
