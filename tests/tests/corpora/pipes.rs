//! What guardian and worker say to each other, as a start for the fuzzer.

use crate::seeds::{grants, number, reason};
use anyhow::Result;
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::Withdrawal;
use beistand_protocol::input::{Hold, HoldNews};
use beistand_protocol::message::Pause;
use beistand_protocol::permission::{Permission, Setting};
use beistand_protocol::picture::{Monitor, Rect, Share};
use beistand_protocol::rendezvous::{BurnToken, TechnicianName};
use beistand_protocol::showing::{Showing, View, Window, Wish};
use beistand_session::pipe::{Activity, Command, Company, NumberText, Origin, Report, Stage, StartFault, write_frame};
use serde::Serialize;

fn frames(messages: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for message in messages {
        write_frame(&mut bytes, message)?;
    }
    Ok(bytes)
}

pub(crate) fn commands() -> Result<Vec<u8>> {
    let company =
        Company { domain: String::from("help.example"), root_der: vec![0x30; 9], root_is_pinned_for_tls: true };
    let settings = vec![(Permission::SeeScreen, Setting::Ask), (Permission::Control, Setting::Off)];
    frames(&[
        Command::Start { company, origin: Origin::Typed(NumberText(number(47)?)), settings },
        Command::ExtendNumber,
        Command::Accept(Share::Monitor(3)),
        Command::Refuse,
        Command::MoreTime,
        Command::Set { revision: 1, permission: Permission::Control, setting: Setting::On },
        Command::Answer { revision: 2, question: 1, allow: true },
        Command::Pause(Some(Pause::PanelHidden)),
        Command::OwnWindows { panel: Some(700), others: vec![1, 2] },
        Command::ListSources,
        Command::Show { revision: 3, share: Share::Window(0x0140_0003) },
        Command::Finish(CloseReason::EndedByCustomer),
    ])
}

pub(crate) fn reports() -> Result<Vec<u8>> {
    let rect = Rect { x: -1920, y: 0, width: 1920, height: 1080 };
    let monitor = Monitor { id: 7, name: String::from("HDMI-1"), rect, primary: true, scale_percent: 100 };
    let technician = TechnicianName { name: "Anna Weber".parse()?, company: "Musterfirma GmbH".parse()? };
    let window = Window {
        id: 0x0140_0003,
        title: String::from("Rechnung.ods").into(),
        program: String::from("Soffice").into(),
        width: 900,
        height: 700,
        dialog: false,
        away: true,
    };
    frames(&[
        Report::Stage(Stage::Waiting),
        Report::Number { number: NumberText(number(47)?), seconds_left: 600 },
        Report::BurnToken(BurnToken::new([3; 32])),
        Report::WhoIsThere {
            technician,
            digits: 4711,
            monitors: vec![monitor.clone()],
            windows: vec![window.clone()],
            seconds_left: 180,
        },
        Report::Sources { monitors: vec![monitor], windows: vec![window] },
        Report::Active,
        Report::Applied { revision: 2, grants: grants() },
        Report::Question { question: 1, permission: Permission::Control, reason: reason()?, seconds_left: 60 },
        Report::Prolonged { question: None, seconds_left: 60 },
        Report::QuestionGone { question: 1, allowed: true },
        Report::Doing(Activity::Keyboard),
        Report::Held(HoldNews::Begins(Hold::Key(38))),
        Report::KeptOff { ours: 3, others: 4 },
        Report::WishesToSee { question: 2, wish: Wish::Monitor(2), reason: reason()?, seconds_left: 60 },
        Report::Showing(Showing { what: View::Window { away: true }, monitors: 2 }),
        Report::SourceGone,
        Report::Withdrawn { permission: Permission::Control, why: Withdrawal::LineBroke },
        Report::AsksToGoOn { seconds_left: 180 },
        Report::GoesOn,
        Report::LineBroke { seconds_left: 110 },
        Report::LineBack,
        Report::Fault(StartFault::Clock),
        Report::Ended(CloseReason::Stopped),
    ])
}
