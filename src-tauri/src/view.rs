//! What each window shows: plain values that the controller sends and the pages render.
//!
//! Start with [`MainView`], [`PanelView`] and [`ViewerView`]: one whole model a window. The page asks for its
//! model once when it loads (`current_main_view`, `current_panel_view`, `current_viewer_view`) and gets a new
//! one as an event whenever anything changes. Times are seconds as they were when the model was sent; the page
//! counts on by itself, so a second that passes is no reason to send again.
//!
//! Must not: hold rules, keep state, know Tauri's windows. A page never infers a state from two fields, so every
//! screen is a variant of its own. No `u64` crosses: JavaScript can't hold one.
//!
//! # Commands
//!
//! A command only sends a request to the controller; whether anything comes of it shows in the next model. All
//! answer `Result<(), CommandError>` unless a type is given.
//!
//! Main window, both roles:
//!
//! | command | arguments | answer |
//! |---|---|---|
//! | `current_main_view` | | [`MainView`] |
//! | `set_language` | `language:` [`Language`] | |
//! | `go` | `place:` [`Place`] | |
//! | `check_domain` | `text: String` | [`DomainCheck`], pure: [`DomainCheck::of`] |
//! | `check_number` | `number:` [`TypedNumber`] | [`NumberCheck`], pure: [`NumberCheck::of`] |
//! | `set_hotkey` | `hotkey: String`, such as `Ctrl+Alt+Shift+F12` | |
//! | `set_assistive_input` | `on: bool` | |
//! | `forget_everything` | | |
//! | `dismiss_notice` | | |
//! | `try_again` | from [`MainScreen::Failed`] | |
//! | `cancel` | whatever is under way, no session yet | |
//! | `extend_number` | by the end that issued it | |
//! | `dismiss_end` | from [`MainScreen::Ended`], [`MainScreen::TechnicianEnded`], [`PanelScreen::Ended`], [`ViewerScreen::Ended`] | |
//!
//! Main window, customer:
//!
//! | command | arguments |
//! |---|---|
//! | `who_called` | `caller:` [`Caller`] |
//! | `set_domain` | `domain: String` |
//! | `confirm_domain` | `source:` [`DomainAnswer`] |
//! | `lift_stop` | allow a domain again after three failed confirmations |
//! | `start_join` | `number:` [`TypedNumber`] |
//! | `show_number` | |
//! | `choose` | `source_id: String` ([`ShareSource::id`]), *show the screen* |
//! | `list_sources` | look again what could be shown; also from the panel |
//! | `refuse` | *no* to whoever asks to see the screen |
//! | `more_time` | for the question of who is there, or for the one that stands on the panel |
//! | `show_panel` | bring the panel to the front |
//! | `emergency_stop` | also from the panel; must not wait for anything |
//! | `open_receipt` | `id: String` |
//! | `delete_receipt` | `id: String` |
//! | `show_receipt_file` | `id: String`, opens the folder |
//! | `print_receipt` | prints the page that is shown |
//!
//! Main window, technician:
//!
//! | command | arguments |
//! |---|---|
//! | `sign_in` | `domain: String, login: String, password:` [`Password`] |
//! | `sign_out` | |
//! | `new_session` | issue a number |
//! | `type_number` | `number:` [`TypedNumber`] |
//! | `show_viewer` | bring the viewer to the front |
//! | `end_session` | also from the viewer |
//! | `technician_desk` | `ask:` [`TechnicianDeskAsk`] |
//!
//! Panel:
//!
//! | command | arguments |
//! |---|---|
//! | `current_panel_view` | answers [`PanelView`] |
//! | `set_permission` | `permission:` [`Permission`], `setting:` [`Setting`] |
//! | `answer` | `question_id: u32, allow: bool` |
//! | `show_source` | `source_id: String` ([`ShareSource::id`]), show this instead; also the yes to a [`Wish`] |
//! | `emergency_stop` | |
//! | `mark_painted` | `serial: u32`, the page has drawn this [`Mark`] |
//! | `move_panel` | `corner:` [`Corner`] |
//!
//! Viewer:
//!
//! | command | arguments |
//! |---|---|
//! | `current_viewer_view` | answers [`ViewerView`] |
//! | `current_cursor` | answers `Option<CursorShape>` |
//! | `ask` | `permission:` [`Permission`], `reason: String` (at most [`REASON_CHARS`]) |
//! | `ask_to_show` | `wish:` [`WishedSource`], `reason: String` |
//! | `input` | `events:` [`InputBatch`] | |
//! | `special_key` | `key:` [`SpecialKey`] |
//! | `grab_keyboard` | `on: bool` |
//! | `end_session` | |
//!
//! # Events
//!
//! [`MainView`], [`PanelView`], [`ViewerView`], [`Mark`], [`CursorMoved`], [`CursorShape`], [`FilesFallen`]; each
//! goes to its own window. The mark, the cursor and the picture are apart from the models because they change many times a second.
//!
//! # The picture
//!
//! The viewer's worker asks `GET {picture_url}next?stream=S&after=N&videos=V` and gets one batch as bytes, laid out as
//! `beistand_session::picture::batch` says, or an empty answer (204) after some seconds in which nothing changed.
//! **`stream` and `after` acknowledge**: everything up to update `N` of that stream has been drawn.
//! `stream=0&after=0` is a viewer that has nothing yet and asks for the whole picture. With `videos=1` it says that it
//! decodes large videos itself, from the next one that begins; it says so after it has drawn what `{picture_url}probe`
//! answers and found the right colours. The answer needs
//! `Access-Control-Allow-Origin: *`.

