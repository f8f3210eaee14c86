//! Reaches the relay and waits until the technician is there.

use super::reports::Reports;
use crate::call::{Paired, Waiting, WaitingEvent, refused};
use crate::input::OwnWindows;
use crate::pipe::{Command, Company, NumberText, Origin, Report, Stage, StartFault};
use crate::rendezvous::{ConnectError, DomainTrust};
use beistand_protocol::close::CloseReason;
use beistand_protocol::number::SessionNumber;
use beistand_protocol::rendezvous::{Fingerprint, IdError, Role};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::Receiver;

/// What the worker knows of the company.
pub(super) fn trust_of(company: &Company) -> Result<(DomainTrust, Fingerprint), IdError> {
    let domain = company.domain.parse()?;
    let root = Fingerprint::new(Sha256::digest(&company.root_der).into());
    let trust = if company.root_is_pinned_for_tls {
        DomainTrust::pinned(domain, root)
    } else {
        DomainTrust::public(domain, Some(root))
    };
    Ok((trust, root))
}

pub(super) async fn pair(
    trust: &DomainTrust,
    origin: &Origin,
    commands: &mut Receiver<Command>,
    reports: &Reports,
    own_windows: &OwnWindows,
) -> Result<Paired, CloseReason> {
    reports.send(&Report::Stage(Stage::Connecting));
    let number = match origin {
        Origin::Shown => None,
        // The guardian has checked it already.
        Origin::Typed(text) => Some(SessionNumber::parse(&text.0).map_err(|_| CloseReason::NumberNotFound)?),
    };
    let mut waiting = tokio::select! {
        connected = Waiting::connect(trust, Role::Customer, number, None) => {
            connected.map_err(|error| failed(&error, reports))?
        }
        reason = finished(commands, own_windows) => return Err(reason),
    };
    let mut issued = None;
    loop {
        tokio::select! {
            event = waiting.next(&mut issued) => match event {
                WaitingEvent::Number { spoken, lives_for } => {
                    let number = NumberText(spoken.expose().clone());
                    let seconds_left = u32::try_from(lives_for.as_secs()).unwrap_or(u32::MAX);
                    reports.send(&Report::Number { number, seconds_left });
                    reports.send(&Report::Stage(Stage::Waiting));
                }
                WaitingEvent::Paired => {
                    reports.send(&Report::Stage(Stage::Confirming));
                    let paired = waiting.paired(issued).ok_or(CloseReason::WorkerFailed)?;
                    if let Some(token) = paired.burn_token.clone() {
                        reports.send(&Report::BurnToken(token));
                    }
                    return Ok(paired);
                }
                WaitingEvent::Ended(reason) => return Err(reason),
            },
            command = commands.recv() => match ended_by(command, own_windows) {
                Heard::Finish(reason) => {
                    waiting.cancel().await;
                    return Err(reason);
                }
                Heard::Extend => waiting.extend().await,
                Heard::Nothing => {}
            },
        }
    }
}

enum Heard {
    Finish(CloseReason),
    Extend,
    Nothing,
}

/// What a command means before anybody is there.
fn ended_by(command: Option<Command>, own_windows: &OwnWindows) -> Heard {
    match command {
        None => Heard::Finish(CloseReason::WorkerFailed),
        Some(Command::Finish(reason)) => Heard::Finish(reason),
        Some(Command::Refuse) => Heard::Finish(CloseReason::EndedByCustomer),
        Some(Command::ExtendNumber) => Heard::Extend,
        Some(Command::OwnWindows { panel, others }) => {
            own_windows.set(panel.into_iter().chain(others));
            Heard::Nothing
        }
        Some(
            Command::Start { .. }
            | Command::Accept(_)
            | Command::Show { .. }
            | Command::ListSources
            | Command::MoreTime
            | Command::Set { .. }
            | Command::Answer { .. }
            | Command::GoOn(_)
            | Command::Pause(_),
        ) => Heard::Nothing,
    }
}

async fn finished(commands: &mut Receiver<Command>, own_windows: &OwnWindows) -> CloseReason {
    loop {
        if let Heard::Finish(reason) = ended_by(commands.recv().await, own_windows) {
            return reason;
        }
    }
}

fn failed(error: &ConnectError, reports: &Reports) -> CloseReason {
    tracing::info!(%error, "Relay not available");
    if let Some(reason) = refused(error) {
        return reason;
    }
    reports.send(&Report::Fault(StartFault::from(error)));
    CloseReason::NetworkLost
}
