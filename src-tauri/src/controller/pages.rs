//! The pages of the main window and the ways between them.

use super::company::Then;
use super::customer::Customer;
use super::desk::DeskPage;
use super::technician_desk::TechnicianPage;
use super::{Controller, Now, Platform};
use crate::request::Window;
use crate::view::{ErrorCode, MainScreen, Place, TryAgain};

/// Where the main window is, as far as no session says so.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Page {
    Start,
    Scam,
    EnterDomain,
    ConfirmDomain,
    Fetching,
    Choose,
    EnterNumber,
    /// The customer's session says what is shown.
    Customer,
    Ended(Box<MainScreen>),
    Failed {
        error: ErrorCode,
        again: TryAgain,
    },
    Receipts,
    Receipt(String),
    Settings,
    /// The customer's desk.
    Desk(DeskPage),
    SignIn {
        busy: bool,
        error: Option<ErrorCode>,
        login: Option<String>,
    },
    TechnicianHome,
    TypeNumber,
    /// The technician's desk.
    TechnicianDesk(TechnicianPage),
    /// The technician's session says what is shown.
    Technician,
    TechnicianFailed {
        error: ErrorCode,
        again: TryAgain,
    },
}

impl<P: Platform> Controller<P> {
    pub(super) fn show_panel(&mut self) {
        if self.customer.as_ref().is_some_and(Customer::is_active) {
            self.platform.show(Window::Panel);
        }
    }

    /// The customer wants the keyboard on the panel.
    pub(super) fn focus_panel(&mut self) {
        if self.customer.as_ref().is_some_and(Customer::is_active) {
            self.platform.show(Window::Panel);
            self.platform.focus(Window::Panel);
        }
    }

    pub(super) fn go(&mut self, now: &Now, place: Place) {
        if self.customer.is_some() || self.technician.is_some() {
            return;
        }
        let signed_in = self.settings.technician.is_some();
        let home = if self.is_technicians_page() && signed_in { Page::TechnicianHome } else { Page::Start };
        let page = match place {
            Place::Home => home,
            Place::Back => self.back(home),
            Place::Customer => Page::Start,
            Place::Technician if signed_in => Page::TechnicianHome,
            Place::TypeNumber if signed_in => Page::TypeNumber,
            Place::Technician | Place::TypeNumber => Page::SignIn { busy: false, error: None, login: None },
            Place::EnterNumber if self.settings.current().is_some() => Page::EnterNumber,
            Place::Domain | Place::EnterNumber => Page::EnterDomain,
            Place::Receipts => Page::Receipts,
            Place::Settings => Page::Settings,
            Place::Report | Place::Tickets => return self.leave_for_desk(now, place),
        };
        self.notice = None;
        self.pending = None;
        self.desk.wanted = None;
        self.leave_form();
        if !matches!(page, Page::Settings) {
            self.leave_case();
        }
        if matches!(page, Page::Settings | Page::Receipts) && !matches!(self.page, Page::Receipt(_)) {
            self.before = std::mem::replace(&mut self.page, page);
        } else {
            self.page = page;
        }
    }

    fn leave_for_desk(&mut self, now: &Now, place: Place) {
        // What had just ended is what it is about.
        if place == Place::Report && self.report_session(now) {
            return;
        }
        self.notice = None;
        self.pending = None;
        self.enter_desk(now, place);
    }

    fn back(&self, home: Page) -> Page {
        // A page that has no way on of its own is not gone back to.
        let stays = matches!(
            self.before,
            Page::Choose
                | Page::EnterNumber
                | Page::EnterDomain
                | Page::TechnicianHome
                | Page::TypeNumber
                | Page::TechnicianDesk(_)
                | Page::Desk(_)
                | Page::SignIn { .. }
        );
        match &self.page {
            Page::EnterNumber => Page::Choose,
            Page::Receipt(_) => Page::Receipts,
            Page::Settings | Page::Receipts if stays => self.before.clone(),
            Page::Start
            | Page::Scam
            | Page::EnterDomain
            | Page::ConfirmDomain
            | Page::Fetching
            | Page::Choose
            | Page::Customer
            | Page::Ended(_)
            | Page::Failed { .. }
            | Page::Receipts
            | Page::Settings
            | Page::Desk(_)
            | Page::SignIn { .. }
            | Page::TechnicianHome
            | Page::TypeNumber
            | Page::TechnicianDesk(_)
            | Page::Technician
            | Page::TechnicianFailed { .. } => home,
        }
    }

