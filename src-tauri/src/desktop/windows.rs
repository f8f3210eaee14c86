//! The windows: made when they are first needed, then shown and hidden.

use crate::profile::Profile;
use crate::request::Window;
use crate::view::Corner;
use raw_window_handle::{HasWindowHandle, RawWindowHandle};
use tauri::{
    AppHandle, LogicalSize, Manager, PhysicalPosition, UserAttentionType, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder,
};

/// Distance of the panel from the edges of the screen.
const MARGIN_PX: i32 = 16;
/// The panel's size, in logical pixels: a question with a reason of three lines, the answers and NOTAUS fit.
const PANEL: LogicalSize<f64> = LogicalSize::new(320.0, 540.0);
/// What a technician's tables need.
const DESK: LogicalSize<f64> = LogicalSize::new(1180.0, 820.0);
/// How much of the screen the viewer takes at first, and the least it is useful with.
const VIEWER_SHARE: f64 = 0.92;
const VIEWER_LEAST: LogicalSize<f64> = LogicalSize::new(480.0, 320.0);

/// Makes and finds the windows.
#[derive(Clone)]
pub(super) struct Windows {
    app: AppHandle,
    profile: Profile,
}

impl Windows {
    pub(super) const fn new(app: AppHandle, profile: Profile) -> Self {
        Self { app, profile }
    }

    /// The window, made if there is none yet, and hidden then.
    pub(super) fn window(&self, window: Window) -> Option<WebviewWindow> {
        let found = self.app.get_webview_window(window.label());
        found.or_else(|| match self.make(window) {
            Ok(made) => Some(made),
            Err(error) => {
                tracing::error!(?window, %error, "A window can't be made");
                None
            }
        })
    }

    fn make(&self, window: Window) -> tauri::Result<WebviewWindow> {
        let page = match window {
            Window::Main => "index.html",
            Window::Panel => "panel.html",
            Window::Viewer => "viewer.html",
        };
        let builder = WebviewWindowBuilder::new(&self.app, window.label(), WebviewUrl::App(page.into()))
            .data_directory(self.profile.folder().join("webview"))
            // Our own pages and nothing else, whatever is dropped or clicked.
            .on_navigation(|to| to.scheme() == "tauri" || to.host_str() == Some("tauri.localhost"))
            .visible(false);
        match window {
            Window::Main => {
                let builder = builder.title("Beistand").inner_size(480.0, 640.0).min_inner_size(320.0, 400.0);
                // Files fall onto the page, which reads them itself where the web view lets it.
                #[cfg(not(target_os = "linux"))]
                let builder = builder.disable_drag_drop_handler();
                let main = builder.build()?;
                #[cfg(target_os = "linux")]
                super::drops::watch(&main);
                Ok(main)
            }
            Window::Panel => {
                let panel = builder
                    .title("Beistand: NOTAUS")
                    .inner_size(PANEL.width, PANEL.height)
                    .min_inner_size(280.0, 240.0)
                    .decorations(false)
                    .always_on_top(true)
                    .visible_on_all_workspaces(true)
                    .minimizable(false)
                    .maximizable(false)
                    .focused(false)
                    .build()?;
                place(&panel, Corner::BottomRight);
                Ok(panel)
            }
            Window::Viewer => {
                let size = self.viewer_size();
                builder
                    .title("Beistand")
                    // Unlike the main window's, and in the language of the page.
                    .on_document_title_changed(|window, title| {
                        let _ = window.set_title(&title);
                    })
                    .inner_size(size.width, size.height)
                    .min_inner_size(VIEWER_LEAST.width, VIEWER_LEAST.height)
                    .center()
                    .build()
            }
        }
    }

    /// Most of the screen: the picture is what the technician works in.
    fn viewer_size(&self) -> LogicalSize<f64> {
        let monitor = self.app.primary_monitor().ok().flatten();
        let area = monitor.map(|monitor| monitor.work_area().size.to_logical::<f64>(monitor.scale_factor()));
        let LogicalSize { width, height } = area.unwrap_or(LogicalSize::new(1200.0, 800.0));
        let share = |length: f64, least: f64| (length * VIEWER_SHARE).max(least);
        LogicalSize::new(share(width, VIEWER_LEAST.width), share(height, VIEWER_LEAST.height))
    }

