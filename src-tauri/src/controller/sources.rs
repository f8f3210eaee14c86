//! What the customer could show, what they show, and how they change it.
//!
//! A page names what was listed to it; nothing else can be chosen. Whatever is chosen while a session runs needs the
//! customer's own hands, as every widening does.

use super::active::{Active, Wished};
use super::customer::{Customer, FIRST_PROOF, Step, later};
use super::{Controller, Now, Platform, WorkerOrder};
use crate::request::Window as OurWindow;
use crate::view::{ErrorCode, ShareSource, SourceKind};
use beistand_protocol::message::Reason;
use beistand_protocol::picture::{MAX_MONITORS, Monitor, Share};
use beistand_protocol::receipt::What;
use beistand_protocol::showing::{MAX_WINDOWS, Showing, View, Window, Wish};
use beistand_session::pipe::Command;

const ALL_MONITORS: &str = "all";
const WINDOW: &str = "window-";

/// What could be shown when it was last looked.
#[derive(Clone, Debug, Default)]
pub(super) struct Available {
    monitors: Vec<Monitor>,
    windows: Vec<Window>,
}

impl Available {
    pub(super) fn new(mut monitors: Vec<Monitor>, mut windows: Vec<Window>) -> Self {
        monitors.truncate(MAX_MONITORS);
        windows.truncate(MAX_WINDOWS);
        // The worker numbers them in this order too.
        monitors.sort_by_key(|monitor| (!monitor.primary, monitor.rect.x, monitor.rect.y));
        Self { monitors, windows }
    }

    /// The monitors, the main one first, all of them together if there are several, and the windows.
    pub(super) fn list(&self) -> Vec<ShareSource> {
        let monitors = self.monitors.iter().map(|monitor| Share::Monitor(monitor.id));
        let all = (self.monitors.len() > 1).then_some(Share::All);
        let windows = self.windows.iter().map(|window| Share::Window(window.id));
        monitors.chain(all).chain(windows).filter_map(|share| self.source_of(share)).collect()
    }

    /// What a page is told of this, if it is there.
    pub(super) fn source_of(&self, share: Share) -> Option<ShareSource> {
        Some(match share {
            Share::Monitor(id) => {
                let place = self.monitors.iter().position(|monitor| monitor.id == id)?;
                let monitor = self.monitors.get(place)?;
                // Many systems call none the main one; an only monitor is.
                let main = monitor.primary || self.monitors.len() == 1;
                ShareSource {
                    id: id.to_string(),
                    kind: if main { SourceKind::PrimaryMonitor } else { SourceKind::Monitor },
                    number: u32::try_from(place + 1).unwrap_or_default(),
                    name: named(monitor).to_owned(),
                    program: String::new(),
                    width_px: monitor.rect.width,
                    height_px: monitor.rect.height,
                }
            }
            Share::All => {
                let (width_px, height_px) = whole(&self.monitors);
                ShareSource {
                    id: ALL_MONITORS.to_owned(),
                    kind: SourceKind::WholeDesktop,
                    number: 0,
                    name: String::new(),
                    program: String::new(),
                    width_px,
                    height_px,
                }
            }
            Share::Window(id) => {
                let window = self.windows.iter().find(|window| window.id == id)?;
                ShareSource {
                    id: format!("{WINDOW}{id}"),
                    kind: match (window.away, window.dialog) {
                        (true, _) => SourceKind::HiddenWindow,
                        (false, true) => SourceKind::Dialog,
                        (false, false) => SourceKind::Window,
                    },
                    number: 0,
                    name: window.title.as_str().to_owned(),
                    program: window.program.as_str().to_owned(),
                    width_px: window.width,
                    height_px: window.height,
                }
            }
        })
    }

    /// What is shown, listed or not: it is not nothing.
    pub(super) fn shown(&self, share: Share) -> ShareSource {
        let (id, kind) = match share {
            Share::Monitor(id) => (id.to_string(), SourceKind::Monitor),
            Share::All => (ALL_MONITORS.to_owned(), SourceKind::WholeDesktop),
            Share::Window(id) => (format!("{WINDOW}{id}"), SourceKind::Window),
        };
        let unlisted = || ShareSource {
            id,
            kind,
            number: 0,
            name: String::new(),
            program: String::new(),
            width_px: 0,
            height_px: 0,
        };
        self.source_of(share).unwrap_or_else(unlisted)
    }

    /// The share that a page named, if it was offered.
    pub(super) fn share_of(&self, source: &str) -> Option<Share> {
        if source == ALL_MONITORS {
            return (self.monitors.len() > 1).then_some(Share::All);
        }
        if let Some(id) = source.strip_prefix(WINDOW) {
            let window = self.windows.iter().find(|window| window.id.to_string() == id)?;
            return Some(Share::Window(window.id));
        }
        self.monitors.iter().find(|monitor| monitor.id.to_string() == source).map(|monitor| Share::Monitor(monitor.id))
    }

    /// What a technician wishes to see, if it is there.
    pub(super) fn wished(&self, wish: Wish) -> Option<Share> {
        match wish {
            Wish::All => (self.monitors.len() > 1).then_some(Share::All),
            Wish::Monitor(number) => {
                let place = usize::from(number).checked_sub(1)?;
                self.monitors.get(place).map(|monitor| Share::Monitor(monitor.id))
            }
        }
    }

