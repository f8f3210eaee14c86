//! What guardian and worker say to each other over the worker's standard pipes.
//!
//! Length-prefixed `postcard` frames. The worker handles what strangers send, so the guardian treats its
//! reports with care too: bounded, typed, and nothing in them makes the guardian allow anything.

use crate::rendezvous::ConnectError;
use beistand_protocol::close::CloseReason;
use beistand_protocol::customer::Withdrawal;
use beistand_protocol::input::HoldNews;
use beistand_protocol::message::{Pause, Reason};
use beistand_protocol::permission::{Grants, Permission, Setting};
use beistand_protocol::picture::{Monitor, Share};
use beistand_protocol::rendezvous::{BurnToken, TechnicianName};
use beistand_protocol::showing::{Showing, Window, Wish};
use core::fmt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};

/// The longest frame in either direction.
pub const MAX_FRAME_BYTES: usize = 256 * 1024;

/// The argument that turns the executable into a worker.
pub const WORKER_ARGUMENT: &str = "worker";

/// A session number as text, on its way between the two processes of one customer.
#[derive(Clone, Serialize, Deserialize)]
pub struct NumberText(pub String);

impl fmt::Debug for NumberText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberText(…)")
    }
}

/// Where the session number comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Origin {
    /// The customer typed the technician's number.
    Typed(NumberText),
    /// The customer shows a number and reads it out.
    Shown,
}

/// The support company as the customer confirmed it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Company {
    /// Its domain, with a port if it is not 443.
    pub domain: String,
    /// Its organisation root, DER.
    pub root_der: Vec<u8>,
    /// Whether the relay's own certificate has to lead to that root too, instead of a public one.
    pub root_is_pinned_for_tls: bool,
}

/// What the guardian tells the worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// The first: begin.
    Start {
        /// With whom.
        company: Company,
        /// By which number.
        origin: Origin,
        /// How each permission is set before anybody asks. None of them is on.
        settings: Vec<(Permission, Setting)>,
    },
    /// The number shown gets its full time again.
    ExtendNumber,
    /// The customer accepts who is there and shows this.
    Accept(Share),
    /// The customer shows this from now on. Acknowledged by [`Report::Applied`].
    Show {
        /// Counts these commands together with [`Command::Set`].
        revision: u32,
        /// What.
        share: Share,
    },
    /// What could be shown now? Answered by [`Report::Sources`].
    ListSources,
    /// The customer does not accept who is there.
    Refuse,
    /// More time for the question of who is there, or for the question that stands.
    MoreTime,
    /// The customer sets a permission. Acknowledged by [`Report::Applied`] with the same revision.
    Set {
        /// Counts these commands.
        revision: u32,
        /// Which.
        permission: Permission,
        /// How.
        setting: Setting,
    },
    /// The customer answers a question. Acknowledged by [`Report::Applied`].
    Answer {
        /// Counts these commands together with [`Command::Set`].
        revision: u32,
        /// Which question.
        question: u32,
        /// Yes or no.
        allow: bool,
    },
    /// Whether the session goes on, to [`Report::AsksToGoOn`].
    GoOn(bool),
    /// The panel's proof is missing: stand still; or it is back: go on.
    Pause(Option<Pause>),
    /// The guardian's X windows (or their like): input never goes into any of them, and all but the
    /// panel are black in the picture.
    OwnWindows {
        /// The panel.
        panel: Option<u32>,
        /// All others.
        others: Vec<u32>,
    },
    /// End politely: tell the other end and leave.
    Finish(CloseReason),
}

/// How far the connecting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Reaching the relay.
    Connecting,
    /// The relay is reached; the other end is not there yet.
    Waiting,
    /// Both ends are there and prove the number to each other.
    Confirming,
}

/// What the technician is doing at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Activity {
    /// Moves or clicks the mouse.
    Mouse,
    /// Types.
    Keyboard,
}

/// Why a worker could not begin, where the close reason alone doesn't say what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartFault {
    /// The relay did not answer.
    RelayUnreachable,
    /// The relay's certificate is not the one expected.
    RelayCertificate,
    /// The relay's certificate is not valid at this computer's time.
    Clock,
    /// The relay has no free number or takes no new sessions.
    RelayFull,
}

impl From<&ConnectError> for StartFault {
    fn from(error: &ConnectError) -> Self {
        match error {
            ConnectError::Unreachable(_) | ConnectError::Answer(_) | ConnectError::Lost => Self::RelayUnreachable,
            ConnectError::Certificate(_) | ConnectError::Root => Self::RelayCertificate,
            ConnectError::Clock(_) => Self::Clock,
            ConnectError::Refused(_) | ConnectError::NotAdmitted | ConnectError::Throttled => Self::RelayFull,
        }
    }
}

