//! The tray icon: NOTAUS and a way back to the windows. A desktop without a tray goes without.

use crate::request::Request;
use crate::shell::Shell;
use crate::view::Language;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager};

const STOP: &str = "stop";
const SHOW: &str = "show";
const QUIT: &str = "quit";

/// Puts the icon into the tray, if this desktop has what it needs.
pub(crate) fn install(app: &AppHandle, language: Language) -> tauri::Result<()> {
    // Without the library the tray's own code panics.
    if !super::linux::has_tray_library() {
        tracing::info!("No library for tray icons: going without");
        return Ok(());
    }
    let (stop, show, quit) = match language {
        Language::German => ("NOTAUS – sofort beenden", "Beistand zeigen", "Beistand schließen"),
        Language::English => ("STOP – end at once", "Show Beistand", "Close Beistand"),
    };
    let menu = Menu::with_items(
        app,
        &[
            &MenuItem::with_id(app, STOP, stop, true, None::<&str>)?,
            &MenuItem::with_id(app, SHOW, show, true, None::<&str>)?,
            &MenuItem::with_id(app, QUIT, quit, true, None::<&str>)?,
        ],
    )?;
    let mut tray = TrayIconBuilder::new().menu(&menu).tooltip("Beistand").on_menu_event(|app, event| {
        let shell = app.state::<Shell>();
        // Nobody hears the answer of a tray.
        let _ = match event.id().as_ref() {
            STOP => shell.emergency_stop(),
            SHOW => shell.request(Request::ShowMain),
            QUIT => shell.request(Request::Quit),
            _ => Ok(()),
        };
    });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}
