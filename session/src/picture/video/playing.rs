//! The customer's end: which videos play, how they follow a scrolled page, and when they come to rest.
//!
//! Pure: time comes in. Writes nothing itself; the encoder asks what is to be said and where it is to keep off.

use super::super::{area::Area, canvas::View, motion::Move};
use super::{
    MAX_VIDEOS,
    cells::{Cells, HOT, Held},
    codec,
    rate::Rate,
};
use beistand_protocol::{
    picture::{MAX_VIDEO_BYTES, Size},
    time::Moment,
};
use core::time::Duration;

/// After that without a change a video is refined until it is exact.
const STILL: Duration = Duration::from_millis(200);
/// What may become a video is held back until it has been still for so long,
const HELD_STILL: Duration = Duration::from_millis(60);
/// or until so long after its first change.
const HELD: Duration = Duration::from_millis(250);
/// Not more than about thirty pictures a second.
const INTERVAL: Duration = Duration::from_millis(30);
const FRAMES_PER_SECOND: f32 = 30.0;
/// So often it is looked at whether videos are parts of a larger one.
const GROWS_EVERY: Duration = Duration::from_millis(500);
/// So often it is looked at whether text has come into a video.
const LOOK_AGAIN: u32 = 8;

/// All videos of a stream, and what may become one.
pub(crate) struct Playing {
    cells: Cells,
    videos: Vec<Video>,
    candidate: Held,
    candidate_since: Moment,
    candidate_changed: Moment,
    /// When it is looked again whether videos are parts of a larger one.
    grows_from: Moment,
}

struct Video {
    id: u8,
    /// As it was sent last.
    held: Held,
    area: Area,
    codec: codec::Encoder,
    rate: Rate,
    changed_at: Moment,
    sent_at: Option<Moment>,
    moved: bool,
    /// It was too early to look for a change.
    passed_over: bool,
    refining: bool,
    samples: u32,
    text_cells: u32,
    allowed_text_cells: u32,
}

/// What is to be said about a video.
pub(crate) struct Said {
    pub(crate) id: u8,
    pub(crate) area: Area,
    pub(crate) begin: bool,
    /// How many bytes of sample there are.
    pub(crate) bytes: usize,
}

impl Playing {
    pub(crate) fn new(size: Size) -> Self {
        let never = Moment::at(Duration::ZERO);
        Self {
            cells: Cells::new(size),
            videos: Vec::new(),
            candidate: Held::default(),
            candidate_since: never,
            candidate_changed: never,
            grows_from: never,
        }
    }

    /// Where strips are to keep off: videos that play, and what may become one.
    pub(crate) fn keep_off(&self, masks: &mut Vec<Area>) {
        masks.clear();
        masks.extend(self.videos.iter().filter(|video| !video.refining).map(|video| video.area));
        masks.extend(self.candidate.area);
    }

    /// What may become a video: not sent for now, and not forgotten.
    pub(crate) fn held_back(&self) -> Option<Area> {
        self.candidate.area
    }

    /// Content moved: videos that lie in it go with it. Answers those that can't and end, to be sent exactly.
    pub(crate) fn follow(&mut self, moves: &[Move], size: Size, ended: &mut Vec<(u8, Area)>) {
        let shift =
            |step: &Move| (i32::from(step.x) - i32::from(step.from.x), i32::from(step.y) - i32::from(step.from.y));
        let Some(first) = moves.first().map(shift) else { return };
        let same = || moves.iter().filter(|step| shift(step) == first);
        let Some(from) = same().map(|step| step.from).reduce(Area::union) else { return };
        let Some(to) = same().map(|step| step.from.at(step.x, step.y)).reduce(Area::union) else { return };
        let back = |at: u16, by: i32| u16::try_from(i32::from(at) + by).ok();
        self.videos.retain_mut(|video| {
            let touched = moves.iter().any(|step| step.from.at(step.x, step.y).intersection(video.area).is_some());
            if !touched && !from.holds(video.area) {
                return true;
            }
            let area = back(video.area.x, first.0).zip(back(video.area.y, first.1)).map(|(x, y)| video.area.at(x, y));
            match area.filter(|area| from.holds(video.area) && to.holds(*area) && area.fits(size)) {
                Some(area) => {
                    video.area = area;
                    video.held.area = Some(area);
                    video.moved = true;
                    true
                }
                None => {
                    ended.push((video.id, video.area));
                    false
                }
            }
        });
        if self.candidate.area.is_some_and(|area| from.intersection(area).is_some()) {
            self.candidate.area = None;
        }
    }