    pub(super) fn show(&self, window: Window) {
        let Some(shown) = self.window(window) else { return };
        let _ = shown.show();
        let _ = shown.unminimize();
        match window {
            // It must not take the keys away from what the customer types just now.
            Window::Panel => {
                let _ = shown.set_always_on_top(true);
                let _ = shown.set_visible_on_all_workspaces(true);
            }
            Window::Main | Window::Viewer => {
                let _ = shown.set_focus();
            }
        }
    }

    /// Gives a window the keyboard.
    pub(super) fn focus(&self, window: Window) {
        if let Some(shown) = self.app.get_webview_window(window.label()) {
            let _ = shown.set_focus();
        }
    }

    /// Has the task bar point at a window until somebody comes to it.
    pub(super) fn draw_attention(&self, window: Window) {
        if let Some(shown) = self.app.get_webview_window(window.label()) {
            let _ = shown.request_user_attention(Some(UserAttentionType::Critical));
        }
    }

    pub(super) fn hide(&self, window: Window) {
        if let Some(shown) = self.app.get_webview_window(window.label()) {
            let _ = shown.hide();
        }
    }

    /// Puts a window out of the way of the customer's own work.
    pub(super) fn minimize(&self, window: Window) {
        if let Some(shown) = self.app.get_webview_window(window.label()) {
            let _ = shown.minimize();
        }
    }

    /// Makes the main window as large as a technician's tables need, if it is smaller and the screen has room.
    pub(super) fn make_room(&self) {
        let Some(main) = self.app.get_webview_window(Window::Main.label()) else { return };
        let (Ok(size), Ok(scale)) = (main.inner_size(), main.scale_factor()) else { return };
        let size = size.to_logical::<f64>(scale);
        let monitor = main.current_monitor().ok().flatten().or_else(|| main.primary_monitor().ok().flatten());
        let Some(monitor) = monitor else { return };
        let room = monitor.work_area().size.to_logical::<f64>(monitor.scale_factor());
        let width = DESK.width.min(room.width * VIEWER_SHARE);
        let height = DESK.height.min(room.height * VIEWER_SHARE);
        if size.width < width || size.height < height {
            let _ = main.set_size(LogicalSize::new(size.width.max(width), size.height.max(height)));
            let _ = main.center();
        }
    }

    pub(super) fn move_panel(&self, corner: Corner) {
        if let Some(panel) = self.app.get_webview_window(Window::Panel.label()) {
            place(&panel, corner);
        }
    }

    /// The window system's own name for a window that has been shown at least once.
    pub(super) fn x_window(&self, window: Window) -> Option<u32> {
        x_window(&self.app.get_webview_window(window.label())?)
    }
}

/// The X window of a window, if it is one and has been shown at least once.
pub(super) fn x_window(window: &WebviewWindow) -> Option<u32> {
    let RawWindowHandle::Xlib(handle) = window.window_handle().ok()?.as_raw() else { return None };
    u32::try_from(handle.window).ok()
}

/// Puts the panel into a corner of the screen that it is on.
fn place(panel: &WebviewWindow, corner: Corner) {
    let monitor = panel.current_monitor().ok().flatten().or_else(|| panel.primary_monitor().ok().flatten());
    let (Some(monitor), Ok(size)) = (monitor, panel.outer_size()) else { return };
    // A window that was not shown yet may not know its size.
    let wished = PANEL.to_physical::<u32>(monitor.scale_factor());
    let (width, height) = (size.width.max(wished.width), size.height.max(wished.height));
    let area = monitor.work_area();
    let (left, top) = (area.position.x + MARGIN_PX, area.position.y + MARGIN_PX);
    let edge = |start: i32, length: u32, own: u32| {
        start.saturating_add_unsigned(length).saturating_sub_unsigned(own).saturating_sub(MARGIN_PX)
    };
    let right = edge(area.position.x, area.size.width, width).max(area.position.x);
    let bottom = edge(area.position.y, area.size.height, height).max(area.position.y);
    let (x, y) = match corner {
        Corner::TopLeft => (left, top),
        Corner::TopRight => (right, top),
        Corner::BottomLeft => (left, bottom),
        Corner::BottomRight => (right, bottom),
    };
    let _ = panel.set_position(PhysicalPosition::new(x, y));
}
