//! One running capture of a part of the root window.

use super::{
    super::{Blackout, Capture, CursorImage, Happened, Pointer, ScreenError, Waker},
    blackout::{self, Asked},
    cursor, has_monitors,
    link::{Link, check_pixels},
    monitor_rects,
    rows::{Rows, resized},
};
use crate::picture::{Area, View};
use beistand_protocol::{
    permission::{Consent, SeeScreen},
    picture::{Rect, Size},
};
use core::time::Duration;
use std::time::Instant;
use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::{
        Event, damage, damage::ConnectionExt as _, randr, randr::ConnectionExt as _, xfixes,
        xfixes::ConnectionExt as _, xproto, xproto::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

/// How often it is looked where the monitors are: not every change of them is told.
const LOOK_AT_MONITORS: Duration = Duration::from_secs(1);
/// What was damaged in so few rows is grabbed without asking where exactly: that saves waiting for an answer.
const FEW_ROWS: u32 = 160;

pub(super) struct X11Capture {
    link: Link,
    root: xproto::Window,
    rect: Rect,
    rows: Rows,
    damage: damage::Damage,
    region: xfixes::Region,
    blackout: Blackout,
    blackout_ids: Vec<u32>,
    blackout_generation: u64,
    whole: bool,
    /// Around all damage that was heard of and not grabbed.
    around: Option<Rect>,
    /// Damage was last taken without asking where exactly it was: what is still to be heard of may be of that.
    blind: bool,
    /// Whether the server knows of monitors, and where they were.
    has_monitors: bool,
    monitors: Vec<Rect>,
    looked_at_monitors: Instant,
}

impl X11Capture {
    pub(super) fn open(
        connection: RustConnection,
        screen: &xproto::Screen,
        rect: Rect,
        blackout: Blackout,
    ) -> Result<Self, ScreenError> {
        let size = Size::new(rect.width, rect.height)?;
        check_pixels(&connection, screen, screen.root_depth, screen.root_visual)?;
        let root = screen.root;
        let link = Link::new(connection, root)?;
        let connection = &link.connection;
        select_layout(connection, root)?;
        let rows = Rows::new(connection, size)?;
        let damage = connection.generate_id()?;
        connection.damage_create(damage, root, damage::ReportLevel::BOUNDING_BOX)?.check()?;
        let region = connection.generate_id()?;
        connection.xfixes_create_region(region, &[])?.check()?;
        let has_monitors = has_monitors(connection)?;
        let monitors = if has_monitors { monitor_rects(connection, root)? } else { Vec::new() };
        Ok(Self {
            link,
            root,
            rect,
            rows,
            damage,
            region,
            blackout,
            blackout_ids: Vec::new(),
            blackout_generation: 0,
            whole: true,
            around: None,
            blind: false,
            has_monitors,
            monitors,
            looked_at_monitors: Instant::now(),
        })
    }

    /// Finds out what was damaged since the last time, as rectangles of the picture. From now on it counts anew.
    fn take_damage(&mut self, damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        let around = &mut self.around;
        self.link.listen(|event, happened| note(event, happened, around))?;
        let around = self.around.take();
        let forgotten = self.blackout.refresh(&mut self.blackout_ids, &mut self.blackout_generation);
        let connection = &self.link.connection;
        if std::mem::take(&mut self.whole) || forgotten {
            connection.damage_subtract(self.damage, x11rb::NONE, x11rb::NONE)?;
            damaged.push(Area::whole(self.rows.size()));
            return Ok(());
        }
        // What is damaged after this request is told anew; what was before and has not been heard of yet, too.
        let Some(around) = around else { return Ok(()) };
        let around = self.inside(around);
        let blind = std::mem::take(&mut self.blind);
        if let Some(around) = around.filter(|area| u32::from(area.height) <= FEW_ROWS) {
            connection.damage_subtract(self.damage, x11rb::NONE, x11rb::NONE)?;
            self.blind = true;
            damaged.push(around);
            return Ok(());
        }
        // The answer is waited for in any case: a request that leaves later takes away what nobody was told of.
        connection.damage_subtract(self.damage, x11rb::NONE, self.region)?;
        let rectangles = connection.xfixes_fetch_region(self.region)?.reply()?.rectangles;
        damaged.extend(rectangles.into_iter().filter_map(|rectangle| self.inside(of_desktop(rectangle))));
        damaged.extend(around.filter(|_| blind));
        Ok(())
    }

    /// The part of a rectangle of the desktop that lies in the picture, counted from its corner.
    fn inside(&self, rect: Rect) -> Option<Area> {
        let part = rect.intersection(&self.rect)?;
        let (x, y) = (u32::try_from(part.x - self.rect.x).ok()?, u32::try_from(part.y - self.rect.y).ok()?);
        Area::between(x, y, x + part.width, y + part.height)
    }

    /// Has the server copy all bands into the shared memory; answers where our own windows were around that.
    fn copy_bands(&self) -> Result<Vec<Rect>, ScreenError> {
        let connection = &self.link.connection;
        let mut frames = Vec::new();
        blackout::frames(connection, &self.blackout_ids, &mut frames)?;
        let ask = || frames.iter().map(|frame| Asked::about(connection, *frame)).collect::<Result<Vec<_>, _>>();
        let before = ask()?;
        let copies = self.rows.ask(connection, self.root, (self.rect.x, self.rect.y))?;
        let after = ask()?;
        // Asked after the copies: so it is known where the monitors were until then.
        if self.monitor_rects()? != self.monitors {
            return Err(ScreenError::Resized);
        }
        // A window that was put into another frame in the meantime has a new outermost one.
        let mut frames_after = Vec::new();
        for copy in copies {
            copy.reply().map_err(resized)?;
        }
        blackout::frames(connection, &self.blackout_ids, &mut frames_after)?;
        frames_after.retain(|frame| !frames.contains(frame));
        let moved = frames_after.iter().map(|frame| Asked::about(connection, *frame)).collect::<Result<Vec<_>, _>>()?;
        let mut rects = Vec::new();
        for asked in before.into_iter().chain(after).chain(moved) {
            rects.extend(asked.answer()?);
        }
        Ok(rects)
    }

    fn monitor_rects(&self) -> Result<Vec<Rect>, ScreenError> {
        if self.has_monitors { monitor_rects(&self.link.connection, self.root) } else { Ok(Vec::new()) }
    }

    /// Whether the monitors are not where they were when it was last looked.
    fn monitors_changed(&mut self) -> Result<bool, ScreenError> {
        if self.looked_at_monitors.elapsed() < LOOK_AT_MONITORS {
            return Ok(false);
        }
        self.looked_at_monitors = Instant::now();
        let monitors = self.monitor_rects()?;
        let changed = monitors != self.monitors;
        self.monitors = monitors;
        Ok(changed)
    }
}

impl Capture for X11Capture {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn size(&self) -> Size {
        self.rows.size()
    }

    fn waker(&self) -> Waker {
        self.link.waker()
    }

    fn wait(&mut self, at_least: Duration, at_most: Duration) -> Result<Happened, ScreenError> {
        let around = &mut self.around;
        let mut happened = self.link.wait(at_least, at_most, |event, happened| note(event, happened, around))?;
        happened.layout |= self.monitors_changed()?;
        Ok(happened)
    }

    fn grab(&mut self, _consent: &Consent<'_, SeeScreen>, damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        let known = damaged.len();
        self.take_damage(damaged)?;
        if !self.rows.find(damaged.get(known..).unwrap_or_default()) {
            return Ok(());
        }
        match self.copy_bands() {
            Ok(rects) => {
                let areas: Vec<_> = rects.iter().filter_map(|rect| self.inside(*rect)).collect();
                self.rows.blacken(areas.into_iter());
            }
            Err(error) => {
                // What the server wrote was not blackened, or is another monitor's: nobody may look at it.
                self.rows.clear();
                self.whole = true;
                self.looked_at_monitors = Instant::now();
                self.monitors = self.monitor_rects()?;
                return Err(error);
            }
        }
        Ok(())
    }

    fn frame(&self) -> View<'_> {
        View::new(self.rows.size(), self.rows.pixels())
    }

    fn forget(&mut self) {
        self.whole = true;
        self.rows.clear();
    }

    fn cursor(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<CursorImage, ScreenError> {
        Ok(cursor::image(&self.link.connection.xfixes_get_cursor_image()?.reply()?))
    }

    fn pointer(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<Pointer, ScreenError> {
        let pointer = self.link.connection.query_pointer(self.root)?.reply()?;
        let (x, y) = (i32::from(pointer.root_x), i32::from(pointer.root_y));
        let inside = pointer.same_screen && self.rect.contains(x, y);
        Ok(Pointer { x: x - self.rect.x, y: y - self.rect.y, inside })
    }
}

/// Takes in an event: damage is heard of with a rectangle around it.
fn note(event: &Event, happened: &mut Happened, around: &mut Option<Rect>) {
    if let Event::DamageNotify(event) = event {
        let rect = of_desktop(event.area);
        *around = around.map_or(Some(rect), |around| around.union(&rect));
    }
    happened.layout |= matches!(event, Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_));
}

/// A rectangle as the server says it.
fn of_desktop(rectangle: xproto::Rectangle) -> Rect {
    let xproto::Rectangle { x, y, width, height } = rectangle;
    Rect { x: x.into(), y: y.into(), width: width.into(), height: height.into() }
}

fn select_layout(connection: &RustConnection, root: xproto::Window) -> Result<(), ScreenError> {
    if connection.extension_information(randr::X11_EXTENSION_NAME)?.is_some() {
        connection.randr_query_version(1, 5)?.reply()?;
        let mask = randr::NotifyMask::SCREEN_CHANGE | randr::NotifyMask::CRTC_CHANGE | randr::NotifyMask::OUTPUT_CHANGE;
        connection.randr_select_input(root, mask)?.check()?;
    }
    Ok(())
}
