//! One running capture of one window, and of nothing that lies over it.
//!
//! The server keeps the window's content apart from the screen (the Composite extension), and only that is read: other
//! windows, menus, the panel and notifications are not in it, wherever they lie.
//!
//! INVARIANT: what is read was drawn by the window's own program. The server begins such a content with what is on the
//! screen at that place, other windows included. So each new one is blackened first, and then the program is asked to
//! draw it again.

use super::{
    super::{Capture, CursorImage, Happened, Pointer, ScreenError, Waker},
    cursor,
    link::{Link, check_pixels},
    list::still_there,
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
    connection::Connection,
    protocol::{
        Event, composite,
        composite::ConnectionExt as _,
        damage,
        damage::ConnectionExt as _,
        xfixes,
        xfixes::ConnectionExt as _,
        xproto::{
            ChangeWindowAttributesAux, ConnectionExt as _, CreateGCAux, EventMask, MapState, Pixmap, Rectangle, Screen,
            Window, WindowClass,
        },
    },
    rust_connection::RustConnection,
};

/// How often the window is looked at without an event: its frame may have been put away without a word to it.
const LOOK: Duration = Duration::from_millis(250);
/// A window that is being resized is taken over once it has kept its size for so long.
const RESTS: Duration = Duration::from_millis(150);
/// So many windows inside the window are asked to draw themselves again.
const MAX_INNER: usize = 256;
/// So often it is tried to catch a content whose size is the window's.
const MAX_TRIES: usize = 5;

pub(super) struct WindowCapture {
    link: Link,
    root: Window,
    window: Window,
    depth: u8,
    rows: Rows,
    damage: damage::Damage,
    region: xfixes::Region,
    /// The content, while the window can be seen; the last one while it can't.
    content: Option<Content>,
    away: bool,
    place: Rect,
    whole: bool,
    /// The server has made a new content, or may have.
    renew: bool,
    /// What the last notice said about the window's size.
    told_size: Option<(u16, u16, u16)>,
    /// Since when the window has a size other than the picture's.
    other_size: Option<(Extent, Instant)>,
    looked: Instant,
}

/// A content of the window, border included.
struct Content {
    pixmap: Pixmap,
    border: u16,
}

/// Size and border of a window, in pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Extent {
    width: u16,
    height: u16,
    border: u16,
}

/// How the window stands.
struct Look {
    extent: Extent,
    seen: bool,
    place: Rect,
}

impl WindowCapture {
    pub(super) fn open(connection: RustConnection, screen: &Screen, window: Window) -> Result<Self, ScreenError> {
        let version = connection.composite_query_version(0, 4)?.reply()?;
        if (version.major_version, version.minor_version) < (0, 2) {
            return Err(ScreenError::Unsupported("windows apart from the screen"));
        }
        // From here on nothing that happens to this window is missed, its end above all.
        let events = EventMask::STRUCTURE_NOTIFY | EventMask::VISIBILITY_CHANGE;
        let listen = ChangeWindowAttributesAux::new().event_mask(events);
        still_there(connection.change_window_attributes(window, &listen)?.check())?.ok_or(ScreenError::Gone)?;
        let attributes = still_there(connection.get_window_attributes(window)?.reply())?.ok_or(ScreenError::Gone)?;
        if attributes.class != WindowClass::INPUT_OUTPUT || window == screen.root {
            return Err(ScreenError::Gone);
        }
        let link = Link::new(connection, screen.root)?;
        let connection = &link.connection;
        let look = look(connection, screen.root, window)?;
        let depth = still_there(connection.get_geometry(window)?.reply())?.ok_or(ScreenError::Gone)?.depth;
        check_pixels(connection, screen, depth, attributes.visual)?;
        let automatic = composite::Redirect::AUTOMATIC;
        still_there(connection.composite_redirect_window(window, automatic)?.check())?.ok_or(ScreenError::Gone)?;
        let damage = connection.generate_id()?;
        let level = damage::ReportLevel::NON_EMPTY;
        still_there(connection.damage_create(damage, window, level)?.check())?.ok_or(ScreenError::Gone)?;
        let region = connection.generate_id()?;
        connection.xfixes_create_region(region, &[])?.check()?;
        let rows = Rows::new(connection, look.extent.size()?)?;
        // What came of this so far is in the first content anyway.
        while connection.poll_for_event()?.is_some() {}
        let mut capture = Self {
            root: screen.root,
            window,
            depth,
            rows,
            damage,
            region,
            content: None,
            away: !look.seen,
            place: look.place,
            whole: true,
            renew: true,
            told_size: None,
            other_size: None,
            looked: Instant::now(),
            link,
        };
        match capture.renew() {
            // It is being resized at this moment: the first grab finds out how.
            Ok(()) | Err(ScreenError::Resized) => Ok(capture),
            Err(error) => Err(error),
        }
    }