    /// Looks at what changed, in a frame in which something did, and begins what has become a video.
    ///
    /// `found` is where the screen is not what the technician has, outside of videos. Answers which videos end because
    /// they were a part of a larger one.
    pub(crate) fn look(
        &mut self,
        (shown, screen): (View<'_>, View<'_>),
        found: &[Area],
        line: Option<u64>,
        now: Moment,
        ended: &mut Vec<(u8, Area)>,
    ) {
        if self.candidate.differs(screen) {
            self.candidate_changed = now;
        }
        let still = now.since(self.candidate_changed) >= HELD_STILL;
        let release = self.candidate.area.is_some() && (still || now.since(self.candidate_since) >= HELD);
        if found.is_empty() {
            return;
        }
        self.cells.next_frame();
        for area in found {
            self.cells.changed(shown, &self.candidate, screen, *area);
        }
        while self.videos.len() < usize::from(MAX_VIDEOS) {
            let taken: Vec<Area> = self.videos.iter().map(|video| video.area).collect();
            let Some(area) = self.cells.rectangle(HOT, false, &taken) else { break };
            let begun = self.begin(screen, area, line, now);
            self.cells.forget(area);
            self.candidate.area = None;
            if begun.is_err() {
                break;
            }
        }
        self.grow(screen, line, now, ended);
        if release {
            self.candidate.area = None;
        }
        if release || self.videos.len() >= usize::from(MAX_VIDEOS) {
            return;
        }
        let taken: Vec<Area> = self.videos.iter().map(|video| video.area).collect();
        if let Some(area) = self.cells.rectangle(1, true, &taken) {
            if self.candidate.area.is_none() {
                self.candidate_since = now;
            }
            self.candidate_changed = now;
            self.candidate.take(screen, area);
        }
    }

    /// A film may be found in parts, while the first view of it is under way: then what lies beside the parts would be
    /// sent exactly again and again.
    fn grow(&mut self, screen: View<'_>, line: Option<u64>, now: Moment, ended: &mut Vec<(u8, Area)>) {
        if now < self.grows_from {
            return;
        }
        self.grows_from = now + GROWS_EVERY;
        let (others, parts): (Vec<&Video>, Vec<&Video>) = self.videos.iter().partition(|video| video.refining);
        if parts.is_empty() {
            return;
        }
        let areas = |videos: &[&Video]| videos.iter().map(|video| video.area).collect::<Vec<_>>();
        let Some(area) = self.cells.rectangle_with(&areas(&parts), &areas(&others)) else { return };
        let swallowed: Vec<(u8, Area)> =
            parts.iter().filter(|video| area.holds(video.area)).map(|video| (video.id, video.area)).collect();
        let cut = parts.iter().any(|video| video.area.intersection(area).is_some() && !area.holds(video.area));
        if swallowed.is_empty() || swallowed.iter().any(|(_, part)| *part == area) || cut {
            return;
        }
        self.videos.retain(|video| !area.holds(video.area));
        ended.extend(swallowed);
        // If the codec can't, all of it goes exactly.
        let _ = self.begin(screen, area, line, now);
        self.cells.forget(area);
    }

