//! Which support company: a domain is confirmed once by the customer, then its root is pinned.

use super::{Controller, Job, Now, Page, Platform};
use crate::link::Link;
use crate::request::Window;
use crate::settings::KnownCompany;
use crate::view::{Caller, DomainAnswer, DomainSource, ErrorCode, TryAgain, TypedNumber};
use beistand_session::rendezvous::{Company, DomainTrust, read_domain};

/// What the customer wanted when something came in between.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Then {
    /// Choose how to connect.
    Choose,
    /// Connect by this number.
    Join(TypedNumber),
    /// Get a number to read out.
    ShowNumber,
}

/// A domain that is new to this computer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pending {
    pub(super) trust: DomainTrust,
    pub(super) source: DomainSource,
    pub(super) then: Then,
    /// Of the fetch that is under way.
    pub(super) serial: Option<u32>,
}

impl<P: Platform> Controller<P> {
    pub(super) fn who_called(&mut self, now: &Now, caller: Caller) {
        if self.customer.is_some() || self.technician.is_some() {
            return;
        }
        match caller {
            Caller::Them => self.page = Page::Scam,
            Caller::Me => self.go_on(now),
        }
    }

    /// Goes on with the company of the link, of the file, the current one, or asks for one.
    fn go_on(&mut self, now: &Now) {
        let file = self.surroundings.company_file.as_ref().map(DomainTrust::from);
        if let Some(link) = self.link.take() {
            let then = link.number.map_or(Then::Choose, Then::Join);
            self.use_domain(now, link.trust, DomainSource::Link, then);
        } else if let Some(trust) = file {
            self.use_domain(now, trust, DomainSource::File, Then::Choose);
        } else if let Some(trust) = self.settings.current().map(KnownCompany::trust) {
            self.use_domain(now, trust, DomainSource::Typed, Then::Choose);
        } else {
            self.page = Page::EnterDomain;
        }
    }

    pub(super) fn set_domain(&mut self, now: &Now, text: &str) {
        if self.customer.is_some() || self.technician.is_some() {
            return;
        }
        match read_domain(text) {
            Ok(domain) => self.use_domain(now, DomainTrust::public(domain, None), DomainSource::Typed, Then::Choose),
            Err(_) => self.notice = Some(ErrorCode::DomainInvalid),
        }
    }

    /// A link only says where to go. Nothing connects before the customer has said who called whom.
    pub(super) fn open_link(&mut self, text: &str) {
        self.platform.show(Window::Main);
        if self.customer.is_some() || self.technician.is_some() {
            self.notice = Some(ErrorCode::NotNow);
            return;
        }
        match Link::parse(text) {
            Ok(link) => {
                self.link = Some(link);
                self.notice = None;
                if !self.is_technicians_page() && !matches!(self.page, Page::SignIn { .. }) {
                    self.page = Page::Start;
                }
            }
            Err(_) => self.notice = Some(ErrorCode::DomainInvalid),
        }
    }

    fn use_domain(&mut self, now: &Now, trust: DomainTrust, source: DomainSource, then: Then) {
        self.notice = None;
        let known = self.settings.known(&trust.domain).map(|known| known.root_sha256);
        match known {
            // A pin changes only by a signature of the old root, never by a link or a file.
            Some(pinned) if trust.root.is_some_and(|root| root != pinned) => {
                self.fail(ErrorCode::DomainKeyChanged, TryAgain::OtherDomain);
            }
            Some(_) => {
                self.settings.current = Some(trust.domain);
                self.save();
                self.arrive(now, then);
            }
            None => {
                self.pending = Some(Pending { trust, source, then, serial: None });
                self.page = Page::ConfirmDomain;
            }
        }
    }

    fn arrive(&mut self, now: &Now, then: Then) {
        match then {
            Then::Join(number) => self.start_join(now, &number),
            Then::Choose | Then::ShowNumber => match self.desk.wanted.take() {
                Some(place) => self.enter_desk(now, place),
                None => self.page = Page::Choose,
            },
        }
    }

    pub(super) fn confirm_domain(&mut self, answer: DomainAnswer) {
        if self.page != Page::ConfirmDomain {
            return;
        }
        match answer {
            DomainAnswer::KnownToMe | DomainAnswer::SomebodyICalled => self.fetch_pending(),
            DomainAnswer::SomebodyWhoCalledMe => {
                self.pending = None;
                self.page = Page::Scam;
            }
            DomainAnswer::NotSure => {
                self.pending = None;
                self.page = Page::Start;
            }
        }
    }

    pub(super) fn fetch_pending(&mut self) {
        let serial = self.next_serial();
        let Some(pending) = &mut self.pending else { return };
        pending.serial = Some(serial);
        let trust = pending.trust.clone();
        self.page = Page::Fetching;
        self.platform.run(Job::FetchCompany { serial, trust });
    }

    pub(super) fn company_fetched(
        &mut self,
        now: &Now,
        serial: u32,
        trust: &DomainTrust,
        result: Result<Company, ErrorCode>,
    ) {
        // Given up in the meantime, or asked anew.
        if self.page != Page::Fetching || self.pending.as_ref().and_then(|pending| pending.serial) != Some(serial) {
            return;
        }
        match result {
            Ok(company) => {
                let Some(pending) = self.pending.take() else { return };
                self.settings.current = Some(company.domain.clone());
                self.settings.remember(KnownCompany::pin(company, trust));
                self.save();
                self.arrive(now, pending.then);
            }
            Err(error) => {
                let may_pass =
                    [ErrorCode::RelayUnreachable, ErrorCode::ClockWrong, ErrorCode::NetworkLost].contains(&error);
                let again = if may_pass {
                    TryAgain::Same
                } else if error == ErrorCode::RelayCertificate {
                    // Somebody may be in between: no other address is better than the one that was meant.
                    TryAgain::No
                } else {
                    TryAgain::OtherDomain
                };
                self.fail(error, again);
            }
        }
    }

    pub(super) fn lift_stop(&mut self) {
        if let Some(domain) = self.settings.current.clone() {
            self.settings.lift_stop(&domain);
            self.save();
        }
        self.page = Page::Choose;
    }
}