mod customer;
mod desk;
mod error;
mod input;
mod panel;
mod receipt;
mod shared;
mod technician;
mod technician_ask;
mod technician_case;
mod technician_desk;
mod technician_intake;
mod typed;
mod viewer;

pub use customer::*;
pub use desk::*;
pub use error::*;
pub use input::*;
pub use panel::*;
pub use receipt::*;
pub use shared::*;
pub use technician::*;
pub use technician_ask::*;
pub use technician_case::*;
pub use technician_desk::*;
pub use technician_intake::*;
pub use typed::*;
pub use viewer::*;

use serde::{Deserialize, Serialize};
use specta::Type;

/// How long a reason for a question may be.
pub const REASON_CHARS: usize = 200;

/// What the main window shows: the same frame around one screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub struct MainView {
    /// The language of every text.
    pub language: Language,
    /// The support company that the customer's side of this computer belongs to, once it is known.
    pub company: Option<Company>,
    /// Something that went wrong beside the screen, until it is dismissed.
    pub notice: Option<ErrorCode>,
    /// The screen.
    pub screen: MainScreen,
}

/// The screens of the main window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum MainScreen {
    /// Who called whom?
    Start {
        /// How many receipts are stored here.
        receipts: u32,
    },
    /// What a scam looks like; nothing goes on from here but back.
    Scam,
    /// Which support company?
    EnterDomain,
    /// Who gave you this address?
    ConfirmDomain {
        /// The address that is new to this computer.
        domain: String,
        /// How it came here.
        source: DomainSource,
    },
    /// I have a number, or show me one.
    Choose,
    /// The number that the technician reads out.
    EnterNumber,
    /// A number to read out.
    ShowNumber(OfferedNumber),
    /// On the way to the other end.
    Connecting {
        /// How far.
        step: ConnectStep,
    },
    /// Who is there, and do you want to show them your screen?
    WhoIsIt(WhoIsIt),
    /// A session runs; the panel is a window of its own.
    InSession {
        /// Who sees.
        who: Who,
        /// How long it has run.
        elapsed_seconds: u32,
        /// Why nothing is sent at the moment.
        paused: Option<PauseReason>,
    },
    /// How it ended.
    Ended {
        /// Why.
        end: EndReason,
        /// What was recorded; none if there was no session yet.
        receipt: Option<Receipt>,
    },
    /// It didn't come to a session.
    Failed {
        /// Why.
        error: ErrorCode,
        /// What `try_again` would do.
        again: TryAgain,
    },
    /// Every receipt that is stored here, newest first.
    Receipts {
        /// The list.
        receipts: Vec<ReceiptLine>,
    },
    /// One receipt out of the list.
    Receipt {
        /// The receipt.
        receipt: Receipt,
    },
    /// The customer's desk.
    Desk {
        /// Which of its screens.
        desk: DeskScreen,
    },
    /// What can be set.
    Settings(Settings),
    /// A technician's login.
    SignIn(SignIn),
    /// A technician who is signed in: new session, or the customer's number.
    TechnicianHome {
        /// Who is signed in.
        technician: Technician,
    },
    /// A number for the technician to read out.
    TechnicianNumber {
        /// Who is signed in.
        technician: Technician,
        /// The number.
        number: OfferedNumber,
    },
    /// The number that the customer reads out.
    TypeNumber {
        /// Who is signed in.
        technician: Technician,
    },
    /// On the way to the customer.
    TechnicianConnecting {
        /// Who is signed in.
        technician: Technician,
        /// How far.
        step: ConnectStep,
    },
    /// The customer sees who it is and has not answered yet.
    WaitingForYes {
        /// Who is signed in.
        technician: Technician,
        /// Four digits that both see, once they are there.
        digits: Option<String>,
    },
    /// A session runs; the viewer is a window of its own.
    TechnicianInSession {
        /// Who is signed in.
        technician: Technician,
        /// How long it has run.
        elapsed_seconds: u32,
    },
    /// How it ended.
    TechnicianEnded {
        /// Who is signed in.
        technician: Technician,
        /// Why.
        end: EndReason,
        /// How long it ran.
        duration_seconds: u32,
        /// The ticket from which it was started: what was recorded is in it.
        ticket: Option<String>,
        /// Whether a ticket can be filed about it.
        reportable: bool,
    },
    /// The desk.
    TechnicianDesk {
        /// Who is signed in.
        technician: Technician,
        /// Which of its screens.
        desk: TechnicianDeskScreen,
    },
    /// It didn't come to a session.
    TechnicianFailed {
        /// Who is signed in.
        technician: Technician,
        /// Why.
        error: ErrorCode,
        /// What `try_again` would do.
        again: TryAgain,
    },
}

/// Where `go` leads. From a running session it leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// The first screen of the role that is open: [`MainScreen::Start`] or [`MainScreen::TechnicianHome`].
    Home,
    /// One screen back.
    Back,
    /// [`MainScreen::Start`].
    Customer,
    /// [`MainScreen::SignIn`], or [`MainScreen::TechnicianHome`] if somebody is signed in.
    Technician,
    /// [`MainScreen::EnterDomain`].
    Domain,
    /// [`MainScreen::EnterNumber`].
    EnterNumber,
    /// [`MainScreen::TypeNumber`].
    TypeNumber,
    /// [`MainScreen::Receipts`].
    Receipts,
    /// [`MainScreen::Settings`].
    Settings,
    /// A new request at the desk, or [`DeskScreen::Home`] if one was begun.
    Report,
    /// [`DeskScreen::Tickets`], or [`DeskScreen::Home`] while the app is not linked.
    Tickets,
}
