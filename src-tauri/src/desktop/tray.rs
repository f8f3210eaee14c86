//! The tray icon: NOTAUS and a way back to the windows. A desktop without a tray goes without.

use crate::request::Request;
use crate::shell::Shell;
use crate::view::Language;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};

const TRAY: &str = "tray";
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
    let menu = menu(app, language)?;
    let mut tray = TrayIconBuilder::with_id(TRAY).menu(&menu).tooltip("Beistand").on_menu_event(|app, event| {
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

/// Changes the language of the menu.
pub(crate) fn speak(app: &AppHandle, language: Language) {
    if let Some(tray) = app.tray_by_id(TRAY)
        && let Err(error) = menu(app, language).and_then(|menu| tray.set_menu(Some(menu)))
    {
        tracing::warn!(%error, "The tray keeps its language");
    }
}

fn menu(app: &AppHandle, language: Language) -> tauri::Result<Menu<Wry>> {
    let (stop, show, quit) = match language {
        Language::German => ("NOTAUS – sofort beenden", "Beistand zeigen", "Beistand schließen"),
        Language::English => ("STOP – end at once", "Show Beistand", "Close Beistand"),
    };
    Menu::with_items(
        app,
        &[
            &MenuItem::with_id(app, STOP, stop, true, None::<&str>)?,
            &MenuItem::with_id(app, SHOW, show, true, None::<&str>)?,
            &MenuItem::with_id(app, QUIT, quit, true, None::<&str>)?,
        ],
    )
}
