//! What the customer allows: one enum, one set, one gate.
//!
//! [`Grants`] is the truth and belongs to the customer's state machine. [`Gate`] is its mirror for the
//! threads that act on the machine: a dangerous function takes a [`Consent`] as an argument, and a
//! `Consent` exists only while its permission is on under the epoch that the message was sent under.

use core::marker::PhantomData;
use serde::{Deserialize, Serialize};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Something that the customer can allow the technician to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Permission {
    /// See the chosen screen or window.
    SeeScreen,
    /// Move an own pointer and draw over the picture.
    Point,
    /// Control mouse and keyboard.
    Control,
    /// Read the customer's clipboard.
    ClipboardToTechnician,
    /// Write the customer's clipboard.
    ClipboardFromTechnician,
    /// Send files to the technician.
    SendFiles,
    /// Receive files from the technician.
    ReceiveFiles,
    /// Read facts about the computer.
    SystemInformation,
    /// Record the session.
    Recording,
    /// Come back after the computer was restarted.
    ReconnectAfterRestart,
}

impl Permission {
    /// Every permission, in the order in which the panel shows them.
    pub const ALL: [Self; 10] = [
        Self::SeeScreen,
        Self::Point,
        Self::Control,
        Self::ClipboardToTechnician,
        Self::ClipboardFromTechnician,
        Self::SendFiles,
        Self::ReceiveFiles,
        Self::SystemInformation,
        Self::Recording,
        Self::ReconnectAfterRestart,
    ];