    /// What is shown, in words for the receipt.
    pub(super) fn in_words(&self, share: Share) -> String {
        let describe = |monitor: &Monitor| {
            let size = format!("{} × {}", monitor.rect.width, monitor.rect.height);
            match named(monitor) {
                "" => size,
                name => format!("{name}, {size}"),
            }
        };
        match share {
            Share::All => self.monitors.iter().map(describe).collect::<Vec<_>>().join("; "),
            Share::Monitor(id) => {
                self.monitors.iter().find(|monitor| monitor.id == id).map(describe).unwrap_or_default()
            }
            Share::Window(id) => {
                let window = self.windows.iter().find(|window| window.id == id);
                window
                    .map(|window| format!("{} ({})", window.title.as_str(), window.program.as_str()))
                    .unwrap_or_default()
            }
        }
    }
}

impl<P: Platform> Controller<P> {
    pub(super) fn choose(&mut self, now: &Now, source: &str) {
        let Some(customer) = &mut self.customer else { return };
        let Step::Asked(asked) = &customer.step else { return };
        let Some(share) = asked.available.share_of(source) else { return };
        let until = now.moment + FIRST_PROOF;
        customer.step = Step::Opening { asked: asked.clone(), share, until };
        let serial = customer.serial;
        self.panel_end = None;
        self.platform.show(OurWindow::Panel);
        self.platform.prove_panel(Some(serial));
    }

    /// Has the worker look again.
    pub(super) fn list_sources(&mut self) {
        let listens = self.customer.as_ref().is_some_and(|customer| match customer.step {
            Step::Asked(_) | Step::Active(_) => true,
            Step::Connecting(_) | Step::Offering { .. } | Step::Opening { .. } => false,
        });
        if listens {
            self.platform.worker(WorkerOrder::Send(Command::ListSources));
        }
    }

    /// The customer shows this instead.
    pub(super) fn show_source(&mut self, now: &Now, source: &str) {
        let may_widen = self.may_widen();
        self.with_active(|active, platform| {
            let Some(share) = active.available.share_of(source) else {
                // It was closed in the meantime.
                active.notice = Some(ErrorCode::SourceGone);
                return;
            };
            if !may_widen {
                active.notice = Some(ErrorCode::NeedsHardware);
                return;
            }
            active.notice = None;
            platform.worker(WorkerOrder::Show(share));
            active.shows(now, share);
        });
    }

    /// How what is shown stands; the monitors may be others too.
    pub(super) fn stands(&mut self, showing: Showing) {
        let away = matches!(showing.what, View::Window { away: true });
        self.with_active(|active, _| active.stands_still = away);
        self.list_sources();
    }

    /// What was shown is gone: nothing is shown before the customer chooses anew.
    pub(super) fn source_gone(&mut self) {
        self.with_active(|active, _| {
            active.share = None;
            active.stands_still = false;
        });
        self.list_sources();
        self.platform.show(OurWindow::Panel);
        self.platform.draw_attention(OurWindow::Panel);
    }

    /// The technician wishes to see something else.
    pub(super) fn wishes_to_see(&mut self, now: &Now, id: u32, wish: Wish, reason: &Reason, seconds_left: u32) {
        let until = later(now, seconds_left);
        let reason = reason.as_str().to_owned();
        self.with_active(|active, _| {
            active.notice = None;
            active.record.change(|receipt| receipt.note(now.moment, What::AskedToShow { reason: reason.clone() }));
            active.wish = Some(Wished { id, wish, reason, until });
        });
        self.list_sources();
        self.platform.show(OurWindow::Panel);
        self.platform.draw_attention(OurWindow::Panel);
    }
}

impl Customer {
    /// The worker has looked again.
    pub(super) fn sources(&mut self, monitors: Vec<Monitor>, windows: Vec<Window>) {
        let available = match &mut self.step {
            Step::Asked(asked) => &mut asked.available,
            Step::Active(active) => &mut active.available,
            Step::Connecting(_) | Step::Offering { .. } | Step::Opening { .. } => return,
        };
        *available = Available::new(monitors, windows);
    }
}

impl Active {
    fn shows(&mut self, now: &Now, share: Share) {
        if self.share != Some(share) {
            self.share = Some(share);
            self.stands_still = false;
            let source = self.available.in_words(share);
            self.record.change(|receipt| receipt.note(now.moment, What::Shown { source: source.clone() }));
        }
    }
}

fn whole(monitors: &[Monitor]) -> (u32, u32) {
    let edges = monitors.iter().map(|monitor| {
        let rect = monitor.rect;
        (i64::from(rect.x), i64::from(rect.y), i64::from(rect.width), i64::from(rect.height))
    });
    let (mut left, mut top, mut right, mut bottom) = (i64::MAX, i64::MAX, i64::MIN, i64::MIN);
    for (x, y, width, height) in edges {
        (left, top) = (left.min(x), top.min(y));
        (right, bottom) = (right.max(x + width), bottom.max(y + height));
    }
    let size = |from: i64, to: i64| u32::try_from(to.saturating_sub(from)).unwrap_or_default();
    (size(left, right), size(top, bottom))
}

/// What a monitor is called, where that says anything: servers without real monitors call theirs `default`.
fn named(monitor: &Monitor) -> &str {
    if monitor.name.eq_ignore_ascii_case("default") { "" } else { &monitor.name }
}
