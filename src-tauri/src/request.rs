//! What the pages and the desktop ask of the controller.

use crate::desk::DeskRequest;
use crate::view::TechnicianDeskAsk;
use crate::view::{
    Caller, Corner, DomainAnswer, InputBatch, Language, MainView, PanelView, Password, Permission, Place, Setting,
    SpecialKey, TypedNumber, ViewerView, WishedSource,
};
use tokio::sync::oneshot;

/// Something that a person wants. Whether anything comes of it shows in the next model.
#[derive(Debug)]
pub(crate) enum Request {
    SetLanguage(Language),
    Go(Place),
    SetHotkey(String),
    SetAssistiveInput(bool),
    ForgetEverything,
    DismissNotice,
    TryAgain,
    Cancel,
    ExtendNumber,
    DismissEnd,
    WhoCalled(Caller),
    SetDomain(String),
    ConfirmDomain(DomainAnswer),
    LiftStop,
    StartJoin(TypedNumber),
    ShowNumber,
    Choose(String),
    ListSources,
    ShowSource(String),
    Refuse,
    MoreTime,
    ShowPanel,
    MovePanel(Corner),
    SetPermission(Permission, Setting),
    Answer { question: u32, allow: bool },
    GoOn { allow: bool },
    EmergencyStop,
    OpenReceipt(String),
    DeleteReceipt(String),
    ShowReceiptFile(String),
    PrintReceipt,
    SignIn { domain: String, login: String, password: Password },
    SignOut,
    NewSession,
    TypeNumber(TypedNumber),
    ShowViewer,
    EndSession,
    Ask(Permission, String),
    AskToShow(WishedSource, String),
    Input(InputBatch),
    SpecialKey(SpecialKey),
    GrabKeyboard(bool),
    FocusPanel,
    Desk(DeskRequest),
    TechnicianDesk(TechnicianDeskAsk),
    OpenLink(String),
    WindowClosed(Window),
    ShowMain,
    Quit,
}

/// Our windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Window {
    Main,
    Panel,
    Viewer,
}

impl Window {
    pub(crate) const ALL: [Self; 3] = [Self::Main, Self::Panel, Self::Viewer];

    /// The name that Tauri and the capability files know it by.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Panel => "panel",
            Self::Viewer => "viewer",
        }
    }

    pub(crate) fn of_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.label() == label)
    }
}

/// A page that has just been loaded asks for its whole model.
#[derive(Debug)]
pub(crate) enum ModelWanted {
    Main(oneshot::Sender<MainView>),
    Panel(oneshot::Sender<PanelView>),
    Viewer(oneshot::Sender<ViewerView>),
}