    fn begin(
        &mut self,
        screen: View<'_>,
        area: Area,
        line: Option<u64>,
        now: Moment,
    ) -> Result<(), codec::CodecFailed> {
        self.grows_from = now + GROWS_EVERY;
        let rate = Rate::new(area, line, now);
        let codec = codec::Encoder::new(rate.bits_per_second(), FRAMES_PER_SECOND)?;
        let free = (0..MAX_VIDEOS).find(|id| self.videos.iter().all(|video| video.id != *id));
        let text_cells = self.cells.judge_again(screen, area, false);
        let all = area.pixels() / 256;
        self.videos.push(Video {
            id: free.ok_or(codec::CodecFailed)?,
            held: Held::default(),
            area,
            codec,
            rate,
            changed_at: now,
            sent_at: None,
            moved: false,
            passed_over: false,
            refining: false,
            samples: 0,
            text_cells,
            allowed_text_cells: text_cells + (all / 50).max(3),
        });
        Ok(())
    }

    /// Encodes what changed in videos; samples are appended to `out`. Answers what ended because text came into it.
    pub(crate) fn play(
        &mut self,
        screen: View<'_>,
        line: Option<u64>,
        now: Moment,
        out: &mut Vec<u8>,
        said: &mut Vec<Said>,
        ended: &mut Vec<(u8, Area)>,
    ) {
        let cells = &mut self.cells;
        self.videos.retain_mut(|video| {
            let early = video.sent_at.is_some_and(|sent| now.since(sent) < INTERVAL);
            video.passed_over = early;
            let changed = video.held.area.is_none() || !early && video.held.differs(screen);
            if changed {
                video.held.take(screen, video.area);
                (video.changed_at, video.refining) = (now, false);
                if video.samples % LOOK_AGAIN == LOOK_AGAIN - 1 {
                    video.text_cells = cells.judge_again(screen, video.area, false);
                    if video.text_cells > video.allowed_text_cells {
                        cells.judge_again(screen, video.area, true);
                        ended.push((video.id, video.area));
                        return false;
                    }
                }
                if video.samples > 0
                    && let Some(bits) = video.rate.follow(line, now)
                {
                    // A codec that can't change goes on as it is.
                    let _ = video.codec.set_bits_per_second(bits);
                }
                let before = out.len();
                let made = video.codec.encode(video.area, video.held.rows(), out);
                let Ok(made) = made.map(|made| made || video.moved).and_then(|made| fits(made, out.len())) else {
                    out.truncate(before);
                    if video.samples > 0 {
                        ended.push((video.id, video.area));
                    }
                    return false;
                };
                video.sent_at = Some(now);
                if made {
                    let (id, area, begin) = (video.id, video.area, video.samples == 0);
                    said.push(Said { id, area, begin, bytes: out.len() - before });
                    video.samples += 1;
                    video.moved = false;
                }
            } else if std::mem::take(&mut video.moved) {
                said.push(Said { id: video.id, area: video.area, begin: false, bytes: 0 });
            }
            true
        });
    }

    /// Answers which videos have just come to rest and are to be sent exactly.
    pub(crate) fn rest(&mut self, now: Moment) -> impl Iterator<Item = Area> {
        let still = move |video: &&mut Video| !video.refining && now.since(video.changed_at) >= STILL;
        self.videos.iter_mut().filter(still).map(|video| {
            video.refining = true;
            video.area
        })
    }

    /// Takes those away that are exact beneath.
    pub(crate) fn end_refined(&mut self, is_exact: impl Fn(Area) -> bool, ended: &mut Vec<u8>) {
        self.videos.retain(|video| {
            let over = video.refining && is_exact(video.area);
            ended.extend(over.then_some(video.id));
            !over
        });
    }

    /// When the screen is to be looked at again even if nothing happens.
    pub(crate) fn due(&self) -> Option<Moment> {
        let candidate = self.candidate.area.map(|_| self.candidate_changed + HELD_STILL);
        let videos = self.videos.iter().filter(|video| !video.refining);
        let videos = videos.map(|video| match video.sent_at.filter(|_| video.passed_over) {
            Some(sent) => sent + INTERVAL,
            None => video.changed_at + STILL,
        });
        videos.chain(candidate).min()
    }
}

fn fits(made: bool, bytes: usize) -> Result<bool, codec::CodecFailed> {
    if bytes > MAX_VIDEO_BYTES { Err(codec::CodecFailed) } else { Ok(made) }
}