    /// Takes a new content in hand, if the window can be seen: black, until its program has drawn it.
    fn renew(&mut self) -> Result<(), ScreenError> {
        for _ in 0..MAX_TRIES {
            let look = self.look()?;
            self.away = !look.seen;
            if !look.seen {
                return Ok(());
            }
            if look.extent.size()? != self.rows.size() {
                return Err(ScreenError::Resized);
            }
            let connection = &self.link.connection;
            let pixmap = connection.generate_id()?;
            if still_there(connection.composite_name_window_pixmap(self.window, pixmap)?.check())?.is_none() {
                continue;
            }
            let named = connection.get_geometry(pixmap)?.reply()?;
            if (named.width, named.height) != look.extent.outer() {
                connection.free_pixmap(pixmap)?;
                continue;
            }
            self.blacken(pixmap, look.extent)?;
            self.ask_to_draw()?;
            let content = Content { pixmap, border: look.extent.border };
            if let Some(old) = self.content.replace(content) {
                self.link.connection.free_pixmap(old.pixmap)?;
            }
            self.renew = false;
            self.whole = true;
            return Ok(());
        }
        // It changes all the time; the next grab tries again.
        Err(ScreenError::Resized)
    }

    /// What lies in a new content is not the window's own.
    fn blacken(&self, pixmap: Pixmap, extent: Extent) -> Result<(), ScreenError> {
        let connection = &self.link.connection;
        let black = connection.generate_id()?;
        // Opaque where the window knows of that: 0xAARRGGBB.
        let opaque = if self.depth == 32 { 0xFF00_0000 } else { 0 };
        connection.create_gc(black, pixmap, &CreateGCAux::new().foreground(opaque).graphics_exposures(0))?.check()?;
        let (width, height) = extent.outer();
        let all = Rectangle { x: 0, y: 0, width, height };
        connection.poly_fill_rectangle(pixmap, black, &[all])?.check()?;
        connection.free_gc(black)?;
        Ok(())
    }

    /// Asks the program to draw the window and all windows in it.
    fn ask_to_draw(&self) -> Result<(), ScreenError> {
        let connection = &self.link.connection;
        let mut windows = vec![self.window];
        let mut at = 0;
        while let Some(window) = windows.get(at).copied() {
            at += 1;
            // One that takes only input has nothing to draw, and one may be gone.
            still_there(connection.clear_area(true, window, 0, 0, 0, 0)?.check())?;
            if windows.len() < MAX_INNER
                && let Some(tree) = still_there(connection.query_tree(window)?.reply())?
            {
                windows.extend(tree.children);
            }
        }
        Ok(())
    }

    fn look(&mut self) -> Result<Look, ScreenError> {
        self.looked = Instant::now();
        let look = look(&self.link.connection, self.root, self.window)?;
        self.place = look.place;
        Ok(look)
    }

    /// Brings everything up to date; answers whether there is anything to read.
    fn follow(&mut self) -> Result<bool, ScreenError> {
        let look = self.look()?;
        if !look.seen {
            self.away = true;
            self.other_size = None;
            // When it comes back the server makes it a new content.
            self.renew = true;
            return Ok(false);
        }
        if look.extent.size()? != self.rows.size() {
            // Still being dragged: each size would cost its program a drawing and us a new picture.
            let (extent, since) = *self.other_size.get_or_insert((look.extent, Instant::now()));
            if extent != look.extent {
                self.other_size = Some((look.extent, Instant::now()));
            } else if since.elapsed() >= RESTS {
                return Err(ScreenError::Resized);
            }
            return Ok(false);
        }
        self.other_size = None;
        let border_changed = self.content.as_ref().is_none_or(|content| content.border != look.extent.border);
        if self.renew || self.away || border_changed {
            self.renew()?;
        }
        Ok(!self.away)
    }

    /// What was damaged since the last time, as areas of the picture.
    fn take_damage(&mut self, damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        let connection = &self.link.connection;
        let taken = connection.damage_subtract(self.damage, x11rb::NONE, self.region)?;
        let rectangles = connection.xfixes_fetch_region(self.region)?.reply()?.rectangles;
        // The damage goes with the window.
        still_there(taken.check())?.ok_or(ScreenError::Gone)?;
        let size = self.rows.size();
        if std::mem::take(&mut self.whole) {
            damaged.push(Area::whole(size));
            return Ok(());
        }
        let edge = |at: i16, length: u16, limit: u16| {
            let (from, to) = (i32::from(at), i32::from(at) + i32::from(length));
            let inside = |edge: i32| u32::try_from(edge.clamp(0, i32::from(limit))).unwrap_or_default();
            (inside(from), inside(to))
        };
        damaged.extend(rectangles.iter().filter_map(|rectangle| {
            let (left, right) = edge(rectangle.x, rectangle.width, size.width());
            let (upper, lower) = edge(rectangle.y, rectangle.height, size.height());
            Area::between(left, upper, right, lower)
        }));
        Ok(())
    }

    fn copy(&self) -> Result<(), ScreenError> {
        let Some(content) = &self.content else { return Ok(()) };
        let border = i32::from(content.border);
        for copy in self.rows.ask(&self.link.connection, content.pixmap, (border, border))? {
            copy.reply().map_err(resized)?;
        }
        Ok(())
    }
}

