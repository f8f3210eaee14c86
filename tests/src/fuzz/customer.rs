//! The customer's machine against a technician's end that says anything at any time.
//!
//! Bytes: how far the honest way goes first, then events: a byte for its kind, and what belongs to it.

use super::Bytes;
use super::honest::{Honest, channel};
use super::meeting::{Meeting, T0};
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::{Action, Customer, Event, IdentityFault};
use beistand_protocol::message::{Message, Pause, ToTechnician};
use beistand_protocol::permission::{Epoch, Grants, Permission, Setting};
use beistand_protocol::picture::Share;
use beistand_protocol::resume::RESUME_WITHIN;
use beistand_protocol::role::Role;
use beistand_protocol::technician::Technician;
use beistand_protocol::time::Moment;
use core::time::Duration;

const SHARES: [Share; 4] = [Share::All, Share::Monitor(1), Share::Window(7), Share::Window(8)];

/// At one moment a silence may be long enough, and a question for a word due.
pub(super) const DUE_AT_ONCE: u32 = 2;

/// How long *control* lasts.
const CONTROL_LASTS: Duration = Duration::from_secs(30 * 60);

/// Never panics, and acts upon nothing but what the customer allowed.
pub fn customer(data: &[u8]) {
    let mut bytes = Bytes(data);
    let Some(start) = bytes.byte() else { return };
    let meeting = meeting(start);
    let (mut customer, mut now) = (meeting.customer, T0);
    let mut honest = Honest::new(meeting.technician);
    let sees = matches!(customer, Customer::Active(_));
    let mut model = Model { sees, shares: sees.then_some(Share::All), ..Model::default() };
    for action in meeting.actions {
        model.did(&action);
    }
    let mut due_in_a_row = 0;
    loop {
        let next = match due_in_a_row {
            0 => bytes.byte().and_then(|kind| event(kind, &mut bytes, &mut honest)),
            1.. => Some((Duration::ZERO, Event::Tick)),
        };
        let Some((passes, event)) = next else { return };
        now = now + passes;
        let over = matches!(customer, Customer::Closed(_));
        let tick = matches!(event, Event::Tick);
        model.customer_said(&customer, now, &event);
        let step = customer.handle(now, event);
        customer = step.next;
        assert!(!over || step.actions.is_empty(), "something follows the end");
        let closes = step.actions.iter().position(|action| matches!(action, Action::Close(_)));
        assert!(closes.is_none_or(|at| at + 1 == step.actions.len()), "closing is not the last");
        assert_eq!(closes.is_some(), !over && matches!(customer, Customer::Closed(_)));
        if step.actions.contains(&Action::LineBack) {
            assert!(model.broken && honest.is_there(), "a stranger was believed");
            model.broken = false;
        }
        for action in step.actions {
            model.did(&action);
            follow(&mut honest, &action);
        }
        model.check();
        let overdue = customer.deadline().is_some_and(|deadline| deadline <= now);
        due_in_a_row = if tick && overdue { due_in_a_row + 1 } else { 0 };
        assert!(due_in_a_row <= DUE_AT_ONCE, "ticks that are due change nothing");
    }
}

/// A customer's end that is some way into a session.
fn meeting(start: u8) -> Meeting {
    let meeting = Meeting::new(if start & 0x80 == 0 { Role::Technician } else { Role::Customer });
    match start & 0x7f {
        0 => meeting,
        1 => meeting.customer_hears(),
        2 => meeting.customer_hears().customer_hears(),
        3 => meeting.customer_hears().customer_hears().customer_hears(),
        4 => meeting.customer_hears().customer_hears().customer_hears().named(),
        5.. => meeting.customer_hears().customer_hears().customer_hears().named().accepted().all_heard(),
    }
}

/// What comes of it at the honest end.
fn follow(honest: &mut Honest<Technician>, action: &Action) {
    if let Action::Send(message) = action {
        let proof = matches!(message, ToTechnician::Resume(_));
        assert!(!proof || honest.is_there(), "a stranger was taken for the technician's end");
        honest.hears(message);
    } else if matches!(action, Action::LineBroke { .. } | Action::HangUp) {
        honest.is_gone();
    }
}