/// What the worker tells the guardian.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Report {
    /// How far it is.
    Stage(Stage),
    /// The number to read out.
    Number {
        /// In groups of three.
        number: NumberText,
        /// How long it lives.
        seconds_left: u32,
    },
    /// With this the guardian tells the relay that the session is over.
    BurnToken(BurnToken),
    /// Who is there; the customer is asked.
    WhoIsThere {
        /// Verified against the company's root.
        technician: TechnicianName,
        /// The four digits to compare.
        digits: u16,
        /// What could be shown.
        monitors: Vec<Monitor>,
        /// What could be shown alone.
        windows: Vec<Window>,
        /// How long the question stands.
        seconds_left: u32,
    },
    /// What could be shown now.
    Sources {
        /// All of it, or a part.
        monitors: Vec<Monitor>,
        /// One of them alone.
        windows: Vec<Window>,
    },
    /// The session runs.
    Active,
    /// The grants as they are now; with the revision of the command that they answer to.
    Applied {
        /// Of the last command carried out.
        revision: u32,
        /// All of them.
        grants: Grants,
    },
    /// The technician asks for a permission.
    Question {
        /// For [`Command::Answer`].
        question: u32,
        /// Which.
        permission: Permission,
        /// Why.
        reason: Reason,
        /// How long it stands; no answer means no.
        seconds_left: u32,
    },
    /// The technician wishes to see something else.
    WishesToSee {
        /// For [`Command::Answer`]; a yes is [`Command::Show`].
        question: u32,
        /// What.
        wish: Wish,
        /// Why.
        reason: Reason,
        /// How long it stands; no answer means no.
        seconds_left: u32,
    },
    /// How what is shown stands.
    Showing(Showing),
    /// What was shown is not there any more. Nothing is shown before [`Command::Show`].
    SourceGone,
    /// A question has more time.
    Prolonged {
        /// Which; none for the one of who is there.
        question: Option<u32>,
        /// How long it stands from now on.
        seconds_left: u32,
    },
    /// The question does not stand any more: it was answered, or its time is over.
    QuestionGone {
        /// Which.
        question: u32,
        /// Whether it was allowed.
        allowed: bool,
    },
    /// A permission is off that the customer has not taken back. Comes before the grants without it.
    Withdrawn {
        /// Which.
        permission: Permission,
        /// Why.
        why: Withdrawal,
    },
    /// The longest time for a session is over: the customer is asked whether it goes on.
    AsksToGoOn {
        /// How long the question stands; no answer means no.
        seconds_left: u32,
    },
    /// The session goes on.
    GoesOn,
    /// The line is broken: nothing is shown or done until it is back.
    LineBroke {
        /// How long the other end may take to come back.
        seconds_left: u32,
    },
    /// The other end is back.
    LineBack,
    /// The technician did something just now (at most a few times a second).
    Doing(Activity),
    /// A key, button or remapped keycode that is about to go down, or is up again.
    Held(HoldNews),
    /// How many inputs so far were not carried out because of the window that they would have reached.
    KeptOff {
        /// It was one of ours.
        ours: u32,
        /// One window was shown, and it was another.
        others: u32,
    },
    /// The session could not begin.
    Fault(StartFault),
    /// The last: it is over.
    Ended(CloseReason),
}

/// Writes one frame and flushes it.
///
/// # Errors
/// Those of the pipe; [`io::ErrorKind::InvalidData`] if the message is too long.
pub fn write_frame(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = postcard::to_stdvec(message).map_err(io::Error::other)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MAX_FRAME_BYTES);
    let length = length.ok_or(io::ErrorKind::InvalidData)?;
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.extend(length.to_le_bytes());
    frame.extend(body);
    to.write_all(&frame)?;
    to.flush()
}

/// Reads one frame; nothing if the other end closed the pipe between two frames.
///
/// # Errors
/// Those of the pipe; [`io::ErrorKind::InvalidData`] for a frame that is too long or not understood.
pub fn read_frame<M: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<M>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?;
    if length > MAX_FRAME_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    postcard::from_bytes(&body).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_went() {
        let mut pipe = Vec::new();
        write_frame(&mut pipe, &Command::Refuse).unwrap();
        write_frame(&mut pipe, &Command::ExtendNumber).unwrap();
        let mut from = pipe.as_slice();
        assert!(matches!(read_frame(&mut from), Ok(Some(Command::Refuse))));
        assert!(matches!(read_frame(&mut from), Ok(Some(Command::ExtendNumber))));
        assert!(matches!(read_frame::<Command>(&mut from), Ok(None)));
    }

    #[test]
    fn a_giant_or_mangled_frame_is_an_error() {
        let giant = [0xff, 0xff, 0xff, 0x7f, 0, 0];
        assert!(read_frame::<Report>(&mut giant.as_slice()).is_err());
        let mangled = [1, 0, 0, 0, 0xee];
        assert!(read_frame::<Report>(&mut mangled.as_slice()).is_err());
    }

    #[test]
    fn the_number_is_not_printed() {
        let report = Report::Number { number: NumberText("472 915 384".into()), seconds_left: 600 };
        assert!(!format!("{report:?}").contains("472"));
    }
}