impl Capture for WindowCapture {
    fn rect(&self) -> Rect {
        self.place
    }

    fn size(&self) -> Size {
        self.rows.size()
    }

    fn waker(&self) -> Waker {
        self.link.waker()
    }

    fn wait(&mut self, at_least: Duration, at_most: Duration) -> Result<Happened, ScreenError> {
        let (window, told_size, renew) = (self.window, &mut self.told_size, &mut self.renew);
        let mut happened = self.link.wait(at_least, at_most, |event, happened| {
            // Events of extensions that we did not ask for end here too.
            #[allow(clippy::wildcard_enum_match_arm)]
            match event {
                Event::ConfigureNotify(event) if event.window == window => {
                    let size = (event.width, event.height, event.border_width);
                    // A size that came and went between two looks has left a new content behind.
                    *renew |= told_size.replace(size).is_some_and(|before| before != size);
                    happened.damage = true;
                }
                Event::MapNotify(event) if event.window == window => {
                    *renew = true;
                    happened.damage = true;
                }
                Event::VisibilityNotify(event) if event.window == window => {
                    *renew = true;
                    happened.damage = true;
                }
                Event::UnmapNotify(_) | Event::DestroyNotify(_) | Event::ReparentNotify(_) => happened.damage = true,
                _ => {}
            }
        })?;
        happened.damage |= self.looked.elapsed() >= LOOK;
        Ok(happened)
    }

    fn grab(&mut self, _consent: &Consent<'_, SeeScreen>, damaged: &mut Vec<Area>) -> Result<(), ScreenError> {
        if !self.follow()? {
            if std::mem::take(&mut self.whole) {
                damaged.push(Area::whole(self.rows.size()));
            }
            return Ok(());
        }
        let known = damaged.len();
        self.take_damage(damaged)?;
        if !self.rows.find(damaged.get(known..).unwrap_or_default()) {
            return Ok(());
        }
        let copied = self.copy();
        if copied.is_err() {
            self.rows.clear();
            self.whole = true;
        }
        copied
    }

    fn frame(&self) -> View<'_> {
        View::new(self.rows.size(), self.rows.pixels())
    }

    fn forget(&mut self) {
        self.whole = true;
        self.rows.clear();
    }

    fn refit(&mut self) -> Result<bool, ScreenError> {
        let size = self.look()?.extent.size()?;
        let rows = Rows::new(&self.link.connection, size)?;
        std::mem::replace(&mut self.rows, rows).detach(&self.link.connection)?;
        self.other_size = None;
        self.whole = true;
        match self.renew() {
            Ok(()) | Err(ScreenError::Resized) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn is_away(&self) -> bool {
        self.away
    }

    fn cursor(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<CursorImage, ScreenError> {
        Ok(cursor::image(&self.link.connection.xfixes_get_cursor_image()?.reply()?))
    }

    /// Where the pointer is while it is over another window is nobody's business.
    fn pointer(&mut self, _consent: &Consent<'_, SeeScreen>) -> Result<Pointer, ScreenError> {
        let elsewhere = Pointer { x: 0, y: 0, inside: false };
        let connection = &self.link.connection;
        let mut at = self.root;
        loop {
            let Some(pointer) = still_there(connection.query_pointer(at)?.reply())? else { return Ok(elsewhere) };
            if at == self.window {
                let (x, y) = (i32::from(pointer.win_x), i32::from(pointer.win_y));
                let picture = Rect { x: 0, y: 0, width: self.place.width, height: self.place.height };
                let inside = pointer.same_screen && picture.contains(x, y);
                return Ok(if inside { Pointer { x, y, inside } } else { elsewhere });
            }
            if pointer.child == x11rb::NONE {
                return Ok(elsewhere);
            }
            at = pointer.child;
        }
    }
}

impl Extent {
    fn size(self) -> Result<Size, ScreenError> {
        Ok(Size::new(self.width.into(), self.height.into())?)
    }

    /// With the border.
    const fn outer(self) -> (u16, u16) {
        let around = self.border.saturating_mul(2);
        (self.width.saturating_add(around), self.height.saturating_add(around))
    }
}

/// How a window stands at this moment.
fn look(connection: &RustConnection, root: Window, window: Window) -> Result<Look, ScreenError> {
    let attributes = connection.get_window_attributes(window)?;
    let geometry = connection.get_geometry(window)?;
    let origin = connection.translate_coordinates(window, root, 0, 0)?;
    let attributes = still_there(attributes.reply())?;
    let geometry = still_there(geometry.reply())?;
    let origin = still_there(origin.reply())?;
    let Some(((attributes, geometry), origin)) = attributes.zip(geometry).zip(origin) else {
        return Err(ScreenError::Gone);
    };
    let extent = Extent { width: geometry.width, height: geometry.height, border: geometry.border_width };
    let place = Rect {
        x: origin.dst_x.into(),
        y: origin.dst_y.into(),
        width: geometry.width.into(),
        height: geometry.height.into(),
    };
    Ok(Look { extent, seen: attributes.map_state == MapState::VIEWABLE, place })
}