    pub(super) fn is_technicians_page(&self) -> bool {
        let page = if self.page == Page::Settings { &self.before } else { &self.page };
        matches!(
            page,
            Page::TechnicianHome
                | Page::TypeNumber
                | Page::TechnicianDesk(_)
                | Page::Technician
                | Page::TechnicianFailed { .. }
        )
    }

    pub(super) fn fail(&mut self, error: ErrorCode, again: TryAgain) {
        self.page = Page::Failed { error, again };
        self.platform.show(Window::Main);
    }

    pub(super) fn try_again(&mut self, now: &Now) {
        let (Page::Failed { again, .. } | Page::TechnicianFailed { again, .. }) = &self.page else { return };
        let technician = matches!(self.page, Page::TechnicianFailed { .. });
        match again {
            TryAgain::No => self.page = if technician { Page::TechnicianHome } else { Page::Start },
            TryAgain::Same => self.same_again(now, technician),
            TryAgain::OtherNumber => self.page = if technician { Page::TypeNumber } else { Page::EnterNumber },
            TryAgain::NewNumber if technician => self.new_session(now),
            TryAgain::NewNumber => self.show_number(now),
            TryAgain::OtherDomain if !technician => self.page = Page::EnterDomain,
            TryAgain::LiftStop => self.lift_stop(),
            TryAgain::OtherDomain | TryAgain::SignIn => {
                self.page = Page::SignIn { busy: false, error: None, login: None }
            }
        }
    }

    fn same_again(&mut self, now: &Now, technician: bool) {
        match self.retry.take() {
            _ if self.pending.is_some() => self.fetch_pending(),
            Some(Then::ShowNumber) if technician => self.new_session(now),
            Some(Then::ShowNumber) => self.show_number(now),
            Some(Then::Join(number)) if technician => self.type_number(now, &number),
            Some(Then::Join(number)) => self.start_join(now, &number),
            Some(Then::Choose) | None => self.page = if technician { Page::TechnicianHome } else { Page::Start },
        }
    }

    pub(super) fn cancel(&mut self) {
        if let Some(customer) = &mut self.customer {
            customer.cancel(&mut self.platform);
        } else if self.technician.is_some() {
            self.end_session();
        } else if self.page == Page::Fetching {
            self.pending = None;
            self.page = Page::Start;
        }
    }

    pub(super) fn dismiss_end(&mut self) {
        if self.panel_end.take().is_some() && self.customer.is_none() {
            self.platform.hide(Window::Panel);
        }
        if self.viewer_end.take().is_some() && self.technician.is_none() {
            self.platform.hide(Window::Viewer);
        }
        let technician = match &self.page {
            Page::Ended(screen) => matches!(**screen, MainScreen::TechnicianEnded { .. }),
            Page::Failed { .. } => false,
            Page::TechnicianFailed { .. } => true,
            Page::Start
            | Page::Scam
            | Page::EnterDomain
            | Page::ConfirmDomain
            | Page::Fetching
            | Page::Choose
            | Page::EnterNumber
            | Page::Customer
            | Page::Receipts
            | Page::Receipt(_)
            | Page::Settings
            | Page::Desk(_)
            | Page::SignIn { .. }
            | Page::TechnicianHome
            | Page::TypeNumber
            | Page::TechnicianDesk(_)
            | Page::Technician => return,
        };
        self.page = if technician { Page::TechnicianHome } else { Page::Start };
    }
}
