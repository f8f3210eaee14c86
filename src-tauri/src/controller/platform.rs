//! What the controller needs of the rest of the world, as one trait, so that a test can stand in for it.

use super::receipts::AfterFacts;
use crate::desk::{DeskJob, DeskOutcome};
use crate::request::Window;
use crate::settings::{KnownCompany, SavedTechnician};
use crate::technician_desk::{TechnicianJob, TechnicianOutcome};
use crate::view::{Corner, ErrorCode, Grab, Language, MainView, PanelView, Password, TypedNumber, ViewerView};
use beistand_protocol::close::CloseReason;
use beistand_protocol::input::{Dropped, Input};
use beistand_protocol::message::{Answer, Pause, Reason};
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_protocol::picture::Share;
use beistand_protocol::rendezvous::BurnToken;
use beistand_protocol::showing::{Showing, Wish};
use beistand_session::pipe::{Command, Stage, StartFault};
use beistand_session::rendezvous::{Company, DomainTrust, Farewell};
use std::io;
use std::path::Path;
use std::time::Duration;

/// The rest of the world.
pub(crate) trait Platform {
    /// Starts a worker; what it says comes as events with this serial.
    fn start_worker(&mut self, serial: u32, first: Command) -> io::Result<()>;
    /// Tells the worker, if there is one.
    fn worker(&mut self, order: WorkerOrder);
    /// Whether a key or button of the hardware was pressed within this time.
    fn hardware_within(&self, time: Duration) -> bool;
    /// Begins to prove that the panel is seen, for the session of this serial, or ends it.
    fn prove_panel(&mut self, session: Option<u32>);
    /// Looks for what may be left on this computer after a session.
    fn look_after(&mut self) -> AfterFacts;

    /// Starts a technician's end; what it says comes as events with this serial.
    fn start_technician(&mut self, serial: u32, start: TechnicianStart);
    /// Tells the technician's end, if there is one.
    fn technician(&mut self, order: TechnicianOrder);
    /// Forgets the technician's key.
    fn forget_key(&mut self, technician: &SavedTechnician);

    /// Forgets what the web view keeps by itself.
    fn forget_web_data(&mut self);

    /// Starts something slow.
    fn run(&mut self, job: Job);
    fn emit(&mut self, model: Model);
    fn show(&mut self, window: Window);
    fn hide(&mut self, window: Window);
    fn minimize(&mut self, window: Window);
    /// Makes the main window as large as a technician's tables need, if it is smaller and the screen has room.
    fn make_room(&mut self);
    fn move_panel(&mut self, corner: Corner);
    fn print(&mut self);
    fn open_folder(&mut self, folder: &Path);
    /// Has the tray speak this language.
    fn speak(&mut self, language: Language);
    /// Registers this hotkey of NOTAUS and the one to the panel in place of all before, or takes them away.
    fn set_hotkeys(&mut self, stop: Option<&str>) -> HotkeysInForce;
    /// Gives a window the keyboard: somebody asked for it.
    fn focus(&mut self, window: Window);
    /// Has the desktop point at a window, without taking the keyboard away from what is typed just now.
    fn draw_attention(&mut self, window: Window);
    /// Has the viewer get every key, or gives them back; what came of it is an event of this serial.
    fn grab_keyboard(&mut self, serial: u32, on: bool);
    fn quit(&mut self);
}

/// Which hotkeys the desktop let us have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HotkeysInForce {
    /// That of NOTAUS.
    pub(crate) stop: bool,
    /// The one that leads to the panel.
    pub(crate) panel: bool,
}

/// Something for the worker.
#[derive(Debug)]
pub(crate) enum WorkerOrder {
    Send(Command),
    Set(Permission, Setting),
    Answer { question: u32, allow: bool },
    Show(Share),
    Finish(CloseReason),
    Stop(CloseReason),
}

/// Whether the panel is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PanelProof {
    Seen,
    /// For so long that the session stands still.
    Missing,
    /// For so long that the session was ended.
    Lost,
}

/// Something slow.
#[derive(Debug)]
pub(crate) enum Job {
    FetchCompany {
        serial: u32,
        trust: DomainTrust,
    },
    /// Tells the relay that the session is over.
    Burn {
        trust: DomainTrust,
        token: BurnToken,
        farewell: Farewell,
    },
    SignIn {
        serial: u32,
        trust: DomainTrust,
        login: String,
        password: Password,
    },
    Desk(DeskJob),
    TechnicianDesk(TechnicianJob),
}

/// What came of a [`Job`].
#[derive(Debug)]
pub(crate) enum Outcome {
    CompanyFetched { serial: u32, trust: DomainTrust, result: Result<Company, ErrorCode> },
    SignedIn { serial: u32, result: Result<SavedTechnician, ErrorCode> },
    Desk(DeskOutcome),
    TechnicianDesk(TechnicianOutcome),
}

/// What a technician's end starts with.
#[derive(Debug)]
pub(crate) struct TechnicianStart {
    pub(crate) company: KnownCompany,
    pub(crate) login: String,
    pub(crate) origin: TechnicianOrigin,
}

/// Where the technician's number comes from.
#[derive(Debug)]
pub(crate) enum TechnicianOrigin {
    Issued,
    Typed(TypedNumber),
}

/// Something for the technician's end.
#[derive(Debug)]
pub(crate) enum TechnicianOrder {
    Ask(Permission, Reason),
    AskToShow(Wish, Reason),
    Input(Vec<Input>),
    ExtendNumber,
    End,
}

/// What the technician's end says. The cursor and the picture go their own way.
#[derive(Debug)]
pub(crate) enum TechnicianNews {
    /// It could not begin.
    Failed(ErrorCode),
    /// It could not begin; why it ended follows.
    Fault(StartFault),
    Stage(Stage),
    Number {
        number: String,
        seconds_left: u32,
    },
    /// The number is proven; the customer is asked.
    Waiting {
        digits: u16,
    },
    /// What is allowed now; the first time, the session has begun.
    Granted(Grants),
    Answered {
        permission: Permission,
        answer: Answer,
    },
    Showing(Showing),
    ShowAnswered(Answer),
    Paused(Option<Pause>),
    /// The line is broken for so long at most.
    LineBroke {
        seconds_left: u32,
    },
    LineBack,
    Dropped(Dropped),
    /// What became of the last chord.
    Chord(Result<(), Dropped>),
    /// Whether the viewer has the whole keyboard.
    Grab(Grab),
    /// The picture has this size now.
    Sized {
        width: u32,
        height: u32,
    },
    Line {
        round_trip: Duration,
        kilobytes_per_second: u32,
    },
    /// Whether the picture is exact from now on, or still becomes so.
    Exact(bool),
    Ended(CloseReason),
}

/// A whole model for a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Model {
    Main(MainView),
    Panel(PanelView),
    Viewer(ViewerView),
}
