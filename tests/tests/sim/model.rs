//! What the customer has allowed, as a person would say it: a handful of booleans that know nothing of epochs,
//! gates or messages. Whatever the machine does is held against it.

use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::Share;
use beistand_protocol::time::Moment;
use std::collections::BTreeMap;
use std::time::Duration;

const CONTROL_LASTS: Duration = Duration::from_secs(30 * 60);
const SESSION_LASTS: Duration = Duration::from_secs(60 * 60);

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) same_number: bool,
    pub(crate) began: bool,
    pub(crate) over: bool,
    pub(crate) sees: bool,
    /// What the customer chose to show, while it is there.
    pub(crate) shares: Option<Share>,
    pub(crate) controls_since: Option<Moment>,
    pub(crate) stands_still: bool,
    /// About a permission, or about another monitor.
    pub(crate) question: Option<(u32, Option<Permission>)>,
    /// The line is broken: nobody is there who could see or do anything.
    pub(crate) broken: bool,
    /// Until when the session may be taken up again.
    pub(crate) back_until: Option<Moment>,
    /// How often it was.
    pub(crate) resumed: u32,
    /// How often somebody was hung up on who was not the other end.
    pub(crate) strangers: u32,
    /// Since when the customer has wanted this session.
    pub(crate) wanted_since: Moment,
    /// What is captured.
    pub(crate) captures: Option<Share>,
    pub(crate) injected: u32,
    /// Since when what is shown has been shown, if control went on meanwhile.
    pub(crate) aimed_anew: Option<Moment>,
    /// When an honest technician's end sent an input.
    pub(crate) sent_at: BTreeMap<u32, Moment>,
}

impl Model {
    pub(crate) fn accepts(&mut self, now: Moment, share: Share) {
        self.began = true;
        self.shares = Some(share);
        self.wanted_since = now;
        self.sees = true;
    }

    pub(crate) fn sets(&mut self, now: Moment, permission: Permission, setting: Setting) {
        if !self.began || self.over {
            return;
        }
        match (permission, setting) {
            (Permission::SeeScreen, Setting::On) => self.sees |= self.shares.is_some(),
            (Permission::SeeScreen, _) => {
                self.sees = false;
                self.controls_since = None;
            }
            (Permission::Control, Setting::On) if self.sees => {
                self.controls_since.get_or_insert(now);
            }
            (Permission::Control, Setting::On) => {}
            (Permission::Control, _) => self.controls_since = None,
            _ => {}
        }
    }

    pub(crate) fn answers(&mut self, now: Moment, question: u32, allow: bool) {
        if let Some((_, Some(permission))) = self.question.take_if(|(standing, _)| *standing == question)
            && allow
        {
            self.sets(now, permission, Setting::On);
        }
    }

    pub(crate) fn shows(&mut self, now: Moment, share: Share) {
        if !self.began || self.over {
            return;
        }
        let before = self.shares.replace(share);
        if before != Some(share) && self.controls_since.is_some() {
            // What was sent before was aimed at another picture; and a yes to one window is none to anything else.
            let old_window = matches!(before, Some(Share::Window(_)));
            self.aimed_anew = if old_window { None } else { Some(now) };
            if old_window {
                self.controls_since = None;
            }
        }
        self.sees = true;
        self.question.take_if(|(_, about)| matches!(about, None | Some(Permission::SeeScreen)));
    }

    pub(crate) fn is_gone(&mut self, share: Share) {
        if self.shares == Some(share) {
            self.shares = None;
            self.sees = false;
            self.controls_since = None;
        }
    }

    pub(crate) fn line_broke(&mut self, now: Moment, within: Duration) {
        assert!(!self.broken && within <= Duration::from_secs(120));
        self.broken = true;
        self.back_until = Some(now + within);
        self.controls_since = None;
    }

    /// `own` says whether it really is the other end of this session.
    pub(crate) fn line_back(&mut self, now: Moment, own: bool) {
        assert!(own, "a stranger was believed to be the other end");
        assert!(self.broken && !self.over, "a session was taken up again that was not broken");
        assert!(self.back_until.is_some_and(|until| now < until), "a session was taken up again too late");
        self.broken = false;
        self.resumed += 1;
    }

    pub(crate) fn names_a_technician(&self) {
        assert!(self.same_number, "somebody without the number is shown by name");
        assert!(!self.over);
    }

    pub(crate) fn injects(&mut self, now: Moment, number: u32) {
        self.injected += 1;
        let since = self.controls_since.expect("input without consent");
        assert!(!self.over, "input after the end");
        assert!(!self.broken, "input over a broken line");
        assert!(now.since(since) < CONTROL_LASTS, "input after the time of control");
        assert!(now.since(self.wanted_since) < SESSION_LASTS, "input after the longest time for a session");
        assert!(!self.stands_still, "input while the session stands still");
        assert!(self.question.is_none(), "input while a question stands");
        if let Some(sent) = self.sent_at.get(&number) {
            assert!(*sent >= since, "input that was sent before control was granted");
            assert!(self.aimed_anew.is_none_or(|anew| *sent >= anew), "input that was aimed at what was shown before");
        }
    }

    pub(crate) fn check(&self) {
        if let Some(captured) = self.captures {
            assert!(self.sees && self.began, "a picture without consent");
            assert_eq!(Some(captured), self.shares, "a picture of what was not chosen");
            assert!(!self.stands_still && !self.over, "a picture while nothing may be seen");
            assert!(!self.broken, "a picture while the line is broken");
        }
    }
}