fn event(kind: u8, bytes: &mut Bytes<'_>, honest: &mut Honest<Technician>) -> Option<(Duration, Event)> {
    const NONE: Duration = Duration::ZERO;
    const SETTINGS: [Setting; 3] = [Setting::Off, Setting::Ask, Setting::On];
    Some(match kind {
        0 => (NONE, Event::Set { permission: bytes.one_of(&Permission::ALL)?, setting: bytes.one_of(&SETTINGS)? }),
        1 => (NONE, Event::Answer { question: bytes.byte()?.into(), allow: bytes.byte()? & 1 == 1 }),
        2 => (NONE, Event::MoreTime),
        3 => (NONE, Event::Pause(bytes.one_of(&[None, Some(Pause::PanelHidden)])?)),
        4 => (Duration::from_secs(bytes.number()?.into()), Event::Tick),
        5 => (Duration::from_millis(bytes.number()?.into()), Event::Tick),
        6 => (NONE, Event::Accept(bytes.one_of(&SHARES)?)),
        7 => (NONE, Event::Refuse),
        8 => (NONE, Event::Finish(CloseReason::Stopped)),
        9 => (NONE, Event::LineEnded(bytes.one_of(&[CloseReason::PeerGone, CloseReason::TechnicianDisabled])?)),
        10 => (NONE, Event::IdentityChecked(Err(IdentityFault::Refused))),
        // The time passes, and nobody has looked at the clock yet.
        11 => (Duration::from_secs(bytes.byte()?.into()), Event::MoreTime),
        // A new channel, and whoever is there.
        13 => {
            honest.is_gone();
            (NONE, Event::LineOpen(channel(bytes.byte()?)))
        }
        14 => (NONE, Event::GoOn(bytes.byte()? & 1 == 1)),
        15 => (NONE, Event::Show(bytes.one_of(&SHARES)?)),
        16 => (NONE, Event::ShareGone(bytes.one_of(&SHARES)?)),
        17 => (NONE, Event::Showing(bytes.message()?)),
        // A new channel, and the technician's end is there; what it says there.
        18 => {
            let seed = bytes.byte()?;
            honest.comes_back(seed);
            (NONE, Event::LineOpen(channel(seed)))
        }
        19 => (NONE, honest.says().map_or(Event::Tick, Event::Peer)),
        12 | 20.. => (NONE, Event::Peer(bytes.message()?)),
    })
}

/// What the customer allowed, from what they said alone.
#[derive(Default)]
struct Model {
    sees: bool,
    /// What is shown, while it is there.
    shares: Option<Share>,
    controls_since: Option<Moment>,
    paused: bool,
    /// About a permission, or about another monitor.
    question: Option<(u32, Option<Permission>)>,
    /// The line is broken: nobody is believed.
    broken: bool,
    asks_to_go_on: bool,
    gate: Grants,
    /// The newest epochs of *see the screen* and of *control* that were ever live,
    newest: [Option<Epoch>; 2],
    /// and those of them that died with a line.
    dead: [Option<Epoch>; 2],
}

impl Model {
    fn customer_said(&mut self, customer: &Customer, now: Moment, event: &Event) {
        // Time comes first, whatever happens.
        if matches!(customer, Customer::Active(_)) && self.control_is_over(now) {
            self.controls_since = None;
        }
        match (customer, event) {
            (Customer::AskingConsent(_), Event::Accept(share)) => {
                self.sees = true;
                self.shares = Some(*share);
            }
            (Customer::Active(_), Event::Show(share)) => {
                if matches!(self.shares, Some(Share::Window(_))) && self.shares != Some(*share) {
                    self.controls_since = None;
                }
                self.sees = true;
                self.shares = Some(*share);
            }
            (Customer::Active(_), Event::ShareGone(share)) if self.shares == Some(*share) => {
                self.sees = false;
                self.shares = None;
                self.controls_since = None;
            }
            (Customer::Active(_), Event::Set { permission, setting }) => self.set(*permission, *setting, now),
            (Customer::Active(_), Event::Answer { question, allow: true }) => {
                let about = self.question.filter(|(standing, _)| standing == question);
                if let Some((_, Some(permission))) = about {
                    self.set(permission, Setting::On, now);
                }
            }
            (Customer::Active(_), Event::Pause(pause)) => self.paused = pause.is_some(),
            _ => {}
        }
    }

