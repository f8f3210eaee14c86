//! Listens to the worker: keeps what it holds, passes on the rest, and tires of one that talks too much.

use super::{Event, state::Shared};
use crate::pipe::{self, Report};
use std::io::Read;
use std::time::{Duration, Instant};

/// How many reports in [`WINDOW`] a healthy worker never reaches; what it holds does not count.
const MOST_REPORTS: u32 = 400;
const WINDOW: Duration = Duration::from_secs(1);

/// Reads until the pipe ends, whatever it says; returns when nothing can come any more.
pub(super) fn listen(mut pipe: impl Read, shared: &Shared, tell: &dyn Fn(Event)) {
    let is_understood = heed(&mut pipe, shared, tell);
    shared.pipe_over();
    // It is killed now. What it had down counts to its last word, whatever else it says.
    while is_understood
        && !shared.is_over()
        && let Ok(Some(report)) = pipe::read_frame::<Report>(&mut pipe)
    {
        if let Report::Held(news) = report {
            shared.note_held(news);
        }
    }
    drop(pipe);
    shared.drained();
}

/// Listens for as long as it speaks as a worker does. Answers whether what follows can be understood.
fn heed(pipe: &mut impl Read, shared: &Shared, tell: &dyn Fn(Event)) -> bool {
    let mut window = Window { opened: Instant::now(), reports: 0 };
    // An error is a mangled frame: nothing after it can be trusted to be a frame.
    while let Ok(Some(report)) = pipe::read_frame::<Report>(pipe) {
        match report {
            Report::Held(news) => shared.note_held(news),
            Report::Ended(reason) => shared.worker_ended(reason),
            Report::Applied { revision, .. } if !shared.acknowledged(revision) => return true,
            Report::Stage(_)
            | Report::Number { .. }
            | Report::BurnToken(_)
            | Report::WhoIsThere { .. }
            | Report::Active
            | Report::Applied { .. }
            | Report::Question { .. }
            | Report::Prolonged { .. }
            | Report::QuestionGone { .. }
            | Report::Withdrawn { .. }
            | Report::AsksToGoOn { .. }
            | Report::GoesOn
            | Report::LineBroke { .. }
            | Report::LineBack
            | Report::Doing(_)
            | Report::KeptOff { .. }
            | Report::Sources { .. }
            | Report::WishesToSee { .. }
            | Report::Showing(_)
            | Report::SourceGone
            | Report::Fault(_) => {
                if window.is_flooded(Instant::now()) {
                    return true;
                }
                tell(Event::Report(report));
            }
        }
    }
    false
}

struct Window {
    opened: Instant,
    reports: u32,
}

impl Window {
    fn is_flooded(&mut self, now: Instant) -> bool {
        if now.saturating_duration_since(self.opened) >= WINDOW {
            *self = Self { opened: now, reports: 0 };
        }
        self.reports += 1;
        self.reports > MOST_REPORTS
    }
}