    /// Whether this version can do it at all; one that it can't do is off and stays off.
    pub const fn is_offered(self) -> bool {
        match self {
            Self::SeeScreen | Self::Control => true,
            Self::Point
            | Self::ClipboardToTechnician
            | Self::ClipboardFromTechnician
            | Self::SendFiles
            | Self::ReceiveFiles
            | Self::SystemInformation
            | Self::Recording
            | Self::ReconnectAfterRestart => false,
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// How a permission is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Setting {
    /// Refused without a question.
    Off,
    /// Refused until the technician asks and the customer says yes.
    #[default]
    Ask,
    /// Allowed now.
    On,
}

/// Counts the times a permission was turned on; an event of an older epoch is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(u32);

impl Epoch {
    /// The `count`th time.
    pub const fn new(count: u32) -> Self {
        Self(count)
    }

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Grant {
    setting: Setting,
    epoch: Epoch,
}

/// The set of all permissions with their settings and epochs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants([Grant; Permission::ALL.len()]);

impl Grants {
    /// How `permission` is set.
    pub fn setting(&self, permission: Permission) -> Setting {
        self.grant(permission).setting
    }

    /// The epoch of `permission` if it is on.
    pub fn live(&self, permission: Permission) -> Option<Epoch> {
        let grant = self.grant(permission);
        (grant.setting == Setting::On).then_some(grant.epoch)
    }

    /// Sets `permission`; turning it on starts a new epoch. Answers whether anything changed.
    pub fn set(&mut self, permission: Permission, setting: Setting) -> bool {
        let setting = if permission.is_offered() { setting } else { Setting::Off };
        let Some(grant) = self.0.get_mut(permission.index()) else {
            return false;
        };
        if grant.setting == setting {
            return false;
        }
        if setting == Setting::On {
            grant.epoch = grant.epoch.next();
        }
        grant.setting = setting;
        true
    }

    /// Holds `permission` back for a while: it is not live, and its epoch stays as it was.
    pub(crate) fn suspend(&mut self, permission: Permission) {
        if self.live(permission).is_some() {
            self.set(permission, Setting::Ask);
        }
    }

    fn grant(&self, permission: Permission) -> Grant {
        self.0.get(permission.index()).copied().unwrap_or_default()
    }
}

/// A permission as a type, so that a function can ask for the consent it needs.
pub trait Kind {
    /// The permission that this type stands for.
    const PERMISSION: Permission;
}

/// The type of [`Permission::SeeScreen`].
#[derive(Debug)]
pub struct SeeScreen;
impl Kind for SeeScreen {
    const PERMISSION: Permission = Permission::SeeScreen;
}

/// The type of [`Permission::Control`].
#[derive(Debug)]
pub struct Control;
impl Kind for Control {
    const PERMISSION: Permission = Permission::Control;
}

/// Proof that permission `K` is on at this moment.
///
/// INVARIANT: while a `Consent` lives, its permission can't be revoked: [`Gate::apply`] waits for it.
/// So whoever revoked knows that nothing happens any more. Keep it only for the act itself.
#[derive(Debug)]
pub struct Consent<'gate, K: Kind> {
    _grants: RwLockReadGuard<'gate, Grants>,
    _kind: PhantomData<K>,
}

/// The one gate between what the technician sends and what happens on the machine.
#[derive(Debug, Default)]
pub struct Gate(RwLock<Grants>);

impl Gate {
    /// A gate through which nothing passes yet.
    pub fn closed() -> Self {
        Self::default()
    }

    /// Takes over what the state machine decided; returns when no older consent is in use any more.
    pub fn apply(&self, grants: &Grants) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = grants.clone();
    }

    /// The proof of a live grant of `K` under `epoch`, or nothing.
    pub fn consent<K: Kind>(&self, epoch: Epoch) -> Option<Consent<'_, K>> {
        // A poisoned lock means that a thread died with a consent in its hand: nothing passes any more.
        let grants = self.0.read().ok()?;
        (grants.live(K::PERMISSION) == Some(epoch)).then_some(Consent { _grants: grants, _kind: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(permission: Permission) -> Grants {
        let mut grants = Grants::default();
        grants.set(permission, Setting::On);
        grants
    }

    #[test]
    fn nothing_is_live_by_default() {
        let gate = Gate::closed();
        for epoch in 0..3 {
            assert!(gate.consent::<Control>(Epoch::new(epoch)).is_none());
            assert!(gate.consent::<SeeScreen>(Epoch::new(epoch)).is_none());
        }
    }

    #[test]
    fn a_consent_is_for_its_permission_and_its_epoch_only() {
        let gate = Gate::closed();
        let grants = on(Permission::Control);
        gate.apply(&grants);
        let epoch = grants.live(Permission::Control).unwrap();
        assert!(gate.consent::<Control>(epoch).is_some());
        assert!(gate.consent::<Control>(epoch.next()).is_none());
        assert!(gate.consent::<SeeScreen>(epoch).is_none());
    }

    #[test]
    fn granting_again_does_not_revive_what_was_queued_before() {
        let mut grants = on(Permission::Control);
        let old = grants.live(Permission::Control).unwrap();
        grants.set(Permission::Control, Setting::Off);
        grants.set(Permission::Control, Setting::On);
        let gate = Gate::closed();
        gate.apply(&grants);
        assert!(gate.consent::<Control>(old).is_none());
        assert!(gate.consent::<Control>(grants.live(Permission::Control).unwrap()).is_some());
    }

    #[test]
    fn what_is_not_offered_stays_off() {
        let mut grants = Grants::default();
        for permission in Permission::ALL {
            grants.set(permission, Setting::On);
            assert_eq!(grants.live(permission).is_some(), permission.is_offered(), "{permission:?}");
        }
    }

    #[test]
    fn revoking_waits_for_the_act_under_way() {
        let gate = Gate::closed();
        let grants = on(Permission::Control);
        gate.apply(&grants);
        let consent = gate.consent::<Control>(grants.live(Permission::Control).unwrap()).unwrap();
        std::thread::scope(|scope| {
            let revoked = scope.spawn(|| gate.apply(&Grants::default()));
            while gate.0.try_read().is_ok() {
                std::thread::yield_now();
            }
            assert!(!revoked.is_finished(), "revoked while an act was under way");
            drop(consent);
        });
        assert!(gate.consent::<Control>(Epoch::new(1)).is_none());
    }
}