    fn set(&mut self, permission: Permission, setting: Setting, now: Moment) {
        let on = setting == Setting::On;
        if permission == Permission::SeeScreen {
            self.sees = on && (self.sees || self.shares.is_some());
        } else if permission == Permission::Control {
            self.controls_since = if on { self.controls_since.or(Some(now)) } else { None };
        }
        if !self.sees {
            self.controls_since = None;
        }
    }

    fn control_is_over(&self, now: Moment) -> bool {
        self.controls_since.is_some_and(|since| now.since(since) >= CONTROL_LASTS)
    }

    fn did(&mut self, action: &Action) {
        match action {
            Action::Gate(grants) => {
                self.gate = grants.clone();
                let live = [Permission::SeeScreen, Permission::Control].map(|permission| grants.live(permission));
                for ((live, newest), dead) in live.into_iter().zip(&mut self.newest).zip(self.dead) {
                    assert!(live.is_none() || live > dead, "an epoch of a line that broke lives again");
                    *newest = live.max(*newest);
                }
            }
            Action::Ask { question, permission, .. } => {
                assert!(self.question.is_none(), "two questions at once");
                self.question = Some((*question, Some(*permission)));
            }
            Action::AskToShow { question, .. } => {
                assert!(self.question.is_none(), "two questions at once");
                assert!(self.may_see(), "asked to see more by whoever sees nothing");
                self.question = Some((*question, None));
            }
            Action::Answered { question, .. } => {
                assert!(
                    self.question.is_some_and(|(standing, _)| standing == *question),
                    "answered what did not stand"
                );
                self.question = None;
            }
            Action::Inject { epoch, input, .. } => {
                assert!(self.may_control(*epoch) && input.is_valid(), "input without live control");
            }
            Action::StartPicture { share, epoch } => {
                assert_eq!(self.shares, Some(*share), "a picture of what was not chosen");
                assert!(self.may_see() && self.gate.live(Permission::SeeScreen) == Some(*epoch));
            }
            Action::Shown(_) | Action::WholeFrame => assert!(self.may_see(), "a word about no picture"),
            Action::LineBroke { comes_back_within } => {
                assert!(!self.broken && *comes_back_within <= RESUME_WITHIN);
                self.broken = true;
                self.dead = self.newest;
                self.controls_since = None;
            }
            Action::Send(message) if self.broken => {
                let proof_or_end = matches!(message, ToTechnician::Ended(_) | ToTechnician::Resume(_));
                assert!(proof_or_end, "{message:?} is said to a stranger");
            }
            Action::AskToGoOn { .. } => self.asks_to_go_on = true,
            Action::GoesOn => self.asks_to_go_on = false,
            Action::Send(message) => {
                let bytes = postcard::to_stdvec(message).expect("what is sent can be written");
                assert!(bytes.len() < 1024, "a long message of priority {:?}", message.priority());
            }
            Action::CheckIdentity { .. }
            | Action::AskWhoIsThere { .. }
            | Action::Began
            | Action::ReleaseInput
            | Action::Prolonged { .. }
            | Action::Withdrawn { .. }
            | Action::HangUp
            | Action::NothingToShow
            | Action::LineBack
            | Action::Close(_) => {}
        }
    }

    fn may_control(&self, epoch: Epoch) -> bool {
        self.controls() && self.gate.live(Permission::Control) == Some(epoch)
    }

    fn controls(&self) -> bool {
        self.may_see() && self.controls_since.is_some() && self.question.is_none() && !self.asks_to_go_on
    }

    fn may_see(&self) -> bool {
        self.sees && !self.paused && !self.broken
    }

    fn check(&self) {
        assert!(self.gate.live(Permission::Control).is_none() || self.controls(), "an open gate without the customer");
        assert!(self.gate.live(Permission::SeeScreen).is_none() || self.may_see());
        for permission in Permission::ALL {
            let known = matches!(permission, Permission::SeeScreen | Permission::Control);
            assert!(known || self.gate.live(permission).is_none(), "a permission that this version does not have");
        }
    }
}
