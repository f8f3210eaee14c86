//! What a technician's windows show of a session.

use super::{ASK_AGAIN, Active, PICTURE_URL, Step, Technician};
use crate::controller::{models, receipts, remaining, seconds};
use crate::view::{self, MainScreen, PauseReason, PermissionState, ViewerPermission, ViewerScreen};
use beistand_protocol::message::Pause;
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::time::Moment;

impl Technician {
    pub(in crate::controller) fn screen(&self, technician: view::Technician, now: Moment) -> MainScreen {
        match &self.step {
            Step::Connecting(stage) => {
                MainScreen::TechnicianConnecting { technician, step: models::connect_step(*stage) }
            }
            Step::Offering { number, until } => {
                MainScreen::TechnicianNumber { technician, number: models::offered(number, *until, now) }
            }
            Step::Waiting { digits } => {
                MainScreen::WaitingForYes { technician, digits: Some(receipts::digits(*digits)) }
            }
            Step::Active(active) => {
                MainScreen::TechnicianInSession { technician, elapsed_seconds: seconds(now.since(active.began)) }
            }
        }
    }

    pub(in crate::controller) fn viewer(&self, now: Moment) -> Option<ViewerScreen> {
        let Step::Active(active) = &self.step else { return None };
        let (width_px, height_px) = active.size;
        Some(ViewerScreen::Running {
            picture_url: PICTURE_URL.to_owned(),
            width_px,
            height_px,
            elapsed_seconds: seconds(now.since(active.began)),
            permissions: Permission::ALL.into_iter().map(|permission| active.permission(permission, now)).collect(),
            showing: active.shown.view(now),
            line: active.line,
            paused: active.pause_reason(),
            comes_back_seconds: active.line_broken.map(|until| remaining(until, now)),
            dropped: active.dropped.as_ref().map(|(dropped, _)| *dropped),
            special: active.special.as_ref().map(|(report, _)| *report),
            grab: active.grab,
        })
    }
}

impl Active {
    fn pause_reason(&self) -> Option<PauseReason> {
        let told = self.paused.map(|pause| match pause {
            Pause::PanelHidden => PauseReason::PanelNotSeen,
            Pause::AsksToGoOn => PauseReason::Question,
        });
        self.line_broken.map(|_| PauseReason::Network).or(told)
    }

    fn permission(&self, permission: Permission, now: Moment) -> ViewerPermission {
        let asked = self.asked.iter().find(|asked| asked.permission == permission);
        let state = if !permission.is_offered() {
            PermissionState::NotOffered
        } else if self.grants.live(permission).is_some() {
            PermissionState::Allowed
        } else if self.grants.setting(permission) == Setting::Off {
            PermissionState::Off
        } else if self.pending == Some(permission) {
            PermissionState::Pending
        } else if let Some(asked) = asked {
            PermissionState::Refused { retry_seconds: remaining(asked.at + ASK_AGAIN, now) }
        } else {
            PermissionState::NotAllowed
        };
        ViewerPermission { permission: permission.into(), state }
    }
}
