//! What the customer has allowed, as a person would say it: a handful of booleans that know nothing of epochs,
//! gates or messages. Whatever the machine does is held against it.

use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::time::Moment;
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) same_number: bool,
    pub(crate) began: bool,
    pub(crate) over: bool,
    pub(crate) sees: bool,
    pub(crate) controls_since: Option<Moment>,
    pub(crate) stands_still: bool,
    pub(crate) question: Option<(u32, Permission)>,
    pub(crate) captures: bool,
    pub(crate) injected: u32,
    /// When an honest technician's end sent an input.
    pub(crate) sent_at: BTreeMap<u32, Moment>,
}

impl Model {
    pub(crate) fn accepts(&mut self) {
        self.began = true;
        self.sees = true;
    }

    pub(crate) fn sets(&mut self, now: Moment, permission: Permission, setting: Setting) {
        if !self.began || self.over {
            return;
        }
        match (permission, setting) {
            (Permission::SeeScreen, Setting::On) => self.sees = true,
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
        if let Some((_, permission)) = self.question.take_if(|(standing, _)| *standing == question)
            && allow
        {
            self.sets(now, permission, Setting::On);
        }
    }

    pub(crate) fn names_a_technician(&self) {
        assert!(self.same_number, "somebody without the number is shown by name");
        assert!(!self.over);
    }

    pub(crate) fn injects(&mut self, number: u32) {
        self.injected += 1;
        let since = self.controls_since.expect("input without consent");
        assert!(!self.over, "input after the end");
        assert!(!self.stands_still, "input while the session stands still");
        assert!(self.question.is_none(), "input while a question stands");
        if let Some(sent) = self.sent_at.get(&number) {
            assert!(*sent >= since, "input that was sent before control was granted");
        }
    }

    pub(crate) fn check(&self) {
        if self.captures {
            assert!(self.sees && self.began, "a picture without consent");
            assert!(!self.stands_still && !self.over, "a picture while nothing may be seen");
        }
    }
}
